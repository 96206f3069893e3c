package dag_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
)

func TestRunHandsOverValues(t *testing.T) {
	d := dag.New("d")
	table := &struct{ rows int }{3}
	a := dag.Task(d, "a", value(table))
	b := dag.Task1(d, "b", a, func(_ context.Context, p *struct{ rows int }) (int, error) {
		assert.Same(t, table, p, "handed over as it is")
		return p.rows + 1, nil
	})
	c := dag.Task2(d, "c", a, b, func(_ context.Context, p *struct{ rows int }, n int) (string, error) {
		return fmt.Sprint(p.rows, n), nil
	})
	e := dag.Task3(d, "e", a, b, c, func(_ context.Context, p *struct{ rows int }, n int, s string) ([]string, error) {
		return []string{fmt.Sprint(p.rows), fmt.Sprint(n), s}, nil
	})
	var seen [3]any
	dag.Do1(d, "do1", b, func(_ context.Context, n int) error { seen[0] = n; return nil })
	dag.Do2(d, "do2", b, c, func(_ context.Context, n int, s string) error { seen[1] = s; return nil })
	last := dag.Do3(d, "do3", b, c, e, func(_ context.Context, n int, s string, l []string) error { seen[2] = l; return nil })

	res := mustRun(t, d)
	got, err := e.Of(res)
	require.NoError(t, err)
	assert.Equal(t, []string{"3", "4", "3 4"}, got)
	assert.Equal(t, [3]any{4, "3 4", got}, seen)
	_, err = last.Of(res)
	assert.NoError(t, err)
}

func TestRunNilInterfaceValue(t *testing.T) {
	d := dag.New("d")
	a := dag.Task(d, "a", func(context.Context) (fmt.Stringer, error) { return nil, nil })
	b := dag.Task1(d, "b", a, func(_ context.Context, s fmt.Stringer) (bool, error) { return s == nil, nil })
	res := mustRun(t, d)
	isNil, err := b.Of(res)
	require.NoError(t, err)
	assert.True(t, isNil)
	s, err := a.Of(res)
	require.NoError(t, err)
	assert.Nil(t, s)
}

func TestRunFrom(t *testing.T) {
	d := dag.New("churn", dag.Owner("data"))
	assert.Equal(t, "churn", d.Name())
	assert.Equal(t, "data", d.Owner())
	var got []dag.RunInfo
	dag.Do(d, "load", func(ctx context.Context) error {
		got = append(got, dag.RunFrom(ctx))
		if len(got) < 2 {
			return errBoom
		}
		return nil
	}, dag.Retry{Max: 1})
	params := dag.Params{"state": "MA"}
	opt := dag.WithParams(params)
	params["state"] = "NY"
	mustRun(t, d, opt)
	require.Len(t, got, 2)
	for i, info := range got {
		assert.Equal(t, "churn", info.DAG)
		assert.Equal(t, "load", info.Task)
		assert.Equal(t, i+1, info.Try)
		assert.Equal(t, -1, info.Element)
		assert.Equal(t, dag.Params{"state": "MA"}, info.Params, "the parameters are copied when given")
		assert.Equal(t, got[0].LogicalTime, info.LogicalTime, "the same in every try")
	}
	assert.Zero(t, dag.RunFrom(t.Context()), "outside a task")
}

func TestRunEmpty(t *testing.T) {
	res := mustRun(t, dag.New("d"))
	assert.Empty(t, res.Tasks())
	assert.Equal(t, "d: 0 tasks\nTASK  STATE  TRIES\n", res.String())
}

// Branches wait for each other: run one after the other, they would never end.
func TestRunSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		meet := make(chan int)
		load := dag.Task(d, "load", value(7))
		send := dag.Do1(d, "send", load, func(_ context.Context, n int) error { meet <- n; return nil })
		recv := dag.Task(d, "recv", func(context.Context) (int, error) { return <-meet, nil }).SetUpstream(load)
		dag.Do(d, "join", nop).SetUpstream(send, recv)
		got, err := recv.Of(mustRun(t, d))
		require.NoError(t, err)
		assert.Equal(t, 7, got)
	})
}

func TestWorkers(t *testing.T) {
	tests := []struct {
		workers   int
		wantPeak  int64
		wantAfter time.Duration
	}{{0, 10, time.Second}, {1, 1, 10 * time.Second}, {3, 3, 4 * time.Second}, {10, 10, time.Second}, {99, 10, time.Second}}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var running, peak atomic.Int64
				d := dag.New("d")
				for i := range 10 {
					dag.Do(d, fmt.Sprint(i), func(context.Context) error {
						if n := running.Add(1); n > peak.Load() {
							peak.Store(n)
						}
						time.Sleep(time.Second)
						running.Add(-1)
						return nil
					})
				}
				start := time.Now()
				mustRun(t, d, dag.Workers(tt.workers))
				assert.Equal(t, tt.wantPeak, peak.Load())
				assert.Equal(t, tt.wantAfter, time.Since(start))
			})
		})
	}
	res, err := dag.New("d").Run(t.Context(), dag.Workers(-1))
	assert.Nil(t, res)
	assert.EqualError(t, err, "dag: d: Workers is -1, want 0 (no bound) or more")
}

func TestOnProgress(t *testing.T) {
	tests := []struct {
		name string
		fn   func(context.Context) error
		opts []dag.TaskOption
		want [][2]int64
	}{
		{"Success", nop, nil, [][2]int64{{1, 3}, {2, 3}, {3, 3}}},
		{"Failure", fail, nil, [][2]int64{{1, 3}, {2, 3}}},
		{"Retries", fail, []dag.TaskOption{dag.Retry{Max: 4}}, [][2]int64{{1, 3}, {2, 3}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := dag.New("d")
			dag.Do(d, "c", nop).SetUpstream(dag.Do(d, "b", tt.fn, tt.opts...))
			dag.Do(d, "a", nop)
			var got [][2]int64
			_, _ = d.Run(t.Context(), dag.Hooks{OnProgress: func(done, total int64) { got = append(got, [2]int64{done, total}) }})
			assert.Equal(t, tt.want, got)
		})
	}
	d := dag.New("d")
	dag.Do(d, "a", nop)
	mustRun(t, d, dag.Hooks{})
}

// A panic in the caller's function is the caller's, but no task is left alone.
func TestOnProgressPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		d := dag.New("d")
		dag.Do(d, "a", nop)
		dag.Do(d, "b", func(ctx context.Context) error { <-ctx.Done(); ended = true; return nil })
		assert.PanicsWithValue(t, "oh", func() {
			_, _ = d.Run(t.Context(), dag.Hooks{OnProgress: func(int64, int64) { panic("oh") }})
		})
		assert.True(t, ended)
	})
}

func TestRunLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		for i := range 200 {
			dag.Do(d, fmt.Sprint(i), []func(context.Context) error{nop, fail, waitForCancel}[i%3], dag.Retry{Max: i % 4, Delay: time.Second})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := d.Run(ctx, dag.Workers(100))
		require.Error(t, err)
		cancel()
		synctest.Wait()
		// Counting would also count the test framework's own.
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		assert.NotContains(t, string(stacks), "dag.(*run)")
		assert.NotContains(t, string(stacks), "penstock/dag.(*")
	})
}

func TestRunsAreIndependent(t *testing.T) {
	d := dag.New("d")
	who := dag.Task(d, "who", func(ctx context.Context) (string, error) { return dag.RunFrom(ctx).Params["n"].(string), nil })
	twice := dag.Task1(d, "twice", who, func(_ context.Context, s string) (string, error) { return s + s, nil })
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			n := fmt.Sprint(i)
			res, err := d.Run(t.Context(), dag.WithParams(dag.Params{"n": n}))
			if assert.NoError(t, err) {
				got, err := twice.Of(res)
				assert.NoError(t, err)
				assert.Equal(t, n+n, got)
			}
		})
	}
	wg.Wait()
}

// On random graphs each task runs exactly once, after all its upstreams; with
// one worker the order is the lowest topological one.
func TestRunRandomGraphs(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		n := 1 + rng.IntN(60)
		d := dag.New("d")
		tasks := make([]*dag.Ref[struct{}], n)
		upstream := make([][]int, n)
		var mu sync.Mutex
		var ran []int
		for i := range n {
			tasks[i] = dag.Do(d, fmt.Sprint(i), func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				ran = append(ran, i)
				return nil
			})
		}
		rank := rng.Perm(n) // edges go up in rank, so that insertion order is no topological order
		for range rng.IntN(3 * n) {
			a, b := rng.IntN(n), rng.IntN(n)
			if rank[a] < rank[b] {
				tasks[b].SetUpstream(tasks[a])
				upstream[b] = append(upstream[b], a)
			}
		}
		workers := int(seed % 4)
		mustRun(t, d, dag.Workers(workers))
		require.Len(t, ran, n)
		at := make([]int, n)
		for pos, i := range ran {
			at[i] = pos + 1
		}
		require.NotContains(t, at, 0, "seed %d: every task ran", seed)
		for b, as := range upstream {
			for _, a := range as {
				require.Less(t, at[a], at[b], "seed %d: %d before %d", seed, a, b)
			}
		}
		if workers == 1 {
			require.Equal(t, lowestOrder(upstream), ran, "seed %d", seed)
		}
	}
}

// lowestOrder takes, again and again, the lowest task whose upstreams are done.
func lowestOrder(upstream [][]int) []int {
	var order []int
	for len(order) < len(upstream) {
		for i, as := range upstream {
			done := func(a int) bool { return slices.Contains(order, a) }
			if !done(i) && !slices.ContainsFunc(as, func(a int) bool { return !done(a) }) {
				order = append(order, i)
				break
			}
		}
	}
	return order
}

// Scenario 2: a hundred thousand tasks, in several shapes.
func TestRunLarge(t *testing.T) {
	const n = 100_000
	t.Run("Chain", func(t *testing.T) {
		d := dag.New("d")
		var peak int
		var last *dag.Ref[int]
		for i := range n {
			count := func(_ context.Context, v int) (int, error) {
				peak = max(peak, runtime.NumGoroutine()) // tasks of a chain never overlap
				return v + 1, nil
			}
			if i == 0 {
				last = dag.Task(d, "0", value(1))
				continue
			}
			last = dag.Task1(d, fmt.Sprint(i), last, count)
		}
		before := runtime.NumGoroutine()
		v, err := last.Of(mustRun(t, d))
		require.NoError(t, err)
		assert.Equal(t, n, v)
		assert.LessOrEqual(t, peak, before+20, "no goroutine for a waiting task")
	})
	t.Run("ChainFails", func(t *testing.T) {
		d := dag.New("d")
		first := dag.Do(d, "first", fail)
		tasks := chain(d, n)
		tasks[0].SetUpstream(first)
		res, err := d.Run(t.Context())
		require.EqualError(t, err, `dag: d: task "first" failed on try 1: boom`)
		assert.Equal(t, dag.UpstreamFailed, res.State("t99999"))
	})
	t.Run("Wide", func(t *testing.T) {
		d := dag.New("d")
		var ran atomic.Int64
		first, join := dag.Do(d, "first", nop), dag.Do(d, "join", nop)
		for i := range n {
			dag.Do(d, fmt.Sprint(i), func(context.Context) error { ran.Add(1); return nil }).SetUpstream(first).SetDownstream(join)
		}
		res := mustRun(t, d)
		assert.EqualValues(t, n, ran.Load())
		assert.Equal(t, dag.Succeeded, res.State("join"))
	})
}

func TestResult(t *testing.T) {
	d := dag.New("d")
	a := dag.Do(d, "a", nop)
	res := mustRun(t, d)
	assert.Equal(t, "a", a.ID())
	assert.Equal(t, dag.Succeeded, res.State(a.ID()))
	assert.Equal(t, dag.State(""), res.State("nobody"))
	res.Tasks()[0].State = dag.Failed
	assert.Equal(t, dag.Succeeded, res.State("a"), "Tasks returns a copy")
}

package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/rule"
)

var errBoom = errors.New("boom")

func open(t *testing.T, c engine.Config) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), c)
	require.NoError(t, err)
	return e
}

// run registers the DAG, triggers a run and waits for it.
func run(t *testing.T, e *engine.Engine, d *dag.DAG, p dag.Params) (*dag.RunResult, error) {
	t.Helper()
	require.NoError(t, e.Register(t.Context(), d))
	id, err := e.Trigger(t.Context(), d.Name(), p)
	require.NoError(t, err)
	return e.Wait(t.Context(), id)
}

func states(res *dag.RunResult) []string {
	var s []string
	for _, t := range res.Tasks() {
		s = append(s, fmt.Sprintf("%s=%s", t.ID, t.State))
	}
	return s
}

// everything is a DAG with a task of each kind.
func everything() (d *dag.DAG, sum *dag.Ref[int]) {
	d = dag.New("every/thing", dag.WithParams(dag.Params{"n": 3}), dag.Pool("p", 2))
	list := dag.Task(d, "list", func(ctx context.Context) ([]int, error) {
		out := make([]int, dag.RunFrom(ctx).Params["n"].(int))
		for i := range out {
			out[i] = i
		}
		return out, nil
	})
	squares := dag.Map(d, "squares", list, func(ctx context.Context, i int) (int, error) {
		if i == 1 && dag.RunFrom(ctx).Try == 1 {
			return 0, errBoom
		}
		return i * i, nil
	}, dag.Retry{Max: 1, Delay: time.Minute}, dag.Pool("p", 1))
	yes, no := dag.Task(d, "yes", func(context.Context) (string, error) { return "y", nil }), dag.Task(d, "no", func(context.Context) (string, error) { return "n", nil })
	dag.Branch(d, "which", squares, func(context.Context, []int) ([]dag.AnyTask, error) { return []dag.AnyTask{yes}, nil }).SetDownstream(yes, no)
	looks := 0
	dag.WaitFor(d, "file", time.Minute, func(context.Context) (bool, error) { looks++; return looks > 2, nil })
	sum = dag.TaskR3(d, "sum", rule.NoneFailedMinOne, squares, yes, no, func(_ context.Context, s dag.Result[[]int], y, n dag.Result[string]) (int, error) {
		total := 0
		for _, v := range s.Value {
			total += v
		}
		if y.State != dag.Succeeded || n.State != dag.Skipped {
			return 0, errBoom
		}
		return total, nil
	})
	return d, sum
}

func TestRunOfEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := engine.NewMemory()
		e := open(t, engine.Config{Store: store, Workers: 2})
		d, sum := everything()
		start := time.Now()
		res, err := run(t, e, d, dag.Params{"n": "4"})
		require.NoError(t, err)
		n, err := sum.Of(res)
		require.NoError(t, err)
		assert.Equal(t, 14, n)
		assert.Equal(t, 2*time.Minute, time.Since(start))
		runs, err := e.Runs(t.Context(), d.Name())
		require.NoError(t, err)
		require.Len(t, runs, 1)
		require.NoError(t, e.Close(t.Context()))

		// Another engine knows it all from the store.
		e = open(t, engine.Config{Store: store})
		d, sum = everything()
		require.NoError(t, e.Register(t.Context(), d))
		again, err := e.Wait(t.Context(), runs[0])
		require.NoError(t, err)
		n, err = sum.Of(again)
		require.NoError(t, err)
		assert.Equal(t, 14, n)
		assert.Equal(t, res.String(), again.String())
		assert.Equal(t, res.Task("squares").Log, again.Task("squares").Log)
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestFailuresAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := engine.NewMemory()
		build := func() *dag.DAG {
			d := dag.New("d")
			a := dag.Task(d, "a", func(context.Context) (int, error) { panic(errBoom) }, dag.Retry{Max: 1, Delay: time.Hour})
			dag.Do1(d, "b", a, func(context.Context, int) error { return nil })
			dag.Do(d, "c", func(context.Context) error { return fmt.Errorf("weekend: %w", dag.ErrSkip) })
			dag.Do(d, "d", func(context.Context) error { return dag.RetryAfter(errBoom, time.Second) }, dag.Retry{Max: 1})
			return d
		}
		e := open(t, engine.Config{Store: store})
		res, err := run(t, e, build(), nil)
		require.ErrorContains(t, err, "boom") // by its text: the run may have ended, and be read back
		ids, _ := e.Runs(t.Context(), "d")
		require.NoError(t, e.Close(t.Context()))
		e = open(t, engine.Config{Store: store})
		require.NoError(t, e.Register(t.Context(), build()))
		again, errAgain := e.Wait(t.Context(), ids[0])
		require.EqualError(t, errAgain, err.Error())
		assert.Equal(t, res.String(), again.String())
		require.ErrorIs(t, again.Task("c").Err, dag.ErrSkip)
		assert.Equal(t, "dag: d: task \"c\": weekend: skipped", again.Task("c").Err.Error())
		require.NoError(t, e.Close(t.Context()))
	})
}

// Close cuts a task off; the next engine runs it again, with the checkpoint it saved
// and no retry used up. Any number of such restarts is no reason to give up.
func TestCloseInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := engine.NewMemory()
		var ran atomic.Int64
		build := func() *dag.DAG {
			d := dag.New("d")
			a := dag.Task(d, "a", func(context.Context) (int, error) { ran.Add(1); return 7, nil })
			dag.Task1(d, "b", a, func(ctx context.Context, n int) (int, error) {
				assert.Equal(t, 1, dag.RunFrom(ctx).Try)
				at, _ := dag.Checkpoint[int](ctx)
				if at == 9 {
					return n * at, nil
				}
				if err := dag.SaveCheckpoint(ctx, at+1); err != nil {
					return 0, err
				}
				<-ctx.Done()
				return 0, ctx.Err()
			})
			return d
		}
		for i := range 9 {
			e := open(t, engine.Config{Store: store})
			require.NoError(t, e.Register(t.Context(), build()))
			if i == 0 {
				_, err := e.Trigger(t.Context(), "d", nil)
				require.NoError(t, err)
			}
			ids, err := e.Runs(t.Context(), "d")
			require.NoError(t, err)
			synctest.Wait()
			require.NoError(t, e.Close(t.Context()))
			_, err = e.Wait(t.Context(), ids[0])
			require.ErrorContains(t, err, "the engine is closed")
		}
		e := open(t, engine.Config{Store: store})
		require.NoError(t, e.Register(t.Context(), build()))
		ids, _ := e.Runs(t.Context(), "d")
		res, err := e.Wait(t.Context(), ids[0])
		require.NoError(t, err)
		assert.Equal(t, 63, res.Task("b").Value)
		assert.EqualValues(t, 1, ran.Load(), "what had finished is not run again")
		require.NoError(t, e.Close(t.Context()))
	})
}

// faulty is a store that fails as it is told to.
type faulty struct {
	*engine.Memory
	mu     sync.Mutex
	before func(records []engine.Record) error
}

func (f *faulty) Append(ctx context.Context, epoch int64, records []engine.Record) error {
	f.mu.Lock()
	before := f.before
	f.mu.Unlock()
	if before != nil {
		if err := before(records); err != nil {
			return err
		}
	}
	return f.Memory.Append(ctx, epoch, records)
}

func (f *faulty) set(before func([]engine.Record) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = before
}

// Scenario 9: the store fails or is slow. Nothing downstream starts before the finish
// record is durable, and nothing is lost.
func TestStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &faulty{Memory: engine.NewMemory()}
		e := open(t, engine.Config{Store: store})
		d := dag.New("d")
		start := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		note := func() {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(start))
		}
		var fails atomic.Int64
		a := dag.Do(d, "a", func(context.Context) error {
			note()
			store.set(func(r []engine.Record) error {
				if strings.Contains(string(r[len(r)-1].Data), `"kind":"finished"`) && time.Since(start) < time.Hour {
					fails.Add(1)
					return errors.New("no space left on device")
				}
				return nil
			})
			return nil
		})
		dag.Do(d, "b", func(context.Context) error {
			note()
			store.set(func([]engine.Record) error { time.Sleep(10 * time.Second); return nil })
			return nil
		}).SetUpstream(a)
		dag.Do(d, "c", func(context.Context) error {
			note()
			return nil
		}).SetUpstream(dag.Do(d, "b2", func(context.Context) error { return nil }).SetUpstream(a))
		res, err := run(t, e, d, nil)
		require.NoError(t, err)
		assert.Equal(t, "d: 4 tasks, 4 succeeded", strings.SplitN(res.String(), "\n", 2)[0])
		assert.Zero(t, at[0])
		assert.GreaterOrEqual(t, at[1], time.Hour, "b waits for a's record")
		assert.Less(t, at[1], time.Hour+6*time.Second)
		assert.Greater(t, fails.Load(), int64(100))
		require.NoError(t, e.Close(t.Context()))
	})
}

// An engine that has lost the store stops; what its tasks come to is not written.
func TestFenced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := engine.NewMemory()
		build := func(fn func(context.Context) error) *dag.DAG {
			d := dag.New("d")
			a := dag.Do(d, "a", fn)
			dag.Do(d, "b", func(context.Context) error { return nil }).SetUpstream(a)
			return d
		}
		first := open(t, engine.Config{Store: store})
		wait := make(chan struct{})
		require.NoError(t, first.Register(t.Context(), build(func(context.Context) error { <-wait; return nil })))
		id, err := first.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		time.Sleep(5 * time.Second) // the record of a's start is written

		second := open(t, engine.Config{Store: store})
		require.NoError(t, second.Register(t.Context(), build(func(context.Context) error { return nil })))
		res, err := second.Wait(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, []string{"a=succeeded", "b=succeeded"}, states(res))

		lost := make(chan error, 1)
		go func() {
			_, err := first.Wait(t.Context(), id)
			lost <- err
		}()
		synctest.Wait() // called later, it would find what the second has made of the run
		close(wait)
		require.ErrorIs(t, <-lost, engine.ErrFenced)
		_, err = first.Trigger(t.Context(), "d", nil)
		require.Error(t, err)
		require.NoError(t, first.Close(t.Context()))
		require.NoError(t, second.Close(t.Context()))
	})
}

// Scenario 14: the code has changed while a run was interrupted.
func TestChangedCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := engine.NewMemory()
		e := open(t, engine.Config{Store: store})
		d := dag.New("d")
		kept := dag.Task(d, "kept", func(context.Context) (int, error) { return 1, nil })
		dag.Task(d, "removed", func(context.Context) (int, error) { return 2, nil })
		dag.Task(d, "typed", func(context.Context) (int, error) { return 3, nil })
		dag.Do1(d, "last", kept, func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() })
		require.NoError(t, e.Register(t.Context(), d))
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, e.Close(t.Context()))

		e = open(t, engine.Config{Store: store})
		d = dag.New("d")
		added := dag.Task(d, "added", func(context.Context) (int, error) { return 10, nil })
		kept = dag.Task(d, "kept", func(context.Context) (int, error) { return 0, errBoom })
		typed := dag.Task(d, "typed", func(context.Context) (string, error) { return "three", nil })
		last := dag.Task3(d, "last", kept, added, typed, func(_ context.Context, k, a int, s string) (string, error) {
			return fmt.Sprint(k, a, s), nil
		})
		require.NoError(t, e.Register(t.Context(), d))
		res, err := e.Wait(t.Context(), id)
		require.NoError(t, err)
		s, err := last.Of(res)
		require.NoError(t, err)
		assert.Equal(t, "1 10three", s, "kept has not been run again, typed has")
		require.NoError(t, e.Close(t.Context()))
	})
}

// Scenario 14: the code has changed since a run was over. It does not pass for one that goes on.
func TestChangedCodeAfterTheEnd(t *testing.T) {
	store := engine.NewMemory()
	e := open(t, engine.Config{Store: store})
	d := one("d", func(context.Context) error { return nil })
	_, err := run(t, e, d, nil)
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))

	e = open(t, engine.Config{Store: store})
	d = one("d", func(context.Context) error { return nil })
	dag.Do(d, "added", func(context.Context) error { return nil })
	require.NoError(t, e.Register(t.Context(), d))
	ids, err := e.Runs(t.Context(), "d")
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), ids[0])
	require.EqualError(t, err, fmt.Sprintf("engine: run %q: it is over, but its DAG has got other tasks since", ids[0]))
	require.NoError(t, e.Close(t.Context()))
	_, err = e.Wait(t.Context(), ids[0])
	require.ErrorContains(t, err, "the engine is closed")
}

// Scenario 25: outputs at the limit and beyond.
func TestLargeOutputs(t *testing.T) {
	store := engine.NewMemory()
	for _, size := range []int{64<<10 - 2, 64<<10 - 1, 16 << 20} { // JSON adds two quotes
		e := open(t, engine.Config{Store: store})
		d := dag.New(fmt.Sprint(size))
		text := strings.Repeat("x", size)
		x := dag.Task(d, "x", func(context.Context) (string, error) { return text, nil })
		_, err := run(t, e, d, nil)
		require.NoError(t, err)
		ids, _ := e.Runs(t.Context(), d.Name())
		require.NoError(t, e.Close(t.Context()))
		e = open(t, engine.Config{Store: store})
		require.NoError(t, e.Register(t.Context(), d))
		res, err := e.Wait(t.Context(), ids[0])
		require.NoError(t, err)
		got, err := x.Of(res)
		require.NoError(t, err)
		assert.True(t, text == got, "never truncated")
		require.NoError(t, e.Close(t.Context()))
	}
}

func TestOutputsThatCannotBeKept(t *testing.T) {
	e := open(t, engine.Config{Store: engine.NewMemory()})
	d := dag.New("d")
	dag.Task(d, "x", func(context.Context) (any, error) { return 1, nil })
	require.ErrorContains(t, e.Register(t.Context(), d), `engine: DAG "d": task "x": output: type interface {} has no MarshalBinary`)
	d = dag.New("d")
	dag.Task(d, "x", func(context.Context) (string, error) { return "\xff", nil }, dag.Retry{Max: 3})
	res, err := run(t, e, d, nil)
	require.EqualError(t, err, `dag: d: task "x" failed on try 1: output cannot be stored: value is text that is not UTF-8, which JSON cannot keep`)
	assert.Equal(t, dag.Failed, res.State("x"))
	require.ErrorContains(t, e.Register(t.Context(), d), "registered already")
	_, err = e.Trigger(t.Context(), "nobody", nil)
	require.EqualError(t, err, `engine: no DAG "nobody" is registered`)
	_, err = e.Wait(t.Context(), "d/none")
	require.EqualError(t, err, `engine: run "d/none": there is no such run`)
	require.NoError(t, e.Close(t.Context()))
	_, err = engine.Open(t.Context(), engine.Config{})
	require.EqualError(t, err, "engine: Store is nil")
}

// full has no room for blobs before its third engine.
type full struct {
	*engine.Memory
	lives *int
}

func (s full) PutBlob(ctx context.Context, epoch int64, key string, data []byte) error {
	if *s.lives < 3 {
		return errors.New("no space left on device")
	}
	return s.Memory.PutBlob(ctx, epoch, key, data)
}

// A large output for which there is no room fails no task: it is tried again, and by the next
// engine if this one is closed meanwhile.
func TestNoRoomForAnOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := full{engine.NewMemory(), new(int)}
		var id string
		var ran atomic.Int64
		for *store.lives = 1; ; *store.lives++ {
			d := dag.New("d")
			large := dag.Task(d, "large", func(context.Context) (string, error) {
				ran.Add(1)
				return strings.Repeat("x", 1<<17), nil
			})
			e := open(t, engine.Config{Store: store})
			require.NoError(t, e.Register(t.Context(), d))
			if id == "" {
				var err error
				id, err = e.Trigger(t.Context(), "d", nil)
				require.NoError(t, err)
			}
			if *store.lives < 3 {
				time.Sleep(time.Minute)
				require.NoError(t, e.Close(t.Context()))
				continue
			}
			res, err := e.Wait(t.Context(), id)
			require.NoError(t, err)
			text, err := large.Of(res)
			require.NoError(t, err)
			assert.Len(t, text, 1<<17)
			require.NoError(t, e.Close(t.Context()))
			break
		}
		assert.EqualValues(t, 3, ran.Load())
	})
}

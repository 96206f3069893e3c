package dag_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/rule"
)

// numbers returns 0 to n-1.
func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// Scenario 3: lists of any length, the order kept.
func TestMap(t *testing.T) {
	for _, n := range []int{0, 1, 1025, 50_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			d := dag.New("d")
			list := dag.Task(d, "list", value(numbers(n)))
			squares := dag.Map(d, "squares", list, func(ctx context.Context, i int) (string, error) {
				if dag.RunFrom(ctx).Element != i {
					return "", errBoom
				}
				return fmt.Sprint(i * i), nil
			})
			size := dag.Task1(d, "size", squares, func(_ context.Context, s []string) (int, error) { return len(s), nil })
			res := mustRun(t, d)
			got, err := squares.Of(res)
			require.NoError(t, err)
			require.Len(t, got, n)
			assert.NotNil(t, got)
			for i, s := range got {
				require.Equal(t, fmt.Sprint(i*i), s)
			}
			assert.Equal(t, n, res.Task("squares").Tries)
			counted, err := size.Of(res)
			require.NoError(t, err)
			assert.Equal(t, n, counted)
		})
	}
}

func TestMapElementFails(t *testing.T) {
	d := dag.New("d")
	gauge := newGauge()
	ran := 0
	m := dag.Map(d, "m", dag.Task(d, "list", value(numbers(20))), func(_ context.Context, i int) (int, error) {
		gauge.note(func() { ran++ })
		if i == 5 || i == 11 {
			return 0, errBoom
		}
		return i, nil
	}, dag.Retry{Max: 1})
	after := dag.Task1(d, "after", m, func(context.Context, []int) (int, error) { return 0, nil })
	res, err := d.Run(t.Context())
	require.EqualError(t, err, `dag: d: task "m", element 5, failed on try 2: boom`, "the lowest one, whatever the order in time")
	var failure *dag.TaskError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, 5, failure.Element)
	assert.Equal(t, 22, ran, "the others ran, those that failed twice")
	assert.Equal(t, 22, res.Task("m").Tries)
	_, err = after.Of(res)
	require.EqualError(t, err, `dag: d: task "after" was not run: upstream task "m", element 5, failed on try 2: boom`)
}

func TestMapElementSkips(t *testing.T) {
	d := dag.New("d")
	m := dag.Map(d, "odd", dag.Task(d, "list", value(numbers(6))), func(_ context.Context, i int) (int, error) {
		if i%2 == 0 {
			return 0, dag.ErrSkip
		}
		return i, nil
	})
	got, err := m.Of(mustRun(t, d))
	require.NoError(t, err)
	assert.Equal(t, []int{1, 3, 5}, got, "left out, not zero")
}

func TestMapWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		gauge := newGauge()
		dag.Map(d, "m", dag.Task(d, "list", value(numbers(10))), func(context.Context, int) (int, error) {
			defer gauge.enter()()
			time.Sleep(time.Second)
			return 0, nil
		}, dag.Workers(4))
		start := time.Now()
		mustRun(t, d)
		assert.Equal(t, 4, gauge.peak)
		assert.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestMapCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		d := dag.New("d")
		m := dag.Map(d, "m", dag.Task(d, "list", value(numbers(10))), func(ctx context.Context, _ int) (int, error) {
			return 0, waitForCancel(ctx)
		}, dag.Workers(3))
		res, err := d.Run(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []string{"list=succeeded", "m=cancelled"}, states(res))
		_, err = m.Of(res)
		require.Error(t, err)
	})
}

func TestBranch(t *testing.T) {
	tests := []struct {
		name, why string
		choose    func(l, r dag.AnyTask) []dag.AnyTask
		want      []string
		wantErr   string
	}{
		{"Left", "the other is skipped, and so is what follows it alone",
			func(l, _ dag.AnyTask) []dag.AnyTask { return []dag.AnyTask{l} },
			[]string{"left=succeeded", "right=skipped", "right_2=skipped", "join=succeeded", "strict=skipped"}, ""},
		{"Both", "", func(l, r dag.AnyTask) []dag.AnyTask { return []dag.AnyTask{l, r} },
			[]string{"left=succeeded", "right=succeeded", "right_2=succeeded", "join=succeeded", "strict=succeeded"}, ""},
		{"None", "as a short circuit", func(_, _ dag.AnyTask) []dag.AnyTask { return nil },
			[]string{"left=skipped", "right=skipped", "right_2=skipped", "join=skipped", "strict=skipped"}, ""},
		{"Nil", "a mistake, not a choice", func(_, _ dag.AnyTask) []dag.AnyTask { return []dag.AnyTask{nil} },
			[]string{"left=upstream_failed", "right=upstream_failed", "right_2=upstream_failed", "join=upstream_failed", "strict=upstream_failed"},
			`dag: d: task "branch" failed on try 1: chose a nil task, which is not directly downstream`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := dag.New("d", dag.Retry{Max: 3})
			left, right := dag.Task(d, "left", value(1)), dag.Task(d, "right", value(2))
			right2 := dag.Task1(d, "right_2", right, func(_ context.Context, n int) (int, error) { return n, nil })
			in := dag.Task(d, "in", value("x"))
			branch := dag.Branch(d, "branch", in, func(context.Context, string) ([]dag.AnyTask, error) {
				return tt.choose(left, right), nil
			}).SetDownstream(left, right)
			// The join is directly behind the branch too (airflow#39801).
			dag.TaskR2(d, "join", rule.NoneFailedMinOne, left, right2, func(context.Context, dag.Result[int], dag.Result[int]) (int, error) {
				return 0, nil
			})
			dag.Do(d, "strict", nop).SetUpstream(left, right2)
			_ = branch
			res, err := d.Run(t.Context())
			got := slices.DeleteFunc(states(res), func(s string) bool { return s == "in=succeeded" || len(s) > 6 && s[:6] == "branch" })
			assert.Equal(t, tt.want, got, tt.why)
			if tt.wantErr != "" {
				require.EqualError(t, err, tt.wantErr)
				return
			}
			require.NoError(t, err, "skipped tasks are no failure")
		})
	}
}

// A join directly behind the branch is decided by its rule if a chosen task leads
// to it (airflow#42581).
func TestBranchStraightToTheJoin(t *testing.T) {
	d := dag.New("d")
	work := dag.Task(d, "work", value(1))
	in := dag.Task(d, "in", value(1))
	var chosen []dag.AnyTask
	branch := dag.Branch(d, "branch", in, func(context.Context, int) ([]dag.AnyTask, error) { return chosen, nil }).SetDownstream(work)
	join := dag.TaskR2(d, "join", rule.NoneFailedMinOne, branch, work, func(_ context.Context, b dag.Result[[]string], w dag.Result[int]) (string, error) {
		return fmt.Sprintf("%v %v", b.Value, w.State), nil
	})
	for _, tt := range []struct {
		choose dag.AnyTask
		want   string
	}{{work, "[work] succeeded"}, {join, "[join] skipped"}} {
		chosen = []dag.AnyTask{tt.choose}
		got, err := join.Of(mustRun(t, d))
		require.NoError(t, err)
		assert.Equal(t, tt.want, got)
	}
}

func TestGroup(t *testing.T) {
	d := dag.New("d", dag.Defaults(dag.Timeout(time.Hour)))
	var log []string
	say := func(ctx context.Context) error {
		log = append(log, dag.RunFrom(ctx).Task)
		return nil
	}
	end := dag.Do(d, "end", say)
	g := d.Group("extract", dag.Retry{Max: 1})
	b := dag.Do(g, "b", say)
	dag.Do(g, "a", say).SetDownstream(b)
	inner := g.Group("deep")
	dag.Do(inner, "c", say)
	start := dag.Do(d, "start", say)
	dag.Chain(start, g, end)
	assert.Equal(t, "extract.b", b.ID())
	assert.Equal(t, []string{"end", "extract.b", "extract.a", "extract.deep.c", "start"}, d.Tasks())
	mustRun(t, g, dag.Workers(1))
	assert.Equal(t, []string{"start", "extract.a", "extract.b", "extract.deep.c", "end"}, log, "a group runs with the DAG it is of")
}

func TestGroupFaults(t *testing.T) {
	d, other := dag.New("d"), dag.New("other")
	x := dag.Do(d, "x", nop)
	x.SetUpstream(d.Group("empty"), other.Group("far"), d)
	dag.Chain(x, nil)
	dag.Chain(nil, x)
	d.Group("")
	assert.EqualError(t, d.Validate(), `dag: d: name of a group is empty
dag: d: task "x": SetUpstream: argument is group "empty", which has no tasks
dag: d: task "x": SetUpstream: argument is group "far" of another DAG ("other")
dag: d: task "x": SetUpstream: argument is the DAG itself, want a task or a group
dag: d: task "x": Chain: argument is nil
dag: d: Chain: argument is nil`)
	g := d.Group("g")
	y := dag.Do(g, "y", nop)
	y.SetUpstream(g)
	assert.ErrorContains(t, d.Validate(), "cycle: g.y → g.y")
}

func TestWaitFor(t *testing.T) {
	tests := []struct {
		name, why string
		trueAfter time.Duration
		opts      []dag.TaskOption
		want      dag.State
		wantAfter time.Duration
		wantLooks int
	}{
		{"AtOnce", "the first look is not delayed", 0, nil, dag.Succeeded, 0, 1},
		{"Later", "", 25 * time.Minute, nil, dag.Succeeded, 30 * time.Minute, 4},
		{"TimeOut", "the whole wait, with a last look", time.Hour, []dag.TaskOption{dag.Timeout(25 * time.Minute)}, dag.Failed, 25 * time.Minute, 4},
		{"LastLook", "true just in time", 25 * time.Minute, []dag.TaskOption{dag.Timeout(25 * time.Minute)}, dag.Succeeded, 25 * time.Minute, 4},
		{"Again", "a retry waits anew", 50 * time.Minute, []dag.TaskOption{dag.Timeout(25 * time.Minute), dag.Retry{Max: 1, Delay: 5 * time.Minute}},
			dag.Succeeded, 50 * time.Minute, 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := dag.New("d")
				start, looks := time.Now(), 0
				dag.WaitFor(d, "wait", 10*time.Minute, func(context.Context) (bool, error) {
					looks++
					return time.Since(start) >= tt.trueAfter, nil
				}, tt.opts...)
				other := dag.Do(d, "other", func(context.Context) error { time.Sleep(time.Second); return nil })
				res, err := d.Run(t.Context(), dag.Workers(1))
				assert.Equal(t, tt.want, res.State("wait"), tt.why)
				assert.Equal(t, tt.wantAfter, res.Task("wait").Duration)
				assert.Equal(t, tt.wantLooks, looks)
				assert.LessOrEqual(t, res.Task(other.ID()).Start.Sub(start), time.Duration(0), "the only worker is not held")
				if tt.want == dag.Failed {
					require.EqualError(t, err, `dag: d: task "wait" failed on try 1: timed out after 25m0s`)
					require.ErrorIs(t, err, context.DeadlineExceeded)
				}
			})
		})
	}
}

func TestWaitForErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		dag.WaitFor(d, "wait", time.Minute, func(ctx context.Context) (bool, error) {
			if dag.RunFrom(ctx).Try == 1 {
				return false, errBoom
			}
			return true, nil
		}, dag.Retry{Max: 1})
		dag.WaitFor(d, "never", 0, nil)
		assert.EqualError(t, d.Validate(), `dag: d: task "never": function is nil
dag: d: task "never": the time between two looks is 0s, want more than 0`)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		d = dag.New("d")
		dag.WaitFor(d, "wait", time.Minute, func(context.Context) (bool, error) { return false, nil })
		res, err := d.Run(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, dag.Cancelled, res.State("wait"), "a sensor sleeps lightly")
	})
}

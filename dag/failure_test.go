package dag_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
)

func TestFailureStopsOnlyWhatDependsOnIt(t *testing.T) {
	d := dag.New("d")
	ok := dag.Task(d, "ok", value(1))
	bad := dag.Task(d, "bad", func(context.Context) (int, error) { return 5, errBoom })
	dag.Do1(d, "after_ok", ok, func(context.Context, int) error { return nil })
	both := dag.Task2(d, "after_both", ok, bad, func(context.Context, int, int) (int, error) { return 0, nil })
	far := dag.Do(d, "far", nop).SetUpstream(both)
	dag.Do(d, "bad_too", fail)

	res, err := d.Run(t.Context())
	assert.Equal(t, []string{
		"ok=succeeded", "bad=failed", "after_ok=succeeded", "after_both=upstream_failed", "far=upstream_failed", "bad_too=failed",
	}, states(res))
	assert.EqualError(t, err, "dag: d: task \"bad\" failed on try 1: boom\ndag: d: task \"bad_too\" failed on try 1: boom")
	var failure *dag.TaskError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, dag.TaskError{DAG: "d", Task: "bad", Element: -1, Try: 1, Err: errBoom}, *failure)

	v, err := bad.Of(res)
	assert.Zero(t, v, "a value returned beside an error is no output")
	assert.Same(t, failure, err)
	_, err = far.Of(res)
	assert.EqualError(t, err, `dag: d: task "far" was not run: upstream task "bad" failed on try 1: boom`)
	require.ErrorIs(t, err, errBoom)
	var cause *dag.TaskError
	require.ErrorAs(t, err, &cause)
	assert.Same(t, failure, cause)
}

// Which failure a task is blamed on depends on the graph, not on timing.
func TestBlameIsTheFirstAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		failAfter := func(s time.Duration) func(context.Context) error {
			return func(context.Context) error { time.Sleep(s); return errBoom }
		}
		join := dag.Do(d, "join", nop)
		slow := dag.Do(d, "slow", failAfter(time.Hour))
		fast := dag.Do(d, "fast", failAfter(0))
		join.SetUpstream(fast, dag.Do(d, "mid", nop).SetUpstream(slow))
		res, err := d.Run(t.Context())
		require.ErrorIs(t, err, errBoom)
		_, err = join.Of(res)
		assert.EqualError(t, err, `dag: d: task "join" was not run: upstream task "slow" failed on try 1: boom`)
	})
}

func TestOfWrongResult(t *testing.T) {
	d, other := dag.New("d"), dag.New("other")
	a := dag.Task(d, "a", value(1))
	_, err := a.Of(nil)
	assert.EqualError(t, err, `dag: d: task "a": the result is nil: the run did not start`)
	_, err = a.Of(mustRun(t, other))
	assert.EqualError(t, err, `dag: d: task "a": the result is of another DAG ("other")`)
	res := mustRun(t, d)
	_, err = dag.Task(d, "b", value(1)).Of(res)
	assert.EqualError(t, err, `dag: d: task "b" was added after this run`)
}

func TestTaskDoesNotReturn(t *testing.T) {
	tests := []struct {
		name string
		fn   func(context.Context) error
		want string
	}{
		{"PanicText", func(context.Context) error { panic("oh") }, "panic: oh"},
		{"PanicError", func(context.Context) error { panic(errBoom) }, "panic: boom"},
		{"PanicNil", func(context.Context) error { panic(nil) }, "panic: " + new(runtime.PanicNilError).Error()},
		{"RuntimePanic", func(context.Context) error { var none []int; _ = none[len(none)]; return nil }, "panic: runtime error: index out of range [0] with length 0"},
		{"Goexit", func(context.Context) error { runtime.Goexit(); return nil }, "the task ended its goroutine instead of returning (runtime.Goexit)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := dag.New("d")
				dag.Do(d, "after", nop).SetUpstream(dag.Do(d, "x", tt.fn, dag.Retry{Max: 2}, dag.Timeout(time.Hour)))
				res, err := d.Run(t.Context())
				require.EqualError(t, err, `dag: d: task "x" failed on try 3: `+tt.want)
				assert.Equal(t, []string{"after=upstream_failed", "x=failed"}, states(res))
			})
		})
	}
}

func TestPanicError(t *testing.T) {
	d := dag.New("d")
	dag.Do(d, "x", func(context.Context) error { return panics() })
	_, err := d.Run(t.Context())
	require.ErrorIs(t, err, errBoom, "a panic's error is part of the chain")
	var failure *dag.TaskError
	require.ErrorAs(t, err, &failure)
	assert.Contains(t, string(failure.Stack), "dag_test.panics", "the stack leads to the panic")
	assert.NotContains(t, err.Error(), "goroutine", "but is not part of the text")
}

func panics() error { panic(errBoom) }

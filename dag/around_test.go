package dag_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
)

type aroundKey struct{}

// around notes the tries that it is told of, and marks their contexts with a name.
type around struct {
	name string
	mu   sync.Mutex
	told []string
}

func (a *around) hooks() dag.Hooks {
	return dag.Hooks{Around: func(ctx context.Context) (context.Context, func(error)) {
		i := dag.RunFrom(ctx)
		outer, _ := ctx.Value(aroundKey{}).(string)
		return context.WithValue(ctx, aroundKey{}, outer+a.name), func(err error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.told = append(a.told, fmt.Sprintf("%s %d %d: %v", i.Task, i.Element, i.Try, err))
		}
	}}
}

// Tries are told of with their context, which the task is given, whatever way they end.
func TestAround(t *testing.T) {
	outer, inner := &around{name: "a"}, &around{name: "b"}
	d := dag.New("d", outer.hooks())
	list := dag.Task(d, "list", func(ctx context.Context) ([]any, error) { return []any{ctx.Value(aroundKey{}), "x"}, nil })
	each := dag.Map(d, "each", list, func(_ context.Context, v any) (any, error) { return v, nil })
	fails := dag.Task(d, "fails", func(ctx context.Context) (int, error) { return 0, errors.New("no") }, dag.Retry{Max: 1})
	dag.Do(d, "panics", func(context.Context) error { panic("oh") })
	dag.Do(d, "exits", func(context.Context) error { runtime.Goexit(); return nil })
	dag.Do(d, "skips", func(context.Context) error { return dag.ErrSkip })
	dag.Do1(d, "not run", fails, func(context.Context, int) error { return nil })
	dag.WaitFor(d, "sensor", time.Hour, func(ctx context.Context) (bool, error) { return ctx.Value(aroundKey{}) == nil, nil })
	res, err := d.Run(t.Context(), inner.hooks())
	require.Error(t, err)
	assert.Equal(t, dag.Succeeded, res.State("sensor"), "looks are not told of")
	values, err := each.Of(res)
	require.NoError(t, err)
	assert.Equal(t, []any{"ab", "x"}, values, "the hooks of the DAG come first")
	slices.Sort(outer.told)
	slices.Sort(inner.told)
	assert.Equal(t, outer.told, inner.told)
	want := []string{
		"each 0 1: <nil>", "each 1 1: <nil>", "exits -1 1: dag: d: task \"exits\" failed on try 1: ", "fails -1 1: dag: d: task \"fails\" failed on try 1: no",
		"fails -1 2: dag: d: task \"fails\" failed on try 2: no", "list -1 1: <nil>", "panics -1 1: dag: d: task \"panics\" failed on try 1: panic: oh", "skips -1 1: ",
	}
	require.Len(t, outer.told, len(want))
	for i := range want {
		assert.Contains(t, outer.told[i], want[i])
	}
}

// A hook that panics fails the task, before and after it.
func TestAroundPanics(t *testing.T) {
	for _, c := range []struct {
		name string
		hook func(ctx context.Context) (context.Context, func(error))
	}{
		{"Before", func(context.Context) (context.Context, func(error)) { panic("oh") }},
		{"After", func(ctx context.Context) (context.Context, func(error)) { return ctx, func(error) { panic("oh") } }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dag.New("d")
			dag.Do(d, "task", func(context.Context) error { return nil })
			res, err := d.Run(t.Context(), dag.Hooks{Around: c.hook})
			require.ErrorContains(t, err, "panic: oh")
			assert.Equal(t, dag.Failed, res.State("task"))
			var e *dag.TaskError
			require.ErrorAs(t, err, &e)
			assert.NotEmpty(t, e.Stack)
		})
	}
}

// A hook need not be told of the end; and a task is told when its run was started.
func TestAroundWithoutEnd(t *testing.T) {
	before := time.Now()
	d := dag.New("d")
	dag.Do(d, "task", func(ctx context.Context) error {
		if i := dag.RunFrom(ctx); i.Started.Before(before) || i.Clears != 0 {
			return fmt.Errorf("started at %v, cleared %d times", i.Started, i.Clears)
		}
		return nil
	})
	_, err := d.Run(t.Context(), dag.Hooks{Around: func(ctx context.Context) (context.Context, func(error)) { return ctx, nil }})
	require.NoError(t, err)
}

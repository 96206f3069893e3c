package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// Hooks are told who triggers a run, of each try, and by which start of its run it is, through a restart too.
func TestAroundTries(t *testing.T) {
	type asker struct{}
	var mu sync.Mutex
	var told []string
	note := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf(format, args...))
	}
	starts := map[int]time.Time{}
	hooks := dag.Hooks{
		Around: func(ctx context.Context) (context.Context, func(error)) {
			i := dag.RunFrom(ctx)
			mu.Lock()
			defer mu.Unlock()
			if at, known := starts[i.Clears]; known {
				assert.True(t, at.Equal(i.Started), "%v is not %v", i.Started, at)
			}
			starts[i.Clears] = i.Started
			return ctx, func(err error) { note("%s %d, cleared %d times: %t", i.Task, i.Try, i.Clears, err == nil) }
		},
		OnTrigger: func(ctx context.Context, i dag.RunInfo) { note("%v triggers %s", ctx.Value(asker{}), i.DAG) },
		OnRun:     func(res *dag.RunResult, _ error) { note("over, cleared %d times", res.Info().Clears) },
	}
	build := func() *dag.DAG {
		d := dag.New("d")
		first := dag.Do(d, "first", func(context.Context) error { return nil })
		dag.Do(d, "second", func(ctx context.Context) error {
			if dag.RunFrom(ctx).Clears < 2 {
				return errors.New("not yet")
			}
			return nil
		}).SetUpstream(first)
		return d
	}
	store := engine.NewMemory()
	open := func() *engine.Engine {
		e, err := engine.Open(t.Context(), engine.Config{Store: store, Hooks: []dag.Hooks{hooks}})
		require.NoError(t, err)
		require.NoError(t, e.Register(t.Context(), build()))
		return e
	}
	e := open()
	id, err := e.Trigger(context.WithValue(t.Context(), asker{}, "somebody"), "d", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.Error(t, err)
	_, err = e.Clear(t.Context(), id, false, "first", "second")
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.Error(t, err)
	require.NoError(t, e.Close(t.Context()))
	e = open()
	_, err = e.Retry(t.Context(), id)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))
	assert.Equal(t, []string{
		"somebody triggers d", "first 1, cleared 0 times: true", "second 1, cleared 0 times: false", "over, cleared 0 times",
		"first 1, cleared 1 times: true", "second 1, cleared 1 times: false", "over, cleared 1 times",
		"second 1, cleared 2 times: true", "over, cleared 2 times",
	}, told)
	assert.True(t, starts[0].Before(starts[1]) && starts[1].Before(starts[2]))
}

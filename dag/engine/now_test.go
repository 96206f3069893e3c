package engine_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// A run that is under way is listed, with the slots that it takes, until it has ended.
func TestActiveRunsAndPools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{Store: engine.NewMemory(), Pools: map[string]int{"db": 3, "spare": 1}})
		d := dag.New("d", dag.Pool("db", 3))
		dag.Do(d, "slow", func(context.Context) error { time.Sleep(time.Hour); return nil }, dag.Pool("db", 2))
		require.NoError(t, e.Register(t.Context(), d))
		now := func() (ids []string) {
			records, err := e.Active()
			require.NoError(t, err)
			for _, r := range records {
				assert.Equal(t, engine.RunRunning, r.State)
				ids = append(ids, r.ID)
			}
			return ids
		}
		assert.Empty(t, now())
		var ids []string
		for range 2 {
			id, err := e.Trigger(t.Context(), "d", nil)
			require.NoError(t, err)
			ids = append(ids, id)
		}
		synctest.Wait()
		assert.Equal(t, ids, now(), "the oldest first")
		assert.Equal(t, []engine.PoolUse{{Name: "db", Slots: 3, Used: 2}, {Name: "spare", Slots: 1}}, e.PoolsNow())
		for _, id := range ids {
			_, err := e.Wait(t.Context(), id)
			require.NoError(t, err)
		}
		assert.Empty(t, now())
		assert.Equal(t, engine.PoolUse{Name: "db", Slots: 3}, e.PoolsNow()[0])
		r, ok := e.Record(ids[1])
		assert.True(t, ok)
		assert.Equal(t, engine.RunSucceeded, r.State)
		_, ok = e.Record("d/none")
		assert.False(t, ok)
		require.NoError(t, e.Close(t.Context()))
		_, err := e.Active()
		require.ErrorContains(t, err, "closed")
	})
}

// What hooks are told of tries is durable, names the element, and counts from when tasks were cleared.
func TestOnRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		hooks := dag.Hooks{OnRetry: func(i dag.RunInfo, err error, wait time.Duration) {
			got = append(got, fmt.Sprintf("%s[%d] try %d, %v after the start, next in %v: %v", i.Task, i.Element, i.Try, time.Since(i.Started), wait, err))
		}}
		e := open(t, engine.Config{Store: engine.NewMemory(), Hooks: []dag.Hooks{hooks}})
		d := dag.New("d")
		list := dag.Task(d, "list", func(context.Context) ([]int, error) { return []int{1, 2}, nil })
		dag.Map(d, "each", list, func(ctx context.Context, n int) (int, error) {
			if i := dag.RunFrom(ctx); n == 2 && i.Try < 3 {
				return 0, errBoom
			}
			return n, nil
		}, dag.Retry{Max: 2, Delay: time.Minute, Factor: 2})
		_, err := run(t, e, d, nil)
		require.NoError(t, err)
		runs, err := e.Runs(t.Context(), "d")
		require.NoError(t, err)
		sleep(24 * time.Hour)
		cleared := time.Now()
		_, err = e.Clear(t.Context(), runs[0], false, "each")
		require.NoError(t, err)
		s, err := e.Outline(t.Context(), runs[0])
		require.NoError(t, err)
		assert.True(t, s.Since.Equal(cleared), "%v", s.Since)
		_, err = e.Wait(t.Context(), runs[0])
		require.NoError(t, err)
		require.NoError(t, e.Close(t.Context()))
		once := []string{
			`each[1] try 1, 0s after the start, next in 1m0s: dag: d: task "each", element 1, failed on try 1: boom`,
			`each[1] try 2, 1m0s after the start, next in 2m0s: dag: d: task "each", element 1, failed on try 2: boom`,
		}
		assert.Equal(t, append(once, once...), got)
	})
}

// What hooks are told of the end agrees with the state of the run: tasks see a cancelled context also when
// the run's time is over.
func TestOutcomeAgreesWithTheState(t *testing.T) {
	for want, opts := range map[engine.RunState][]dag.DAGOption{engine.RunCancelled: nil, engine.RunFailed: {dag.Timeout(time.Minute)}} {
		t.Run(string(want), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got dag.State
				hooks := dag.Hooks{OnRun: func(r *dag.RunResult, _ error) { got = r.Outcome() }}
				e := open(t, engine.Config{Store: engine.NewMemory(), Hooks: []dag.Hooks{hooks}})
				d := dag.New("d", opts...)
				dag.Do(d, "a", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
				require.NoError(t, e.Register(t.Context(), d))
				id, err := e.Trigger(t.Context(), "d", nil)
				require.NoError(t, err)
				sleep(time.Second)
				if opts == nil {
					require.NoError(t, e.Cancel(t.Context(), id))
				}
				_, err = e.Wait(t.Context(), id)
				require.ErrorIs(t, err, context.Canceled, "so the error does not tell them apart")
				require.NoError(t, e.Close(t.Context()))
				r, _ := e.Record(id)
				assert.Equal(t, want, r.State)
				assert.Equal(t, string(want), string(got))
			})
		})
	}
}

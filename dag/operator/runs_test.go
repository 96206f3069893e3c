package operator_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/operator"
)

func start(t *testing.T, cfg engine.Config, dags ...*dag.DAG) *engine.Engine {
	t.Helper()
	if cfg.Store == nil {
		cfg.Store = engine.NewMemory()
	}
	e, err := engine.Open(t.Context(), cfg)
	require.NoError(t, err)
	for _, d := range dags {
		require.NoError(t, e.Register(t.Context(), d))
	}
	return e
}

func TestShortCircuit(t *testing.T) {
	for _, c := range []struct {
		name string
		ok   bool
		err  error
		want dag.State
	}{{"Holds", true, nil, dag.Succeeded}, {"DoesNot", false, nil, dag.Skipped}, {"Fails", false, errors.New("oh"), dag.UpstreamFailed}} {
		t.Run(c.name, func(t *testing.T) {
			d := dag.New("d")
			s := operator.ShortCircuit(d, "new_data", func(context.Context) (bool, error) { return c.ok, c.err })
			dag.Do(d, "train", func(context.Context) error { return nil }).SetUpstream(s)
			res, err := d.Run(t.Context())
			assert.ErrorIs(t, err, c.err)
			assert.Equal(t, c.want, res.State("train"))
		})
	}
	d := dag.New("d")
	operator.ShortCircuit(d, "s", nil)
	assert.ErrorContains(t, d.Validate(), "function is nil")
}

// A task that was cut off after it had started the other run starts no second one.
func TestTriggerOnceAcrossCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := engine.NewMemory()
		other := dag.New("other", dag.WithParams(dag.Params{"n": 0}))
		dag.Task(other, "n", func(ctx context.Context) (int, error) { return dag.RunFrom(ctx).Params["n"].(int), nil })
		var first string
		build := func(life int) *dag.DAG {
			d := dag.New("main")
			// What Trigger does, cut off before its result is durable.
			dag.Task(d, "start", func(ctx context.Context) (string, error) {
				e, _ := engine.From(ctx)
				id, err := e.TriggerOnce(ctx, dag.RunFrom(ctx).RunID, "other", dag.Params{"n": 7})
				if life == 1 {
					first = id
					<-ctx.Done()
					err = ctx.Err()
				}
				return id, err
			})
			return d
		}
		e := start(t, engine.Config{Store: store}, other, build(1))
		id, err := e.Trigger(t.Context(), "main", nil)
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, e.Close(t.Context()))

		e = start(t, engine.Config{Store: store}, other, build(2))
		res, err := e.Wait(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, first, res.Task("start").Value)
		runs, err := e.Runs(t.Context(), "other")
		require.NoError(t, err)
		assert.Equal(t, []string{first}, runs)
		res, err = e.Wait(t.Context(), first)
		require.NoError(t, err)
		assert.Equal(t, 7, res.Task("n").Value)
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestTrigger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := dag.New("other", dag.WithParams(dag.Params{"n": 0}))
		dag.Do(other, "task", func(context.Context) error { return nil })
		d := dag.New("main")
		tries := 0
		ids := operator.Trigger(d, "start", "other", func(i dag.RunInfo) dag.Params { return dag.Params{"n": i.Try} })
		dag.Do1(d, "use", ids, func(_ context.Context, id string) error {
			tries++
			return nil
		})
		operator.Trigger(d, "second", "other", nil)
		e := start(t, engine.Config{}, other, d)
		seen := map[any]bool{}
		for range 2 {
			id, err := e.Trigger(t.Context(), "main", nil)
			require.NoError(t, err)
			res, err := e.Wait(t.Context(), id)
			require.NoError(t, err)
			seen[res.Task("start").Value], seen[res.Task("second").Value] = true, true

			_, err = e.Clear(t.Context(), id, true, "start")
			require.NoError(t, err)
			again, err := e.Wait(t.Context(), id)
			require.NoError(t, err)
			assert.Equal(t, res.Task("start").Value, again.Task("start").Value, "cleared, it starts none again")
		}
		assert.Len(t, seen, 4, "each run and each task has its own")
		runs, err := e.Runs(t.Context(), "other")
		require.NoError(t, err)
		assert.Len(t, runs, 4)
		require.NoError(t, e.Close(t.Context()))
	})
}

// Waiting takes no worker: with a single one the other run could not work else.
func TestTriggerAndWait(t *testing.T) {
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprint("fails=", fails), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ended atomic.Bool
				other := dag.New("other")
				dag.Do(other, "task", func(context.Context) error {
					time.Sleep(time.Minute)
					ended.Store(true)
					if fails {
						return errors.New("oh")
					}
					return nil
				})
				d := dag.New("main")
				w := operator.TriggerAndWait(d, "wait", "other", nil)
				dag.Do(d, "after", func(context.Context) error {
					assert.True(t, ended.Load())
					return nil
				}).SetUpstream(w)
				e := start(t, engine.Config{Workers: 1}, other, d)
				id, err := e.Trigger(t.Context(), "main", nil)
				require.NoError(t, err)
				_, err = e.Wait(t.Context(), id)
				if fails {
					require.ErrorContains(t, err, "is failed")
				} else {
					require.NoError(t, err)
				}
				runs, err := e.Runs(t.Context(), "other")
				require.NoError(t, err)
				assert.Len(t, runs, 1)
				require.NoError(t, e.Close(t.Context()))
			})
		})
	}
}

func TestWaitForDAG(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
		fail := true
		other, d := dag.New("other"), dag.New("main")
		dag.Do(other, "task", func(context.Context) error {
			if fail {
				return errors.New("oh")
			}
			return nil
		})
		operator.WaitForDAG(d, "same", "other", 0)
		operator.WaitForDAG(d, "day_before", "other", 24*time.Hour)
		e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Now: func() time.Time { return day.AddDate(0, 1, 0) }})
		require.NoError(t, err)
		require.NoError(t, e.Register(t.Context(), other))
		require.NoError(t, e.Register(t.Context(), d))
		backfill := func(name string, from, to time.Time, r engine.Reprocess) *engine.BackfillRun {
			b, err := e.StartBackfill(t.Context(), name, engine.Backfill{From: from, To: to, Reprocess: r})
			require.NoError(t, err)
			return b
		}
		waits := backfill("main", day, day, 0)
		time.Sleep(time.Hour)
		assert.Equal(t, 2, waits.Progress().Waiting, "there is no run yet")
		fail = false
		require.NoError(t, backfill("other", day.AddDate(0, 0, -1), day, 0).Wait(t.Context()))
		require.NoError(t, waits.Wait(t.Context()))

		fail = true
		require.Error(t, backfill("other", day, day, engine.ReprocessCompleted).Wait(t.Context()))
		assert.Error(t, backfill("main", day, day, engine.ReprocessCompleted).Wait(t.Context()), "the newest run counts")
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestNeedsEngine(t *testing.T) {
	d := dag.New("d")
	operator.Trigger(d, "trigger", "other", nil, dag.Retry{Max: 3})
	operator.WaitForDAG(d, "wait", "other", 0)
	res, err := d.Run(t.Context())
	require.ErrorContains(t, err, "the run has no engine")
	assert.Equal(t, 1, res.Task("trigger").Tries, "trying again would not help")
	assert.Equal(t, dag.Failed, res.State("wait"))

	unknown := dag.New("unknown")
	operator.WaitForDAG(unknown, "wait", "nobody", 0)
	e := start(t, engine.Config{}, unknown)
	id, err := e.Trigger(t.Context(), "unknown", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.ErrorContains(t, err, `no DAG "nobody" is registered`)
	require.NoError(t, e.Close(t.Context()))
}

func ExampleTriggerAndWait() {
	ctx := context.Background()
	train := dag.New("train")
	dag.Do(train, "fit", func(context.Context) error { fmt.Println("fit"); return nil })

	night := dag.New("night")
	fresh := operator.ShortCircuit(night, "new_data", func(context.Context) (bool, error) { return true, nil })
	trained := operator.TriggerAndWait(night, "train", "train", nil)
	dag.Chain(fresh, trained, dag.Do(night, "report", func(context.Context) error { fmt.Println("report"); return nil }))

	e, _ := engine.Open(ctx, engine.Config{Store: engine.NewMemory()})
	_ = e.Register(ctx, train)
	_ = e.Register(ctx, night)
	id, _ := e.Trigger(ctx, "night", nil)
	_, err := e.Wait(ctx, id)
	fmt.Println(err, e.Close(ctx))
	// Output:
	// fit
	// report
	// <nil> <nil>
}

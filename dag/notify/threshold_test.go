package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/notify"
)

// watched is an engine that a notifier watches, and one DAG with one task, which does what is set.
type watched struct {
	*engine.Engine
	t      *testing.T
	n      *notify.Notifier
	sender *recorder
	do     func(context.Context) error
	start  time.Time
}

// watch makes them in a bubble, where time is at hand, and ends them.
func watch(t *testing.T, c engine.Config, test func(*testing.T, *watched), opts ...notify.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &watched{t: t, sender: &recorder{}, start: time.Now()}
		w.n = notifier(t, w.sender, opts...)
		if c.Store == nil {
			c.Store = engine.NewMemory()
		}
		c.Hooks = []dag.Hooks{w.n.Hooks()}
		var err error
		w.Engine, err = engine.Open(t.Context(), c)
		require.NoError(t, err)
		w.n.Watch(w.Engine)
		d := dag.New("nightly", dag.WithParams(dag.Params{}))
		dag.Do(d, "load", func(ctx context.Context) error { return w.do(ctx) })
		require.NoError(t, w.Register(t.Context(), d))
		test(t, w)
		require.NoError(t, w.Close(t.Context()))
		require.NoError(t, w.n.Close(t.Context()))
	})
}

// trigger starts a run that takes so long and then ends so.
func (w *watched) trigger(takes time.Duration, end error) string {
	w.t.Helper()
	w.do = func(ctx context.Context) error {
		select {
		case <-time.After(takes):
			return end
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	id, err := w.Trigger(w.t.Context(), "nightly", nil)
	require.NoError(w.t, err)
	synctest.Wait()
	return id
}

// at returns what is told until so long after the start.
func (w *watched) at(d time.Duration) []string {
	time.Sleep(time.Until(w.start.Add(d)))
	synctest.Wait()
	return w.sender.subjects()
}

// A run that takes too long is told while it goes on; what follows it is told only when all is well again.
func TestRunThatTakesTooLong(t *testing.T) {
	watch(t, engine.Config{}, func(t *testing.T, w *watched) {
		w.trigger(70*time.Minute, nil)
		assert.Empty(t, w.at(time.Hour))
		told := w.at(time.Hour + 6*time.Second)
		require.Len(t, told, 1)
		assert.Regexp(t, `^nightly: run duration 1h0m[1-5]s is above 1h0m0s$`, told[0])
		_, _, _, standing := w.n.Stats()
		assert.Equal(t, 1, standing)
		w.trigger(0, nil)
		assert.Empty(t, w.at(65*time.Minute), "another run is quick, this one still goes on")
		assert.Empty(t, w.at(75*time.Minute), "it has ended, too late")
		w.trigger(61*time.Minute, nil)
		assert.Empty(t, w.at(140*time.Minute), "so has the next one")
		w.trigger(time.Second, errors.New("no"))
		assert.Empty(t, w.at(150*time.Minute), "one that fails early is not quick")
		w.trigger(5*time.Minute, nil)
		assert.Equal(t, []string{"nightly: run duration 5m0s is no longer above 1h0m0s"}, w.at(160*time.Minute))
		w.trigger(2*time.Hour, nil)
		assert.Len(t, w.at(230*time.Minute), 1, "a new breach is told again")
	}, notify.When(notify.RunDuration("nightly"), notify.Above, time.Hour, 0))
}

// Of several runs that take too long the message shows the longest, whatever else ends.
func TestTheLongestRunIsShown(t *testing.T) {
	watch(t, engine.Config{}, func(t *testing.T, w *watched) {
		w.trigger(2*time.Hour, nil)
		time.Sleep(2 * time.Second)
		w.trigger(2*time.Hour, nil)
		assert.Empty(t, w.at(time.Hour+4*time.Second))
		assert.Equal(t, []string{"nightly: run duration 1h0m5s is above 1h0m0s"}, w.at(time.Hour+6*time.Second))
	}, notify.When(notify.RunDuration(""), notify.Above, time.Hour, 0))
	watch(t, engine.Config{}, func(t *testing.T, w *watched) {
		w.trigger(2*time.Hour, nil)
		assert.Empty(t, w.at(time.Hour+6*time.Second))
		w.trigger(2*time.Second, nil) // its end comes when the breach of the other has lasted for long enough
		assert.Equal(t, []string{"nightly: run duration 1h0m5s is above 1h0m0s for 7s"}, w.at(time.Hour+9*time.Second))
	}, notify.When(notify.RunDuration(""), notify.Above, time.Hour, 7*time.Second))
}

// An engine that is closed has no queue any more; that is no recovery.
func TestAClosedEngineIsNotWell(t *testing.T) {
	watch(t, engine.Config{Workers: 1}, func(t *testing.T, w *watched) {
		for range 3 {
			w.trigger(time.Hour, nil)
		}
		assert.Equal(t, []string{"nightly: queue depth 2 is above 1"}, w.at(time.Minute))
		require.NoError(t, w.Close(t.Context()))
		assert.Empty(t, w.at(10*time.Minute))
	}, notify.When(notify.QueueDepth("nightly"), notify.Above, 1, 0))
}

// A task that hangs is told by name, and one that was cancelled for that is not well again.
func TestTaskThatHangs(t *testing.T) {
	watch(t, engine.Config{}, func(t *testing.T, w *watched) {
		id := w.trigger(time.Hour, nil)
		told := w.at(time.Minute + 6*time.Second)
		require.Len(t, told, 1)
		assert.Regexp(t, `^nightly, task load: task duration 1m[1-5]s is above 1m0s$`, told[0])
		require.NoError(t, w.Cancel(t.Context(), id))
		assert.Empty(t, w.at(10*time.Minute))
		w.trigger(0, nil)
		assert.Equal(t, []string{"nightly, task load: task duration 0s is no longer above 1m0s"}, w.at(11*time.Minute))
	}, notify.When(notify.TaskDuration("", ""), notify.Above, time.Minute, 0))
}

// Without an engine, and for what is quicker than a look, the end of a run or task tells.
func TestTooQuickAndTooSlowAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to,
			notify.When(notify.RunDuration(""), notify.Below, time.Second, 0),
			notify.When(notify.TaskDuration("d", "a"), notify.Above, 2*time.Second, 0),
			notify.When(notify.RunDuration("other"), notify.Above, 0, 0))
		var takes time.Duration
		var end error
		d := dag.New("d", n.Hooks())
		dag.Do(d, "a", func(context.Context) error { time.Sleep(takes); return end })
		run := func(d *dag.DAG, t time.Duration, err error) { takes, end = t, err; _, _ = d.Run(context.Background()) }
		run(d, time.Second, nil)
		run(d, 0, errors.New("no"))
		run(d, 100*time.Millisecond, nil)
		run(d, 3*time.Second, nil)
		require.NoError(t, n.Close(t.Context()))
		assert.Equal(t, []string{
			"d: run duration 100ms is below 1s", "d, task a: task duration 3s is above 2s", "d: run duration 3s is no longer below 1s",
		}, to.subjects())
	})
}

// What stands for so long only is told when it has; how long that is counts from when the limit was passed.
func TestBreachMustLast(t *testing.T) {
	watch(t, engine.Config{Workers: 1}, func(t *testing.T, w *watched) {
		w.trigger(4*time.Minute, nil)
		for range 3 {
			w.trigger(4*time.Minute, nil)
		}
		assert.Empty(t, w.at(9*time.Minute), "two wait for nine minutes, more than one for eight")
		assert.Empty(t, w.at(time.Hour), "then one")
		w.start = time.Now()
		for range 10 {
			w.trigger(4*time.Minute, nil)
		}
		assert.Equal(t, []string{"all DAGs: queue depth 7 is above 1 for 10m0s"}, w.at(11*time.Minute))
		assert.Equal(t, []string{"all DAGs: queue depth 1 is no longer above 1"}, w.at(time.Hour))
	}, notify.When(notify.QueueDepth(""), notify.Above, 1, 10*time.Minute), notify.When(notify.QueueDepth("other"), notify.Above, 0, 0))
}

// A value that nothing follows stands: it is told when it has lasted, not when the next one comes.
func TestAValueStandsUntilTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, notify.When(notify.Rows("", ""), notify.Below, 3, time.Hour))
		rows := 2
		d := dag.New("d", n.Hooks())
		dag.Task(d, "a", func(context.Context) (int, error) { return rows, nil })
		run := func() { _, err := d.Run(t.Context()); require.NoError(t, err) }
		run()
		time.Sleep(50 * time.Minute)
		rows = 1
		run()
		time.Sleep(9 * time.Minute)
		assert.Empty(t, to.subjects())
		time.Sleep(2 * time.Minute)
		assert.Equal(t, []string{"d, task a: rows 1 is below 3 for 1h0m0s"}, to.subjects())
		require.NoError(t, n.Close(t.Context()))
	})
}

// The run of an interval lands late also while it waits or works; backfills are about the past.
func TestLandingTime(t *testing.T) {
	clock := func() time.Time { return time.Now().Add(-time.Hour) } // of another zone, say
	watch(t, engine.Config{Now: clock}, func(t *testing.T, w *watched) {
		takes := 40 * time.Minute
		d := dag.New("daily")
		dag.Do(d, "load", func(context.Context) error { time.Sleep(takes); return nil })
		require.NoError(t, w.Register(t.Context(), d, engine.Cron("@daily"), engine.StartAt(clock()), engine.CatchupAll))
		day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		midnight := day.Sub(clock())
		assert.Empty(t, w.at(midnight+24*time.Hour+30*time.Minute))
		told := w.at(midnight + 24*time.Hour + 31*time.Minute)
		require.Len(t, told, 1)
		assert.Regexp(t, `^daily: landing time 30m[1-5]s is above 30m0s$`, told[0])
		takes = 20 * time.Minute
		assert.Equal(t, []string{"daily: landing time 20m0s is no longer above 30m0s"}, w.at(midnight+49*time.Hour))
		b, err := w.StartBackfill(t.Context(), "daily", engine.Backfill{From: day.AddDate(-1, 0, 0), To: day.AddDate(-1, 0, 2)})
		require.NoError(t, err)
		require.NoError(t, b.Wait(t.Context()))
		assert.Empty(t, w.at(midnight+60*time.Hour))
	}, notify.When(notify.LandingTime("daily"), notify.Above, 30*time.Minute, 0))
}

// table has rows, as a *monary.Table has.
type table struct{ rows int }

func (t *table) NumRows() int    { return t.rows }
func (t *table) NumColumns() int { return 1 }

// Rows are those of a table, of a matrix, of a list of them, or a number that is returned.
func TestRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, notify.When(notify.Rows("", ""), notify.Below, 3, 0), notify.When(notify.Rows("d", "none"), notify.Below, 2, 0))
		var log strings.Builder
		n.Logger = slog.New(slog.NewTextHandler(&log, nil))
		d := dag.New("d", n.Hooks())
		dag.Task(d, "table", func(context.Context) (*table, error) { return &table{2}, nil })
		dag.Task(d, "tables", func(context.Context) ([]*table, error) { return []*table{{2}, {1}}, nil })
		dag.Task(d, "map", func(context.Context) (map[string]int, error) { return nil, nil })
		dag.Task(d, "count", func(context.Context) (int64, error) { return -1, nil })
		dag.Task(d, "text", func(context.Context) (string, error) { return "", nil })
		dag.Do(d, "none", func(context.Context) error { return nil })
		dag.Task(d, "broken", func(context.Context) (int, error) { return 0, errors.New("no") })
		for range 2 {
			_, err := d.Run(t.Context(), dag.Workers(1))
			require.Error(t, err)
		}
		require.NoError(t, n.Close(t.Context()))
		assert.Equal(t, []string{"d, task table: rows 2 is below 3", "d, task map: rows 0 is below 3", "d, task count: rows -1 is below 3"}, to.subjects())
		assert.Equal(t, 1, strings.Count(log.String(), "returns nothing that has rows"), log.String())
	})
}

// fake is a flow with numbers as they are set.
type fake map[string]float64

func (f fake) Metrics(emit func(stage, name string, value float64)) {
	for stage, v := range f {
		emit(stage, "queue_high", v)
	}
}

func TestFlows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to,
			notify.When(notify.FlowHigh("copy", "decode"), notify.Above, 8, 0))
		told := func() []string {
			time.Sleep(6 * time.Second)
			synctest.Wait()
			return to.subjects()
		}
		n.Flow("copy", fake{"decode": 8, "write": 100})
		assert.Empty(t, told())
		n.Flow("copy", fake{"decode": 9})
		assert.Equal(t, []string{"flow copy, stage decode: queue_high 9 is above 8"}, told())
		n.Flow("copy", fake{"decode": 1})
		assert.Equal(t, []string{"flow copy, stage decode: queue_high 1 is no longer above 8"}, told())
		n.Flow("copy", fake{"decode": 10})
		n.Flow("copy", nil)
		assert.Equal(t, []string{"flow copy, stage decode: queue_high 10 is above 8", "flow copy, stage decode: queue_high is no longer measured"}, told(), "also if it was quicker than a look")
		require.NoError(t, n.Close(t.Context()))
	})
}

// After a restart a breach that still stands is told once more, with the id that it had.
func TestRestartTellsOnceMore(t *testing.T) {
	store := engine.NewMemory()
	var ids []string
	over := notify.When(notify.RunDuration(""), notify.Above, time.Minute, 0)
	synctest.Test(t, func(t *testing.T) {
		for range 2 {
			to := &recorder{}
			n := notifier(t, to, over)
			e, err := engine.Open(t.Context(), engine.Config{Store: store, Hooks: []dag.Hooks{n.Hooks()}})
			require.NoError(t, err)
			n.Watch(e)
			d := dag.New("d")
			dag.Do(d, "a", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
			require.NoError(t, e.Register(t.Context(), d))
			if active, err := e.Active(); err == nil && len(active) == 0 {
				_, err := e.Trigger(t.Context(), "d", nil)
				require.NoError(t, err)
			}
			time.Sleep(time.Hour)
			require.NoError(t, e.Close(t.Context()))
			time.Sleep(time.Minute) // of an engine that is closed nothing is told
			require.NoError(t, n.Close(t.Context()))
			require.Len(t, to.sent, 1)
			ids = append(ids, to.sent[0].ID)
		}
	})
	assert.Equal(t, ids[0], ids[1])
	assert.NotEmpty(t, ids[0])
}

// Whatever the values, breaches and recoveries take turns, and they are told when the value crosses the limit.
func TestBreachesAndRecoveriesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(50) {
			r := rand.New(rand.NewPCG(seed, 0))
			to := &recorder{}
			side, limit := [2]notify.Side{notify.Above, notify.Below}[seed%2], r.IntN(5)
			n := notifier(t, to, notify.When(notify.Rows("", ""), side, limit, 0))
			hooks, bad, want := n.Hooks(), map[string]bool{}, []string(nil)
			for range 200 {
				task, v := fmt.Sprint("t", r.IntN(3)), r.IntN(5)
				hooks.OnTask(dag.RunInfo{DAG: "d", Task: task}, dag.Result[any]{ID: task, State: dag.Succeeded, Value: v, Tries: 1, Start: time.Now()})
				now, verb := side == notify.Above && v > limit || side == notify.Below && v < limit, "is"
				if now != bad[task] {
					if !now {
						verb = "is no longer"
					}
					want = append(want, fmt.Sprintf("d, task %s: rows %d %s %s %d", task, v, verb, side, limit))
				}
				bad[task] = now
				time.Sleep(time.Second)
			}
			require.NoError(t, n.Close(t.Context()))
			require.Equal(t, want, to.subjects(), "seed %d", seed)
		}
	})
}

// However many tasks there are, what a notifier keeps of them is bounded, and that is said once.
func TestSeriesAreBounded(t *testing.T) {
	to := &recorder{}
	n := notifier(t, to, notify.When(notify.Rows("", ""), notify.Above, 0, 0))
	var log strings.Builder
	n.Logger = slog.New(slog.NewTextHandler(&log, nil))
	hooks := n.Hooks()
	for i := range 10_100 {
		hooks.OnTask(dag.RunInfo{DAG: "d", Task: fmt.Sprint(i)}, dag.Result[any]{State: dag.Succeeded, Value: 0, Tries: 1})
	}
	for _, task := range []string{"0", "10099"} {
		hooks.OnTask(dag.RunInfo{DAG: "d", Task: task}, dag.Result[any]{State: dag.Succeeded, Value: 1, Tries: 1})
	}
	require.NoError(t, n.Close(t.Context()))
	assert.Equal(t, []string{"d, task 0: rows 1 is above 0"}, to.subjects())
	assert.Equal(t, 1, strings.Count(log.String(), "too many numbers are watched"))
}

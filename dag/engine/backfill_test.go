package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

func on(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t
}

// january asks for the first days of January 1999, which are past.
func january(last int) engine.Backfill {
	return engine.Backfill{From: on("1999-01-01"), To: on(fmt.Sprintf("1999-01-%02d", last))}
}

// fans is a DAG of 11 tasks, one of which the others wait for.
func fans(name string, fn func(context.Context) error) *dag.DAG {
	d := dag.New(name)
	load := dag.Do(d, "load", fn)
	for i := range 10 {
		dag.Do(d, fmt.Sprint("sleep_for_", i), func(context.Context) error {
			time.Sleep(time.Duration(i) * time.Second)
			return nil
		}).SetUpstream(load)
	}
	return d
}

func start(t *testing.T, e *engine.Engine, name string, b engine.Backfill) *engine.BackfillRun {
	t.Helper()
	run, err := e.StartBackfill(t.Context(), name, b)
	require.NoError(t, err)
	return run
}

// The talk's backfill: two days of a DAG of 11 tasks.
func TestBackfillOfTheTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		e := open(t, engine.Config{Store: engine.NewMemory()})
		require.NoError(t, e.Register(t.Context(), fans("zips", r.task))) // no schedule: day by day
		b := start(t, e, "zips", january(2))
		var lines []string
		require.ErrorContains(t, b.Watch(t.Context(), 0, nil), "Watch every 0s, want more than 0")
		require.NoError(t, b.Watch(t.Context(), 7500*time.Millisecond, func(p engine.Progress) { lines = append(lines, p.String()) }))
		assert.Equal(t, []string{
			"[backfill progress] waiting: 22 | succeeded: 0 | kicked_off: 2 | failed: 0 | skipped: 0",
			"[backfill progress] waiting: 4 | succeeded: 18 | kicked_off: 4 | failed: 0 | skipped: 0",
			"[backfill progress] waiting: 0 | succeeded: 22 | kicked_off: 0 | failed: 0 | skipped: 0",
		}, lines)
		assert.Equal(t, "01-01T00:00 01-02T00:00", r.take(), "both dates are included")
		assert.Equal(t, engine.Progress{Succeeded: 22, Runs: 2, RunsEnded: 2}, b.Progress())
		h, err := e.History(t.Context(), "zips")
		require.NoError(t, err)
		for _, run := range h {
			assert.Equal(t, engine.Backfilled, run.Cause)
			assert.Equal(t, b.ID(), run.Of)
			assert.Equal(t, day, run.Interval.End.Sub(run.Interval.Start))
		}
		closeEngine(t, e)
	})
}

func TestBackfillOrder(t *testing.T) {
	for _, backward := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var got []int
			e := open(t, engine.Config{Store: engine.NewMemory()})
			d := one("d", func(ctx context.Context) error {
				got = append(got, dag.RunFrom(ctx).LogicalTime.Day())
				return nil
			})
			require.NoError(t, e.Register(t.Context(), d, engine.Cron("30 2 * * *")))
			b := january(5)
			b.MaxActiveRuns, b.Backward = 1, backward
			require.NoError(t, start(t, e, "d", b).Wait(t.Context()))
			want := []int{1, 2, 3, 4} // 5 January, 02:30, is after 5 January, 00:00
			if backward {
				want = []int{4, 3, 2, 1}
			}
			assert.Equal(t, want, got)
			closeEngine(t, e)
		})
	}
}

func TestBackfillMaxActiveRuns(t *testing.T) {
	for _, c := range []struct{ most, want int }{{0, 10}, {3, 3}} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			now, peak := 0, 0
			e := open(t, engine.Config{Store: engine.NewMemory()})
			d := one("d", func(context.Context) error {
				mu.Lock()
				now++
				peak = max(peak, now)
				mu.Unlock()
				time.Sleep(time.Minute)
				mu.Lock()
				now--
				mu.Unlock()
				return nil
			})
			require.NoError(t, e.Register(t.Context(), d, engine.Cron("@daily"), engine.MaxActiveRuns(1)))
			b := january(31)
			b.MaxActiveRuns = c.most
			require.NoError(t, start(t, e, "d", b).Wait(t.Context()))
			assert.Equal(t, c.want, peak)
			closeEngine(t, e)
		})
	}
}

func TestBackfillReprocess(t *testing.T) {
	for _, c := range []struct {
		name      string
		reprocess engine.Reprocess
		want      string
	}{
		{"None", engine.ReprocessNone, "01-04T00:00"},
		{"Failed", engine.ReprocessFailed, "01-02T00:00 01-04T00:00"},
		{"Completed", engine.ReprocessCompleted, "01-01T00:00 01-02T00:00 01-03T00:00 01-04T00:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r ran
				fails := true
				e := open(t, engine.Config{Store: engine.NewMemory()})
				d := one("d", func(ctx context.Context) error {
					if dag.RunFrom(ctx).LogicalTime.Day() == 2 && fails {
						return errBoom
					}
					return r.task(ctx)
				})
				require.NoError(t, e.Register(t.Context(), d, engine.Cron("@daily")))
				b := start(t, e, "d", january(3))
				require.EqualError(t, b.Wait(t.Context()), fmt.Sprintf("engine: backfill %q: 1 of 3 runs failed: d/19990102T000000Z", b.ID()))
				assert.Equal(t, 1, b.Progress().Failed)
				r.take()
				fails = false

				again := january(4)
				again.Reprocess = c.reprocess
				plan, err := e.PlanBackfill("d", again)
				require.NoError(t, err)
				require.Len(t, plan, 4)
				assert.Equal(t, "d/19990102T000000Z", plan[1].Existing)
				assert.Equal(t, engine.RunFailed, plan[1].State)
				assert.Equal(t, engine.BackfillStep{Interval: dag.Interval{Start: on("1999-01-04"), End: on("1999-01-05")}, Start: true}, plan[3])
				assert.Empty(t, r.take(), "a plan runs nothing")
				require.NoError(t, start(t, e, "d", again).Wait(t.Context()))
				assert.Equal(t, c.want, r.take())
				var planned []time.Time
				for _, s := range plan {
					if s.Start {
						planned = append(planned, s.Interval.Start)
					}
				}
				h, _ := e.History(t.Context(), "d")
				assert.Len(t, h, 3+len(planned), "what was planned was done")
				rerun := slices.ContainsFunc(h, func(r engine.RunRecord) bool { return r.ID == "d/19990102T000000Z-2" })
				assert.Equal(t, c.reprocess != engine.ReprocessNone, rerun, "a rerun is a run of its own")
				closeEngine(t, e)
			})
		})
	}
}

// Scenario 23: max_active_runs=1, depends_on_past and a first run that fails (airflow#29524), with a
// mapped task (#33994), ends and says so.
func TestBackfillIsNeverDeadlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		fails := true
		e := open(t, engine.Config{Store: engine.NewMemory()})
		d := dag.New("d")
		list := dag.Task(d, "list", func(ctx context.Context) ([]int, error) {
			if fails && dag.RunFrom(ctx).LogicalTime.Day() == 1 {
				return nil, errBoom
			}
			return []int{1, 2, 3}, r.task(ctx)
		})
		dag.Map(d, "mapped", list, func(context.Context, int) (int, error) { time.Sleep(time.Minute); return 0, nil }, dag.Workers(1))
		require.NoError(t, e.Register(t.Context(), d, engine.Cron("@daily"), engine.DependsOnPast()))
		q := january(3)
		q.MaxActiveRuns = 1
		b := start(t, e, "d", q)
		err := b.Wait(t.Context())
		require.ErrorContains(t, err, `run "d/19990101T000000Z", on whose success it depends, is failed`)
		require.ErrorContains(t, err, "1 of 3 runs failed")
		assert.Equal(t, engine.Progress{Failed: 6, Runs: 3, RunsEnded: 1}, b.Progress())
		assert.Empty(t, r.take())

		fails = false
		q.Reprocess = engine.ReprocessFailed
		require.NoError(t, start(t, e, "d", q).Wait(t.Context()))
		assert.Equal(t, "01-01T00:00 01-02T00:00 01-03T00:00", r.take())

		q.Backward = true
		_, err = e.StartBackfill(t.Context(), "d", q)
		require.ErrorContains(t, err, "Backward is not possible: the DAG has DependsOnPast")
		closeEngine(t, e)
	})
}

// The schedule and a backfill ask for the same intervals: each is run once.
func TestBackfillBesidesTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		e := open(t, engine.Config{Store: engine.NewMemory()})
		d := one("d", func(ctx context.Context) error { time.Sleep(time.Minute); return r.task(ctx) })
		require.NoError(t, e.Register(t.Context(), d, engine.Cron("@hourly"), engine.StartAt(on("1999-12-31")), engine.CatchupAll, engine.MaxActiveRuns(2)))
		b := start(t, e, "d", engine.Backfill{From: on("1999-12-30"), To: on("2000-01-01"), Backward: true, MaxActiveRuns: 2})
		require.NoError(t, b.Wait(t.Context()))
		sleep(5 * time.Minute)
		h, err := e.History(t.Context(), "d")
		require.NoError(t, err)
		assert.Len(t, h, 48)
		seen, causes := map[time.Time]bool{}, map[engine.Cause]int{}
		for _, run := range h {
			assert.False(t, seen[run.LogicalTime], "%v twice", run.LogicalTime)
			seen[run.LogicalTime] = true
			causes[run.Cause]++
		}
		assert.Greater(t, causes[engine.Scheduled], 5)
		p := b.Progress()
		assert.Equal(t, causes[engine.Backfilled], p.Succeeded)
		assert.Positive(t, p.Skipped)
		assert.Equal(t, p.Runs, p.Succeeded+p.Skipped, "what the schedule was faster with counts as skipped")
		assert.Equal(t, p.Runs, p.RunsEnded)
		closeEngine(t, e)
	})
}

func TestBackfillGoesOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		finished := map[int]int{}
		store := engine.NewMemory()
		build := func() *dag.DAG {
			return one("d", func(ctx context.Context) error {
				select {
				case <-time.After(10 * time.Minute):
				case <-ctx.Done():
					return ctx.Err()
				}
				assert.Equal(t, "ten", dag.RunFrom(ctx).Params["n"])
				mu.Lock()
				defer mu.Unlock()
				finished[dag.RunFrom(ctx).LogicalTime.Day()]++
				return nil
			})
		}
		e := open(t, engine.Config{Store: store})
		require.NoError(t, e.Register(t.Context(), build()))
		b := january(20)
		b.MaxActiveRuns, b.Params, b.Backward = 3, dag.Params{"n": "ten"}, true
		id := start(t, e, "d", b).ID()
		var run *engine.BackfillRun
		for range 3 {
			sleep(15 * time.Minute)
			closeEngine(t, e)
			e = open(t, engine.Config{Store: store})
			require.NoError(t, e.Register(t.Context(), build()))
			all, err := e.Backfills("d")
			require.NoError(t, err)
			require.Len(t, all, 1)
			run = all[0]
			assert.Equal(t, id, run.ID())
		}
		assert.Less(t, run.Progress().Succeeded, 12)
		require.NoError(t, run.Wait(t.Context()))
		assert.Len(t, finished, 20)
		for day, n := range finished {
			assert.Equal(t, 1, n, "day %d", day)
		}
		assert.Equal(t, engine.Progress{Succeeded: 20, Runs: 20, RunsEnded: 20}, run.Progress())
		closeEngine(t, e)

		e = open(t, engine.Config{Store: store}) // it is known that it has ended
		require.NoError(t, e.Register(t.Context(), build()))
		all, err := e.Backfills("d")
		require.NoError(t, err)
		require.NoError(t, all[0].Wait(t.Context()))
		closeEngine(t, e)
	})
}

func TestBackfillCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		store := engine.NewMemory()
		build := func() *dag.DAG {
			return one("d", func(ctx context.Context) error { time.Sleep(time.Minute); return r.task(ctx) })
		}
		e := open(t, engine.Config{Store: store})
		require.NoError(t, e.Register(t.Context(), build()))
		b := january(20)
		b.MaxActiveRuns = 2
		run := start(t, e, "d", b)
		sleep(90 * time.Second)
		require.NoError(t, run.Cancel(t.Context()))
		require.NoError(t, run.Cancel(t.Context()), "twice is no mistake")
		require.EqualError(t, run.Wait(t.Context()), fmt.Sprintf("engine: backfill %q: cancelled", run.ID()))
		assert.Equal(t, "01-01T00:00 01-02T00:00 01-03T00:00 01-04T00:00", r.take(), "what was under way has ended")
		assert.Equal(t, engine.Progress{Succeeded: 4, Failed: 16, Runs: 20, RunsEnded: 4}, run.Progress())
		closeEngine(t, e)
		e = open(t, engine.Config{Store: store})
		require.NoError(t, e.Register(t.Context(), build()))
		sleep(time.Hour)
		assert.Empty(t, r.take())
		closeEngine(t, e)
	})
}

// Close tells those who wait for a backfill.
func TestBackfillWhenTheEngineCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{Store: engine.NewMemory()})
		require.NoError(t, e.Register(t.Context(), one("d", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })))
		run := start(t, e, "d", january(3))
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBoom)
		require.ErrorIs(t, run.Wait(ctx), errBoom)
		require.ErrorContains(t, e.Remove("d"), "is under way")
		closeEngine(t, e)
		require.ErrorContains(t, run.Wait(t.Context()), "the engine is closed")
		_, err := e.StartBackfill(t.Context(), "d", january(3))
		require.Error(t, err)
	})
}

func TestBackfillRefuses(t *testing.T) {
	e := open(t, engine.Config{Store: engine.NewMemory()})
	defer closeEngine(t, e)
	d := dag.New("d", dag.WithParams(dag.Params{"n": 1}))
	dag.Do(d, "task", func(context.Context) error { return nil })
	require.NoError(t, e.Register(t.Context(), d, engine.Every(time.Minute)))
	require.NoError(t, e.Register(t.Context(), one("follower", func(context.Context) error { return nil }), engine.After("d")))
	valid := january(2)
	for _, c := range []struct {
		name, dag string
		change    func(b *engine.Backfill)
		want      string
	}{
		{"Unknown", "no", func(*engine.Backfill) {}, `engine: no DAG "no" is registered`},
		{"NoDates", "d", func(b *engine.Backfill) { *b = engine.Backfill{} }, "From is 0001-01-01 00:00:00 +0000 UTC, want a time of the years 1700 to 2200"},
		{"Ends", "d", func(b *engine.Backfill) { b.From, b.To = b.To, b.From }, "is before From"},
		{"Negative", "d", func(b *engine.Backfill) { b.MaxActiveRuns = -1 }, "MaxActiveRuns is -1, want 0 or more"},
		{"Reprocess", "d", func(b *engine.Backfill) { b.Reprocess = 9 }, "Reprocess is 9"},
		{"Param", "d", func(b *engine.Backfill) { b.Params = dag.Params{"n": "x"} }, `"x" is not a int`},
		{"TooMany", "d", func(b *engine.Backfill) { b.From = on("1990-01-01") }, "more than 100000 intervals (every 1m0s)"},
		{"Future", "d", func(b *engine.Backfill) { b.From, b.To = on("2190-01-01"), on("2190-01-02") }, "no interval (every 1m0s) starts"},
		{"Follower", "follower", func(*engine.Backfill) {}, `a backfill of DAG "d" starts its runs`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := valid
			c.change(&b)
			_, err := e.StartBackfill(t.Context(), c.dag, b)
			require.ErrorContains(t, err, c.want)
			_, again := e.PlanBackfill(c.dag, b)
			require.EqualError(t, again, err.Error())
		})
	}
}

// Two backfills of the same days at once: what is under way is left alone, whatever is to be
// reprocessed.
func TestBackfillsOfTheSameDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		e := open(t, engine.Config{Store: engine.NewMemory()})
		d := one("d", func(ctx context.Context) error { time.Sleep(time.Minute); return r.task(ctx) })
		require.NoError(t, e.Register(t.Context(), d))
		b := january(3)
		b.MaxActiveRuns = 2
		first := start(t, e, "d", b)
		b.Reprocess = engine.ReprocessCompleted
		plan, err := e.PlanBackfill("d", b)
		require.NoError(t, err)
		require.Equal(t, engine.RunRunning, plan[0].State)
		second := start(t, e, "d", b)
		require.NoError(t, first.Wait(t.Context()))
		require.NoError(t, second.Wait(t.Context()))
		assert.Equal(t, "01-01T00:00 01-02T00:00 01-03T00:00", r.take())
		assert.Equal(t, engine.Progress{Succeeded: 2, Skipped: 1, Runs: 3, RunsEnded: 3}, first.Progress(), "the second was faster with the third day")
		assert.Equal(t, engine.Progress{Succeeded: 1, Runs: 1, RunsEnded: 1}, second.Progress())
		closeEngine(t, e)
	})
}

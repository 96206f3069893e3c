package engine_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/cron"
)

// In these tests synctest's clock starts at midnight UTC before 1 January 2000.

const day = 24 * time.Hour

// ran notes the logical times of the runs of a DAG.
type ran struct {
	mu    sync.Mutex
	times []time.Time
}

func (r *ran) task(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.times = append(r.times, dag.RunFrom(ctx).LogicalTime)
	return nil
}

// take returns those since the last call, as text and in order.
func (r *ran) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var texts []string
	for _, at := range r.times {
		texts = append(texts, at.Format("01-02T15:04"))
	}
	slices.Sort(texts) // runs that start at once do so in any order
	r.times = nil
	return strings.Join(texts, " ")
}

// one returns a DAG of one task.
func one(name string, fn func(context.Context) error) *dag.DAG {
	d := dag.New(name)
	dag.Do(d, "task", fn)
	return d
}

// sleep lets time pass and whatever is due then happen.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func closeEngine(t *testing.T, e *engine.Engine) {
	t.Helper()
	require.NoError(t, e.Close(t.Context()))
}

func TestScheduleRunsEachInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		e := open(t, engine.Config{Store: engine.NewMemory()})
		d := one("nightly", func(ctx context.Context) error {
			i := dag.RunFrom(ctx)
			assert.Equal(t, i.LogicalTime, i.Interval.Start)
			assert.Equal(t, i.LogicalTime.Add(day), i.Interval.End)
			assert.WithinDuration(t, i.Interval.End, time.Now(), 0, "it starts when its interval is over")
			return r.task(ctx)
		})
		require.NoError(t, e.Register(t.Context(), d, engine.Cron("0 2 * * *")))
		s, err := e.Schedule("nightly")
		require.NoError(t, err)
		assert.Equal(t, "cron 0 2 * * * in UTC", s.Text)
		assert.Equal(t, "1999-12-31 02:00:00 +0000 UTC", s.Next.Start.String())
		sleep(3*day + 3*time.Hour)
		assert.Equal(t, "01-01T02:00 01-02T02:00 01-03T02:00 12-31T02:00", r.take())
		h, err := e.History(t.Context(), "nightly")
		require.NoError(t, err)
		assert.Equal(t, "nightly/19991231T020000Z", h[0].ID)
		assert.Equal(t, engine.Scheduled, h[0].Cause)
		assert.Equal(t, engine.RunSucceeded, h[0].State)
		assert.Equal(t, engine.TaskCounts{Succeeded: 1}, h[0].Tasks)
		closeEngine(t, e)
	})
}

func TestEveryStartsAtStartAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		e := open(t, engine.Config{Store: engine.NewMemory()})
		start := time.Now().Add(7 * time.Minute)
		require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Every(time.Hour), engine.StartAt(start), engine.EndAt(start.Add(2*time.Hour))))
		sleep(day)
		assert.Equal(t, "01-01T00:07 01-01T01:07 01-01T02:07", r.take(), "both ends are included")
		s, _ := e.Schedule("d")
		assert.Zero(t, s.Next)
		closeEngine(t, e)
	})
}

// What becomes of the intervals that ended while no engine ran, for each policy.
func TestCatchup(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []engine.ScheduleOption
		away time.Duration
		want string
	}{
		{"LatestByDefault", nil, 3 * time.Hour, "01-01T03:00"},
		{"None", []engine.ScheduleOption{engine.CatchupNone}, 3 * time.Hour, ""},
		{"All", []engine.ScheduleOption{engine.CatchupAll}, 3 * time.Hour, "01-01T01:00 01-01T02:00 01-01T03:00"},
		{"NoneButBackInTime", []engine.ScheduleOption{engine.CatchupNone}, 90*time.Minute + 30*time.Second, "01-01T02:00"},
		{"NothingMissed", []engine.ScheduleOption{engine.CatchupAll}, 20 * time.Minute, ""},
		{"LatestUntilItsEnd", []engine.ScheduleOption{engine.EndAt(time.Date(2000, 1, 1, 2, 10, 0, 0, time.UTC))}, 10 * time.Hour, "01-01T02:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r ran
				store := engine.NewMemory()
				opts := append([]engine.ScheduleOption{engine.Cron("@hourly"), engine.StartAt(time.Now())}, c.opts...)
				e := open(t, engine.Config{Store: store})
				require.NoError(t, e.Register(t.Context(), one("d", r.task), opts...))
				sleep(90 * time.Minute)
				assert.Equal(t, "01-01T00:00", r.take())
				closeEngine(t, e)

				time.Sleep(c.away)
				e = open(t, engine.Config{Store: store})
				require.NoError(t, e.Register(t.Context(), one("d", r.task), opts...))
				synctest.Wait()
				assert.Equal(t, c.want, r.take())
				closeEngine(t, e)
			})
		})
	}
}

// Scenario 21: a weekly schedule and a restart every hour (river#791).
func TestWeeklyAndARestartEachHour(t *testing.T) {
	for _, opt := range []engine.ScheduleOption{engine.Cron("@weekly"), engine.Every(7 * day)} {
		synctest.Test(t, func(t *testing.T) {
			var r ran
			store := engine.NewMemory()
			for range 4 * 7 * 24 {
				e := open(t, engine.Config{Store: store})
				require.NoError(t, e.Register(t.Context(), one("weekly", r.task), opt, engine.CatchupNone))
				sleep(time.Hour)
				closeEngine(t, e)
			}
			assert.Len(t, strings.Fields(r.take()), 4)
		})
	}
}

// Scenario 20: the clock on the wall jumps. No logical time is run twice, and none is lost that
// the policy wants.
func TestClockJumps(t *testing.T) {
	for _, c := range []struct {
		name    string
		jump    time.Duration
		catchup engine.Catchup
		runs    int // after the jump and a further day by the clock on the wall
	}{
		{"Forward", 3 * time.Hour, engine.CatchupAll, 24 + 3},
		{"ForwardLatest", 3 * time.Hour, engine.CatchupLatest, 24 + 1},
		{"ForwardNone", 3 * time.Hour, engine.CatchupNone, 24},
		{"Back", -3 * time.Hour, engine.CatchupAll, 24 - 3},
		{"BackNone", -3 * time.Hour, engine.CatchupNone, 24 - 3},
		{"DayBack", -day, engine.CatchupAll, 0},
		{"YearForward", 400 * day, engine.CatchupAll, 401 * 24},
		{"YearForwardLatest", 400 * day, engine.CatchupLatest, 24 + 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r ran
				var mu sync.Mutex
				var ahead time.Duration
				now := func() time.Time {
					mu.Lock()
					defer mu.Unlock()
					return time.Now().Add(ahead)
				}
				store := engine.NewMemory()
				e := open(t, engine.Config{Store: store, Now: now})
				require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Cron("@hourly"), c.catchup))
				sleep(day + 5*time.Minute)
				require.Len(t, strings.Fields(r.take()), 24)
				mu.Lock()
				ahead = c.jump
				mu.Unlock()
				sleep(day)
				assert.Len(t, strings.Fields(r.take()), c.runs)
				h, err := e.History(t.Context(), "d")
				require.NoError(t, err)
				seen := map[time.Time]bool{}
				for _, run := range h {
					require.False(t, seen[run.LogicalTime.UTC()], "%v twice", run.LogicalTime)
					seen[run.LogicalTime.UTC()] = true
				}
				closeEngine(t, e)
			})
		})
	}
}

// A clock that was an hour fast is set right while the engine is down.
func TestClockSetBackBetweenEngines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		store := engine.NewMemory()
		ahead := time.Hour
		now := func() time.Time { return time.Now().Add(ahead) }
		e := open(t, engine.Config{Store: store, Now: now})
		require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Every(10*time.Minute), engine.CatchupAll))
		sleep(35 * time.Minute)
		assert.Equal(t, "01-01T01:00 01-01T01:10 01-01T01:20", r.take())
		closeEngine(t, e)
		ahead = 0
		e = open(t, engine.Config{Store: store, Now: now})
		require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Every(10*time.Minute), engine.CatchupAll))
		sleep(45 * time.Minute) // 01:20 by the clock
		assert.Equal(t, "01-01T00:30 01-01T00:40 01-01T00:50", r.take(), "these have had no run, those from 01:00 on have")
		sleep(25 * time.Minute)
		assert.Equal(t, "01-01T01:30", r.take())
		closeEngine(t, e)
	})
}

// A clock that is wrong for a while, at the start or later, costs no run once it is set right.
func TestClockWrongForAWhile(t *testing.T) {
	for _, c := range []struct {
		name  string
		first time.Duration // how wrong it is at the start
		opt   engine.ScheduleOption
	}{
		{"AtTheStart", 9 * 365 * day, engine.CatchupLatest},
		{"LaterLatest", 0, engine.CatchupLatest},
		{"LaterNone", 0, engine.CatchupNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r ran
				var ahead atomic.Int64
				ahead.Store(int64(c.first))
				now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
				store := engine.NewMemory()
				e := open(t, engine.Config{Store: store, Now: now})
				require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Cron("@hourly"), c.opt))
				sleep(150 * time.Minute)
				r.take()
				ahead.Store(int64(400 * day))
				sleep(10 * time.Minute)
				wrong := r.take()
				ahead.Store(0)
				sleep(5 * time.Minute) // 2:45
				closeEngine(t, e)
				e = open(t, engine.Config{Store: store, Now: now})
				require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Cron("@hourly"), c.opt))
				sleep(3 * time.Hour)
				s, err := e.Schedule("d")
				require.NoError(t, err)
				assert.Equal(t, 6, s.Next.End.Hour())
				assert.Equal(t, "01-01T02:00 01-01T03:00 01-01T04:00", r.take(), "and while it was wrong: %s", wrong)
				closeEngine(t, e)
			})
		})
	}
}

// Scenario 19, end to end: what the clocks of New York do twice a year.
func TestScheduleThroughClockChanges(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	for _, c := range []struct{ name, from, want string }{
		{"Gap", "2000-04-01T12:00", "04-01T02:30 04-02T03:00 04-03T02:30"},
		{"Fold", "2000-10-28T12:00", "10-28T02:30 10-29T02:30 10-30T02:30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from, err := time.ParseInLocation("2006-01-02T15:04", c.from, zone)
				require.NoError(t, err)
				time.Sleep(time.Until(from))
				var r ran
				e := open(t, engine.Config{Store: engine.NewMemory()})
				require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Cron("30 2 * * *"), engine.InZone(zone)))
				sleep(3 * day)
				assert.Equal(t, c.want, r.take())
				closeEngine(t, e)
			})
		})
	}
}

func TestMaxActiveRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		var at []time.Duration
		start := time.Now()
		e := open(t, engine.Config{Store: engine.NewMemory()})
		d := one("slow", func(ctx context.Context) error {
			at = append(at, time.Since(start))
			time.Sleep(25 * time.Minute)
			return r.task(ctx)
		})
		require.NoError(t, e.Register(t.Context(), d, engine.Every(10*time.Minute), engine.MaxActiveRuns(1), engine.CatchupAll))
		sleep(30 * time.Minute)
		s, err := e.Schedule("slow")
		require.NoError(t, err)
		assert.Equal(t, "1 of at most 1 runs are under way", s.Waiting)
		assert.Equal(t, 1, s.Active)
		sleep(60 * time.Minute)
		assert.Equal(t, "01-01T00:00 01-01T00:10 01-01T00:20", r.take())
		assert.Equal(t, []time.Duration{10 * time.Minute, 35 * time.Minute, 60 * time.Minute, 85 * time.Minute}, at, "one as soon as the other has ended")
		closeEngine(t, e)
	})
}

func TestDependsOnPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		e := open(t, engine.Config{Store: engine.NewMemory()})
		d := one("d", func(ctx context.Context) error {
			if err := r.task(ctx); err != nil || dag.RunFrom(ctx).LogicalTime.Hour() != 1 {
				return err
			}
			return errBoom
		})
		require.NoError(t, e.Register(t.Context(), d, engine.Every(time.Hour), engine.DependsOnPast(), engine.CatchupAll))
		sleep(5 * time.Hour)
		assert.Equal(t, "01-01T00:00 01-01T01:00", r.take(), "what follows a failure waits")
		s, _ := e.Schedule("d")
		assert.Equal(t, `run "d/20000101T010000Z", on whose success it depends, is failed`, s.Waiting)
		closeEngine(t, e)
	})
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		store := engine.NewMemory()
		for i := range 3 {
			e := open(t, engine.Config{Store: store})
			require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Every(time.Hour)))
			if i == 0 {
				require.NoError(t, e.Pause(t.Context(), "d"))
			}
			sleep(150 * time.Minute)
			assert.Empty(t, r.take(), "paused")
			s, _ := e.Schedule("d")
			assert.True(t, s.Paused)
			if i == 2 {
				require.NoError(t, e.Unpause(t.Context(), "d"))
				synctest.Wait()
				assert.Equal(t, "01-01T06:00", r.take(), "the latest of those missed")
				sleep(time.Hour)
				assert.Equal(t, "01-01T07:00", r.take())
			}
			closeEngine(t, e)
		}
	})
}

// Two engines on a store: the older one starts nothing any more.
func TestScheduleOfTwoEngines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		store := engine.NewMemory()
		first := open(t, engine.Config{Store: store})
		require.NoError(t, first.Register(t.Context(), one("d", r.task), engine.Every(time.Hour)))
		sleep(90 * time.Minute)
		second := open(t, engine.Config{Store: store})
		require.NoError(t, second.Register(t.Context(), one("d", r.task), engine.Every(time.Hour)))
		sleep(2 * time.Hour)
		assert.Equal(t, "01-01T00:00 01-01T01:00 01-01T02:00", r.take())
		closeEngine(t, first)
		closeEngine(t, second)
	})
}

// The records of a start are written again by a store that reports an error for what it has
// done; it is one start nevertheless.
func TestStartWrittenTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		store := &faulty{Memory: engine.NewMemory()}
		e := open(t, engine.Config{Store: store})
		twice := true
		store.set(func(records []engine.Record) error {
			if !twice || len(records) == 0 || !strings.Contains(string(records[0].Data), `"kind":"created"`) {
				return nil
			}
			twice = false
			if err := store.Memory.Append(t.Context(), 1, records); err != nil {
				return err
			}
			return errBoom
		})
		require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Every(time.Hour)))
		sleep(90 * time.Minute)
		closeEngine(t, e)
		e = open(t, engine.Config{Store: store})
		require.NoError(t, e.Register(t.Context(), one("d", r.task), engine.Every(time.Hour)))
		sleep(30 * time.Minute)
		assert.Equal(t, "01-01T00:00 01-01T01:00", r.take())
		runs, err := e.Runs(t.Context(), "d")
		require.NoError(t, err)
		assert.Equal(t, []string{"d/20000101T000000Z", "d/20000101T010000Z"}, runs)
		closeEngine(t, e)
	})
}

func TestScheduleRefuses(t *testing.T) {
	e := open(t, engine.Config{Store: engine.NewMemory()})
	defer closeEngine(t, e)
	date := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		opts []engine.ScheduleOption
		want string
	}{
		{"Expression", []engine.ScheduleOption{engine.Cron("61 * * * *")}, `engine: DAG "d": cron expression "61 * * * *": minute "61": "61" is not 0 to 59`},
		{"Two", []engine.ScheduleOption{engine.Cron("@daily"), engine.Every(time.Hour)}, "Cron or Every is given twice"},
		{"Short", []engine.ScheduleOption{engine.Every(0)}, "Every is 0s, want a millisecond or more"},
		{"Ends", []engine.ScheduleOption{engine.StartAt(date), engine.EndAt(date.Add(-1))}, "is before StartAt"},
		{"Date", []engine.ScheduleOption{engine.StartAt(time.Time{})}, "want a time of the years 1700 to 2200"},
		{"Zone", []engine.ScheduleOption{engine.InZone(nil)}, "InZone is nil"},
		{"Catchup", []engine.ScheduleOption{engine.Catchup(7)}, "Catchup is 7, want CatchupLatest"},
		{"MaxActiveRuns", []engine.ScheduleOption{engine.MaxActiveRuns(0)}, "MaxActiveRuns is 0, want 1 or more"},
		{"PastOfNothing", []engine.ScheduleOption{engine.DependsOnPast()}, "DependsOnPast needs Cron or Every"},
		{"Unknown", []engine.ScheduleOption{engine.After("lod")}, `After("lod"): no such DAG is registered`},
		{"Itself", []engine.ScheduleOption{engine.After("d")}, `After("d"): no such DAG is registered`},
		{"Age", []engine.ScheduleOption{engine.MaxAge("x", 0, engine.WaitWhenStale)}, `MaxAge("x") is 0s, want more than 0`},
		{"Nil", []engine.ScheduleOption{nil}, "a ScheduleOption is nil"},
		{"All", []engine.ScheduleOption{engine.Every(0), engine.MaxActiveRuns(-1)}, "MaxActiveRuns is -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.ErrorContains(t, e.Register(t.Context(), one("d", func(context.Context) error { return nil }), c.opts...), c.want)
			assert.Empty(t, e.DAGs())
		})
	}
	require.EqualError(t, e.Pause(t.Context(), "d"), `engine: no DAG "d" is registered`)
	_, err := e.Schedule("d")
	require.EqualError(t, err, `engine: no DAG "d" is registered`)
}

// A failed run is retried by hand: what depends on it goes on.
func TestDependsOnPastGoesOnAfterRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		var fixed atomic.Bool
		e := open(t, engine.Config{Store: engine.NewMemory()})
		d := one("d", func(ctx context.Context) error {
			if !fixed.Load() && dag.RunFrom(ctx).LogicalTime.Hour() == 1 {
				return errBoom
			}
			return r.task(ctx)
		})
		require.NoError(t, e.Register(t.Context(), d, engine.Every(time.Hour), engine.DependsOnPast(), engine.CatchupAll))
		sleep(4*time.Hour + time.Minute)
		assert.Equal(t, "01-01T00:00", r.take())
		fixed.Store(true)
		_, err := e.Retry(t.Context(), "d/20000101T010000Z")
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, "01-01T01:00 01-01T02:00 01-01T03:00", r.take())
		closeEngine(t, e)
	})
}

// A run that was cancelled counts as one: its interval is not run again, and nothing follows it.
func TestCancelledRunOfASchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r ran
		e := open(t, engine.Config{Store: engine.NewMemory()})
		d := one("up", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		require.NoError(t, e.Register(t.Context(), d, engine.Every(time.Hour)))
		require.NoError(t, e.Register(t.Context(), one("down", r.task), engine.After("up")))
		sleep(time.Hour)
		require.NoError(t, e.Cancel(t.Context(), "up/20000101T000000Z"))
		sleep(30 * time.Minute)
		h, err := e.History(t.Context(), "up")
		require.NoError(t, err)
		require.Len(t, h, 1)
		assert.Equal(t, engine.RunCancelled, h[0].State)
		assert.Empty(t, r.take())
		closeEngine(t, e)
	})
}

// What is damaged in the log of a DAG is an error of Register, not a panic.
func TestDamagedNotes(t *testing.T) {
	for _, text := range []string{"+d/1", "{", `{"kind":"started","at":7}`, "\x00"} {
		store := engine.NewMemory()
		e := open(t, engine.Config{Store: store})
		require.NoError(t, store.Append(t.Context(), 1, []engine.Record{{Log: "dag/d", Data: []byte(text)}}))
		require.ErrorContains(t, e.Register(t.Context(), one("d", nothing)), `log of DAG "d" is damaged`)
		closeEngine(t, e)
	}
	for _, text := range []string{"{}", `{"kind":"started"}`, `{"kind":"ended","run":"x"}`, `{"kind":"backfill"}`, `{"kind":"stopped"}`, `{"kind":"passed"}`, `{"kind":"future"}`} {
		store := engine.NewMemory()
		e := open(t, engine.Config{Store: store})
		require.NoError(t, store.Append(t.Context(), 1, []engine.Record{{Log: "dag/d", Data: []byte(text)}}))
		_ = e.Register(t.Context(), one("d", nothing), engine.Every(time.Hour)) // whatever it says, it does not panic
		closeEngine(t, e)
	}
}

// Where intervals begin is what the cron expression says, also right after a registration at any
// moment and in any zone: the interval that is next contains the moment.
func TestFirstIntervalContainsTheRegistration(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	zones := []string{"America/New_York", "America/Sao_Paulo", "Europe/Lisbon", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"}
	exprs := []string{"30 2 * * *", "@hourly", "*/15 * * * *", "20 */4 * * *", "@daily", "@monthly", "0 0 29 2 *", "*/7 1,2,3 * * SUN"}
	for range 400 {
		zone, err := time.LoadLocation(zones[rng.IntN(len(zones))])
		require.NoError(t, err)
		text := exprs[rng.IntN(len(exprs))]
		expr, err := cron.Parse(text)
		require.NoError(t, err)
		now := time.Date(2014, 1, 1, 0, 0, rng.IntN(6*366*24*3600), 0, time.UTC)
		e := open(t, engine.Config{Store: engine.NewMemory(), Now: func() time.Time { return now }})
		require.NoError(t, e.Register(t.Context(), one("d", nothing), engine.Cron(text), engine.InZone(zone)))
		s, err := e.Schedule("d")
		require.NoError(t, err)
		assert.False(t, s.Next.Start.After(now), "%s in %s at %v: %v", text, zone, now, s.Next)
		assert.True(t, s.Next.End.After(now), "%s in %s at %v: %v", text, zone, now, s.Next)
		assert.True(t, expr.Next(s.Next.Start, zone).Equal(s.Next.End), "%s in %s at %v: %v", text, zone, now, s.Next)
		assert.True(t, expr.Next(s.Next.Start.Add(-1), zone).Equal(s.Next.Start), "%s in %s at %v: %v", text, zone, now, s.Next)
		closeEngine(t, e)
	}
}

// Before standard time offsets have seconds, which a time as text would lose.
func TestBackfillOfLocalMeanTime(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin") // 53 minutes and 28 seconds ahead until 1893
	require.NoError(t, err)
	var got []string
	store := engine.NewMemory()
	e := open(t, engine.Config{Store: store})
	d := one("d", func(ctx context.Context) error {
		got = append(got, dag.RunFrom(ctx).LogicalTime.Format(time.DateTime))
		return nil
	})
	require.NoError(t, e.Register(t.Context(), d, engine.Cron("@daily"), engine.InZone(zone)))
	at := time.Date(1880, 5, 1, 0, 0, 0, 0, zone)
	require.NoError(t, start(t, e, "d", engine.Backfill{From: at, To: at}).Wait(t.Context()))
	assert.Equal(t, []string{"1880-05-01 00:00:00"}, got)
	before, err := e.History(t.Context(), "d")
	require.NoError(t, err)
	closeEngine(t, e)
	e = open(t, engine.Config{Store: store})
	after, err := e.History(t.Context(), "d")
	require.NoError(t, err)
	assert.Equal(t, before, after)
	assert.True(t, after[0].LogicalTime.Equal(at))
	closeEngine(t, e)
}

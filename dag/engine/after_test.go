package engine_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// uses counts how often each run of "up" was used.
type uses struct {
	mu sync.Mutex
	n  map[string]int
}

func (u *uses) task(ctx context.Context) error {
	id, ok := engine.UsedRun(ctx, "up")
	if !ok {
		return errBoom
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.n == nil {
		u.n = map[string]int{}
	}
	u.n[id]++
	return nil
}

func (u *uses) all() map[string]int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return maps.Clone(u.n)
}

func nothing(context.Context) error { return nil }

func trigger(t *testing.T, e *engine.Engine, name string) string {
	t.Helper()
	id, err := e.Trigger(t.Context(), name, nil)
	require.NoError(t, err)
	return id
}

func TestAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got uses
		fails := false
		e := open(t, engine.Config{Store: engine.NewMemory()})
		up := one("up", func(context.Context) error {
			if fails {
				return errBoom
			}
			return nil
		})
		require.NoError(t, e.Register(t.Context(), up))
		trigger(t, e, "up")
		synctest.Wait()
		require.NoError(t, e.Register(t.Context(), one("down", got.task), engine.After("up")))
		synctest.Wait()
		assert.Empty(t, got.all(), "what has been before is not followed")

		id := trigger(t, e, "up")
		synctest.Wait()
		assert.Equal(t, map[string]int{id: 1}, got.all())
		fails = true
		trigger(t, e, "up")
		synctest.Wait()
		assert.Len(t, got.all(), 1, "a failed run starts nothing")
		fails = false
		b := start(t, e, "up", january(3))
		require.NoError(t, b.Wait(t.Context()))
		synctest.Wait()
		assert.Equal(t, map[string]int{id: 1, "up/19990101T000000Z": 1, "up/19990102T000000Z": 1, "up/19990103T000000Z": 1}, got.all(), "a backfill is followed too")
		h, err := e.History(t.Context(), "down")
		require.NoError(t, err)
		for _, run := range h[1:] {
			assert.Equal(t, engine.Followed, run.Cause)
			assert.Equal(t, map[string]string{"up": run.Of}, run.Used)
			assert.Equal(t, run.Of, "up/"+run.LogicalTime.UTC().Format("20060102T150405Z"), "the logical time is that of the other run")
			assert.Equal(t, day, run.Interval.End.Sub(run.Interval.Start))
			assert.Equal(t, "down/after-"+run.Of, run.ID)
			_, err := e.Wait(t.Context(), run.ID)
			require.NoError(t, err)
		}
		closeEngine(t, e)
	})
}

// Whatever of the two is paused, removed or not there for a while: one start for each success.
func TestAfterThroughPausesAndRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got uses
		var ups []string
		store := engine.NewMemory()
		var e *engine.Engine
		again := func(down bool) {
			if e != nil {
				closeEngine(t, e)
			}
			e = open(t, engine.Config{Store: store})
			require.NoError(t, e.Register(t.Context(), one("up", nothing)))
			if down {
				require.NoError(t, e.Register(t.Context(), one("down", got.task), engine.After("up"), engine.MaxActiveRuns(1)))
			}
		}
		succeed := func() {
			ups = append(ups, trigger(t, e, "up"))
			synctest.Wait()
		}
		again(true)
		succeed()
		assert.Len(t, got.all(), 1)
		again(false) // down is not there
		succeed()
		succeed()
		assert.Len(t, got.all(), 1)
		again(true)
		synctest.Wait()
		assert.Len(t, got.all(), 3)
		require.NoError(t, e.Pause(t.Context(), "down"))
		succeed()
		again(true)
		succeed()
		assert.Len(t, got.all(), 3)
		require.NoError(t, e.Unpause(t.Context(), "down"))
		synctest.Wait()
		assert.Len(t, got.all(), 5)
		require.NoError(t, e.Remove("down"))
		succeed()
		require.NoError(t, e.Register(t.Context(), one("down", got.task), engine.After("up")))
		synctest.Wait()
		again(true)
		synctest.Wait()
		want := map[string]int{}
		for _, id := range ups {
			want[id] = 1
		}
		assert.Equal(t, want, got.all())

		// Given up for a while, it does not make up for that time.
		require.NoError(t, e.Replace(t.Context(), one("down", got.task)))
		succeed()
		require.NoError(t, e.Replace(t.Context(), one("down", got.task), engine.After("up")))
		synctest.Wait()
		assert.Equal(t, want, got.all())
		closeEngine(t, e)
	})
}

func TestAfterInCircles(t *testing.T) {
	e := open(t, engine.Config{Store: engine.NewMemory()})
	defer closeEngine(t, e)
	require.NoError(t, e.Register(t.Context(), one("a", nothing)))
	require.NoError(t, e.Register(t.Context(), one("b", nothing), engine.After("a")))
	require.NoError(t, e.Register(t.Context(), one("c", nothing), engine.After("b")))
	require.EqualError(t, e.Replace(t.Context(), one("a", nothing), engine.After("c")), `engine: DAG "a": After("c"): that DAG is itself started after this one`)
	require.EqualError(t, e.Remove("b"), `engine: DAG "b" is needed by DAG "c"`)
	require.NoError(t, e.Remove("c"))
	require.NoError(t, e.Remove("b"))
	assert.Equal(t, []string{"a"}, e.DAGs())
}

// Pipelines from a file can be many and depend on many: thirty layers of four DAGs, each after all
// of the layer before, have 4^30 ways from top to bottom.
func TestAfterInLayers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{Store: engine.NewMemory()})
		var ups []engine.ScheduleOption
		for layer := range 30 {
			var next []engine.ScheduleOption
			for i := range 4 {
				name := fmt.Sprintf("%d-%d", layer, i)
				require.NoError(t, e.Register(t.Context(), one(name, nothing), ups...))
				next = append(next, engine.After(name))
			}
			ups = next
		}
		require.ErrorContains(t, e.Replace(t.Context(), one("0-0", nothing), engine.After("29-3")), "is itself started after this one")
		trigger(t, e, "27-0")
		synctest.Wait()
		h, err := e.History(t.Context(), "29-1")
		require.NoError(t, err)
		assert.Len(t, h, 4, "once for each DAG of the layer before, each of which ran once")
		closeEngine(t, e)
	})
}

func TestMaxAge(t *testing.T) {
	for _, stale := range []engine.Stale{engine.WaitWhenStale, engine.FailWhenStale} {
		t.Run(fmt.Sprint(stale), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got uses
				store := engine.NewMemory()
				e := open(t, engine.Config{Store: store})
				require.NoError(t, e.Register(t.Context(), one("up", nothing)))
				require.NoError(t, e.Register(t.Context(), one("down", got.task), engine.Cron("@hourly"), engine.MaxAge("up", 90*time.Minute, stale), engine.CatchupAll))
				info, _ := e.Schedule("down")
				assert.Equal(t, "cron @hourly in UTC, with up of the last 1h30m0s", info.Text)
				_, err := e.Trigger(t.Context(), "down", nil)
				require.EqualError(t, err, `engine: DAG "down": no run of DAG "up" has succeeded, want one not older than 1h30m0s`)
				sleep(30 * time.Minute)
				first := trigger(t, e, "up")
				sleep(60 * time.Minute) // down at 1:00 used it, 30 minutes old
				assert.Equal(t, map[string]int{first: 1}, got.all())
				sleep(40 * time.Minute) // at 2:00 it is just not too old
				assert.Equal(t, map[string]int{first: 2}, got.all())
				sleep(60 * time.Minute) // 3:10
				assert.Equal(t, map[string]int{first: 2}, got.all(), "never an older one")
				h, _ := e.History(t.Context(), "down")
				s, _ := e.Schedule("down")
				if stale == engine.FailWhenStale {
					require.Len(t, h, 3)
					assert.Equal(t, engine.RunFailed, h[2].State)
					res, err := e.Wait(t.Context(), h[2].ID)
					require.EqualError(t, err, fmt.Sprintf(`dag: down: run %q of DAG "up" succeeded 2h30m0s ago, want at most 1h30m0s`, first))
					assert.Equal(t, dag.Cancelled, res.State("task"))
					closeEngine(t, e)
					e = open(t, engine.Config{Store: store})
					require.NoError(t, e.Register(t.Context(), one("up", nothing)))
					require.NoError(t, e.Register(t.Context(), one("down", got.task)))
					_, again := e.Wait(t.Context(), h[2].ID)
					require.EqualError(t, again, err.Error(), "read back")
					closeEngine(t, e)
					return
				}
				require.Len(t, h, 2)
				assert.Equal(t, fmt.Sprintf(`run %q of DAG "up" succeeded 2h30m0s ago, want at most 1h30m0s`, first), s.Waiting)
				second := trigger(t, e, "up")
				synctest.Wait()
				assert.Equal(t, map[string]int{first: 2, second: 1}, got.all(), "it waits for a newer one")
				closeEngine(t, e)
			})
		})
	}
}

// A backfill of an old day is not the newest, though it ended last.
func TestMaxAgeGoesByTheData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got uses
		e := open(t, engine.Config{Store: engine.NewMemory()})
		require.NoError(t, e.Register(t.Context(), one("up", nothing)))
		require.NoError(t, e.Register(t.Context(), one("down", got.task), engine.MaxAge("up", day, engine.WaitWhenStale)))
		info, _ := e.Schedule("down")
		assert.Empty(t, info.Text, "it does not start by itself")
		id := trigger(t, e, "up")
		sleep(time.Hour)
		require.NoError(t, start(t, e, "up", january(1)).Wait(t.Context()))
		trigger(t, e, "down")
		synctest.Wait()
		assert.Equal(t, map[string]int{id: 1}, got.all())
		closeEngine(t, e)
	})
}

// Replaced and removed while running: what is under way finishes on its version.
func TestReplaceAndRemove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var versions []string
		version := func(v string) *dag.DAG {
			d := dag.New("d")
			a := dag.Do(d, "a", func(context.Context) error { time.Sleep(90 * time.Minute); return nil })
			dag.Do(d, "b", func(ctx context.Context) error {
				versions = append(versions, v+" "+dag.RunFrom(ctx).LogicalTime.Format("15:04"))
				return nil
			}).SetUpstream(a)
			return d
		}
		e := open(t, engine.Config{Store: engine.NewMemory()})
		require.ErrorContains(t, e.Replace(t.Context(), version("1")), `DAG "d": it is not registered`)
		require.ErrorContains(t, e.Remove("d"), `no DAG "d" is registered`)
		require.NoError(t, e.Register(t.Context(), version("1"), engine.Cron("@hourly")))
		sleep(70 * time.Minute) // the run of 0:00 is under way
		require.NoError(t, e.Replace(t.Context(), version("2"), engine.Every(30*time.Minute)))
		sleep(30 * time.Minute) // 1:40, that of 1:00 is under way too
		require.NoError(t, e.Remove("d"))
		assert.Empty(t, e.DAGs())
		sleep(5 * time.Hour)
		assert.Equal(t, "1 00:00, 2 01:00", strings.Join(versions, ", "))
		runs, err := e.Runs(t.Context(), "d")
		require.NoError(t, err)
		assert.Len(t, runs, 2)
		require.NoError(t, e.Register(t.Context(), version("3"), engine.Cron("@hourly")))
		sleep(3 * time.Hour)
		assert.Equal(t, "1 00:00, 2 01:00, 3 05:00, 3 06:00, 3 07:00", strings.Join(versions, ", "), "it goes on where it was, by Catchup")
		closeEngine(t, e)
	})
}

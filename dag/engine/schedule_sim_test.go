package engine_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// world is what a seed makes of a scheduled DAG, one that follows it, and all that can happen to them.
type world struct {
	t     *testing.T
	rng   *rand.Rand
	store *flaky
	e     *engine.Engine
	old   []*engine.Engine // that another has taken over from
	start time.Time
	past  bool // DependsOnPast
	most  engine.MaxActiveRuns

	mu    sync.Mutex
	dice  *rand.Rand
	lives int            // engines so far
	made  map[string]int // how often each of them has run each run
	ahead time.Duration  // of the clock on the wall
	log   []string
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 1)), dice: rand.New(rand.NewPCG(seed, 2)), start: time.Now(), made: map[string]int{}}
	w.past, w.most = w.rng.IntN(3) == 0, engine.MaxActiveRuns(1+w.rng.IntN(4))
	w.store = &flaky{Memory: engine.NewMemory(), chance: w.chance}
	return w
}

func (w *world) chance(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dice.IntN(n)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

// task takes up to an hour and a half, and fails now and then unless what follows depends on it.
func (w *world) task(life int) func(context.Context) error {
	return func(ctx context.Context) error {
		w.mu.Lock()
		w.made[fmt.Sprintf("engine %d, %s", life, dag.RunFrom(ctx).RunID)]++
		w.mu.Unlock()
		return w.work(ctx)
	}
}

func (w *world) work(ctx context.Context) error {
	select {
	case <-time.After(time.Duration(w.chance(90)) * time.Minute):
	case <-ctx.Done():
		return ctx.Err()
	}
	if !w.past && w.chance(5) == 0 {
		return errBoom
	}
	return nil
}

func (w *world) up() (*dag.DAG, []engine.ScheduleOption) {
	opts := []engine.ScheduleOption{engine.Cron("@hourly"), engine.StartAt(w.start), engine.CatchupAll, w.most}
	if w.past {
		opts = append(opts, engine.DependsOnPast())
	}
	return one("up", w.task(w.lives)), opts
}

func (w *world) down() *dag.DAG { return one("down", w.task(w.lives)) }

// open lets an engine take over.
func (w *world) open() {
	w.lives++
	w.e = open(w.t, engine.Config{Store: w.store, Now: w.now})
	up, opts := w.up()
	require.NoError(w.t, w.e.Register(w.t.Context(), up, opts...))
	require.NoError(w.t, w.e.Register(w.t.Context(), w.down(), engine.After("up"), w.most))
}

// flaky is a store that fails now and then, before it has written or after.
type flaky struct {
	*engine.Memory
	chance func(int) int
	steady atomic.Bool
}

func (f *flaky) Append(ctx context.Context, epoch int64, records []engine.Record) error {
	chance := f.chance(8)
	if f.steady.Load() || chance > 1 {
		return f.Memory.Append(ctx, epoch, records)
	}
	if chance == 1 {
		if err := f.Memory.Append(ctx, epoch, records); err != nil {
			return err
		}
	}
	return errBoom
}

// act does something at random.
func (w *world) act() {
	ctx := w.t.Context()
	what := ""
	switch w.rng.IntN(9) {
	case 0:
		what = "close"
		closeEngine(w.t, w.e)
		time.Sleep(time.Duration(w.rng.IntN(300)) * time.Minute)
		w.open()
	case 1:
		what = "taken over"
		w.old = append(w.old, w.e)
		w.open()
	case 2:
		what = "clock jumps"
		w.mu.Lock()
		w.ahead += time.Duration(w.rng.IntN(600)-300) * time.Minute
		w.mu.Unlock()
	case 3:
		what = "pause"
		require.NoError(w.t, w.e.Pause(ctx, []string{"up", "down"}[w.rng.IntN(2)]))
	case 4:
		what = "unpause"
		require.NoError(w.t, w.e.Unpause(ctx, []string{"up", "down"}[w.rng.IntN(2)]))
	case 5:
		what = "backfill"
		from := w.start.Add(time.Duration(w.rng.IntN(40)-20) * time.Hour)
		b := engine.Backfill{From: from, To: from.Add(time.Duration(w.rng.IntN(10)) * time.Hour), MaxActiveRuns: 1 + w.rng.IntN(3), Backward: !w.past && w.rng.IntN(2) == 0}
		if _, err := w.e.StartBackfill(ctx, "up", b); err != nil {
			require.ErrorContains(w.t, err, "and is over")
		}
	case 6:
		what = "replace"
		up, opts := w.up()
		require.NoError(w.t, w.e.Replace(ctx, up, opts...))
	case 7:
		what = "remove for a while"
		require.NoError(w.t, w.e.Remove("down"))
		time.Sleep(time.Duration(w.rng.IntN(100)) * time.Minute)
		require.NoError(w.t, w.e.Register(ctx, w.down(), engine.After("up"), w.most))
	}
	w.log = append(w.log, what)
	time.Sleep(time.Duration(w.rng.IntN(200)) * time.Minute)
}

// settle lets everything come to an end that is due.
func (w *world) settle() {
	ctx := w.t.Context()
	w.store.steady.Store(true)
	require.NoError(w.t, w.e.Unpause(ctx, "up"))
	require.NoError(w.t, w.e.Unpause(ctx, "down"))
	for range 1000 {
		sleep(20 * time.Minute)
		s, err := w.e.Schedule("up")
		require.NoError(w.t, err)
		d, err := w.e.Schedule("down")
		require.NoError(w.t, err)
		backfills, err := w.e.Backfills("up")
		require.NoError(w.t, err)
		busy := s.Active + d.Active
		for _, b := range backfills {
			if p := b.Progress(); p.Waiting > 0 {
				busy++
			}
		}
		if busy == 0 && s.Next.End.After(w.now()) {
			return
		}
	}
	w.t.Fatal("something is stuck")
}

// check looks for what must not be: an interval that is run twice, or not at all, and a success that is
// followed twice, or not at all.
func (w *world) check() {
	w.mu.Lock()
	made := maps.Clone(w.made)
	w.mu.Unlock()
	for what, n := range made {
		assert.Equal(w.t, 1, n, what)
	}
	h, err := w.e.History(w.t.Context(), "up")
	require.NoError(w.t, err)
	times, successes := map[time.Time]string{}, map[string]int{}
	for _, r := range h {
		assert.Empty(w.t, times[r.LogicalTime.UTC()], "%v is run twice", r.LogicalTime)
		times[r.LogicalTime.UTC()] = r.ID
		if r.State == engine.RunSucceeded {
			successes[r.ID] = 1
		}
	}
	s, err := w.e.Schedule("up")
	require.NoError(w.t, err)
	for at := w.start; at.Before(s.Next.Start); at = at.Add(time.Hour) {
		assert.NotEmpty(w.t, times[at.UTC()], "%v is not run", at)
	}
	h, err = w.e.History(w.t.Context(), "down")
	require.NoError(w.t, err)
	followed := map[string]int{}
	for _, r := range h {
		followed[r.Of]++
	}
	assert.Equal(w.t, successes, followed, "a start for each success")
}

// Scenarios 20 and 23 at random: engines that close, are taken over from or lose their store for a
// while, clocks that jump, pauses, backfills, new versions.
func TestScheduleAtRandom(t *testing.T) {
	seeds := uint64(50)
	if testing.Short() {
		seeds = 25
	}
	for seed := range seeds {
		ok := t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, seed)
				w.open()
				for range 20 {
					w.act()
				}
				w.settle()
				w.check()
				for _, e := range append(w.old, w.e) {
					closeEngine(t, e)
				}
				if t.Failed() {
					t.Log(strings.Join(w.log, ", "))
				}
			})
		})
		if !ok {
			return
		}
	}
}

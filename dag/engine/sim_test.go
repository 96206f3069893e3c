package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/rule"
)

var (
	simSeeds = flag.Int("sim.seeds", 150, "how many worlds TestSimulation goes through")
	simFirst = flag.Uint64("sim.first", 0, "the seed of the first of them")
)

// Scenario 15. TestSimulation runs random graphs in worlds where everything that can go wrong does:
// commits are slow, fail, or fail after they were made; the process ends at any of them and
// another takes the store over while tasks of the first still work; runs that have ended are
// cleared or retried. What comes out must be what the graph gives when nothing goes wrong. The time is
// that of a bubble, so a seed is a world.
func TestSimulation(t *testing.T) {
	seeds := *simSeeds
	if testing.Short() {
		seeds = min(seeds, 20)
	}
	for seed := *simFirst; seed < *simFirst+uint64(seeds); seed++ {
		ok := t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newSimWorld(t, seed).live() })
		})
		if !ok {
			t.Fatalf("to see it again: go test ./dag/engine -run TestSimulation -sim.first %d -sim.seeds 1", seed)
		}
	}
}

// simWorld is one simulation.
type simWorld struct {
	t     *testing.T
	seed  uint64
	rng   *rand.Rand // of the one goroutine that lives
	store *engine.Memory

	mu       sync.Mutex
	finished map[string]bool // tasks whose end is durable
	faults   []string        // what should not have happened
}

func newSimWorld(t *testing.T, seed uint64) *simWorld {
	return &simWorld{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), store: engine.NewMemory(), finished: map[string]bool{}}
}

func (w *simWorld) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// dice returns a number below n that depends on the world and what is being decided alone.
func (w *simWorld) dice(n int, what ...any) int {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, w.seed, what)
	return int(h.Sum64() >> 33 % uint64(n))
}

// life is a process: it has the store until it dies.
type life struct {
	*simWorld
	dies int // at this append, 0: not

	mu      sync.Mutex
	appends int
	dead    bool
	slots   int // of the pool that are taken
}

func (l *life) isDead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// lifeStore is the store as a process sees it.
type lifeStore struct {
	*engine.Memory
	life *life
}

var (
	errDisk = errors.New("disk full")
	errDead = fmt.Errorf("the process is dead: %w", engine.ErrFenced)
)

func (s lifeStore) Append(ctx context.Context, epoch int64, records []engine.Record) error {
	l := s.life
	l.mu.Lock()
	l.appends++
	n := l.appends
	if n == l.dies {
		l.dead = true
	}
	dead := l.dead
	l.mu.Unlock()
	time.Sleep(time.Duration(l.dice(300, "append", epoch, n)) * time.Millisecond)
	luck := l.dice(10, "luck", epoch, n)
	if dead && luck < 5 || l.isDead() && !dead {
		return errDead // before it was written
	}
	if luck == 9 {
		return errDisk
	}
	err := s.Memory.Append(ctx, epoch, records)
	if err == nil {
		l.note(records)
	}
	switch {
	case dead:
		return errDead // after it was written
	case luck == 8:
		return errDisk // although it was written
	}
	return err
}

// note notes which tasks have ended.
func (l *life) note(records []engine.Record) {
	l.simWorld.mu.Lock()
	defer l.simWorld.mu.Unlock()
	for _, r := range records {
		text := string(r.Data)
		if _, rest, ok := strings.Cut(text, `"task":"`); ok && strings.Contains(text, `"kind":"finished"`) {
			id, _, _ := strings.Cut(rest, `"`)
			l.finished[id] = true
		}
	}
}

// value is what a task returns.
func (w *simWorld) value(id string) []int64 {
	return []int64{int64(w.dice(1000, "value", id)), 2, 3}[:1+w.dice(3, "length", id)]
}

// work is what every attempt does; what comes of it depends on nothing but its numbers.
func (l *life) work(ctx context.Context) error {
	i := dag.RunFrom(ctx)
	if i.RunID != "" {
		l.mu.Lock()
		l.slots += l.needs(i.Task)
		if l.slots > poolSlots {
			l.fault("%d slots of %d are taken", l.slots, poolSlots)
		}
		l.mu.Unlock()
		defer func() {
			l.mu.Lock()
			l.slots -= l.needs(i.Task)
			l.mu.Unlock()
		}()
	}
	what := []any{i.Task, i.Element, i.Try}
	if l.dice(3, "saves", what) == 0 {
		if err := dag.SaveCheckpoint(ctx, i.Try); err != nil {
			return err
		}
	}
	select {
	case <-time.After(time.Duration(l.dice(3000, "takes", what)) * time.Millisecond):
	case <-ctx.Done():
		return ctx.Err()
	}
	dag.RunFrom(ctx).Log().Info("works")
	switch l.dice(20, "comes to", what) {
	case 0, 1, 2:
		return errBoom
	case 3:
		return dag.Permanent(errBoom)
	case 4:
		return fmt.Errorf("not today: %w", dag.ErrSkip)
	case 5:
		panic("oh")
	case 6:
		return dag.RetryAfter(errBoom, time.Second)
	}
	return nil
}

const poolSlots = 3

func (w *simWorld) needs(id string) int { return w.dice(3, "needs", id) }

// graph builds the world's graph for a life.
func (l *life) graph() *dag.DAG {
	d := dag.New("sim", dag.Pool("p", poolSlots), dag.Workers(l.dice(4, "workers")))
	var refs []*dag.Ref[[]int64]
	for k := range 2 + l.dice(9, "tasks") {
		id := fmt.Sprint("t", k)
		opts := []dag.TaskOption{
			dag.Retry{Max: l.dice(4, "max", id), Delay: time.Duration(l.dice(3, "delay", id)) * time.Second, Factor: 2, Jitter: .5},
			dag.Priority(l.dice(3, "priority", id)),
		}
		if n := l.needs(id); n > 0 {
			opts = append(opts, dag.Pool("p", n))
		}
		refs = append(refs, l.task(d, id, refs, opts))
	}
	return d
}

// task adds a task of some kind behind some of those before it.
func (l *life) task(d *dag.DAG, id string, before []*dag.Ref[[]int64], opts []dag.TaskOption) *dag.Ref[[]int64] {
	if len(before) == 0 || l.dice(5, "root", id) == 0 {
		return dag.Task(d, id, func(ctx context.Context) ([]int64, error) { return l.value(id), l.work(ctx) }, opts...)
	}
	a := before[l.dice(len(before), "first", id)]
	b := before[l.dice(len(before), "second", id)]
	switch l.dice(6, "kind", id) {
	case 0:
		return dag.Map(d, id, a, func(ctx context.Context, n int64) (int64, error) {
			l.given(ctx, a.ID(), 1)
			return n + 1, l.work(ctx)
		}, opts...)
	case 1:
		r := rule.Rule(l.dice(7, "rule", id))
		return dag.TaskR2(d, id, r, a, b, func(ctx context.Context, x, y dag.Result[[]int64]) ([]int64, error) {
			for _, in := range []dag.Result[[]int64]{x, y} {
				if (in.State == dag.Succeeded) != (in.Value != nil) {
					l.fault("%s is given the value %v of %s, which is %q", id, in.Value, in.ID, in.State)
				}
			}
			return l.value(id), l.work(ctx)
		}, opts...)
	case 2:
		chosen := before[l.dice(len(before), "chosen", id)]
		looks := 0
		dag.WaitFor(d, "w"+id, time.Second, func(context.Context) (bool, error) { looks++; return looks > 2, nil }).SetUpstream(chosen)
	}
	return dag.Task2(d, id, a, b, func(ctx context.Context, x, y []int64) ([]int64, error) {
		l.given(ctx, a.ID(), len(x))
		l.given(ctx, b.ID(), len(y))
		return l.value(id), l.work(ctx)
	}, opts...)
}

// given checks that an upstream task whose output is handed over has ended durably.
func (l *life) given(ctx context.Context, id string, values int) {
	if dag.RunFrom(ctx).RunID == "" || values == 0 { // a Map over nothing has no attempt that ends
		return
	}
	l.simWorld.mu.Lock()
	done := l.finished[id]
	l.simWorld.mu.Unlock()
	if !done {
		l.fault("%s works with the output of %s, whose end is not durable", dag.RunFrom(ctx).Task, id)
	}
}

// live goes through lives until the run is over, and compares it with one in a world where nothing
// happens.
func (w *simWorld) live() {
	t, ctx := w.t, context.Background()
	calm := &life{simWorld: w}
	want, _ := calm.graph().Run(ctx)

	var engines []*engine.Engine
	defer func() {
		for _, e := range engines {
			require.NoError(t, e.Close(ctx))
		}
	}()
	var id string
	var got *dag.RunResult
	for lives, changes := 0, 0; ; lives++ {
		l := &life{simWorld: w}
		if lives < 6 {
			l.dies = 1 + w.rng.IntN(12)
		}
		e, err := engine.Open(ctx, engine.Config{Store: lifeStore{w.store, l}, Pools: map[string]int{"p": poolSlots}, MaxInterrupts: 1000})
		require.NoError(t, err)
		engines = append(engines, e)
		if err := e.Register(ctx, l.graph()); err != nil {
			require.ErrorIs(t, err, engine.ErrFenced)
			continue
		}
		runs, err := e.Runs(ctx, "sim")
		require.NoError(t, err)
		if len(runs) == 0 {
			if _, err := e.Trigger(ctx, "sim", nil); err != nil {
				require.True(t, l.isDead(), "%v", err)
				continue
			}
			runs, err = e.Runs(ctx, "sim")
			require.NoError(t, err)
		}
		require.Len(t, runs, 1)
		id = runs[0]
		for ; ; changes++ {
			if got, err = e.Wait(ctx, id); got == nil || changes > 2 {
				break
			}
			if _, err := w.change(e, id, got); err != nil {
				break
			}
		}
		if l.isDead() {
			continue
		}
		require.NotNil(t, got, "%v", err)
		break
	}
	last := engines[len(engines)-1]
	w.compare(want, got)
	w.checkAttempts(last, id)
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Empty(t, w.faults)
}

// change clears tasks of a run that has ended, or retries it.
func (w *simWorld) change(e *engine.Engine, id string, res *dag.RunResult) ([]string, error) {
	tasks := res.Tasks()
	switch w.rng.IntN(4) {
	case 0:
		return e.Clear(context.Background(), id, true, tasks[w.rng.IntN(len(tasks))].ID)
	case 1:
		// Whatever it was that failed fails again, as its numbers are the same.
		return e.Retry(context.Background(), id)
	}
	return nil, nil
}

func (w *simWorld) compare(want, got *dag.RunResult) {
	for i, g := range got.Tasks() {
		x := want.Tasks()[i]
		require.Equal(w.t, x.State, g.State, "task %s", g.ID)
		require.Equal(w.t, x.Value, g.Value, "task %s", g.ID)
		require.Equal(w.t, x.Tries, g.Tries, "tries of task %s: what is interrupted costs none", g.ID)
	}
}

// checkAttempts checks that the tries of each task count up by one from each that has ended to the
// next, whatever was interrupted between them.
func (w *simWorld) checkAttempts(e *engine.Engine, id string) {
	st, err := e.Status(context.Background(), id)
	require.NoError(w.t, err)
	for _, task := range st.Tasks {
		last := map[int]int{}
		for _, a := range task.Attempts {
			if a.Outcome == engine.OutcomeInterrupted {
				continue
			}
			require.NotEqual(w.t, engine.OutcomeWorking, a.Outcome, "task %s", task.ID)
			if a.Try != 1 { // 1 after it was cleared, too
				require.Equal(w.t, last[a.Element]+1, a.Try, "task %s, element %d: %+v", task.ID, a.Element, task.Attempts)
			}
			last[a.Element] = a.Try
		}
	}
}

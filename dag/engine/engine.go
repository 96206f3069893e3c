package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/mask"
)

// Config says how an engine works. Only Store is needed.
type Config struct {
	Store Store

	// Workers bounds how many tasks work at the same time, those of all runs
	// together. Zero means no bound.
	Workers int

	// MaxInterrupts is how often a try may be cut off by the end of the process, without
	// a checkpoint in between, before the task counts as failed: it may be what ends the
	// process. Being stopped by Close does not count. Zero means 5.
	MaxInterrupts int

	// InlineLimit is the size, in bytes, up to which an output is written to the log of
	// its run; larger ones become blobs. Zero means 64 KiB.
	InlineLimit int

	// Pools are slots by name that the tasks of all runs share: a pool of a DAG (dag.Pool
	// given to dag.New) that has the name of one of these is this one, whatever the DAG says of
	// its size. Tasks of the highest priority come first, then those of the oldest run.
	Pools map[string]int

	// Hooks are told how the runs of all DAGs go, beside the hooks of each DAG. Calls come one
	// at a time, while tasks go on, from one goroutine for all; what OnTask, OnRetry and OnRun are told
	// is durable. A hook may miss what happened just before a crash, and is not told again
	// of what came long before. A panic in one is logged.
	Hooks []dag.Hooks

	// Logger receives the lines of tasks and what the engine has to say. Nil
	// discards them; the log of a run keeps those of its tasks anyway.
	Logger *slog.Logger

	// Secrets are values that no log, error, preview or page shows; see [AddSecret] for what is found of them.
	// Those below five bytes are left out.
	Secrets []string

	// Now tells what the clock on the wall shows; schedules follow it. Nil is time.Now.
	Now func() time.Time

	// Mode says what the engine starts. The zero value is all there is to start.
	Mode Mode

	// Owner names this engine in the store, for people.
	Owner string
}

// Mode is what an engine starts.
type Mode int

// The modes of an engine.
const (
	Serving    Mode = iota // what schedules ask for, and all that follows
	OnDemand               // no run by a schedule or After: only what is triggered or backfilled, and what was under way
	Inspecting             // nothing: for a look at a store, or to clear and mark what a later engine goes on with
)

func (c *Config) check() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"Workers", c.Workers}, {"MaxInterrupts", c.MaxInterrupts}, {"InlineLimit", c.InlineLimit}} {
		if f.value < 0 {
			return fmt.Errorf("engine: %s is %d, want 0 or more", f.name, f.value)
		}
	}
	for name, slots := range c.Pools {
		if slots < 1 {
			return fmt.Errorf("engine: pool %q has %d slots, want 1 or more", name, slots)
		}
	}
	if c.Mode < Serving || c.Mode > Inspecting {
		return fmt.Errorf("engine: Mode is %d, want Serving, OnDemand or Inspecting", c.Mode)
	}
	if c.Store == nil {
		return errors.New("engine: Store is nil")
	}
	if c.MaxInterrupts == 0 {
		c.MaxInterrupts = 5
	}
	if c.InlineLimit == 0 {
		c.InlineLimit = 64 << 10
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Engine runs DAGs and keeps what they have come to in a store. Its methods may be
// called by several goroutines at once.
type Engine struct {
	Config
	mask    *mask.Masker
	plain   *slog.Logger // Config.Logger, for what has no secrets any more; Logger hides them
	journal *journal
	trails  *trails
	teller  teller
	pools   flow.Pools
	rank    atomic.Int64 // of the run made last, for the pools
	epoch   int64
	ctx     context.Context // of all tasks; done once Close is called
	stop    context.CancelCauseFunc
	tasks   sync.WaitGroup

	verbs      sync.Mutex // held by one of Cancel, Clear, Retry and Mark
	mu         sync.Mutex
	dags       map[string]*registered
	calendars  map[string]*calendar // of DAGs that are or were registered
	dependants map[string][]string  // of a DAG: those that name it by After or MaxAge, in order
	runs       map[string]*run      // that have not ended
	order      []*run               // the same, the oldest first
	alarm      *time.Timer          // of the schedules
	armed      time.Time            // what it is set to, zero if it is not
	seen       time.Time            // on the clock, when it was looked at last
	active     int                  // tasks that work
	serial     int                  // of the last run started in this epoch
	closed     bool
}

// Open takes the store over and returns an engine that has nothing to do yet. The
// store stays the caller's to close, after the engine.
func Open(ctx context.Context, c Config) (*Engine, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	epoch, err := c.Store.Acquire(ctx, c.Owner)
	if err != nil {
		return nil, fmt.Errorf("engine: store: %w", err)
	}
	e := &Engine{
		Config: c, mask: mask.New(c.Secrets...), plain: c.Logger, trails: newTrails(), epoch: epoch, pools: flow.NewPools(c.Pools), runs: map[string]*run{},
		dags: map[string]*registered{}, calendars: map[string]*calendar{}, dependants: map[string][]string{},
	}
	e.Config.Secrets, e.Logger = nil, slog.New(e.mask.Handler(c.Logger.Handler(), true))
	e.AddSecret(c.Secrets...) // it knows them; this tells of those that are too short
	e.teller.panic = func(v any) { e.Logger.Error("hook panicked", "panic", v, "stack", string(debug.Stack())) }
	e.alarm = time.AfterFunc(time.Hour, e.look)
	e.alarm.Stop()
	e.ctx, e.stop = context.WithCancelCause(mask.NewContext(context.Background(), e.mask)) // a DAG that a task runs hides as much
	e.journal = newJournal(c.Store, epoch, e.Logger, e.lose)
	return e, nil
}

// Close stops the engine: tasks see it through their context and are waited for until
// ctx is done. Those that return an error then are interrupted, not failed: the
// next engine on the store runs them again, and no retry is used up.
func (e *Engine) Close(ctx context.Context) error {
	e.halt(errClosed)
	returned := make(chan struct{})
	go func() {
		e.tasks.Wait()
		e.teller.done.Wait()
		close(returned)
	}()
	var err error
	select {
	case <-returned:
	case <-ctx.Done():
		err = fmt.Errorf("engine: tasks or hooks still work: %w", context.Cause(ctx))
	}
	_ = e.journal.sync(ctx) // what is not durable by then is done again
	e.journal.close()
	e.forget(errClosed)
	return err
}

// halt starts nothing any more and tells the tasks.
func (e *Engine) halt(cause error) {
	e.mu.Lock()
	e.closed = true
	e.alarm.Stop()
	for _, r := range e.order {
		r.alarm.Stop()
	}
	e.mu.Unlock()
	e.stop(cause)
}

// forget tells those who wait for runs.
func (e *Engine) forget(cause error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.order {
		r.abandon(cause)
	}
	for _, c := range e.calendars {
		for _, b := range c.backfills {
			b.abandon(cause)
		}
	}
}

// lose is called when the store has another owner: what tasks come to now is not ours to
// write.
func (e *Engine) lose(err error) {
	if errors.Is(err, errClosed) {
		return
	}
	e.Logger.Error("engine stops", "error", err)
	e.halt(err)
	e.forget(err)
}

// Trigger starts a run and returns its id once the start is durable. It does so too while the DAG
// is paused, and whatever MaxActiveRuns says. Its logical time is now.
func (e *Engine) Trigger(ctx context.Context, name string, p dag.Params) (id string, err error) {
	a, err := e.audit(ctx, "trigger", name, "")
	if err != nil {
		return "", err
	}
	a.params(p)
	durable := make(chan error, 1)
	id = e.triggerID(name)
	e.tellTrigger(ctx, name, id)
	if _, err := e.triggerAs(a, id, name, p, func(err error) { durable <- err }); err != nil {
		return "", a.end(ctx, err)
	}
	if err := await(ctx, durable); err != nil {
		return "", fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	return id, nil
}

// triggerID returns the id of a run to be.
func (e *Engine) triggerID(name string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.serial++
	return runID(name, fmt.Sprintf("%s-%d-%d", e.now().UTC().Format("20060102T150405"), e.epoch, e.serial))
}

// tellTrigger tells hooks that a run is about to be triggered.
func (e *Engine) tellTrigger(ctx context.Context, name, id string) {
	hooks := e.Hooks
	if d, err := e.DAG(name); err == nil {
		hooks = append(slices.Clone(hooks), d.Hooks()...)
	}
	for _, h := range hooks {
		if h.OnTrigger != nil {
			h.OnTrigger(ctx, dag.RunInfo{DAG: name, RunID: id, Element: -1})
		}
	}
}

// triggerAs starts a run with that id unless there is one.
func (e *Engine) triggerAs(a *audited, id, name string, p dag.Params, then func(error)) (started bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.known(name)
	if err != nil {
		return false, err
	}
	if g.cal.byID[id] != nil {
		return false, nil
	}
	used, missing, _ := e.fresh(g)
	if missing != "" {
		return false, fmt.Errorf("engine: DAG %q: %s", name, missing)
	}
	now := e.now()
	rec := RunRecord{ID: id, Cause: Triggered, LogicalTime: now, Interval: dag.Interval{Start: now, End: now}, Used: used}
	if err := e.launch(a, g, &rec, p, "", then); err != nil {
		return false, fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	return true, nil
}

// known returns a DAG that is registered.
func (e *Engine) known(name string) (*registered, error) {
	if g := e.dags[name]; g != nil {
		return g, nil
	}
	return nil, fmt.Errorf("engine: no DAG %q is registered", name)
}

// Wait waits until a run has ended, if it has not, and returns what dag.DAG.Run would
// have. Its DAG must be registered. When the engine is closed first the error
// says so and the result is nil.
func (e *Engine) Wait(ctx context.Context, id string) (*dag.RunResult, error) {
	r, running := e.running(id)
	if !running {
		return e.past(ctx, id)
	}
	select {
	case <-r.over:
	case <-ctx.Done():
		return nil, fmt.Errorf("engine: run %q: %w", id, context.Cause(ctx))
	}
	if r.lost != nil {
		return nil, fmt.Errorf("engine: run %q: %w", id, r.lost)
	}
	return r.settle()
}

// running returns a run that has not ended.
func (e *Engine) running(id string) (*run, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r, ok := e.runs[id]
	return r, ok
}

// past reads what a run has come to that is over.
func (e *Engine) past(ctx context.Context, id string) (*dag.RunResult, error) {
	r, err := e.read(ctx, id, allOutputs, func(event) {})
	if err != nil {
		return nil, fmt.Errorf("engine: run %q: %w", id, err)
	}
	if !r.flow.Done() {
		return nil, fmt.Errorf("engine: run %q: %w", id, r.unfinished())
	}
	return r.settle()
}

// unfinished says why a run that does not go on has not ended, as it is read.
func (r *run) unfinished() error {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	switch {
	case r.engine.closed:
		return errClosed
	case r.gone != nil:
		return r.gone
	}
	return errors.New("it is over, but its DAG has got other tasks since")
}

// read reads a run of a DAG that is registered, with the outputs that are wanted, and shows also
// each of its events.
func (e *Engine) read(ctx context.Context, id string, want outputs, also func(event)) (*run, error) {
	e.mu.Lock()
	var g *registered
	pruned := false
	for name, d := range e.dags {
		if strings.HasPrefix(id, url.PathEscape(name)+"/") {
			g = d
			rec := d.cal.byID[id]
			pruned = rec != nil && rec.Pruned
		}
	}
	e.mu.Unlock()
	switch {
	case g == nil:
		return nil, errors.New("its DAG is not registered")
	case pruned:
		return nil, errLogEmpty
	}
	return e.load(ctx, g, id, want, also)
}

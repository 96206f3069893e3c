package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/penstock/penstock/dag"
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

	// Logger receives the lines of tasks and what the engine has to say. Nil
	// discards them; the log of a run keeps those of its tasks anyway.
	Logger *slog.Logger

	// Owner names this engine in the store, for people.
	Owner string
}

func (c *Config) check() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"Workers", c.Workers}, {"MaxInterrupts", c.MaxInterrupts}, {"InlineLimit", c.InlineLimit}} {
		if f.value < 0 {
			return fmt.Errorf("engine: %s is %d, want 0 or more", f.name, f.value)
		}
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
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Engine runs DAGs and keeps what they have come to in a store. Its methods may be
// called by several goroutines at once.
type Engine struct {
	Config
	journal *journal
	epoch   int64
	ctx     context.Context // of all tasks; done once Close is called
	stop    context.CancelCauseFunc
	tasks   sync.WaitGroup

	mu     sync.Mutex
	dags   map[string]*registered
	runs   map[string]*run // that have not ended
	order  []*run          // the same, the oldest first
	active int             // tasks that work
	serial int             // of the last run started in this epoch
	closed bool
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
	e := &Engine{Config: c, epoch: epoch, dags: map[string]*registered{}, runs: map[string]*run{}}
	e.ctx, e.stop = context.WithCancelCause(context.Background())
	e.journal = newJournal(c.Store, epoch, c.Logger, e.lose)
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
		close(returned)
	}()
	var err error
	select {
	case <-returned:
	case <-ctx.Done():
		err = fmt.Errorf("engine: tasks still work: %w", context.Cause(ctx))
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

// Register makes a DAG known, once, and goes on with those of its runs that have not
// ended. It checks the graph as dag.DAG.Validate does, and that the store can keep
// every output: a type has MarshalBinary and UnmarshalBinary, or JSON loses
// nothing of it.
func (e *Engine) Register(ctx context.Context, d *dag.DAG) error {
	g, err := newRegistered(d)
	if err != nil {
		return err
	}
	open, err := e.unfinished(ctx, d.Name())
	if err != nil {
		return fmt.Errorf("engine: DAG %q: %w", d.Name(), err)
	}
	runs := make([]*run, len(open))
	for i, id := range open {
		if runs[i], err = e.load(ctx, g, id); err != nil {
			return fmt.Errorf("engine: run %q: %w", id, err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, known := e.dags[d.Name()]; known {
		return fmt.Errorf("engine: DAG %q is registered already", d.Name())
	}
	e.dags[d.Name()] = g
	for _, r := range runs {
		r.restart()
		e.resume(r)
	}
	return nil
}

// Trigger starts a run and returns its id once the start is durable.
func (e *Engine) Trigger(ctx context.Context, name string, p dag.Params) (id string, err error) {
	e.mu.Lock()
	g, known := e.dags[name]
	e.serial++
	id = fmt.Sprintf("%s/%s-%d-%d", url.PathEscape(name), time.Now().UTC().Format("20060102T150405"), e.epoch, e.serial)
	e.mu.Unlock()
	if !known {
		return "", fmt.Errorf("engine: no DAG %q is registered", name)
	}
	r, err := e.create(g, id, p)
	if err != nil {
		return "", fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	first, err := event{Kind: created, At: time.Now(), Run: &r.spec}.encode()
	if err != nil {
		return "", fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	if err := e.journal.sync(ctx, Record{runLog(id), first}, Record{dagLog(name), []byte("+" + id)}); err != nil {
		return "", fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resume(r)
	return id, nil
}

// Wait waits until a run has ended, if it has not, and returns what dag.DAG.Run would
// have. Its DAG must be registered. When the engine is closed first the error
// says so and the result is nil.
func (e *Engine) Wait(ctx context.Context, id string) (*dag.RunResult, error) {
	e.mu.Lock()
	r, running := e.runs[id]
	e.mu.Unlock()
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

// past reads what a run has come to that is over.
func (e *Engine) past(ctx context.Context, id string) (*dag.RunResult, error) {
	e.mu.Lock()
	var g *registered
	for name, d := range e.dags {
		if prefix := url.PathEscape(name) + "/"; len(id) > len(prefix) && id[:len(prefix)] == prefix {
			g = d
		}
	}
	e.mu.Unlock()
	if g == nil {
		return nil, fmt.Errorf("engine: run %q: its DAG is not registered", id)
	}
	r, err := e.load(ctx, g, id)
	if err != nil {
		return nil, fmt.Errorf("engine: run %q: %w", id, err)
	}
	if !r.flow.Done() {
		return nil, fmt.Errorf("engine: run %q: %w", id, errClosed)
	}
	return r.settle()
}

// Runs returns the ids of the runs of a DAG, the oldest first.
func (e *Engine) Runs(ctx context.Context, name string) ([]string, error) {
	ids, _, err := e.index(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	return ids, nil
}

// index reads the log of a DAG: which runs were started, and which of them have ended.
func (e *Engine) index(ctx context.Context, name string) (ids []string, over map[string]bool, err error) {
	over = map[string]bool{}
	for data, err := range e.Store.Read(ctx, dagLog(name)) {
		if err != nil {
			return nil, nil, err
		}
		switch id := string(data[1:]); {
		case data[0] == '-':
			over[id] = true
		case !slices.Contains(ids[max(0, len(ids)-8):], id): // a commit that was tried twice
			ids = append(ids, id)
		}
	}
	return ids, over, nil
}

func (e *Engine) unfinished(ctx context.Context, name string) ([]string, error) {
	ids, over, err := e.index(ctx, name)
	return slices.DeleteFunc(ids, func(id string) bool { return over[id] }), err
}

func runLog(id string) string   { return "run/" + id }
func dagLog(name string) string { return "dag/" + url.PathEscape(name) }

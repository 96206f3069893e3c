package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/graph"
)

// BackfillRun is a backfill that was started. Its methods may be called by several goroutines.
type BackfillRun struct {
	engine *Engine // nil until its DAG is registered
	cal    *calendar
	spec   backfillSpec

	// Of the holder of the engine's lock.
	runs    map[int64]*RunRecord // by logical time
	active  int                  // of them, how many have not ended
	next    int                  // step that is looked at next
	left    int                  // steps without a run: another one was faster
	first   Progress             // at the start, or when an engine went on with it
	stopped bool                 // starts nothing any more
	err     error                // why it was stopped
	done    chan struct{}
}

// backfillSpec is what the log of a DAG says of a backfill.
type backfillSpec struct {
	ID        string            `json:"id"`
	Steps     []dag.Interval    `json:"steps"` // in order
	Reprocess Reprocess         `json:"reprocess,omitempty"`
	MaxActive int               `json:"maxActive"`
	Tasks     int               `json:"tasks"` // of a run
	Params    map[string]string `json:"params,omitempty"`
}

func newBackfillRun(c *calendar, s backfillSpec) *BackfillRun {
	return &BackfillRun{cal: c, spec: s, runs: map[int64]*RunRecord{}, done: make(chan struct{})}
}

// StartBackfill starts a backfill and returns once that is durable; if ctx is done first it may have
// started nevertheless. After a crash it goes on when its
// DAG is registered again. A logical time gets no second run by it, in whatever moment the
// process ended.
func (e *Engine) StartBackfill(ctx context.Context, name string, b Backfill) (*BackfillRun, error) {
	a, err := e.audit(ctx, "backfill", name, "")
	if err != nil {
		return nil, err
	}
	a.params(b.Params)
	a.entry.Detail = fmt.Sprintf("%s to %s", b.From.UTC().Format(time.RFC3339), b.To.UTC().Format(time.RFC3339))
	durable := make(chan error, 1)
	run, err := e.startBackfill(a, name, b, func(err error) { durable <- err })
	if err != nil {
		return nil, a.end(ctx, err)
	}
	if err := await(ctx, durable); err != nil {
		return nil, fmt.Errorf("engine: backfill of DAG %q: %w", name, err)
	}
	return run, nil
}

func (e *Engine) startBackfill(a *audited, name string, b Backfill, then func(error)) (*BackfillRun, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.known(name)
	if err != nil {
		return nil, err
	}
	now := e.now()
	steps, err := g.steps(b, now)
	if err != nil {
		return nil, fmt.Errorf("engine: backfill of DAG %q: %w", name, err)
	}
	e.serial++
	s := backfillSpec{
		ID:        runID(name, fmt.Sprintf("backfill-%s-%d-%d", now.UTC().Format("20060102T150405"), e.epoch, e.serial)),
		Reprocess: b.Reprocess, MaxActive: b.MaxActiveRuns, Tasks: len(g.plan.Nodes), Params: map[string]string{},
	}
	if s.MaxActive == 0 {
		s.MaxActive = 10
	}
	for _, step := range steps {
		if step.Start {
			s.Steps = append(s.Steps, dag.Interval{Start: step.Interval.Start.UTC(), End: step.Interval.End.UTC()})
		}
	}
	for key, v := range b.Params {
		s.Params[key] = graph.Text(v)
	}
	a.entry.Run, a.entry.N = s.ID, len(s.Steps)
	e.noteFor(a, nil, g.cal, note{Kind: noteBackfill, At: now, Backfill: &s})
	run := g.cal.backfills[len(g.cal.backfills)-1]
	e.takeUp(run, then)
	return run, nil
}

// takeUp starts the first runs of a backfill, or goes on with it, and calls then, if it is not nil,
// once they are under way.
func (e *Engine) takeUp(b *BackfillRun, then func(error)) {
	b.engine = e
	b.advance()
	b.first = b.progress()
	if b.stopped && then == nil { // it had ended
		return
	}
	e.journal.write(func(err error) {
		e.mu.Lock()
		b.first = b.progress()
		e.mu.Unlock()
		if then != nil {
			then(err)
		}
	})
}

// Backfills returns the backfills of a registered DAG, the oldest first, those that have
// ended too.
func (e *Engine) Backfills(name string) ([]*BackfillRun, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.known(name)
	if err != nil {
		return nil, err
	}
	return append([]*BackfillRun(nil), g.cal.backfills...), nil
}

// ID returns the name of the backfill, which RunRecord.Of has in its runs.
func (b *BackfillRun) ID() string { return b.spec.ID }

// First tells how far the backfill was when it had just started, or when this engine went on with it.
func (b *BackfillRun) First() Progress {
	b.engine.mu.Lock()
	defer b.engine.mu.Unlock()
	return b.first
}

// Done is closed when the backfill has ended, or the engine is closed.
func (b *BackfillRun) Done() <-chan struct{} { return b.done }

// Wait waits for the end of the backfill. The error names the runs that have not succeeded, or says
// why others were not started.
func (b *BackfillRun) Wait(ctx context.Context) error {
	select {
	case <-b.done:
	case <-ctx.Done():
		return fmt.Errorf("engine: backfill %q: %w", b.ID(), context.Cause(ctx))
	}
	b.engine.mu.Lock()
	defer b.engine.mu.Unlock()
	if err := errors.Join(b.err, b.failure()); err != nil {
		return fmt.Errorf("engine: backfill %q: %w", b.ID(), err)
	}
	return nil
}

// Cancel lets the backfill start no further run. Those under way go on.
func (b *BackfillRun) Cancel(ctx context.Context) error {
	e, durable := b.engine, make(chan error, 1)
	a, err := e.audit(ctx, "stop", b.cal.name, b.ID())
	if err != nil {
		return err
	}
	e.mu.Lock()
	if b.stopped {
		durable <- nil
	} else {
		b.stop(a, "cancelled", func(err error) { durable <- err })
		b.advance()
	}
	e.mu.Unlock()
	if err := await(ctx, durable); err != nil {
		return fmt.Errorf("engine: backfill %q: %w", b.ID(), err)
	}
	return nil
}

// advance starts the runs that may start, and ends the backfill after the last one. It is called,
// with the lock held, after all that may matter.
func (b *BackfillRun) advance() {
	e := b.engine
	if e.Mode == Inspecting {
		return
	}
	g := e.dags[b.cal.name]
	for !e.closed && !b.stopped && b.active < b.spec.MaxActive && b.next < len(b.spec.Steps) && b.step(g) {
		b.next++
	}
	if !b.stopped && b.next == len(b.spec.Steps) && b.active == 0 {
		b.stop(nil, "", nil)
	}
	if b.stopped && b.active == 0 {
		b.finish()
	}
}

// step starts the run of the next step, if there is still to be one. It returns false if that
// has to wait.
func (b *BackfillRun) step(g *registered) bool {
	iv := b.spec.Steps[b.next]
	if b.runs[iv.Start.UnixNano()] != nil {
		return true
	}
	if r := b.cal.at(iv.Start); r != nil && !b.spec.Reprocess.includes(r) {
		b.left++
		return true
	}
	if why := g.pastOf(iv); why != "" {
		if b.cal.before(iv.Start).State != RunRunning {
			b.stop(nil, why, nil)
		}
		return false
	}
	used, missing, stale := b.engine.fresh(g)
	if missing != "" && stale == WaitWhenStale {
		return false
	}
	rec := RunRecord{ID: g.timeID(iv.Start), Cause: Backfilled, Of: b.ID(), LogicalTime: iv.Start, Interval: iv, Used: used}
	if err := b.engine.launch(nil, g, &rec, b.params(), missing, nil); err != nil {
		b.stop(nil, b.engine.mask.Text(err.Error()), nil)
		return false
	}
	return true
}

func (b *BackfillRun) params() dag.Params {
	p := dag.Params{}
	for name, text := range b.spec.Params {
		p[name] = text
	}
	return p
}

// stop notes that the backfill starts nothing any more.
func (b *BackfillRun) stop(a *audited, why string, then func(error)) {
	b.engine.noteFor(a, then, b.cal, note{Kind: noteStopped, At: b.engine.now(), Of: b.ID(), Error: why})
}

// stopFor is what that note does.
func (b *BackfillRun) stopFor(why string) {
	b.stopped = true
	if why != "" {
		b.err = errors.New(why)
	}
}

// finish tells those who wait.
func (b *BackfillRun) finish() {
	select {
	case <-b.done:
	default:
		close(b.done)
	}
}

// abandon tells those who wait that the engine ends.
func (b *BackfillRun) abandon(cause error) {
	select {
	case <-b.done:
	default:
		b.err = cause
		close(b.done)
	}
}

// failure names the runs that have not succeeded, at most ten of them.
func (b *BackfillRun) failure() error {
	var failed []string
	for _, iv := range b.spec.Steps {
		if r := b.runs[iv.Start.UnixNano()]; r != nil && r.State != RunSucceeded && r.State != RunRunning {
			failed = append(failed, r.ID)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	names := strings.Join(failed[:min(len(failed), 10)], ", ")
	if len(failed) > 10 {
		names += ", …"
	}
	return fmt.Errorf("%d of %d runs failed: %s", len(failed), len(b.spec.Steps), names)
}

// advanceAll goes on with the backfills of a DAG.
func (e *Engine) advanceAll(c *calendar) {
	for _, b := range c.backfills {
		if b.engine != nil {
			b.advance()
		}
	}
}

// Watch calls report with how far the backfill is: how it was when it had just started, then again
// and again with that much time between, and at its end. It returns what Wait returns.
func (b *BackfillRun) Watch(ctx context.Context, every time.Duration, report func(Progress)) error {
	if every <= 0 {
		return fmt.Errorf("engine: backfill %q: Watch every %v, want more than 0", b.ID(), every)
	}
	report(b.First())
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			report(b.Progress())
		case <-ctx.Done():
			return b.Wait(ctx)
		case <-b.done:
			report(b.Progress())
			return b.Wait(ctx)
		}
	}
}

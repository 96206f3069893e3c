package dag

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/mask"
	"github.com/penstock/penstock/dag/internal/task"
)

// Run checks the graph as Validate does and then runs every task once. It
// returns when no task is running any more; it leaves no goroutine behind.
//
// Among the tasks that may start, the one of the highest Priority starts first,
// then the one added first. The error joins a *TaskError for each task that failed,
// in the order in which tasks were added; tasks that were not run because of them
// are in the RunResult only. Skipped tasks are no error.
//
// When ctx is done, or the run's Timeout is over, running tasks see it through
// their context, nothing new starts but tasks under rule.Always, and Run returns
// once the running tasks have returned. Unless all tasks succeeded nevertheless,
// the error then also wraps ctx.Err and context.Cause. The RunResult is nil only if
// nothing was started because the graph or an option is wrong.
func (d *DAG) Run(ctx context.Context, opts ...RunOption) (*RunResult, error) {
	cfg := runConfig{workers: d.g.Workers, timeout: d.g.Timeout, hooks: d.hooks[:len(d.hooks):len(d.hooks)]}
	for _, o := range opts {
		o.applyRun(&cfg)
	}
	p, err := d.compile()
	if err != nil {
		return nil, err
	}
	if err := cfg.check(d); err != nil {
		return nil, fmt.Errorf("dag: %s: %w", d.g.Name, err)
	}
	r := newRun(ctx, p, cfg)
	defer r.abandon()
	r.loop()
	return r.settle()
}

// check refuses what cannot be meant and completes the parameters.
func (c *runConfig) check(d *DAG) error {
	switch {
	case c.workers < 0:
		return fmt.Errorf("Workers is %d, want 0 (no bound) or more", c.workers)
	case c.timeout < 0:
		return fmt.Errorf("Timeout is %v, want 0 or more", c.timeout)
	case c.interval.End.Before(c.interval.Start):
		return fmt.Errorf("interval ends at %v, before it starts at %v", c.interval.End, c.interval.Start)
	}
	merged, err := d.g.Params.With(graph.Params(c.params))
	c.params = Params(merged)
	return err
}

// run is the state of one Run. The goroutine that called Run waits for what
// happens and calls the hooks; workers, one goroutine for each task that is
// running, do all else under the lock.
type run struct {
	runConfig
	plan *graph.Plan

	ctx     context.Context // the caller's and the timeout's: once it is done nothing starts
	taskCtx context.Context // the parent of the tries' contexts
	always  context.Context // that of tasks under rule.Always
	cancels []context.CancelFunc
	shared  *task.Run
	loggers []*slog.Logger
	around  []func(context.Context) (context.Context, func(error))
	replace func(*task.Job, flow.Outcome, []byte) // exited

	mu          sync.Mutex
	flow        *flow.Run
	queue       *flow.Queue
	active      int  // workers
	starting    bool // one of them has not taken a task yet
	cancelled   bool
	logs        map[int32][]byte
	checkpoints map[place][]byte
	events      []happening // of which hooks are to be told
	alarm       *time.Timer
	alarmAt     time.Time

	ended int64         // tasks that hooks have been told of and that were run
	idle  chan struct{} // closed when all tasks have ended and no worker is left
	told  chan struct{} // there are events
}

func newRun(ctx context.Context, p *graph.Plan, cfg runConfig) *run {
	r := &run{
		runConfig: cfg, plan: p, ctx: ctx,
		flow: flow.NewRun(p, rand.Uint64()), queue: flow.NewQueue(p, nil, 0),
		alarm: time.NewTimer(0), idle: make(chan struct{}), told: make(chan struct{}, 1),
	}
	r.alarm.Stop()
	r.replace = r.exited
	for _, h := range cfg.hooks {
		if h.Logger != nil {
			r.loggers = append(r.loggers, h.Logger)
		}
		if h.Around != nil {
			r.around = append(r.around, h.Around)
		}
	}
	now := time.Now()
	r.shared = &task.Run{
		DAG: p.Graph.Name, LogicalTime: cfg.interval.Start, Start: cfg.interval.Start, End: cfg.interval.End, Started: now,
		Params: cfg.params, Mask: mask.From(ctx).With(graph.Params(cfg.params).Secrets()...),
	}
	if r.shared.LogicalTime.IsZero() {
		r.shared.LogicalTime, r.shared.Start, r.shared.End = now, now, now
	}
	if cfg.timeout > 0 {
		r.below(context.WithTimeoutCause(ctx, cfg.timeout, &timeoutError{cfg.timeout}))
		r.ctx = r.taskCtx
	}
	r.below(context.WithCancel(context.WithoutCancel(ctx)))
	r.always = r.taskCtx
	r.below(context.WithCancel(r.ctx))
	return r
}

func (r *run) below(ctx context.Context, cancel context.CancelFunc) {
	r.taskCtx = ctx
	r.cancels = append(r.cancels, cancel)
}

// loop runs the tasks and returns when all have ended and the hooks know of it.
func (r *run) loop() {
	late := newDeadlines(r.hooks)
	defer late.timer.Stop()
	r.mu.Lock()
	r.flow.Begin()
	r.proceed()
	r.hire()
	r.leave()
	r.mu.Unlock()
	done := r.ctx.Done()
	for {
		select {
		case <-r.idle:
			r.tell()
			return
		case <-done:
			done = nil
			r.interrupt()
		case <-r.alarm.C:
			r.wake()
		case <-r.told:
			r.tell()
		case <-late.timer.C:
			late.miss(r.info())
		}
	}
}

// interrupt cancels what has not started.
func (r *run) interrupt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop()
	r.proceed()
	r.hire()
	r.leave()
}

// wake lets the attempts go on whose time has come.
func (r *run) wake() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.alarmAt = time.Time{}
	r.flow.Wake(time.Now())
	r.proceed()
	r.hire()
}

// abandon ends the run for good. Tasks are still running only if a hook
// panicked; they are waited for as ever.
func (r *run) abandon() {
	defer r.alarm.Stop()
	r.interrupt()
	for _, cancel := range r.cancels {
		cancel()
	}
	for {
		select {
		case <-r.idle:
			return
		case <-r.alarm.C:
			r.wake()
		}
	}
}

// stop is called with the lock held, as are the following.
func (r *run) stop() {
	if r.cancelled || r.flow.Done() {
		return
	}
	r.cancelled = true
	now := time.Now()
	r.flow.Cancel(now)
	for _, a := range r.queue.Filter(r.flow.Keeps) {
		r.flow.Drop(a, now)
	}
}

// proceed follows up what the flow has been told: it queues what may start, sets
// the alarm, and notes what hooks are to hear.
func (r *run) proceed() {
	for _, a := range r.flow.Ready {
		r.queue.Push(a)
	}
	r.flow.Ready = r.flow.Ready[:0]
	r.note()
	if at, ok := r.flow.Next(); ok && !at.Equal(r.alarmAt) {
		r.alarmAt = at
		r.alarm.Reset(time.Until(at))
	}
}

// note keeps what hooks are to hear.
func (r *run) note() {
	if len(r.hooks) > 0 && len(r.flow.Settled)+len(r.flow.Retried) > 0 {
		for _, a := range r.flow.Retried {
			r.events = append(r.events, happening{retried: &a})
		}
		for _, i := range r.flow.Settled {
			r.events = append(r.events, happening{task: i})
		}
		select {
		case r.told <- struct{}{}:
		default:
		}
	}
	r.flow.Settled, r.flow.Retried = r.flow.Settled[:0], r.flow.Retried[:0]
}

// hire starts a worker if there is something to do. There is never more than
// one that has not begun: a worker that takes a task hires the next.
func (r *run) hire() {
	if r.starting || r.queue.Len() == 0 || r.workers > 0 && r.active >= r.workers {
		return
	}
	r.active++
	r.starting = true
	go r.work()
}

// leave notes that no worker is left, if so.
func (r *run) leave() {
	if r.active > 0 || !r.flow.Done() {
		return
	}
	select {
	case <-r.idle:
	default:
		close(r.idle)
	}
}

package dag

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Run checks the graph as Validate does and then runs every task once. It
// returns when no task is running any more; it leaves no goroutine behind.
//
// Among the tasks that may start, the one added first starts first. The error
// joins a *TaskError for each task that failed, in the order in which tasks were
// added; tasks that were not run because of them are in the Result only.
//
// When ctx is done, running tasks see it through their context, nothing new
// starts, and Run returns once the running tasks have returned. Unless all
// tasks succeeded nevertheless, the error then also wraps ctx.Err and
// context.Cause. The Result is nil only if nothing was started because the
// graph or an option is wrong.
func (d *DAG) Run(ctx context.Context, opts ...RunOption) (*Result, error) {
	var cfg runConfig
	for _, o := range opts {
		o.applyRun(&cfg)
	}
	p, err := d.compile()
	if err != nil {
		return nil, err
	}
	if cfg.workers < 0 {
		return nil, fmt.Errorf("dag: %s: Workers is %d, want 0 (no bound) or more", d.name, cfg.workers)
	}
	r := newRun(ctx, d, p, cfg)
	defer r.abandon()
	r.schedule()
	return r.res, r.settle()
}

// run is the state of one Run. Only the goroutine that called Run touches it,
// except for try.
type run struct {
	runConfig
	*plan
	dag *DAG
	res *Result

	ctx     context.Context // the caller's: once it is done nothing starts
	taskCtx context.Context // the parent of every try's context
	cancel  context.CancelFunc

	waiting  []int // for each task, edges from tasks that have not yet succeeded
	ready    queue
	sleeping queue // tasks between two tries
	alarm    *time.Timer
	running  int
	finished int64
	results  chan outcome
}

// outcome is what one try came to.
type outcome struct {
	task   int
	output any
	err    error
	end    time.Time
}

func newRun(ctx context.Context, d *DAG, p *plan, cfg runConfig) *run {
	r := &run{
		runConfig: cfg, plan: p, dag: d, res: newResult(d, p), ctx: ctx,
		waiting: append([]int(nil), p.parents...),
		alarm:   time.NewTimer(0),
		results: make(chan outcome, 64), // lets a try end while others are being started
	}
	r.alarm.Stop()
	r.taskCtx, r.cancel = context.WithCancel(ctx)
	for task, n := range r.waiting {
		if n == 0 {
			r.ready.push(queued{task: task})
		}
	}
	return r
}

// schedule runs tasks until none is left that can be run.
func (r *run) schedule() {
	for r.ctx.Err() == nil {
		r.startReady()
		if r.running == 0 && len(r.sleeping) == 0 {
			return
		}
		select {
		case o := <-r.results:
			r.finish(o)
		case <-r.alarm.C:
			r.wake()
		case <-r.ctx.Done():
		}
	}
	for r.running > 0 {
		r.finish(<-r.results)
	}
}

// startReady starts what may start. It takes results in between, so that in a
// wide graph finished tasks do not pile up behind those being started.
func (r *run) startReady() {
	for len(r.ready) > 0 && (r.workers == 0 || r.running < r.workers) && r.ctx.Err() == nil {
		r.start(r.ready.pop().task)
		select {
		case o := <-r.results:
			r.finish(o)
		default:
		}
	}
}

func (r *run) start(task int) {
	n, t := r.dag.nodes[task], &r.res.tasks[task]
	t.Tries++
	if t.Tries == 1 {
		t.Start = time.Now()
	}
	in := make([]any, len(n.inputs))
	for i, from := range n.inputs {
		in[i] = r.res.outputs[from.index]
	}
	r.running++
	go r.try(n, in, RunInfo{DAG: r.dag.name, Task: n.id, Try: t.Tries, Params: r.params})
}

// try calls the task's function and sends the outcome however it ends.
func (r *run) try(n *node, in []any, info RunInfo) {
	// The error stands if the function neither returns nor panics.
	o := outcome{task: n.index, err: ErrGoexit}
	defer func() {
		if v := recover(); v != nil {
			o.err = &PanicError{Value: v, Stack: debug.Stack()}
		}
		o.end = time.Now()
		r.results <- o
	}()
	ctx, cancel, timeout := tryContext(r.taskCtx, n.timeout)
	defer cancel()
	o.output, o.err = n.fn(context.WithValue(ctx, infoKey{}, info), in)
	if o.err != nil && timeout != nil && errors.Is(context.Cause(ctx), timeout) {
		o.err = fmt.Errorf("%w: %w", timeout, o.err)
	}
}

// tryContext returns the context of one try. With a timeout, cause is the
// context's cause once that is over, and nothing else's.
func tryContext(parent context.Context, timeout time.Duration) (ctx context.Context, cancel context.CancelFunc, cause error) {
	if timeout == 0 {
		ctx, cancel = context.WithCancel(parent)
		return ctx, cancel, nil
	}
	cause = &timeoutError{timeout}
	ctx, cancel = context.WithTimeoutCause(parent, timeout, cause)
	return ctx, cancel, cause
}

// finish notes the outcome of a try and what follows from it.
func (r *run) finish(o outcome) {
	r.running--
	t, retry := &r.res.tasks[o.task], r.dag.nodes[o.task].retry
	t.Duration = o.end.Sub(t.Start)
	t.Err = nil
	if o.err != nil {
		t.Err = &TaskError{DAG: r.dag.name, Task: t.ID, Try: t.Tries, Err: o.err}
	}
	switch {
	case o.err == nil:
		r.succeed(o)
	case r.ctx.Err() != nil:
		t.State = Cancelled
	case t.Tries <= retry.Max:
		r.retry(o.task, retry.Delay)
		return
	default:
		t.State = Failed
	}
	r.finished++
	if r.onProgress != nil {
		r.onProgress(r.finished, int64(len(r.dag.nodes)))
	}
}

func (r *run) succeed(o outcome) {
	r.res.tasks[o.task].State = Succeeded
	r.res.outputs[o.task] = o.output
	for _, child := range r.children[o.task] {
		if r.waiting[child]--; r.waiting[child] == 0 {
			r.ready.push(queued{task: child})
		}
	}
}

func (r *run) retry(task int, delay time.Duration) {
	if delay == 0 {
		r.ready.push(queued{task: task})
		return
	}
	r.sleeping.push(queued{at: time.Now().Add(delay), task: task})
	r.alarm.Reset(time.Until(r.sleeping[0].at))
}

// wake moves the tasks whose delay is over to the ready ones.
func (r *run) wake() {
	now := time.Now()
	for len(r.sleeping) > 0 && !r.sleeping[0].at.After(now) {
		r.ready.push(queued{task: r.sleeping.pop().task})
	}
	if len(r.sleeping) > 0 {
		r.alarm.Reset(time.Until(r.sleeping[0].at))
	}
}

// abandon ends the run for good. Tasks are still running only if OnProgress
// panicked; they are waited for as ever.
func (r *run) abandon() {
	r.cancel()
	r.alarm.Stop()
	for ; r.running > 0; r.running-- {
		<-r.results
	}
}

// settle gives the tasks that were not run to their end a state and an error,
// and returns the error of the run.
func (r *run) settle() error {
	if r.res.count(Succeeded) == len(r.res.tasks) {
		return nil
	}
	blame := r.blame()
	stopped := r.stopped()
	var errs []error
	for i := range r.res.tasks {
		t := &r.res.tasks[i]
		switch {
		case t.State != "":
		case blame[i] != nil:
			t.State, t.Err = UpstreamFailed, &upstreamError{task: t.ID, cause: blame[i]}
			continue
		default:
			t.State = Cancelled
			if t.Err == nil {
				t.Err = fmt.Errorf("dag: %s: task %q was not run: %w", r.dag.name, t.ID, stopped)
			}
		}
		if t.Tries > 0 && t.Err != nil {
			errs = append(errs, t.Err)
		}
	}
	if r.res.count(Cancelled) > 0 {
		errs = append([]error{fmt.Errorf("dag: %s: %w", r.dag.name, stopped)}, errs...)
	}
	return errors.Join(errs...)
}

// blame returns for each task the failure upstream of it, the one of the task
// added first if there are several, so that it does not depend on timing.
func (r *run) blame() []*TaskError {
	failure := make([]*TaskError, len(r.res.tasks))
	first := make([]int, len(r.res.tasks))
	for _, v := range r.order {
		if t := &r.res.tasks[v]; t.State == Failed {
			errors.As(t.Err, &failure[v])
			first[v] = v
		}
		if failure[v] == nil {
			continue
		}
		for _, w := range r.children[v] {
			if failure[w] == nil || first[v] < first[w] {
				failure[w], first[w] = failure[v], first[v]
			}
		}
	}
	return failure
}

// stopped returns why the run was cancelled, nil if it was not.
func (r *run) stopped() error {
	err, cause := r.ctx.Err(), context.Cause(r.ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(cause, err):
		return fmt.Errorf("run cancelled: %w", cause)
	}
	return fmt.Errorf("run cancelled: %w: %w", err, cause)
}

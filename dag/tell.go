package dag

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/penstock/penstock/dag/internal/graph"
)

// info is what hooks of the run as a whole are told.
func (r *run) info() RunInfo {
	e := &r.shared
	return RunInfo{DAG: e.DAG, Element: -1, LogicalTime: e.LogicalTime, Interval: Interval{e.Start, e.End}, Params: e.Params}
}

// tell calls the hooks for the tasks that have ended since the last time.
func (r *run) tell() {
	for {
		r.mu.Lock()
		events := r.events
		r.events = nil
		results := make([]Result[any], len(events))
		for i, v := range events {
			results[i] = r.result(v)
		}
		r.mu.Unlock()
		if len(events) == 0 {
			return
		}
		for _, res := range results {
			r.tellOne(res)
		}
	}
}

func (r *run) tellOne(res Result[any]) {
	ran := res.Tries > 0
	if ran {
		r.ended++
	}
	info := r.info()
	info.Task, info.Try = res.ID, res.Tries
	for _, h := range r.hooks {
		if h.OnTask != nil {
			h.OnTask(info, res)
		}
		if h.OnProgress != nil && ran {
			h.OnProgress(r.ended, int64(len(r.plan.Nodes)))
		}
	}
}

// result returns how a task went, with the lock held or once the run is over.
func (r *run) result(i int32) Result[any] {
	t, n := r.flow.Task(i), r.plan.Nodes[i]
	res := Result[any]{
		ID: n.ID, State: State(t.State.String()), Value: t.Value, Tries: int(t.Tries), Start: t.Start, Log: string(r.logs[i]),
		Err: missing(r.shared.DAG, n.ID, t.State, t.Err),
	}
	if !t.Start.IsZero() {
		res.Duration = t.End.Sub(t.Start)
	}
	return res
}

// deadlines are the hooks' deadlines that have not come yet, the earliest first.
type deadlines struct {
	start time.Time
	hooks []Hooks
	timer *time.Timer
}

func newDeadlines(hooks []Hooks) *deadlines {
	d := &deadlines{start: time.Now(), timer: time.NewTimer(0)}
	d.timer.Stop()
	for _, h := range hooks {
		if h.OnDeadline != nil && h.Deadline > 0 {
			d.hooks = append(d.hooks, h)
		}
	}
	slices.SortStableFunc(d.hooks, func(a, b Hooks) int { return cmp.Compare(a.Deadline, b.Deadline) })
	d.set()
	return d
}

func (d *deadlines) set() {
	if len(d.hooks) > 0 {
		d.timer.Reset(time.Until(d.start.Add(d.hooks[0].Deadline)))
	}
}

// miss calls the hook whose deadline has come.
func (d *deadlines) miss(info RunInfo) {
	h := d.hooks[0]
	d.hooks = d.hooks[1:]
	d.set()
	h.OnDeadline(info)
}

// settle makes the result of the run and its error, and tells the hooks.
func (r *run) settle() (*RunResult, error) {
	res := &RunResult{g: r.plan.Graph, index: r.plan.Index, tasks: make([]Result[any], len(r.plan.Nodes))}
	for i := range res.tasks {
		res.tasks[i] = r.result(int32(i))
	}
	err := r.explain(res)
	for _, h := range r.hooks {
		if h.OnRun != nil {
			h.OnRun(res, err)
		}
	}
	return res, err
}

// explain gives the tasks that were not run the reason, and returns the error of the run.
func (r *run) explain(res *RunResult) error {
	if res.count(Succeeded)+res.count(Skipped) == len(res.tasks) {
		return nil
	}
	blame, stopped := r.blame(), r.stopped()
	var errs []error
	if res.count(Cancelled) > 0 {
		errs = append(errs, fmt.Errorf("dag: %s: %w", r.shared.DAG, stopped))
	}
	for i := range res.tasks {
		t := &res.tasks[i]
		switch {
		case t.State == UpstreamFailed:
			t.Err = &upstreamError{task: t.ID, cause: blame[i]}
		case t.State == Cancelled && r.flow.Task(int32(i)).Err == nil:
			t.Err = fmt.Errorf("dag: %s: task %q was not run: %w", r.shared.DAG, t.ID, stopped)
		case t.State == Failed || t.State == Cancelled:
			errs = append(errs, t.Err)
		}
	}
	return errors.Join(errs...)
}

// blame returns for each task the failure upstream of it, the one of the task
// added first if there are several, so that it does not depend on timing.
func (r *run) blame() []*TaskError {
	failure := make([]*TaskError, len(r.plan.Nodes))
	first := make([]int32, len(r.plan.Nodes))
	for _, v := range r.plan.Order {
		switch t := r.flow.Task(v); t.State {
		case graph.UpstreamFailed:
		case graph.Failed:
			failure[v] = nil
			errors.As(t.Err, &failure[v])
			first[v] = v
		default:
			continue
		}
		for _, w := range r.plan.Children[v] {
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

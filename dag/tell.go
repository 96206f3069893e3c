package dag

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// info is what hooks of the run as a whole are told.
func (r *run) info() RunInfo { return shownInfo(r.shared) }

// infoOf tells of a run as a whole.
func infoOf(r *task.Run) RunInfo {
	return RunInfo{
		DAG: r.DAG, RunID: r.RunID, Element: -1, LogicalTime: r.LogicalTime, Interval: Interval{r.Start, r.End}, Started: r.Started, Clears: r.Clears,
		Used: r.Used, Params: r.Params,
	}
}

// shownInfo is infoOf for others than its tasks: they see no secrets among the parameters.
func shownInfo(r *task.Run) RunInfo {
	i := infoOf(r)
	i.Params = Params(graph.Params(r.Params).Masked(r.Mask))
	return i
}

// happening is something that hooks are to be told: a task has ended or, if retried is not nil,
// is tried again.
type happening struct {
	task    int32
	retried *flow.Retried
}

// tell calls the hooks for what has happened since the last time.
func (r *run) tell() {
	for {
		r.mu.Lock()
		events := r.events
		r.events = nil
		results := make([]Result[any], len(events))
		for i, v := range events {
			if v.retried == nil {
				results[i] = result(r.ending(), v.task)
			}
		}
		r.mu.Unlock()
		if len(events) == 0 {
			return
		}
		for i, v := range events {
			if v.retried == nil {
				r.tellOne(results[i])
			} else {
				r.tellRetry(*v.retried)
			}
		}
	}
}

func (r *run) tellRetry(a flow.Retried) {
	info := r.info()
	info.Task, info.Element, info.Try = r.plan.Nodes[a.Task].ID, int(a.Elem), int(a.Try)
	for _, h := range r.hooks {
		if h.OnRetry != nil {
			h.OnRetry(info, a.Err, a.Wait)
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
	res, err := settle(r.ending())
	for _, h := range r.hooks {
		if h.OnRun != nil {
			h.OnRun(res, err)
		}
	}
	return res, err
}

func (r *run) ending() task.Ending {
	return task.Ending{Run: r.shared, Plan: r.plan, Flow: r.flow, Logs: r.logs, Stopped: r.stopped()}
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

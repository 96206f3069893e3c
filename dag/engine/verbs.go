package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
)

// Cancel ends a run: its tasks see it through their context, nothing new starts but tasks under
// rule.Always, and what has not succeeded by then is cancelled. It returns when that is
// durable; Wait waits for the tasks. A run that has ended is an error.
func (e *Engine) Cancel(ctx context.Context, id string) error {
	a, err := e.auditRun(ctx, "cancel", id)
	if err != nil {
		return err
	}
	e.verbs.Lock()
	defer e.verbs.Unlock()
	result := make(chan error, 1)
	e.mu.Lock()
	r, ok := e.runs[id]
	switch {
	case !ok || r.ended:
		result <- errors.New("it has ended, or is not known")
	case r.reason != nil || r.frozen:
		result <- nil
	default:
		r.cancel(a, 0, func(err error) { result <- err })
	}
	e.mu.Unlock()
	return a.end(ctx, e.done(ctx, id, result))
}

// done waits for the result of a change.
func (e *Engine) done(ctx context.Context, id string, result <-chan error) error {
	if err := await(ctx, result); err != nil {
		return fmt.Errorf("engine: run %q: %w", id, err)
	}
	return nil
}

// cancel writes that the run is cancelled, after the time that it may take or because
// somebody has asked for it, and then acts on that. It is called with the lock held, and then
// without. Until it is durable nothing starts, so that the log has each start before it.
func (r *run) cancel(a *audited, timeout time.Duration, then func(error)) {
	e := r.engine
	r.frozen = true
	ev := event{Kind: cancelling, At: time.Now(), Timeout: timeout}
	e.journal.write(func(err error) {
		e.mu.Lock()
		if err == nil {
			r.cancelled(ev)
			for _, a := range r.queue.Filter(r.flow.Keeps) {
				r.flow.Drop(a, ev.At)
			}
			r.stop(r.reason)
			r.proceed()
			e.dispatch()
		}
		e.mu.Unlock()
		then(err)
	}, a.with(ev.record(r.id))...)
}

// cancelled applies an event.
func (r *run) cancelled(ev event) {
	if r.frozen = false; r.flow.Done() {
		return
	}
	r.reason = fmt.Errorf("run cancelled: %w", context.Canceled)
	if r.asked = ev.Timeout == 0; !r.asked {
		r.reason = fmt.Errorf("run cancelled: timed out after %v: %w", ev.Timeout, context.DeadlineExceeded)
	}
	r.flow.Cancel(ev.At)
}

// Clear forgets how tasks of a run went, their checkpoints too, and runs them again; with
// downstream also all tasks behind them. It returns the ids of those that had ended, in
// the order of the DAG, once that is durable. A run that has ended goes on by it. Tasks that
// work, or wait for a try, are an error, and nothing is cleared then.
func (e *Engine) Clear(ctx context.Context, id string, downstream bool, tasks ...string) ([]string, error) {
	return e.reopen(ctx, "clear", id, tasks, func(r *run) (event, error) {
		ids, err := r.toClear(downstream, tasks)
		return event{Kind: cleared, Tasks: ids}, err
	})
}

// PlanClear returns what Clear would, and changes nothing.
func (e *Engine) PlanClear(ctx context.Context, id string, downstream bool, tasks ...string) ([]string, error) {
	r, running := e.running(id)
	if !running {
		var err error
		if r, err = e.read(ctx, id, noOutputs, func(event) {}); err != nil {
			return nil, fmt.Errorf("engine: run %q: %w", id, err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	ids, err := r.toClear(downstream, tasks)
	if err != nil {
		return nil, fmt.Errorf("engine: run %q: %w", id, err)
	}
	return ids, nil
}

// Retry runs those tasks of a run again that have failed or were cancelled, and those that
// were not run because of them; they find their checkpoints. It returns their ids once
// that is durable; if there are none it does nothing.
func (e *Engine) Retry(ctx context.Context, id string) ([]string, error) {
	return e.reopen(ctx, "retry", id, nil, func(r *run) (event, error) {
		var ids []string
		for i, n := range r.plan.Nodes {
			switch r.flow.Task(int32(i)).State {
			case graph.Failed, graph.UpstreamFailed, graph.Cancelled:
				ids = append(ids, n.ID)
			}
		}
		return event{Kind: cleared, Tasks: ids, Keep: true}, nil
	})
}

// Mark gives a task, which must not be at work or between tries, the state Succeeded, Failed or
// Skipped by hand. Tasks behind it that have ended stay as they are: Clear them to have
// them go on from there. Succeeded is refused if a task takes the output: there is none.
func (e *Engine) Mark(ctx context.Context, id, taskID string, s dag.State) error {
	_, err := e.reopen(ctx, "mark", id, []string{taskID}, func(r *run) (event, error) {
		i, ok := r.plan.Index[taskID]
		switch {
		case !ok:
			return event{}, fmt.Errorf("it has no task %q", taskID)
		case s != dag.Succeeded && s != dag.Failed && s != dag.Skipped:
			return event{}, fmt.Errorf("task %q cannot be marked %q, only succeeded, failed or skipped", taskID, s)
		case !r.flow.Idle(int32(i)):
			return event{}, fmt.Errorf("task %q is at work or between tries", taskID)
		}
		if s == dag.Succeeded {
			for _, n := range r.plan.Nodes {
				for _, in := range n.Inputs {
					if in.Index == i {
						return event{}, fmt.Errorf("task %q cannot be marked succeeded: task %q takes its output", taskID, n.ID)
					}
				}
			}
		}
		return event{Kind: marked, Task: taskID, Elem: -1, State: string(s)}, nil
	})
	return err
}

// reopen applies a change to a run, which goes on by it if it has ended. It returns the
// tasks of the event. The audit trail has those that were asked for if it is refused.
func (e *Engine) reopen(ctx context.Context, verb, id string, asked []string, change func(*run) (event, error)) ([]string, error) {
	a, err := e.auditRun(ctx, verb, id)
	if err != nil {
		return nil, err
	}
	a.tasks(asked)
	ids, err := e.reopenFor(ctx, a, id, change)
	return ids, a.end(ctx, err)
}

func (e *Engine) reopenFor(ctx context.Context, a *audited, id string, change func(*run) (event, error)) ([]string, error) {
	e.verbs.Lock()
	defer e.verbs.Unlock()
	r, running := e.running(id)
	if running && r.isEnding() {
		select {
		case <-r.over:
		case <-ctx.Done():
		}
		r, running = e.running(id)
	}
	if !running {
		var err error
		if r, err = e.read(ctx, id, allOutputs, func(event) {}); err == nil && !r.flow.Done() {
			err = r.unfinished()
		}
		if err != nil {
			return nil, fmt.Errorf("engine: run %q: %w", id, err)
		}
	}
	result := make(chan error, 1)
	e.mu.Lock()
	ev, err := change(r)
	if err == nil && ev.Kind == cleared && len(ev.Tasks) == 0 {
		e.mu.Unlock()
		return nil, nil
	}
	if err != nil {
		result <- err
	} else {
		ev.At = time.Now()
		if a.entry.Detail = ev.State; ev.Kind == cleared {
			a.tasks(ev.Tasks)
		}
		r.change(a, ev, running, func(err error) { result <- err })
	}
	e.mu.Unlock()
	if err := e.done(ctx, id, result); err != nil {
		return nil, err
	}
	return ev.Tasks, nil
}

func (r *run) isEnding() bool {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	return r.ended
}

// change writes a change and then acts on it.
func (r *run) change(a *audited, ev event, running bool, then func(error)) {
	e := r.engine
	records := []Record{ev.record(r.id)}
	if !running {
		n := r.opened()
		r.cal.apply(n)
		records = append(records, n.record(r.dag.Name()))
	}
	e.journal.write(func(err error) {
		e.mu.Lock()
		if err == nil {
			r.act(ev, running)
		}
		e.mu.Unlock()
		then(err)
	}, a.with(records...)...)
}

// opened is the note of a run that has not ended after all.
func (r *run) opened() note { return note{Kind: noteReopened, At: r.engine.now(), Run: r.id} }

func (r *run) act(ev event, running bool) {
	if !running {
		r.restart() // which has nothing to start, but ends the reading
		r.setHooks(ev.At)
	}
	if ev.Kind == cleared {
		if r.ended { // since the change was asked for
			r.engine.note(nil, r.cal, r.opened())
		}
		r.clear(ev)
	} else {
		r.mark(int32(r.plan.Index[ev.Task]), ev)
	}
	r.countTold()
	if !running {
		r.engine.resume(r)
		return
	}
	r.proceed()
	r.engine.dispatch()
}

// toClear returns which of the tasks, and of those behind them, have ended.
func (r *run) toClear(downstream bool, tasks []string) ([]string, error) {
	if len(tasks) == 0 {
		return nil, errors.New("no task is named")
	}
	chosen := make([]bool, len(r.plan.Nodes))
	for _, id := range tasks {
		i, ok := r.plan.Index[id]
		if !ok {
			return nil, fmt.Errorf("it has no task %q", id)
		}
		chosen[i] = true
	}
	if downstream {
		for _, v := range r.plan.Order {
			for _, w := range r.plan.Children[v] {
				chosen[w] = chosen[w] || chosen[v]
			}
		}
	}
	var ids []string
	for i, n := range r.plan.Nodes {
		switch {
		case !chosen[i]:
		case !r.flow.Idle(int32(i)):
			return nil, fmt.Errorf("task %q is at work or between tries", n.ID)
		case r.flow.Task(int32(i)).State != graph.Pending:
			ids = append(ids, n.ID)
		}
	}
	return ids, nil
}

// clear applies an event.
func (r *run) clear(ev event) {
	var tasks []int32
	for _, id := range ev.Tasks {
		if i, ok := r.plan.Index[id]; ok {
			tasks = append(tasks, int32(i))
		}
	}
	gone := map[int32]bool{}
	for _, i := range r.flow.Clear(tasks, ev.At) {
		gone[i] = true
		delete(r.logs, i)
		delete(r.sizes, i)
	}
	if !ev.Keep {
		maps.DeleteFunc(r.checkpoints, func(at place, _ []byte) bool { return gone[at.task] })
	}
	maps.DeleteFunc(r.interrupts, func(a flow.Attempt, _ int) bool { return gone[a.Task] })
	maps.DeleteFunc(r.startedAt, func(a flow.Attempt, _ time.Time) bool { return gone[a.Task] })
	r.clears++
	r.shared = nil // which tells of it
	if r.from = ev.At; r.reason != nil && len(gone) > 0 {
		r.reason = nil
		r.ctx, r.stop = context.WithCancelCause(r.engine.ctx)
	}
	r.ended = r.ended && len(gone) == 0
}

// mark applies an event.
func (r *run) mark(i int32, ev event) {
	n := r.plan.Nodes[i]
	state, value, err := graph.Skipped, any(nil), error(nil)
	switch dag.State(ev.State) {
	case dag.Succeeded:
		state, value = graph.Succeeded, reflect.Zero(n.Output).Interface()
	case dag.Failed:
		state, err = graph.Failed, r.taskError(n, flow.Attempt{Task: i, Elem: -1}, errors.New("marked as failed"))
	}
	r.flow.Mark(i, state, value, err, ev.At)
}

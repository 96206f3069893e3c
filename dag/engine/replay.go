package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
)

// load reads a run back. What has finished is finished; attempts that had started and
// not finished are ready again, with no retry used up. Tasks that the DAG does not
// have any more are left out, new ones are still to be run.
// Outputs that are not wanted are left out: such a run can be looked at, not gone on with.
// Each event is shown to also.
func (e *Engine) load(ctx context.Context, g *registered, id string, want outputs, also func(event)) (*run, error) {
	var r *run
	for data, err := range e.Store.Read(ctx, runLog(id)) {
		if err != nil {
			return nil, err
		}
		ev, err := decode(data)
		if err != nil {
			return nil, err
		}
		also(ev)
		if r == nil {
			if ev.Kind != created || ev.Run == nil {
				return nil, fmt.Errorf("its log starts with %q, want %q", ev.Kind, created)
			}
			r = e.newRun(g, id, *ev.Run)
			r.want = want
			r.begin(ev.At)
			r.collect()
			if err := r.readParams(); err != nil {
				return nil, err
			}
			continue
		}
		r.known = ev.At
		r.replay(ev)
	}
	if r == nil {
		return nil, errLogEmpty
	}
	return r, nil
}

// collect takes the attempts that have become ready.
func (r *run) collect() {
	for _, a := range r.flow.Ready {
		r.pending[a] = true
	}
	r.flow.Ready, r.flow.Settled, r.flow.Retried = r.flow.Ready[:0], r.flow.Settled[:0], r.flow.Retried[:0]
}

// replay applies one event. Events of attempts that are not due are left aside: a commit
// that was tried twice, or a task that has changed.
func (r *run) replay(ev event) {
	switch ev.Kind {
	case cancelling:
		r.cancelled(ev)
		r.dropPending(ev.At)
		r.collect()
		return
	case ended:
		r.dropCancelled(ev.At)
		return
	case cleared:
		r.clear(ev)
		r.collect()
		return
	}
	i, known := r.plan.Index[ev.Task]
	if !known {
		return
	}
	a := flow.Attempt{Task: int32(i), Elem: ev.Elem, Try: ev.Try}
	switch ev.Kind {
	case marked:
		r.mark(int32(i), ev)
		r.collect()
	case logged:
		r.partial[a] = append(r.partial[a], ev.payload...)
	case checkpoint:
		r.checkpoints[place{a.Task, a.Elem}] = ev.payload
		r.interrupts[a] = 0 // it gets on
	case started:
		r.interrupts[a]++
		r.startedAt[a] = ev.At
		delete(r.partial, a) // of an attempt that was cut off
	case released:
		r.interrupts[a]--
	case finished:
		if !r.pending[a] && !r.flow.Rouse(a) {
			return
		}
		o, err := r.outcome(r.plan.Nodes[i], a, ev)
		if err != nil {
			r.engine.Logger.Warn("output is left aside, the task is run again", "run", r.id, "task", ev.Task, "error", err)
			r.pending[a] = true
			r.gone = fmt.Errorf("output of task %q is lost: %w", ev.Task, err)
			return
		}
		if a.Elem < 0 {
			r.sizes[a.Task] = ev.Size
		}
		delete(r.pending, a)
		delete(r.interrupts, a)
		at, ok := r.startedAt[a]
		if !ok {
			at = ev.At
		}
		r.flow.Started(a, at)
		r.logs[a.Task] = append(append(r.logs[a.Task], r.partial[a]...), ev.Log...)
		delete(r.partial, a)
		delete(r.startedAt, a)
		r.flow.Finish(a, o, ev.At)
		r.collect()
	}
}

// dropCancelled drops what a cancelled run had still at work when the process ended that cancelled it: the next
// process has ended the run without it, see restart.
func (r *run) dropCancelled(now time.Time) {
	for a := range r.pending {
		if !r.flow.Keeps(a) {
			delete(r.pending, a)
			r.flow.Drop(a, now)
		}
	}
	r.collect()
}

// dropPending drops what a cancelled run does not start any more. What had started may have ended
// by itself since.
func (r *run) dropPending(now time.Time) {
	for a := range r.pending {
		if _, started := r.startedAt[a]; !started && !r.flow.Keeps(a) {
			delete(r.pending, a)
			r.flow.Drop(a, now)
		}
	}
}

// restart makes the attempts ready again that may have been running. A sensor's looks
// are not counted: it may well live through many restarts.
func (r *run) restart() {
	for a := range r.pending {
		if !r.flow.Keeps(a) { // it was being cancelled
			r.flow.Drop(a, time.Now())
			continue
		}
		n := r.plan.Nodes[a.Task]
		times := r.interrupts[a]
		if n.Kind == graph.Sensor {
			times = 0
		}
		if times >= r.engine.MaxInterrupts {
			r.poisoned(a, times)
			continue
		}
		if times > 0 {
			r.engine.Logger.Info("task was interrupted and is run again", "run", r.id, "task", n.ID, "try", a.Try, "times", times)
		}
		r.careful[a] = n.Kind != graph.Sensor
		r.flow.Ready = append(r.flow.Ready, a)
	}
	r.pending, r.startedAt, r.partial = nil, nil, nil
}

// poisoned ends an attempt that was cut off too often.
func (r *run) poisoned(a flow.Attempt, times int) {
	n := r.plan.Nodes[a.Task]
	o := flow.Outcome{Permanent: true, Err: r.taskError(n, a, fmt.Errorf("interrupted %d times: the task may be what ends the process", times))}
	ev := r.outcomeEvent(a, &o, time.Now())
	r.engine.journal.write(nil, ev.record(r.id))
	r.flow.Finish(a, o, ev.At)
}

package engine

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// RunStatus tells how a run stands. It is the caller's.
type RunStatus struct {
	ID          string
	DAG         string
	Cause       Cause
	Of          string // see RunRecord
	State       RunState
	Params      dag.Params // as they may be shown: "***" in place of secrets
	LogicalTime time.Time
	Interval    dag.Interval
	Started     time.Time
	Since       time.Time // Started or, if that is later, when tasks of it were cleared
	Ended       time.Time // of the last task; zero while the run goes on
	Tasks       []TaskStatus
}

// Phase is what a task is doing.
type Phase string

// The phases of a task.
const (
	Waiting  Phase = "waiting"  // for tasks upstream
	Ready    Phase = "ready"    // for a worker, or slots of its pools
	Working  Phase = "working"  // on a try, or on an element of a Map
	Sleeping Phase = "sleeping" // until the next try, or the next look of a sensor
	Ended    Phase = "ended"
)

// TaskStatus tells how a task of a run stands.
type TaskStatus struct {
	ID       string
	Phase    Phase
	State    dag.State // "" unless it has ended
	Tries    int       // how often it was started, all elements of a Map together
	Started  time.Time // zero if it was not
	Ended    time.Time
	Err      string    // of the last try
	Output   string    // the beginning of what it has returned, as its log has it
	Size     string    // of that: "3333x21" rows and columns, "12" elements; "" if it has none, or nothing was returned
	Attempts []Attempt // the oldest first, those before a Clear too; without their logs
}

// Attempt is one try of a task, or of an element of a Map.
type Attempt struct {
	Element int // of a Map, counted from 0; else -1
	Try     int // counted from 1
	Outcome Outcome
	Started time.Time // when it ended, if that is all that is known
	Ended   time.Time // zero if it has not
	Err     string
	Log     string // its lines, as slog.TextHandler writes them
}

// Outcome is how an attempt has ended.
type Outcome string

// The outcomes of an attempt.
const (
	OutcomeWorking     Outcome = "working"
	OutcomeSucceeded   Outcome = "succeeded"
	OutcomeFailed      Outcome = "failed"
	OutcomeSkipped     Outcome = "skipped"
	OutcomeInterrupted Outcome = "interrupted" // by the end of the engine or its process
)

// Status returns how a run stands, whether it goes on or is over. Its DAG must be registered.
func (e *Engine) Status(ctx context.Context, id string) (*RunStatus, error) {
	r, attempts, err := e.inspect(ctx, id, "", allOutputs)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return r.statusWith(attempts, true), nil
}

// Timeline returns how a run stands as Outline does, with the attempts of its tasks.
func (e *Engine) Timeline(ctx context.Context, id string) (*RunStatus, error) {
	r, attempts, err := e.inspect(ctx, id, "", noOutputs)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return r.statusWith(attempts, false), nil
}

// statusWith is status with attempts.
func (r *run) statusWith(attempts map[string][]Attempt, outputs bool) *RunStatus {
	s := r.status(outputs)
	for i := range s.Tasks {
		s.Tasks[i].Attempts = attempts[s.Tasks[i].ID]
	}
	return s
}

// status returns how the run stands, but for attempts. It is called with the lock held.
func (r *run) status(outputs bool) *RunStatus {
	s := &RunStatus{
		ID: r.id, DAG: r.dag.Name(), State: r.state(), Params: r.shown(), Started: r.begun, Since: r.from,
		LogicalTime: r.spec.LogicalTime, Interval: dag.Interval{Start: r.spec.Start, End: r.spec.End},
		Tasks: make([]TaskStatus, len(r.plan.Nodes)),
	}
	if rec := r.cal.byID[r.id]; rec != nil {
		s.Cause, s.Of = rec.Cause, rec.Of
	}
	phases := r.phases()
	for i := range r.plan.Nodes {
		t := r.taskStatus(int32(i), phases, outputs)
		if s.Tasks[i] = t; s.State != RunRunning && t.Ended.After(s.Ended) {
			s.Ended = t.Ended
		}
	}
	return s
}

// Logs returns the attempts of a task of a run with their logs, the oldest first. Of an attempt that
// was cut off by the end of the process the last second of lines may be missing.
func (e *Engine) Logs(ctx context.Context, id, taskID string) ([]Attempt, error) {
	r, attempts, err := e.inspect(ctx, id, taskID, noOutputs)
	if err != nil {
		return nil, err
	}
	if _, ok := r.plan.Index[taskID]; !ok && attempts[taskID] == nil {
		return nil, fmt.Errorf("engine: run %q: it has no task %q", id, taskID)
	}
	return attempts[taskID], nil
}

// inspect returns a run, one that goes on or a copy that was read with the outputs that are wanted, and
// its attempts, those of one task with their logs.
func (e *Engine) inspect(ctx context.Context, id, taskID string, want outputs) (*run, map[string][]Attempt, error) {
	h := newHistory(taskID)
	r, running := e.running(id)
	var err error
	if running {
		err = e.events(ctx, id, h.add)
	} else {
		r, err = e.read(ctx, id, want, h.add)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("engine: run %q: %w", id, err)
	}
	e.mu.Lock()
	attempts, m := h.attempts(r), r.mask
	e.mu.Unlock()
	hide(attempts, m)
	return r, attempts, nil
}

// events shows the events of a run.
func (e *Engine) events(ctx context.Context, id string, show func(event)) error {
	for data, err := range e.Store.Read(ctx, runLog(id)) {
		if err != nil {
			return err
		}
		ev, err := decode(data)
		if err != nil {
			return err
		}
		show(ev)
	}
	return nil
}

// state is how the run stands. It is called with the lock held, as are the following.
func (r *run) state() RunState {
	if !r.flow.Done() {
		return RunRunning
	}
	s := RunSucceeded
	for i := range r.plan.Nodes {
		switch r.flow.Task(int32(i)).State {
		case graph.Failed, graph.UpstreamFailed:
			s = RunFailed
		case graph.Cancelled:
			if r.asked {
				return RunCancelled
			}
			s = RunFailed
		}
	}
	return s
}

// phases returns what the tasks do that have started and not ended.
func (r *run) phases() map[int32]Phase {
	phases := map[int32]Phase{}
	for _, a := range r.flow.Sleeping() {
		phases[a.Task] = Sleeping
	}
	for a := range r.working {
		phases[a.Task] = Working
	}
	return phases
}

func (r *run) taskStatus(i int32, phases map[int32]Phase, outputs bool) TaskStatus {
	t, n := r.flow.Task(i), r.plan.Nodes[i]
	s := TaskStatus{ID: n.ID, State: dag.State(t.State.String()), Tries: int(t.Tries), Started: t.Start, Phase: Ended}
	if t.Err != nil {
		s.Err = r.mask.Text(cause(t.Err).Error())
	}
	if t.State != graph.Pending {
		s.Ended = t.End
		if t.State == graph.Succeeded && n.Output != reflect.TypeFor[struct{}]() {
			if s.Size = task.Size(t.Value); s.Size == "" {
				s.Size = r.sizes[i]
			}
			if outputs {
				s.Output = task.Brief(t.Value, r.mask)
			}
		}
		return s
	}
	switch phase, active := phases[i]; {
	case active:
		s.Phase = phase
	case r.flow.Idle(i):
		s.Phase = Waiting
	default:
		s.Phase = Ready
	}
	return s
}

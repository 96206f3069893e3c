package dag

import (
	"errors"
	"fmt"
	"slices"

	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// Settle is for the packages beside this one that run a DAG. It returns what Run
// would have for a run that has ended so.
func (d *DAG) Settle(e task.Ending) (*RunResult, error) { return settle(e) }

// Result is for the packages beside this one that run a DAG. It returns how a task has
// gone so far.
func (d *DAG) Result(e task.Ending, i int32) Result[any] { return result(e, i) }

// Hooks is for the packages beside this one that run a DAG. It returns those given to New.
func (d *DAG) Hooks() []Hooks { return slices.Clone(d.hooks) }

// settle makes the result of a run and its error.
func settle(e task.Ending) (*RunResult, error) {
	res := &RunResult{run: e.Run, g: e.Plan.Graph, index: e.Plan.Index, tasks: make([]Result[any], len(e.Plan.Nodes)), stopped: e.Stopped}
	for i := range res.tasks {
		res.tasks[i] = result(e, int32(i))
	}
	return res, explain(e, res)
}

// result returns how a task went.
func result(e task.Ending, i int32) Result[any] {
	t, n := e.Flow.Task(i), e.Plan.Nodes[i]
	res := Result[any]{
		ID: n.ID, State: State(t.State.String()), Value: t.Value, Tries: int(t.Tries), Start: t.Start, Log: string(e.Logs[i]),
		Err: missing(e.Plan.Graph.Name, n.ID, t.State, t.Err),
	}
	if !t.Start.IsZero() {
		res.Duration = t.End.Sub(t.Start)
	}
	return res
}

// explain gives the tasks that were not run the reason, and returns the error of the run.
func explain(e task.Ending, res *RunResult) error {
	if res.Outcome() == Succeeded {
		return nil
	}
	blame, stopped := blame(e), e.Stopped
	var errs []error
	if res.count(Cancelled) > 0 {
		errs = append(errs, fmt.Errorf("dag: %s: %w", e.Plan.Graph.Name, stopped))
	}
	for i := range res.tasks {
		t := &res.tasks[i]
		switch {
		case t.State == UpstreamFailed:
			t.Err = &upstreamError{task: t.ID, cause: blame[i]}
		case t.State == Cancelled && e.Flow.Task(int32(i)).Err == nil:
			t.Err = fmt.Errorf("dag: %s: task %q was not run: %w", e.Plan.Graph.Name, t.ID, stopped)
		case t.State == Failed || t.State == Cancelled:
			errs = append(errs, t.Err)
		}
	}
	return errors.Join(errs...)
}

// blame returns for each task the failure upstream of it, the one of the task
// added first if there are several, so that it does not depend on timing.
func blame(e task.Ending) []*TaskError {
	failure := make([]*TaskError, len(e.Plan.Nodes))
	first := make([]int32, len(e.Plan.Nodes))
	for _, v := range e.Plan.Order {
		switch t := e.Flow.Task(v); t.State {
		case graph.UpstreamFailed:
		case graph.Failed:
			failure[v] = nil
			errors.As(t.Err, &failure[v])
			first[v] = v
		default:
			continue
		}
		for _, w := range e.Plan.Children[v] {
			if failure[w] == nil || first[v] < first[w] {
				failure[w], first[w] = failure[v], first[v]
			}
		}
	}
	return failure
}

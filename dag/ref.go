package dag

import (
	"fmt"

	"github.com/penstock/penstock/dag/internal/graph"
)

// Ref is the handle of a task whose output is a T. It is the input of other
// tasks and reads the output after a run.
type Ref[T any] struct {
	n *graph.Node
}

// ID returns the task's id, with the names of its groups before it:
// "extract.load".
func (r *Ref[T]) ID() string { return r.n.ID }

// SetUpstream makes this task start only after the given ones have succeeded.
// No value is passed. It returns r.
func (r *Ref[T]) SetUpstream(tasks ...AnyTask) *Ref[T] {
	r.link("SetUpstream", tasks, true)
	return r
}

// SetDownstream makes the given tasks start only after this one has succeeded.
// No value is passed. It returns r.
func (r *Ref[T]) SetDownstream(tasks ...AnyTask) *Ref[T] {
	r.link("SetDownstream", tasks, false)
	return r
}

// Of returns the task's output in a run, read-only like every output. The
// error says why there is none: it wraps the *TaskError of this task or of the
// upstream task that failed first in insertion order, ErrSkip, or the reason for
// which the run was cancelled. It is also an error if res is nil or comes from a
// run of another DAG or from one before the task was added.
func (r *Ref[T]) Of(res *RunResult) (T, error) {
	var zero T
	if res == nil {
		return zero, fmt.Errorf("dag: %s: task %q: the result is nil: the run did not start", r.n.Graph.Name, r.n.ID)
	}
	if res.g != r.n.Graph {
		return zero, fmt.Errorf("dag: %s: task %q: the result is of another DAG (%q)", r.n.Graph.Name, r.n.ID, res.g.Name)
	}
	if r.n.Index >= len(res.tasks) {
		return zero, fmt.Errorf("dag: %s: task %q was added after this run", r.n.Graph.Name, r.n.ID)
	}
	t := &res.tasks[r.n.Index]
	if t.Err != nil {
		return zero, t.Err
	}
	return as[T](t.Value), nil
}

func (r *Ref[T]) end() graph.End {
	if r == nil {
		return graph.End{}
	}
	return graph.End{Node: r.n}
}

func (r *Ref[T]) link(method string, tasks []AnyTask, upstream bool) {
	for _, t := range tasks {
		addLink(r.n.Graph, graph.Link{Method: method, From: r.end(), Other: endOf(t), Upstream: upstream})
	}
}

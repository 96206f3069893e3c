package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// What is here is for programs that show people how things stand, again and again: it takes
// little of the engine's time.

// DAG returns a registered DAG. It is not to be changed.
func (e *Engine) DAG(name string) (*dag.DAG, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.known(name)
	if err != nil {
		return nil, err
	}
	return g.dag, nil
}

// Recent returns up to n runs of a registered DAG, the newest first, after leaving out skip of them,
// and how many there are in all.
func (e *Engine) Recent(name string, skip, n int) (records []RunRecord, total int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.known(name)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range slices.Backward(g.cal.runs) {
		if !r.durable {
			continue
		}
		if total++; total > skip && len(records) < n {
			records = append(records, *r)
		}
	}
	return records, total, nil
}

// Outline returns how a run stands as Status does, but without outputs and attempts: what a run that
// goes on has in memory, of another one its log, but no large output.
func (e *Engine) Outline(ctx context.Context, id string) (*RunStatus, error) {
	r, running := e.running(id)
	if !running {
		var err error
		if r, err = e.read(ctx, id, noOutputs, func(event) {}); err != nil {
			return nil, fmt.Errorf("engine: run %q: %w", id, err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return r.status(false), nil
}

// TaskDetail tells all that there is to see of a task of a run. Its attempts have their logs.
type TaskDetail struct {
	TaskStatus
	Returned    Value   // the zero Value if it has not returned any
	Inputs      []Value // what it was or will be given, as far as it is known
	Checkpoints []Value // what it has saved last, and for a Map what each element has
}

// Value is a picture of a value that a task has returned or saved.
type Value struct {
	Task    string
	Element int    // whose checkpoint it is, else -1
	Type    string // of Go; "" of a checkpoint
	Size    string // as in TaskStatus
	Text    string // its beginning, some kilobytes at most; "" if there is no value
}

// Inspect tells all about one task of a run, whose DAG must be registered.
func (e *Engine) Inspect(ctx context.Context, id, taskID string) (*TaskDetail, error) {
	want := func(p *graph.Plan, a flow.Attempt) bool {
		i, ok := p.Index[taskID]
		return ok && (int(a.Task) == i || slices.Contains(p.Nodes[i].Inputs, p.Nodes[a.Task])) || noOutputs(p, a)
	}
	r, attempts, err := e.inspect(ctx, id, taskID, want)
	if err != nil {
		return nil, err
	}
	d, paint, err := r.detail(taskID)
	if err != nil {
		return nil, fmt.Errorf("engine: run %q: %w", id, err)
	}
	for _, p := range paint { // without the lock: methods of the values are called
		p()
	}
	d.Attempts = attempts[taskID]
	return d, nil
}

// detail returns what is known of a task, and functions that put values into words.
func (r *run) detail(taskID string) (d *TaskDetail, paint []func(), err error) {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	index, ok := r.plan.Index[taskID]
	if !ok {
		return nil, nil, fmt.Errorf("it has no task %q", taskID)
	}
	n := r.plan.Nodes[index]
	d = &TaskDetail{TaskStatus: r.taskStatus(int32(index), r.phases(), false), Inputs: make([]Value, len(n.Inputs))}
	picture := func(into *Value, n *graph.Node) {
		*into = Value{Task: n.ID, Element: -1, Type: n.Output.String()}
		if t := r.flow.Task(int32(n.Index)); t.State == graph.Succeeded {
			v := t.Value
			paint = append(paint, func() { into.Size, into.Text = task.Size(v), task.Preview(v, r.mask) })
		}
	}
	for i, in := range n.Inputs {
		picture(&d.Inputs[i], in)
	}
	if r.flow.Task(int32(index)).State == graph.Succeeded && n.Output != reflect.TypeFor[struct{}]() {
		picture(&d.Returned, n)
	}
	places := slices.DeleteFunc(slices.Collect(maps.Keys(r.checkpoints)), func(p place) bool { return p.task != int32(index) })
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.elem, b.elem) })
	for _, p := range places {
		d.Checkpoints = append(d.Checkpoints, Value{Task: taskID, Element: int(p.elem), Text: task.PreviewBytes(r.checkpoints[p], r.mask)})
	}
	return d, paint, nil
}

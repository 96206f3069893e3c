package flow

import (
	"time"

	"github.com/penstock/penstock/dag/internal/graph"
)

// expand makes an attempt of each element of a Map ready. It returns false if there
// are none.
func (r *Run) expand(i int32) bool {
	t, n := &r.tasks[i], r.plan.Nodes[i]
	size := n.List.Len(r.tasks[n.Inputs[0].Index].Value)
	t.elems = &elements{values: make([]any, size), skipped: make([]bool, size), left: size, failed: -1}
	if size == 0 {
		t.Value = n.List.Join(nil, nil)
		return false
	}
	for e := range size {
		r.Ready = append(r.Ready, Attempt{Task: i, Elem: int32(e), Try: 1})
	}
	return true
}

// endElement notes how an element of a Map has ended, and the Map with its last.
// A Map fails with its lowest element that failed.
func (r *Run) endElement(a Attempt, s graph.State, o Outcome, now time.Time) {
	t := &r.tasks[a.Task]
	e, i := t.elems, int(a.Elem)
	switch s {
	case graph.Succeeded:
		e.values[i] = o.Value
	case graph.Skipped:
		e.skipped[i] = true
	default:
		e.values[i] = o.Err
		if e.failed < 0 || i < e.failed {
			e.failed = i
		}
	}
	if e.left--; e.left > 0 {
		return
	}
	t.elems = nil
	if e.failed < 0 {
		t.Value, t.Err = r.plan.Nodes[a.Task].List.Join(e.values, e.skipped), nil
		r.settle(a.Task, graph.Succeeded, now)
		return
	}
	t.Err, _ = e.values[e.failed].(error)
	s = graph.Failed
	if r.cancelled {
		s = graph.Cancelled
	}
	r.settle(a.Task, s, now)
}

// follow skips the tasks directly behind a branch that it has not chosen, unless
// they are behind a chosen one too: a task where the branches meet again is
// decided by its own rule.
func (r *Run) follow(branch int32, now time.Time) {
	chosen, _ := r.tasks[branch].Value.([]string)
	keep := map[int32]bool{}
	var todo []int32
	for _, id := range chosen {
		if i, ok := r.plan.Index[id]; ok {
			keep[int32(i)] = true
			todo = append(todo, int32(i))
		}
	}
	var others []int32
	for _, w := range r.plan.Children[branch] {
		if !keep[w] {
			others = append(others, w)
		}
	}
	if len(others) == 0 {
		return
	}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, w := range r.plan.Children[v] {
			if !keep[w] {
				keep[w] = true
				todo = append(todo, w)
			}
		}
	}
	for _, w := range others {
		if !keep[w] && !r.tasks[w].started {
			r.settle(w, graph.Skipped, now)
		}
	}
}

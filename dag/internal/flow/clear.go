package flow

import (
	"time"

	"github.com/penstock/penstock/dag/internal/graph"
)

// Idle tells whether a task is neither ready nor at work nor between two tries: it has
// ended, or waits for others.
func (r *Run) Idle(i int32) bool { return r.tasks[i].State != graph.Pending || !r.tasks[i].started }

// Clear forgets how tasks have ended and returns those that had; they are run again as
// soon as their rules allow. Tasks that are not Idle are left alone, and so are those
// downstream that have ended. A run that was cancelled is so no longer.
func (r *Run) Clear(tasks []int32, now time.Time) (cleared []int32) {
	for _, i := range tasks {
		if r.tasks[i].State != graph.Pending {
			r.tasks[i] = Task{}
			r.left++
			cleared = append(cleared, i)
		}
	}
	r.cancelled = r.cancelled && len(cleared) == 0
	r.rejudge(cleared, now)
	return cleared
}

// Mark gives a task a final state that no attempt of it has come to. It does nothing to
// a task that is not Idle. Tasks downstream that have ended stay as they are.
func (r *Run) Mark(i int32, s graph.State, value any, err error, now time.Time) {
	t := &r.tasks[i]
	ended := t.State != graph.Pending
	if !r.Idle(i) {
		return
	}
	t.Value, t.Err, t.End = value, err, now
	if !ended {
		r.settle(i, s, now)
		return
	}
	t.State = s
	r.Settled = append(r.Settled, i)
	r.rejudge([]int32{i}, now)
}

// rejudge counts again what the tasks, and those behind them that have not started, wait
// for, and applies their rules.
func (r *Run) rejudge(tasks []int32, now time.Time) {
	again := map[int32]bool{}
	note := func(i int32) {
		if t := &r.tasks[i]; t.State == graph.Pending && !t.started {
			again[i] = true
			t.parents = counts{}
		}
	}
	for _, i := range tasks {
		note(i)
		for _, w := range r.plan.Children[i] {
			note(w)
		}
	}
	for v := range r.tasks {
		for _, w := range r.plan.Children[v] {
			if again[w] {
				r.tasks[w].parents.add(r.tasks[v].State)
			}
		}
	}
	for v := range r.tasks {
		if r.tasks[v].State == graph.Succeeded && r.plan.Nodes[v].Kind == graph.Branch {
			r.follow(int32(v), now) // of those that wait again, the ones it has not chosen
		}
	}
	for _, i := range r.plan.Order {
		if again[i] && r.judge(i, now) {
			r.spread(i, now)
		}
	}
}

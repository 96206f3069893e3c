// Package flow is the logic of one run of a graph, without clocks, goroutines
// or storage: what starts next is a function of what has been reported. Equal
// events give equal runs, in memory and when a journal is read back.
//
// # Basics
//
// [Run] is the state of a run. Its owner calls Begin, then Finish for each
// attempt that has ended, Wake when the time that Next tells has come, and
// Cancel; each of them adds to Ready the attempts that may now start. A [Queue]
// puts ready attempts in order and holds them back while their pools are full.
//
// # Caveats
//
//   - A Run and a Queue belong to one goroutine, or to the holder of a lock.
//   - Values and errors are kept as they are given.
package flow

import (
	"maps"
	"slices"
	"time"

	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/rule"
)

// Attempt is one try of a task, or of one element of a Map.
type Attempt struct {
	Task, Elem int32 // Elem is -1 for a task itself
	Try        int32 // counted from 1
}

// Outcome is what an attempt came to. At most one of the flags is set; without
// one and with an error it failed.
type Outcome struct {
	Value any
	Err   error

	Skip      bool // the task asks to be skipped
	Permanent bool // no further try
	Again     bool // a sensor that has to look again

	HasDelay bool          // Delay takes the place of the retry's own
	Delay    time.Duration // before the next try
}

// Retried is an attempt that has failed and is followed by another after a wait.
type Retried struct {
	Attempt
	Err  error
	Wait time.Duration
}

// Task is what is known of one task.
type Task struct {
	State graph.State
	Tries int32 // attempts started, those of all elements together
	Start time.Time
	End   time.Time
	Value any
	Err   error

	parents counts
	started bool
	tryFrom time.Time // start of the current try of a sensor
	elems   *elements
}

type counts struct{ succeeded, failed, skipped, cancelled int32 }

// elements are those of a Map that has started.
type elements struct {
	values  []any
	skipped []bool
	left    int
	failed  int // lowest element that failed, -1 if none did
}

// Run is the state of one run of a plan.
type Run struct {
	Ready   []Attempt // may start; the owner takes them
	Settled []int32   // tasks that have ended since the owner last took them
	Retried []Retried // attempts that have failed and are followed by another, since then

	plan      *graph.Plan
	tasks     []Task
	seed      uint64
	left      int // tasks that have not ended
	sleeping  sleepers
	cancelled bool
}

// NewRun returns a run of which nothing has started. The seed decides the
// jitter of delays.
func NewRun(p *graph.Plan, seed uint64) *Run {
	return &Run{plan: p, tasks: make([]Task, len(p.Nodes)), seed: seed, left: len(p.Nodes)}
}

// Task returns what is known of a task. It is the run's own: read-only.
func (r *Run) Task(i int32) *Task { return &r.tasks[i] }

// Done tells whether all tasks have ended.
func (r *Run) Done() bool { return r.left == 0 }

// Next returns when Wake is due, false if nothing waits for a time.
func (r *Run) Next() (time.Time, bool) {
	s, ok := r.sleeping.first()
	return s.at, ok
}

// Sleeping returns the attempts that wait for a time, in no order.
func (r *Run) Sleeping() []Attempt {
	return slices.Collect(maps.Keys(r.sleeping.until))
}

// Begin makes the tasks ready that wait for no other.
func (r *Run) Begin() {
	for i, n := range r.plan.Parents {
		if n == 0 && r.tasks[i].State == graph.Pending {
			r.judge(int32(i), time.Time{})
		}
	}
}

// Inputs returns what an attempt is told of its upstream tasks, which for an
// element of a Map is the element.
func (r *Run) Inputs(a Attempt) []graph.Input {
	n := r.plan.Nodes[a.Task]
	if len(n.Inputs) == 0 {
		return nil
	}
	if a.Elem >= 0 {
		return []graph.Input{{Value: n.List.At(r.tasks[n.Inputs[0].Index].Value, int(a.Elem))}}
	}
	in := make([]graph.Input, len(n.Inputs))
	for i, from := range n.Inputs {
		t := &r.tasks[from.Index]
		in[i] = graph.Input{Value: t.Value, State: t.State, Err: t.Err}
	}
	return in
}

// Rouse takes an attempt out of those that wait for a time, and returns whether it
// was one: a journal that is read back knows that it was made.
func (r *Run) Rouse(a Attempt) bool { return r.sleeping.rouse(a) }

// Started notes that an attempt has started and returns when it must have ended
// by the task's timeout, zero if it has none.
func (r *Run) Started(a Attempt, now time.Time) time.Time {
	n, t := r.plan.Nodes[a.Task], &r.tasks[a.Task]
	from := now
	if n.Kind == graph.Sensor {
		if t.tryFrom.IsZero() {
			t.tryFrom = now
			t.Tries++
		}
		from = t.tryFrom
	} else {
		t.Tries++
	}
	if t.Start.IsZero() {
		t.Start = now
	}
	if n.Timeout == 0 {
		return time.Time{}
	}
	return from.Add(n.Timeout)
}

// Finish notes what an attempt has come to.
func (r *Run) Finish(a Attempt, o Outcome, now time.Time) {
	t, n := &r.tasks[a.Task], r.plan.Nodes[a.Task]
	t.End = now
	if o.Again && o.Err == nil && !r.cancelled {
		r.lookAgain(a, now)
		return
	}
	t.tryFrom = time.Time{}
	switch {
	case o.Skip:
		r.end(a, graph.Skipped, o, now)
	case o.Err == nil && !o.Again:
		r.end(a, graph.Succeeded, o, now)
	case r.cancelled && n.Rule != rule.Always:
		r.end(a, graph.Cancelled, o, now)
	case !o.Permanent && int(a.Try) <= n.Retry.Max:
		r.retry(a, o, now)
	default:
		r.end(a, graph.Failed, o, now)
	}
}

// lookAgain puts a sensor to sleep, at most until its time is up.
func (r *Run) lookAgain(a Attempt, now time.Time) {
	n := r.plan.Nodes[a.Task]
	at := now.Add(n.Every)
	if end := r.tasks[a.Task].tryFrom.Add(n.Timeout); n.Timeout > 0 && end.Before(at) {
		at = end
	}
	r.sleeping.push(sleeper{at, a})
}

func (r *Run) retry(a Attempt, o Outcome, now time.Time) {
	r.tasks[a.Task].Err = o.Err
	delay := o.Delay
	if !o.HasDelay {
		delay = r.backoff(a)
	}
	r.Retried = append(r.Retried, Retried{a, o.Err, max(0, delay)})
	a.Try++
	if delay <= 0 {
		r.Ready = append(r.Ready, a)
		return
	}
	r.sleeping.push(sleeper{now.Add(delay), a})
}

// Wake makes the attempts ready whose time has come.
func (r *Run) Wake(now time.Time) {
	r.Ready = append(r.Ready, r.sleeping.take(now)...)
}

// Cancel ends what has not started, tasks under rule.Always aside. Attempts that
// the owner has taken from Ready and not started are his to Drop, unless Keeps
// says that they may start.
func (r *Run) Cancel(now time.Time) {
	if r.cancelled {
		return
	}
	r.cancelled = true
	ready := r.Ready
	r.Ready = nil
	for _, a := range ready {
		if r.Keeps(a) {
			r.Ready = append(r.Ready, a)
		} else {
			r.Drop(a, now)
		}
	}
	for _, a := range r.sleeping.filter(r.Keeps) {
		r.Drop(a, now)
	}
	for _, i := range r.plan.Order {
		if t := &r.tasks[i]; t.State == graph.Pending && !t.started && r.plan.Nodes[i].Rule != rule.Always {
			r.settle(i, graph.Cancelled, now)
		}
	}
}

// Keeps tells whether an attempt that is ready may still start.
func (r *Run) Keeps(a Attempt) bool {
	return !r.cancelled || r.plan.Nodes[a.Task].Rule == rule.Always
}

// Drop ends an attempt of a cancelled run that was ready or asleep.
func (r *Run) Drop(a Attempt, now time.Time) {
	r.end(a, graph.Cancelled, Outcome{Err: r.tasks[a.Task].Err}, now)
}

// end notes how a task, or an element of a Map, has ended.
func (r *Run) end(a Attempt, s graph.State, o Outcome, now time.Time) {
	t := &r.tasks[a.Task]
	if a.Elem >= 0 {
		r.endElement(a, s, o, now)
		return
	}
	t.Err = o.Err
	if s == graph.Succeeded {
		t.Value = o.Value
		if r.plan.Nodes[a.Task].Kind == graph.Branch {
			r.follow(a.Task, now)
		}
	}
	r.settle(a.Task, s, now)
}

// settle gives a task its final state and tells its children.
func (r *Run) settle(i int32, s graph.State, now time.Time) {
	if r.tasks[i].State != graph.Pending {
		return
	}
	r.tasks[i].State = s
	r.spread(i, now)
}

// spread tells the children of a task, which has a final state, and theirs if they
// have got one by that. A failure can run down a long chain: a stack of our own, not
// recursion.
func (r *Run) spread(i int32, now time.Time) {
	for todo := []int32{i}; len(todo) > 0; {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		r.left--
		r.Settled = append(r.Settled, v)
		for _, w := range r.plan.Children[v] {
			r.tasks[w].parents.add(r.tasks[v].State)
			if r.judge(w, now) {
				todo = append(todo, w)
			}
		}
	}
}

func (c *counts) add(s graph.State) {
	switch s {
	case graph.Succeeded:
		c.succeeded++
	case graph.Failed, graph.UpstreamFailed:
		c.failed++
	case graph.Skipped:
		c.skipped++
	case graph.Cancelled:
		c.cancelled++
	}
}

// judge applies a task's rule. It returns whether the task has got a final
// state, of which its children are still to be told.
func (r *Run) judge(i int32, now time.Time) bool {
	t, n := &r.tasks[i], r.plan.Nodes[i]
	if t.started || t.State != graph.Pending {
		return false
	}
	c := t.parents
	switch n.Rule.Judge(rule.Parents{
		All: int(r.plan.Parents[i]), Succeeded: int(c.succeeded), Failed: int(c.failed), Skipped: int(c.skipped), Cancelled: int(c.cancelled),
	}) {
	case rule.Run:
		if r.cancelled && n.Rule != rule.Always {
			t.State = graph.Cancelled
			return true
		}
		return r.start(i, now)
	case rule.Fail:
		t.State = graph.UpstreamFailed
	case rule.Skip:
		t.State = graph.Skipped
		if c.cancelled > 0 {
			t.State = graph.Cancelled
		}
	default:
		return false
	}
	return true
}

// start makes a task ready. Like judge it returns true if the task has ended by that.
func (r *Run) start(i int32, now time.Time) bool {
	t, n := &r.tasks[i], r.plan.Nodes[i]
	t.started = true
	if n.Kind != graph.Map {
		r.Ready = append(r.Ready, Attempt{Task: i, Elem: -1, Try: 1})
		return false
	}
	if r.expand(i) {
		return false
	}
	t.Start, t.End, t.State = now, now, graph.Succeeded
	return true
}

package engine

import (
	"slices"
	"sync"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// teller calls hooks, one at a time and in order, from a goroutine of its own, which
// there is while there is something to tell.
type teller struct {
	mu    sync.Mutex
	calls []func()
	busy  bool
	done  sync.WaitGroup
	panic func(any)
}

func (t *teller) tell(call func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls = append(t.calls, call)
	if !t.busy {
		t.busy = true
		t.done.Add(1)
		go t.loop()
	}
}

func (t *teller) loop() {
	defer t.done.Done()
	for {
		t.mu.Lock()
		calls := t.calls
		t.calls, t.busy = nil, len(calls) > 0
		t.mu.Unlock()
		if len(calls) == 0 {
			return
		}
		for _, call := range calls {
			t.call(call)
		}
	}
}

func (t *teller) call(call func()) {
	defer func() {
		if v := recover(); v != nil {
			t.panic(v)
		}
	}()
	call()
}

// deadline is a time by which a run should be over, and who is told if it is not.
type deadline struct {
	at   time.Time
	miss func(dag.RunInfo)
}

// setHooks notes whom the run tells of what. It is told anew of nothing that was before
// known, the time of the last event that was read back.
func (r *run) setHooks(known time.Time) {
	r.hooks = append(slices.Clone(r.engine.Hooks), r.dag.Hooks()...)
	for _, h := range r.hooks {
		if at := r.begun.Add(h.Deadline); h.OnDeadline != nil && h.Deadline > 0 && at.After(known) {
			r.deadlines = append(r.deadlines, deadline{at, h.OnDeadline})
		}
		if h.Logger != nil {
			r.loggers = append(r.loggers, h.Logger)
		}
		if h.Around != nil {
			r.around = append(r.around, h.Around)
		}
	}
	slices.SortStableFunc(r.deadlines, func(a, b deadline) int { return a.at.Compare(b.at) })
	r.countTold()
}

// countTold counts the tasks that have been run to their end.
func (r *run) countTold() {
	r.told = 0
	for i := range r.plan.Nodes {
		if t := r.flow.Task(int32(i)); t.State != graph.Pending && t.Tries > 0 {
			r.told++
		}
	}
}

// missDeadlines tells of the deadlines that have passed.
func (r *run) missDeadlines(now time.Time) {
	for len(r.deadlines) > 0 && !r.deadlines[0].at.After(now) {
		miss, info := r.deadlines[0].miss, r.info()
		r.deadlines = r.deadlines[1:]
		r.engine.teller.tell(func() { miss(info) })
	}
}

// tellTasks tells of tasks that have ended.
func (r *run) tellTasks(tasks []int32) {
	for _, i := range tasks {
		res := r.dag.Result(r.ending(), i)
		ran := res.Tries > 0
		if ran {
			r.told++
		}
		info, done, total := r.info(), r.told, int64(len(r.plan.Nodes))
		info.Task, info.Try = res.ID, res.Tries
		for _, h := range r.hooks {
			if h.OnTask != nil {
				r.engine.teller.tell(func() { h.OnTask(info, res) })
			}
			if h.OnProgress != nil && ran {
				r.engine.teller.tell(func() { h.OnProgress(min(done, total), total) })
			}
		}
	}
}

// tellRetries tells of attempts that are followed by another.
func (r *run) tellRetries(attempts []flow.Retried) {
	for _, a := range attempts {
		info := r.info()
		info.Task, info.Element, info.Try = r.plan.Nodes[a.Task].ID, int(a.Elem), int(a.Try)
		for _, h := range r.hooks {
			if h.OnRetry != nil {
				r.engine.teller.tell(func() { h.OnRetry(info, a.Err, a.Wait) })
			}
		}
	}
}

// tellEnd tells that the run is over.
func (r *run) tellEnd() {
	if !slices.ContainsFunc(r.hooks, func(h dag.Hooks) bool { return h.OnRun != nil }) {
		return
	}
	res, err := r.dag.Settle(r.ending())
	for _, h := range r.hooks {
		if h.OnRun != nil {
			r.engine.teller.tell(func() { h.OnRun(res, err) })
		}
	}
}

// info is what hooks of the run as a whole are told: nothing that is secret.
func (r *run) info() dag.RunInfo {
	return dag.RunInfo{
		DAG: r.dag.Name(), RunID: r.id, Element: -1,
		LogicalTime: r.spec.LogicalTime, Interval: dag.Interval{Start: r.spec.Start, End: r.spec.End}, Started: r.from, Clears: r.clears,
		Used: r.spec.Used, Params: r.shown(),
	}
}

func (r *run) ending() task.Ending {
	return task.Ending{Run: r.env(), Plan: r.plan, Flow: r.flow, Logs: r.logs, Stopped: r.reason}
}

// nextTime returns when the run has something to do again by itself.
func (r *run) nextTime() (at time.Time, ok bool) {
	at, ok = r.flow.Next()
	sooner := func(other time.Time) {
		if !ok || other.Before(at) {
			at, ok = other, true
		}
	}
	if r.plan.Graph.Timeout > 0 && r.reason == nil && !r.frozen {
		sooner(r.from.Add(r.plan.Graph.Timeout))
	}
	if len(r.deadlines) > 0 {
		sooner(r.deadlines[0].at)
	}
	return at, ok
}

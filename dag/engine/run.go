package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// run is a run that has not ended, or one that was read back. All of it belongs to
// the holder of the engine's lock.
type run struct {
	engine *Engine
	*registered
	id     string
	spec   spec
	params graph.Params

	flow        *flow.Run
	queue       *flow.Queue
	logs        map[int32][]byte
	checkpoints map[place][]byte
	startedAt   map[flow.Attempt]time.Time // while it is read back
	interrupts  map[flow.Attempt]int       // how often an attempt was started and not finished
	careful     map[flow.Attempt]bool
	pending     map[flow.Attempt]bool // while it is read back: attempts that may start
	alarm       *time.Timer

	active int  // attempts that work
	ending bool // all tasks have ended, and the record of that is under way
	over   chan struct{}
	lost   error // why nobody will know how it ends
}

// place is where a checkpoint belongs: a task or an element of a Map.
type place struct{ task, elem int32 }

// create returns a run that has not started.
func (e *Engine) create(g *registered, rec *RunRecord, given dag.Params, refused string) (*run, error) {
	params, err := g.plan.Graph.Params.With(graph.Params(given))
	if err != nil {
		return nil, err
	}
	s := spec{
		Seed: rand.Uint64(), LogicalTime: rec.LogicalTime, Start: rec.Interval.Start, End: rec.Interval.End, Used: rec.Used, Refused: refused,
		Tasks: g.dag.Tasks(), Params: map[string]string{},
	}
	for name, v := range params {
		s.Params[name] = graph.Text(v)
	}
	r := e.newRun(g, rec.ID, s)
	r.params = params
	return r, nil
}

func (e *Engine) newRun(g *registered, id string, s spec) *run {
	r := &run{
		engine: e, registered: g, id: id, spec: s,
		flow: flow.NewRun(g.plan, s.Seed), queue: flow.NewQueue(g.plan),
		logs: map[int32][]byte{}, checkpoints: map[place][]byte{},
		startedAt: map[flow.Attempt]time.Time{}, interrupts: map[flow.Attempt]int{}, careful: map[flow.Attempt]bool{}, pending: map[flow.Attempt]bool{},
		over: make(chan struct{}),
	}
	r.flow.Begin()
	if s.Refused != "" {
		r.flow.Cancel(time.Now())
	}
	r.alarm = time.AfterFunc(time.Hour, r.wake)
	r.alarm.Stop()
	return r
}

// resume starts a run, or goes on with one that was read back. It is called with the lock held.
func (e *Engine) resume(r *run) {
	e.runs[r.id] = r
	e.order = append(e.order, r)
	r.proceed()
	e.dispatch()
}

// wake lets the attempts go on whose time has come.
func (r *run) wake() {
	e := r.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	r.flow.Wake(time.Now())
	r.proceed()
	e.dispatch()
}

// proceed queues what may start, sets the alarm, and ends the run if all tasks have.
func (r *run) proceed() {
	for _, a := range r.flow.Ready {
		r.queue.Push(a)
	}
	r.flow.Ready, r.flow.Settled = r.flow.Ready[:0], r.flow.Settled[:0]
	if at, ok := r.flow.Next(); ok && !r.engine.closed {
		r.alarm.Reset(time.Until(at))
	}
	if r.flow.Done() && !r.ending {
		r.ending = true
		r.end()
	}
}

// dispatch starts the attempts that may start, those of the oldest run first.
func (e *Engine) dispatch() {
	for _, r := range e.order {
		bound := r.plan.Graph.Workers
		for !e.closed && (e.Workers == 0 || e.active < e.Workers) && (bound == 0 || r.active < bound) {
			a, ok := r.queue.Pop()
			if !ok {
				break
			}
			r.start(a)
		}
	}
}

// start starts an attempt. The record of it is not waited for, which saves a commit for each
// task; but an attempt that may have been running when a process ended could be what ends
// it, so it is known to have started before it does.
func (r *run) start(a flow.Attempt) {
	e := r.engine
	n, zone := r.plan.Nodes[a.Task], r.sched.zone
	j := task.Job{
		Attempt: a, Plan: r.plan, Parent: e.ctx, In: r.flow.Inputs(a), End: r.flow.Started(a, time.Now()),
		Env: task.Env{
			DAG: r.dag.Name(), RunID: r.id, LogicalTime: r.spec.LogicalTime.In(zone), Start: r.spec.Start.In(zone), End: r.spec.End.In(zone),
			Params: r.params, Used: r.spec.Used,
		},
		Loggers: []*slog.Logger{e.Logger}, Keeper: r,
		Exited: func(j *task.Job, o flow.Outcome, log []byte) { r.finish(j.Attempt, o, log) },
	}
	e.active++
	r.active++
	e.tasks.Add(1)
	note, err := attemptEvent(started, n.ID, a).encode()
	if err != nil { // numbers and names: cannot be
		panic(err)
	}
	attempt := func(err error) {
		go func() {
			defer e.tasks.Done()
			if err == nil {
				o, log := r.dag.Attempt(j)
				r.finish(a, o, log)
			}
		}()
	}
	if r.careful[a] {
		delete(r.careful, a)
		e.journal.write(attempt, Record{runLog(r.id), note})
		return
	}
	if n.Kind != graph.Sensor {
		e.journal.write(nil, Record{runLog(r.id), note})
	}
	attempt(nil)
}

// finish writes what an attempt has come to and, once that is durable, acts on it.
func (r *run) finish(a flow.Attempt, o flow.Outcome, log []byte) {
	e := r.engine
	if e.ctx.Err() != nil && (o.Err != nil || o.Again) {
		r.interrupted(a)
		return
	}
	now := time.Now()
	if o.Again && o.Err == nil {
		r.settleAttempt(a, o, nil, now)
		return
	}
	ev := r.outcomeEvent(a, &o, now)
	if e.ctx.Err() != nil && o.Err != nil { // its output could not be stored any more
		r.interrupted(a)
		return
	}
	ev.Log = string(log)
	data, err := ev.encode()
	if err != nil {
		panic(err)
	}
	e.mu.Lock()
	r.release(a)
	e.dispatch()
	e.mu.Unlock()
	e.journal.write(func(err error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if err != nil {
			r.abandon(err)
			return
		}
		r.apply(a, o, log, ev.At)
		e.dispatch()
	}, Record{runLog(r.id), data})
}

// interrupted notes that an attempt was cut off by Close, which is not the task's fault.
func (r *run) interrupted(a flow.Attempt) {
	data, err := attemptEvent(released, r.plan.Nodes[a.Task].ID, a).encode()
	if err != nil {
		panic(err)
	}
	r.engine.journal.write(nil, Record{runLog(r.id), data})
}

// settleAttempt acts on an outcome of which no record is kept.
func (r *run) settleAttempt(a flow.Attempt, o flow.Outcome, log []byte, now time.Time) {
	e := r.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	r.release(a)
	r.apply(a, o, log, now)
	e.dispatch()
}

// release gives back what an attempt has occupied.
func (r *run) release(a flow.Attempt) {
	r.engine.active--
	r.active--
	r.queue.Release(a)
}

// apply acts on an outcome.
func (r *run) apply(a flow.Attempt, o flow.Outcome, log []byte, at time.Time) {
	r.logs[a.Task] = append(r.logs[a.Task], log...)
	r.flow.Finish(a, o, at)
	r.proceed()
}

// end writes that the run has ended; how is told by the records before.
func (r *run) end() {
	e := r.engine
	data, err := event{Kind: ended, At: time.Now()}.encode()
	if err != nil {
		panic(err)
	}
	n := r.endNote()
	e.journal.write(func(err error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		r.abandon(err)
		if err == nil {
			e.ended(r, n)
		}
	}, Record{runLog(r.id), data}, n.record(r.dag.Name()))
}

// endNote says how the run has ended.
func (r *run) endNote() note {
	n := note{Kind: noteEnded, At: r.engine.now(), Run: r.id, State: RunSucceeded}
	n.Tasks, _ = r.tally()
	if n.Tasks.Failed > 0 {
		n.State = RunFailed
	}
	return n
}

// tally counts the tasks that have ended, and those that have started and not ended.
func (r *run) tally() (ended TaskCounts, working int) {
	for i := range r.plan.Nodes {
		switch t := r.flow.Task(int32(i)); t.State {
		case graph.Succeeded:
			ended.Succeeded++
		case graph.Skipped:
			ended.Skipped++
		case graph.Failed, graph.UpstreamFailed, graph.Cancelled:
			ended.Failed++
		default:
			if !t.Start.IsZero() {
				working++
			}
		}
	}
	return ended, working
}

// abandon takes the run off the engine's list; lost is nil if it has ended.
func (r *run) abandon(lost error) {
	select {
	case <-r.over:
		return
	default:
	}
	e := r.engine
	r.lost = lost
	r.alarm.Stop()
	delete(e.runs, r.id)
	rest := make([]*run, 0, len(e.order))
	for _, o := range e.order {
		if o != r {
			rest = append(rest, o)
		}
	}
	e.order = rest
	close(r.over)
}

// settle returns what dag.DAG.Run would have.
func (r *run) settle() (*dag.RunResult, error) {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	return r.dag.Settle(task.Ending{Plan: r.plan, Flow: r.flow, Logs: r.logs, Stopped: r.refusal()})
}

// refusal says why the run was not let run, if it was not.
func (r *run) refusal() error {
	if r.spec.Refused == "" {
		return nil
	}
	return errors.New(r.spec.Refused)
}

var _ task.Keeper = (*run)(nil)

// Load returns the checkpoint of the task or element.
func (r *run) Load(_ context.Context, a flow.Attempt) ([]byte, bool) {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	data, ok := r.checkpoints[place{a.Task, a.Elem}]
	return data, ok
}

// Save makes the checkpoint durable and then known.
func (r *run) Save(ctx context.Context, a flow.Attempt, data []byte) error {
	ev := attemptEvent(checkpoint, r.plan.Nodes[a.Task].ID, a)
	ev.payload = data
	rec, err := ev.encode()
	if err != nil {
		return err
	}
	if err := r.engine.journal.sync(ctx, Record{runLog(r.id), rec}); err != nil {
		return err
	}
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	r.checkpoints[place{a.Task, a.Elem}] = data
	return nil
}

// readParams gives the parameters their types back.
func (r *run) readParams() error {
	given := graph.Params{}
	declared := r.plan.Graph.Params
	for name, text := range r.spec.Params {
		if _, known := declared[name]; known || len(declared) == 0 {
			given[name] = text
		}
	}
	p, err := declared.With(given)
	if err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	r.params = maps.Clone(p)
	return nil
}

var errLogEmpty = errors.New("there is no such run")

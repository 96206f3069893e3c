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
	"github.com/penstock/penstock/dag/internal/mask"
	"github.com/penstock/penstock/dag/internal/task"
	"github.com/penstock/penstock/dag/rule"
)

// run is a run that has not ended, or one that was read back. All of it belongs to
// the holder of the engine's lock.
type run struct {
	engine *Engine
	*registered
	id     string
	spec   spec
	params graph.Params
	shared *task.Run    // env once an attempt has started
	mask   *mask.Masker // knows the run's secrets too

	flow        *flow.Run
	queue       *flow.Queue
	logs        map[int32][]byte
	checkpoints map[place][]byte
	startedAt   map[flow.Attempt]time.Time // while it is read back
	interrupts  map[flow.Attempt]int       // how often an attempt was started and not finished
	careful     map[flow.Attempt]bool
	pending     map[flow.Attempt]bool   // while it is read back: attempts that may start
	partial     map[flow.Attempt][]byte // and the first lines of those
	want        outputs                 // and which outputs are read
	sizes       map[int32]string        // and how large they are all
	alarm       *time.Timer

	ctx    context.Context // of the tasks but those under rule.Always
	stop   context.CancelCauseFunc
	begun  time.Time
	known  time.Time // of the last event that was read back
	gone   error     // why an output could not be read back
	from   time.Time // since when the run's Timeout counts: its start, or when tasks were cleared last
	clears int       // how often they were
	frozen bool      // it is about to be cancelled: nothing starts
	reason error     // why it was cancelled; nil if it was not
	asked  bool      // it was cancelled by Cancel

	hooks     []dag.Hooks
	loggers   []*slog.Logger
	around    []func(context.Context) (context.Context, func(error))
	deadlines []deadline
	told      int64 // tasks of which OnProgress knows

	active  int                     // attempts that work
	working map[flow.Attempt]*lines // the same, and those whose end is not durable yet
	ended   bool                    // all tasks have ended, and the record of that is under way
	over    chan struct{}
	lost    error // why nobody will know how it ends
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
	r.setParams(params)
	return r, nil
}

func (e *Engine) newRun(g *registered, id string, s spec) *run {
	r := &run{
		engine: e, registered: g, id: id, spec: s, mask: e.mask,
		flow: flow.NewRun(g.plan, s.Seed), queue: flow.NewQueue(g.plan, e.pools, e.rank.Add(1)),
		working: map[flow.Attempt]*lines{}, partial: map[flow.Attempt][]byte{}, loggers: []*slog.Logger{e.plain},
		logs: map[int32][]byte{}, sizes: map[int32]string{}, checkpoints: map[place][]byte{},
		startedAt: map[flow.Attempt]time.Time{}, interrupts: map[flow.Attempt]int{}, careful: map[flow.Attempt]bool{}, pending: map[flow.Attempt]bool{},
		over: make(chan struct{}),
	}
	r.ctx, r.stop = context.WithCancelCause(e.ctx)
	r.alarm = time.AfterFunc(time.Hour, r.wake)
	r.alarm.Stop()
	return r
}

// begin makes the first tasks ready.
func (r *run) begin(now time.Time) {
	r.begun, r.from = now, now
	if r.flow.Begin(); r.spec.Refused != "" {
		r.reason = errors.New(r.spec.Refused)
		r.flow.Cancel(now)
	}
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
	if e.closed || r.ended {
		return
	}
	now := time.Now()
	r.missDeadlines(now)
	if d := r.plan.Graph.Timeout; d > 0 && r.reason == nil && !r.frozen && !r.from.Add(d).After(now) {
		r.cancel(nil, d, func(error) {})
	}
	r.flow.Wake(now)
	r.proceed()
	e.dispatch()
}

// proceed queues what may start, sets the alarm, and ends the run if all tasks have.
func (r *run) proceed() {
	for _, a := range r.flow.Ready {
		r.queue.Push(a)
	}
	if len(r.hooks) > 0 {
		r.tellRetries(r.flow.Retried)
		r.tellTasks(r.flow.Settled)
	}
	r.flow.Ready, r.flow.Settled, r.flow.Retried = r.flow.Ready[:0], r.flow.Settled[:0], r.flow.Retried[:0]
	if at, ok := r.nextTime(); ok && !r.engine.closed {
		r.alarm.Reset(time.Until(at))
	}
	if r.flow.Done() && !r.ended {
		r.ended = true
		r.end()
	}
}

// dispatch starts the attempts that may start. Where the workers of the engine are few, those
// of the highest priority come first, whatever the run, then those of the oldest run.
func (e *Engine) dispatch() {
	for !e.closed && e.Mode != Inspecting && (e.Workers == 0 || e.active < e.Workers) {
		var next *run
		for _, r := range e.order {
			for e.Workers == 0 && r.startNext() {
				continue
			}
			if r.canStart() && (next == nil || r.first() > next.first()) {
				next = r
			}
		}
		if next == nil {
			return
		}
		next.startNext()
	}
}

// canStart tells whether an attempt may start, unless that turns out to lack slots.
func (r *run) canStart() bool {
	bound := r.plan.Graph.Workers
	return r.queue.Len() > 0 && !r.frozen && (bound == 0 || r.active < bound)
}

// first is the priority of the attempt that comes first.
func (r *run) first() int {
	priority, _ := r.queue.First()
	return priority
}

func (r *run) startNext() bool {
	if !r.canStart() {
		return false
	}
	a, ok := r.queue.Pop()
	if ok {
		r.start(a)
	}
	return ok
}

// start starts an attempt. The record of it is not waited for, which saves a commit for each
// task; but an attempt that may have been running when a process ended could be what ends
// it, so it is known to have started before it does.
func (r *run) start(a flow.Attempt) {
	e := r.engine
	n := r.plan.Nodes[a.Task]
	parent := r.ctx
	if n.Rule == rule.Always {
		parent = e.ctx
	}
	j := task.Job{
		Attempt: a, Plan: r.plan, Parent: parent, In: r.flow.Inputs(a), End: r.flow.Started(a, time.Now()),
		Env: task.Env{Run: r.env()}, Loggers: r.loggers, Around: r.around, Line: r.watch(a), Keeper: r,
		Exited: func(j *task.Job, o flow.Outcome, log []byte) { r.finish(j.Attempt, o, log) },
	}
	e.active++
	r.active++
	e.tasks.Add(1)
	note := attemptEvent(started, n.ID, a).record(r.id)
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
		e.journal.write(attempt, note)
		return
	}
	if n.Kind != graph.Sensor {
		e.journal.write(nil, note)
	}
	attempt(nil)
}

// env is what the attempts have in common.
func (r *run) env() *task.Run {
	if r.shared == nil {
		zone := r.sched.zone
		r.shared = &task.Run{
			DAG: r.dag.Name(), RunID: r.id, LogicalTime: r.spec.LogicalTime.In(zone), Start: r.spec.Start.In(zone), End: r.spec.End.In(zone),
			Started: r.from, Clears: r.clears, Params: r.params, Used: r.spec.Used, Host: r.engine, Mask: r.mask,
		}
	}
	return r.shared
}

// finish writes what an attempt has come to and, once that is durable, acts on it.
func (r *run) finish(a flow.Attempt, o flow.Outcome, log []byte) {
	e := r.engine
	if e.ctx.Err() != nil && (o.Err != nil || o.Again) {
		r.interrupted(a, log)
		return
	}
	now := time.Now()
	if o.Again && o.Err == nil {
		r.settleAttempt(a, o, nil, now)
		return
	}
	ev := r.outcomeEvent(a, &o, now)
	if e.ctx.Err() != nil && o.Err != nil { // its output could not be stored any more
		r.interrupted(a, log)
		return
	}
	e.mu.Lock()
	ev.Log = string(r.release(a).rest(log))
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
	}, ev.record(r.id))
}

// interrupted notes that an attempt was cut off by Close, which is not the task's fault.
func (r *run) interrupted(a flow.Attempt, log []byte) {
	e := r.engine
	e.mu.Lock()
	l := r.working[a]
	delete(r.working, a)
	e.mu.Unlock()
	ev := attemptEvent(released, r.plan.Nodes[a.Task].ID, a)
	ev.Log = string(l.rest(log))
	e.journal.write(nil, ev.record(r.id))
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

// release gives back what an attempt has occupied, and returns its lines.
func (r *run) release(a flow.Attempt) *lines {
	r.engine.active--
	r.active--
	r.queue.Release(a)
	return r.working[a]
}

// apply acts on an outcome.
func (r *run) apply(a flow.Attempt, o flow.Outcome, log []byte, at time.Time) {
	delete(r.working, a)
	r.logs[a.Task] = append(r.logs[a.Task], log...)
	r.flow.Finish(a, o, at)
	r.proceed()
}

// end writes that the run has ended; how is told by the records before.
func (r *run) end() {
	e := r.engine
	n := r.endNote()
	e.journal.write(func(err error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if err == nil && !r.ended { // it was opened again
			return
		}
		if err == nil {
			r.tellEnd()
		}
		r.abandon(err)
		if err == nil {
			e.ended(r, n)
		}
	}, event{Kind: ended, At: time.Now()}.record(r.id), n.record(r.dag.Name()))
}

// endNote says how the run has ended.
func (r *run) endNote() note {
	n := note{Kind: noteEnded, At: r.engine.now(), Run: r.id, State: r.state()}
	n.Tasks, _ = r.tally()
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
	r.stop(lost)
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
	return r.dag.Settle(r.ending())
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
	p, err := declared.Restore(given)
	if err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	r.setParams(maps.Clone(p))
	return nil
}

func (r *run) setParams(p graph.Params) {
	r.params, r.mask = p, r.engine.mask.With(p.Secrets()...)
}

var errLogEmpty = errors.New("there is no such run")

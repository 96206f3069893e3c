package dag

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
	"github.com/penstock/penstock/dag/rule"
)

// attempt is one try of a task while it runs.
type attempt struct {
	flow.Attempt
	run  *run
	node *graph.Node
	in   []graph.Input
	end  time.Time // by the task's timeout, zero if it has none
	ctx  tryContext
	env  task.Env
	log  tryLog
}

var _ task.Runner = (*attempt)(nil)

// work runs tasks until there is none that may start. What a task has made ready is
// taken by the same goroutine: in a chain nothing has to be woken up.
func (r *run) work() {
	r.mu.Lock()
	r.starting = false
	for {
		x := r.next()
		if x == nil {
			break
		}
		r.hire()
		r.mu.Unlock()
		o := x.try()
		lines := x.log.close()
		r.mu.Lock()
		r.finish(x, o, lines)
	}
	r.active--
	r.leave()
	r.mu.Unlock()
}

// next takes the first attempt that may start, nil if there is none.
func (r *run) next() *attempt {
	if !r.cancelled && r.ctx.Err() != nil {
		r.stop()
		r.proceed()
	}
	a, ok := r.queue.Pop()
	if !ok {
		return nil
	}
	n := r.plan.Nodes[a.Task]
	x := &attempt{Attempt: a, run: r, node: n, env: r.shared, end: r.flow.Started(a, time.Now())}
	x.env.Task, x.env.Try, x.env.Element, x.env.Runner = n.ID, int(a.Try), int(a.Elem), x
	x.ctx.env, x.ctx.parent = &x.env, r.taskCtx
	if n.Rule == rule.Always {
		x.ctx.parent = r.always
	}
	x.in = r.inputs(a, n)
	return x
}

// inputs collects what the task is told of its upstream tasks.
func (r *run) inputs(a flow.Attempt, n *graph.Node) []graph.Input {
	if len(n.Inputs) == 0 {
		return nil
	}
	if a.Elem >= 0 {
		return []graph.Input{{Value: r.flow.Element(a)}}
	}
	in := make([]graph.Input, len(n.Inputs))
	for i, from := range n.Inputs {
		t := r.flow.Task(int32(from.Index))
		in[i] = graph.Input{Value: t.Value, State: t.State, Err: t.Err}
	}
	return in
}

// finish notes the outcome of a try. It is called with the lock held.
func (r *run) finish(x *attempt, o flow.Outcome, lines []byte) {
	if len(lines) > 0 {
		if r.logs == nil {
			r.logs = map[int32][]byte{}
		}
		r.logs[x.Task] = append(r.logs[x.Task], lines...)
	}
	if !r.cancelled && r.ctx.Err() != nil {
		r.stop()
	}
	r.queue.Release(x.Attempt)
	r.flow.Finish(x.Attempt, o, time.Now())
	r.proceed()
}

// try calls the task's function and returns what came of it. If the function ends
// the goroutine, another takes its place.
func (x *attempt) try() (o flow.Outcome) {
	returned := false
	defer func() {
		if v := recover(); v != nil {
			o = x.outcome(nil, &panicError{v}, debug.Stack())
		} else if !returned {
			x.exited()
		}
	}()
	defer x.ctx.end()
	timeout := x.setTimeout()
	v, err := x.node.Call(&x.ctx, x.in)
	if err == nil && x.node.Kind == graph.Branch {
		v, err = x.choose(v)
	}
	if err == nil && x.node.Kind == graph.Sensor && v != true {
		if o, again := x.notYet(); again {
			returned = true
			return o
		}
		err = &timeoutError{x.node.Timeout}
	} else if err != nil && timeout != nil && errors.Is(context.Cause(&x.ctx), timeout) {
		err = fmt.Errorf("%w: %w", timeout, err)
	}
	o = x.outcome(v, err, nil)
	returned = true
	return o
}

// setTimeout bounds the try and returns the cause that its context then has, nil
// if there is no timeout.
func (x *attempt) setTimeout() error {
	if x.end.IsZero() {
		return nil
	}
	end := x.end
	if now := time.Now(); !now.Before(end) { // a sensor's last look
		end = now.Add(x.node.Every)
	}
	cause := &timeoutError{x.node.Timeout}
	x.ctx.timeout(end, cause)
	return cause
}

// notYet is the outcome of a sensor whose condition is false, unless its time is up.
func (x *attempt) notYet() (flow.Outcome, bool) {
	return flow.Outcome{Again: true}, x.end.IsZero() || time.Now().Before(x.end)
}

func (x *attempt) choose(v any) (any, error) {
	ids, err := x.run.plan.Choose(x.node.Index, as[[]graph.End](v))
	return ids, Permanent(err)
}

// outcome logs how a try has ended and says what is to follow from it.
func (x *attempt) outcome(v any, err error, stack []byte) flow.Outcome {
	if err == nil {
		if x.node.Kind == graph.Sensor {
			v = struct{}{}
		} else if x.node.Output != nothing {
			x.Logger().Info("returned", "value", task.Brief(v))
		}
		return flow.Outcome{Value: v}
	}
	if errors.Is(err, ErrSkip) {
		x.Logger().Info("skipped", "reason", err)
		return flow.Outcome{Err: err, Skip: true}
	}
	x.Logger().Error("failed", "error", err)
	o := flow.Outcome{Err: &TaskError{
		DAG: x.env.DAG, Task: x.env.Task, Element: x.env.Element, Try: x.env.Try, Err: err, Stack: stack,
	}}
	if v := (*verdict)(nil); errors.As(err, &v) {
		o.Permanent, o.HasDelay, o.Delay = v.permanent, !v.permanent, v.delay
	}
	return o
}

var nothing = reflect.TypeFor[struct{}]()

// exited takes the place of the rest of work in a goroutine that is ending.
func (x *attempt) exited() {
	o := x.outcome(nil, errGoexit, nil)
	lines := x.log.close()
	r := x.run
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finish(x, o, lines)
	go r.work()
}

// Logger returns the logger of the try.
func (x *attempt) Logger() *slog.Logger { return x.log.get(&x.env, x.run.hooks) }

// Load returns the checkpoint of the task or element.
func (x *attempt) Load(context.Context) ([]byte, bool) {
	x.run.mu.Lock()
	defer x.run.mu.Unlock()
	data, ok := x.run.checkpoints[place{x.Task, x.Elem}]
	return data, ok
}

// Save replaces the checkpoint of the task or element.
func (x *attempt) Save(_ context.Context, data []byte) error {
	x.run.mu.Lock()
	defer x.run.mu.Unlock()
	if x.run.checkpoints == nil {
		x.run.checkpoints = map[place][]byte{}
	}
	x.run.checkpoints[place{x.Task, x.Elem}] = data
	return nil
}

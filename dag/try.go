package dag

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"
	"slices"
	"time"

	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// try is an attempt at a task while it is made.
type try struct {
	task.Job
	node *graph.Node
	ctx  tryContext
	log  tryLog
	left []func(error) // what hooks want to be called at the end
}

var _ task.Runner = (*try)(nil)

// Attempt is for the packages beside this one that run a DAG. It makes one
// attempt and returns what came of it, and its log.
func (d *DAG) Attempt(j task.Job) (flow.Outcome, []byte) { return newTry(j).do() }

func newTry(j task.Job) *try {
	x := &try{Job: j, node: j.Node()}
	x.Env.Task, x.Env.Try, x.Env.Element, x.Env.Runner = x.node.ID, int(j.Try), int(j.Elem), x
	x.ctx.env, x.ctx.parent = &x.Env, j.Parent
	x.log.line = j.Line
	return x
}

func (x *try) do() (flow.Outcome, []byte) {
	o := x.call()
	return o, x.log.close()
}

// call calls the task's function and returns what came of it, if it returns.
func (x *try) call() (o flow.Outcome) {
	returned := false
	defer func() {
		v := recover()
		gone := v == nil && !returned
		switch {
		case v != nil:
			o = x.outcome(nil, &panicError{v}, debug.Stack())
		case gone:
			o = x.outcome(nil, errGoexit, nil)
		}
		x.leave(&o)
		if gone {
			x.Exited(&x.Job, o, x.log.close())
		}
	}()
	defer x.ctx.end()
	timeout := x.setTimeout()
	v, err := x.node.Call(x.enter(), x.In)
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

// enter returns the context that the task is given.
func (x *try) enter() context.Context {
	ctx := context.Context(&x.ctx)
	if x.node.Kind == graph.Sensor {
		return ctx
	}
	for _, around := range x.Around {
		inner, end := around(ctx)
		ctx = inner
		if end != nil {
			x.left = append(x.left, end)
		}
	}
	return ctx
}

// leave tells hooks how the try has ended.
func (x *try) leave(o *flow.Outcome) {
	defer func() {
		if v := recover(); v != nil {
			*o = x.outcome(nil, &panicError{v}, debug.Stack())
		}
	}()
	for _, end := range slices.Backward(x.left) {
		end(o.Err)
	}
}

// setTimeout bounds the try and returns the cause that its context then has, nil
// if there is no timeout.
func (x *try) setTimeout() error {
	if x.End.IsZero() {
		return nil
	}
	end := x.End
	if now := time.Now(); !now.Before(end) { // a sensor's last look
		end = now.Add(x.node.Every)
	}
	cause := &timeoutError{x.node.Timeout}
	x.ctx.timeout(end, cause)
	return cause
}

// notYet is the outcome of a sensor whose condition is false, unless its time is up.
func (x *try) notYet() (flow.Outcome, bool) {
	return flow.Outcome{Again: true}, x.End.IsZero() || time.Now().Before(x.End)
}

func (x *try) choose(v any) (any, error) {
	ids, err := x.Plan.Choose(x.node.Index, as[[]graph.End](v))
	return ids, Permanent(err)
}

// outcome logs how a try has ended and says what is to follow from it.
func (x *try) outcome(v any, err error, stack []byte) flow.Outcome {
	if err == nil {
		if x.node.Kind == graph.Sensor {
			v = struct{}{}
		} else if x.node.Output != nothing {
			x.Logger().Info("returned", "value", task.Brief(v, x.Env.Mask))
		}
		return flow.Outcome{Value: v}
	}
	err = x.Env.Mask.Error(err)
	if errors.Is(err, ErrSkip) {
		x.Logger().Info("skipped", "reason", err)
		return flow.Outcome{Err: err, Skip: true}
	}
	x.Logger().Error("failed", "error", err)
	o := flow.Outcome{Err: &TaskError{
		DAG: x.Env.DAG, Task: x.Env.Task, Element: x.Env.Element, Try: x.Env.Try, Err: err, Stack: stack,
	}}
	if v := (*verdict)(nil); errors.As(err, &v) {
		o.Permanent, o.HasDelay, o.Delay = v.permanent, !v.permanent, v.delay
	}
	return o
}

var nothing = reflect.TypeFor[struct{}]()

// Logger returns the logger of the try.
func (x *try) Logger() *slog.Logger { return x.log.get(&x.Env, x.Loggers) }

// Load returns the checkpoint that an earlier try has saved, or this one.
func (x *try) Load(ctx context.Context) ([]byte, bool) { return x.Keeper.Load(ctx, x.Attempt) }

// Save replaces the checkpoint.
func (x *try) Save(ctx context.Context, data []byte) error {
	return x.Keeper.Save(ctx, x.Attempt, data)
}

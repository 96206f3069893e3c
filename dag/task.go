package dag

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/penstock/penstock/dag/internal/graph"
)

// AnyTask is a handle of a task with any output type, or of a group of tasks.
// Every *Ref is one, and every *DAG that Group has returned.
type AnyTask interface{ end() graph.End }

// Task adds a task that returns a T. The id must be unique in the DAG.
func Task[T any](d *DAG, id string, fn func(context.Context) (T, error), opts ...TaskOption) *Ref[T] {
	return add[T](d, id, fn == nil, opts, func(ctx context.Context, _ []graph.Input) (any, error) {
		return fn(ctx)
	})
}

// Task1 adds a task that starts when a has succeeded and is given its output.
func Task1[A, T any](d *DAG, id string, a *Ref[A], fn func(context.Context, A) (T, error), opts ...TaskOption) *Ref[T] {
	return add[T](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return fn(ctx, as[A](in[0].Value))
	}, a)
}

// Task2 adds a task that starts when a and b have succeeded and is given
// their outputs.
func Task2[A, B, T any](d *DAG, id string, a *Ref[A], b *Ref[B], fn func(context.Context, A, B) (T, error), opts ...TaskOption) *Ref[T] {
	return add[T](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return fn(ctx, as[A](in[0].Value), as[B](in[1].Value))
	}, a, b)
}

// Task3 adds a task that starts when a, b and c have succeeded and is given
// their outputs. A task that needs more takes a struct that another task fills.
func Task3[A, B, C, T any](d *DAG, id string, a *Ref[A], b *Ref[B], c *Ref[C], fn func(context.Context, A, B, C) (T, error), opts ...TaskOption) *Ref[T] {
	return add[T](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return fn(ctx, as[A](in[0].Value), as[B](in[1].Value), as[C](in[2].Value))
	}, a, b, c)
}

// Do adds a task that returns only an error.
func Do(d *DAG, id string, fn func(context.Context) error, opts ...TaskOption) *Ref[struct{}] {
	return add[struct{}](d, id, fn == nil, opts, func(ctx context.Context, _ []graph.Input) (any, error) {
		return struct{}{}, fn(ctx)
	})
}

// Do1 is Task1 for a function that returns only an error.
func Do1[A any](d *DAG, id string, a *Ref[A], fn func(context.Context, A) error, opts ...TaskOption) *Ref[struct{}] {
	return add[struct{}](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return struct{}{}, fn(ctx, as[A](in[0].Value))
	}, a)
}

// Do2 is Task2 for a function that returns only an error.
func Do2[A, B any](d *DAG, id string, a *Ref[A], b *Ref[B], fn func(context.Context, A, B) error, opts ...TaskOption) *Ref[struct{}] {
	return add[struct{}](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return struct{}{}, fn(ctx, as[A](in[0].Value), as[B](in[1].Value))
	}, a, b)
}

// Do3 is Task3 for a function that returns only an error.
func Do3[A, B, C any](d *DAG, id string, a *Ref[A], b *Ref[B], c *Ref[C], fn func(context.Context, A, B, C) error, opts ...TaskOption) *Ref[struct{}] {
	return add[struct{}](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return struct{}{}, fn(ctx, as[A](in[0].Value), as[B](in[1].Value), as[C](in[2].Value))
	}, a, b, c)
}

// WaitFor adds a sensor: a task that succeeds once its condition is true. The
// condition is asked at once and then every time that long after the last
// answer; in between the task occupies no worker and no slot of a pool. Its
// Timeout bounds the whole wait, with a last look at its end. Retries are for
// conditions that return an error or waits that time out.
func WaitFor(d *DAG, id string, every time.Duration, condition func(context.Context) (bool, error), opts ...TaskOption) *Ref[struct{}] {
	r := add[struct{}](d, id, condition == nil, opts, func(ctx context.Context, _ []graph.Input) (any, error) {
		return condition(ctx)
	})
	r.n.Kind, r.n.Every = graph.Sensor, every
	return r
}

// Chain makes each task or group start after the one before it has succeeded.
func Chain(tasks ...AnyTask) {
	for i := 1; i < len(tasks); i++ {
		from, other := endOf(tasks[i-1]), endOf(tasks[i])
		l := graph.Link{Method: "Chain", From: from, Other: other}
		switch {
		case graphOf(from) != nil:
			addLink(graphOf(from), l)
		case graphOf(other) != nil:
			addLink(graphOf(other), l)
		}
	}
}

// add appends a task to the graph. The function is given even if the caller's
// was nil (noFunc), in which case it must not be called.
func add[T any](d *DAG, id string, noFunc bool, opts []TaskOption, fn func(context.Context, []graph.Input) (any, error), inputs ...AnyTask) *Ref[T] {
	n := &graph.Node{ID: d.prefix() + id, Group: d.group, Output: reflect.TypeFor[T](), Settings: d.defaults}
	n.Slots = slices.Clone(d.defaults.Slots)
	if id == "" {
		n.ID = ""
	}
	if !noFunc {
		n.Call = fn
	}
	for _, in := range inputs {
		n.Inputs = append(n.Inputs, endOf(in).Node)
	}
	for _, o := range opts {
		o.applyTask(&n.Settings)
	}
	d.g.Add(n)
	return &Ref[T]{n: n}
}

func endOf(t AnyTask) graph.End {
	if t == nil {
		return graph.End{}
	}
	return t.end()
}

func graphOf(e graph.End) *graph.Graph {
	if e.Node != nil {
		return e.Node.Graph
	}
	return e.Graph
}

func addLink(g *graph.Graph, l graph.Link) { g.Links = append(g.Links, l) }

// as returns the value as an A. Typed handles leave one way to miss: a nil
// value of an interface type, which is the zero A.
func as[A any](v any) A {
	a, _ := v.(A)
	return a
}

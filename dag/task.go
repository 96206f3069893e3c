package dag

import (
	"context"
	"fmt"
)

// Ref is the handle of a task whose output is a T. It is the input of other
// tasks and reads the output after a run.
type Ref[T any] struct {
	n *node
}

// AnyTask is a handle of a task with any output type. Every *Ref is one; no
// other type can be.
type AnyTask interface {
	// ID returns the task's id, which is unique in its DAG.
	ID() string

	node() *node
}

// Task adds a task that returns a T. The id must be unique in the DAG.
func Task[T any](d *DAG, id string, fn func(context.Context) (T, error), opts ...TaskOption) *Ref[T] {
	return add[T](d, id, fn == nil, opts, func(ctx context.Context, _ []any) (any, error) {
		return fn(ctx)
	})
}

// Task1 adds a task that starts when a has succeeded and is given its output.
func Task1[A, T any](d *DAG, id string, a *Ref[A], fn func(context.Context, A) (T, error), opts ...TaskOption) *Ref[T] {
	return add[T](d, id, fn == nil, opts, func(ctx context.Context, in []any) (any, error) {
		return fn(ctx, input[A](in, 0))
	}, a)
}

// Task2 adds a task that starts when a and b have succeeded and is given
// their outputs.
func Task2[A, B, T any](d *DAG, id string, a *Ref[A], b *Ref[B], fn func(context.Context, A, B) (T, error), opts ...TaskOption) *Ref[T] {
	return add[T](d, id, fn == nil, opts, func(ctx context.Context, in []any) (any, error) {
		return fn(ctx, input[A](in, 0), input[B](in, 1))
	}, a, b)
}

// Task3 adds a task that starts when a, b and c have succeeded and is given
// their outputs. A task that needs more takes a struct that another task fills.
func Task3[A, B, C, T any](d *DAG, id string, a *Ref[A], b *Ref[B], c *Ref[C], fn func(context.Context, A, B, C) (T, error), opts ...TaskOption) *Ref[T] {
	return add[T](d, id, fn == nil, opts, func(ctx context.Context, in []any) (any, error) {
		return fn(ctx, input[A](in, 0), input[B](in, 1), input[C](in, 2))
	}, a, b, c)
}

// Do adds a task that returns only an error.
func Do(d *DAG, id string, fn func(context.Context) error, opts ...TaskOption) *Ref[struct{}] {
	return add[struct{}](d, id, fn == nil, opts, func(ctx context.Context, _ []any) (any, error) {
		return struct{}{}, fn(ctx)
	})
}

// Do1 is Task1 for a function that returns only an error.
func Do1[A any](d *DAG, id string, a *Ref[A], fn func(context.Context, A) error, opts ...TaskOption) *Ref[struct{}] {
	return add[struct{}](d, id, fn == nil, opts, func(ctx context.Context, in []any) (any, error) {
		return struct{}{}, fn(ctx, input[A](in, 0))
	}, a)
}

// Do2 is Task2 for a function that returns only an error.
func Do2[A, B any](d *DAG, id string, a *Ref[A], b *Ref[B], fn func(context.Context, A, B) error, opts ...TaskOption) *Ref[struct{}] {
	return add[struct{}](d, id, fn == nil, opts, func(ctx context.Context, in []any) (any, error) {
		return struct{}{}, fn(ctx, input[A](in, 0), input[B](in, 1))
	}, a, b)
}

// Do3 is Task3 for a function that returns only an error.
func Do3[A, B, C any](d *DAG, id string, a *Ref[A], b *Ref[B], c *Ref[C], fn func(context.Context, A, B, C) error, opts ...TaskOption) *Ref[struct{}] {
	return add[struct{}](d, id, fn == nil, opts, func(ctx context.Context, in []any) (any, error) {
		return struct{}{}, fn(ctx, input[A](in, 0), input[B](in, 1), input[C](in, 2))
	}, a, b, c)
}

// ID returns the task's id.
func (r *Ref[T]) ID() string { return r.n.id }

// SetUpstream makes this task start only after the given ones have succeeded.
// No value is passed. It returns r.
func (r *Ref[T]) SetUpstream(tasks ...AnyTask) *Ref[T] {
	r.link(tasks, true)
	return r
}

// SetDownstream makes the given tasks start only after this one has succeeded.
// No value is passed. It returns r.
func (r *Ref[T]) SetDownstream(tasks ...AnyTask) *Ref[T] {
	r.link(tasks, false)
	return r
}

// Of returns the task's output in a run, read-only like every output. The
// error says why there is none: it wraps the *TaskError of this task or of the
// upstream task that failed first in insertion order, or the reason for which
// the run was cancelled. It is also an error if res is nil or comes from a run of
// another DAG or from one before the task was added.
func (r *Ref[T]) Of(res *Result) (T, error) {
	var zero T
	if res == nil {
		return zero, fmt.Errorf("dag: %s: task %q: the result is nil: the run did not start", r.n.dag.name, r.n.id)
	}
	if res.dag != r.n.dag {
		return zero, fmt.Errorf("dag: %s: task %q: the result is of another DAG (%q)", r.n.dag.name, r.n.id, res.dag.name)
	}
	if r.n.index >= len(res.tasks) {
		return zero, fmt.Errorf("dag: %s: task %q was added after this run", r.n.dag.name, r.n.id)
	}
	if err := res.tasks[r.n.index].Err; err != nil {
		return zero, err
	}
	return input[T](res.outputs, r.n.index), nil
}

func (r *Ref[T]) node() *node {
	if r == nil {
		return nil
	}
	return r.n
}

func (r *Ref[T]) link(tasks []AnyTask, upstream bool) {
	d := r.n.dag
	for _, t := range tasks {
		d.links = append(d.links, link{from: r.n, other: nodeOf(t), upstream: upstream})
	}
}

// add appends a task to the graph. The function is given even if the caller's
// was nil (noFunc), in which case it must not be called.
func add[T any](d *DAG, id string, noFunc bool, opts []TaskOption, fn taskFunc, inputs ...AnyTask) *Ref[T] {
	n := &node{dag: d, index: len(d.nodes), id: id, taskConfig: d.defaults}
	if !noFunc {
		n.fn = fn
	}
	for _, in := range inputs {
		n.inputs = append(n.inputs, nodeOf(in))
	}
	for _, o := range opts {
		o.applyTask(&n.taskConfig)
	}
	d.nodes = append(d.nodes, n)
	return &Ref[T]{n: n}
}

func nodeOf(t AnyTask) *node {
	if t == nil {
		return nil
	}
	return t.node()
}

// input returns the i-th value as an A. Typed handles leave one way to miss: a
// nil value of an interface type, which is the zero A.
func input[A any](in []any, i int) A {
	v, _ := in[i].(A)
	return v
}

package dag

import (
	"context"

	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/rule"
)

// TaskR1 adds a task that is run as the rule asks, rule.AllDone say, and is told
// what became of a. Without a value there is an error or a state that is not
// Succeeded, never a zero value that could pass for an output. The rule looks at
// all tasks upstream, also those of SetUpstream.
func TaskR1[A, T any](d *DAG, id string, when rule.Rule, a *Ref[A], fn func(context.Context, Result[A]) (T, error), opts ...TaskOption) *Ref[T] {
	return ruled(when, add[T](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return fn(ctx, told[A](d, a, in[0]))
	}, a))
}

// TaskR2 is TaskR1 for two inputs.
func TaskR2[A, B, T any](d *DAG, id string, when rule.Rule, a *Ref[A], b *Ref[B], fn func(context.Context, Result[A], Result[B]) (T, error), opts ...TaskOption) *Ref[T] {
	return ruled(when, add[T](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return fn(ctx, told[A](d, a, in[0]), told[B](d, b, in[1]))
	}, a, b))
}

// TaskR3 is TaskR1 for three inputs.
func TaskR3[A, B, C, T any](d *DAG, id string, when rule.Rule, a *Ref[A], b *Ref[B], c *Ref[C], fn func(context.Context, Result[A], Result[B], Result[C]) (T, error), opts ...TaskOption) *Ref[T] {
	return ruled(when, add[T](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return fn(ctx, told[A](d, a, in[0]), told[B](d, b, in[1]), told[C](d, c, in[2]))
	}, a, b, c))
}

func ruled[T any](when rule.Rule, r *Ref[T]) *Ref[T] {
	r.n.Rule = when
	return r
}

// told is what a task under a rule is told of one input.
func told[A any](d *DAG, a *Ref[A], in graph.Input) Result[A] {
	return Result[A]{
		ID: a.n.ID, State: State(in.State.String()), Value: as[A](in.Value),
		Err: missing(d.g.Name, a.n.ID, in.State, in.Err),
	}
}

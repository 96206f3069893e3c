package dag

import (
	"context"
	"reflect"

	"github.com/penstock/penstock/dag/internal/graph"
)

// Map adds a task that calls fn for each element of a list that is known only
// when the run gets there. The elements are tried, retried and logged one by one,
// side by side unless Workers bounds them; the output has their values in the order
// of the list. An element that returns ErrSkip is left out of it. If an element
// fails for good the others still run, and then the Map fails with the error of
// the lowest that did.
func Map[A, T any](d *DAG, id string, list *Ref[[]A], fn func(context.Context, A) (T, error), opts ...TaskOption) *Ref[[]T] {
	r := add[[]T](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		return fn(ctx, as[A](in[0].Value))
	}, list)
	r.n.Kind = graph.Map
	r.n.List = &graph.List{
		Elem: reflect.TypeFor[T](),
		Len:  func(list any) int { return len(as[[]A](list)) },
		At:   func(list any, i int) any { return as[[]A](list)[i] },
		Join: join[T],
	}
	return r
}

func join[T any](values []any, skipped []bool) any {
	out := make([]T, 0, len(values))
	for i, v := range values {
		if !skipped[i] {
			out = append(out, as[T](v))
		}
	}
	return out
}

// Branch adds a task that chooses, by the output of a, which of the tasks directly
// downstream of it are run; the others are skipped, with what follows from
// that by their rules. A task where branches meet again, downstream of a chosen
// one too, is not skipped by the choice. Choosing none skips all. The output is the ids of
// what was chosen; to choose a task that is not directly downstream is an error.
func Branch[A any](d *DAG, id string, a *Ref[A], fn func(context.Context, A) ([]AnyTask, error), opts ...TaskOption) *Ref[[]string] {
	r := add[[]string](d, id, fn == nil, opts, func(ctx context.Context, in []graph.Input) (any, error) {
		tasks, err := fn(ctx, as[A](in[0].Value))
		choice := make([]graph.End, len(tasks))
		for i, t := range tasks {
			choice[i] = endOf(t)
		}
		return choice, err
	}, a)
	r.n.Kind = graph.Branch
	return r
}

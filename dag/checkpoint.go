package dag

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/penstock/penstock/dag/internal/codec"
	"github.com/penstock/penstock/dag/internal/task"
)

// Checkpoint returns what an earlier try of this task, or of this element of a Map, has
// saved last: the last _id that was written, say, or the state after an epoch. ok
// is false if nothing was saved, outside a task, and if what was saved is no T any
// more, which is logged.
func Checkpoint[T any](ctx context.Context) (v T, ok bool) {
	e := task.From(ctx)
	if e == nil {
		return v, false
	}
	data, ok := e.Runner.Load(ctx)
	if !ok {
		return v, false
	}
	if err := codec.Decode(data, &v); err != nil {
		RunFrom(ctx).Log().Warn("checkpoint is left aside", "type", fmt.Sprintf("%T", v), "error", err)
		var zero T
		return zero, false
	}
	return v, true
}

// SaveCheckpoint keeps a copy of v for the next try of this task, in place of what was
// saved before. With a durable engine it survives a crash once SaveCheckpoint has
// returned. T is stored like an output: through encoding.BinaryMarshaler, else as
// JSON if that loses nothing; other types are an error. So is a call outside a task.
func SaveCheckpoint[T any](ctx context.Context, v T) error {
	e := task.From(ctx)
	if e == nil {
		return errors.New("dag: SaveCheckpoint: not in a task")
	}
	if err := saveCheckpoint(ctx, e, v); err != nil {
		return fmt.Errorf("dag: %s: task %q: checkpoint: %w", e.DAG, e.Task, err)
	}
	return nil
}

func saveCheckpoint[T any](ctx context.Context, e *task.Env, v T) error {
	if err := codec.Check(reflect.TypeFor[T]()); err != nil {
		return err
	}
	data, err := codec.Encode(v)
	if err != nil {
		return err
	}
	return e.Runner.Save(ctx, data)
}

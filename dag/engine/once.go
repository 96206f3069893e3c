package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/task"
)

// From returns the engine that runs the task which was given ctx. It is false outside a task, and
// in a run by dag.DAG.Run, which has no engine.
func From(ctx context.Context) (e *Engine, ok bool) {
	env := task.From(ctx)
	if env == nil {
		return nil, false
	}
	e, ok = env.Host.(*Engine)
	return e, ok
}

// TriggerOnce is Trigger for a key: the first call with a key starts a run of the DAG, all others,
// in whatever process, return the id of that run and look at nothing else.
func (e *Engine) TriggerOnce(ctx context.Context, key, name string, p dag.Params) (id string, err error) {
	sum := sha256.Sum256([]byte(key))
	id = runID(name, "once-"+hex.EncodeToString(sum[:12]))
	var a *audited
	if task.From(ctx) == nil {
		if a, err = e.audit(ctx, "trigger", name, ""); err != nil {
			return id, err
		}
		a.params(p)
	}
	durable := make(chan error, 1)
	started, err := e.triggerAs(a, id, name, p, func(err error) { durable <- err })
	if err != nil || !started {
		return id, a.end(ctx, err)
	}
	if err := await(ctx, durable); err != nil {
		return "", fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	return id, nil
}

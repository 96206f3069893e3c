package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/engine"
)

// run runs the graph: in memory, or if a file is named by way of an engine that keeps in it
// what tasks have come to. Then a run of the same arguments goes on where it was, and one that
// has ended is not made again.
func (g churnGraph) run(ctx context.Context, file string, hooks dag.Hooks) (res *dag.RunResult, err error) {
	if file == "" {
		return g.Run(ctx, hooks)
	}
	store, err := boltstore.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	e, err := engine.Open(ctx, engine.Config{
		Store: store, Owner: "churn", Hooks: []dag.Hooks{hooks},
		MaxInterrupts: 1000, // no task here ends the process: whoever kills it wants to see it go on
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close(context.WithoutCancel(ctx))) }()
	if err := e.Register(ctx, g.DAG); err != nil {
		return nil, err
	}
	ids, err := e.Runs(ctx, g.Name())
	if err != nil {
		return nil, err
	}
	if len(ids) > 0 {
		if res, err = e.Wait(ctx, ids[0]); res != nil && err != nil {
			err = fmt.Errorf("%w\nto begin anew, remove %s", err, file)
		}
		return res, err
	}
	id, err := e.Trigger(ctx, g.Name(), nil)
	if err != nil {
		return nil, err
	}
	return e.Wait(ctx, id)
}

package engine

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Prune removes what the store keeps of old runs of a DAG, which must be registered: their tasks,
// logs and outputs. It leaves alone runs that go on, the newest keep of those that have
// ended, and those that have ended less than a time ago. [Engine.History] still knows of
// the runs, so that a schedule or a backfill does not take them for missing. It returns their ids,
// the oldest first.
func (e *Engine) Prune(ctx context.Context, name string, keep int, olderThan time.Duration) ([]string, error) {
	e.verbs.Lock()
	defer e.verbs.Unlock()
	c, ids, err := e.prunable(name, keep, olderThan)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if err := e.prune(ctx, c, id); err != nil {
			return ids[:i], fmt.Errorf("engine: run %q: %w", id, err)
		}
	}
	return ids, nil
}

func (e *Engine) prunable(name string, keep int, olderThan time.Duration) (c *calendar, ids []string, err error) {
	if keep < 0 || olderThan < 0 {
		return nil, nil, fmt.Errorf("engine: DAG %q: Prune that keeps %d runs and those of the last %v, want 0 or more", name, keep, olderThan)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.known(name)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range slices.Backward(g.cal.runs) {
		switch {
		case r.State == RunRunning:
		case keep > 0:
			keep--
		case !r.Pruned && e.now().Sub(r.Ended) >= olderThan:
			ids = append(ids, r.ID)
		}
	}
	slices.Reverse(ids)
	return g.cal, ids, nil
}

// prune notes that a run is gone before it is, so that none is found half.
func (e *Engine) prune(ctx context.Context, c *calendar, id string) error {
	var blobs []string
	err := e.events(ctx, id, func(ev event) {
		if ev.Blob != nil {
			blobs = append(blobs, ev.Blob.Key)
		}
	})
	if err != nil {
		return err
	}
	durable := make(chan error, 1)
	e.mu.Lock()
	e.note(func(err error) { durable <- err }, c, note{Kind: notePruned, At: e.now(), Run: id})
	e.mu.Unlock()
	if err := await(ctx, durable); err != nil {
		return err
	}
	return e.Store.Drop(ctx, e.epoch, []string{runLog(id)}, blobs)
}

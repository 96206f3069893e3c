package engine

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Prune removes what the store keeps of old runs of a DAG, which must be registered: their tasks,
// logs and outputs. It leaves alone runs that go on, the newest keep of those that have
// ended, and those that have ended less than a time ago. [Engine.History] still knows of
// the runs, so that a schedule or a backfill does not take them for missing. It returns their ids,
// the oldest first.
func (e *Engine) Prune(ctx context.Context, name string, keep int, olderThan time.Duration) (removed []string, err error) {
	a, err := e.audit(ctx, "prune", name, "")
	if err != nil {
		return nil, err
	}
	removed, err = e.pruneAll(ctx, a, name, keep, olderThan)
	return removed, a.end(ctx, err)
}

// pruneAll removes runs batch by batch; each has an entry in the audit trail.
func (e *Engine) pruneAll(ctx context.Context, a *audited, name string, keep int, olderThan time.Duration) (removed []string, err error) {
	if keep < 0 || olderThan < 0 {
		return nil, fmt.Errorf("engine: DAG %q: Prune that keeps %d runs and those of the last %v, want 0 or more", name, keep, olderThan)
	}
	logs, err := e.Store.Logs(ctx, runLog(url.PathEscape(name)+"/"))
	if err != nil {
		return nil, fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	c, ids, err := e.prunable(name, keep, olderThan, logs)
	if err != nil {
		return nil, err
	}
	for batch := range slices.Chunk(ids, pruneBatch) {
		gone, err := e.prune(ctx, a, c, batch)
		if err != nil {
			return removed, fmt.Errorf("engine: DAG %q: prune: %w", name, err)
		}
		removed = append(removed, gone...)
	}
	return removed, nil
}

// pruneBatch is how many runs are removed in one commit.
const pruneBatch = 100

// prunable returns the runs that may go. Those too, whatever their age, of which it is noted that they have
// gone but the logs have not: the process ended between the two.
func (e *Engine) prunable(name string, keep int, olderThan time.Duration, logs []string) (c *calendar, ids []string, err error) {
	left := make(map[string]bool, len(logs))
	for _, log := range logs {
		left[log] = true
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
		case r.Pruned && left[runLog(r.ID)]:
			ids = append(ids, r.ID)
		case keep > 0:
			keep--
		case !r.Pruned && e.now().Sub(r.Ended) >= olderThan:
			ids = append(ids, r.ID)
		}
	}
	slices.Reverse(ids)
	return g.cal, ids, nil
}

// prune notes that runs are gone before they are, so that none is found half. Only until then must nobody
// reopen one of them; the rest takes its time.
func (e *Engine) prune(ctx context.Context, a *audited, c *calendar, ids []string) (gone []string, err error) {
	if gone, err = e.noteGone(ctx, a, c, ids); err != nil {
		return nil, err
	}
	var logs, blobs []string
	for _, id := range gone {
		logs = append(logs, runLog(id))
		err := e.events(ctx, id, func(ev event) {
			if ev.Blob != nil {
				blobs = append(blobs, ev.Blob.Key)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("run %q: %w", id, err)
		}
	}
	return gone, e.Store.Drop(ctx, e.epoch, logs, blobs)
}

// noteGone notes that those runs are gone that have not been reopened meanwhile, and returns
// them once that is durable.
func (e *Engine) noteGone(ctx context.Context, a *audited, c *calendar, ids []string) (gone []string, err error) {
	e.verbs.Lock()
	defer e.verbs.Unlock()
	durable := make(chan error, 1)
	e.mu.Lock()
	var notes []note
	for _, id := range ids {
		if r := c.byID[id]; r.State != RunRunning {
			gone = append(gone, id)
			notes = append(notes, note{Kind: notePruned, At: e.now(), Run: id})
		}
	}
	if a.entry.N = len(gone); len(gone) == 0 {
		a = nil
	}
	e.noteFor(a, func(err error) { durable <- err }, c, notes...)
	e.mu.Unlock()
	return gone, await(ctx, durable)
}

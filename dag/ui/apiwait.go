package ui

import (
	"context"
	"net/http"
	"time"

	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/engine"
)

const (
	longestWait = 20 * time.Second // below the time after which servers and proxies give up
	maxWaiting  = 5000             // requests that wait at the same time
)

// apiWait waits for the end of a run.
func (q *request) apiWait(in *api.WaitQuery) (a api.RunEnd, err error) {
	ctx, cancel, err := q.patient(in.Wait)
	if err != nil {
		return a, err
	}
	defer cancel()
	res, err := q.engine.Wait(ctx, in.Run)
	if res == nil && ctx.Err() != nil {
		s, unread := q.engine.Outline(q.Context(), in.Run)
		if unread != nil || s.State == engine.RunRunning {
			return a, orNotFound(unread)
		}
		res, err = q.engine.Wait(q.Context(), in.Run) // it had ended, and only reading it took longer
	}
	switch {
	case res == nil:
		return a, orNotFound(err)
	case err != nil:
		a.Error = err.Error()
	}
	a.Ended = true
	return a, nil
}

// apiWatch waits for the end of a backfill.
func (q *request) apiWatch(in *api.WatchQuery) (a api.Backfill, err error) {
	b, err := q.backfillOf(in.DAG, in.Backfill)
	if err != nil {
		return a, err
	}
	ctx, cancel, err := q.patient(in.Wait)
	if err != nil {
		return a, err
	}
	defer cancel()
	select {
	case <-b.Done():
	case <-ctx.Done():
	}
	return newAPIBackfill(b), nil
}

// patient returns a context that ends when a request has waited as long as it wants to, or may.
func (q *request) patient(text string) (ctx context.Context, cancel func(), err error) {
	wait := longestWait
	if text != "" {
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 {
			return nil, nil, bad("wait is %q, want a time such as 1.5s", text)
		}
	}
	if q.waiting.Add(1) > maxWaiting {
		q.waiting.Add(-1)
		return nil, nil, &pageError{http.StatusServiceUnavailable, "too many requests wait already"}
	}
	ctx, stop := context.WithTimeout(q.Context(), min(wait, longestWait))
	return ctx, func() { stop(); q.waiting.Add(-1) }, nil
}

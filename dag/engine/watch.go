package engine

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Watcher collects which runs and DAGs change, for as long as nobody asks. It keeps a name for each, however
// often it changes: whoever asks seldom, or never, costs no more.
type Watcher struct {
	of      *watchers
	mu      sync.Mutex
	changed map[string]bool // logs
	wake    chan struct{}
}

// Watch returns a Watcher of what happens from now on. It has to be closed.
func (e *Engine) Watch() *Watcher {
	w := &Watcher{of: &e.journal.watchers, changed: map[string]bool{}, wake: make(chan struct{}, 1)}
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	w.of.all = append(w.of.all, w)
	return w
}

// Close ends the collecting.
func (w *Watcher) Close() {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	w.of.all = slices.DeleteFunc(slices.Clone(w.of.all), func(o *Watcher) bool { return o == w })
}

// Next waits until something has changed since it returned last that may be worth showing: a task has ended,
// lines were logged, a run has started, a schedule was paused. It returns the ids of the runs and the
// names of the DAGs, each once. Starts of tasks, and lines, can take a second to be told.
func (w *Watcher) Next(ctx context.Context) (runs, dags []string, err error) {
	var changed map[string]bool
	for len(changed) == 0 { // it may have been woken by what the last call has returned
		select {
		case <-w.wake:
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
		w.mu.Lock()
		changed, w.changed = w.changed, map[string]bool{}
		w.mu.Unlock()
	}
	for _, log := range slices.Sorted(maps.Keys(changed)) {
		if id, ok := strings.CutPrefix(log, runLog("")); ok {
			runs = append(runs, id)
		} else if escaped, ok := strings.CutPrefix(log, dagLog("")); ok {
			if name, err := url.PathUnescape(escaped); err == nil {
				dags = append(dags, name)
			}
		}
	}
	return runs, dags, nil
}

func (w *Watcher) tell(records []Record) {
	w.mu.Lock()
	for _, r := range records {
		w.changed[r.Log] = true
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// watchers are those of an engine.
type watchers struct {
	mu  sync.Mutex
	all []*Watcher
}

// tell tells them of records that are durable and have been acted on.
func (w *watchers) tell(records []Record) {
	w.mu.Lock()
	all := w.all
	w.mu.Unlock()
	for _, o := range all {
		o.tell(records)
	}
}

package ui

import (
	"context"
	"sync"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// cell is how one task of one run stands, in few bytes.
type cell struct {
	state      uint8 // its place in states
	tries      uint16
	start, end int64 // nanoseconds since 1970, 0 if not
}

func (c cell) State() state { return states[c.state] }

// outline is how the tasks of a run stand, in the order of the DAG.
type outline []cell

// outlines are runs that are over and were looked at lately. A grid shows many of them, again and
// again, and what is over changes only when it is reopened, by which its end becomes another.
type outlines struct {
	engine *engine.Engine
	mu     sync.Mutex
	runs   map[outlineOf]outline
	order  []outlineOf // the oldest first
	cells  int
}

type outlineOf struct {
	run   string
	ended time.Time
	dag   *dag.DAG // another version has other tasks
}

// maxCells bounds what is kept, to about 10 MB.
const maxCells = 400_000

func newOutlines(e *engine.Engine) *outlines {
	return &outlines{engine: e, runs: map[outlineOf]outline{}}
}

// of returns how the tasks of a run stand; nil if that is not known any more.
func (o *outlines) of(ctx context.Context, d *dag.DAG, r *engine.RunRecord) (outline, error) {
	if r.Pruned {
		return nil, nil
	}
	key := outlineOf{r.ID, r.Ended, d}
	if kept := o.find(key); kept != nil {
		return kept, nil
	}
	s, err := o.engine.Outline(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	cells := make(outline, len(s.Tasks))
	for i := range s.Tasks {
		t := &s.Tasks[i]
		cells[i] = cell{uint8(place(taskState(t))), uint16(min(t.Tries, 1<<16-1)), nanoseconds(t.Started), nanoseconds(t.Ended)}
	}
	if s.State != engine.RunRunning && r.State != engine.RunRunning {
		o.keep(key, cells)
	}
	return cells, nil
}

func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func (o *outlines) find(key outlineOf) outline {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.runs[key]
}

func (o *outlines) keep(key outlineOf, cells outline) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.runs[key] != nil {
		return
	}
	o.runs[key] = cells
	o.order = append(o.order, key)
	o.cells += len(cells)
	for o.cells > maxCells && len(o.order) > 1 {
		oldest := o.order[0]
		o.order = o.order[1:]
		o.cells -= len(o.runs[oldest])
		delete(o.runs, oldest)
	}
}

// all returns how the tasks of several runs stand, read side by side.
func (o *outlines) all(ctx context.Context, d *dag.DAG, records []engine.RunRecord) ([]outline, error) {
	found, errs := make([]outline, len(records)), make([]error, len(records))
	var wait sync.WaitGroup
	places := make(chan struct{}, 4)
	for i := range records {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			found[i], errs[i] = o.of(ctx, d, &records[i])
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, orNotFound(err)
		}
	}
	return found, nil
}

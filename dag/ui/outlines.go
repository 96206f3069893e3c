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
	spend  time.Duration
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
	return &outlines{engine: e, spend: spent, runs: map[outlineOf]outline{}}
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

// A page waits until the newest runs are read that have together about eager tasks, and then for others as long as
// is spent. What is not read by then is left for when the page is asked for again.
const (
	eager = 15_000
	spent = 80 * time.Millisecond
)

// all returns how the tasks of several runs stand, the oldest first, read side by side from the newest on. Left
// are those that would have taken too long: they are nil.
func (o *outlines) all(ctx context.Context, d *dag.DAG, records []engine.RunRecord) (found []outline, left int, err error) {
	found, errs := make([]outline, len(records)), make([]error, len(records))
	var wait sync.WaitGroup
	places := make(chan struct{}, 4)
	begun, read := time.Now(), 0
	for i := len(records) - 1; i >= 0; i-- {
		if found[i] = o.find(outlineOf{records[i].ID, records[i].Ended, d}); found[i] != nil || records[i].Pruned {
			continue
		}
		places <- struct{}{}
		if read*len(d.Graph().Nodes) > eager && time.Since(begun) > o.spend {
			<-places
			left++
			continue
		}
		read++
		wait.Go(func() {
			defer func() { <-places }()
			found[i], errs[i] = o.of(ctx, d, &records[i])
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, 0, orNotFound(err)
		}
	}
	return found, left, nil
}

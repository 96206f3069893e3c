package pipeline

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"

	"github.com/penstock/penstock/monary"
)

// Flow is a source of tables and stages behind it that work side by side, each in a
// goroutine of its own. Between two of them is a queue of a few batches: a stage that is
// slow lets those before it wait. What a source's Aggregate runs here is such a flow.
//
// A flow is built by one goroutine and runs once. Its numbers may be read by any goroutine
// at any time.
type Flow struct {
	source batches
	first  string
	stages []stage
	size   int
	with   Sources
	err    error // what is wrong with it, told when it runs
	used   atomic.Bool
	meters atomic.Pointer[[]*meter]
}

// queueSize is how many batches wait between two stages of a flow at most.
const queueSize = 2

// errFlowUsed is what a second run of a flow gives.
var errFlowUsed = errors.New("pipeline: the flow has run already; it is for one pass")

// NewFlow makes a flow of a source, such as a reader's Batches, but not one with
// monary.ReuseBuffers: several batches are on their way at a time. The name is for its
// numbers.
func NewFlow(name string, tables iter.Seq2[*monary.Table, error]) *Flow {
	return newFlow(name, func(yield func(*batch, error) bool) {
		for t, err := range tables {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(batchOf(t, true), nil) {
				return
			}
		}
	}, nil)
}

func newFlow(name string, source batches, stages []stage) *Flow {
	return &Flow{first: name, source: source, stages: stages, size: queueSize}
}

// QueueSize sets how many batches wait between two stages at most; 2 unless set, at least
// 1.
func (f *Flow) QueueSize(batches int) *Flow {
	if batches < 1 {
		f.err = errors.Join(f.err, errors.New("pipeline: a queue of a flow holds one batch at least"))
		batches = 1
	}
	f.size = batches
	return f
}

// Then adds a stage that is a function of each batch. Its error ends the flow, with the
// stage's name.
func (f *Flow) Then(name string, change func(*monary.Table) (*monary.Table, error)) *Flow {
	return f.Through(name, func(in iter.Seq2[*monary.Table, error]) iter.Seq2[*monary.Table, error] {
		return func(yield func(*monary.Table, error) bool) {
			for t, err := range in {
				if err == nil {
					t, err = change(t)
				}
				if !yield(t, err) || err != nil {
					return
				}
			}
		}
	})
}

// Through adds a stage that is a function of all batches: one that gathers, divides or
// leaves out some. It must pass on an error that it is given, as the last.
func (f *Flow) Through(name string, change func(iter.Seq2[*monary.Table, error]) iter.Seq2[*monary.Table, error]) *Flow {
	f.stages = append(f.stages, named{stage: goStage(change), index: len(f.stages), name: name})
	return f
}

// Aggregate adds the stages of a pipeline document, each as a stage of the flow.
func (f *Flow) Aggregate(pipeline any) *Flow {
	stages, err := parse(pipeline)
	f.err = errors.Join(f.err, err)
	f.stages = append(f.stages, stages...)
	return f
}

// Using sets the sources that $lookup and other stages of pipeline documents name.
func (f *Flow) Using(sources Sources) *Flow {
	f.with = sources
	return f
}

// Batches runs the flow and yields what comes out of it. Columns that a stage of a pipeline
// document makes are "any" columns. On an error, also that of a cancelled context, it
// yields (nil, error), and that is the end. When the loop ends, early or not, all stages
// have stopped: one that is at work is waited for, and so is a source that waits for
// something; give it a context of its own to end it. A panic of a stage comes up in the
// loop.
func (f *Flow) Batches(ctx context.Context) iter.Seq2[*monary.Table, error] {
	return func(yield func(*monary.Table, error) bool) {
		for b, err := range f.run(newEnv(ctx, f.with, limitsOf(monary.ReadOptions{}))) {
			var t *monary.Table
			if err == nil {
				t, err = b.table()
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// Reader is the flow as a reader: its output as columns of a schema, with the options of
// any read.
func (f *Flow) Reader(ctx context.Context, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	o, err := monary.NewReadOptions(opts...)
	if err = errors.Join(f.check(), err); err != nil {
		return nil, err
	}
	return monary.FromTables(ctx, project(f.run(newEnv(ctx, f.with, limitsOf(o))), outputsOf(schema, o.Where)), schema, opts...)
}

// Run runs the flow into a sink, which is called with one batch after the other and whose
// error ends it.
func (f *Flow) Run(ctx context.Context, sink func(*monary.Table) error) error {
	for t, err := range f.Batches(ctx) {
		if err == nil {
			err = sink(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// run connects the source and the stages by queues.
func (f *Flow) run(e *env) batches {
	return func(yield func(*batch, error) bool) {
		if err := f.begin(); err != nil {
			yield(nil, err)
			return
		}
		meters := *f.meters.Load()
		out := f.source
		for i, s := range f.stages {
			out = s.run(e, link(e.ctx, out, meters[i], meters[i+1], f.size))
		}
		link(e.ctx, out, meters[len(f.stages)], nil, f.size)(yield)
	}
}

// check finds what is wrong with the flow before anything is read.
func (f *Flow) check() error {
	if f.err != nil {
		return f.err
	}
	return checkSources(f.stages, f.with)
}

// begin sets up the meters, once.
func (f *Flow) begin() error {
	if err := f.check(); err != nil {
		return err
	}
	if f.used.Swap(true) {
		return errFlowUsed
	}
	meters := []*meter{newMeter(f.first, f.size)}
	for _, s := range f.stages {
		name := "stage"
		if n, ok := s.(named); ok {
			name = n.name
		}
		meters = append(meters, newMeter(name, f.size))
	}
	f.meters.Store(&meters)
	return nil
}

// Stats returns the numbers of the source and of each stage as they are now, in their
// order; none before the flow runs.
func (f *Flow) Stats() []StageStats {
	meters := f.meters.Load()
	if meters == nil {
		return nil
	}
	stats := make([]StageStats, len(*meters))
	for i, m := range *meters {
		stats[i] = m.read()
	}
	return stats
}

// goStage is a stage that is a Go function.
type goStage func(iter.Seq2[*monary.Table, error]) iter.Seq2[*monary.Table, error]

var _ stage = goStage(nil)

func (g goStage) needs(*needs) *needs { return &needs{all: true} }

func (g goStage) passes() bool { return false }

func (g goStage) run(_ *env, in batches) batches {
	tables := func(yield func(*monary.Table, error) bool) {
		for b, err := range in {
			var t *monary.Table
			if err == nil {
				t, err = b.table()
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
	return func(yield func(*batch, error) bool) {
		for t, err := range g(tables) {
			var b *batch
			switch {
			case err != nil:
			case t == nil:
				err = errors.New("gave no table and no error")
			default:
				b = batchOf(t, true)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

package engine

import (
	"fmt"
	"reflect"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/codec"
	"github.com/penstock/penstock/dag/internal/graph"
)

// registered is a DAG that the engine knows.
type registered struct {
	dag   *dag.DAG
	plan  *graph.Plan
	sched *schedule
	cal   *calendar

	due     time.Time      // when the schedule has to be looked at, zero if not by time
	waiting string         // why a run that is due does not start
	heard   map[string]int // how many successes of other DAGs have been followed
}

func newRegistered(d *dag.DAG, pools map[string]int, opts []ScheduleOption) (*registered, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	p, _ := d.Graph().Compile()
	for _, n := range p.Nodes {
		for _, s := range n.Slots {
			if has, shared := pools[s.Pool]; shared && s.N > has {
				return nil, fmt.Errorf("engine: DAG %q: task %q takes %d slots of pool %q, which has %d here", d.Name(), n.ID, s.N, s.Pool, has)
			}
		}
		for _, t := range []reflect.Type{n.Output, outputOf(n, 0)} {
			if err := codec.Check(t); err != nil {
				return nil, fmt.Errorf("engine: DAG %q: task %q: output: %w", d.Name(), n.ID, err)
			}
		}
	}
	s, err := newSchedule(opts)
	if err != nil {
		return nil, fmt.Errorf("engine: DAG %q: %w", d.Name(), err)
	}
	return &registered{dag: d, plan: p, sched: s}, nil
}

// outputOf returns the type of what an attempt returns: for an element of a Map that of
// the element.
func outputOf(n *graph.Node, elem int32) reflect.Type {
	if n.Kind == graph.Map && elem >= 0 {
		return n.List.Elem
	}
	return n.Output
}

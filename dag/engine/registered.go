package engine

import (
	"fmt"
	"reflect"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/codec"
	"github.com/penstock/penstock/dag/internal/graph"
)

// registered is a DAG that the engine knows.
type registered struct {
	dag  *dag.DAG
	plan *graph.Plan
}

func newRegistered(d *dag.DAG, pools map[string]int) (*registered, error) {
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
	return &registered{d, p}, nil
}

// outputOf returns the type of what an attempt returns: for an element of a Map that of
// the element.
func outputOf(n *graph.Node, elem int32) reflect.Type {
	if n.Kind == graph.Map && elem >= 0 {
		return n.List.Elem
	}
	return n.Output
}

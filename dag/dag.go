package dag

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/penstock/penstock/dag/internal/graph"
)

// DAG is a directed acyclic graph of named tasks, or a group of tasks in one.
// Adding a task or an edge never fails; what is wrong with the graph is
// reported by Validate and Run. Once built, a DAG may be run many times, also
// concurrently.
type DAG struct {
	g        *graph.Graph
	group    string // "" for the DAG itself
	defaults graph.Settings
	hooks    []Hooks
}

// New returns an empty DAG. The name appears in errors and in RunInfo.
func New(name string, opts ...DAGOption) *DAG {
	d := &DAG{g: &graph.Graph{Name: name}}
	for _, o := range opts {
		o.applyDAG(d)
	}
	return d
}

// Group returns a handle through which tasks are added to a group: to Task and
// its like it is a DAG, but the ids of its tasks start with "name.", and opts
// are defaults for them that come after those of the DAG. Groups nest. To
// Chain, SetUpstream and SetDownstream a group is a task that starts with its
// first tasks and ends with its last ones.
func (d *DAG) Group(name string, opts ...TaskOption) *DAG {
	if name == "" {
		d.g.Faults = append(d.g.Faults, "name of a group is empty")
	}
	sub := &DAG{g: d.g, group: d.prefix() + name, defaults: d.defaults}
	sub.defaults.Slots = slices.Clone(d.defaults.Slots)
	for _, o := range opts {
		o.applyTask(&sub.defaults)
	}
	return sub
}

// prefix is what the ids of tasks added through this handle start with.
func (d *DAG) prefix() string {
	if d.group == "" {
		return ""
	}
	return d.group + "."
}

// Name returns the name given to New.
func (d *DAG) Name() string { return d.g.Name }

// Owner returns who answers for this DAG, "" if Owner was not given.
func (d *DAG) Owner() string { return d.g.Owner }

// Description returns the text given to Doc, "" if there is none.
func (d *DAG) Description() string { return d.g.Description }

// Tags returns the tags given to Doc. The slice is the caller's.
func (d *DAG) Tags() []string { return slices.Clone(d.g.Tags) }

// Params returns the declared parameters with their defaults. The map is the
// caller's.
func (d *DAG) Params() Params { return Params(maps.Clone(d.g.Params)) }

// Tasks returns the ids of the tasks in the order in which they were added.
func (d *DAG) Tasks() []string {
	ids := make([]string, len(d.g.Nodes))
	for i, n := range d.g.Nodes {
		ids[i] = n.ID
	}
	return ids
}

// Graph is for the packages beside this one that run or draw a DAG. The type is
// theirs alone and may change.
func (d *DAG) Graph() *graph.Graph { return d.g }

// Validate checks the graph and returns everything that is wrong with it as
// one joined error: empty, duplicate or unprintable ids, nil functions, inputs
// and edges that are nil or belong to another DAG, groups without tasks that
// are part of an edge, pools that are unknown or too small, options out of their
// range, and the cycles, each with its full path from the task that was added
// first: "cycle: a → b → c → a".
func (d *DAG) Validate() error {
	_, err := d.compile()
	return err
}

func (d *DAG) compile() (*graph.Plan, error) {
	p, faults := d.g.Compile()
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = fmt.Errorf("dag: %s: %s", d.g.Name, f)
	}
	return p, errors.Join(errs...)
}

func (d *DAG) end() graph.End {
	if d == nil {
		return graph.End{}
	}
	return graph.End{Graph: d.g, Group: d.group}
}

package dag

import "context"

// DAG is a directed acyclic graph of named tasks. Adding a task or an edge
// never fails; what is wrong with the graph is reported by Validate and Run.
// Once built, a DAG may be run many times, also concurrently.
type DAG struct {
	name     string
	owner    string
	defaults taskConfig
	nodes    []*node
	links    []link
}

// New returns an empty DAG. The name appears in errors and in RunInfo.
func New(name string, opts ...DAGOption) *DAG {
	d := &DAG{name: name}
	for _, o := range opts {
		o.applyDAG(d)
	}
	return d
}

// Name returns the name given to New.
func (d *DAG) Name() string { return d.name }

// Owner returns who answers for this DAG, "" if Owner was not given.
func (d *DAG) Owner() string { return d.owner }

// node is one task. Its inputs are edges too.
type node struct {
	dag    *DAG
	index  int // position in dag.nodes, the order in which tasks were added
	id     string
	fn     taskFunc // nil when the caller's function was nil
	inputs []*node  // nil elements and nodes of other DAGs are found by Validate
	taskConfig
}

// taskFunc is a task's function with its types erased: in holds the outputs of
// the node's inputs, in order.
type taskFunc func(ctx context.Context, in []any) (any, error)

// link is an edge that orders two tasks without passing a value. It is kept as
// it was asked for, so that Validate can say who asked for what.
type link struct {
	from, other *node // from is the receiver of the call, other its argument
	upstream    bool  // SetUpstream, else SetDownstream
}

// ends returns the edge's tasks in the order in which they run.
func (l link) ends() (before, after *node) {
	if l.upstream {
		return l.other, l.from
	}
	return l.from, l.other
}

// method returns the name of the method that made the link.
func (l link) method() string {
	if l.upstream {
		return "SetUpstream"
	}
	return "SetDownstream"
}

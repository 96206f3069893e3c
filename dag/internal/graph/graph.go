// Package graph holds a DAG as data: its tasks with their types erased, the
// edges as they were asked for, the checks and the layout for a run. It is what
// package dag builds and what a runner walks.
//
// # Basics
//
// [Graph] is filled by package dag; [Graph.Compile] checks it and returns a
// [Plan], which does not change any more.
//
// # Caveats
//
// Nothing here is safe for use while the graph is being built.
package graph

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/penstock/penstock/dag/rule"
)

// Graph is a named set of tasks and edges.
type Graph struct {
	Name        string
	Owner       string
	Description string
	Tags        []string
	Params      Params         // the declared parameters with their defaults
	Pools       map[string]int // slots by name
	Timeout     time.Duration  // of a run, 0 is none
	Workers     int            // of a run, 0 is no bound
	Nodes       []*Node        // in the order in which they were added
	Links       []Link
	Faults      []string // mistakes that were noticed while building

	groups map[string]bool // those that have tasks
}

// Kind says how a task's function is called.
type Kind uint8

// The kinds of tasks.
const (
	Plain  Kind = iota
	Map         // once for each element of its input
	Branch      // its value names the tasks to follow
	Sensor      // again and again until its value is true
)

// Node is one task. Its inputs are edges too.
type Node struct {
	Graph  *Graph
	Index  int    // position in Graph.Nodes
	ID     string // group included
	Group  string // "" or the group's full name
	Kind   Kind
	Rule   rule.Rule
	Inputs []*Node // nil elements and nodes of other graphs are found by Compile
	Output reflect.Type

	Call  func(ctx context.Context, in []Input) (any, error) // nil when the caller's function was nil
	List  *List                                              // of a Map
	Every time.Duration                                      // of a Sensor

	Settings
}

// Input is what a task is told of an upstream task. Tasks under AllSuccess need
// the value only.
type Input struct {
	Value any
	State State
	Err   error
}

// List takes the input of a Map apart and puts its output together. Element i
// of a call is the Input that At returns.
type List struct {
	Elem reflect.Type // of the values
	Len  func(list any) int
	At   func(list any, i int) any
	Join func(values []any, skipped []bool) any // skipped elements are left out
}

// Settings are what the options of a task say.
type Settings struct {
	Owner    string
	Retry    Retry
	Timeout  time.Duration
	Slots    []Slots
	Priority int
	Workers  int
}

// Retry is dag.Retry.
type Retry struct {
	Max    int
	Delay  time.Duration
	Factor float64
	Jitter float64
}

// Slots are what a task takes of a pool while it runs.
type Slots struct {
	Pool string
	N    int
}

// State is how a task ended.
type State uint8

// The states. Pending is that of a task that has not ended.
const (
	Pending State = iota
	Succeeded
	Failed
	UpstreamFailed
	Skipped
	Cancelled
)

var stateNames = [...]string{"", "succeeded", "failed", "upstream_failed", "skipped", "cancelled"}

// String returns the state as users see it, "" for Pending.
func (s State) String() string { return stateNames[s] }

// Link is an edge that orders tasks without passing a value. It is kept as it
// was asked for, so that Compile can say who asked for what.
type Link struct {
	Method      string // what the caller called
	From, Other End    // From is the receiver of the call, Other its argument
	Upstream    bool   // Other runs before From
}

// End is an end of a Link: a task or, if Node is nil, a group. The zero value
// stands for a nil handle.
type End struct {
	Node  *Node
	Graph *Graph // of the group
	Group string
}

// String names the end in a message.
func (e End) String() string {
	switch {
	case e.Node != nil:
		return fmt.Sprintf("task %q", e.Node.ID)
	case e.Graph != nil:
		return fmt.Sprintf("group %q", e.Group)
	}
	return "a nil task"
}

// Ends returns the link's ends in the order in which they run.
func (l Link) Ends() (before, after End) {
	if l.Upstream {
		return l.Other, l.From
	}
	return l.From, l.Other
}

// Add appends a task.
func (g *Graph) Add(n *Node) {
	n.Graph, n.Index = g, len(g.Nodes)
	g.Nodes = append(g.Nodes, n)
	for group := n.Group; group != "" && !g.groups[group]; {
		if g.groups == nil {
			g.groups = map[string]bool{}
		}
		g.groups[group] = true
		group = group[:max(0, strings.LastIndexByte(group, '.'))]
	}
}

package dag

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Validate checks the graph and returns everything that is wrong with it as
// one joined error: empty, duplicate or unprintable ids, nil functions, inputs
// and edges that are nil or belong to another DAG, negative Retry or Timeout
// values, and the cycles, each with its full path from the task that was added
// first: "cycle: a → b → c → a".
func (d *DAG) Validate() error {
	_, err := d.compile()
	return err
}

// plan is what a run needs to know about a valid graph.
type plan struct {
	index    map[string]int // id to node
	children [][]int        // nodes that wait for this one, once for each edge
	parents  []int          // number of edges a node waits for
	order    []int          // a topological order
}

// compile checks the graph and lays it out for a run, in O(V+E).
func (d *DAG) compile() (*plan, error) {
	p := &plan{index: make(map[string]int, len(d.nodes))}
	var faults []string
	if f := nameFault(d.name); f != "" {
		faults = append(faults, "name "+f)
	}
	for _, n := range d.nodes {
		faults = append(faults, n.faults(p.index)...)
		if _, taken := p.index[n.id]; !taken {
			p.index[n.id] = n.index
		}
	}
	for _, l := range d.links {
		if f := refFault(d, l.other); f != "" {
			faults = append(faults, fmt.Sprintf("%s: %s: argument %s", l.from.label(), l.method(), f))
		}
	}
	p.children, p.parents = d.adjacency()
	p.order = topological(p.children, p.parents)
	if len(p.order) < len(d.nodes) {
		faults = append(faults, d.cycles(p.children)...)
	}
	return p, d.fault(faults)
}

// faults returns what is wrong with one task; index holds the ids of those
// before it.
func (n *node) faults(index map[string]int) []string {
	var faults []string
	report := func(format string, args ...any) {
		faults = append(faults, n.label()+": "+fmt.Sprintf(format, args...))
	}
	if f := nameFault(n.id); f != "" {
		report("id %s", f)
	} else if first, taken := index[n.id]; taken {
		report("id is used twice, by task number %d and task number %d", first+1, n.index+1)
	}
	if n.fn == nil {
		report("function is nil")
	}
	for i, in := range n.inputs {
		if f := refFault(n.dag, in); f != "" {
			report("input %d %s", i+1, f)
		}
	}
	if n.retry.Max < 0 {
		report("Retry.Max is %d, want 0 or more", n.retry.Max)
	}
	for _, v := range []struct {
		name string
		d    time.Duration
	}{{"Retry.Delay", n.retry.Delay}, {"Timeout", n.timeout}} {
		if v.d < 0 {
			report("%s is %v, want 0 or more", v.name, v.d)
		}
	}
	return faults
}

// label names the task in a message, by its number where the id is of no use.
func (n *node) label() string {
	if n.id == "" {
		return fmt.Sprintf("task number %d", n.index+1)
	}
	return fmt.Sprintf("task %q", n.id)
}

// nameFault says what is wrong with a name that is printed in tables and
// one-line messages.
func nameFault(s string) string {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case s == "":
		return "is empty"
	case !utf8.ValidString(s), strings.ContainsFunc(s, unprintable):
		return fmt.Sprintf("%q has characters that cannot be printed", s)
	}
	return ""
}

// refFault says why the task cannot be part of an edge of d.
func refFault(d *DAG, n *node) string {
	switch {
	case n == nil:
		return "is nil"
	case n.dag != d:
		return fmt.Sprintf("is task %q of another DAG (%q)", n.id, n.dag.name)
	}
	return ""
}

// adjacency returns the edges between the DAG's own tasks. Those that
// refFault rejects are left out, so that cycles can be looked for all the same.
func (d *DAG) adjacency() (children [][]int, parents []int) {
	children, parents = make([][]int, len(d.nodes)), make([]int, len(d.nodes))
	for _, n := range d.nodes {
		for _, in := range n.inputs {
			if refFault(d, in) == "" {
				children[in.index] = append(children[in.index], n.index)
				parents[n.index]++
			}
		}
	}
	for _, l := range d.links {
		if refFault(d, l.other) == "" {
			before, after := l.ends()
			children[before.index] = append(children[before.index], after.index)
			parents[after.index]++
		}
	}
	return children, parents
}

// topological returns the nodes that can be ordered, each after its parents
// (Kahn 1962). Nodes on a cycle and those behind one are missing.
func topological(children [][]int, parents []int) []int {
	waiting := append([]int(nil), parents...)
	order := make([]int, 0, len(children))
	for v, n := range waiting {
		if n == 0 {
			order = append(order, v)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, w := range children[order[i]] {
			if waiting[w]--; waiting[w] == 0 {
				order = append(order, w)
			}
		}
	}
	return order
}

// cycles describes the cycles of the graph, at most maxCycles of them.
func (d *DAG) cycles(children [][]int) []string {
	found, more := findCycles(children, maxCycles)
	faults := make([]string, 0, len(found)+1)
	for _, cycle := range found {
		var b strings.Builder
		b.WriteString("cycle: ")
		for _, v := range cycle {
			b.WriteString(d.nodes[v].id)
			b.WriteString(" → ")
		}
		b.WriteString(d.nodes[cycle[0]].id)
		faults = append(faults, b.String())
	}
	if more {
		faults = append(faults, fmt.Sprintf("there are more than these %d cycles", maxCycles))
	}
	return faults
}

// fault joins the faults into one error, nil if there are none.
func (d *DAG) fault(faults []string) error {
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = fmt.Errorf("dag: %s: %s", d.name, f)
	}
	return errors.Join(errs...)
}

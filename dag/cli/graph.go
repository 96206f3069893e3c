package cli

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/dag/internal/graph"
)

const graphText = `Draws a DAG. As text, tasks stand in the order of their depth, which is the
number before them: all that a task waits for stands above it, behind the arrow. A
task in brackets passes no value.

With -dot it is a program for Graphviz, groups as boxes:
  PROGRAM graph DAG -dot | dot -Tsvg > dag.svg
`

func draw(_ context.Context, k *call, args []string) error {
	dot := k.flags.Bool("dot", false, "write Graphviz's language DOT")
	rest, err := k.parse(args, false)
	if err == nil {
		err = k.none(rest)
	}
	if err != nil {
		return err
	}
	p, err := k.plan()
	if err != nil {
		return err
	}
	if *dot {
		return k.dot(p)
	}
	return k.layers(p)
}

// layers writes the tasks by depth.
func (k *call) layers(p *graph.Plan) error {
	depth := make([]int, len(p.Nodes))
	order := slices.Clone(p.Order)
	for _, v := range p.Order {
		for _, w := range p.Children[v] {
			depth[w] = max(depth[w], depth[v]+1)
		}
	}
	slices.Sort(order)
	slices.SortStableFunc(order, func(a, b int32) int { return depth[a] - depth[b] })
	w := bufio.NewWriter(k.Stdout)
	up, last := parents(p), -1
	for _, v := range order {
		label := ""
		if depth[v] != last {
			last = depth[v]
			label = fmt.Sprint(last + 1)
		}
		fmt.Fprintf(w, "%-4s %s", label, p.Nodes[v].ID)
		if len(up[v]) > 0 {
			fmt.Fprintf(w, " ← %s", upstream(p, up, v))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

var shapes = map[graph.Kind]string{graph.Map: "box3d", graph.Branch: "diamond", graph.Sensor: "ellipse"}

// dot writes the graph in DOT, with edges that pass no value dashed.
func (k *call) dot(p *graph.Plan) error {
	w := bufio.NewWriter(k.Stdout)
	fmt.Fprintf(w, "digraph %s {\n  rankdir=LR;\n  node [shape=box];\n", quote(p.Graph.Name))
	writeGroup(w, p, "", "  ")
	for v, up := range parents(p) {
		for _, u := range up {
			style := ""
			if !slices.Contains(p.Nodes[v].Inputs, p.Nodes[u]) {
				style = " [style=dashed]"
			}
			fmt.Fprintf(w, "  %s -> %s%s;\n", quote(p.Nodes[u].ID), quote(p.Nodes[v].ID), style)
		}
	}
	fmt.Fprintln(w, "}")
	return w.Flush()
}

// writeGroup writes the tasks of a group and, as boxes, the groups in it.
func writeGroup(w *bufio.Writer, p *graph.Plan, group, indent string) {
	done := map[string]bool{}
	for _, n := range p.Nodes {
		if n.Group == group {
			shape := ""
			if s := shapes[n.Kind]; s != "" {
				shape = fmt.Sprintf(" [shape=%s]", s)
			}
			fmt.Fprintf(w, "%s%s%s;\n", indent, quote(n.ID), shape)
			continue
		}
		inner := groupBelow(n.Group, group)
		if inner == "" || done[inner] {
			continue
		}
		done[inner] = true
		fmt.Fprintf(w, "%ssubgraph %s {\n%s  label=%s;\n", indent, quote("cluster_"+inner), indent, quote(inner))
		writeGroup(w, p, inner, indent+"  ")
		fmt.Fprintf(w, "%s}\n", indent)
	}
}

// groupBelow returns the group directly in outer that g is, or is in; "" if there is none.
func groupBelow(g, outer string) string {
	prefix := outer
	if outer != "" {
		prefix += "."
	}
	rest, ok := strings.CutPrefix(g, prefix)
	if !ok || rest == "" {
		return ""
	}
	name, _, _ := strings.Cut(rest, ".")
	return prefix + name
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quote returns a name as DOT's quoted string.
func quote(s string) string { return `"` + escape.Replace(s) + `"` }

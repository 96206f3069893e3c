package graph

import (
	"fmt"
	"strings"
)

// Plan is what a run needs to know about a valid graph. It does not change.
type Plan struct {
	Graph    *Graph
	Nodes    []*Node
	Index    map[string]int // id to node
	Children [][]int32      // nodes that wait for this one, once for each edge
	Parents  []int32        // number of edges a node waits for
	Order    []int32        // a topological order
}

// Compile checks the graph and lays it out for a run, in O(V+E). The faults are
// everything that is wrong with it.
func (g *Graph) Compile() (*Plan, []string) {
	p := &Plan{Graph: g, Nodes: g.Nodes[:len(g.Nodes):len(g.Nodes)], Index: make(map[string]int, len(g.Nodes))}
	faults := g.faults()
	for _, n := range g.Nodes {
		faults = append(faults, n.faults(p.Index)...)
		if _, taken := p.Index[n.ID]; !taken {
			p.Index[n.ID] = n.Index
		}
	}
	for _, l := range g.Links {
		faults = append(faults, g.linkFaults(l)...)
	}
	p.layout()
	p.Order = p.topological()
	if len(p.Order) < len(g.Nodes) {
		faults = append(faults, p.cycles()...)
	}
	return p, faults
}

// layout fills in the edges between the graph's own tasks. Those with a fault
// are left out, so that cycles can be looked for all the same.
func (p *Plan) layout() {
	edges, grouped := p.edges()
	p.connect(edges)
	if len(grouped) > 0 {
		p.connect(p.groupEdges(edges, grouped))
	}
}

// edge is a pair of tasks of which the first runs before the second.
type edge struct{ before, after int32 }

// edges returns the edges between tasks, and the links that groups are part of.
func (p *Plan) edges() (edges []edge, grouped []Link) {
	edges = make([]edge, 0, len(p.Nodes)+len(p.Graph.Links))
	for _, n := range p.Nodes {
		for _, in := range n.Inputs {
			if in != nil && in.Graph == p.Graph {
				edges = append(edges, edge{int32(in.Index), int32(n.Index)})
			}
		}
	}
	for _, l := range p.Graph.Links {
		before, after := l.Ends()
		switch {
		case p.Graph.endFault(before) != "" || p.Graph.endFault(after) != "":
		case before.Node != nil && after.Node != nil:
			edges = append(edges, edge{int32(before.Node.Index), int32(after.Node.Index)})
		default:
			grouped = append(grouped, l)
		}
	}
	return edges, grouped
}

// connect makes Children and Parents of the edges. The children of all tasks
// share one array.
func (p *Plan) connect(edges []edge) {
	n := len(p.Nodes)
	p.Children, p.Parents = make([][]int32, n), make([]int32, n)
	count := make([]int32, n)
	for _, e := range edges {
		count[e.before]++
		p.Parents[e.after]++
	}
	all := make([]int32, len(edges))
	for v, c := range count {
		p.Children[v], all = all[:0:c], all[c:]
	}
	for _, e := range edges {
		p.Children[e.before] = append(p.Children[e.before], e.after)
	}
}

// groupEdges adds the edges of links with groups. A group is entered through
// the tasks without an upstream task inside it and left through those without
// a downstream one.
func (p *Plan) groupEdges(edges []edge, links []Link) []edge {
	first, last := p.borders(links)
	for _, l := range links {
		before, after := l.Ends()
		for _, b := range ends(before, last) {
			for _, a := range ends(after, first) {
				edges = append(edges, edge{int32(b), int32(a)})
			}
		}
	}
	return edges
}

func ends(e End, border map[string][]int) []int {
	if e.Node != nil {
		return []int{e.Node.Index}
	}
	return border[e.Group]
}

// borders finds, for the groups in the links, the tasks through which they are
// entered and left, by the edges there are so far.
func (p *Plan) borders(links []Link) (first, last map[string][]int) {
	first, last = map[string][]int{}, map[string][]int{}
	for _, l := range links {
		for _, e := range []End{l.From, l.Other} {
			if e.Node == nil {
				first[e.Group], last[e.Group] = nil, nil
			}
		}
	}
	for group := range first {
		first[group], last[group] = p.border(group)
	}
	return first, last
}

func (p *Plan) border(group string) (first, last []int) {
	entered := make([]bool, len(p.Nodes))
	for v, n := range p.Nodes {
		if !n.In(group) {
			continue
		}
		leaves := true
		for _, w := range p.Children[v] {
			if p.Nodes[w].In(group) {
				entered[w], leaves = true, false
			}
		}
		if leaves {
			last = append(last, v)
		}
	}
	for v, n := range p.Nodes {
		if n.In(group) && !entered[v] {
			first = append(first, v)
		}
	}
	return first, last
}

// In tells whether the task is in the group or in a group inside it.
func (n *Node) In(group string) bool {
	return n.Group == group || strings.HasPrefix(n.Group, group+".")
}

// topological returns the nodes that can be ordered, each after its parents
// (Kahn 1962). Nodes on a cycle and those behind one are missing.
func (p *Plan) topological() []int32 {
	waiting := append([]int32(nil), p.Parents...)
	order := make([]int32, 0, len(waiting))
	for v, n := range waiting {
		if n == 0 {
			order = append(order, int32(v))
		}
	}
	for i := 0; i < len(order); i++ {
		for _, w := range p.Children[order[i]] {
			if waiting[w]--; waiting[w] == 0 {
				order = append(order, w)
			}
		}
	}
	return order
}

// cycles describes the cycles of the graph, at most maxCycles of them.
func (p *Plan) cycles() []string {
	children := make([][]int, len(p.Children))
	for v, ws := range p.Children {
		for _, w := range ws {
			children[v] = append(children[v], int(w))
		}
	}
	found, more := findCycles(children, maxCycles)
	faults := make([]string, 0, len(found)+1)
	for _, cycle := range found {
		var b strings.Builder
		b.WriteString("cycle: ")
		for _, v := range cycle {
			b.WriteString(p.Nodes[v].ID)
			b.WriteString(" → ")
		}
		b.WriteString(p.Nodes[cycle[0]].ID)
		faults = append(faults, b.String())
	}
	if more {
		faults = append(faults, tooManyCycles)
	}
	return faults
}

// Choose returns the ids of the tasks that a branch goes on with. A group stands
// for those of its tasks that are directly downstream.
func (p *Plan) Choose(branch int, choice []End) ([]string, error) {
	ids := []string{}
	for _, e := range choice {
		before := len(ids)
		for _, w := range p.Children[branch] {
			n := p.Nodes[w]
			if e.Node == n || e.Node == nil && e.Graph == p.Graph && e.Group != "" && n.In(e.Group) {
				ids = append(ids, n.ID)
			}
		}
		if len(ids) == before {
			return nil, fmt.Errorf("chose %v, which is not directly downstream", e)
		}
	}
	return ids, nil
}

package graph

import "slices"

// maxCycles bounds a report: the number of cycles can grow faster than n!.
const maxCycles = 50

// cycleFinder lists the elementary cycles of a graph after Johnson, "Finding
// all the elementary circuits of a directed graph", SIAM J. Comput. 4 (1975).
// Each strongly connected component is searched for the cycles through its
// lowest vertex, which is then taken out and the rest split again. Nothing
// recurses: a cycle may be as long as the graph is large.
type cycleFinder struct {
	children [][]int // sorted, each child once
	limit    int
	cycles   [][]int

	part  []int // the vertices looked at are those with part[v] == parts
	parts int

	// For components, after Tarjan 1972.
	visit   []int // number of the visit, 0 if not yet visited
	low     []int // lowest visit reachable
	open    []int // vertices not yet assigned to a component
	isOpen  []bool
	visits  int
	pending [][]int // components still to be searched

	// For through.
	blocked []bool
	waiting [][]int // vertices to unblock with this one
}

// step is a vertex on the path of a depth-first search.
type step struct {
	v, next int  // next is the position in the vertex's children
	closed  bool // a cycle was found through it
}

// findCycles returns up to limit elementary cycles, each from its lowest
// vertex, in ascending order, and whether there are more. It takes
// O((V+E)·limit) time.
func findCycles(children [][]int, limit int) (cycles [][]int, more bool) {
	n := len(children)
	f := &cycleFinder{
		children: make([][]int, n), limit: limit + 1,
		part: make([]int, n), visit: make([]int, n), low: make([]int, n), isOpen: make([]bool, n),
		blocked: make([]bool, n), waiting: make([][]int, n),
	}
	all := make([]int, n)
	for v := range children {
		all[v] = v
		f.children[v] = slices.Compact(slices.Sorted(slices.Values(children[v])))
	}
	f.components(all)
	for len(f.pending) > 0 && len(f.cycles) < f.limit {
		last := len(f.pending) - 1
		set := f.pending[last]
		f.pending = f.pending[:last]
		f.through(set)
		f.components(set[1:])
	}
	slices.SortFunc(f.cycles, slices.Compare)
	return f.cycles[:min(limit, len(f.cycles))], len(f.cycles) > limit
}

// restrict limits the search to the given vertices.
func (f *cycleFinder) restrict(set []int) {
	f.parts++
	for _, v := range set {
		f.part[v] = f.parts
	}
}

func (f *cycleFinder) outside(v int) bool { return f.part[v] != f.parts }

// components adds to pending the strongly connected components of a set of
// vertices, without those that have no cycle.
func (f *cycleFinder) components(set []int) {
	f.restrict(set)
	for _, v := range set {
		f.visit[v] = 0
	}
	for _, v := range set {
		if f.visit[v] == 0 {
			f.componentsFrom(v)
		}
	}
}

func (f *cycleFinder) componentsFrom(root int) {
	path := []step{f.enter(root)}
	for len(path) > 0 {
		top := &path[len(path)-1]
		if top.next < len(f.children[top.v]) {
			w := f.children[top.v][top.next]
			top.next++
			switch {
			case f.outside(w):
			case f.visit[w] == 0:
				path = append(path, f.enter(w))
			case f.isOpen[w]:
				f.low[top.v] = min(f.low[top.v], f.visit[w])
			}
			continue
		}
		v := top.v
		path = path[:len(path)-1]
		if len(path) > 0 {
			parent := path[len(path)-1].v
			f.low[parent] = min(f.low[parent], f.low[v])
		}
		if f.low[v] == f.visit[v] {
			f.closeComponent(v)
		}
	}
}

func (f *cycleFinder) enter(v int) step {
	f.visits++
	f.visit[v], f.low[v] = f.visits, f.visits
	f.open = append(f.open, v)
	f.isOpen[v] = true
	return step{v: v}
}

// closeComponent takes the component entered at v off the open vertices.
func (f *cycleFinder) closeComponent(v int) {
	start := len(f.open) - 1
	for f.open[start] != v {
		start--
	}
	set := slices.Sorted(slices.Values(f.open[start:]))
	f.open = f.open[:start]
	for _, w := range set {
		f.isOpen[w] = false
	}
	if len(set) > 1 || slices.Contains(f.children[v], v) {
		f.pending = append(f.pending, set)
	}
}

// through adds the cycles through the first vertex of a component. A vertex
// from which that one could not be reached stays blocked until one of its
// children is left with a cycle found, so no dead end is walked twice.
func (f *cycleFinder) through(set []int) {
	f.restrict(set)
	for _, v := range set {
		f.blocked[v], f.waiting[v] = false, nil
	}
	start := set[0]
	f.blocked[start] = true
	path := []step{{v: start}}
	for len(path) > 0 && len(f.cycles) < f.limit {
		top := &path[len(path)-1]
		if top.next < len(f.children[top.v]) {
			w := f.children[top.v][top.next]
			top.next++
			switch {
			case f.outside(w):
			case w == start:
				f.cycles = append(f.cycles, vertices(path))
				top.closed = true
			case !f.blocked[w]:
				f.blocked[w] = true
				path = append(path, step{v: w})
			}
			continue
		}
		done := *top
		path = path[:len(path)-1]
		f.leave(done)
		if len(path) > 0 && done.closed {
			path[len(path)-1].closed = true
		}
	}
}

func vertices(path []step) []int {
	vs := make([]int, len(path))
	for i, s := range path {
		vs[i] = s.v
	}
	return vs
}

func (f *cycleFinder) leave(s step) {
	if s.closed {
		f.unblock(s.v)
		return
	}
	for _, w := range f.children[s.v] {
		if !f.outside(w) {
			f.waiting[w] = append(f.waiting[w], s.v)
		}
	}
}

func (f *cycleFinder) unblock(v int) {
	stack := []int{v}
	for len(stack) > 0 {
		w := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if f.blocked[w] {
			f.blocked[w] = false
			stack = append(stack, f.waiting[w]...)
			f.waiting[w] = nil
		}
	}
}

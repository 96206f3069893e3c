package ml

// bestFirst makes the split that gains most of all leaves next, until there are
// as many leaves as allowed.
func (g *grower) bestFirst(rows int) {
	splits := g.limits.maxLeaves - 1
	var f frontier
	f.push(g.open(pending{end: rows, parent: noChild, isLeft: true}))
	for len(f) > 0 && g.budget.err == nil {
		o := f.pop()
		if o.pos == o.end || splits == 0 {
			continue // stays a leaf
		}
		splits--
		g.nodes.setSplit(o.node, &o.split)
		left := g.open(pending{o.start, o.pos, o.depth + 1, o.node, true, o.left, 0})
		right := g.open(pending{o.pos, o.end, o.depth + 1, o.node, false, o.right, 0})
		f.push(left)
		f.push(right)
	}
}

// open adds a node to the tree, as a leaf that may yet be split. Nothing is known
// of constant columns: unlike depth first, no order of the nodes would keep it.
func (g *grower) open(p pending) openLeaf {
	node, s, isSplit := g.build(&p)
	if !isSplit {
		s = split{pos: p.end}
	}
	return openLeaf{p, node, s}
}

// openLeaf is a leaf with its split, which gains nothing if there is none.
type openLeaf struct {
	pending
	node int32
	split
}

// frontier is a heap of leaves, the one that gains most at the root. Equal ones
// come out in the order of the C++ library's heap, which scikit-learn uses: what
// is taken out makes a hole that sinks to the bottom, where the last leaf fills
// it and rises.
type frontier []openLeaf

func (f *frontier) push(l openLeaf) {
	*f = append(*f, l)
	f.rise(len(*f)-1, l)
}

// rise moves a hole up until l fits there.
func (f *frontier) rise(hole int, l openLeaf) {
	for hole > 0 {
		parent := (hole - 1) / 2
		if !((*f)[parent].improvement < l.improvement) {
			break
		}
		(*f)[hole] = (*f)[parent]
		hole = parent
	}
	(*f)[hole] = l
}

func (f *frontier) pop() openLeaf {
	h := *f
	top, last := h[0], h[len(h)-1]
	n := len(h) - 1
	*f = h[:n]
	if n == 0 {
		return top
	}
	hole := 0
	for 2*hole+2 < n {
		child := 2*hole + 2
		if h[child].improvement < h[child-1].improvement {
			child--
		}
		h[hole] = h[child]
		hole = child
	}
	if 2*hole+2 == n { // one child only
		h[hole] = h[2*hole+1]
		hole = 2*hole + 1
	}
	f.rise(hole, last)
	return top
}

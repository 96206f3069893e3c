package ml

import "context"

const epsilon = 0x1p-52

// splitter finds the split of a node. A node is a range of the rows in an order
// that the splitter keeps: it moves those that go left to the front.
type splitter interface {
	// turnTo makes rows start to end−1 the node that the other methods speak of.
	turnTo(start, end int) (weight float64)
	impurity() float64
	appendValue(values []float64) []float64
	// split divides the node. constants is how many columns are known to be
	// constant in it, the number it returns holds for the children.
	split(impurity float64, constants int) (split, int)
}

// split is a division of a node: rows start to pos−1 go left. There is none if pos
// is the node's end.
type split struct {
	pos         int
	feature     int
	threshold   float64
	improvement float64
	left, right float64 // impurities
}

// grower builds one tree from a splitter's splits (Breiman et al. 1984). It visits
// nodes in the order scikit-learn does, on which the random columns depend.
type grower struct {
	splitter
	limits treeLimits
	budget *budget
	nodes  *treeNodes
	tree   *Tree // which gets the nodes
}

// pending is a node that waits to be built.
type pending struct {
	start, end int // its rows
	depth      int
	parent     int32
	isLeft     bool
	impurity   float64
	constants  int
}

func (g *grower) grow(rows int) (*Tree, error) {
	if g.limits.maxLeaves == 0 {
		g.depthFirst(rows)
	} else {
		g.bestFirst(rows)
	}
	if g.budget.err != nil {
		return nil, g.budget.err
	}
	g.nodes.moveTo(g.tree)
	return g.tree, nil
}

// depthFirst takes nodes off a stack, and does not recurse: a tree can be as deep
// as there are rows. The right child goes on it first, so that the left one is
// built first.
func (g *grower) depthFirst(rows int) {
	stack := []pending{{end: rows, parent: noChild}}
	for len(stack) > 0 && g.budget.err == nil {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		node, s, isSplit := g.build(&p)
		if isSplit {
			g.nodes.setSplit(node, &s)
			stack = append(stack,
				pending{s.pos, p.end, p.depth + 1, node, false, s.right, p.constants},
				pending{p.start, s.pos, p.depth + 1, node, true, s.left, p.constants})
		}
	}
}

// build adds a node to the tree and looks for its split.
func (g *grower) build(p *pending) (node int32, s split, isSplit bool) {
	n := p.end - p.start
	g.budget.spend(n)
	weight := g.turnTo(p.start, p.end)
	if p.parent == noChild {
		p.impurity = g.impurity()
	}
	if !g.mustBeLeaf(p, n, weight) {
		s, p.constants = g.split(p.impurity, p.constants)
		isSplit = s.pos < p.end && !(s.improvement+epsilon < g.limits.minDecrease)
	}
	node, values := g.nodes.add(p.parent, p.isLeft, p.impurity, n, weight)
	*values = g.appendValue(*values)
	return node, s, isSplit
}

func (g *grower) mustBeLeaf(p *pending, n int, weight float64) bool {
	l := &g.limits
	return p.depth >= l.maxDepth || n < l.minSplit || n < 2*l.minLeaf || weight < 2*l.minWeight || p.impurity <= epsilon
}

// budget asks the context from time to time whether to go on.
type budget struct {
	ctx  context.Context
	left int // rows to look at until the next question
	err  error
}

const rowsBetweenChecks = 1 << 18 // some milliseconds

// spend tells that n rows have been looked at.
func (b *budget) spend(n int) {
	if b.left -= n; b.left < 0 {
		b.left = rowsBetweenChecks
		b.err = b.ctx.Err()
	}
}

package ml

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
)

// histGrower grows one tree after the other. It keeps its memory, and works on one at
// a time.
type histGrower struct {
	histRules
	data                *binnedData
	maxLeaves, maxDepth int // math.MaxInt if there is no limit
	shrinkage           float64

	ahead int // how many nodes are divided at a time

	slopes  []slopes // of each row
	rows    []uint32 // those of a node lie together
	nodes   []histNode
	waiting []int32 // nodes that can be split, a heap with the largest gain first
	leaves  []int32

	ordered []slopes // of the rows of nodes, where the rows are
	spare   []uint32 // as long as rows
	benches []histBench
	memory  []histogram // not in use
}

// histBench is the memory that it takes to divide a node.
type histBench struct {
	node   int32
	left   []int       // of each piece of the node: how many rows go left
	splits []histSplit // of the children, by column

	histogram histogram  // for one of the children
	gains     [2]topGain // of the children
}

// topGain is the largest gain that has been found so far.
type topGain struct{ bits atomic.Uint64 } // of a float64 that is not negative, whose order is theirs

func (t *topGain) get() float64 { return math.Float64frombits(t.bits.Load()) }

func (t *topGain) raise(gain float64) {
	for {
		old := t.bits.Load()
		if gain <= math.Float64frombits(old) || t.bits.CompareAndSwap(old, math.Float64bits(gain)) {
			return
		}
	}
}

// histNode is a node of the tree that is being grown.
type histNode struct {
	histSums
	value      float64 // before shrinkage, if it is a leaf
	start, end int     // its rows
	depth      int
	split      histSplit
	left       int32 // child, and the right one is the next; 0 if they are not known
	isSplit    bool  // it is no leaf
	histogram  histogram
}

func newHistGrower(data *binnedData, rules histRules, ahead int) *histGrower {
	g := &histGrower{
		histRules: rules, data: data, ahead: ahead, slopes: make([]slopes, data.rows), rows: make([]uint32, data.rows),
		ordered: make([]slopes, data.rows), spare: make([]uint32, data.rows), benches: make([]histBench, ahead),
	}
	for i := range g.benches {
		g.benches[i].splits = make([]histSplit, 2*len(data.columns))
	}
	return g
}

// sharedWork is how many additions or so are worth the help of another worker.
const sharedWork = 1 << 14

// each calls f for 0..n−1, on several workers if there is enough to do.
func (g *histGrower) each(ctx context.Context, n, work int, f func(i int)) error {
	if work < sharedWork {
		for i := range n {
			f(i)
		}
		return ctx.Err()
	}
	return forEach(ctx, n, 0, func(_ context.Context, i int) error { f(i); return nil })
}

// grow grows a tree for the slopes of the rows. The one with the largest gain of all
// nodes is split next, until there are enough leaves.
func (g *histGrower) grow(ctx context.Context) error {
	g.nodes, g.waiting, g.leaves = g.nodes[:0], g.waiting[:0], g.leaves[:0]
	for i := range g.rows {
		g.rows[i] = uint32(i)
	}
	if err := g.plantRoot(ctx); err != nil {
		return err
	}
	for len(g.waiting) > 0 {
		if err := g.splitNext(ctx); err != nil {
			return err
		}
	}
	for _, leaf := range g.leaves {
		g.nodes[leaf].value *= g.shrinkage
	}
	return nil
}

// plantRoot does not give the root a value, as scikit-learn does: its loss counts as 0.
func (g *histGrower) plantRoot(ctx context.Context) error {
	root := histNode{end: g.data.rows}
	root.histSums = g.sumOf(g.slopes)
	if !isFinite(root.gradients) || !isFinite(root.hessians) {
		return errorf("the slopes of the loss are not finite: predictions have grown beyond all bounds, a smaller LearningRate may help")
	}
	g.nodes = append(g.nodes, root)
	if root.rows < 2*g.minRows || root.hessians < minHessian {
		g.leaves = append(g.leaves, 0)
		return nil
	}
	h, splits := g.newHistogram(), g.benches[0].splits[:len(g.data.columns)]
	err := g.each(ctx, len(splits), g.data.rows*len(splits), func(j int) {
		c := &g.data.columns[j]
		c.fillHistogram(h.of(c), nil, g.slopes, g.constantHessian)
		splits[j] = g.bestSplit(c, j, h.of(c), &root, 0)
	})
	g.nodes[0].histogram, g.nodes[0].split = h, bestOf(splits)
	g.wait(0)
	return err
}

// sumOf adds in the order of the rows.
func (g *histGrower) sumOf(all []slopes) histSums {
	s := histSums{rows: len(all), hessians: float64(len(all))}
	for _, v := range all {
		s.gradients += float64(v.gradient)
	}
	if g.constantHessian {
		return s
	}
	s.hessians = 0
	for _, v := range all {
		s.hessians += float64(v.hessian)
	}
	return s
}

func (g *histGrower) newHistogram() histogram {
	if n := len(g.memory); n > 0 {
		h := g.memory[n-1]
		g.memory = g.memory[:n-1]
		return h
	}
	return newHistogram(g.data.bins)
}

func (g *histGrower) release(node *histNode) {
	if node.histogram != nil {
		g.memory = append(g.memory, node.histogram)
		node.histogram = nil
	}
}

// bestOf returns the split with the largest gain, the first of several.
func bestOf(splits []histSplit) histSplit {
	best := splits[0]
	for _, s := range splits[1:] {
		if s.gain > best.gain {
			best = s
		}
	}
	return best
}

// wait enters a node. If it has no split that is allowed, it is a leaf.
func (g *histGrower) wait(number int32) {
	if g.nodes[number].split.gain > 0 {
		g.push(number)
		return
	}
	g.leaves = append(g.leaves, number)
	g.release(&g.nodes[number])
}

// splitNext splits the node with the largest gain.
func (g *histGrower) splitNext(ctx context.Context) error {
	if g.nodes[g.waiting[0]].left == 0 {
		if err := g.divideNext(ctx); err != nil {
			return err
		}
	}
	node := &g.nodes[g.pop()]
	node.isSplit = true
	g.release(node)
	if len(g.leaves)+len(g.waiting)+2 < g.maxLeaves {
		g.wait(node.left)
		g.wait(node.left + 1)
		return nil
	}
	g.leaves = append(append(g.leaves, node.left, node.left+1), g.waiting...)
	g.waiting = g.waiting[:0]
	for i := range g.nodes {
		g.release(&g.nodes[i])
	}
	return nil
}

// aheadWork is how many cells a node must have for others to be divided beside it.
const aheadWork = 1 << 15

// divideNext divides the node with the largest gain and, so that other workers have something
// to do, those that will most probably be split soon: what is at the front of the heap, while there
// are several times as many splits left. Should one of them stay a leaf after all, its children are
// forgotten.
func (g *histGrower) divideNext(ctx context.Context) error {
	splits := g.maxLeaves - len(g.leaves) - len(g.waiting) // that are left
	ahead := min(g.ahead, max(1, splits/3), len(g.waiting))
	if g.nodes[g.waiting[0]].rows*len(g.data.columns) < aheadWork {
		ahead = 1
	}
	benches := g.benches[:0]
	for _, number := range g.waiting[:ahead] {
		if g.nodes[number].left != 0 {
			continue
		}
		benches = g.benches[:len(benches)+1]
		benches[len(benches)-1].node = number
		g.nodes[number].left = int32(len(g.nodes))
		g.nodes = append(g.nodes, histNode{}, histNode{})
		if bench := &benches[len(benches)-1]; bench.histogram == nil {
			bench.histogram = g.newHistogram()
		}
	}
	if len(benches) == 1 {
		return g.divide(ctx, &benches[0], splits > 1)
	}
	return forEach(ctx, len(benches), 0, func(ctx context.Context, i int) error { return g.divide(ctx, &benches[i], splits > 1) })
}

// divide sorts the rows of a node into those of two children, and finds how these may be split
// if search is set.
func (g *histGrower) divide(ctx context.Context, bench *histBench, search bool) error {
	node := &g.nodes[bench.node]
	middle, err := g.partition(ctx, node, bench)
	if err != nil {
		return err
	}
	split := &node.split
	if !g.data.columns[split.column].hasMissing {
		split.missingLeft = split.left.rows > split.right.rows // where most go, should there be some later
	}
	g.nodes[node.left] = histNode{histSums: split.left, value: g.value(split.left), start: node.start, end: middle, depth: node.depth + 1}
	g.nodes[node.left+1] = histNode{histSums: split.right, value: g.value(split.right), start: middle, end: node.end, depth: node.depth + 1}
	if !search {
		return nil
	}
	return g.searchChildren(ctx, bench)
}

// maySplit reports whether a node is neither too deep nor too small.
func (g *histGrower) maySplit(node *histNode) bool {
	return node.depth != g.maxDepth && node.rows >= 2*g.minRows
}

// partitionPiece is how many rows are sorted at a time.
const partitionPiece = 1 << 14

// partition puts the rows of a node that go left in front and returns where the others
// begin. All keep their order.
func (g *histGrower) partition(ctx context.Context, node *histNode, bench *histBench) (middle int, err error) {
	c := &g.data.columns[node.split.column]
	sides := c.sides(&node.split)
	pieces := (node.rows + partitionPiece - 1) / partitionPiece
	bench.left = slices.Grow(bench.left[:0], pieces)[:pieces]
	err = g.each(ctx, pieces, node.rows, func(i int) {
		start := node.start + i*partitionPiece
		end := min(start+partitionPiece, node.end)
		bench.left[i] = partitionRows(g.rows[start:end], g.spare[start:end], c.cells, sides)
	})
	if err != nil {
		return 0, err
	}
	middle = node.start
	for i, left := range bench.left {
		start := node.start + i*partitionPiece
		middle += copy(g.rows[middle:], g.rows[start:start+left])
	}
	at := middle
	for i, left := range bench.left {
		start := node.start + i*partitionPiece
		at += copy(g.rows[at:], g.spare[start:min(start+partitionPiece, node.end)-left])
	}
	return middle, nil
}

// partitionRows moves the rows that go left to the front, copies the others to spare
// and returns how many go left.
func partitionRows(rows, spare []uint32, cells []uint8, sides *[histBins]uint8) int {
	left, right := 0, 0
	for _, row := range rows {
		rows[left], spare[right] = row, row
		goes := int(sides[cells[row]])
		left += goes
		right += 1 - goes
	}
	return left
}

// searchChildren finds the splits of a node's children that may be split: the
// histogram of the smaller child is filled, that of the other is what remains.
func (g *histGrower) searchChildren(ctx context.Context, bench *histBench) error {
	parent := &g.nodes[bench.node]
	left, right := &g.nodes[parent.left], &g.nodes[parent.left+1]
	small, large := left, right
	if small.rows >= large.rows {
		small, large = large, small
	}
	if !g.maySplit(left) && !g.maySplit(right) {
		return nil
	}
	large.histogram, parent.histogram = parent.histogram, nil
	small.histogram, bench.histogram = bench.histogram, nil
	rows, columns := g.rows[small.start:small.end], len(g.data.columns)
	ordered := g.ordered[small.start:small.end]
	bench.gains = [2]topGain{}
	if err := g.order(ctx, rows, ordered); err != nil {
		return err
	}
	err := g.each(ctx, columns, columns*len(rows)+2*g.data.bins, func(j int) {
		c := &g.data.columns[j]
		c.fillHistogram(small.histogram.of(c), rows, ordered, g.constantHessian)
		c.subtractHistogram(large.histogram.of(c), small.histogram.of(c))
		for k, child := range []*histNode{left, right} {
			if g.maySplit(child) {
				split := g.bestSplit(c, j, child.histogram.of(c), child, bench.gains[k].get())
				bench.gains[k].raise(split.gain)
				bench.splits[k*columns+j] = split
			}
		}
	})
	for k, child := range []*histNode{left, right} {
		if g.maySplit(child) {
			child.split = bestOf(bench.splits[k*columns : (k+1)*columns])
		}
	}
	return err
}

// order copies the slopes of rows, so that the columns find them one after the other.
func (g *histGrower) order(ctx context.Context, rows []uint32, ordered []slopes) error {
	pieces := (len(rows) + partitionPiece - 1) / partitionPiece
	return g.each(ctx, pieces, len(rows), func(i int) {
		start := i * partitionPiece
		end := min(start+partitionPiece, len(rows))
		ordered := ordered[start:end]
		for k, row := range rows[start:end] {
			ordered[k] = g.slopes[row]
		}
	})
}

// addTo adds the values of the leaves to the raw predictions of their rows.
func (g *histGrower) addTo(ctx context.Context, raw []float64) error {
	return g.each(ctx, len(g.leaves), len(raw), func(i int) {
		leaf := &g.nodes[g.leaves[i]]
		for _, row := range g.rows[leaf.start:leaf.end] {
			raw[row] += leaf.value
		}
	})
}

// tree returns what has been grown, the left side of a node before its right one.
func (g *histGrower) tree() *HistTree {
	type place struct{ number, parent int32 } // parent of a right child
	t := &HistTree{}
	stack := []place{{0, noChild}}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		node := &g.nodes[p.number]
		at := t.add(node, g.data)
		if p.parent != noChild {
			t.Right[p.parent] = at
		}
		if node.isSplit {
			t.Left[at] = at + 1
			stack = append(stack, place{node.left + 1, at}, place{node.left, noChild})
		}
	}
	return t
}

package ml

import (
	"context"
	"slices"
)

// histGrower grows one tree after the other. It keeps its memory, and works on one at
// a time.
type histGrower struct {
	histRules
	data                *binnedData
	maxLeaves, maxDepth int // math.MaxInt if there is no limit
	shrinkage           float64

	slopes  []slopes // of each row
	rows    []uint32 // those of a node lie together
	nodes   []histNode
	waiting []int32 // nodes that can be split, a heap with the largest gain first
	leaves  []int32

	ordered []slopes    // of the rows of a node
	spare   []uint32    // as long as rows
	left    []int       // of each piece of a node: how many rows go left
	splits  []histSplit // by column, of one or two nodes
	memory  []histogram // not in use
}

// histNode is a node of the tree that is being grown.
type histNode struct {
	histSums
	value       float64 // before shrinkage, if it is a leaf
	start, end  int     // its rows
	depth       int
	split       histSplit
	left, right int32 // 0 if it is a leaf
	histogram   histogram
}

func newHistGrower(data *binnedData, rules histRules) *histGrower {
	return &histGrower{
		histRules: rules, data: data, slopes: make([]slopes, data.rows), rows: make([]uint32, data.rows),
		ordered: make([]slopes, data.rows), spare: make([]uint32, data.rows), splits: make([]histSplit, 2*len(data.columns)),
	}
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
	h := g.newHistogram()
	err := g.each(ctx, len(g.data.columns), g.data.rows*len(g.data.columns), func(j int) {
		c := &g.data.columns[j]
		c.fillHistogram(h.of(c), nil, g.slopes, g.constantHessian)
		g.splits[j] = g.bestSplit(c, j, h.of(c), root.histSums, 0)
	})
	g.nodes[0].histogram = h
	g.wait(0, g.splits[:len(g.data.columns)])
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

// wait enters the best of a node's splits. If none is allowed, it is a leaf.
func (g *histGrower) wait(number int32, splits []histSplit) {
	node := &g.nodes[number]
	node.split = splits[0]
	for _, s := range splits[1:] {
		if s.gain > node.split.gain {
			node.split = s
		}
	}
	if node.split.gain > 0 {
		g.push(number)
		return
	}
	g.leaves = append(g.leaves, number)
	g.release(node)
}

// splitNext splits the node with the largest gain.
func (g *histGrower) splitNext(ctx context.Context) error {
	number := g.pop()
	left, right, err := g.divide(ctx, number)
	if err != nil {
		return err
	}
	if len(g.leaves)+len(g.waiting)+2 == g.maxLeaves {
		g.leaves = append(g.leaves, left, right)
		g.leaves = append(g.leaves, g.waiting...)
		for _, n := range g.waiting {
			g.release(&g.nodes[n])
		}
		g.waiting = g.waiting[:0]
		g.release(&g.nodes[number])
		return nil
	}
	var open []int32
	for _, child := range []int32{left, right} {
		if node := &g.nodes[child]; node.depth == g.maxDepth || node.rows < 2*g.minRows {
			g.leaves = append(g.leaves, child)
		} else {
			open = append(open, child)
		}
	}
	if len(open) == 0 {
		g.release(&g.nodes[number])
		return nil
	}
	return g.searchChildren(ctx, number, open)
}

// divide sorts the rows of a node into those of two children.
func (g *histGrower) divide(ctx context.Context, number int32) (left, right int32, err error) {
	node := &g.nodes[number]
	middle, err := g.partition(ctx, node)
	if err != nil {
		return 0, 0, err
	}
	split := &node.split
	if !g.data.columns[split.column].hasMissing {
		split.missingLeft = split.left.rows > split.right.rows // where most go, should there be some later
	}
	left = int32(len(g.nodes))
	right = left + 1
	node.left, node.right = left, right
	g.nodes = append(g.nodes,
		histNode{histSums: split.left, value: g.value(split.left), start: node.start, end: middle, depth: node.depth + 1},
		histNode{histSums: split.right, value: g.value(split.right), start: middle, end: node.end, depth: node.depth + 1})
	return left, right, nil
}

// partitionPiece is how many rows are sorted at a time.
const partitionPiece = 1 << 14

// partition puts the rows of a node that go left in front and returns where the others
// begin. All keep their order.
func (g *histGrower) partition(ctx context.Context, node *histNode) (middle int, err error) {
	c := &g.data.columns[node.split.column]
	sides := c.sides(&node.split)
	pieces := (node.rows + partitionPiece - 1) / partitionPiece
	g.left = slices.Grow(g.left[:0], pieces)[:pieces]
	err = g.each(ctx, pieces, node.rows, func(i int) {
		start := node.start + i*partitionPiece
		end := min(start+partitionPiece, node.end)
		g.left[i] = partitionRows(g.rows[start:end], g.spare[start:end], c.cells, sides)
	})
	if err != nil {
		return 0, err
	}
	middle = node.start
	for i, left := range g.left {
		start := node.start + i*partitionPiece
		middle += copy(g.rows[middle:], g.rows[start:start+left])
	}
	at := middle
	for i, left := range g.left {
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
func (g *histGrower) searchChildren(ctx context.Context, number int32, open []int32) error {
	parent := &g.nodes[number]
	small, large := parent.left, parent.right
	if g.nodes[small].rows >= g.nodes[large].rows {
		small, large = large, small
	}
	smaller, larger := &g.nodes[small], &g.nodes[large]
	larger.histogram, parent.histogram = parent.histogram, nil
	smaller.histogram = g.newHistogram()
	rows, columns := g.rows[smaller.start:smaller.end], len(g.data.columns)
	if err := g.order(ctx, rows); err != nil {
		return err
	}
	err := g.each(ctx, columns, columns*len(rows)+2*g.data.bins, func(j int) {
		c := &g.data.columns[j]
		c.fillHistogram(smaller.histogram.of(c), rows, g.ordered, g.constantHessian)
		c.subtractHistogram(larger.histogram.of(c), smaller.histogram.of(c))
		for k, child := range open {
			node := &g.nodes[child]
			g.splits[k*columns+j] = g.bestSplit(c, j, node.histogram.of(c), node.histSums, node.value)
		}
	})
	if err != nil {
		return err
	}
	for k, child := range open {
		g.wait(child, g.splits[k*columns:(k+1)*columns])
	}
	for _, child := range []int32{small, large} {
		if !slices.Contains(open, child) {
			g.release(&g.nodes[child])
		}
	}
	return nil
}

// order copies the slopes of rows, so that the columns find them one after the other.
func (g *histGrower) order(ctx context.Context, rows []uint32) error {
	pieces := (len(rows) + partitionPiece - 1) / partitionPiece
	return g.each(ctx, pieces, len(rows), func(i int) {
		start := i * partitionPiece
		end := min(start+partitionPiece, len(rows))
		ordered := g.ordered[start:end]
		for k, row := range rows[start:end] {
			ordered[k] = g.slopes[row]
		}
	})
}

// push and pop keep a heap as Python's heapq does, which decides between nodes of equal
// gain.
func (g *histGrower) push(number int32) {
	g.waiting = append(g.waiting, number)
	g.siftUp(0, len(g.waiting)-1)
}

func (g *histGrower) pop() int32 {
	last := len(g.waiting) - 1
	top, moved := g.waiting[0], g.waiting[last]
	g.waiting = g.waiting[:last]
	if last == 0 {
		return top
	}
	at := 0
	for child := 1; child < last; child = 2*at + 1 { // the better child moves up, to the bottom
		if child+1 < last && !g.comesFirst(g.waiting[child], g.waiting[child+1]) {
			child++
		}
		g.waiting[at] = g.waiting[child]
		at = child
	}
	g.waiting[at] = moved
	g.siftUp(0, at)
	return top
}

func (g *histGrower) siftUp(top, at int) {
	number := g.waiting[at]
	for at > top {
		parent := (at - 1) / 2
		if !g.comesFirst(number, g.waiting[parent]) {
			break
		}
		g.waiting[at] = g.waiting[parent]
		at = parent
	}
	g.waiting[at] = number
}

func (g *histGrower) comesFirst(a, b int32) bool {
	return g.nodes[a].split.gain > g.nodes[b].split.gain
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
		if node.left != 0 {
			t.Left[at] = at + 1
			stack = append(stack, place{node.right, at}, place{node.left, noChild})
		}
	}
	return t
}

package ml

import (
	"cmp"
	"slices"
)

// kdTree divides the rows at the median of the column that spreads most, again and
// again (Friedman, Bentley and Finkel 1977). Nodes lie as in a heap: the children
// of node i are 2i+1 and 2i+2.
type kdTree struct {
	*neighborRows
	nodes []kdNode
}

// kdNode are the rows at the places start to end, and the box they are in.
type kdNode struct {
	start, end int
	low, high  []float64 // by column
	leaf       bool
}

func newKDTree(m metric, X *Matrix, leafSize int) *kdTree {
	b := kdBuilder{X: X, order: upTo(0, X.rows), leafSize: leafSize}
	b.build(0, 0, X.rows)
	return &kdTree{newNeighborRows(m, X, b.order), b.nodes}
}

// kdBuilder is one tree under way.
type kdBuilder struct {
	X        *Matrix
	order    []int
	leafSize int
	nodes    []kdNode
}

// build makes the node of some places, and those below it: about log2(rows) deep.
func (b *kdBuilder) build(i, start, end int) {
	for len(b.nodes) <= i {
		b.nodes = append(b.nodes, kdNode{})
	}
	low, high := b.box(start, end)
	widest := 0
	for f := range low {
		if high[f]-low[f] > high[widest]-low[widest] {
			widest = f
		}
	}
	leaf := end-start <= b.leafSize || high[widest] == low[widest]
	b.nodes[i] = kdNode{start, end, low, high, leaf}
	if leaf {
		return
	}
	col := b.X.Col(widest)
	slices.SortFunc(b.order[start:end], func(a, c int) int { return cmp.Compare(col[a], col[c]) })
	middle := start + (end-start)/2
	b.build(2*i+1, start, middle)
	b.build(2*i+2, middle, end)
}

func (b *kdBuilder) box(start, end int) (low, high []float64) {
	low, high = make([]float64, b.X.cols), make([]float64, b.X.cols)
	for f := range low {
		col := b.X.Col(f)
		low[f], high[f] = col[b.order[start]], col[b.order[start]]
		for _, row := range b.order[start:end] {
			low[f], high[f] = min(low[f], col[row]), max(high[f], col[row])
		}
	}
	return low, high
}

func (t *kdTree) search(x []float64, found *nearest) { t.visit(0, t.bound(0, x), x, found) }

// visit looks below a node, into the nearer child first.
func (t *kdTree) visit(i int, bound float64, x []float64, found *nearest) {
	// A bound is rounded in another way than the distances it is compared with.
	if bound*(1-1e-10) > found.worst() {
		return
	}
	if n := &t.nodes[i]; n.leaf {
		t.offer(x, n.start, n.end, found)
		return
	}
	near, far := 2*i+1, 2*i+2
	nearBound, farBound := t.bound(near, x), t.bound(far, x)
	if farBound < nearBound {
		near, far, nearBound, farBound = far, near, farBound, nearBound
	}
	t.visit(near, nearBound, x, found)
	t.visit(far, farBound, x, found)
}

// bound returns the distance of x from the box of a node.
func (t *kdTree) bound(i int, x []float64) float64 {
	n := &t.nodes[i]
	var sum float64
	for f, v := range x {
		switch {
		case v < n.low[f]:
			sum = t.metric.add(sum, n.low[f]-v)
		case v > n.high[f]:
			sum = t.metric.add(sum, v-n.high[f])
		}
	}
	return sum
}

package ml

import (
	"context"
	"math"
	"runtime"
	"slices"

	"github.com/penstock/penstock/internal/vec"
)

// serving is the trees of a forest in the form that predicts: 16 bytes per node and
// no branch that depends on a row's values.
//
// Values are compared in their ordered form; rounding a threshold down to float32 does
// not change which of them are above it.
type serving struct {
	nodes    vec.Trees
	shares   []float64 // classes numbers for each Leaf of a node; pure leaves of a class have the same
	pure     []uint32  // per class: which shares its pure leaves have, plus 1; 0 if there are none
	roots    []uint32  // of the trees
	classes  int
	columns  columnSet
	features int // as many as there are columns
}

// newServing is for trees of a classifier.
func newServing(trees []*Tree, classes int, columns columnSet) *serving {
	s := &serving{classes: classes, columns: columns, features: columns.count, pure: make([]uint32, classes)}
	s.layOutAll(trees, (*Tree).shares)
	return s
}

// newValueServing is for trees of a regressor: the value of a leaf stands for shares
// of one class.
func newValueServing(trees []*Tree, columns columnSet) *serving {
	s := &serving{classes: 1, columns: columns, features: columns.count, pure: make([]uint32, 1)}
	s.layOutAll(trees, func(t *Tree, node int, dst []float64) { dst[0] = t.Value[node] })
	return s
}

func (s *serving) layOutAll(trees []*Tree, sharesOf func(t *Tree, node int, dst []float64)) {
	n := 0
	for _, t := range trees {
		n += t.NumNodes()
	}
	s.nodes = make(vec.Trees, 0, n)
	for _, t := range trees {
		s.roots = append(s.roots, s.addNode())
		s.layOut(t, sharesOf)
	}
}

// addNode adds a leaf.
func (s *serving) addNode() uint32 {
	i := uint32(len(s.nodes))
	s.nodes = append(s.nodes, vec.Node{Threshold: math.MaxUint32, Left: i})
	return i
}

// layOut adds what is below the root that was added last, with siblings side by side.
// What follows a pair of siblings is below the one that more training rows reached, so
// that a row often finds its next node in the cache line it is in.
func (s *serving) layOut(t *Tree, sharesOf func(t *Tree, node int, dst []float64)) {
	type place struct{ node, at uint32 }
	shares := make([]float64, s.classes)
	stack := []place{{0, s.roots[len(s.roots)-1]}}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		left := t.Left[p.node]
		if left == noChild {
			sharesOf(t, int(p.node), shares)
			s.nodes[p.at].Leaf = s.sharesOf(shares)
			continue
		}
		next := s.addNode()
		s.nodes[p.at] = vec.Node{Threshold: ordered(floor32(t.Threshold[p.node])), Place: uint32(t.Feature[p.node]) * vec.Walkers, Left: next}
		below := [2]place{{uint32(t.Right[p.node]), s.addNode()}, {uint32(left), next}}
		if t.NodeWeight[below[0].node] > t.NodeWeight[below[1].node] {
			below[0], below[1] = below[1], below[0]
		}
		stack = append(stack, below[0], below[1])
	}
}

// sharesOf returns the number of equal shares if they are pure and there are some, or
// adds them.
func (s *serving) sharesOf(shares []float64) uint32 {
	class := slices.Index(shares, 1)
	if class >= 0 && s.pure[class] != 0 {
		return s.pure[class] - 1
	}
	s.shares = append(s.shares, shares...)
	number := uint32(len(s.shares) / s.classes)
	if class >= 0 {
		added := s.shares[len(s.shares)-s.classes:]
		clear(added) // others are nothing beside it
		added[class] = 1
		s.pure[class] = number
	}
	return number - 1
}

// floor32 returns the largest float32 that is not above v.
func floor32(v float64) float32 {
	f := float32(v)
	if float64(f) > v {
		return math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return f
}

// blockRows returns how many rows go through the trees together. A tree should stay in
// the cache while many rows walk down; their values are read in order, which costs little.
func (s *serving) blockRows(rows int) int {
	const values, least = 1 << 19, 256
	return max(least, min(values/s.features, rows/(4*runtime.GOMAXPROCS(0))))
}

// eachBlock calls f with consecutive rows of X from start on: their keys, and zeros for
// their shares, row by row. Calls may run at the same time.
func (s *serving) eachBlock(ctx context.Context, X *Matrix, f func(start int, keys []uint32, shares []float64)) error {
	if err := s.columns.check(X); err != nil {
		return err
	}
	size := s.blockRows(X.rows)
	return forEach(ctx, (X.rows+size-1)/size, 0, func(_ context.Context, b int) error {
		start := b * size
		n := min(size, X.rows-start)
		keys, err := orderedPanels(X, start, n)
		if err != nil {
			return err
		}
		f(start, keys, make([]float64, n*s.classes))
		return nil
	})
}

// orderedPanels returns n rows of X in ordered form, in panels as vec.Trees wants
// them. The last panel is filled up with zeros.
func orderedPanels(X *Matrix, start, n int) ([]uint32, error) {
	const side = vec.Walkers
	keys := make([]uint32, (n+side-1)/side*side*X.cols)
	for j := range X.cols {
		for i, v := range X.Col(j)[start : start+n] {
			x := float32(v)
			if !isFinite(float64(x)) {
				return nil, X.notFloat32(start+i, j, v)
			}
			keys[(i/side*X.cols+j)*side+i%side] = ordered(x)
		}
	}
	return keys, nil
}

// row returns the keys of a row, which are vec.Walkers apart.
func (s *serving) row(panels []uint32, i int) []uint32 {
	return panels[i/vec.Walkers*vec.Walkers*s.features+i%vec.Walkers:]
}

// predict sets the shares of rows: the mean over the trees, summed in their order,
// which the last bits depend on.
func (s *serving) predict(panels []uint32, shares []float64) {
	s.sum(panels, shares)
	s.divide(shares)
}

// sum adds the shares of the leaves of all trees.
func (s *serving) sum(panels []uint32, shares []float64) {
	rows := len(shares) / s.classes
	leaves := make([]uint32, len(panels)/s.features)
	for _, root := range s.roots {
		s.nodes.Walk(leaves, panels, root)
		s.addAll(leaves[:rows], shares)
	}
}

// sumRow is sum for one row. It walks down several trees at a time.
func (s *serving) sumRow(x []uint32, shares []float64) {
	roots := s.roots
	for ; len(roots) >= 4; roots = roots[4:] {
		for _, leaf := range s.walk4([4]uint32(roots), x) {
			s.add(s.nodes[leaf].Leaf, shares)
		}
	}
	for _, root := range roots {
		s.add(s.nodes[s.walk(root, x)].Leaf, shares)
	}
}

func (s *serving) divide(shares []float64) {
	for i := range shares {
		shares[i] /= float64(len(s.roots))
	}
}

// walk returns the leaf that a row ends in.
func (s *serving) walk(node uint32, x []uint32) uint32 {
	for {
		next := s.nodes.Step(node, x)
		if next == node {
			return node
		}
		node = next
	}
}

// walk4 walks down four trees.
func (s *serving) walk4(at [4]uint32, x []uint32) [4]uint32 {
	n := s.nodes
	for {
		a, b, c, d := n.Step(at[0], x), n.Step(at[1], x), n.Step(at[2], x), n.Step(at[3], x)
		if a == at[0] && b == at[1] && c == at[2] && d == at[3] {
			return at
		}
		at = [4]uint32{a, b, c, d}
	}
}

// addAll adds the shares of each row's leaf.
func (s *serving) addAll(leaves []uint32, shares []float64) {
	if s.classes == 2 {
		for row, leaf := range leaves {
			to, from := shares[2*row:][:2], s.shares[2*leaf:][:2]
			to[0] += from[0]
			to[1] += from[1]
		}
		return
	}
	for row, leaf := range leaves {
		s.add(leaf, shares[row*s.classes:][:s.classes])
	}
}

// add adds the shares of a leaf.
func (s *serving) add(leaf uint32, shares []float64) {
	for c, v := range s.shares[int(leaf)*s.classes:][:len(shares)] {
		shares[c] += v
	}
}

// predict1 is predict for one row that has not been checked.
func (s *serving) predict1(row, shares []float64) error {
	clear(shares)
	if err := s.sum1(row, shares); err != nil {
		return err
	}
	s.divide(shares)
	return nil
}

// sum1 is sum for one row that has not been checked.
func (s *serving) sum1(row, shares []float64) error {
	if len(row) != s.features {
		return errorf("the row has %d values, the model was fitted on %d columns", len(row), s.features)
	}
	var buffer [128 * vec.Walkers]uint32
	x := grow(buffer[:0], len(row)*vec.Walkers)
	for j, v := range row {
		f := float32(v)
		if !isFinite(float64(f)) {
			return (&Matrix{}).notFloat32(0, j, v)
		}
		x[j*vec.Walkers] = ordered(f)
	}
	s.sumRow(x, shares)
	return nil
}

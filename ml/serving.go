package ml

import (
	"context"
	"math"
	"runtime"
	"slices"
)

// serving is the trees of a forest in the form that predicts: 12 bytes per node and
// no branch that depends on a row's values.
type serving struct {
	nodes    []servingNode
	leaf     []uint32  // per node, if it is a leaf: which shares it has
	shares   []float64 // classes numbers each; pure leaves of a class have the same
	pure     []uint32  // per class: which shares its pure leaves have, plus 1; 0 if there are none
	roots    []uint32  // of the trees
	classes  int
	columns  columnSet
	features int // as many as there are columns
}

// servingNode sends a row to child left, or to left+1 if its value in column feature
// is above the threshold. Values are compared in their ordered form; rounding the
// threshold down to float32 does not change which of them are above it. A leaf is
// its own left child, and nothing is above its threshold.
type servingNode struct {
	threshold uint32
	feature   uint32
	left      uint32
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
	s.nodes, s.leaf = make([]servingNode, 0, n), make([]uint32, n)
	for _, t := range trees {
		s.roots = append(s.roots, uint32(len(s.nodes)))
		s.layOut(t, sharesOf)
	}
}

// layOut adds a tree with siblings side by side, below a node first those on its
// left.
func (s *serving) layOut(t *Tree, sharesOf func(t *Tree, node int, dst []float64)) {
	type place struct{ node, at uint32 }
	shares := make([]float64, s.classes)
	stack := []place{{0, uint32(len(s.nodes))}}
	s.nodes = append(s.nodes, servingNode{})
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if left := t.Left[p.node]; left != noChild {
			next := uint32(len(s.nodes))
			s.nodes[p.at] = servingNode{ordered(floor32(t.Threshold[p.node])), uint32(t.Feature[p.node]), next}
			s.nodes = append(s.nodes, servingNode{}, servingNode{})
			stack = append(stack, place{uint32(t.Right[p.node]), next + 1}, place{uint32(left), next})
			continue
		}
		s.nodes[p.at] = servingNode{math.MaxUint32, 0, p.at}
		sharesOf(t, int(p.node), shares)
		s.leaf[p.at] = s.sharesOf(shares)
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
// the cache while many rows walk down, and so should their values.
func (s *serving) blockRows(rows int) int {
	const values, least = 1 << 17, 256
	return max(least, min(values/s.features, rows/(4*runtime.GOMAXPROCS(0))))
}

// eachBlock calls f with consecutive rows of X from start on: their ordered values,
// and zeros for their shares, row by row. Calls may run at the same time.
func (s *serving) eachBlock(ctx context.Context, X *Matrix, f func(start int, keys []uint32, shares []float64)) error {
	if err := s.columns.check(X); err != nil {
		return err
	}
	size := s.blockRows(X.rows)
	return forEach(ctx, (X.rows+size-1)/size, 0, func(_ context.Context, b int) error {
		start := b * size
		n := min(size, X.rows-start)
		keys, err := orderedRows(X, start, n)
		if err != nil {
			return err
		}
		f(start, keys, make([]float64, n*s.classes))
		return nil
	})
}

// orderedRows returns n rows of X in ordered form, row by row.
func orderedRows(X *Matrix, start, n int) ([]uint32, error) {
	keys := make([]uint32, n*X.cols)
	for j := range X.cols {
		for i, v := range X.Col(j)[start : start+n] {
			x := float32(v)
			if !isFinite(float64(x)) {
				return nil, X.notFloat32(start+i, j, v)
			}
			keys[i*X.cols+j] = ordered(x)
		}
	}
	return keys, nil
}

// predict sets the shares of rows: the mean over the trees, summed in their order,
// which the last bits depend on.
func (s *serving) predict(keys []uint32, shares []float64) {
	rows := len(keys) / s.features
	for _, root := range s.roots {
		row := 0
		for ; row+lanes <= rows; row += lanes {
			leaves := [lanes]uint32{root, root, root, root, root, root, root, root}
			s.walkLanes(&leaves, keys[row*s.features:], s.features)
			for i, leaf := range leaves {
				s.add(leaf, shares[(row+i)*s.classes:][:s.classes])
			}
		}
		for ; row < rows; row++ {
			s.add(s.walk(root, keys[row*s.features:]), shares[row*s.classes:][:s.classes])
		}
	}
	s.divide(shares)
}

// predictRow is predict for one row. It walks down several trees at a time.
func (s *serving) predictRow(x []uint32, shares []float64) {
	roots := s.roots
	for ; len(roots) >= lanes; roots = roots[lanes:] {
		leaves := [lanes]uint32(roots)
		s.walkLanes(&leaves, x, 0)
		for _, leaf := range leaves {
			s.add(leaf, shares)
		}
	}
	for _, root := range roots {
		s.add(s.walk(root, x), shares)
	}
	s.divide(shares)
}

func (s *serving) divide(shares []float64) {
	for i := range shares {
		shares[i] /= float64(len(s.roots))
	}
}

// walk returns the leaf that a row ends in.
func (s *serving) walk(node uint32, x []uint32) uint32 {
	for {
		next := step(s.nodes, node, x)
		if next == node {
			return node
		}
		node = next
	}
}

func step(nodes []servingNode, node uint32, x []uint32) uint32 {
	n := &nodes[node]
	return n.left + uint32((uint64(n.threshold)-uint64(x[n.feature]))>>63)
}

// lanes is how many walks go on at the same time: a step has to wait for the one
// before it, but not for those of other walks.
const lanes = 8

// walkLanes walks from each of the nodes to a leaf. The rows lie stride apart in
// keys. A walk that has arrived steps on the spot until all have.
func (s *serving) walkLanes(at *[lanes]uint32, keys []uint32, stride int) {
	nodes, f := s.nodes, s.features
	x0, x1, x2, x3 := keys[:f], keys[stride:][:f], keys[2*stride:][:f], keys[3*stride:][:f]
	x4, x5, x6, x7 := keys[4*stride:][:f], keys[5*stride:][:f], keys[6*stride:][:f], keys[7*stride:][:f]
	for {
		a, b, c, d := step(nodes, at[0], x0), step(nodes, at[1], x1), step(nodes, at[2], x2), step(nodes, at[3], x3)
		moved := (a ^ at[0]) | (b ^ at[1]) | (c ^ at[2]) | (d ^ at[3])
		at[0], at[1], at[2], at[3] = a, b, c, d
		a, b, c, d = step(nodes, at[4], x4), step(nodes, at[5], x5), step(nodes, at[6], x6), step(nodes, at[7], x7)
		moved |= (a ^ at[4]) | (b ^ at[5]) | (c ^ at[6]) | (d ^ at[7])
		at[4], at[5], at[6], at[7] = a, b, c, d
		if moved == 0 {
			return
		}
	}
}

// add adds the shares of a leaf.
func (s *serving) add(leaf uint32, shares []float64) {
	for c, v := range s.shares[int(s.leaf[leaf])*s.classes:][:len(shares)] {
		shares[c] += v
	}
}

// predict1 is predict for one row that has not been checked.
func (s *serving) predict1(row, shares []float64) error {
	if len(row) != s.features {
		return errorf("the row has %d values, the model was fitted on %d columns", len(row), s.features)
	}
	var buffer [128]uint32
	x := grow(buffer[:0], len(row))
	for j, v := range row {
		f := float32(v)
		if !isFinite(float64(f)) {
			return (&Matrix{}).notFloat32(0, j, v)
		}
		x[j] = ordered(f)
	}
	clear(shares)
	s.predictRow(x, shares)
	return nil
}

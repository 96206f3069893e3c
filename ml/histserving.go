package ml

import (
	"context"
	"math"
	"math/bits"
	"runtime"
)

// histServing is the trees in the form that predicts: 16 bytes per node and no branch that
// depends on a row's values.
type histServing struct {
	nodes   []histServingNode
	values  []float64 // per node, if it is a leaf
	roots   []uint32  // of iteration i and output k at i·outputs+k
	start   []float64
	columns columnSet
}

// histServingNode sends a row to child left, or to left+1 if its key is above the
// threshold. A leaf is its own left child, and nothing is above its threshold.
type histServingNode struct {
	threshold uint64
	key       uint32 // which of the row's
	left      uint32
}

// A row has two keys per column: its value in ordered form, and the same but for a
// missing value, which is above everything in one of them and below in the other.
const keysPerColumn = 2

func newHistServing(e *HistEnsemble) *histServing {
	s := &histServing{start: e.Start, columns: e.columns}
	for _, trees := range e.Trees {
		for _, t := range trees {
			s.layOut(t)
		}
	}
	return s
}

// layOut adds a tree with siblings side by side.
func (s *histServing) layOut(t *HistTree) {
	type place struct{ node, at uint32 }
	s.roots = append(s.roots, uint32(len(s.nodes)))
	stack := []place{{0, uint32(len(s.nodes))}}
	s.nodes = append(s.nodes, histServingNode{})
	s.values = append(s.values, make([]float64, t.NumNodes())...)
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		left := t.Left[p.node]
		if left == noChild {
			s.nodes[p.at] = histServingNode{math.MaxUint64, 0, p.at}
			s.values[p.at] = t.Value[p.node]
			continue
		}
		next := uint32(len(s.nodes))
		key := keysPerColumn * uint32(t.Feature[p.node])
		if t.MissingLeft[p.node] {
			key++
		}
		s.nodes[p.at] = histServingNode{orderedBits(t.Threshold[p.node]), key, next}
		s.nodes = append(s.nodes, histServingNode{}, histServingNode{})
		stack = append(stack, place{uint32(t.Right[p.node]), next + 1}, place{uint32(left), next})
	}
}

// histKeys returns the keys of n rows of X, row by row.
func histKeys(X *Matrix, start, n int) []uint64 {
	keys, width := make([]uint64, n*X.cols*keysPerColumn), X.cols*keysPerColumn
	for j := range X.cols {
		for i, v := range X.Col(j)[start : start+n] {
			setKeys(keys[i*width+j*keysPerColumn:], v)
		}
	}
	return keys
}

func setKeys(keys []uint64, v float64) {
	if v != v {
		keys[0], keys[1] = math.MaxUint64, 0
		return
	}
	key := orderedBits(v)
	keys[0], keys[1] = key, key
}

// width is the number of keys of a row.
func (s *histServing) width() int { return s.columns.count * keysPerColumn }

// eachBlock calls f with the keys of consecutive rows of X from start on.
func (s *histServing) eachBlock(ctx context.Context, X *Matrix, f func(start int, keys []uint64)) error {
	if err := s.columns.check(X); err != nil {
		return err
	}
	const values, least = 1 << 15, 64 // that should stay in the cache
	size := max(least, min(values/s.width(), X.rows/(4*runtime.GOMAXPROCS(0))))
	return forEach(ctx, (X.rows+size-1)/size, 0, func(_ context.Context, b int) error {
		start := b * size
		f(start, histKeys(X, start, min(size, X.rows-start)))
		return nil
	})
}

// decide returns the raw predictions of the rows of X, one column per output.
func (s *histServing) decide(ctx context.Context, X *Matrix) (*Matrix, error) {
	out := newMatrix(X.rows, len(s.start), nil)
	err := s.eachBlock(ctx, X, func(start int, keys []uint64) {
		end := start + len(keys)/s.width()
		for k, v := range s.start {
			raw := out.Col(k)[start:end]
			for i := range raw {
				raw[i] = v
			}
		}
		for t, root := range s.roots {
			s.addTree(root, keys, out.Col(t % len(s.start))[start:end])
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// addTree adds what a tree says of rows to their raw predictions.
func (s *histServing) addTree(root uint32, keys []uint64, raw []float64) {
	width, row := s.width(), 0
	for ; row+lanes <= len(raw); row += lanes {
		leaves := [lanes]uint32{root, root, root, root, root, root, root, root}
		s.walkLanes(&leaves, keys[row*width:], width)
		for i, leaf := range leaves {
			raw[row+i] += s.values[leaf]
		}
	}
	for ; row < len(raw); row++ {
		raw[row] += s.values[s.walk(root, keys[row*width:])]
	}
}

// decide1 sets raw to the raw predictions of a row.
func (s *histServing) decide1(row, raw []float64) error {
	if len(row) != s.columns.count {
		return errorf("the row has %d values, the model was fitted on %d columns", len(row), s.columns.count)
	}
	var buffer [128 * keysPerColumn]uint64
	x := grow(buffer[:0], s.width())
	for j, v := range row {
		setKeys(x[j*keysPerColumn:], v)
	}
	copy(raw, s.start)
	roots, k := s.roots, 0
	for ; len(roots) >= lanes; roots = roots[lanes:] { // several trees at a time
		leaves := [lanes]uint32(roots)
		s.walkLanes(&leaves, x, 0)
		for _, leaf := range leaves {
			raw[k] += s.values[leaf]
			if k++; k == len(raw) {
				k = 0
			}
		}
	}
	for _, root := range roots {
		raw[k] += s.values[s.walk(root, x)]
		k = (k + 1) % len(raw)
	}
	return nil
}

// walk returns the leaf that a row ends in.
func (s *histServing) walk(node uint32, x []uint64) uint32 {
	for {
		next := histStep(s.nodes, node, x)
		if next == node {
			return node
		}
		node = next
	}
}

func histStep(nodes []histServingNode, node uint32, x []uint64) uint32 {
	n := &nodes[node]
	_, isAbove := bits.Sub64(n.threshold, x[n.key], 0)
	return n.left + uint32(isAbove)
}

// lanes is how many walks go on at the same time: a step has to wait for the one
// before it, but not for those of other walks.
const lanes = 8

// walkLanes walks from each of the nodes to a leaf. The rows lie stride apart in keys. A
// walk that has arrived steps on the spot until all have.
func (s *histServing) walkLanes(at *[lanes]uint32, keys []uint64, stride int) {
	nodes, w := s.nodes, s.width()
	x0, x1, x2, x3 := keys[:w], keys[stride:][:w], keys[2*stride:][:w], keys[3*stride:][:w]
	x4, x5, x6, x7 := keys[4*stride:][:w], keys[5*stride:][:w], keys[6*stride:][:w], keys[7*stride:][:w]
	for {
		a, b, c, d := histStep(nodes, at[0], x0), histStep(nodes, at[1], x1), histStep(nodes, at[2], x2), histStep(nodes, at[3], x3)
		moved := (a ^ at[0]) | (b ^ at[1]) | (c ^ at[2]) | (d ^ at[3])
		at[0], at[1], at[2], at[3] = a, b, c, d
		a, b, c, d = histStep(nodes, at[4], x4), histStep(nodes, at[5], x5), histStep(nodes, at[6], x6), histStep(nodes, at[7], x7)
		moved |= (a ^ at[4]) | (b ^ at[5]) | (c ^ at[6]) | (d ^ at[7])
		at[4], at[5], at[6], at[7] = a, b, c, d
		if moved == 0 {
			return
		}
	}
}

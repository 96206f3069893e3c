package ml

import (
	"cmp"
	"slices"
)

const (
	sameValue = float32(1e-7) // the distance up to which neighbouring values are one
	epsilon   = 0x1p-52
)

// grower builds one classification tree, depth first (Breiman et al. 1984, with
// random candidate features as in Breiman 2001). It visits nodes, draws features
// and breaks ties in the order scikit-learn does, so that the same seed gives the
// same tree. Weights are whole numbers, which makes every sum of them exact and
// the order of the rows within a node irrelevant.
type grower struct {
	x       [][]float32 // columns
	class   []int       // per row
	weight  []float64   // per row, from the bootstrap
	classes int
	limits  treeLimits

	rng      xorshift
	features []int // a permutation of the columns, see draw
	constant []int // its first entries are the columns known to be constant here
	rows     []int // every node owns a range of it
	sorted   []sample
	total    float64 // weight of all rows
}

type treeLimits struct{ maxDepth, minSplit, minLeaf, maxFeatures int }

// pending is a node that waits to be built.
type pending struct {
	start, end    int // its range of grower.rows
	parent, depth int
	isLeft        bool
	constants     int // columns known to be constant, the first of grower.constant
}

// sample is a row while its node is being split.
type sample struct {
	value  float32
	class  int
	weight float64
}

// candidate is a split: rows with values up to the threshold go left.
type candidate struct {
	feature   int
	threshold float64
	score     float64
	left      []float64 // weight per class
	leftTotal float64
}

func (g *grower) grow() *Tree {
	for row, w := range g.weight {
		if w != 0 {
			g.rows = append(g.rows, row)
			g.total += w
		}
	}
	g.features = make([]int, len(g.x))
	for j := range g.features {
		g.features[j] = j
	}
	g.constant = make([]int, len(g.x))
	t := &Tree{classes: g.classes}
	// A stack, and not recursion: a tree can be as deep as there are rows. The
	// right child goes on it first, so that the left one is built first.
	stack := []pending{{end: len(g.rows), parent: noChild}}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if left, right, ok := g.build(t, p); ok {
			stack = append(stack, right, left)
		}
	}
	return t
}

// build adds a node to the tree and returns its children if it has any.
func (g *grower) build(t *Tree, p pending) (left, right pending, ok bool) {
	counts, total := g.count(p)
	impurity := gini(counts, total)
	node := t.add(p.parent, p.isLeft, impurity, p.end-p.start, counts)
	if g.mustBeLeaf(p, impurity) {
		return left, right, false
	}
	best, constants := g.bestSplit(p, counts, total)
	if best == nil || g.improvement(best, impurity, counts, total)+epsilon < 0 {
		return left, right, false
	}
	t.Feature[node], t.Threshold[node] = best.feature, best.threshold
	middle := g.partition(p, best)
	left = pending{p.start, middle, node, p.depth + 1, true, constants}
	right = pending{middle, p.end, node, p.depth + 1, false, constants}
	return left, right, true
}

func (g *grower) count(p pending) (counts []float64, total float64) {
	counts = make([]float64, g.classes)
	for _, row := range g.rows[p.start:p.end] {
		counts[g.class[row]] += g.weight[row]
		total += g.weight[row]
	}
	return counts, total
}

func (g *grower) mustBeLeaf(p pending, impurity float64) bool {
	n := p.end - p.start
	return n < g.limits.minSplit || n < 2*g.limits.minLeaf || p.depth >= g.limits.maxDepth || impurity <= epsilon
}

// bestSplit draws columns until maxFeatures have been looked at and at least one
// of them was not constant, and returns the best split of all, nil if there is
// none. constants is how many columns are known to be constant now.
//
// g.features holds, from the left, the constant columns drawn here, the other
// known ones, the ones found here, the columns not drawn yet, and those looked
// at. Children inherit what is constant: g.constant keeps those in a fixed order.
func (g *grower) bestSplit(p pending, counts []float64, total float64) (best *candidate, constants int) {
	known, found, drawn := p.constants, 0, 0
	undrawn := len(g.features)
	f := g.features
	for visited := 0; undrawn > known+found && (visited < g.limits.maxFeatures || visited <= found+drawn); visited++ {
		j := drawn + g.rng.intn(undrawn-found-drawn)
		if j < known {
			f[drawn], f[j] = f[j], f[drawn]
			drawn++
			continue
		}
		j += found
		if g.sortBy(p, f[j]) {
			f[j], f[known+found] = f[known+found], f[j]
			found++
			continue
		}
		undrawn--
		f[undrawn], f[j] = f[j], f[undrawn]
		best = g.scan(best, f[undrawn], counts, total)
	}
	copy(f[:known], g.constant[:known])
	copy(g.constant[known:known+found], f[known:known+found])
	return best, known + found
}

// sortBy fills g.sorted with the node's rows by their value in a column, and
// reports whether the column is constant.
func (g *grower) sortBy(p pending, feature int) (isConstant bool) {
	g.sorted = g.sorted[:0]
	for _, row := range g.rows[p.start:p.end] {
		g.sorted = append(g.sorted, sample{g.x[feature][row], g.class[row], g.weight[row]})
	}
	slices.SortFunc(g.sorted, func(a, b sample) int { return cmp.Compare(a.value, b.value) })
	return g.sorted[len(g.sorted)-1].value <= g.sorted[0].value+sameValue
}

// scan tries the thresholds between the values of g.sorted and returns the best
// split so far; of equal ones the first.
func (g *grower) scan(best *candidate, feature int, counts []float64, total float64) *candidate {
	left := make([]float64, g.classes)
	var leftTotal float64
	for i, s := range g.sorted[:len(g.sorted)-1] {
		left[s.class] += s.weight
		leftTotal += s.weight
		next := g.sorted[i+1].value
		if next <= s.value+sameValue || i+1 < g.limits.minLeaf || len(g.sorted)-i-1 < g.limits.minLeaf {
			continue
		}
		score := splitScore(counts, left, total, leftTotal)
		if best == nil || score > best.score {
			// Of two float32 numbers, float64 always has a middle below the upper one.
			middle := float64(s.value)/2 + float64(next)/2
			best = &candidate{feature, middle, score, slices.Clone(left), leftTotal}
		}
	}
	return best
}

// splitScore is the weighted impurity of both sides, negated: what of the
// improvement depends on the split.
func splitScore(counts, left []float64, total, leftTotal float64) float64 {
	giniLeft, giniRight, rightTotal := giniSides(counts, left, total, leftTotal)
	return float64(-rightTotal*giniRight) - float64(leftTotal*giniLeft)
}

func giniSides(counts, left []float64, total, leftTotal float64) (giniLeft, giniRight, rightTotal float64) {
	var squares float64
	for c, w := range left {
		r := counts[c] - w
		squares += float64(r * r)
	}
	rightTotal = total - leftTotal
	return gini(left, leftTotal), 1 - squares/float64(rightTotal*rightTotal), rightTotal
}

// improvement is the decrease of impurity, weighted by the node's share of the
// rows. It can fall below zero by rounding.
func (g *grower) improvement(s *candidate, impurity float64, counts []float64, total float64) float64 {
	giniLeft, giniRight, rightTotal := giniSides(counts, s.left, total, s.leftTotal)
	return float64(total / g.total * (impurity - float64(rightTotal/total*giniRight) - float64(s.leftTotal/total*giniLeft)))
}

// partition moves the rows that go left to the front of the node's range and
// returns where the others start.
func (g *grower) partition(p pending, s *candidate) int {
	x, end := g.x[s.feature], p.end
	for i := p.start; i < end; {
		if row := g.rows[i]; float64(x[row]) <= s.threshold {
			i++
		} else {
			end--
			g.rows[i], g.rows[end] = g.rows[end], row
		}
	}
	return end
}

// xorshift is Marsaglia's 32 bit generator with shifts 13, 17 and 5.
type xorshift uint32

// intn returns a number in [0, n) from the lower 31 bits.
func (x *xorshift) intn(n int) int {
	s := uint32(*x)
	if s == 0 {
		s = 1
	}
	s ^= s << 13
	s ^= s >> 17
	s ^= s << 5
	*x = xorshift(s)
	return int(s&0x7fffffff) % n
}

package ml

import (
	"math"
	"math/bits"
)

// countingSplitter finds the splits of plainSplitter where all sums are exact:
// where weights are whole numbers, the order of the rows does not matter. So it
// counts the rows of a node by their ranks, or sorts those, and does not have to
// keep scikit-learn's order.
type countingSplitter struct {
	*countingData
	*countingScratch
	limits    treeLimits
	minWeight int64
	draw      featureDraw
	budget    *budget
	all       float64 // weight of all rows

	start, end int     // the node, a range of rows
	total      []int64 // its weight per class
	weight     int64
	best       countedSplit
	screen     screen
}

// countingData is what the trees of a forest share.
type countingData struct {
	X       *Matrix
	columns []ranked
	classes int
	entropy entropyTable // nil for Gini
	random  bool         // thresholds; ranks are the ordered values themselves then
}

// item is the class of a row and its weight in one number.
type item uint32

// itemShift is how far up the class is.
func itemShift(classes int) int { return 32 - bits.Len(uint(classes-1)) }

// countable reports whether a countingSplitter can work with weights that sum to no
// more than total.
func countable(classes int, total float64) bool {
	const exactSquare = 1 << 26
	return total < min(exactSquare, math.Exp2(float64(itemShift(classes))))
}

// countedSplit sends ranks up to below to the left. above is the next rank in the
// node.
type countedSplit struct {
	feature      int // noFeature if there is none
	below, above uint32
	threshold    float64 // if it is random
	fit          float64
	left         []int64 // weight per class
	leftWeight   int64
}

func (s *countingSplitter) turnTo(start, end int) (weight float64) {
	s.start, s.end = start, end
	clear(s.total)
	shift, mask := itemShift(s.classes), uint32(1)<<itemShift(s.classes)-1
	for _, i := range s.items[start:end] {
		s.total[uint32(i)>>shift] += int64(uint32(i) & mask)
	}
	s.weight = sum(s.total)
	return float64(s.weight)
}

func (s *countingSplitter) impurity() float64 { return s.impurityOf(s.total, s.weight) }

func (s *countingSplitter) impurityOf(weights []int64, total int64) float64 {
	if s.entropy != nil {
		for c, w := range weights {
			s.floats[c] = float64(w)
		}
		return entropy(s.floats, float64(total))
	}
	return 1 - float64(squares(weights))/float64(total*total)
}

func (s *countingSplitter) appendValue(values []float64) []float64 {
	for _, w := range s.total {
		values = append(values, float64(w))
	}
	return values
}

func (s *countingSplitter) split(impurity float64, constants int) (split, int) {
	s.best.feature, s.best.fit = noFeature, math.Inf(-1)
	s.screen.start(s)
	constants = s.draw.draw(constants, s)
	b := &s.best
	if b.feature == noFeature {
		return split{pos: s.end}, constants
	}
	pos, threshold := s.divide()
	rightWeight := s.weight - b.leftWeight
	subtract(s.right, s.total, b.left)
	left, right := s.impurityOf(b.left, b.leftWeight), s.impurityOf(s.right, rightWeight)
	improvement := weightedDecrease(s.all, float64(s.weight), float64(b.leftWeight), float64(rightWeight), impurity, left, right)
	return split{pos, b.feature, threshold, improvement, left, right}, constants
}

// try is split's part for one column.
func (s *countingSplitter) try(feature int) (isConstant bool) {
	s.budget.spend(s.end - s.start)
	if s.random {
		return s.tryRandom(feature)
	}
	c := &s.columns[feature]
	if s.classes == 2 && s.weight < pairLimit {
		return s.tryPairs(feature, c)
	}
	return s.tryClasses(feature, c)
}

// allows reports whether a split is allowed that sends n rows with the given weight
// to the left.
func (s *countingSplitter) allows(n int, weight int64) bool {
	return n >= s.limits.minLeaf && s.end-s.start-n >= s.limits.minLeaf && weight >= s.minWeight && s.weight-weight >= s.minWeight
}

// isLimited reports whether allows is ever false.
func (s *countingSplitter) isLimited() bool { return s.limits.minLeaf > 1 || s.minWeight > 1 }

// consider judges the split that has the weights s.left on its left side, the way
// classCriterion does.
func (s *countingSplitter) consider(feature int, below, above uint32, leftWeight int64) {
	subtract(s.right, s.total, s.left)
	rightWeight := s.weight - leftWeight
	left, right := s.impurityOf(s.left, leftWeight), s.impurityOf(s.right, rightWeight)
	fit := float64(-float64(rightWeight)*right) - float64(float64(leftWeight)*left)
	if b := &s.best; fit > b.fit {
		b.feature, b.below, b.above, b.fit, b.leftWeight = feature, below, above, fit, leftWeight
		copy(b.left, s.left)
		s.screen.raise(fit)
	}
}

func sum(a []int64) (sum int64) {
	for _, v := range a {
		sum += v
	}
	return sum
}

func squares(a []int64) (sum int64) {
	for _, v := range a {
		sum += v * v
	}
	return sum
}

// subtract sets dst to a − b.
func subtract(dst, a, b []int64) {
	for i, v := range a {
		dst[i] = v - b[i]
	}
}

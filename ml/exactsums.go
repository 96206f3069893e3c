package ml

import "math"

// exactCriterion is a criterion whose fit follows from sums over the rows, which may be
// exact: then they are the same in any order.
type exactCriterion interface {
	isExact() bool
	perRow() [][2]float64 // w·y and w
	// fitOf is advance for a left side of which Σ w·y and Σ w are known.
	fitOf(left, leftWeight, minWeight float64) (fit float64)
}

var _, _, _ exactCriterion = (*squaredError)(nil), (*friedmanMSE)(nil), (*poisson)(nil)

// isExact looks for whole numbers whose squares do not sum to more than float64 can count.
func (c *squaredError) isExact() bool {
	squares := 0.0
	for row, sum := range c.sums {
		y, w := c.values[row], sum[1]
		if y != math.Trunc(y) || w != math.Trunc(w) {
			return false
		}
		squares += float64(w*y*y) + w
	}
	return squares <= 1<<53
}

// isExact is false: logarithms are summed too.
func (c *poisson) isExact() bool { return false }

func (c *squaredError) perRow() [][2]float64 { return c.sums }

func (c *squaredError) fitOf(left, leftWeight, minWeight float64) (fit float64) {
	if !c.place(left, leftWeight, minWeight) {
		return math.Inf(-1)
	}
	return c.fit()
}

func (c *friedmanMSE) fitOf(left, leftWeight, minWeight float64) (fit float64) {
	if !c.place(left, leftWeight, minWeight) {
		return math.Inf(-1)
	}
	return c.fit()
}

// rankSums is what the rows of a node sum to, rank by rank, in a column of few values.
type rankSums [1 << 8]struct {
	sum, weight float64 // Σ w·y and Σ w
	rows        int
	row         uint32 // one of them
}

// addsByRank reports whether a node is better added up by rank than sorted.
func (s *plainSplitter) addsByRank(c *ranked) bool {
	return s.anyOrder() && !s.random && c.r8 != nil && 4*len(s.node) >= c.distinct
}

// addByRank takes the ranks per row.
func (s *plainSplitter) addByRank(ranks []uint8) {
	clear(s.byRank[:])
	for _, k := range s.node {
		row := uint32(k)
		b, sum := &s.byRank[ranks[row]], &s.sums[row]
		b.sum += sum[0]
		b.weight += sum[1]
		b.rows++
		b.row = row
	}
}

// tryByRank is try without a sort.
func (s *plainSplitter) tryByRank(feature int, c *ranked) (isConstant bool) {
	s.budget.spend(len(s.node))
	s.addByRank(c.r8)
	by := &s.byRank
	first, last := 0, c.distinct-1
	for by[first].rows == 0 {
		first++
	}
	for by[last].rows == 0 {
		last--
	}
	if first == last || c.areOne(uint32(first), uint32(last)) {
		return true
	}
	criterion := s.criterion.(exactCriterion)
	left, leftWeight, pos, below := 0.0, 0.0, 0, first
	for rank := first + 1; rank <= last; rank++ {
		if by[rank].rows == 0 {
			continue
		}
		b := &by[below]
		left, leftWeight, pos = left+b.sum, leftWeight+b.weight, pos+b.rows
		isOne := c.areOne(uint32(below), uint32(rank))
		if !isOne && pos >= s.limits.minLeaf && len(s.node)-pos >= s.limits.minLeaf {
			if fit := criterion.fitOf(left, leftWeight, s.limits.minWeight); fit > s.bestFit {
				s.bestFit, s.below, s.between = fit, uint32(below), [2]uint32{b.row, by[rank].row}
				s.best = split{pos: pos, feature: feature}
			}
		}
		below = rank
	}
	return false
}

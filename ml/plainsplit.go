package ml

import "math"

// sameValue is the distance up to which neighbouring values are one.
const sameValue = float32(1e-7)

// ordered maps a float32 to an integer such that larger values have larger ones.
// −0 is 0.
func ordered(v float32) uint32 {
	b := math.Float32bits(v + 0)
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

// unordered is the inverse of ordered.
func unordered(k uint32) float32 {
	return math.Float32frombits(k ^ (^uint32(int32(k)>>31) | 1<<31))
}

// keyed is a row, in the lower half, and its rank or ordered value in some column:
// keyed rows compare by value.
type keyed = uint64

func valueOf(k keyed) float32 { return unordered(uint32(k >> 32)) }

// plainSplitter looks at the rows of a node the way scikit-learn does: in its
// order, which sorting by one column leaves behind for the next, and with sums that
// run along it. So sums that rounding makes depend on the order come out the same.
// Where sums are exact, countingSplitter does the same faster for classes; for numbers
// there are shorter ways here, see exactsums.go.
type plainSplitter struct {
	X         *Matrix
	columns   []ranked
	rows      []keyed
	other     []keyed // memory for sorting
	criterion criterion
	limits    treeLimits
	draw      featureDraw
	budget    *budget
	random    bool // one threshold per column, drawn at random; ranks are the ordered values
	exact     bool // sums are, in any order
	loose     bool // sums of many rows may be in any order: their last bits do not matter

	node    []keyed // the part of rows that is the node, which starts at
	start   int
	last    int // the column the node is in order of
	best    split
	below   uint32    // the largest rank on the best split's left side
	between [2]uint32 // rows with that rank and the next one, unless the threshold is random
	bestFit float64
	counts  [1 << rankDigitBits]uint32
	sums    [][2]float64 // per row, what exact sums are of: w·y and w
	byRank  rankSums
}

func (s *plainSplitter) turnTo(start, end int) (weight float64) {
	s.start, s.node = start, s.rows[start:end]
	return s.criterion.reset(s.node)
}

func (s *plainSplitter) impurity() float64 { return s.criterion.impurity() }

func (s *plainSplitter) appendValue(values []float64) []float64 {
	return s.criterion.appendValue(values)
}

func (s *plainSplitter) split(impurity float64, constants int) (split, int) {
	s.best, s.bestFit, s.last = split{pos: len(s.node)}, math.Inf(-1), noFeature
	constants = s.draw.draw(constants, s)
	if s.best.pos < len(s.node) {
		if column := s.X.Col(s.best.feature); !s.random {
			s.best.threshold = middle(float32(column[s.between[0]]), float32(column[s.between[1]]))
		}
		if !s.random || s.last != s.best.feature {
			s.key(s.best.feature)
			partition(s.node, s.below)
		}
		s.criterion.rewind()
		s.criterion.advance(s.best.pos, 0)
		s.best.left, s.best.right = s.criterion.children()
		s.best.improvement = s.criterion.improvement(impurity, s.best.left, s.best.right)
	}
	s.best.pos += s.start
	return s.best, constants
}

// key enters the ranks of a column into the node's rows.
func (s *plainSplitter) key(feature int) {
	s.budget.spend(len(s.node))
	switch c := &s.columns[feature]; {
	case c.r16 != nil:
		keyRows(s.node, c.r16)
	case c.r8 != nil:
		keyRows(s.node, c.r8)
	default:
		keyRows(s.node, c.r32)
	}
}

func keyRows[R rankType](rows []keyed, ranks []R) {
	for i, k := range rows {
		rows[i] = keyed(ranks[uint32(k)])<<32 | k&math.MaxUint32
	}
}

func (s *plainSplitter) try(feature int) (isConstant bool) {
	c := &s.columns[feature]
	if s.addsByRank(c) {
		return s.tryByRank(feature, c)
	}
	s.key(feature)
	s.last = feature
	if s.random {
		return s.tryRandom(feature)
	}
	s.sort(c)
	if first, last := uint32(s.node[0]>>32), uint32(s.node[len(s.node)-1]>>32); first == last || c.areOne(first, last) {
		return true
	}
	s.criterion.rewind()
	rank := uint32(s.node[0] >> 32)
	for pos := 1; pos < len(s.node); pos++ {
		below := rank
		rank = uint32(s.node[pos] >> 32)
		if rank == below || c.mayBeOne(below) && c.areOne(below, rank) || pos < s.limits.minLeaf || len(s.node)-pos < s.limits.minLeaf {
			continue
		}
		if fit := s.criterion.advance(pos, s.limits.minWeight); fit > s.bestFit {
			s.bestFit, s.below, s.between = fit, below, [2]uint32{uint32(s.node[pos-1]), uint32(s.node[pos])}
			s.best = split{pos: pos, feature: feature}
		}
	}
	return false
}

// looseRows is how many rows a node must have for its sums to be loose. Splits of small nodes are
// often equal but for rounding.
const looseRows = 1 << 11

// anyOrder reports whether the node's rows may be added in any order.
func (s *plainSplitter) anyOrder() bool { return s.exact || s.loose && len(s.node) > looseRows }

// sort sorts the node by rank. The order of equal ranks has to be scikit-learn's unless
// sums may have any; if there hardly are any, a faster sort is tried first.
func (s *plainSplitter) sort(c *ranked) {
	n, anyOrder := len(s.node), s.anyOrder()
	share := float64(n) / float64(s.X.rows)
	if !anyOrder && float64(s.X.rows-c.distinct)*share*share > 0.5 {
		sortKeyed(s.node)
		return
	}
	sorted := append(s.other[:0], s.node...)
	if n <= insertionRows {
		insertionSort(sorted)
	} else {
		sorted = sortByRank(sorted, s.other[n:][:n], s.counts[:])
	}
	for i, k := range sorted[1:] {
		if k>>32 == sorted[i]>>32 && !anyOrder {
			sortKeyed(s.node)
			return
		}
	}
	copy(s.node, sorted)
}

// middle lies between two numbers, and below the upper one: of two float32 numbers
// float64 always has such a middle.
func middle(below, x float32) float64 { return float64(below)/2 + float64(x)/2 }

func (s *plainSplitter) tryRandom(feature int) (isConstant bool) {
	low := s.node[0] >> 32
	high := low
	for _, k := range s.node {
		low, high = min(low, k>>32), max(high, k>>32)
	}
	least, most := unordered(uint32(low)), unordered(uint32(high))
	if most <= least+sameValue {
		return true
	}
	threshold := randomThreshold(&s.draw.rng, least, most)
	below := ordered(floor32(threshold))
	pos := partition(s.node, below)
	if pos < s.limits.minLeaf || len(s.node)-pos < s.limits.minLeaf {
		return false
	}
	s.criterion.rewind()
	if fit := s.criterion.advance(pos, s.limits.minWeight); fit > s.bestFit {
		s.bestFit, s.below = fit, below
		s.best = split{pos: pos, feature: feature, threshold: threshold}
	}
	return false
}

func randomThreshold(rng *xorshift, least, most float32) float64 {
	threshold := rng.between(float64(least), float64(most))
	if threshold == float64(most) {
		return float64(least)
	}
	return threshold
}

// partition moves the rows with ranks up to below to the front and returns where
// the others start.
func partition(node []keyed, below uint32) int {
	i, end := 0, len(node)
	for i < end {
		if uint32(node[i]>>32) <= below {
			i++
		} else {
			end--
			node[i], node[end] = node[end], node[i]
		}
	}
	return end
}

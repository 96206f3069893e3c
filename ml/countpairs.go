package ml

import "math/bits"

// A pair is three sums in one number: of rows and of the weights of two classes.
const (
	pairBits  = 21
	pairMask  = 1<<pairBits - 1
	pairLimit = 1 << pairBits // of rows and of weight
)

// pairOf returns the pair of one row.
func pairOf(i item) uint64 {
	class, weight := uint64(i)>>31, uint64(i)&(1<<31-1)
	return 1<<(2*pairBits) | weight<<(pairBits*class&63)
}

// tryPairs is try for two classes.
func (s *countingSplitter) tryPairs(feature int, c *ranked) (isConstant bool) {
	var n int
	switch {
	case c.r16 != nil:
		n = gatherPairs(s, c.r16, c.distinct)
	case c.r8 != nil:
		n = gatherPairs(s, c.r8, c.distinct)
	default:
		n = gatherPairs(s, c.r32, c.distinct)
	}
	ranks, pairs := s.ranks[:n], s.words[:n]
	defer clear(pairs)
	if first, last := ranks[0], ranks[n-1]; first == last || c.areOne(first, last) {
		return true
	}
	s.scanPairs(feature, c, ranks, pairs)
	return false
}

const (
	sortedRows  = 16 // up to which sorting is faster than counting
	ranksPerRow = 64 // up to which counting is faster than sorting
)

// gatherPairs sums up the node's rows by rank. It fills s.ranks and s.words with
// the ranks that are there, ascending, and their pairs; a rank may be there more than once.
func gatherPairs[R rankType](s *countingSplitter, ranks []R, distinct int) (n int) {
	rows := s.rows[s.start:s.end]
	atLeast(&s.ranks, len(rows))
	switch {
	case len(rows) <= sortedRows || distinct > ranksPerRow*len(rows):
		return sortPairs(s, ranks)
	case distinct <= 2*len(rows):
		return countPairs(s, ranks, distinct)
	default:
		return markPairs(s, ranks, distinct)
	}
}

func sortPairs[R rankType](s *countingSplitter, ranks []R) (n int) {
	keys := sortRows(s, ranks)
	outRanks, outPairs := s.ranks[:len(keys)], s.words[:len(keys)]
	for i, k := range keys {
		outRanks[i], outPairs[i] = uint32(k>>32), pairOf(item(k))
	}
	return len(keys)
}

// countPairs has a place for every rank.
func countPairs[R rankType](s *countingSplitter, ranks []R, distinct int) (n int) {
	rows := s.rows[s.start:s.end]
	table, items := atLeast(&s.words, distinct), s.items[s.start:s.end][:len(rows)]
	for i, row := range rows {
		table[ranks[row]] += pairOf(items[i])
	}
	outRanks := s.ranks
	for r, p := range table {
		if p != 0 {
			table[r] = 0
			outRanks[n], table[n] = uint32(r), p
			n++
		}
	}
	return n
}

// markPairs keeps a bit for each rank that is there, so that it need not look at all.
func markPairs[R rankType](s *countingSplitter, ranks []R, distinct int) (n int) {
	rows := s.rows[s.start:s.end]
	table, items := atLeast(&s.words, distinct), s.items[s.start:s.end][:len(rows)]
	present := atLeast(&s.present, (distinct+63)/64)
	for i, row := range rows {
		r := ranks[row]
		table[r] += pairOf(items[i])
		present[r/64] |= 1 << (r % 64)
	}
	outRanks := s.ranks
	for w, word := range present {
		for ; word != 0; word &= word - 1 {
			r := w*64 + bits.TrailingZeros64(word)
			p := table[r]
			table[r] = 0
			outRanks[n], table[n] = uint32(r), p
			n++
		}
	}
	clear(present)
	return n
}

// scanPairs looks for the best split between two ranks.
func (s *countingSplitter) scanPairs(feature int, c *ranked, ranks []uint32, pairs []uint64) {
	total, total1 := s.weight, s.total[1]
	isLimited, limit := s.isLimited(), s.screen.pairLimit()
	pairs = pairs[:len(ranks)]
	var left uint64
	below := ranks[0]
	for i, rank := range ranks[1:] {
		left += pairs[i]
		last := below
		below = rank
		if last == rank || c.mayBeOne(last) && c.areOne(last, rank) {
			continue
		}
		left0, left1 := int64(left&pairMask), int64(left>>pairBits&pairMask)
		weight := left0 + left1
		if isLimited && !s.allows(int(left>>(2*pairBits)), weight) {
			continue
		}
		if s.entropy != nil {
			if s.entropy.pairFit(left0, left1, s.total[0]-left0, total1-left1) < s.screen.bits {
				continue
			}
		} else {
			d := float64(left1*total - weight*total1)
			if d*d < limit*float64(weight*(total-weight)) {
				continue
			}
		}
		s.left[0], s.left[1] = left0, left1
		s.consider(feature, last, rank, weight)
		limit = s.screen.pairLimit()
	}
}

package ml

// tryRandom is try for a random threshold.
func (s *countingSplitter) tryRandom(feature int) (isConstant bool) {
	rows := s.rows[s.start:s.end]
	column, values := s.columns[feature].r32, atLeast(&s.ranks, len(rows))
	low := column[rows[0]]
	high := low
	for i, row := range rows {
		v := column[row]
		values[i] = v
		low, high = min(low, v), max(high, v)
	}
	least, most := unordered(low), unordered(high)
	if most <= least+sameValue {
		return true
	}
	threshold := randomThreshold(&s.draw.rng, least, most)
	below := ordered(floor32(threshold))
	n := s.sumLeft(values, below)
	leftWeight := sum(s.left)
	if s.allows(n, leftWeight) {
		best := s.best.fit
		s.consider(feature, below, 0, leftWeight)
		if s.best.fit > best {
			s.best.threshold = threshold
		}
	}
	return false
}

// sumLeft sets s.left to the weights of the rows whose values are not above below,
// and returns how many there are.
func (s *countingSplitter) sumLeft(values []uint32, below uint32) (n int) {
	shift, mask := itemShift(s.classes), uint32(1)<<itemShift(s.classes)-1
	clear(s.left)
	items := s.items[s.start:s.end][:len(values)]
	for i, v := range values {
		// All ones if the row goes left.
		isLeft := ^uint32((uint64(below) - uint64(v)) >> 32)
		n += int(isLeft & 1)
		s.left[uint32(items[i])>>shift] += int64(uint32(items[i]) & mask & isLeft)
	}
	return n
}

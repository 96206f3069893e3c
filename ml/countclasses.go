package ml

// tryClasses is try for any number of classes.
func (s *countingSplitter) tryClasses(feature int, c *ranked) (isConstant bool) {
	if n := s.end - s.start; n > sortedRows && c.distinct*(s.classes+1) <= cellsPerRow*n {
		switch {
		case c.r16 != nil:
			countCells(s, c.r16, c.distinct)
		case c.r8 != nil:
			countCells(s, c.r8, c.distinct)
		default:
			countCells(s, c.r32, c.distinct)
		}
		return s.scanCells(feature, c)
	}
	defer clear(atLeast(&s.words, s.end-s.start))
	switch {
	case c.r16 != nil:
		return s.scanKeys(feature, c, sortRows(s, c.r16))
	case c.r8 != nil:
		return s.scanKeys(feature, c, sortRows(s, c.r8))
	default:
		return s.scanKeys(feature, c, sortRows(s, c.r32))
	}
}

const cellsPerRow = 2 // up to which counting is faster than sorting

// sortRows returns rank and item of the node's rows, by rank. It leaves as many of s.words
// for the caller to clear.
func sortRows[R rankType](s *countingSplitter, ranks []R) []uint64 {
	rows := s.rows[s.start:s.end]
	keys, items := atLeast(&s.words, len(rows)), s.items[s.start:s.end][:len(rows)]
	for i, row := range rows {
		keys[i] = uint64(ranks[row])<<32 | uint64(items[i])
	}
	return s.sort(keys)
}

// scanKeys looks for the best split between two ranks. It keeps the sums of squares
// of both sides, or the counterpart for entropy, by what each row changes in them.
func (s *countingSplitter) scanKeys(feature int, c *ranked, keys []uint64) (isConstant bool) {
	if first, last := uint32(keys[0]>>32), uint32(keys[len(keys)-1]>>32); first == last || c.areOne(first, last) {
		return true
	}
	shift, mask := itemShift(s.classes), uint32(1)<<itemShift(s.classes)-1
	isLimited := s.isLimited()
	clear(s.left)
	copy(s.right, s.total)
	sides := s.screen.sides(s.total, s.weight)
	below := uint32(keys[0] >> 32)
	for i, k := range keys[:len(keys)-1] {
		class, weight := uint32(k)>>shift, int64(uint32(k)&mask)
		sides.move(&s.left[class], &s.right[class], weight)
		last, rank := below, uint32(keys[i+1]>>32)
		below = rank
		if last == rank || c.mayBeOne(last) && c.areOne(last, rank) || isLimited && !s.allows(i+1, sides.leftWeight) {
			continue
		}
		if s.screen.lets(&sides) {
			s.consider(feature, last, rank, sides.leftWeight)
		}
	}
	return false
}

// countCells sums up the rows and the weight of each class by rank.
func countCells[R rankType](s *countingSplitter, ranks []R, distinct int) {
	rows := s.rows[s.start:s.end]
	items := s.items[s.start:s.end][:len(rows)]
	shift, mask := itemShift(s.classes), uint32(1)<<itemShift(s.classes)-1
	width := s.classes + 1
	table := atLeast(&s.cellTable, distinct*width)
	for i, row := range rows {
		at := int(ranks[row]) * width
		table[at]++
		table[at+1+int(uint32(items[i])>>shift)] += uint32(items[i]) & mask
	}
}

// scanCells is scanKeys for counted rows.
func (s *countingSplitter) scanCells(feature int, c *ranked) (isConstant bool) {
	width := s.classes + 1
	table := s.cellTable[:c.distinct*width]
	defer clear(table)
	atLeast(&s.ranks, c.distinct)
	n := 0
	for r := range c.distinct {
		if table[r*width] != 0 {
			s.ranks[n] = uint32(r)
			n++
		}
	}
	ranks := s.ranks[:n]
	if n == 1 || c.areOne(ranks[0], ranks[n-1]) {
		return true
	}
	isLimited := s.isLimited()
	clear(s.left)
	copy(s.right, s.total)
	sides := s.screen.sides(s.total, s.weight)
	moved := 0
	for i, rank := range ranks[:n-1] {
		cells := table[int(rank)*width:][:width]
		moved += int(cells[0])
		for class, w := range cells[1:] {
			if w != 0 {
				sides.move(&s.left[class], &s.right[class], int64(w))
			}
		}
		next := ranks[i+1]
		if c.mayBeOne(rank) && c.areOne(rank, next) || isLimited && !s.allows(moved, sides.leftWeight) {
			continue
		}
		if s.screen.lets(&sides) {
			s.consider(feature, rank, next, sides.leftWeight)
		}
	}
	return false
}

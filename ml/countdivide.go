package ml

// divide moves the rows of the best split's left side to the front, in their order,
// and returns where the right side starts, with the threshold between the two.
func (s *countingSplitter) divide() (pos int, threshold float64) {
	b := &s.best
	s.budget.spend(s.end - s.start)
	var below, above uint32
	switch c := &s.columns[b.feature]; {
	case c.r16 != nil:
		pos, below, above = divideRows(s, c.r16)
	case c.r8 != nil:
		pos, below, above = divideRows(s, c.r8)
	default:
		pos, below, above = divideRows(s, c.r32)
	}
	if s.random {
		return pos, b.threshold
	}
	column := s.X.Col(b.feature)
	return pos, middle(float32(column[below]), float32(column[above]))
}

// divideRows does so, and returns a row with each of the split's two ranks.
func divideRows[R rankType](s *countingSplitter, ranks []R) (pos int, below, above uint32) {
	rows := s.rows[s.start:s.end]
	n := len(rows)
	items, right := s.items[s.start:s.end][:n], atLeast(&s.words, n)
	defer clear(right)
	limit := R(s.best.below)
	l, r := 0, 0
	for i, row := range rows {
		it := items[i]
		rows[l], items[l], right[r] = row, it, uint64(row)<<32|uint64(it)
		isLeft := 0
		if ranks[row] <= limit {
			isLeft = 1
		}
		l += isLeft
		r += 1 - isLeft
	}
	for i, k := range right[:r] {
		rows[l+i], items[l+i] = uint32(k>>32), item(k)
	}
	if s.random {
		return s.start + l, 0, 0
	}
	return s.start + l, rowOfRank(ranks, rows[:l], limit), rowOfRank(ranks, rows[l:], R(s.best.above))
}

// rowOfRank returns one of the rows that has the rank.
func rowOfRank[R rankType](ranks []R, rows []uint32, rank R) uint32 {
	for _, row := range rows {
		if ranks[row] == rank {
			return row
		}
	}
	panic("ml: no row has the rank of the split")
}

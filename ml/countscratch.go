package ml

// countingScratch is the memory of a countingSplitter, which trees use one after
// the other. It grows as needed: what few nodes or no column ask for is not there.
type countingScratch struct {
	rows  []uint32 // of the tree; every node owns a range of it
	items []item   // of those rows

	ranks []uint32 // of a node, ascending

	// Zero between uses.
	words     []uint64 // pairs per rank, rank and item of rows, rows on their way
	cellTable []uint32 // per rank and class
	present   []uint64 // a bit per rank

	otherKeys []uint64 // for sorting
	counts    [1 << digitBits]uint32

	left, right []int64
	floats      []float64
}

// prepare takes memory with anything in it.
func (s *countingScratch) prepare(classes int, memory []uint64) {
	s.left, s.right, s.floats = make([]int64, classes), make([]int64, classes), make([]float64, classes)
	clear(memory)
	s.words = memory
}

// atLeast makes a at least n long. What it holds then is zero or left from before.
func atLeast[T any](a *[]T, n int) []T {
	if len(*a) < n {
		*a = make([]T, n+n/64) // the next tree may draw a few rows more
	}
	return (*a)[:n]
}

// fill enters the rows that the tree of a seed draws, and returns their weight.
func (s *countingScratch) fill(t *forestTraining, seed Seed) (all int64) {
	drawn := atLeast(&s.words, t.rows) // how often, then times the weight
	defer clear(drawn)
	t.bootstrap(seed, func(row int) { drawn[row]++ })
	n := 0
	for i := range drawn {
		if t.weights != nil {
			drawn[i] *= uint64(t.weights[i])
		}
		if drawn[i] != 0 {
			n++
		}
	}
	s.rows, s.items = atLeast(&s.rows, n)[:0], atLeast(&s.items, n)[:0]
	shift := itemShift(len(t.codes))
	for row, weight := range drawn {
		if weight != 0 {
			s.rows, s.items = append(s.rows, uint32(row)), append(s.items, item(uint32(t.class[row])<<shift|uint32(weight)))
			all += int64(weight)
		}
	}
	return all
}

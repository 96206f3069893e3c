package ml

// countingScratch is the memory of a countingSplitter, which trees use one after
// the other. It grows as needed: what few nodes or no column ask for is not there.
type countingScratch struct {
	rows  []uint32 // of the tree; every node owns a range of it
	items []item   // of those rows
	drawn []uint32 // how often each row of the matrix is drawn

	ranks     []uint32 // of a node, ascending
	pairs     []uint64 // of those ranks; also rows and items on their way to the right
	pairTable []uint64 // per rank; zero between uses, as are the next two
	cellTable []uint32 // per rank and class
	present   []uint64 // a bit per rank

	keys, otherKeys []uint64 // rank and item of a node's rows
	counts          [1 << digitBits]uint32

	left, right []int64
	floats      []float64
}

func newCountingScratch(d *countingData) *countingScratch {
	return &countingScratch{left: make([]int64, d.classes), right: make([]int64, d.classes), floats: make([]float64, d.classes)}
}

// atLeast makes a at least n long. What it holds then is zero or left from before.
func atLeast[T any](a *[]T, n int) []T {
	if len(*a) < n {
		*a = make([]T, n+n/16) // the next tree may draw a few rows more
	}
	return (*a)[:n]
}

// fill enters the rows that the tree of a seed draws, and returns their weight.
func (s *countingScratch) fill(t *forestTraining, seed Seed) (all int64) {
	drawn := atLeast(&s.drawn, t.rows)
	clear(drawn)
	t.bootstrap(seed, func(row int) { drawn[row]++ })
	n := 0
	for i, times := range drawn {
		if t.weights != nil {
			drawn[i] = times * uint32(t.weights[i])
		}
		if drawn[i] != 0 {
			n++
		}
	}
	s.rows, s.items = atLeast(&s.rows, n)[:0], atLeast(&s.items, n)[:0]
	shift := itemShift(len(t.codes))
	for row, weight := range drawn {
		if weight != 0 {
			s.rows, s.items = append(s.rows, uint32(row)), append(s.items, item(uint32(t.class[row])<<shift|weight))
			all += int64(weight)
		}
	}
	return all
}

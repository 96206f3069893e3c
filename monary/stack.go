package monary

// stack is a column that grows by the rows of others, which are copied.
type stack struct {
	field  FieldSpec
	vector vector
	valid  bitmap
	states []State
	rows   int
	room   int // rows that there is memory for
}

func newStack(f FieldSpec) *stack { return &stack{field: f, vector: newVector(f.Type)} }

func (s *stack) reserve(rows int) {
	if rows > s.room || s.room == 0 {
		s.vector.reserve(rows)
		s.valid = s.valid.grown(rows)
		s.room = rows
	}
}

// add copies the rows of columns of the same type behind those that are there.
func (s *stack) add(parts ...*Series) {
	rows, vectors := s.rows, make([]vector, len(parts))
	for i, p := range parts {
		vectors[i] = p.vector
		rows += p.rows
	}
	if rows > s.room {
		rows = max(rows, 2*s.room)
	}
	s.reserve(rows)
	s.vector.place(s.rows, vectors...)
	for _, p := range parts {
		s.valid.copyFrom(s.rows, p.valid, p.rows)
		s.states = append(s.states, p.states...)
		s.rows += p.rows
	}
}

// series returns the column. Until clear it must not grow any more; keep says
// that clear will come.
func (s *stack) series(keep bool) *Series {
	s.reserve(s.rows)
	s.vector.finish(s.rows, keep)
	s.room = s.rows
	vec := s.vector
	if keep {
		vec = vec.slice(0, s.rows) // without the room behind them
	}
	out := newSeries(s.field, vec, s.valid, s.rows)
	if len(s.states) == s.rows { // all parts have states
		out.states = s.states
	}
	return out
}

// clear begins another column in the same memory.
func (s *stack) clear() {
	s.rows, s.states = 0, s.states[:0]
	clear(s.valid)
}

// concat returns the rows of all parts, which have the field of the first.
func concat(parts ...*Series) *Series {
	s := newStack(parts[0].field)
	s.add(parts...)
	return s.series(false)
}

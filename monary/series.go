package monary

import "fmt"

// Series is one named column of a [Table]: a type, a cell a row, and a
// validity bit a row. It is read-only and may be shared by tables and
// goroutines.
type Series struct {
	field  FieldSpec
	vector vector
	valid  bitmap // nil when every row has a value
	rows   int
	nulls  int
	states []State // nil unless they are kept
}

// Name is the column's name: the path of the field it was read from.
func (s *Series) Name() string { return s.field.Name }

// Type is the column's type.
func (s *Series) Type() Type { return s.field.Type }

// Len is the number of rows.
func (s *Series) Len() int { return s.rows }

// NullCount is the number of rows without a value.
func (s *Series) NullCount() int { return s.nulls }

// IsValid reports whether the row has a value.
func (s *Series) IsValid(row int) bool {
	if row < 0 || row >= s.rows {
		panic(fmt.Sprintf("monary: row %d of column %q, which has %d", row, s.field.Name, s.rows))
	}
	return s.valid.get(row)
}

// States returns what became of each row's cell when it was read with
// [KeepStates]; nil if it was not. Rows that are sliced, taken or appended keep
// theirs; [Series.Cast] and a table's binary form do not. It is read-only.
func (s *Series) States() []State { return s.states }

// Value returns the cell of a row as a BSON value. A row without one gives
// NullValue, in an "any" column either null or missing as the document had it.
// Narrow integers are int32, uint32 is int64, uint64 int64, double or
// decimal128, whichever holds it, float32 is double; a list is an array and a
// struct a document, put together anew, vector:N a BSON vector of float32 and
// vector64:N an array of doubles.
func (s *Series) Value(row int) Value {
	if s.Type().Kind == KindAny || s.valid.get(row) {
		return s.vector.value(row)
	}
	return NullValue
}

// Rename returns the same column under another name.
func (s *Series) Rename(name string) *Series {
	renamed := *s
	renamed.field.Name = name
	return &renamed
}

// Slice returns rows i to j-1, sharing memory.
func (s *Series) Slice(i, j int) *Series {
	checkRange(i, j, s.rows)
	out := newSeries(s.field, s.vector.slice(i, j), s.valid.slice(i, j), j-i)
	if s.states != nil {
		out.states = s.states[i:j:j]
	}
	return out
}

func checkRange(i, j, rows int) {
	if i < 0 || j < i || j > rows {
		panic(fmt.Sprintf("monary: slice [%d:%d] of %d rows", i, j, rows))
	}
}

// Take returns the given rows, in the given order, in new memory.
func (s *Series) Take(rows []int) *Series {
	out := newSeries(s.field, s.vector.take(rows), s.valid.take(rows), len(rows))
	if s.states != nil {
		out.states = make([]State, len(rows))
		for i, row := range rows {
			out.states[i] = s.states[row]
		}
	}
	return out
}

// Cast converts the column by the same rules as reading does and returns the
// states that the cells got.
func (s *Series) Cast(to Type) (*Series, Counts, error) {
	return s.cast(0, to, Mask, false, func(int, State) {})
}

// cast is Cast that tells which cells offend, row by row, or have something
// inside that does, then with the state Present. For errors the rows are numbered
// from first.
func (s *Series) cast(first int64, to Type, policy Policy, keepStates bool, offends func(row int, state State)) (*Series, Counts, error) {
	field := FieldSpec{Name: s.field.Name, Type: to}
	if err := to.check(); err != nil {
		return nil, Counts{}, fmt.Errorf("monary: column %q: %w", s.field.Name, err)
	}
	counts := Counts{Field: field.Name, Type: to}
	if to.Equal(s.field.Type) && to.Kind != KindAny { // which knows missing from null
		out := *s
		if keepStates && s.states == nil {
			out.states = make([]State, s.rows)
			for row := range s.rows {
				if !s.valid.get(row) {
					out.states[row] = Null
				}
			}
		}
		return &out, presence(field.Name, s, s.rows)[0], nil
	}
	vec, valid := newVector(to), newBitmap(s.rows)
	vec.reserve(s.rows)
	inside := false
	setInside(vec, policy, &inside)
	var states []State
	if keepStates {
		states = make([]State, s.rows)
	}
	var scratch, spare []byte
	for row := range s.rows {
		v := s.Value(row)
		if v.IsMissing() {
			counts.add(Missing, 1)
			if keepStates {
				states[row] = Missing
			}
			continue
		}
		scratch = v.appendBytes(scratch[:0])
		state, f := vec.write(row, v.typ, scratch)
		if policy == Coerce && f == nil {
			var did bool
			if state, did, spare = coerceCell(vec, to, row, v.typ, scratch, state, spare); did {
				counts.add(coerced, 1)
			}
		}
		if f != nil {
			f.keys = append(f.keys, s.field.Name)
			return nil, counts, fmt.Errorf("monary: row %d, field %q: %w", first+int64(row), f.path(), f.err)
		}
		counts.add(state, 1)
		if keepStates {
			states[row] = state
		}
		if state.hasValue() {
			valid.set(row)
		}
		if state.offends() || inside {
			offends(row, state)
			inside = false
		}
	}
	vec.finish(s.rows, false)
	counts.addNested(vec)
	out := newSeries(field, vec, valid, s.rows)
	out.states = states
	return out, counts, nil
}

func newSeries(f FieldSpec, vec vector, valid bitmap, rows int) *Series {
	s := &Series{field: f, vector: vec, valid: valid, rows: rows}
	s.nulls = rows - valid.count(rows)
	if s.nulls == 0 {
		s.valid = nil
	}
	return s
}

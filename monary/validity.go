package monary

import (
	"fmt"
	"slices"
)

// Valid returns for each row whether it has a value, in a new slice: what
// [ColumnOf], [ListOf], [StructOf] and [VectorsOf] take.
func (s *Series) Valid() []bool {
	valid := make([]bool, s.rows)
	for row := range valid {
		valid[row] = s.valid.get(row)
	}
	return valid
}

// ValidBits returns the column's validity bitmap as Arrow has it: bit row%8 of
// byte row/8 is on where the row has a value, bits behind the last row are off.
// It is nil when every row has one. It is the column's own memory and read-only.
func (s *Series) ValidBits() []byte {
	if s.valid == nil {
		return nil
	}
	n := (s.rows + 7) / 8
	return s.valid[:n:n]
}

// RowsIn returns the rows whose cells are in one of the states, in rising order
// and ready for [Table.Take]: RowsIn(Missing) are those without the field,
// RowsIn(Null) those where it is null, which the validity does not tell apart.
// A column knows its states when it was read with [KeepStates], see
// [Series.States]; an "any" column always knows present, null and missing. It is
// an error to ask any other, such as a column inside a list or struct.
func (s *Series) RowsIn(states ...State) ([]int, error) {
	of := func(row int) State { return s.states[row] }
	if s.states == nil && s.rows > 0 {
		cells, ok := s.vector.(*mixed)
		if !ok {
			return nil, fmt.Errorf("monary: column %q has no states; KeepStates keeps those of a read, but not of the columns inside lists and structs", s.Name())
		}
		of = cells.state
	}
	rows := []int{}
	for row := range s.rows {
		if slices.Contains(states, of(row)) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// state is what the cell of an "any" column tells of itself.
func (m *mixed) state(row int) State {
	switch v := (Value{typ: m.types[row]}); {
	case v.IsMissing():
		return Missing
	case v.IsNull():
		return Null
	}
	return Present
}

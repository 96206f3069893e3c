package ml

import (
	"errors"
	"fmt"
	"math"
)

// Columns is what this package asks of a table.
type Columns interface {
	NumRows() int
	ColumnNames() []string

	// ColumnValues returns the values of a column, NumRows of them and read-only,
	// as a slice: []bool, []int8 to []int64, []uint8 to []uint64, []float32,
	// []float64, []string or another one. present
	// reports whether a row has a value; nil means that all rows do.
	ColumnValues(name string) (values any, present func(row int) bool, err error)
}

// MatrixOf copies the named columns of a table, in that order, or all of them if
// no name is given. Columns of bool become 0 and 1; numbers
// keep their value.
//
// It is an error if a column is unknown or of another type, if a cell is absent,
// and if an int64 is beyond ±2^53, where float64 would round it.
func MatrixOf(src Columns, names ...string) (*Matrix, error) {
	if len(names) == 0 {
		names = src.ColumnNames()
	}
	m := newMatrix(src.NumRows(), len(names), append([]string(nil), names...))
	for j, name := range m.names {
		values, err := columnOf(src, j, name)
		if err == nil {
			err = fillColumn(m, j, values)
		}
		if err != nil {
			return nil, at("MatrixOf", err)
		}
	}
	return m, nil
}

// columnOf fetches a column that has a value in every row.
func columnOf(src Columns, j int, name string) (any, error) {
	values, present, err := src.ColumnValues(name)
	if cell := (*CellError)(nil); errors.As(err, &cell) { // from a table that is wrapped
		return nil, &CellError{cell.Row, j, name, cell.Problem}
	}
	if err != nil {
		return nil, at(fmt.Sprintf("column %q", name), err)
	}
	if present == nil {
		return values, nil
	}
	for i := range src.NumRows() {
		if !present(i) {
			return nil, &CellError{i, j, name, "the cell is absent, every row must have a value"}
		}
	}
	return values, nil
}

func fillColumn(m *Matrix, j int, values any) error {
	name := m.names[j]
	switch values := values.(type) {
	case []bool:
		return fill(m, j, values, func(v bool) (float64, bool) { return boolToFloat(v), true })
	case []int8:
		return fill(m, j, values, widen)
	case []int16:
		return fill(m, j, values, widen)
	case []int32:
		return fill(m, j, values, widen)
	case []int64:
		return fill(m, j, values, exactFloat)
	case []uint8:
		return fill(m, j, values, widen)
	case []uint16:
		return fill(m, j, values, widen)
	case []uint32:
		return fill(m, j, values, widen)
	case []uint64:
		return fill(m, j, values, exactFloat)
	case []float32:
		return fill(m, j, values, widen)
	case []float64:
		return fill(m, j, values, widen)
	default:
		return errorf("column %q is %T, a matrix takes []bool and slices of the integer and float types", name, values)
	}
}

// widen is for types of which a float64 holds every value.
func widen[T int8 | int16 | int32 | uint8 | uint16 | uint32 | float32 | float64](v T) (float64, bool) {
	return float64(v), true
}

func fill[T any](m *Matrix, j int, values []T, convert func(T) (float64, bool)) error {
	if err := checkLength(m.names[j], len(values), m.rows); err != nil {
		return err
	}
	col := m.Col(j)
	for i, v := range values {
		f, ok := convert(v)
		if !ok {
			return &CellError{i, j, m.names[j], fmt.Sprintf("%v has no exact float64, integers must be within ±2^53", v)}
		}
		col[i] = f
	}
	return nil
}

func checkLength(name string, got, rows int) error {
	if got != rows {
		return errorf("column %q has %d values, the table %d rows", name, got, rows)
	}
	return nil
}

func boolToFloat(v bool) float64 {
	if v {
		return 1
	}
	return 0
}

func exactFloat[T int64 | uint64](v T) (float64, bool) {
	const limit = 1 << 53
	if v > limit || int64(v) < -limit {
		return math.NaN(), false
	}
	return float64(v), true
}

package table

import (
	"github.com/penstock/penstock/monary"
)

// DropNull leaves out the rows in which one of the named columns is null, or any column if
// none is named.
func DropNull(t *monary.Table, columns ...string) (*monary.Table, error) {
	of, err := findOrAll(t, columns)
	if err != nil {
		return nil, errorf("drop null: %w", err)
	}
	kept := make([]int, 0, t.NumRows())
	for row := range t.NumRows() {
		kept = append(kept, row)
	}
	for _, s := range of {
		if s.NullCount() == 0 {
			continue
		}
		n := 0
		for _, row := range kept {
			if s.IsValid(row) {
				kept[n] = row
				n++
			}
		}
		kept = kept[:n]
	}
	if len(kept) == t.NumRows() {
		return t, nil
	}
	return t.Take(kept), nil
}

// FillNull puts a value where the named columns are null. The columns must take it as it
// is; for dates it is a monary.DateValue.
func FillNull[T monary.Element](t *monary.Table, value T, columns ...string) (*monary.Table, error) {
	of, err := find(t, columns)
	if err != nil {
		return nil, errorf("fill null: %w", err)
	}
	for i, s := range of {
		filler, err := exactly(monary.ColumnOf(s.Name(), []T{value}, nil), s.Type())
		if err != nil {
			return nil, errorf("fill null: %w", err)
		}
		if filler.NullCount() > 0 {
			return nil, errorf("fill null: column %q: the value is null itself", s.Name())
		}
		if s.NullCount() > 0 {
			of[i] = stack(s, filler).Take(rowsOr(s, func(int) int { return s.Len() }))
		}
	}
	return t.With(of...)
}

// FillForward puts the value of the row before where the named columns are null, or any
// column if none is named. Nulls before the first value stay.
func FillForward(t *monary.Table, columns ...string) (*monary.Table, error) {
	of, err := findOrAll(t, columns)
	if err != nil {
		return nil, errorf("fill forward: %w", err)
	}
	for i, s := range of {
		if s.NullCount() == 0 {
			continue
		}
		last := -1
		rows := rowsOr(s, func(row int) int {
			if row > 0 && s.IsValid(row-1) {
				last = row - 1
			}
			return last
		})
		of[i] = takeOrNull(s, rows)
	}
	return t.With(of...)
}

// rowsOr are the rows of a column, with other ones in the place of those that are null.
func rowsOr(s *monary.Series, other func(row int) int) []int {
	rows := make([]int, s.Len())
	for row := range rows {
		if rows[row] = row; !s.IsValid(row) {
			rows[row] = other(row)
		}
	}
	return rows
}

// NaNToNull makes NaN null in the named columns of floats, or in all if none is named.
// Aggregates skip it then, as in pandas.
func NaNToNull(t *monary.Table, columns ...string) (*monary.Table, error) {
	of, err := findOrAll(t, columns)
	if err != nil {
		return nil, errorf("NaN to null: %w", err)
	}
	for i, s := range of {
		values, ok := floatValues(s)
		if !ok && len(columns) > 0 {
			return nil, errorf("NaN to null: column %q is %s; want float64 or float32", s.Name(), s.Type())
		}
		if !ok {
			continue
		}
		rows := make([]int, s.Len())
		for row := range rows {
			if rows[row] = row; !s.IsValid(row) || values(row) != values(row) {
				rows[row] = -1
			}
		}
		of[i] = takeOrNull(s, rows)
	}
	return t.With(of...)
}

package monary

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Table is columns of equal length. It is read-only; the methods that change
// something return another table, which shares memory where it can.
type Table struct {
	columns []*Series
	rows    int
}

// NewTable makes a table of columns of equal length and different names.
func NewTable(columns ...*Series) (*Table, error) {
	if len(columns) == 0 {
		return &Table{}, nil
	}
	return newTable(columns[0].rows, columns)
}

func newTable(rows int, columns []*Series) (*Table, error) {
	seen := map[string]bool{}
	for _, c := range columns {
		if c.rows != rows {
			return nil, fmt.Errorf("monary: column %q has %d rows, the table has %d", c.Name(), c.rows, rows)
		}
		if seen[c.Name()] {
			return nil, fmt.Errorf("monary: two columns are called %q", c.Name())
		}
		seen[c.Name()] = true
	}
	return &Table{columns: slices.Clone(columns), rows: rows}, nil
}

// NumRows is the number of rows.
func (t *Table) NumRows() int { return t.rows }

// NumColumns is the number of columns.
func (t *Table) NumColumns() int { return len(t.columns) }

// ColumnNames returns the names of the columns, in order.
func (t *Table) ColumnNames() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.Name()
	}
	return names
}

// Series returns column i.
func (t *Table) Series(i int) *Series { return t.columns[i] }

// Lookup returns the column with the name.
func (t *Table) Lookup(name string) (s *Series, ok bool) {
	i := slices.IndexFunc(t.columns, func(s *Series) bool { return s.Name() == name })
	if i < 0 {
		return nil, false
	}
	return t.columns[i], true
}

// ColumnValues returns a column as a slice of its Go type (see [Element]; but
// []time.Time for dates) and a function that tells which rows have a value, nil
// when all have. It makes a Table a source of columns for package ml. The slice
// is read-only.
func (t *Table) ColumnValues(name string) (values any, present func(row int) bool, err error) {
	s, err := t.find(name)
	if err != nil {
		return nil, nil, err
	}
	if s.nulls > 0 {
		present = s.IsValid
	}
	if s.Type().Kind == KindDate {
		return s.times(time.UTC), present, nil
	}
	return goValues(s), present, nil
}

// Select returns the named columns, in the given order.
func (t *Table) Select(names ...string) (*Table, error) {
	columns := make([]*Series, len(names))
	for i, name := range names {
		s, err := t.find(name)
		if err != nil {
			return nil, err
		}
		columns[i] = s
	}
	return newTable(t.rows, columns)
}

// Drop returns the table without the named columns, all of which must exist.
func (t *Table) Drop(names ...string) (*Table, error) {
	for _, name := range names {
		if _, err := t.find(name); err != nil {
			return nil, err
		}
	}
	kept := slices.DeleteFunc(slices.Clone(t.columns), func(s *Series) bool {
		return slices.Contains(names, s.Name())
	})
	return &Table{columns: kept, rows: t.rows}, nil
}

// With returns the table with the given columns put in the place of those of
// the same name, or added at the end.
func (t *Table) With(columns ...*Series) (*Table, error) {
	all := slices.Clone(t.columns)
	for _, c := range columns {
		i := slices.IndexFunc(all, func(s *Series) bool { return s.Name() == c.Name() })
		if i < 0 {
			all = append(all, c)
		} else {
			all[i] = c
		}
	}
	return newTable(t.rows, all)
}

// Slice returns rows i to j-1, sharing memory. It panics, as slices do, when
// they are out of range.
func (t *Table) Slice(i, j int) *Table {
	checkRange(i, j, t.rows)
	return t.each(j-i, func(s *Series) *Series { return s.Slice(i, j) })
}

// Take returns the given rows, in the given order, in new memory.
func (t *Table) Take(rows []int) *Table {
	return t.each(len(rows), func(s *Series) *Series { return s.Take(rows) })
}

// without returns the table without some rows.
func (t *Table) without(drop map[int]bool) *Table {
	if len(drop) == 0 {
		return t
	}
	kept := make([]int, 0, t.rows-len(drop))
	for row := range t.rows {
		if !drop[row] {
			kept = append(kept, row)
		}
	}
	return t.Take(kept)
}

// Append returns a new table of t's rows followed by other's, which must have
// columns of the same names and types in the same order.
func (t *Table) Append(other *Table) (*Table, error) { return Concat(t, other) }

// Concat returns a new table of the rows of all tables, one after the other.
// They must have columns of the same names and types in the same order.
func Concat(tables ...*Table) (*Table, error) {
	if len(tables) == 0 {
		return &Table{}, nil
	}
	first := tables[0]
	out := &Table{columns: make([]*Series, len(first.columns))}
	for i, t := range tables {
		if err := first.sameColumns(t); err != nil {
			return nil, fmt.Errorf("monary: table %d cannot follow table 0: %w", i, err)
		}
		out.rows += t.rows
	}
	parts := make([]*Series, len(tables))
	for column := range first.columns {
		for i, t := range tables {
			parts[i] = t.columns[column]
		}
		out.columns[column] = concat(parts...)
	}
	return out, nil
}

func (t *Table) sameColumns(other *Table) error {
	if len(t.columns) != len(other.columns) {
		return fmt.Errorf("they have %d and %d columns", len(t.columns), len(other.columns))
	}
	for i, c := range t.columns {
		if o := other.columns[i]; !c.field.Equal(o.field) {
			return fmt.Errorf("column %d is %q %s in one, %q %s in the other", i, c.Name(), c.Type(), o.Name(), o.Type())
		}
	}
	return nil
}

func (t *Table) each(rows int, change func(*Series) *Series) *Table {
	out := &Table{columns: make([]*Series, len(t.columns)), rows: rows}
	for i, c := range t.columns {
		out.columns[i] = change(c)
	}
	return out
}

func (t *Table) find(name string) (*Series, error) {
	if s, ok := t.Lookup(name); ok {
		return s, nil
	}
	return nil, fmt.Errorf("monary: table has no column %q; it has %s", name, strings.Join(t.ColumnNames(), ", "))
}

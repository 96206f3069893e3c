package table

import (
	"errors"
	"fmt"
	"strings"

	"github.com/penstock/penstock/monary"
)

// errorf is the one place where errors get the package's name.
func errorf(format string, args ...any) error { return fmt.Errorf("table: "+format, args...) }

// find returns the named columns of a table, or an error that names all that are not there.
func find(t *monary.Table, names []string) ([]*monary.Series, error) {
	columns := make([]*monary.Series, len(names))
	var errs []error
	for i, name := range names {
		s, ok := t.Lookup(name)
		if !ok {
			errs = append(errs, fmt.Errorf("no column %q; there are %s", name, strings.Join(t.ColumnNames(), ", ")))
		}
		columns[i] = s
	}
	return columns, errors.Join(errs...)
}

// findOrAll is find, but no names stand for all columns.
func findOrAll(t *monary.Table, names []string) ([]*monary.Series, error) {
	if len(names) == 0 {
		names = t.ColumnNames()
	}
	return find(t, names)
}

// validOf tells which rows have a value; nil if all do.
func validOf(s *monary.Series) []bool {
	if s.NullCount() == 0 {
		return nil
	}
	return s.Valid()
}

// isNumeric reports whether a column holds numbers, or bools as 0 and 1.
func isNumeric(k monary.Kind) bool {
	switch k {
	case monary.KindBool, monary.KindFloat32, monary.KindFloat64:
		return true
	}
	return isInteger(k)
}

func isInteger(k monary.Kind) bool {
	switch k {
	case monary.KindInt8, monary.KindInt16, monary.KindInt32, monary.KindInt64,
		monary.KindUint8, monary.KindUint16, monary.KindUint32, monary.KindUint64:
		return true
	}
	return false
}

// needNumbers refuses a column that is not numeric; decimal128 is not.
func needNumbers(s *monary.Series) error {
	if !isNumeric(s.Type().Kind) {
		return fmt.Errorf("column %q is %s; want integers, floats or bool", s.Name(), s.Type())
	}
	return nil
}

// floatsOf returns a numeric column as float64, each integer as the nearest one, and which
// rows have a value, nil if all do.
func floatsOf(s *monary.Series) (values []float64, valid []bool) {
	valid = validOf(s)
	switch s.Type().Kind {
	case monary.KindFloat64:
		return valuesOf[float64](s), valid
	case monary.KindFloat32:
		return floats(valuesOf[float32](s)), valid
	case monary.KindUint64:
		return floats(valuesOf[uint64](s)), valid
	}
	values = make([]float64, s.Len())
	words := keyOf(s).words
	var block [blockRows]uint64
	for start := 0; start < len(values); start += blockRows {
		b := block[:min(blockRows, len(values)-start)]
		words(b, start)
		for i, w := range b {
			values[start+i] = float64(int64(w))
		}
	}
	return values, valid
}

func floats[T float32 | uint64](from []T) []float64 {
	values := make([]float64, len(from))
	for i, v := range from {
		values[i] = float64(v)
	}
	return values
}

// takeOrNull returns the given rows of a column; -1 gives a row without a value.
func takeOrNull(s *monary.Series, rows []int) *monary.Series {
	kept, to := make([]int, 0, len(rows)), make([]int, len(rows))
	for i, row := range rows {
		if to[i] = -1; row >= 0 {
			to[i] = len(kept)
			kept = append(kept, row)
		}
	}
	if len(kept) == len(rows) {
		return s.Take(rows)
	}
	for i := range to {
		if to[i] < 0 {
			to[i] = len(kept)
		}
	}
	none, err := nullsOf(s.Name(), s.Type(), 1)
	if err != nil {
		panic(err) // it is the type of a column
	}
	return stack(s.Take(kept), none).Take(to)
}

// stack puts columns of one type on top of each other.
func stack(columns ...*monary.Series) *monary.Series {
	tables := make([]*monary.Table, len(columns))
	for i, s := range columns {
		tables[i] = mustTable(s.Rename(columns[0].Name()))
	}
	all, err := monary.Concat(tables...)
	if err != nil {
		panic(err) // their types are the same
	}
	return all.Series(0)
}

// mustTable makes a table of columns that are known to go together.
func mustTable(columns ...*monary.Series) *monary.Table {
	t, err := monary.NewTable(columns...)
	if err != nil {
		panic(err)
	}
	return t
}

// newTable makes a table, of which the caller knows all but the names.
func newTable(columns []*monary.Series) (*monary.Table, error) {
	t, err := monary.NewTable(columns...)
	if err != nil {
		return nil, errorf("%s", strings.TrimPrefix(err.Error(), "monary: "))
	}
	return t, nil
}

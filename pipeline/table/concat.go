package table

import (
	"errors"
	"fmt"

	"github.com/penstock/penstock/monary"
)

// Concat returns the rows of all tables, one table after the other. A column has the
// narrowest type that holds its values in every table: int32 and int64 give int64, integers
// and floats float64, string:2 and string:5 string. It is null where a table does not have
// it. Columns come in the order in which they are first seen. Types that none holds
// together, such as int64 and string, are an error that names both, and so is an integer
// that no float64 equals. Tables of the same columns need only monary.Concat.
func Concat(tables ...*monary.Table) (*monary.Table, error) {
	var names []string
	types, from := map[string]monary.Type{}, map[string]int{}
	var errs []error
	for i, t := range tables {
		for c := range t.NumColumns() {
			name, typ := t.Series(c).Name(), t.Series(c).Type()
			before, seen := types[name]
			if !seen {
				names, types[name], from[name] = append(names, name), typ, i
				continue
			}
			both, ok := common(before, typ)
			if !ok {
				errs = append(errs, fmt.Errorf("column %q is %s in table %d and %s in table %d; cast one of them", name, before, from[name], typ, i))
				continue
			}
			if types[name] = both; !both.Equal(before) {
				from[name] = i
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errorf("concat: %w", err)
	}
	columns := make([]*monary.Series, len(names))
	for i, name := range names {
		parts := make([]*monary.Series, len(tables))
		for k, t := range tables {
			var err error
			if parts[k], err = part(t, name, types[name]); err != nil {
				return nil, errorf("concat: table %d: %w", k, err)
			}
		}
		columns[i] = stack(parts...)
	}
	return newTable(columns)
}

// part is a table's column of a name with a type; null if there is none.
func part(t *monary.Table, name string, typ monary.Type) (*monary.Series, error) {
	if s, ok := t.Lookup(name); ok {
		return exactly(s, typ)
	}
	return nullsOf(name, typ, t.NumRows())
}

// nullsOf is a column without any value.
func nullsOf(name string, typ monary.Type, rows int) (*monary.Series, error) {
	none, _, err := monary.ColumnOf(name, make([]monary.Value, rows), nil).Cast(typ)
	return none, err
}

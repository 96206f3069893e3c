package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/monary"
)

// Map sets the column name to f of each value in the column of, whose Go type is A (see
// monary.Element); null stays null. The result replaces a column of that name or comes
// last.
func Map[A, B monary.Element](t *monary.Table, name, of string, f func(A) B) (*monary.Table, error) {
	return MapErr(t, name, of, func(v A) (B, error) { return f(v), nil })
}

// MapErr is [Map] with a function that can fail; the error names the row.
func MapErr[A, B monary.Element](t *monary.Table, name, of string, f func(A) (B, error)) (*monary.Table, error) {
	columns, err := find(t, []string{of})
	if err != nil {
		return nil, errorf("map: %w", err)
	}
	in, err := monary.ArrayOf[A](columns[0])
	if err != nil {
		return nil, err
	}
	out := make([]B, in.Len())
	valid := validOf(columns[0])
	for row, v := range in.Values() {
		if valid != nil && !valid[row] {
			continue
		}
		if out[row], err = f(v); err != nil {
			return nil, errorf("map: column %q, row %d: %w", of, row, err)
		}
	}
	return t.With(monary.ColumnOf(name, out, valid))
}

// Bools makes the named columns of text bool: true for the texts in yes, false for those in
// no, in upper or lower case. Other text is an error that names the row; null stays null.
// Nil lists are yes, y, true and t, and no, n, false and f.
func Bools(t *monary.Table, yes, no []string, columns ...string) (*monary.Table, error) {
	if yes == nil {
		yes = []string{"yes", "y", "true", "t"}
	}
	if no == nil {
		no = []string{"no", "n", "false", "f"}
	}
	meaning := map[string]bool{}
	for _, text := range no {
		meaning[strings.ToLower(text)] = false
	}
	for _, text := range yes {
		if _, both := meaning[strings.ToLower(text)]; both {
			return nil, errorf("bools: %q means both true and false", text)
		}
		meaning[strings.ToLower(text)] = true
	}
	for _, name := range columns {
		var err error
		t, err = MapErr(t, name, name, func(text string) (bool, error) {
			v, ok := meaning[text]
			if !ok {
				v, ok = meaning[strings.ToLower(text)]
			}
			if !ok {
				return false, fmt.Errorf("%.40q is neither of %q nor of %q", text, yes, no)
			}
			return v, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Categories encodes a column of any type: categories are its different values in MongoDB's
// order, codes (int32) say which one each row has. A row without a value has no code. The
// codes have the column's name, so that monary.Table.With puts them in its place.
func Categories(t *monary.Table, column string) (codes, categories *monary.Series, err error) {
	columns, err := find(t, []string{column})
	if err != nil {
		return nil, nil, errorf("categories: %w", err)
	}
	s := columns[0]
	n := numberColumn(s)
	order := sortedKeys(s, n)
	rank := make([]int32, len(n.first))
	for i, code := range order {
		rank[code] = int32(i)
	}
	out := make([]int32, s.Len())
	for row, code := range n.codes {
		out[row] = rank[code]
	}
	return monary.ColumnOf(column, out, validOf(s)), s.Take(rowsOf(n, order)), nil
}

// sortedKeys returns the numbers of a column's keys, null aside, in the order of their
// values.
func sortedKeys(s *monary.Series, n *numbering) []int {
	less := lessOf(s)
	var order []int
	for code, row := range n.first {
		if s.IsValid(row) {
			order = append(order, code)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return btoi(less(n.first[b], n.first[a])) - btoi(less(n.first[a], n.first[b]))
	})
	return order
}

// rowsOf are the first rows of numbers.
func rowsOf(n *numbering, numbers []int) []int {
	rows := make([]int, len(numbers))
	for i, number := range numbers {
		rows[i] = n.first[number]
	}
	return rows
}

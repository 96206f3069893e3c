package table

import (
	"github.com/penstock/penstock/monary"
)

// Keep says which of equal rows [Dedupe] keeps.
type Keep uint8

// What can be kept.
const (
	KeepFirst Keep = iota
	KeepLast
)

// Dedupe keeps one of the rows that are equal in the named columns, or in all columns if
// none is named. Rows keep their order. Null equals null.
func Dedupe(t *monary.Table, keep Keep, columns ...string) (*monary.Table, error) {
	of, err := findOrAll(t, columns)
	if err != nil {
		return nil, errorf("dedupe: %w", err)
	}
	if keep > KeepLast {
		return nil, errorf("dedupe: unknown Keep %d; there are KeepFirst and KeepLast", keep)
	}
	n := numberAll(t.NumRows(), of)
	if len(n.first) == t.NumRows() || len(of) == 0 {
		return t, nil
	}
	if keep == KeepFirst {
		return t.Take(n.first), nil
	}
	last := make([]int, len(n.first))
	for row, code := range n.codes {
		last[code] = row
	}
	rows := make([]int, 0, len(last))
	for row, code := range n.codes {
		if last[code] == row {
			rows = append(rows, row)
		}
	}
	return t.Take(rows), nil
}

package table

import (
	"github.com/penstock/penstock/monary"
)

// Pivot returns a row for each group of rows, which are equal in all of the key columns, in
// the order in which they are first seen, and a column for each value of across, in
// MongoDB's order and null last: the aggregate of the group's rows with that value, null
// where there are none. Columns are called as their value is printed.
func Pivot(t *monary.Table, keys []string, across string, aggregate Aggregate) (*monary.Table, error) {
	columns, err := find(t, keys)
	if err != nil {
		return nil, errorf("pivot: %w", err)
	}
	over, err := find(t, []string{across})
	if err != nil {
		return nil, errorf("pivot: %w", err)
	}
	made, err := aggregate.on(t)
	if err != nil {
		return nil, errorf("pivot: %w", err)
	}
	groups, kinds := numberAll(t.NumRows(), columns), numberColumn(over[0])
	if n := len(kinds.first); n > 0 && len(groups.first) > mostCells/n {
		return nil, errorf("pivot: %d groups and %d values of %q make too many cells; at most %d are made", len(groups.first), n, across, mostCells)
	}
	cells := number(pairKey(groups, kinds))
	results, err := accumulate(cells, []Aggregate{aggregate}, []func(int) accumulator{made})
	if err != nil {
		return nil, errorf("pivot: %w", err)
	}
	out := make([]*monary.Series, 0, len(keys)+len(kinds.first))
	for _, s := range columns {
		out = append(out, s.Take(groups.first))
	}
	return newTable(append(out, spread(groups, kinds, cells, over[0], results[0])...))
}

// mostCells is how many cells a pivot may have: 2 GB of numbers.
const mostCells = 1 << 28

// spread makes a column for each kind of a result that has a row for each cell.
func spread(groups, kinds, cells *numbering, over, result *monary.Series) []*monary.Series {
	of := make([][]int, len(kinds.first)) // the cells of each kind
	for cell, row := range cells.first {
		kind := kinds.codes[row]
		of[kind] = append(of[kind], cell)
	}
	order := sortedKeys(over, kinds)
	for kind, row := range kinds.first {
		if !over.IsValid(row) {
			order = append(order, kind)
		}
	}
	out, at := make([]*monary.Series, 0, len(order)), make([]int, len(groups.first)) // the cell of each group
	for _, kind := range order {
		for g := range at {
			at[g] = -1
		}
		for _, cell := range of[kind] {
			at[groups.codes[cells.first[cell]]] = cell
		}
		out = append(out, takeOrNull(result, at).Rename(over.Value(kinds.first[kind]).String()))
	}
	return out
}

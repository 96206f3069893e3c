package table

import (
	"github.com/penstock/penstock/monary"
)

// Pivot returns a row for each group of rows, which are equal in all of the key columns, in
// the order in which they are first seen, and a column for each value of across, in MongoDB's
// order and null last: the aggregate of the group's rows with that value, null where
// there are none. Columns are called as their value is printed.
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

// spread makes a column for each kind of a result that has a row for each cell.
func spread(groups, kinds, cells *numbering, over, result *monary.Series) []*monary.Series {
	at := make([][]int, len(kinds.first)) // the cell of each kind and group
	for kind := range at {
		at[kind] = make([]int, len(groups.first))
		for g := range at[kind] {
			at[kind][g] = -1
		}
	}
	for cell, row := range cells.first {
		at[kinds.codes[row]][groups.codes[row]] = cell
	}
	order := sortedKeys(over, kinds)
	for kind, row := range kinds.first {
		if !over.IsValid(row) {
			order = append(order, kind)
		}
	}
	out := make([]*monary.Series, 0, len(order))
	for _, kind := range order {
		out = append(out, takeOrNull(result, at[kind]).Rename(over.Value(kinds.first[kind]).String()))
	}
	return out
}

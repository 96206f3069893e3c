package pipeline

import (
	"cmp"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// partition is some rows in order.
type partition struct {
	scope *scope
	rows  []int          // where they are kept
	ranks []monary.Value // what they sort by first, as $sort sees it; nil without an order
	at    expr           // the field of the first key; nil without an order
}

// values evaluates an expression for each row.
func (p *partition) values(of expr) []monary.Value {
	out := make([]monary.Value, len(p.rows))
	for i, row := range p.rows {
		out[i] = of.eval(p.scope, row)
	}
	return out
}

// valuesIn is values for the rows that are in one of the windows; what is in none
// is not looked at.
func (p *partition) valuesIn(spans []span, of expr) []monary.Value {
	out := make([]monary.Value, len(p.rows))
	next := 0
	for _, s := range spans {
		for next = max(next, s.lo); next < s.hi; next++ {
			out[next] = of.eval(p.scope, p.rows[next])
		}
	}
	return out
}

// partitions gathers the rows with equal values, puts the partitions in the order
// of those and the rows of each in that of sortBy.
func (w *windows) partitions(s *scope) ([]partition, error) {
	keys, err := w.order.keyColumns(s.batch)
	if err != nil {
		return nil, fmt.Errorf("sortBy: %w", err)
	}
	var values []monary.Value
	var members [][]int
	known, key := map[string]int{}, []byte(nil)
	for i := range s.batch.len() {
		v := monary.NullValue
		if w.by != nil {
			v = partitionValue(s, w.by.eval(s, s.batch.row(i)))
		}
		key = v.AppendKey(key[:0])
		number, ok := known[string(key)]
		if !ok {
			number = len(values)
			known[string(key)], values, members = number, append(values, v), append(members, nil)
		}
		members[number] = append(members[number], i)
	}
	if s.err != nil {
		return nil, fmt.Errorf("partitionBy: %w", s.err)
	}
	numbers := make([]int, len(values))
	for i := range numbers {
		numbers[i] = i
	}
	slices.SortFunc(numbers, func(x, y int) int { return monary.Compare(values[x], values[y]) })
	out := make([]partition, len(numbers))
	for i, number := range numbers {
		out[i] = w.partition(s, members[number], keys)
	}
	return out, nil
}

// partitionValue is what a row is partitioned by; null and missing are one.
func partitionValue(s *scope, v monary.Value) monary.Value {
	switch {
	case v.Type() == bson.TypeArray:
		return s.failf("the value is %s; an array cannot be partitioned by", describe(v))
	case v.IsNull():
		return monary.NullValue
	}
	return v
}

// partition sorts some of the batch's rows.
func (w *windows) partition(s *scope, rows []int, keys [][]monary.Value) partition {
	p := partition{scope: s, rows: rows}
	if len(keys) > 0 {
		sortRows(rows, keys, w.order.keys)
		p.at, p.ranks = w.at[0], make([]monary.Value, len(rows))
	}
	for i, k := range rows {
		if p.at != nil {
			p.ranks[i] = keys[0][k]
		}
		rows[i] = s.batch.row(k)
	}
	return p
}

// sortRows sorts rising numbers of rows by keys; equal rows stay as they are.
func sortRows(rows []int, keys [][]monary.Value, order []sortKey) {
	if numbers, ok := wholeNumbers(rows, keys); ok {
		sign := order[0].sign
		slices.SortFunc(numbers, func(x, y numbered) int { return cmp.Or(cmp.Compare(x.key, y.key)*sign, x.row-y.row) })
		for i, n := range numbers {
			rows[i] = n.row
		}
		return
	}
	slices.SortFunc(rows, func(x, y int) int {
		for i, k := range order {
			if c := monary.Compare(keys[i][x], keys[i][y]); c != 0 {
				return c * k.sign
			}
		}
		return x - y
	})
}

// numbered is a row and the number that it sorts by.
type numbered struct {
	key int64
	row int
}

// wholeNumbers takes the only key of rows if it is an integer or a date in all of
// them, which is what windows are sorted by as a rule.
func wholeNumbers(rows []int, keys [][]monary.Value) ([]numbered, bool) {
	if len(keys) != 1 || len(rows) == 0 {
		return nil, false
	}
	date := keys[0][rows[0]].Type() == bson.TypeDateTime
	out := make([]numbered, len(rows))
	for i, row := range rows {
		v := keys[0][row]
		isInteger := v.Type() == bson.TypeInt32 || v.Type() == bson.TypeInt64
		n, ok := v.Int()
		if !ok || date != (v.Type() == bson.TypeDateTime) || !date && !isInteger {
			return nil, false
		}
		out[i] = numbered{n, row}
	}
	return out, true
}

package pipeline

import (
	"cmp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// partition is some rows in order: in memory, or in a file.
type partition struct {
	scope *scope
	n     int
	at    expr // the field of the first key of sortBy; nil without an order

	rows  []int          // where they are kept
	ranks []monary.Value // what they sort by first, as $sort sees it; nil without an order

	file  *spillFile // where rows and ranks are instead
	disk  *spill
	files []*spillFile   // of the sequences that have been made
	open  []*spillReader // of what is read of them
}

// close ends what reads from files.
func (p *partition) close() {
	for _, r := range p.open {
		r.close()
	}
	p.open = nil
}

// each goes over the rows; the scope is bound to each one's batch.
func (p *partition) each(f func(i, row int) error) error {
	if p.file == nil {
		for i, row := range p.rows {
			if err := f(i, row); err != nil {
				return err
			}
		}
		return nil
	}
	i := 0
	for b, err := range p.file.batches() {
		if err == nil {
			err = p.scope.bind(b)
		}
		for k := 0; err == nil && k < b.len(); k++ {
			err = f(i, b.row(k))
			i++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checked evaluates an expression for each row; a check may refuse a value.
func (p *partition) checked(of expr, check func(monary.Value) error) (*sequence, error) {
	return p.sequence(func(emit func(monary.Value) error) error {
		return p.each(func(_, row int) error {
			v := of.eval(p.scope, row)
			if err := cmp.Or(p.scope.err, check(v)); err != nil {
				return err
			}
			return emit(v)
		})
	})
}

// valuesIn evaluates an expression for the rows that are in one of the windows; what
// is in none is not looked at.
func (p *partition) valuesIn(spans spans, of expr) (*sequence, error) {
	return p.sequence(func(emit func(monary.Value) error) error {
		next, s, taken := spans.read(), span{}, 0
		return p.each(func(i, row int) error {
			for ; s.hi <= i && taken < spans.n; taken++ { // to the first window that does not end before the row
				var err error
				if s, err = next(); err != nil {
					return err
				}
			}
			v := monary.Value{}
			if s.lo <= i && i < s.hi {
				v = of.eval(p.scope, row)
			}
			if p.scope.err != nil {
				return p.scope.err
			}
			return emit(v)
		})
	})
}

// sortValues is what the rows sort by first.
func (p *partition) sortValues() (*sequence, error) {
	if p.file == nil {
		return &sequence{held: p.ranks, n: p.n}, nil
	}
	return p.sequence(func(emit func(monary.Value) error) error {
		return p.each(func(_, row int) error { return emit(p.scope.batch.keys[1][row]) })
	})
}

// partitions gathers the rows with equal values, puts the partitions in the order
// of those and the rows of each in that of sortBy.
func (w *windows) partitions(s *scope) []partition {
	all := keysInOrder(s.batch)
	by, keys := all[0], all[1:]
	var values []monary.Value
	var members [][]int
	known, key := map[string]int{}, []byte(nil)
	for i, v := range by {
		key = v.AppendKey(key[:0])
		number, ok := known[string(key)]
		if !ok {
			number = len(values)
			known[string(key)], values, members = number, append(values, v), append(members, nil)
		}
		members[number] = append(members[number], i)
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
	return out
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
	p := partition{scope: s, n: len(rows), rows: rows}
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

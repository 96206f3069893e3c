package pipeline

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// addTyped adds the rows of a batch to the groups that they are numbered with, column-wise: what
// the accumulator and the column have loops for. Otherwise it does nothing and returns false.
func addTyped(sums accumulator, s *scope, of expr, numbers []uint32) bool {
	t, ok := sums.(*totals)
	if !ok {
		return false
	}
	switch e := of.(type) {
	case constantExpr:
		n, isInt := e.value.Int()
		if isInt && e.value.IsNumber() {
			t.addConstant(n, e.value.Type() == bson.TypeInt64, numbers)
		}
		return isInt && e.value.IsNumber()
	case fieldExpr:
		if len(s.rest[e]) > 0 {
			return false
		}
		c := s.typedColumn(e, s.columns[e])
		if c == nil {
			return false
		}
		return t.addColumn(c, numbers)
	}
	return false
}

func (s *totals) addConstant(n int64, long bool, numbers []uint32) {
	for _, number := range numbers {
		t := &s.groups[number]
		t.addInt(n)
		t.long = t.long || long
	}
}

// addColumn adds what is no number nowhere.
func (s *totals) addColumn(c *typed, numbers []uint32) bool {
	switch {
	case c.kind == monary.KindFloat64 && c.rows == nil && c.valid == nil && len(s.groups) == 1:
		s.groups[0].addDoubles(c.doubles)
	case c.kind == monary.KindFloat64:
		for i, number := range numbers {
			if at := c.place(i); c.isValid(at) {
				s.groups[number].addDouble(c.doubles[at])
			}
		}
	case c.kind == monary.KindInt64:
		addTotals(s, c, c.ints, true, numbers)
	case c.kind == monary.KindInt32 && c.narrow != nil:
		addTotals(s, c, c.narrow, false, numbers)
	case c.kind == monary.KindInt32:
		addTotals(s, c, c.ints, false, numbers)
	}
	return true
}

func addTotals[T int32 | int64](s *totals, c *typed, values []T, long bool, numbers []uint32) {
	for i, number := range numbers {
		if at := c.place(i); c.isValid(at) {
			t := &s.groups[number]
			t.addInt(int64(values[at]))
			t.long = t.long || long
		}
	}
}

package table

import (
	"github.com/penstock/penstock/monary"
)

// chosen is an aggregate that is one of a group's values: the row of each group's is kept,
// -1 as long as there is none.
type chosen struct {
	of     *monary.Series
	valid  []bool
	better func(row, than int) bool // nil for Last: every later one
	rows   []int
	keep   bool // First: nothing is better than the first
}

func (c *chosen) add(codes []uint32, row int) {
	for i, code := range codes {
		if c.valid == nil || c.valid[row+i] {
			c.offer(int(code), row+i)
		}
	}
}

func (c *chosen) offer(group, row int) {
	best := &c.rows[group]
	if *best < 0 || !c.keep && (c.better == nil || c.better(row, *best)) {
		*best = row
	}
}

func (c *chosen) merge(later accumulator) {
	for g, row := range later.(*chosen).rows {
		if row >= 0 {
			c.offer(g, row)
		}
	}
}

func (c *chosen) result(name string) (*monary.Series, error) {
	return takeOrNull(c.of, c.rows).Rename(name), nil
}

func choosing(s *monary.Series, c chosen) func(int) accumulator {
	c.of, c.valid = s, validOf(s)
	return func(groups int) accumulator {
		c := c
		c.rows = make([]int, groups)
		for g := range c.rows {
			c.rows[g] = -1
		}
		return &c
	}
}

func newFirst(s *monary.Series) (func(int) accumulator, error) {
	return choosing(s, chosen{keep: true}), nil
}

func newLast(s *monary.Series) (func(int) accumulator, error) {
	return choosing(s, chosen{}), nil
}

func newLeast(s *monary.Series) (func(int) accumulator, error) {
	less := lessOf(s)
	return choosing(s, chosen{better: less}), nil
}

func newGreatest(s *monary.Series) (func(int) accumulator, error) {
	less := lessOf(s)
	if values, isFloat := floatValues(s); isFloat {
		return choosing(s, chosen{better: func(row, than int) bool {
			x, y := values(row), values(than)
			return y == y && (x != x || x > y)
		}}), nil
	}
	return choosing(s, chosen{better: func(row, than int) bool { return less(than, row) }}), nil
}

// floatValues tells floats, which may be NaN, from all other columns.
func floatValues(s *monary.Series) (func(row int) float64, bool) {
	switch s.Type().Kind {
	case monary.KindFloat32:
		values := valuesOf[float32](s)
		return func(row int) float64 { return float64(values[row]) }, true
	case monary.KindFloat64:
		values := valuesOf[float64](s)
		return func(row int) float64 { return values[row] }, true
	}
	return nil, false
}

// lessOf compares two rows of a column that have values. Its order is MongoDB's.
func lessOf(s *monary.Series) func(a, b int) bool {
	if values, ok := floatValues(s); ok {
		return func(a, b int) bool {
			x, y := values(a), values(b)
			return x < y || x != x && y == y
		}
	}
	switch s.Type().Kind {
	case monary.KindInt8:
		return lessIn(valuesOf[int8](s))
	case monary.KindInt16:
		return lessIn(valuesOf[int16](s))
	case monary.KindInt32:
		return lessIn(valuesOf[int32](s))
	case monary.KindInt64, monary.KindDate:
		return lessIn(valuesOf[int64](s))
	case monary.KindUint8:
		return lessIn(valuesOf[uint8](s))
	case monary.KindUint16:
		return lessIn(valuesOf[uint16](s))
	case monary.KindUint32:
		return lessIn(valuesOf[uint32](s))
	case monary.KindUint64:
		return lessIn(valuesOf[uint64](s))
	case monary.KindString, monary.KindFixedString:
		return lessIn(valuesOf[string](s))
	}
	return func(a, b int) bool { return monary.Compare(s.Value(a), s.Value(b)) < 0 }
}

func lessIn[T integer | string](values []T) func(a, b int) bool {
	return func(a, b int) bool { return values[a] < values[b] }
}

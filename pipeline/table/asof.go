package table

import (
	"fmt"
	"slices"
	"sort"

	"github.com/penstock/penstock/monary"
)

// AsOf joins each row of a table with the one row of another that was the latest at its
// time (or the next, or the nearest): a trade with the quote that held. Neither table need
// be sorted.
type AsOf struct {
	On        string    // the column of both tables: dates or numbers
	By        []string  // columns in which rows must be equal besides; may be empty
	Direction Direction // zero means Backward
	Within    float64   // how far the match may be away, milliseconds for dates; 0 means any distance
	Suffix    string    // put behind the name of a right column that the left has too; "" makes that an error
}

// Direction is where [AsOf] looks for a match. A value that is equal is one in every
// direction.
type Direction uint8

// The directions.
const (
	Backward Direction = iota // the last row of the right that is not above; of equal ones the last in order
	Forward                   // the first that is not below; of equal ones the first in order
	Nearest                   // the nearer of both; if they are as near, the one below
)

// Join returns the rows of the left in their order, each with the match from the right or
// nulls. A null or NaN in a key matches nothing. The columns are all of the left and those
// of the right but On and By.
func (a AsOf) Join(left, right *monary.Table) (*monary.Table, error) {
	rows, err := a.match(left, right)
	if err != nil {
		return nil, errorf("as-of join: %w", err)
	}
	all := make([]int, left.NumRows())
	for i := range all {
		all[i] = i
	}
	out, err := assemble(left, right, all, rows, append([]string{a.On}, a.By...), a.Suffix)
	if err != nil {
		return nil, errorf("as-of join: %w", err)
	}
	return out, nil
}

// match returns for each left row the right one, or -1.
func (a AsOf) match(left, right *monary.Table) ([]int, error) {
	if a.Direction > Nearest {
		return nil, fmt.Errorf("unknown Direction %d; there are Backward, Forward and Nearest", a.Direction)
	}
	if !(a.Within >= 0) {
		return nil, fmt.Errorf("Within is %v; want 0 or more", a.Within)
	}
	c, err := newClock(left, right, a.On)
	if err != nil {
		return nil, err
	}
	s := &sides{left: make([]int, left.NumRows())}
	if len(a.By) > 0 {
		if s, err = newSides(left, right, a.By, a.By); err != nil {
			return nil, err
		}
	} else {
		s.gather(make([]int, right.NumRows()), 1)
	}
	c.sort(s, left.NumRows())
	rows := make([]int, left.NumRows())
	for row, code := range s.left {
		if rows[row] = -1; c.known(row) {
			rows[row] = a.nearest(c, row, left.NumRows(), s.matches(code))
		}
	}
	return rows, nil
}

// nearest finds the match of a left row among rows of the right, which are in order.
func (a AsOf) nearest(c *clock, row, offset int, sorted []int) int {
	from := sort.Search(len(sorted), func(i int) bool { return !c.less(offset+sorted[i], row) })                  // first not below
	above := from + sort.Search(len(sorted)-from, func(i int) bool { return c.less(row, offset+sorted[from+i]) }) // first above
	before, after := -1, -1
	if above > 0 && a.Direction != Forward {
		before = sorted[above-1]
	}
	if from < len(sorted) && a.Direction != Backward {
		after = sorted[from]
	}
	best, distance := before, 0.0
	if before >= 0 {
		distance = c.distance(offset+before, row)
	}
	if after >= 0 {
		if d := c.distance(row, offset+after); before < 0 || d < distance {
			best, distance = after, d
		}
	}
	if a.Within > 0 && distance > a.Within {
		return -1
	}
	return best
}

// clock is the On columns of both tables, the right's rows behind the left's.
type clock struct {
	column   *monary.Series
	less     func(a, b int) bool
	distance func(a, b int) float64 // from a to b, which is not below
	floats   func(row int) float64  // nil if there is no NaN
}

func newClock(left, right *monary.Table, on string) (*clock, error) {
	a, err := find(left, []string{on})
	if err != nil {
		return nil, within("left table", err)
	}
	b, err := find(right, []string{on})
	if err != nil {
		return nil, within("right table", err)
	}
	s, err := together(a[0], b[0])
	if err != nil {
		return nil, err
	}
	c := &clock{column: s, less: lessOf(s)}
	switch k := s.Type().Kind; {
	case k == monary.KindFloat32 || k == monary.KindFloat64:
		c.floats, _ = floatValues(s)
		c.distance = func(a, b int) float64 { return c.floats(b) - c.floats(a) }
	case isInteger(k) || k == monary.KindDate:
		words := make([]uint64, s.Len())
		keyOf(s).words(words, 0)
		c.distance = func(a, b int) float64 { return float64(words[b] - words[a]) }
	default:
		return nil, fmt.Errorf("column %q is %s; want dates or numbers", on, s.Type())
	}
	return c, nil
}

// known reports whether the row has a place in the order.
func (c *clock) known(row int) bool {
	return c.column.IsValid(row) && (c.floats == nil || c.floats(row) == c.floats(row))
}

// sort leaves of each number's right rows those that are known, in order.
func (c *clock) sort(s *sides, offset int) {
	kept, ends := s.rows[:0], make([]int, len(s.ends))
	for k := range len(s.ends) - 1 {
		from := len(kept)
		for _, row := range s.rows[s.ends[k]:s.ends[k+1]] {
			if c.known(offset + row) {
				kept = append(kept, row)
			}
		}
		slices.SortStableFunc(kept[from:], func(a, b int) int {
			return btoi(c.less(offset+b, offset+a)) - btoi(c.less(offset+a, offset+b))
		})
		ends[k+1] = len(kept)
	}
	s.rows, s.ends = kept, ends
}

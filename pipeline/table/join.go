package table

import (
	"errors"
	"fmt"
	"slices"

	"github.com/penstock/penstock/monary"
)

// Join puts together the rows of two tables that are equal in some columns. Keys may be of
// different types if one holds both, as in [Concat]. A null key matches nothing, as in SQL.
//
// Output rows come in the order of the left table, and for each of them in that of the right.
// The columns are all of the left, then those of the right but its keys, which would only
// repeat the left's.
type Join struct {
	On      []string // the key columns; at least one
	RightOn []string // what they are called in the right table, in the same order; nil means the same
	Suffix  string   // put behind the name of a right column that the left has too; "" makes that an error
}

// Inner returns a row for each pair of rows whose keys are equal.
func (j Join) Inner(left, right *monary.Table) (*monary.Table, error) {
	return j.join(left, right, false)
}

// Left is [Join.Inner], with a row of nulls from the right for each left row that matches
// none.
func (j Join) Left(left, right *monary.Table) (*monary.Table, error) {
	return j.join(left, right, true)
}

// Anti returns the rows of the left that match none of the right, with the left's columns: what is new in it.
// A row whose key is null is one of them.
func (j Join) Anti(left, right *monary.Table) (*monary.Table, error) {
	s, err := j.sides(left, right)
	if err != nil {
		return nil, errorf("join: %w", err)
	}
	var rows []int
	for row, code := range s.left {
		if len(s.matches(code)) == 0 {
			rows = append(rows, row)
		}
	}
	return left.Take(rows), nil
}

func (j Join) join(left, right *monary.Table, keep bool) (*monary.Table, error) {
	out, err := j.matched(left, right, keep)
	if err != nil {
		return nil, errorf("join: %w", err)
	}
	return out, nil
}

func (j Join) matched(left, right *monary.Table, keep bool) (*monary.Table, error) {
	s, err := j.sides(left, right)
	if err != nil {
		return nil, err
	}
	leftRows, rightRows, err := s.pairs(keep)
	if err != nil {
		return nil, err
	}
	return assemble(left, right, leftRows, rightRows, j.rightOn(), j.Suffix)
}

func (j Join) rightOn() []string {
	if j.RightOn == nil {
		return j.On
	}
	return j.RightOn
}

func (j Join) sides(left, right *monary.Table) (*sides, error) {
	rightOn := j.rightOn()
	if len(j.On) == 0 || len(j.On) != len(rightOn) {
		return nil, fmt.Errorf("there are %d key columns on the left and %d on the right; want as many, and one at least", len(j.On), len(rightOn))
	}
	return newSides(left, right, j.On, rightOn)
}

// mostRows is how many rows a join may have; more are two tables with few keys, which
// somebody has mistaken for many.
const mostRows = 1<<31 - 1

// pairs are the rows that match, with -1 for none if left rows without a match are kept.
func (s *sides) pairs(keep bool) (left, right []int, err error) {
	rows := 0
	for _, code := range s.left {
		n := len(s.matches(code))
		if rows += n; n == 0 && keep {
			rows++
		}
		if rows > mostRows {
			return nil, nil, fmt.Errorf("more than %d pairs of rows have equal keys", mostRows)
		}
	}
	left, right = make([]int, 0, rows), make([]int, 0, rows)
	for row, code := range s.left {
		matches := s.matches(code)
		for _, match := range matches {
			left, right = append(left, row), append(right, match)
		}
		if len(matches) == 0 && keep {
			left, right = append(left, row), append(right, -1)
		}
	}
	return left, right, nil
}

// sides are the rows of two tables numbered by their keys.
type sides struct {
	left []int // the number of each row; -1 if the key is null
	// The rows of the right whose number is k are rows[ends[k]:ends[k+1]].
	rows []int
	ends []int
}

func newSides(left, right *monary.Table, on, rightOn []string) (*sides, error) {
	a, errA := find(left, on)
	b, errB := find(right, rightOn)
	if errA != nil || errB != nil {
		return nil, errors.Join(within("left table", errA), within("right table", errB))
	}
	keys := make([]*monary.Series, len(on))
	for i := range keys {
		var err error
		if keys[i], err = together(a[i], b[i]); err != nil {
			return nil, err
		}
	}
	n := numberAll(left.NumRows()+right.NumRows(), keys)
	codes := make([]int, len(n.codes))
	for row, code := range n.codes {
		codes[row] = int(code)
	}
	for _, s := range keys {
		for row := 0; row < len(codes) && s.NullCount() > 0; row++ {
			if !s.IsValid(row) {
				codes[row] = -1
			}
		}
	}
	s := &sides{left: codes[:left.NumRows()]}
	s.gather(codes[left.NumRows():], len(n.first))
	return s, nil
}

func within(place string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	return nil
}

// together stacks two key columns.
func together(a, b *monary.Series) (*monary.Series, error) {
	typ, ok := common(a.Type(), b.Type())
	if !ok {
		return nil, fmt.Errorf("key %q is %s in the left table, %q is %s in the right; cast one of them", a.Name(), a.Type(), b.Name(), b.Type())
	}
	left, errA := exactly(a, typ)
	right, errB := exactly(b, typ)
	if err := errors.Join(errA, errB); err != nil {
		return nil, err
	}
	return stack(left, right), nil
}

// gather sorts the rows of the right by their numbers, each number's in order.
func (s *sides) gather(codes []int, numbers int) {
	s.ends = make([]int, numbers+1)
	for _, code := range codes {
		if code >= 0 {
			s.ends[code+1]++
		}
	}
	for k := range numbers {
		s.ends[k+1] += s.ends[k]
	}
	s.rows = make([]int, s.ends[numbers])
	at := slices.Clone(s.ends)
	for row, code := range codes {
		if code >= 0 {
			s.rows[at[code]] = row
			at[code]++
		}
	}
}

// matches returns the rows of the right with a number.
func (s *sides) matches(code int) []int {
	if code < 0 {
		return nil
	}
	return s.rows[s.ends[code]:s.ends[code+1]]
}

// assemble makes the joined table of pairs of rows; -1 on the right is none.
func assemble(left, right *monary.Table, leftRows, rightRows []int, without []string, suffix string) (*monary.Table, error) {
	columns := make([]*monary.Series, 0, left.NumColumns()+right.NumColumns())
	for i := range left.NumColumns() {
		columns = append(columns, left.Series(i).Take(leftRows))
	}
	var errs []error
	for i := range right.NumColumns() {
		s := right.Series(i)
		name := s.Name()
		if slices.Contains(without, name) {
			continue
		}
		if _, taken := left.Lookup(name); taken {
			if suffix == "" {
				errs = append(errs, fmt.Errorf("both tables have a column %q; rename one, or give a Suffix", name))
			}
			name += suffix
		}
		columns = append(columns, takeOrNull(s, rightRows).Rename(name))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return monary.NewTable(columns...)
}

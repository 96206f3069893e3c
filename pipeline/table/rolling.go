package table

import (
	"math"

	"github.com/penstock/penstock/monary"
)

// Rolling is a window that moves over a column: it ends at each row in turn and begins
// Rows-1 before. Its methods take a column of numbers or bools and return one of as many
// rows, with the name of the column; a row is null if its window has less than MinPeriods
// values.
//
// Windows are put together from parts, and nothing is subtracted from them again, so an
// outlier leaves no trace in windows behind it (van Herk 1992, Gil and Werman 1993). A NaN
// in a window makes NaN.
type Rolling struct {
	Rows       int // of the window; at least 1
	MinPeriods int // values that a window needs; 0 means Rows
}

// Count counts the values, as int64. It is never null.
func (r Rolling) Count(s *monary.Series) (*monary.Series, error) {
	if err := r.check(s); err != nil {
		return nil, err
	}
	counts, n := make([]int64, s.Len()), int64(0)
	for row := range counts {
		n += int64(btoi(s.IsValid(row)))
		if row >= r.Rows {
			n -= int64(btoi(s.IsValid(row - r.Rows)))
		}
		counts[row] = n
	}
	return monary.ColumnOf(s.Name(), counts, nil), nil
}

// Sum adds the values up, as float64.
func (r Rolling) Sum(s *monary.Series) (*monary.Series, error) {
	return roll(r, s, amountOf, amount.plus, func(a amount) float64 { return a.value() })
}

// Mean is the arithmetic mean of the values, as float64.
func (r Rolling) Mean(s *monary.Series) (*monary.Series, error) {
	return roll(r, s, amountOf, amount.plus, func(a amount) float64 { return a.value() / a.n })
}

// Min is the least value, as float64.
func (r Rolling) Min(s *monary.Series) (*monary.Series, error) {
	return roll(r, s, func(x float64) float64 { return x }, func(a, b float64) float64 { return min(a, b) }, func(x float64) float64 { return x })
}

// Max is the greatest value, as float64.
func (r Rolling) Max(s *monary.Series) (*monary.Series, error) {
	return roll(r, s, func(x float64) float64 { return x }, func(a, b float64) float64 { return max(a, b) }, func(x float64) float64 { return x })
}

// Std is the standard deviation of a sample (n-1), as float64; null also for windows of one
// value.
func (r Rolling) Std(s *monary.Series) (*monary.Series, error) {
	r.MinPeriods = r.needed()
	if r.MinPeriods == 1 {
		r.MinPeriods = 2
	}
	if r.Rows == 1 { // which never have two
		if err := (Rolling{Rows: 1}).check(s); err != nil {
			return nil, err
		}
		return nullsOf(s.Name(), monary.Type{Kind: monary.KindFloat64}, s.Len())
	}
	one := func(x float64) moments { return moments{n: 1, mean: x} }
	return roll(r, s, one, moments.plus, func(m moments) float64 { return math.Sqrt(m.m2 / (m.n - 1)) })
}

// amount is a sum and how many values it has.
type amount struct {
	total
	n float64
}

func amountOf(x float64) amount { return amount{total{sum: x}, 1} }

func (a amount) plus(b amount) amount {
	a.add(b.sum)
	a.rest += b.rest
	a.n += b.n
	return a
}

func (r Rolling) needed() int {
	if r.MinPeriods == 0 {
		return r.Rows
	}
	return r.MinPeriods
}

func (r Rolling) check(s *monary.Series) error {
	if r.Rows < 1 || r.MinPeriods < 0 || r.MinPeriods > r.Rows {
		return errorf("rolling: a window of %d rows with at least %d values; want 1 row or more, and no more values than rows", r.Rows, r.MinPeriods)
	}
	if err := needNumbers(s); err != nil {
		return errorf("rolling: %w", err)
	}
	return nil
}

// span is the rows of a part of a window put together; n is how many have values.
type span[S any] struct {
	state S
	n     int
}

// roll cuts the rows into blocks of a window's length. A window is then the end of one
// block and the beginning of the next, which are both put together on the way.
func roll[S any](r Rolling, s *monary.Series, one func(float64) S, plus func(a, b S) S, result func(S) float64) (*monary.Series, error) {
	if err := r.check(s); err != nil {
		return nil, err
	}
	values, has := floatsOf(s)
	rows := len(values)
	size := min(r.Rows, max(rows, 1))
	join := func(a, b span[S]) span[S] {
		switch {
		case a.n == 0:
			return b
		case b.n == 0:
			return a
		}
		return span[S]{plus(a.state, b.state), a.n + b.n}
	}
	at := func(row int) span[S] {
		if has != nil && !has[row] {
			return span[S]{}
		}
		return span[S]{one(values[row]), 1}
	}
	out, valid := make([]float64, rows), make([]bool, rows)
	ends := make([]span[S], size+1) // ends[i]: the block before from its row i on
	for start := 0; start < rows; start += size {
		block, begin := min(size, rows-start), span[S]{}
		for i := range block {
			begin = join(begin, at(start+i))
			if w := join(ends[i+1], begin); w.n >= r.needed() {
				out[start+i], valid[start+i] = result(w.state), true
			}
		}
		for i := block - 1; i >= 0 && block == size; i-- {
			ends[i] = join(at(start+i), ends[i+1])
		}
	}
	return monary.ColumnOf(s.Name(), out, valid), nil
}

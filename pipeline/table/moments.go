package table

import (
	"math"

	"github.com/penstock/penstock/monary"
)

// newMean divides a sum by a count.
func newMean(s *monary.Series) (func(int) accumulator, error) {
	sum, err := newSum(s)
	if err != nil {
		return nil, err
	}
	count, err := newCounting(s)
	return func(groups int) accumulator {
		return &mean{sum: sum(groups), count: count(groups).(*counting)}
	}, err
}

type mean struct {
	sum   accumulator // a floatSum or a wholeSum
	count *counting
}

func (m *mean) add(codes []uint32, row int) {
	m.sum.add(codes, row)
	m.count.add(codes, row)
}

func (m *mean) merge(later accumulator) {
	m.sum.merge(later.(*mean).sum)
	m.count.merge(later.(*mean).count)
}

func (m *mean) result(name string) (*monary.Series, error) {
	values, valid := make([]float64, len(m.count.counts)), make([]bool, len(m.count.counts))
	for g, n := range m.count.counts {
		if valid[g] = n > 0; !valid[g] {
			continue
		}
		switch s := m.sum.(type) {
		case *floatSum:
			values[g] = s.sums[g].value() / float64(n)
		case *wholeSum:
			values[g] = s.sums[g].float() / float64(n)
		}
	}
	return monary.ColumnOf(name, values, valid), nil
}

// float is the nearest double, but for the last bit beyond 64 bits.
func (w wide) float() float64 {
	if w.high == uint64(int64(w.low)>>63) {
		return float64(int64(w.low))
	}
	return math.Ldexp(float64(int64(w.high)), 64) + float64(w.low)
}

// moments are the count, mean and sum of squared deviations of some values (Welford 1962).
type moments struct{ n, mean, m2 float64 }

func (m *moments) add(x float64) {
	m.n++
	d := x - m.mean
	m.mean += d / m.n
	m.m2 += d * (x - m.mean)
}

// plus is the moments of both (Chan, Golub, LeVeque 1979).
func (m moments) plus(o moments) moments {
	if m.n == 0 || o.n == 0 {
		return moments{m.n + o.n, m.mean + o.mean, m.m2 + o.m2} // one of which is zero
	}
	n, d := m.n+o.n, o.mean-m.mean
	return moments{n, m.mean + d*(o.n/n), m.m2 + o.m2 + d*d*(m.n*o.n/n)}
}

// std is the standard deviation of a sample; ok is false for less than two values.
func (m moments) std() (x float64, ok bool) {
	if m.n < 2 {
		return 0, false
	}
	return math.Sqrt(m.m2 / (m.n - 1)), true
}

// deviation is Std.
type deviation struct {
	values []float64
	valid  []bool
	groups []moments
}

func newDeviation(s *monary.Series) (func(int) accumulator, error) {
	if err := needNumbers(s); err != nil {
		return nil, err
	}
	values, valid := floatsOf(s)
	return func(groups int) accumulator { return &deviation{values, valid, make([]moments, groups)} }, nil
}

func (d *deviation) add(codes []uint32, row int) {
	for i, x := range d.values[row : row+len(codes)] {
		if d.valid == nil || d.valid[row+i] {
			d.groups[codes[i]].add(x)
		}
	}
}

func (d *deviation) merge(later accumulator) {
	for g, m := range later.(*deviation).groups {
		d.groups[g] = d.groups[g].plus(m)
	}
}

func (d *deviation) result(name string) (*monary.Series, error) {
	values, valid := make([]float64, len(d.groups)), make([]bool, len(d.groups))
	for g, m := range d.groups {
		values[g], valid[g] = m.std()
	}
	return monary.ColumnOf(name, values, valid), nil
}

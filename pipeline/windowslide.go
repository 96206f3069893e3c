package pipeline

import (
	"math"
	"math/bits"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// slide is an accumulator over the window of each row.
type slide struct {
	make   func() accumulator
	of     expr
	bounds windowBounds
}

var _ windowOperator = slide{}

func (a slide) over(p *partition) ([]monary.Value, error) {
	spans, err := a.bounds.spans(p)
	if err != nil {
		return nil, err
	}
	return accumulateSpans(a.make, p.valuesIn(spans, a.of), spans)
}

// accumulateSpans chooses how windows that move are accumulated. Where they only
// grow, values are added; where one leaves, a sum takes it away exactly, a
// minimum forgets it, and all else begins anew.
func accumulateSpans(create func() accumulator, values []monary.Value, spans []span) ([]monary.Value, error) {
	growing := true
	for i, s := range spans {
		growing = growing && s.lo == spans[0].lo && (i == 0 || s.hi >= spans[i-1].hi)
	}
	switch a := create().(type) {
	case *totals:
		if !growing {
			return slideTotals(a, values, spans)
		}
	case *extremes:
		if !growing {
			return slideExtremes(a, values, spans), nil
		}
	}
	if growing {
		return growSpans(create(), values, spans)
	}
	out := make([]monary.Value, len(spans))
	for i, s := range spans {
		var err error
		if out[i], err = accumulateAll(create(), values, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func accumulateAll(a accumulator, values []monary.Value, s span) (monary.Value, error) {
	a.grow(1)
	for k := s.lo; k < s.hi; k++ {
		if err := a.add(0, values[k]); err != nil {
			return monary.Value{}, err
		}
	}
	return a.result(0), nil
}

// growSpans accumulates windows that begin at one place and never end earlier.
func growSpans(a accumulator, values []monary.Value, spans []span) ([]monary.Value, error) {
	a.grow(1)
	out := make([]monary.Value, len(spans))
	next := 0
	for i, s := range spans {
		if next = max(next, s.lo); i > 0 && s.hi <= next {
			out[i] = out[i-1]
			continue
		}
		for ; next < s.hi; next++ {
			if err := a.add(0, values[next]); err != nil {
				return nil, err
			}
		}
		out[i] = a.result(0)
	}
	return out, nil
}

// slideExtremes keeps the values that may still become the best of a window, in
// a queue whose first is the best now.
func slideExtremes(e *extremes, values []monary.Value, spans []span) []monary.Value {
	out := make([]monary.Value, len(spans))
	var queue []int
	next := 0
	for i, s := range spans {
		for ; next < s.hi; next++ {
			if values[next].IsNull() {
				continue
			}
			for len(queue) > 0 && monary.Compare(values[next], values[queue[len(queue)-1]])*e.sign > 0 {
				queue = queue[:len(queue)-1]
			}
			queue = append(queue, next)
		}
		for len(queue) > 0 && queue[0] < s.lo {
			queue = queue[1:]
		}
		out[i] = monary.NullValue
		if len(queue) > 0 && s.lo < s.hi {
			out[i] = values[queue[0]]
		}
	}
	return out
}

// slideTotals adds what comes into the window and takes away what leaves it.
func slideTotals(t *totals, values []monary.Value, spans []span) ([]monary.Value, error) {
	out := make([]monary.Value, len(spans))
	sum := &slidingSum{}
	lo, hi := 0, 0
	for i, s := range spans {
		for ; hi < s.hi; hi++ {
			sum.move(values[hi], 1)
		}
		for ; lo < min(s.lo, hi); lo++ {
			sum.move(values[lo], -1)
		}
		if sum.decimals == 0 {
			out[i] = t.finish(sum.total())
			continue
		}
		var err error
		if out[i], err = accumulateAll(&totals{finish: t.finish}, values, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// slidingSum is a sum from which values can be taken away as if they had never
// been there. Of decimal128 values it only knows how many there are.
type slidingSum struct {
	integers         total
	doubles          exactSum
	count, longs     int64 // numbers, and int64s among them
	finite           int64 // finite doubles
	nans, infs, ninf int64 // doubles that are not
	decimals         int64
}

// move adds a value (sign 1) or takes it away (-1).
func (s *slidingSum) move(v monary.Value, sign int64) {
	if x, ok := v.Double(); ok {
		s.count += sign
		switch {
		case x != x:
			s.nans += sign
		case x-x != 0 && x > 0:
			s.infs += sign
		case x-x != 0:
			s.ninf += sign
		default:
			s.finite += sign
			s.doubles.add(x * float64(sign))
		}
		return
	}
	switch v.Type() {
	case bson.TypeInt32, bson.TypeInt64:
		n, _ := v.Int()
		s.count += sign
		if v.Type() == bson.TypeInt64 {
			s.longs += sign
		}
		if sign > 0 {
			s.integers.addInt(n)
		} else {
			s.integers.subtractInt(n)
		}
	case bson.TypeDecimal128:
		s.decimals += sign
	}
}

// subtractInt takes an integer away that was added.
func (t *total) subtractInt(n int64) {
	var borrow uint64
	t.lo, borrow = bits.Sub64(t.lo, uint64(n), 0)
	t.hi, _ = bits.Sub64(t.hi, uint64(n>>63), borrow)
	t.count--
}

// total is the sum in the form that results are made of: integers alone as they
// are, else one double that is rounded once.
func (s *slidingSum) total() total {
	t := s.integers
	t.count, t.long = s.count, s.longs > 0
	if s.finite+s.nans+s.infs+s.ninf == 0 {
		return t
	}
	t.double = true
	switch {
	case s.nans > 0 || s.infs > 0 && s.ninf > 0:
		t.sum = math.NaN()
	case s.infs > 0:
		t.sum = math.Inf(1)
	case s.ninf > 0:
		t.sum = math.Inf(-1)
	default:
		if t.hi|t.lo != 0 {
			all := s.doubles
			all.addInteger(t.hi, t.lo)
			t.sum = all.float64()
		} else {
			t.sum = s.doubles.float64()
		}
	}
	t.hi, t.lo = 0, 0
	return t
}

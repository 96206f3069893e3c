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

func (a slide) over(p *partition, emit func(monary.Value) error) error {
	windows, err := a.bounds.spans(p)
	if err != nil {
		return err
	}
	values, err := p.valuesIn(windows, a.of)
	if err != nil {
		return err
	}
	return p.accumulate(a.make, values, windows, emit)
}

// accumulate chooses how windows that move are accumulated. Where they only
// grow, values are added; where one leaves, a sum takes it away exactly, a
// minimum forgets it, and all else begins anew.
func (p *partition) accumulate(create func() accumulator, values *sequence, windows spans, emit func(monary.Value) error) error {
	growing, err := windows.growing()
	if err != nil {
		return err
	}
	a := create()
	sums, isSum := a.(*totals)
	best, isBest := a.(*extremes)
	var of func(span) (monary.Value, error)
	switch {
	case growing:
		of, err = p.grow(a, values)
	case isSum:
		of, err = p.slideTotals(sums, values)
	case isBest:
		of, err = p.slideExtremes(best, values)
	default:
		of, err = p.anew(create, values)
	}
	next := windows.read()
	for i := 0; err == nil && i < windows.n; i++ {
		var s span
		if s, err = next(); err != nil {
			break
		}
		var v monary.Value
		if v, err = of(s); err == nil {
			err = emit(v)
		}
	}
	return err
}

// growing reports whether all windows begin at one place, as none ends before another.
func (s spans) growing() (bool, error) {
	next := s.read()
	lo := 0
	for i := range s.n {
		window, err := next()
		if err != nil {
			return false, err
		}
		if i == 0 {
			lo = window.lo
		}
		if window.lo != lo {
			return false, nil
		}
	}
	return true, nil
}

// grow accumulates windows that begin at one place.
func (p *partition) grow(a accumulator, values *sequence) (func(span) (monary.Value, error), error) {
	c, err := p.cursor(values)
	a.grow(1)
	next, last := 0, monary.Value{}
	return func(s span) (monary.Value, error) {
		if next = max(next, s.lo); s.hi <= next && !last.IsMissing() {
			return last, nil
		}
		for ; next < s.hi; next++ {
			v, err := c.at(next)
			if err == nil {
				err = a.add(0, v)
			}
			if err != nil {
				return v, err
			}
		}
		last = a.result(0)
		return last, p.fits(a)
	}, err
}

// fits says how much an accumulator needs if that is too much.
func (p *partition) fits(a any) error {
	sized, ok := a.(interface{ size() int64 })
	if !ok || p.file == nil {
		return nil
	}
	if l := p.disk.env.limits; l.exceeded(sized.size()) {
		return l.errorOf(sized.size())
	}
	return nil
}

// inWindow is the values of a window.
type inWindow struct {
	in     *cursor
	span   span
	values []monary.Value
	bytes  int64
}

func (w *inWindow) size() int64 { return w.bytes }

// move turns to the next window.
func (w *inWindow) move(to span) error {
	for ; len(w.values) > 0 && w.span.lo < to.lo; w.span.lo++ {
		w.bytes -= valueSize + sizeOf(w.values[0])
		w.values = w.values[1:]
	}
	for w.span = (span{to.lo, max(w.span.hi, to.lo)}); w.span.hi < to.hi; w.span.hi++ {
		v, err := w.in.at(w.span.hi)
		if err != nil {
			return err
		}
		w.values, w.bytes = append(w.values, v), w.bytes+valueSize+sizeOf(v)
	}
	return nil
}

// of accumulates the values.
func (w *inWindow) of(a accumulator) (monary.Value, error) {
	a.grow(1)
	for _, v := range w.values {
		if err := a.add(0, v); err != nil {
			return monary.Value{}, err
		}
	}
	return a.result(0), nil
}

// anew accumulates each window by itself.
func (p *partition) anew(create func() accumulator, values *sequence) (func(span) (monary.Value, error), error) {
	c, err := p.cursor(values)
	w := &inWindow{in: c}
	return func(s span) (monary.Value, error) {
		if err := w.move(s); err != nil {
			return monary.Value{}, err
		}
		if err := p.fits(w); err != nil {
			return monary.Value{}, err
		}
		return w.of(create())
	}, err
}

// candidate is a value that may still become the best of a window, and its place.
type candidate struct {
	at    int
	value monary.Value
}

type candidates []candidate

func (c candidates) size() int64 { return int64(len(c)) * 2 * valueSize }

// slideExtremes keeps the values that may still become the best of a window, in
// a queue whose first is the best now.
func (p *partition) slideExtremes(e *extremes, values *sequence) (func(span) (monary.Value, error), error) {
	c, err := p.cursor(values)
	var queue candidates
	next := 0
	return func(s span) (monary.Value, error) {
		for ; next < s.hi; next++ {
			v, err := c.at(next)
			switch {
			case err != nil:
				return v, err
			case v.IsNull():
				continue
			}
			for len(queue) > 0 && monary.Compare(v, queue[len(queue)-1].value)*e.sign > 0 {
				queue = queue[:len(queue)-1]
			}
			queue = append(queue, candidate{next, v.Clone()})
		}
		for len(queue) > 0 && queue[0].at < s.lo {
			queue = queue[1:]
		}
		if err := p.fits(queue); err != nil {
			return monary.Value{}, err
		}
		if len(queue) == 0 || s.lo >= s.hi {
			return monary.NullValue, nil
		}
		return queue[0].value, nil
	}, err
}

// slideTotals adds what comes into the window and takes away what leaves it. Where
// decimal128 values are in it, it is added up anew.
func (p *partition) slideTotals(t *totals, values *sequence) (func(span) (monary.Value, error), error) {
	c, err := p.cursors(values, 3)
	if err != nil {
		return nil, err
	}
	sum, decimals := &slidingSum{}, &inWindow{in: c[2]}
	lo, hi := 0, 0
	return func(s span) (monary.Value, error) {
		for ; hi < s.hi; hi++ {
			v, err := c[0].at(hi)
			if err != nil {
				return v, err
			}
			sum.move(v, 1)
		}
		for ; lo < min(s.lo, hi); lo++ {
			v, err := c[1].at(lo)
			if err != nil {
				return v, err
			}
			sum.move(v, -1)
		}
		if sum.decimals == 0 {
			return t.finish(sum.total()), nil
		}
		if err := decimals.move(s); err != nil {
			return monary.Value{}, err
		}
		if err := p.fits(decimals); err != nil {
			return monary.Value{}, err
		}
		return decimals.of(&totals{finish: t.finish})
	}, nil
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

package pipeline

import (
	"cmp"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// calculus is $derivative, the rise of a window's last row over its first, and
// $integral, the area by the trapezoidal rule.
type calculus struct {
	of       expr
	bounds   windowBounds
	unit     float64 // of dates, in milliseconds; 0 for numbers
	integral bool
}

func (w *windows) calculus(op string, arg monary.Value, bounds windowBounds) (windowOperator, error) {
	parts, err := fieldsOf(arg, "input", "unit")
	if err != nil {
		return nil, err
	}
	switch {
	case parts[0].IsMissing():
		return nil, errors.New("input is missing")
	case len(w.order.keys) != 1:
		return nil, errors.New("needs a sortBy of one field")
	case op == "$derivative" && !bounds.given:
		return nil, errors.New("needs a window")
	}
	c := calculus{bounds: bounds, integral: op == "$integral"}
	if !parts[1].IsMissing() {
		unit, _ := textOf(parts[1])
		var ok bool
		if c.unit, ok = unitLength(unit); !ok {
			return nil, fmt.Errorf("unit is %s; want week, day, hour, minute, second or millisecond", describe(parts[1]))
		}
	}
	c.of, err = w.program.compile(parts[0])
	return c, err
}

func (c calculus) over(p *partition, emit func(monary.Value) error) error {
	x, err := c.axis(p)
	if err != nil {
		return err
	}
	windows, err := c.bounds.spans(p)
	if err != nil {
		return err
	}
	y, err := p.checked(c.of, func(v monary.Value) error {
		if !v.IsNull() && !v.IsNumber() {
			return fmt.Errorf("input is %s; want a number", describe(v))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.integral {
		return c.areas(p, x, y, windows, emit)
	}
	return c.slopes(p, x, y, windows, emit)
}

// axis has the rows' places, those of dates in milliseconds.
func (c calculus) axis(p *partition) (*sequence, error) {
	return p.sequence(func(emit func(monary.Value) error) error {
		return p.each(func(_, row int) error {
			v := p.at.eval(p.scope, row)
			switch {
			case c.unit == 0 && !v.IsNumber():
				return fmt.Errorf("the field of sortBy is %s; without a unit it must be a number", describe(v))
			case c.unit > 0 && v.Type() != bson.TypeDateTime:
				return fmt.Errorf("the field of sortBy is %s; with a unit it must be a date", describe(v))
			}
			return emit(inMilliseconds(v))
		})
	})
}

// inMilliseconds is a date as a number; a number stays.
func inMilliseconds(v monary.Value) monary.Value {
	if ms, ok := v.Int(); ok && v.Type() == bson.TypeDateTime {
		return monary.Int64Value(ms)
	}
	return v
}

// slopes go from the first row of each window to its last.
func (c calculus) slopes(p *partition, x, y *sequence, windows spans, emit func(monary.Value) error) error {
	xs, err := p.cursors(x, 2)
	if err != nil {
		return err
	}
	ys, err := p.cursors(y, 2)
	next := windows.read()
	for i := 0; err == nil && i < windows.n; i++ {
		var s span
		if s, err = next(); err != nil {
			break
		}
		slope := monary.NullValue
		if s.hi-s.lo > 1 {
			x0, err0 := xs[0].at(s.lo)
			x1, err1 := xs[1].at(s.hi - 1)
			y0, err2 := ys[0].at(s.lo)
			y1, err3 := ys[1].at(s.hi - 1)
			if err = cmp.Or(err0, err1, err2, err3); err != nil {
				break
			}
			slope = c.slope(x0, x1, y0, y1)
		}
		err = emit(slope)
	}
	return err
}

func (c calculus) slope(x0, x1, y0, y1 monary.Value) monary.Value {
	run := subtractNumbers(x1, x0)
	if y0.IsNull() || y1.IsNull() || monary.Compare(run, monary.Int32Value(0)) == 0 {
		return monary.NullValue
	}
	slope := divide(nil, subtractNumbers(y1, y0), run)
	if c.unit > 0 {
		slope = multiplyNumbers(slope, monary.DoubleValue(c.unit))
	}
	return slope
}

// areas adds up the trapezoids between the rows of each window whose input is a
// number.
func (c calculus) areas(p *partition, x, y *sequence, windows spans, emit func(monary.Value) error) error {
	trapezoids, err := c.trapezoids(p, x, y)
	if err != nil {
		return err
	}
	inner := spans{windows.n, func() func() (span, error) {
		next, numbers, err := windows.read(), nextNumber{n: y.n}, error(nil)
		numbers.in, err = p.cursor(y)
		return func() (span, error) { // the trapezoid of a window's first number lies outside
			if err != nil {
				return span{}, err
			}
			s, err := next()
			if err != nil {
				return s, err
			}
			first, err := numbers.from(s.lo)
			return span{min(first+1, s.hi), s.hi}, err
		}
	}}
	next, numbers := windows.read(), nextNumber{n: y.n}
	if numbers.in, err = p.cursor(y); err != nil {
		return err
	}
	sum := func() accumulator { return &totals{finish: total.value} }
	return p.accumulate(sum, trapezoids, inner, func(v monary.Value) error {
		s, err := next()
		if err != nil {
			return err
		}
		first, err := numbers.from(s.lo)
		switch {
		case err != nil:
			return err
		case first >= s.hi:
			v = monary.NullValue
		case c.unit > 0:
			v = divide(nil, v, monary.DoubleValue(c.unit))
		}
		return emit(v)
	})
}

// trapezoids has the area between each number and the one before it.
func (c calculus) trapezoids(p *partition, x, y *sequence) (*sequence, error) {
	xs, err := p.cursor(x)
	if err != nil {
		return nil, err
	}
	ys, err := p.cursor(y)
	if err != nil {
		return nil, err
	}
	return p.sequence(func(emit func(monary.Value) error) error {
		var x0, y0 monary.Value
		for i := range p.n {
			x1, err0 := xs.at(i)
			y1, err1 := ys.at(i)
			if err := cmp.Or(err0, err1); err != nil {
				return err
			}
			area := monary.Value{}
			if !y1.IsNull() {
				if !y0.IsMissing() {
					area = divide(nil, multiplyNumbers(subtractNumbers(x1, x0), addNumbers(y0, y1)), monary.Int32Value(2))
				}
				x0, y0 = x1, y1
			}
			if err := emit(area); err != nil {
				return err
			}
		}
		return nil
	})
}

// nextNumber finds the values of a sequence that are not null.
type nextNumber struct {
	in *cursor
	n  int
	at int // where the last look was
}

// from is the place of the first value from i on that is not null, n if there is none. No i is before the last.
func (f *nextNumber) from(i int) (int, error) {
	for f.at = max(f.at, i); f.at < f.n; f.at++ {
		if v, err := f.in.at(f.at); err != nil || !v.IsNull() {
			return f.at, err
		}
	}
	return f.n, nil
}

// linearFill is $linearFill: values that are not there lie on the line between
// those around them.
type linearFill struct{ of expr }

func (w *windows) linearFill(arg monary.Value) (windowOperator, error) {
	if len(w.order.keys) != 1 {
		return nil, errors.New("needs a sortBy of one field")
	}
	of, err := w.program.compile(arg)
	return linearFill{of}, err
}

func (l linearFill) over(p *partition, emit func(monary.Value) error) error {
	x, err := lineAxis(p)
	if err != nil {
		return err
	}
	y, err := p.checked(l.of, func(v monary.Value) error {
		if !v.IsNull() && !v.IsNumber() {
			return fmt.Errorf("the value is %s; only numbers and null can be filled linearly", describe(v))
		}
		return nil
	})
	if err != nil {
		return err
	}
	line, err := newLine(p, x, y)
	for i := 0; err == nil && i < p.n; i++ {
		var v monary.Value
		if v, err = line.at(i); err == nil {
			err = emit(v)
		}
	}
	return err
}

// line goes through the numbers of a sequence, which is read a second time ahead of it.
type line struct {
	x, y, ahead *cursor
	numbers     nextNumber
	x0, y0      monary.Value // the last number; missing before the first
}

func newLine(p *partition, x, y *sequence) (*line, error) {
	xs, err := p.cursors(x, 2)
	if err != nil {
		return nil, err
	}
	ys, err := p.cursors(y, 2)
	if err != nil {
		return nil, err
	}
	return &line{x: xs[0], y: ys[0], ahead: xs[1], numbers: nextNumber{in: ys[1], n: y.n}}, nil
}

// at is the height at row i: null outside the first and the last number.
func (l *line) at(i int) (monary.Value, error) {
	x, err0 := l.x.at(i)
	y, err1 := l.y.at(i)
	if err := cmp.Or(err0, err1); err != nil {
		return y, err
	}
	if !y.IsNull() {
		l.x0, l.y0 = x, y
		return y, nil
	}
	next, err := l.numbers.from(i)
	if err != nil || next == l.numbers.n || l.y0.IsMissing() {
		return monary.NullValue, err
	}
	x1, err0 := l.ahead.at(next)
	y1, err1 := l.numbers.in.at(next)
	return between(l.x0, x, x1, l.y0, y1), cmp.Or(err0, err1)
}

// lineAxis has the values that rows sort by: numbers, or dates, each once.
func lineAxis(p *partition) (*sequence, error) {
	return p.sequence(func(emit func(monary.Value) error) error {
		var first, last monary.Value
		return p.each(func(i, row int) error {
			v := p.at.eval(p.scope, row)
			if i == 0 {
				first = v
			}
			switch {
			case !v.IsNumber() && v.Type() != bson.TypeDateTime:
				return fmt.Errorf("the field of sortBy is %s; want numbers or dates", describe(v))
			case i > 0 && v.IsNumber() != first.IsNumber():
				return errors.New("the field of sortBy is a number in one document and a date in another")
			case i > 0 && monary.Compare(v, last) == 0:
				return fmt.Errorf("the field of sortBy is %s in two documents; a linear fill needs it once", describe(v))
			}
			last = v
			return emit(inMilliseconds(v))
		})
	})
}

// between is the height at x of the line from (x0, y0) to (x1, y1).
func between(x0, x, x1, y0, y1 monary.Value) monary.Value {
	slope := divide(nil, subtractNumbers(y1, y0), subtractNumbers(x1, x0))
	return addNumbers(y0, multiplyNumbers(subtractNumbers(x, x0), slope))
}

package pipeline

import (
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

func (c calculus) over(p *partition) ([]monary.Value, error) {
	x, err := c.axis(p)
	if err != nil {
		return nil, err
	}
	spans, err := c.bounds.spans(p)
	if err != nil {
		return nil, err
	}
	y := p.values(c.of)
	for _, v := range y {
		if !v.IsNull() && !v.IsNumber() {
			return nil, fmt.Errorf("input is %s; want a number", describe(v))
		}
	}
	if c.integral {
		return c.areas(x, y, spans)
	}
	out := make([]monary.Value, len(spans))
	for i, s := range spans {
		out[i] = monary.NullValue
		if s.hi-s.lo > 1 {
			out[i] = c.slope(x[s.lo], x[s.hi-1], y[s.lo], y[s.hi-1])
		}
	}
	return out, nil
}

// axis has the rows' places, those of dates in milliseconds.
func (c calculus) axis(p *partition) ([]monary.Value, error) {
	x := p.values(p.at)
	for i, v := range x {
		switch {
		case c.unit == 0 && !v.IsNumber():
			return nil, fmt.Errorf("the field of sortBy is %s; without a unit it must be a number", describe(v))
		case c.unit > 0 && v.Type() != bson.TypeDateTime:
			return nil, fmt.Errorf("the field of sortBy is %s; with a unit it must be a date", describe(v))
		case c.unit > 0:
			ms, _ := v.Int()
			x[i] = monary.Int64Value(ms)
		}
	}
	return x, nil
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
func (c calculus) areas(x, y []monary.Value, spans []span) ([]monary.Value, error) {
	trapezoids := make([]monary.Value, len(x))
	last := -1
	for i := range y {
		if y[i].IsNull() {
			continue
		}
		if last >= 0 {
			sum := addNumbers(y[last], y[i])
			area := multiplyNumbers(subtractNumbers(x[i], x[last]), sum)
			trapezoids[i] = divide(nil, area, monary.Int32Value(2))
		}
		last = i
	}
	inner := make([]span, len(spans)) // the trapezoid of a window's first number lies outside
	next := nextNumber(y)
	for i, s := range spans {
		first := len(y)
		if s.lo < len(y) {
			first = next[s.lo]
		}
		inner[i] = span{min(first+1, s.hi), s.hi}
		if first >= s.hi {
			inner[i] = span{s.hi, s.hi}
		}
	}
	out, err := accumulateSpans(func() accumulator { return &totals{finish: total.value} }, trapezoids, inner)
	for i, s := range spans {
		switch {
		case err != nil:
		case s.lo >= s.hi || next[s.lo] >= s.hi:
			out[i] = monary.NullValue
		case c.unit > 0:
			out[i] = divide(nil, out[i], monary.DoubleValue(c.unit))
		}
	}
	return out, err
}

// nextNumber has for each place where the next value that is not null is.
func nextNumber(y []monary.Value) []int {
	next := make([]int, len(y))
	at := len(y)
	for i := len(y) - 1; i >= 0; i-- {
		if !y[i].IsNull() {
			at = i
		}
		next[i] = at
	}
	return next
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

func (l linearFill) over(p *partition) ([]monary.Value, error) {
	x, err := lineAxis(p)
	if err != nil {
		return nil, err
	}
	y := p.values(l.of)
	last := -1
	for i, v := range y {
		switch {
		case v.IsNull():
			y[i] = monary.NullValue
			continue
		case !v.IsNumber():
			return nil, fmt.Errorf("the value is %s; only numbers and null can be filled linearly", describe(v))
		}
		for k := last + 1; k < i && last >= 0; k++ {
			y[k] = between(x[last], x[k], x[i], y[last], v)
		}
		last = i
	}
	return y, nil
}

// lineAxis has the values that rows sort by: numbers, or dates, each once.
func lineAxis(p *partition) ([]monary.Value, error) {
	x := p.values(p.at)
	for i, v := range x {
		switch {
		case !v.IsNumber() && v.Type() != bson.TypeDateTime:
			return nil, fmt.Errorf("the field of sortBy is %s; want numbers or dates", describe(v))
		case i > 0 && v.IsNumber() != x[0].IsNumber():
			return nil, errors.New("the field of sortBy is a number in one document and a date in another")
		case i > 0 && monary.Compare(v, x[i-1]) == 0:
			return nil, fmt.Errorf("the field of sortBy is %s in two documents; a linear fill needs it once", describe(v))
		}
	}
	for i, v := range x {
		if ms, ok := v.Int(); ok && v.Type() == bson.TypeDateTime {
			x[i] = monary.Int64Value(ms)
		}
	}
	return x, nil
}

// between is the height at x of the line from (x0, y0) to (x1, y1).
func between(x0, x, x1, y0, y1 monary.Value) monary.Value {
	rise := multiplyNumbers(subtractNumbers(y1, y0), subtractNumbers(x, x0))
	return addNumbers(y0, divide(nil, rise, subtractNumbers(x1, x0)))
}

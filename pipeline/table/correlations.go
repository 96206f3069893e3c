package table

import (
	"math"

	"github.com/penstock/penstock/monary"
)

// Correlations returns Pearson's correlation of each two of the named columns, or of all
// columns of numbers if none is named (bools are not among them): a row for each, with its
// name in "column", and a float64 column for each. Of two columns the rows count in which
// both have a value, as in pandas. It is null where that are less than two or one column is
// constant there, and NaN where one of the values is NaN or infinite.
func Correlations(t *monary.Table, columns ...string) (*monary.Table, error) {
	of, err := numeric(t, columns)
	if err != nil {
		return nil, errorf("correlations: %w", err)
	}
	p := len(of)
	values, valid, names := make([][]float64, p), make([][]bool, p), make([]string, p)
	for i, s := range of {
		names[i] = s.Name()
		values[i], valid[i] = floatsOf(s)
	}
	cells, has := make([]float64, p*p), make([]bool, p*p)
	parallel(p, func(i int) {
		for j := range i + 1 {
			r, ok := pearson(values[i], valid[i], values[j], valid[j])
			cells[i*p+j], has[i*p+j] = r, ok
			cells[j*p+i], has[j*p+i] = r, ok
		}
	})
	out := []*monary.Series{monary.ColumnOf("column", names, nil)}
	for i, name := range names { // the matrix is symmetric, so that rows are columns
		out = append(out, monary.ColumnOf(name, cells[i*p:(i+1)*p], has[i*p:(i+1)*p]))
	}
	return newTable(out)
}

// pearson correlates the rows that have both values; ok is false if they have none.
func pearson(x []float64, hasX []bool, y []float64, hasY []bool) (r float64, ok bool) {
	if hasX != nil || hasY != nil {
		x, y = inBoth(x, hasX, y, hasY)
	}
	a, b := center(x), center(y)
	switch {
	case len(x) > 1 && (!a.finite() || !b.finite()):
		return math.NaN(), true
	case a.spread == 0 || b.spread == 0:
		return 0, false
	}
	var xx, yy, xy total
	for start := 0; start < len(x); start += sumRows {
		var xxs, yys, xys float64
		end := min(start+sumRows, len(x))
		for i, v := range x[start:end] {
			dx, dy := a.of(v), b.of(y[start+i])
			xxs += dx * dx
			yys += dy * dy
			xys += dx * dy
		}
		xx.add(xxs)
		yy.add(yys)
		xy.add(xys)
	}
	r = xy.value() / math.Sqrt(xx.value()*yy.value())
	return max(-1, min(1, r)), true
}

// sumRows are added plainly, which costs their last bits, and then with all care.
const sumRows = 32

// inBoth keeps the rows that have both values.
func inBoth(x []float64, hasX []bool, y []float64, hasY []bool) (a, b []float64) {
	for i := range x {
		if (hasX == nil || hasX[i]) && (hasY == nil || hasY[i]) {
			a, b = append(a, x[i]), append(b, y[i])
		}
	}
	return a, b
}

// centre is where some values lie.
type centre struct {
	down   float64 // the power of two that makes the furthest from 0 about 1
	mean   float64 // of the values times down
	spread float64 // how far values are from the mean; 0 if all are equal
	up     float64 // the power of two that makes spread about 1, so that squares are in range
}

// of is a value's distance from the mean, in units of about the spread.
func (c centre) of(x float64) float64 { return (x*c.down - c.mean) * c.up }

func (c centre) finite() bool { return c.mean-c.mean == 0 }

func center(values []float64) centre {
	if len(values) == 0 {
		return centre{}
	}
	least, most := values[0], values[0]
	for _, x := range values {
		least, most = min(least, x), max(most, x)
	}
	c := centre{down: unit(max(math.Abs(least), math.Abs(most)))}
	var sum total
	for _, x := range values {
		sum.add(x * c.down)
	}
	c.mean = sum.value() / float64(len(values))
	if least < most {
		c.spread = max(most*c.down-c.mean, c.mean-least*c.down)
		c.up = unit(c.spread)
	}
	return c
}

// unit is the power of two by which x becomes about 1, as far as there is one.
func unit(x float64) float64 {
	_, exponent := math.Frexp(x)
	return math.Ldexp(1, min(-exponent, 1023))
}

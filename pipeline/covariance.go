package pipeline

import (
	"math"

	"github.com/penstock/penstock/monary"
)

// covariances is $covariancePop and $covarianceSamp of each group: of the pairs of which both are numbers, by
// Welford's recurrence for two variables.
type covariances struct {
	states[covariance]
	sample bool // divided by n-1
}

type covariance struct{ n, meanX, meanY, about float64 }

// parseCovariance reads two expressions, whose values come as a pair.
func (p *program) parseCovariance(op string, arg monary.Value) (func() accumulator, expr, error) {
	args, err := p.arguments(function{least: 2, most: 2}, arg)
	if err != nil {
		return nil, nil, err
	}
	return func() accumulator { return &covariances{sample: op == "$covarianceSamp"} }, arrayExpr(args), nil
}

func (c *covariances) add(group int, pair monary.Value) error {
	var values [2]float64
	i := 0
	for _, v := range pair.Elements() {
		if !v.IsNumber() {
			return nil
		}
		values[i] = double(v)
		i++
	}
	s, x, y := &c.groups[group], values[0], values[1]
	s.n++
	dx := x - s.meanX
	s.meanX += dx / s.n
	s.meanY += (y - s.meanY) / s.n
	s.about += float64(dx * (y - s.meanY))
	return nil
}

func (c *covariances) result(group int) monary.Value {
	s := c.groups[group]
	if c.sample {
		s.n--
	}
	switch {
	case s.n <= 0:
		return monary.NullValue
	case math.IsInf(s.about, 0):
		return monary.DoubleValue(math.NaN())
	}
	return monary.DoubleValue(s.about / s.n)
}

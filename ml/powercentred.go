package ml

import (
	"context"
	"math"
)

// centred is boxCox or yeoJohnson for a column of values of one sign, which are
// divided by one of their own size before they are raised: what is raised is near 1.
// Up to a factor and a constant, which standardizing takes out, the powers are the
// same, and none is lost to rounding where the values are large beside their spread.
type centred struct {
	yeoJohnson          // for values of the other sign
	shift, sign float64 // 0 and 1 for boxCox; 1 and the sign of the values for yeoJohnson
	center      float64 // sign·x is divided by it, both after adding shift
	zero, scale float64 // the power of 0, and the factor of powers of the other sign
}

// fitCentred finds λ with the precision of centred powers. sum is that of the
// column's logarithms.
func fitCentred(ctx context.Context, method PowerMethod, col []float64, sum float64) (p power, lambda float64, ok bool) {
	c := centred{shift: 1, sign: math.Copysign(1, sum)}
	c.logPower = newLogPower()
	if method == BoxCox {
		c.shift, c.sign = 0, 1
	}
	n := 0
	for _, x := range col {
		if c.sign*x < 0 {
			return nil, 0, false
		}
		if !math.IsNaN(x) {
			n++
		}
	}
	c.center = math.Exp(c.sign*sum/float64(n)) - c.shift
	logs := make([]float64, 0, n)
	for _, x := range col {
		if !math.IsNaN(x) {
			logs = append(logs, c.logRatio(c.sign*x))
		}
	}
	likelihood := powerLikelihood{func(lambda float64, powers []float64) {
		for i, l := range logs {
			powers[i] = c.ofLog(l, lambda)
		}
	}, make([]float64, n), pairwiseSum(logs)}
	lambda = likelihood.maximize(ctx)
	c.setLambda(lambda)
	if c.sign < 0 {
		lambda = 2 - lambda
	}
	return c, lambda, true
}

// setLambda takes the power of sign·x.
func (c *centred) setLambda(lambda float64) {
	log := preciseLog(c.center + c.shift)
	c.lambda, c.zero, c.scale = lambda, c.ofLog(-log, lambda), math.Exp(-lambda*log)
}

// logRatio returns the logarithm of what is raised for x ≥ 0.
func (c centred) logRatio(x float64) float64 {
	if d := (x - c.center) / (c.center + c.shift); math.Abs(d) < 0.5 {
		return c.logs.log1p(d)
	}
	return preciseLog(x+c.shift) - preciseLog(c.center+c.shift)
}

func (c centred) raise(x float64) float64 {
	x *= c.sign
	if x < 0 {
		return c.sign * (c.yeoJohnson.raise(x)*c.scale + c.zero)
	}
	return c.sign * c.ofLog(c.logRatio(x), c.lambda)
}

func (c centred) lower(y float64) float64 {
	y *= c.sign
	if c.shift == 1 && y < c.zero {
		return c.sign * c.yeoJohnson.lower((y-c.zero)/c.scale)
	}
	return c.sign * (c.center + (c.center+c.shift)*c.exps.expm1(c.log(y, c.lambda)))
}

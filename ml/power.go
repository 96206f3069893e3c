package ml

import "math"

// power is the transform of one column. Numbers in and out are not NaN; a result
// that is not finite is none.
type power interface {
	raise(x float64) float64
	lower(y float64) float64 // the inverse
}

// boxCox is (x^λ − 1)/λ, for x > 0.
type boxCox struct {
	logPower
	lambda float64
}

func (p boxCox) raise(x float64) float64 {
	log, _ := p.logs.parts(x)
	return p.ofLog(log, p.lambda)
}

func (p boxCox) lower(y float64) float64 { return math.Exp(p.log(y, p.lambda)) }

// yeoJohnson is ((1+x)^λ − 1)/λ for x ≥ 0. For x < 0 it is the same of −x and 2−λ,
// with the other sign.
type yeoJohnson struct {
	logPower
	lambda float64
}

func (p yeoJohnson) raise(x float64) float64 {
	if x < 0 {
		return -p.raiseTo(2-p.lambda, -x)
	}
	return p.raiseTo(p.lambda, x)
}

// raiseTo returns ((1+x)^λ − 1)/λ. Where no cancellation threatens it has the last
// bits of scikit-learn's: powers that are close to their bound differ in nothing
// else.
func (p yeoJohnson) raiseTo(lambda, x float64) float64 {
	base, rest := twoSum(1, x)
	high, low := p.logs.parts(base)
	if math.Abs(lambda*high) >= 1 {
		return (p.exps.pow(high, low, lambda) - 1) / lambda
	}
	return p.ofLog(high+(low+rest/base), lambda)
}

func (p yeoJohnson) lower(y float64) float64 {
	if y < 0 {
		return -p.exps.expm1(p.log(-y, 2-p.lambda))
	}
	return p.exps.expm1(p.log(y, p.lambda))
}

// logPower has the powers of a logarithm l.
type logPower struct {
	logs *logsNear1
	exps *powersOf2
}

func newLogPower() logPower { return logPower{logTable(), expTable()} }

// smallPower is a λ below which (e^(λl) − 1)/λ is l: the next term, λl²/2, is lost
// to rounding for every logarithm l of a float64.
const smallPower = 1e-19

// ofLog returns (e^(λl) − 1)/λ without the cancellation of its terms.
func (p logPower) ofLog(l, lambda float64) float64 {
	if math.Abs(lambda) < smallPower {
		return l
	}
	return p.exps.expm1(lambda*l) / lambda
}

// log is the inverse of ofLog: NaN if there is none, and infinite if y is the bound
// that powers only come close to.
func (p logPower) log(y, lambda float64) float64 {
	if math.Abs(lambda) < smallPower {
		return y
	}
	const rounding = 0x1p-50 // what y may have lost
	power := lambda * y
	if math.Abs(1+power) < rounding {
		power = -1
	}
	return p.logs.log1p(power) / lambda
}

package ml

import (
	"context"
	"math"
)

// powerLikelihood is the likelihood of the λ of a column.
type powerLikelihood struct {
	raise  func(lambda float64, powers []float64)
	powers []float64 // scratch, one per value
	sum    float64   // of log x, or of log(1+|x|) with the sign of x
}

// maximize returns the λ of greatest likelihood. When ctx ends it returns early,
// with any number.
func (l *powerLikelihood) maximize(ctx context.Context) float64 {
	return minimize(func(lambda float64) float64 {
		if ctx.Err() != nil {
			return math.Inf(1)
		}
		return l.negative(lambda)
	}, -2, 2)
}

// negative returns the negative logarithm of the likelihood of λ without terms
// that do not depend on it, n/2·log(variance of the powers) − (λ−1)·sum. It is +∞ if
// float64 cannot hold the variance.
func (l *powerLikelihood) negative(lambda float64) float64 {
	l.raise(lambda, l.powers)
	n := float64(len(l.powers))
	mean := pairwiseSum(l.powers) / n
	for i, v := range l.powers {
		l.powers[i] = (v - mean) * (v - mean)
	}
	variance := pairwiseSum(l.powers) / n
	const smallest = 0x1p-1022
	if !(variance >= smallest && variance <= math.MaxFloat64) {
		return math.Inf(1)
	}
	return float64(n/2*preciseLog(variance)) - float64((lambda-1)*l.sum)
}

// powerBases are the values of a column without NaN, as what is raised to a power:
// x or 1+|x|. The powers are as scikit-learn has them, to the last bit where
// possible: an optimizer stops where rounding errors hide which way is down, so that
// other bits would be another λ. To that end powers and logarithms are rounded like
// those of a C library, sums like numpy's.
type powerBases struct {
	method    PowerMethod
	exps      *powersOf2
	high, low []float64 // logarithm of the base, in two parts
	side      []uint8   // 1 for x < 0
	logs      []float64 // log x, or log(1+|x|) with the sign of x: the transform when the power is 0
	varies    bool      // whether two values differ
}

func newPowerBases(method PowerMethod, col []float64) *powerBases {
	n := len(col)
	b := &powerBases{
		method: method, exps: expTable(), high: make([]float64, 0, n), low: make([]float64, 0, n),
		side: make([]uint8, 0, n), logs: make([]float64, 0, n),
	}
	first := math.NaN()
	for _, x := range col {
		if math.IsNaN(x) {
			continue
		}
		if len(b.logs) == 0 {
			first = x
		}
		b.varies = b.varies || x != first
		b.add(x)
	}
	return b
}

func (b *powerBases) add(x float64) {
	base, side := x, uint8(0)
	if b.method == YeoJohnson {
		base = 1 + math.Abs(x)
	}
	high, low := logParts(base)
	log := high
	if b.method == YeoJohnson {
		log = math.Log1p(math.Abs(x))
	}
	if x < 0 {
		log, side = -log, 1
	}
	b.high, b.low, b.side, b.logs = append(b.high, high), append(b.low, low), append(b.side, side), append(b.logs, log)
}

func (b *powerBases) likelihood() *powerLikelihood {
	return &powerLikelihood{b.raise, make([]float64, len(b.logs)), pairwiseSum(b.logs)}
}

// raise fills powers: (b^λ − 1)/λ for x ≥ 0, −(b^(2−λ) − 1)/(2−λ) for x < 0, without
// the −1 for BoxCox, where it would only take precision away.
func (b *powerBases) raise(lambda float64, powers []float64) {
	power := [2]float64{lambda, 2 - lambda}
	divisor := [2]float64{lambda, lambda - 2}
	less := 1.0
	if b.method == BoxCox {
		less = 0
	}
	const eps = 0x1p-52
	low, side, logs := b.low[:len(powers)], b.side[:len(powers)], b.logs[:len(powers)]
	for i, high := range b.high[:len(powers)] {
		s := side[i] & 1
		p := power[s]
		if math.Abs(p) <= eps {
			powers[i] = logs[i]
			continue
		}
		powers[i] = (b.exps.pow(high, low[i], p) - less) / divisor[s]
	}
}

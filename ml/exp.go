package ml

import (
	"math"
	"math/big"
	"sync"
)

// expSteps is the number of parts that the powers of 2 from 1 to 2 are divided in.
const expSteps = 128

// powersOf2 holds 2^(i/128) as the sum of two floats.
type powersOf2 [expSteps][2]float64

// expTable makes the table once.
var expTable = sync.OnceValue(func() *powersOf2 {
	const precision = 160
	step := new(big.Float).SetPrec(precision).SetInt64(2)
	for n := expSteps; n > 1; n /= 2 {
		step.Sqrt(step)
	}
	var table powersOf2
	power := new(big.Float).SetPrec(precision).SetInt64(1)
	for i := range table {
		high, _ := power.Float64()
		low, _ := new(big.Float).Sub(power, big.NewFloat(high)).Float64()
		table[i] = [2]float64{high, low}
		power.Mul(power, step)
	}
	return &table
})

// pow returns b^p from the logarithm of b in two parts, see logParts. Its error is
// little more than half a unit in the last place, which makes it what a C library's
// pow is but for one case in a thousand. math.Pow has a larger error and takes
// longer when the logarithm is at hand.
func (t *powersOf2) pow(high, low, p float64) float64 {
	product := p * high
	if !(product > -708 && product < 709) { // near the ends, and for NaN, last bits do not matter
		return math.Exp(product)
	}
	power, rest := t.exp(product, math.FMA(p, high, -product)+p*low)
	return power + rest
}

// expm1 returns e^x − 1 without cancellation.
func (t *powersOf2) expm1(x float64) float64 {
	if !(x > -37 && x < 709) {
		return math.Expm1(x)
	}
	power, rest := t.exp(x, 0)
	return (power - 1) + rest
}

// exp returns e^(high+low) as the sum of a power of 2^(1/128) and a small rest. low
// must be small beside high, and high between −708 and 709: it is
// k·(log 2)/128 + r, so that
//
//	e^high = 2^(k/128) · e^r, |r| < 0.003
func (t *powersOf2) exp(high, low float64) (power, rest float64) {
	const (
		stepHigh = 0x1.62e42fefap-8 // its products with k are exact
		stepLow  = math.Ln2/expSteps - stepHigh
	)
	k := math.RoundToEven(high * (expSteps / math.Ln2))
	r := high - float64(k*stepHigh) - float64(k*stepLow) + low
	r2 := r * r
	more := r + r2*((0.5+r*(1./6))+r2*(1./24+r*(1./120))) // e^r − 1
	i := int(k)
	scale := math.Float64frombits(uint64(i>>7+1023) << 52) // 2^⌊k/128⌋
	table := &t[i&(expSteps-1)]
	return table[0] * scale, (table[1] + table[0]*more) * scale
}

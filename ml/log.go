package ml

import (
	"math"
	"math/big"
	"sync"
)

// preciseLog returns the natural logarithm of a positive normal number with an
// error of little more than half a unit in the last place, where math.Log has up
// to one. It is for numbers that have to come out like those of a C library with
// such a logarithm.
//
// x is 2^k·z with z near c, a multiple of 1/128, so that
//
//	log x = k·log 2 + log c + log(1+r), r = (z−c)/c
//
// of which all but the small terms of the last part are summed in two floats.
func preciseLog(x float64) float64 {
	z, k := math.Frexp(x)
	if z < math.Sqrt2/2 {
		z, k = 2*z, k-1
	}
	const (
		ln2High = 0x1.62e42fefap-1 // its products with k are exact
		ln2Low  = math.Ln2 - ln2High
	)
	i := int(z*logSteps + 0.5)
	c := float64(i) / logSteps
	logC := logTable()[i-logFirst]
	r := (z - c) / c
	rLow := math.FMA(-r, c, z-c) / c
	high, low := twoSum(float64(k)*ln2High, logC[0])
	high, more := twoSum(high, r)
	low += more + rLow + float64(float64(k)*ln2Low) + logC[1]
	// log(1+r) − r
	r2 := r * r
	low += r2 * (-0.5 + r*(1./3+r*(-0.25+r*(0.2+r*(-1./6+r*(1./7-r*0.125))))))
	return high + low
}

// twoSum returns a+b and what rounding took from it (Knuth).
func twoSum(a, b float64) (sum, rest float64) {
	sum = a + b
	bb := sum - a
	return sum, (a - (sum - bb)) + (b - bb)
}

const (
	logSteps = 128
	logFirst = 90  // √½·128, rounded down
	logLast  = 182 // √2·128, rounded up
)

// logTable holds log(i/128) as the sum of two floats, for i from logFirst.
var logTable = sync.OnceValue(func() *[logLast - logFirst + 1][2]float64 {
	var table [logLast - logFirst + 1][2]float64
	for i := range table {
		exact := bigLog(int64(logFirst+i), logSteps)
		high, _ := exact.Float64()
		low, _ := exact.Sub(exact, big.NewFloat(high)).Float64()
		table[i] = [2]float64{high, low}
	}
	return &table
})

// bigLog returns log(a/b) = 2·artanh t, t = (a−b)/(a+b), to more digits than two
// floats hold. The series is summed until its terms, which shrink by 1/30 and
// more, are below 2^-130.
func bigLog(a, b int64) *big.Float {
	const precision, terms = 160, 28
	of := func(v int64) *big.Float { return new(big.Float).SetPrec(precision).SetInt64(v) }
	t := of(0).Quo(of(a-b), of(a+b))
	square := of(0).Mul(t, t)
	sum, power := of(0), of(2)
	power.Mul(power, t)
	for n := range int64(terms) {
		sum.Add(sum, of(0).Quo(power, of(2*n+1)))
		power.Mul(power, square)
	}
	return sum
}

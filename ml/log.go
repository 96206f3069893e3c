package ml

import (
	"math"
	"math/big"
	"sync"
)

// preciseLog returns the natural logarithm of a positive number with an
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
	high, _ := logParts(x)
	return high
}

// logParts returns the logarithm of a positive number as a sum of two
// floats: low is what high had to round away, and the sum is good to about 2^-68.
func logParts(x float64) (high, low float64) { return logTable().parts(x) }

func (t *logsNear1) parts(x float64) (high, low float64) {
	const (
		ln2High = 0x1.62e42fefap-1 // its products with k are exact
		ln2Low  = math.Ln2 - ln2High
		root    = 0x3fe6a09e667f3bcd // the bits of √½, where z begins
	)
	var shift int64
	if x < 0x1p-1022 {
		x, shift = x*0x1p54, 54
	}
	bits := int64(math.Float64bits(x))
	k := (bits - root) >> 52
	z := math.Float64frombits(uint64(bits - k<<52))
	k -= shift
	i := int(z*logSteps + 0.5)
	c := float64(i) / logSteps
	table := &t[i-logFirst]
	r := (z - c) * table.inverse
	rLow := math.FMA(-r, c, z-c) * table.inverse
	high, low = fastTwoSum(float64(k)*ln2High, table.high)
	high, more := fastTwoSum(high, r)
	low += more + rLow + float64(float64(k)*ln2Low) + table.low
	// log(1+r) − r
	r2 := r * r
	low += r2 * ((-0.5 + r*(1./3)) + r2*((-0.25+r*0.2)+r2*((-1./6+r*(1./7))-r2*0.125)))
	return fastTwoSum(high, low)
}

// log1p returns log(1+x) with an error as small as that of preciseLog.
func (t *logsNear1) log1p(x float64) float64 {
	base, rest := twoSum(1, x)
	if !(base > 0) {
		return math.Log1p(x)
	}
	high, low := t.parts(base)
	return high + (low + rest/base)
}

// twoSum returns a+b and what rounding took from it (Knuth).
func twoSum(a, b float64) (sum, rest float64) {
	sum = a + b
	bb := sum - a
	return sum, (a - (sum - bb)) + (b - bb)
}

// fastTwoSum is twoSum for |a| ≥ |b| or a = 0 (Dekker).
func fastTwoSum(a, b float64) (sum, rest float64) {
	sum = a + b
	return sum, b - (sum - a)
}

const (
	logSteps = 128
	logFirst = 90  // √½·128, rounded down
	logLast  = 182 // √2·128, rounded up
)

// logsNear1 holds log c as the sum of two floats, and 1/c, for c = i/128, i from
// logFirst.
type logsNear1 [logLast - logFirst + 1]struct{ high, low, inverse float64 }

// logTable makes the table once.
var logTable = sync.OnceValue(func() *logsNear1 {
	var table logsNear1
	for i := range table {
		exact := bigLog(int64(logFirst+i), logSteps)
		high, _ := exact.Float64()
		low, _ := exact.Sub(exact, big.NewFloat(high)).Float64()
		table[i].high, table[i].low, table[i].inverse = high, low, logSteps/float64(logFirst+i)
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

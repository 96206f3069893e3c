package ml

import "math"

// tanh returns the hyperbolic tangent with the bits that scikit-learn's libsvm has from its C
// library, glibc on a processor with FMA, whose method is that of Sun's fdlibm. The sigmoid kernel
// need not be positive: the last bit of a value can lead the solver elsewhere, and math.Tanh
// differs in it for one argument in five.
//
// Below 1 it is −t/(t+2) with t = exp(−2x) − 1, from there on 1 − 2/(t+2) with t = exp(2x) − 1.
func tanh(x float64) float64 {
	var z float64
	switch size := math.Abs(x); {
	case !(size >= 0x1p-55): // also NaN
		return x
	case size < 1:
		t := expm1(-2 * size)
		z = -t / (t + 2)
	case size < 22:
		z = 1 - 2/(expm1(2*size)+2)
	default:
		z = 1
	}
	return math.Copysign(z, x)
}

// expm1 returns exp(x) − 1 for x from −2 to −2^-54 and from 2 to 44. With k the whole number next
// to x/log 2 and r the rest, it is 2^k·(expm1(r) + 1) − 1. What is added to what, and when, is for
// the bits, and so is where a product and a sum have one rounding, and where a conversion sees to
// it that they have two.
func expm1(x float64) float64 {
	const (
		ln2High = 0x1.62e42feep-1 // its products with k are exact
		ln2Low  = 0x1.a39ef35793c76p-33
		half    = 0x1.62e43p-2 // about ½ log 2, and below
		more    = 0x1.0a2b2p+0 // about 1½ log 2
	)
	size := math.Abs(x)
	var k int
	var rest float64 // what r has been rounded by
	if size >= half {
		k = -1
		if size >= more {
			k = int(float64(math.Log2E*x) + math.Copysign(0.5, x))
		}
		high, low := x-float64(float64(k)*ln2High), float64(float64(k)*ln2Low)
		x = high - low
		rest = (high - x) - low
	}
	halfSquare := float64(x * (0.5 * x))
	e := expm1Ratio(x, halfSquare)
	if k == 0 {
		return x - math.FMA(x, e, -halfSquare)
	}
	return expm1Scaled(x, math.FMA(x, e-rest, -rest)-halfSquare, k)
}

// expm1Ratio is the part of expm1 that a rational function approximates.
func expm1Ratio(x, halfSquare float64) float64 {
	const (
		q1 = -0x1.11111111110f4p-5
		q2 = 0x1.a01a019fe5585p-10
		q3 = -0x1.4ce199eaadbb7p-14
		q4 = 0x1.0cfca86e65239p-18
		q5 = -0x1.afdb76e09c32dp-23
	)
	h2 := halfSquare * halfSquare
	r := math.FMA(h2, math.FMA(halfSquare, q3, q2), math.FMA(halfSquare, q1, 1))
	r = math.FMA(h2*h2, math.FMA(halfSquare, q5, q4), r)
	t := math.FMA(-r, 0.5*x, 3)
	return float64(halfSquare * ((r - t) / math.FMA(-x, t, 6)))
}

// expm1Scaled returns 2^k·(1 + x − e) − 1, k not being 0.
func expm1Scaled(x, e float64, k int) float64 {
	up, down := twoTo(k), twoTo(-k)
	switch {
	case k == -1:
		return 0.5*(x-e) - 0.5
	case k < -1:
		return up*(1-(e-x)) - 1
	case k < 20:
		return up * ((1 - down) - (e - x))
	default:
		return up * ((x - (e + down)) + 1)
	}
}

// twoTo returns 2^k, k being small.
func twoTo(k int) float64 { return math.Float64frombits(uint64(1023+k) << 52) }

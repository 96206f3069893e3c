package ml

import (
	"fmt"
	"math"
)

// Gamma is the width of the RBF kernel exp(−Gamma·‖x−z‖²): a number above 0, or
// one of the two rules that compute it from the training data.
type Gamma float64

const (
	// GammaScale is 1/(p·v) with v the variance of all n·p cells; 1 if v is 0.
	GammaScale Gamma = -1
	// GammaAuto is 1/p.
	GammaAuto Gamma = -2
)

// String names the rule or gives the number.
func (g Gamma) String() string {
	switch g {
	case GammaScale:
		return "scale"
	case GammaAuto:
		return "auto"
	}
	return fmt.Sprint(float64(g))
}

func (g Gamma) valid() bool {
	return g == GammaScale || g == GammaAuto || g > 0 && isFinite(float64(g))
}

// of returns the number for cells, the n·p cells of a training matrix.
func (g Gamma) of(cells []float64, cols int) float64 {
	switch g {
	case GammaAuto:
		return 1 / float64(cols)
	case GammaScale:
		if v := variance(cells); v != 0 {
			return 1 / (float64(cols) * v)
		}
		return 1
	}
	return float64(g)
}

// variance divides by the number of cells and sums in pairs, as numpy does, so
// that Gamma has the same bits.
func variance(cells []float64) float64 {
	n := float64(len(cells))
	mean := pairwiseSum(cells) / n
	squares := make([]float64, len(cells))
	for i, v := range cells {
		squares[i] = (v - mean) * (v - mean)
	}
	return pairwiseSum(squares) / n
}

// pairwiseSum halves a until at most 128 numbers are left and adds those in
// eight interleaved sums. Its rounding error grows with log n (Higham 1993).
func pairwiseSum(a []float64) float64 {
	n := len(a)
	if n < 8 {
		var sum float64
		for _, v := range a {
			sum += v
		}
		return sum
	}
	if n > 128 {
		half := n / 2
		half -= half % 8
		return pairwiseSum(a[:half]) + pairwiseSum(a[half:])
	}
	r := [8]float64(a)
	i := 8
	for ; i < n-n%8; i += 8 {
		for k := range r {
			r[k] += a[i+k]
		}
	}
	sum := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
	for ; i < n; i++ {
		sum += a[i]
	}
	return sum
}

// rbf is the kernel on samples of equal length.
type rbf struct{ gamma float64 }

// fromProducts takes the inner products x·x, z·z and x·z.
func (k rbf) fromProducts(xx, zz, xz float64) float64 {
	return math.Exp(-k.gamma * (xx + zz - 2*xz))
}

// of takes the samples and loses nothing to cancellation when they are close.
func (k rbf) of(x, z []float64) float64 {
	var sum float64
	for i, v := range x {
		d := v - z[i]
		sum += float64(d * d)
	}
	return math.Exp(-k.gamma * sum)
}

func dot(x, z []float64) float64 {
	var sum float64
	for i, v := range x {
		sum += float64(v * z[i])
	}
	return sum
}

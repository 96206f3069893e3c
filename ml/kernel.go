package ml

import (
	"fmt"
	"math"

	"github.com/penstock/penstock/internal/vec"
)

// Kernel names how alike two samples x and z are to a support vector machine.
type Kernel uint8

// The kernels of libsvm. With KernelPrecomputed the matrix holds the values
// themselves: n × n when fitting, and one column per training row when predicting.
const (
	KernelRBF         Kernel = iota // exp(−Gamma·‖x−z‖²)
	KernelLinear                    // x·z
	KernelPoly                      // (Gamma·x·z + Coef0)^Degree
	KernelSigmoid                   // tanh(Gamma·x·z + Coef0)
	KernelPrecomputed               // a cell of the matrix
)

// String returns scikit-learn's name.
func (k Kernel) String() string {
	if int(k) < len(kernelNames) {
		return kernelNames[k]
	}
	return fmt.Sprintf("Kernel(%d)", uint8(k))
}

var kernelNames = [...]string{"rbf", "linear", "poly", "sigmoid", "precomputed"}

// kernel is a Kernel with its numbers, or a function in its place.
type kernel struct {
	kind         Kernel
	gamma, coef0 float64
	degree       int
	custom       func(x, z []float64) float64
}

// fromProducts returns the value for the inner products x·x, z·z and x·z.
func (k kernel) fromProducts(xx, zz, xz float64) float64 {
	switch k.kind {
	case KernelRBF:
		return math.Exp(-k.gamma * (xx + zz - 2*xz))
	case KernelPoly:
		return intPower(float64(k.gamma*xz)+k.coef0, k.degree)
	case KernelSigmoid:
		return tanh(float64(k.gamma*xz) + k.coef0)
	default:
		return xz
	}
}

// values32 sets dst to the values of a sample, whose x·x is norm, and others: z·z is
// in norms, x·z in products. All have whole panels of vec.
func (k kernel) values32(dst []float32, products []float64, norm float64, norms []float64) {
	if k.kind == KernelRBF {
		vec.Exp32(dst, products, norms, norm, k.gamma)
		return
	}
	for i, xz := range products {
		dst[i] = float32(k.fromProducts(norm, norms[i], xz))
	}
}

// of returns the value for a sample and a support vector, which is row number row
// of the training data, for a kernel that is no function of products.
func (k kernel) of(x, support []float64, row int) float64 {
	if k.custom != nil {
		return k.custom(x, support)
	}
	return x[row]
}

// intPower multiplies in the order of libsvm.
func intPower(base float64, n int) float64 {
	result := 1.0
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			result *= base
		}
		base *= base
	}
	return result
}

// Gamma is the factor in the RBF, polynomial and sigmoid kernels: a number, or one
// of the two rules that compute it from the training data.
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

func dot(x, z []float64) float64 {
	var sum float64
	for i, v := range x {
		sum += float64(v * z[i])
	}
	return sum
}

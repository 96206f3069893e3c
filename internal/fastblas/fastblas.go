package fastblas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
)

// Implementation is gonum's BLAS with some routines of its own. Use it through InForce.
type Implementation struct{ gonum.Implementation }

var _ blas.Float64 = Implementation{}

// InForce returns what a program has set with blas64.Use. If that is gonum's own, as it is when nothing has been set, and the processor
// has the instructions, it returns Implementation, which does the same faster.
func InForce() blas.Float64 {
	set := blas64.Implementation()
	if _, isDefault := set.(gonum.Implementation); isDefault && hasKernels {
		return Implementation{}
	}
	return set
}

// Ddot returns the inner product of x and y.
func (f Implementation) Ddot(n int, x []float64, incX int, y []float64, incY int) float64 {
	if !plain(n, x, incX, y, incY) {
		return f.Implementation.Ddot(n, x, incX, y, incY)
	}
	return dot(n, &x[0], &y[0])
}

// Daxpy adds alpha·x to y.
func (f Implementation) Daxpy(n int, alpha float64, x []float64, incX int, y []float64, incY int) {
	if !plain(n, x, incX, y, incY) {
		f.Implementation.Daxpy(n, alpha, x, incX, y, incY)
		return
	}
	axpy(n, alpha, &x[0], &y[0])
}

// Drot replaces each pair x, y by c·x + s·y, c·y − s·x.
func (f Implementation) Drot(n int, x []float64, incX int, y []float64, incY int, c, s float64) {
	if !plain(n, x, incX, y, incY) {
		f.Implementation.Drot(n, x, incX, y, incY, c, s)
		return
	}
	rotate(n, &x[0], &y[0], c, s)
}

// plain reports whether there are n numbers, side by side. All else is for gonum, which knows what to do or to say.
func plain(n int, x []float64, incX int, y []float64, incY int) bool {
	return n > 0 && incX == 1 && incY == 1 && len(x) >= n && len(y) >= n
}

// Dgemm sets c to beta·c + alpha·a·b, where a is m × k and b k × n, both after transposition.
func (f Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int,
	beta float64, c []float64, ldc int) {
	if m <= 0 || n <= 0 || k <= 0 || alpha == 0 || !fits(tA, m, k, a, lda) || !fits(tB, k, n, b, ldb) || !fits(blas.NoTrans, m, n, c, ldc) {
		f.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	newTarget(c, ldc, all, m, n, beta).product(m, n, k, alpha, operandOf(tA, a, lda), operandOf(tB, b, ldb))
}

// Dsyrk sets a triangle of c to beta·c + alpha·a·aᵀ, where a is n × k after transposition.
func (f Implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int,
	beta float64, c []float64, ldc int) {
	if n <= 0 || k <= 0 || alpha == 0 || !fits(tA, n, k, a, lda) || !fits(blas.NoTrans, n, n, c, ldc) ||
		ul != blas.Upper && ul != blas.Lower {
		f.Implementation.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	triangle := upper
	if ul == blas.Lower {
		triangle = lower
	}
	from := operandOf(tA, a, lda)
	newTarget(c, ldc, triangle, n, n, beta).product(n, n, k, alpha, from, from.transpose())
}

// fits reports whether a matrix that is m × n after transposition lies within its slice.
func fits(t blas.Transpose, m, n int, data []float64, ld int) bool {
	switch t {
	case blas.NoTrans:
	case blas.Trans, blas.ConjTrans:
		m, n = n, m
	default:
		return false
	}
	return ld >= n && len(data) >= (m-1)*ld+n
}

package ml

import (
	"slices"
	"strings"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// recoverGonum makes an error of a panic of gonum's BLAS or LAPACK, or of
// another BLAS that follows them. Other panics go on.
func recoverGonum(err *error) {
	r := recover()
	if r == nil {
		return
	}
	value := r
	if p, ok := r.(*loopPanic); ok {
		value = p.value
	}
	text, _ := value.(string)
	if !strings.HasPrefix(text, "blas: ") && !strings.HasPrefix(text, "lapack: ") {
		panic(r)
	}
	*err = errorf("gonum: %s", text)
}

// guarded calls f, on the goroutine that the panic happens on.
func guarded(f func() error) (err error) {
	defer recoverGonum(&err)
	return f()
}

// multiply sets c to a·b, or to a·bᵀ.
func multiply(with blas.Float64, t blas.Transpose, a, b, c blas64.General) {
	with.Dgemm(blas.NoTrans, t, c.Rows, c.Cols, a.Cols, 1, a.Data, a.Stride, b.Data, b.Stride, 0, c.Data, c.Stride)
}

// rowOf is row i of a.
func rowOf(a blas64.General, i int) blas64.Vector {
	return blas64.Vector{N: a.Cols, Inc: 1, Data: a.Data[i*a.Stride : i*a.Stride+a.Cols]}
}

// topRows is the first n rows of a.
func topRows(a blas64.General, n int) blas64.General {
	a.Rows = n
	return a
}

// grown is a slice of n numbers, if possible the same.
func grown(s []float64, n int) []float64 { return slices.Grow(s[:0], n)[:n] }

func newGeneral(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: max(cols, 1), Data: make([]float64, rows*cols)}
}

// orthonormal returns as many orthonormal rows that span the same space; z may
// be overwritten. Cholesky's method, which is fast, makes them so up to a
// rounding that grows with the square of their condition; twice of it is enough
// for any that it can do at all (Yamamoto and others, "Roundoff error analysis
// of the CholeskyQR2 algorithm", 2015).
func orthonormal(b blas.Float64, z blas64.General, passes int) blas64.General {
	for range passes {
		inverse, ok := inverseRoot(b, z)
		if !ok {
			return orthonormalByReflections(b, z)
		}
		next := newGeneral(z.Rows, z.Cols)
		multiply(b, blas.NoTrans, inverse, z, next)
		z = next
	}
	return z
}

// inverseRoot returns the lower triangle that makes the rows of z orthonormal,
// unless they are too near to depending on each other.
func inverseRoot(b blas.Float64, z blas64.General) (inverse blas64.General, ok bool) {
	const mostDependent = 1e-10
	n := z.Rows
	t := blas64.Triangular{Uplo: blas.Lower, Diag: blas.NonUnit, N: n, Stride: n, Data: make([]float64, n*n)}
	b.Dsyrk(blas.Lower, blas.NoTrans, n, z.Cols, 1, z.Data, z.Stride, 0, t.Data, t.Stride)
	squares := make([]float64, n)
	for i := range squares {
		squares[i] = t.Data[i*n+i]
	}
	if _, ok := lapack64.Potrf(blas64.Symmetric{Uplo: t.Uplo, N: n, Stride: n, Data: t.Data}); !ok {
		return inverse, false
	}
	for i, square := range squares {
		if d := t.Data[i*n+i]; !(d*d > mostDependent*square) {
			return inverse, false
		}
	}
	return blas64.General{Rows: n, Cols: n, Stride: n, Data: t.Data}, lapack64.Trtri(t)
}

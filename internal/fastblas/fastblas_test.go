package fastblas_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/penstock/penstock/internal/fastblas"
)

// numbers are n random ones. What is behind their end is NaN, so that reading it shows.
func numbers(r *rand.Rand, n int) []float64 {
	all := make([]float64, n+16)
	for i := range all {
		all[i] = math.NaN()
		if i < n {
			all[i] = r.NormFloat64()
		}
	}
	return all[:n]
}

// closeTo requires that sums of some terms are equal but for rounding.
func closeTo(t *testing.T, want, got []float64, terms int, place string) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		if d := math.Abs(w - got[i]); !(d <= 1e-15*float64(10+terms)*max(1, math.Abs(w))) && !(math.IsNaN(w) && math.IsNaN(got[i])) {
			require.Failf(t, "not equal", "%s: at %d: want %v, got %v", place, i, w, got[i])
		}
	}
}

// kernels skips a test where there is nothing but gonum.
func kernels(t testing.TB) fastblas.Implementation {
	t.Helper()
	ours, ok := fastblas.InForce().(fastblas.Implementation)
	if !ok {
		t.Skip("this processor or this build has no kernels")
	}
	return ours
}

func TestDgemmIsGonums(t *testing.T) {
	ours, r := kernels(t), rand.New(rand.NewPCG(1, 1))
	sizes := []int{1, 2, 3, 4, 5, 11, 12, 13, 24, 30, 127, 129, 255, 257, 300}
	for n := range 400 {
		pick := func() int { return sizes[r.IntN(len(sizes))] }
		m, n, k := pick(), pick(), pick()+n%2
		if n%50 == 0 {
			n = 1010 // more than a block of columns
		}
		tA, tB := blas.NoTrans, blas.NoTrans
		rowsA, colsA, rowsB, colsB := m, k, k, n
		if r.IntN(2) == 0 {
			tA, rowsA, colsA = blas.Trans, k, m
		}
		if r.IntN(2) == 0 {
			tB, rowsB, colsB = blas.ConjTrans, n, k
		}
		lda, ldb, ldc := colsA+r.IntN(3), colsB+r.IntN(3), n+r.IntN(3)
		a, b, c := numbers(r, (rowsA-1)*lda+colsA), numbers(r, (rowsB-1)*ldb+colsB), numbers(r, (m-1)*ldc+n)
		alpha, beta := []float64{1, -1, 0.5, 0}[r.IntN(4)], []float64{0, 1, -2}[r.IntN(3)]
		if beta == 0 {
			c[0] = math.NaN() // must not be looked at
		}
		want := slices.Clone(c)
		gonum.Implementation{}.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, want, ldc)
		ours.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		closeTo(t, want, c, k, fmt.Sprintf("%c%c %d×%d×%d alpha %v beta %v", tA, tB, m, n, k, alpha, beta))
	}
}

func TestDsyrkIsGonums(t *testing.T) {
	ours, r := kernels(t), rand.New(rand.NewPCG(2, 2))
	for _, n := range []int{1, 3, 4, 5, 12, 13, 30, 130, 200} {
		for _, k := range []int{1, 7, 256, 300} {
			for _, ul := range []blas.Uplo{blas.Upper, blas.Lower} {
				for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
					rows, cols := n, k
					if tA == blas.Trans {
						rows, cols = k, n
					}
					lda, ldc := cols+1, n+1
					a, c := numbers(r, (rows-1)*lda+cols), numbers(r, (n-1)*ldc+n)
					alpha, beta := []float64{1, 2}[r.IntN(2)], []float64{0, 1, 3}[r.IntN(3)]
					want := slices.Clone(c)
					gonum.Implementation{}.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, want, ldc)
					ours.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
					// The other triangle is as it was, in both.
					closeTo(t, want, c, k, fmt.Sprintf("%c%c %d×%d alpha %v beta %v", ul, tA, n, k, alpha, beta))
				}
			}
		}
	}
}

func TestVectorsAreGonums(t *testing.T) {
	ours, r := kernels(t), rand.New(rand.NewPCG(3, 3))
	for n := range 70 {
		x, y := numbers(r, n), numbers(r, n)
		place := fmt.Sprintf("%d numbers", n)
		closeTo(t, []float64{gonum.Implementation{}.Ddot(n, x, 1, y, 1)}, []float64{ours.Ddot(n, x, 1, y, 1)}, n, place)

		want, got := slices.Clone(y), slices.Clone(y)
		gonum.Implementation{}.Daxpy(n, -1.5, x, 1, want, 1)
		ours.Daxpy(n, -1.5, x, 1, got, 1)
		closeTo(t, want, got, 1, place)

		wantX, gotX := slices.Clone(x), slices.Clone(x)
		gonum.Implementation{}.Drot(n, wantX, 1, want, 1, 0.8, -0.6)
		ours.Drot(n, gotX, 1, got, 1, 0.8, -0.6)
		closeTo(t, want, got, 2, place)
		closeTo(t, wantX, gotX, 2, place)
	}
	x, y := numbers(r, 20), numbers(r, 20)
	assert.Equal(t, gonum.Implementation{}.Ddot(10, x, 2, y, -1), ours.Ddot(10, x, 2, y, -1), "other steps are gonum's")
}

func TestWrongArgumentsPanicAsInGonum(t *testing.T) {
	ours := kernels(t)
	a := make([]float64, 6)
	for name, call := range map[string]func(b blas.Float64){
		"Dgemm size":      func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, -1, 2, 2, 1, a, 2, a, 2, 0, a, 2) },
		"Dgemm transpose": func(b blas.Float64) { b.Dgemm('X', blas.NoTrans, 2, 2, 2, 1, a, 2, a, 2, 0, a, 2) },
		"Dgemm stride":    func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, a, 1, a, 2, 0, a, 2) },
		"Dgemm short":     func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 4, 1, a, 4, a, 2, 0, a, 2) },
		"Dsyrk triangle":  func(b blas.Float64) { b.Dsyrk('X', blas.NoTrans, 2, 2, 1, a, 2, 0, a, 2) },
		"Ddot short":      func(b blas.Float64) { b.Ddot(7, a, 1, a, 1) },
		"Daxpy short":     func(b blas.Float64) { b.Daxpy(7, 1, a, 1, a, 1) },
		"Drot step":       func(b blas.Float64) { b.Drot(3, a, 0, a, 1, 1, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			var want any
			func() {
				defer func() { want = recover() }()
				call(gonum.Implementation{})
			}()
			require.NotNil(t, want)
			assert.PanicsWithValue(t, want, func() { call(ours) })
		})
	}
}

// another stands for OpenBLAS or any other that a program chooses.
type another struct{ gonum.Implementation }

func TestInForce(t *testing.T) {
	defer blas64.Use(blas64.Implementation())
	blas64.Use(another{})
	assert.Equal(t, another{}, fastblas.InForce(), "the program's choice goes first")
	blas64.Use(gonum.Implementation{})
	assert.NotEqual(t, another{}, fastblas.InForce())
}

func BenchmarkDgemm(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, s := range []struct{ m, n, k int }{{30, 30, 1000}, {100, 300, 100}, {500, 500, 500}} {
		x, y, z := numbers(r, s.m*s.k), numbers(r, s.k*s.n), numbers(r, s.m*s.n)
		for _, impl := range []struct {
			name string
			blas blas.Float64
		}{{"fastblas", kernels(b)}, {"gonum", gonum.Implementation{}}} {
			b.Run(fmt.Sprintf("shape=%dx%dx%d/impl=%s", s.m, s.n, s.k, impl.name), func(b *testing.B) {
				for b.Loop() {
					impl.blas.Dgemm(blas.NoTrans, blas.Trans, s.m, s.n, s.k, 1, x, s.k, y, s.k, 0, z, s.n)
				}
				b.ReportMetric(2e-9*float64(s.m*s.n*s.k)*float64(b.N)/b.Elapsed().Seconds(), "GFLOPS")
			})
		}
	}
}

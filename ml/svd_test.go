package ml_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/penstock/penstock/ml"
)

// TestLeftSingularIsGonums: values are those of gonum's LAPACK, and vectors are
// orthonormal and diagonalise a·aᵀ.
func TestLeftSingularIsGonums(t *testing.T) {
	kinds := map[string]func(i, j int, v float64) float64{
		"normal":  func(_, _ int, v float64) float64 { return v },
		"rank 3":  func(i, j int, _ float64) float64 { return float64(i%3*(j%5) + (i+1)%4 - j%2) },
		"zero":    func(_, _ int, _ float64) float64 { return 0 },
		"axes":    func(i, j int, v float64) float64 { return float64(max(0, 1-(i-j)*(i-j))) * v },
		"one row": func(i, _ int, v float64) float64 { return v * float64(1-min(i, 1)) },
		"equal":   func(i, j int, _ float64) float64 { return float64(max(0, 1-(i-j)*(i-j))) },
	}
	for kind, f := range kinds {
		for _, size := range []int{1, 2, 3, 8, 31, 32, 33, 70} {
			t.Run(fmt.Sprintf("%s, %d", kind, size), func(t *testing.T) {
				a := changed(t, normal(uint32(size), size, size), f)
				values, vectors, err := leftSingular(t.Context(), a)
				require.NoError(t, err)
				requireOrthonormal(t, vectors)

				var svd mat.SVD
				require.True(t, svd.Factorize(a, mat.SVDNone))
				want := svd.Values(nil)
				require.InDeltaSlice(t, want, values, 1e-13*max(1, want[0]))

				u, err := ml.MatrixFromRows(vectors)
				require.NoError(t, err)
				var turned, products mat.Dense
				turned.Mul(u, a)
				products.Mul(&turned, turned.T())
				for i := range size {
					for j := range size {
						square := 0.0
						if i == j {
							square = values[i] * values[i]
						}
						require.InDelta(t, square, products.At(i, j), 1e-12*max(1, want[0]*want[0]), "%d, %d", i, j)
					}
				}
			})
		}
	}
}

func leftSingular(ctx context.Context, a *ml.Matrix) ([]float64, [][]float64, error) {
	var columns [][]float64
	_, cols := a.Dims()
	for j := range cols {
		columns = append(columns, a.Col(j))
	}
	return ml.LeftSingular(ctx, columns)
}

// TestLeftSingularKeepsDigitsOfSmallValues: rows on scales from 1 to 10⁻¹⁸, in
// falling order. The product of the singular values is the determinant, which
// for a triangle is known, and shows if the smallest one has lost its digits.
func TestLeftSingularKeepsDigitsOfSmallValues(t *testing.T) {
	const size = 10
	logDeterminant := 0.0
	a := changed(t, normal(3, size, size), func(i, j int, v float64) float64 {
		scale := math.Pow(10, -2*float64(i))
		switch {
		case i < j:
			return 0
		case i == j:
			v = 1 + math.Abs(v)
			logDeterminant += math.Log(v * scale)
		}
		return v * scale
	})
	values, _, err := leftSingular(t.Context(), a)
	require.NoError(t, err)
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	assert.InDelta(t, logDeterminant, sum, 1e-13)
}

func TestLeftSingularStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := leftSingular(ctx, normal(1, 5, 5))
	assert.ErrorIs(t, err, context.Canceled)
	_, _, err = leftSingular(t.Context(), changed(t, normal(1, 5, 5), func(_, _ int, _ float64) float64 { return nan }))
	assert.EqualError(t, err, "the singular values do not converge")
}

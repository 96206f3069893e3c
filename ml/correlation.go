package ml

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// Correlation returns the p×p matrix of Pearson's correlation coefficients of the
// columns of X: symmetric, from −1 to 1, with 1 on the diagonal. What concerns a
// constant column is NaN, as in numpy's corrcoef. It is an error if X has fewer
// than two rows or a cell is not finite.
func Correlation(ctx context.Context, X *Matrix) (*Matrix, error) {
	r, err := correlation(ctx, X)
	return r, at("Correlation", err)
}

func correlation(ctx context.Context, X *Matrix) (_ *Matrix, err error) {
	defer recoverGonum(&err)
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	if X.rows < 2 {
		return nil, errorf("there is 1 row, at least 2 are needed")
	}
	if err := checkFinite(X); err != nil {
		return nil, err
	}
	z := newMatrix(X.rows, X.cols, nil)
	err = forEach(ctx, X.cols, 0, func(_ context.Context, j int) error {
		centre(z.Col(j), X.Col(j))
		return nil
	})
	if err != nil {
		return nil, err
	}
	r, err := innerProducts(ctx, z)
	if err != nil {
		return nil, err
	}
	r.names = X.names
	normalize(r)
	return r, nil
}

// centre writes the deviations of col from its mean, times a power of two that
// keeps their squares within the range of float64. The mean of the first deviations
// is the rounding error of the mean, which goes too. Those of a constant are 0.
func centre(deviations, col []float64) {
	if isUniform(col) {
		return
	}
	unit := unitOf(col)
	for i, v := range col {
		deviations[i] = v * unit
	}
	for range 2 {
		mean := pairwiseSum(deviations) / float64(len(col))
		for i := range deviations {
			deviations[i] -= mean
		}
	}
	blas64.Scal(unitOf(deviations), vectorOf(deviations))
}

// innerProducts returns those of all pairs of columns, in parallel for blocks of
// columns, and of some rows at a time, so that what is used together stays in the
// processor's cache. The lower half is a mirror of the upper one.
func innerProducts(ctx context.Context, z *Matrix) (*Matrix, error) {
	const block, rows = 16, 512
	out := newMatrix(z.cols, z.cols, nil)
	blocks := (z.cols + block - 1) / block
	err := forEach(ctx, blocks*blocks, 0, func(_ context.Context, b int) error {
		left, right := b/blocks*block, b%blocks*block
		for lo := 0; lo < z.rows; lo += rows {
			hi := min(lo+rows, z.rows)
			for i := left; i < min(left+block, z.cols); i++ {
				for j := max(i, right); j < min(right+block, z.cols); j++ {
					out.data[j*z.cols+i] += blas64.Dot(vectorOf(z.Col(i)[lo:hi]), vectorOf(z.Col(j)[lo:hi]))
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for j := range out.cols {
		for i := range j {
			out.data[i*out.cols+j] = out.data[j*out.cols+i]
		}
	}
	return out, nil
}

// normalize turns inner products into cosines.
func normalize(r *Matrix) {
	squares := make([]float64, r.cols)
	for j := range squares {
		squares[j] = r.At(j, j)
	}
	for j, square := range squares {
		for i, product := range r.Col(j) {
			cosine := product / math.Sqrt(float64(square*squares[i])) // 0/0 = NaN for a constant
			if math.Abs(cosine) > 1 {
				cosine = math.Copysign(1, cosine)
			}
			r.Col(j)[i] = cosine
		}
	}
}

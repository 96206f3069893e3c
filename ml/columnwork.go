package ml

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// forColumns calls f(0), …, f(n−1), each of which works on about cells cells. Runs
// of them go to other goroutines where there is enough to do, see forEach. The error
// is that of the lowest number.
func forColumns(ctx context.Context, n, cells int, f func(i int) error) error {
	const worthwhile = 1 << 14 // cells of a run: tens of microseconds
	run := max(1, worthwhile/max(1, cells))
	runs := (n + run - 1) / run
	work := func(ctx context.Context, r int) error {
		for i := r * run; i < min(n, (r+1)*run); i++ {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	if runs > 1 {
		return forEach(ctx, runs, 0, work)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return work(ctx, 0)
}

// mapColumns returns a matrix like X, which must have the columns that the model was
// fitted on, with every column filled by f. f reports whether all that it wrote is
// finite, so that cells are only looked at one by one if not: NaN passes, an infinite
// cell of X is an error, and so is one that only became infinite.
func mapColumns(fitted columnSet, X *Matrix, f func(j int, dst, src []float64) (finite bool)) (*Matrix, error) {
	if err := fitted.check(X); err != nil {
		return nil, err
	}
	out := newMatrix(X.rows, X.cols, X.names)
	err := forColumns(context.Background(), X.cols, X.rows, func(j int) error {
		if f(j, out.Col(j), X.Col(j)) {
			return nil
		}
		return checkMapped(X, out, j)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func checkMapped(X, out *Matrix, j int) error {
	if err := checkColumnNotInfinite(X, j); err != nil {
		return err
	}
	for i, v := range out.Col(j) {
		if math.IsInf(v, 0) {
			return X.cellError(i, j, fmt.Sprintf("%v becomes %v, which a float64 cannot hold", X.At(i, j), v))
		}
	}
	return nil
}

// shiftAndDivide sets dst to (src − shift) / scale.
func shiftAndDivide(dst, src []float64, shift, scale float64) (finite bool) {
	dst = dst[:len(src)]
	finite = true
	for i, v := range src {
		w := (v - shift) / scale
		dst[i] = w
		if !isFinite(w) {
			finite = false
		}
	}
	return finite
}

// multiplyAndAdd sets dst to src·scale + shift.
func multiplyAndAdd(dst, src []float64, scale, shift float64) (finite bool) {
	dst = dst[:len(src)]
	finite = true
	for i, v := range src {
		w := float64(v*scale) + shift
		dst[i] = w
		if !isFinite(w) {
			finite = false
		}
	}
	return finite
}

// oneIfTiny is scikit-learn's rule for what it divides by: a range or a size below
// 10·2⁻⁵² counts as zero, whatever the scale of the data, and zero becomes 1.
func oneIfTiny(scale float64) float64 {
	if scale < 10*0x1p-52 {
		return 1
	}
	return scale
}

func checkNotInfinite(X *Matrix) error {
	for j := range X.cols {
		if err := checkColumnNotInfinite(X, j); err != nil {
			return err
		}
	}
	return nil
}

func checkColumnNotInfinite(X *Matrix, j int) error {
	for i, v := range X.Col(j) {
		if math.IsInf(v, 0) {
			return X.cellError(i, j, fmt.Sprintf("%v, only finite numbers and NaN are allowed", v))
		}
	}
	return nil
}

// filled returns n times v.
func filled(n int, v float64) []float64 { return slices.Repeat([]float64{v}, n) }

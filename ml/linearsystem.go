package ml

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
)

// linearSystem is what linear regressions solve: X and Y less their means, each row times
// the root of its weight, and where that keeps squares within float64 times powers of two.
type linearSystem struct {
	x, y         blas64.General // a row for each column of X, and of Y
	xMean, yMean []float64      // zeros without an intercept
	xUnit        float64        // the power of two for X
	yUnit        []float64      // per target
}

// newLinearSystem takes weights that are nil or checked.
func newLinearSystem(ctx context.Context, X, Y *Matrix, weights []float64, intercept bool) (*linearSystem, error) {
	s := &linearSystem{yUnit: make([]float64, Y.cols)}
	var xMost, yMost []float64
	var err error
	if s.x, s.xMean, xMost, err = centredRows(ctx, X, weights, intercept); err != nil {
		return nil, at("X", err)
	}
	if s.y, s.yMean, yMost, err = centredRows(ctx, Y, weights, intercept); err != nil {
		return nil, at("Y", err)
	}
	s.xUnit = scaleToFit(s.x.Data, slices.Max(xMost))
	for t, most := range yMost {
		s.yUnit[t] = scaleToFit(rowOf(s.y, t).Data, most)
	}
	return s, nil
}

// scaleToFit multiplies by a power of two, and returns it, if squares of numbers up to most
// could be too large or too small for float64. Else it is 1.
func scaleToFit(values []float64, most float64) float64 {
	if most == 0 || most > 0x1p-300 && most < 0x1p300 {
		return 1
	}
	unit := unitOf([]float64{most})
	for i := range values {
		values[i] *= unit
	}
	return unit
}

// centredRows returns the columns of X, one after the other, less their means, and times
// the roots of the weights; and the largest number of each, without its sign.
func centredRows(ctx context.Context, X *Matrix, weights []float64, intercept bool) (out blas64.General, means, most []float64, err error) {
	out, means, most = newGeneral(X.cols, X.rows), make([]float64, X.cols), make([]float64, X.cols)
	err = forColumns(ctx, X.cols, X.rows, func(j int) error {
		row := rowOf(out, j).Data
		copy(row, X.Col(j))
		if intercept {
			means[j] = subtractMean(row, weights)
		}
		for i, w := range weights {
			row[i] *= math.Sqrt(w)
		}
		for _, v := range row {
			if a := math.Abs(v); a > most[j] {
				most[j] = a
			}
		}
		if !isFinite(means[j]) || !isFinite(most[j]) {
			return X.columnError(j, "the numbers are so large that their mean is beyond float64")
		}
		return nil
	})
	return out, means, most, err
}

// subtractMean subtracts the mean, and returns it. What rounding leaves of the mean of numbers far
// from 0 is subtracted too: beside columns with less spread it would count as a column.
func subtractMean(values, weights []float64) float64 {
	if isUniform(values) {
		mean := values[0]
		clear(values)
		return mean
	}
	mean := weightedMean(values, weights)
	for i := range values {
		values[i] -= mean
	}
	rest := weightedMean(values, weights)
	for i := range values {
		values[i] -= rest
	}
	return mean + rest
}

// weightedMean is the mean if weights is nil.
func weightedMean(values, weights []float64) float64 {
	if weights == nil {
		return numpySumOf(values) / float64(len(values))
	}
	return numpySum(len(values), func(i int) float64 { return values[i] * weights[i] }) / numpySumOf(weights)
}

// model takes the coefficients, a row for each target, back to the units of X and Y.
func (s *linearSystem) model(learner string, coef blas64.General, X, Y *Matrix) (*LinearModel, error) {
	m := &LinearModel{Coef: newMatrix(X.cols, Y.cols, nil), Intercept: make([]float64, Y.cols), Converged: true, columns: columnsOf(X), learner: learner, targets: Y.Names()}
	for t := range Y.cols {
		col := m.Coef.Col(t)
		m.Intercept[t] = s.yMean[t]
		for j, w := range rowOf(coef, t).Data {
			col[j] = w * s.xUnit / s.yUnit[t]
			m.Intercept[t] -= float64(col[j] * s.xMean[j])
		}
	}
	if !isFinite(maxAbs(m.Coef.data)) || !isFinite(maxAbs(m.Intercept)) || checkFinite(m.Coef) != nil {
		return nil, errorf("the coefficients are beyond float64, scale the columns")
	}
	return m, nil
}

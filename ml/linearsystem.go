package ml

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// linearSystem is what linear regressions solve: X and Y less their means, each row times
// the root of its weight, and times powers of two that keep squares within float64.
type linearSystem struct {
	x, y         blas64.General // a row for each column of X, and of Y
	xMean, yMean []float64      // zeros without an intercept
	xUnit        float64        // the power of two for X
	yUnit        []float64      // per target
}

// newLinearSystem takes weights that are nil or checked.
func newLinearSystem(ctx context.Context, X, Y *Matrix, weights []float64, intercept bool) (*linearSystem, error) {
	s := &linearSystem{xUnit: 1}
	var err error
	if s.x, s.xMean, err = centredRows(ctx, X, weights, intercept); err != nil {
		return nil, at("X", err)
	}
	if s.y, s.yMean, err = centredRows(ctx, Y, weights, intercept); err != nil {
		return nil, at("Y", err)
	}
	s.xUnit = unitOf(s.x.Data)
	for i := range s.x.Data {
		s.x.Data[i] *= s.xUnit
	}
	for t := range Y.cols {
		row := rowOf(s.y, t).Data
		s.yUnit = append(s.yUnit, unitOf(row))
		for i := range row {
			row[i] *= s.yUnit[t]
		}
	}
	return s, nil
}

// centredRows returns the columns of X, one after the other, less their means, and times
// the roots of the weights.
func centredRows(ctx context.Context, X *Matrix, weights []float64, intercept bool) (out blas64.General, means []float64, err error) {
	out, means = newGeneral(X.cols, X.rows), make([]float64, X.cols)
	err = forColumns(ctx, X.cols, X.rows, func(j int) error {
		row := rowOf(out, j).Data
		copy(row, X.Col(j))
		if intercept {
			means[j] = subtractMean(row, weights)
		}
		if !isFinite(means[j]) || !isFinite(maxAbs(row)) {
			return X.columnError(j, "the numbers are so large that their mean is beyond float64")
		}
		for i, w := range weights {
			row[i] *= math.Sqrt(w)
		}
		return nil
	})
	return out, means, err
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
	m := &LinearModel{Coef: newMatrix(X.cols, Y.cols, nil), Intercept: make([]float64, Y.cols), Converged: true, learner: learner, targets: Y.Names()}
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

package ml

import (
	"context"
	"math"
)

// StandardScaler brings every column to mean 0 and variance 1. NaN is ignored
// when fitting and kept when transforming.
type StandardScaler struct {
	WithMean bool // subtract the mean
	WithStd  bool // divide by the standard deviation
}

var _ Transformer = StandardScaler{}

// NewStandardScaler returns a scaler that does both.
func NewStandardScaler() StandardScaler { return StandardScaler{WithMean: true, WithStd: true} }

// Fit measures the columns of X. An infinite value is an error, and so are values
// whose sum or variance overflows and a matrix without rows or columns.
func (s StandardScaler) Fit(ctx context.Context, X *Matrix) (*StandardScalerModel, error) {
	return s.PartialFitWeighted(ctx, nil, X, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative. Weighing 2
// is the same as being there twice.
func (s StandardScaler) FitWeighted(ctx context.Context, X *Matrix, weights []float64) (*StandardScalerModel, error) {
	return s.PartialFitWeighted(ctx, nil, X, weights)
}

// PartialFit returns what previous becomes by the rows of X, for data that comes
// batch by batch; previous is nil for the first batch and is not changed. All batches
// together give the result of Fit on all rows, but for rounding. A batch without a
// value in some column leaves that column's measures as they were.
func (s StandardScaler) PartialFit(ctx context.Context, previous *StandardScalerModel, X *Matrix) (*StandardScalerModel, error) {
	return s.PartialFitWeighted(ctx, previous, X, nil)
}

// PartialFitWeighted is PartialFit with a weight for each row of X. nil means that
// all weigh 1.
func (s StandardScaler) PartialFitWeighted(ctx context.Context, previous *StandardScalerModel, X *Matrix, weights []float64) (*StandardScalerModel, error) {
	m, err := s.fit(ctx, previous, X, weights)
	return m, at("StandardScaler", err)
}

// FitTransformer is Fit.
func (s StandardScaler) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := s.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s StandardScaler) fit(ctx context.Context, previous *StandardScalerModel, X *Matrix, weights []float64) (*StandardScalerModel, error) {
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	if sum, err := sumOfWeights(weights, X.rows); err != nil {
		return nil, err
	} else if sum == 0 && previous == nil {
		return nil, errorf("all weights are 0")
	}
	m := &StandardScalerModel{
		Mean: filled(X.cols, math.NaN()), Var: filled(X.cols, math.NaN()),
		Scale: filled(X.cols, 1), SamplesSeen: make([]float64, X.cols),
		params: s, columns: columnsOf(X),
	}
	if previous != nil {
		if err := previous.columns.check(X); err != nil {
			return nil, err
		}
		copy(m.Mean, previous.Mean)
		copy(m.Var, previous.Var)
		copy(m.SamplesSeen, previous.SamplesSeen)
	}
	batch, err := columnMoments(ctx, X, weights)
	if err != nil {
		return nil, err
	}
	for j := range X.cols {
		m.add(j, batch[j])
		if m.SamplesSeen[j] > 0 && !(isFinite(m.Mean[j]) && (isFinite(m.Var[j]) || !s.WithStd)) {
			return nil, X.columnError(j, "the mean or the variance is more than a float64 can hold")
		}
		if s.WithStd {
			m.Scale[j] = scaleOf(m.Mean[j], m.Var[j], m.SamplesSeen[j])
		}
	}
	return m, nil
}

// StandardScalerModel is a fitted scaler. Its fields are to be read only.
type StandardScalerModel struct {
	Mean        []float64 // per column, over the values that are not NaN; NaN if there are none
	Var         []float64 // per column, divided by n and not n−1
	Scale       []float64 // per column: the square root of Var; 1 if the column is constant or WithStd is off
	SamplesSeen []float64 // per column: the number, or the weight, of the values that are not NaN

	params  StandardScaler
	columns columnSet
}

var _ TransformerModel = (*StandardScalerModel)(nil)

// add merges a batch into the measures of a column, by the update of Chan, Golub
// and LeVeque (1983) in scikit-learn's order of operations.
func (m *StandardScalerModel) add(j int, batch moments) {
	if batch.count == 0 {
		return
	}
	before, sum, spread := m.SamplesSeen[j], 0.0, batch.spread()
	count := before + batch.count
	if before > 0 {
		sum = float64(m.Mean[j] * before)
		ratio := before / batch.count
		d := sum/ratio - batch.sum
		spread = float64(m.Var[j]*before) + spread + float64(ratio/count*float64(d*d))
	}
	m.Mean[j], m.Var[j], m.SamplesSeen[j] = (sum+batch.sum)/count, spread/count, count
}

// scaleOf is the square root of the variance, 1 for a constant column.
func scaleOf(mean, variance, n float64) float64 {
	if isConstant(mean, variance, n) {
		return 1
	}
	return math.Sqrt(variance)
}

// isConstant reports whether a variance is no more than the rounding error of the
// sums it came from.
func isConstant(mean, variance, n float64) bool {
	const eps = 0x1p-52
	bound := n * mean * eps
	return variance <= float64(n*eps*variance)+float64(bound*bound)
}

// Transform returns (x − Mean) / Scale for every cell, as far as the scaler's
// parameters ask for it. An infinite value is an error.
func (m *StandardScalerModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := m.transform(X)
	return out, at("StandardScaler", err)
}

// InverseTransform returns x·Scale + Mean for every cell, the inverse of
// Transform.
func (m *StandardScalerModel) InverseTransform(X *Matrix) (*Matrix, error) {
	out, err := mapColumns(m.columns, X, func(j int, dst, src []float64) bool {
		return multiplyAndAdd(dst, src, m.Scale[j], m.shift(j))
	})
	return out, at("StandardScaler", err)
}

func (m *StandardScalerModel) transform(X *Matrix) (*Matrix, error) {
	return mapColumns(m.columns, X, func(j int, dst, src []float64) bool {
		return shiftAndDivide(dst, src, m.shift(j), m.Scale[j])
	})
}

func (m *StandardScalerModel) shift(j int) float64 {
	if m.params.WithMean {
		return m.Mean[j]
	}
	return 0
}

// sumOfWeights refuses weights that are not one for every row, finite and ≥ 0, and
// whose sum is not finite. nil weighs 1 each.
func sumOfWeights(weights []float64, rows int) (float64, error) {
	if weights == nil {
		return float64(rows), nil
	}
	if len(weights) != rows {
		return 0, errorf("%d weights for %d rows", len(weights), rows)
	}
	sum := 0.0
	for i, w := range weights {
		if !(w >= 0 && isFinite(w)) {
			return 0, errorf("weight of row %d is %v, must be a finite number >= 0", i, w)
		}
		sum += w
	}
	if !isFinite(sum) {
		return 0, errorf("the weights sum to %v, must be a finite number", sum)
	}
	return sum, nil
}

package ml

import (
	"context"
	"math"
)

// VarianceThreshold drops the columns whose variance is not above a threshold. NaN
// is ignored when fitting and kept when transforming.
type VarianceThreshold struct {
	Threshold float64 // 0 drops the columns in which all values are the same
}

var _ Transformer = VarianceThreshold{}

// NewVarianceThreshold returns a filter of constant columns.
func NewVarianceThreshold() VarianceThreshold { return VarianceThreshold{} }

// Fit measures the columns of X. It is an error if none would be left, and so are
// an infinite value and a matrix without rows or columns.
func (v VarianceThreshold) Fit(ctx context.Context, X *Matrix) (*VarianceThresholdModel, error) {
	m, err := v.fit(ctx, X)
	return m, at("VarianceThreshold", err)
}

// FitTransformer is Fit.
func (v VarianceThreshold) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := v.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (v VarianceThreshold) fit(ctx context.Context, X *Matrix) (*VarianceThresholdModel, error) {
	var c paramCheck
	c.want(v.Threshold >= 0 && isFinite(v.Threshold), "Threshold", v.Threshold, "a finite number >= 0")
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	measured, err := columnMoments(ctx, X, nil)
	if err != nil {
		return nil, err
	}
	m := &VarianceThresholdModel{Variances: make([]float64, X.cols)}
	for j, col := range measured {
		variance := col.squares / col.count
		if math.IsInf(variance, 0) {
			return nil, X.columnError(j, "the variance is more than a float64 can hold")
		}
		if v.Threshold == 0 {
			variance = orRange(variance, col, X.Col(j))
		}
		m.Variances[j] = variance
		if variance > v.Threshold {
			m.Kept = append(m.Kept, j)
		}
	}
	if len(m.Kept) == 0 {
		return nil, errorf("no column of %d has a variance above %v over %d rows", X.cols, v.Threshold, X.rows)
	}
	m.filter = columnFilter{columnsOf(X), m.Kept}
	return m, nil
}

// orRange is the variance, or the range of the values if that is smaller: rounding
// can give the same values a variance, but not a range. As in scikit-learn only a
// column without NaN has one.
func orRange(variance float64, measured moments, col []float64) float64 {
	if int(measured.count) < len(col) {
		return variance
	}
	lo, hi := extent(col)
	return min(variance, hi-lo)
}

// VarianceThresholdModel is a fitted VarianceThreshold. Its fields are to be read
// only.
type VarianceThresholdModel struct {
	Variances []float64 // per column: divided by n and not n−1; NaN if there is no value; with Threshold 0 the range of the values if that is smaller
	Kept      []int     // the columns that are not dropped, ascending

	filter columnFilter
}

var _ TransformerModel = (*VarianceThresholdModel)(nil)

// Transform returns the columns that are kept. Those without a name are called x0,
// x1, … by the places they had.
func (m *VarianceThresholdModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := m.filter.take(X)
	return out, at("VarianceThreshold", err)
}

// InverseTransform returns the columns at the places they had, with zeros in those
// that were dropped.
func (m *VarianceThresholdModel) InverseTransform(X *Matrix) (*Matrix, error) {
	out, err := m.filter.putBack(X)
	return out, at("VarianceThreshold", err)
}

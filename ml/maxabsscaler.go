package ml

import (
	"context"
	"math"
)

// MaxAbsScaler divides every column by its largest absolute value, which keeps zeros
// zero. NaN is ignored when fitting and kept when transforming.
type MaxAbsScaler struct{}

var _ Transformer = MaxAbsScaler{}

// NewMaxAbsScaler returns the scaler; it has no parameters.
func NewMaxAbsScaler() MaxAbsScaler { return MaxAbsScaler{} }

// Fit measures the columns of X. An infinite value is an error, and so is a matrix
// without rows or columns.
func (s MaxAbsScaler) Fit(ctx context.Context, X *Matrix) (*MaxAbsScalerModel, error) {
	return s.PartialFit(ctx, nil, X)
}

// PartialFit returns what previous becomes by the rows of X, for data that comes
// batch by batch; previous is nil for the first batch and is not changed. All batches
// together give the result of Fit on all rows.
func (s MaxAbsScaler) PartialFit(ctx context.Context, previous *MaxAbsScalerModel, X *Matrix) (*MaxAbsScalerModel, error) {
	m, err := s.fit(ctx, previous, X)
	return m, at("MaxAbsScaler", err)
}

// FitTransformer is Fit.
func (s MaxAbsScaler) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := s.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s MaxAbsScaler) fit(ctx context.Context, previous *MaxAbsScalerModel, X *Matrix) (*MaxAbsScalerModel, error) {
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	m := &MaxAbsScalerModel{
		MaxAbs: make([]float64, X.cols), Scale: make([]float64, X.cols),
		SamplesSeen: X.rows, columns: columnsOf(X),
	}
	if previous != nil {
		if err := previous.columns.check(X); err != nil {
			return nil, err
		}
		m.SamplesSeen += previous.SamplesSeen
	}
	err := forColumns(ctx, X.cols, X.rows, func(j int) error {
		lo, hi := extent(X.Col(j))
		if math.IsInf(lo, -1) || math.IsInf(hi, 1) {
			return checkColumnNotInfinite(X, j)
		}
		largest := max(-lo, hi)
		if lo > hi { // no value
			largest = math.NaN()
		}
		if previous != nil && !(largest > previous.MaxAbs[j]) && !math.IsNaN(previous.MaxAbs[j]) {
			largest = previous.MaxAbs[j]
		}
		m.MaxAbs[j], m.Scale[j] = largest, oneIfTiny(largest)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// MaxAbsScalerModel is a fitted MaxAbsScaler. Its fields are to be read only. A
// column without a value that is not NaN has NaN in them.
type MaxAbsScalerModel struct {
	MaxAbs      []float64 // per column: the largest absolute value
	Scale       []float64 // per column: MaxAbs; 1 if that is below 10·2⁻⁵²
	SamplesSeen int       // rows

	columns columnSet
}

var _ TransformerModel = (*MaxAbsScalerModel)(nil)

// Transform returns x / Scale for every cell. An infinite value is an error.
func (m *MaxAbsScalerModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := mapColumns(m.columns, X, func(j int, dst, src []float64) bool { return shiftAndDivide(dst, src, 0, m.Scale[j]) })
	return out, at("MaxAbsScaler", err)
}

// InverseTransform returns x·Scale for every cell, the inverse of Transform.
func (m *MaxAbsScalerModel) InverseTransform(X *Matrix) (*Matrix, error) {
	out, err := mapColumns(m.columns, X, func(j int, dst, src []float64) bool { return multiplyAndAdd(dst, src, m.Scale[j], 0) })
	return out, at("MaxAbsScaler", err)
}

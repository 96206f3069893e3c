package ml

import (
	"context"
	"fmt"
	"math"
)

// MinMaxScaler brings every column into a range by its smallest and its largest
// value. NaN is ignored when fitting and kept when transforming.
type MinMaxScaler struct {
	FeatureRange [2]float64 // where the smallest and the largest value go
	Clip         bool       // move values that lie beyond those of Fit to the ends of the range
}

var _ Transformer = MinMaxScaler{}

// NewMinMaxScaler returns a scaler to the range from 0 to 1 that does not clip.
func NewMinMaxScaler() MinMaxScaler { return MinMaxScaler{FeatureRange: [2]float64{0, 1}} }

// Fit measures the columns of X. An infinite value is an error, and so are a column
// whose range or scale overflows and a matrix without rows or columns.
func (s MinMaxScaler) Fit(ctx context.Context, X *Matrix) (*MinMaxScalerModel, error) {
	return s.PartialFit(ctx, nil, X)
}

// PartialFit returns what previous becomes by the rows of X, for data that comes
// batch by batch; previous is nil for the first batch and is not changed. All batches
// together give the result of Fit on all rows.
func (s MinMaxScaler) PartialFit(ctx context.Context, previous *MinMaxScalerModel, X *Matrix) (*MinMaxScalerModel, error) {
	m, err := s.fit(ctx, previous, X)
	return m, at("MinMaxScaler", err)
}

// FitTransformer is Fit.
func (s MinMaxScaler) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := s.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s MinMaxScaler) check() error {
	var c paramCheck
	lo, hi := s.FeatureRange[0], s.FeatureRange[1]
	c.want(lo < hi && isFinite(hi-lo), "FeatureRange", s.FeatureRange, "two finite numbers in ascending order")
	return c.err()
}

func (s MinMaxScaler) fit(ctx context.Context, previous *MinMaxScalerModel, X *Matrix) (*MinMaxScalerModel, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	m := &MinMaxScalerModel{
		DataMin: make([]float64, X.cols), DataMax: make([]float64, X.cols), DataRange: make([]float64, X.cols),
		Min: make([]float64, X.cols), Scale: make([]float64, X.cols),
		SamplesSeen: X.rows, params: s, columns: columnsOf(X),
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
		if previous != nil && !math.IsNaN(previous.DataMin[j]) {
			lo, hi = min(lo, previous.DataMin[j]), max(hi, previous.DataMax[j])
		}
		if math.IsInf(hi-lo, 1) {
			return X.columnError(j, "the range of the values is more than a float64 can hold")
		}
		m.set(j, lo, hi)
		if lo <= hi && !(isFinite(m.Scale[j]) && isFinite(m.Min[j])) {
			return X.columnError(j, fmt.Sprintf("the values lie so close that their scale for FeatureRange %v is more than a float64 can hold", s.FeatureRange))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// extent returns the smallest and the largest value, +Inf and −Inf if all are NaN.
func extent(col []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range col {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
	}
	return lo, hi
}

// MinMaxScalerModel is a fitted MinMaxScaler. Its fields are to be read only. A
// column without a value that is not NaN has NaN in all of them.
type MinMaxScalerModel struct {
	DataMin     []float64 // per column: the smallest value
	DataMax     []float64 // per column: the largest value
	DataRange   []float64 // per column: DataMax − DataMin
	Scale       []float64 // per column: the width of FeatureRange / DataRange, which counts as 1 below 10·2⁻⁵²
	Min         []float64 // per column: what is added, where 0 goes
	SamplesSeen int       // rows

	params  MinMaxScaler
	columns columnSet
}

var _ TransformerModel = (*MinMaxScalerModel)(nil)

// set computes what follows from the extent of a column.
func (m *MinMaxScalerModel) set(j int, lo, hi float64) {
	if lo > hi { // no value
		lo, hi = math.NaN(), math.NaN()
	}
	m.DataMin[j], m.DataMax[j], m.DataRange[j] = lo, hi, hi-lo
	from, to := m.params.FeatureRange[0], m.params.FeatureRange[1]
	m.Scale[j] = (to - from) / oneIfTiny(hi-lo)
	m.Min[j] = from - float64(lo*m.Scale[j])
}

// Transform returns x·Scale + Min for every cell. An infinite value is an error.
func (m *MinMaxScalerModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := mapColumns(m.columns, X, func(j int, dst, src []float64) bool {
		finite := multiplyAndAdd(dst, src, m.Scale[j], m.Min[j])
		if m.params.Clip {
			clipTo(dst, m.params.FeatureRange)
		}
		return finite
	})
	return out, at("MinMaxScaler", err)
}

// InverseTransform returns (x − Min) / Scale for every cell, the inverse of
// Transform but for what was clipped.
func (m *MinMaxScalerModel) InverseTransform(X *Matrix) (*Matrix, error) {
	out, err := mapColumns(m.columns, X, func(j int, dst, src []float64) bool {
		return shiftAndDivide(dst, src, m.Min[j], m.Scale[j])
	})
	return out, at("MinMaxScaler", err)
}

// clipTo moves values into a range. NaN stays.
func clipTo(values []float64, between [2]float64) {
	for i, v := range values {
		values[i] = min(max(v, between[0]), between[1])
	}
}

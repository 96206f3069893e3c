package ml

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// RobustScaler subtracts the median of every column and divides by the distance of
// two quantiles, so that a few far values change little. NaN is ignored when fitting
// and kept when transforming.
type RobustScaler struct {
	WithCentering bool
	WithScaling   bool
	QuantileRange [2]float64 // of the scale, in percent
	UnitVariance  bool       // divide by what would give normally distributed values variance 1
}

var _ Transformer = RobustScaler{}

// NewRobustScaler returns a scaler that centres on the median and divides by the
// interquartile range.
func NewRobustScaler() RobustScaler {
	return RobustScaler{WithCentering: true, WithScaling: true, QuantileRange: [2]float64{25, 75}}
}

// Fit measures the columns of X. An infinite value is an error, and so are a column
// whose range of quantiles overflows and a matrix without rows or columns.
func (s RobustScaler) Fit(ctx context.Context, X *Matrix) (*RobustScalerModel, error) {
	m, err := s.fit(ctx, X)
	return m, at("RobustScaler", err)
}

// FitTransformer is Fit.
func (s RobustScaler) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := s.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s RobustScaler) check() error {
	var c paramCheck
	lo, hi := s.QuantileRange[0], s.QuantileRange[1]
	c.want(0 <= lo && lo <= hi && hi <= 100, "QuantileRange", s.QuantileRange, "two numbers from 0 to 100 in ascending order")
	if s.UnitVariance && c.err() == nil {
		c.want(0 < lo && lo < hi && hi < 100, "QuantileRange", s.QuantileRange, "two different numbers between 0 and 100 for UnitVariance")
	}
	return c.err()
}

func (s RobustScaler) fit(ctx context.Context, X *Matrix) (*RobustScalerModel, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	m := &RobustScalerModel{Center: make([]float64, X.cols), Scale: filled(X.cols, 1), columns: columnsOf(X)}
	err := forColumns(ctx, X.cols, X.rows, func(j int) error {
		if err := checkColumnNotInfinite(X, j); err != nil {
			return err
		}
		values := presentValues(X.Col(j))
		if s.WithCentering {
			m.Center[j] = medianOrNaN(values)
		}
		if s.WithScaling {
			m.Scale[j] = s.scale(values)
		}
		if len(values) > 0 && !isFinite(m.Scale[j]) {
			return X.columnError(j, "the range of the quantiles is more than a float64 can hold")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// scale changes the order of the values.
func (s RobustScaler) scale(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	lo, hi := s.QuantileRange[0]/100, s.QuantileRange[1]/100
	scale := oneIfTiny(quantileOf(values, hi) - quantileOf(values, lo))
	if s.UnitVariance {
		scale /= mathext.NormalQuantile(hi) - mathext.NormalQuantile(lo)
	}
	return scale
}

// presentValues copies the values that are not NaN. It has no branch to be
// mispredicted.
func presentValues(col []float64) []float64 {
	out, n := make([]float64, len(col)), 0
	for _, v := range col {
		out[n] = v
		n += 1 - oneIfNaN(v)
	}
	return out[:n]
}

func medianOrNaN(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return medianOf(values)
}

// RobustScalerModel is a fitted RobustScaler. Its fields are to be read only. A
// column without a value that is not NaN has NaN in them.
type RobustScalerModel struct {
	Center []float64 // per column: the median; 0 if WithCentering is off
	Scale  []float64 // per column: the range of the quantiles; 1 if that is below 10·2⁻⁵² or WithScaling is off

	columns columnSet
}

var _ TransformerModel = (*RobustScalerModel)(nil)

// Transform returns (x − Center) / Scale for every cell. An infinite value is an
// error.
func (m *RobustScalerModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := mapColumns(m.columns, X, func(j int, dst, src []float64) bool {
		return shiftAndDivide(dst, src, m.Center[j], m.Scale[j])
	})
	return out, at("RobustScaler", err)
}

// InverseTransform returns x·Scale + Center for every cell, the inverse of
// Transform.
func (m *RobustScalerModel) InverseTransform(X *Matrix) (*Matrix, error) {
	out, err := mapColumns(m.columns, X, func(j int, dst, src []float64) bool {
		return multiplyAndAdd(dst, src, m.Scale[j], m.Center[j])
	})
	return out, at("RobustScaler", err)
}

package ml

import (
	"context"
	"fmt"
	"slices"
)

// DummyRegressor predicts one number for all rows: what it scores is what another regressor
// has to do better than.
type DummyRegressor struct {
	Strategy DummyValue
	Quantile float64 // of DummyQuantile, from 0, the least value, to 1, the largest
	Constant float64 // the number that DummyConstantValue predicts
}

// DummyValue says which number a DummyRegressor predicts.
type DummyValue uint8

// The strategies of scikit-learn.
const (
	DummyMean          DummyValue = iota // the mean
	DummyMedian                          // the median
	DummyQuantile                        // the value below which the part Quantile lies, interpolated linearly
	DummyConstantValue                   // Constant
)

var _ Regressor = DummyRegressor{}

// NewDummyRegressor returns scikit-learn's default, DummyMean.
func NewDummyRegressor() DummyRegressor { return DummyRegressor{} }

// Fit finds the number. It is an error if there are no rows or if a value is not finite; the
// cells of X may be anything.
func (d DummyRegressor) Fit(ctx context.Context, X *Matrix, y []float64) (*DummyRegressorModel, error) {
	m, err := d.fit(ctx, X, y)
	return m, at("DummyRegressor", err)
}

// FitRegressor is Fit.
func (d DummyRegressor) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(d.Fit(ctx, X, y))
}

func (d DummyRegressor) fit(ctx context.Context, X *Matrix, y []float64) (*DummyRegressorModel, error) {
	var c paramCheck
	c.want(d.Strategy <= DummyConstantValue, "Strategy", d.Strategy, "one of the DummyValue constants")
	c.want(d.Quantile >= 0 && d.Quantile <= 1, "Quantile", d.Quantile, ">= 0 and <= 1")
	c.want(isFinite(d.Constant), "Constant", d.Constant, "a finite number")
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	if err := checkValues(X, y); err != nil {
		return nil, err
	}
	m := &DummyRegressorModel{Value: d.Constant, features: X.cols}
	switch d.Strategy {
	case DummyMean:
		m.Value = numpySumOf(y) / float64(len(y))
	case DummyMedian:
		m.Value = medianOf(slices.Clone(y))
	case DummyQuantile:
		m.Value = quantileOf(slices.Clone(y), d.Quantile)
	}
	if !isFinite(m.Value) {
		return nil, errorf("the values are so large that their mean is beyond float64")
	}
	return m, ctx.Err()
}

// String returns scikit-learn's name.
func (v DummyValue) String() string {
	if names := []string{"mean", "median", "quantile", "constant"}; int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("DummyValue(%d)", uint8(v))
}

// DummyRegressorModel is a fitted DummyRegressor. Its fields are to be read only.
type DummyRegressorModel struct {
	Value float64 // what it predicts, in the unit of y

	features int
}

var _ RegressorModel = (*DummyRegressorModel)(nil)

// Predict returns Value for each row.
func (m *DummyRegressorModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, at("DummyRegressor", err)
	}
	if err := checkWidth(X, m.features); err != nil {
		return nil, at("DummyRegressor", err)
	}
	return slices.Repeat([]float64{m.Value}, X.rows), nil
}

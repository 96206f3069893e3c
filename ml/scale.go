package ml

import (
	"context"
	"fmt"
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

// Fit measures the columns of X. An infinite value is an error, and so is a
// matrix without rows or columns.
func (s StandardScaler) Fit(ctx context.Context, X *Matrix) (*StandardScalerModel, error) {
	if err := s.check(ctx, X); err != nil {
		return nil, at("StandardScaler", err)
	}
	m := &StandardScalerModel{
		Mean: make([]float64, X.cols), Var: make([]float64, X.cols), Scale: make([]float64, X.cols), params: s,
	}
	for j := range X.cols {
		var n int
		m.Mean[j], m.Var[j], n = meanVar(X.Col(j))
		m.Scale[j] = 1
		if s.WithStd && !isConstant(m.Mean[j], m.Var[j], n) {
			m.Scale[j] = math.Sqrt(m.Var[j])
		}
	}
	return m, nil
}

// FitTransformer is Fit.
func (s StandardScaler) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := s.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s StandardScaler) check(ctx context.Context, X *Matrix) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkNotEmpty(X); err != nil {
		return err
	}
	return checkNotInfinite(X)
}

// StandardScalerModel is a fitted scaler. Its fields are to be read only.
type StandardScalerModel struct {
	Mean  []float64 // per column, over the values that are not NaN
	Var   []float64 // per column, divided by n and not n−1
	Scale []float64 // per column: the square root of Var; 1 if the column is constant or WithStd is off

	params StandardScaler
}

var _ TransformerModel = (*StandardScalerModel)(nil)

// Transform returns (x − Mean) / Scale for every cell, as far as the scaler's
// parameters ask for it. An infinite value is an error.
func (m *StandardScalerModel) Transform(X *Matrix) (*Matrix, error) {
	return m.apply(X, func(v, mean, scale float64) float64 {
		return (v - mean) / scale
	})
}

// InverseTransform returns x·Scale + Mean for every cell, the inverse of
// Transform.
func (m *StandardScalerModel) InverseTransform(X *Matrix) (*Matrix, error) {
	return m.apply(X, func(v, mean, scale float64) float64 {
		return float64(v*scale) + mean
	})
}

func (m *StandardScalerModel) apply(X *Matrix, f func(v, mean, scale float64) float64) (*Matrix, error) {
	if err := checkWidth(X, len(m.Mean)); err != nil {
		return nil, at("StandardScaler", err)
	}
	if err := checkNotInfinite(X); err != nil {
		return nil, at("StandardScaler", err)
	}
	out := newMatrix(X.rows, X.cols, X.names)
	for j := range X.cols {
		var mean float64
		if m.params.WithMean {
			mean = m.Mean[j]
		}
		col := out.Col(j)
		for i, v := range X.Col(j) {
			col[i] = f(v, mean, m.Scale[j])
		}
	}
	return out, nil
}

// meanVar returns the mean and variance of the n values that are not NaN. It is
// the corrected two-pass algorithm of Chan, Golub and LeVeque (1983): the second
// term would be zero without rounding and takes away most of its effect.
func meanVar(col []float64) (mean, variance float64, n int) {
	var sum float64
	for _, v := range col {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	count := float64(n)
	mean = sum / count
	var squares, rest float64
	for _, v := range col {
		if !math.IsNaN(v) {
			d := v - mean
			rest += d
			squares += float64(d * d)
		}
	}
	return mean, (squares - rest*rest/count) / count, n
}

// isConstant reports whether a variance is no more than the rounding error of
// the sums it came from.
func isConstant(mean, variance float64, n int) bool {
	const eps = 0x1p-52
	bound := float64(n) * mean * eps
	return variance <= float64(float64(n)*eps*variance)+float64(bound*bound)
}

func checkNotInfinite(X *Matrix) error {
	for j := range X.cols {
		for i, v := range X.Col(j) {
			if math.IsInf(v, 0) {
				return X.cellError(i, j, fmt.Sprintf("%v, only finite numbers and NaN are allowed", v))
			}
		}
	}
	return nil
}

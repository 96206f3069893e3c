package ml

import (
	"context"
	"slices"
)

// KNeighborsRegressor predicts the mean of the values that the nearest training rows have.
type KNeighborsRegressor struct{ KNeighborsParams }

var _ Regressor = KNeighborsRegressor{}

// NewKNeighborsRegressor returns scikit-learn's defaults: 5 neighbours that count alike,
// Euclidean distance.
func NewKNeighborsRegressor() KNeighborsRegressor {
	return KNeighborsRegressor{NewKNeighborsClassifier().KNeighborsParams}
}

// Fit keeps the rows of X and their values. It is an error if a number is not finite or if
// there are fewer rows than neighbours.
func (k KNeighborsRegressor) Fit(ctx context.Context, X *Matrix, y []float64) (*KNeighborsRegressorModel, error) {
	m, err := k.fit(ctx, X, y)
	return m, at("KNeighborsRegressor", err)
}

// FitRegressor is Fit.
func (k KNeighborsRegressor) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(k.Fit(ctx, X, y))
}

func (k KNeighborsRegressor) fit(ctx context.Context, X *Matrix, y []float64) (*KNeighborsRegressorModel, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	if err := checkValues(X, y); err != nil {
		return nil, err
	}
	n, err := k.neighbors(ctx, X)
	if err != nil {
		return nil, err
	}
	return &KNeighborsRegressorModel{n, slices.Clone(y)}, nil
}

// KNeighborsRegressorModel is a fitted KNeighborsRegressor. Its fields are to be read only.
type KNeighborsRegressorModel struct {
	Neighbors *Neighbors

	values []float64 // per training row
}

var _ RegressorModel = (*KNeighborsRegressorModel)(nil)

// Predict returns for each row the mean of its neighbours' values, by their weights.
func (m *KNeighborsRegressorModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	k := m.Neighbors.params.NNeighbors
	y := make([]float64, X.rows)
	err := m.Neighbors.each(ctx, X, k, func(row int, found []neighbor) {
		weights := make([]float64, k)
		m.Neighbors.weights(weights, found)
		var sum, all float64
		for i, n := range found {
			sum += float64(weights[i] * m.values[n.row])
			all += weights[i]
		}
		y[row] = sum / all
	})
	if err != nil {
		return nil, at("KNeighborsRegressor", err)
	}
	return y, nil
}

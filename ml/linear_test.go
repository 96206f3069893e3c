package ml_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/ml"
)

type linearCase struct {
	goldenData
	Targets int
	Y       hexFloats
	Weights hexFloats
	Fits    []linearFit
}

type linearFit struct {
	Learner string
	Params  linearParams
	Predict hexFloats

	Coef      hexFloats // target by target
	Intercept hexFloats
	Rank      int
	Singular  hexFloats
	NIter     []int `json:"n_iter"`
	Gap       hexFloats
}

type linearParams struct {
	Alpha     *float64
	Intercept *bool    `json:"fit_intercept"`
	L1Ratio   *float64 `json:"l1_ratio"`
	Tol       *float64
	MaxIter   *int `json:"max_iter"`
	K         int  `json:"n_neighbors"`
	Weights   string
	P         float64
}

// set leaves a default alone.
func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

type linearLearner interface {
	FitWeighted(ctx context.Context, X *ml.Matrix, y, weights []float64) (*ml.LinearModel, error)
	FitMulti(ctx context.Context, X, Y *ml.Matrix) (*ml.LinearModel, error)
}

func (f linearFit) learner() linearLearner {
	switch p := f.Params; f.Learner {
	case "LinearRegression":
		l := ml.NewLinearRegression()
		set(&l.FitIntercept, p.Intercept)
		return l
	case "Ridge":
		l := ml.NewRidge()
		set(&l.FitIntercept, p.Intercept)
		set(&l.Alpha, p.Alpha)
		return l
	case "Lasso":
		l := ml.NewLasso()
		set(&l.FitIntercept, p.Intercept)
		set(&l.Alpha, p.Alpha)
		set(&l.Tol, p.Tol)
		set(&l.MaxIter, p.MaxIter)
		return l
	case "ElasticNet":
		l := ml.NewElasticNet()
		set(&l.FitIntercept, p.Intercept)
		set(&l.Alpha, p.Alpha)
		set(&l.L1Ratio, p.L1Ratio)
		set(&l.Tol, p.Tol)
		set(&l.MaxIter, p.MaxIter)
		return l
	}
	return nil
}

// beyond is X further on by a quarter of the largest number of each column.
func beyond(t testing.TB, X *ml.Matrix) *ml.Matrix {
	rows, cols := X.Dims()
	var cells []float64
	for j := range cols {
		most := 0.0
		for _, v := range X.Col(j) {
			most = max(most, math.Abs(v))
		}
		for _, v := range X.Col(j) {
			cells = append(cells, v+0.25*most)
		}
	}
	return fitted(ml.NewMatrix(rows, cols, cells))(t)
}

func TestLinearModelsAreScikitLearns(t *testing.T) {
	for _, c := range golden[linearCase](t, "linear.json") {
		X := c.matrix(t)
		Y := fitted(ml.NewMatrix(c.Rows, c.Targets, columnMajor(c.Y, c.Rows, c.Targets)))(t)
		var weights []float64
		if len(c.Weights) > 0 {
			weights = c.Weights
		}
		for _, want := range c.Fits {
			t.Run(fmt.Sprintf("%s/%s", c.Name, want.Learner), func(t *testing.T) {
				if want.Learner == "KNeighborsRegressor" {
					checkNeighborsRegressor(t, X, Y, want)
					return
				}
				var m *ml.LinearModel
				if c.Targets == 1 {
					m = fitted(want.learner().FitWeighted(t.Context(), X, Y.Col(0), weights))(t)
				} else {
					m = fitted(want.learner().FitMulti(t.Context(), X, Y))(t)
				}
				checkLinear(t, m, X, want)
			})
		}
	}
}

func checkLinear(t *testing.T, m *ml.LinearModel, X *ml.Matrix, want linearFit) {
	_, q := m.Coef.Dims()
	var coef []float64
	for k := range q {
		coef = append(coef, m.Coef.Col(k)...)
	}
	closeTo(t, want.Coef, coef, 1e-9, "Coef")
	closeTo(t, want.Intercept, m.Intercept, 1e-9, "Intercept")
	closeTo(t, want.Predict, rowMajor(fitted(m.PredictMulti(t.Context(), beyond(t, X)))(t)), 1e-9, "Predict")
	if want.Learner == "LinearRegression" {
		assert.Equal(t, want.Rank, m.Rank)
		closeTo(t, want.Singular, m.Singular, 1e-10, "Singular")
	}
	if want.NIter != nil && want.Gap[0] > 0 { // scikit-learn goes on if all is 0
		assert.Equal(t, want.NIter, m.Iterations)
		closeTo(t, want.Gap, m.DualGap, 1e-7, "Gap")
	}
}

func checkNeighborsRegressor(t *testing.T, X, Y *ml.Matrix, want linearFit) {
	k := ml.NewKNeighborsRegressor()
	k.NNeighbors = want.Params.K
	if want.Params.P != 0 {
		k.P = want.Params.P
	}
	if want.Params.Weights == "distance" {
		k.Weights = ml.DistanceWeights
	}
	m := fitted(k.Fit(t.Context(), X, Y.Col(0)))(t)
	closeTo(t, want.Predict, fitted(m.Predict(t.Context(), beyond(t, X)))(t), 1e-12, "Predict")
}

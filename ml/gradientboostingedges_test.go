package ml_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestGradientBoostingDoesNotDependOnWorkers(t *testing.T) {
	X, y := threeClasses(t)
	var first *ml.GradientBoostingModel
	for _, workers := range []int{1, 2, 8} {
		g := ml.NewGradientBoosting()
		g.NEstimators, g.Subsample, g.MaxFeatures, g.Workers = 8, 0.6, 2, workers
		m := fitted(g.Fit(t.Context(), X, y))(t)
		if first == nil {
			first = m
		}
		require.Equal(t, first.Trees, m.Trees)
		require.Equal(t, first.OOBImprovement, m.OOBImprovement)
	}
}

func TestGradientBoostingPredict1(t *testing.T) {
	X, y := threeClasses(t)
	m := fitted(ml.NewGradientBoosting().Fit(t.Context(), X, y))(t)
	labels, proba := fitted(m.Predict(t.Context(), X))(t), fitted(m.PredictProba(t.Context(), X))(t)
	row, shares := make([]float64, 4), make([]float64, 3)
	for i, want := range labels {
		row = X.Row(row, i)
		got, err := m.Predict1(row)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.NoError(t, m.PredictProba1(row, shares))
		sameBits(t, proba.Row(nil, i), shares)
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = m.Predict1(row) }))
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = m.PredictProba1(row, shares) }))
	_, err := m.Predict1(row[:2])
	require.EqualError(t, err, "ml: GradientBoosting: the row has 2 values, the model was fitted on 4 columns")
	_, err = m.Predict1([]float64{1, nan, 1, 1})
	require.EqualError(t, err, "ml: GradientBoosting: row 0, column 1: NaN, only numbers that are finite as float32 are allowed")

	values := fitted(ml.NewGradientBoostingRegressor().Fit(t.Context(), X, floats(y)))(t)
	all := fitted(values.Predict(t.Context(), X))(t)
	got, err := values.Predict1(X.Row(row, 7))
	require.NoError(t, err)
	sameBits(t, all[7:8], []float64{got})
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = values.Predict1(row) }))
}

func TestGradientBoostingStages(t *testing.T) {
	X, y := threeClasses(t)
	g := ml.NewGradientBoosting()
	g.NEstimators = 6
	m := fitted(g.Fit(t.Context(), X, y))(t)
	g.NEstimators = 3
	three := fitted(g.Fit(t.Context(), X, y))(t)
	n := 0
	for raw, err := range m.StagedDecision(t.Context(), X) {
		require.NoError(t, err)
		switch n++; n {
		case 3:
			assert.Equal(t, fitted(three.Decision(t.Context(), X))(t), raw, "stage 3 is the model of 3 iterations")
		case 6:
			assert.Equal(t, fitted(m.Decision(t.Context(), X))(t), raw)
		}
	}
	require.Equal(t, 6, n)
	n = 0
	for labels, err := range m.StagedPredict(t.Context(), X) {
		require.NoError(t, err)
		if n++; n == 3 {
			assert.Equal(t, fitted(three.Predict(t.Context(), X))(t), labels)
		}
	}
	for proba, err := range m.StagedPredictProba(t.Context(), X) {
		require.NoError(t, err)
		assert.InDelta(t, 1, proba.At(0, 0)+proba.At(0, 1)+proba.At(0, 2), 1e-15)
		break
	}
	for _, err := range m.StagedPredict(t.Context(), matrixOf(t, []float64{1})) {
		require.EqualError(t, err, "ml: GradientBoosting: the matrix has 1 columns, the model was fitted on 4")
	}
	leaves := fitted(m.Apply(t.Context(), X))(t)
	require.Len(t, leaves[0], 18)
	for i, tree := range slices.Concat(m.Trees...) {
		assert.Equal(t, int32(-1), tree.Left[leaves[7][i]], "Apply gives leaves")
	}
}

func TestGradientBoostingEndsWithItsContext(t *testing.T) {
	X, y := rings(6, 500, 3)
	ctx, cancel := context.WithCancel(t.Context())
	g := ml.NewGradientBoosting()
	g.NEstimators = 1 << 30
	g.Progress = func(done, _ int64) {
		if done == 2 {
			cancel()
		}
	}
	_, err := g.Fit(ctx, X, y)
	require.ErrorIs(t, err, context.Canceled)
}

func TestGradientBoostingOddData(t *testing.T) {
	y := []int{4, 4, 9, 9, 9}
	cases := []struct {
		name, why string
		x         []float64
		want      []int
	}{
		{"constant", "no split can be made, and most labels are 9", []float64{2, 2, 2, 2, 2}, []int{9, 9, 9, 9, 9}},
		{"nearly constant", "values closer than 1e-7 count as one", []float64{0, 0, 1e-8, 1e-8, 1e-8}, []int{9, 9, 9, 9, 9}},
		{"alike", "the labels of equal rows differ", []float64{1, 1, 2, 2, 1}, []int{4, 4, 9, 9, 4}},
		{"separable", "leaves are pure, whose second derivative shrinks", []float64{1, 1, 2, 2, 2}, y},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			X := fitted(ml.NewMatrix(5, 1, c.x))(t)
			g := ml.NewGradientBoosting()
			g.NEstimators = 1000
			m := fitted(g.Fit(t.Context(), X, y))(t)
			assert.Equal(t, c.want, fitted(m.Predict(t.Context(), X))(t), c.why)
			assert.NotContains(t, m.Importances(), nan)
		})
	}
}

func TestGradientBoostingRefuses(t *testing.T) {
	X, y := threeClasses(t)
	_, err := ml.GradientBoosting{GradientBoostingParams: ml.GradientBoostingParams{LearningRate: -1, NIterNoChange: -1, Tol: nan, Workers: -1}}.Fit(t.Context(), X, y)
	require.EqualError(t, err, "ml: GradientBoosting: Criterion is Criterion(0), must be FriedmanMSE or SquaredError; "+
		"MinSamplesSplit is default, must be Rows(2) or more, or a Share > 0 and <= 1; "+
		"MinSamplesLeaf is default, must be Rows(1) or more, or a Share > 0 and < 1; "+
		"MaxFeatures is 0, must be a whole number >= 1, a share > 0 and < 1, SqrtFeatures, Log2Features or AllFeatures; "+
		"LearningRate is -1, must be a finite number >= 0; NEstimators is 0, must be >= 1; Subsample is 0, must be > 0 and <= 1; "+
		"NIterNoChange is -1, must be >= 0 (0 means no early stopping); ValidationFraction is 0, must be > 0 and < 1; "+
		"Tol is NaN, must be a finite number >= 0; Workers is -1, must be >= 0 (0 means GOMAXPROCS)")
	g := ml.NewGradientBoosting()
	_, err = g.Fit(t.Context(), X, make([]int, len(y)))
	require.ErrorIs(t, err, ml.ErrOneClass)
	_, err = g.Fit(t.Context(), withGaps(X), y)
	require.ErrorContains(t, err, "ml: GradientBoosting: row 0, column 0: NaN")
	_, err = g.FitWeighted(t.Context(), X, y, []float64{1})
	require.EqualError(t, err, "ml: GradientBoosting: 1 weights for 38 rows")
	g.NIterNoChange = 1
	_, err = g.Fit(t.Context(), X.Take([]int{0, 1, 37}), []int{0, 0, 1})
	require.ErrorContains(t, err, "ml: GradientBoosting: ValidationFraction: ")
	X = ml.MatrixFrom(X)
	X.Col(2)[31] = 1e39
	_, err = g.Fit(t.Context(), X, y)
	require.EqualError(t, err, "ml: GradientBoosting: row 31, column 2: 1e+39, only numbers that are finite as float32 are allowed",
		"the row is that of X, whether it is held out or not")
	X, _ = threeClasses(t)

	r := ml.NewGradientBoostingRegressor()
	r.Loss = ml.PoissonLoss
	_, err = r.Fit(t.Context(), X, floats(y))
	require.EqualError(t, err, "ml: GradientBoostingRegressor: Loss is poisson, must be SquaredErrorLoss, AbsoluteErrorLoss, HuberLoss or QuantileLoss")
	r.Loss, r.LearningRate, r.NEstimators = ml.SquaredErrorLoss, 1e10, 50
	_, err = r.Fit(t.Context(), X, floats(y))
	require.ErrorContains(t, err, "a smaller LearningRate may help")
}

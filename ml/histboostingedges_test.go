package ml_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// quickHist is HistGradientBoosting for a few rows.
func quickHist(iterations int) ml.HistGradientBoosting {
	h := ml.NewHistGradientBoosting()
	h.MaxIter, h.MinSamplesLeaf = iterations, 2
	return h
}

func TestHistGradientBoostingDoesNotDependOnWorkers(t *testing.T) {
	X, y := rings(5, 40_000, 4) // enough that all loops are shared
	X = withGaps(X)
	classes := make([]int, len(y))
	for i := range y {
		classes[i] = y[i] + 2*(i%2)
	}
	for name, labels := range map[string][]int{"two classes": y, "four classes": classes} {
		var first *ml.HistGradientBoostingModel
		for _, workers := range []int{1, 2, 8} {
			h := ml.NewHistGradientBoosting()
			h.MaxIter, h.Workers = 4, workers
			m := fitted(h.Fit(t.Context(), X, labels))(t)
			if first == nil {
				first = m
			}
			require.Equal(t, first.Trees, m.Trees, name)
			require.Equal(t, first.ValidationLoss, m.ValidationLoss, name)
		}
	}
}

func TestHistGradientBoostingPredict1(t *testing.T) {
	X, y := threeClasses(t)
	X = withGaps(X)
	m := fitted(quickHist(9).Fit(t.Context(), X, y))(t)
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
	require.EqualError(t, err, "ml: HistGradientBoosting: the row has 2 values, the model was fitted on 4 columns")
	require.EqualError(t, m.PredictProba1(row, shares[:1]), "ml: HistGradientBoosting: 1 places for the probabilities of 3 classes")

	r := ml.NewHistGradientBoostingRegressor()
	r.Loss = ml.PoissonLoss
	values := fitted(r.Fit(t.Context(), X, floats(y)))(t)
	all := fitted(values.Predict(t.Context(), X))(t)
	got, err := values.Predict1(X.Row(row, 7))
	require.NoError(t, err)
	sameBits(t, all[7:8], []float64{got})
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = values.Predict1(row) }))
}

func TestHistGradientBoostingStages(t *testing.T) {
	X, y := threeClasses(t)
	m := fitted(quickHist(6).Fit(t.Context(), X, y))(t)
	var stages []*ml.Matrix
	for raw, err := range m.StagedDecision(t.Context(), X) {
		require.NoError(t, err)
		stages = append(stages, raw)
	}
	require.Len(t, stages, 6)
	assert.Equal(t, fitted(m.Decision(t.Context(), X))(t), stages[5])
	three := fitted(quickHist(3).Fit(t.Context(), X, y))(t)
	assert.Equal(t, fitted(three.Decision(t.Context(), X))(t), stages[2], "stage 3 is the model of 3 iterations")
	n := 0
	for labels, err := range m.StagedPredict(t.Context(), X) {
		require.NoError(t, err)
		if n++; n == 3 {
			assert.Equal(t, fitted(three.Predict(t.Context(), X))(t), labels)
			break
		}
	}
	for proba, err := range m.StagedPredictProba(t.Context(), X) {
		require.NoError(t, err)
		rows, _ := proba.Dims()
		assert.InDelta(t, 1, proba.At(rows-1, 0)+proba.At(rows-1, 1)+proba.At(rows-1, 2), 1e-15)
	}
	for _, err := range m.StagedDecision(t.Context(), firstFive(X).Take(nil)) {
		require.NoError(t, err)
	}
	narrow := matrixOf(t, []float64{1})
	for _, err := range m.StagedPredict(t.Context(), narrow) {
		require.EqualError(t, err, "ml: HistGradientBoosting: the matrix has 1 columns, the model was fitted on 4")
	}
	r := ml.NewHistGradientBoostingRegressor()
	r.MaxIter = 4
	values := fitted(r.Fit(t.Context(), X, floats(y)))(t)
	var last []float64
	for stage, err := range values.StagedPredict(t.Context(), X) {
		require.NoError(t, err)
		last = stage
	}
	sameBits(t, fitted(values.Predict(t.Context(), X))(t), last)
}

func TestHistGradientBoostingEndsWithItsContext(t *testing.T) {
	X, y := rings(6, 2000, 3)
	ctx, cancel := context.WithCancel(t.Context())
	h := ml.NewHistGradientBoosting()
	h.MaxIter = 1 << 30
	var seen []int64
	h.Progress = func(done, total int64) {
		assert.EqualValues(t, 1<<30, total)
		if seen = append(seen, done); done == 3 {
			cancel()
		}
	}
	_, err := h.Fit(ctx, X, y)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []int64{1, 2, 3}, seen)
	m := fitted(quickHist(1).Fit(t.Context(), X, y))(t)
	_, err = m.Predict(ctx, X)
	require.ErrorIs(t, err, context.Canceled)
}

func TestHistGradientBoostingStopsEarly(t *testing.T) {
	X, y := rings(6, 400, 3)
	h := ml.NewHistGradientBoosting()
	h.EarlyStopping, h.LearningRate = ml.EarlyStoppingOn, 1
	calls := 0
	h.Progress = func(_, total int64) { calls++; assert.EqualValues(t, 100, total) }
	m := fitted(h.Fit(t.Context(), X, y))(t)
	require.Less(t, m.Iterations(), 100)
	assert.Equal(t, m.Iterations(), calls)
	assert.Len(t, m.TrainLoss, m.Iterations()+1)
	assert.Len(t, m.ValidationLoss, m.Iterations()+1)
	h.EarlyStopping = ml.EarlyStoppingAuto
	all := fitted(h.Fit(t.Context(), X, y))(t)
	assert.Equal(t, 100, all.Iterations(), "400 rows are too few for Auto")
	assert.Nil(t, all.TrainLoss)
}

func TestHistGradientBoostingMissingValues(t *testing.T) {
	y := []int{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}
	cases := []struct {
		name, why string
		x         []float64
		missing   int // label of a row with nothing but NaN
	}{
		{"right", "missing values are like the large ones", []float64{1, 2, 3, 1, 2, 3, nan, nan, nan, 9, 9, 9}, 1},
		{"left", "missing values are like the small ones", []float64{nan, nan, nan, 1, 2, 3, 7, 8, 9, 7, 8, 9}, 0},
		{"alone", "all others have one value", []float64{5, 5, 5, 5, 5, 5, nan, nan, nan, nan, nan, nan}, 1},
		{"none at first", "they go where most rows went", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			X := fitted(ml.NewMatrix(12, 1, c.x))(t)
			m := fitted(quickHist(10).Fit(t.Context(), X, y))(t)
			assert.Equal(t, y, fitted(m.Predict(t.Context(), X))(t), c.why)
			got, err := m.Predict1([]float64{nan})
			require.NoError(t, err)
			assert.Equal(t, c.missing, got, c.why)
		})
	}
}

func TestHistGradientBoostingOddColumns(t *testing.T) {
	inf := math.Inf(1)
	y := []int{0, 0, 0, 1, 1, 1}
	cases := []struct {
		name, why string
		x         []float64
		split     bool
	}{
		{"constant", "there is one bin", []float64{3, 3, 3, 3, 3, 3}, false},
		{"missing", "there is no value at all", []float64{nan, nan, nan, nan, nan, nan}, false},
		{"infinite", "infinities are values", []float64{-inf, -inf, -inf, inf, inf, inf}, true},
		{"infinite and not", "the middle of a number and infinity is one", []float64{1, 2, 3, inf, inf, inf}, true},
		{"zeros", "−0 is 0", []float64{0, 0, 0, math.Copysign(0, -1), math.Copysign(0, -1), 0}, false},
		{"neighbours", "the middle of neighbours is the lower one", []float64{1, 1, 1, math.Nextafter(1, 2), math.Nextafter(1, 2), math.Nextafter(1, 2)}, true},
		{"small", "denormal numbers are numbers", []float64{5e-324, 5e-324, 5e-324, 2e-323, 2e-323, 2e-323}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			X := fitted(ml.NewMatrix(6, 1, c.x))(t)
			m := fitted(quickHist(5).Fit(t.Context(), X, y))(t)
			assert.Equal(t, c.split, m.Trees[0][0].NumNodes() > 1, c.why)
			if c.split {
				assert.Equal(t, y, fitted(m.Predict(t.Context(), X))(t), c.why)
			}
		})
	}
}

func TestHistGradientBoostingRefuses(t *testing.T) {
	X, y := threeClasses(t)
	h := ml.HistGradientBoosting{HistBoostingParams: ml.HistBoostingParams{
		MaxLeafNodes: 1, MaxDepth: -1, L2Regularization: nan, MaxBins: 256, EarlyStopping: 7, ValidationFraction: ml.Share(1), Tol: -1, Workers: -2,
	}}
	_, err := h.Fit(t.Context(), X, y)
	require.EqualError(t, err, "ml: HistGradientBoosting: LearningRate is 0, must be a finite number > 0; MaxIter is 0, must be >= 1; "+
		"MaxLeafNodes is 1, must be 0 (no limit) or >= 2; MaxDepth is -1, must be >= 0 (0 means no limit); MinSamplesLeaf is 0, must be >= 1; "+
		"L2Regularization is NaN, must be a finite number >= 0; MaxBins is 256, must be >= 2 and <= 255; "+
		"EarlyStopping is EarlyStopping(7), must be EarlyStoppingAuto, EarlyStoppingOn or EarlyStoppingOff; "+
		"ValidationFraction is Share(1), must be Rows(1) or more, a Share > 0 and < 1, or Size{}; NIterNoChange is 0, must be >= 1; "+
		"Tol is -1, must be a finite number >= 0; Workers is -2, must be >= 0 (0 means GOMAXPROCS)")
	quick := quickHist(3)
	_, err = quick.Fit(t.Context(), X, make([]int, len(y)))
	require.ErrorIs(t, err, ml.ErrOneClass)
	_, err = quick.Fit(t.Context(), X, y[1:])
	require.EqualError(t, err, "ml: HistGradientBoosting: 37 labels for 38 rows")
	_, err = quick.FitWeighted(t.Context(), X, y, slices.Repeat([]float64{1e200}, len(y)))
	require.ErrorContains(t, err, "the slopes of the loss are not finite")
	quick.EarlyStopping = ml.EarlyStoppingOn
	_, err = quick.Fit(t.Context(), X.Take([]int{0, 1, 37}), []int{0, 0, 1})
	require.ErrorContains(t, err, "ml: HistGradientBoosting: ValidationFraction: ")

	r := ml.NewHistGradientBoostingRegressor()
	_, err = r.Fit(t.Context(), X, slices.Repeat([]float64{nan}, len(y)))
	require.EqualError(t, err, "ml: HistGradientBoostingRegressor: the value of row 0 is NaN, only finite numbers are allowed")
	values := floats(y)
	values[5] = 1e300
	_, err = r.Fit(t.Context(), X, values)
	require.ErrorContains(t, err, "the slopes of the loss are not finite")
	values[5] = -1
	r.Loss = ml.PoissonLoss
	_, err = r.Fit(t.Context(), X, values)
	require.EqualError(t, err, "ml: HistGradientBoostingRegressor: the value of row 5 is -1, for Poisson it must be >= 0")
	r.Loss = ml.QuantileLoss
	_, err = r.Fit(t.Context(), X, values)
	require.EqualError(t, err, "ml: HistGradientBoostingRegressor: Quantile is 0, must be > 0 and < 1")
	r.Loss = 9
	_, err = r.Fit(t.Context(), X, values)
	require.EqualError(t, err, "ml: HistGradientBoostingRegressor: Loss is Loss(9), must be SquaredErrorLoss, AbsoluteErrorLoss, PoissonLoss or QuantileLoss")
	_, err = ml.NewHistGradientBoosting().Fit(t.Context(), &ml.Matrix{}, nil)
	require.EqualError(t, err, "ml: HistGradientBoosting: the matrix is 0×0, at least one row and one column are needed")
}

func TestHistGradientBoostingFewRows(t *testing.T) {
	m := fitted(ml.NewHistGradientBoosting().Fit(t.Context(), matrixOf(t, []float64{1}, []float64{2}, []float64{3}), []int{7, 5, 7}))(t)
	assert.Equal(t, 1, m.Trees[0][0].NumNodes(), "20 rows per leaf cannot be had")
	assert.Equal(t, []int{7}, fitted(m.Predict(t.Context(), matrixOf(t, []float64{nan})))(t), "the label of most rows")
	assert.Empty(t, fitted(m.Predict(t.Context(), fitted(ml.NewMatrix(0, 1, nil))(t)))(t))
	r := fitted(ml.NewHistGradientBoostingRegressor().Fit(t.Context(), matrixOf(t, []float64{1}), []float64{0.1}))(t)
	assert.Equal(t, []float64{0.1}, fitted(r.Predict(t.Context(), matrixOf(t, []float64{4})))(t))
}

// A step of 1e6 sends raw predictions where exp overflows, and no NaN may come of it.
func TestHistGradientBoostingOvershoots(t *testing.T) {
	X, y := rings(8, 300, 2)
	h := quickHist(5)
	h.LearningRate = 1e6
	m := fitted(h.Fit(t.Context(), X, y))(t)
	proba := fitted(m.PredictProba(t.Context(), X))(t)
	for i, p := range proba.Col(1) {
		require.True(t, p >= 0 && p <= 1 && proba.Col(0)[i] >= 0, "row %d: %v", i, p)
	}
}

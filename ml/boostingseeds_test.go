package ml_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// TestBoostingPredictsAsWell: over ten seeds, which divide the rows and steer the learner,
// the mean score on the rows held out is within half a standard error of scikit-learn's.
// With -v it states the figures.
func TestBoostingPredictsAsWell(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	type seedsCase struct {
		Learner, Name string
		Scores        hexFloats
	}
	for _, want := range golden[seedsCase](t, "boostingseeds.json") {
		t.Run(want.Learner+"/"+want.Name, func(t *testing.T) {
			var got []float64
			for seed := range uint32(len(want.Scores)) {
				got = append(got, boostingScore(t, want.Learner, want.Name, ml.NewSeed(seed)))
			}
			mean, theirs := meanAndError(got)
			wantMean, standardError := meanAndError(want.Scores)
			t.Logf("mean score %.5f (standard error %.5f), scikit-learn's %.5f (%.5f)", mean, theirs, wantMean, standardError)
			require.Len(t, got, 10)
			assert.InDelta(t, wantMean, mean, standardError/2)
		})
	}
}

// boostingScore fits on seven tenths of the rows and returns the accuracy, or R² of values, on
// the others.
func boostingScore(t *testing.T, learner, name string, seed ml.Seed) float64 {
	t.Helper()
	hist, gradient := ml.NewHistGradientBoosting(), ml.NewGradientBoosting()
	hist.MaxIter, hist.EarlyStopping, hist.Seed = 20, ml.EarlyStoppingOn, seed
	gradient.NEstimators, gradient.Subsample, gradient.MaxFeatures, gradient.Seed = 20, 0.5, ml.SqrtFeatures, seed
	if name == "diabetes" {
		X, y := diabetes(t)
		fold := tenths(t, len(y), seed)
		var r ml.Regressor = ml.HistGradientBoostingRegressor{HistBoostingParams: hist.HistBoostingParams}
		if learner == "gradient values" {
			r = ml.GradientBoostingRegressor{TreeParams: gradient.TreeParams, GradientBoostingParams: gradient.GradientBoostingParams}
		}
		m := fitted(r.FitRegressor(t.Context(), X.Take(fold.Train), take(y, fold.Train)))(t)
		return fitted(ml.R2(take(y, fold.Test), fitted(m.Predict(t.Context(), X.Take(fold.Test)))(t)))(t)
	}
	X, y := treesData(t, name)
	fold := tenths(t, len(y), seed)
	var c ml.Classifier = hist
	if learner == "gradient" {
		c = gradient
	}
	m := fitted(c.FitClassifier(t.Context(), X.Take(fold.Train), take(y, fold.Train)))(t)
	return ml.Accuracy(take(y, fold.Test), fitted(m.Predict(t.Context(), X.Take(fold.Test)))(t))
}

func tenths(t *testing.T, rows int, seed ml.Seed) ml.Fold {
	t.Helper()
	return fitted(ml.TrainTestSplit(rows, ml.TrainTest{TestSize: ml.Share(0.3), Seed: seed}))(t)
}

// meanAndError returns the mean and its standard error.
func meanAndError(a []float64) (mean, standardError float64) {
	n := float64(len(a))
	for _, v := range a {
		mean += v / n
	}
	var squares float64
	for _, v := range a {
		squares += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(squares / (n - 1) / n)
}

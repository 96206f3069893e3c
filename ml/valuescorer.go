package ml

import (
	"context"
	"math"
)

// ScoreValues makes a scorer for regressors of a metric that compares values. More
// must be better, so an error counts with a minus sign.
func ScoreValues(name string, metric func(want, got []float64) (float64, error)) Scorer {
	return Scorer{Name: name, values: func(ctx context.Context, model RegressorModel, X Data, y []float64) (float64, error) {
		got, err := predictValues(ctx, model, X)
		if err != nil {
			return 0, err
		}
		return metric(y, got)
	}}
}

// R2Scorer scores by the coefficient of determination: 1 is best, 0 is what the
// mean of the test rows would reach. Constant test rows score 1 if they are met
// exactly and else 0; fewer than two score NaN. Cross-validation of regressors uses
// it unless told otherwise. Its name is r2, as in scikit-learn.
func R2Scorer() Scorer { return ScoreValues("r2", r2) }

// NegMeanSquaredErrorScorer scores by the mean squared error, negative. Its name is
// neg_mean_squared_error.
func NegMeanSquaredErrorScorer() Scorer {
	return ScoreValues("neg_mean_squared_error", func(want, got []float64) (float64, error) {
		return -meanOf(want, got, squaredDistance), nil
	})
}

// NegRootMeanSquaredErrorScorer scores by the root of the mean squared error,
// negative. Its name is neg_root_mean_squared_error.
func NegRootMeanSquaredErrorScorer() Scorer {
	return ScoreValues("neg_root_mean_squared_error", func(want, got []float64) (float64, error) {
		return -math.Sqrt(meanOf(want, got, squaredDistance)), nil
	})
}

// NegMeanAbsoluteErrorScorer scores by the mean absolute error, negative. Its name
// is neg_mean_absolute_error.
func NegMeanAbsoluteErrorScorer() Scorer {
	return ScoreValues("neg_mean_absolute_error", func(want, got []float64) (float64, error) {
		return -meanOf(want, got, func(w, g float64) float64 { return math.Abs(w - g) }), nil
	})
}

func r2(want, got []float64) (float64, error) {
	n := float64(len(want))
	mean := pairwiseSum(want) / n
	residual := sumOf(want, got, squaredDistance)
	total := sumOf(want, want, func(w, _ float64) float64 { return squaredDistance(w, mean) })
	switch {
	case n < 2:
		return math.NaN(), nil
	case residual == 0:
		return 1, nil
	case total == 0:
		return 0, nil
	}
	return 1 - residual/total, nil
}

func squaredDistance(a, b float64) float64 { return float64((a - b) * (a - b)) }

// meanOf is the mean of a measure over the rows, NaN if there are none.
func meanOf(want, got []float64, measure func(w, g float64) float64) float64 {
	return sumOf(want, got, measure) / float64(len(want))
}

func sumOf(want, got []float64, measure func(w, g float64) float64) float64 {
	terms := make([]float64, len(want))
	for i, w := range want {
		terms[i] = measure(w, got[i])
	}
	return pairwiseSum(terms)
}

package ml

import (
	"math"
	"slices"
)

// MeanSquaredError returns the mean of the squared differences of want and got, in
// the square of their unit: 0 is best.
//
// The metrics of numbers take one option, SampleWeights. It is an error if lengths
// differ, if there are no rows, and if a number is not finite.
func MeanSquaredError(want, got []float64, opts ...MetricOption) (float64, error) {
	return meanError("MeanSquaredError", want, got, opts, square)
}

// RootMeanSquaredError returns the square root of MeanSquaredError, in the unit of
// want and got. Options and errors are those of MeanSquaredError.
func RootMeanSquaredError(want, got []float64, opts ...MetricOption) (float64, error) {
	mse, err := meanError("RootMeanSquaredError", want, got, opts, square)
	return math.Sqrt(mse), err
}

// MeanAbsoluteError returns the mean of the absolute differences of want and got: 0
// is best. Options and errors are those of MeanSquaredError.
func MeanAbsoluteError(want, got []float64, opts ...MetricOption) (float64, error) {
	return meanError("MeanAbsoluteError", want, got, opts, math.Abs)
}

// MedianAbsoluteError returns the median of the absolute differences of want and
// got. Of an even number of rows it is the mean of the two in the middle; with
// SampleWeights it is the lower one, as in scikit-learn. Options and errors are
// those of MeanSquaredError.
func MedianAbsoluteError(want, got []float64, opts ...MetricOption) (float64, error) {
	c, err := newNumberMetric(want, got, opts, takesWeights)
	if err != nil {
		return 0, at("MedianAbsoluteError", err)
	}
	keys := make([]uint64, len(want))
	for i, w := range want {
		keys[i] = orderedBits(math.Abs(w - got[i]))
	}
	keys, weights := radixSort(keys, slices.Clone(c.weights))
	if weights != nil {
		return weightedMedian(keys, weights), nil
	}
	upper := scoreOf(keys[len(keys)/2])
	if len(keys)%2 == 1 {
		return upper, nil
	}
	return (scoreOf(keys[len(keys)/2-1]) + upper) / 2, nil
}

// weightedMedian is the smallest value up to which the weights sum to half of all
// or more.
func weightedMedian(keys []uint64, weights []float64) float64 {
	whole := 0.0
	for _, w := range weights {
		whole += w
	}
	i, sum := 0, weights[0]
	for sum < whole/2 {
		i++
		sum += weights[i]
	}
	return scoreOf(keys[i])
}

// MaxError returns the largest absolute difference of want and got. It takes no
// option; errors are those of MeanSquaredError.
func MaxError(want, got []float64) (float64, error) {
	if _, err := newNumberMetric(want, got, nil, 0); err != nil {
		return 0, at("MaxError", err)
	}
	largest := 0.0
	for i, w := range want {
		largest = max(largest, math.Abs(w-got[i]))
	}
	return largest, nil
}

// R2 returns the coefficient of determination, 1 − Σ(want−got)² / Σ(want−mean)²: 1 is
// best, 0 is what the mean would do, and there is no lower limit. If want is
// constant it is 1 if got is the same and else 0; of a single row it is NaN.
// Options and errors are those of MeanSquaredError.
func R2(want, got []float64, opts ...MetricOption) (float64, error) {
	c, err := newNumberMetric(want, got, opts, takesWeights)
	if err != nil {
		return 0, at("R2", err)
	}
	n := len(want)
	mean := c.mean(n, func(i int) float64 { return want[i] })
	residual := numpySum(n, func(i int) float64 { return c.weight(i) * square(want[i]-got[i]) })
	total := numpySum(n, func(i int) float64 { return c.weight(i) * square(want[i]-mean) })
	switch {
	case n < 2:
		return math.NaN(), nil
	case residual == 0:
		return 1, nil
	case total == 0:
		return 0, nil
	default:
		return 1 - residual/total, nil
	}
}

func square(v float64) float64 { return v * v }

// meanError is the mean of a measure of the differences.
func meanError(name string, want, got []float64, opts []MetricOption, measure func(d float64) float64) (float64, error) {
	c, err := newNumberMetric(want, got, opts, takesWeights)
	if err != nil {
		return 0, at(name, err)
	}
	return c.mean(len(want), func(i int) float64 { return measure(want[i] - got[i]) }), nil
}

// newNumberMetric checks what a metric of numbers is given.
func newNumberMetric(want, got []float64, opts []MetricOption, takes optionSet) (*metricConfig, error) {
	c, err := newMetricConfig(opts, takes)
	if err != nil {
		return nil, err
	}
	if err := c.checkRows(len(want), len(got), "predictions"); err != nil {
		return nil, err
	}
	for i, w := range want {
		if !isFinite(w) {
			return nil, errorf("the truth of row %d is %v, only finite numbers are allowed", i, w)
		}
		if !isFinite(got[i]) {
			return nil, errorf("the prediction of row %d is %v, only finite numbers are allowed", i, got[i])
		}
	}
	return c, nil
}

package ml

import (
	"fmt"
	"math"
	"slices"
)

// LogLoss returns the mean of −log of the probability that each row's own label was
// given, the cross-entropy: 0 is best. proba has a row per row and a column per
// label, those of want in ascending order or those of ForLabels; one column only
// is the probability of the second of two labels. Probabilities are moved away from
// 0 and 1 by 2⁻⁵² and then made to sum to 1, as scikit-learn 1.2.1 does. The other
// option is SampleWeights.
//
// It is an error if lengths differ, if there are no rows, if a label has no column,
// and if a cell, which the error names, is not between 0 and 1.
func LogLoss(want []int, proba *Matrix, opts ...MetricOption) (float64, error) {
	loss, err := logLoss(want, proba, opts)
	return loss, at("LogLoss", err)
}

func logLoss(want []int, proba *Matrix, opts []MetricOption) (float64, error) {
	c, err := newMetricConfig(opts, takesWeights|takesLabels)
	if err != nil {
		return 0, err
	}
	index, err := c.columnLabels(want, proba)
	if err != nil {
		return 0, err
	}
	for j := range proba.cols {
		for i, v := range proba.Col(j) {
			if !(v >= 0 && v <= 1) {
				return 0, proba.cellError(i, j, fmt.Sprintf("%v, a probability is between 0 and 1", v))
			}
		}
	}
	return c.mean(len(want), func(i int) float64 {
		return -math.Log(shareOf(proba, i, int(index.number(want[i]))))
	}), nil
}

// shareOf returns the probability of label k in row i, as a share of the row's sum.
func shareOf(proba *Matrix, i, k int) float64 {
	const eps = 0x1p-52
	clip := func(v float64) float64 { return min(max(v, eps), 1-eps) }
	if proba.cols == 1 {
		second := clip(proba.data[i])
		return [2]float64{1 - second, second}[k] / (1 - second + second)
	}
	sum := 0.0
	for j := range proba.cols {
		sum += clip(proba.data[j*proba.rows+i])
	}
	return clip(proba.data[k*proba.rows+i]) / sum
}

// Brier returns the mean squared difference between proba, the probability of the
// positive label, and what came true, 1 or 0: 0 is best. The positive label is 1 if
// the labels are 0 and 1, or −1 and 1; else it is the greatest, or what Positive
// says. The other option is SampleWeights.
//
// It is an error if lengths differ, if there are no rows, if a probability is not
// between 0 and 1, and if there are more than two labels and no Positive.
func Brier(want []int, proba []float64, opts ...MetricOption) (float64, error) {
	loss, err := brier(want, proba, opts)
	return loss, at("Brier", err)
}

func brier(want []int, proba []float64, opts []MetricOption) (float64, error) {
	c, err := newMetricConfig(opts, takesWeights|takesPositive)
	if err == nil {
		err = c.checkRows(len(want), len(proba), "probabilities")
	}
	if err != nil {
		return 0, err
	}
	for i, v := range proba {
		if !(v >= 0 && v <= 1) {
			return 0, errorf("row %d is %v, a probability is between 0 and 1", i, v)
		}
	}
	positive, err := c.choosePositive(want, func(labels []int) (int, error) {
		if len(labels) > 2 {
			return 0, errorf("%s, one of them must be said to be positive; see Positive", describeLabels(labels))
		}
		if p, err := implicitPositive(labels); err == nil {
			return p, nil
		}
		return labels[len(labels)-1], nil
	})
	if err != nil {
		return 0, err
	}
	return c.mean(len(want), func(i int) float64 {
		d := proba[i]
		if want[i] == positive {
			d = 1 - d
		}
		return float64(d * d)
	}), nil
}

// columnLabels returns the labels that the columns stand for.
func (c *metricConfig) columnLabels(want []int, proba *Matrix) (*labelIndex, error) {
	if err := c.checkRows(len(want), proba.rows, "rows of probabilities"); err != nil {
		return nil, err
	}
	if proba.cols == 0 {
		return nil, errorf("the matrix of probabilities has no columns")
	}
	columns := max(proba.cols, 2) // one column is the probability of the second label
	if !c.has(takesLabels) {
		index := newLabelIndex(want)
		if len(index.labels) != columns {
			return nil, errorf("%s, and the probabilities have %d columns; ForLabels says which labels they are of", describeLabels(index.labels), proba.cols)
		}
		return index, nil
	}
	if !slices.IsSorted(c.labels) || len(c.labels) != columns {
		return nil, errorf("ForLabels has %v for %d columns, must be one label each in ascending order", c.labels, proba.cols)
	}
	index := indexOf(c.labels)
	for i, label := range want {
		if index.number(label) < 0 {
			return nil, errorf("label of row %d is %d, ForLabels has %v", i, label, c.labels)
		}
	}
	return index, nil
}

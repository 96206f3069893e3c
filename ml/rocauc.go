package ml

import (
	"fmt"
	"math"
	"slices"
)

// ROCAUC returns the area under the ROC curve of scores: the chance that a row with
// the positive label scores higher than another, equal scores counting half. The
// positive label is the greater one of two, or what Positive says. The other
// option is SampleWeights.
//
// It is an error if lengths differ, if there are no rows, if a score is not finite,
// and if no row is positive or none is negative, the cause being ErrOneClass.
// ROCAUCOneVsRest and ROCAUCOneVsOne are for more than two labels.
func ROCAUC(want []int, scores []float64, opts ...MetricOption) (float64, error) {
	auc, err := rocAUC(want, scores, opts)
	return auc, at("ROCAUC", err)
}

func rocAUC(want []int, scores []float64, opts []MetricOption) (float64, error) {
	c, err := newMetricConfig(opts, takesWeights|takesPositive)
	if err != nil {
		return 0, err
	}
	r, err := c.newRanking(want, scores, positiveIsGreater)
	if err != nil {
		return 0, err
	}
	return r.auc()
}

// positiveIsGreater takes the greater of two labels as the positive one.
func positiveIsGreater(labels []int) (int, error) {
	switch len(labels) {
	case 1:
		return 0, at(describeLabels(labels), ErrOneClass)
	case 2:
		return labels[1], nil
	default:
		return 0, errorf("%s, a ranking tells two apart; see Positive", describeLabels(labels))
	}
}

func (r *ranking) auc() (float64, error) {
	if err := r.checkBothSides(); err != nil {
		return 0, err
	}
	positives, area, foundBefore, wrongBefore := r.positive.size(), 0.0, 0.0, 0.0
	r.cutoffs(func(_, found, wrong float64) {
		area += float64((wrong - wrongBefore) * ((found + foundBefore) / positives))
		foundBefore, wrongBefore = found, wrong
	})
	return area / 2 / wrongBefore, nil
}

// ROCAUCOneVsRest returns the average, over the labels, of the area under the ROC
// curve of one label against all others (Provost and Domingos 2000). proba has a
// row per row and a column per label, those of want in ascending order or those of
// ForLabels; its rows sum to 1. For two labels it is ROCAUC of the second column.
//
// The average is Macro, Weighted or Micro; the last takes every cell for a row of
// its own. SampleWeights is the other option. It is an error if lengths differ, if
// there are no rows, if a cell is not finite, if a label has no column, and if it has
// no row, the cause being ErrOneClass.
func ROCAUCOneVsRest(want []int, proba *Matrix, opts ...MetricOption) (float64, error) {
	auc, err := oneVsRest(want, proba, opts)
	return auc, at("ROCAUCOneVsRest", err)
}

func oneVsRest(want []int, proba *Matrix, opts []MetricOption) (float64, error) {
	c, err := newMetricConfig(opts, takesWeights|takesAverage|takesLabels, Macro, Weighted, Micro)
	if err != nil {
		return 0, err
	}
	index, err := c.checkProba(want, proba)
	if err != nil {
		return 0, err
	}
	if len(index.labels) == 2 {
		r := c.split(len(want), proba.Col(1), func(i int) bool { return want[i] == index.labels[1] })
		return r.auc()
	}
	if c.average == Micro {
		return c.microAUC(want, proba, index)
	}
	sum, whole := 0.0, 0.0
	for k, label := range index.labels {
		r := c.split(len(want), proba.Col(k), func(i int) bool { return want[i] == label })
		auc, err := r.auc()
		if err != nil {
			return 0, at(fmt.Sprintf("label %d", label), err)
		}
		share := 1.0
		if c.average == Weighted {
			share = r.positive.size()
		}
		sum += float64(auc * share)
		whole += share
	}
	return sum / whole, nil
}

// microAUC ranks all cells of the matrix, column by column, as rows of their own.
func (c *metricConfig) microAUC(want []int, proba *Matrix, index *labelIndex) (float64, error) {
	cells := &metricConfig{}
	for range index.labels {
		cells.weights = append(cells.weights, c.weights...)
	}
	r := cells.split(len(proba.data), proba.data, func(i int) bool {
		return want[i%proba.rows] == index.labels[i/proba.rows]
	})
	return r.auc()
}

// size is the number of rows, or their weight.
func (s *rankedSide) size() float64 {
	if s.weights == nil {
		return float64(len(s.keys))
	}
	return numpySumOf(s.weights)
}

// ROCAUCOneVsOne returns the average, over all pairs of labels, of how well they are
// told apart on the rows that have one of the two: the mean of the areas under the
// ROC curves of either column (Hand and Till 2001). proba is that of
// ROCAUCOneVsRest; of ForLabels only those that occur make pairs.
//
// The average is Macro, or Weighted by the number of a pair's rows; there are no
// sample weights. Errors are those of ROCAUCOneVsRest; one label only is an error,
// too.
func ROCAUCOneVsOne(want []int, proba *Matrix, opts ...MetricOption) (float64, error) {
	auc, err := oneVsOne(want, proba, opts)
	return auc, at("ROCAUCOneVsOne", err)
}

func oneVsOne(want []int, proba *Matrix, opts []MetricOption) (float64, error) {
	c, err := newMetricConfig(opts, takesAverage|takesLabels, Macro, Weighted)
	if err != nil {
		return 0, err
	}
	index, err := c.checkProba(want, proba)
	if err != nil {
		return 0, err
	}
	rows := make([][]int, len(index.labels)) // by label
	for i, label := range want {
		k := index.number(label)
		rows[k] = append(rows[k], i)
	}
	sum, whole := 0.0, 0.0
	for a := range rows {
		for b := range a {
			if len(rows[a]) == 0 || len(rows[b]) == 0 {
				continue
			}
			share := 1.0
			if c.average == Weighted {
				share = float64(len(rows[a]) + len(rows[b]))
			}
			first, err := pairAUC(proba.Col(a), rows[a], rows[b])
			if err != nil {
				return 0, err
			}
			second, err := pairAUC(proba.Col(b), rows[b], rows[a])
			if err != nil {
				return 0, err
			}
			sum += float64((first + second) / 2 * share)
			whole += share
		}
	}
	if whole == 0 {
		return 0, at(describeLabels(want[:1]), ErrOneClass)
	}
	return sum / whole, nil
}

func pairAUC(scores []float64, positive, negative []int) (float64, error) {
	rows := slices.Concat(positive, negative)
	return new(metricConfig).split(len(rows), takeFrom(scores, rows), func(i int) bool { return i < len(positive) }).auc()
}

// checkProba makes sure that every row has finite numbers that sum to 1, and that
// its label has a column.
func (c *metricConfig) checkProba(want []int, proba *Matrix) (*labelIndex, error) {
	index, err := c.columnLabels(want, proba)
	if err != nil {
		return nil, err
	}
	if proba.cols < 2 {
		return nil, errorf("the matrix has %d columns, one per label is needed", proba.cols)
	}
	if err := checkFinite(proba); err != nil {
		return nil, err
	}
	sums := make([]float64, proba.rows)
	for j := range proba.cols {
		for i, v := range proba.Col(j) {
			sums[i] += v
		}
	}
	for i, sum := range sums {
		if !(math.Abs(1-sum) <= 1e-8+1e-5*math.Abs(sum)) {
			return nil, errorf("row %d sums to %v, probabilities sum to 1", i, sum)
		}
	}
	return index, nil
}

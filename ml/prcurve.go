package ml

import "slices"

// PRCurve shows what share of the rows found is positive while more of the positive
// ones are found, point by point as the threshold rises. Its fields are to be read
// only.
type PRCurve struct {
	Precision  []float64 // of the rows that score at least the threshold; a last value of 1 is added
	Recall     []float64 // descending from 1; a last value of 0 is added
	Thresholds []float64 // ascending, one less than points: the scores that occur
}

// PrecisionRecallCurve returns the precision and recall of scores, of which higher
// ones speak for the positive label: 1 if the labels are 0 and 1, or −1 and 1; else
// Positive says which. The other option is SampleWeights; rows of weight 0 count
// for nothing.
//
// If no row is positive, the recall is 1 at every threshold. It is an error if
// lengths differ, if there are no rows, and if a score is not finite.
func PrecisionRecallCurve(want []int, scores []float64, opts ...MetricOption) (*PRCurve, error) {
	curve, err := prCurve(want, scores, opts)
	return curve, at("PrecisionRecallCurve", err)
}

func prCurve(want []int, scores []float64, opts []MetricOption) (*PRCurve, error) {
	c, err := newMetricConfig(opts, takesWeights|takesPositive)
	if err != nil {
		return nil, err
	}
	r, err := c.newRanking(want, scores, implicitPositive)
	if err != nil {
		return nil, err
	}
	curve := &PRCurve{}
	r.cutoffs(func(score, positive, negative float64) {
		curve.Precision = append(curve.Precision, positive/(positive+negative))
		curve.Recall = append(curve.Recall, positive)
		curve.Thresholds = append(curve.Thresholds, score)
	})
	all := curve.Recall[len(curve.Recall)-1]
	for i, found := range curve.Recall {
		curve.Recall[i] = ratio(found, all, 1)
	}
	slices.Reverse(curve.Precision)
	slices.Reverse(curve.Recall)
	slices.Reverse(curve.Thresholds)
	curve.Precision, curve.Recall = append(curve.Precision, 1), append(curve.Recall, 0)
	return curve, nil
}

// AveragePrecision returns Σ (Rₙ − Rₙ₋₁)·Pₙ over the curve's points: the area below
// it as steps, without the lines between the points, which would be too good to be
// true (Davis and Goadrich 2006).
func (c *PRCurve) AveragePrecision() float64 {
	return numpySum(len(c.Thresholds), func(i int) float64 { return (c.Recall[i] - c.Recall[i+1]) * c.Precision[i] })
}

// AveragePrecision returns the average precision of scores, of which higher ones
// speak for the positive label: 1, or what Positive says. It is 0 if no row is
// positive. The other option is SampleWeights.
//
// It is an error if lengths differ, if there are no rows, if a score is not finite,
// and if two labels occur of which none is the positive one.
func AveragePrecision(want []int, scores []float64, opts ...MetricOption) (float64, error) {
	ap, err := averagePrecision(want, scores, opts)
	return ap, at("AveragePrecision", err)
}

func averagePrecision(want []int, scores []float64, opts []MetricOption) (float64, error) {
	c, err := newMetricConfig(opts, takesWeights|takesPositive)
	if err != nil {
		return 0, err
	}
	r, err := c.newRanking(want, scores, positiveIsOne)
	if err != nil || len(r.positive.keys) == 0 {
		return 0, err
	}
	sum, found := 0.0, 0.0
	r.cutoffs(func(_, positive, negative float64) {
		sum += (positive - found) * (positive / (positive + negative))
		found = positive
	})
	return sum / found, nil
}

// positiveIsOne takes 1 as the positive label if it is one of two.
func positiveIsOne(labels []int) (int, error) {
	switch {
	case len(labels) > 2:
		return 0, errorf("%s, a ranking tells two apart; see Positive", describeLabels(labels))
	case len(labels) == 2 && !slices.Contains(labels, 1):
		return 0, errorf("%s, the positive label 1 is none of them; see Positive", describeLabels(labels))
	}
	return 1, nil
}

package ml

import "math"

// Precision returns the share of the rows predicted to have a label that do have
// it.
//
// Precision, Recall, F1, FBeta and Jaccard are about one label, 1 or the one that
// Positive names, and then want and got hold two labels at most; or an average
// over all labels (Micro, Macro, Weighted), or those of ForLabels. A share of
// nothing is 0, or what ZeroDivision says; ClassificationReport tells of which
// labels that is. SampleWeights is the other option.
//
// It is an error if lengths differ, if there are no rows, and if two labels occur
// of which none is the positive one.
func Precision(want, got []int, opts ...MetricOption) (float64, error) {
	return labelScore("Precision", want, got, opts, outcome.precision)
}

// Recall returns the share of the rows with a label that are predicted to have it.
// Options and errors are those of Precision.
func Recall(want, got []int, opts ...MetricOption) (float64, error) {
	return labelScore("Recall", want, got, opts, outcome.recall)
}

// F1 returns the harmonic mean of precision and recall, 0 if both are 0. Averages
// are of the labels' values of F1. Options and errors are those of Precision.
func F1(want, got []int, opts ...MetricOption) (float64, error) {
	return labelScore("F1", want, got, opts, func(o outcome, zero float64) float64 { return o.fBeta(1, zero) })
}

// FBeta is F1 with recall beta times as important as precision. Options and errors
// are those of Precision; beta < 0 and NaN are errors, too.
func FBeta(want, got []int, beta float64, opts ...MetricOption) (float64, error) {
	if !(beta >= 0) {
		return 0, errorf("FBeta: beta is %v, must be >= 0", beta)
	}
	return labelScore("FBeta", want, got, opts, func(o outcome, zero float64) float64 { return o.fBeta(beta, zero) })
}

// Jaccard returns the share of the rows that have a label and are predicted to
// have it among those of which either is true. Options and errors are those of
// Precision.
func Jaccard(want, got []int, opts ...MetricOption) (float64, error) {
	return labelScore("Jaccard", want, got, opts, outcome.jaccard)
}

func (o outcome) precision(zero float64) float64 { return ratio(o.hit, o.predicted(), zero) }
func (o outcome) recall(zero float64) float64    { return ratio(o.hit, o.support(), zero) }
func (o outcome) jaccard(zero float64) float64   { return ratio(o.hit, o.support()+o.wrong, zero) }

func (o outcome) fBeta(beta, zero float64) float64 {
	return fBeta(o.precision(zero), o.recall(zero), beta)
}

func fBeta(precision, recall, beta float64) float64 {
	square := beta * beta
	if math.IsInf(square, 1) {
		return recall
	}
	return ratio((1+square)*precision*recall, float64(square*precision)+recall, 0)
}

func labelScore(name string, want, got []int, opts []MetricOption, metric func(o outcome, zero float64) float64) (float64, error) {
	const takes = takesWeights | takesAverage | takesPositive | takesLabels | takesZero
	c, err := newMetricConfig(opts, takes, Binary, Micro, Macro, Weighted)
	if err != nil {
		return 0, at(name, err)
	}
	t, err := c.tally(want, got)
	if err != nil {
		return 0, at(name, err)
	}
	outcomes, err := c.judged(t)
	if err != nil {
		return 0, at(name, err)
	}
	return averageOf(outcomes, c.average, func(o outcome) float64 { return metric(o, c.zero) }), nil
}

// judged returns the outcomes that the options ask about.
func (c *metricConfig) judged(t *tally) ([]outcome, error) {
	if c.average == Binary {
		o, err := c.positiveOutcome(t)
		return []outcome{o}, err
	}
	if c.has(takesPositive) {
		return nil, errorf("Positive has no effect on the average %v, ForLabels chooses labels", c.average)
	}
	if !c.has(takesLabels) {
		return t.outcomes, nil
	}
	return t.of(c.labels), nil
}

// of returns the outcomes of the given labels, which need not occur.
func (t *tally) of(labels []int) []outcome {
	outcomes := make([]outcome, len(labels))
	for i, label := range labels {
		if n := t.index.number(label); n >= 0 {
			outcomes[i] = t.outcomes[n]
		}
	}
	return outcomes
}

func (c *metricConfig) positiveOutcome(t *tally) (outcome, error) {
	if c.has(takesLabels) {
		return outcome{}, errorf("ForLabels has no effect on the average %v, Positive chooses the label", c.average)
	}
	positive := 1
	if c.has(takesPositive) {
		positive = c.positive
	}
	switch labels := t.index.labels; {
	case len(labels) > 2:
		return outcome{}, errorf("%s, the average binary is of two at most; use Micro, Macro or Weighted", describeLabels(labels))
	case len(labels) == 2 && t.index.number(positive) < 0:
		return outcome{}, errorf("%s, the positive label %d is none of them; see Positive", describeLabels(labels), positive)
	}
	return t.of([]int{positive})[0], nil
}

// averageOf is the metric of one outcome, or an average over several. Labels
// without a row cannot be weighted by their rows: then it is of the rows counted
// together.
func averageOf(outcomes []outcome, average Average, metric func(o outcome) float64) float64 {
	var all outcome
	sum, weighted := 0.0, 0.0
	for _, o := range outcomes {
		all = all.plus(o)
		v := metric(o)
		sum += v
		weighted += float64(v * o.support())
	}
	switch {
	case average == Macro:
		return sum / float64(len(outcomes))
	case average == Weighted && all.support() > 0:
		return weighted / all.support()
	default:
		return metric(all)
	}
}

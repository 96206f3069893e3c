package ml

import "math"

// Accuracy returns the share of labels that are equal, NaN if there are none. It
// panics if the slices differ in length.
func Accuracy(want, got []int) float64 {
	if len(want) != len(got) {
		panic(errorf("Accuracy: %d labels against %d", len(want), len(got)))
	}
	if len(want) == 0 {
		return math.NaN()
	}
	equal := 0
	for i, w := range want {
		if got[i] == w {
			equal++
		}
	}
	return float64(equal) / float64(len(want))
}

// WeightedAccuracy returns the share of labels that are equal, row i counting
// weights[i] times. It is an error if lengths differ, if there are no rows, and if
// a weight is not a finite number ≥ 0 or all are 0.
func WeightedAccuracy(want, got []int, weights []float64) (float64, error) {
	t, err := newTally("WeightedAccuracy", want, got, []MetricOption{SampleWeights(weights)})
	if err != nil {
		return 0, err
	}
	return t.hits() / t.total, nil
}

// BalancedAccuracy returns the mean, over the labels of want, of the share of a
// label's rows that are predicted right.
//
// Option: SampleWeights. It is an error if lengths differ or if there are no rows.
func BalancedAccuracy(want, got []int, opts ...MetricOption) (float64, error) {
	t, err := newTally("BalancedAccuracy", want, got, opts)
	if err != nil {
		return 0, err
	}
	score, _ := t.balancedAccuracy()
	return score, nil
}

// AdjustedBalancedAccuracy is BalancedAccuracy on a scale on which chance is 0 and
// 1 remains 1. It is also an error if want holds one label, the cause being
// ErrOneClass.
func AdjustedBalancedAccuracy(want, got []int, opts ...MetricOption) (float64, error) {
	t, err := newTally("AdjustedBalancedAccuracy", want, got, opts)
	if err != nil {
		return 0, err
	}
	score, labels := t.balancedAccuracy()
	if labels < 2 {
		return 0, at("AdjustedBalancedAccuracy", ErrOneClass)
	}
	chance := 1 / float64(labels)
	return (score - chance) / (1 - chance), nil
}

// Matthews returns the Matthews correlation coefficient of truth and prediction,
// from −1 to 1, for any number of labels (Gorodkin 2004, R_K). It is 0 if either
// side holds one label.
//
// Option: SampleWeights. It is an error if lengths differ or if there are no rows.
func Matthews(want, got []int, opts ...MetricOption) (float64, error) {
	t, err := newTally("Matthews", want, got, opts)
	if err != nil {
		return 0, err
	}
	t.normalize()
	covariance, varWant, varGot := t.hits()*t.total, 0.0, 0.0
	rest := t.rest()
	for k, o := range t.outcomes {
		covariance -= float64(o.support() * o.predicted())
		varWant += float64(o.support() * rest[k].support())
		varGot += float64(o.predicted() * rest[k].predicted())
	}
	if varWant*varGot == 0 {
		return 0, nil
	}
	return covariance / math.Sqrt(varWant*varGot), nil
}

// CohenKappa returns how far two judges agree beyond chance (Cohen 1960): 1 if
// they always agree, 0 if as often as chance would have it. It is NaN if both know
// one and the same label only.
//
// Option: SampleWeights. It is an error if lengths differ or if there are no rows.
func CohenKappa(a, b []int, opts ...MetricOption) (float64, error) {
	t, err := newTally("CohenKappa", a, b, opts)
	if err != nil {
		return 0, err
	}
	t.normalize()
	observed, expected := 0.0, 0.0 // disagreement
	rest := t.rest()
	for k, o := range t.outcomes {
		observed += o.missed
		expected += float64(o.support() * rest[k].predicted())
	}
	return 1 - observed/(expected/t.total), nil
}

// outcome is what became of one label: numbers of rows, or their weights.
type outcome struct {
	hit    float64 // have the label, and were predicted so
	missed float64 // have the label, and were predicted otherwise
	wrong  float64 // were predicted to have the label, and have another
}

func (o outcome) support() float64   { return o.hit + o.missed }
func (o outcome) predicted() float64 { return o.hit + o.wrong }

func (o outcome) plus(p outcome) outcome {
	return outcome{o.hit + p.hit, o.missed + p.missed, o.wrong + p.wrong}
}

// tally is all that the metrics of labels need: the outcome of each label that
// occurs.
type tally struct {
	index    *labelIndex
	outcomes []outcome // by the number of the label
	total    float64
}

// newTally counts for a metric whose only option is SampleWeights.
func newTally(metric string, want, got []int, opts []MetricOption) (*tally, error) {
	c, err := newMetricConfig(opts, takesWeights)
	if err != nil {
		return nil, at(metric, err)
	}
	t, err := c.tally(want, got)
	return t, at(metric, err)
}

func (c *metricConfig) tally(want, got []int) (*tally, error) {
	if err := c.checkRows(len(want), len(got), "predictions"); err != nil {
		return nil, err
	}
	t := &tally{index: newLabelIndex(want, got)}
	t.outcomes = make([]outcome, len(t.index.labels))
	for i, label := range want {
		w, g, weight := t.index.number(label), t.index.number(got[i]), c.weight(i)
		t.total += weight
		if w == g {
			t.outcomes[w].hit += weight
		} else {
			t.outcomes[w].missed += weight
			t.outcomes[g].wrong += weight
		}
	}
	return t, nil
}

// normalize divides all by a power of two, which loses no digit, such that products
// of weights keep clear of overflow.
func (t *tally) normalize() {
	_, exponent := math.Frexp(t.total)
	for k, o := range t.outcomes {
		t.outcomes[k] = outcome{math.Ldexp(o.hit, -exponent), math.Ldexp(o.missed, -exponent), math.Ldexp(o.wrong, -exponent)}
	}
	t.total = math.Ldexp(t.total, -exponent)
}

func (t *tally) hits() float64 {
	sum := 0.0
	for _, o := range t.outcomes {
		sum += o.hit
	}
	return sum
}

// balancedAccuracy returns the mean recall and of how many labels it is one.
func (t *tally) balancedAccuracy() (score float64, labels int) {
	for _, o := range t.outcomes {
		if o.support() > 0 {
			score += o.hit / o.support()
			labels++
		}
	}
	return score / float64(labels), labels
}

// rest returns, label by label, the sum of all others. Subtracting from the whole
// would lose digits where one label is nearly all.
func (t *tally) rest() []outcome {
	rest := make([]outcome, len(t.outcomes))
	var before, after outcome
	for k, o := range t.outcomes {
		rest[k] = before
		before = before.plus(o)
	}
	for k := len(rest) - 1; k >= 0; k-- {
		rest[k] = rest[k].plus(after)
		after = after.plus(t.outcomes[k])
	}
	return rest
}

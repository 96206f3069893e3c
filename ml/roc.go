package ml

import "slices"

// ROCCurve shows how many negative rows one has to take for wrong to find how many
// positive ones, point by point as the threshold falls. The first point is (0, 0),
// the last (1, 1). Its fields are to be read only.
type ROCCurve struct {
	FPR        []float64 // the share of the negative rows that score at least the threshold, ascending
	TPR        []float64 // the share of the positive rows that do, ascending
	Thresholds []float64 // descending; the first one, which no score reaches, is the highest score + 1
}

// ROC returns the receiver operating characteristic of scores, of which higher
// ones speak for the positive label: 1 if the labels are 0 and 1, or −1 and 1; else
// Positive says which. Points on a straight line between others are left out unless
// KeepIntermediate keeps them. The other option is SampleWeights; rows of weight 0
// count for nothing.
//
// It is an error if lengths differ, if there are no rows, if a score is not finite,
// and if no row is positive or none is negative, the cause being ErrOneClass.
func ROC(want []int, scores []float64, opts ...MetricOption) (*ROCCurve, error) {
	curve, err := roc(want, scores, opts)
	return curve, at("ROC", err)
}

func roc(want []int, scores []float64, opts []MetricOption) (*ROCCurve, error) {
	c, err := newMetricConfig(opts, takesWeights|takesPositive|takesKeep)
	if err != nil {
		return nil, err
	}
	r, err := c.newRanking(want, scores, implicitPositive)
	if err != nil {
		return nil, err
	}
	if err := r.checkBothSides(); err != nil {
		return nil, err
	}
	curve := &ROCCurve{}
	r.cutoffs(func(score, positive, negative float64) {
		curve.FPR = append(curve.FPR, negative)
		curve.TPR = append(curve.TPR, positive)
		curve.Thresholds = append(curve.Thresholds, score)
	})
	if !c.keep {
		curve.dropIntermediate()
	}
	curve.start()
	return curve, nil
}

// dropIntermediate drops the points at which neither coordinate changes its step.
// These are on a straight line; not all that are one are found.
func (c *ROCCurve) dropIntermediate() {
	x, y, last := c.FPR, c.TPR, len(c.FPR)-1
	kept := 0
	var beforeX, beforeY float64 // the point before, which may be overwritten in x and y
	for i := range x {
		thisX, thisY := x[i], y[i]
		if i == 0 || i == last || (x[i+1]-thisX)-(thisX-beforeX) != 0 || (y[i+1]-thisY)-(thisY-beforeY) != 0 {
			x[kept], y[kept], c.Thresholds[kept] = thisX, thisY, c.Thresholds[i]
			kept++
		}
		beforeX, beforeY = thisX, thisY
	}
	c.FPR, c.TPR, c.Thresholds = x[:kept], y[:kept], c.Thresholds[:kept]
}

// start adds the first point, and makes shares of the numbers of rows.
func (c *ROCCurve) start() {
	c.FPR = slices.Insert(c.FPR, 0, 0)
	c.TPR = slices.Insert(c.TPR, 0, 0)
	c.Thresholds = slices.Insert(c.Thresholds, 0, c.Thresholds[0]+1)
	negative, positive := c.FPR[len(c.FPR)-1], c.TPR[len(c.TPR)-1]
	for i := range c.FPR {
		c.FPR[i] /= negative
		c.TPR[i] /= positive
	}
}

// AUC returns the area under the curve: the chance that a positive row scores
// higher than a negative one, equal scores counting half.
func (c *ROCCurve) AUC() float64 { return trapezoids(c.FPR, c.TPR) }

// PartialAUC returns the area under the curve where the false positive rate is at
// most maxFPR, on a scale on which chance is 0.5 and the best is 1 (McClish 1989).
// It is an error unless 0 < maxFPR <= 1.
func (c *ROCCurve) PartialAUC(maxFPR float64) (float64, error) {
	if !(maxFPR > 0 && maxFPR <= 1) {
		return 0, errorf("PartialAUC: maxFPR is %v, must be > 0 and <= 1", maxFPR)
	}
	if maxFPR == 1 {
		return c.AUC(), nil
	}
	// stop is the first point beyond; the last one is at 1.
	stop, _ := slices.BinarySearchFunc(c.FPR, maxFPR, func(v, limit float64) int {
		if v <= limit {
			return -1
		}
		return 1
	})
	x0, x1, y0, y1 := c.FPR[stop-1], c.FPR[stop], c.TPR[stop-1], c.TPR[stop]
	end := y0 + float64((y1-y0)/(x1-x0)*(maxFPR-x0))
	area := trapezoids(c.FPR[:stop], c.TPR[:stop]) + (maxFPR-x0)*(y0+end)/2
	chance := maxFPR * maxFPR / 2
	return 0.5 * (1 + (area-chance)/(maxFPR-chance)), nil
}

// trapezoids is the area below the points, of which x ascends.
func trapezoids(x, y []float64) float64 {
	return numpySum(len(x)-1, func(i int) float64 { return (x[i+1] - x[i]) * (y[i+1] + y[i]) / 2 })
}

func (r *ranking) checkBothSides() error {
	switch {
	case len(r.positive.keys) == 0:
		return at("no row is positive", ErrOneClass)
	case len(r.negative.keys) == 0:
		return at("no row is negative", ErrOneClass)
	}
	return nil
}

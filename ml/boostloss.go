package ml

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Loss is what a boosting regressor minimises, the mean over the rows of a function of
// the value y and the prediction p.
type Loss uint8

// The losses of scikit-learn.
const (
	SquaredErrorLoss  Loss = iota // ½(y−p)²
	AbsoluteErrorLoss             // |y−p|, whose best constant is the median
	PoissonLoss                   // p − y·log p, for counts and the like: y ≥ 0, p > 0
	QuantileLoss                  // Quantile·(y−p) if y ≥ p, else (1−Quantile)·(p−y)
	HuberLoss                     // ½(y−p)² up to a distance, linear beyond; of GradientBoostingRegressor only
)

// String returns scikit-learn's name.
func (l Loss) String() string {
	if names := []string{"squared_error", "absolute_error", "poisson", "quantile", "huber"}; int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("Loss(%d)", uint8(l))
}

// boostLoss is the loss of known targets, by raw predictions: sums of leaves, of which
// a row has one or one per class. raw[k][i] is output k of row i.
type boostLoss interface {
	outputs() int

	// start returns the best raw predictions that are the same for all rows.
	start(weights []float64) []float64

	// slopes sets out[k][i] for the rows i from lo to hi−1.
	slopes(lo, hi int, raw [][]float64, weights []float64, out [][]slopes)

	// constantHessian reports whether all second derivatives are 1 where rows have no weights.
	constantHessian() bool

	// losses sets out[i] for the rows i from lo to hi−1; weights are left out.
	losses(lo, hi int, raw [][]float64, out []float64)

	// leaf returns the best constant for the rows of a leaf, and true if that is not the Newton
	// step.
	leaf(rows []uint32, raw, weights []float64) (float64, bool)
}

// pointLoss is a boostLoss with one output, by the functions of a row.
type pointLoss struct {
	values []float64
	loss   func(y, raw float64) float64
	slope  func(y, raw float64) (gradient, hessian float64)
	best   func(values, weights []float64) float64
	exact  bool // leaves get what best returns for the residuals
	isOne  bool // all second derivatives are 1
}

func (l *pointLoss) outputs() int          { return 1 }
func (l *pointLoss) constantHessian() bool { return l.isOne }

func (l *pointLoss) start(weights []float64) []float64 {
	return []float64{l.best(append([]float64(nil), l.values...), weights)}
}

func (l *pointLoss) slopes(lo, hi int, raw [][]float64, weights []float64, out [][]slopes) {
	for i := lo; i < hi; i++ {
		g, h := l.slope(l.values[i], raw[0][i])
		out[0][i] = weighted(g, h, weights, i)
	}
}

func weighted(gradient, hessian float64, weights []float64, row int) slopes {
	if weights != nil {
		gradient, hessian = weights[row]*gradient, weights[row]*hessian
	}
	return slopes{float32(gradient), float32(hessian)}
}

func (l *pointLoss) losses(lo, hi int, raw [][]float64, out []float64) {
	for i := lo; i < hi; i++ {
		out[i] = l.loss(l.values[i], raw[0][i])
	}
}

func (l *pointLoss) leaf(rows []uint32, raw, weights []float64) (float64, bool) {
	if !l.exact {
		return 0, false
	}
	residuals := make([]float64, len(rows))
	var own []float64
	for i, row := range rows {
		residuals[i] = l.values[row] - raw[row]
		if weights != nil {
			own = append(own, weights[row])
		}
	}
	return l.best(residuals, own), true
}

// newRegressionLoss takes values that have been checked.
func newRegressionLoss(loss Loss, quantile float64, values []float64) boostLoss {
	l := &pointLoss{values: values}
	switch loss {
	case SquaredErrorLoss:
		l.isOne, l.best = true, meanOf
		l.loss = func(y, raw float64) float64 { return float64(0.5*(raw-y)) * (raw - y) }
		l.slope = func(y, raw float64) (float64, float64) { return raw - y, 1 }
	case AbsoluteErrorLoss:
		l.isOne, l.exact = true, true
		l.best = func(values, weights []float64) float64 {
			if weights == nil {
				return medianOf(values)
			}
			return weightedQuantile(values, weights, 0.5)
		}
		l.loss = func(y, raw float64) float64 { return math.Abs(raw - y) }
		l.slope = func(y, raw float64) (float64, float64) { return signOf(raw > y), 1 }
	case QuantileLoss:
		l.isOne, l.exact = true, true
		l.best = func(values, weights []float64) float64 {
			if weights == nil {
				return quantileOf(values, 100*quantile/100) // the two roundings of numpy's percentile
			}
			return weightedQuantile(values, weights, 100*quantile/100)
		}
		l.loss = func(y, raw float64) float64 {
			if y >= raw {
				return quantile * (y - raw)
			}
			return (1 - quantile) * (raw - y)
		}
		l.slope = func(y, raw float64) (float64, float64) {
			if y >= raw {
				return -quantile, 1
			}
			return 1 - quantile, 1
		}
	case PoissonLoss:
		exp := expTable()
		l.best = func(values, weights []float64) float64 {
			return preciseLog(max(meanOf(values, weights), 10*epsilon))
		}
		l.loss = func(y, raw float64) float64 { return exp.of(raw) - float64(y*raw) }
		l.slope = func(y, raw float64) (float64, float64) {
			p := exp.of(raw)
			return p - y, p
		}
	}
	return l
}

func signOf(isPositive bool) float64 {
	if isPositive {
		return 1
	}
	return -1
}

// meanOf is numpy's average.
func meanOf(values, weights []float64) float64 {
	if weights == nil {
		return numpySumOf(values) / float64(len(values))
	}
	return numpySum(len(values), func(i int) float64 { return float64(values[i] * weights[i]) }) / numpySumOf(weights)
}

// weightedQuantile returns the smallest value up to which the part q of the weight lies.
func weightedQuantile(values, weights []float64, q float64) float64 {
	order := upTo(0, len(values))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	var total float64
	sums := make([]float64, len(order))
	for i, row := range order {
		total += weights[row]
		sums[i] = total
	}
	wanted := float64(q * total)
	if wanted == 0 {
		wanted = math.SmallestNonzeroFloat64 // rows of weight 0 do not count
	}
	i, _ := slices.BinarySearch(sums, wanted)
	return values[order[min(i, len(order)-1)]]
}

// of returns e^x.
func (t *powersOf2) of(x float64) float64 {
	if !(x > -708 && x < 709) {
		return math.Exp(x)
	}
	power, rest := t.exp(x, 0)
	return power + rest
}

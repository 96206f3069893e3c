package ml

import "math"

// gradientLoss is what GradientBoosting minimises, with known targets. Raw predictions
// are sums of leaves: raw[k][i] is output k of row i.
type gradientLoss interface {
	outputs() int

	// start returns the best raw predictions that are the same for all rows. weights may
	// be nil.
	start(weights []float64) []float64

	// residuals sets out[k][row] to the negative gradient.
	residuals(row int, raw, out [][]float64)

	// leaf returns what rows that end in a leaf get, if that is not the mean of their
	// residuals.
	leaf(k int, rows []int32, residuals, raw, weights []float64) (value float64, ok bool)

	// deviance of a row.
	deviance(row int, raw [][]float64) float64
}

// smallShare keeps logarithms of shares finite: the distance of float32 numbers near 1.
const smallShare = 0x1p-23

// newtonStep returns Σ w·r / Σ w·p(1−p) over rows, with r the residual and p = y−r the
// probability, or 0 if that is too steep.
func newtonStep(rows []int32, residuals, weights []float64, y func(row int32) float64, factor float64) float64 {
	above := numpySum(len(rows), func(i int) float64 { return float64(weights[rows[i]] * residuals[rows[i]]) })
	below := numpySum(len(rows), func(i int) float64 {
		row := rows[i]
		p := y(row) - residuals[row]
		return float64(float64(weights[row]*p) * (1 - y(row) + residuals[row]))
	})
	if math.Abs(below) < 1e-150 {
		return 0
	}
	return float64(above*factor) / below
}

// binomialDeviance is −2·log of a row's probability, with two classes.
type binomialDeviance struct{ binomialLoss }

func (l *binomialDeviance) start(weights []float64) []float64 {
	p := priors(l.class, 2, weights)[1]
	return []float64{preciseLog(p / (1 - p))}
}

// priors returns the share of each class in the weight of the rows, not quite 0 or 1.
func priors(class []int, classes int, weights []float64) []float64 {
	shares := make([]float64, classes)
	for i, c := range class {
		if weights == nil {
			shares[c]++
		} else {
			shares[c] += weights[i]
		}
	}
	total := pairwiseSum(shares)
	for c := range shares {
		shares[c] = min(max(shares[c]/total, smallShare), 1-smallShare)
	}
	return shares
}

func (l *binomialDeviance) residuals(row int, raw, out [][]float64) {
	out[0][row] = float64(l.class[row]) - 1/(1+l.exp.of(-raw[0][row]))
}

func (l *binomialDeviance) leaf(_ int, rows []int32, residuals, _, weights []float64) (float64, bool) {
	return newtonStep(rows, residuals, weights, func(row int32) float64 { return float64(l.class[row]) }, 1), true
}

func (l *binomialDeviance) deviance(row int, raw [][]float64) float64 {
	return 2 * (log1pExp(raw[0][row]) - float64(float64(l.class[row])*raw[0][row]))
}

// multinomialDeviance is −log of a row's probability. There is a tree per class.
type multinomialDeviance struct{ multinomialLoss }

func (l *multinomialDeviance) start(weights []float64) []float64 {
	logs := priors(l.class, l.classes, weights)
	for c, share := range logs {
		logs[c] = preciseLog(share)
	}
	return logs
}

func (l *multinomialDeviance) residuals(row int, raw, out [][]float64) {
	all := l.logSum(row, raw)
	for c, r := range raw {
		out[c][row] = boolToFloat(l.class[row] == c) - l.exp.of(r[row]-all)
	}
}

// logSum returns the logarithm of the sum of the exponentials.
func (l *multinomialDeviance) logSum(row int, raw [][]float64) float64 {
	most := raw[0][row]
	for _, r := range raw[1:] {
		most = max(most, r[row])
	}
	sum := numpySum(len(raw), func(c int) float64 { return l.exp.of(raw[c][row] - most) })
	return preciseLog(sum) + most
}

func (l *multinomialDeviance) leaf(k int, rows []int32, residuals, _, weights []float64) (float64, bool) {
	factor := float64(l.classes-1) / float64(l.classes)
	return newtonStep(rows, residuals, weights, func(row int32) float64 { return boolToFloat(l.class[row] == k) }, factor), true
}

func (l *multinomialDeviance) deviance(row int, raw [][]float64) float64 {
	return l.logSum(row, raw) - raw[l.class[row]][row]
}

func newClassDeviance(class []int, classes int) gradientLoss {
	if classes == 2 {
		return &binomialDeviance{binomialLoss{class, expTable()}}
	}
	return &multinomialDeviance{multinomialLoss{class, classes, expTable()}}
}

// valueDeviance is the loss of a regressor, twice the one of HistGradientBoosting for
// SquaredErrorLoss.
type valueDeviance struct {
	values   []float64
	loss     Loss
	quantile float64 // of QuantileLoss and AbsoluteErrorLoss
}

func (l *valueDeviance) outputs() int { return 1 }

func (l *valueDeviance) start(weights []float64) []float64 {
	switch {
	case l.loss == SquaredErrorLoss:
		return []float64{meanOf(l.values, weights)}
	case weights == nil:
		return []float64{quantileOf(append([]float64(nil), l.values...), l.quantile)}
	}
	return []float64{weightedQuantile(l.values, weights, l.quantile)}
}

func (l *valueDeviance) residuals(row int, raw, out [][]float64) {
	r := l.values[row] - raw[0][row]
	switch l.loss {
	case AbsoluteErrorLoss:
		r = signOf(r > 0)
	case QuantileLoss:
		if r > 0 {
			r = l.quantile
		} else {
			r = -(1 - l.quantile)
		}
	}
	out[0][row] = r
}

func (l *valueDeviance) leaf(_ int, rows []int32, _, raw, weights []float64) (float64, bool) {
	if l.loss == SquaredErrorLoss {
		return 0, false
	}
	differences, own := make([]float64, len(rows)), make([]float64, len(rows))
	for i, row := range rows {
		differences[i], own[i] = l.values[row]-raw[row], weights[row]
	}
	return weightedQuantile(differences, own, l.quantile), true
}

func (l *valueDeviance) deviance(row int, raw [][]float64) float64 {
	r := l.values[row] - raw[0][row]
	switch {
	case l.loss == SquaredErrorLoss:
		return float64(r * r)
	case l.loss == AbsoluteErrorLoss:
		return math.Abs(r)
	case r > 0:
		return l.quantile * r
	}
	return (1 - l.quantile) * -r
}

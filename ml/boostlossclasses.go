package ml

import "math"

// binomialLoss is minus the logarithm of a row's probability, with two classes: that of
// the second is the logistic function of the raw prediction.
type binomialLoss struct {
	class []int // 0 or 1
	exp   *powersOf2
}

// multinomialLoss is minus the logarithm of a row's probability: those of the classes
// are as the exponentials of the raw predictions.
type multinomialLoss struct {
	class   []int
	classes int
	exp     *powersOf2
}

func newClassLoss(class []int, classes int) boostLoss {
	if classes == 2 {
		return &binomialLoss{class, expTable()}
	}
	return &multinomialLoss{class, classes, expTable()}
}

func (l *binomialLoss) outputs() int                                            { return 1 }
func (l *binomialLoss) constantHessian() bool                                   { return false }
func (l *binomialLoss) leaf(_ []uint32, _, _ []float64) (value float64, _ bool) { return 0, false }

func (l *binomialLoss) start(weights []float64) []float64 {
	p := min(max(classShare(l.class, 1, weights), 10*epsilon), 1-10*epsilon)
	return []float64{preciseLog(p / (1 - p))}
}

// classShare returns the share of a class in the weight of the rows.
func classShare(class []int, c int, weights []float64) float64 {
	is := make([]float64, len(class))
	for i, v := range class {
		is[i] = boolToFloat(v == c)
	}
	return meanOf(is, weights)
}

func (l *binomialLoss) slopes(lo, hi int, raw [][]float64, weights []float64, out [][]slopes) {
	for i := lo; i < hi; i++ {
		y := float64(l.class[i])
		// With e = exp(−raw), the probability is p = 1/(1+e): the gradient is p−y, the second
		// derivative p(1−p). e must not become infinite, which it is near.
		e := l.exp.of(-max(raw[0][i], -700))
		gradient := ((1 - y) - float64(y*e)) / (1 + e)
		out[0][i] = weighted(gradient, e/float64((1+e)*(1+e)), weights, i)
	}
}

func (l *binomialLoss) losses(lo, hi int, raw [][]float64, out []float64) {
	for i := lo; i < hi; i++ {
		out[i] = log1pExp(raw[0][i]) - float64(float64(l.class[i])*raw[0][i])
	}
}

// log1pExp returns log(1+e^x) without overflow (Mächler 2012).
func log1pExp(x float64) float64 {
	switch {
	case x <= -37:
		return math.Exp(x)
	case x <= 18:
		return math.Log1p(math.Exp(x))
	case x <= 33.3:
		return x + math.Exp(-x)
	}
	return x
}

func (l *multinomialLoss) outputs() int                                            { return l.classes }
func (l *multinomialLoss) constantHessian() bool                                   { return false }
func (l *multinomialLoss) leaf(_ []uint32, _, _ []float64) (value float64, _ bool) { return 0, false }

// start returns the logarithms of the classes' shares divided by their geometric mean.
func (l *multinomialLoss) start(weights []float64) []float64 {
	shares, logs := make([]float64, l.classes), make([]float64, l.classes)
	for c := range shares {
		shares[c] = min(max(classShare(l.class, c, weights), epsilon), 1-epsilon)
		logs[c] = preciseLog(shares[c])
	}
	mean := l.exp.of(meanOf(logs, nil))
	for c, share := range shares {
		logs[c] = preciseLog(share / mean)
	}
	return logs
}

func (l *multinomialLoss) slopes(lo, hi int, raw [][]float64, weights []float64, out [][]slopes) {
	p := make([]float64, l.classes)
	for i := lo; i < hi; i++ {
		_, sum := l.exponentials(i, raw, p)
		for c, e := range p {
			share := e / sum
			gradient, hessian := share-boolToFloat(l.class[i] == c), float64(share*(1-share))
			out[c][i] = weighted(gradient, hessian, weights, i)
		}
	}
}

// exponentials sets p to those of a row's raw predictions less the largest, which keeps
// them from overflowing, and returns that and their sum.
func (l *multinomialLoss) exponentials(row int, raw [][]float64, p []float64) (most, sum float64) {
	most = raw[0][row]
	for _, r := range raw[1:] {
		most = max(most, r[row])
	}
	for c, r := range raw {
		p[c] = l.exp.of(r[row] - most)
		sum += p[c]
	}
	return most, sum
}

func (l *multinomialLoss) losses(lo, hi int, raw [][]float64, out []float64) {
	p := make([]float64, l.classes)
	for i := lo; i < hi; i++ {
		most, sum := l.exponentials(i, raw, p)
		out[i] = preciseLog(sum) + most - raw[l.class[i]][i]
	}
}

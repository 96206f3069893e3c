package ml

import "math"

// huberDeviance is squared for differences up to a limit and linear beyond it, so that
// a few wild values do not rule the trees (Friedman 2001, section 4.4). The limit is a
// quantile of the differences, found anew in every iteration.
type huberDeviance struct {
	values   []float64
	quantile float64
	limit    *float64 // NaN before there is one; that of the training rows is the one of the rows held out
}

var (
	_ gradientLoss = (*huberDeviance)(nil)
	_ adaptiveLoss = (*huberDeviance)(nil)
)

// adaptiveLoss is a gradientLoss that depends on how well the trees so far do.
type adaptiveLoss interface {
	// adapt comes before the residuals of an iteration; rows of weight 0 do not count.
	adapt(raw [][]float64, weights []float64)
	// isAdapted reports whether it has come yet.
	isAdapted() bool
}

func (l *huberDeviance) outputs() int { return 1 }

func (l *huberDeviance) start(weights []float64) []float64 {
	return (&valueDeviance{l.values, AbsoluteErrorLoss, 0.5}).start(weights)
}

func (l *huberDeviance) isAdapted() bool { return !math.IsNaN(*l.limit) }

func (l *huberDeviance) adapt(raw [][]float64, weights []float64) {
	sizes := make([]float64, len(l.values))
	for i, y := range l.values {
		sizes[i] = math.Abs(y - raw[0][i])
	}
	*l.limit = weightedQuantile(sizes, weights, l.quantile)
}

func (l *huberDeviance) residuals(row int, raw, out [][]float64) {
	out[0][row] = min(max(l.values[row]-raw[0][row], -*l.limit), *l.limit)
}

// leaf is the median of the differences, and one step from there towards their mean.
func (l *huberDeviance) leaf(_ int, rows []int32, _, raw, weights []float64) (float64, bool) {
	differences, own := make([]float64, len(rows)), make([]float64, len(rows))
	for i, row := range rows {
		differences[i], own[i] = l.values[row]-raw[row], weights[row]
	}
	median := weightedQuantile(differences, own, 0.5)
	sum := numpySum(len(rows), func(i int) float64 { return min(max(differences[i]-median, -*l.limit), *l.limit) })
	return median + sum/float64(len(rows)), true
}

func (l *huberDeviance) deviance(row int, raw [][]float64) float64 {
	r, limit := math.Abs(l.values[row]-raw[0][row]), *l.limit
	if r <= limit {
		return float64(float64(0.5*r) * r)
	}
	return limit * (r - limit/2)
}

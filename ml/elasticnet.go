package ml

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"

	"github.com/penstock/penstock/internal/fastblas"
)

// ElasticNet is linear regression that makes some coefficients 0 and keeps others small. For
// n rows it minimises
//
//	Σ(y − X·w − intercept)² / 2n + Alpha·(L1Ratio·Σ|w| + (1−L1Ratio)·½Σw²)
//
// by coordinate descent, one column after the other (Friedman, Hastie and Tibshirani 2010),
// in scikit-learn's order and with its rule for the end: the rounds are as many.
type ElasticNet struct {
	Alpha        float64 // at least 0
	L1Ratio      float64 // from 0 to 1
	FitIntercept bool
	Tol          float64 // stop when the objective is within Tol·Σy²/n of its minimum, by the duality gap; at least 0
	MaxIter      int     // limit on the rounds through all columns, at least 1
}

// Lasso is ElasticNet without the squares: L1Ratio is 1.
type Lasso struct {
	Alpha        float64 // at least 0
	FitIntercept bool
	Tol          float64 // as in ElasticNet
	MaxIter      int     // as in ElasticNet
}

var (
	_ Regressor = ElasticNet{}
	_ Regressor = Lasso{}
)

// NewElasticNet returns scikit-learn's defaults: Alpha 1, L1Ratio ½, an intercept, Tol 1e-4
// and 1000 rounds.
func NewElasticNet() ElasticNet {
	return ElasticNet{Alpha: 1, L1Ratio: 0.5, FitIntercept: true, Tol: 1e-4, MaxIter: 1000}
}

// NewLasso returns scikit-learn's defaults: Alpha 1, an intercept, Tol 1e-4 and 1000 rounds.
func NewLasso() Lasso { return Lasso{Alpha: 1, FitIntercept: true, Tol: 1e-4, MaxIter: 1000} }

// Fit learns to predict one target, y[i] for row i of X. It is an error if a number is not
// finite. A fit that MaxIter ends is none: see Converged and DualGap of the model.
func (e ElasticNet) Fit(ctx context.Context, X *Matrix, y []float64) (*LinearModel, error) {
	return e.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its square is
// multiplied by. Only their ratios count: n rows weigh n together.
func (e ElasticNet) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*LinearModel, error) {
	return fitLinear(ctx, "ElasticNet", e, X, y, weights)
}

// FitMulti learns to predict several targets, the columns of Y, each as Fit does.
func (e ElasticNet) FitMulti(ctx context.Context, X, Y *Matrix) (*LinearModel, error) {
	m, err := e.fit(ctx, X, Y, nil)
	return m, at("ElasticNet", err)
}

// FitRegressor is Fit.
func (e ElasticNet) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(e.Fit(ctx, X, y))
}

// Fit is that of ElasticNet.
func (l Lasso) Fit(ctx context.Context, X *Matrix, y []float64) (*LinearModel, error) {
	return l.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is that of ElasticNet.
func (l Lasso) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*LinearModel, error) {
	return fitLinear(ctx, "Lasso", l, X, y, weights)
}

// FitMulti is that of ElasticNet.
func (l Lasso) FitMulti(ctx context.Context, X, Y *Matrix) (*LinearModel, error) {
	m, err := l.fit(ctx, X, Y, nil)
	return m, at("Lasso", err)
}

// FitRegressor is Fit.
func (l Lasso) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(l.Fit(ctx, X, y))
}

func (l Lasso) fit(ctx context.Context, X, Y *Matrix, weights []float64) (*LinearModel, error) {
	e := ElasticNet{Alpha: l.Alpha, L1Ratio: 1, FitIntercept: l.FitIntercept, Tol: l.Tol, MaxIter: l.MaxIter}
	m, err := e.fit(ctx, X, Y, weights)
	if err == nil {
		m.learner = "Lasso"
	}
	return m, err
}

func (e ElasticNet) fit(ctx context.Context, X, Y *Matrix, weights []float64) (_ *LinearModel, err error) {
	defer recoverGonum(&err)
	if err := e.check(X, Y, weights); err != nil {
		return nil, err
	}
	s, err := newLinearSystem(ctx, X, Y, sharesOfRows(weights), e.FitIntercept)
	if err != nil {
		return nil, err
	}
	coef := newGeneral(Y.cols, X.cols)
	descents := make([]*coordinateDescent, Y.cols)
	err = forEach(ctx, Y.cols, 0, func(ctx context.Context, t int) error {
		d := newCoordinateDescent(s, t, e)
		d.w = rowOf(coef, t).Data
		descents[t] = d
		return d.run(ctx, e.Tol, e.MaxIter)
	})
	if err != nil {
		return nil, err
	}
	m, err := s.model("ElasticNet", coef, X, Y)
	if err != nil {
		return nil, err
	}
	for t, d := range descents {
		m.Iterations = append(m.Iterations, d.rounds)
		m.DualGap = append(m.DualGap, d.gap/float64(X.rows)/s.yUnit[t]/s.yUnit[t])
		m.Converged = m.Converged && d.converged
	}
	return m, nil
}

func (e ElasticNet) check(X, Y *Matrix, weights []float64) error {
	var c paramCheck
	c.want(e.Alpha >= 0 && isFinite(e.Alpha), "Alpha", e.Alpha, "a finite number >= 0")
	c.want(e.L1Ratio >= 0 && e.L1Ratio <= 1, "L1Ratio", e.L1Ratio, ">= 0 and <= 1")
	c.want(e.Tol >= 0 && isFinite(e.Tol), "Tol", e.Tol, "a finite number >= 0")
	c.want(e.MaxIter >= 1, "MaxIter", e.MaxIter, ">= 1")
	if err := c.err(); err != nil {
		return err
	}
	return checkLinear(X, Y, weights)
}

// sharesOfRows scales weights so that n rows weigh n.
func sharesOfRows(weights []float64) []float64 {
	if weights == nil {
		return nil
	}
	unit := float64(len(weights)) / numpySumOf(weights)
	out := make([]float64, len(weights))
	for i, w := range weights {
		out[i] = w * unit
	}
	return out
}

// coordinateDescent minimises ½‖y − x·w‖² + l1·Σ|w| + ½·l2·Σw².
type coordinateDescent struct {
	blas    blas.Float64
	s       *linearSystem
	y       []float64
	l1, l2  float64
	squares []float64 // per column

	w, rest   []float64 // rest is y − x·w
	gap       float64
	rounds    int
	converged bool
}

func newCoordinateDescent(s *linearSystem, target int, e ElasticNet) *coordinateDescent {
	y := rowOf(s.y, target).Data
	d := &coordinateDescent{blas: fastblas.InForce(), s: s, y: y, rest: slices.Clone(y)}
	n := float64(len(y))
	const most = math.MaxFloat64 / 8 // instead of infinity, of which 0 times is not 0
	d.l1 = min(e.Alpha*e.L1Ratio*n*s.xUnit*s.yUnit[target], most)
	d.l2 = min(e.Alpha*(1-e.L1Ratio)*n*s.xUnit*s.xUnit, most)
	for j := range s.x.Rows {
		d.squares = append(d.squares, d.dot(d.column(j), d.column(j)))
	}
	return d
}

func (d *coordinateDescent) column(j int) []float64 { return rowOf(d.s.x, j).Data }

func (d *coordinateDescent) dot(a, b []float64) float64 { return d.blas.Ddot(len(a), a, 1, b, 1) }

// run asks for the gap, which costs a round, only when coefficients hardly move.
func (d *coordinateDescent) run(ctx context.Context, tol float64, maxIter int) error {
	enough := tol * d.dot(d.y, d.y)
	for d.rounds < maxIter {
		if err := ctx.Err(); err != nil {
			return err
		}
		moved, largest := d.round()
		d.rounds++
		if largest == 0 || moved/largest < tol || d.rounds == maxIter {
			if d.gap = d.dualityGap(); d.gap < enough || d.gap == 0 {
				d.converged = true
				return nil
			}
		}
	}
	return nil
}

// round minimises over each coefficient in turn, and returns the largest change and the
// largest coefficient.
func (d *coordinateDescent) round() (moved, largest float64) {
	for j, square := range d.squares {
		if square == 0 {
			continue
		}
		old, x := d.w[j], d.column(j)
		slope := d.dot(x, d.rest) + float64(old*square)
		d.w[j] = math.Copysign(max(math.Abs(slope)-d.l1, 0), slope) / (square + d.l2)
		if change := d.w[j] - old; change != 0 {
			d.blas.Daxpy(len(x), -change, x, 1, d.rest, 1)
			moved = max(moved, math.Abs(change))
		}
		largest = max(largest, math.Abs(d.w[j]))
	}
	return moved, largest
}

// dualityGap bounds how far the objective is above its minimum: the dual's value at a
// multiple of rest that is feasible lies below that (Kim and others, "An interior-point
// method for large-scale l1-regularized least squares", 2007).
func (d *coordinateDescent) dualityGap() float64 {
	var steepest, sum float64
	for j, w := range d.w {
		steepest = max(steepest, math.Abs(d.dot(d.column(j), d.rest)-d.l2*w))
		sum += math.Abs(w)
	}
	square := d.dot(d.rest, d.rest)
	part := 1.0
	if steepest > d.l1 {
		part = d.l1 / steepest
	}
	gap := 0.5*square*(1+part*part) + d.l1*sum - part*d.dot(d.rest, d.y)
	return gap + 0.5*d.l2*(1+part*part)*d.dot(d.w, d.w)
}

package ml

import (
	"context"
	"slices"
)

// SVR is support vector regression (Smola and Schölkopf 2004): errors up to Epsilon cost
// nothing, larger ones by what is beyond. It takes the steps of libsvm, which
// scikit-learn's SVR is made of.
//
// Columns should be scaled first, see StandardScaler. Time grows with n² to n³.
type SVR struct {
	C       float64 // penalty on errors, above 0; small values regularise more
	Epsilon float64 // the error that is free, in the unit of y, at least 0

	// What follows is as in SVC.

	Kernel     Kernel
	Degree     int
	Gamma      Gamma
	Coef0      float64
	KernelFunc func(x, z []float64) float64
	Shrinking  bool
	Tol        float64
	MaxIter    int
	CacheSize  float64
}

var _ Regressor = SVR{}

// NewSVR returns scikit-learn's defaults: Epsilon 0.1, and those of NewSVC.
func NewSVR() SVR {
	s := NewSVC()
	return SVR{
		C: s.C, Epsilon: 0.1, Kernel: s.Kernel, Degree: s.Degree, Gamma: s.Gamma,
		Shrinking: s.Shrinking, Tol: s.Tol, MaxIter: s.MaxIter, CacheSize: s.CacheSize,
	}
}

// svc has the parameters that both have in common.
func (s SVR) svc() SVC {
	return SVC{
		C: s.C, Kernel: s.Kernel, Degree: s.Degree, Gamma: s.Gamma, Coef0: s.Coef0, KernelFunc: s.KernelFunc,
		Shrinking: s.Shrinking, Tol: s.Tol, MaxIter: s.MaxIter, CacheSize: s.CacheSize,
	}
}

// Fit learns to predict y[i] for row i of X. It is an error if a number is not finite, and
// for what is one in SVC.Fit.
func (s SVR) Fit(ctx context.Context, X *Matrix, y []float64) (*SVRModel, error) {
	return s.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its C is
// multiplied by. Rows of weight 0 are left out.
func (s SVR) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*SVRModel, error) {
	m, err := s.fit(ctx, X, y, weights)
	return m, at("SVR", err)
}

// FitRegressor is Fit.
func (s SVR) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(s.Fit(ctx, X, y))
}

func (s SVR) fit(ctx context.Context, X *Matrix, y, weights []float64) (*SVRModel, error) {
	var c paramCheck
	s.svc().checkParams(&c)
	c.want(s.Epsilon >= 0 && isFinite(s.Epsilon), "Epsilon", s.Epsilon, "a finite number >= 0")
	if err := c.err(); err != nil {
		return nil, err
	}
	return (&svrTraining{SVC: s.svc(), epsilon: s.Epsilon, X: X, values: y, weights: weights}).run(ctx)
}

// svrTraining is one Fit of an SVR or NuSVR under way.
type svrTraining struct {
	SVC
	epsilon float64 // of SVR
	nu      float64 // of NuSVR, else 0
	X       *Matrix
	values  []float64
	weights []float64 // nil if all weigh 1
}

func (t *svrTraining) run(ctx context.Context) (*SVRModel, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	k, err := t.SVC.kernel(t.X)
	if err != nil {
		return nil, err
	}
	rows := weighingRows(t.X.rows, t.weights)
	d, err := t.solve(withPool(ctx, 0), k, rows)
	if err != nil {
		return nil, err
	}
	if !isFinite(d.rho) || !isFinite(d.objective) {
		return nil, errorf("values of the kernel %v are too large to work with, scale the columns", t.Kernel)
	}
	m := &SVRModel{
		Intercept: -d.rho, Objective: d.objective, Iterations: d.iterations, Converged: d.converged, Gamma: k.gamma,
		supportVectors: supportVectors{kernel: k, columns: columnsOf(t.X), evicted: d.evicted},
	}
	for i, row := range rows {
		if w := d.alpha[i] - d.alpha[len(rows)+i]; w != 0 {
			m.Support, m.DualCoef = append(m.Support, row), append(m.DualCoef, w)
			m.samples = append(m.samples, t.X.Row(nil, row))
		}
	}
	m.pack()
	return m, nil
}

func (t *svrTraining) check() error {
	if err := checkNotEmpty(t.X); err != nil {
		return err
	}
	if err := checkValues(t.X, t.values); err != nil {
		return err
	}
	if err := checkWeights(t.weights, t.X.rows); err != nil {
		return err
	}
	return checkFinite(t.X)
}

// weighingRows are the numbers of the rows whose weight is not 0.
func weighingRows(n int, weights []float64) []int {
	rows := upTo(0, n)
	if weights == nil {
		return rows
	}
	return slices.DeleteFunc(rows, func(row int) bool { return weights[row] == 0 })
}

// solve has two variables for each row: one pulls up where the prediction is too low, one
// down where it is too high.
func (t *svrTraining) solve(ctx context.Context, k kernel, rows []int) (*dual, error) {
	n := len(rows)
	y, c, p := make([]float64, 2*n), make([]float64, 2*n), make([]float64, 2*n)
	for i, row := range rows {
		y[i], y[n+i] = 1, -1
		p[i], p[n+i] = t.epsilon-t.values[row], t.epsilon+t.values[row]
		c[i] = t.C
		if t.weights != nil {
			c[i] *= t.weights[row]
		}
		c[n+i] = c[i]
	}
	bytes := int(t.CacheSize*(1<<20)) / 2
	twice := newTwofoldSamples(newKernelCache(k.samples(ctx, t.X, rows), n, bytes), n)
	solver := newSMO(newKernelCache(twice, 2*n, bytes), y, c, p)
	if t.nu > 0 {
		solver.nu = true
		solver.begin(t.shares(c[:n]))
	}
	return solver.solve(ctx, t.Tol, t.MaxIter, t.Shrinking)
}

// twofoldSamples are samples that there are two of each.
type twofoldSamples struct {
	rows  *kernelCache // of one of each
	index []int        // the sample that each of the two times n is
}

func newTwofoldSamples(rows *kernelCache, n int) *twofoldSamples {
	return &twofoldSamples{rows, append(upTo(0, n), upTo(0, n)...)}
}

func (s *twofoldSamples) fill(dst []float32, i, lo int) {
	row := s.rows.row(s.index[i], len(s.index)/2)
	for t := range dst {
		dst[t] = row[s.index[lo+t]]
	}
}

func (s *twofoldSamples) diagonal() []float64 {
	d := s.rows.diagonal()
	return append(slices.Clip(d), d...)
}

func (s *twofoldSamples) swap(i, j int) { s.index[i], s.index[j] = s.index[j], s.index[i] }

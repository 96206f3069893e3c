package ml

import (
	"context"
	"math"
)

// OneClassSVM learns where rows lie and tells others from them (Schölkopf and others 2001).
// It takes the steps of libsvm, which scikit-learn's OneClassSVM is made of.
type OneClassSVM struct {
	Nu float64 // at most this part of the training rows will be outside, about; above 0 and below 1

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

// NewOneClassSVM returns scikit-learn's defaults: Nu ½, and those of NewSVC.
func NewOneClassSVM() OneClassSVM {
	s := NewSVC()
	return OneClassSVM{
		Nu: 0.5, Kernel: s.Kernel, Degree: s.Degree, Gamma: s.Gamma,
		Shrinking: s.Shrinking, Tol: s.Tol, MaxIter: s.MaxIter, CacheSize: s.CacheSize,
	}
}

// svc has the parameters that both have in common.
func (s OneClassSVM) svc() SVC {
	return SVC{
		C: 1, Kernel: s.Kernel, Degree: s.Degree, Gamma: s.Gamma, Coef0: s.Coef0, KernelFunc: s.KernelFunc,
		Shrinking: s.Shrinking, Tol: s.Tol, MaxIter: s.MaxIter, CacheSize: s.CacheSize,
	}
}

// Fit learns from the rows of X. It is an error if a cell is not finite, and for what is one
// in SVC.Fit.
func (s OneClassSVM) Fit(ctx context.Context, X *Matrix) (*OneClassSVMModel, error) {
	return s.FitWeighted(ctx, X, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative. Rows of weight 0
// are left out.
func (s OneClassSVM) FitWeighted(ctx context.Context, X *Matrix, weights []float64) (*OneClassSVMModel, error) {
	m, err := s.fit(ctx, X, weights)
	return m, at("OneClassSVM", err)
}

func (s OneClassSVM) fit(ctx context.Context, X *Matrix, weights []float64) (*OneClassSVMModel, error) {
	if err := s.check(X, weights); err != nil {
		return nil, err
	}
	k, err := s.svc().kernel(X)
	if err != nil {
		return nil, err
	}
	rows := weighingRows(X.rows, weights)
	d, err := s.solve(withPool(ctx, 0), k, X, rows, weights)
	if err != nil {
		return nil, err
	}
	if math.IsInf(d.rho, 0) {
		return nil, errorf("Nu %v has every row outside, so that nothing says where the others are; it must be smaller", s.Nu)
	}
	if !isFinite(d.rho) || !isFinite(d.objective) {
		return nil, errorf("values of the kernel %v are too large to work with, scale the columns", s.Kernel)
	}
	m := &OneClassSVMModel{
		Intercept: -d.rho, Objective: d.objective, Iterations: d.iterations, Converged: d.converged, Gamma: k.gamma,
		supportVectors: supportVectors{kernel: k, columns: columnsOf(X), evicted: d.evicted},
	}
	for i, row := range rows {
		if d.alpha[i] > 0 {
			m.Support, m.DualCoef = append(m.Support, row), append(m.DualCoef, d.alpha[i])
			m.samples = append(m.samples, X.Row(nil, row))
		}
	}
	m.pack()
	return m, nil
}

func (s OneClassSVM) check(X *Matrix, weights []float64) error {
	var c paramCheck
	s.svc().checkParams(&c)
	checkNu(&c, s.Nu)
	if err := c.err(); err != nil {
		return err
	}
	if err := checkNotEmpty(X); err != nil {
		return err
	}
	if err := checkWeights(weights, X.rows); err != nil {
		return err
	}
	return checkFinite(X)
}

// solve shares out Nu times the weight of all rows among them, and begins with the first
// ones having it all.
func (s OneClassSVM) solve(ctx context.Context, k kernel, X *Matrix, rows []int, weights []float64) (*dual, error) {
	n := len(rows)
	y, c, alpha := make([]float64, n), make([]float64, n), make([]float64, n)
	rest := 0.0
	for i, row := range rows {
		y[i], c[i] = 1, 1
		if weights != nil {
			c[i] = weights[row]
		}
		rest += float64(c[i] * s.Nu)
	}
	for i := 0; i < n && rest > 0; i++ {
		alpha[i] = min(c[i], rest)
		rest -= alpha[i]
	}
	cache := newKernelCache(k.samples(ctx, X, rows), n, int(s.CacheSize*(1<<20)))
	solver := newSMO(cache, y, c, make([]float64, n))
	solver.begin(alpha)
	return solver.solve(ctx, s.Tol, s.MaxIter, s.Shrinking)
}

// OneClassSVMModel is a fitted OneClassSVM. Its fields are to be read only.
type OneClassSVMModel struct {
	Support    []int     // training rows that are support vectors, ascending
	DualCoef   []float64 // per support vector
	Intercept  float64   // scikit-learn's offset_ is the same with the other sign
	Objective  float64   // value of the dual problem, ½αᵀKα, α being DualCoef
	Iterations int       // steps of the solver
	Converged  bool      // false if MaxIter stopped it
	Gamma      float64   // the number used; 0 for a kernel of one's own or a precomputed one

	supportVectors
}

// Decision returns Σ DualCoef·K(support vector, x) + Intercept for each row of X: positive
// where training rows lie, the larger the deeper inside.
func (m *OneClassSVMModel) Decision(ctx context.Context, X *Matrix) ([]float64, error) {
	values, err := m.sums(ctx, X, m.Support, m.DualCoef, m.Intercept)
	return values, at("OneClassSVM", err)
}

// Predict returns for each row of X whether it lies among the training rows: whether its
// value of Decision is above 0.
func (m *OneClassSVMModel) Predict(ctx context.Context, X *Matrix) ([]bool, error) {
	values, err := m.Decision(ctx, X)
	if err != nil {
		return nil, err
	}
	inside := make([]bool, len(values))
	for i, v := range values {
		inside[i] = v > 0
	}
	return inside, nil
}

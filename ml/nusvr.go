package ml

import (
	"context"
	"slices"
)

// NuSVR is SVR with another parameter in the place of Epsilon (Schölkopf and others 2000). Nu is,
// of the rows, the most whose error costs something and the least that are support vectors; the
// error that is free follows from it. It takes the steps of libsvm, which scikit-learn's NuSVR is
// made of.
type NuSVR struct {
	C  float64 // penalty on errors, above 0; small values regularise more
	Nu float64 // above 0, at most 1

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

var _ Regressor = NuSVR{}

// NewNuSVR returns scikit-learn's defaults: Nu 0.5, and those of NewSVC.
func NewNuSVR() NuSVR {
	s := NewSVC()
	return NuSVR{
		C: s.C, Nu: 0.5, Kernel: s.Kernel, Degree: s.Degree, Gamma: s.Gamma,
		Shrinking: s.Shrinking, Tol: s.Tol, MaxIter: s.MaxIter, CacheSize: s.CacheSize,
	}
}

// svc has the parameters that both have in common.
func (s NuSVR) svc() SVC {
	return SVC{
		C: s.C, Kernel: s.Kernel, Degree: s.Degree, Gamma: s.Gamma, Coef0: s.Coef0, KernelFunc: s.KernelFunc,
		Shrinking: s.Shrinking, Tol: s.Tol, MaxIter: s.MaxIter, CacheSize: s.CacheSize,
	}
}

// Fit learns to predict y[i] for row i of X. What is an error in SVR.Fit is one here.
func (s NuSVR) Fit(ctx context.Context, X *Matrix, y []float64) (*SVRModel, error) {
	return s.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its C is
// multiplied by. Rows of weight 0 are left out.
func (s NuSVR) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*SVRModel, error) {
	m, err := s.fit(ctx, X, y, weights)
	return m, at("NuSVR", err)
}

// FitRegressor is Fit.
func (s NuSVR) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(s.Fit(ctx, X, y))
}

func (s NuSVR) fit(ctx context.Context, X *Matrix, y, weights []float64) (*SVRModel, error) {
	var c paramCheck
	checkNu(&c, s.Nu)
	s.svc().checkParams(&c)
	if err := c.err(); err != nil {
		return nil, err
	}
	return (&svrTraining{SVC: s.svc(), nu: s.Nu, X: X, values: y, weights: weights}).run(ctx)
}

// shares are the α that libsvm begins with: the first rows pull with all that they may, both up
// and down, until half of ν times what all may is used up.
func (t *svrTraining) shares(c []float64) []float64 {
	var rest float64
	for _, v := range c {
		rest += float64(v * t.nu)
	}
	rest /= 2
	alpha := make([]float64, len(c))
	for i, v := range c {
		alpha[i] = min(rest, v)
		rest -= alpha[i]
	}
	return slices.Concat(alpha, alpha)
}

package ml

import (
	"context"
	"fmt"
)

// PLSRegression is partial least squares: it projects X and Y onto a few components
// of greatest covariance, one after another, and regresses Y on those of X. It is
// the two-block algorithm of Wegelin, A survey of partial least squares methods
// (2000), in the form of scikit-learn's PLSRegression: NIPALS with unnormalized
// weights of Y, where only X deflates Y.
//
// In a Pipeline it is a Regressor in last place, and before that a transformer
// into the scores of X.
type PLSRegression struct {
	NComponents int     // to find, from 1 to the number of columns of X
	Scale       bool    // divide the columns of X and Y by their standard deviation (of n−1)
	MaxIter     int     // steps of the power method for a component at most
	Tol         float64 // the power method ends when the weights of X move by less, squared
}

var (
	_ Regressor             = PLSRegression{}
	_ SupervisedTransformer = PLSRegression{}
)

// NewPLSRegression returns scikit-learn's defaults: 2 components of scaled columns,
// at most 500 steps, 1e-6.
func NewPLSRegression() PLSRegression {
	return PLSRegression{NComponents: 2, Scale: true, MaxIter: 500, Tol: 1e-6}
}

// Fit learns to predict one target, y[i] for row i of X. It takes at least two rows
// and only finite numbers.
//
// A fit that ends early is no error: see Stopped and Converged of the model.
func (p PLSRegression) Fit(ctx context.Context, X *Matrix, y []float64) (*PLSRegressionModel, error) {
	if err := checkValues(X, y); err != nil {
		return nil, at("PLSRegression", err)
	}
	m, err := p.fit(ctx, X, &Matrix{rows: len(y), cols: 1, data: y})
	return m, at("PLSRegression", err)
}

// FitMulti learns to predict several targets, the columns of Y, from the rows of X
// as Fit does.
func (p PLSRegression) FitMulti(ctx context.Context, X, Y *Matrix) (*PLSRegressionModel, error) {
	m, err := p.fit(ctx, X, Y)
	return m, at("PLSRegression", err)
}

// FitRegressor is Fit.
func (p PLSRegression) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(p.Fit(ctx, X, y))
}

// FitSupervisedTransformer is Fit. Labels count as numbers, as in scikit-learn.
func (p PLSRegression) FitSupervisedTransformer(ctx context.Context, X *Matrix, y Targets) (TransformerModel, error) {
	m, err := p.Fit(ctx, X, y.AsValues())
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (p PLSRegression) fit(ctx context.Context, X, Y *Matrix) (_ *PLSRegressionModel, err error) {
	defer recoverGonum(&err)
	if err := p.check(X, Y); err != nil {
		return nil, err
	}
	x, err := standardize(X, p.Scale)
	if err != nil {
		return nil, at("X", err)
	}
	y, err := standardize(Y, p.Scale)
	if err != nil {
		return nil, at("Y", err)
	}
	f := &nipals{params: p, x: x.z, y: y.z, noise: x.noise(X)}
	if err := f.run(ctx); err != nil {
		return nil, err
	}
	m, err := newPLSModel(f, x, y)
	if err != nil {
		return nil, err
	}
	m.xNames, m.yNames = X.Names(), Y.Names()
	return m, nil
}

func (p PLSRegression) check(X, Y *Matrix) error {
	if err := checkNotEmpty(X); err != nil {
		return err
	}
	var check paramCheck
	check.want(p.NComponents >= 1 && p.NComponents <= X.cols, "NComponents", p.NComponents, fmt.Sprintf("1 to %d, the number of columns", X.cols))
	check.want(p.MaxIter >= 1, "MaxIter", p.MaxIter, ">= 1")
	check.want(p.Tol >= 0 && isFinite(p.Tol), "Tol", p.Tol, "a finite number >= 0")
	if err := check.err(); err != nil {
		return err
	}
	switch {
	case Y.rows != X.rows:
		return errorf("%d rows of Y for %d rows of X", Y.rows, X.rows)
	case Y.cols == 0:
		return errorf("Y has no columns, at least one is needed")
	case X.rows < 2:
		return errorf("there is 1 row, at least 2 are needed")
	}
	if err := checkFinite(X); err != nil {
		return at("X", err)
	}
	return at("Y", checkFinite(Y))
}

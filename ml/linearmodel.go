package ml

import (
	"context"

	"gonum.org/v1/gonum/blas/blas64"
)

// LinearModel predicts each target as a sum of the columns, each times its coefficient, and
// an intercept. It is a fitted LinearRegression, Ridge, ElasticNet or Lasso. Its fields are
// to be read only.
type LinearModel struct {
	// Coef is p×q: a row for each column of X, and a column for each target.
	// scikit-learn's coef_ is the transpose.
	Coef      *Matrix
	Intercept []float64 // per target, in the unit of y; 0 without FitIntercept

	// Of LinearRegression only: the rank of X less its means, and the singular values of it,
	// largest first, of which those that are nothing but rounding are 0.
	Rank     int
	Singular []float64

	// Of ElasticNet and Lasso only, per target: the rounds through all columns, and how far
	// the objective can be above its minimum.
	Iterations []int
	DualGap    []float64
	Converged  bool // false if MaxIter stopped any target

	columns columnSet
	learner string // for errors
	targets []string
}

var _ RegressorModel = (*LinearModel)(nil)

// Predict returns one value per row for the one target that the model was fitted on. If
// there were several it is an error; see PredictMulti.
func (m *LinearModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	if q := m.Coef.cols; q != 1 {
		return nil, at(m.learner, errorf("there are %d targets, Predict is for one; PredictMulti predicts all", q))
	}
	y, err := m.PredictMulti(ctx, X)
	if err != nil {
		return nil, err
	}
	return y.Col(0), nil
}

// PredictMulti returns one row per row of X and one column per target.
func (m *LinearModel) PredictMulti(ctx context.Context, X *Matrix) (*Matrix, error) {
	y, err := linearFunction(ctx, m.columns, X, m.Coef, m.Intercept, m.targets)
	return y, at(m.learner, err)
}

// linearFunction returns X·coef + intercept. It takes some rows at a time, which fit into
// the processor's cache; a row's result does not depend on that.
func linearFunction(ctx context.Context, columns columnSet, X, coef *Matrix, intercept []float64, names []string) (_ *Matrix, err error) {
	defer recoverGonum(&err)
	if err := columns.check(X); err != nil {
		return nil, err
	}
	if err := checkFinite(X); err != nil {
		return nil, err
	}
	const block = 2048
	out := newMatrix(X.rows, coef.cols, names)
	err = forEach(ctx, (X.rows+block-1)/block, 0, func(_ context.Context, b int) error {
		lo, hi := b*block, min((b+1)*block, X.rows)
		for t := range coef.cols {
			y := out.Col(t)[lo:hi]
			for j, w := range coef.Col(t) {
				blas64.Axpy(w, vectorOf(X.Col(j)[lo:hi]), vectorOf(y))
			}
			for i := range y {
				y[i] += intercept[t]
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

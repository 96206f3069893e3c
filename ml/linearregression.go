package ml

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/penstock/penstock/internal/fastblas"
)

// LinearRegression is ordinary least squares: it minimises Σ(y − X·w − intercept)². If some
// columns are combinations of others, or if there are more columns than rows, many w do,
// and it finds the shortest one, as scikit-learn does.
type LinearRegression struct {
	FitIntercept bool
}

var _ Regressor = LinearRegression{}

// NewLinearRegression returns scikit-learn's default, which has an intercept.
func NewLinearRegression() LinearRegression { return LinearRegression{FitIntercept: true} }

// Fit learns to predict one target, y[i] for row i of X. It is an error if a number is not
// finite.
func (l LinearRegression) Fit(ctx context.Context, X *Matrix, y []float64) (*LinearModel, error) {
	return l.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its square is
// multiplied by.
func (l LinearRegression) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*LinearModel, error) {
	return fitLinear(ctx, "LinearRegression", l, X, y, weights)
}

// FitMulti learns to predict several targets, the columns of Y, each as Fit does.
func (l LinearRegression) FitMulti(ctx context.Context, X, Y *Matrix) (*LinearModel, error) {
	m, err := l.fit(ctx, X, Y, nil)
	return m, at("LinearRegression", err)
}

// FitRegressor is Fit.
func (l LinearRegression) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(l.Fit(ctx, X, y))
}

func (l LinearRegression) fit(ctx context.Context, X, Y *Matrix, weights []float64) (_ *LinearModel, err error) {
	defer recoverGonum(&err)
	return solveLinear(ctx, "LinearRegression", 0, l.FitIntercept, X, Y, weights)
}

// Ridge is linear regression that keeps coefficients small: it minimises
// Σ(y − X·w − intercept)² + Alpha·Σw². The intercept has no penalty.
type Ridge struct {
	Alpha        float64 // at least 0, which is LinearRegression
	FitIntercept bool
}

var _ Regressor = Ridge{}

// NewRidge returns scikit-learn's defaults: Alpha 1 and an intercept.
func NewRidge() Ridge { return Ridge{Alpha: 1, FitIntercept: true} }

// Fit learns to predict one target, y[i] for row i of X. It is an error if a number is not
// finite.
func (r Ridge) Fit(ctx context.Context, X *Matrix, y []float64) (*LinearModel, error) {
	return r.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its square is
// multiplied by.
func (r Ridge) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*LinearModel, error) {
	return fitLinear(ctx, "Ridge", r, X, y, weights)
}

// FitMulti learns to predict several targets, the columns of Y, each as Fit does.
func (r Ridge) FitMulti(ctx context.Context, X, Y *Matrix) (*LinearModel, error) {
	m, err := r.fit(ctx, X, Y, nil)
	return m, at("Ridge", err)
}

// FitRegressor is Fit.
func (r Ridge) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(r.Fit(ctx, X, y))
}

func (r Ridge) fit(ctx context.Context, X, Y *Matrix, weights []float64) (_ *LinearModel, err error) {
	defer recoverGonum(&err)
	var c paramCheck
	c.want(r.Alpha >= 0 && isFinite(r.Alpha), "Alpha", r.Alpha, "a finite number >= 0")
	if err := c.err(); err != nil {
		return nil, err
	}
	m, err := solveLinear(ctx, "Ridge", r.Alpha, r.FitIntercept, X, Y, weights)
	if err != nil {
		return nil, err
	}
	m.Rank, m.Singular = 0, nil
	return m, nil
}

// linearLearner is a linear regression of any kind.
type linearLearner interface {
	fit(ctx context.Context, X, Y *Matrix, weights []float64) (*LinearModel, error)
}

// fitLinear fits one target.
func fitLinear(ctx context.Context, name string, l linearLearner, X *Matrix, y, weights []float64) (*LinearModel, error) {
	if err := checkValues(X, y); err != nil {
		return nil, at(name, err)
	}
	m, err := l.fit(ctx, X, &Matrix{rows: len(y), cols: 1, data: y}, weights)
	return m, at(name, err)
}

func checkLinear(X, Y *Matrix, weights []float64) error {
	if err := checkNotEmpty(X); err != nil {
		return err
	}
	switch {
	case Y.rows != X.rows:
		return errorf("%d rows of Y for %d rows of X", Y.rows, X.rows)
	case Y.cols == 0:
		return errorf("Y has no columns, at least one is needed")
	}
	if err := checkWeights(weights, X.rows); err != nil {
		return err
	}
	if err := checkFinite(X); err != nil {
		return at("X", err)
	}
	return at("Y", checkFinite(Y))
}

// solveLinear goes to the minimum itself, by leastSquares.
func solveLinear(ctx context.Context, learner string, alpha float64, intercept bool, X, Y *Matrix, weights []float64) (m *LinearModel, err error) {
	if err := checkLinear(X, Y, weights); err != nil {
		return nil, err
	}
	s, err := newLinearSystem(ctx, X, Y, weights, intercept)
	if err != nil {
		return nil, err
	}
	solver := leastSquares{blas: fastblas.InForce(), ridge: min(math.Sqrt(alpha)*s.xUnit, math.Sqrt(math.MaxFloat64)/4)}
	var coef blas64.General
	err = guarded(func() (err error) {
		if X.cols <= X.rows {
			coef, err = solver.tall(ctx, s.x, s.y)
		} else {
			coef, err = solver.wide(ctx, transposed(s.x), s.y)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if m, err = s.model(learner, coef, X, Y); err != nil {
		return nil, err
	}
	m.Rank, m.Singular = solver.rank, solver.values
	for i := range m.Singular {
		m.Singular[i] /= s.xUnit
	}
	return m, nil
}

func transposed(a blas64.General) blas64.General {
	out := newGeneral(a.Cols, a.Rows)
	for i := range a.Rows {
		for j, v := range rowOf(a, i).Data {
			out.Data[j*out.Stride+i] = v
		}
	}
	return out
}

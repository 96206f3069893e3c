package ml_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/penstock/penstock/ml"
)

// allBroken panics in whatever learners call, as gonum does on what it refuses.
type allBroken struct{ gonum.Implementation }

const refused = "blas: insufficient length of x"

func (allBroken) Ddot(int, []float64, int, []float64, int) float64   { panic(refused) }
func (allBroken) Dnrm2(int, []float64, int) float64                  { panic(refused) }
func (allBroken) Daxpy(int, float64, []float64, int, []float64, int) { panic(refused) }
func (allBroken) Dscal(int, float64, []float64, int)                 { panic(refused) }
func (allBroken) Dger(_, _ int, _ float64, _ []float64, _ int, _ []float64, _ int, _ []float64, _ int) {
	panic(refused)
}

func (allBroken) Dgemv(_ blas.Transpose, _, _ int, _ float64, _ []float64, _ int, _ []float64, _ int, _ float64, _ []float64, _ int) {
	panic(refused)
}

func (allBroken) Dgemm(_, _ blas.Transpose, _, _, _ int, _ float64, _ []float64, _ int, _ []float64, _ int, _ float64, _ []float64, _ int) {
	panic(refused)
}

func TestLearnersTurnPanicsOfGonumIntoErrors(t *testing.T) {
	ctx := t.Context()
	X, y := rings(3, 40, 3)
	values := X.Col(0)
	type use func() error
	of := func(_ any, err error) error { return err }
	pls := fitted(ml.NewPLSRegression().Fit(ctx, X, values))(t)
	linear := fitted(ml.NewRidge().Fit(ctx, X, values))(t)
	scores := fitted(pls.Transform(X))(t)
	uses := map[string]use{
		"PLSRegression":      func() error { return of(ml.NewPLSRegression().Fit(ctx, X, values)) },
		"PLSRegressionModel": func() error { return of(pls.Predict(ctx, X)) },
		"PLSInverse":         func() error { return of(pls.InverseTransform(scores)) },
		"LogisticRegression": func() error { return of(ml.NewLogisticRegression().Fit(ctx, X, y)) },
		"LinearRegression":   func() error { return of(ml.NewLinearRegression().Fit(ctx, X, values)) },
		"Ridge":              func() error { return of(ml.NewRidge().Fit(ctx, X, values)) },
		"LinearModel":        func() error { return of(linear.Predict(ctx, X)) },
		"Correlation":        func() error { return of(ml.Correlation(ctx, X)) },
		"CorrelationFilter":  func() error { return of(ml.NewCorrelationFilter().Fit(ctx, X)) },
		"PCA":                func() error { return of(ml.NewPCA().Fit(ctx, X)) },
		"PCAInCrossValidation": func() error {
			return of(ml.CrossValScore(ctx, ml.Pipe(ml.NewPCA(), ml.NewSVC()), X, y, ml.NewKFold(2)))
		},
	}
	defer blas64.Use(blas64.Implementation())
	blas64.Use(allBroken{})
	for name, f := range uses {
		t.Run(name, func(t *testing.T) { require.ErrorContains(t, f(), "gonum: "+refused) })
	}
}

package ml_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestLinearSVCIsScikitLearns(t *testing.T) {
	for i, c := range golden[svrCase](t, "svr.json") {
		if c.Kind != "LinearSVC" {
			continue
		}
		t.Run(fmt.Sprint(i, c.Params.Loss), func(t *testing.T) {
			X := c.matrix(t)
			l := ml.NewLinearSVC()
			l.Tol, l.MaxIter = 1e-11, 1e7
			set(&l.C, c.Params.C)
			set(&l.FitIntercept, c.Params.Intercept)
			set(&l.InterceptScaling, c.Params.InterceptScaling)
			if c.Params.Loss == "hinge" {
				l.Loss = ml.PlainHingeLoss
			}
			var weights []float64
			if c.Params.Weights != nil {
				weights = c.Weights
			}
			m := fitted(l.FitWeighted(t.Context(), X, c.Y, weights))(t)
			assert.True(t, m.Converged)
			var coef []float64
			for _, w := range m.Coef {
				coef = append(coef, w...)
			}
			assert.InDeltaSlice(t, c.Dual, coef, 1e-8)
			assert.InDeltaSlice(t, c.Intercept, m.Intercept, 1e-8)
			minus := fitted(mapped(X, func(v float64) float64 { return -v }))(t)
			for row, label := range fitted(m.Predict(t.Context(), minus))(t)[:20] {
				assert.Equal(t, int(c.Predict[row]), label)
			}
			l.Seed = ml.NewSeed(3)
			other := fitted(l.FitWeighted(t.Context(), X, c.Y, weights))(t)
			assert.InDeltaSlice(t, m.Coef[0], other.Coef[0], 1e-8, "the order of rows does not matter at the end")
		})
	}
}

func TestLinearSVCRefuses(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{nan})
	good := X.Take([]int{0, 0})
	_, err := ml.LinearSVC{Loss: 5}.Fit(t.Context(), X, []int{0, 1})
	require.EqualError(t, err, "ml: LinearSVC: C is 0, must be a finite number > 0; Loss is HingeLoss(5), must be SquaredHingeLoss or PlainHingeLoss; "+
		"InterceptScaling is 0, must be a finite number > 0; Tol is 0, must be a finite number > 0; MaxIter is 0, must be >= 1")
	_, err = ml.NewLinearSVC().Fit(t.Context(), X, []int{0, 1})
	require.EqualError(t, err, "ml: LinearSVC: row 1, column 0: NaN, only finite numbers are allowed")
	_, err = ml.NewLinearSVC().Fit(t.Context(), good, []int{4, 4})
	require.ErrorIs(t, err, ml.ErrOneClass)
	_, err = ml.NewLinearSVC().FitWeighted(t.Context(), good, []int{0, 1}, []float64{1, 0})
	require.EqualError(t, err, "ml: LinearSVC: all rows with label 1 weigh 0, every class needs one that does not")
	_, err = ml.NewLinearSVC().Fit(t.Context(), matrixOf(t, []float64{1e200}, []float64{0}), []int{0, 1})
	require.ErrorContains(t, err, "ml: LinearSVC: row 0 is too long for float64")
}

// What MaxIter stops says so, and identical rows of both classes are no trouble.
func TestLinearSVCEdges(t *testing.T) {
	l := ml.NewLinearSVC()
	same := matrixOf(t, []float64{2}, []float64{2}, []float64{2}, []float64{2})
	m := fitted(l.Fit(t.Context(), same, []int{3, 8, 3, 8}))(t)
	assert.True(t, m.Converged)
	assert.InDelta(t, 0, fitted(m.Decision(t.Context(), same))(t).At(0, 0), 1e-4)
	l.FitIntercept, l.Loss = false, ml.PlainHingeLoss
	m = fitted(l.Fit(t.Context(), zeros(t, 4), []int{3, 8, 3, 8}))(t)
	assert.Equal(t, []float64{0}, m.Coef[0], "nothing is known of rows of zeros")
	l.MaxIter, l.Tol = 1, 1e-12
	X, y := rings(1, 50, 2)
	assert.False(t, fitted(l.Fit(t.Context(), X, y))(t).Converged)
}

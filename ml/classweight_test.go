package ml_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// codesOf has 1 where a label is the given one.
func codesOf(y []int, label int) []int {
	out := make([]int, len(y))
	for i, v := range y {
		if v == label {
			out[i] = 1
		}
	}
	return out
}

// Each class is balanced with all others together, not with each of them.
func TestLogisticRegressionOneVsRestBalancesTheRest(t *testing.T) {
	X, y := dataSet(t, "wine")
	X = scaled(t, X)
	l := ml.NewLogisticRegression()
	l.OneVsRest, l.ClassWeight = true, ml.BalancedClasses()
	m := fitted(l.Fit(t.Context(), X, y))(t)
	// scikit-learn 1.2.1 with newton-cholesky and tol 1e-12
	coef := []float64{1.4602383898578049, -1.553578758630569, 0.5294740917576198}
	assert.InDeltaSlice(t, coef, []float64{m.Coef[0][0], m.Coef[1][0], m.Coef[2][0]}, 1e-6)
	assert.InDeltaSlice(t, []float64{-1.4941946297474242, -1.2659372290019753, -3.1253824932188627}, m.Intercept, 1e-6)
	for class := range 3 {
		one := fitted(l.Fit(t.Context(), X, codesOf(y, class)))(t)
		assert.InDeltaSlice(t, one.Coef[0], m.Coef[class], 1e-9)
	}
}

// As in liblinear, the weight of a class is for the machine that finds it.
func TestLinearSVCClassWeightIsThatOfTheMachine(t *testing.T) {
	X, y := dataSet(t, "wine")
	X = scaled(t, X)
	l := ml.NewLinearSVC()
	l.C, l.Tol, l.MaxIter = 0.1, 1e-11, 1e7
	l.ClassWeight = ml.WeightsByLabel(map[int]float64{0: 5, 2: 0.2})
	m := fitted(l.Fit(t.Context(), X, y))(t)
	// scikit-learn 1.2.1 with tol 1e-11
	assert.InDeltaSlice(t, []float64{0.5397083873422464, -0.49784783503255176, 0.0802947938500148}, []float64{m.Coef[0][0], m.Coef[1][0], m.Coef[2][0]}, 1e-8)
	assert.InDeltaSlice(t, []float64{-0.36551193204423804, -0.41585721944282594, -0.6766175390751956}, m.Intercept, 1e-8)

	twice := make([]float64, len(y)) // weights of rows count in every machine
	for i := range twice {
		twice[i] = 2
	}
	l.C = 0.05
	half, err := l.FitWeighted(t.Context(), X, y, twice)
	require.NoError(t, err)
	for class := range 3 {
		assert.InDeltaSlice(t, m.Coef[class], half.Coef[class], 1e-8)
	}
}

// A label too many in the weights is a mistake if one of the data's is lacking, else it is none.
func TestClassWeightOfLabelsThatAreMissing(t *testing.T) {
	X, y := rings(5, 40, 2)
	for name, fit := range map[string]func(w ml.ClassWeight) error{
		"SVC": func(w ml.ClassWeight) error {
			s := ml.NewSVC()
			s.ClassWeight = w
			_, err := s.Fit(t.Context(), X, y)
			return err
		},
		"LinearSVC": func(w ml.ClassWeight) error {
			s := ml.NewLinearSVC()
			s.ClassWeight = w
			_, err := s.Fit(t.Context(), X, y)
			return err
		},
		"LogisticRegression": func(w ml.ClassWeight) error {
			l := ml.NewLogisticRegression()
			l.ClassWeight = w
			_, err := l.Fit(t.Context(), X, y)
			return err
		},
	} {
		require.EqualError(t, fit(ml.WeightsByLabel(map[int]float64{0: 2, 99: 3})),
			"ml: "+name+": ClassWeight has 1 labels that the data do not have, and lacks [1]")
		require.NoError(t, fit(ml.WeightsByLabel(map[int]float64{0: 2, 1: 3, 99: 3})))
		require.NoError(t, fit(ml.WeightsByLabel(map[int]float64{1: 3})), "the other weighs 1")
		require.EqualError(t, fit(ml.WeightsByLabel(map[int]float64{1: -3})),
			"ml: "+name+": ClassWeight of label 1 is -3, must be a finite number >= 0")
	}
}

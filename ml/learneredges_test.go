package ml_test

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// Edge cases that all learners but trees have in common.

func edgeClassifiers() map[string]ml.Classifier {
	ovr := ml.NewLogisticRegression()
	ovr.OneVsRest = true
	calibrated := ml.NewCalibratedClassifier(ml.NewSVC())
	calibrated.CV = ml.NewStratifiedKFold(2)
	return map[string]ml.Classifier{
		"SVC": ml.NewSVC(), "NuSVC": ml.NewNuSVC(), "LinearSVC": ml.NewLinearSVC(), "LogisticRegression": ml.NewLogisticRegression(),
		"OneVsRest": ovr, "KNeighborsClassifier": ml.NewKNeighborsClassifier(), "GaussianNB": ml.NewGaussianNB(),
		"DummyClassifier": ml.NewDummyClassifier(), "CalibratedClassifier": calibrated,
	}
}

func edgeRegressors() map[string]ml.Regressor {
	return map[string]ml.Regressor{
		"SVR": ml.NewSVR(), "NuSVR": ml.NewNuSVR(), "KNeighborsRegressor": ml.NewKNeighborsRegressor(), "LinearRegression": ml.NewLinearRegression(),
		"Ridge": ml.NewRidge(), "Lasso": ml.NewLasso(), "ElasticNet": ml.NewElasticNet(), "DummyRegressor": ml.NewDummyRegressor(),
	}
}

func valuesOf(y []int) []float64 {
	values := make([]float64, len(y))
	for i, v := range y {
		values[i] = float64(v)
	}
	return values
}

// clouds are three clouds in two columns.
func clouds(rows int) (*ml.Matrix, []int) {
	r := ml.NewRandomState(ml.NewSeed(4))
	cells, y := make([]float64, 2*rows), make([]int, rows)
	for i := range y {
		y[i] = i % 3
		cells[i], cells[rows+i] = r.RandomSample()+0.7*float64(y[i]), r.RandomSample()-0.7*float64(y[i]%2)
	}
	X, err := ml.NewMatrix(rows, 2, cells)
	if err != nil {
		panic(err)
	}
	return X, y
}

func TestLearnersPredictNoRows(t *testing.T) {
	X, y := clouds(30)
	for name, clf := range edgeClassifiers() {
		m := fitted(clf.FitClassifier(t.Context(), X, y))(t)
		assert.Empty(t, fitted(m.Predict(t.Context(), X.Take(nil)))(t), name)
		if m, ok := m.(ml.ProbabilityModel); ok && name != "SVC" && name != "NuSVC" {
			rows, cols := fitted(m.PredictProba(t.Context(), X.Take(nil)))(t).Dims()
			assert.Equal(t, [2]int{0, 3}, [2]int{rows, cols}, name)
		}
	}
	for name, reg := range edgeRegressors() {
		m := fitted(reg.FitRegressor(t.Context(), X, valuesOf(y)))(t)
		assert.Empty(t, fitted(m.Predict(t.Context(), X.Take(nil)))(t), name)
	}
}

func TestLearnersRefuseToFitNothing(t *testing.T) {
	X, y := clouds(30)
	for name, clf := range edgeClassifiers() {
		_, err := clf.FitClassifier(t.Context(), X.Take(nil), nil)
		assert.ErrorContains(t, err, "ml: ", name)
		_, err = clf.FitClassifier(t.Context(), X, y[:29])
		assert.ErrorContains(t, err, "29 labels for 30 rows", name)
	}
	for name, reg := range edgeRegressors() {
		_, err := reg.FitRegressor(t.Context(), X.Take(nil), nil)
		assert.ErrorContains(t, err, "ml: ", name)
		_, err = reg.FitRegressor(t.Context(), X, make([]float64, 29))
		assert.ErrorContains(t, err, "29 ", name)
	}
}

// DummyClassifier and DummyRegressor do not look at cells.
func TestLearnersRefuseCellsThatAreNotFinite(t *testing.T) {
	X, y := clouds(30)
	for _, bad := range []float64{nan, math.Inf(1), math.Inf(-1)} {
		spoilt := fitted(mapped(X, func(v float64) float64 {
			if v == X.At(7, 1) {
				return bad
			}
			return v
		}))(t)
		for name, clf := range edgeClassifiers() {
			if name == "DummyClassifier" {
				continue
			}
			_, err := clf.FitClassifier(t.Context(), spoilt, y)
			assert.ErrorContains(t, err, "column 1: ", name)
			m := fitted(clf.FitClassifier(t.Context(), X, y))(t)
			_, err = m.Predict(t.Context(), spoilt)
			assert.ErrorContains(t, err, "row 7, column 1: ", name)
			_, err = m.Predict(t.Context(), matrixOf(t, []float64{1, 2, 3}))
			assert.ErrorContains(t, err, "3 columns", name)
		}
		for name, reg := range edgeRegressors() {
			if name == "DummyRegressor" {
				continue
			}
			_, err := reg.FitRegressor(t.Context(), spoilt, valuesOf(y))
			assert.ErrorContains(t, err, "row 7, column 1: ", name)
			_, err = reg.FitRegressor(t.Context(), X, slices.Concat([]float64{bad}, make([]float64, 29)))
			assert.Error(t, err, name)
			_, err = fitted(reg.FitRegressor(t.Context(), X, valuesOf(y)))(t).Predict(t.Context(), spoilt)
			assert.ErrorContains(t, err, "row 7, column 1: ", name)
		}
	}
}

func TestLearnersOfOneClass(t *testing.T) {
	X, _ := clouds(30)
	same := slices.Repeat([]int{5}, 30)
	for name, clf := range edgeClassifiers() {
		m, err := clf.FitClassifier(t.Context(), X, same)
		switch name {
		case "KNeighborsClassifier", "GaussianNB", "DummyClassifier": // as scikit-learn's
			require.NoError(t, err, name)
			assert.Equal(t, same, fitted(m.Predict(t.Context(), X))(t), name)
			for _, p := range rowMajor(fitted(m.(ml.ProbabilityModel).PredictProba(t.Context(), X))(t)) {
				assert.Equal(t, 1.0, p, name)
			}
		default:
			assert.ErrorIs(t, err, ml.ErrOneClass, name)
		}
	}
}

// Labels are names: which numbers they are changes nothing but the numbers, if their order stays.
func TestLearnersLabelsOfAnyNumbers(t *testing.T) {
	X, y := clouds(60)
	names := []int{math.MinInt, -3, 40_000}
	renamed := make([]int, len(y))
	for i, v := range y {
		renamed[i] = names[v]
	}
	for name, clf := range edgeClassifiers() {
		want := fitted(fitted(clf.FitClassifier(t.Context(), X, y))(t).Predict(t.Context(), X))(t)
		got := fitted(fitted(clf.FitClassifier(t.Context(), X, renamed))(t).Predict(t.Context(), X))(t)
		for i := range want {
			want[i] = names[want[i]]
		}
		assert.Equal(t, want, got, name)
	}
}

// Neither the number of processors nor other calls beside it change what a learner or a model does.
func TestLearnersDoNotDependOnWorkers(t *testing.T) {
	X, y := rings(3, 300, 4)
	fit := func(clf ml.Classifier) []byte {
		return saved(t, fitted(clf.FitClassifier(t.Context(), X, y))(t))
	}
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	for name, clf := range edgeClassifiers() {
		runtime.GOMAXPROCS(1)
		want := fit(clf)
		runtime.GOMAXPROCS(8)
		assert.Equal(t, want, fit(clf), name)
		m := fitted(clf.FitClassifier(t.Context(), X, y))(t)
		alone := fitted(m.Predict(t.Context(), X))(t)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				got, err := m.Predict(context.Background(), X)
				assert.NoError(t, err, name)
				assert.Equal(t, alone, got, name)
			})
		}
		group.Wait()
	}
}

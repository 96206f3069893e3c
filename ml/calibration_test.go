package ml_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

type calibrationCase struct {
	Kind, Name, Learner, Method string
	Train, Test                 []int
	Increasing                  bool
	X, Y, Weights               hexFloats
	XS, YS                      hexFloats
	Query, Proba                hexFloats
	Tol                         float64
	Seed                        uint32
}

// rows returns the training rows, their labels and the test rows of a scaled data set.
func (c calibrationCase) rows(t *testing.T) (train *ml.Matrix, y []int, test, all *ml.Matrix, labels []int) {
	all, labels = dataSet(t, c.Name)
	all = scaled(t, all)
	for _, row := range c.Train {
		y = append(y, labels[row])
	}
	return all.Take(c.Train), y, all.Take(c.Test), all, labels
}

func TestCalibratedClassifiersAreScikitLearns(t *testing.T) {
	for _, c := range golden[calibrationCase](t, "calibration.json") {
		if c.Learner == "" {
			continue
		}
		t.Run(fmt.Sprint(c.Name, c.Kind, c.Learner, c.Method), func(t *testing.T) {
			ctx := t.Context()
			X, y, test, all, labels := c.rows(t)
			var clf ml.Classifier = ml.NewGaussianNB()
			if c.Learner == "SVC" {
				clf = ml.NewSVC()
			}
			method, tolerance := ml.SigmoidCalibration, 2e-4 // scikit-learn's search ends early
			if c.Method == "isotonic" {
				method, tolerance = ml.IsotonicCalibration, 1e-9
			}
			cal := ml.NewCalibratedClassifier(clf)
			cal.Method, cal.CV, cal.Ensemble = method, ml.NewStratifiedKFold(4), c.Kind == "ensemble"
			m, err := cal.Fit(ctx, X, y)
			if c.Kind == "prefit" {
				var third []int
				for i := 0; i < len(labels); i += 3 {
					third = append(third, labels[i])
				}
				m, err = ml.Calibrate(ctx, fitted(clf.FitClassifier(ctx, all.Take(every(3, len(labels))), third))(t), method, X, y)
			}
			require.NoError(t, err)
			assert.InDeltaSlice(t, c.Proba, rowMajor(fitted(m.PredictProba(ctx, test))(t)), tolerance)
		})
	}
}

func TestIsotonicRegressionIsScikitLearns(t *testing.T) {
	for i, c := range golden[calibrationCase](t, "calibration.json") {
		if c.Kind != "isotonic" {
			continue
		}
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			X := fitted(ml.NewMatrix(len(c.X), 1, c.X))(t)
			var weights []float64
			if len(c.Weights) > 0 {
				weights = c.Weights
			}
			m := fitted(ml.IsotonicRegression{Decreasing: !c.Increasing}.FitWeighted(t.Context(), X, c.Y, weights))(t)
			assert.Equal(t, []float64(c.XS), m.X)
			assert.InDeltaSlice(t, c.YS, m.Y, 1e-13)
			query := fitted(ml.NewMatrix(len(c.Query), 1, c.Query))(t)
			assert.InDeltaSlice(t, c.Proba, fitted(m.Predict(t.Context(), query))(t), 1e-13)
		})
	}
}

func TestSVCProbabilitiesAreLibSVMs(t *testing.T) {
	for _, c := range golden[calibrationCase](t, "calibration.json") {
		if c.Kind != "platt" {
			continue
		}
		t.Run(fmt.Sprint(c.Name, c.Tol), func(t *testing.T) {
			X, y, test, _, _ := c.rows(t)
			s := ml.NewSVC()
			s.Probability, s.Seed, s.Tol = true, ml.NewSeed(c.Seed), c.Tol
			m := fitted(s.Fit(t.Context(), X, y))(t)
			tolerance := 1e-6
			if c.Tol > 1e-6 {
				tolerance = 1e-3 // the path of a machine may differ
			}
			assert.InDeltaSlice(t, c.XS, m.ProbA, tolerance)
			assert.InDeltaSlice(t, c.YS, m.ProbB, tolerance)
			assert.InDeltaSlice(t, c.Proba, rowMajor(fitted(m.PredictProba(t.Context(), test))(t)), tolerance)
		})
	}
}

func TestSVCProbabilityEdges(t *testing.T) {
	ctx := t.Context()
	X, y := dataSet(t, "iris")
	s := ml.NewSVC()
	_, err := fitted(s.Fit(ctx, X, y))(t).PredictProba(ctx, X)
	assert.EqualError(t, err, "ml: *ml.SVCModel: the model has no probabilities")
	s.Probability = true
	// With a row of each class some folds know one class, or none.
	m := fitted(s.Fit(ctx, X.Take([]int{0, 50}), []int{3, 9}))(t)
	p := fitted(m.PredictProba(ctx, X))(t)
	for i := range y {
		require.InDelta(t, 1, p.At(i, 0)+p.At(i, 1), 1e-12)
	}
	all := fitted(s.Fit(ctx, X, y))(t)
	alone := fitted(s.Fit(ml.WithPool(ctx, 1), X, y))(t)
	assert.Equal(t, all.ProbA, alone.ProbA, "whatever the number of workers")
	s.Seed = ml.NewSeed(1)
	assert.NotEqual(t, all.ProbA, fitted(s.Fit(ctx, X, y))(t).ProbA)
}

// What comes out of pooling is the best of all that never fall: no pool can be
// improved by moving a part of it.
func TestIsotonicRegressionIsMonotoneAndBest(t *testing.T) {
	for seed := range uint32(50) {
		X, y := normalMatrix(t, seed, 25, 1), normalMatrix(t, seed+1000, 25, 1).Col(0)
		m := fitted(ml.IsotonicRegression{}.Fit(t.Context(), X, y))(t)
		require.True(t, slices.IsSorted(m.Y))
		pred := fitted(m.Predict(t.Context(), X))(t)
		order := every(1, 25)
		slices.SortFunc(order, func(a, b int) int { return int(1e9 * (X.At(a, 0) - X.At(b, 0))) })
		for lo := 0; lo < 25; {
			hi, rest := lo, 0.0
			for ; hi < 25 && pred[order[hi]] == pred[order[lo]]; hi++ {
				rest += y[order[hi]] - pred[order[hi]]
				require.GreaterOrEqual(t, rest, -1e-12, "the first ones of a pool are above its mean")
			}
			require.InDelta(t, 0, rest, 1e-12)
			lo = hi
		}
	}
}

// bareModel answers with labels alone.
type bareModel struct{}

func (bareModel) FitClassifier(context.Context, *ml.Matrix, []int) (ml.ClassifierModel, error) {
	return bareModel{}, nil
}

func (bareModel) Predict(_ context.Context, X *ml.Matrix) ([]int, error) {
	rows, _ := X.Dims()
	return make([]int, rows), nil
}

func TestCalibrationRefuses(t *testing.T) {
	ctx := t.Context()
	X, y := dataSet(t, "iris")
	fit := func(c ml.CalibratedClassifier, y []int) error {
		_, err := c.Fit(ctx, X.Take(every(1, len(y))), y)
		return err
	}
	nb := ml.NewCalibratedClassifier(ml.NewGaussianNB())
	overlapping := nb
	overlapping.Ensemble, overlapping.CV = false, ml.NewStratifiedShuffleSplit(2, ml.NewSeed(1))
	plain := nb
	plain.CV = ml.NewKFold(3) // the labels are sorted
	wrong := nb
	wrong.Method = 9
	_, tooFew := ml.Calibrate(ctx, fitted(ml.NewGaussianNB().Fit(ctx, X, y))(t), ml.SigmoidCalibration, X.Take(every(1, 100)), y[:100])
	_, columns := ml.IsotonicRegression{}.Fit(ctx, X, make([]float64, 150))
	_, notFinite := ml.IsotonicRegression{}.Fit(ctx, matrixOf(t, []float64{nan}), []float64{1})
	for _, c := range []struct {
		name, want string
		err        error
	}{
		{"NoClassifier", "ml: CalibratedClassifier: there is no Classifier", fit(ml.CalibratedClassifier{}, y)},
		{"Method", "ml: CalibratedClassifier: Method is CalibrationMethod(9), must be SigmoidCalibration or IsotonicCalibration", fit(wrong, y)},
		{"OneClass", "ml: CalibratedClassifier: the labels hold one class, at least two are needed: all 50 labels are 0", fit(nb, y[:50])},
		{"FewRows", "ml: CalibratedClassifier: label 1 has 3 rows, every class needs one for each of the 5 folds", fit(nb, y[:53])},
		{"MissingLabel", "ml: CalibratedClassifier: fold 1 of 3: the training rows have 2 of 3 labels; StratifiedKFold divides every label's rows", fit(plain, y)},
		{"NoScores", "ml: CalibratedClassifier: fold 1 of 5: ml_test.bareModel: the model has no probabilities", fit(ml.NewCalibratedClassifier(bareModel{}), y)},
		{"Prefit", "ml: Calibrate: *ml.GaussianNBModel gives 100×3 values for 100 rows of 2 classes", tooFew},
		{"IsotonicColumns", "ml: IsotonicRegression: the matrix has 4 columns, it takes one", columns},
		{"IsotonicNaN", "ml: IsotonicRegression: row 0, column 0: NaN, only finite numbers are allowed", notFinite},
	} {
		t.Run(c.name, func(t *testing.T) { assert.EqualError(t, c.err, c.want) })
	}
	assert.ErrorContains(t, fit(overlapping, y), "times, without Ensemble it must be once")
}

// A support vector machine has no probabilities of its own.
func ExampleCalibratedClassifier() {
	ctx := context.Background()
	r := ml.NewRandomState(ml.NewSeed(0))
	cells, y := make([]float64, 200), make([]int, 200)
	for i := range cells {
		cells[i] = r.Normal()
		if cells[i]+r.Normal() > 0 {
			y[i] = 1
		}
	}
	X, err := ml.NewMatrix(200, 1, cells)
	if err != nil {
		panic(err)
	}
	m, err := ml.NewCalibratedClassifier(ml.NewLinearSVC()).Fit(ctx, X, y)
	if err != nil {
		panic(err)
	}
	some, err := ml.NewMatrix(3, 1, []float64{-1, 0, 2})
	if err != nil {
		panic(err)
	}
	p, err := m.PredictProba(ctx, some)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.2f\n", p.Col(1))
	// Output: [0.21 0.50 0.93]
}

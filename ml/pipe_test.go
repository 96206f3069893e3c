package ml_test

import (
	"context"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestPipeScalesByTheTrainingRowsOnly(t *testing.T) {
	X, y := dataSet(t, "wine")
	folds, err := ml.NewKFold(3, ml.Shuffle(ml.NewSeed(0))).Split(len(y), y)
	require.NoError(t, err)
	pipe := ml.Pipe(ml.NewStandardScaler(), ml.NewSVC())
	got, err := ml.CrossValPredict(t.Context(), pipe, X, y, fixedFolds(folds))
	require.NoError(t, err)

	want := make([]int, len(y))
	for _, f := range folds { // the same by hand
		scaler, err := ml.NewStandardScaler().Fit(t.Context(), X.Take(f.Train))
		require.NoError(t, err)
		train, err := scaler.Transform(X.Take(f.Train))
		require.NoError(t, err)
		test, err := scaler.Transform(X.Take(f.Test))
		require.NoError(t, err)
		var labels []int
		for _, row := range f.Train {
			labels = append(labels, y[row])
		}
		m, err := ml.NewSVC().Fit(t.Context(), train, labels)
		require.NoError(t, err)
		predicted, err := m.Predict(t.Context(), test)
		require.NoError(t, err)
		for i, row := range f.Test {
			want[row] = predicted[i]
		}
	}
	assert.Equal(t, want, got)
}

func TestPipeInAPipe(t *testing.T) {
	X, y := dataSet(t, "iris")
	inner := ml.Pipe(ml.NewStandardScaler(), ml.NewSVC())
	outer, err := ml.Pipe(ml.StandardScaler{}, inner).Fit(t.Context(), X, y)
	require.NoError(t, err)
	got, err := outer.Predict(t.Context(), X)
	require.NoError(t, err)
	plain, err := inner.Fit(t.Context(), X, y)
	require.NoError(t, err)
	want, err := plain.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.IsType(t, &ml.SVCModel{}, plain.Classifier())
}

// halving drops every second row, which a transformer must not.
type halving struct{}

func (h halving) FitTransformer(context.Context, *ml.Matrix) (ml.TransformerModel, error) {
	return h, nil
}

func (halving) Transform(X *ml.Matrix) (*ml.Matrix, error) {
	rows, _ := X.Dims()
	return X.Take(make([]int, rows/2)), nil
}

func TestPipeRefuses(t *testing.T) {
	X, y := [][]float64{{1}, {2}}, []int{0, 1}
	for _, c := range []struct {
		name string
		pipe ml.Pipeline
		x    [][]float64
		want string
	}{
		{"Empty", ml.Pipe(), X, "ml: Pipe: no steps, at least one is needed"},
		{"ClassifierTooEarly", ml.Pipe(ml.NewSVC(), ml.NewSVC()), X, "ml: Pipe: step 1 of 2: ml.SVC is not a Transformer"},
		{"TransformerLast", ml.Pipe(ml.NewStandardScaler()), X, "ml: Pipe: step 1 of 1: ml.StandardScaler is not a Classifier"},
		{"Nil", ml.Pipe(nil, ml.NewSVC()), X, "ml: Pipe: step 1 of 2: <nil> is not a Transformer"},
		{"LostRows", ml.Pipe(halving{}, ml.NewSVC()), X, "ml: Pipe: step 1 of 2: ml_test.halving made 1 rows of 2"},
		{"BadCell", ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()), [][]float64{{1}, {math.Inf(1)}},
			"ml: Pipe: step 1 of 2: StandardScaler: row 1, column 0: +Inf, only finite numbers and NaN are allowed"},
		{"NaNPassesTheScalerOnly", ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()), [][]float64{{1}, {math.NaN()}},
			"ml: Pipe: step 2 of 2: SVC: row 1, column 0: NaN, only finite numbers are allowed"},
		{"Parameter", ml.Pipe(ml.NewStandardScaler(), ml.RandomForest{TreeParams: ml.NewRandomForest().TreeParams}), X,
			"ml: Pipe: step 2 of 2: RandomForest: NEstimators is 0, must be >= 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.pipe.FitClassifier(t.Context(), matrixOf(t, c.x...), y)
			assert.EqualError(t, err, c.want)
		})
	}
	m, err := ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()).Fit(t.Context(), matrixOf(t, X...), y)
	require.NoError(t, err)
	_, err = m.Predict(t.Context(), matrixOf(t, []float64{1, 2}))
	assert.EqualError(t, err, "ml: Pipe: step 1 of 2: StandardScaler: the matrix has 2 columns, the model was fitted on 1")
	_, err = m.Predict(t.Context(), matrixOf(t, []float64{math.NaN()}))
	assert.EqualError(t, err, "ml: Pipe: step 2 of 2: SVC: row 0, column 0: NaN, only finite numbers are allowed")
}

func TestModelsAreSafeForConcurrentUse(t *testing.T) {
	X, y := rings(1, 60, 3)
	forest := ml.NewRandomForest()
	forest.NEstimators = 5
	for name, clf := range map[string]ml.Classifier{"pipe": ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()), "forest": forest} {
		m, err := clf.FitClassifier(t.Context(), X, y)
		require.NoError(t, err)
		want, err := m.Predict(t.Context(), X)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				got, err := m.Predict(t.Context(), X)
				assert.NoError(t, err, name)
				assert.Equal(t, want, got, name)
			})
		}
		wg.Wait()
	}
}

func TestClassifiersLeaveTheirInputAlone(t *testing.T) {
	X, y := rings(1, 60, 3)
	sameX, sameY := rings(1, 60, 3)
	for _, clf := range []ml.Classifier{ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()), ml.NewRandomForest()} {
		_, err := ml.CrossValPredict(t.Context(), clf, X, y, ml.NewKFold(2))
		require.NoError(t, err)
	}
	assert.Equal(t, sameX, X)
	assert.Equal(t, sameY, y)
}

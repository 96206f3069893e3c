package ml_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestCrossValPredictIsScikitLearns(t *testing.T) {
	type cv struct {
		Name, Learner, Accuracy string
		Predict                 []int
	}
	learners := map[string]ml.Classifier{"SVC": ml.NewSVC(), "RandomForestClassifier": ml.NewRandomForest()}
	for _, want := range golden[cv](t, "cv.json") {
		t.Run(want.Learner+"/"+want.Name, func(t *testing.T) {
			X, y := dataSet(t, want.Name)
			got, err := ml.CrossValPredict(t.Context(), learners[want.Learner], scaled(t, X), y, ml.NewKFold(3, ml.Shuffle(ml.NewSeed(0))))
			require.NoError(t, err)
			assert.Equal(t, want.Predict, got)
			accuracy, err := strconv.ParseFloat(want.Accuracy, 64)
			require.NoError(t, err)
			assert.Equal(t, accuracy, ml.Accuracy(y, got))
			t.Logf("%.6f", accuracy)
		})
	}
}

// spy predicts column 0 and remembers which rows it was shown.
type spy struct {
	mu     *sync.Mutex
	shown  *[][]float64
	labels int // predicted per row; 1 unless a test breaks it

	fitErr, predictErr error
}

func (s spy) FitClassifier(_ context.Context, X *ml.Matrix, _ []int) (ml.ClassifierModel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*s.shown = append(*s.shown, append([]float64(nil), X.Col(0)...))
	return s, s.fitErr
}

func (s spy) Predict(_ context.Context, X *ml.Matrix) ([]int, error) {
	var y []int
	for _, v := range X.Col(0) {
		for range s.labels {
			y = append(y, int(v))
		}
	}
	return y, s.predictErr
}

func newSpy() spy { return spy{mu: new(sync.Mutex), shown: new([][]float64), labels: 1} }

type fixedFolds []ml.Fold

func (f fixedFolds) Split(int, []int) ([]ml.Fold, error) { return f, nil }

func TestCrossValPredictPutsRowsBack(t *testing.T) {
	X := matrixOf(t, []float64{10}, []float64{11}, []float64{12}, []float64{13})
	s := newSpy()
	got, err := ml.CrossValPredict(t.Context(), s, X, make([]int, 4), fixedFolds{
		{Train: []int{0, 1}, Test: []int{3, 2}},
		{Train: []int{2, 3}, Test: []int{0}},
		{Train: []int{2, 3}, Test: nil},
		{Train: []int{3}, Test: []int{1}},
	})
	require.NoError(t, err)
	assert.Equal(t, []int{10, 11, 12, 13}, got)
	assert.ElementsMatch(t, [][]float64{{10, 11}, {12, 13}, {12, 13}, {13}}, *s.shown, "in any order: folds run side by side")
}

func TestCrossValPredictRefuses(t *testing.T) {
	rows, y := matrixOf(t, []float64{0}, []float64{1}, []float64{2}), []int{0, 0, 1}
	halves := fixedFolds{{Train: []int{1, 2}, Test: []int{0}}, {Train: []int{0}, Test: []int{1, 2}}}
	failing, mute, chatty := newSpy(), newSpy(), newSpy()
	failing.fitErr = errors.New("out of memory")
	mute.predictErr = errors.New("out of words")
	chatty.labels = 2
	for _, c := range []struct {
		name string
		clf  ml.Classifier
		y    []int
		cv   ml.Splitter
		want string
	}{
		{"FewLabels", newSpy(), y[:2], halves, "ml: CrossValPredict: 2 labels for 3 rows"},
		{"Splitter", newSpy(), y, ml.NewKFold(4), "ml: CrossValPredict: KFold: 3 rows cannot be divided into 4 folds"},
		{"TestedTwice", newSpy(), y, append(halves[:2:2], ml.Fold{Train: []int{0}, Test: []int{2}}),
			"ml: CrossValPredict: fold 3 of 3: row 2 is tested by fold 2 already, every row must be tested once"},
		{"NeverTested", newSpy(), y, halves[1:], "ml: CrossValPredict: no fold tests row 0, every row must be tested once"},
		{"NoSuchTestRow", newSpy(), y, fixedFolds{{Train: []int{0}, Test: []int{3}}}, "ml: CrossValPredict: fold 1 of 1: row 3 is to be tested, there are 3 rows"},
		{"NoSuchTrainRow", newSpy(), y, fixedFolds{{Train: []int{-1}}}, "ml: CrossValPredict: fold 1 of 1: row -1 is to be trained on, there are 3 rows"},
		{"TrainedOnAndTested", newSpy(), y, fixedFolds{{Train: []int{1, 2}, Test: []int{0, 1}}, {Train: []int{0}, Test: []int{2}}},
			"ml: CrossValPredict: fold 1 of 2: row 1 is both trained on and tested"},
		{"Fit", failing, y, halves, "ml: CrossValPredict: fold 1 of 2: out of memory"},
		{"Predict", mute, y, halves, "ml: CrossValPredict: fold 1 of 2: out of words"},
		{"TooManyLabels", chatty, y, halves, "ml: CrossValPredict: fold 1 of 2: ml_test.spy predicted 2 labels for 1 rows"},
		{"OneClass", ml.NewSVC(), y, halves,
			"ml: CrossValPredict: fold 2 of 2: SVC: the labels hold one class, at least two are needed: all 1 labels are 0"},
		{"OneClassInAPipeline", ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()), y, halves,
			"ml: CrossValPredict: fold 2 of 2: Pipe: step 2 of 2: SVC: the labels hold one class, at least two are needed: all 1 labels are 0"},
		{"NothingToTrainOn", ml.NewRandomForest(), y, fixedFolds{{Test: []int{0, 1, 2}}},
			"ml: CrossValPredict: fold 1 of 1: RandomForest: the matrix is 0×1, at least one row and one column are needed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ml.CrossValPredict(t.Context(), c.clf, rows, c.y, c.cv)
			assert.EqualError(t, err, c.want)
		})
	}
	_, err := ml.CrossValPredict(t.Context(), ml.NewSVC(), rows, y, halves)
	assert.ErrorIs(t, err, ml.ErrOneClass)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ml.CrossValPredict(ctx, newSpy(), rows, y, halves)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestCrossValPredictAllowsOneClassWhereTheLearnerDoes(t *testing.T) {
	X := matrixOf(t, []float64{0}, []float64{1}, []float64{2}, []float64{3})
	got, err := ml.CrossValPredict(t.Context(), ml.NewRandomForest(), X, []int{2, 2, 5, 5}, ml.NewKFold(2))
	require.NoError(t, err)
	assert.Equal(t, []int{5, 5, 2, 2}, got, "each fold knows only the other's class")
}

func TestAccuracy(t *testing.T) {
	assert.Equal(t, 0.75, ml.Accuracy([]int{1, 2, 3, 4}, []int{1, 2, 3, 0}))
	assert.Equal(t, 1.0, ml.Accuracy([]int{1}, []int{1}))
	assert.True(t, math.IsNaN(ml.Accuracy(nil, nil)), "no share of nothing")
	assert.Panics(t, func() { ml.Accuracy([]int{1}, nil) })
}

// faulty is a classifier of the caller's with a mistake in it.
type faulty struct{ cause error }

func (f faulty) FitClassifier(context.Context, *ml.Matrix, []int) (ml.ClassifierModel, error) {
	panic(f.cause)
}

// Whatever goroutine a fold is fitted on, its panic is one that the caller can recover.
func TestCrossValidatePanicsWhereItIsCalled(t *testing.T) {
	X, y := rings(3, 40, 2)
	cause := errors.New("a mistake of the caller's")
	defer func() {
		err, _ := recover().(error)
		require.ErrorIs(t, err, cause)
		require.ErrorContains(t, err, "faulty.FitClassifier", "the stack says where")
	}()
	_, _ = ml.CrossValidate(t.Context(), faulty{cause}, X, y, ml.NewKFold(8), ml.WithWorkers(4))
	t.Error("it has not panicked")
}

// quitter ends the goroutine it is fitted on, as the FailNow of a test does.
type quitter struct{}

func (quitter) FitClassifier(context.Context, *ml.Matrix, []int) (ml.ClassifierModel, error) {
	runtime.Goexit()
	return nil, nil
}

// A fold that ended without a result would count as one with the score 0.
func TestCrossValidateEndsTheGoroutineThatAFoldEnds(t *testing.T) {
	X, y := rings(3, 40, 2)
	for _, workers := range []int{1, 4} {
		returned := false
		var calls sync.WaitGroup
		calls.Go(func() {
			_, _ = ml.CrossValidate(t.Context(), quitter{}, X, y, ml.NewKFold(8), ml.WithWorkers(workers))
			returned = true
		})
		calls.Wait()
		assert.False(t, returned, "%d workers", workers)
	}
}

func TestAFoldOfOneClassIsNamed(t *testing.T) {
	ctx := t.Context()
	X, y := matrixOf(t, []float64{0}, []float64{1}, []float64{2}, []float64{3}), []int{0, 1, 1, 1}
	folds := fixedFolds{{Train: []int{0, 1}, Test: []int{2, 3}}, {Train: []int{1, 2, 3}, Test: []int{0}}}
	const want = "SVC: the labels hold one class, at least two are needed: all 3 labels are 1"
	_, err := ml.CrossValidate(ctx, ml.NewSVC(), X, y, folds)
	require.EqualError(t, err, "ml: CrossValidate: fold 2 of 2: "+want)
	_, err = ml.CrossValScore(ctx, ml.NewSVC(), X, y, folds)
	require.EqualError(t, err, "ml: CrossValScore: fold 2 of 2: "+want)
	_, err = ml.LearningCurve(ctx, ml.NewSVC(), X, y, folds, []ml.Size{ml.Share(1)})
	require.ErrorContains(t, err, "fold 2 of 2: SVC: the labels hold one class")
	search := ml.NewGridSearchCV(ml.ParamGrid{"C": {1.0, 2.0}}, func(p ml.Params) ml.Classifier {
		svc := ml.NewSVC()
		svc.C = p["C"].(float64)
		return svc
	})
	search.CV = folds
	_, err = search.Fit(ctx, X, y)
	require.EqualError(t, err, "ml: SearchCV: candidate 1 of 2 (C=1): fold 2 of 2: "+want)
	require.ErrorIs(t, err, ml.ErrOneClass)
}

func TestAFoldWithoutRowsToTest(t *testing.T) {
	X, y := matrixOf(t, []float64{0}, []float64{1}, []float64{2}), []int{0, 1, 1}
	folds := fixedFolds{{Train: []int{0, 1}, Test: []int{2}}, {Train: []int{0, 1, 2}}}
	scores, err := ml.CrossValScore(t.Context(), ml.NewSVC(), X, y, folds)
	require.NoError(t, err)
	assert.Equal(t, 1.0, scores[0])
	assert.True(t, math.IsNaN(scores[1]), "the accuracy of nothing")
	_, err = ml.CrossValScore(t.Context(), ml.NewSVC(), X, y, folds, ml.WithScoring("f1"))
	require.ErrorContains(t, err, "fold 2 of 2: scorer f1")
}

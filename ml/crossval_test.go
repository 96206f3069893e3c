package ml_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// goldenCV is a case of crossval.json; fields mean what the kind says.
type goldenCV struct {
	Kind, Name, Learner string
	Test, Train, Std    hexFloats
	Rank, Predict       []int
	Best, N             int
	Seed                uint32
	Sizes               []int
	Params              [][2]float64
	Names               []string
}

func goldenCVs(t *testing.T, kind string) []goldenCV {
	var of []goldenCV
	for _, c := range golden[goldenCV](t, "crossval.json") {
		if c.Kind == kind {
			of = append(of, c)
		}
	}
	require.NotEmpty(t, of)
	return of
}

// precise is an SVM of which shrinking cannot change the predictions.
func precise(p ml.Params) ml.Classifier {
	svc := ml.NewSVC()
	svc.Tol = 1e-9
	if p != nil {
		svc.C, svc.Gamma = p["C"].(float64), ml.Gamma(p["gamma"].(float64))
	}
	return svc
}

func TestCrossValidateIsScikitLearns(t *testing.T) {
	forest := ml.NewRandomForest()
	forest.NEstimators, forest.Seed = 10, ml.NewSeed(3)
	learners := map[string]ml.Classifier{"svc": ml.Pipe(ml.NewStandardScaler(), precise(nil)), "forest": forest}
	for _, want := range goldenCVs(t, "validate") {
		t.Run(want.Learner+"/"+want.Name, func(t *testing.T) {
			X, y := dataSet(t, want.Name)
			r, err := ml.CrossValidate(t.Context(), learners[want.Learner], X, y, ml.NewStratifiedKFold(5), ml.WithTrainScores(), ml.WithModels())
			require.NoError(t, err)
			sameBits(t, want.Test, r.TestScores["accuracy"])
			sameBits(t, want.Train, r.TrainScores["accuracy"])
			assert.Len(t, r.Models, 5)
			for k := range r.FitTime {
				assert.Positive(t, r.FitTime[k])
				assert.Positive(t, r.ScoreTime[k])
			}
		})
	}
}

func TestGridSearchIsScikitLearns(t *testing.T) {
	grid := ml.ParamGrid{"gamma": {0.01, 0.1, 1.0}, "C": {0.1, 1.0, 10.0}}
	for _, want := range goldenCVs(t, "search") {
		t.Run(want.Name, func(t *testing.T) {
			X, y := dataSet(t, want.Name)
			search := ml.NewGridSearchCV(grid, precise)
			search.CV = ml.NewKFold(3, ml.Shuffle(ml.Seed{}))
			m, err := search.Fit(t.Context(), X, y)
			require.NoError(t, err)
			for i, r := range m.Results {
				assert.Equal(t, ml.Params{"C": want.Params[i][0], "gamma": want.Params[i][1]}, r.Params)
				assert.InDelta(t, want.Test[i], r.Mean, 1e-15)
				assert.InDelta(t, want.Std[i], r.Std, 1e-15)
				assert.Equal(t, want.Rank[i], r.Rank)
			}
			assert.Equal(t, want.Best, m.Best)
			got, err := m.Predict(t.Context(), X)
			require.NoError(t, err)
			assert.Equal(t, want.Predict, got)
			assert.IsType(t, &ml.SVCModel{}, m.Model())
			_, err = m.Decision(t.Context(), X)
			require.NoError(t, err)
			_, err = m.PredictProba(t.Context(), X)
			assert.EqualError(t, err, "ml: *ml.SVCModel: the model has no probabilities")
		})
	}
}

// constant predicts one label for every row.
type constant int

func (c constant) FitClassifier(context.Context, *ml.Matrix, []int) (ml.ClassifierModel, error) {
	return c, nil
}

func (c constant) Predict(_ context.Context, X *ml.Matrix) ([]int, error) {
	labels := make([]int, X.NumRows())
	for i := range labels {
		labels[i] = int(c)
	}
	return labels, nil
}

// The three have the same scores in another order. Numpy's mean of the first is 0.9,
// that of the others is one bit more; added from left to right, only the third's is.
func TestSearchBreaksTiesAsNumpyAdds(t *testing.T) {
	sixths := [][]float64{{6, 5, 6, 4, 5, 5, 6, 6, 5, 6}, {6, 5, 4, 6, 6, 6, 6, 5, 5, 5}, {6, 6, 5, 6, 6, 5, 4, 6, 5, 5}}
	X, err := ml.NewMatrix(10, 1, make([]float64, 10))
	require.NoError(t, err)
	search := ml.NewSearchCV([]ml.Candidate{{Classifier: constant(0)}, {Classifier: constant(1)}, {Classifier: constant(2)}},
		ml.WithScorers(ml.ScorePredictions("of a table", func(want, got []int) (float64, error) { return sixths[got[0]][want[0]] / 6, nil })))
	search.CV = ml.LeaveOneOut{}
	m, err := search.Fit(t.Context(), X, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	require.NoError(t, err)
	assert.Equal(t, 1, m.Best)
	for i, want := range []struct {
		mean float64
		rank int
	}{{0.9, 3}, {0.9000000000000001, 1}, {0.9000000000000001, 1}} {
		assert.Equal(t, want.mean, m.Results[i].Mean) //nolint:testifylint // to the last bit
		assert.Equal(t, want.rank, m.Results[i].Rank)
		assert.InDelta(t, 0.11055415967851333, m.Results[i].Std, 1e-16)
	}
}

func TestLearningCurveIsScikitLearns(t *testing.T) {
	for _, want := range goldenCVs(t, "curve") {
		t.Run(want.Name, func(t *testing.T) {
			X, y := dataSet(t, want.Name)
			r, err := ml.LearningCurve(t.Context(), ml.Pipe(ml.NewStandardScaler(), precise(nil)), X, y, ml.NewShuffleSplit(3, ml.NewSeed(1)), nil)
			require.NoError(t, err)
			assert.Equal(t, want.Sizes, r.TrainSizes)
			var train, test []float64
			for i := range r.TrainSizes {
				train, test = append(train, r.TrainScores[i]...), append(test, r.TestScores[i]...)
			}
			sameBits(t, want.Train, train)
			sameBits(t, want.Test, test)
		})
	}
}

// described is a classifier that only stands for its parameters.
type described struct {
	ml.Classifier
	p ml.Params
}

func describe(p ml.Params) ml.Classifier { return described{p: p} }

func TestSamplingOfParametersIsScikitLearns(t *testing.T) {
	for _, want := range goldenCVs(t, "sample") {
		values := make([]any, want.N)
		for i := range values {
			values[i] = i
		}
		var got []int
		for _, c := range (ml.ParamGrid{"i": values}).Sample(len(want.Sizes), ml.NewSeed(want.Seed), describe) {
			got = append(got, c.Params["i"].(int))
		}
		assert.Equal(t, want.Sizes, got, "%d of %d", len(want.Sizes), want.N)
	}
	for _, want := range goldenCVs(t, "distributions") {
		space := ml.ParamDistributions{
			"C": ml.Uniform(1, 5), "depth": ml.IntRange(2, 30), "kind": ml.OneOf("a", "b", "c"), "gamma": ml.LogUniform(1e-3, 1e2),
		}
		search := ml.NewRandomizedSearchCV(space, len(want.Test), ml.NewSeed(want.Seed), describe)
		for i, c := range search.Candidates {
			assert.Equal(t, want.Test[i], c.Params["C"])
			assert.Equal(t, want.Sizes[i], c.Params["depth"])
			assert.Equal(t, want.Names[i], c.Params["kind"])
			assert.InEpsilon(t, want.Train[i], c.Params["gamma"], 1e-14)
			assert.Equal(t, c.Params, c.Classifier.(described).p)
		}
	}
}

func TestParamGridOrder(t *testing.T) {
	g := ml.ParamGrid{"b": {1, 2}, "a": {"x", "y", "z"}}
	assert.Equal(t, 6, g.Size())
	var got []string
	for _, c := range g.Candidates(describe) {
		got = append(got, c.Params.String())
	}
	assert.Equal(t, []string{"a=x b=1", "a=x b=2", "a=y b=1", "a=y b=2", "a=z b=1", "a=z b=2"}, got)
	assert.Len(t, g.Sample(100, ml.Seed{}, describe), 6, "no more than there are")
}

func TestCrossValidationDoesNotDependOnWorkers(t *testing.T) {
	X, y := rings(4, 150, 3)
	forest := ml.NewRandomForest()
	forest.NEstimators = 7
	var want *ml.SearchModel
	for _, workers := range []int{1, 2, 8} {
		var calls, last int64
		search := ml.NewSearchCV([]ml.Candidate{{Classifier: forest}, {Classifier: ml.NewSVC()}}, ml.WithWorkers(workers), ml.WithTrainScores(),
			ml.WithProgress(func(done, total int64) {
				assert.Equal(t, last+1, done)
				assert.EqualValues(t, 10, total)
				calls, last = calls+1, done
			}))
		got, err := search.Fit(t.Context(), X, y)
		require.NoError(t, err)
		assert.EqualValues(t, 10, calls)
		if want == nil {
			want = got
		}
		for i := range got.Results {
			assert.Equal(t, want.Results[i].CV.TestScores, got.Results[i].CV.TestScores)
			assert.Equal(t, want.Results[i].CV.TrainScores, got.Results[i].CV.TrainScores)
		}
	}
}

// crowd counts how many of its fits run at a time.
type crowd struct{ now, most *atomic.Int64 }

func (c crowd) FitClassifier(ctx context.Context, X *ml.Matrix, y []int) (ml.ClassifierModel, error) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for {
		m := c.most.Load()
		if n <= m || c.most.CompareAndSwap(m, n) {
			break
		}
	}
	f := ml.NewRandomForest()
	f.NEstimators = 5
	return f.FitClassifier(ctx, X, y)
}

func TestWorkersAreBounded(t *testing.T) {
	X, y := rings(4, 100, 3)
	c := crowd{new(atomic.Int64), new(atomic.Int64)}
	_, err := ml.CrossValScore(t.Context(), c, X, y, ml.NewKFold(20), ml.WithWorkers(3))
	require.NoError(t, err)
	assert.LessOrEqual(t, c.most.Load(), int64(3))
}

func TestTheLowestFailingFoldIsReported(t *testing.T) {
	X, y := rings(4, 40, 2)
	for k := range y {
		y[k] = 1
	}
	y[0] = 0 // only fold 1 tests it, so that all others could be fitted
	for _, workers := range []int{1, 4} {
		for range 5 {
			_, err := ml.CrossValScore(t.Context(), ml.NewSVC(), X, y, ml.NewKFold(4), ml.WithWorkers(workers))
			require.EqualError(t, err, "ml: CrossValScore: fold 1 of 4: SVC: the labels hold one class, at least two are needed: all 30 labels are 1")
			require.ErrorIs(t, err, ml.ErrOneClass)
		}
	}
	grid := ml.ParamGrid{"C": {1.0, -1.0}, "gamma": {0.5}}
	_, err := ml.NewGridSearchCV(grid, precise).Fit(t.Context(), X, append([]int{0, 0, 0, 0, 0}, y[5:]...))
	assert.EqualError(t, err, "ml: SearchCV: candidate 2 of 2 (C=-1 gamma=0.5): fold 1 of 5: SVC: C is -1, must be a finite number > 0")
}

func TestScorers(t *testing.T) {
	X, y := rings(4, 120, 2)
	mean := ml.ScoreRanking("mean", func(_ []int, s []float64) (float64, error) {
		sum := 0.0
		for _, v := range s {
			sum += v
		}
		return sum / float64(len(s)), nil
	})
	columns := ml.ScoreProba("columns", func(_ []int, p *ml.Matrix) (float64, error) {
		_, cols := p.Dims()
		return float64(cols), nil
	})
	r, err := ml.CrossValidate(t.Context(), ml.Pipe(ml.NewStandardScaler(), ml.NewRandomForest()), X, y, ml.NewKFold(3), ml.WithScorers(mean, columns, ml.AccuracyScorer()))
	require.NoError(t, err)
	assert.Equal(t, []float64{2, 2, 2}, r.TestScores["columns"])
	assert.Len(t, r.TestScores, 3)
	for _, v := range r.TestScores["mean"] {
		assert.True(t, v > 0 && v < 1, "a mean probability")
	}
	_, err = ml.CrossValScore(t.Context(), ml.NewSVC(), X, y, ml.NewKFold(3), ml.WithScorers(mean))
	require.NoError(t, err, "a decision value will do")
	_, err = ml.CrossValScore(t.Context(), ml.NewSVC(), X, y, ml.NewKFold(3), ml.WithScorers(columns))
	assert.EqualError(t, err, "ml: CrossValScore: fold 1 of 3: scorer columns: *ml.SVCModel: the model has no probabilities")
	three := make([]int, len(y))
	for i := range three {
		three[i] = i % 3
	}
	_, err = ml.CrossValScore(t.Context(), ml.NewSVC(), X, three, ml.NewKFold(3), ml.WithScorers(mean))
	assert.EqualError(t, err, "ml: CrossValScore: fold 1 of 3: scorer mean: *ml.SVCModel does not tell two classes apart, which a ranking needs")
	failing := ml.ScoreRanking("broken", func([]int, []float64) (float64, error) { return 0, errors.New("no score") })
	_, err = ml.CrossValScore(t.Context(), ml.NewRandomForest(), X, y, ml.NewKFold(3), ml.WithScorers(failing))
	assert.EqualError(t, err, "ml: CrossValScore: fold 1 of 3: scorer broken: no score")
}

func TestCrossValidationRefuses(t *testing.T) {
	X, y := rings(4, 20, 2)
	cv := ml.NewKFold(2)
	for _, c := range []struct {
		name, want string
		opts       []ml.CVOption
	}{
		{"Workers", "ml: CrossValScore: WithWorkers is -1, must be >= 0 (0 means GOMAXPROCS)", []ml.CVOption{ml.WithWorkers(-1)}},
		{"NoScorer", "ml: CrossValScore: 0 scorers, one is needed; CrossValidate takes several", []ml.CVOption{ml.WithScorers()}},
		{"Unmade", `ml: CrossValScore: a scorer is "f", must be made by ScorePredictions, ScoreRanking or ScoreProba`, []ml.CVOption{ml.WithScorers(ml.Scorer{Name: "f"})}},
		{"Twice", `ml: CrossValScore: a scorer's name is "accuracy" twice, must be unique`, []ml.CVOption{ml.WithScorers(ml.AccuracyScorer(), ml.AccuracyScorer())}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ml.CrossValScore(t.Context(), ml.NewSVC(), X, y, cv, c.opts...)
			assert.EqualError(t, err, c.want)
		})
	}
	_, err := ml.NewSearchCV(nil).Fit(t.Context(), X, y)
	assert.EqualError(t, err, "ml: SearchCV: no candidates, at least one is needed")
	for _, s := range []ml.Size{ml.Share(0), ml.Share(1.1)} {
		_, err = ml.LearningCurve(t.Context(), ml.NewSVC(), X, y, cv, []ml.Size{s})
		assert.EqualError(t, err, fmt.Sprintf("ml: LearningCurve: size 0 is %v, must be a share > 0 and <= 1", s))
	}
	_, err = ml.LearningCurve(t.Context(), ml.NewSVC(), X, y, cv, []ml.Size{ml.Rows(11)})
	assert.EqualError(t, err, "ml: LearningCurve: size 0 is Rows(11), must be >= 1 and <= 10, the rows to train on")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ml.NewSearchCV([]ml.Candidate{{Classifier: ml.NewSVC()}}).Fit(ctx, X, y)
	assert.ErrorIs(t, err, context.Canceled)
}

// A function that builds candidates may know no answer, and SearchCV may be made
// without its constructor.
func TestNothingToFitOrToSplitByIsAnError(t *testing.T) {
	X, y := rings(4, 20, 2)
	_, err := ml.NewGridSearchCV(ml.ParamGrid{"a": {1}}, func(ml.Params) ml.Classifier { return nil }).Fit(t.Context(), X, y)
	assert.EqualError(t, err, "ml: SearchCV: candidate 1 of 1 (a=1): fold 1 of 5: there is no classifier, it is nil")
	_, err = ml.SearchCV{Candidates: []ml.Candidate{{Classifier: ml.NewSVC()}}}.Fit(t.Context(), X, y)
	assert.EqualError(t, err, "ml: SearchCV: there is no splitter, it is nil")
	_, err = ml.CrossValidateRegressor(t.Context(), nil, X, make([]float64, X.NumRows()), ml.NewKFold(2))
	assert.EqualError(t, err, "ml: CrossValidateRegressor: fold 1 of 2: there is no regressor, it is nil")
}

func TestDistributionsRefuse(t *testing.T) {
	for name, draw := range map[string]func(){
		"ml: OneOf: no values to draw from":                                                       func() { ml.OneOf() },
		"ml: Uniform: the range is [3, 1), must be two finite numbers in ascending order":         func() { ml.Uniform(3, 1) },
		"ml: LogUniform: the range is [-3, 1), must be two finite numbers > 0 in ascending order": func() { ml.LogUniform(-3, 1) },
		"ml: IntRange: the range [3, 3) is empty":                                                 func() { ml.IntRange(3, 3) },
	} {
		assert.PanicsWithError(t, name, draw)
	}
}

// Each row's values come from a model that has not seen it; a label that a fold does
// not train on has probability 0 there.
func TestCrossValProbaAndDecision(t *testing.T) {
	X, y := dataSet(t, "iris")
	X = scaled(t, X)
	cv := ml.NewKFold(3) // of rows sorted by label: every fold lacks one
	forest := ml.NewRandomForest()
	forest.NEstimators = 5
	proba, err := ml.CrossValProba(t.Context(), forest, X, y, cv)
	require.NoError(t, err)
	folds, err := cv.Split(X.NumRows(), y)
	require.NoError(t, err)
	for k, f := range folds {
		for _, row := range f.Test {
			require.Zero(t, proba.At(row, k))
			require.InDelta(t, 1, proba.At(row, 0)+proba.At(row, 1)+proba.At(row, 2), 1e-15)
		}
	}
	_, err = ml.CrossValDecision(t.Context(), ml.NewSVC(), X, y, cv)
	assert.EqualError(t, err, "ml: CrossValDecision: fold 1 of 3: the labels to train on are [1 2], all of [0 1 2] are needed")
	_, err = ml.CrossValProba(t.Context(), ml.NewSVC(), X, y, ml.NewStratifiedKFold(3))
	assert.EqualError(t, err, "ml: CrossValProba: fold 1 of 3: *ml.SVCModel: the model has no probabilities")

	stratified := ml.NewStratifiedKFold(3)
	decision, err := ml.CrossValDecision(t.Context(), ml.NewSVC(), X, y, stratified)
	require.NoError(t, err)
	folds, err = stratified.Split(X.NumRows(), y)
	require.NoError(t, err)
	m, err := ml.NewSVC().Fit(t.Context(), X.Take(folds[1].Train), takeLabels(y, folds[1].Train))
	require.NoError(t, err)
	want, err := m.Decision(t.Context(), X.Take(folds[1].Test))
	require.NoError(t, err)
	for i, row := range folds[1].Test {
		require.Equal(t, want.Row(nil, i), decision.Row(nil, row))
	}
}

func takeLabels(y, rows []int) []int {
	out := make([]int, len(rows))
	for i, row := range rows {
		out[i] = y[row]
	}
	return out
}

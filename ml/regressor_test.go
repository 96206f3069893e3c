package ml_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// goldenRegressor is a case of regressors.json; fields mean what the kind says.
type goldenRegressor struct {
	Kind, Name  string
	Test, Train map[string]hexFloats // by scorer
	Predict     hexFloats
	Mean, Std   hexFloats
	Rank, Sizes []int
	Best        int
}

func goldenRegressors(t *testing.T, kind string) []goldenRegressor {
	var of []goldenRegressor
	for _, c := range golden[goldenRegressor](t, "regressors.json") {
		if c.Kind == kind {
			of = append(of, c)
		}
	}
	require.NotEmpty(t, of)
	return of
}

func pls(components int, scale bool) ml.PLSRegression {
	p := ml.NewPLSRegression()
	p.NComponents, p.Scale = components, scale
	return p
}

var (
	regressors = map[string]ml.Regressor{"pls": pls(3, true), "pipe": ml.Pipe(ml.NewStandardScaler(), pls(2, false))}
	allScorers = []ml.Scorer{ml.R2Scorer(), scorer("neg_mean_squared_error"), scorer("neg_mean_absolute_error"), scorer("neg_root_mean_squared_error")}
	fiveFolds  = ml.NewKFold(5, ml.Shuffle(ml.NewSeed(0)))
)

func scorer(name string) ml.Scorer {
	s, err := ml.ScorerNamed(name)
	if err != nil {
		panic(err)
	}
	return s
}

func TestCrossValidateRegressorIsScikitLearns(t *testing.T) {
	X, y := diabetes(t)
	for _, want := range goldenRegressors(t, "validate") {
		t.Run(want.Name, func(t *testing.T) {
			r, err := ml.CrossValidateRegressor(t.Context(), regressors[want.Name], X, y, fiveFolds, ml.WithScorers(allScorers...), ml.WithTrainScores(), ml.WithModels())
			require.NoError(t, err)
			for name := range want.Test {
				closeTo(t, want.Test[name], r.TestScores[name], 1e-11, name)
				closeTo(t, want.Train[name], r.TrainScores[name], 1e-11, name)
			}
			assert.Len(t, r.TestScores, 4)
			assert.Len(t, r.RegressorModels, 5)
			assert.Nil(t, r.Models, "no classifier")
			scores, err := ml.CrossValScoreRegressor(t.Context(), regressors[want.Name], X, y, fiveFolds)
			require.NoError(t, err)
			assert.Equal(t, r.TestScores["r2"], scores, "what is scored by unless told otherwise")
		})
	}
}

func TestCrossValPredictRegressorIsScikitLearns(t *testing.T) {
	X, y := diabetes(t)
	for _, want := range goldenRegressors(t, "predict") {
		t.Run(want.Name, func(t *testing.T) {
			got, err := ml.CrossValPredictRegressor(t.Context(), regressors[want.Name], X, y, fiveFolds)
			require.NoError(t, err)
			closeTo(t, want.Predict, got, 1e-11, "predictions")
		})
	}
}

func TestLearningCurveRegressorIsScikitLearns(t *testing.T) {
	X, y := diabetes(t)
	for _, want := range goldenRegressors(t, "curve") {
		t.Run(want.Name, func(t *testing.T) {
			r, err := ml.LearningCurveRegressor(t.Context(), regressors[want.Name], X, y, ml.NewShuffleSplit(3, ml.NewSeed(1)), nil)
			require.NoError(t, err)
			assert.Equal(t, want.Sizes, r.TrainSizes)
			var train, test []float64
			for i := range r.TrainSizes {
				train, test = append(train, r.TrainScores[i]...), append(test, r.TestScores[i]...)
			}
			closeTo(t, want.Train["r2"], train, 1e-11, "train")
			closeTo(t, want.Test["r2"], test, 1e-11, "test")
		})
	}
}

func TestRegressorGridSearchIsScikitLearns(t *testing.T) {
	X, y := diabetes(t)
	grid := ml.ParamGrid{"n_components": {1, 2, 3, 4, 5, 6, 7, 8}, "scale": {false, true}}
	build := func(p ml.Params) ml.Regressor { return pls(p["n_components"].(int), p["scale"].(bool)) }
	for _, want := range goldenRegressors(t, "search") {
		t.Run(want.Name, func(t *testing.T) {
			var opts []ml.CVOption
			if want.Name != "r2" {
				opts = append(opts, ml.WithScoring("neg_mean_squared_error"))
			}
			search := ml.NewRegressorGridSearchCV(grid, build, opts...)
			m, err := search.Fit(t.Context(), X, y)
			require.NoError(t, err)
			for i, r := range m.Results {
				assert.Equal(t, grid.Params(i), r.Params)
				assert.InEpsilon(t, want.Mean[i], r.Mean, 1e-11)
				assert.InEpsilon(t, want.Std[i], r.Std, 1e-9)
				assert.Equal(t, want.Rank[i], r.Rank)
			}
			assert.Equal(t, want.Best, m.Best)
			got, err := m.Predict(t.Context(), X.Take(rowsUpTo(8)))
			require.NoError(t, err)
			closeTo(t, want.Predict, got, 1e-11, "predictions")
			assert.IsType(t, &ml.PLSRegressionModel{}, m.Model())

			nested, err := ml.CrossValScoreRegressor(t.Context(), search, X, y, ml.NewKFold(2), ml.WithWorkers(2))
			require.NoError(t, err, "a search can be cross-validated")
			assert.Len(t, nested, 2)
		})
	}
}

func TestRegressorRandomizedSearch(t *testing.T) {
	X, y := diabetes(t)
	space := ml.ParamDistributions{"n": ml.IntRange(1, 9)}
	build := func(p ml.Params) ml.Regressor { return pls(p["n"].(int), true) }
	search := ml.NewRegressorRandomizedSearchCV(space, 4, ml.NewSeed(3), build)
	drawn := space.Draw(4, ml.NewSeed(3))
	for i, c := range search.Candidates {
		assert.Equal(t, drawn[i], c.Params)
		assert.Equal(t, drawn[i]["n"], c.Regressor.(ml.PLSRegression).NComponents)
	}
	_, err := search.FitRegressor(t.Context(), X, y)
	require.NoError(t, err)
	_, err = ml.NewRegressorSearchCV(nil).FitRegressor(t.Context(), X, y)
	assert.EqualError(t, err, "ml: RegressorSearchCV: no candidates, at least one is needed")
	search.Candidates = append(search.Candidates, ml.RegressorCandidate{Params: ml.Params{"n": 11}, Regressor: pls(11, true)})
	_, err = search.Fit(t.Context(), X, y)
	assert.EqualError(t, err, "ml: RegressorSearchCV: candidate 5 of 5 (n=11): fold 1 of 5: PLSRegression: NComponents is 11, must be 1 to 10, the number of columns")
}

func TestScoresOfRegressorsByHand(t *testing.T) {
	score := func(s ml.Scorer, want, got []float64) float64 {
		t.Helper()
		X := column(t, got) // the echo predicts column 0
		rows := rowsUpTo(len(want))
		scores, err := ml.CrossValScoreRegressor(t.Context(), echo{}, X, want, fixedFolds{{Test: rows}}, ml.WithScorers(s))
		require.NoError(t, err)
		return scores[0]
	}
	want, got := []float64{3, -0.5, 2, 7}, []float64{2.5, 0, 2, 8}
	assert.InDelta(t, 0.9486081370449679, score(ml.R2Scorer(), want, got), 1e-15, "the example of scikit-learn's r2_score")
	assert.Equal(t, -0.375, score(scorer("neg_mean_squared_error"), want, got))
	assert.Equal(t, -0.5, score(scorer("neg_mean_absolute_error"), want, got))
	assert.Equal(t, -math.Sqrt(0.375), score(scorer("neg_root_mean_squared_error"), want, got))
	assert.Equal(t, 1.0, score(ml.R2Scorer(), []float64{2, 2}, []float64{2, 2}), "a constant that is met")
	assert.Equal(t, 0.0, score(ml.R2Scorer(), []float64{2, 2}, []float64{2, 3}), "a constant that is not met")
	assert.True(t, math.IsNaN(score(ml.R2Scorer(), []float64{2}, []float64{2})), "one row does not vary")
}

// echo predicts column 0.
type echo struct{ extra []float64 }

func (e echo) FitRegressor(context.Context, *ml.Matrix, []float64) (ml.RegressorModel, error) {
	return e, nil
}

func (e echo) Predict(_ context.Context, X *ml.Matrix) ([]float64, error) {
	return append(append([]float64(nil), X.Col(0)...), e.extra...), nil
}

func TestCrossValPredictRegressorPutsRowsBack(t *testing.T) {
	X := column(t, []float64{10, 11, 12, 13})
	got, err := ml.CrossValPredictRegressor(t.Context(), echo{}, X, make([]float64, 4), fixedFolds{{Test: []int{3, 2}}, {Test: []int{0}}, {Test: nil}, {Test: []int{1}}})
	require.NoError(t, err)
	assert.Equal(t, []float64{10, 11, 12, 13}, got)
}

func TestCrossValidationOfRegressorsRefuses(t *testing.T) {
	X, y := diabetes(t)
	lonely := ml.ScoreValues("lonely", func([]float64, []float64) (float64, error) { return 0, errors.New("no score") })
	for _, c := range []struct {
		name, want string
		r          ml.Regressor
		y          []float64
		cv         ml.Splitter
		opts       []ml.CVOption
	}{
		{"FewValues", "ml: CrossValScoreRegressor: 3 values for 442 rows", pls(1, true), y[:3], fiveFolds, nil},
		{"NoValues", "ml: CrossValScoreRegressor: 0 values for 442 rows", pls(1, true), nil, fiveFolds, nil},
		{"Stratified", "ml: CrossValScoreRegressor: StratifiedKFold: there are no labels to divide the rows by; KFold and ShuffleSplit need none",
			pls(1, true), y, ml.NewStratifiedKFold(5), nil},
		{"ScorerOfClassifiers", `ml: CrossValScoreRegressor: a scorer is "accuracy", must be R2Scorer, another one for regressors, or made by ScoreValues`,
			pls(1, true), y, fiveFolds, []ml.CVOption{ml.WithScorers(ml.AccuracyScorer())}},
		{"TwoScorers", "ml: CrossValScoreRegressor: 2 scorers, one is needed; CrossValidate takes several",
			pls(1, true), y, fiveFolds, []ml.CVOption{ml.WithScorers(allScorers[:2]...)}},
		{"Scorer", "ml: CrossValScoreRegressor: fold 1 of 5: scorer lonely: no score", pls(1, true), y, fiveFolds, []ml.CVOption{ml.WithScorers(lonely)}},
		{"Fit", "ml: CrossValScoreRegressor: fold 1 of 5: PLSRegression: NComponents is 11, must be 1 to 10, the number of columns", pls(11, true), y, fiveFolds, nil},
		{"TooManyValues", "ml: CrossValScoreRegressor: fold 1 of 5: scorer r2: ml_test.echo predicted 90 values for 89 rows", echo{[]float64{1}}, y, fiveFolds, nil},
		{"NaN", "ml: CrossValScoreRegressor: fold 1 of 5: Pipe: step 2 of 2: PLSRegression: the value of row 0 is NaN, only finite numbers are allowed",
			ml.Pipe(ml.NewStandardScaler(), pls(1, true)), append([]float64{nan}, y[1:]...), ml.NewKFold(5, ml.Shuffle(ml.NewSeed(1))), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ml.CrossValScoreRegressor(t.Context(), c.r, X, c.y, c.cv, c.opts...)
			assert.EqualError(t, err, c.want)
		})
	}
	_, err := ml.CrossValPredictRegressor(t.Context(), echo{[]float64{1}}, X, y, fiveFolds)
	assert.EqualError(t, err, "ml: CrossValPredictRegressor: fold 1 of 5: ml_test.echo predicted 90 values for 89 rows")
	_, err = ml.LearningCurveRegressor(t.Context(), pls(1, true), X, y, fiveFolds, []ml.Size{ml.Share(2), ml.Rows(10), ml.Rows(400)})
	assert.EqualError(t, err, "ml: LearningCurveRegressor: size 0 is Share(2), must be a share > 0 and <= 1; "+
		"size 2 is Rows(400), must be >= 1 and <= 353, the rows to train on")
	labels := make([]int, 442)
	_, err = ml.CrossValScore(t.Context(), ml.NewSVC(), X, labels, fiveFolds, ml.WithScorers(ml.R2Scorer()))
	assert.EqualError(t, err, `ml: CrossValScore: a scorer is "r2", must be made by ScorePredictions, ScoreRanking or ScoreProba`)
}

func TestCrossValidationOfRegressorsDoesNotDependOnWorkers(t *testing.T) {
	X, y := diabetes(t)
	var want []float64
	for _, workers := range []int{1, 2, 8} {
		got, err := ml.CrossValPredictRegressor(t.Context(), pls(4, true), X, y, fiveFolds, ml.WithWorkers(workers))
		require.NoError(t, err)
		if want == nil {
			want = got
		}
		assert.Equal(t, want, got)
	}
}

// meals is a frame whose text tells the value.
func meals(t *testing.T) (*ml.Frame, []float64) {
	texts, size := []string{}, []float64{}
	var y []float64
	for i := range 60 {
		texts = append(texts, []string{"soup", "bread", "fish"}[i%3])
		size = append(size, float64(i*i%17))
		y = append(y, []float64{2, 3, 11}[i%3]+0.5*size[i])
	}
	f, err := ml.NewFrame(ml.Texts("dish", texts), ml.Numbers("size", size))
	require.NoError(t, err)
	return f, y
}

func TestRegressorsOfFrames(t *testing.T) {
	X, y := meals(t)
	pipe := ml.Pipe(ml.NewColumnTransformer(ml.On(ml.NewOneHotEncoder(), "dish"), ml.On(ml.NewStandardScaler(), "size")), pls(3, true))
	pred, err := ml.CrossValPredictRegressor(t.Context(), pipe, X, y, fiveFolds)
	require.NoError(t, err)
	closeTo(t, y, pred, 1e-12, "a sum of what the columns say")
	search := ml.NewRegressorSearchCV([]ml.RegressorCandidate{{Regressor: pipe}})
	search.CV = fiveFolds
	scores, err := ml.CrossValScoreRegressor(t.Context(), search, X, y, fiveFolds)
	require.NoError(t, err)
	for _, s := range scores {
		assert.InDelta(t, 1, s, 1e-12)
	}
	m, err := pipe.FitValues(t.Context(), X, y)
	require.NoError(t, err)
	assert.IsType(t, &ml.PLSRegressionModel{}, m.Regressor())
	numbers, err := m.Transform(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"dish_bread", "dish_fish", "dish_soup", "size"}, numbers.Names())
	_, err = ml.CrossValScoreRegressor(t.Context(), pls(1, true), X, y, fiveFolds)
	assert.EqualError(t, err, `ml: CrossValScoreRegressor: fold 1 of 5: column "dish" is text, which must be encoded as numbers, see OneHotEncoder and ColumnTransformer`)
}

func TestPipeWithARegressorRefuses(t *testing.T) {
	X, y := diabetes(t)
	for _, c := range []struct {
		name, want string
		pipe       ml.Pipeline
	}{
		{"Empty", "ml: Pipe: no steps, at least one is needed", ml.Pipe()},
		{"Classifier", "ml: Pipe: step 2 of 2: ml.SVC is not a Regressor", ml.Pipe(ml.NewStandardScaler(), ml.NewSVC())},
		{"Parameter", "ml: Pipe: step 2 of 2: PLSRegression: NComponents is 99, must be 1 to 10, the number of columns", ml.Pipe(ml.NewStandardScaler(), pls(99, true))},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.pipe.FitRegressor(t.Context(), X, y)
			assert.EqualError(t, err, c.want)
		})
	}
	_, err := ml.Pipe(pls(1, true)).FitClassifier(t.Context(), X, make([]int, 442))
	assert.EqualError(t, err, "ml: Pipe: step 1 of 1: ml.PLSRegression is not a Classifier")
	m, err := ml.Pipe(ml.NewStandardScaler(), pls(1, true)).FitRegressor(t.Context(), X, y)
	require.NoError(t, err)
	_, err = m.Predict(t.Context(), column(t, y))
	assert.EqualError(t, err, "ml: Pipe: step 1 of 2: StandardScaler: the matrix has 1 columns, the model was fitted on 10")
}

func TestPipeGivesTargetsToItsTransformers(t *testing.T) {
	// scikit-learn 1.2.1 fails here: PLSRegression.fit_transform returns a pair.
	X, y := dataSet(t, "wine")
	svc := ml.NewSVC()
	byHand := func(train, test []int) []int {
		var labels []int
		var values []float64
		for _, row := range train {
			labels, values = append(labels, y[row]), append(values, float64(y[row]))
		}
		p, err := ml.NewPLSRegression().Fit(t.Context(), X.Take(train), values)
		require.NoError(t, err)
		scores, err := p.Transform(X.Take(train))
		require.NoError(t, err)
		m, err := svc.Fit(t.Context(), scores, labels)
		require.NoError(t, err)
		scores, err = p.Transform(X.Take(test))
		require.NoError(t, err)
		pred, err := m.Predict(t.Context(), scores)
		require.NoError(t, err)
		return pred
	}
	folds, err := fiveFolds.Split(len(y), nil)
	require.NoError(t, err)
	want := make([]int, len(y))
	for _, f := range folds {
		for i, label := range byHand(f.Train, f.Test) {
			want[f.Test[i]] = label
		}
	}
	names := X.AsFrame().Names()
	for name, pipe := range map[string]ml.Pipeline{
		"Step":              ml.Pipe(ml.NewPLSRegression(), svc),
		"Pipeline":          ml.Pipe(ml.Pipe(ml.NewPLSRegression()), svc),
		"ColumnTransformer": ml.Pipe(ml.NewColumnTransformer(ml.On(ml.NewPLSRegression(), names...)), svc),
		"Both":              ml.Pipe(ml.NewColumnTransformer(ml.On(ml.Pipe(ml.NewPLSRegression()), names...)), svc),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ml.CrossValPredict(t.Context(), pipe, X, y, fiveFolds)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			got, err = ml.CrossValPredict(t.Context(), pipe, X.AsFrame(), y, fiveFolds)
			require.NoError(t, err)
			assert.Equal(t, want, got, "of a frame")
		})
	}
	values := ml.Targets{Labels: y}.AsValues()
	pred, err := ml.CrossValPredictRegressor(t.Context(), ml.Pipe(pls(2, true), pls(1, true)), X, values, fiveFolds)
	require.NoError(t, err, "a regressor's values serve as well")
	assert.Len(t, pred, len(y))
}

func TestSupervisedTransformersNeedTargets(t *testing.T) {
	X, y := dataSet(t, "iris")
	const want = "ml.PLSRegression learns from labels or values, so it must be in a pipeline that ends with a Classifier or a Regressor"
	_, err := ml.Pipe(ml.NewStandardScaler(), ml.NewPLSRegression()).FitTransformer(t.Context(), X)
	assert.EqualError(t, err, "ml: Pipe: step 2 of 2: "+want)
	columns := ml.NewColumnTransformer(ml.On(ml.NewPLSRegression(), "x0", "x1"))
	_, err = columns.Fit(t.Context(), X.AsFrame())
	assert.EqualError(t, err, "ml: ColumnTransformer: part 1 of 1: "+want)
	m, err := columns.FitSupervisedTransformer(t.Context(), X, ml.Targets{Labels: y})
	require.NoError(t, err)
	out, err := m.Transform(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"plsregression0", "plsregression1"}, out.Names())
	_, err = ml.Pipe(ml.NewPLSRegression(), ml.NewSVC()).Fit(t.Context(), X, y[:9])
	assert.EqualError(t, err, "ml: Pipe: step 1 of 2: PLSRegression: 9 values for 150 rows")
}

package ml

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// CVOption changes how cross-validation runs.
type CVOption func(*cvConfig)

type cvConfig struct {
	scorers  []Scorer
	unknown  []string // names that are no scorer's
	train    bool
	models   bool
	workers  int
	progress func(done, total int64)
}

// WithScorers judges by these instead of AccuracyScorer, or R2Scorer if a
// regressor is judged.
func WithScorers(scorers ...Scorer) CVOption {
	return func(c *cvConfig) { c.scorers, c.unknown = scorers, nil }
}

// WithTrainScores judges on the training rows as well.
func WithTrainScores() CVOption { return func(c *cvConfig) { c.train = true } }

// WithModels keeps the fitted models.
func WithModels() CVOption { return func(c *cvConfig) { c.models = true } }

// WithWorkers bounds the goroutines of the whole call: folds, candidates, and the
// trees within them share them. 0 means GOMAXPROCS. Results do not depend on it.
// Transforming a large matrix, which knows no context, takes GOMAXPROCS of its own.
func WithWorkers(n int) CVOption { return func(c *cvConfig) { c.workers = n } }

// WithProgress calls f after each fit with how many are done of how many. Calls
// come one at a time, from any goroutine.
func WithProgress(f func(done, total int64)) CVOption {
	return func(c *cvConfig) { c.progress = f }
}

func newCVConfig(kind cvKind, opts []CVOption) (*cvConfig, error) {
	c := &cvConfig{scorers: []Scorer{kind.usual}}
	for _, opt := range opts {
		opt(c)
	}
	var check paramCheck
	check.want(c.workers >= 0, "WithWorkers", c.workers, ">= 0 (0 means GOMAXPROCS)")
	for _, name := range c.unknown {
		check.want(false, "a name given to WithScoring", fmt.Sprintf("%q", name), "one of "+strings.Join(ScorerNames(), ", "))
	}
	seen := make(map[string]bool)
	for _, s := range c.scorers {
		check.want(kind.judges(s), "a scorer", fmt.Sprintf("%q", s.Name), kind.allowed)
		check.want(!seen[s.Name], "a scorer's name", fmt.Sprintf("%q twice", s.Name), "unique")
		seen[s.Name] = true
	}
	return c, check.err()
}

// CVResult is what CrossValidate found, fold by fold. Its fields are to be read
// only.
type CVResult struct {
	TestScores  map[string][]float64 // by scorer, one per fold
	TrainScores map[string][]float64 // the same on the training rows; nil without WithTrainScores
	FitTime     []time.Duration      // per fold
	ScoreTime   []time.Duration      // per fold, on the test rows

	Models          []ClassifierModel // per fold; nil without WithModels, and if a regressor was fitted
	RegressorModels []RegressorModel  // per fold; nil without WithModels, and if a classifier was fitted
}

// CrossValidate fits clf on the training rows of each fold and judges it on the
// test rows. X is a matrix, or a frame if clf takes one.
//
// Errors name the fold, the lowest one of several. It is also an error if a fold
// trains on a row it tests, or if a row does not exist.
func CrossValidate(ctx context.Context, clf Classifier, X Data, y []int, cv Splitter, opts ...CVOption) (*CVResult, error) {
	r, err := crossValidate(ctx, cvClassifier{clf}, X, labelTargets(y), cv, opts)
	return r, at("CrossValidate", err)
}

// CrossValScore returns CrossValidate's test scores by one scorer, AccuracyScorer
// unless told otherwise: one per fold.
func CrossValScore(ctx context.Context, clf Classifier, X Data, y []int, cv Splitter, opts ...CVOption) ([]float64, error) {
	scores, err := crossValScore(ctx, cvClassifier{clf}, X, labelTargets(y), cv, opts)
	return scores, at("CrossValScore", err)
}

func crossValScore(ctx context.Context, l cvLearner, X Data, y Targets, cv Splitter, opts []CVOption) ([]float64, error) {
	r, err := crossValidate(ctx, l, X, y, cv, opts)
	if err != nil {
		return nil, err
	}
	if len(r.TestScores) != 1 {
		return nil, errorf("%d scorers, one is needed; CrossValidate takes several", len(r.TestScores))
	}
	for _, scores := range r.TestScores {
		return scores, nil
	}
	return nil, nil
}

func crossValidate(ctx context.Context, l cvLearner, X Data, y Targets, cv Splitter, opts []CVOption) (*CVResult, error) {
	c, err := newCVConfig(l.kind(), opts)
	if err != nil {
		return nil, err
	}
	folds, err := foldsFor(X, y, cv)
	if err != nil {
		return nil, err
	}
	results, err := c.run(ctx, []cvJob{{learner: l, folds: folds}}, X, y)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// foldsFor divides and checks that no fold is tested on what it knows.
func foldsFor(X Data, y Targets, cv Splitter) ([]Fold, error) {
	if y.len() != X.NumRows() {
		return nil, errorf("%d %s for %d rows", y.len(), y.noun(), X.NumRows())
	}
	if cv == nil {
		return nil, errorf("there is no splitter, it is nil")
	}
	folds, err := cv.Split(X.NumRows(), y.Labels)
	if err != nil {
		return nil, err
	}
	for k, fold := range folds {
		if err := checkFold(fold, X.NumRows()); err != nil {
			return nil, at(foldName(k, len(folds)), err)
		}
	}
	return folds, nil
}

func checkFold(fold Fold, rows int) error {
	tested := make([]bool, rows)
	for _, row := range fold.Test {
		if row < 0 || row >= rows {
			return errorf("row %d is to be tested, there are %d rows", row, rows)
		}
		tested[row] = true
	}
	for _, row := range fold.Train {
		if row < 0 || row >= rows {
			return errorf("row %d is to be trained on, there are %d rows", row, rows)
		}
		if tested[row] {
			return errorf("row %d is both trained on and tested", row)
		}
	}
	return nil
}

// cvJob is one learner to cross-validate.
type cvJob struct {
	learner cvLearner
	folds   []Fold
	place   string // for errors; empty if there is one job
}

// run cross-validates all jobs, which have the same number of folds.
func (c *cvConfig) run(ctx context.Context, jobs []cvJob, X Data, y Targets) ([]*CVResult, error) {
	folds := len(jobs[0].folds)
	results, models := make([]*CVResult, len(jobs)), make([]cvModel, len(jobs)*folds)
	for i := range results {
		results[i] = c.newResult(folds)
	}
	done := newCounter(len(models), c.progress)
	err := forEach(withPool(ctx, c.workers), len(models), 0, func(ctx context.Context, i int) error {
		job, k := jobs[i/folds], i%folds
		model, err := c.fold(ctx, job.learner, X, y, job.folds[k], k, results[i/folds])
		if err != nil {
			err = at(foldName(k, folds), err)
			if job.place != "" {
				err = at(job.place, err)
			}
			return err
		}
		if c.models {
			models[i] = model
		}
		done.add()
		return nil
	})
	if err != nil {
		return nil, err
	}
	if c.models {
		for i, model := range models {
			model.keep(results[i/folds])
		}
	}
	return results, nil
}

func (c *cvConfig) newResult(folds int) *CVResult {
	r := &CVResult{
		TestScores: make(map[string][]float64), FitTime: make([]time.Duration, folds), ScoreTime: make([]time.Duration, folds),
	}
	if c.train {
		r.TrainScores = make(map[string][]float64)
	}
	for _, s := range c.scorers {
		r.TestScores[s.Name] = make([]float64, folds)
		if c.train {
			r.TrainScores[s.Name] = make([]float64, folds)
		}
	}
	return r
}

// fold fits and judges one fold, and writes at place k of the result.
func (c *cvConfig) fold(ctx context.Context, l cvLearner, X Data, y Targets, f Fold, k int, r *CVResult) (cvModel, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	trainX, trainY := X.takeRows(f.Train), y.take(f.Train)
	start := time.Now()
	model, err := l.fit(ctx, trainX, trainY)
	if err != nil {
		return nil, err
	}
	r.FitTime[k] = time.Since(start)
	testX, testY := X.takeRows(f.Test), y.take(f.Test)
	start = time.Now()
	if err := c.score(ctx, model, testX, testY, k, r.TestScores); err != nil {
		return nil, err
	}
	r.ScoreTime[k] = time.Since(start)
	if c.train {
		if err := c.score(ctx, model, trainX, trainY, k, r.TrainScores); err != nil {
			return nil, err
		}
	}
	return model, nil
}

func (c *cvConfig) score(ctx context.Context, model cvModel, X Data, y Targets, k int, scores map[string][]float64) error {
	judge := model.judge(X)
	for _, s := range c.scorers {
		score, err := judge(ctx, s, y)
		if err != nil {
			return at("scorer "+s.Name, err)
		}
		scores[s.Name][k] = score
	}
	return nil
}

// CrossValPredict predicts every row with a model that has not seen it: for each
// fold of cv it fits clf on the training rows and predicts the test rows. The
// result has one label per row of X, a matrix or a frame. Scorers and train scores
// have no effect.
//
// Errors name the fold. It is also an error if the folds do not test every row
// exactly once, if one trains on a row it tests, or if a row does not exist.
func CrossValPredict(ctx context.Context, clf Classifier, X Data, y []int, cv Splitter, opts ...CVOption) ([]int, error) {
	pred := make([]int, X.NumRows())
	if err := crossValPredict(ctx, cvClassifier{clf}, X, labelTargets(y), cv, opts, labelTargets(pred)); err != nil {
		return nil, at("CrossValPredict", err)
	}
	return pred, nil
}

// crossValPredict writes the predictions into pred.
func crossValPredict(ctx context.Context, l cvLearner, X Data, y Targets, cv Splitter, opts []CVOption, pred Targets) error {
	return crossApply(ctx, l, X, y, cv, opts, func(ctx context.Context, model cvModel, test Data, f Fold) error {
		of, err := model.predict(ctx, test)
		if err == nil {
			pred.put(f.Test, of)
		}
		return err
	})
}

// crossApply fits a model for each fold and hands it to use, with the rows to test.
func crossApply(ctx context.Context, l cvLearner, X Data, y Targets, cv Splitter, opts []CVOption,
	use func(ctx context.Context, model cvModel, test Data, f Fold) error,
) error {
	c, err := newCVConfig(l.kind(), opts)
	if err != nil {
		return err
	}
	folds, err := foldsFor(X, y, cv)
	if err != nil {
		return err
	}
	if err := checkPartition(folds, X.NumRows()); err != nil {
		return err
	}
	done := newCounter(len(folds), c.progress)
	return forEach(withPool(ctx, c.workers), len(folds), 0, func(ctx context.Context, k int) error {
		if err := applyFold(ctx, l, X, y, folds[k], use); err != nil {
			return at(foldName(k, len(folds)), err)
		}
		done.add()
		return nil
	})
}

func applyFold(ctx context.Context, l cvLearner, X Data, y Targets, f Fold, use func(ctx context.Context, model cvModel, test Data, f Fold) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	model, err := l.fit(ctx, X.takeRows(f.Train), y.take(f.Train))
	if err != nil {
		return err
	}
	return use(ctx, model, X.takeRows(f.Test), f)
}

// checkPartition makes sure that the result will be whole.
func checkPartition(folds []Fold, rows int) error {
	testedBy := make([]int, rows) // fold number from 1; 0 if none yet
	for k, fold := range folds {
		for _, row := range fold.Test {
			if testedBy[row] != 0 {
				return at(foldName(k, len(folds)), errorf("row %d is tested by fold %d already, every row must be tested once", row, testedBy[row]))
			}
			testedBy[row] = k + 1
		}
	}
	for row, k := range testedBy {
		if k == 0 {
			return errorf("no fold tests row %d, every row must be tested once", row)
		}
	}
	return nil
}

func foldName(k, folds int) string { return fmt.Sprintf("fold %d of %d", k+1, folds) }

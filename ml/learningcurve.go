package ml

import (
	"context"
	"fmt"
	"slices"
)

// LearningCurveResult tells how scores grow with the number of rows to learn from.
type LearningCurveResult struct {
	TrainSizes  []int       // ascending, distinct
	TrainScores [][]float64 // for each size, one per fold
	TestScores  [][]float64
}

// LearningCurve cross-validates clf on growing parts of the training rows: the
// first ones of each fold, as many as sizes say. A Share, which may be 1 here, is
// one of the rows that the first fold trains on; no sizes mean five from 0.1 to 1.
// It takes one scorer, AccuracyScorer unless told otherwise.
func LearningCurve(ctx context.Context, clf Classifier, X Data, y []int, cv Splitter, sizes []Size, opts ...CVOption) (*LearningCurveResult, error) {
	r, err := learningCurve(ctx, cvClassifier{clf}, X, labelTargets(y), cv, sizes, opts)
	return r, at("LearningCurve", err)
}

func learningCurve(ctx context.Context, l cvLearner, X Data, y Targets, cv Splitter, sizes []Size, opts []CVOption) (*LearningCurveResult, error) {
	c, err := newCVConfig(l.kind(), opts)
	if err != nil {
		return nil, err
	}
	if len(c.scorers) != 1 {
		return nil, errorf("%d scorers, one is needed", len(c.scorers))
	}
	c.train = true
	folds, err := foldsFor(X, y, cv)
	if err != nil {
		return nil, err
	}
	if len(folds) == 0 {
		return nil, errorf("no folds")
	}
	r := &LearningCurveResult{}
	if r.TrainSizes, err = trainSizes(sizes, len(folds[0].Train)); err != nil {
		return nil, err
	}
	var jobs []cvJob
	for _, n := range r.TrainSizes {
		jobs = append(jobs, cvJob{l, firstRows(folds, n), fmt.Sprintf("%d rows to train on", n)})
	}
	results, err := c.run(ctx, jobs, X, y)
	if err != nil {
		return nil, err
	}
	for _, result := range results {
		r.TrainScores = append(r.TrainScores, result.TrainScores[c.scorers[0].Name])
		r.TestScores = append(r.TestScores, result.TestScores[c.scorers[0].Name])
	}
	return r, nil
}

func firstRows(folds []Fold, n int) []Fold {
	out := slices.Clone(folds)
	for k := range out {
		out[k].Train = out[k].Train[:min(n, len(out[k].Train))]
	}
	return out
}

// trainSizes returns the numbers of rows that sizes stand for.
func trainSizes(sizes []Size, most int) ([]int, error) {
	if len(sizes) == 0 {
		sizes = []Size{Share(0.1), Share(0.325), Share(0.55), Share(0.775), Share(1)}
	}
	var c paramCheck
	var out []int
	for i, s := range sizes {
		n, name := s.rows, fmt.Sprintf("size %d", i)
		if s.by == byShare {
			c.want(s.share > 0 && s.share <= 1, name, s, "a share > 0 and <= 1")
			n = max(1, int(s.share*float64(most)))
		} else {
			c.want(n >= 1 && n <= most, name, s, fmt.Sprintf(">= 1 and <= %d, the rows to train on", most))
		}
		out = append(out, n)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

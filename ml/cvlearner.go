package ml

import "context"

// cvLearner is a Classifier or a Regressor as cross-validation sees it.
type cvLearner interface {
	kind() cvKind
	fit(ctx context.Context, X Data, y Targets) (cvModel, error)
}

// cvModel is what a cvLearner has fitted.
type cvModel interface {
	predict(ctx context.Context, X Data) (Targets, error)
	// judge returns what scores the model on some rows. Scorers share its predictions.
	judge(X Data) func(ctx context.Context, s Scorer, y Targets) (float64, error)
	keep(r *CVResult) // as the model of the next fold
}

// cvKind is what all classifiers, or all regressors, have in common.
type cvKind struct {
	usual   Scorer            // unless told otherwise
	judges  func(Scorer) bool // whether a scorer is for this kind
	allowed string            // which scorers are, for errors
}

type cvClassifier struct{ clf Classifier }

func (cvClassifier) kind() cvKind {
	return cvKind{AccuracyScorer(), func(s Scorer) bool { return s.labels != nil }, "made by ScorePredictions, ScoreRanking or ScoreProba"}
}

func (c cvClassifier) fit(ctx context.Context, X Data, y Targets) (cvModel, error) {
	model, err := fitData(ctx, c.clf, X, y.Labels)
	return cvClassifierModel{model}, err
}

type cvClassifierModel struct{ model ClassifierModel }

func (m cvClassifierModel) predict(ctx context.Context, X Data) (Targets, error) {
	labels, err := predictLabels(ctx, m.model, X)
	return labelTargets(labels), err
}

func (m cvClassifierModel) judge(X Data) func(ctx context.Context, s Scorer, y Targets) (float64, error) {
	p := &predictions{model: m.model, X: X}
	return func(ctx context.Context, s Scorer, y Targets) (float64, error) { return s.labels(ctx, p, y.Labels) }
}

func (m cvClassifierModel) keep(r *CVResult) { r.Models = append(r.Models, m.model) }

type cvRegressor struct{ r Regressor }

func (cvRegressor) kind() cvKind {
	return cvKind{R2Scorer(), func(s Scorer) bool { return s.values != nil }, "R2Scorer, another one for regressors, or made by ScoreValues"}
}

func (c cvRegressor) fit(ctx context.Context, X Data, y Targets) (cvModel, error) {
	model, err := fitRegressor(ctx, c.r, X, y.Values)
	return cvRegressorModel{model}, err
}

type cvRegressorModel struct{ model RegressorModel }

func (m cvRegressorModel) predict(ctx context.Context, X Data) (Targets, error) {
	values, err := predictValues(ctx, m.model, X)
	return valueTargets(values), err
}

func (m cvRegressorModel) judge(X Data) func(ctx context.Context, s Scorer, y Targets) (float64, error) {
	p := &valuePredictions{model: m.model, X: X}
	return func(ctx context.Context, s Scorer, y Targets) (float64, error) { return s.values(ctx, p, y.Values) }
}

func (m cvRegressorModel) keep(r *CVResult) { r.RegressorModels = append(r.RegressorModels, m.model) }

package ml

import (
	"context"
	"errors"
)

// Scorer judges a fitted model on rows it has not seen, that of a classifier or
// that of a regressor. More is better.
type Scorer struct {
	Name string

	// One of them, for the kind of model that it judges.
	labels func(ctx context.Context, model ClassifierModel, X Data, y []int) (float64, error)
	values func(ctx context.Context, model RegressorModel, X Data, y []float64) (float64, error)
}

// ScorePredictions makes a scorer of a metric that compares labels, such as
// Accuracy.
func ScorePredictions(name string, metric func(want, got []int) float64) Scorer {
	return Scorer{Name: name, labels: func(ctx context.Context, model ClassifierModel, X Data, y []int) (float64, error) {
		got, err := predictLabels(ctx, model, X)
		if err != nil {
			return 0, err
		}
		return metric(y, got), nil
	}}
}

// ScoreRanking makes a scorer of a metric for two classes that compares labels with
// one number per row, such as the area under the ROC curve: the decision value
// if the model has one, else the probability of the second class. As scikit-learn
// has it, y holds the labels as they are.
func ScoreRanking(name string, metric func(want []int, scores []float64) (float64, error)) Scorer {
	return Scorer{Name: name, labels: func(ctx context.Context, model ClassifierModel, X Data, y []int) (float64, error) {
		scores, err := rankingOf(ctx, model, X)
		if err != nil {
			return 0, err
		}
		return metric(y, scores)
	}}
}

// ScoreProba makes a scorer of a metric that compares labels with the
// probabilities of the classes, one column per class.
func ScoreProba(name string, metric func(want []int, proba *Matrix) (float64, error)) Scorer {
	return Scorer{Name: name, labels: func(ctx context.Context, model ClassifierModel, X Data, y []int) (float64, error) {
		proba, err := probaOf(ctx, model, X)
		if err != nil {
			return 0, err
		}
		return metric(y, proba)
	}}
}

// AccuracyScorer scores by Accuracy; cross-validation of classifiers uses it
// unless told otherwise.
func AccuracyScorer() Scorer { return ScorePredictions("accuracy", Accuracy) }

var (
	errNoProba    = errors.New("the model has no probabilities")
	errNoDecision = errors.New("the model has no decision values")
)

// dataValues is implemented by models that take frames as well.
type dataValues interface {
	proba(ctx context.Context, X Data) (*Matrix, error)
	decision(ctx context.Context, X Data) (*Matrix, error)
}

func probaOf(ctx context.Context, model ClassifierModel, X Data) (*Matrix, error) {
	if model, ok := model.(dataValues); ok {
		return model.proba(ctx, X)
	}
	p, ok := model.(ProbabilityModel)
	if !ok {
		return nil, at(typeName(model), errNoProba)
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	return p.PredictProba(ctx, m)
}

func decisionOf(ctx context.Context, model ClassifierModel, X Data) (*Matrix, error) {
	if model, ok := model.(dataValues); ok {
		return model.decision(ctx, X)
	}
	d, ok := model.(DecisionModel)
	if !ok {
		return nil, at(typeName(model), errNoDecision)
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	return d.Decision(ctx, m)
}

// rankingOf returns one number per row for a model of two classes.
func rankingOf(ctx context.Context, model ClassifierModel, X Data) ([]float64, error) {
	values, err := decisionOf(ctx, model, X)
	want, column := 1, 0
	if errors.Is(err, errNoDecision) {
		values, err = probaOf(ctx, model, X)
		want, column = 2, 1
	}
	if err != nil {
		return nil, err
	}
	if values.cols != want {
		return nil, errorf("%s does not tell two classes apart, which a ranking needs", typeName(model))
	}
	return values.Col(column), nil
}

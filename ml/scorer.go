package ml

import (
	"context"
	"errors"
)

// Scorer judges a fitted classifier on rows it has not seen. More is better.
type Scorer struct {
	Name string

	// One of them, for the kind of model that it judges.
	labels func(ctx context.Context, p *predictions, y []int) (float64, error)
	values func(ctx context.Context, p *valuePredictions, y []float64) (float64, error)
}

// ScorePredictions makes a scorer of a metric that compares labels, such as F1.
func ScorePredictions(name string, metric func(want, got []int) (float64, error)) Scorer {
	return Scorer{Name: name, labels: func(ctx context.Context, p *predictions, y []int) (float64, error) {
		got, err := p.labels(ctx)
		if err != nil {
			return 0, err
		}
		return metric(y, got)
	}}
}

// ScoreRanking makes a scorer of a metric for two classes that compares labels with
// one number per row, such as the area under the ROC curve: the decision value
// if the model has one, else the probability of the second class. As scikit-learn
// has it, y holds the labels as they are.
func ScoreRanking(name string, metric func(want []int, scores []float64) (float64, error)) Scorer {
	return Scorer{Name: name, labels: func(ctx context.Context, p *predictions, y []int) (float64, error) {
		scores, err := p.ranking(ctx)
		if err != nil {
			return 0, err
		}
		return metric(y, scores)
	}}
}

// ScoreProba makes a scorer of a metric that compares labels with the
// probabilities of the classes, one column per class.
func ScoreProba(name string, metric func(want []int, proba *Matrix) (float64, error)) Scorer {
	return Scorer{Name: name, labels: func(ctx context.Context, p *predictions, y []int) (float64, error) {
		proba, err := p.proba(ctx)
		if err != nil {
			return 0, err
		}
		return metric(y, proba)
	}}
}

// AccuracyScorer scores by Accuracy; cross-validation of classifiers uses it
// unless told otherwise.
func AccuracyScorer() Scorer {
	return ScorePredictions("accuracy", func(want, got []int) (float64, error) { return Accuracy(want, got), nil })
}

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

// predictions are what a model says of some rows. Scorers share them, so that it is
// asked once.
type predictions struct {
	model ClassifierModel
	X     Data

	got            []int
	shares, values *Matrix // probabilities and decision values
}

func (p *predictions) labels(ctx context.Context) (_ []int, err error) {
	if p.got == nil {
		p.got, err = predictLabels(ctx, p.model, p.X)
	}
	return p.got, err
}

func (p *predictions) proba(ctx context.Context) (_ *Matrix, err error) {
	if p.shares == nil {
		p.shares, err = probaOf(ctx, p.model, p.X)
	}
	return p.shares, err
}

func (p *predictions) decision(ctx context.Context) (_ *Matrix, err error) {
	if p.values == nil {
		p.values, err = decisionOf(ctx, p.model, p.X)
	}
	return p.values, err
}

// ranking returns one number per row for a model of two classes.
func (p *predictions) ranking(ctx context.Context) ([]float64, error) {
	values, err := p.decision(ctx)
	want, column := 1, 0
	if errors.Is(err, errNoDecision) {
		values, err = p.proba(ctx)
		want, column = 2, 1
	}
	if err != nil {
		return nil, err
	}
	if values.cols != want {
		return nil, errorf("%s does not tell two classes apart, which a ranking needs", typeName(p.model))
	}
	return values.Col(column), nil
}

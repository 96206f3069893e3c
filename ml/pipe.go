package ml

import (
	"context"
	"fmt"
)

// Step is a part of a Pipeline: a Transformer, or a Classifier in last place.
type Step any

// Pipeline sends the data through transformers and then to a classifier. Being
// a Classifier itself, it fits its transformers on the rows it is given and on
// no others, so that cross-validation never scales by rows it tests on.
type Pipeline struct{ steps []Step }

var _ Classifier = Pipeline{}

// Pipe chains the steps. Every step but the last must be a Transformer, the last
// one a Classifier; Fit reports the step that is not.
func Pipe(steps ...Step) Pipeline { return Pipeline{append([]Step(nil), steps...)} }

// Fit fits each transformer on the output of the one before it, then the
// classifier.
func (p Pipeline) Fit(ctx context.Context, X *Matrix, y []int) (*PipelineModel, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	m := &PipelineModel{}
	for i := range len(p.steps) - 1 {
		model, err := p.steps[i].(Transformer).FitTransformer(ctx, X)
		if err != nil {
			return nil, at(p.place(i), err)
		}
		if X, err = transform(model, X); err != nil {
			return nil, at(p.place(i), err)
		}
		m.transformers = append(m.transformers, model)
		m.places = append(m.places, p.place(i))
	}
	last := len(p.steps) - 1
	model, err := p.steps[last].(Classifier).FitClassifier(ctx, X, y)
	if err != nil {
		return nil, at(p.place(last), err)
	}
	m.classifier = model
	m.places = append(m.places, p.place(last))
	return m, nil
}

// FitClassifier is Fit.
func (p Pipeline) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := p.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (p Pipeline) check() error {
	if len(p.steps) == 0 {
		return errorf("Pipe: no steps, at least a Classifier is needed")
	}
	last := len(p.steps) - 1
	for i, step := range p.steps[:last] {
		if _, ok := step.(Transformer); !ok {
			return at(p.place(i), fmt.Errorf("%T is not a Transformer", step))
		}
	}
	if _, ok := p.steps[last].(Classifier); !ok {
		return at(p.place(last), fmt.Errorf("%T is not a Classifier", p.steps[last]))
	}
	return nil
}

func (p Pipeline) place(i int) string { return fmt.Sprintf("Pipe: step %d of %d", i+1, len(p.steps)) }

// PipelineModel is a fitted Pipeline.
type PipelineModel struct {
	transformers []TransformerModel
	classifier   ClassifierModel
	places       []string // of the steps, for errors
}

var _ ClassifierModel = (*PipelineModel)(nil)

// Predict sends X through the fitted transformers to the fitted classifier.
func (m *PipelineModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	var err error
	for i, t := range m.transformers {
		if X, err = transform(t, X); err != nil {
			return nil, at(m.places[i], err)
		}
	}
	y, err := m.classifier.Predict(ctx, X)
	return y, at(m.places[len(m.transformers)], err)
}

// Classifier returns the model of the last step, for what it knows beyond
// Predict.
func (m *PipelineModel) Classifier() ClassifierModel { return m.classifier }

func transform(t TransformerModel, X *Matrix) (*Matrix, error) {
	out, err := t.Transform(X)
	if err != nil {
		return nil, err
	}
	if out.rows != X.rows {
		return nil, errorf("%T made %d rows of %d", t, out.rows, X.rows)
	}
	return out, nil
}

package ml

import (
	"context"
	"fmt"
)

// Step is a part of a Pipeline: a Transformer or a SupervisedTransformer, or in
// last place a Classifier or a Regressor. Where the data is still a frame a step may
// also be a FrameMapper, such as SimpleImputer, which makes another one, or a
// FrameTransformer, such as ColumnTransformer, which makes numbers of it.
type Step any

// Pipeline sends the data through transformers and then to a classifier or a
// regressor. Being one itself, it fits its transformers on the rows it is given and
// on no others, so that cross-validation never scales by rows it tests on. A
// pipeline of transformers only is a Transformer.
type Pipeline struct{ steps []Step }

var (
	_ FrameClassifier       = Pipeline{}
	_ FrameRegressor        = Pipeline{}
	_ Transformer           = Pipeline{}
	_ SupervisedTransformer = Pipeline{}
	_ FrameTransformer      = Pipeline{}
	_ supervisedStep        = Pipeline{}
)

// Pipe chains the steps. Fit reports a step that does not fit its place.
func Pipe(steps ...Step) Pipeline { return Pipeline{append([]Step(nil), steps...)} }

// Fit fits each transformer on the output of the one before it, then the
// classifier. X is a matrix, or a frame: if the first step does not take frames,
// all its columns must be numbers.
func (p Pipeline) Fit(ctx context.Context, X Data, y []int) (*PipelineModel, error) {
	chain, numbers, err := p.fitTransformers(ctx, X, labelTargets(y), len(p.steps)-1)
	if err != nil {
		return nil, err
	}
	last := len(p.steps) - 1
	clf, ok := p.steps[last].(Classifier)
	if !ok {
		return nil, at(p.place(last), fmt.Errorf("%T is not a Classifier", p.steps[last]))
	}
	model, err := clf.FitClassifier(ctx, numbers, y)
	if err != nil {
		return nil, at(p.place(last), err)
	}
	return &PipelineModel{chain, model, p.place(last)}, nil
}

// FitClassifier is Fit.
func (p Pipeline) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := p.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// FitFrameClassifier is Fit.
func (p Pipeline) FitFrameClassifier(ctx context.Context, X *Frame, y []int) (FrameClassifierModel, error) {
	m, err := p.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// FitTransformer fits a pipeline of transformers.
func (p Pipeline) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	return p.fitAll(ctx, X, Targets{})
}

// FitSupervisedTransformer fits a pipeline of transformers, some of which learn from
// the targets.
func (p Pipeline) FitSupervisedTransformer(ctx context.Context, X *Matrix, y Targets) (TransformerModel, error) {
	return p.fitAll(ctx, X, y)
}

// FitFrameTransformer fits a pipeline of transformers.
func (p Pipeline) FitFrameTransformer(ctx context.Context, X *Frame) (FrameTransformerModel, error) {
	return p.fitAll(ctx, X, Targets{})
}

func (p Pipeline) fitAll(ctx context.Context, X Data, y Targets) (fittedStep, error) {
	chain, _, err := p.fitTransformers(ctx, X, y, len(p.steps))
	if err != nil {
		return nil, err
	}
	return chain, nil
}

// fitTransformers fits the first n steps and returns what they make of X. There may
// be no y.
func (p Pipeline) fitTransformers(ctx context.Context, X Data, y Targets, n int) (*transformChain, *Matrix, error) {
	if len(p.steps) == 0 {
		return nil, nil, errorf("Pipe: no steps, at least one is needed")
	}
	for i, step := range p.steps[:n] {
		if err := checkStep(step, y); err != nil {
			return nil, nil, at(p.place(i), err)
		}
	}
	chain := &transformChain{}
	for i, step := range p.steps[:n] {
		model, made, err := fitTransformStep(ctx, step, X, y)
		if err != nil {
			return nil, nil, at(p.place(i), err)
		}
		chain.models = append(chain.models, model)
		chain.places = append(chain.places, p.place(i))
		X = made
	}
	numbers, err := X.AsMatrix()
	if err != nil {
		return nil, nil, at("Pipe", err)
	}
	return chain, numbers, nil
}

func (p Pipeline) place(i int) string { return stepPlace(i, len(p.steps)) }

func stepPlace(i, n int) string { return fmt.Sprintf("Pipe: step %d of %d", i+1, n) }

// transformChain is a fitted pipeline of transformers.
type transformChain struct {
	models []any    // TransformerModels and FrameTransformerModels
	places []string // for errors
}

func (c *transformChain) apply(X Data) (*Matrix, error) {
	var err error
	for i, model := range c.models {
		if X, err = transformData(model, X); err != nil {
			return nil, at(c.places[i], err)
		}
	}
	return X.AsMatrix()
}

// Transform implements TransformerModel.
func (c *transformChain) Transform(X *Matrix) (*Matrix, error) { return c.apply(X) }

// TransformFrame implements FrameTransformerModel.
func (c *transformChain) TransformFrame(X *Frame) (*Matrix, error) { return c.apply(X) }

// PipelineModel is a fitted Pipeline.
type PipelineModel struct {
	transformers *transformChain
	classifier   ClassifierModel
	place        string // of the classifier, for errors
}

var (
	_ FrameClassifierModel = (*PipelineModel)(nil)
	_ ProbabilityModel     = (*PipelineModel)(nil)
	_ DecisionModel        = (*PipelineModel)(nil)
)

// Predict sends X through the fitted transformers to the fitted classifier.
func (m *PipelineModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	return m.predict(ctx, X)
}

// PredictFrame is Predict for a frame.
func (m *PipelineModel) PredictFrame(ctx context.Context, X *Frame) ([]int, error) {
	return m.predict(ctx, X)
}

func (m *PipelineModel) predict(ctx context.Context, X Data) ([]int, error) {
	numbers, err := m.transformers.apply(X)
	if err != nil {
		return nil, err
	}
	y, err := m.classifier.Predict(ctx, numbers)
	return y, at(m.place, err)
}

// Transform sends X, a matrix or a frame, through the fitted transformers only.
func (m *PipelineModel) Transform(X Data) (*Matrix, error) { return m.transformers.apply(X) }

// PredictProba returns the classifier's probabilities. It is an error if it has
// none.
func (m *PipelineModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	return m.proba(ctx, X)
}

// Decision returns the classifier's decision values. It is an error if it has none.
func (m *PipelineModel) Decision(ctx context.Context, X *Matrix) (*Matrix, error) {
	return m.decision(ctx, X)
}

func (m *PipelineModel) proba(ctx context.Context, X Data) (*Matrix, error) {
	numbers, err := m.transformers.apply(X)
	if err != nil {
		return nil, err
	}
	out, err := probaOf(ctx, m.classifier, numbers)
	return out, at(m.place, err)
}

func (m *PipelineModel) decision(ctx context.Context, X Data) (*Matrix, error) {
	numbers, err := m.transformers.apply(X)
	if err != nil {
		return nil, err
	}
	out, err := decisionOf(ctx, m.classifier, numbers)
	return out, at(m.place, err)
}

// Classifier returns the model of the last step, for what it knows beyond
// Predict.
func (m *PipelineModel) Classifier() ClassifierModel { return m.classifier }

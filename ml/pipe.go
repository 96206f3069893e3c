package ml

import (
	"context"
	"fmt"
)

// Step is a part of a Pipeline: a Transformer, or a Classifier in last place. The
// first step may be a FrameTransformer, such as ColumnTransformer.
type Step any

// Pipeline sends the data through transformers and then to a classifier. Being
// a Classifier itself, it fits its transformers on the rows it is given and on
// no others, so that cross-validation never scales by rows it tests on. A
// pipeline of transformers only is a Transformer.
type Pipeline struct{ steps []Step }

var (
	_ FrameClassifier  = Pipeline{}
	_ Transformer      = Pipeline{}
	_ FrameTransformer = Pipeline{}
)

// Pipe chains the steps. Fit reports a step that does not fit its place.
func Pipe(steps ...Step) Pipeline { return Pipeline{append([]Step(nil), steps...)} }

// Fit fits each transformer on the output of the one before it, then the
// classifier. X is a matrix, or a frame: if the first step does not take frames,
// all its columns must be numbers.
func (p Pipeline) Fit(ctx context.Context, X Data, y []int) (*PipelineModel, error) {
	chain, numbers, err := p.fitTransformers(ctx, X, len(p.steps)-1)
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
	m, _, err := p.fitTransformers(ctx, X, len(p.steps))
	if err != nil {
		return nil, err
	}
	return m, nil
}

// FitFrameTransformer fits a pipeline of transformers.
func (p Pipeline) FitFrameTransformer(ctx context.Context, X *Frame) (FrameTransformerModel, error) {
	m, _, err := p.fitTransformers(ctx, X, len(p.steps))
	if err != nil {
		return nil, err
	}
	return m, nil
}

// fitTransformers fits the first n steps and returns what they make of X.
func (p Pipeline) fitTransformers(ctx context.Context, X Data, n int) (*transformChain, *Matrix, error) {
	if len(p.steps) == 0 {
		return nil, nil, errorf("Pipe: no steps, at least a Classifier is needed")
	}
	for i, step := range p.steps[:n] {
		_, ok := step.(Transformer)
		if _, first := step.(FrameTransformer); !ok && !(first && i == 0) {
			return nil, nil, at(p.place(i), fmt.Errorf("%T is not a Transformer", step))
		}
	}
	chain := &transformChain{}
	for i, step := range p.steps[:n] {
		model, err := fitStep(ctx, step, X)
		if err != nil {
			return nil, nil, at(p.place(i), err)
		}
		chain.models = append(chain.models, model)
		chain.places = append(chain.places, p.place(i))
		if X, err = transformData(model, X); err != nil {
			return nil, nil, at(p.place(i), err)
		}
	}
	numbers, err := X.AsMatrix()
	if err != nil {
		return nil, nil, at("Pipe", err)
	}
	return chain, numbers, nil
}

func (p Pipeline) place(i int) string { return fmt.Sprintf("Pipe: step %d of %d", i+1, len(p.steps)) }

// fitStep returns a TransformerModel or a FrameTransformerModel.
func fitStep(ctx context.Context, step Step, X Data) (any, error) {
	frames, isFrames := step.(FrameTransformer)
	if frame, ok := X.(*Frame); ok && isFrames {
		return frames.FitFrameTransformer(ctx, frame)
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	if numbers, ok := step.(Transformer); ok {
		return numbers.FitTransformer(ctx, m)
	}
	return frames.FitFrameTransformer(ctx, m.AsFrame())
}

// transformData applies what fitStep returned.
func transformData(model any, X Data) (Data, error) {
	out, err := transformAny(model, X)
	if err != nil {
		return nil, err
	}
	if out.rows != X.NumRows() {
		return nil, errorf("%T made %d rows of %d", model, out.rows, X.NumRows())
	}
	return out, nil
}

func transformAny(model any, X Data) (*Matrix, error) {
	frames, isFrames := model.(FrameTransformerModel)
	if frame, ok := X.(*Frame); ok && isFrames {
		return frames.TransformFrame(frame)
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	if numbers, ok := model.(TransformerModel); ok {
		return numbers.Transform(m)
	}
	return frames.TransformFrame(m.AsFrame())
}

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

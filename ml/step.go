package ml

import (
	"context"
	"fmt"
)

// supervisedStep is a transformer of matrices and frames that hands the targets on
// to the transformers it is made of. There may be no targets.
type supervisedStep interface {
	fitAll(ctx context.Context, X Data, y Targets) (fittedStep, error)
}

// fittedStep is what a supervisedStep has fitted.
type fittedStep interface {
	TransformerModel
	FrameTransformerModel
}

// checkStep reports whether a step can be one of a pipeline's transformers.
func checkStep(step Step, y Targets) error {
	switch step.(type) {
	case Transformer, FrameTransformer, FrameMapper:
		return nil
	case SupervisedTransformer:
		if y.isNone() {
			return fmt.Errorf("%T learns from labels or values, so it must be in a pipeline that ends with a Classifier or a Regressor", step)
		}
		return nil
	}
	return fmt.Errorf("%T is not a Transformer", step)
}

// fitStep fits any kind of transformer and returns a TransformerModel, a
// FrameTransformerModel or a FrameMapperModel. It uses the targets, if there are some
// and the step can learn from them.
func fitStep(ctx context.Context, step Step, X Data, y Targets) (any, error) {
	if s, ok := step.(supervisedStep); ok {
		return s.fitAll(ctx, X, y)
	}
	if frame, ok := X.(*Frame); ok && takesFrames(step) {
		return fitOnFrame(ctx, step, frame)
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	if supervised, ok := step.(SupervisedTransformer); ok && !y.isNone() {
		return supervised.FitSupervisedTransformer(ctx, m, y)
	}
	if numbers, ok := step.(Transformer); ok {
		return numbers.FitTransformer(ctx, m)
	}
	return fitOnFrame(ctx, step, m.AsFrame())
}

// fitTransformer is a Transformer that knows, once it is fitted, what its model makes
// of the same rows, or has a better answer to that.
type fitTransformer interface {
	fitTransform(ctx context.Context, X *Matrix) (model any, made *Matrix, err error)
}

// fitTransformStep is fitStep and what the model makes of X.
func fitTransformStep(ctx context.Context, step Step, X Data, y Targets) (model any, made Data, err error) {
	if both, ok := step.(fitTransformer); ok {
		m, err := X.AsMatrix()
		if err != nil {
			return nil, nil, err
		}
		return both.fitTransform(ctx, m)
	}
	if model, err = fitStep(ctx, step, X, y); err != nil {
		return nil, nil, err
	}
	made, err = transformData(model, X)
	return model, made, err
}

func takesFrames(step Step) bool {
	switch step.(type) {
	case FrameTransformer, FrameMapper:
		return true
	}
	return false
}

func fitOnFrame(ctx context.Context, step Step, X *Frame) (any, error) {
	if mapper, ok := step.(FrameMapper); ok {
		return mapper.FitFrameMapper(ctx, X)
	}
	return step.(FrameTransformer).FitFrameTransformer(ctx, X)
}

// transformData applies what fitStep returned.
func transformData(model any, X Data) (Data, error) {
	out, err := transformAny(model, X)
	if err != nil {
		return nil, err
	}
	if out.NumRows() != X.NumRows() {
		return nil, errorf("%T made %d rows of %d", model, out.NumRows(), X.NumRows())
	}
	return out, nil
}

func transformAny(model any, X Data) (Data, error) {
	if frame, ok := X.(*Frame); ok && makesOfFrames(model) {
		return transformOnFrame(model, frame)
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	if numbers, ok := model.(TransformerModel); ok {
		return numbers.Transform(m)
	}
	return transformOnFrame(model, m.AsFrame())
}

func makesOfFrames(model any) bool {
	switch model.(type) {
	case FrameTransformerModel, FrameMapperModel:
		return true
	}
	return false
}

func transformOnFrame(model any, X *Frame) (Data, error) {
	if mapper, ok := model.(FrameMapperModel); ok {
		return mapper.MapFrame(X)
	}
	return model.(FrameTransformerModel).TransformFrame(X)
}

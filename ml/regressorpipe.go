package ml

import (
	"context"
	"fmt"
)

// FitValues is Fit for a pipeline that ends with a regressor.
func (p Pipeline) FitValues(ctx context.Context, X Data, y []float64) (*RegressorPipelineModel, error) {
	last := len(p.steps) - 1
	chain, numbers, err := p.fitTransformers(ctx, X, valueTargets(y), last)
	if err != nil {
		return nil, err
	}
	r, ok := p.steps[last].(Regressor)
	if !ok {
		return nil, at(p.place(last), fmt.Errorf("%T is not a Regressor", p.steps[last]))
	}
	model, err := r.FitRegressor(ctx, numbers, y)
	if err != nil {
		return nil, at(p.place(last), err)
	}
	return &RegressorPipelineModel{chain, model, p.place(last)}, nil
}

// FitRegressor is FitValues.
func (p Pipeline) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(p.FitValues(ctx, X, y))
}

// FitFrameRegressor is FitValues.
func (p Pipeline) FitFrameRegressor(ctx context.Context, X *Frame, y []float64) (FrameRegressorModel, error) {
	m, err := p.FitValues(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// RegressorPipelineModel is a fitted Pipeline that ends with a regressor.
type RegressorPipelineModel struct {
	transformers *transformChain
	regressor    RegressorModel
	place        string // of the regressor, for errors
}

var _ FrameRegressorModel = (*RegressorPipelineModel)(nil)

// Predict sends X through the fitted transformers to the fitted regressor.
func (m *RegressorPipelineModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	return m.predict(ctx, X)
}

// PredictFrame is Predict for a frame.
func (m *RegressorPipelineModel) PredictFrame(ctx context.Context, X *Frame) ([]float64, error) {
	return m.predict(ctx, X)
}

func (m *RegressorPipelineModel) predict(ctx context.Context, X Data) ([]float64, error) {
	numbers, err := m.transformers.apply(X)
	if err != nil {
		return nil, err
	}
	y, err := m.regressor.Predict(ctx, numbers)
	return y, at(m.place, err)
}

// Transform sends X, a matrix or a frame, through the fitted transformers only.
func (m *RegressorPipelineModel) Transform(X Data) (*Matrix, error) { return m.transformers.apply(X) }

// Regressor returns the model of the last step, for what it knows beyond Predict.
func (m *RegressorPipelineModel) Regressor() RegressorModel { return m.regressor }

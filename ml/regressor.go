package ml

import "context"

// Regressor learns to predict numbers. A learner may be a Classifier as well, as a
// Pipeline is: the methods differ in name. Its models are one or the other, so
// Predict is the verb of both, and the compiler tells labels from values.
type Regressor interface {
	// FitRegressor learns from the rows of X and their values: y[i] belongs to row
	// i. X and y are read only.
	FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error)
}

// RegressorModel is a fitted regressor, immutable and safe for concurrent use.
type RegressorModel interface {
	// Predict returns one value per row, in the unit of y. It is an error if X has
	// another number of columns than the model was fitted on.
	Predict(ctx context.Context, X *Matrix) ([]float64, error)
}

// FrameRegressor is a Regressor that learns from columns of text as well: a
// Pipeline that encodes them, or what is built around one.
type FrameRegressor interface {
	Regressor
	FitFrameRegressor(ctx context.Context, X *Frame, y []float64) (FrameRegressorModel, error)
}

// FrameRegressorModel is a fitted FrameRegressor.
type FrameRegressorModel interface {
	RegressorModel
	PredictFrame(ctx context.Context, X *Frame) ([]float64, error)
}

// fitRegressor fits r on a matrix, or on a frame if it can take one.
func fitRegressor(ctx context.Context, r Regressor, X Data, y []float64) (RegressorModel, error) {
	if r == nil {
		return nil, errorf("there is no regressor, it is nil")
	}
	if frame, ok := X.(*Frame); ok {
		if r, ok := r.(FrameRegressor); ok {
			return r.FitFrameRegressor(ctx, frame, y)
		}
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	return r.FitRegressor(ctx, m, y)
}

// predictValues is the counterpart of fitRegressor. It makes sure that every row
// has a value.
func predictValues(ctx context.Context, model RegressorModel, X Data) ([]float64, error) {
	values, err := predictWith(ctx, model, X)
	if err == nil && len(values) != X.NumRows() {
		err = errorf("%T predicted %d values for %d rows", model, len(values), X.NumRows())
	}
	return values, err
}

func predictWith(ctx context.Context, model RegressorModel, X Data) ([]float64, error) {
	if frame, ok := X.(*Frame); ok {
		if model, ok := model.(FrameRegressorModel); ok {
			return model.PredictFrame(ctx, frame)
		}
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	return model.Predict(ctx, m)
}

// asRegressor keeps a nil model from becoming an interface that is not nil.
func asRegressor[M RegressorModel](m M, err error) (RegressorModel, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

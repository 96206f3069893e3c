package ml

import "context"

// Classifier learns to predict labels. Learners in this package also have a Fit
// that returns their own model type.
type Classifier interface {
	// FitClassifier learns from the rows of X and their labels: y[i] ≥ 0 is the
	// class of row i. The codes need not be contiguous; the model predicts the
	// ones it has seen. X and y are read only.
	FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error)
}

// ClassifierModel is a fitted classifier, immutable and safe for concurrent use.
type ClassifierModel interface {
	// Predict returns one label per row. It is an error if X has another number of
	// columns than the model was fitted on.
	Predict(ctx context.Context, X *Matrix) ([]int, error)
}

// FrameClassifier is a Classifier that learns from columns of text as well: a
// Pipeline that encodes them, or what is built around one.
type FrameClassifier interface {
	Classifier
	FitFrameClassifier(ctx context.Context, X *Frame, y []int) (FrameClassifierModel, error)
}

// FrameClassifierModel is a fitted FrameClassifier.
type FrameClassifierModel interface {
	ClassifierModel
	PredictFrame(ctx context.Context, X *Frame) ([]int, error)
}

// ProbabilityModel is a fitted classifier that knows how sure it is.
type ProbabilityModel interface {
	// PredictProba returns one row per row of X and one column per class, in the
	// order of the sorted labels. Rows sum to 1.
	PredictProba(ctx context.Context, X *Matrix) (*Matrix, error)
}

// DecisionModel is a fitted classifier that gives values on a scale of its own.
type DecisionModel interface {
	// Decision returns one row per row of X: with two classes one column, positive
	// for the second one; with more one column per class.
	Decision(ctx context.Context, X *Matrix) (*Matrix, error)
}

// fitData fits clf on a matrix, or on a frame if it can take one.
func fitData(ctx context.Context, clf Classifier, X Data, y []int) (ClassifierModel, error) {
	if clf == nil {
		return nil, errorf("there is no classifier, it is nil")
	}
	if frame, ok := X.(*Frame); ok {
		if clf, ok := clf.(FrameClassifier); ok {
			return clf.FitFrameClassifier(ctx, frame, y)
		}
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	return clf.FitClassifier(ctx, m, y)
}

// predictLabels is predictData that makes sure that every row has a label.
func predictLabels(ctx context.Context, model ClassifierModel, X Data) ([]int, error) {
	labels, err := predictData(ctx, model, X)
	if err == nil && len(labels) != X.NumRows() {
		err = errorf("%T predicted %d labels for %d rows", model, len(labels), X.NumRows())
	}
	return labels, err
}

// predictData is the counterpart of fitData.
func predictData(ctx context.Context, model ClassifierModel, X Data) ([]int, error) {
	if frame, ok := X.(*Frame); ok {
		if model, ok := model.(FrameClassifierModel); ok {
			return model.PredictFrame(ctx, frame)
		}
	}
	m, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	return model.Predict(ctx, m)
}

// Transformer learns a change of the columns.
type Transformer interface {
	FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error)
}

// TransformerModel is a fitted transformer, immutable and safe for concurrent
// use.
type TransformerModel interface {
	// Transform returns a new matrix with as many rows as X.
	Transform(X *Matrix) (*Matrix, error)
}

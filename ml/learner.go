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

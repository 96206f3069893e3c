package ml

import "context"

// RandomForest averages decision trees that are each grown on a random sample of
// the rows and choose among random columns at every node (Breiman 2001). For the
// same Seed it grows the trees of scikit-learn's RandomForestClassifier, bit for
// bit, whatever the number of workers.
type RandomForest struct {
	TreeParams
	ForestParams
	ClassWeight ClassWeight
}

var _ Classifier = RandomForest{}

// NewRandomForest returns scikit-learn's defaults: 100 trees of any depth on
// bootstrapped rows, Gini, the square root of the columns, with Seed 0.
func NewRandomForest() RandomForest {
	return RandomForest{
		TreeParams:   TreeParams{Criterion: Gini, MinSamplesSplit: Rows(2), MinSamplesLeaf: Rows(1), MaxFeatures: SqrtFeatures},
		ForestParams: ForestParams{NEstimators: 100, Bootstrap: true},
	}
}

// Fit learns from the rows of X, labelled by y. Values are rounded to float32;
// one that is not finite, or is not after rounding, is an error. A single class
// is allowed. When ctx ends, the trees under way are dropped.
func (f RandomForest) Fit(ctx context.Context, X *Matrix, y []int) (*ForestModel, error) {
	return f.fit().run(ctx, X, y, nil, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative. Rows of
// weight 0 are left out. A weight of 2 is not the same as the row given twice:
// bootstraps draw from the rows as they are.
func (f RandomForest) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*ForestModel, error) {
	return f.fit().run(ctx, X, y, weights, nil)
}

// FitMore keeps the trees of a model of the same data, columns and classes, and grows
// those that NEstimators asks for beyond them: the forest that Fit would have grown,
// if the parameters are those of the model. It is scikit-learn's warm start. weights
// may be nil.
func (f RandomForest) FitMore(ctx context.Context, model *ForestModel, X *Matrix, y []int, weights []float64) (*ForestModel, error) {
	return f.fit().run(ctx, X, y, weights, model)
}

// FitClassifier is Fit.
func (f RandomForest) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	return asClassifier(f.Fit(ctx, X, y))
}

func (f RandomForest) fit() forestFit {
	return forestFit{name: "RandomForest", TreeParams: f.TreeParams, ForestParams: f.ForestParams, classWeight: f.ClassWeight}
}

// asClassifier keeps a nil model from becoming an interface that is not nil.
func asClassifier[M ClassifierModel](m M, err error) (ClassifierModel, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

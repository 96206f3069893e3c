package ml

import "context"

// ExtraTrees is a forest whose trees take, of each column they look at, one random
// threshold instead of the best (Geurts, Ernst and Wehenkel 2006). They are grown
// on all rows unless Bootstrap is set. For the same Seed it grows the trees of
// scikit-learn's ExtraTreesClassifier, bit for bit, whatever the number of workers.
type ExtraTrees struct {
	TreeParams
	ForestParams
	ClassWeight ClassWeight
}

var _ Classifier = ExtraTrees{}

// NewExtraTrees returns scikit-learn's defaults: 100 trees of any depth on all rows,
// Gini, the square root of the columns, with Seed 0.
func NewExtraTrees() ExtraTrees {
	f := NewRandomForest()
	f.Bootstrap = false
	return ExtraTrees(f)
}

// Fit learns from the rows of X, labelled by y, as RandomForest.Fit does.
func (f ExtraTrees) Fit(ctx context.Context, X *Matrix, y []int) (*ForestModel, error) {
	return f.fit().run(ctx, X, y, nil, nil)
}

// FitWeighted is Fit with a weight for each row, see RandomForest.FitWeighted.
func (f ExtraTrees) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*ForestModel, error) {
	return f.fit().run(ctx, X, y, weights, nil)
}

// FitMore adds trees to those of a model, see RandomForest.FitMore.
func (f ExtraTrees) FitMore(ctx context.Context, model *ForestModel, X *Matrix, y []int, weights []float64) (*ForestModel, error) {
	return f.fit().run(ctx, X, y, weights, model)
}

// FitClassifier is Fit.
func (f ExtraTrees) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	return asClassifier(f.Fit(ctx, X, y))
}

func (f ExtraTrees) fit() forestFit {
	return forestFit{name: "ExtraTrees", TreeParams: f.TreeParams, ForestParams: f.ForestParams, classWeight: f.ClassWeight, random: true}
}

package ml

import "context"

// RandomForestRegressor averages decision trees that each predict a number and are
// grown on a random sample of the rows (Breiman 2001). For the same Seed it grows
// the trees of scikit-learn's RandomForestRegressor, bit for bit, whatever the
// number of workers.
type RandomForestRegressor struct {
	TreeParams
	ForestParams
}

var _ Regressor = RandomForestRegressor{}

// NewRandomForestRegressor returns scikit-learn's defaults: 100 trees of any depth on
// bootstrapped rows, SquaredError, all columns, with Seed 0.
func NewRandomForestRegressor() RandomForestRegressor {
	return RandomForestRegressor{
		TreeParams:   TreeParams{Criterion: SquaredError, MinSamplesSplit: Rows(2), MinSamplesLeaf: Rows(1), MaxFeatures: AllFeatures},
		ForestParams: ForestParams{NEstimators: 100, Bootstrap: true},
	}
}

// Fit learns from the rows of X and their values. Those of X are rounded to float32;
// one that is not finite, or is not after rounding, is an error. When ctx ends, the
// trees under way are dropped.
func (f RandomForestRegressor) Fit(ctx context.Context, X *Matrix, y []float64) (*ForestRegressorModel, error) {
	return f.fit().runValues(ctx, X, y, nil, nil)
}

// FitWeighted is Fit with a weight for each row, see RandomForest.FitWeighted.
func (f RandomForestRegressor) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*ForestRegressorModel, error) {
	return f.fit().runValues(ctx, X, y, weights, nil)
}

// FitMore adds trees to those of a model, see RandomForest.FitMore.
func (f RandomForestRegressor) FitMore(ctx context.Context, model *ForestRegressorModel, X *Matrix, y, weights []float64) (*ForestRegressorModel, error) {
	return f.fit().runValues(ctx, X, y, weights, model)
}

// FitRegressor is Fit.
func (f RandomForestRegressor) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(f.Fit(ctx, X, y))
}

func (f RandomForestRegressor) fit() forestFit {
	return forestFit{name: "RandomForestRegressor", TreeParams: f.TreeParams, ForestParams: f.ForestParams}
}

// ExtraTreesRegressor is ExtraTrees for numbers: its trees take one random threshold
// of each column they look at (Geurts, Ernst and Wehenkel 2006). For the same Seed
// it grows the trees of scikit-learn's ExtraTreesRegressor, bit for bit.
type ExtraTreesRegressor struct {
	TreeParams
	ForestParams
}

var _ Regressor = ExtraTreesRegressor{}

// NewExtraTreesRegressor returns scikit-learn's defaults: 100 trees of any depth on
// all rows, SquaredError, all columns, with Seed 0.
func NewExtraTreesRegressor() ExtraTreesRegressor {
	f := NewRandomForestRegressor()
	f.Bootstrap = false
	return ExtraTreesRegressor(f)
}

// Fit learns from the rows of X and their values, as RandomForestRegressor.Fit does.
func (f ExtraTreesRegressor) Fit(ctx context.Context, X *Matrix, y []float64) (*ForestRegressorModel, error) {
	return f.fit().runValues(ctx, X, y, nil, nil)
}

// FitWeighted is Fit with a weight for each row, see RandomForest.FitWeighted.
func (f ExtraTreesRegressor) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*ForestRegressorModel, error) {
	return f.fit().runValues(ctx, X, y, weights, nil)
}

// FitMore adds trees to those of a model, see RandomForest.FitMore.
func (f ExtraTreesRegressor) FitMore(ctx context.Context, model *ForestRegressorModel, X *Matrix, y, weights []float64) (*ForestRegressorModel, error) {
	return f.fit().runValues(ctx, X, y, weights, model)
}

// FitRegressor is Fit.
func (f ExtraTreesRegressor) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(f.Fit(ctx, X, y))
}

func (f ExtraTreesRegressor) fit() forestFit {
	return forestFit{name: "ExtraTreesRegressor", TreeParams: f.TreeParams, ForestParams: f.ForestParams, random: true}
}

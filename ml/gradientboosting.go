package ml

import (
	"context"
	"fmt"
	"math"
)

// GradientBoostingParams is what GradientBoosting and GradientBoostingRegressor have
// besides the parameters of their trees.
type GradientBoostingParams struct {
	LearningRate float64 // factor for what a tree adds; at least 0
	NEstimators  int     // number of trees, with more than two classes of trees per class; at least 1
	Subsample    float64 // share of the rows, drawn without replacement, that the trees of an iteration learn from; above 0, at most 1
	ZeroStart    bool    // begin with the raw prediction 0, and not with the best constant

	NIterNoChange      int     // end after an iteration whose loss is not below one of that many before it; 0 means never
	ValidationFraction float64 // share of the rows held out to measure that loss; above 0 and below 1
	Tol                float64 // what the loss has to be below by; at least 0

	Seed    Seed // of numpy's RandomState
	Workers int  // trees of an iteration grown at a time; 0 means GOMAXPROCS, or what cross-validation leaves free

	// Progress, if it is not nil, is called after each iteration. The last call may come
	// before total.
	Progress func(done, total int64)
}

// GradientBoosting adds up small regression trees, each of which is fitted to the gradient
// of the log loss of those before it, with leaves by Newton's method (Friedman 2001). It
// sorts the rows of each node; for more than some ten thousand rows HistGradientBoosting
// is much faster.
//
// For the same Seed it grows the trees of scikit-learn's GradientBoostingClassifier, with
// values that agree but for the last digits, as the rows of a node of more than 2048 are
// added in whatever order is fastest. Those can decide between columns that split a node
// equally well; the rows fall apart alike by either. Not supported are the loss
// "exponential", a model as init, and warm start: a fit begins anew.
type GradientBoosting struct {
	TreeParams // Criterion is FriedmanMSE or SquaredError
	GradientBoostingParams
}

var _ Classifier = GradientBoosting{}

// NewGradientBoosting returns scikit-learn's defaults: LearningRate 0.1, 100 iterations,
// trees of depth 3 by FriedmanMSE on all rows and columns, no early stopping, with Seed 0.
func NewGradientBoosting() GradientBoosting {
	return GradientBoosting{
		TreeParams: TreeParams{
			Criterion: FriedmanMSE, MaxDepth: 3, MinSamplesSplit: Rows(2), MinSamplesLeaf: Rows(1), MaxFeatures: AllFeatures,
		},
		GradientBoostingParams: GradientBoostingParams{LearningRate: 0.1, NEstimators: 100, Subsample: 1, ValidationFraction: 0.1, Tol: 1e-4},
	}
}

// Fit learns from the rows of X, labelled by y. Values are rounded to float32; one that
// is not finite, or is not after rounding, is an error. It is an error if y has fewer than
// two classes (ErrOneClass), or if ctx ends.
func (g GradientBoosting) Fit(ctx context.Context, X *Matrix, y []int) (*GradientBoostingModel, error) {
	return g.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative.
func (g GradientBoosting) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*GradientBoostingModel, error) {
	m, err := g.fit(ctx, X, y, weights)
	return m, at(gradientLearner, err)
}

// FitClassifier is Fit.
func (g GradientBoosting) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	return asClassifier(g.Fit(ctx, X, y))
}

func (g GradientBoosting) fit(ctx context.Context, X *Matrix, y []int, weights []float64) (*GradientBoostingModel, error) {
	var c paramCheck
	g.GradientBoostingParams.check(&c, g.TreeParams)
	if err := c.err(); err != nil {
		return nil, err
	}
	set, err := newTrainingSet(X, y)
	if err != nil {
		return nil, err
	}
	if len(set.codes) < 2 {
		return nil, fmt.Errorf("%w: all %d labels are %d", ErrOneClass, len(y), set.codes[0])
	}
	t := gradientTraining{GradientBoostingParams: g.GradientBoostingParams, tree: g.TreeParams, stratify: set.class}
	t.loss = func(rows []int) gradientLoss { return newClassDeviance(takeRows(set.class, rows), len(set.codes)) }
	e, err := t.fit(ctx, X, weights)
	if err != nil {
		return nil, err
	}
	return &GradientBoostingModel{Codes: set.codes, GradientEnsemble: *e}, nil
}

// GradientBoostingRegressor is GradientBoosting for numbers: scikit-learn's
// GradientBoostingRegressor.
type GradientBoostingRegressor struct {
	TreeParams // Criterion is FriedmanMSE or SquaredError
	GradientBoostingParams
	Loss     Loss    // SquaredErrorLoss, AbsoluteErrorLoss, HuberLoss or QuantileLoss
	Quantile float64 // of QuantileLoss; with HuberLoss that of the distances up to which it is squared; above 0 and below 1
}

var _ Regressor = GradientBoostingRegressor{}

// NewGradientBoostingRegressor returns scikit-learn's defaults: SquaredErrorLoss, Quantile
// 0.9 if that is wanted, and those of NewGradientBoosting.
func NewGradientBoostingRegressor() GradientBoostingRegressor {
	g := NewGradientBoosting()
	return GradientBoostingRegressor{TreeParams: g.TreeParams, GradientBoostingParams: g.GradientBoostingParams, Quantile: 0.9}
}

// Fit learns from the rows of X and their values, see GradientBoosting.Fit.
func (g GradientBoostingRegressor) Fit(ctx context.Context, X *Matrix, y []float64) (*GradientBoostingRegressorModel, error) {
	return g.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative.
func (g GradientBoostingRegressor) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*GradientBoostingRegressorModel, error) {
	m, err := g.fit(ctx, X, y, weights)
	return m, at(gradientRegressor, err)
}

// FitRegressor is Fit.
func (g GradientBoostingRegressor) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(g.Fit(ctx, X, y))
}

func (g GradientBoostingRegressor) fit(ctx context.Context, X *Matrix, y, weights []float64) (*GradientBoostingRegressorModel, error) {
	var c paramCheck
	g.GradientBoostingParams.check(&c, g.TreeParams)
	c.want(g.Loss <= HuberLoss && g.Loss != PoissonLoss, "Loss", g.Loss, "SquaredErrorLoss, AbsoluteErrorLoss, HuberLoss or QuantileLoss")
	c.want(g.Loss != QuantileLoss && g.Loss != HuberLoss || g.Quantile > 0 && g.Quantile < 1, "Quantile", g.Quantile, "> 0 and < 1")
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	if err := checkValues(X, y); err != nil {
		return nil, err
	}
	t := gradientTraining{GradientBoostingParams: g.GradientBoostingParams, tree: g.TreeParams, values: y, loss: g.deviance(y)}
	e, err := t.fit(ctx, X, weights)
	if err != nil {
		return nil, err
	}
	return &GradientBoostingRegressorModel{GradientEnsemble: *e}, nil
}

// deviance returns what makes the loss of some rows.
func (g GradientBoostingRegressor) deviance(y []float64) func(rows []int) gradientLoss {
	if g.Loss == HuberLoss {
		limit := math.NaN()
		return func(rows []int) gradientLoss { return &huberDeviance{takeRows(y, rows), g.Quantile, &limit} }
	}
	quantile := g.Quantile
	if g.Loss == AbsoluteErrorLoss {
		quantile = 0.5
	}
	return func(rows []int) gradientLoss { return &valueDeviance{takeRows(y, rows), g.Loss, quantile} }
}

func (p GradientBoostingParams) check(c *paramCheck, tree TreeParams) {
	c.want(tree.Criterion == FriedmanMSE || tree.Criterion == SquaredError, "Criterion", tree.Criterion, "FriedmanMSE or SquaredError")
	tree.check(c)
	c.want(p.LearningRate >= 0 && isFinite(p.LearningRate), "LearningRate", p.LearningRate, "a finite number >= 0")
	c.want(p.NEstimators >= 1, "NEstimators", p.NEstimators, ">= 1")
	c.want(p.Subsample > 0 && p.Subsample <= 1, "Subsample", p.Subsample, "> 0 and <= 1")
	c.want(p.NIterNoChange >= 0, "NIterNoChange", p.NIterNoChange, ">= 0 (0 means no early stopping)")
	c.want(p.ValidationFraction > 0 && p.ValidationFraction < 1, "ValidationFraction", p.ValidationFraction, "> 0 and < 1")
	c.want(p.Tol >= 0 && isFinite(p.Tol), "Tol", p.Tol, "a finite number >= 0")
	c.want(p.Workers >= 0, "Workers", p.Workers, ">= 0 (0 means GOMAXPROCS)")
}

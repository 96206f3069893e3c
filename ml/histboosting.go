package ml

import (
	"context"
	"fmt"
	"math"
)

// HistBoostingParams is what HistGradientBoosting and HistGradientBoostingRegressor have
// in common. The constructors fill in scikit-learn's defaults.
type HistBoostingParams struct {
	LearningRate     float64 // factor for what a tree adds; above 0
	MaxIter          int     // number of trees, with more than two classes of trees per class; at least 1
	MaxLeafNodes     int     // of a tree, at least 2; 0 means no limit
	MaxDepth         int     // of a tree, the root being at depth 0; 0 means no limit
	MinSamplesLeaf   int     // no split leaves fewer rows on a side; at least 1
	L2Regularization float64 // added to the sums of second derivatives, which makes leaves smaller; at least 0
	MaxBins          int     // that a column is cut into, missing cells not counted; 2 to 255

	EarlyStopping      EarlyStopping // end before MaxIter once the loss does not decrease any more
	ValidationFraction Size          // rows that are held out to measure the loss; Size{} measures it on the training rows
	NIterNoChange      int           // iterations without progress after which to stop, at least 1
	Tol                float64       // what the loss has to decrease by to count as progress; at least 0

	Seed    Seed // of numpy's RandomState: for the rows held out, and for those that bins are found from if there are more than 200,000
	Workers int  // goroutines; 0 means GOMAXPROCS, or what cross-validation leaves free

	// Progress, if it is not nil, is called after each iteration. The last call may come
	// before total.
	Progress func(done, total int64)
}

// EarlyStopping says when boosting may end before MaxIter.
type EarlyStopping uint8

// The rules of scikit-learn.
const (
	EarlyStoppingAuto EarlyStopping = iota // with more than 10,000 rows
	EarlyStoppingOn                        // always
	EarlyStoppingOff                       // never
)

// String returns "auto", "on" or "off".
func (e EarlyStopping) String() string {
	if names := []string{"auto", "on", "off"}; int(e) < len(names) {
		return names[e]
	}
	return fmt.Sprintf("EarlyStopping(%d)", uint8(e))
}

// isOn is for a number of rows.
func (e EarlyStopping) isOn(rows int) bool {
	return e == EarlyStoppingOn || e == EarlyStoppingAuto && rows > 10_000
}

// HistGradientBoosting adds up small trees, each of which corrects the ones before it, by
// the gradient and the second derivative of the log loss (Friedman 2001; Chen and
// Guestrin 2016). Columns are cut into a few hundred bins first, which makes it the
// learner for many rows (Ke et al. 2017, LightGBM). Missing values (NaN) go to the side
// of a split where they fit better.
//
// It is scikit-learn's HistGradientBoostingClassifier: bins, splits and values are
// computed by the same rules in the same order. Sums of many float32 are added in the
// order that one thread has there; with more, scikit-learn's own last bits differ.
// Categorical columns, constraints of any kind, warm start, and other scorings than the loss are
// not supported.
type HistGradientBoosting struct {
	HistBoostingParams
	ClassWeight ClassWeight
}

var _ Classifier = HistGradientBoosting{}

// NewHistGradientBoosting returns scikit-learn's defaults: LearningRate 0.1, 100
// iterations, 31 leaves with at least 20 rows, 255 bins, EarlyStoppingAuto on a tenth of
// the rows, with Seed 0.
func NewHistGradientBoosting() HistGradientBoosting {
	return HistGradientBoosting{HistBoostingParams: defaultHistBoosting()}
}

func defaultHistBoosting() HistBoostingParams {
	return HistBoostingParams{
		LearningRate: 0.1, MaxIter: 100, MaxLeafNodes: 31, MinSamplesLeaf: 20, MaxBins: 255,
		ValidationFraction: Share(0.1), NIterNoChange: 10, Tol: 1e-7,
	}
}

// Fit learns from the rows of X, labelled by y. NaN is a missing value, infinities are
// values. It is an error if y has fewer than two classes (ErrOneClass), if early
// stopping cannot hold out rows of each class, or if ctx ends.
func (h HistGradientBoosting) Fit(ctx context.Context, X *Matrix, y []int) (*HistGradientBoostingModel, error) {
	return h.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its loss
// is multiplied by. MinSamplesLeaf counts rows whatever they weigh.
func (h HistGradientBoosting) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*HistGradientBoostingModel, error) {
	m, err := h.fit(ctx, X, y, weights)
	return m, at("HistGradientBoosting", err)
}

// FitClassifier is Fit.
func (h HistGradientBoosting) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	return asClassifier(h.Fit(ctx, X, y))
}

func (h HistGradientBoosting) fit(ctx context.Context, X *Matrix, y []int, weights []float64) (*HistGradientBoostingModel, error) {
	var c paramCheck
	h.check(&c)
	h.ClassWeight.check(&c)
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
	if weights, err = h.ClassWeight.ofRows(set, weights); err != nil {
		return nil, err
	}
	t := histTraining{HistBoostingParams: h.HistBoostingParams, weights: weights, stratify: set.class}
	t.loss = func(rows []int) boostLoss { return newClassLoss(takeRows(set.class, rows), len(set.codes)) }
	raw, err := t.fit(ctx, X)
	if err != nil {
		return nil, err
	}
	m := &HistGradientBoostingModel{Codes: set.codes, HistEnsemble: raw}
	return m, nil
}

// HistGradientBoostingRegressor is HistGradientBoosting for numbers: scikit-learn's
// HistGradientBoostingRegressor.
type HistGradientBoostingRegressor struct {
	HistBoostingParams
	Loss     Loss
	Quantile float64 // of QuantileLoss, above 0 and below 1
}

var _ Regressor = HistGradientBoostingRegressor{}

// NewHistGradientBoostingRegressor returns scikit-learn's defaults: SquaredErrorLoss,
// and those of NewHistGradientBoosting.
func NewHistGradientBoostingRegressor() HistGradientBoostingRegressor {
	return HistGradientBoostingRegressor{HistBoostingParams: defaultHistBoosting()}
}

// Fit learns from the rows of X and their values. NaN in X is a missing value,
// infinities are values.
func (h HistGradientBoostingRegressor) Fit(ctx context.Context, X *Matrix, y []float64) (*HistGradientBoostingRegressorModel, error) {
	return h.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, see HistGradientBoosting.FitWeighted.
func (h HistGradientBoostingRegressor) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*HistGradientBoostingRegressorModel, error) {
	m, err := h.fit(ctx, X, y, weights)
	return m, at("HistGradientBoostingRegressor", err)
}

// FitRegressor is Fit.
func (h HistGradientBoostingRegressor) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(h.Fit(ctx, X, y))
}

func (h HistGradientBoostingRegressor) fit(ctx context.Context, X *Matrix, y, weights []float64) (*HistGradientBoostingRegressorModel, error) {
	var c paramCheck
	h.check(&c)
	c.want(h.Loss <= QuantileLoss, "Loss", h.Loss, "SquaredErrorLoss, AbsoluteErrorLoss, PoissonLoss or QuantileLoss")
	c.want(h.Loss != QuantileLoss || h.Quantile > 0 && h.Quantile < 1, "Quantile", h.Quantile, "> 0 and < 1")
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	if err := checkValues(X, y); err != nil {
		return nil, err
	}
	if h.Loss == PoissonLoss {
		if err := checkCounts(y); err != nil {
			return nil, err
		}
	}
	if err := checkWeights(weights, X.rows); err != nil {
		return nil, err
	}
	t := histTraining{HistBoostingParams: h.HistBoostingParams, weights: weights}
	t.loss = func(rows []int) boostLoss { return newRegressionLoss(h.Loss, h.Quantile, takeRows(y, rows)) }
	raw, err := t.fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return &HistGradientBoostingRegressorModel{Loss: h.Loss, HistEnsemble: raw}, nil
}

// takeRows takes all rows if rows is nil.
func takeRows[T any](values []T, rows []int) []T {
	if rows == nil || values == nil {
		return values
	}
	return takeFrom(values, rows)
}

func (p HistBoostingParams) check(c *paramCheck) {
	c.want(p.LearningRate > 0 && isFinite(p.LearningRate), "LearningRate", p.LearningRate, "a finite number > 0")
	c.want(p.MaxIter >= 1, "MaxIter", p.MaxIter, ">= 1")
	c.want(p.MaxLeafNodes == 0 || p.MaxLeafNodes >= 2, "MaxLeafNodes", p.MaxLeafNodes, "0 (no limit) or >= 2")
	c.want(p.MaxDepth >= 0, "MaxDepth", p.MaxDepth, ">= 0 (0 means no limit)")
	c.want(p.MinSamplesLeaf >= 1, "MinSamplesLeaf", p.MinSamplesLeaf, ">= 1")
	c.want(p.L2Regularization >= 0 && isFinite(p.L2Regularization), "L2Regularization", p.L2Regularization, "a finite number >= 0")
	c.want(p.MaxBins >= 2 && p.MaxBins < histBins, "MaxBins", p.MaxBins, ">= 2 and <= 255")
	c.want(p.EarlyStopping <= EarlyStoppingOff, "EarlyStopping", p.EarlyStopping, "EarlyStoppingAuto, EarlyStoppingOn or EarlyStoppingOff")
	s := p.ValidationFraction
	c.want(s.by == byDefault || s.by == byShare && s.share > 0 && s.share < 1 || s.by == byRows && s.rows >= 1,
		"ValidationFraction", s, "Rows(1) or more, a Share > 0 and < 1, or Size{}")
	c.want(p.NIterNoChange >= 1, "NIterNoChange", p.NIterNoChange, ">= 1")
	c.want(p.Tol >= 0 && isFinite(p.Tol), "Tol", p.Tol, "a finite number >= 0")
	c.want(p.Workers >= 0, "Workers", p.Workers, ">= 0 (0 means GOMAXPROCS)")
}

// orNoLimit is for parameters of which 0 means no limit.
func orNoLimit(n int) int {
	if n == 0 {
		return math.MaxInt
	}
	return n
}

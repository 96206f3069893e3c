package ml

import (
	"context"
	"iter"
	"math"
)

// HistGradientBoostingModel is a fitted HistGradientBoosting. Its fields are to be read
// only.
type HistGradientBoostingModel struct {
	Codes []int // the labels seen, sorted; class c has label Codes[c]
	HistEnsemble
}

var (
	_ ClassifierModel  = (*HistGradientBoostingModel)(nil)
	_ ProbabilityModel = (*HistGradientBoostingModel)(nil)
	_ DecisionModel    = (*HistGradientBoostingModel)(nil)
)

const histLearner = "HistGradientBoosting"

// Decision returns the sums of Start and of the leaves that the rows of X end in. With
// two classes that is one column, the log odds of the second one; with more it is one
// per class, whose exponentials are as the probabilities.
func (m *HistGradientBoostingModel) Decision(ctx context.Context, X *Matrix) (*Matrix, error) {
	raw, err := m.serving.decide(ctx, X)
	return raw, at(histLearner, err)
}

// PredictProba returns one row per row of X and one column per class.
func (m *HistGradientBoostingModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	raw, err := m.Decision(ctx, X)
	if err != nil {
		return nil, err
	}
	return boostedProba(raw), nil
}

// boostedProba turns decision values into probabilities.
func boostedProba(raw *Matrix) *Matrix {
	out := newMatrix(raw.rows, max(2, raw.cols), nil)
	row := make([]float64, out.cols)
	for i := range raw.rows {
		for k := range raw.cols {
			row[k] = raw.data[k*raw.rows+i]
		}
		rawToProba(row)
		for c, p := range row {
			out.data[c*raw.rows+i] = p
		}
	}
	return out
}

// rawToProba turns one decision value for two classes, or one per class, into
// probabilities. There is a place for each class.
func rawToProba(row []float64) {
	if len(row) == 2 {
		row[1] = logistic(row[0])
		row[0] = 1 - row[1]
		return
	}
	most := row[argmax(row)]
	for c, v := range row {
		row[c] = math.Exp(v - most)
	}
	toShares(row)
}

// Predict returns the label with the largest probability, the lowest one of several.
func (m *HistGradientBoostingModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	raw, err := m.Decision(ctx, X)
	if err != nil {
		return nil, err
	}
	return boostedLabels(raw, m.Codes), nil
}

// boostedLabels compares probabilities, as scikit-learn does: those of two classes can
// both be ½ where the decision value is not quite 0.
func boostedLabels(raw *Matrix, codes []int) []int {
	proba := boostedProba(raw)
	y, row := make([]int, raw.rows), make([]float64, 0, len(codes))
	for i := range y {
		row = proba.Row(row, i)
		y[i] = codes[argmax(row)]
	}
	return y
}

// Predict1 is Predict for one row. It does not allocate if the model has at most
// 128 columns and 32 classes.
func (m *HistGradientBoostingModel) Predict1(row []float64) (int, error) {
	var buffer [32]float64
	proba := grow(buffer[:0], len(m.Codes))
	if err := m.PredictProba1(row, proba); err != nil {
		return 0, err
	}
	return m.Codes[argmax(proba)], nil
}

// PredictProba1 is PredictProba for one row: it sets dst, which must be as long as
// Codes. It does not allocate if the model has at most 128 columns.
func (m *HistGradientBoostingModel) PredictProba1(row, dst []float64) error {
	if len(dst) != len(m.Codes) {
		return at(histLearner, errorf("%d places for the probabilities of %d classes", len(dst), len(m.Codes)))
	}
	if err := m.serving.decide1(row, dst[:len(m.Start)]); err != nil {
		return at(histLearner, err)
	}
	rawToProba(dst)
	return nil
}

// StagedDecision yields what Decision returns after one iteration, after two, and so on.
// An error is the last that it yields.
func (m *HistGradientBoostingModel) StagedDecision(ctx context.Context, X *Matrix) iter.Seq2[*Matrix, error] {
	return m.staged(ctx, X, histLearner)
}

// StagedPredictProba is StagedDecision for PredictProba.
func (m *HistGradientBoostingModel) StagedPredictProba(ctx context.Context, X *Matrix) iter.Seq2[*Matrix, error] {
	return eachStage(m.staged(ctx, X, histLearner), boostedProba)
}

// StagedPredict is StagedDecision for Predict.
func (m *HistGradientBoostingModel) StagedPredict(ctx context.Context, X *Matrix) iter.Seq2[[]int, error] {
	return eachStage(m.staged(ctx, X, histLearner), func(raw *Matrix) []int { return boostedLabels(raw, m.Codes) })
}

// eachStage applies f to what stages yield.
func eachStage[T any](stages iter.Seq2[*Matrix, error], f func(raw *Matrix) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for raw, err := range stages {
			var v T
			if err == nil {
				v = f(raw)
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

// HistGradientBoostingRegressorModel is a fitted HistGradientBoostingRegressor. Its
// fields are to be read only.
type HistGradientBoostingRegressorModel struct {
	Loss Loss
	HistEnsemble
}

var _ RegressorModel = (*HistGradientBoostingRegressorModel)(nil)

const histRegressor = "HistGradientBoostingRegressor"

// Predict returns for each row of X the sum of Start and of the leaves it ends in; with
// PoissonLoss its exponential.
func (m *HistGradientBoostingRegressorModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	raw, err := m.serving.decide(ctx, X)
	if err != nil {
		return nil, at(histRegressor, err)
	}
	return m.values(raw), nil
}

func (m *HistGradientBoostingRegressorModel) values(raw *Matrix) []float64 {
	y := raw.Col(0)
	for i, v := range y {
		y[i] = m.value(v)
	}
	return y
}

func (m *HistGradientBoostingRegressorModel) value(raw float64) float64 {
	if m.Loss == PoissonLoss {
		return math.Exp(raw)
	}
	return raw
}

// Predict1 is Predict for one row. It does not allocate if the model has at most
// 128 columns.
func (m *HistGradientBoostingRegressorModel) Predict1(row []float64) (float64, error) {
	var raw [1]float64
	if err := m.serving.decide1(row, raw[:]); err != nil {
		return 0, at(histRegressor, err)
	}
	return m.value(raw[0]), nil
}

// StagedPredict yields what Predict returns after one iteration, after two, and so on. An
// error is the last that it yields.
func (m *HistGradientBoostingRegressorModel) StagedPredict(ctx context.Context, X *Matrix) iter.Seq2[[]float64, error] {
	return eachStage(m.staged(ctx, X, histRegressor), m.values)
}

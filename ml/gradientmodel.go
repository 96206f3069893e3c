package ml

import (
	"context"
	"iter"
)

// GradientEnsemble is what the models of GradientBoosting and its regressor have in
// common. Its fields are to be read only.
type GradientEnsemble struct {
	// Trees has one slice per iteration, of one tree, or with more than two classes one
	// per class. The value of a leaf is what it adds, before LearningRate.
	Trees        [][]*Tree
	LearningRate float64

	// Start is the raw prediction before the first tree, one per tree of an iteration.
	Start []float64

	// TrainLoss is the mean loss after each iteration, of the rows its trees learnt from:
	// for two classes −2·log of the probability of a row's class, for more −log of it.
	TrainLoss []float64

	OOBImprovement []float64 // by how much each iteration lowered the loss of the rows not drawn; nil without Subsample
	ValidationLoss []float64 // after each iteration, of the rows held out; nil without NIterNoChange

	columns columnSet
	serving []*serving // per output
}

// serve prepares the trees for predicting.
func (e *GradientEnsemble) serve() {
	e.serving = nil
	for k := range e.Start {
		trees := make([]*Tree, len(e.Trees))
		for i, stage := range e.Trees {
			trees[i] = stage[k]
		}
		s := &serving{classes: 1, columns: e.columns, features: e.columns.count, pure: make([]uint32, 1)}
		s.layOutAll(trees, func(t *Tree, node int, dst []float64) { dst[0] = float64(e.LearningRate * t.Value[node]) })
		e.serving = append(e.serving, s)
	}
}

// Iterations returns how many there were, at most NEstimators.
func (e *GradientEnsemble) Iterations() int { return len(e.Trees) }

// all returns the trees one iteration after the other.
func (e *GradientEnsemble) all() []*Tree {
	var trees []*Tree
	for _, stage := range e.Trees {
		trees = append(trees, stage...)
	}
	return trees
}

// Importances returns the importance of each column: the decrease of the squared error
// that its splits bring, averaged over the trees that have splits. They sum to 1, or are
// 0 if there is no split.
func (e *GradientEnsemble) Importances() []float64 {
	return meanImportances(e.all(), e.columns.count, (*Tree).gains)
}

// decide returns the raw predictions of the rows of X, one column per output.
func (e *GradientEnsemble) decide(ctx context.Context, X *Matrix) (*Matrix, error) {
	out := newMatrix(X.rows, len(e.Start), nil)
	err := e.serving[0].eachBlock(ctx, X, func(start int, keys []uint32, raw []float64) {
		for k, s := range e.serving {
			for i := range raw {
				raw[i] = e.Start[k]
			}
			s.sum(keys, raw)
			copy(out.Col(k)[start:], raw)
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// decide1 sets raw to the raw predictions of a row.
func (e *GradientEnsemble) decide1(row, raw []float64) error {
	copy(raw, e.Start)
	for k, s := range e.serving {
		if err := s.sum1(row, raw[k:k+1]); err != nil {
			return err
		}
	}
	return nil
}

// staged yields the raw predictions after each iteration.
func (e *GradientEnsemble) staged(ctx context.Context, X *Matrix, learner string) iter.Seq2[*Matrix, error] {
	return func(yield func(*Matrix, error) bool) {
		raw := newMatrix(X.rows, len(e.Start), nil)
		for k, v := range e.Start {
			for i := range raw.Col(k) {
				raw.Col(k)[i] = v
			}
		}
		for _, trees := range e.Trees {
			err := eachPath(ctx, X, e.columns, func(row int, x []float32) {
				for k, t := range trees {
					raw.data[k*X.rows+row] += float64(e.LearningRate * t.Value[t.leaf(x)])
				}
			})
			if err != nil {
				yield(nil, at(learner, err))
				return
			}
			if !yield(raw.Take(upTo(0, X.rows)), nil) {
				return
			}
		}
	}
}

// apply returns the leaves of each row.
func (e *GradientEnsemble) apply(ctx context.Context, X *Matrix) ([][]int32, error) {
	return applyTrees(ctx, e.all(), X, e.columns)
}

// GradientBoostingModel is a fitted GradientBoosting. Its fields are to be read only.
type GradientBoostingModel struct {
	Codes []int // the labels seen, sorted; class c has label Codes[c]
	GradientEnsemble
}

var (
	_ ClassifierModel  = (*GradientBoostingModel)(nil)
	_ ProbabilityModel = (*GradientBoostingModel)(nil)
	_ DecisionModel    = (*GradientBoostingModel)(nil)
)

const gradientLearner = "GradientBoosting"

// Decision returns the raw predictions: with two classes one column, the log odds of the
// second one; with more one per class, whose exponentials are as the probabilities.
func (m *GradientBoostingModel) Decision(ctx context.Context, X *Matrix) (*Matrix, error) {
	raw, err := m.decide(ctx, X)
	return raw, at(gradientLearner, err)
}

// PredictProba returns one row per row of X and one column per class.
func (m *GradientBoostingModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	raw, err := m.Decision(ctx, X)
	if err != nil {
		return nil, err
	}
	return boostedProba(raw), nil
}

// Predict returns the label with the largest probability, the lowest one of several.
func (m *GradientBoostingModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	raw, err := m.Decision(ctx, X)
	if err != nil {
		return nil, err
	}
	return boostedLabels(raw, m.Codes), nil
}

// Predict1 is Predict for one row. It does not allocate if the model has at most 128
// columns and 32 classes.
func (m *GradientBoostingModel) Predict1(row []float64) (int, error) {
	var buffer [32]float64
	proba := grow(buffer[:0], len(m.Codes))
	if err := m.PredictProba1(row, proba); err != nil {
		return 0, err
	}
	return m.Codes[argmax(proba)], nil
}

// PredictProba1 is PredictProba for one row: it sets dst, which must be as long as
// Codes. It does not allocate if the model has at most 128 columns.
func (m *GradientBoostingModel) PredictProba1(row, dst []float64) error {
	if len(dst) != len(m.Codes) {
		return at(gradientLearner, errorf("%d places for the probabilities of %d classes", len(dst), len(m.Codes)))
	}
	if err := m.decide1(row, dst[:len(m.Start)]); err != nil {
		return at(gradientLearner, err)
	}
	rawToProba(dst)
	return nil
}

// StagedDecision yields what Decision returns after one iteration, after two, and so on.
// An error is the last that it yields.
func (m *GradientBoostingModel) StagedDecision(ctx context.Context, X *Matrix) iter.Seq2[*Matrix, error] {
	return m.staged(ctx, X, gradientLearner)
}

// StagedPredictProba is StagedDecision for PredictProba.
func (m *GradientBoostingModel) StagedPredictProba(ctx context.Context, X *Matrix) iter.Seq2[*Matrix, error] {
	return eachStage(m.staged(ctx, X, gradientLearner), boostedProba)
}

// StagedPredict is StagedDecision for Predict.
func (m *GradientBoostingModel) StagedPredict(ctx context.Context, X *Matrix) iter.Seq2[[]int, error] {
	return eachStage(m.staged(ctx, X, gradientLearner), func(raw *Matrix) []int { return boostedLabels(raw, m.Codes) })
}

// Apply returns the leaf that each row of X ends in: for row i, iteration t and class k it
// is leaves[i][t·K+k], K being the number of trees of an iteration.
func (m *GradientBoostingModel) Apply(ctx context.Context, X *Matrix) (leaves [][]int32, err error) {
	leaves, err = m.apply(ctx, X)
	return leaves, at(gradientLearner, err)
}

// GradientBoostingRegressorModel is a fitted GradientBoostingRegressor. Its fields are to
// be read only.
type GradientBoostingRegressorModel struct{ GradientEnsemble }

var _ RegressorModel = (*GradientBoostingRegressorModel)(nil)

const gradientRegressor = "GradientBoostingRegressor"

// Predict returns for each row of X the sum of Start and of the leaves it ends in, times
// LearningRate.
func (m *GradientBoostingRegressorModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	raw, err := m.decide(ctx, X)
	if err != nil {
		return nil, at(gradientRegressor, err)
	}
	return raw.Col(0), nil
}

// Predict1 is Predict for one row. It does not allocate if the model has at most 128
// columns.
func (m *GradientBoostingRegressorModel) Predict1(row []float64) (float64, error) {
	var raw [1]float64
	err := m.decide1(row, raw[:])
	return raw[0], at(gradientRegressor, err)
}

// StagedPredict yields what Predict returns after one iteration, after two, and so on. An
// error is the last that it yields.
func (m *GradientBoostingRegressorModel) StagedPredict(ctx context.Context, X *Matrix) iter.Seq2[[]float64, error] {
	return eachStage(m.staged(ctx, X, gradientRegressor), func(raw *Matrix) []float64 { return raw.Col(0) })
}

// Apply returns the leaf that each row of X ends in: that of iteration t is leaves[i][t]
// for row i.
func (m *GradientBoostingRegressorModel) Apply(ctx context.Context, X *Matrix) (leaves [][]int32, err error) {
	leaves, err = m.apply(ctx, X)
	return leaves, at(gradientRegressor, err)
}

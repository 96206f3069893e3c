package ml

import "context"

// DecisionTreeRegressor is a single tree that predicts numbers (Breiman et al. 1984).
// For the same Seed it is that of scikit-learn's DecisionTreeRegressor, bit for bit.
type DecisionTreeRegressor struct {
	TreeParams
	Splitter Splits
	Seed     Seed // decides between splits that are equally good, and which columns are looked at
}

var _ Regressor = DecisionTreeRegressor{}

// NewDecisionTreeRegressor returns scikit-learn's defaults: a tree of any depth,
// SquaredError, best splits of all columns, with Seed 0.
func NewDecisionTreeRegressor() DecisionTreeRegressor {
	return DecisionTreeRegressor{TreeParams: NewRandomForestRegressor().TreeParams}
}

// Fit learns from the rows of X and their values, as RandomForestRegressor.Fit does.
func (t DecisionTreeRegressor) Fit(ctx context.Context, X *Matrix, y []float64) (*TreeRegressorModel, error) {
	return t.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative. Rows of
// weight 0 are left out; nil means that all weigh 1.
func (t DecisionTreeRegressor) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*TreeRegressorModel, error) {
	f := forestFit{
		name: "DecisionTreeRegressor", TreeParams: t.TreeParams, ForestParams: ForestParams{NEstimators: 1},
		random: t.Splitter == RandomSplits, seeds: []Seed{t.Seed},
	}
	m, err := f.runValues(ctx, X, y, weights, nil)
	if err != nil {
		return nil, err
	}
	return &TreeRegressorModel{m.Trees[0], m}, nil
}

// FitRegressor is Fit.
func (t DecisionTreeRegressor) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(t.Fit(ctx, X, y))
}

// TreeRegressorModel is a fitted DecisionTreeRegressor. Its fields are to be read
// only.
type TreeRegressorModel struct {
	Tree *Tree

	forest *ForestRegressorModel // of this tree alone
}

var _ RegressorModel = (*TreeRegressorModel)(nil)

// Predict returns for each row of X the value of the leaf it ends in.
func (m *TreeRegressorModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	return m.forest.Predict(ctx, X)
}

// Predict1 is Predict for one row, see ForestRegressorModel.Predict1.
func (m *TreeRegressorModel) Predict1(row []float64) (float64, error) { return m.forest.Predict1(row) }

// Apply returns the leaf that each row of X ends in.
func (m *TreeRegressorModel) Apply(ctx context.Context, X *Matrix) ([]int32, error) {
	leaves := make([]int32, X.rows)
	err := eachPath(ctx, X, m.forest.columns, func(row int, x []float32) { leaves[row] = m.Tree.leaf(x) })
	if err != nil {
		return nil, at(m.forest.name, err)
	}
	return leaves, nil
}

// DecisionPath returns the nodes that each row of X passes, the leaf being the last.
func (m *TreeRegressorModel) DecisionPath(ctx context.Context, X *Matrix) (*DecisionPath, error) {
	return m.forest.DecisionPath(ctx, X)
}

// Importances returns the importance of each column, see TreeModel.Importances.
func (m *TreeRegressorModel) Importances() []float64 {
	return m.Tree.importances(m.forest.columns.count)
}

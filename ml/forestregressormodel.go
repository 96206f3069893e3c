package ml

import (
	"context"
	"slices"
)

// ForestRegressorModel is a fitted RandomForestRegressor or ExtraTreesRegressor. Its
// fields are to be read only.
type ForestRegressorModel struct {
	Trees []*Tree // in the order of Seeds
	Seeds []Seed  // the randomness of each tree

	// OOB is nil without OOBScore.
	OOB *OOBValues

	name    string // of the learner, for errors
	columns columnSet
	serving *serving
}

var _ RegressorModel = (*ForestRegressorModel)(nil)

// newForestRegressorModel prepares trees for serving.
func newForestRegressorModel(name string, columns columnSet, trees []*Tree, seeds []Seed) *ForestRegressorModel {
	return &ForestRegressorModel{Trees: trees, Seeds: seeds, name: name, columns: columns, serving: newValueServing(trees, columns)}
}

// Predict returns for each row of X the value of the leaf it ends in, averaged over
// the trees.
func (m *ForestRegressorModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	y := make([]float64, X.rows)
	err := m.serving.eachBlock(ctx, X, func(start int, keys []uint32, values []float64) {
		m.serving.predict(keys, values)
		copy(y[start:], values)
	})
	if err != nil {
		return nil, at(m.name, err)
	}
	return y, nil
}

// Predict1 is Predict for one row. It does not allocate if the model has at most
// 128 columns.
func (m *ForestRegressorModel) Predict1(row []float64) (float64, error) {
	var value [1]float64
	if err := m.serving.predict1(row, value[:]); err != nil {
		return 0, at(m.name, err)
	}
	return value[0], nil
}

// Apply returns the leaf that each row of X ends in: the node of tree t is
// leaves[i][t] for row i.
func (m *ForestRegressorModel) Apply(ctx context.Context, X *Matrix) (leaves [][]int32, err error) {
	leaves, err = applyTrees(ctx, m.Trees, X, m.columns)
	return leaves, at(m.name, err)
}

// DecisionPath returns the nodes that each row of X passes, the leaf being the last.
func (m *ForestRegressorModel) DecisionPath(ctx context.Context, X *Matrix) (*DecisionPath, error) {
	p, err := newDecisionPath(ctx, m.Trees, X, m.columns)
	return p, at(m.name, err)
}

// Importances returns the importance of each column, see ForestModel.Importances.
func (m *ForestRegressorModel) Importances() []float64 {
	return importancesOf(m.Trees, m.columns.count)
}

// applyTrees returns the leaves of each row, tree by tree.
func applyTrees(ctx context.Context, trees []*Tree, X *Matrix, columns columnSet) ([][]int32, error) {
	all := make([]int32, X.rows*len(trees))
	err := eachPath(ctx, X, columns, func(row int, x []float32) {
		for t, tree := range trees {
			all[row*len(trees)+t] = tree.leaf(x)
		}
	})
	if err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(all, len(trees))), nil
}

// importancesOf averages over the trees that have splits.
func importancesOf(trees []*Tree, features int) []float64 {
	return meanImportances(trees, features, (*Tree).importances)
}

// meanImportances divides the means by their sum.
func meanImportances(trees []*Tree, features int, of func(t *Tree, cols int) []float64) []float64 {
	var all [][]float64
	for _, t := range trees {
		if t.NumNodes() > 1 {
			all = append(all, of(t, features))
		}
	}
	mean := make([]float64, features)
	if len(all) == 0 {
		return mean
	}
	for j := range mean {
		for _, importances := range all {
			mean[j] += importances[j]
		}
		mean[j] /= float64(len(all))
	}
	if sum := pairwiseSum(mean); sum != 0 {
		for j := range mean {
			mean[j] /= sum
		}
	}
	return mean
}

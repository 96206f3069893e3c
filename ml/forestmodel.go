package ml

import "context"

// ForestModel is a fitted RandomForest or ExtraTrees. Its fields are to be read only.
type ForestModel struct {
	Codes []int   // the labels seen, sorted; class c has label Codes[c]
	Trees []*Tree // in the order of Seeds
	Seeds []Seed  // the randomness of each tree

	// OOB is nil without OOBScore.
	OOB *OOB

	name    string // of the learner, for errors
	columns columnSet
	serving *serving
}

var (
	_ ClassifierModel  = (*ForestModel)(nil)
	_ ProbabilityModel = (*ForestModel)(nil)
)

// newForestModel prepares trees for serving.
func newForestModel(name string, columns columnSet, codes []int, trees []*Tree, seeds []Seed) *ForestModel {
	return &ForestModel{Codes: codes, Trees: trees, Seeds: seeds, name: name, columns: columns, serving: newServing(trees, len(codes), columns)}
}

// PredictProba returns one row per row of X and one column per class: the share
// of the class in the leaf the row ends in, averaged over the trees.
func (m *ForestModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	out := newMatrix(X.rows, len(m.Codes), nil)
	err := m.serving.eachBlock(ctx, X, func(start int, keys []uint32, shares []float64) {
		m.serving.predict(keys, shares)
		for i := range len(shares) / len(m.Codes) {
			for c := range m.Codes {
				out.data[c*X.rows+start+i] = shares[i*len(m.Codes)+c]
			}
		}
	})
	if err != nil {
		return nil, at(m.name, err)
	}
	return out, nil
}

// Predict returns the label with the largest probability, the lowest one of
// several. This is not a vote of the trees.
func (m *ForestModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	y := make([]int, X.rows)
	err := m.serving.eachBlock(ctx, X, func(start int, keys []uint32, shares []float64) {
		m.serving.predict(keys, shares)
		k := len(m.Codes)
		for i := range len(shares) / k {
			y[start+i] = m.Codes[argmax(shares[i*k:(i+1)*k])]
		}
	})
	if err != nil {
		return nil, at(m.name, err)
	}
	return y, nil
}

// Predict1 is Predict for one row. It does not allocate if the model has at most
// 128 columns and 32 classes.
func (m *ForestModel) Predict1(row []float64) (int, error) {
	var buffer [32]float64
	shares := grow(buffer[:0], len(m.Codes))
	if err := m.serving.predict1(row, shares); err != nil {
		return 0, at(m.name, err)
	}
	return m.Codes[argmax(shares)], nil
}

// PredictProba1 is PredictProba for one row: it sets dst, which must be as long as
// Codes. It does not allocate if the model has at most 128 columns.
func (m *ForestModel) PredictProba1(row, dst []float64) error {
	if len(dst) != len(m.Codes) {
		return at(m.name, errorf("%d places for the probabilities of %d classes", len(dst), len(m.Codes)))
	}
	return at(m.name, m.serving.predict1(row, dst))
}

// grow returns a slice of length n in the memory of buffer if that is enough.
func grow[T any](buffer []T, n int) []T {
	if n <= cap(buffer) {
		return buffer[:n]
	}
	return make([]T, n)
}

// Apply returns the leaf that each row of X ends in: the node of tree t is
// leaves[i][t] for row i.
func (m *ForestModel) Apply(ctx context.Context, X *Matrix) (leaves [][]int32, err error) {
	leaves, err = applyTrees(ctx, m.Trees, X, m.columns)
	return leaves, at(m.name, err)
}

// DecisionPath returns the nodes that each row of X passes, the leaf being the last.
func (m *ForestModel) DecisionPath(ctx context.Context, X *Matrix) (*DecisionPath, error) {
	p, err := newDecisionPath(ctx, m.Trees, X, m.columns)
	return p, at(m.name, err)
}

// Importances returns the importance of each column: the decrease of impurity that its
// splits bring, averaged over the trees that have splits. They sum to 1, or are 0
// if no split gains anything, where scikit-learn may have NaN.
func (m *ForestModel) Importances() []float64 { return importancesOf(m.Trees, m.columns.count) }

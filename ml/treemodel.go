package ml

import "context"

// TreeModel is a fitted DecisionTree. Its fields are to be read only.
type TreeModel struct {
	Codes []int // the labels seen, sorted; class c has label Codes[c]
	Tree  *Tree

	forest *ForestModel // of this tree alone
}

var (
	_ ClassifierModel  = (*TreeModel)(nil)
	_ ProbabilityModel = (*TreeModel)(nil)
)

// PredictProba returns one row per row of X and one column per class: the share of
// the class in the leaf the row ends in.
func (m *TreeModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	return m.forest.PredictProba(ctx, X)
}

// Predict returns the label of the largest share in the leaf a row ends in, the
// lowest one of several.
func (m *TreeModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	return m.forest.Predict(ctx, X)
}

// Predict1 is Predict for one row, see ForestModel.Predict1.
func (m *TreeModel) Predict1(row []float64) (int, error) { return m.forest.Predict1(row) }

// PredictProba1 is PredictProba for one row, see ForestModel.PredictProba1.
func (m *TreeModel) PredictProba1(row, dst []float64) error { return m.forest.PredictProba1(row, dst) }

// Apply returns the leaf that each row of X ends in.
func (m *TreeModel) Apply(ctx context.Context, X *Matrix) ([]int32, error) {
	leaves := make([]int32, X.rows)
	err := eachPath(ctx, X, m.forest.columns, func(row int, x []float32) { leaves[row] = m.Tree.leaf(x) })
	if err != nil {
		return nil, at(m.forest.name, err)
	}
	return leaves, nil
}

// DecisionPath returns the nodes that each row of X passes, the leaf being the last.
func (m *TreeModel) DecisionPath(ctx context.Context, X *Matrix) (*DecisionPath, error) {
	return m.forest.DecisionPath(ctx, X)
}

// Importances returns the importance of each column: the decrease of impurity that
// its splits bring. They sum to 1, or are 0 if there is no split.
func (m *TreeModel) Importances() []float64 { return m.Tree.importances(m.forest.columns.count) }

// DecisionPath is the nodes of one or more trees that rows pass on their way to a
// leaf: a sparse matrix with a row per row and a column per node, in the form
// called CSR. Its fields are to be read only.
type DecisionPath struct {
	Nodes  []int // of row i: Nodes[Starts[i]:Starts[i+1]], ascending
	Starts []int // one more than there are rows
	Trees  []int // the nodes of tree t are the numbers from Trees[t] to Trees[t+1]−1
}

func newDecisionPath(ctx context.Context, trees []*Tree, X *Matrix, columns columnSet) (*DecisionPath, error) {
	p := &DecisionPath{Starts: []int{0}, Trees: []int{0}}
	for t, tree := range trees {
		p.Trees = append(p.Trees, p.Trees[t]+tree.NumNodes())
	}
	err := eachPath(ctx, X, columns, func(_ int, x []float32) {
		for t, tree := range trees {
			node := int32(0)
			for p.Nodes = append(p.Nodes, p.Trees[t]); tree.Left[node] != noChild; p.Nodes = append(p.Nodes, p.Trees[t]+int(node)) {
				node = tree.next(node, x)
			}
		}
		p.Starts = append(p.Starts, len(p.Nodes))
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// eachPath calls f with every row of X, rounded. The slice is reused.
func eachPath(ctx context.Context, X *Matrix, columns columnSet, f func(row int, x []float32)) error {
	if err := columns.check(X); err != nil {
		return err
	}
	const checkEvery = 1000
	x := make([]float32, X.cols)
	for row := range X.rows {
		if row%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		for j := range x {
			v := X.data[j*X.rows+row]
			if x[j] = float32(v); !isFinite(float64(x[j])) {
				return X.notFloat32(row, j, v)
			}
		}
		f(row, x)
	}
	return nil
}

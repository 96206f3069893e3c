package ml

import "context"

// RandomForestModel is a fitted RandomForest. Its fields are to be read only.
type RandomForestModel struct {
	Codes []int // the labels seen, sorted; class c has label Codes[c]
	Trees []*Tree

	features int
}

var _ ClassifierModel = (*RandomForestModel)(nil)

// PredictProba returns one row per row of X and one column per class: the share
// of the class in the leaf the row ends in, averaged over the trees.
func (m *RandomForestModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	out := newMatrix(X.rows, len(m.Codes), nil)
	err := m.eachRow(ctx, X, func(row int, shares []float64) {
		for class, share := range shares {
			out.Col(class)[row] = share
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Predict returns the label with the largest probability, the lowest one of
// several. This is not a vote of the trees.
func (m *RandomForestModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	y := make([]int, X.rows)
	err := m.eachRow(ctx, X, func(row int, shares []float64) {
		y[row] = m.Codes[argmax(shares)]
	})
	if err != nil {
		return nil, err
	}
	return y, nil
}

// eachRow calls f with the class probabilities of every row of X. The slice is
// reused.
func (m *RandomForestModel) eachRow(ctx context.Context, X *Matrix, f func(row int, shares []float64)) error {
	if err := checkWidth(X, m.features); err != nil {
		return at("RandomForest", err)
	}
	x, err := toFloat32(X)
	if err != nil {
		return at("RandomForest", err)
	}
	const checkEvery = 1000
	shares := make([]float64, len(m.Codes))
	for row := range X.rows {
		if row%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return at("RandomForest", err)
			}
		}
		m.shares(x, row, shares)
		f(row, shares)
	}
	return nil
}

// shares sums over the trees in their order, which the last bits depend on.
func (m *RandomForestModel) shares(x [][]float32, row int, shares []float64) {
	clear(shares)
	for _, t := range m.Trees {
		t.addShares(t.leaf(x, row), shares)
	}
	for c := range shares {
		shares[c] /= float64(len(m.Trees))
	}
}

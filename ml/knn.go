package ml

import (
	"context"
	"fmt"
	"math"
)

// KNeighborsParams is what the learners by nearest neighbours have in common.
type KNeighborsParams struct {
	NNeighbors int             // how many neighbours decide, at least 1
	Weights    NeighborWeights // how much each counts
	P          float64         // of the Minkowski distance (Σ|x−z|^P)^(1/P): 2 is Euclidean, 1 Manhattan, +Inf the largest difference; at least 1
	Algorithm  NeighborAlgorithm
	LeafSize   int // rows in a leaf of a k-d tree, at least 1; has no effect on the result
}

// NeighborWeights says how much a neighbour counts.
type NeighborWeights uint8

// The weights of scikit-learn.
const (
	UniformWeights  NeighborWeights = iota // all alike
	DistanceWeights                        // by 1/distance; if some are at distance 0, these alone
)

// NeighborAlgorithm says how neighbours are found. All find the same: of rows at the
// same distance those with the lower number.
type NeighborAlgorithm uint8

// The ways of finding neighbours.
const (
	AutoNeighbors NeighborAlgorithm = iota // a k-d tree for up to 15 columns, if fewer than half of the rows are wanted
	BruteForce                             // look at all rows
	KDTree                                 // look at boxes of rows (Friedman, Bentley and Finkel 1977)
)

// KNeighborsClassifier predicts the label that most of the nearest training rows
// have; of several the lowest one.
type KNeighborsClassifier struct{ KNeighborsParams }

var _ Classifier = KNeighborsClassifier{}

// NewKNeighborsClassifier returns scikit-learn's defaults: 5 neighbours that count
// alike, Euclidean distance.
func NewKNeighborsClassifier() KNeighborsClassifier {
	return KNeighborsClassifier{KNeighborsParams{NNeighbors: 5, P: 2, LeafSize: 30}}
}

// Fit keeps the rows of X, labelled by y. It is an error if a cell is not finite or if
// there are fewer rows than neighbours. A single class is allowed.
func (k KNeighborsClassifier) Fit(ctx context.Context, X *Matrix, y []int) (*KNeighborsModel, error) {
	m, err := k.fit(ctx, X, y)
	return m, at("KNeighborsClassifier", err)
}

// FitClassifier is Fit.
func (k KNeighborsClassifier) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := k.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (k KNeighborsClassifier) fit(ctx context.Context, X *Matrix, y []int) (*KNeighborsModel, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	set, err := newTrainingSet(X, y)
	if err != nil {
		return nil, err
	}
	n, err := k.neighbors(ctx, X)
	if err != nil {
		return nil, err
	}
	return &KNeighborsModel{Codes: set.codes, Neighbors: n, class: set.class}, nil
}

func (k KNeighborsParams) check() error {
	var c paramCheck
	c.want(k.NNeighbors >= 1, "NNeighbors", k.NNeighbors, ">= 1")
	c.want(k.Weights <= DistanceWeights, "Weights", k.Weights, "UniformWeights or DistanceWeights")
	c.want(k.P >= 1, "P", k.P, ">= 1")
	c.want(k.Algorithm <= KDTree, "Algorithm", k.Algorithm, "AutoNeighbors, BruteForce or KDTree")
	c.want(k.LeafSize >= 1, "LeafSize", k.LeafSize, ">= 1")
	return c.err()
}

func (k KNeighborsParams) neighbors(ctx context.Context, X *Matrix) (*Neighbors, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkFinite(X); err != nil {
		return nil, err
	}
	if k.NNeighbors > X.rows {
		return nil, errorf("NNeighbors is %d, with %d rows it must be <= %d", k.NNeighbors, X.rows, X.rows)
	}
	n := &Neighbors{params: k, training: X}
	n.index = k.newIndex(X)
	return n, nil
}

func (k KNeighborsParams) newIndex(X *Matrix) neighborIndex {
	const mostColumns = 15 // beyond them a tree looks at nearly all rows
	m := metric{k.P}
	if k.Algorithm == KDTree || k.Algorithm == AutoNeighbors && X.cols <= mostColumns && k.NNeighbors < X.rows/2 {
		return newKDTree(m, X, k.LeafSize)
	}
	return bruteForce{newNeighborRows(m, X, upTo(0, X.rows))}
}

// Neighbors finds the training rows that are nearest to others.
type Neighbors struct {
	params   KNeighborsParams
	training *Matrix
	index    neighborIndex
}

// KNeighbors returns for each row of X its k nearest training rows, the nearest
// first, and their distances: k columns. Rows at the same distance are in the
// order of their numbers. k may be any number from 1 to that of the training rows. It
// is an error if one of the k is so far away that its distance overflows.
func (n *Neighbors) KNeighbors(ctx context.Context, X *Matrix, k int) (rows [][]int, distances *Matrix, err error) {
	if k < 1 || k > n.training.rows {
		return nil, nil, errorf("KNeighbors: k is %d, with %d training rows it must be >= 1 and <= %d", k, n.training.rows, n.training.rows)
	}
	rows, distances = make([][]int, X.rows), newMatrix(X.rows, k, nil)
	err = n.each(ctx, X, k, func(row int, found []neighbor) {
		rows[row] = make([]int, k)
		for j, f := range found {
			rows[row][j] = f.row
			distances.Col(j)[row] = metric{n.params.P}.root(f.distance)
		}
	})
	if err != nil {
		return nil, nil, at("KNeighbors", err)
	}
	return rows, distances, nil
}

// each calls f with the neighbours of every row of X, several rows at a time. The
// slice is reused.
func (n *Neighbors) each(ctx context.Context, X *Matrix, k int, f func(row int, found []neighbor)) error {
	if err := columnsOf(n.training).check(X); err != nil {
		return err
	}
	if err := checkFinite(X); err != nil {
		return err
	}
	const part = 64
	return forEach(ctx, (X.rows+part-1)/part, 0, func(_ context.Context, p int) error {
		x, found := make([]float64, X.cols), newNearest(k)
		for row := p * part; row < min((p+1)*part, X.rows); row++ {
			x = X.Row(x, row)
			n.index.search(x, found)
			nearest := found.sorted()
			if math.IsInf(nearest[k-1].distance, 1) {
				return errorf("row %d is so far from its neighbours that float64 cannot tell how far, scale the columns", row)
			}
			f(row, nearest)
		}
		return nil
	})
}

// weights sets w to what each neighbour counts.
func (n *Neighbors) weights(w []float64, found []neighbor) {
	if n.params.Weights == UniformWeights {
		for i := range w {
			w[i] = 1
		}
		return
	}
	atZero := false
	for i, f := range found {
		w[i] = 1 / metric{n.params.P}.root(f.distance)
		atZero = atZero || math.IsInf(w[i], 1)
	}
	if !atZero {
		return
	}
	for i, v := range w {
		w[i] = boolToFloat(math.IsInf(v, 1))
	}
}

// String names the weights.
func (w NeighborWeights) String() string {
	if names := []string{"uniform", "distance"}; int(w) < len(names) {
		return names[w]
	}
	return fmt.Sprintf("NeighborWeights(%d)", uint8(w))
}

// String names the algorithm.
func (a NeighborAlgorithm) String() string {
	if names := []string{"auto", "brute", "kd_tree"}; int(a) < len(names) {
		return names[a]
	}
	return fmt.Sprintf("NeighborAlgorithm(%d)", uint8(a))
}

// KNeighborsModel is a fitted KNeighborsClassifier. Its fields are to be read only.
type KNeighborsModel struct {
	Codes     []int // the labels seen, sorted; class c has label Codes[c]
	Neighbors *Neighbors

	class []int // per training row
}

var (
	_ ClassifierModel  = (*KNeighborsModel)(nil)
	_ ProbabilityModel = (*KNeighborsModel)(nil)
)

// PredictProba returns one row per row of X and one column per class: the share that
// its neighbours have in all of them, by their weights.
func (m *KNeighborsModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	out := newMatrix(X.rows, len(m.Codes), nil)
	err := m.each(ctx, X, func(row int, shares []float64) {
		for class, share := range shares {
			out.Col(class)[row] = share
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Predict returns the label with the largest share, the lowest one of several.
func (m *KNeighborsModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	y := make([]int, X.rows)
	err := m.each(ctx, X, func(row int, shares []float64) { y[row] = m.Codes[argmax(shares)] })
	if err != nil {
		return nil, err
	}
	return y, nil
}

// each calls f with the class shares of every row, several rows at a time.
func (m *KNeighborsModel) each(ctx context.Context, X *Matrix, f func(row int, shares []float64)) error {
	k := m.Neighbors.params.NNeighbors
	err := m.Neighbors.each(ctx, X, k, func(row int, found []neighbor) {
		weights, shares := make([]float64, k), make([]float64, len(m.Codes))
		m.Neighbors.weights(weights, found)
		var sum float64
		for i, n := range found {
			shares[m.class[n.row]] += weights[i]
			sum += weights[i]
		}
		for c := range shares {
			shares[c] /= sum
		}
		f(row, shares)
	})
	return at("KNeighborsClassifier", err)
}

package ml

import (
	"context"
)

// DecisionTree is a single tree (Breiman et al. 1984). For the same Seed it is that of
// scikit-learn's DecisionTreeClassifier, bit for bit.
type DecisionTree struct {
	TreeParams
	Splitter    Splits
	ClassWeight ClassWeight
	Seed        Seed // decides between splits that are equally good, and which columns are looked at
}

// Splits says how a tree chooses the threshold of a column.
type Splits uint8

const (
	// BestSplits takes the best threshold of all.
	BestSplits Splits = iota
	// RandomSplits takes one at random between the least and the largest value in
	// the node, and the best column with such a threshold.
	RandomSplits
)

// String returns scikit-learn's name.
func (s Splits) String() string {
	if s == RandomSplits {
		return "random"
	}
	return "best"
}

var _ Classifier = DecisionTree{}

// NewDecisionTree returns scikit-learn's defaults: a tree of any depth, Gini, best
// splits of all columns, with Seed 0.
func NewDecisionTree() DecisionTree {
	return DecisionTree{TreeParams: TreeParams{Criterion: Gini, MinSamplesSplit: Rows(2), MinSamplesLeaf: Rows(1), MaxFeatures: AllFeatures}}
}

// Fit learns from the rows of X, labelled by y, as RandomForest.Fit does.
func (t DecisionTree) Fit(ctx context.Context, X *Matrix, y []int) (*TreeModel, error) {
	return t.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative. Rows of
// weight 0 are left out; nil means that all weigh 1.
func (t DecisionTree) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*TreeModel, error) {
	f := forestFit{
		name: "DecisionTree", TreeParams: t.TreeParams, ForestParams: ForestParams{NEstimators: 1}, classWeight: t.ClassWeight,
		random: t.Splitter == RandomSplits, seeds: []Seed{t.Seed},
	}
	m, err := f.run(ctx, X, y, weights, nil)
	if err != nil {
		return nil, err
	}
	return &TreeModel{m.Codes, m.Trees[0], m}, nil
}

// FitClassifier is Fit.
func (t DecisionTree) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	return asClassifier(t.Fit(ctx, X, y))
}

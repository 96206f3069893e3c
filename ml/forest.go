package ml

import (
	"context"
	"fmt"
	"math"
)

// RandomForest averages decision trees that are each grown on a random sample of
// the rows and choose among random columns at every node (Breiman 2001). For the
// same Seed it grows the trees of scikit-learn's RandomForestClassifier, bit for
// bit, whatever the number of workers.
type RandomForest struct {
	NEstimators     int  // number of trees, at least 1
	MaxDepth        int  // of a tree, the root being at depth 0; 0 means no limit
	MinSamplesSplit int  // a node with fewer distinct rows is a leaf, at least 2
	MinSamplesLeaf  int  // no split leaves fewer distinct rows on a side, at least 1
	MaxFeatures     int  // columns looked at per node; 0 means the square root of their number, more than there are means all
	Bootstrap       bool // draw n of the n rows with replacement for each tree; otherwise each gets all rows
	Seed            Seed // of numpy's RandomState
	Workers         int  // trees grown at a time; 0 means GOMAXPROCS, or what cross-validation leaves free
}

var _ Classifier = RandomForest{}

// NewRandomForest returns scikit-learn's defaults: 100 trees of any depth on
// bootstrapped rows, the square root of the columns, with Seed 0.
func NewRandomForest() RandomForest {
	return RandomForest{NEstimators: 100, MinSamplesSplit: 2, MinSamplesLeaf: 1, Bootstrap: true}
}

// Fit learns from the rows of X, labelled by y. Values are rounded to float32;
// one that is not finite, or is not after rounding, is an error. A single class
// is allowed. When ctx ends, trees under way are finished and dropped.
func (f RandomForest) Fit(ctx context.Context, X *Matrix, y []int) (*RandomForestModel, error) {
	set, err := f.check(X, y)
	if err != nil {
		return nil, at("RandomForest", err)
	}
	x, err := toFloat32(X)
	if err != nil {
		return nil, at("RandomForest", err)
	}
	t := &forestTraining{RandomForest: f, x: x, set: set, seeds: f.treeSeeds()}
	trees, err := t.grow(ctx)
	if err != nil {
		return nil, at("RandomForest", err)
	}
	return &RandomForestModel{Codes: set.codes, Trees: trees, features: X.cols}, nil
}

// FitClassifier is Fit.
func (f RandomForest) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := f.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (f RandomForest) check(X *Matrix, y []int) (*trainingSet, error) {
	var c paramCheck
	c.want(f.NEstimators >= 1, "NEstimators", f.NEstimators, ">= 1")
	c.want(f.MaxDepth >= 0, "MaxDepth", f.MaxDepth, ">= 0 (0 means no limit)")
	c.want(f.MinSamplesSplit >= 2, "MinSamplesSplit", f.MinSamplesSplit, ">= 2")
	c.want(f.MinSamplesLeaf >= 1, "MinSamplesLeaf", f.MinSamplesLeaf, ">= 1")
	c.want(f.MaxFeatures >= 0, "MaxFeatures", f.MaxFeatures, ">= 0 (0 means the square root)")
	c.want(f.Workers >= 0, "Workers", f.Workers, ">= 0 (0 means GOMAXPROCS)")
	if err := c.err(); err != nil {
		return nil, err
	}
	return newTrainingSet(X, y)
}

// treeSeeds draws the seed of every tree before any is grown, so that it does
// not matter which worker grows it.
func (f RandomForest) treeSeeds() []Seed {
	r := NewRandomState(f.Seed)
	seeds := make([]Seed, f.NEstimators)
	for i := range seeds {
		seeds[i] = Seed{uint32(r.Randint(0, math.MaxInt32))}
	}
	return seeds
}

// forestTraining is one Fit under way.
type forestTraining struct {
	RandomForest
	x     [][]float32
	set   *trainingSet
	seeds []Seed
}

// grow shares the trees out among the workers.
func (t *forestTraining) grow(ctx context.Context) ([]*Tree, error) {
	trees := make([]*Tree, len(t.seeds))
	err := forEach(ctx, len(trees), t.Workers, func(_ context.Context, i int) error {
		trees[i] = t.growTree(t.seeds[i])
		return nil
	})
	return trees, err
}

// growTree uses the seed twice, each time from the start: for the rows and for
// the generator that draws the columns.
func (t *forestTraining) growTree(seed Seed) *Tree {
	g := &grower{
		x: t.x, class: t.set.class, classes: len(t.set.codes),
		weight: t.rowWeights(seed), limits: t.limits(),
		rng: xorshift(NewRandomState(seed).Randint(0, math.MaxInt32)),
	}
	return g.grow()
}

// rowWeights counts how often each row is drawn.
func (t *forestTraining) rowWeights(seed Seed) []float64 {
	n := len(t.set.class)
	weights := make([]float64, n)
	if !t.Bootstrap {
		for i := range weights {
			weights[i] = 1
		}
		return weights
	}
	r := NewRandomState(seed)
	for range n {
		weights[r.Randint(0, int64(n))]++
	}
	return weights
}

func (t *forestTraining) limits() treeLimits {
	l := treeLimits{t.MaxDepth, t.MinSamplesSplit, t.MinSamplesLeaf, t.MaxFeatures}
	if l.maxDepth == 0 {
		l.maxDepth = math.MaxInt
	}
	if l.maxFeatures == 0 {
		l.maxFeatures = int(math.Sqrt(float64(len(t.x))))
	}
	return l
}

// toFloat32 returns the columns of X, rounded.
func toFloat32(X *Matrix) ([][]float32, error) {
	x := make([][]float32, X.cols)
	for j := range x {
		x[j] = make([]float32, X.rows)
		for i, v := range X.Col(j) {
			x[j][i] = float32(v)
			if !isFinite(float64(x[j][i])) {
				return nil, X.cellError(i, j, fmt.Sprintf("%v, only numbers that are finite as float32 are allowed", v))
			}
		}
	}
	return x, nil
}

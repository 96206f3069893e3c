package ml_test

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// hardColumn has what makes values hard to tell apart: ties, constants, steps about
// 1e-7, values that are equal as float32, and zeros with a sign.
func hardColumn(r *ml.RandomState, kind, rows int) []float64 {
	col := make([]float64, rows)
	sum := 1.0
	for i := range col {
		sum += []float64{2e-8, 6e-8, 1.3e-7}[r.Randint(0, 3)]
		switch kind {
		case 0:
			col[i] = r.RandomSample()
		case 1:
			col[i] = float64(r.Randint(0, 4))
		case 2:
			col[i] = 7
		case 3:
			col[i] = sum
		case 4:
			col[i] = 3 + 3e-8*float64(i)
		case 5:
			col[i] = []float64{math.Copysign(0, -1), 0, 1e-40, -1e-40, 1e-7, 2e-7}[r.Randint(0, 6)]
		case 6:
			col[i] = 1e-5 * r.RandomSample()
		default:
			col[i] = float64(r.Randint(0, 400))
		}
	}
	return col
}

func hardData(t *testing.T, r *ml.RandomState, rows, cols, classes int) (*ml.Matrix, []int) {
	t.Helper()
	var cells []float64
	for range cols {
		cells = append(cells, hardColumn(r, int(r.Randint(0, 8)), rows)...)
	}
	y := make([]int, rows)
	for i := range y {
		y[i] = int(r.Randint(0, int64(classes)))
		if cells[i] > 0.5 && r.RandomSample() < 0.7 {
			y[i] = 0
		}
	}
	y[0] = classes - 1 // the largest code says how many classes there are
	X, err := ml.NewMatrix(rows, cols, cells)
	require.NoError(t, err)
	return X, y
}

// lacks tells whether some code below the largest is not there, with which the
// reference cannot deal.
func lacks(y []int, classes int) bool {
	seen := map[int]bool{}
	for _, c := range y {
		seen[c] = true
	}
	return len(seen) < classes
}

func TestForestEqualsTheReference(t *testing.T) {
	compared := 0
	for seed := range uint32(150) {
		r := ml.NewRandomState(ml.NewSeed(seed))
		rows := []int{1, 2, 3, 15, 60, 300, 1200}[r.Randint(0, 7)]
		cols, classes := int(r.Randint(1, 9)), []int{2, 2, 3, 7}[r.Randint(0, 4)]
		X, y := hardData(t, r, rows, cols, classes)
		if lacks(y, classes) {
			continue
		}
		plain := plainForest{
			trees: 2, maxDepth: int(r.Randint(0, 3)) * 5, minSplit: 2 + int(r.Randint(0, 2))*7, minLeaf: 1 + int(r.Randint(0, 2))*3,
			maxFeatures: int(r.Randint(1, int64(cols)+2)), bootstrap: r.Randint(0, 2) == 0, seed: ml.NewSeed(seed),
		}
		f := ml.NewRandomForest()
		f.NEstimators, f.MaxDepth, f.Bootstrap, f.Seed = plain.trees, plain.maxDepth, plain.bootstrap, plain.seed
		f.MinSamplesSplit, f.MinSamplesLeaf, f.MaxFeatures = ml.Rows(plain.minSplit), ml.Rows(plain.minLeaf), ml.MaxFeatures(plain.maxFeatures)
		m, err := f.Fit(t.Context(), X, y)
		require.NoError(t, err)
		for i, want := range plain.fit(X, y) {
			requireSameTree(t, want, m.Trees[i], fmt.Sprintf("seed %d, tree %d, %d×%d", seed, i, rows, cols))
			compared += want.NumNodes()
		}
	}
	t.Logf("%d nodes are equal", compared)
}

func requireSameTree(t *testing.T, want, got *ml.Tree, name string) {
	t.Helper()
	require.Equal(t, want.Feature, got.Feature, name)
	require.Equal(t, want.Threshold, got.Threshold, name)
	require.Equal(t, want.Left, got.Left, name)
	require.Equal(t, want.Right, got.Right, name)
	require.Equal(t, want.Impurity, got.Impurity, name)
	require.Equal(t, want.NodeSamples, got.NodeSamples, name)
	require.Equal(t, want.NodeWeight, got.NodeWeight, name)
	require.Equal(t, want.Value, got.Value, name)
}

// TestBothSplittersAgree: where weights are whole numbers, it does not matter which
// of the two is used.
func TestBothSplittersAgree(t *testing.T) {
	type learner interface {
		FitPlain(ctx context.Context, X *ml.Matrix, y []int, weights []float64) (*ml.ForestModel, error)
		FitWeighted(ctx context.Context, X *ml.Matrix, y []int, weights []float64) (*ml.ForestModel, error)
	}
	for seed := range uint32(200) {
		if testing.Short() && seed%8 != 0 {
			continue
		}
		r := ml.NewRandomState(ml.NewSeed(seed))
		rows := []int{20, 40, 200, 1500, 5000}[r.Randint(0, 5)]
		cols, classes := int(r.Randint(1, 6)), []int{1, 2, 2, 3, 20}[r.Randint(0, 5)]
		X, y := hardData(t, r, rows, cols, classes)
		weights := make([]float64, rows)
		for i := range weights {
			weights[i] = float64(r.Randint(0, 4)*r.Randint(0, 3)) + float64(i%2)
		}
		f := ml.NewRandomForest()
		f.NEstimators, f.Seed = 2, ml.NewSeed(seed)
		f.Criterion = []ml.Criterion{ml.Gini, ml.Gini, ml.Entropy}[r.Randint(0, 3)]
		f.MaxFeatures = []ml.MaxFeatures{ml.SqrtFeatures, ml.AllFeatures}[r.Randint(0, 2)]
		f.MinSamplesLeaf = ml.Rows(1 + int(r.Randint(0, 2))*4)
		f.MaxLeafNodes = int(r.Randint(0, 2)) * 12
		f.MinWeightFractionLeaf = float64(r.Randint(0, 2)) * 0.01
		for _, l := range []learner{f, ml.ExtraTrees(f)} {
			for _, w := range [][]float64{nil, weights} {
				want, err := l.FitPlain(t.Context(), X, y, w)
				require.NoError(t, err)
				got, err := l.FitWeighted(t.Context(), X, y, w)
				require.NoError(t, err)
				for i, tree := range want.Trees {
					requireSameTree(t, tree, got.Trees[i], fmt.Sprintf("seed %d, tree %d of %T, %d×%d", seed, i, l, rows, cols))
				}
			}
		}
	}
}

func TestForestOfConstantColumns(t *testing.T) {
	X := matrixOf(t, []float64{1, 1}, []float64{1, 1}, []float64{1, 1}, []float64{1, 1})
	f := ml.NewRandomForest()
	f.NEstimators = 5
	m, err := f.Fit(t.Context(), X, []int{0, 1, 1, 0})
	require.NoError(t, err)
	for _, tree := range m.Trees {
		assert.Equal(t, 1, tree.NumNodes())
	}
	assert.Equal(t, []float64{0, 0}, m.Importances())
	proba, err := m.PredictProba(t.Context(), X)
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{0.6, 0.4}, proba.Row(nil, 3), 1e-15, "as scikit-learn 1.2.1 has it, the bootstraps decide")
}

func TestForestOfOneClass(t *testing.T) {
	X, _ := rings(1, 20, 2)
	m, err := ml.NewRandomForest().Fit(t.Context(), X, make([]int, 20))
	require.NoError(t, err)
	proba, err := m.PredictProba(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []float64{1}, proba.Row(nil, 0))
	assert.Equal(t, []float64{0, 0}, m.Importances())
}

func TestForestOfOneRow(t *testing.T) {
	f := ml.NewRandomForest()
	f.NEstimators, f.OOBScore = 3, true
	m, err := f.Fit(t.Context(), matrixOf(t, []float64{4, 2}), []int{3})
	require.NoError(t, err)
	got, err := m.Predict1([]float64{0, 0})
	require.NoError(t, err)
	assert.Equal(t, 3, got)
	assert.Equal(t, 1, m.OOB.Uncovered)
}

func TestForestValuesAtTheEdgeOfFloat32(t *testing.T) {
	X := matrixOf(t, []float64{-math.MaxFloat32}, []float64{1e-45}, []float64{math.MaxFloat32}, []float64{-1e-45})
	tree := ml.NewDecisionTree()
	m, err := tree.Fit(t.Context(), X, []int{0, 1, 2, 1})
	require.NoError(t, err)
	assert.Equal(t, []float64{-math.MaxFloat32 / 2, math.MaxFloat32 / 2}, []float64{m.Tree.Threshold[0], m.Tree.Threshold[2]})
	got, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []int{0, 1, 2, 1}, got)
	_, err = m.Predict1([]float64{3.5e38})
	assert.EqualError(t, err, "ml: DecisionTree: row 0, column 0: 3.5e+38, only numbers that are finite as float32 are allowed")
}

func TestTreeWeights(t *testing.T) {
	X, y := rings(3, 60, 3)
	twice := make([]int, 0, 90)
	weights := make([]float64, 60)
	for i := range weights {
		weights[i] = float64(i % 3)
		for range i % 3 {
			twice = append(twice, i)
		}
	}
	more := make([]int, len(twice))
	for i, row := range twice {
		more[i] = y[row]
	}
	tree := ml.NewDecisionTree()
	want, err := tree.Fit(t.Context(), X.Take(twice), more)
	require.NoError(t, err)
	got, err := tree.FitWeighted(t.Context(), X, y, weights)
	require.NoError(t, err)
	assert.Equal(t, want.Tree.Value, got.Tree.Value, "a row of weight 2 is like two rows, one of weight 0 is not there")
	assert.Equal(t, want.Tree.Threshold, got.Tree.Threshold)
	assert.NotEqual(t, want.Tree.NodeSamples, got.Tree.NodeSamples, "but counts once")

	for _, c := range []struct {
		name    string
		weights []float64
		want    string
	}{
		{"Few", []float64{1}, "ml: DecisionTree: 1 weights for 2 rows"},
		{"Negative", []float64{1, -1}, "ml: DecisionTree: the weight of row 1 is -1, it must be a finite number >= 0"},
		{"NaN", []float64{nan, 1}, "ml: DecisionTree: the weight of row 0 is NaN, it must be a finite number >= 0"},
		{"Infinite", []float64{1, math.Inf(1)}, "ml: DecisionTree: the weight of row 1 is +Inf, it must be a finite number >= 0"},
		{"Zero", []float64{0, 0}, "ml: DecisionTree: the weights sum to 0, that must be a finite number > 0"},
		{"Huge", []float64{1e308, 1e308}, "ml: DecisionTree: the weights sum to +Inf, that must be a finite number > 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := tree.FitWeighted(t.Context(), matrixOf(t, []float64{1}, []float64{2}), []int{0, 1}, c.weights)
			assert.EqualError(t, err, c.want)
		})
	}
}

func TestForestWhoseDrawnRowsWeighNothing(t *testing.T) {
	X, y := rings(3, 40, 2)
	weights := make([]float64, 40)
	weights[7] = 1
	f := ml.NewRandomForest()
	f.MaxSamples = ml.Rows(2)
	_, err := f.FitWeighted(t.Context(), X, y, weights)
	assert.ErrorContains(t, err, "ml: RandomForest: all rows that the tree of seed")
}

func TestForestFeatureCounts(t *testing.T) {
	X, y := rings(3, 40, 9)
	f := ml.NewRandomForest()
	f.NEstimators = 2
	fit := func(most ml.MaxFeatures) []*ml.Tree {
		f.MaxFeatures = most
		m, err := f.Fit(t.Context(), X, y)
		require.NoError(t, err)
		return m.Trees
	}
	assert.Equal(t, fit(ml.SqrtFeatures), fit(3))
	assert.Equal(t, fit(ml.Log2Features), fit(3.0))
	assert.Equal(t, fit(0.35), fit(3), "3.15 columns are 3")
	assert.Equal(t, fit(0.01), fit(1), "but at least one")
	assert.Equal(t, fit(ml.AllFeatures), fit(9))
	assert.Equal(t, fit(10), fit(9), "there are no more")
}

func TestForestMinSamplesLeafOfMoreThanHalf(t *testing.T) {
	X, y := rings(3, 40, 2)
	tree := ml.NewDecisionTree()
	tree.MinSamplesLeaf = ml.Rows(21)
	m, err := tree.Fit(t.Context(), X, y)
	require.NoError(t, err)
	assert.Equal(t, 1, m.Tree.NumNodes())
}

func TestOOBOfOneTree(t *testing.T) {
	X := matrixOf(t, []float64{0}, []float64{1}, []float64{2}, []float64{3}, []float64{4}, []float64{5})
	f := ml.NewRandomForest()
	f.NEstimators, f.OOBScore = 1, true
	m, err := f.Fit(t.Context(), X, []int{0, 0, 0, 1, 1, 1})
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1}, rowMajor(m.OOB.Decision), "zeros for the rows that the only tree has drawn")
	assert.Equal(t, 4, m.OOB.Uncovered)
	assert.InDelta(t, 2./3, m.OOB.Score, 1e-15)
}

func TestForestLabelsOfAnyType(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{2}, []float64{3}, []float64{4})
	f := ml.NewRandomForest()
	f.NEstimators, f.Bootstrap = 1, false
	for _, c := range []struct {
		name   string
		labels any
		want   string // of the last row
	}{
		{"Strings", []string{"no", "no", "yes", "yes"}, "yes"},
		{"Bools", []bool{true, true, false, false}, "false"},
		{"NegativeIntegers", []int64{5, 5, -7, -7}, "-7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y, classes, err := ml.Labels(table{4, []string{"y"}, map[string]any{"y": c.labels}, nil}, "y")
			require.NoError(t, err)
			m, err := f.Fit(t.Context(), X, y)
			require.NoError(t, err)
			got, err := m.Predict1([]float64{4})
			require.NoError(t, err)
			assert.Equal(t, c.want, classes[got])
		})
	}
}

func TestFitMoreAddsTrees(t *testing.T) {
	type learner interface {
		Fit(ctx context.Context, X *ml.Matrix, y []int) (*ml.ForestModel, error)
		FitMore(ctx context.Context, m *ml.ForestModel, X *ml.Matrix, y []int, weights []float64) (*ml.ForestModel, error)
	}
	forest := func(trees int) ml.RandomForest {
		f := ml.NewRandomForest()
		f.NEstimators, f.Seed, f.OOBScore = trees, ml.NewSeed(5), true
		return f
	}
	X, y := rings(3, 80, 4)
	for _, c := range []struct{ three, seven learner }{
		{forest(3), forest(7)},
		{ml.ExtraTrees(forest(3)), ml.ExtraTrees(forest(7))},
	} {
		want, err := c.seven.Fit(t.Context(), X, y)
		require.NoError(t, err)
		m, err := c.three.Fit(t.Context(), X, y)
		require.NoError(t, err)
		got, err := c.seven.FitMore(t.Context(), m, X, y, nil)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Len(t, m.Trees, 3, "the model given stays as it was")
		assert.Same(t, m.Trees[0], got.Trees[0])
	}
	f := ml.NewRandomForest()
	f.NEstimators = 5
	m, err := f.Fit(t.Context(), X, y)
	require.NoError(t, err)
	f.NEstimators = 4
	_, err = f.FitMore(t.Context(), m, X, y, nil)
	assert.EqualError(t, err, "ml: RandomForest: NEstimators is 4, the model has 5 trees already")
	other, _ := rings(3, 80, 5)
	f.NEstimators = 6
	_, err = f.FitMore(t.Context(), m, other, y, nil)
	assert.EqualError(t, err, "ml: RandomForest: the matrix has 5 columns, the model was fitted on 4")
	y[0] = 9
	_, err = f.FitMore(t.Context(), m, X, y, nil)
	assert.EqualError(t, err, "ml: RandomForest: the labels are [0 1 9], those of the model are [0 1]")
}

func TestPredict1(t *testing.T) {
	X, y := rings(3, 200, 5)
	f := ml.NewRandomForest()
	f.NEstimators = 21
	m, err := f.Fit(t.Context(), X, y)
	require.NoError(t, err)
	labels, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	proba, err := m.PredictProba(t.Context(), X)
	require.NoError(t, err)
	got := make([]float64, 2)
	for i, want := range labels {
		row := X.Row(nil, i)
		label, err := m.Predict1(row)
		require.NoError(t, err)
		assert.Equal(t, want, label)
		require.NoError(t, m.PredictProba1(row, got))
		assert.Equal(t, proba.Row(nil, i), got)
	}
	row := X.Row(nil, 0)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		_, _ = m.Predict1(row)
		_ = m.PredictProba1(row, got)
	}))
	_, err = m.Predict1(row[:4])
	assert.EqualError(t, err, "ml: RandomForest: the row has 4 values, the model was fitted on 5 columns")
	assert.EqualError(t, m.PredictProba1(row, nil), "ml: RandomForest: 0 places for the probabilities of 2 classes")
	row[3] = nan
	_, err = m.Predict1(row)
	assert.EqualError(t, err, "ml: RandomForest: row 0, column 3: NaN, only numbers that are finite as float32 are allowed")
}

func TestForestReportsProgress(t *testing.T) {
	X, y := rings(3, 60, 3)
	f := ml.NewRandomForest()
	f.NEstimators, f.Workers = 7, 3
	var reports []int64
	f.Progress = func(done, total int64) {
		assert.EqualValues(t, 7, total)
		reports = append(reports, done)
	}
	_, err := f.Fit(t.Context(), X, y)
	require.NoError(t, err)
	assert.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7}, reports)
}

// patience is a context that is cancelled after some questions.
type patience struct {
	context.Context
	left *atomic.Int64
}

func (p patience) Err() error {
	if p.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestTreeStopsWithinItsGrowth(t *testing.T) {
	X, y := alternating(t, 20_000) // some 200 million rows to look at
	p := patience{t.Context(), new(atomic.Int64)}
	p.left.Store(20)
	_, err := ml.NewDecisionTree().Fit(p, X, y)
	require.ErrorIs(t, err, context.Canceled)
	assert.GreaterOrEqual(t, p.left.Load(), int64(-3), "and asks little more")
}

// Weights whose squares are beyond float64 are no matter where labels are learnt.
func TestForestOfHugeWeights(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{2}, []float64{3})
	m, err := ml.NewDecisionTree().FitWeighted(t.Context(), X, []int{0, 1, 1}, []float64{0, 1e308, 0})
	require.NoError(t, err)
	assert.Equal(t, 1, m.Tree.NumNodes())
}

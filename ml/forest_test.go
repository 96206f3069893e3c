package ml_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

type forestCase struct {
	goldenData
	Params struct {
		NEstimators     int `json:"n_estimators"`
		Seed            uint32
		MaxDepth        int `json:"max_depth"`
		MinSamplesLeaf  int `json:"min_samples_leaf"`
		MinSamplesSplit int `json:"min_samples_split"`
		MaxFeatures     int `json:"max_features"`
		Bootstrap       bool
	}
	Trees []struct {
		Feature, Left, Right, Samples []int32
		Threshold, Impurity           hexFloats
		Value                         []float64
	}
	Proba   hexFloats
	Predict []int
}

func (c forestCase) forest() ml.RandomForest {
	p := c.Params
	f := ml.NewRandomForest()
	f.NEstimators, f.Seed, f.MaxDepth, f.Bootstrap = p.NEstimators, ml.NewSeed(p.Seed), p.MaxDepth, p.Bootstrap
	f.MinSamplesLeaf, f.MinSamplesSplit = ml.Rows(p.MinSamplesLeaf), ml.Rows(p.MinSamplesSplit)
	if p.MaxFeatures > 0 {
		f.MaxFeatures = ml.MaxFeatures(p.MaxFeatures)
	}
	return f
}

func TestRandomForestIsScikitLearns(t *testing.T) {
	nodes := 0
	for i, want := range golden[forestCase](t, "forest.json") {
		t.Run(fmt.Sprintf("%d/%s", i, want.Name), func(t *testing.T) {
			X, y := (*ml.Matrix)(nil), want.Y
			if want.X != nil {
				X = want.matrix(t)
			} else {
				X, y = dataSet(t, want.Name)
			}
			got, err := want.forest().Fit(t.Context(), X, y)
			require.NoError(t, err)
			require.Len(t, got.Trees, len(want.Trees))
			for i, w := range want.Trees {
				g := got.Trees[i]
				require.Equal(t, w.Feature, g.Feature)
				require.Equal(t, []float64(w.Threshold), g.Threshold)
				require.Equal(t, w.Left, g.Left)
				require.Equal(t, w.Right, g.Right)
				require.Equal(t, []float64(w.Impurity), g.Impurity)
				require.Equal(t, w.Samples, g.NodeSamples)
				require.Equal(t, w.Value, g.Value)
				require.Len(t, g.Value, g.NumNodes()*g.NumClasses())
				nodes += g.NumNodes()
			}
			proba, err := got.PredictProba(t.Context(), X)
			require.NoError(t, err)
			require.Equal(t, []float64(want.Proba), rowMajor(proba))
			predicted, err := got.Predict(t.Context(), X)
			require.NoError(t, err)
			require.Equal(t, want.Predict, predicted)
		})
	}
	t.Logf("%d nodes are equal", nodes)
}

func TestRandomForestDoesNotDependOnWorkers(t *testing.T) {
	X, y := rings(1, 120, 4)
	f := ml.NewRandomForest()
	f.NEstimators = 9
	f.Workers = 1
	want, err := f.Fit(t.Context(), X, y)
	require.NoError(t, err)
	for _, f.Workers = range []int{0, 2, 8, 100} {
		got, err := f.Fit(t.Context(), X, y)
		require.NoError(t, err)
		require.Equal(t, want, got, "%d workers", f.Workers)
	}
}

// alternating is a line of rows whose labels take turns: no split helps much, and
// each takes a row or two from the end.
func alternating(t *testing.T, n int) (*ml.Matrix, []int) {
	t.Helper()
	cells, y := make([]float64, n), make([]int, n)
	for i := range cells {
		cells[i], y[i] = float64(i), i%2
	}
	X, err := ml.NewMatrix(n, 1, cells)
	require.NoError(t, err)
	return X, y
}

func TestTreesDoNotRecurse(t *testing.T) {
	n := 3000
	if testing.Short() {
		n = 600
	}
	X, y := alternating(t, n)
	tree := ml.NewDecisionTree()
	m, err := tree.Fit(t.Context(), X, y)
	require.NoError(t, err)
	assert.Equal(t, 2*n-1, m.Tree.NumNodes(), "one leaf per row")
	assert.Equal(t, n, m.Tree.NumLeaves())
	assert.Equal(t, n-1, m.Tree.Depth())
	got, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, y, got)

	// A million of them make a tree as deep, which takes hours as each level looks at
	// the rest of them; as deep as memory for a stack of calls would not be is enough.
	if testing.Short() {
		return
	}
	X, y = alternating(t, 1_000_000)
	tree.MaxDepth = 100
	m, err = tree.Fit(t.Context(), X, y)
	require.NoError(t, err)
	assert.Equal(t, 100, m.Tree.Depth())
	assert.Equal(t, 201, m.Tree.NumNodes())
}

func TestRandomForestTiesGoToTheLowestClass(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{1})
	f := ml.NewRandomForest()
	f.NEstimators, f.Bootstrap = 3, false
	m, err := f.Fit(t.Context(), X, []int{7, 3})
	require.NoError(t, err)
	proba, err := m.PredictProba(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []float64{.5, .5, .5, .5}, rowMajor(proba))
	got, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []int{3, 3}, got)
}

func TestRandomForestRefuses(t *testing.T) {
	good := ml.NewRandomForest()
	with := func(change func(*ml.RandomForest)) ml.RandomForest {
		f := good
		change(&f)
		return f
	}
	X := [][]float64{{1, 2}, {3, 4}}
	for _, c := range []struct {
		name   string
		forest ml.RandomForest
		x      [][]float64
		y      []int
		want   string
	}{
		{"ZeroValue", ml.RandomForest{}, X, []int{0, 1},
			"ml: RandomForest: Criterion is Criterion(0), must be Gini, Entropy or LogLossCriterion; " +
				"MinSamplesSplit is default, must be Rows(2) or more, or a Share > 0 and <= 1; " +
				"MinSamplesLeaf is default, must be Rows(1) or more, or a Share > 0 and < 1; " +
				"MaxFeatures is 0, must be a whole number >= 1, a share > 0 and < 1, SqrtFeatures, Log2Features or AllFeatures; " +
				"NEstimators is 0, must be >= 1"},
		{"Negative", with(func(f *ml.RandomForest) {
			f.MaxDepth, f.MaxFeatures, f.Workers, f.MaxLeafNodes, f.MinImpurityDecrease, f.CCPAlpha = -1, -9, -3, -4, -5, -6
		}), X, []int{0, 1},
			"ml: RandomForest: MaxDepth is -1, must be >= 0 (0 means no limit); " +
				"MaxFeatures is -9, must be a whole number >= 1, a share > 0 and < 1, SqrtFeatures, Log2Features or AllFeatures; " +
				"MaxLeafNodes is -4, must be 0 (no limit) or >= 2; MinImpurityDecrease is -5, must be a finite number >= 0; " +
				"CCPAlpha is -6, must be a finite number >= 0; Workers is -3, must be >= 0 (0 means GOMAXPROCS)"},
		{"NotNumbers", with(func(f *ml.RandomForest) {
			f.MinWeightFractionLeaf, f.MinImpurityDecrease, f.CCPAlpha, f.MaxFeatures = nan, nan, math.Inf(1), ml.MaxFeatures(nan)
		}), X, []int{0, 1},
			"ml: RandomForest: MinWeightFractionLeaf is NaN, must be >= 0 and <= 0.5; " +
				"MaxFeatures is NaN, must be a whole number >= 1, a share > 0 and < 1, SqrtFeatures, Log2Features or AllFeatures; " +
				"MinImpurityDecrease is NaN, must be a finite number >= 0; CCPAlpha is +Inf, must be a finite number >= 0"},
		{"Shares", with(func(f *ml.RandomForest) {
			f.MinSamplesSplit, f.MinSamplesLeaf, f.MaxSamples, f.MaxFeatures = ml.Share(1.5), ml.Share(1), ml.Share(0), 1.5
		}), X, []int{0, 1},
			"ml: RandomForest: MinSamplesSplit is Share(1.5), must be Rows(2) or more, or a Share > 0 and <= 1; " +
				"MinSamplesLeaf is Share(1), must be Rows(1) or more, or a Share > 0 and < 1; " +
				"MaxFeatures is 1.5, must be a whole number >= 1, a share > 0 and < 1, SqrtFeatures, Log2Features or AllFeatures; " +
				"MaxSamples is Share(0), must be Rows(1) or more, a Share > 0 and <= 1, or not given"},
		{"WithoutBootstrap", with(func(f *ml.RandomForest) { f.Bootstrap, f.OOBScore, f.MaxSamples = false, true, ml.Rows(1) }), X, []int{0, 1},
			"ml: RandomForest: MaxSamples is Rows(1), must be not given without Bootstrap; OOBScore is true, must be false without Bootstrap"},
		{"TooManySamples", with(func(f *ml.RandomForest) { f.MaxSamples = ml.Rows(3) }), X, []int{0, 1},
			"ml: RandomForest: MaxSamples is Rows(3), with 2 rows it must be >= 1 and <= 2"},
		{"ShareOfNothing", with(func(f *ml.RandomForest) { f.MaxSamples = ml.Share(0.1) }), X, []int{0, 1},
			"ml: RandomForest: MaxSamples is Share(0.1), with 2 rows it must be >= 1 and <= 2"},
		{"ClassWeight", with(func(f *ml.RandomForest) { f.ClassWeight = ml.WeightsByLabel(map[int]float64{1: -1, 0: nan}) }), X, []int{0, 1},
			"ml: RandomForest: ClassWeight of label 0 is NaN, must be a finite number >= 0; ClassWeight of label 1 is -1, must be a finite number >= 0"},
		{"ClassWeightOfOtherLabels", with(func(f *ml.RandomForest) { f.ClassWeight = ml.WeightsByLabel(map[int]float64{1: 1, 7: 2}) }), X, []int{0, 1},
			"ml: RandomForest: ClassWeight has 1 labels that the data do not have, and lacks [0]"},
		{"FewLabels", good, X, []int{0}, "ml: RandomForest: 1 labels for 2 rows"},
		{"NaN", good, [][]float64{{1, 2}, {math.NaN(), 4}}, []int{0, 1},
			"ml: RandomForest: row 1, column 0: NaN, only numbers that are finite as float32 are allowed"},
		{"Infinite", good, [][]float64{{1, math.Inf(1)}, {3, 4}}, []int{0, 1},
			"ml: RandomForest: row 0, column 1: +Inf, only numbers that are finite as float32 are allowed"},
		{"Float32Overflow", good, [][]float64{{1, 1e39}, {3, 4}}, []int{0, 1},
			"ml: RandomForest: row 0, column 1: 1e+39, only numbers that are finite as float32 are allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.forest.Fit(t.Context(), matrixOf(t, c.x...), c.y)
			assert.EqualError(t, err, c.want)
		})
	}
}

func TestRandomForestPredictChecksItsInput(t *testing.T) {
	X, y := rings(1, 20, 3)
	f := ml.NewRandomForest()
	f.NEstimators = 2
	m, err := f.Fit(t.Context(), X, y)
	require.NoError(t, err)
	_, err = m.Predict(t.Context(), matrixOf(t, []float64{1, 2}))
	assert.EqualError(t, err, "ml: RandomForest: the matrix has 2 columns, the model was fitted on 3")
	_, err = m.PredictProba(t.Context(), matrixOf(t, []float64{1, 2, math.NaN()}))
	assert.EqualError(t, err, "ml: RandomForest: row 0, column 2: NaN, only numbers that are finite as float32 are allowed")
	none, err := m.Predict(t.Context(), X.Take(nil))
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestRandomForestStopsWithItsContext(t *testing.T) {
	X, y := rings(1, 50, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ml.NewRandomForest().Fit(ctx, X, y)
	assert.ErrorIs(t, err, context.Canceled)
	m, err := ml.NewRandomForest().Fit(t.Context(), X, y)
	require.NoError(t, err)
	_, err = m.Predict(ctx, X)
	assert.ErrorIs(t, err, context.Canceled)
}

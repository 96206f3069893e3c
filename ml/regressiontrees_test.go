package ml_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// numbersCase is treesCase for learners of numbers; Name is that of the targets.
type numbersCase struct {
	treesCase
	Values, Predicted string
}

// targets are those of golden_trees.py.
func (c numbersCase) targets(t testing.TB) (*ml.Matrix, []float64) {
	t.Helper()
	X, y := diabetes(t)
	y = slices.Clone(y)
	for i := range y {
		switch c.Name {
		case "real":
			y[i] /= 7
		case "counts":
			y[i] = math.Mod(math.Floor(y[i]/40), 5)
		}
	}
	return X, y
}

// fittedNumbers is what the models of the three learners have in common.
type fittedNumbers interface {
	ml.RegressorModel
	DecisionPath(ctx context.Context, X *ml.Matrix) (*ml.DecisionPath, error)
	Importances() []float64
}

func (c numbersCase) fitNumbers(t *testing.T, X *ml.Matrix, y []float64) (m fittedNumbers, trees []*ml.Tree, leaves []int32, oob *ml.OOBValues) {
	t.Helper()
	ctx, weights := t.Context(), c.weights(len(y))
	if c.Learner == "DecisionTreeRegressor" {
		d := ml.NewDecisionTreeRegressor()
		c.Params.tree(&d.TreeParams)
		d.Seed = c.Params.seed()
		if c.Params["splitter"] == "random" {
			d.Splitter = ml.RandomSplits
		}
		m := fitted(d.FitWeighted(ctx, X, y, weights))(t)
		return m, []*ml.Tree{m.Tree}, fitted(m.Apply(ctx, X))(t), nil
	}
	var f ml.RandomForestRegressor
	fit := func(ctx context.Context, X *ml.Matrix, y, weights []float64) (*ml.ForestRegressorModel, error) {
		return f.FitWeighted(ctx, X, y, weights)
	}
	f = ml.NewRandomForestRegressor()
	if c.Learner == "ExtraTreesRegressor" {
		f = ml.RandomForestRegressor(ml.NewExtraTreesRegressor())
		fit = func(ctx context.Context, X *ml.Matrix, y, weights []float64) (*ml.ForestRegressorModel, error) {
			return ml.ExtraTreesRegressor(f).FitWeighted(ctx, X, y, weights)
		}
	}
	c.Params.tree(&f.TreeParams)
	c.Params.forest(&f.ForestParams)
	model := fitted(fit(ctx, X, y, weights))(t)
	return model, model.Trees, slices.Concat(fitted(model.Apply(ctx, X))(t)...), model.OOB
}

func TestRegressionTreesAreScikitLearns(t *testing.T) {
	for i, want := range golden[numbersCase](t, "regressiontrees.json") {
		if testing.Short() && i%10 != 0 {
			continue // as they are under the race detector
		}
		t.Run(fmt.Sprintf("%d/%s/%s", i, want.Learner, want.Name), func(t *testing.T) {
			X, y := want.targets(t)
			m, trees, leaves, oob := want.fitNumbers(t, X, y)
			var structure, values, impurity []any
			nodes := 0
			for _, g := range trees {
				nodes += g.NumNodes()
				structure = append(structure, g.Feature, g.Threshold, g.Left, g.Right, g.NodeSamples)
				values = append(values, g.NodeWeight, g.Value)
				impurity = append(impurity, g.Impurity)
			}
			require.Equal(t, want.Nodes, nodes)
			require.Equal(t, want.Structure, shaOf(t, structure...))
			require.Equal(t, want.Values, shaOf(t, values...))
			if want.Impurity != "" {
				assert.Equal(t, want.Impurity, shaOf(t, impurity...), "impurities")
				assert.Equal(t, want.Importances, shaOf(t, m.Importances()), "importances")
			} else {
				for k, v := range want.Impurities {
					assert.InDelta(t, v, trees[0].Impurity[k], 1e-12)
				}
			}
			assert.Equal(t, want.Applied, shaOf(t, leaves), "leaves")
			pred := fitted(m.Predict(t.Context(), X))(t)
			assert.Equal(t, want.Predicted, shaOf(t, pred), "predictions")
			if want.OOB != "" {
				assert.Equal(t, want.OOB, shaOf(t, oob.Prediction))
				assert.InEpsilon(t, unhex(t, want.OOBScoreHex)[0], oob.Score, 1e-12)
			} else {
				assert.Nil(t, oob)
			}
		})
	}
}

func TestForestRegressorDoesNotDependOnWorkers(t *testing.T) {
	X, y := numbersCase{}.targets(t)
	f := ml.NewRandomForestRegressor()
	f.NEstimators, f.OOBScore = 9, true
	var first *ml.ForestRegressorModel
	for _, f.Workers = range []int{1, 2, 8} {
		m := fitted(f.Fit(t.Context(), X, y))(t)
		if first == nil {
			first = m
		}
		require.Equal(t, first.Trees, m.Trees)
		sameBits(t, first.OOB.Prediction, m.OOB.Prediction)
		sameBits(t, first.Importances(), m.Importances())
	}
}

func TestForestRegressorFitMoreAddsTrees(t *testing.T) {
	X, y := numbersCase{}.targets(t)
	f := ml.NewExtraTreesRegressor()
	f.NEstimators = 2
	some := fitted(f.Fit(t.Context(), X, y))(t)
	f.NEstimators = 5
	more := fitted(f.FitMore(t.Context(), some, X, y, nil))(t)
	all := fitted(f.Fit(t.Context(), X, y))(t)
	require.Equal(t, all.Trees, more.Trees)
	f.NEstimators = 1
	_, err := f.FitMore(t.Context(), some, X, y, nil)
	require.EqualError(t, err, "ml: ExtraTreesRegressor: NEstimators is 1, the model has 2 trees already")
}

func TestForestRegressorPredict1(t *testing.T) {
	X, y := numbersCase{}.targets(t)
	m := fitted(ml.NewDecisionTreeRegressor().Fit(t.Context(), X, y))(t)
	want := fitted(m.Predict(t.Context(), X))(t)
	row := make([]float64, 10)
	for i := range want {
		got, err := m.Predict1(X.Row(row, i))
		require.NoError(t, err)
		sameBits(t, want[i:i+1], []float64{got})
	}
	require.Zero(t, testing.AllocsPerRun(10, func() { _, _ = m.Predict1(row) }))
	_, err := m.Predict1(row[:3])
	require.ErrorContains(t, err, "DecisionTreeRegressor")
}

func TestTreeRegressorRefuses(t *testing.T) {
	X := matrixOf(t, []float64{1, 2}, []float64{3, 4}, []float64{5, 6})
	for _, c := range []struct {
		name, want string
		y          []float64
		change     func(*ml.DecisionTreeRegressor)
	}{
		{"Criterion", "Criterion is gini, must be SquaredError, FriedmanMSE, AbsoluteError or Poisson", []float64{1, 2, 3}, func(d *ml.DecisionTreeRegressor) { d.Criterion = ml.Gini }},
		{"NaN", "row 1", []float64{1, nan, 3}, nil},
		{"Infinity", "row 2", []float64{1, 2, math.Inf(-1)}, nil},
		{"Length", "2", []float64{1, 2}, nil},
		{"NegativeCount", "the value of row 1 is -2, for Poisson it must be >= 0", []float64{1, -2, 3}, func(d *ml.DecisionTreeRegressor) { d.Criterion = ml.Poisson }},
		{"NoCount", "all values are 0, for Poisson one must be above it", []float64{0, 0, 0}, func(d *ml.DecisionTreeRegressor) { d.Criterion = ml.Poisson }},
		{"SquaresOverflow", "too large", []float64{1e200, -1e200, 1e200}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ml.NewDecisionTreeRegressor()
			if c.change != nil {
				c.change(&d)
			}
			_, err := d.Fit(t.Context(), X, c.y)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "ml: DecisionTreeRegressor: ")
		})
	}
}

// Where sums are exact the order of the rows does not matter, and neither does whether they
// are sorted or added up by rank.
func TestExactSumsMakeTheSameTrees(t *testing.T) {
	for seed := range uint32(60) {
		r := ml.NewRandomState(ml.NewSeed(seed))
		rows := []int{20, 40, 200, 1500}[r.Randint(0, 4)]
		X, labels := hardData(t, r, rows, int(r.Randint(1, 6)), 20)
		y, weights := make([]float64, rows), make([]float64, rows)
		for i := range y {
			y[i] = float64(labels[i]) - float64(r.Randint(0, 30))
			weights[i] = float64(r.Randint(0, 4)*r.Randint(0, 3)) + float64(i%2)
		}
		if seed%5 == 0 {
			y[0] = 1 << 27 // its square is beyond what is exact
		}
		f := ml.NewRandomForestRegressor()
		f.NEstimators, f.Seed = 2, ml.NewSeed(seed)
		f.Criterion = []ml.Criterion{ml.SquaredError, ml.FriedmanMSE}[r.Randint(0, 2)]
		f.MaxFeatures = []ml.MaxFeatures{ml.SqrtFeatures, ml.AllFeatures}[r.Randint(0, 2)]
		f.MinSamplesLeaf = ml.Rows(1 + int(r.Randint(0, 2))*4)
		f.MaxLeafNodes = int(r.Randint(0, 2)) * 12
		f.MinWeightFractionLeaf = float64(r.Randint(0, 2)) * 0.01
		for _, w := range [][]float64{nil, weights} {
			want := fitted(f.FitPlain(t.Context(), X, y, w))(t)
			got := fitted(f.FitWeighted(t.Context(), X, y, w))(t)
			for i, tree := range want.Trees {
				requireSameTree(t, tree, got.Trees[i], fmt.Sprintf("seed %d, tree %d, %d rows", seed, i, rows))
			}
		}
	}
}

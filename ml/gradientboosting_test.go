package ml_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/ml"
)

// gradientCase is a model of golden_boosting.py.
type gradientCase struct {
	Name, Weights           string
	Params                  treesParams
	Trees, Nodes            int
	Structure               string
	Values                  hexFloats // the first ones
	Start, Train, OOB       hexFloats
	Importances, Raw, Proba hexFloats
	Labels                  string
	Predicted               hexFloats
}

func (p treesParams) gradient(t *ml.TreeParams, g *ml.GradientBoostingParams) {
	depth, leaf, split, most, criterion := t.MaxDepth, t.MinSamplesLeaf, t.MinSamplesSplit, t.MaxFeatures, t.Criterion
	*t = ml.TreeParams{MaxDepth: depth, MinSamplesLeaf: leaf, MinSamplesSplit: split, MaxFeatures: most, Criterion: criterion}
	p.tree(t)
	if _, ok := p["max_depth"]; !ok {
		t.MaxDepth = depth
	}
	if p["max_features"] == "sqrt" {
		t.MaxFeatures = ml.SqrtFeatures
	}
	set := func(name string, to *float64) {
		if _, ok := p[name]; ok {
			*to = p.float(name)
		}
	}
	set("learning_rate", &g.LearningRate)
	set("subsample", &g.Subsample)
	set("validation_fraction", &g.ValidationFraction)
	set("tol", &g.Tol)
	g.NEstimators, g.NIterNoChange, g.ZeroStart, g.Seed = p.int("n_estimators"), p.int("n_iter_no_change"), p["init"] == "zero", p.seed()
}

// Where two columns split a node equally well, the last bit of a sum decides, and with it
// that of an exponential. Up to tiesAllowed cases may differ in such splits, but not in
// what the model says.
const tiesAllowed = 3

func TestGradientBoostingIsScikitLearns(t *testing.T) {
	ties := 0
	for i, want := range golden[gradientCase](t, "gradientboosting.json") {
		if testing.Short() && i%4 != 0 {
			continue // as they are under the race detector
		}
		t.Run(fmt.Sprintf("%d/%s/%v", i, want.Name, want.Params), func(t *testing.T) {
			if want.Predicted != nil {
				X, y := diabetes(t)
				g := ml.NewGradientBoostingRegressor()
				want.Params.gradient(&g.TreeParams, &g.GradientBoostingParams)
				if name, ok := want.Params["loss"]; ok {
					g.Loss = map[any]ml.Loss{"absolute_error": ml.AbsoluteErrorLoss, "huber": ml.HuberLoss, "quantile": ml.QuantileLoss}[name]
				}
				if _, ok := want.Params["alpha"]; ok {
					g.Quantile = want.Params.float("alpha")
				}
				m := fitted(g.FitWeighted(t.Context(), X, y, treesCase{Weights: want.Weights}.weights(len(y))))(t)
				ties += want.compare(t, &m.GradientEnsemble)
				got := fitted(m.Predict(t.Context(), X))(t)
				closeTo(t, want.Predicted, got[:len(want.Predicted)], 1e-11, "predictions")
				return
			}
			X, y := treesData(t, want.Name)
			g := ml.NewGradientBoosting()
			want.Params.gradient(&g.TreeParams, &g.GradientBoostingParams)
			m := fitted(g.FitWeighted(t.Context(), X, y, treesCase{Weights: want.Weights}.weights(len(y))))(t)
			ties += want.compare(t, &m.GradientEnsemble)
			closeTo(t, want.Raw, rowMajor(fitted(m.Decision(t.Context(), firstFive(X)))(t)), 1e-11, "decision values")
			closeTo(t, want.Proba, rowMajor(fitted(m.PredictProba(t.Context(), firstFive(X)))(t)), 1e-11, "probabilities")
			var text strings.Builder
			for _, label := range fitted(m.Predict(t.Context(), X))(t) {
				text.WriteString(strconv.Itoa(label))
			}
			assert.Equal(t, want.Labels, text.String()[:len(want.Labels)])
		})
	}
	assert.LessOrEqual(t, ties, tiesAllowed)
}

// compare returns 1 if a split differs.
func (c gradientCase) compare(t *testing.T, e *ml.GradientEnsemble) (ties int) {
	t.Helper()
	var structure []any
	var values []float64
	trees, nodes := 0, 0
	for _, stage := range e.Trees {
		for _, g := range stage {
			trees++
			nodes += g.NumNodes()
			structure = append(structure, g.Feature, g.Threshold, g.Left, g.Right, g.NodeSamples)
			values = append(values, g.Value...)
		}
	}
	assert.Equal(t, c.Trees, trees, "trees")
	assert.Equal(t, c.Nodes, nodes, "nodes")
	closeTo(t, c.Start, e.Start, 1e-15, "start")
	closeTo(t, c.Values, values[:len(c.Values)], 1e-11, "values")
	closeTo(t, c.Train, e.TrainLoss, 1e-11, "loss")
	closeTo(t, c.OOB, e.OOBImprovement, 1e-10, "improvement out of the bag")
	if c.Structure != shaOf(t, structure...) {
		return 1
	}
	closeTo(t, c.Importances, e.Importances(), 1e-11, "importances")
	return 0
}

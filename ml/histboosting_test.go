package ml_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// histCase is a model of golden_boosting.py.
type histCase struct {
	Name                           string
	Missing                        bool
	Weights                        string
	Params                         treesParams
	Trees, Nodes                   int
	Structure, Values, FirstValues string
	Start, Train, Validation       hexFloats
	Raw, Proba                     hexFloats // of a classifier, five rows
	Labels                         string
	Predicted                      hexFloats // of a regressor, ten rows
	Arrays                         []map[string]hexFloats
}

func (c histCase) isRegressor() bool { return c.Predicted != nil }

// data are those of golden_boosting.py.
func (c histCase) data(t testing.TB) (X *ml.Matrix, labels []int, values []float64) {
	t.Helper()
	size, isRings := strings.CutPrefix(c.Name, "rings ")
	switch {
	case isRings:
		var rows, cols int
		_, err := fmt.Sscan(size, &rows, &cols)
		require.NoError(t, err)
		X, labels = rings(uint32(rows), rows, cols)
		for _, label := range labels {
			values = append(values, float64(label))
		}
	case c.Name == "diabetes":
		X, values = diabetes(t)
		values = slices.Clone(values)
	default:
		X, labels = treesData(t, c.Name)
	}
	if c.Missing {
		X = withGaps(X)
	}
	if c.Params["loss"] == "poisson" {
		for i, v := range values {
			values[i] = math.Mod(math.Floor(v/40), 5)
		}
	}
	return X, labels, values
}

// withGaps is gaps of golden_boosting.py.
func withGaps(X *ml.Matrix) *ml.Matrix {
	rows, cols := X.Dims()
	out := ml.MatrixFrom(X)
	for j := range cols {
		for i := range rows {
			if (i*3+j*5)%(j+4) == 0 {
				out.Col(j)[i] = nan
			}
		}
	}
	return out
}

func (p treesParams) boosting(h *ml.HistBoostingParams) {
	set := func(name string, to *int) {
		if v, ok := p[name]; ok {
			*to = 0 // no limit
			if v != nil {
				*to = p.int(name)
			}
		}
	}
	set("max_iter", &h.MaxIter)
	set("max_leaf_nodes", &h.MaxLeafNodes)
	set("max_depth", &h.MaxDepth)
	set("min_samples_leaf", &h.MinSamplesLeaf)
	set("max_bins", &h.MaxBins)
	set("n_iter_no_change", &h.NIterNoChange)
	if _, ok := p["learning_rate"]; ok {
		h.LearningRate = p.float("learning_rate")
	}
	h.L2Regularization = p.float("l2_regularization")
	if _, ok := p["tol"]; ok {
		h.Tol = p.float("tol")
	}
	if stops, ok := p["early_stopping"]; ok {
		h.EarlyStopping = map[any]ml.EarlyStopping{true: ml.EarlyStoppingOn, false: ml.EarlyStoppingOff}[stops]
	}
	if part, ok := p["validation_fraction"]; ok {
		h.ValidationFraction = ml.Size{}
		if part != nil {
			p.size("validation_fraction", &h.ValidationFraction)
		}
	}
	h.Seed = p.seed()
}

func (c histCase) classifier() ml.HistGradientBoosting {
	h := ml.NewHistGradientBoosting()
	c.Params.boosting(&h.HistBoostingParams)
	h.ClassWeight = c.Params.classWeight()
	return h
}

func (c histCase) regressor() ml.HistGradientBoostingRegressor {
	h := ml.NewHistGradientBoostingRegressor()
	c.Params.boosting(&h.HistBoostingParams)
	if name, ok := c.Params["loss"]; ok {
		h.Loss = map[any]ml.Loss{"absolute_error": ml.AbsoluteErrorLoss, "poisson": ml.PoissonLoss, "quantile": ml.QuantileLoss}[name]
		h.Quantile = c.Params.float("quantile")
	}
	return h
}

func TestHistGradientBoostingIsScikitLearns(t *testing.T) {
	for i, want := range golden[histCase](t, "histboosting.json") {
		if testing.Short() && i%4 != 0 {
			continue // as they are under the race detector
		}
		t.Run(fmt.Sprintf("%d/%s/%v", i, want.Name, want.Params), func(t *testing.T) {
			X, labels, values := want.data(t)
			rows, _ := X.Dims()
			weights := treesCase{Weights: want.Weights}.weights(rows)
			if want.isRegressor() {
				m := fitted(want.regressor().FitWeighted(t.Context(), X, values, weights))(t)
				want.compare(t, &m.HistEnsemble)
				y := fitted(m.Predict(t.Context(), X))(t)
				closeTo(t, want.Predicted, y[:len(want.Predicted)], 1e-12, "predictions")
				return
			}
			m := fitted(want.classifier().FitWeighted(t.Context(), X, labels, weights))(t)
			want.compare(t, &m.HistEnsemble)
			first := firstFive(X)
			closeTo(t, want.Raw, rowMajor(fitted(m.Decision(t.Context(), first))(t)), 1e-12, "decision values")
			closeTo(t, want.Proba, rowMajor(fitted(m.PredictProba(t.Context(), first))(t)), 1e-12, "probabilities")
			var text strings.Builder
			for _, label := range fitted(m.Predict(t.Context(), X))(t) {
				text.WriteString(strconv.Itoa(label))
			}
			assert.Equal(t, want.Labels, text.String()[:len(want.Labels)])
		})
	}
}

func (c histCase) compare(t *testing.T, e *ml.HistEnsemble) {
	t.Helper()
	var structure, values, first []any
	trees, nodes := 0, 0
	for i, stage := range e.Trees {
		for _, g := range stage {
			trees++
			nodes += g.NumNodes()
			structure = append(structure, g.Feature, g.Threshold, g.MissingLeft, g.Left, g.Right, g.Samples)
			values = append(values, g.Gain, g.Value)
			if i < 3 {
				first = append(first, g.Gain, g.Value)
			}
		}
	}
	for i, arrays := range c.Arrays {
		g := e.Trees[0][i]
		assert.Equal(t, []float64(arrays["threshold"]), g.Threshold)
		assert.Equal(t, []float64(arrays["gain"]), g.Gain)
		assert.Equal(t, []float64(arrays["value"]), g.Value)
	}
	assert.Equal(t, []float64(c.Start), e.Start)
	assert.Equal(t, c.Trees, trees, "trees")
	assert.Equal(t, c.Nodes, nodes, "nodes")
	assert.Equal(t, c.FirstValues, shaOf(t, first...), "values of the first trees")
	assert.Equal(t, c.Structure, shaOf(t, structure...), "structure")
	assert.Equal(t, c.Values, shaOf(t, values...), "values")
	require.Len(t, e.TrainLoss, len(c.Train))
	require.Len(t, e.ValidationLoss, len(c.Validation))
	for i, v := range c.Train {
		assert.InDelta(t, -v, e.TrainLoss[i], 1e-12)
	}
	for i, v := range c.Validation {
		assert.InDelta(t, -v, e.ValidationLoss[i], 1e-12)
	}
}

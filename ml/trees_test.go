package ml_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// treesCase is a learner of scikit-learn's with its parameters, and SHA-256 sums of
// what it made of a data set.
type treesCase struct {
	Learner, Name, Weights                                      string
	Params                                                      treesParams
	Nodes                                                       int
	Structure, Impurity, Importances, Proba, Applied, OOB, Path string
	OOBScoreHex                                                 string    `json:"oob_score"`
	Impurities                                                  hexFloats // of the first tree, where logarithms are involved
	Trees                                                       []struct {
		Feature, Left, Right, Samples []int32
		Threshold                     hexFloats
	}
}

// treesParams are scikit-learn's parameters; whole numbers and others mean
// different things in some of them.
type treesParams map[string]any

func (p *treesParams) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode((*map[string]any)(p))
}

func (p treesParams) int(name string) int {
	n, _ := p.number(name).Int64()
	return int(n)
}

func (p treesParams) float(name string) float64 {
	f, _ := p.number(name).Float64()
	return f
}

func (p treesParams) number(name string) json.Number {
	n, _ := p[name].(json.Number)
	return n
}

// size sets s if the parameter is there.
func (p treesParams) size(name string, s *ml.Size) {
	switch n := p.number(name); {
	case strings.Contains(n.String(), "."):
		*s = ml.Share(p.float(name))
	case n != "":
		*s = ml.Rows(p.int(name))
	}
}

func (p treesParams) tree(t *ml.TreeParams) {
	if name, ok := p["criterion"]; ok {
		t.Criterion = map[any]ml.Criterion{
			"gini": ml.Gini, "entropy": ml.Entropy, "log_loss": ml.LogLossCriterion,
			"squared_error": ml.SquaredError, "friedman_mse": ml.FriedmanMSE, "absolute_error": ml.AbsoluteError, "poisson": ml.Poisson,
		}[name]
	}
	t.MaxDepth, t.MaxLeafNodes = p.int("max_depth"), p.int("max_leaf_nodes")
	t.MinWeightFractionLeaf, t.MinImpurityDecrease, t.CCPAlpha = p.float("min_weight_fraction_leaf"), p.float("min_impurity_decrease"), p.float("ccp_alpha")
	p.size("min_samples_split", &t.MinSamplesSplit)
	p.size("min_samples_leaf", &t.MinSamplesLeaf)
	if most, ok := p["max_features"]; ok {
		switch most {
		case nil:
			t.MaxFeatures = ml.AllFeatures
		case "log2":
			t.MaxFeatures = ml.Log2Features
		default:
			t.MaxFeatures = ml.MaxFeatures(p.float("max_features"))
		}
	}
}

func (p treesParams) forest(f *ml.ForestParams) {
	f.NEstimators, f.Seed, f.OOBScore = p.int("n_estimators"), p.seed(), p["oob_score"] == true
	if bootstrap, ok := p["bootstrap"].(bool); ok {
		f.Bootstrap = bootstrap
	}
	p.size("max_samples", &f.MaxSamples)
}

func (p treesParams) seed() ml.Seed { return ml.NewSeed(uint32(p.int("random_state"))) }

func (p treesParams) classWeight() ml.ClassWeight {
	switch w := p["class_weight"].(type) {
	case string:
		return map[string]ml.ClassWeight{"balanced": ml.BalancedClasses(), "balanced_subsample": ml.BalancedSubsample()}[w]
	case map[string]any:
		weights := map[int]float64{}
		for label, weight := range w {
			var code int
			_, _ = fmt.Sscan(label, &code)
			weights[code], _ = weight.(json.Number).Float64()
		}
		return ml.WeightsByLabel(weights)
	}
	return ml.ClassWeight{}
}

// fittedTrees is what the models of the three learners have in common.
type fittedTrees interface {
	PredictProba(ctx context.Context, X *ml.Matrix) (*ml.Matrix, error)
	DecisionPath(ctx context.Context, X *ml.Matrix) (*ml.DecisionPath, error)
	Importances() []float64
}

// fit returns the model with its trees and, tree by tree, the leaves of X's rows.
func (c treesCase) fit(t *testing.T, X *ml.Matrix, y []int) (m fittedTrees, trees []*ml.Tree, leaves []int32, oob *ml.OOB) {
	t.Helper()
	ctx, weights := t.Context(), c.weights(len(y))
	ofForest := func(m *ml.ForestModel, err error) (fittedTrees, []*ml.Tree, []int32, *ml.OOB) {
		require.NoError(t, err)
		leaves, err := m.Apply(ctx, X)
		require.NoError(t, err)
		return m, m.Trees, slices.Concat(leaves...), m.OOB
	}
	switch c.Learner {
	case "RandomForest":
		f := ml.NewRandomForest()
		c.Params.tree(&f.TreeParams)
		c.Params.forest(&f.ForestParams)
		f.ClassWeight = c.Params.classWeight()
		return ofForest(f.FitWeighted(ctx, X, y, weights))
	case "ExtraTrees":
		f := ml.NewExtraTrees()
		c.Params.tree(&f.TreeParams)
		c.Params.forest(&f.ForestParams)
		f.ClassWeight = c.Params.classWeight()
		return ofForest(f.FitWeighted(ctx, X, y, weights))
	default:
		f := ml.NewDecisionTree()
		c.Params.tree(&f.TreeParams)
		f.Seed, f.ClassWeight = c.Params.seed(), c.Params.classWeight()
		if c.Params["splitter"] == "random" {
			f.Splitter = ml.RandomSplits
		}
		m, err := f.FitWeighted(ctx, X, y, weights)
		require.NoError(t, err)
		leaves, err := m.Apply(ctx, X)
		require.NoError(t, err)
		return m, []*ml.Tree{m.Tree}, leaves, nil
	}
}

// weights are those of golden_trees.py.
func (c treesCase) weights(n int) []float64 {
	if c.Weights == "" {
		return nil
	}
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = float64(i * 7 % 4)
		if c.Weights == "real" {
			weights[i] = float64(2*(i*5%11)+1) / 7
		}
	}
	return weights
}

func TestTreesAreScikitLearns(t *testing.T) {
	nodes := 0
	for i, want := range golden[treesCase](t, "trees.json") {
		if testing.Short() && i%5 != 0 {
			continue // as they are under the race detector
		}
		t.Run(fmt.Sprintf("%d/%s/%s", i, want.Learner, want.Name), func(t *testing.T) {
			X, y := treesData(t, want.Name)
			m, trees, leaves, oob := want.fit(t, X, y)
			for i, w := range want.Trees {
				g := trees[i]
				require.Equal(t, w.Feature, g.Feature)
				require.Equal(t, []float64(w.Threshold), g.Threshold)
				require.Equal(t, w.Left, g.Left)
				require.Equal(t, w.Right, g.Right)
				require.Equal(t, w.Samples, g.NodeSamples)
			}
			var structure, impurity []any
			got := 0
			for _, g := range trees {
				got += g.NumNodes()
				structure = append(structure, g.Feature, g.Threshold, g.Left, g.Right, g.NodeSamples, g.NodeWeight, g.Value)
				impurity = append(impurity, g.Impurity)
			}
			require.Equal(t, want.Nodes, got)
			require.Equal(t, want.Structure, shaOf(t, structure...))
			nodes += got
			if want.Impurity != "" {
				assert.Equal(t, want.Impurity, shaOf(t, impurity...), "impurities")
				assert.Equal(t, want.Importances, shaOf(t, m.Importances()), "importances")
			} else {
				assert.InDeltaSlice(t, []float64(want.Impurities), trees[0].Impurity, 1e-12)
			}
			proba, err := m.PredictProba(t.Context(), X)
			require.NoError(t, err)
			assert.Equal(t, want.Proba, shaOf(t, rowMajor(proba)), "probabilities")
			assert.Equal(t, want.Applied, shaOf(t, leaves), "leaves")
			path, err := m.DecisionPath(t.Context(), X)
			require.NoError(t, err)
			assert.Equal(t, want.Path, shaOf(t, int32s(path.Nodes), int32s(path.Starts)), "paths")
			if want.OOB != "" {
				assert.Equal(t, want.OOB, shaOf(t, rowMajor(oob.Decision)))
				sameBits(t, unhex(t, want.OOBScoreHex), []float64{oob.Score})
			} else {
				assert.Nil(t, oob)
			}
		})
	}
	t.Logf("%d nodes are equal", nodes)
}

func unhex(t *testing.T, words ...string) hexFloats {
	t.Helper()
	var h hexFloats
	text, err := json.Marshal(words)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &h))
	return h
}

// shaOf is golden_trees.py's sum of arrays.
func shaOf(t *testing.T, arrays ...any) string {
	t.Helper()
	h := sha256.New()
	for _, a := range arrays {
		require.NoError(t, binary.Write(h, binary.LittleEndian, a))
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

func int32s(a []int) []int32 {
	out := make([]int32, len(a))
	for i, v := range a {
		out[i] = int32(v)
	}
	return out
}

// treesData is dataSet with the digits.
func treesData(t testing.TB, name string) (*ml.Matrix, []int) {
	t.Helper()
	if name != "digits" {
		return dataSet(t, name)
	}
	type set struct {
		Rows, Cols    int
		Cells, Labels string
	}
	s := golden[set](t, "digits.json")[0]
	d := goldenData{Rows: s.Rows, Cols: s.Cols}
	for _, c := range s.Cells {
		d.X = append(d.X, float64(c-'A'))
	}
	for _, c := range s.Labels {
		d.Y = append(d.Y, int(c-'0'))
	}
	return d.matrix(t), d.Y
}

package ml_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// treeTextCase is what scikit-learn says of a tree.
type treeTextCase struct {
	Kind, Name, Text string
	Names, Weighted  bool
	Depth            int
	Options          struct {
		ShowWeights                         bool `json:"show_weights"`
		Decimals, Precision, Spacing        *int
		MaxDepth                            int  `json:"max_depth"`
		NodeIDs                             bool `json:"node_ids"`
		Impurity                            *bool
		Filled, Rounded, Proportion, Rotate bool
		FontName, Label                     string
		LeavesParallel                      bool `json:"leaves_parallel"`
		SpecialCharacters                   bool `json:"special_characters"`
	}
}

func (c treeTextCase) tree(t *testing.T) (tree *ml.Tree, criterion ml.Criterion, columns, classes int) {
	t.Helper()
	var weights []float64
	if c.Weighted {
		X, _ := plsData(t, c.Name)
		weights = treesCase{Weights: "real"}.weights(X.NumRows())
	}
	if c.Name == "diabetes" {
		X, y := diabetes(t)
		d := ml.NewDecisionTreeRegressor()
		d.MaxDepth = c.Depth
		_, columns := X.Dims()
		return fitted(d.FitWeighted(t.Context(), X, y, weights))(t).Tree, d.Criterion, columns, 1
	}
	X, y := dataSet(t, c.Name)
	d := ml.NewDecisionTree()
	d.MaxDepth = c.Depth
	m := fitted(d.FitWeighted(t.Context(), X, y, weights))(t)
	_, columns = X.Dims()
	return m.Tree, d.Criterion, columns, len(m.Codes)
}

func numbered(what string, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s %d", what, i))
	}
	return names
}

func TestTreeTextIsScikitLearns(t *testing.T) {
	for i, c := range golden[treeTextCase](t, "treetext.json") {
		t.Run(fmt.Sprintf("%d/%s/%s", i, c.Kind, c.Name), func(t *testing.T) {
			tree, criterion, columns, classes := c.tree(t)
			var features, names []string
			if c.Names {
				features, names = numbered("column", columns), numbered("class", classes)
			}
			var got bytes.Buffer
			o := c.Options
			if c.Kind == "text" {
				f := ml.NewTreeText()
				f.Features, f.Weights = features, o.ShowWeights
				setTo(&f.Decimals, o.Decimals)
				setTo(&f.Spacing, o.Spacing)
				if o.MaxDepth > 0 {
					f.MaxDepth = o.MaxDepth
				}
				require.NoError(t, tree.WriteText(&got, f))
				require.Equal(t, c.Text, got.String())
				return
			}
			f := ml.NewTreeDOT()
			f.Features, f.Classes, f.MaxDepth, f.NodeIDs, f.Impurity = features, names, o.MaxDepth, o.NodeIDs, criterion.String()
			f.Filled, f.Rounded, f.Proportion, f.Rotate = o.Filled, o.Rounded, o.Proportion, o.Rotate
			f.Labels = map[string]ml.DOTLabels{"root": ml.LabelsRoot, "none": ml.LabelsNone}[o.Label]
			f.LeavesParallel, f.SpecialCharacters = o.LeavesParallel, o.SpecialCharacters
			setTo(&f.Precision, o.Precision)
			if o.FontName != "" {
				f.FontName = o.FontName
			}
			if o.Impurity != nil {
				f.Impurity = ""
			}
			require.NoError(t, tree.WriteDOT(&got, f))
			require.Equal(t, strings.Split(c.Text+"\n", "\n"), strings.Split(got.String(), "\n"))
		})
	}
}

func setTo[T any](v *T, to *T) {
	if to != nil {
		*v = *to
	}
}

// Labels need not be 0, 1, 2: the rules say what the model predicts.
func TestTreeTextNamesLabels(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{2}, []float64{3})
	m := fitted(ml.NewDecisionTree().Fit(t.Context(), X, []int{40, 7, 7}))(t)
	var rules strings.Builder
	require.NoError(t, m.WriteText(&rules, ml.NewTreeText()))
	assert.Equal(t, "|--- feature_0 <= 1.50\n|   |--- class: 40\n|--- feature_0 >  1.50\n|   |--- class: 7\n", rules.String())
	rules.Reset()
	format := ml.NewTreeText()
	format.Classes = []string{"few", "many"}
	require.NoError(t, m.WriteText(&rules, format))
	assert.Contains(t, rules.String(), "class: many\n|--- feature_0 >")
}

func TestTreeTextNamesColumns(t *testing.T) {
	X := fitted(ml.NewMatrix(2, 1, []float64{1, 2}, "size"))(t)
	m := fitted(ml.NewDecisionTreeRegressor().Fit(t.Context(), X, []float64{10, 20}))(t)
	again := loaded(t, saved(t, m)).(*ml.TreeRegressorModel)
	for _, m := range []*ml.TreeRegressorModel{m, again} {
		var out strings.Builder
		require.NoError(t, m.WriteText(&out, ml.NewTreeText()))
		assert.Equal(t, "|--- size <= 1.50\n|   |--- value: [10.00]\n|--- size >  1.50\n|   |--- value: [20.00]\n", out.String())
		out.Reset()
		require.NoError(t, m.WriteDOT(&out, ml.NewTreeDOT()))
		assert.Contains(t, out.String(), `label="size <= 1.5\nimpurity = 25.0\nsamples = 2\nvalue = 15.0"`)
	}
}

func TestTreeOfOneLeaf(t *testing.T) {
	X := matrixOf(t, []float64{1})
	m := fitted(ml.NewDecisionTree().Fit(t.Context(), X, []int{3}))(t)
	var out strings.Builder
	require.NoError(t, m.WriteText(&out, ml.NewTreeText()))
	assert.Equal(t, "|--- class: 3\n", out.String())
	out.Reset()
	dot := ml.NewTreeDOT()
	dot.Filled, dot.Classes = true, []string{"three"}
	require.NoError(t, m.Tree.WriteDOT(&out, dot))
	assert.Contains(t, out.String(), `value = [1]\nclass = three", fillcolor="#ffffff"`)
}

func TestTreeDOTQuotesNames(t *testing.T) {
	m := fitted(ml.NewDecisionTree().Fit(t.Context(), matrixOf(t, []float64{1}, []float64{2}), []int{0, 1}))(t)
	dot := ml.NewTreeDOT()
	dot.Features = []string{"a \"quoted\"\nname\\"}
	var out strings.Builder
	require.NoError(t, m.Tree.WriteDOT(&out, dot))
	assert.Contains(t, out.String(), `[label="a \"quoted\"\nname\\ <= 1.5\n`)
	out.Reset()
	dot.Features, dot.SpecialCharacters = []string{"a<b & c"}, true
	require.NoError(t, m.Tree.WriteDOT(&out, dot))
	assert.Contains(t, out.String(), `[label=<a&lt;b &amp; c &le; 1.5<br/>`)
}

// A tree as deep as there are rows is written without a recursion.
func TestTreeTextOfADeepTree(t *testing.T) {
	X, y := alternating(t, 2000)
	m := fitted(ml.NewDecisionTree().Fit(t.Context(), X, y))(t)
	format := ml.NewTreeText()
	var out bytes.Buffer
	require.NoError(t, m.WriteText(&out, format))
	assert.Contains(t, out.String(), "truncated branch of depth")
	format.MaxDepth = 0
	out.Reset()
	require.NoError(t, m.WriteText(&out, format))
	assert.Equal(t, 2*m.Tree.NumNodes()-m.Tree.NumLeaves(), bytes.Count(out.Bytes(), []byte("\n")), "a line for a leaf, two for a split")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestTreeTextRefuses(t *testing.T) {
	m := fitted(ml.NewDecisionTree().Fit(t.Context(), matrixOf(t, []float64{0, 1}, []float64{0, 2}), []int{0, 1}))(t)
	text := ml.TreeText{MaxDepth: -1, Decimals: -1, Features: []string{"a"}, Classes: []string{"a"}}
	assert.EqualError(t, m.WriteText(brokenWriter{}, text), "ml: WriteText: MaxDepth is -1, must be >= 0 (0 means no limit); Decimals is -1, must be >= 0; "+
		"Spacing is 0, must be >= 1; the number of Features is 1, must be >= 2, as the tree looks at column 1; the number of Classes is 1, must be 2")
	dot := ml.TreeDOT{Precision: -1, Labels: 7, Features: []string{}}
	assert.EqualError(t, m.Tree.WriteDOT(brokenWriter{}, dot), "ml: WriteDOT: Precision is -1, must be >= 0; Labels is DOTLabels(7), must be LabelsAll, LabelsRoot or LabelsNone; the number of Features is 0, must be >= 2, as the tree looks at column 1")
	assert.EqualError(t, m.WriteText(brokenWriter{}, ml.NewTreeText()), "the disk is full")
	assert.EqualError(t, m.Tree.WriteDOT(brokenWriter{}, ml.NewTreeDOT()), "the disk is full")
}

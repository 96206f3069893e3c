package ml_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

var onnxPython = flag.String("onnx", "", "a Python that has onnxruntime, for TestONNXRuntime")

// wire is a message of Protocol Buffers as it was read: values by field.
type wire map[int][]any

// readWire knows nothing of ONNX and takes what has a length as bytes.
func readWire(t *testing.T, data []byte) wire {
	t.Helper()
	m := make(wire)
	varint := func() uint64 {
		v, n := binary.Uvarint(data)
		require.Positive(t, n, "a varint")
		data = data[n:]
		return v
	}
	for len(data) > 0 {
		tag := varint()
		switch tag & 7 {
		case 0:
			m[int(tag>>3)] = append(m[int(tag>>3)], varint())
		case 2:
			n := varint()
			require.LessOrEqual(t, n, uint64(len(data)))
			m[int(tag>>3)] = append(m[int(tag>>3)], data[:n])
			data = data[n:]
		default:
			require.Fail(t, "wire type", "%d", tag&7)
		}
	}
	return m
}

func (m wire) text(t *testing.T, field int) string {
	t.Helper()
	require.Len(t, m[field], 1)
	return string(m[field][0].([]byte))
}

func (m wire) messages(t *testing.T, field int) (all []wire) {
	t.Helper()
	for _, v := range m[field] {
		all = append(all, readWire(t, v.([]byte)))
	}
	return all
}

func packed(t *testing.T, data []byte) (values []int64) {
	t.Helper()
	for len(data) > 0 {
		v, n := binary.Uvarint(data)
		require.Positive(t, n)
		values, data = append(values, int64(v)), data[n:]
	}
	return values
}

// graphNode is a node of an ONNX graph.
type graphNode struct {
	op, domain string
	in, out    []string
	ints       map[string][]int64
	doubles    map[string][]float64
	texts      map[string]string
	textsOf    map[string][]string
	singles    map[string]int64
}

func texts(values []any) (all []string) {
	for _, v := range values {
		all = append(all, string(v.([]byte)))
	}
	return all
}

func readGraphNode(t *testing.T, m wire) graphNode {
	t.Helper()
	n := graphNode{
		op: m.text(t, 4), in: texts(m[1]), out: texts(m[2]), domain: strings.Join(texts(m[7]), ""),
		ints: map[string][]int64{}, doubles: map[string][]float64{}, texts: map[string]string{}, textsOf: map[string][]string{}, singles: map[string]int64{},
	}
	for _, a := range m.messages(t, 5) {
		name := a.text(t, 1)
		switch kind := a[20][0].(uint64); kind {
		case 2:
			n.singles[name] = int64(a[3][0].(uint64))
		case 3:
			n.texts[name] = a.text(t, 4)
		case 4:
			tensor := a.messages(t, 5)[0]
			require.Equal(t, uint64(11), tensor[2][0], "float64")
			raw := tensor[9][0].([]byte)
			require.Equal(t, []int64{int64(len(raw) / 8)}, packed(t, tensor[1][0].([]byte)))
			for ; len(raw) > 0; raw = raw[8:] {
				n.doubles[name] = append(n.doubles[name], math.Float64frombits(binary.LittleEndian.Uint64(raw)))
			}
		case 7:
			n.ints[name] = packed(t, a[8][0].([]byte))
		case 8:
			n.textsOf[name] = texts(a[9])
		default:
			require.Fail(t, "attribute", "%s has type %d", name, kind)
		}
	}
	return n
}

// onnxGraph returns the nodes and the names and widths of inputs and outputs.
func onnxGraph(t *testing.T, data []byte) (nodes []graphNode, values []string) {
	t.Helper()
	model := readWire(t, data)
	require.Equal(t, []any{uint64(7)}, model[1])
	var opsets []string
	for _, o := range model.messages(t, 8) {
		opsets = append(opsets, strings.Join(texts(o[1]), "")+":"+string('0'+rune(o[2][0].(uint64)%10)))
	}
	require.Equal(t, []string{":3", "ai.onnx.ml:3"}, opsets, "13 and 3")
	graph := model.messages(t, 7)[0]
	for _, n := range graph.messages(t, 1) {
		nodes = append(nodes, readGraphNode(t, n))
	}
	for _, v := range append(graph.messages(t, 11), graph.messages(t, 12)...) {
		values = append(values, v.text(t, 1))
	}
	return nodes, values
}

func TestONNXOfAForest(t *testing.T) {
	X, y := threeClasses(t)
	f := ml.NewRandomForest()
	f.NEstimators = 3
	m := fitted(f.Fit(t.Context(), X, y))(t)
	var out bytes.Buffer
	require.NoError(t, m.WriteONNX(&out))
	nodes, values := onnxGraph(t, out.Bytes())
	require.Equal(t, []string{"X", "label", "probabilities"}, values)
	require.Len(t, nodes, 5)
	trees := nodes[2]
	assert.Equal(t, "TreeEnsembleClassifier", trees.op)
	assert.Equal(t, "ai.onnx.ml", trees.domain)
	assert.Equal(t, []int64{1, 11, 21}, trees.ints["classlabels_int64s"])
	at := 0
	for i, tree := range m.Trees {
		for node := range tree.NumNodes() {
			require.Equal(t, int64(i), trees.ints["nodes_treeids"][at])
			require.Equal(t, int64(node), trees.ints["nodes_nodeids"][at])
			if tree.Left[node] < 0 {
				require.Equal(t, "LEAF", trees.textsOf["nodes_modes"][at])
			} else {
				require.Equal(t, "BRANCH_LEQ", trees.textsOf["nodes_modes"][at])
				require.Equal(t, int64(tree.Feature[node]), trees.ints["nodes_featureids"][at])
				require.Equal(t, int64(tree.Left[node]), trees.ints["nodes_truenodeids"][at])
				require.Equal(t, int64(tree.Right[node]), trees.ints["nodes_falsenodeids"][at])
				require.Equal(t, tree.Threshold[node], trees.doubles["nodes_values_as_tensor"][at])
			}
			at++
		}
	}
	for name, ints := range trees.ints {
		if strings.HasPrefix(name, "nodes_") {
			require.Len(t, ints, at, name)
		}
	}
	require.Len(t, trees.textsOf["nodes_modes"], at)

	// Leaves sum to 1, and to the probabilities.
	sums := make(map[[2]int64][3]float64)
	for k, w := range trees.doubles["class_weights_as_tensor"] {
		place := [2]int64{trees.ints["class_treeids"][k], trees.ints["class_nodeids"][k]}
		shares := sums[place]
		shares[trees.ints["class_ids"][k]] += w
		sums[place] = shares
	}
	leaves := fitted(m.Apply(t.Context(), X))(t)
	proba := fitted(m.PredictProba(t.Context(), X))(t)
	for row, ends := range leaves {
		var p [3]float64
		for i, leaf := range ends {
			for c, share := range sums[[2]int64{int64(i), int64(leaf)}] {
				p[c] += share
			}
		}
		for c := range p {
			require.InDelta(t, proba.At(row, c), p[c]/3, 1e-15)
		}
	}
}

func TestONNXOfARegressor(t *testing.T) {
	X, y := regressionPoints(t)
	m := fitted(ml.NewDecisionTreeRegressor().Fit(t.Context(), X, y))(t)
	var out bytes.Buffer
	require.NoError(t, m.WriteONNX(&out))
	nodes, values := onnxGraph(t, out.Bytes())
	require.Equal(t, []string{"X", "value"}, values)
	require.Len(t, nodes, 3)
	trees := nodes[2]
	assert.Equal(t, "TreeEnsembleRegressor", trees.op)
	assert.Equal(t, "AVERAGE", trees.texts["aggregate_function"])
	assert.Equal(t, int64(1), trees.singles["n_targets"])
	assert.Equal(t, m.Tree.Value[trees.ints["target_nodeids"][0]], trees.doubles["target_weights_as_tensor"][0])
	assert.Len(t, trees.ints["target_ids"], m.Tree.NumLeaves())
}

func regressionPoints(t *testing.T) (*ml.Matrix, []float64) {
	t.Helper()
	X, _ := rings(5, 60, 2)
	y := make([]float64, 60)
	for i := range y {
		y[i] = X.At(i, 0) + 3*X.At(i, 1)
	}
	return X, y
}

func TestONNXErrorsOfTheWriter(t *testing.T) {
	X, y := regressionPoints(t)
	m := fitted(ml.NewDecisionTreeRegressor().Fit(t.Context(), X, y))(t)
	assert.EqualError(t, m.WriteONNX(brokenWriter{}), "ml: WriteONNX: the disk is full")
}

// TestONNXRuntime compares with onnxruntime: make onnx.
func TestONNXRuntime(t *testing.T) {
	if *onnxPython == "" {
		t.Skip("no -onnx")
	}
	dir, ctx := t.TempDir(), t.Context()
	type onnxModel interface{ WriteONNX(w io.Writer) error }
	write := func(name string, m onnxModel, X *ml.Matrix) {
		var out, rows bytes.Buffer
		require.NoError(t, m.WriteONNX(&out))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".onnx"), out.Bytes(), 0o600))
		require.NoError(t, binary.Write(&rows, binary.LittleEndian, rowMajor(X)))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".rows"), rows.Bytes(), 0o600))
	}
	hard, y := hardRows(t, 7)
	two := make([]int, len(y))
	values := make([]float64, len(y))
	for i, c := range y {
		two[i] = c % 2 * 8
		values[i] = float64(c) - 1/float64(i+1)
	}
	digits, digitLabels := treesData(t, "digits")
	f := ml.NewRandomForest()
	f.NEstimators = 30
	weighted := f
	weighted.ClassWeight, weighted.MaxDepth = ml.BalancedClasses(), 4
	type classifier interface {
		onnxModel
		ml.ClassifierModel
		ml.ProbabilityModel
	}
	classifiers := map[string]classifier{
		"seven": fitted(f.Fit(ctx, hard, y))(t), "two": fitted(f.Fit(ctx, hard, two))(t), "weighted": fitted(weighted.Fit(ctx, hard, two))(t),
		"tree": fitted(ml.NewDecisionTree().Fit(ctx, hard, y))(t), "digits": fitted(f.Fit(ctx, digits, digitLabels))(t),
		"one": fitted(ml.NewDecisionTree().Fit(ctx, hard, make([]int, len(y))))(t),
	}
	data := func(name string) *ml.Matrix {
		if name == "digits" {
			return digits
		}
		return hard
	}
	for name, m := range classifiers {
		write(name, m, data(name))
	}
	r := ml.NewRandomForestRegressor()
	r.NEstimators = 20
	regressor := fitted(r.Fit(ctx, hard, values))(t)
	write("values", regressor, hard)

	out, err := exec.Command(*onnxPython, filepath.Join("testdata", "onnx.py"), dir).CombinedOutput()
	require.NoError(t, err, string(out))
	t.Logf("%s", out)
	for name, m := range classifiers {
		X := data(name)
		want := fitted(m.Predict(ctx, X))(t)
		labels := make([]int64, len(want))
		readAll(t, filepath.Join(dir, name+".label"), labels)
		for i := range want {
			assert.Equal(t, int64(want[i]), labels[i], "%s, row %d", name, i)
		}
		proba := rowMajor(fitted(m.PredictProba(ctx, X))(t))
		got := make([]float32, len(proba))
		readAll(t, filepath.Join(dir, name+".probabilities"), got)
		for i := range proba {
			assert.InDelta(t, proba[i], got[i], 1e-7, name)
		}
	}
	want := fitted(regressor.Predict(ctx, hard))(t)
	got := make([]float32, len(want))
	readAll(t, filepath.Join(dir, "values.value"), got)
	for i := range want {
		assert.InEpsilon(t, want[i], got[i], 1e-7)
	}
}

func readAll(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, binary.Read(bytes.NewReader(data), binary.LittleEndian, into))
	require.Len(t, data, binary.Size(into))
}

// The operator takes two classes for a negative and a positive one, so there is a third.
func TestONNXOfTwoClasses(t *testing.T) {
	m := fitted(ml.NewDecisionTree().Fit(t.Context(), matrixOf(t, []float64{1}, []float64{2}), []int{4, 9}))(t)
	var out bytes.Buffer
	require.NoError(t, m.WriteONNX(&out))
	nodes, _ := onnxGraph(t, out.Bytes())
	require.Len(t, nodes, 5)
	trees := nodes[2]
	assert.Equal(t, []int64{4, 9, 4}, trees.ints["classlabels_int64s"])
	assert.Equal(t, []int64{0, 1}, trees.ints["class_ids"])
	assert.Equal(t, []int64{1, 2}, trees.ints["class_nodeids"])
	assert.Equal(t, []float64{1, 1}, trees.doubles["class_weights_as_tensor"])
	assert.Equal(t, "Gather", nodes[3].op)
}

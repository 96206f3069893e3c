package ml

import "io"

// WriteONNX writes the model for a runtime of ONNX, with the operators of ai.onnx 13 and
// ai.onnx.ml 3. Its input X is a matrix of float64, a row per row; its outputs are label,
// int64, and probabilities, float32, a column per class.
//
// Values are rounded to float32 and compared as Predict does, and leaves are summed as
// float64, so labels are the same unless two classes differ by rounding alone. A runtime
// does not check that X is finite.
func (m *ForestModel) WriteONNX(w io.Writer) error {
	f := onnxForest{trees: m.Trees, columns: m.columns.count, codes: m.Codes, learner: m.name}
	_, err := w.Write(f.model())
	return at("WriteONNX", err)
}

// WriteONNX writes the model for a runtime of ONNX, see ForestModel.WriteONNX.
func (m *TreeModel) WriteONNX(w io.Writer) error { return m.forest.WriteONNX(w) }

// WriteONNX writes the model for a runtime of ONNX, see ForestModel.WriteONNX. Its output is
// value, a matrix of one column: float32, for which the format has no other type.
func (m *ForestRegressorModel) WriteONNX(w io.Writer) error {
	f := onnxForest{trees: m.Trees, columns: m.columns.count, learner: m.name}
	_, err := w.Write(f.model())
	return at("WriteONNX", err)
}

// WriteONNX writes the model for a runtime of ONNX, see ForestRegressorModel.WriteONNX.
func (m *TreeRegressorModel) WriteONNX(w io.Writer) error { return m.forest.WriteONNX(w) }

// Types of onnx.proto's TensorProto and AttributeProto.
const (
	onnxFloat, onnxInt64, onnxDouble                       = 1, 7, 11
	onnxInt, onnxString, onnxTensor, onnxInts, onnxStrings = 2, 3, 4, 7, 8
)

// onnxForest is a forest to be written. The numbers of fields are those of onnx.proto.
type onnxForest struct {
	trees   []*Tree
	columns int
	codes   []int // nil for a regressor
	learner string
}

// model is a ModelProto.
func (f *onnxForest) model() protobuf {
	var p protobuf
	p.whole(1, 7) // version of the format
	p.text(2, "penstock")
	p.message(7, f.graph)
	p.message(8, func(p *protobuf) { p.whole(2, 13) })
	p.message(8, func(p *protobuf) { p.text(1, "ai.onnx.ml"); p.whole(2, 3) })
	return p
}

// graph is a GraphProto. It rounds X to float32 and lets the trees answer. Sums of their
// leaves are divided by how many trees there are only then: where leaves have one class
// each, sums are exact, and classes that are equally probable have the same.
func (f *onnxForest) graph(p *protobuf) {
	p.message(1, onnxNode("Cast", []string{"X"}, []string{"rounded"}, onnxInt64Of("to", onnxFloat)))
	p.message(1, onnxNode("Cast", []string{"rounded"}, []string{"cells"}, onnxInt64Of("to", onnxDouble)))
	p.text(2, f.learner)
	p.message(11, onnxValue("X", onnxDouble, f.columns))
	if f.codes == nil {
		p.message(1, f.regressor)
		p.message(12, onnxValue("value", onnxFloat, 1))
		return
	}
	p.message(1, f.classifier)
	p.message(1, onnxNode("Gather", []string{"sums", "classes"}, []string{"known"}, onnxInt64Of("axis", 1)))
	p.message(1, onnxNode("Div", []string{"known", "trees"}, []string{"probabilities"}))
	p.message(5, func(p *protobuf) { // TensorProto
		p.wholes(1, []int64{int64(len(f.codes))})
		p.whole(2, onnxInt64)
		p.wholes(7, int64s(upTo(0, len(f.codes))))
		p.text(8, "classes")
	})
	p.message(5, func(p *protobuf) {
		p.whole(2, onnxFloat)
		p.floats(4, float32(len(f.trees)))
		p.text(8, "trees")
	})
	p.message(12, onnxValue("label", onnxInt64, 0))
	p.message(12, onnxValue("probabilities", onnxFloat, len(f.codes)))
}

// onnxValue is a ValueInfoProto of any number of rows; without columns it is a vector.
func onnxValue(name string, elements, columns int) func(p *protobuf) {
	return func(p *protobuf) {
		p.text(1, name)
		p.message(2, func(p *protobuf) { // TypeProto
			p.message(1, func(p *protobuf) { // its Tensor
				p.whole(1, int64(elements))
				p.message(2, func(p *protobuf) { // TensorShapeProto
					p.message(1, func(p *protobuf) { p.text(2, "rows") })
					if columns > 0 {
						p.message(1, func(p *protobuf) { p.whole(1, int64(columns)) })
					}
				})
			})
		})
	}
}

// onnxNode is a NodeProto.
func onnxNode(op string, from, to []string, attributes ...func(p *protobuf)) func(p *protobuf) {
	return func(p *protobuf) {
		for _, name := range from {
			p.text(1, name)
		}
		for _, name := range to {
			p.text(2, name)
		}
		p.text(4, op)
		for _, write := range attributes {
			p.message(5, write)
		}
	}
}

// classifier always has three classes: to the operator two are not the first of several,
// but a negative and a positive one. Those that are added have no leaves and never win.
func (f *onnxForest) classifier(p *protobuf) {
	codes := int64s(f.codes)
	for len(codes) < 3 {
		codes = append(codes, codes[0])
	}
	onnxNode("TreeEnsembleClassifier", []string{"cells"}, []string{"label", "sums"},
		onnxInts64("classlabels_int64s", codes), onnxText("post_transform", "NONE"))(p)
	f.nodes(p)
	f.leaves(p, "class")
	p.text(7, "ai.onnx.ml")
}

func (f *onnxForest) regressor(p *protobuf) {
	onnxNode("TreeEnsembleRegressor", []string{"cells"}, []string{"value"},
		onnxInt64Of("n_targets", 1), onnxText("aggregate_function", "AVERAGE"), onnxText("post_transform", "NONE"))(p)
	f.nodes(p)
	f.leaves(p, "target")
	p.text(7, "ai.onnx.ml")
}

func int64s(values []int) []int64 {
	out := make([]int64, len(values))
	for i, v := range values {
		out[i] = int64(v)
	}
	return out
}

// nodes writes the attributes that have one element per node of all trees.
func (f *onnxForest) nodes(p *protobuf) {
	var treeIDs, nodeIDs, features, whenTrue, whenFalse []int64
	var thresholds []float64
	var modes []string
	for i, t := range f.trees {
		for node := range t.NumNodes() {
			treeIDs, nodeIDs = append(treeIDs, int64(i)), append(nodeIDs, int64(node))
			if t.Left[node] == noChild {
				features, whenTrue, whenFalse = append(features, 0), append(whenTrue, 0), append(whenFalse, 0)
				thresholds, modes = append(thresholds, 0), append(modes, "LEAF")
				continue
			}
			features = append(features, int64(t.Feature[node]))
			whenTrue, whenFalse = append(whenTrue, int64(t.Left[node])), append(whenFalse, int64(t.Right[node]))
			thresholds, modes = append(thresholds, t.Threshold[node]), append(modes, "BRANCH_LEQ")
		}
	}
	p.message(5, onnxInts64("nodes_treeids", treeIDs))
	p.message(5, onnxInts64("nodes_nodeids", nodeIDs))
	p.message(5, onnxInts64("nodes_featureids", features))
	p.message(5, onnxInts64("nodes_truenodeids", whenTrue))
	p.message(5, onnxInts64("nodes_falsenodeids", whenFalse))
	p.message(5, onnxDoubles("nodes_values_as_tensor", thresholds))
	p.message(5, func(p *protobuf) {
		p.text(1, "nodes_modes")
		for _, mode := range modes {
			p.text(9, mode)
		}
		p.whole(20, onnxStrings)
	})
}

// leaves writes the attributes that have an element per leaf and class; of is what the
// operator calls a class.
func (f *onnxForest) leaves(p *protobuf, of string) {
	var treeIDs, nodeIDs, ids []int64
	var weights []float64
	for i, t := range f.trees {
		shares := make([]float64, t.classes)
		for node, left := range t.Left {
			if left != noChild {
				continue
			}
			if t.isRegressor {
				shares[0] = t.Value[node]
			} else {
				t.shares(node, shares)
			}
			for c, share := range shares {
				if share == 0 && !t.isRegressor {
					continue
				}
				treeIDs, nodeIDs, ids = append(treeIDs, int64(i)), append(nodeIDs, int64(node)), append(ids, int64(c))
				weights = append(weights, share)
			}
		}
	}
	p.message(5, onnxInts64(of+"_treeids", treeIDs))
	p.message(5, onnxInts64(of+"_nodeids", nodeIDs))
	p.message(5, onnxInts64(of+"_ids", ids))
	p.message(5, onnxDoubles(of+"_weights_as_tensor", weights))
}

// The following are AttributeProtos.

func onnxText(name, value string) func(p *protobuf) {
	return func(p *protobuf) {
		p.text(1, name)
		p.text(4, value)
		p.whole(20, onnxString)
	}
}

func onnxInt64Of(name string, value int64) func(p *protobuf) {
	return func(p *protobuf) {
		p.text(1, name)
		p.whole(3, value)
		p.whole(20, onnxInt)
	}
}

func onnxInts64(name string, values []int64) func(p *protobuf) {
	return func(p *protobuf) {
		p.text(1, name)
		p.wholes(8, values)
		p.whole(20, onnxInts)
	}
}

func onnxDoubles(name string, values []float64) func(p *protobuf) {
	return func(p *protobuf) {
		p.text(1, name)
		p.message(5, func(p *protobuf) { // TensorProto
			p.wholes(1, []int64{int64(len(values))})
			p.whole(2, onnxDouble)
			p.text(8, name)
			p.bytes(9, littleEndian(values))
		})
		p.whole(20, onnxTensor)
	}
}

package ml

import "slices"

// Marks of a leaf in a Tree, the ones scikit-learn uses.
const (
	noFeature   = -2
	noThreshold = -2
	noChild     = -1
)

// Tree is a fitted decision tree: node 0 is the root, children come after their
// parent. Trees without MaxLeafNodes have the whole left subtree of a node before
// the right one. The slices have one entry per node and are to be read only.
type Tree struct {
	Feature     []int32   // column that decides; −2 in a leaf
	Threshold   []float64 // rows with float32(x) ≤ Threshold go left; −2 in a leaf
	Left, Right []int32   // children; −1 in a leaf
	Impurity    []float64 // by the criterion
	NodeSamples []int32   // distinct training rows
	NodeWeight  []float64 // of those rows
	Value       []float64 // of a classifier: weight per class, NumClasses numbers per node; of a regressor: what the node predicts

	classes     int
	isRegressor bool
}

// NumNodes returns the number of nodes.
func (t *Tree) NumNodes() int { return len(t.Feature) }

// NumClasses returns the number of classes, 1 for a regressor.
func (t *Tree) NumClasses() int { return t.classes }

// NumLeaves returns the number of leaves.
func (t *Tree) NumLeaves() int { return (len(t.Feature) + 1) / 2 }

// Depth returns the largest depth of a leaf; that of the root is 0.
func (t *Tree) Depth() int { return depthOf(t.Left, t.Right) }

// depthOf returns the depth of a tree whose children come after their parent.
func depthOf(left, right []int32) int {
	depth := make([]int, len(left))
	deepest := 0
	for node, child := range left {
		if child != noChild {
			depth[child], depth[right[node]] = depth[node]+1, depth[node]+1
			deepest = max(deepest, depth[node]+1)
		}
	}
	return deepest
}

// importances returns the gains of the columns divided by their sum. They are 0 in a tree
// without splits.
func (t *Tree) importances(cols int) []float64 {
	gain := t.gains(cols)
	if sum := pairwiseSum(gain); sum > 0 {
		for j := range gain {
			gain[j] /= sum
		}
	}
	return gain
}

// gains returns for each of cols columns the decrease of impurity that its splits bring,
// each weighted by the node's share of the rows.
func (t *Tree) gains(cols int) []float64 {
	gain := make([]float64, cols)
	part := func(node int32) float64 { return float64(t.NodeWeight[node] * t.Impurity[node]) }
	for node, left := range t.Left {
		if left != noChild {
			gain[t.Feature[node]] += part(int32(node)) - part(left) - part(t.Right[node])
		}
	}
	for j := range gain {
		gain[j] /= t.NodeWeight[0]
	}
	return gain
}

// next returns the child of a node that a row goes to.
func (t *Tree) next(node int32, x []float32) int32 {
	if float64(x[t.Feature[node]]) <= t.Threshold[node] {
		return t.Left[node]
	}
	return t.Right[node]
}

// leaf returns the leaf that a row ends in.
func (t *Tree) leaf(x []float32) int32 {
	node := int32(0)
	for t.Left[node] != noChild {
		node = t.next(node, x)
	}
	return node
}

// valueOf returns what Value has of a node.
func (t *Tree) valueOf(node int32) []float64 { return t.Value[int(node)*t.classes:][:t.classes] }

// shares sets dst to the share of each class in a node.
func (t *Tree) shares(node int, dst []float64) {
	value := t.valueOf(int32(node))
	total := pairwiseSum(value)
	if total == 0 {
		total = 1
	}
	for c, w := range value {
		dst[c] = w / total
	}
}

// add appends a node as a leaf, without its value, and enters it as a child of
// parent.
func (t *Tree) add(parent int32, isLeft bool, impurity float64, samples int, weight float64) int32 {
	node := int32(t.NumNodes())
	t.Feature = append(t.Feature, noFeature)
	t.Threshold = append(t.Threshold, noThreshold)
	t.Left = append(t.Left, noChild)
	t.Right = append(t.Right, noChild)
	t.Impurity = append(t.Impurity, impurity)
	t.NodeSamples = append(t.NodeSamples, int32(samples))
	t.NodeWeight = append(t.NodeWeight, weight)
	switch {
	case parent == noChild:
	case isLeft:
		t.Left[parent] = node
	default:
		t.Right[parent] = node
	}
	return node
}

// clip gives back the memory that growing took in advance.
func (t *Tree) clip() {
	t.Feature, t.Threshold = slices.Clone(t.Feature), slices.Clone(t.Threshold)
	t.Left, t.Right = slices.Clone(t.Left), slices.Clone(t.Right)
	t.Impurity, t.NodeSamples = slices.Clone(t.Impurity), slices.Clone(t.NodeSamples)
	t.NodeWeight, t.Value = slices.Clone(t.NodeWeight), slices.Clone(t.Value)
}

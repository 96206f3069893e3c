package ml

// HistTree is a tree of a HistGradientBoosting or its regressor: node 0 is the root, the
// left subtree of a node comes before the right one. The slices have one entry per
// node and are to be read only.
type HistTree struct {
	Feature     []int32   // column that decides; −2 in a leaf
	Threshold   []float64 // values ≤ Threshold go left, all but missing ones if it is +Inf; −2 in a leaf
	MissingLeft []bool    // where missing values go; what most training rows did, if none was missing
	Left, Right []int32   // children; −1 in a leaf
	Samples     []int32   // training rows
	Gain        []float64 // decrease of the loss by the split, times 2; 0 in a leaf

	// Value of a leaf is what it adds to the raw prediction. Of another node it is what
	// it would add with LearningRate 1, 0 for the root.
	Value []float64
}

// NumNodes returns the number of nodes.
func (t *HistTree) NumNodes() int { return len(t.Feature) }

// NumLeaves returns the number of leaves.
func (t *HistTree) NumLeaves() int { return (len(t.Feature) + 1) / 2 }

// Depth returns the largest depth of a leaf; that of the root is 0.
func (t *HistTree) Depth() int { return depthOf(t.Left, t.Right) }

// add appends a node, without children, and returns its number.
func (t *HistTree) add(node *histNode, data *binnedData) int32 {
	feature, threshold, missingLeft, gain := int32(noFeature), float64(noThreshold), false, 0.0
	if s := node.split; node.isSplit {
		feature, threshold = int32(s.column), data.columns[s.column].threshold(s.bin)
		missingLeft, gain = s.missingLeft, s.gain
	}
	t.Feature = append(t.Feature, feature)
	t.Threshold = append(t.Threshold, threshold)
	t.MissingLeft = append(t.MissingLeft, missingLeft)
	t.Left = append(t.Left, noChild)
	t.Right = append(t.Right, noChild)
	t.Samples = append(t.Samples, int32(node.rows))
	t.Gain = append(t.Gain, gain)
	t.Value = append(t.Value, node.value)
	return int32(len(t.Feature) - 1)
}

package ml

// Marks of a leaf in a Tree, the ones scikit-learn uses.
const (
	noFeature   = -2
	noThreshold = -2
	noChild     = -1
)

// Tree is a fitted decision tree: node 0 is the root, children come after their
// parent, the left subtree before the right one. The slices have one entry per
// node and are to be read only.
type Tree struct {
	Feature     []int     // column that decides; −2 in a leaf
	Threshold   []float64 // rows with float32(x) ≤ Threshold go left; −2 in a leaf
	Left, Right []int     // children; −1 in a leaf
	Impurity    []float64 // Gini: 1 − Σ share²
	NodeSamples []int     // distinct training rows
	Value       []float64 // weight per class, NumClasses numbers per node: rows drawn twice weigh 2

	classes int
}

// NumNodes returns the number of nodes.
func (t *Tree) NumNodes() int { return len(t.Feature) }

// NumClasses returns the number of classes.
func (t *Tree) NumClasses() int { return t.classes }

// leaf returns the node that row i of the columns x ends in.
func (t *Tree) leaf(x [][]float32, i int) int {
	node := 0
	for t.Left[node] != noChild {
		if float64(x[t.Feature[node]][i]) <= t.Threshold[node] {
			node = t.Left[node]
		} else {
			node = t.Right[node]
		}
	}
	return node
}

// addShares adds the share of each class in a node to shares.
func (t *Tree) addShares(node int, shares []float64) {
	value := t.Value[node*t.classes : (node+1)*t.classes]
	var total float64
	for _, w := range value {
		total += w
	}
	for c, w := range value {
		shares[c] += w / total
	}
}

// add appends a node as a leaf and enters it as a child of parent.
func (t *Tree) add(parent int, isLeft bool, impurity float64, samples int, counts []float64) int {
	node := t.NumNodes()
	t.Feature = append(t.Feature, noFeature)
	t.Threshold = append(t.Threshold, noThreshold)
	t.Left = append(t.Left, noChild)
	t.Right = append(t.Right, noChild)
	t.Impurity = append(t.Impurity, impurity)
	t.NodeSamples = append(t.NodeSamples, samples)
	t.Value = append(t.Value, counts...)
	switch {
	case parent == noChild:
	case isLeft:
		t.Left[parent] = node
	default:
		t.Right[parent] = node
	}
	return node
}

// gini returns the impurity of class counts that sum to total.
func gini(counts []float64, total float64) float64 {
	var squares float64
	for _, c := range counts {
		squares += float64(c * c)
	}
	return 1 - squares/float64(total*total)
}

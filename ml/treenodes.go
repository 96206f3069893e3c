package ml

// treeNodes are the nodes of a tree that grows. They stay where they are, and the memory
// is there for the next tree then, so that growing leaves no garbage.
type treeNodes struct {
	chunks []nodeChunk
	count  int
}

const chunkNodes = 1 << 10

// nodeChunk holds chunkNodes nodes, the last one perhaps fewer.
type nodeChunk struct {
	nodes  []treeNode
	values []float64 // Tree.Value
}

// treeNode is a node of a Tree.
type treeNode struct {
	threshold, impurity, weight   float64
	feature, left, right, samples int32
}

// add appends a node as a leaf, and enters it as a child of parent. The caller appends
// its value to what is returned.
func (t *treeNodes) add(parent int32, isLeft bool, impurity float64, samples int, weight float64) (node int32, values *[]float64) {
	if t.count == len(t.chunks)*chunkNodes {
		t.addChunk()
	}
	node = int32(t.count)
	t.count++
	c := &t.chunks[node/chunkNodes]
	c.nodes = append(c.nodes, treeNode{noThreshold, impurity, weight, noFeature, noChild, noChild, int32(samples)})
	switch {
	case parent == noChild:
	case isLeft:
		t.at(parent).left = node
	default:
		t.at(parent).right = node
	}
	return node, &c.values
}

// addChunk adds memory for nodes like those there are; the first ones come one by one, as
// many trees are small.
func (t *treeNodes) addChunk() {
	var c nodeChunk
	if len(t.chunks) > 0 {
		c = nodeChunk{make([]treeNode, 0, chunkNodes), make([]float64, 0, len(t.chunks[0].values))}
	}
	t.chunks = append(t.chunks, c)
}

func (t *treeNodes) at(node int32) *treeNode {
	return &t.chunks[node/chunkNodes].nodes[node%chunkNodes]
}

func (t *treeNodes) setSplit(node int32, s *split) {
	n := t.at(node)
	n.feature, n.threshold = int32(s.feature), s.threshold
}

// moveTo gives the nodes to a tree, in memory of its own, and forgets them.
func (t *treeNodes) moveTo(tree *Tree) {
	n := t.count
	tree.Feature, tree.Left, tree.Right, tree.NodeSamples = make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	tree.Threshold, tree.Impurity, tree.NodeWeight = make([]float64, n), make([]float64, n), make([]float64, n)
	tree.Value = make([]float64, 0, n*tree.classes)
	i := 0
	for c := range t.chunks {
		chunk := &t.chunks[c]
		for _, node := range chunk.nodes {
			tree.Feature[i], tree.Left[i], tree.Right[i], tree.NodeSamples[i] = node.feature, node.left, node.right, node.samples
			tree.Threshold[i], tree.Impurity[i], tree.NodeWeight[i] = node.threshold, node.impurity, node.weight
			i++
		}
		tree.Value = append(tree.Value, chunk.values...)
		chunk.nodes, chunk.values = chunk.nodes[:0], chunk.values[:0]
	}
	t.count = 0
}

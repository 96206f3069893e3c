package vec

// Walkers is how many rows walk down a tree side by side: a step has to wait for the one
// before it, but not for those of other rows.
const Walkers = 8

// Trees are the nodes of binary trees. Rows are sent down in panels of Walkers: key 0 of
// all of them, then key 1, and so on.
type Trees []Node

// Node sends a row to node Left, or to the one behind that if the row's key at Place is
// above Threshold. A leaf is its own left child, and nothing is above its threshold, the
// largest there is: a row that has arrived steps on the spot until the others have.
type Node struct {
	Threshold uint32
	Place     uint32 // in a panel, of the key of its first row: a multiple of Walkers
	Left      uint32
	Leaf      uint32 // of a leaf, what Walk returns
}

// Walk sets leaves to the Leaf of the node in which each row of whole panels ends, down from
// root. A row has len(panels)/len(leaves) keys. Nodes and keys that are not there are not noticed.
func (t Trees) Walk(leaves, panels []uint32, root uint32) {
	if len(leaves) > 0 {
		walkPanels(t, panels, leaves, len(panels)/len(leaves)*Walkers, root)
	}
}

// Step returns the node after node i for a row whose keys are Walkers apart.
func (t Trees) Step(i uint32, keys []uint32) uint32 {
	n := &t[i]
	return n.Left + uint32((uint64(n.Threshold)-uint64(keys[n.Place]))>>63)
}

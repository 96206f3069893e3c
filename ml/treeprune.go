package ml

import "math"

// prune returns the smallest subtree among those that cost least, where a tree costs
// the weighted impurity of its leaves and alpha for each of them (minimal
// cost-complexity pruning, Breiman et al. 1984, chapter 3).
func (t *Tree) prune(alpha float64) *Tree {
	if alpha == 0 {
		return t
	}
	p := newPruning(t)
	for !p.isLeaf[0] {
		node, cost := p.weakest()
		if alpha < cost {
			break
		}
		p.cut(node)
	}
	return p.rest()
}

// pruning is a tree that becomes smaller.
type pruning struct {
	tree   *Tree
	parent []int32
	isLeaf []bool
	gone   []bool    // nodes below a leaf
	leaves []int     // below each node
	own    []float64 // impurity of each node, weighted by its share of the rows
	branch []float64 // the same, summed over the leaves below it
}

func newPruning(t *Tree) *pruning {
	n := t.NumNodes()
	p := &pruning{
		tree: t, parent: make([]int32, n), isLeaf: make([]bool, n), gone: make([]bool, n), leaves: make([]int, n),
		own: make([]float64, n), branch: make([]float64, n),
	}
	p.parent[0] = noChild
	for node, left := range t.Left {
		p.own[node] = float64(t.NodeWeight[node]*t.Impurity[node]) / t.NodeWeight[0]
		if p.isLeaf[node] = left == noChild; !p.isLeaf[node] {
			p.parent[left], p.parent[t.Right[node]] = int32(node), int32(node)
		}
	}
	for leaf := range n {
		if !p.isLeaf[leaf] {
			continue
		}
		p.branch[leaf] = p.own[leaf]
		for node := p.parent[leaf]; node != noChild; node = p.parent[node] {
			p.branch[node] += p.own[leaf]
			p.leaves[node]++
		}
	}
	return p
}

// weakest returns the inner node whose subtree saves least per leaf, the first of
// several, and what it saves.
func (p *pruning) weakest() (node int, cost float64) {
	cost = math.MaxFloat64
	for i, isLeaf := range p.isLeaf {
		if isLeaf || p.gone[i] {
			continue
		}
		if c := (p.own[i] - p.branch[i]) / float64(p.leaves[i]-1); c < cost {
			node, cost = i, c
		}
	}
	return node, cost
}

// cut makes a node a leaf.
func (p *pruning) cut(cut int) {
	stack := []int32{int32(cut)}
	for len(stack) > 0 {
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		p.gone[node] = true
		if !p.isLeaf[node] {
			stack = append(stack, p.tree.Left[node], p.tree.Right[node])
		}
	}
	p.gone[cut], p.isLeaf[cut] = false, true
	fewer, more := p.leaves[cut]-1, p.own[cut]-p.branch[cut]
	p.branch[cut] = p.own[cut]
	for node := p.parent[cut]; node != noChild; node = p.parent[node] {
		p.leaves[node] -= fewer
		p.branch[node] += more
	}
}

// rest returns what is left as a tree, depth first.
func (p *pruning) rest() *Tree {
	type place struct {
		old, parent int32
		isLeft      bool
	}
	t, out := p.tree, &Tree{classes: p.tree.classes, isRegressor: p.tree.isRegressor}
	stack := []place{{0, noChild, false}}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		node := out.add(at.parent, at.isLeft, t.Impurity[at.old], int(t.NodeSamples[at.old]), t.NodeWeight[at.old])
		out.Value = append(out.Value, t.Value[int(at.old)*t.classes:][:t.classes]...)
		if !p.isLeaf[at.old] {
			out.Feature[node], out.Threshold[node] = t.Feature[at.old], t.Threshold[at.old]
			stack = append(stack, place{t.Right[at.old], node, false}, place{t.Left[at.old], node, true})
		}
	}
	out.clip()
	return out
}

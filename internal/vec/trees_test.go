package vec_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/internal/vec"
)

// grow adds a random tree and returns its root.
func grow(r *rand.Rand, trees *vec.Trees, features, depth int) uint32 {
	root := uint32(len(*trees))
	*trees = append(*trees, vec.Node{})
	growBelow(r, trees, root, features, depth)
	return root
}

func growBelow(r *rand.Rand, trees *vec.Trees, at uint32, features, depth int) {
	if depth == 0 || r.IntN(6) == 0 {
		(*trees)[at] = vec.Node{Threshold: math.MaxUint32, Left: at, Leaf: r.Uint32()}
		return
	}
	left := uint32(len(*trees))
	*trees = append(*trees, vec.Node{}, vec.Node{})
	thresholds := []uint32{0, 1, math.MaxUint32 - 1, math.MaxUint32, 1 << 31, r.Uint32()}
	(*trees)[at] = vec.Node{Threshold: thresholds[r.IntN(len(thresholds))], Place: uint32(r.IntN(features)) * vec.Walkers, Left: left}
	growBelow(r, trees, left, features, depth-1)
	growBelow(r, trees, left+1, features, depth-1)
}

func TestWalk(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		features, rows := 1+r.IntN(20), r.IntN(6)*vec.Walkers
		var trees vec.Trees
		grow(r, &trees, features, r.IntN(14))
		root := grow(r, &trees, features, r.IntN(14))
		panels, got := make([]uint32, rows*features), make([]uint32, rows)
		for i := range panels {
			panels[i] = []uint32{r.Uint32(), 0, math.MaxUint32, 1 << 31, 1}[r.IntN(5)]
		}
		trees.Walk(got, panels, root)
		for row, leaf := range got {
			keys, i := panels[row/vec.Walkers*vec.Walkers*features+row%vec.Walkers:], root
			for n := trees[i]; n.Left != i; n = trees[i] {
				next := n.Left
				if keys[n.Place] > n.Threshold {
					next++
				}
				require.Equal(t, next, trees.Step(i, keys))
				i = next
			}
			require.Equal(t, trees[i].Leaf, leaf)
		}
	}
}

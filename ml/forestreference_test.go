package ml_test

import (
	"cmp"
	"math"
	"slices"

	"github.com/penstock/penstock/ml"
)

// plainForest is a random forest written to be read: Gini, whole weights, depth
// first. It sorts the rows of a node by value, tries every threshold, and has
// nothing to do with how the package finds its splits.
type plainForest struct {
	trees, maxDepth, minSplit, minLeaf, maxFeatures int
	bootstrap                                       bool
	seed                                            ml.Seed
}

func (f plainForest) fit(X *ml.Matrix, y []int) []*ml.Tree {
	rows, cols := X.Dims()
	classes := 0
	for _, c := range y {
		classes = max(classes, c+1)
	}
	x := make([][]float32, cols)
	for j := range x {
		for _, v := range X.Col(j) {
			x[j] = append(x[j], float32(v))
		}
	}
	seeds := ml.NewRandomState(f.seed)
	var trees []*ml.Tree
	for range f.trees {
		seed := ml.NewSeed(uint32(seeds.Randint(0, math.MaxInt32)))
		g := &plainGrower{plainForest: f, x: x, class: y, classes: classes, weight: make([]float64, rows), tree: &ml.Tree{}}
		if r := ml.NewRandomState(seed); f.bootstrap {
			for range rows {
				g.weight[r.Randint(0, int64(rows))]++
			}
		} else {
			for i := range g.weight {
				g.weight[i] = 1
			}
		}
		g.rng = uint32(ml.NewRandomState(seed).Randint(0, math.MaxInt32))
		g.grow()
		trees = append(trees, g.tree)
	}
	return trees
}

type plainGrower struct {
	plainForest
	x       [][]float32
	class   []int
	classes int
	weight  []float64

	rng                uint32
	features, constant []int
	tree               *ml.Tree
}

type plainNode struct {
	rows             []int
	parent           int32
	isLeft           bool
	depth, constants int
}

type plainSplit struct {
	feature     int
	threshold   float64
	score       float64
	left, right []int
}

func (g *plainGrower) grow() {
	g.constant = make([]int, len(g.x))
	for j := range g.x {
		g.features = append(g.features, j)
	}
	root := plainNode{parent: -1}
	for row, w := range g.weight {
		if w != 0 {
			root.rows = append(root.rows, row)
		}
	}
	stack := []plainNode{root}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		id := g.add(n)
		if g.tree.Impurity[id] <= 0x1p-52 || len(n.rows) < g.minSplit || len(n.rows) < 2*g.minLeaf || g.maxDepth > 0 && n.depth >= g.maxDepth {
			continue
		}
		if s, constants := g.split(n); s != nil {
			g.tree.Feature[id], g.tree.Threshold[id] = int32(s.feature), s.threshold
			stack = append(stack,
				plainNode{s.right, id, false, n.depth + 1, constants},
				plainNode{s.left, id, true, n.depth + 1, constants})
		}
	}
}

func (g *plainGrower) add(n plainNode) int32 {
	t := g.tree
	id := int32(len(t.Feature))
	counts, total := g.count(n.rows)
	t.Feature, t.Threshold = append(t.Feature, -2), append(t.Threshold, -2)
	t.Left, t.Right = append(t.Left, -1), append(t.Right, -1)
	t.Impurity, t.NodeSamples = append(t.Impurity, plainGini(counts, total)), append(t.NodeSamples, int32(len(n.rows)))
	t.NodeWeight, t.Value = append(t.NodeWeight, total), append(t.Value, counts...)
	switch {
	case n.parent < 0:
	case n.isLeft:
		t.Left[n.parent] = id
	default:
		t.Right[n.parent] = id
	}
	return id
}

func (g *plainGrower) count(rows []int) (counts []float64, total float64) {
	counts = make([]float64, g.classes)
	for _, row := range rows {
		counts[g.class[row]] += g.weight[row]
		total += g.weight[row]
	}
	return counts, total
}

func plainGini(counts []float64, total float64) float64 {
	var squares float64
	for _, c := range counts {
		squares += c * c
	}
	return 1 - squares/(total*total)
}

// split draws columns as scikit-learn does, see ml/featuredraw.go.
func (g *plainGrower) split(n plainNode) (best *plainSplit, constants int) {
	known, found, drawn := n.constants, 0, 0
	undrawn, f := len(g.features), g.features
	for visited := 0; undrawn > known+found && (visited < g.maxFeatures || visited <= found+drawn); visited++ {
		j := drawn + g.random(undrawn-found-drawn)
		if j < known {
			f[drawn], f[j] = f[j], f[drawn]
			drawn++
			continue
		}
		j += found
		x := g.x[f[j]]
		rows := slices.Clone(n.rows)
		slices.SortFunc(rows, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
		if x[rows[len(rows)-1]] <= x[rows[0]]+1e-7 {
			f[j], f[known+found] = f[known+found], f[j]
			found++
			continue
		}
		undrawn--
		f[undrawn], f[j] = f[j], f[undrawn]
		best = g.scan(best, f[undrawn], rows)
	}
	copy(f[:known], g.constant[:known])
	copy(g.constant[known:known+found], f[known:known+found])
	return best, known + found
}

func (g *plainGrower) scan(best *plainSplit, feature int, rows []int) *plainSplit {
	x := g.x[feature]
	counts, total := g.count(rows)
	left, right := make([]float64, g.classes), make([]float64, g.classes)
	var leftTotal float64
	for i := 1; i < len(rows); i++ {
		left[g.class[rows[i-1]]] += g.weight[rows[i-1]]
		leftTotal += g.weight[rows[i-1]]
		below, above := x[rows[i-1]], x[rows[i]]
		if above <= below+1e-7 || i < g.minLeaf || len(rows)-i < g.minLeaf {
			continue
		}
		for c := range left {
			right[c] = counts[c] - left[c]
		}
		rightTotal := total - leftTotal
		score := float64(-rightTotal*plainGini(right, rightTotal)) - float64(leftTotal*plainGini(left, leftTotal))
		if best == nil || score > best.score {
			best = &plainSplit{feature, float64(below)/2 + float64(above)/2, score, rows[:i], rows[i:]}
		}
	}
	return best
}

// random is Marsaglia's xorshift.
func (g *plainGrower) random(n int) int {
	if g.rng == 0 {
		g.rng = 1
	}
	g.rng ^= g.rng << 13
	g.rng ^= g.rng >> 17
	g.rng ^= g.rng << 5
	return int(g.rng&0x7fffffff) % n
}

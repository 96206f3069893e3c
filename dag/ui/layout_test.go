package ui_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/ui"
)

// rounds is how often something random is tried: less often in short tests.
func rounds(n int) int {
	if testing.Short() {
		return n / 5
	}
	return n
}

// Whatever the graph: no box lies on another, all edges go forward, and all is inside the picture.
func TestDrawing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range rounds(200) {
		n := 1 + rng.IntN(60)
		sizes := make([][2]float64, n)
		for i := range sizes {
			sizes[i] = [2]float64{float64(60 + rng.IntN(200)), 46}
		}
		var arcs [][2]int
		for range rng.IntN(3 * n) {
			if a, b := rng.IntN(n), rng.IntN(n); a < b && !slices.Contains(arcs, [2]int{a, b}) {
				arcs = append(arcs, [2]int{a, b})
			}
		}
		for _, down := range []bool{false, true} {
			boxes, lines, w, h := ui.Draw(sizes, arcs, down)
			along := 0
			if down {
				along = 1
			}
			for i, a := range boxes {
				require.GreaterOrEqual(t, min(a[0], a[1]), -0.01)
				require.LessOrEqual(t, a[0]+a[2], w+0.01)
				require.LessOrEqual(t, a[1]+a[3], h+0.01)
				for _, b := range boxes[:i] {
					apart := a[0]+a[2] <= b[0] || b[0]+b[2] <= a[0] || a[1]+a[3] <= b[1] || b[1]+b[3] <= a[1]
					require.True(t, apart, "%v lies on %v", a, b)
				}
			}
			for i, line := range lines {
				from, to := boxes[arcs[i][0]], boxes[arcs[i][1]]
				require.InDelta(t, from[along]+from[along+2], line[0][along], 0.01, "it starts where its box ends")
				require.InDelta(t, to[along], line[len(line)-1][along], 0.01)
				for k := 1; k < len(line); k++ {
					require.GreaterOrEqual(t, line[k][along], line[k-1][along])
				}
			}
		}
	}
}

// A chain is straight, and what hangs on it stands opposite to it.
func TestDrawingIsStraight(t *testing.T) {
	size := [2]float64{100, 40}
	boxes, _, _, _ := ui.Draw([][2]float64{size, size, size, size, size}, [][2]int{{0, 1}, {1, 2}, {1, 3}, {2, 4}, {3, 4}}, false)
	middle := (boxes[2][1] + boxes[3][1]) / 2
	assert.InDelta(t, middle, boxes[1][1], 1)
	assert.InDelta(t, middle, boxes[4][1], 1)
	assert.InDelta(t, boxes[1][1], boxes[0][1], 1)
	_, _, w, h := ui.Draw(nil, nil, false)
	assert.Zero(t, w+h)
}

// Boxes without edges stand in rows, as many in each as there is room for.
func TestDrawingWithoutEdges(t *testing.T) {
	boxes, _, w, h := ui.Draw(slices.Repeat([][2]float64{{100, 46}}, 100), nil, false)
	assert.InDelta(t, 1200, w, 120)
	assert.Less(t, h, 700.0)
	assert.InDelta(t, boxes[0][1], boxes[9][1], 0)
	assert.Greater(t, boxes[99][1], boxes[0][1])
}

// named returns a DAG of tasks with these names, with edges between them by their places.
func named(ids []string, edges [][2]int) *dag.DAG {
	d := dag.New("d")
	groups := map[string]*dag.DAG{}
	refs := make([]*dag.Ref[struct{}], len(ids))
	for i, id := range ids {
		in := d
		if group, rest, ok := cutGroup(id); ok {
			if groups[group] == nil {
				groups[group] = d.Group(group)
			}
			in, id = groups[group], rest
		}
		refs[i] = dag.Do(in, id, func(context.Context) error { return nil })
	}
	for _, e := range edges {
		refs[e[1]].SetUpstream(refs[e[0]])
	}
	return d
}

func cutGroup(id string) (group, rest string, ok bool) {
	for i := range id {
		if id[i] == '.' {
			return id[:i], id[i+1:], true
		}
	}
	return "", id, false
}

func TestUnits(t *testing.T) {
	many := func(format string, n int) (ids []string) {
		for i := range n {
			ids = append(ids, fmt.Sprintf(format, i))
		}
		return ids
	}
	for _, c := range []struct {
		name  string
		why   string
		ids   []string
		edges [][2]int
		want  []string // names of the first units
		n     int
	}{
		{"Few", "each task is a unit", many("a%d", ui.MaxUnits), nil, []string{"a0", "a1"}, ui.MaxUnits},
		{"Numbers", "names differ by a number", append([]string{"start"}, many("sleep_for_%d", 300)...), nil, []string{"start", "sleep_for_*"}, 2},
		{"Groups", "groups come before names", append(many("etl.load_%d", 100), many("ml.fit_%d", 100)...), nil, []string{"etl.*", "ml.*"}, 2},
		{"Steps", "names alone would make a circle", append(many("a%d", 100), many("b%d", 100)...), [][2]int{{0, 100}, {100, 1}},
			[]string{"a* (step 1)", "a1", "b0", "b* (step 1)"}, 4},
		{"Deep", "some steps together are few enough", many("t%d", 200), chain(200), []string{"steps 1–9", "steps 10–18"}, 23},
		{"OneStem", "no name tells tasks apart: runs of them", many("task_%03d", 1000), nil, []string{"task_000 … 041"}, 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			names, tasks, ordered := ui.Units(named(c.ids, c.edges).Graph(), nil)
			assert.True(t, ordered)
			assert.Equal(t, c.want, names[:len(c.want)], c.why)
			assert.Len(t, tasks, c.n)
		})
	}
}

// chain returns edges that put n tasks in a row.
func chain(n int) (edges [][2]int) {
	for i := 1; i < n; i++ {
		edges = append(edges, [2]int{i - 1, i})
	}
	return edges
}

// Edges that are left out follow from the others: what is behind a unit stays behind it; and no edge more can go.
func TestEssentialEdges(t *testing.T) {
	assert.Equal(t, [][2]int{{0, 1}, {1, 2}}, ui.Essential([][2]int{{0, 1}, {0, 2}, {1, 2}}, 3))
	behind := func(edges [][2]int, from int) map[int]bool {
		reach := map[int]bool{from: true}
		for range edges {
			for _, e := range edges {
				if reach[e[0]] {
					reach[e[1]] = true
				}
			}
		}
		return reach
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		n := 2 + rng.IntN(10)
		var edges [][2]int
		for a := range n {
			for b := a + 1; b < n; b++ {
				if rng.IntN(2) == 0 {
					edges = append(edges, [2]int{a, b})
				}
			}
		}
		left := ui.Essential(edges, n)
		for v := range n {
			require.Equal(t, behind(edges, v), behind(left, v))
		}
		for i, e := range left {
			rest := slices.Delete(slices.Clone(left), i, i+1)
			require.False(t, behind(rest, e[0])[e[1]], "%v follows from others", e)
		}
	}
}

// Whatever names and edges: each task is in one unit, there are few, they can be ordered, and
// going into units again and again ends at single tasks.
func TestUnitsOfRandomGraphs(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range rounds(30) {
		n := 1 + rng.IntN(1500)
		ids := make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprintf("%s%c%d", []string{"", "g1.", "g2."}[rng.IntN(3)], 'a'+rune(rng.IntN(26)), i)
		}
		var edges [][2]int
		for range n {
			if a, b := rng.IntN(n), rng.IntN(n); a < b {
				edges = append(edges, [2]int{a, b})
			}
		}
		g := named(ids, edges).Graph()
		var within []int32
		for level := 0; ; level++ {
			require.Less(t, level, 8)
			names, tasks, ordered := ui.Units(g, within)
			require.True(t, ordered)
			require.LessOrEqual(t, len(tasks), ui.MaxUnits)
			require.Len(t, names, len(tasks))
			all := slices.Concat(tasks...)
			want := n
			if within != nil {
				want = len(within)
			}
			require.Len(t, all, want)
			slices.Sort(all)
			require.Len(t, slices.Compact(all), want)
			largest := slices.MaxFunc(tasks, func(a, b []int32) int { return len(a) - len(b) })
			if len(largest) == 1 {
				break
			}
			within = largest
		}
	}
}

package ml

import (
	"math"

	"github.com/penstock/penstock/internal/vec"
)

// neighborIndex finds the rows nearest to a point.
type neighborIndex interface {
	// search offers rows to found until no other row can be nearer than those it has.
	search(x []float64, found *nearest)
}

// nearest are the k nearest rows offered so far: a heap with the farthest on top. Of
// rows at the same distance the lower number counts as nearer.
type nearest struct {
	k    int
	heap []neighbor
	room []float64 // for the distances of a block of rows
}

// neighbor is a row and its distance, without the root that ends its computation.
type neighbor struct {
	distance float64
	row      int
}

func (n neighbor) farther(other neighbor) bool {
	return n.distance > other.distance || n.distance == other.distance && n.row > other.row
}

func newNearest(k int) *nearest {
	return &nearest{k: k, heap: make([]neighbor, 0, k), room: make([]float64, neighborBlock)}
}

// worst is the distance beyond which a row is not among the nearest.
func (f *nearest) worst() float64 {
	if len(f.heap) < f.k {
		return math.Inf(1)
	}
	return f.heap[0].distance
}

func (f *nearest) offer(n neighbor) {
	switch {
	case len(f.heap) < f.k:
		f.heap = append(f.heap, n)
		f.rise(len(f.heap) - 1)
	case f.heap[0].farther(n):
		f.heap[0] = n
		f.sink(len(f.heap))
	}
}

func (f *nearest) rise(i int) {
	for h := f.heap; i > 0 && h[i].farther(h[(i-1)/2]); i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

// sink puts the top of the first n in its place.
func (f *nearest) sink(n int) {
	h := f.heap[:n]
	for i := 0; 2*i+1 < n; {
		child := 2*i + 1
		if child+1 < n && h[child+1].farther(h[child]) {
			child++
		}
		if !h[child].farther(h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// sorted returns the rows, nearest first, and empties the heap. The slice is valid
// until the next offer.
func (f *nearest) sorted() []neighbor {
	h := f.heap
	for n := len(h) - 1; n > 0; n-- {
		h[0], h[n] = h[n], h[0]
		f.sink(n)
	}
	f.heap = f.heap[:0]
	return h
}

// neighborBlock is how many distances are computed at a time; whole panels.
const neighborBlock = 16 * vec.Panel

// metric is the Minkowski distance (Σ|x−z|^p)^(1/p); p may be infinite.
type metric struct{ p float64 }

// distance leaves out the root.
func (m metric) distance(x, z []float64) float64 {
	var sum float64
	for f, v := range x {
		sum = m.add(sum, v-z[f])
	}
	return sum
}

func (m metric) add(sum, difference float64) float64 {
	switch d := math.Abs(difference); m.p {
	case 1:
		return sum + d
	case 2:
		return sum + float64(d*d)
	case math.Inf(1):
		return max(sum, d)
	default:
		return sum + math.Pow(d, m.p)
	}
}

func (m metric) root(sum float64) float64 {
	switch m.p {
	case 1, math.Inf(1):
		return sum
	case 2:
		return math.Sqrt(sum)
	}
	return math.Pow(sum, 1/m.p)
}

// neighborRows are rows in an order of the index's own.
type neighborRows struct {
	metric metric
	rows   []int       // the number of each
	panels *vec.Panels // for p = 2
	cells  [][]float64 // else
}

func newNeighborRows(m metric, X *Matrix, order []int) *neighborRows {
	r := &neighborRows{metric: m, rows: order}
	if m.p != 2 {
		for _, row := range order {
			r.cells = append(r.cells, X.Row(nil, row))
		}
		return r
	}
	r.panels = vec.NewPanels(X.rows, X.cols)
	for f := range X.cols {
		col := X.Col(f)
		for i, row := range order {
			r.panels.Set(i, f, col[row])
		}
	}
	return r
}

// offer offers the rows at the places start to end.
func (r *neighborRows) offer(x []float64, start, end int, found *nearest) {
	if r.panels == nil {
		for i := start; i < end; i++ {
			found.offer(neighbor{r.metric.distance(x, r.cells[i]), r.rows[i]})
		}
		return
	}
	for at := start / vec.Panel * vec.Panel; at < end; at += neighborBlock {
		n := min(neighborBlock, (end-at+vec.Panel-1)/vec.Panel*vec.Panel)
		r.panels.Distances(found.room[:n], at/vec.Panel, x)
		worst := found.worst()
		for i := max(0, start-at); i < min(n, end-at); i++ {
			if d := found.room[i]; d <= worst {
				found.offer(neighbor{d, r.rows[at+i]})
				worst = found.worst()
			}
		}
	}
}

// bruteForce looks at all rows.
type bruteForce struct{ *neighborRows }

func (b bruteForce) search(x []float64, found *nearest) { b.offer(x, 0, len(b.rows), found) }

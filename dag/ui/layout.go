package ui

import (
	"cmp"
	"slices"
)

// drawing of a graph in layers, after Sugiyama, Tagawa and Toda, "Methods for visual understanding of
// hierarchical system structures", IEEE SMC 11 (1981): boxes in layers by the longest way to them, edges that
// pass a layer held by a point in it, layers put in order by the mean place of their neighbours, and then
// moved to stand opposite to them. Along is the direction of the edges, across the other.

// box is a box of a drawing, its place that of its top left corner.
type box struct {
	x, y, w, h float64
}

// arc is an edge of it: the points that it goes through, the first and the last at the boxes.
type arc struct {
	from, to int
	points   []point
}

type point struct{ x, y float64 }

const (
	gapAcross = 16.0 // between boxes of a layer
	gapLanes  = 4.0  // between edges that pass a layer
	laneWidth = 6.0  // of such an edge
	rowWidth  = 1200 // of boxes without edges
	sweeps    = 8
)

// spot is a box in its layer, or a point of an edge that passes it.
type spot struct {
	box      int // -1 of a point
	layer    int
	breadth  float64 // across
	at       float64 // its middle, across
	up, down []int   // spots beside it in the layers before and behind
	rank     float64
}

// plot is a drawing while it is made.
type plot struct {
	boxes  []box
	arcs   []arc
	gap    float64 // between layers
	down   bool    // along is down the page, not to the right
	spots  []spot
	layers [][]int // spots in order
	chains [][]int // of each arc its spots
}

// draw places boxes, whose widths and heights are given, and leads the arcs, whose graph must be
// without cycles. Between two layers there is a gap. It returns how large the drawing is.
func draw(boxes []box, arcs []arc, down bool, gap float64) (width, height float64) {
	if len(boxes) == 0 {
		return 0, 0
	}
	if len(arcs) == 0 {
		return rows(boxes)
	}
	p := &plot{boxes: boxes, arcs: arcs, down: down, gap: gap}
	p.layer()
	p.order()
	p.settle()
	return p.place()
}

// rows places boxes that no edge joins.
func rows(boxes []box) (width, height float64) {
	wide, high := 0.0, 0.0
	for _, b := range boxes {
		wide, high = max(wide, b.w), max(high, b.h)
	}
	columns := max(1, int((rowWidth+gapAcross)/(wide+gapAcross)))
	for i := range boxes {
		b := &boxes[i]
		b.x, b.y, b.w = float64(i%columns)*(wide+gapAcross), float64(i/columns)*(high+gapAcross), wide
		width, height = max(width, b.x+b.w), b.y+high
	}
	return width, height
}

// layer gives each box its layer, and each edge a point in all that it passes.
func (p *plot) layer() {
	layer := p.longest()
	for i, b := range p.boxes {
		breadth := b.h
		if p.down {
			breadth = b.w
		}
		p.spots = append(p.spots, spot{box: i, layer: layer[i], breadth: breadth})
	}
	for _, a := range p.arcs {
		chain := []int{a.from}
		for l := layer[a.from] + 1; l < layer[a.to]; l++ {
			chain = append(chain, len(p.spots))
			p.spots = append(p.spots, spot{box: -1, layer: l, breadth: laneWidth})
		}
		chain = append(chain, a.to)
		for i := 1; i < len(chain); i++ {
			p.spots[chain[i-1]].down = append(p.spots[chain[i-1]].down, chain[i])
			p.spots[chain[i]].up = append(p.spots[chain[i]].up, chain[i-1])
		}
		p.chains = append(p.chains, chain)
	}
	for i, s := range p.spots {
		for len(p.layers) <= s.layer {
			p.layers = append(p.layers, nil)
		}
		p.layers[s.layer] = append(p.layers[s.layer], i)
	}
}

// longest returns the layers of the boxes: as far from the start as the longest way to them, but what
// nothing leads to stands right before what follows it.
func (p *plot) longest() []int {
	after, waiting := make([][]int, len(p.boxes)), make([]int, len(p.boxes))
	for _, a := range p.arcs {
		after[a.from] = append(after[a.from], a.to)
		waiting[a.to]++
	}
	layer := make([]int, len(p.boxes))
	starts := []int{}
	for i, n := range waiting {
		if n == 0 {
			starts = append(starts, i)
		}
	}
	for order, i := slices.Clone(starts), 0; i < len(order); i++ {
		v := order[i]
		for _, w := range after[v] {
			layer[w] = max(layer[w], layer[v]+1)
			if waiting[w]--; waiting[w] == 0 {
				order = append(order, w)
			}
		}
	}
	for _, v := range starts {
		if len(after[v]) == 0 {
			continue
		}
		nearest := layer[after[v][0]]
		for _, w := range after[v] {
			nearest = min(nearest, layer[w])
		}
		layer[v] = nearest - 1
	}
	return layer
}

// order puts the spots of each layer in an order with few crossings.
func (p *plot) order() {
	for s := range sweeps {
		for i := range p.layers {
			l, near := i, func(s *spot) []int { return s.up }
			if s%2 == 1 {
				l, near = len(p.layers)-1-i, func(s *spot) []int { return s.down }
			}
			p.rank(p.layers[l], near)
		}
	}
}

// rank orders a layer by the mean place of the neighbours of its spots; those without any stay.
func (p *plot) rank(layer []int, near func(*spot) []int) {
	for i, v := range layer {
		s := &p.spots[v]
		s.rank = float64(i)
		if beside := near(s); len(beside) > 0 {
			s.rank = 0
			for _, w := range beside {
				s.rank += p.spots[w].at / float64(len(beside))
			}
		}
	}
	slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(p.spots[a].rank, p.spots[b].rank) })
	for i, v := range layer {
		p.spots[v].at = float64(i)
	}
}

// settle moves the spots of each layer towards their neighbours, in their order and apart.
func (p *plot) settle() {
	for _, layer := range p.layers {
		for i, v := range layer {
			if p.spots[v].at = 0; i > 0 {
				p.spots[v].at = p.spots[layer[i-1]].at + p.apart(layer[i-1], v)
			}
		}
	}
	for s := range sweeps {
		for i := range p.layers {
			l := i
			if s%2 == 1 {
				l = len(p.layers) - 1 - i
			}
			p.move(p.layers[l], s%2 == 1)
		}
	}
}

func (p *plot) apart(a, b int) float64 {
	gap := gapAcross
	if p.spots[a].box < 0 && p.spots[b].box < 0 {
		gap = gapLanes
	}
	return (p.spots[a].breadth+p.spots[b].breadth)/2 + gap
}

// move brings the spots of a layer as near as may be to the mean of their neighbours: half way between
// what results from pushing them apart from the one end and from the other, which keeps them apart too.
func (p *plot) move(layer []int, back bool) {
	n := len(layer)
	want := make([]float64, n)
	for i, v := range layer {
		s := &p.spots[v]
		beside := s.up
		if back && len(s.down) > 0 || len(beside) == 0 {
			beside = s.down
		}
		want[i] = s.at
		if len(beside) > 0 {
			want[i] = 0
			for _, w := range beside {
				want[i] += p.spots[w].at / float64(len(beside))
			}
		}
	}
	low, high := slices.Clone(want), slices.Clone(want)
	for i := 1; i < n; i++ {
		low[i] = max(low[i], low[i-1]+p.apart(layer[i-1], layer[i]))
	}
	for i := n - 2; i >= 0; i-- {
		high[i] = min(high[i], high[i+1]-p.apart(layer[i], layer[i+1]))
	}
	for i, v := range layer {
		p.spots[v].at = (low[i] + high[i]) / 2
	}
}

// place turns layers and places across into coordinates, and leads the arcs.
func (p *plot) place() (width, height float64) {
	first, last := 0.0, 0.0
	for i, s := range p.spots {
		if i == 0 || s.at-s.breadth/2 < first {
			first = s.at - s.breadth/2
		}
		last = max(last, s.at+s.breadth/2)
	}
	starts, depths, along := p.measure()
	for i := range p.boxes {
		s, b := &p.spots[i], &p.boxes[i]
		if p.down {
			b.x, b.y, b.h = s.at-first-b.w/2, starts[s.layer], depths[s.layer]
		} else {
			b.x, b.y, b.w = starts[s.layer], s.at-first-b.h/2, depths[s.layer]
		}
	}
	for i := range p.arcs {
		p.lead(&p.arcs[i], p.chains[i], starts, depths, first)
	}
	if p.down {
		return last - first, along
	}
	return along, last - first
}

// measure returns where each layer starts, how deep it is, and where the last one ends.
func (p *plot) measure() (starts, depths []float64, along float64) {
	starts, depths = make([]float64, len(p.layers)), make([]float64, len(p.layers))
	for l, layer := range p.layers {
		for _, v := range layer {
			if b := p.spots[v].box; b >= 0 && p.down {
				depths[l] = max(depths[l], p.boxes[b].h)
			} else if b >= 0 {
				depths[l] = max(depths[l], p.boxes[b].w)
			}
		}
		starts[l] = along
		along += depths[l] + p.gap
	}
	return starts, depths, along - p.gap
}

// lead leads an arc from the end of its first box through all points to the start of its last.
func (p *plot) lead(a *arc, chain []int, starts, depths []float64, first float64) {
	for i, v := range chain {
		s := &p.spots[v]
		if i > 0 {
			a.points = append(a.points, point{starts[s.layer], s.at - first})
		}
		if i < len(chain)-1 {
			a.points = append(a.points, point{starts[s.layer] + depths[s.layer], s.at - first})
		}
	}
	if p.down {
		for i, q := range a.points {
			a.points[i] = point{q.y, q.x}
		}
	}
}

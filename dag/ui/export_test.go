package ui

import (
	"net/http"

	"github.com/penstock/penstock/dag/internal/graph"
)

var (
	Took   = took
	Number = number
	Handed = handed
	Clean  = clean
	Cut    = cut
	Steps  = steps
	Round  = round
	FromTo = fromTo
)

// ReadLine takes a line of a log apart.
func ReadLine(line string) (time, level, text string) {
	l := readLine(1, line)
	return l.Time, l.Level, l.Text
}

// Draw returns the corners of boxes and the points of arcs.
func Draw(sizes [][2]float64, arcs [][2]int, down bool) (boxes [][4]float64, lines [][][2]float64, width, height float64) {
	bs, as := make([]box, len(sizes)), make([]arc, len(arcs))
	for i, s := range sizes {
		bs[i] = box{w: s[0], h: s[1]}
	}
	for i, a := range arcs {
		as[i] = arc{from: a[0], to: a[1]}
	}
	width, height = draw(bs, as, down, 50)
	for _, b := range bs {
		boxes = append(boxes, [4]float64{b.x, b.y, b.w, b.h})
	}
	for _, a := range as {
		var line [][2]float64
		for _, p := range a.points {
			line = append(line, [2]float64{p.x, p.y})
		}
		lines = append(lines, line)
	}
	return boxes, lines, width, height
}

// Essential returns the edges between n units that do not follow from others.
func Essential(edges [][2]int, n int) (left [][2]int) {
	js := make([]joint, len(edges))
	for i, e := range edges {
		js[i] = joint{from: e[0], to: e[1]}
	}
	for _, j := range essential(js, n) {
		left = append(left, [2]int{j.from, j.to})
	}
	return left
}

// Impatient lets pages wait for nothing but the newest runs.
func Impatient(h http.Handler) { h.(*site).outlines.spend = 0 }

// MaxFollowers is how many may follow at the same time.
const MaxFollowers = maxFollowers

// MaxUnits is how many boxes there are at most.
const MaxUnits = maxUnits

// Units divides all tasks of a graph, or those of a unit of it, and tells whether units can be ordered.
func Units(g *graph.Graph, within []int32) (names []string, tasks [][]int32, ordered bool) {
	p, _ := g.Compile()
	if within == nil {
		for i := range p.Nodes {
			within = append(within, int32(i))
		}
	}
	us := units(p, depths(p), within)
	for _, u := range us {
		names = append(names, u.name)
		tasks = append(tasks, u.tasks)
	}
	return names, tasks, acyclic(p, us)
}

// Pages, Verbs and Operations are all that there is.
var (
	Pages = pages
	Verbs = verbs
)

// Operations returns the operations of the API with their methods.
func Operations() map[string]string {
	all := map[string]string{}
	for _, o := range operations {
		all[o.name] = o.method
	}
	return all
}

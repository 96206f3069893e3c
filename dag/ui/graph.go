package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

const (
	boxHeight  = 46.0
	charWidth  = 8.2 // of the names, about
	smallWidth = 6.9 // of what stands below them, and at edges
	gapLR      = 56.0
	gapTB      = 72.0
	maxName    = 28   // characters of a name that are shown
	maxLabel   = 28   // and of what stands at an edge
	margin     = 8.0  // around the drawing
	leadLR     = 72.0 // of the gap beside a label
	maxLabels  = 90   // tasks that hand something over, up to which it is said at their edges
	maxTitled  = 1000 // and up to which they say what they are when pointed at
	pickerSize = 30   // runs that can be chosen
	maxFound   = 50   // tasks that a search lists
)

// graphBody is the page Graph.
type graphBody struct {
	Run    *engine.RunStatus // nil if there is none
	Runs   []engine.RunRecord
	Dir    string // "LR" or "TB"
	Fit    bool   // it is as wide as the page at most
	Query  string
	Found  []string // tasks that the search has found
	More   int      // that are not listed
	Counts []count
	Kinds  []string
	Path   []crumb // the groups that were opened

	Width, Height int
	Nodes         []nodeView
	Edges         []edgeView
	LeftOut       int // edges between groups that follow from others
}

// nodeView is a box as the template draws it.
type nodeView struct {
	X, Y, W, H int
	Name, Full string
	Sub        string    // how it stands
	Since      time.Time // and since when, if it works
	State      state
	Kind       string
	Link       string
	Tasks      int
	Hit        bool // the search has found it
	Bar        []part
}

// edgeView is an edge as the template draws it.
type edgeView struct {
	Path   string
	Label  string
	X, Y   int // of the label
	Title  string
	Dashed bool // it orders tasks and hands nothing over
}

// graph shows a DAG as a graph, with how the tasks of a run stand.
func (q *request) graph() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	run, err := q.outline(d)
	if err != nil {
		return nil, err
	}
	b := &graphBody{Run: run, Dir: "LR", Fit: q.get("size") == "fit", Query: q.get("q")}
	if q.get("dir") == "TB" {
		b.Dir = "TB"
	}
	if b.Runs, _, err = q.engine.Recent(d.Name(), 0, pickerSize); err != nil {
		return nil, orNotFound(err)
	}
	plan, _ := d.Graph().Compile()
	v := &graphView{request: q, dag: d, plan: plan, body: b, tasks: make([]*engine.TaskStatus, len(plan.Nodes))}
	v.fill()
	id := ""
	if run != nil {
		id = run.ID
	}
	p, err := q.dagPage(d, "graph", "Graph", id, b)
	if err == nil && id != "" && q.get("run") != "" {
		p.Live = link("events", "run", id)
	}
	return p, err
}

// graphView makes the drawing.
type graphView struct {
	*request
	dag   *dag.DAG
	plan  *graph.Plan
	body  *graphBody
	tasks []*engine.TaskStatus // of the run, nil where there is none
	units []unit
}

func (v *graphView) fill() {
	b := v.body
	var all tally
	if b.Run != nil {
		for i := range b.Run.Tasks {
			t := &b.Run.Tasks[i]
			if k, ok := v.plan.Index[t.ID]; ok {
				v.tasks[k] = t
				all[place(taskState(t))]++
			}
		}
	}
	b.Counts = all.counts()
	v.search()
	v.open()
	v.draw()
}

// search lists the tasks whose names have the text.
func (v *graphView) search() {
	for _, n := range v.plan.Nodes {
		if v.body.Query == "" || !v.isHit(n) {
			continue
		}
		if len(v.body.Found) < maxFound {
			v.body.Found = append(v.body.Found, n.ID)
		} else {
			v.body.More++
		}
	}
}

func (v *graphView) isHit(n *graph.Node) bool {
	return strings.Contains(strings.ToLower(n.ID), strings.ToLower(v.body.Query))
}

// open divides the tasks into units.
func (v *graphView) open() {
	v.units, v.body.Path = v.opened("graph", v.dag, v.plan)
}

// draw places units and edges.
func (v *graphView) draw() {
	boxes := make([]box, len(v.units))
	for i, u := range v.units {
		name, how := cut(maxName, u.name), v.sub(u)
		if !v.since(u).IsZero() {
			how += " · 59 min 59 s"
		}
		boxes[i] = box{w: max(120, 46+max(textWidth(name, charWidth), textWidth(how, smallWidth))), h: boxHeight}
	}
	js := joints(v.plan, v.units)
	if slices.ContainsFunc(v.units, func(u unit) bool { return len(u.tasks) > 1 }) {
		all := len(js)
		js = essential(js, len(v.units))
		v.body.LeftOut = all - len(js)
	}
	arcs := make([]arc, len(js))
	gap := gapLR
	if v.body.Dir == "TB" {
		gap = gapTB
	}
	said := v.said(js)
	for i, j := range js {
		arcs[i] = arc{from: j.from, to: j.to}
		if label := said[j.from]; label != "" && v.body.Dir == "LR" {
			gap = max(gap, textWidth(label, smallWidth)+leadLR)
		} else if label != "" {
			boxes[j.from].w = max(boxes[j.from].w, textWidth(label, smallWidth))
		}
	}
	width, height := draw(boxes, arcs, v.body.Dir == "TB", gap)
	v.body.Width, v.body.Height = int(width+2*margin), int(height+2*margin)
	for i, u := range v.units {
		v.body.Nodes = append(v.body.Nodes, v.node(i, u, boxes[i]))
	}
	for i, j := range js {
		e := v.edge(j, arcs[i], said[j.from])
		if len(js) > maxTitled {
			e.Title = ""
		}
		if i > 0 && js[i-1].from == j.from {
			e.Label = "" // it stands there already
		}
		v.body.Edges = append(v.body.Edges, e)
	}
	slices.Sort(v.body.Kinds)
}

// said returns by their places what units hand over: all edges from one say the same, which stands where
// they begin.
func (v *graphView) said(js []joint) map[int]string {
	said := map[int]string{}
	for _, j := range js {
		if text := cut(maxLabel, v.handed(j)); text != "" {
			said[j.from] = text
		}
	}
	if len(said) > maxLabels {
		return nil
	}
	return said
}

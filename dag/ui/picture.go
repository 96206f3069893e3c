package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

// node returns a box.
func (v *graphView) node(i int, u unit, b box) nodeView {
	n := nodeView{
		X: int(b.x + margin), Y: int(b.y + margin), W: int(b.w), H: int(b.h), Name: cut(maxName, u.name), Full: u.name,
		Sub: v.sub(u), Tasks: len(u.tasks), State: stateOf("none"), Kind: "group",
	}
	for _, t := range u.tasks {
		n.Hit = n.Hit || v.body.Query != "" && v.isHit(v.plan.Nodes[t])
	}
	t := v.tally(u)
	n.State = t.worst()
	if len(u.tasks) > 1 {
		n.Bar = partsOf(t.counts())
		for k := range n.Bar {
			n.Bar[k].X, n.Bar[k].W = n.Bar[k].X*float64(n.W)/100, n.Bar[k].W*float64(n.W)/100
		}
		n.Link = v.again("graph", "in", inside(v.get("in"), i))
	} else {
		node := v.plan.Nodes[u.tasks[0]]
		n.Kind, n.Since = kindOf(node), v.since(u)
		n.Link = link("task", "dag", v.dag.Name(), "run", v.runID(), "task", node.ID)
	}
	if !slices.Contains(v.body.Kinds, n.Kind) {
		v.body.Kinds = append(v.body.Kinds, n.Kind)
	}
	return n
}

// since returns when the task of a unit has started that works, else the zero time.
func (v *graphView) since(u unit) time.Time {
	if s := v.tasks[u.tasks[0]]; len(u.tasks) == 1 && s != nil && s.Phase == engine.Working {
		return s.Started
	}
	return time.Time{}
}

func (v *graphView) runID() string {
	if v.body.Run == nil {
		return ""
	}
	return v.body.Run.ID
}

func (v *graphView) tally(u unit) (t tally) {
	for _, k := range u.tasks {
		if s := v.tasks[k]; s != nil {
			t[place(taskState(s))]++
		} else {
			t[place("none")]++
		}
	}
	return t
}

// sub says how a unit stands.
func (v *graphView) sub(u unit) string {
	if len(u.tasks) > 1 {
		text := number(len(u.tasks)) + " tasks"
		t := v.tally(u)
		for i, c := range t.counts() {
			if i < 3 && c.Name != "none" {
				text += fmt.Sprintf(" · %s %s", number(c.N), c.Text)
			}
		}
		return text
	}
	s := v.tasks[u.tasks[0]]
	if s == nil {
		return kindOf(v.plan.Nodes[u.tasks[0]])
	}
	text := taskState(s).Text
	if !s.Started.IsZero() && !s.Ended.IsZero() {
		text += " · " + took(s.Ended.Sub(s.Started))
	}
	if s.Tries > 1 && v.plan.Nodes[u.tasks[0]].Kind != graph.Map {
		text += fmt.Sprintf(" · %d tries", s.Tries)
	}
	return text
}

// handed says what goes over an edge between two tasks, "" if that is nothing, or there are several.
func (v *graphView) handed(j joint) string {
	from := v.plan.Nodes[j.first[0]]
	if len(v.units[j.from].tasks)+len(v.units[j.to].tasks) > 2 || !j.hands {
		return ""
	}
	size := ""
	if t := v.tasks[from.Index]; t != nil {
		size = t.Size
	}
	return handed(from.Output.String(), size)
}

// edge returns an edge as it is drawn, straight along the label of what its first unit hands over.
func (v *graphView) edge(j joint, a arc, label string) edgeView {
	down := v.body.Dir == "TB"
	lead, first := 0.0, a.points[0]
	e := edgeView{Label: label, Dashed: !j.hands, X: int(first.x + margin + 8), Y: int(first.y + margin - 5)}
	switch {
	case label != "" && down:
		lead, e.X, e.Y = 24, int(first.x+margin+5), int(first.y+margin+15)
	case label != "":
		lead = textWidth(label, smallWidth) + 12
	}
	e.Path = curve(a.points, down, lead)
	what := v.handed(j)
	switch {
	case len(v.units[j.from].tasks)+len(v.units[j.to].tasks) > 2:
		what = number(j.edges) + " edges"
	case what == "":
		what = "order only"
	}
	e.Title = fmt.Sprintf("%s → %s: %s", cut(60, v.units[j.from].name), cut(60, v.units[j.to].name), what)
	return e
}

// textWidth is about how wide a text is.
func textWidth(text string, char float64) float64 { return float64(len([]rune(text))) * char }

// curve leads a smooth line through points, which leaves and reaches them along, after going straight on
// for a lead.
func curve(points []point, down bool, lead float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%.0f %.0f", points[0].x+margin, points[0].y+margin)
	if points = slices.Clone(points); lead > 0 && down {
		points[0].y += lead
		fmt.Fprintf(&b, "V%.0f", points[0].y+margin)
	} else if lead > 0 {
		points[0].x += lead
		fmt.Fprintf(&b, "H%.0f", points[0].x+margin)
	}
	for i := 1; i < len(points); i++ {
		p, q := points[i-1], points[i]
		half := point{(p.x + q.x) / 2, (p.y + q.y) / 2}
		if down {
			fmt.Fprintf(&b, "C%.0f %.0f %.0f %.0f %.0f %.0f", p.x+margin, half.y+margin, q.x+margin, half.y+margin, q.x+margin, q.y+margin)
		} else {
			fmt.Fprintf(&b, "C%.0f %.0f %.0f %.0f %.0f %.0f", half.x+margin, p.y+margin, half.x+margin, q.y+margin, q.x+margin, q.y+margin)
		}
	}
	return b.String()
}

// kindOf names the kind of a task.
func kindOf(n *graph.Node) string {
	return [...]string{graph.Plain: "task", graph.Map: "map", graph.Branch: "branch", graph.Sensor: "sensor"}[n.Kind]
}

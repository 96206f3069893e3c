package ui

import (
	"slices"
	"strconv"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

const (
	gridRuns  = 24 // columns
	gridTasks = 60 // rows
	gridElems = 50 // rows of the elements of a map
)

// gridBody is the page Grid: tasks by runs, those of a large DAG in groups.
type gridBody struct {
	Runs     []gridRun // the oldest first
	Longest  time.Duration
	RunPager pager
	Rows     []gridRow
	Pager    pager
	Query    string
	Path     []crumb // the groups that were opened
	Open     string  // the map whose elements are shown
	More     int     // elements that are not
	Left     int     // runs whose tasks have not been read yet

	records  []engine.RunRecord
	outlines []outline
}

type gridRun struct {
	engine.RunRecord
	Height int // of its bar, in percent of the longest run
}

// gridRow is a task, a group of tasks or an element of a map.
type gridRow struct {
	Name   string
	Link   string
	Kind   string
	Toggle string // the address that opens or closes a map
	Cells  []gridCell
}

type gridCell struct {
	State state
	Link  string // "" if there is nothing to see
	Text  string // how the task, or those of the group, stand
}

// grid shows how the tasks of the last runs stand.
func (q *request) grid() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	b := &gridBody{Query: q.get("q"), Open: q.get("open")}
	if err := q.columns(d, b); err != nil {
		return nil, err
	}
	plan, _ := d.Graph().Compile()
	var us []unit
	if b.Query == "" {
		us, b.Path = q.opened("grid", d, plan)
	} else {
		us = found(d.Tasks(), b.Query)
	}
	from, to, p := q.paged("grid", "page", len(us), gridTasks)
	b.Pager = p
	for i, u := range us[from:to] {
		if len(u.tasks) > 1 {
			b.Rows = append(b.Rows, q.groupRow(b, d, u, inside(q.get("in"), from+i)))
			continue
		}
		n := plan.Nodes[u.tasks[0]]
		b.Rows = append(b.Rows, q.row(b, d, n))
		if n.ID == b.Open && n.Kind == graph.Map {
			q.elements(b, d, n)
		}
	}
	return q.dagPage(d, "grid", "Grid", "", b)
}

// columns adds the runs of a page of the grid, and how their tasks stand.
func (q *request) columns(d *dag.DAG, b *gridBody) error {
	_, total, err := q.engine.Recent(d.Name(), 0, 0)
	if err != nil {
		return orNotFound(err)
	}
	from, to, p := q.paged("grid", "older", total, columnsOf(len(d.Graph().Nodes), gridRuns))
	b.RunPager = p
	if b.records, _, err = q.engine.Recent(d.Name(), from, to-from); err != nil {
		return orNotFound(err)
	}
	slices.Reverse(b.records)
	for _, r := range b.records {
		b.Longest = max(b.Longest, r.Ended.Sub(r.Started))
	}
	for _, r := range b.records {
		h := 100
		if !r.Ended.IsZero() {
			h = max(4, int(100*r.Ended.Sub(r.Started)/max(1, b.Longest)))
		}
		b.Runs = append(b.Runs, gridRun{r, h})
	}
	b.outlines, b.Left, err = q.outlines.all(q.Context(), d, b.records)
	return err
}

// columnsOf returns how many runs a page shows of a DAG of so many tasks: no more than are kept, or it would
// never be done with reading them.
func columnsOf(tasks, most int) int { return max(4, min(most, maxCells/2/max(1, tasks))) }

// row returns the row of a task.
func (q *request) row(b *gridBody, d *dag.DAG, n *graph.Node) gridRow {
	r := gridRow{Name: n.ID, Link: link("task", "dag", d.Name(), "task", n.ID), Kind: kindOf(n), Cells: emptyCells(len(b.records))}
	for i, o := range b.outlines {
		if n.Index < len(o) {
			s := o[n.Index].State()
			r.Cells[i] = gridCell{s, link("task", "dag", d.Name(), "run", b.records[i].ID, "task", n.ID), s.Text}
		}
	}
	if n.Kind == graph.Map {
		r.Toggle = q.again("grid", "open", n.ID)
		if b.Open == n.ID {
			r.Toggle = q.again("grid", "open", "")
		}
	}
	return r
}

// groupRow returns the row of a group: in each run the most urgent state of its tasks, and how many are in which.
func (q *request) groupRow(b *gridBody, d *dag.DAG, u unit, in string) gridRow {
	r := gridRow{Name: u.name, Link: q.again("grid", "in", in, "page", ""), Kind: number(len(u.tasks)) + " tasks", Cells: emptyCells(len(b.records))}
	for i, o := range b.outlines {
		if o == nil {
			continue
		}
		var t tally
		for _, v := range u.tasks {
			if int(v) < len(o) {
				t[o[v].state]++
			}
		}
		r.Cells[i] = gridCell{t.worst(), link("graph", "dag", d.Name(), "run", b.records[i].ID, "in", in), t.String()}
	}
	return r
}

// elements adds a row for each element of a map, for the first of them.
func (q *request) elements(b *gridBody, d *dag.DAG, n *graph.Node) {
	rows := make([]gridRow, 0, gridElems)
	for i, r := range b.records {
		if r.Pruned {
			continue
		}
		detail, err := q.engine.Inspect(q.Context(), r.ID, n.ID)
		if err != nil {
			continue // it was pruned just now
		}
		for _, a := range detail.Attempts {
			if a.Element >= gridElems {
				b.More = max(b.More, a.Element+1-gridElems)
				continue
			}
			for len(rows) <= a.Element {
				rows = append(rows, gridRow{Name: "element " + strconv.Itoa(len(rows)), Kind: "element", Cells: emptyCells(len(b.records))})
			}
			if a.Element >= 0 {
				s := stateOf(a.Outcome)
				rows[a.Element].Cells[i] = gridCell{s, link("task", "dag", d.Name(), "run", r.ID, "task", n.ID), s.Text}
			}
		}
	}
	b.Rows = append(b.Rows, rows...)
}

func emptyCells(n int) []gridCell {
	cells := make([]gridCell, n)
	for i := range cells {
		cells[i].State = stateOf("none")
	}
	return cells
}

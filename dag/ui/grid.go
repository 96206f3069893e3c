package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

const (
	gridRuns  = 24 // columns
	gridTasks = 60 // rows
	gridElems = 50 // rows of the elements of a map

	// gridCells bounds how many tasks are read to show a page: a large DAG has fewer columns.
	gridCells = 30_000
)

// gridBody is the page Grid: tasks by runs.
type gridBody struct {
	Runs     []gridRun // the oldest first
	RunPager pager
	Rows     []gridRow
	Pager    pager
	Query    string
	Open     string // the map whose elements are shown
	More     int    // elements that are not
}

type gridRun struct {
	engine.RunRecord
	Height int // of its bar, in percent of the longest run
}

// gridRow is a task, or an element of a map.
type gridRow struct {
	Task    string
	Element int // -1 of a task
	Kind    string
	Toggle  string // the address that opens or closes a map
	Cells   []gridCell
}

type gridCell struct {
	State state
	Run   string // "" if there is nothing to see
}

// grid shows how the tasks of the last runs stand.
func (q *request) grid() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	b := &gridBody{Query: q.get("q"), Open: q.get("open")}
	records, err := q.columns(d, b)
	if err != nil {
		return nil, err
	}
	outlines, err := q.outlines.all(q.Context(), d, records)
	if err != nil {
		return nil, err
	}
	nodes := slices.Clone(d.Graph().Nodes)
	if b.Query != "" {
		nodes = slices.DeleteFunc(nodes, func(n *graph.Node) bool {
			return !strings.Contains(strings.ToLower(n.ID), strings.ToLower(b.Query))
		})
	}
	from, to, p := q.paged("grid", "page", len(nodes), gridTasks)
	b.Pager = p
	for _, n := range nodes[from:to] {
		b.Rows = append(b.Rows, q.row(b, n, records, outlines))
		if n.ID == b.Open && n.Kind == graph.Map {
			q.elements(b, n, records)
		}
	}
	return q.dagPage(d, "grid", "Grid", "", b)
}

// columns returns the runs of a page of the grid, the oldest first.
func (q *request) columns(d *dag.DAG, b *gridBody) ([]engine.RunRecord, error) {
	size := columnsOf(len(d.Graph().Nodes), gridRuns)
	_, total, err := q.engine.Recent(d.Name(), 0, 0)
	if err != nil {
		return nil, orNotFound(err)
	}
	from, to, p := q.paged("grid", "older", total, size)
	b.RunPager = p
	records, _, err := q.engine.Recent(d.Name(), from, to-from)
	if err != nil {
		return nil, orNotFound(err)
	}
	slices.Reverse(records)
	longest := 1.0
	for _, r := range records {
		longest = max(longest, r.Ended.Sub(r.Started).Seconds())
	}
	for _, r := range records {
		h := 100
		if !r.Ended.IsZero() {
			h = max(4, int(100*r.Ended.Sub(r.Started).Seconds()/longest))
		}
		b.Runs = append(b.Runs, gridRun{r, h})
	}
	return records, nil
}

// columnsOf returns how many runs a page shows of a DAG of so many tasks.
func columnsOf(tasks, most int) int { return max(4, min(most, gridCells/max(1, tasks))) }

func (q *request) row(b *gridBody, n *graph.Node, records []engine.RunRecord, outlines []outline) gridRow {
	r := gridRow{Task: n.ID, Element: -1, Kind: kindOf(n), Cells: make([]gridCell, len(records))}
	for i, o := range outlines {
		if r.Cells[i].State = stateOf("none"); n.Index < len(o) {
			r.Cells[i] = gridCell{o[n.Index].State(), records[i].ID}
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

// elements adds a row for each element of a map, for the first of them.
func (q *request) elements(b *gridBody, n *graph.Node, records []engine.RunRecord) {
	rows := make([]gridRow, 0, gridElems)
	for i, r := range records {
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
				rows = append(rows, gridRow{Task: n.ID, Element: len(rows), Kind: "element", Cells: emptyCells(len(records))})
			}
			if a.Element >= 0 {
				rows[a.Element].Cells[i] = gridCell{stateOf(a.Outcome), r.ID}
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

// Label names the row.
func (r gridRow) Label() string {
	if r.Element >= 0 {
		return "element " + strconv.Itoa(r.Element)
	}
	return r.Task
}

package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

const (
	runsSize  = 50  // runs on a page
	tasksSize = 100 // tasks on a page
)

// runsBody is the list of the runs of a DAG.
type runsBody struct {
	Runs   []runLine
	States []string // that can be chosen
	State  string   // that is
	Of     string   // a backfill, whose runs alone are shown
	Day    string
	Pager  pager
}

// runLine is one of them.
type runLine struct {
	engine.RunRecord
	Counts []count
}

// runs lists the runs of a DAG, the newest first.
func (q *request) runs() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	b := &runsBody{State: q.get("state"), Of: q.get("of"), Day: q.get("day"), States: []string{"running", "succeeded", "failed", "cancelled"}}
	records, err := q.recent(d, b)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		b.Runs = append(b.Runs, runLine{r, recordCounts(r.Tasks)})
	}
	return q.dagPage(d, "runs", "Runs", "", b)
}

// recent returns the runs that are asked for. Where some are left out all have to be looked at.
func (q *request) recent(d *dag.DAG, b *runsBody) (records []engine.RunRecord, err error) {
	if b.State == "" && b.Of == "" && b.Day == "" {
		_, total, err := q.engine.Recent(d.Name(), 0, 0)
		if err != nil {
			return nil, orNotFound(err)
		}
		from, to, p := q.paged("runs", "page", total, runsSize)
		b.Pager = p
		records, _, err = q.engine.Recent(d.Name(), from, to-from)
		return records, orNotFound(err)
	}
	all, err := q.engine.History(q.Context(), d.Name())
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	all = slices.DeleteFunc(all, func(r engine.RunRecord) bool {
		return b.State != "" && string(r.State) != b.State || b.Of != "" && r.Of != b.Of ||
			b.Day != "" && r.LogicalTime.Format(time.DateOnly) != b.Day
	})
	from, to, p := q.paged("runs", "page", len(all), runsSize)
	b.Pager = p
	return all[from:to], nil
}

// runBody is the page of a run.
type runBody struct {
	*engine.RunStatus
	Params []param
	Counts []count
	Query  string
	Only   string // the state of the tasks that are shown, "" for all
	Tasks  []taskLine
	Pager  pager
	Failed bool // some task has, or was cancelled
}

// taskLine is a task of it.
type taskLine struct {
	engine.TaskStatus
	How   state
	Kind  string
	Hands string // what it has returned, its type and size
}

// newTaskLine returns the line of a task by its place. Of a run under way on an older version of the DAG its
// kind may not be known.
func newTaskLine(d *dag.DAG, s *engine.RunStatus, i int) taskLine {
	l := taskLine{TaskStatus: s.Tasks[i], How: taskState(&s.Tasks[i])}
	if nodes := d.Graph().Nodes; i < len(nodes) && nodes[i].ID == l.ID {
		l.Kind = kindOf(nodes[i])
		if l.State == dag.Succeeded {
			l.Hands = handed(nodes[i].Output.String(), l.Size)
		}
	}
	return l
}

// newTaskLines returns the lines of all tasks.
func newTaskLines(d *dag.DAG, s *engine.RunStatus) []taskLine {
	lines := make([]taskLine, len(s.Tasks))
	for i := range s.Tasks {
		lines[i] = newTaskLine(d, s, i)
	}
	return lines
}

// run shows a run: how it stands and its tasks.
func (q *request) run() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	s, err := q.outline(d)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, &pageError{404, "The DAG has no run that could be shown."}
	}
	b := &runBody{RunStatus: s, Params: paramsOf(s.Params), Query: q.get("q"), Only: q.get("state")}
	var all tally
	var found []int
	for i := range s.Tasks {
		t := &s.Tasks[i]
		how := taskState(t)
		all[place(how)]++
		if (b.Only == "" || b.Only == how.Name) && strings.Contains(strings.ToLower(t.ID), strings.ToLower(b.Query)) {
			found = append(found, i)
		}
	}
	b.Counts = all.counts()
	b.Failed = all[place("failed")]+all[place("upstream_failed")]+all[place("cancelled")] > 0
	from, to, p := q.paged("run", "page", len(found), tasksSize)
	b.Pager = p
	for _, i := range found[from:to] {
		b.Tasks = append(b.Tasks, newTaskLine(d, s, i))
	}
	p2, err := q.dagPage(d, "run", "Run", s.ID, b)
	if err == nil {
		p2.Live = link("events", "run", s.ID)
	}
	return p2, err
}

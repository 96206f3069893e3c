package ui

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

const attemptsSize = 50 // attempts on a page

// taskBody is the page of a task in a run.
type taskBody struct {
	*engine.TaskDetail
	Run      string
	RunState engine.RunState
	How      state
	Kind     string
	Settings []setting
	Up, Down beside

	Attempts []attemptLine // of the page of them
	Pager    pager
	Chosen   *attemptLine // whose log is shown, nil if there is none
	Log      logView
	CanMark  bool
}

type setting struct{ Name, Value string }

// beside are the tasks before or behind a task, the first of them, and how many more there are.
type beside struct {
	IDs  []string
	More int
}

// maxBeside is how many of them are named.
const maxBeside = 40

func (b *beside) add(id string) {
	switch {
	case slices.Contains(b.IDs, id):
	case len(b.IDs) < maxBeside:
		b.IDs = append(b.IDs, id)
	default:
		b.More++
	}
}

// attemptLine is an attempt with its place among those of the task.
type attemptLine struct {
	engine.Attempt
	Place  int
	Chosen bool
	How    state
	Link   string
}

// task shows a task of a run.
func (q *request) task() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	run, err := q.outline(d)
	if err != nil {
		return nil, err
	}
	if run == nil {
		return q.taskWithoutRun(d)
	}
	detail, err := q.engine.Inspect(q.Context(), run.ID, q.get("task"))
	if err != nil {
		return nil, orNotFound(err)
	}
	b := &taskBody{TaskDetail: detail, Run: run.ID, RunState: run.State, How: taskState(&detail.TaskStatus)}
	b.describe(d, detail.ID)
	b.CanMark = b.Phase == engine.Ended || b.Phase == engine.Waiting
	q.addLog(b)
	p, err := q.dagPage(d, "task", detail.ID, run.ID, b)
	if err == nil {
		p.Live = link("events", "run", run.ID)
	}
	return p, err
}

// taskWithoutRun shows a task of a DAG that has not been run yet: what the DAG says of it.
func (q *request) taskWithoutRun(d *dag.DAG) (*page, error) {
	id := q.get("task")
	b := &taskBody{TaskDetail: &engine.TaskDetail{TaskStatus: engine.TaskStatus{ID: id}}, How: stateOf("none")}
	if !b.describe(d, id) {
		return nil, &pageError{http.StatusNotFound, fmt.Sprintf("The DAG has no task %q.", id)}
	}
	return q.dagPage(d, "task", id, "", b)
}

// describe adds what the DAG says of a task, and returns false if it has none of this id.
func (b *taskBody) describe(d *dag.DAG, id string) bool {
	plan, _ := d.Graph().Compile()
	i, ok := plan.Index[id]
	if !ok {
		return false
	}
	n := plan.Nodes[i]
	b.Kind = kindOf(n)
	for v, children := range plan.Children {
		if slices.Contains(children, int32(i)) {
			b.Up.add(plan.Nodes[v].ID)
		}
	}
	for _, w := range plan.Children[i] {
		b.Down.add(plan.Nodes[w].ID)
	}
	b.Settings = settingsOf(n)
	return true
}

func settingsOf(n *graph.Node) []setting {
	s := []setting{{"kind", kindOf(n)}, {"rule", n.Rule.String()}, {"returns", handed(n.Output.String(), "")}, {"owner", n.Owner}}
	if n.Retry.Max > 0 {
		s = append(s, setting{"retries", fmt.Sprintf("%d, after %v", n.Retry.Max, n.Retry.Delay)})
	}
	if n.Timeout > 0 {
		s = append(s, setting{"timeout", n.Timeout.String()})
	}
	for _, slots := range n.Slots {
		s = append(s, setting{"pool", fmt.Sprintf("%s, %d slots", slots.Pool, slots.N)})
	}
	return slices.DeleteFunc(s, func(s setting) bool { return s.Value == "" })
}

// addLog adds the attempts and the log of the one that is chosen, the last unless another is.
func (q *request) addLog(b *taskBody) {
	attempts := b.TaskDetail.Attempts
	if len(attempts) == 0 {
		return
	}
	chosen := len(attempts) - 1
	if q.get("attempt") != "" {
		chosen = min(q.number("attempt", 0), chosen)
	}
	lines := make([]attemptLine, len(attempts))
	for i, a := range attempts {
		lines[i] = attemptLine{a, i, i == chosen, stateOf(a.Outcome), q.again("task", "attempt", strconv.Itoa(i), "line", "", "run", b.Run)}
	}
	slices.Reverse(lines)
	from, to, p := q.paged("task", "page", len(lines), attemptsSize)
	b.Attempts, b.Pager = lines[from:to], p
	b.Chosen = &lines[len(lines)-1-chosen]
	b.Log = q.viewLog(b.Chosen.Log)
	b.Log.Full = link("log", "dag", q.get("dag"), "run", b.Run, "task", b.ID, "attempt", strconv.Itoa(chosen))
}

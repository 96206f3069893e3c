package ui

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

const (
	ganttSize = 100 // tasks on a page
	maxSpans  = 60  // attempts of a task that are drawn, the last of them
)

// ganttBody is the page Gantt: when each task of a run worked, and what it waited for.
type ganttBody struct {
	Run   *engine.RunStatus
	Runs  []engine.RunRecord
	Ticks []tick
	Rows  []ganttRow
	Pager pager
	Query string
	Path  []crumb // the groups that were opened
	Idle  int     // tasks that wait for others, or were not run

	from, to time.Time // what the axis shows
}

// tick is a mark on the axis of time.
type tick struct{ X, Text string }

// ganttRow is a task: its attempts and, between them and before the first, waits; or a group of tasks.
type ganttRow struct {
	taskLine
	Link  string
	Spans []span
	About string // all of them in words

	ready time.Time // when it could have started, as far as that is known
}

// span is a stretch of time, X and W in percent of the axis.
type span struct {
	X, W  string
	Wait  bool
	State state // of an attempt
	Title string
}

// gantt shows when the tasks of a run worked, in the order in which they could start.
func (q *request) gantt() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	run, err := q.outlineBy(d, q.engine.Timeline)
	if err != nil {
		return nil, err
	}
	b := &ganttBody{Run: run, Query: q.get("q")}
	if b.Runs, _, err = q.engine.Recent(d.Name(), 0, pickerSize); err != nil {
		return nil, orNotFound(err)
	}
	id := ""
	if run != nil {
		id = run.ID
		b.fill(q, d)
	}
	p, err := q.dagPage(d, "gantt", "Gantt", id, b)
	if err == nil && id != "" && q.get("run") != "" {
		p.Live = link("events", "run", id)
	}
	return p, err
}

// fill adds the rows. A large DAG has rows for its groups, unless tasks are searched for or the run is on an older
// version of the DAG, of which the groups are not known.
func (b *ganttBody) fill(q *request, d *dag.DAG) {
	plan, _ := d.Graph().Compile()
	sameTasks := slices.EqualFunc(plan.Nodes, b.Run.Tasks, func(n *graph.Node, t engine.TaskStatus) bool { return n.ID == t.ID })
	if !sameTasks {
		plan = nil
	}
	tasks := b.tasks(d, plan)
	var us []unit
	if b.Query == "" && sameTasks {
		us, b.Path = q.opened("gantt", d, plan)
	} else {
		us = found(b.ids(), b.Query)
	}
	var rows []ganttRow
	for i, u := range us {
		if r := together(u, tasks); r.begun() {
			r.Link = link("task", "dag", d.Name(), "run", b.Run.ID, "task", r.ID)
			if r.Kind == "group" {
				r.Link = q.again("gantt", "in", inside(q.get("in"), i), "page", "")
			}
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(x, y ganttRow) int { return cmp.Compare(x.first().UnixNano(), y.first().UnixNano()) })
	for _, s := range steps(b.axis()) {
		b.Ticks = append(b.Ticks, tick{percent(s, b.axis()), round(s)})
	}
	from, to, p := q.paged("gantt", "page", len(rows), ganttSize)
	b.Rows, b.Pager = rows[from:to], p
	for i := range b.Rows {
		b.draw(&b.Rows[i])
	}
}

// tasks returns the rows of all tasks in the order of the run, and sets what the axis shows.
func (b *ganttBody) tasks(d *dag.DAG, plan *graph.Plan) []ganttRow {
	lines := newTaskLines(d, b.Run)
	ready := b.ready(plan, lines)
	rows := make([]ganttRow, len(lines))
	b.from, b.to = b.Run.Started, b.Run.Started
	for i, t := range lines {
		rows[i] = ganttRow{taskLine: t, ready: ready[i]}
		switch {
		case !rows[i].begun():
			b.Idle++
		case t.Ended.IsZero():
			b.to = time.Now()
		default:
			b.to = later(b.to, t.Ended)
		}
	}
	return rows
}

// begun tells whether a task has started, or could.
func (r *ganttRow) begun() bool { return !r.Started.IsZero() || r.Phase == engine.Ready }

// together returns the row of a unit: of several tasks from the first start to the last end.
func together(u unit, tasks []ganttRow) ganttRow {
	if len(u.tasks) == 1 {
		return tasks[u.tasks[0]]
	}
	r := ganttRow{taskLine: taskLine{Kind: "group"}}
	r.ID, r.Phase = u.name, engine.Waiting
	var t tally
	goesOn := false
	for _, v := range u.tasks {
		task := &tasks[v]
		t[place(task.How)]++
		if !task.begun() {
			continue
		}
		goesOn = goesOn || task.Ended.IsZero()
		r.ready = earlier(r.ready, task.ready)
		r.Started, r.Ended = earlier(r.Started, task.Started), later(r.Ended, task.Ended)
	}
	if goesOn {
		r.Ended = time.Time{}
	}
	if r.Started.IsZero() && goesOn {
		r.Phase = engine.Ready
	}
	r.How = t.worst()
	r.About = ", " + t.String()
	return r
}

// earlier returns the earlier of two times that are not zero.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (b *ganttBody) ids() []string {
	ids := make([]string, len(b.Run.Tasks))
	for i := range b.Run.Tasks {
		ids[i] = b.Run.Tasks[i].ID
	}
	return ids
}

func (b *ganttBody) axis() time.Duration { return max(b.to.Sub(b.from), time.Millisecond) }

// first is when the row begins.
func (r *ganttRow) first() time.Time {
	if r.Started.IsZero() || r.ready.Before(r.Started) {
		return r.ready
	}
	return r.Started
}

// ready returns by its place when each task could have started: when the last task before it had ended, or the
// run began. Without a plan only that is known.
func (b *ganttBody) ready(plan *graph.Plan, tasks []taskLine) []time.Time {
	at := slices.Repeat([]time.Time{b.Run.Started}, len(tasks))
	if plan == nil {
		return at
	}
	for v, after := range plan.Children {
		for _, w := range after {
			at[w] = later(at[w], tasks[v].Ended)
		}
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// attempts returns those of a task that are drawn. Those at the elements of a map lie side by side: it is one
// stretch. So are the tasks of a group, and a task of which no attempt is written down yet.
func (r *ganttRow) attempts() []engine.Attempt {
	switch {
	case r.Started.IsZero():
		return nil
	case r.Kind == "map" || r.Kind == "group" || len(r.Attempts) == 0:
		return []engine.Attempt{{Try: 1, Outcome: engine.Outcome(r.How.Name), Started: r.Started, Ended: r.Ended}}
	}
	return r.Attempts[max(0, len(r.Attempts)-maxSpans):]
}

// draw adds the spans of a task.
func (b *ganttBody) draw(r *ganttRow) {
	at := r.ready
	for _, a := range r.attempts() {
		b.wait(r, at, a.Started)
		end, how := a.Ended, stateOf(a.Outcome)
		what := how.Text
		if r.Kind != "map" && r.Kind != "group" {
			what = fmt.Sprintf("try %d %s", a.Try, how.Text)
		}
		if end.IsZero() {
			end = b.to
		}
		b.add(r, span{State: how, Title: what + ", " + took(end.Sub(a.Started))}, a.Started, end)
		at = end
	}
	if r.Phase == engine.Ready || r.Phase == engine.Sleeping {
		b.wait(r, at, b.to)
	}
}

// wait adds a wait that lasts.
func (b *ganttBody) wait(r *ganttRow, from, to time.Time) {
	if d := to.Sub(from); 250*d > b.axis() { // else nobody sees it
		b.add(r, span{Wait: true, Title: "waits " + took(d)}, from, to)
	}
}

func (b *ganttBody) add(r *ganttRow, s span, from, to time.Time) {
	s.X, s.W = percent(from.Sub(b.from), b.axis()), percent(max(to.Sub(from), b.axis()/400), b.axis())
	r.Spans = append(r.Spans, s)
	if len(r.Spans) <= 12 {
		r.About += ", " + s.Title
	}
}

// percent says how much of a whole a part is.
func percent(part, whole time.Duration) string {
	return fmt.Sprintf("%.2f%%", min(100, max(0, 100*float64(part)/float64(whole))))
}

// steps returns three to eight round durations from zero on that divide a span.
func steps(span time.Duration) []time.Duration {
	step := time.Millisecond
	for _, s := range []time.Duration{
		1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000,
		3_600_000, 7_200_000, 4 * 3_600_000, 12 * 3_600_000, 24 * 3_600_000,
	} {
		if step = s * time.Millisecond; span/step < 7 {
			break
		}
	}
	for span/step >= 8 {
		step *= 2
	}
	var all []time.Duration
	for s := time.Duration(0); s <= span; s += step {
		all = append(all, s)
	}
	return all
}

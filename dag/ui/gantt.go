package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
	Idle  int // tasks that wait for others, or were not run

	from, to time.Time // what the axis shows
}

// tick is a mark on the axis of time.
type tick struct{ X, Text string }

// ganttRow is a task: its attempts and, between them and before the first, waits.
type ganttRow struct {
	taskLine
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

func (b *ganttBody) fill(q *request, d *dag.DAG) {
	tasks := newTaskLines(d, b.Run)
	ready := b.ready(d, tasks)
	var rows []ganttRow
	b.from, b.to = b.Run.Started, b.Run.Started
	for i, t := range tasks {
		if t.Started.IsZero() && t.Phase != engine.Ready {
			b.Idle++
			continue
		}
		if b.to = later(b.to, t.Ended); t.Ended.IsZero() {
			b.to = time.Now()
		}
		if strings.Contains(strings.ToLower(t.ID), strings.ToLower(b.Query)) {
			rows = append(rows, ganttRow{taskLine: t, ready: ready[i]})
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

func (b *ganttBody) axis() time.Duration { return max(b.to.Sub(b.from), time.Millisecond) }

// first is when the row begins.
func (r *ganttRow) first() time.Time {
	if r.Started.IsZero() || r.ready.Before(r.Started) {
		return r.ready
	}
	return r.Started
}

// ready returns by its place when each task could have started: when the last task before it had ended, or the
// run began. Of a run on an older version of the DAG, whose tasks may stand elsewhere, only that is known.
func (b *ganttBody) ready(d *dag.DAG, tasks []taskLine) []time.Time {
	at := slices.Repeat([]time.Time{b.Run.Started}, len(tasks))
	plan, _ := d.Graph().Compile()
	if !slices.EqualFunc(plan.Nodes, tasks, func(n *graph.Node, t taskLine) bool { return n.ID == t.ID }) {
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
// stretch. So is a task of which no attempt is written down yet.
func (r *ganttRow) attempts() []engine.Attempt {
	switch {
	case r.Started.IsZero():
		return nil
	case r.Kind == "map" || len(r.Attempts) == 0:
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
		if r.Kind != "map" {
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

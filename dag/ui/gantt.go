package ui

import (
	"cmp"
	"slices"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

const (
	ganttSize = 100 // tasks on a page
	scale     = 1000
)

// ganttBody is the page Gantt: when each task of a run worked.
type ganttBody struct {
	Run   *engine.RunStatus
	Runs  []engine.RunRecord
	Ticks []tick
	Bars  []ganttBar
	Pager pager
	Idle  int // tasks that have not started
}

// tick is a mark on the axis of time.
type tick struct {
	X    int // of scale
	Text string
}

type ganttBar struct {
	taskLine
	X, W int // of scale
	Wait time.Duration
}

// gantt shows when the tasks of a run worked, in the order of their starts.
func (q *request) gantt() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	run, err := q.outline(d)
	if err != nil {
		return nil, err
	}
	b := &ganttBody{Run: run}
	if b.Runs, _, err = q.engine.Recent(d.Name(), 0, pickerSize); err != nil {
		return nil, orNotFound(err)
	}
	id := ""
	if run != nil {
		id = run.ID
		q.bars(d, b)
	}
	p, err := q.dagPage(d, "gantt", "Gantt", id, b)
	if err == nil && id != "" && q.get("run") != "" {
		p.Live = link("events", "run", id)
	}
	return p, err
}

func (q *request) bars(d *dag.DAG, b *ganttBody) {
	var ran []taskLine
	end := b.Run.Started
	for i := range b.Run.Tasks {
		t := newTaskLine(d, b.Run, i)
		if t.Started.IsZero() {
			b.Idle++
			continue
		}
		if t.Ended.IsZero() {
			end = time.Now()
		} else if t.Ended.After(end) {
			end = t.Ended
		}
		ran = append(ran, t)
	}
	slices.SortStableFunc(ran, func(x, y taskLine) int { return cmp.Compare(x.Started.UnixNano(), y.Started.UnixNano()) })
	span := max(end.Sub(b.Run.Started), time.Millisecond)
	at := func(t time.Time) int { return int(float64(scale) * float64(t.Sub(b.Run.Started)) / float64(span)) }
	for _, s := range steps(span) {
		b.Ticks = append(b.Ticks, tick{int(float64(scale) * float64(s) / float64(span)), took(s)})
	}
	from, to, p := q.paged("gantt", "page", len(ran), ganttSize)
	b.Pager = p
	for _, t := range ran[from:to] {
		last := t.Ended
		if last.IsZero() {
			last = end
		}
		x := min(max(0, at(t.Started)), scale-2)
		b.Bars = append(b.Bars, ganttBar{t, x, max(2, at(last)-x), t.Started.Sub(b.Run.Started)})
	}
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

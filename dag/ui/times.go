package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

const (
	timesRuns  = 40 // runs of a chart
	timesTasks = 40 // tasks on a page
	plotWidth  = 1200
	plotHeight = 250
	plotLeft   = 74 // where the labels of the axis are
	plotBottom = 28
	labelWidth = 110 // of a time below the bars
)

// timesBody is the page Duration or Landing times: how long runs and tasks took, or how long after the
// end of their interval they were done.
type timesBody struct {
	What     string
	Title    string
	Explain  string
	Bars     []timeBar
	Marks    []mark // on the axis
	Width    int    // of a bar
	Times    []mark // logical times below the bars
	Median   *mark  // of the runs that have ended
	W, H     int
	Rows     []timeRow
	Pager    pager
	Query    string
	RunPager pager
	Left     int  // runs whose tasks have not been read yet
	Longest  bool // the tasks with the longest times come first

	span     spanOf
	records  []engine.RunRecord // the oldest first
	outlines []outline
}

// spanOf is what a chart shows of a run, or of a task of it, that has started and ended.
type spanOf func(r *engine.RunRecord, start, end time.Time) time.Duration

// timeBar is a run in the chart.
type timeBar struct {
	engine.RunRecord
	X, Y, H int
	Took    time.Duration
}

// mark is a text at a place of an axis.
type mark struct {
	At   int
	Text string
}

// timeRow is a task: its times in the same runs, as small bars.
type timeRow struct {
	Task              string
	Bars              []smallBar
	Last, Median, Max time.Duration
	N                 int
}

type smallBar struct {
	X, Y, H int
	State   state
	Run     string
	Took    time.Duration
}

// duration shows how long runs and tasks took.
func (q *request) duration() (*page, error) {
	return q.times("duration", "Duration", "From the start of a run or task to its end, retries and waits between them included.",
		func(_ *engine.RunRecord, start, end time.Time) time.Duration { return end.Sub(start) })
}

// landing shows how long after the end of its interval data was there.
func (q *request) landing() (*page, error) {
	return q.times("landing", "Landing times", "From the end of the data interval, when a scheduled run could have started, to the end of the run or task.",
		func(r *engine.RunRecord, _, end time.Time) time.Duration { return end.Sub(r.Interval.End) })
}

func (q *request) times(what, title, explain string, span spanOf) (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	b := &timesBody{What: what, Title: title, Explain: explain, Query: q.get("q"), W: plotWidth, H: plotHeight, span: span}
	_, total, err := q.engine.Recent(d.Name(), 0, 0)
	if err != nil {
		return nil, orNotFound(err)
	}
	from, to, p := q.paged(what, "older", total, columnsOf(len(d.Graph().Nodes), timesRuns))
	b.RunPager = p
	if b.records, _, err = q.engine.Recent(d.Name(), from, to-from); err != nil {
		return nil, orNotFound(err)
	}
	slices.Reverse(b.records)
	b.plot()
	if b.outlines, b.Left, err = q.outlines.all(q.Context(), d, b.records); err != nil {
		return nil, err
	}
	b.tasks(q, d)
	page, err := q.dagPage(d, what, title, "", b)
	if err == nil {
		page.Template = "times"
	}
	return page, err
}

// tasks adds a page of the tasks. Where there are more than that the longest come first, unless it is asked for
// the order of the DAG.
func (b *timesBody) tasks(q *request, d *dag.DAG) {
	nodes := slices.DeleteFunc(slices.Clone(d.Graph().Nodes), func(n *graph.Node) bool {
		return !strings.Contains(strings.ToLower(n.ID), strings.ToLower(b.Query))
	})
	order := q.get("order")
	if b.Longest = order == "longest" || order == "" && len(nodes) > timesTasks; b.Longest {
		medians := make([]time.Duration, len(d.Graph().Nodes))
		for _, n := range nodes {
			if all := b.took(n); len(all) > 0 {
				slices.Sort(all)
				medians[n.Index] = all[len(all)/2]
			}
		}
		slices.SortStableFunc(nodes, func(x, y *graph.Node) int { return cmp.Compare(medians[y.Index], medians[x.Index]) })
	}
	from, to, p := q.paged(b.What, "page", len(nodes), timesTasks)
	b.Pager = p
	for _, n := range nodes[from:to] {
		b.Rows = append(b.Rows, b.row(n))
	}
}

// took returns the times of a task, in the order of the runs.
func (b *timesBody) took(n *graph.Node) (all []time.Duration) {
	for i, o := range b.outlines {
		if n.Index < len(o) && o[n.Index].start != 0 && o[n.Index].end != 0 {
			all = append(all, b.spanIn(i, o[n.Index]))
		}
	}
	return all
}

// spanIn returns the time of a task in a run.
func (b *timesBody) spanIn(run int, c cell) time.Duration {
	return b.span(&b.records[run], time.Unix(0, c.start), time.Unix(0, c.end))
}

// plot makes the chart of the runs.
func (b *timesBody) plot() {
	records := b.records
	if len(records) == 0 {
		return
	}
	var ended []time.Duration
	for i := range records {
		if t := &records[i]; !t.Ended.IsZero() {
			ended = append(ended, b.span(t, t.Started, t.Ended))
		}
	}
	slices.Sort(ended)
	longest := time.Millisecond
	if len(ended) > 0 {
		longest = max(longest, ended[len(ended)-1])
	}
	y := func(d time.Duration) int {
		return plotHeight - plotBottom - int(float64(plotHeight-plotBottom-18)*float64(max(0, d))/float64(longest))
	}
	for _, s := range steps(longest) {
		b.Marks = append(b.Marks, mark{y(s), round(s)})
	}
	if len(ended) > 1 {
		median := ended[len(ended)/2]
		b.Median = &mark{y(median), "median " + took(median)}
	}
	slot := min(60, (plotWidth-plotLeft)/len(records))
	b.Width = max(2, slot-3)
	each := (labelWidth + slot - 1) / slot
	for i := range records {
		r := timeBar{RunRecord: records[i], X: plotLeft + i*slot}
		if !r.Ended.IsZero() {
			r.Took = b.span(&records[i], r.Started, r.Ended)
		} else {
			r.Took = min(longest, b.span(&records[i], r.Started, time.Now()))
		}
		r.Y = min(y(r.Took), plotHeight-plotBottom-2)
		r.H = plotHeight - plotBottom - r.Y
		b.Bars = append(b.Bars, r)
		if i%each == 0 {
			b.Times = append(b.Times, mark{r.X, day(r.LogicalTime)})
		}
	}
}

// smallHeight is that of the small bars.
const smallHeight = 28

// row returns the row of a task.
func (b *timesBody) row(n *graph.Node) timeRow {
	all := b.took(n)
	row := timeRow{Task: n.ID, N: len(all)}
	if row.N == 0 {
		return row
	}
	row.Last = all[len(all)-1]
	slices.Sort(all)
	row.Median, row.Max = all[len(all)/2], all[len(all)-1]
	for i, o := range b.outlines {
		if n.Index >= len(o) || o[n.Index].start == 0 || o[n.Index].end == 0 {
			continue
		}
		bar := smallBar{X: i * 6, State: o[n.Index].State(), Run: b.records[i].ID, Took: b.spanIn(i, o[n.Index])}
		bar.H = max(2, int(smallHeight*float64(max(0, bar.Took))/float64(max(row.Max, 1))))
		bar.Y = smallHeight - bar.H
		row.Bars = append(row.Bars, bar)
	}
	return row
}

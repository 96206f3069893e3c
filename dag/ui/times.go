package ui

import (
	"slices"
	"strings"
	"time"

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
	Left     int // runs whose tasks have not been read yet
}

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
		func(r *engine.RunRecord, start, end time.Time) time.Duration { return end.Sub(start) })
}

// landing shows how long after the end of its interval data was there.
func (q *request) landing() (*page, error) {
	return q.times("landing", "Landing times", "From the end of the data interval, when a scheduled run could have started, to the end of the run or task.",
		func(r *engine.RunRecord, start, end time.Time) time.Duration { return end.Sub(r.Interval.End) })
}

func (q *request) times(what, title, explain string, span func(r *engine.RunRecord, start, end time.Time) time.Duration) (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	b := &timesBody{What: what, Title: title, Explain: explain, Query: q.get("q"), W: plotWidth, H: plotHeight}
	_, total, err := q.engine.Recent(d.Name(), 0, 0)
	if err != nil {
		return nil, orNotFound(err)
	}
	from, to, p := q.paged(what, "older", total, columnsOf(len(d.Graph().Nodes), timesRuns))
	b.RunPager = p
	records, _, err := q.engine.Recent(d.Name(), from, to-from)
	if err != nil {
		return nil, orNotFound(err)
	}
	slices.Reverse(records)
	b.plot(records, span)
	outlines, left, err := q.outlines.all(q.Context(), d, records)
	if err != nil {
		return nil, err
	}
	b.Left = left
	nodes := slices.DeleteFunc(slices.Clone(d.Graph().Nodes), func(n *graph.Node) bool {
		return !strings.Contains(strings.ToLower(n.ID), strings.ToLower(b.Query))
	})
	from, to, b.Pager = q.paged(what, "page", len(nodes), timesTasks)
	for _, n := range nodes[from:to] {
		b.Rows = append(b.Rows, newTimeRow(n, records, outlines, span))
	}
	page, err := q.dagPage(d, what, title, "", b)
	if err == nil {
		page.Template = "times"
	}
	return page, err
}

// plot makes the chart of the runs.
func (b *timesBody) plot(records []engine.RunRecord, span func(*engine.RunRecord, time.Time, time.Time) time.Duration) {
	if len(records) == 0 {
		return
	}
	var ended []time.Duration
	for i := range records {
		if t := &records[i]; !t.Ended.IsZero() {
			ended = append(ended, span(t, t.Started, t.Ended))
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
			r.Took = span(&records[i], r.Started, r.Ended)
		} else {
			r.Took = min(longest, span(&records[i], r.Started, time.Now()))
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

func newTimeRow(n *graph.Node, records []engine.RunRecord, outlines []outline, span func(*engine.RunRecord, time.Time, time.Time) time.Duration) timeRow {
	row := timeRow{Task: n.ID}
	var all []time.Duration
	for i, o := range outlines {
		if n.Index >= len(o) || o[n.Index].start == 0 || o[n.Index].end == 0 {
			continue
		}
		c := o[n.Index]
		t := span(&records[i], time.Unix(0, c.start), time.Unix(0, c.end))
		row.Bars = append(row.Bars, smallBar{X: i * 6, State: c.State(), Run: records[i].ID, Took: t})
		all = append(all, t)
	}
	if row.N = len(all); row.N == 0 {
		return row
	}
	row.Last = all[len(all)-1]
	slices.Sort(all)
	row.Median, row.Max = all[len(all)/2], all[len(all)-1]
	for i := range row.Bars {
		h := max(2, int(smallHeight*float64(max(0, row.Bars[i].Took))/float64(max(row.Max, 1))))
		row.Bars[i].Y, row.Bars[i].H = smallHeight-h, h
	}
	return row
}

package ui

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/engine"
)

const (
	backfillsSize = 20
	maxSteps      = 200 // that are listed before a backfill
)

// backfillsBody lists the backfills of a DAG, with the form for a new one.
type backfillsBody struct {
	Backfills []backfillLine
	Pager     pager

	// Of the form.
	From, To, Reprocess string
	Parallel            int
	Backward            bool
	Params              []field // but for secrets: they would stand in an address
	Secrets             []field
	Plan                bool // it was asked what there would be
	Steps               []engine.BackfillStep
	Starts, All         int
	Refused             string
}

// backfillLine is a backfill.
type backfillLine struct {
	ID string
	engine.Progress
	Under bool // it has not ended
	Parts []part
}

// part is a part of a bar.
type part struct {
	state
	N    int
	X, W float64 // in percent
}

var reprocessing = map[string]engine.Reprocess{
	"": engine.ReprocessNone, "none": engine.ReprocessNone, "failed": engine.ReprocessFailed, "completed": engine.ReprocessCompleted,
}

// backfills lists the backfills and, if dates are given, what a new one would do.
func (q *request) backfills() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	b := &backfillsBody{
		From: q.get("from"), To: q.get("to"), Reprocess: q.get("reprocess"), Parallel: q.number("parallel", 0),
		Backward: q.get("backward") != "", Plan: q.get("from") != "",
	}
	fields := q.fields(d)
	b.Params, b.Secrets = withSecrets(fields, false), withSecrets(fields, true)
	for _, f := range b.Secrets {
		q.form.Del(fieldOf(f.Name)) // nor are they taken from one
	}
	if b.Plan && !faulty(b.Params) {
		q.plan(d, b)
	}
	all, err := q.engine.Backfills(d.Name())
	if err != nil {
		return nil, orNotFound(err)
	}
	slices.Reverse(all)
	from, to, p := q.paged("backfills", "page", len(all), backfillsSize)
	b.Pager = p
	for _, run := range all[from:to] {
		b.Backfills = append(b.Backfills, newBackfillLine(run))
	}
	p2, err := q.dagPage(d, "backfills", "Backfills", "", b)
	if err == nil && b.Plan {
		p2.Live = ""
	}
	return p2, err
}

func newBackfillLine(run *engine.BackfillRun) backfillLine {
	l := backfillLine{ID: run.ID(), Progress: run.Progress()}
	select {
	case <-run.Done():
	default:
		l.Under = true
	}
	var t tally
	t[place("succeeded")], t[place("failed")], t[place("skipped")] = l.Succeeded, l.Failed, l.Skipped
	t[place("working")], t[place("waiting")] = l.KickedOff, l.Waiting-l.KickedOff
	l.Parts = partsOf(t.counts())
	return l
}

// partsOf divides a bar of 100 by counts.
func partsOf(counts []count) []part {
	total, at := 0, 0
	for _, c := range counts {
		total += c.N
	}
	var parts []part
	for _, c := range counts {
		parts = append(parts, part{c.state, c.N, 100 * float64(at) / float64(total), 100 * float64(c.N) / float64(total)})
		at += c.N
	}
	return parts
}

// plan adds what a backfill would do.
func (q *request) plan(d *dag.DAG, b *backfillsBody) {
	spec, err := q.spec(d)
	var steps []engine.BackfillStep
	if err == nil {
		steps, err = q.engine.PlanBackfill(d.Name(), spec)
	}
	if err != nil {
		b.Refused = err.Error()
		return
	}
	b.All = len(steps)
	for _, s := range steps {
		if s.Start {
			b.Starts++
		}
	}
	b.Steps = steps[:min(len(steps), maxSteps)]
}

// spec reads a backfill from a form.
func (q *request) spec(d *dag.DAG) (b engine.Backfill, err error) {
	in := api.BackfillOrder{
		From: q.get("from"), To: q.get("to"), Reprocess: q.get("reprocess"), Parallel: q.number("parallel", 0), Backward: q.get("backward") != "",
	}
	if b, err = q.newBackfill(d, &in); err != nil {
		return b, err
	}
	b.Params, err = q.params(d)
	return b, err
}

// newBackfill returns a backfill as the engine takes it. Days are those of the time zone of the schedule.
func (q *request) newBackfill(d *dag.DAG, in *api.BackfillOrder) (b engine.Backfill, err error) {
	info, err := q.engine.Schedule(d.Name())
	if err != nil {
		return b, orNotFound(err)
	}
	reprocess, ok := reprocessing[in.Reprocess]
	if !ok {
		return b, bad("Reprocess is %q, want none, failed or completed.", in.Reprocess)
	}
	b = engine.Backfill{Reprocess: reprocess, MaxActiveRuns: in.Parallel, Backward: in.Backward, Params: texts(in.Params)}
	if b.From, err = readDate(in.From, info.Zone); err != nil {
		return b, err
	}
	last := cmp.Or(in.To, in.From)
	if b.To, err = readDate(last, info.Zone); err != nil {
		return b, err
	}
	if len(last) == len(time.DateOnly) { // the last day is meant, and all of it
		b.To = b.To.AddDate(0, 0, 1).Add(-1)
	}
	return b, checkParams(d, b.Params)
}

// readDate reads a day, a minute as browsers send it, or a time.
func readDate(text string, zone *time.Location) (t time.Time, err error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", time.RFC3339} {
		if t, err = time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return t, bad("%q is not a date such as 2015-01-31, or a time such as 2015-01-31T06:00:00Z.", text)
}

// backfill starts one.
func (q *request) backfill() (string, error) {
	d, err := q.dag()
	if err != nil {
		return "", err
	}
	spec, err := q.spec(d)
	if err != nil {
		return "", err
	}
	_, err = q.engine.StartBackfill(q.Context(), d.Name(), spec)
	return link("backfills", "dag", d.Name()), err
}

// stopBackfill lets a backfill start nothing more.
func (q *request) stopBackfill() (string, error) {
	d, err := q.dag()
	if err != nil {
		return "", err
	}
	all, err := q.engine.Backfills(d.Name())
	if err != nil {
		return "", orNotFound(err)
	}
	i := slices.IndexFunc(all, func(b *engine.BackfillRun) bool { return b.ID() == q.get("backfill") })
	if i < 0 {
		return "", bad("There is no backfill %q.", q.get("backfill"))
	}
	ctx, cancel := context.WithTimeout(q.Context(), time.Minute)
	defer cancel()
	return link("backfills", "dag", d.Name()), all[i].Cancel(ctx)
}

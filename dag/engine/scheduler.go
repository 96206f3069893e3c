package engine

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/penstock/penstock/dag"
)

const (
	// grace is how long after its end an interval does not count as missed.
	grace = time.Minute

	// atMost is how long the engine sleeps when something is due later: timers do not see that
	// the clock on the wall is set, nor that a machine sleeps.
	atMost = time.Minute
)

// now returns what the clock on the wall shows, in UTC.
func (e *Engine) now() time.Time { return e.Now().Round(0).UTC() }

// look starts what has come due. It is called by the alarm.
func (e *Engine) look() {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	setBack := now.Before(e.seen)
	e.seen = now
	for _, name := range slices.Sorted(maps.Keys(e.dags)) {
		if g := e.dags[name]; !g.due.IsZero() && (setBack || !g.due.After(now)) {
			e.consider(g)
		}
	}
	e.rearm()
}

// rearm sets the alarm to when the next interval ends.
func (e *Engine) rearm() {
	var first time.Time
	for _, g := range e.dags {
		if !g.due.IsZero() && (first.IsZero() || g.due.Before(first)) {
			first = g.due
		}
	}
	e.alarm.Stop()
	e.armed = time.Time{}
	e.hasten(first)
}

// hasten sets the alarm to a time, unless that is zero or the alarm is set to an earlier one.
func (e *Engine) hasten(due time.Time) {
	if due.IsZero() || e.closed || !e.armed.IsZero() && !due.Before(e.armed) {
		return
	}
	e.armed = due
	e.alarm.Reset(max(0, min(due.Sub(e.now()), atMost)))
}

// consider starts the runs of a DAG that are due. Like the following it is called with the
// lock held.
func (e *Engine) consider(g *registered) {
	g.due, g.waiting = time.Time{}, ""
	if e.closed || g.cal.paused || e.Mode != Serving {
		return
	}
	e.follow(g)
	for more := !g.sched.table.empty(); more; {
		more = e.startNext(g)
	}
}

// startNext starts the run of the next interval, or notes when it is due or why it waits. It
// returns whether there may be more to start.
func (e *Engine) startNext(g *registered) bool {
	c, now := g.cal, e.now()
	iv, ok := g.sched.upcoming(c.passed, now)
	if !ok {
		return false
	}
	e.keepPlace(g, iv, now)
	if iv.End.After(now) {
		g.due = iv.End
		return false
	}
	if c.at(iv.Start) != nil { // a backfill was faster
		c.pass(iv.End)
		return true
	}
	if why := g.pastOf(iv); why != "" {
		g.waiting = why
		return false
	}
	used, refused, why := e.admit(g)
	if why != "" {
		g.waiting = why
		return false
	}
	return e.launchDue(g, &RunRecord{ID: g.timeID(iv.Start), Cause: Scheduled, LogicalTime: iv.Start, Interval: iv, Used: used}, refused)
}

// keepPlace notes that intervals are left out, or that the clock was set back and the schedule with
// it: intervals that have a run already are passed over, those without have theirs.
func (e *Engine) keepPlace(g *registered, next dag.Interval, now time.Time) {
	from := g.sched.first(g.cal.passed, now)
	switch {
	case from.Before(next.Start):
		e.Logger.Info("missed intervals are left out", "dag", g.dag.Name(), "from", from, "to", next.Start)
		e.note(nil, g.cal, note{Kind: notePassed, At: now, End: next.Start.UTC()})
	case g.cal.passed.After(now):
		e.Logger.Info("the clock was set back", "dag", g.dag.Name(), "from", g.cal.passed, "now", now)
		e.note(nil, g.cal, note{Kind: noteSetBack, At: now, End: next.Start.UTC()})
	}
}

// first returns the first logical time that is still to be dealt with.
func (s *schedule) first(passed, now time.Time) time.Time {
	if passed.After(now) { // it was not when it was noted
		passed = s.table.last(now)
	}
	if passed.Before(s.startAt) {
		passed = s.startAt
	}
	return s.table.from(passed)
}

// upcoming returns the interval whose run is next, by the rule for missed ones, false if the
// schedule is over.
func (s *schedule) upcoming(passed, now time.Time) (iv dag.Interval, ok bool) {
	iv = s.table.interval(s.first(passed, now))
	if s.catchup != CatchupAll && iv.End.Before(now.Add(-grace)) {
		iv = s.skip(iv, now)
	}
	return iv, !s.isOver(iv)
}

func (s *schedule) isOver(iv dag.Interval) bool { return !s.endAt.IsZero() && iv.Start.After(s.endAt) }

// skip returns the first interval, from the given one on, that is not left out.
func (s *schedule) skip(iv dag.Interval, now time.Time) dag.Interval {
	end := s.table.from(now.Add(-grace))
	if s.catchup == CatchupLatest && end.After(now) {
		end = s.table.last(now)
	}
	next := dag.Interval{Start: s.table.last(end.Add(-1)), End: end}
	if s.catchup == CatchupLatest && s.isOver(next) && !s.isOver(iv) {
		next = s.table.interval(s.table.last(s.endAt))
	}
	return next
}

// pastOf says why a run has to wait for the one before it, if it has.
func (g *registered) pastOf(iv dag.Interval) string {
	if !g.sched.dependsOnPast {
		return ""
	}
	r := g.cal.before(iv.Start)
	switch {
	case r == nil || r.State == RunSucceeded:
		return ""
	case r.State == RunRunning:
		return fmt.Sprintf("run %q, on whose success it depends, has not ended", r.ID)
	}
	return fmt.Sprintf("run %q, on whose success it depends, is %s", r.ID, r.State)
}

// admit says why no run may start now, if so. Otherwise it returns which runs of others it uses,
// and why it must fail at once, if it must.
func (e *Engine) admit(g *registered) (used map[string]string, refused, why string) {
	if n := g.cal.active; n >= g.sched.maxActive {
		return nil, "", fmt.Sprintf("%d of at most %d runs are under way", n, g.sched.maxActive)
	}
	used, missing, stale := e.fresh(g)
	if missing != "" && stale == WaitWhenStale {
		return nil, "", missing
	}
	return used, missing, ""
}

// launchDue launches a run that nobody has asked for; if it cannot, it says why and returns false.
func (e *Engine) launchDue(g *registered, rec *RunRecord, refused string) bool {
	if err := e.launch(nil, g, rec, nil, refused, nil); err != nil {
		e.Logger.Error("run does not start", "run", rec.ID, "error", err)
		g.waiting = e.mask.Text(err.Error())
		return false
	}
	return true
}

// launch starts a run as soon as its records are durable, and then calls then, if it is not
// nil, without the lock. A run that is refused only fails.
func (e *Engine) launch(a *audited, g *registered, rec *RunRecord, p dag.Params, refused string, then func(error)) error {
	if g.cal.byID[rec.ID] != nil {
		return fmt.Errorf("there is a run %q", rec.ID)
	}
	rec.Started, rec.LogicalTime = e.now(), rec.LogicalTime.UTC()
	if len(rec.Used) == 0 {
		rec.Used = nil // as it is read back
	}
	rec.Interval = dag.Interval{Start: rec.Interval.Start.UTC(), End: rec.Interval.End.UTC()}
	r, err := e.create(g, rec, p, refused)
	if err != nil {
		return err
	}
	now := time.Now() // not by Config.Now: what a run measures are real durations
	r.begin(now)
	r.setHooks(time.Time{})
	n := rec.startNote()
	rec = g.cal.add(n)
	records := []Record{event{Kind: created, At: now, Run: &r.spec}.record(rec.ID), n.record(g.dag.Name())}
	if a != nil {
		a.entry.Run = rec.ID
	}
	e.journal.write(func(err error) {
		if err == nil {
			e.mu.Lock()
			rec.durable = true
			e.resume(r)
			e.mu.Unlock()
		}
		if then != nil {
			then(err)
		}
	}, a.with(records...)...)
	return nil
}

// note writes notes and acts on them; then may be nil.
func (e *Engine) note(then func(error), c *calendar, notes ...note) {
	e.noteFor(nil, then, c, notes...)
}

// noteFor is note for somebody who has asked for it.
func (e *Engine) noteFor(a *audited, then func(error), c *calendar, notes ...note) {
	records := make([]Record, len(notes))
	for i, n := range notes {
		c.apply(n)
		records[i] = n.record(c.name)
	}
	e.journal.write(then, a.with(records...)...)
}

// ended follows up the end of a run.
func (e *Engine) ended(r *run, n note) {
	name := r.cal.name
	r.cal.apply(n)
	e.advanceAll(r.cal)
	for _, other := range append([]string{name}, e.dependants[name]...) {
		g := e.dags[other]
		if g == nil { // it was removed
			continue
		}
		e.consider(g)
		e.hasten(g.due)
		if other != name {
			e.advanceAll(g.cal)
		}
	}
}

// timeID returns the id of a new run for a logical time: "name/20150101T000000Z", with the
// number of the run if it is not the first.
func (g *registered) timeID(at time.Time) string {
	id := runID(g.dag.Name(), at.UTC().Format("20060102T150405.999999999Z"))
	for n := 1; ; n++ {
		unique := id
		if n > 1 {
			unique = fmt.Sprintf("%s-%d", id, n)
		}
		if g.cal.byID[unique] == nil {
			return unique
		}
	}
}

func runID(name, rest string) string { return url.PathEscape(name) + "/" + rest }

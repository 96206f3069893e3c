package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/cron"
	"github.com/penstock/penstock/dag/internal/graph"
)

// Backfill asks for the runs of a stretch of time, by the DAG's Cron or Every; a DAG without is
// run day by day. Intervals that are not over yet are left out. It bothers neither
// about StartAt and EndAt nor about Pause.
type Backfill struct {
	// From and To are the first and the last logical time, both included: with a daily
	// schedule 1 and 2 January, at midnight, are two runs.
	From, To time.Time

	// Backward starts with the last interval.
	Backward bool

	// Reprocess says what becomes of logical times that have a run already, be it from the
	// schedule or another backfill.
	Reprocess Reprocess

	// MaxActiveRuns bounds how many runs of this backfill are under way at the same time,
	// whatever else runs. Zero means 10.
	MaxActiveRuns int

	// Params are those of every run.
	Params dag.Params
}

// Reprocess says which logical times that have a run get another one. A run that has
// not ended is always left alone.
type Reprocess int

// What a backfill runs again.
const (
	ReprocessNone      Reprocess = iota // nothing
	ReprocessFailed                     // what has failed or was cancelled
	ReprocessCompleted                  // that and what has succeeded
)

// includes tells whether a logical time with this run gets another one.
func (p Reprocess) includes(r *RunRecord) bool {
	switch r.State {
	case RunRunning:
		return false
	case RunSucceeded:
		return p == ReprocessCompleted
	}
	return p >= ReprocessFailed
}

// BackfillStep is a logical time of a backfill.
type BackfillStep struct {
	Interval dag.Interval
	Existing string   // the newest run for this time, "" if there is none
	State    RunState // of that run
	Start    bool     // whether there will be another run
}

// maxSteps bounds a backfill: more is a mistake in a date.
const maxSteps = 100_000

// PlanBackfill returns what StartBackfill would do, in order, and does nothing.
func (e *Engine) PlanBackfill(name string, b Backfill) ([]BackfillStep, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.known(name)
	if err != nil {
		return nil, err
	}
	steps, err := g.steps(b, e.now())
	if err != nil {
		return nil, fmt.Errorf("engine: backfill of DAG %q: %w", name, err)
	}
	return steps, nil
}

// steps returns the logical times of a backfill.
func (g *registered) steps(b Backfill, now time.Time) ([]BackfillStep, error) {
	if err := g.checkBackfill(b); err != nil {
		return nil, err
	}
	ivs, err := g.sched.days().between(b.From, b.To, now)
	if err != nil {
		return nil, err
	}
	steps := make([]BackfillStep, len(ivs))
	for i, iv := range ivs {
		s := BackfillStep{Interval: iv, Start: true}
		if r := g.cal.at(iv.Start); r != nil {
			s.Existing, s.State, s.Start = r.ID, r.State, b.Reprocess.includes(r)
		}
		if b.Backward {
			i = len(ivs) - 1 - i
		}
		steps[i] = s
	}
	return steps, nil
}

func (g *registered) checkBackfill(b Backfill) error {
	_, params := g.plan.Graph.Params.With(graph.Params(b.Params))
	errs := []error{checkDate("From", b.From), checkDate("To", b.To), params}
	if b.To.Before(b.From) {
		errs = append(errs, fmt.Errorf("To %v is before From %v", b.To, b.From))
	}
	if b.MaxActiveRuns < 0 {
		errs = append(errs, fmt.Errorf("MaxActiveRuns is %d, want 0 or more", b.MaxActiveRuns))
	}
	if b.Reprocess < ReprocessNone || b.Reprocess > ReprocessCompleted {
		errs = append(errs, fmt.Errorf("Reprocess is %d, want ReprocessNone, ReprocessFailed or ReprocessCompleted", int(b.Reprocess)))
	}
	if b.Backward && g.sched.dependsOnPast {
		errs = append(errs, errors.New("Backward is not possible: the DAG has DependsOnPast"))
	}
	if g.sched.table.empty() && len(g.sched.after) > 0 {
		errs = append(errs, fmt.Errorf("it has no times of its own: a backfill of DAG %q starts its runs", g.sched.after[0]))
	}
	return errors.Join(errs...)
}

// days returns the timetable or, if there is none, that of days.
func (s *schedule) days() timetable {
	if !s.table.empty() {
		return s.table
	}
	daily, err := cron.Parse("@daily")
	if err != nil {
		panic(err)
	}
	return timetable{cron: daily, zone: s.zone}
}

// between returns the intervals that start at two instants or between them and are over.
func (t timetable) between(from, to, now time.Time) (ivs []dag.Interval, err error) {
	for tick := t.from(from); !tick.After(to); {
		iv := t.interval(tick)
		if iv.End.After(now) {
			break
		}
		if len(ivs) == maxSteps {
			return nil, fmt.Errorf("there are more than %d intervals (%s) from %v to %v", maxSteps, t, from, to)
		}
		ivs = append(ivs, iv)
		tick = iv.End
	}
	if len(ivs) == 0 {
		return nil, fmt.Errorf("no interval (%s) starts from %v to %v and is over", t, from, to)
	}
	return ivs, nil
}

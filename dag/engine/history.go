package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/penstock/penstock/dag"
)

// DAGs returns the names of the registered DAGs in the order of their bytes.
func (e *Engine) DAGs() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.dags))
}

// Runs returns the ids of the runs of a DAG, registered or not, the oldest first.
func (e *Engine) Runs(ctx context.Context, name string) ([]string, error) {
	records, err := e.History(ctx, name)
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	return ids, err
}

// History returns what is known of the runs of a DAG, registered or not, the oldest first.
func (e *Engine) History(ctx context.Context, name string) ([]RunRecord, error) {
	e.mu.Lock()
	c := e.calendars[name]
	e.mu.Unlock()
	if c == nil {
		var err error
		if c, err = readCalendar(ctx, e.Store, name); err != nil {
			return nil, fmt.Errorf("engine: DAG %q: %w", name, err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	records := make([]RunRecord, 0, len(c.runs))
	for _, r := range c.runs {
		if r.durable {
			records = append(records, *r)
		}
	}
	return records, nil
}

// ScheduleInfo says how a DAG's schedule stands.
type ScheduleInfo struct {
	Text    string         // "cron 0 2 * * * in UTC"; "" if runs start only when they are triggered
	Zone    *time.Location // that of InZone
	Paused  bool
	Active  int          // runs under way, those of backfills aside
	Next    dag.Interval // that is run next, once it is over; zero if there is none
	Waiting string       // why a run that is due has not started, "" if none is
}

// Schedule returns how a DAG's schedule stands.
func (e *Engine) Schedule(name string) (ScheduleInfo, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.known(name)
	if err != nil {
		return ScheduleInfo{}, err
	}
	i := ScheduleInfo{Text: g.sched.String(), Zone: g.sched.zone, Paused: g.cal.paused, Active: g.cal.active, Waiting: g.waiting}
	if !g.sched.table.empty() {
		if iv, ok := g.sched.upcoming(g.cal.passed, e.now()); ok {
			i.Next = iv
		}
	}
	return i, nil
}

// Pause stops the schedule of a DAG, and the starts after others, until Unpause, also through
// restarts. Runs under way go on, and Trigger and backfills start new ones as ever.
func (e *Engine) Pause(ctx context.Context, name string) error {
	return e.setPaused(ctx, name, notePaused)
}

// Unpause lets the schedule go on. Intervals that have ended meanwhile are dealt with as Catchup
// says; starts after other DAGs are all made up for.
func (e *Engine) Unpause(ctx context.Context, name string) error {
	return e.setPaused(ctx, name, noteUnpaused)
}

func (e *Engine) setPaused(ctx context.Context, name, kind string) error {
	verb := map[string]string{notePaused: "pause", noteUnpaused: "unpause"}[kind]
	a, err := e.audit(ctx, verb, name, "")
	if err != nil {
		return err
	}
	durable := make(chan error, 1)
	e.mu.Lock()
	g, err := e.known(name)
	if err == nil {
		e.noteFor(a, func(err error) { durable <- err }, g.cal, note{Kind: kind, At: e.now()})
		e.consider(g)
		e.rearm()
	}
	e.mu.Unlock()
	if err != nil {
		return a.end(ctx, err)
	}
	if err := await(ctx, durable); err != nil {
		return fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	return nil
}

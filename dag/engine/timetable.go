package engine

import (
	"fmt"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/cron"
)

// timetable is an endless row of instants, ticks, that divide time into intervals. The zero
// value has none.
type timetable struct {
	cron  cron.Expr
	zone  *time.Location
	every time.Duration // if it is not by cron
	phase time.Duration // of every: how far ticks are from multiples of it
}

func (t timetable) empty() bool { return t.every == 0 && t.cron.String() == "" }

// String says what the ticks are: "cron 0 2 * * * in UTC".
func (t timetable) String() string {
	switch {
	case t.every > 0:
		return fmt.Sprint("every ", t.every)
	case t.empty():
		return ""
	}
	return fmt.Sprintf("cron %s in %s", t.cron, t.zone)
}

// next returns the first tick after an instant.
func (t timetable) next(after time.Time) time.Time {
	if t.every > 0 {
		return t.last(after).Add(t.every)
	}
	return t.cron.Next(after, t.zone)
}

// from returns the first tick that is not before an instant.
func (t timetable) from(at time.Time) time.Time { return t.next(at.Add(-1)) }

// last returns the last tick that is not after an instant.
func (t timetable) last(at time.Time) time.Time {
	if t.every > 0 {
		return at.Add(-t.phase).Truncate(t.every).Add(t.phase)
	}
	for back := time.Minute; ; back *= 2 { // no expression is due more rarely than every 40 years
		tick := t.next(at.Add(-back))
		if tick.After(at) {
			continue
		}
		for next := t.next(tick); !next.After(at); next = t.next(tick) {
			tick = next
		}
		return tick
	}
}

// interval returns the one that starts at a tick.
func (t timetable) interval(tick time.Time) dag.Interval {
	return dag.Interval{Start: tick, End: t.next(tick)}
}

package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag/internal/cron"
)

// ScheduleOption is an option of Register and Replace: when runs of the DAG start by
// themselves. The options are those of this package.
//
// Cron and Every divide time into intervals. A run is about one interval: its logical time is
// the interval's start, and it starts once the interval is over and its data complete. For
// each logical time there is one run, whatever happens to processes and clocks: a restart, a
// second engine or a clock that is set back starts none again.
//
// An interval counts as missed if the engine looks more than a minute after its end:
// nothing was running, the DAG was paused, the clock was set forward, MaxActiveRuns or
// DependsOnPast held it back. Catchup says what becomes of missed intervals.
type ScheduleOption interface{ applySchedule(*schedule) }

// Cron makes the ticks of a cron expression the bounds of intervals: five fields (minute,
// hour, day of the month, month, day of the week) or @hourly, @daily, @weekly, @monthly, @yearly;
// with names (MON, JAN), ranges, steps, L for the last day of the month, FRI#2 and FRIL. The zone
// is UTC or that of InZone.
//
// An hour that begins with * is every hour that passes. Any other names times of day: one that
// the clock skips in spring is due at the first instant after the gap, one that it shows
// twice in autumn is due the first time only.
func Cron(expr string) ScheduleOption {
	return scheduleOption(func(s *schedule) {
		e, err := cron.Parse(expr)
		if err != nil {
			s.fault("%w", err)
		}
		s.setTable(timetable{cron: e})
	})
}

// Every makes intervals of equal length, a millisecond or more, whatever clocks show. One starts
// at StartAt; without it they start at multiples of d since the year 1, as those of
// time.Time.Truncate, so weeks start on Monday, UTC.
func Every(d time.Duration) ScheduleOption {
	return scheduleOption(func(s *schedule) {
		if d < time.Millisecond {
			s.fault("Every is %v, want a millisecond or more", d)
			return
		}
		s.setTable(timetable{every: d})
	})
}

// StartAt bounds the schedule: no logical time is before it. Without it the first interval
// is the one in which the DAG was registered for the first time. Backfills are not
// bound by it.
func StartAt(t time.Time) ScheduleOption {
	return scheduleOption(func(s *schedule) { s.startAt = s.date("StartAt", t) })
}

// EndAt bounds the schedule: no logical time is after it.
func EndAt(t time.Time) ScheduleOption {
	return scheduleOption(func(s *schedule) { s.endAt = s.date("EndAt", t) })
}

// InZone says in which time zone a cron expression, or a day of a backfill, is meant.
func InZone(zone *time.Location) ScheduleOption {
	return scheduleOption(func(s *schedule) {
		if zone == nil {
			s.fault("InZone is nil")
			return
		}
		s.zone = zone
	})
}

// Catchup is a ScheduleOption: what becomes of missed intervals.
type Catchup int

// The ways to deal with missed intervals.
const (
	CatchupLatest Catchup = iota // the last one is run; the default
	CatchupNone                  // none of them is
	CatchupAll                   // all are, the oldest first
)

// MaxActiveRuns is a ScheduleOption: how many runs of the DAG may be under way when the schedule, or
// After, starts another. Backfills have a bound of their own and do not count. The default is 16.
type MaxActiveRuns int

// DependsOnPast holds a run back until the run before it, by logical time, has succeeded. What
// catching up has left out does not count, nor do triggered runs.
func DependsOnPast() ScheduleOption {
	return scheduleOption(func(s *schedule) { s.dependsOnPast = true })
}

// schedule is what the options say.
type schedule struct {
	table         timetable
	zone          *time.Location
	startAt       time.Time
	endAt         time.Time
	catchup       Catchup
	maxActive     int
	dependsOnPast bool
	after         []string
	maxAges       []maxAge
	faults        []error
}

type scheduleOption func(*schedule)

func (f scheduleOption) applySchedule(s *schedule) { f(s) }

func (c Catchup) applySchedule(s *schedule) {
	if c < CatchupLatest || c > CatchupAll {
		s.fault("Catchup is %d, want CatchupLatest, CatchupNone or CatchupAll", int(c))
	}
	s.catchup = c
}

func (m MaxActiveRuns) applySchedule(s *schedule) {
	if m < 1 {
		s.fault("MaxActiveRuns is %d, want 1 or more", int(m))
	}
	s.maxActive = int(m)
}

// newSchedule reads the options; the error joins all that is wrong with them.
func newSchedule(opts []ScheduleOption) (*schedule, error) {
	s := &schedule{zone: time.UTC, maxActive: 16}
	for _, o := range opts {
		if o == nil {
			s.fault("a ScheduleOption is nil")
			continue
		}
		o.applySchedule(s)
	}
	if !s.startAt.IsZero() && !s.endAt.IsZero() && s.endAt.Before(s.startAt) {
		s.fault("EndAt %v is before StartAt %v", s.endAt, s.startAt)
	}
	if s.dependsOnPast && s.table.empty() {
		s.fault("DependsOnPast needs Cron or Every")
	}
	s.table.zone = s.zone
	if s.table.every > 0 && !s.startAt.IsZero() {
		s.table.phase = s.startAt.Sub(s.startAt.Truncate(s.table.every))
	}
	return s, errors.Join(s.faults...)
}

// begin returns where the schedule of a DAG begins that never had one, else the zero time.
func (s *schedule) begin(c *calendar, now time.Time) time.Time {
	if s.table.empty() || !s.startAt.IsZero() || !c.passed.IsZero() {
		return time.Time{}
	}
	return s.table.last(now)
}

func (s *schedule) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Errorf(format, args...))
}

func (s *schedule) setTable(t timetable) {
	if !s.table.empty() {
		s.fault("Cron or Every is given twice")
	}
	s.table = t
}

// date refuses times that cannot be those of a run.
func (s *schedule) date(what string, t time.Time) time.Time {
	if err := checkDate(what, t); err != nil {
		s.faults = append(s.faults, err)
	}
	return t.Round(0)
}

func checkDate(what string, t time.Time) error {
	if y := t.Year(); y < 1700 || y > 2200 {
		return fmt.Errorf("%s is %v, want a time of the years 1700 to 2200", what, t)
	}
	return nil
}

// String says when runs start: "cron 0 2 * * * in UTC, after load, with rates of the last 48h0m0s".
func (s *schedule) String() string {
	parts := []string{s.table.String()}
	for _, name := range s.after {
		parts = append(parts, "after "+name)
	}
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	if len(parts) == 0 {
		return "" // whatever MaxAge asks for, runs start only when they are triggered
	}
	for _, m := range s.maxAges {
		parts = append(parts, fmt.Sprintf("with %s of the last %v", m.dag, m.most))
	}
	return strings.Join(parts, ", ")
}

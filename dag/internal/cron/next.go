package cron

import "time"

// Next returns the first instant after the given one that the expression is due at in a
// time zone, of which nil is UTC. It returns the zero time for the zero Expr.
func (e Expr) Next(after time.Time, zone *time.Location) time.Time {
	if e.minutes == 0 {
		return time.Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	after = after.In(zone)
	if e.everyHour {
		return e.nextReading(after)
	}
	return e.nextDate(after)
}

// nextReading looks at what clocks show between two of their changes, stretch by stretch.
func (e Expr) nextReading(after time.Time) time.Time {
	from := nextMinute(shown(after))
	for t := after; ; {
		_, offset := t.Zone()
		end := steadyUntil(t)
		due, _ := e.reading(from)
		due = due.Add(-time.Duration(offset) * time.Second).In(t.Location())
		if end.IsZero() || due.Before(end) {
			return due
		}
		t = end
		if from = shown(t); from.Second() != 0 {
			from = nextMinute(from)
		}
	}
}

// nextDate goes through the dates and times that the expression names.
func (e Expr) nextDate(after time.Time) time.Time {
	for from := shown(after).Truncate(time.Minute); ; {
		reading, _ := e.reading(from)
		if due := first(reading, after.Location()); due.After(after) {
			return due
		}
		from = nextMinute(reading)
	}
}

// first returns the first instant at which clocks show a reading, or, if they skip it, the
// first one after.
func first(reading time.Time, zone *time.Location) time.Time {
	const most = 26 * time.Hour // no clock is farther from UTC
	for t := reading.Add(-most).In(zone); ; {
		_, offset := t.Zone()
		start, _ := t.ZoneBounds()
		end := steadyUntil(t)
		at := reading.Add(-time.Duration(offset) * time.Second).In(zone)
		switch {
		case at.Before(start):
			return start
		case end.IsZero() || at.Before(end):
			return at
		}
		t = end
	}
}

// steadyUntil returns an instant after t before which the zone's offset does not change, or
// the zero time if it never does. Package time says 31 December where a leap year ends that
// its table does not reach, even on that day.
func steadyUntil(t time.Time) time.Time {
	_, end := t.ZoneBounds()
	if !end.IsZero() && !end.After(t) {
		return t.Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
	return end
}

// shown returns the reading of a clock in t's zone: a time that has the same date and time
// of day in UTC.
func shown(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

func nextMinute(t time.Time) time.Time { return t.Truncate(time.Minute).Add(time.Minute) }

// reading returns the first one that the expression asks for, not before the given one. The
// rarest are 40 years apart: the fifth of a weekday in February, where a century has no leap day.
func (e Expr) reading(t time.Time) (due time.Time, ok bool) {
	for last := t.Year() + 41; t.Year() <= last; {
		y, m, d := t.Date()
		switch {
		case !e.months.has(int(m)):
			t = time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC)
		case !e.allows(t):
			t = time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
		case !e.hours.has(t.Hour()):
			t = t.Truncate(time.Hour).Add(time.Hour)
		case !e.minutes.has(t.Minute()):
			t = nextMinute(t)
		default:
			return t, true
		}
	}
	return time.Time{}, false
}

// allows tells whether both day fields, or one of them, have the day.
func (e Expr) allows(t time.Time) bool {
	y, m, d := t.Date()
	length := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	w := int(t.Weekday())
	byDate := e.days.has(d) || e.lastDay && d == length
	byWeekday := e.weekdays.has(w) || e.nthWeekdays[(d+6)/7].has(w) || e.lastWeekdays.has(w) && d+7 > length
	if e.bothDays {
		return byDate && byWeekday
	}
	return byDate || byWeekday
}

package cron

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Expr is a parsed expression. The zero value is never due.
type Expr struct {
	text     string
	minutes  set
	hours    set
	days     set // of the month
	months   set
	weekdays set // 0 is Sunday

	lastDay      bool   // L
	lastWeekdays set    // FRIL
	nthWeekdays  [6]set // FRI#2, by the number
	bothDays     bool   // one of the day fields begins with *
	everyHour    bool
}

// set has a bit for each number.
type set uint64

func (s set) has(i int) bool { return s>>i&1 == 1 }

// field is what numbers and names may stand in it.
type field struct {
	name      string
	low, high int
	again     int      // another number for low, if above 0
	names     []string // of low, low+1, …
}

var (
	minute     = field{name: "minute", high: 59}
	hour       = field{name: "hour", high: 23}
	dayOfMonth = field{name: "day of the month", low: 1, high: 31}
	month      = field{name: "month", low: 1, high: 12, names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}}
	weekday    = field{name: "day of the week", high: 6, again: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}}
)

var shorthands = map[string]string{
	"@hourly":   "0 * * * *",
	"@daily":    "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@weekly":   "0 0 * * 0",
	"@monthly":  "0 0 1 * *",
	"@yearly":   "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
}

// Parse reads an expression. The error names every field that is wrong, and what may stand
// in it. An expression that no date fulfils, such as 30 February, is an error.
func Parse(text string) (Expr, error) {
	e := Expr{text: text}
	if err := e.parse(text); err != nil {
		return Expr{}, fmt.Errorf("cron expression %q: %w", text, err)
	}
	return e, nil
}

// String returns the text that was parsed.
func (e Expr) String() string { return e.text }

func (e *Expr) parse(text string) error {
	if strings.HasPrefix(text, "@") {
		long, ok := shorthands[strings.ToLower(strings.TrimSpace(text))]
		if !ok {
			return errors.New("want @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually, or five fields")
		}
		text = long
	}
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return fmt.Errorf("%d fields, want five: minute, hour, day of the month, month, day of the week", len(fields))
	}
	err := errors.Join(
		each(minute, fields[0], &e.minutes, minute.item),
		each(hour, fields[1], &e.hours, hour.item),
		each(dayOfMonth, fields[2], &e.days, e.day),
		each(month, fields[3], &e.months, month.item),
		each(weekday, fields[4], &e.weekdays, e.weekday),
	)
	if err != nil {
		return err
	}
	e.weekdays = (e.weekdays | e.weekdays>>7) & (1<<7 - 1)
	e.bothDays = fields[2][0] == '*' || fields[4][0] == '*'
	e.everyHour = fields[1][0] == '*' || bits.OnesCount64(uint64(e.hours)) == 24
	if _, ok := e.reading(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
		return errors.New("no date is like that")
	}
	return nil
}

// each adds up what the items of a list stand for.
func each(f field, text string, sum *set, item func(string) (set, error)) error {
	for part := range strings.SplitSeq(text, ",") {
		s, err := item(strings.ToUpper(part))
		if err != nil {
			return fmt.Errorf("%s %q: %w", f.name, text, err)
		}
		*sum |= s
	}
	return nil
}

// day knows L as well.
func (e *Expr) day(text string) (set, error) {
	if text == "L" {
		e.lastDay = true
		return 0, nil
	}
	return dayOfMonth.item(text)
}

// weekday knows FRIL and FRI#2 as well.
func (e *Expr) weekday(text string) (set, error) {
	if name, ok := strings.CutSuffix(text, "L"); ok && name != "" {
		d, err := weekday.number(name)
		e.lastWeekdays |= 1 << (d % 7)
		return 0, err
	}
	name, nth, ok := strings.Cut(text, "#")
	if !ok {
		return weekday.item(text)
	}
	d, err := weekday.number(name)
	n, ok := digits(nth)
	if err == nil && (!ok || n < 1 || n > 5) {
		err = fmt.Errorf("#%s is not #1 to #5", nth)
	}
	if err != nil {
		return 0, err
	}
	e.nthWeekdays[n] |= 1 << (d % 7)
	return 0, nil
}

// item reads *, a number or a range, with or without a step.
func (f field) item(text string) (set, error) {
	span, step, stepped := strings.Cut(text, "/")
	n := 1
	if stepped {
		var ok bool
		if n, ok = digits(step); !ok || n < 1 || n > f.high {
			return 0, fmt.Errorf("/%s is not /1 to /%d", step, f.high)
		}
	}
	first, last, err := f.span(span, stepped)
	if err != nil {
		return 0, err
	}
	var s set
	for i := first; i <= last; i += n {
		s |= 1 << i
	}
	return s, nil
}

// span reads the part before a step; a number with a step runs to the end.
func (f field) span(text string, stepped bool) (first, last int, err error) {
	if text == "*" {
		return f.low, f.high, nil
	}
	from, to, isRange := strings.Cut(text, "-")
	if first, err = f.number(from); err != nil {
		return 0, 0, err
	}
	switch {
	case isRange:
		if last, err = f.number(to); last == f.low && first > last && f.again > 0 {
			last = f.again
		}
	case stepped:
		last = f.high
	default:
		last = first
	}
	if err == nil && last < first {
		err = fmt.Errorf("%s ends before it begins", text)
	}
	return first, last, err
}

func (f field) number(text string) (int, error) {
	for i, name := range f.names {
		if text == name {
			return f.low + i, nil
		}
	}
	if n, ok := digits(text); ok && n >= f.low && n <= max(f.high, f.again) {
		return n, nil
	}
	names := ""
	if f.names != nil {
		names = fmt.Sprintf(" or %s to %s", f.names[0], f.names[len(f.names)-1])
	}
	return 0, fmt.Errorf("%q is not %d to %d%s", text, f.low, max(f.high, f.again), names)
}

func digits(text string) (n int, ok bool) {
	u, err := strconv.ParseUint(text, 10, 8) // which takes no sign
	return int(u), err == nil
}

package pipeline

import (
	"math"
	"strings"
	"time"

	"github.com/penstock/penstock/monary"
)

// dateSteps has the functions that count in units of time.
var dateSteps = map[string]function{
	"$dateAdd": {params: stepParams, check: checkZone(3), call: func(s *scope, a []monary.Value) monary.Value {
		return dateShift(s, a, 1)
	}},
	"$dateSubtract": {params: stepParams, check: checkZone(3), call: func(s *scope, a []monary.Value) monary.Value {
		return dateShift(s, a, -1)
	}},
	"$dateDiff": {params: []param{{name: "startDate"}, {name: "endDate"}, {name: "unit"}, {name: "timezone", optional: utc},
		{name: "startOfWeek", optional: monary.StringValue("sunday")}}, check: checkZone(3), call: dateDiff},
	"$dateTrunc": {params: []param{{name: "date"}, {name: "unit"}, {name: "binSize", optional: monary.Int32Value(1)},
		{name: "timezone", optional: utc}, {name: "startOfWeek", optional: monary.StringValue("sunday")}}, check: checkZone(3), call: dateTrunc},
}

var stepParams = []param{{name: "startDate"}, {name: "unit"}, {name: "amount"}, {name: "timezone", optional: utc}}

// fixedUnits are those of a fixed length, in milliseconds.
var fixedUnits = map[string]int64{"hour": 3_600_000, "minute": 60_000, "second": 1000, "millisecond": 1}

// monthUnits are those of some months.
var monthUnits = map[string]int{"year": 12, "quarter": 3, "month": 1}

func unitOf(s *scope, v monary.Value) (string, bool) {
	unit, ok := textOf(v)
	if ok && (fixedUnits[unit] > 0 || monthUnits[unit] > 0 || unit == "week" || unit == "day") {
		return unit, true
	}
	s.failf("unit is %s; want year, quarter, month, week, day, hour, minute, second or millisecond", describe(v))
	return "", false
}

// weekday is the startOfWeek argument, as text of any case or its first three
// letters. Units other than a week do not ask for it.
func weekday(s *scope, unit string, v monary.Value) (time.Weekday, bool) {
	if unit != "week" {
		return 0, true
	}
	text, ok := textOf(v)
	for d := time.Sunday; ok && d <= time.Saturday; d++ {
		if strings.EqualFold(text, d.String()) || strings.EqualFold(text, d.String()[:3]) {
			return d, true
		}
	}
	s.failf("startOfWeek is %s; want a day such as monday or mon", describe(v))
	return 0, false
}

func dateShift(s *scope, args []monary.Value, sign int64) monary.Value {
	if anyNull(args) {
		return monary.NullValue
	}
	t, ok := dateIn(s, args[0], args[3])
	if !ok {
		return monary.NullValue
	}
	unit, ok := unitOf(s, args[1])
	n, whole := wholeNumber(args[2])
	if !ok || !whole || n == math.MinInt64 {
		return s.failf("amount is %s; want a whole number", describe(args[2]))
	}
	return shiftBy(s, t, unit, sign*n)
}

func shiftBy(s *scope, t time.Time, unit string, n int64) monary.Value {
	const most = 1 << 40 // days or months: beyond any date
	if length, fixed := fixedUnits[unit]; fixed {
		by, ok := product64(n, length)
		if !ok {
			return s.failf("%d %ss are out of range", n, unit)
		}
		return shiftDate(s, t.UnixMilli(), monary.Int64Value(by))
	}
	if n < -most || n > most {
		return s.failf("%d %ss are out of range", n, unit)
	}
	switch months := monthUnits[unit]; {
	case months > 0:
		return monary.DateValue(addMonths(t, int(n)*months).UnixMilli())
	case unit == "week":
		n *= 7
	}
	return monary.DateValue(t.AddDate(0, 0, int(n)).UnixMilli())
}

// addMonths keeps the day of the month, or takes the last day where there is
// no such day.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// dateDiff counts the boundaries of a unit between two dates.
func dateDiff(s *scope, args []monary.Value) monary.Value {
	if anyStepNull(args, args[2]) {
		return monary.NullValue
	}
	from, ok := dateIn(s, args[0], args[3])
	to, ok2 := dateIn(s, args[1], args[3])
	unit, ok3 := unitOf(s, args[2])
	first, ok4 := weekday(s, unit, args[4])
	if !ok || !ok2 || !ok3 || !ok4 {
		return monary.NullValue
	}
	if length, fixed := fixedUnits[unit]; fixed {
		_, offset := from.Zone()
		shift := int64(offset) * 1000
		return monary.Int64Value(floorDiv(to.UnixMilli()+shift, length) - floorDiv(from.UnixMilli()+shift, length))
	}
	switch months := monthUnits[unit]; {
	case months > 0:
		return monary.Int64Value(floorDiv(monthNumber(to), int64(months)) - floorDiv(monthNumber(from), int64(months)))
	case unit == "week":
		start := (4 - int64(first) + 7) % 7 // 1970 began on a Thursday
		return monary.Int64Value(floorDiv(dayNumber(to)+start, 7) - floorDiv(dayNumber(from)+start, 7))
	}
	return monary.Int64Value(dayNumber(to) - dayNumber(from))
}

// anyStepNull is anyNull, where the last argument, the start of the week, counts
// only if the unit is one.
func anyStepNull(args []monary.Value, unit monary.Value) bool {
	if text, _ := textOf(unit); text != "week" {
		args = args[:len(args)-1]
	}
	return anyNull(args)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// monthNumber counts months from year 0; dayNumber days from 1970, local.
func monthNumber(t time.Time) int64 { return int64(t.Year())*12 + int64(t.Month()) - 1 }

func dayNumber(t time.Time) int64 {
	return floorDiv(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix(), 86400)
}

// dateTrunc goes back to the start of a bin. Bins are counted from the start of
// the year 2000, weeks from the first start of a week in it.
func dateTrunc(s *scope, args []monary.Value) monary.Value {
	if anyStepNull(args, args[1]) {
		return monary.NullValue
	}
	t, ok := dateIn(s, args[0], args[3])
	unit, ok2 := unitOf(s, args[1])
	size, ok3 := wholeNumber(args[2])
	first, ok4 := weekday(s, unit, args[4])
	switch {
	case !ok || !ok2 || !ok4:
		return monary.NullValue
	case !ok3 || size < 1 || size > 1<<31:
		return s.failf("binSize is %s; want a whole number above 0", describe(args[2]))
	}
	origin := time.Date(2000, 1, 1, 0, 0, 0, 0, t.Location())
	if length, fixed := fixedUnits[unit]; fixed {
		bin, ok := product64(size, length)
		if !ok {
			return s.failf("binSize %d is too large", size)
		}
		ms := t.UnixMilli() - origin.UnixMilli()
		return monary.DateValue(origin.UnixMilli() + floorDiv(ms, bin)*bin)
	}
	if months := int64(monthUnits[unit]) * size; months > 0 {
		n := floorDiv(monthNumber(t)-12*2000, months) * months
		return monary.DateValue(time.Date(2000, time.Month(1+n), 1, 0, 0, 0, 0, t.Location()).UnixMilli())
	}
	start := dayNumber(origin)
	if unit == "week" {
		start += int64((first - time.Saturday + 7) % 7) // 2000 began on a Saturday
		size *= 7
	}
	day := start + floorDiv(dayNumber(t)-start, size)*size
	return monary.DateValue(time.Date(1970, 1, 1+int(day), 0, 0, 0, 0, t.Location()).UnixMilli())
}

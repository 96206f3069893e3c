package pipeline

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

var utc = monary.StringValue("UTC")

// dateParts has the functions that take a date apart or put one together: of a
// date, or of {date, timezone}.
var dateParts = map[string]function{
	"$year":         datePart(time.Time.Year),
	"$month":        datePart(func(t time.Time) int { return int(t.Month()) }),
	"$dayOfMonth":   datePart(time.Time.Day),
	"$dayOfYear":    datePart(time.Time.YearDay),
	"$dayOfWeek":    datePart(func(t time.Time) int { return int(t.Weekday()) + 1 }),
	"$hour":         datePart(time.Time.Hour),
	"$minute":       datePart(time.Time.Minute),
	"$second":       datePart(time.Time.Second),
	"$millisecond":  datePart(func(t time.Time) int { return t.Nanosecond() / 1e6 }),
	"$week":         datePart(sundayWeek),
	"$isoDayOfWeek": datePart(func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }),
	"$isoWeek":      datePart(func(t time.Time) int { _, week := t.ISOWeek(); return week }),
	"$isoWeekYear": dateFunction(func(t time.Time) monary.Value {
		year, _ := t.ISOWeek()
		return monary.Int64Value(int64(year))
	}),
	"$dateToParts":   {params: []param{{name: "date"}, {name: "timezone", optional: utc}, {name: "iso8601", optional: monary.BoolValue(false)}}, call: dateToParts},
	"$dateFromParts": {params: fromPartsParams, call: dateFromParts},
}

func datePart(f func(time.Time) int) function {
	return dateFunction(func(t time.Time) monary.Value { return monary.Int32Value(int32(f(t))) })
}

func dateFunction(f func(time.Time) monary.Value) function {
	call := func(s *scope, args []monary.Value) monary.Value {
		t, ok := dateIn(s, args[0], args[1])
		if !ok {
			return monary.NullValue
		}
		return f(t)
	}
	return function{least: 1, most: 1, params: []param{{name: "date"}, {name: "timezone", optional: utc}}, call: call, check: checkZone(1)}
}

// sundayWeek counts weeks that begin on Sundays, from 0.
func sundayWeek(t time.Time) int { return (t.YearDay() + 6 - int(t.Weekday())) / 7 }

// checkZone refuses an unknown time zone before a run.
func checkZone(at int) func(args []expr) error {
	return func(args []expr) error {
		if c, ok := args[at].(constantExpr); ok {
			if name, isText := textOf(c.value); isText {
				_, err := zone(name)
				return err
			}
		}
		return nil
	}
}

// dateIn is a date in a time zone; ok is false if one is null or wrong.
func dateIn(s *scope, date, timezone monary.Value) (t time.Time, ok bool) {
	if date.IsNull() || timezone.IsNull() {
		return t, false
	}
	ms, ok := instant(date)
	if !ok {
		s.failf("%s is no date", describe(date))
		return t, false
	}
	location, ok := zoneOf(s, timezone)
	if !ok {
		return t, false
	}
	return time.UnixMilli(ms).In(location), true
}

func zoneOf(s *scope, timezone monary.Value) (*time.Location, bool) {
	name, ok := textOf(timezone)
	if !ok {
		s.failf("timezone is %s; want text", describe(timezone))
		return nil, false
	}
	location, err := zone(name)
	if err != nil {
		s.failf("%w", err)
		return nil, false
	}
	return location, true
}

// instant is the time of a date, a timestamp or an ObjectID in milliseconds.
func instant(v monary.Value) (ms int64, ok bool) {
	switch v.Type() {
	case bson.TypeDateTime:
		return v.Int()
	case bson.TypeTimestamp:
		return int64(binary.LittleEndian.Uint32(v.Raw().Value[4:])) * 1000, true
	case bson.TypeObjectID:
		return int64(binary.BigEndian.Uint32(v.Raw().Value)) * 1000, true
	}
	return 0, false
}

// zone finds a time zone by its Olson name, or by its offset from UTC, such as
// +05:30, +0530 or -03.
func zone(name string) (*time.Location, error) {
	switch {
	case name == "UTC" || name == "GMT" || name == "Z":
		return time.UTC, nil
	case strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-"):
		var h, m int
		digits := strings.Replace(name[1:], ":", "", 1)
		if n, err := fmt.Sscanf(digits, map[int]string{2: "%2d", 4: "%2d%2d"}[len(digits)], zoneDigits(&h, &m, len(digits))...); err == nil && n == len(digits)/2 && m < 60 {
			offset := h*3600 + m*60
			if name[0] == '-' {
				offset = -offset
			}
			return time.FixedZone(name, offset), nil
		}
	case name != "" && name != "Local":
		if location, ok := zones.Load(name); ok {
			return location.(*time.Location), nil
		}
		if location, err := time.LoadLocation(name); err == nil {
			zones.Store(name, location)
			return location, nil
		}
	}
	return nil, fmt.Errorf("unknown time zone %q; want an Olson name such as Europe/Paris, or an offset such as +05:30", name)
}

// zones keeps the time zones that were looked up.
var zones sync.Map

func zoneDigits(h, m *int, n int) []any {
	if n == 2 {
		return []any{h}
	}
	return []any{h, m}
}

func dateToParts(s *scope, args []monary.Value) monary.Value {
	t, ok := dateIn(s, args[0], args[1])
	switch {
	case !ok || args[2].IsNull():
		return monary.NullValue
	case args[2].Type() != bson.TypeBoolean:
		return s.failf("iso8601 is %s; want true or false", describe(args[2]))
	}
	keys := []string{"year", "month", "day", "hour", "minute", "second", "millisecond"}
	days := []int{t.Year(), int(t.Month()), t.Day()}
	if isTrue(args[2]) {
		keys = append([]string{"isoWeekYear", "isoWeek", "isoDayOfWeek"}, keys[3:]...)
		year, week := t.ISOWeek()
		days = []int{year, week, (int(t.Weekday())+6)%7 + 1}
	}
	values := make([]monary.Value, len(keys))
	for i, n := range append(days, t.Hour(), t.Minute(), t.Second(), t.Nanosecond()/1e6) {
		values[i] = monary.Int32Value(int32(n))
	}
	return monary.DocumentValue(keys, values)
}

var absent = monary.StringValue("\x00absent") // stands for an argument that is not given

var fromPartsParams = []param{
	{name: "year", optional: absent}, {name: "isoWeekYear", optional: absent},
	{name: "month", optional: absent}, {name: "day", optional: absent},
	{name: "isoWeek", optional: absent}, {name: "isoDayOfWeek", optional: absent},
	{name: "hour", optional: monary.Int32Value(0)}, {name: "minute", optional: monary.Int32Value(0)},
	{name: "second", optional: monary.Int32Value(0)}, {name: "millisecond", optional: monary.Int32Value(0)},
	{name: "timezone", optional: utc},
}

func isAbsent(v monary.Value) bool {
	text, ok := textOf(v)
	return ok && text == "\x00absent"
}

// dateFromParts makes a date of numbers, which may be beyond their usual range.
func dateFromParts(s *scope, args []monary.Value) monary.Value {
	natural, iso := !isAbsent(args[0]), !isAbsent(args[1])
	if natural == iso || natural && !(isAbsent(args[4]) && isAbsent(args[5])) || iso && !(isAbsent(args[2]) && isAbsent(args[3])) {
		return s.failf("needs either year, and may have month and day, or isoWeekYear, and may have isoWeek and isoDayOfWeek")
	}
	if anyNull(args) {
		return monary.NullValue
	}
	n := make([]int, 10)
	for i, v := range args[:10] {
		if isAbsent(v) {
			n[i] = min(i/2, 1) // 0 for a year, else the first
			continue
		}
		whole, ok := wholeNumber(v)
		most := int64(1<<31 - 1)
		if i >= 8 { // seconds and milliseconds may be counted from 1970
			most = 1 << 43
		}
		if !ok || whole < -most-1 || whole > most {
			return s.failf("%s is %s; want a whole number", fromPartsParams[i].name, describe(v))
		}
		n[i] = int(whole)
	}
	if year := n[0] + n[1]; year < 1 || year > 9999 {
		return s.failf("the year is %d; want 1 to 9999", year)
	}
	location, ok := zoneOf(s, args[10])
	if !ok {
		return monary.NullValue
	}
	date := time.Date(n[0], time.Month(n[2]), n[3], 0, 0, 0, 0, time.UTC)
	if iso {
		fourth := time.Date(n[1], 1, 4, 0, 0, 0, 0, time.UTC) // is in week 1
		date = fourth.AddDate(0, 0, (n[4]-1)*7+n[5]-1-(int(fourth.Weekday())+6)%7)
	}
	t := time.Date(date.Year(), date.Month(), date.Day(), n[6], n[7], n[8], 0, location)
	return monary.DateValue(t.UnixMilli() + int64(n[9]))
}

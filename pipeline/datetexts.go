package pipeline

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/monary"
)

// dateTexts has the functions between dates and text.
var dateTexts = map[string]function{
	"$dateToString": {params: []param{{name: "date"}, {name: "format", optional: absent}, {name: "timezone", optional: utc},
		{name: "onNull", optional: monary.NullValue}}, call: dateToString, check: func(args []expr) error {
		return errors.Join(checkFormat(args[1]), checkZone(2)(args))
	}},
	"$dateFromString": {params: []param{{name: "dateString"}, {name: "format", optional: absent}, {name: "timezone", optional: absent},
		{name: "onError", optional: absent}, {name: "onNull", optional: monary.NullValue}}, call: dateFromString,
		check: func(args []expr) error { return checkFormat(args[1]) }},
}

const specifiers = "bBdGHjLmMSuUVwYzZ%"

// checkFormat refuses an unknown specifier before a run.
func checkFormat(e expr) error {
	c, ok := e.(constantExpr)
	if !ok || isAbsent(c.value) {
		return nil
	}
	format, ok := textOf(c.value)
	if !ok && !c.value.IsNull() {
		return fmt.Errorf("format is %s; want text", describe(c.value))
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		if i++; i == len(format) || !strings.Contains(specifiers, format[i:i+1]) {
			return fmt.Errorf("format %q: a %% must be followed by one of %s", format, strings.Join(strings.Split(specifiers, ""), " "))
		}
	}
	return nil
}

func dateToString(s *scope, args []monary.Value) monary.Value {
	if args[0].IsNull() {
		return args[3]
	}
	t, ok := dateIn(s, args[0], args[2])
	if !ok || args[1].IsNull() {
		return monary.NullValue
	}
	format := "%Y-%m-%dT%H:%M:%S.%L"
	if t.Location() == time.UTC {
		format += "Z"
	}
	if !isAbsent(args[1]) {
		if err := checkFormat(constantExpr{args[1]}); err != nil {
			return s.failf("%w", err)
		}
		format, _ = textOf(args[1])
	}
	return monary.StringValue(formatDate(t, format))
}

func formatDate(t time.Time, format string) string {
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out.WriteByte(format[i])
			continue
		}
		i++
		out.WriteString(dateField(t, format[i]))
	}
	return out.String()
}

func dateField(t time.Time, specifier byte) string {
	isoYear, isoWeek := t.ISOWeek()
	_, offset := t.Zone()
	sign, minutes := "+", offset/60
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	switch specifier {
	case 'b':
		return t.Month().String()[:3]
	case 'B':
		return t.Month().String()
	case 'd':
		return fmt.Sprintf("%02d", t.Day())
	case 'G':
		return fmt.Sprintf("%04d", isoYear)
	case 'H':
		return fmt.Sprintf("%02d", t.Hour())
	case 'j':
		return fmt.Sprintf("%03d", t.YearDay())
	case 'L':
		return fmt.Sprintf("%03d", t.Nanosecond()/1e6)
	case 'm':
		return fmt.Sprintf("%02d", int(t.Month()))
	case 'M':
		return fmt.Sprintf("%02d", t.Minute())
	case 'S':
		return fmt.Sprintf("%02d", t.Second())
	case 'u':
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1)
	case 'U':
		return fmt.Sprintf("%02d", sundayWeek(t))
	case 'V':
		return fmt.Sprintf("%02d", isoWeek)
	case 'w':
		return strconv.Itoa(int(t.Weekday()) + 1)
	case 'Y':
		return fmt.Sprintf("%04d", t.Year())
	case 'z':
		return fmt.Sprintf("%s%02d%02d", sign, minutes/60, minutes%60)
	case 'Z':
		return strconv.Itoa(offset / 60)
	}
	return "%"
}

func dateFromString(s *scope, args []monary.Value) monary.Value {
	switch {
	case args[0].IsNull():
		return args[4]
	case args[1].IsNull() || args[2].IsNull():
		return monary.NullValue
	}
	t, err := readDate(args[0], args[1], args[2])
	switch {
	case err == nil:
		return monary.DateValue(t.UnixMilli())
	case isAbsent(args[3]):
		return s.failf("%w", err)
	}
	return args[3]
}

// readDate reads text that tells a date, in a zone of its own or the given one.
func readDate(date, format, timezone monary.Value) (t time.Time, err error) {
	text, ok := textOf(date)
	if !ok {
		return t, fmt.Errorf("%s is no text", describe(date))
	}
	location := (*time.Location)(nil)
	if !isAbsent(timezone) {
		name, ok := textOf(timezone)
		if !ok {
			return t, fmt.Errorf("timezone is %s; want text", describe(timezone))
		}
		if location, err = zone(name); err != nil {
			return t, err
		}
	}
	if isAbsent(format) {
		return parseDate(text, location)
	}
	if err := checkFormat(constantExpr{format}); err != nil {
		return t, err
	}
	f, _ := textOf(format)
	return scanDate(text, f, location)
}

// dateLayouts are the forms that are read, without their zone: those of ISO 8601,
// and the usual ones of the United States, of Europe and of text.
var dateLayouts = []string{
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15", "2006-01-02",
	"2006-01-02 3:04:05 PM", "2006-01-02 3:04 PM", "20060102T150405", "20060102", "2006/01/02 15:04:05", "2006/01/02", "2006-01", "2006-Jan-02",
	"1/2/2006", "1/2/2006 15:04", "1/2/2006 15:04:05", "1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM", "1/2/06", "2-1-2006", "2-1-2006 15:04:05",
	"Jan 2, 2006", "Jan 2, 2006 15:04", "Jan 2, 2006 15:04:05", "Jan 2, 2006 3:04 PM", "January 2, 2006", "January 2, 2006 15:04",
	"January 2, 2006 15:04:05", "January 2, 2006 3:04 PM", "January 2, 2006 3pm", "2 Jan 2006", "2 Jan 2006 15:04:05", "2 January 2006",
	"2 January 2006 15:04:05", "Mon, 2 Jan 2006 15:04:05", "Mon Jan 2 2006 15:04:05", "Mon Jan 2 15:04:05 2006",
}

// zoneNames are the abbreviations of time zones that are read, in hours from UTC.
var zoneNames = map[string]int{
	"Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}

var (
	// zoneText finds an offset, which may have UTC or GMT in front, or an abbreviation behind a time.
	zoneText = regexp.MustCompile(`^(.{10,}?) ?(?:(?:GMT|UTC)?([+-]\d\d(?::?\d\d)?)|(Z|(?: )[A-Z]{3,4}))$`)
	ordinal  = regexp.MustCompile(`(\d)(?:st|nd|rd|th)\b`)
)

// parseDate reads text of any of the known layouts.
func parseDate(text string, location *time.Location) (time.Time, error) {
	rest, own, err := cutZone(text)
	switch {
	case err != nil:
		return time.Time{}, err
	case own != nil && location != nil:
		return time.Time{}, fmt.Errorf("%q has a time zone, and so has the argument timezone", text)
	case own != nil:
		location = own
	case location == nil:
		location = time.UTC
	}
	rest = ordinal.ReplaceAllString(rest, "$1")
	for _, layout := range dateLayouts {
		if t, err := time.ParseInLocation(layout, rest, location); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date; want one such as 2014-02-03T04:05:06.789Z", text)
}

// cutZone takes the zone from the end of a date's text; nil if it has none.
func cutZone(text string) (rest string, own *time.Location, err error) {
	m := zoneText.FindStringSubmatch(text)
	switch {
	case m == nil:
		return text, nil, nil
	case m[2] != "":
		own, err = zone(m[2])
		return m[1], own, err
	}
	name := strings.TrimSpace(m[3])
	hours, known := zoneNames[name]
	if !known {
		return text, nil, nil
	}
	return m[1], time.FixedZone(name, hours*3600), nil
}

// scanDate reads text by a format.
func scanDate(text, format string, location *time.Location) (t time.Time, err error) {
	fields := map[byte]int{'Y': 1970, 'm': 1, 'd': 1}
	rest, seen := text, map[byte]bool{}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || format[i+1] == '%' {
			if format[i] == '%' {
				i++
			}
			if rest == "" || rest[0] != format[i] {
				return t, fmt.Errorf("%q does not follow the format %q", text, format)
			}
			rest = rest[1:]
			continue
		}
		i++
		var ok bool
		if seen[format[i]] = true; strings.IndexByte("zZ", format[i]) >= 0 {
			if location != nil {
				return t, fmt.Errorf("the format %q has a time zone, and so has the argument timezone", format)
			}
			location, rest, ok = scanZone(rest, format[i])
		} else {
			fields[format[i]], rest, ok = scanField(rest, format[i])
		}
		if !ok {
			return t, fmt.Errorf("%q does not follow the format %q", text, format)
		}
	}
	if rest != "" {
		return t, fmt.Errorf("%q does not follow the format %q: %q is left", text, format, rest)
	}
	if location == nil {
		location = time.UTC
	}
	return dateOfFields(fields, seen, location, text)
}

func scanZone(text string, specifier byte) (*time.Location, string, bool) {
	if specifier == 'Z' {
		n := 0
		for n < len(text) && (n == 0 && strings.IndexByte("+-", text[0]) >= 0 || text[n] >= '0' && text[n] <= '9') {
			n++
		}
		minutes, err := strconv.Atoi(text[:n])
		return time.FixedZone("", minutes*60), text[n:], err == nil
	}
	for n := len(text); n > 0; n-- {
		if location, err := zone(text[:n]); err == nil {
			return location, text[n:], true
		}
	}
	return nil, text, false
}

// scanField reads the digits, or the month's name, of a specifier.
func scanField(text string, specifier byte) (value int, rest string, ok bool) {
	if specifier == 'b' || specifier == 'B' {
		for m := time.January; m <= time.December; m++ {
			name := m.String()
			if specifier == 'b' {
				name = name[:3]
			}
			if len(text) >= len(name) && strings.EqualFold(text[:len(name)], name) {
				return int(m), text[len(name):], true
			}
		}
		return 0, text, false
	}
	width := map[byte]int{'Y': 4, 'G': 4, 'j': 3, 'L': 3, 'u': 1, 'w': 1}[specifier]
	if width == 0 {
		width = 2
	}
	n := 0
	for n < len(text) && n < width && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	value, err := strconv.Atoi(text[:n])
	for i := n; specifier == 'L' && i < width; i++ {
		value *= 10 // a fraction of a second: .8 is 800 milliseconds
	}
	return value, text[n:], err == nil && (n == width || specifier != 'Y')
}

func dateOfFields(fields map[byte]int, seen map[byte]bool, location *time.Location, text string) (time.Time, error) {
	natural := slices.ContainsFunc([]byte("YmbBdj"), func(c byte) bool { return seen[c] })
	if iso := seen['G'] || seen['V'] || seen['u']; iso && natural {
		return time.Time{}, errors.New("the format mixes a date of weeks (%G, %V, %u) with one of months")
	}
	if day := (seen['m'] || seen['b'] || seen['B']) && seen['d']; !seen['G'] && (!seen['Y'] || !day && !seen['j']) {
		return time.Time{}, fmt.Errorf("%q tells no year, month and day", text)
	}
	month := fields['m'] + fields['b'] + fields['B']
	if seen['b'] || seen['B'] {
		month--
	}
	year, day := fields['Y'], fields['d']
	switch {
	case seen['G']:
		fourth := time.Date(fields['G'], 1, 4, 0, 0, 0, 0, time.UTC) // is in week 1
		week, weekday := max(fields['V'], 1), max(fields['u'], 1)
		monday := fourth.AddDate(0, 0, (week-1)*7+weekday-1-(int(fourth.Weekday())+6)%7)
		year, month, day = monday.Year(), int(monday.Month()), monday.Day()
	case seen['j']:
		month, day = 1, fields['j']
	}
	last := time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	if month < 1 || month > 12 || day < 1 || day > last && !seen['j'] || day > 366 || fields['H'] > 23 || fields['M'] > 59 || fields['S'] > 59 {
		return time.Time{}, fmt.Errorf("%q is out of range for a date", text)
	}
	return time.Date(year, time.Month(month), day, fields['H'], fields['M'], fields['S'], fields['L']*1e6, location), nil
}

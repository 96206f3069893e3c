package ui

import (
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// functions are what templates call.
var functions = template.FuncMap{
	"asset": asset, "link": link, "took": took, "since": since, "moment": moment, "day": day, "iso": iso, "number": number, "clean": clean,
	"cut": cut, "state": stateOf, "handed": handed, "dict": dict, "legend": legend,
	"now": time.Now, "zero": func() time.Time { return time.Time{} },
	"weekdays": func() []string { return []string{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"} },
	"inc":      func(n int) int { return n + 1 }, "dec": func(n int) int { return n - 1 }, "mul": func(a, b int) int { return a * b },
}

// dict makes a map of names and values in turn, for a template that is given several.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// took returns how long something took as people say it: "< 1 ms", "850 ms", "12.3 s", "4 min 5 s", "3 h 20 min".
func took(d time.Duration) string {
	switch {
	case d < 0:
		return "–" + took(-d)
	case d > 0 && d < time.Millisecond:
		return "< 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d d %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

// round returns a round duration as a mark of an axis says it: "0", "500 ms", "20 s", "5 min", "2 h", "16 d".
func round(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		text string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		if d >= unit.of && d%unit.of == 0 {
			return fmt.Sprintf("%d %s", d/unit.of, unit.text)
		}
	}
	if d == 0 {
		return "0"
	}
	return took(d)
}

// since returns how long something took, so far if it has not ended, "" if it has not started.
func since(from, to time.Time) string {
	switch {
	case from.IsZero():
		return ""
	case to.IsZero():
		return took(time.Since(from))
	}
	return took(to.Sub(from))
}

// moment returns a time in UTC, a midnight as a day, "" if there is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strings.TrimSuffix(t.UTC().Format("2006-01-02 15:04:05"), " 00:00:00")
}

// day returns a time in few characters: "25 Nov" or, if it is no midnight, "25 Nov 02:00".
func day(t time.Time) string {
	return strings.TrimSuffix(t.UTC().Format("2 Jan 15:04"), " 00:00")
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// number returns a number with commas between thousands.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

var digits = regexp.MustCompile(`\d+`)

// handed says what a task hands over: its type and, if it is known, its size: "*monary.Table 3,333×21".
func handed(kind, size string) string {
	if kind == "struct {}" {
		return ""
	}
	size = digits.ReplaceAllStringFunc(strings.ReplaceAll(size, "x", "×"), func(s string) string {
		n, err := strconv.Atoi(s)
		if err != nil {
			return s
		}
		return number(n)
	})
	return strings.TrimSpace(kind + " " + size)
}

// escapes are sequences that steer a terminal.
var escapes = regexp.MustCompile(`\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])`)

// clean makes text of what a task has said: without colours for a terminal, and with a mark for
// what cannot be shown or would turn the direction of what is around it.
func clean(s string) string {
	s = escapes.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), "")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return -1
		case r < ' ':
			return 0x2400 + r // the picture of the control character
		case unicode.In(r, unicode.Cc, unicode.Bidi_Control):
			return '\uFFFD'
		}
		return r
	}, s)
}

// cut shortens a text to so many characters, from the middle: names differ at their ends.
func cut(most int, s string) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	head := (most - 1) / 2
	return string(r[:head]) + "…" + string(r[len(r)-(most-1-head):])
}

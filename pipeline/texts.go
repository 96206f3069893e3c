package pipeline

import (
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// texts has the functions of strings.
var texts = map[string]function{
	"$concat":   many(concat),
	"$toLower":  one(func(s *scope, v monary.Value) monary.Value { return cased(s, v, 'A', 'Z') }),
	"$toUpper":  one(func(s *scope, v monary.Value) monary.Value { return cased(s, v, 'a', 'z') }),
	"$trim":     trimming(true, true),
	"$ltrim":    trimming(true, false),
	"$rtrim":    trimming(false, true),
	"$split":    two(split),
	"$strLenCP": one(func(s *scope, v monary.Value) monary.Value { return lengthOf(s, v, utf8.RuneCountInString) }),
	"$strLenBytes": one(func(s *scope, v monary.Value) monary.Value {
		return lengthOf(s, v, func(t string) int { return len(t) })
	}),
	"$strcasecmp":  two(caseCompare),
	"$substr":      {least: 3, most: 3, call: substringBytes},
	"$substrBytes": {least: 3, most: 3, call: substringBytes},
	"$substrCP":    {least: 3, most: 3, call: substringRunes},
	"$indexOfCP":   {least: 2, most: 4, call: func(s *scope, a []monary.Value) monary.Value { return indexOf(s, a, true) }},
	"$indexOfBytes": {least: 2, most: 4, call: func(s *scope, a []monary.Value) monary.Value {
		return indexOf(s, a, false)
	}},
	"$replaceOne": {params: replaceParams, call: func(s *scope, a []monary.Value) monary.Value { return replaceText(s, a, 1) }},
	"$replaceAll": {params: replaceParams, call: func(s *scope, a []monary.Value) monary.Value { return replaceText(s, a, -1) }},
}

var replaceParams = []param{{name: "input"}, {name: "find"}, {name: "replacement"}}

// textual is a value as the functions that take more than strings see it:
// numbers and dates as text, null as nothing.
func textual(v monary.Value) (string, bool) {
	if v.IsNull() {
		return "", true
	}
	if text, ok := v.Text(); ok {
		return string(text), true
	}
	switch v.Type() {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128, bson.TypeDateTime, bson.TypeTimestamp:
		return valueText(v)
	}
	return "", false
}

func concat(s *scope, args []monary.Value) monary.Value {
	if anyNull(args) {
		return monary.NullValue
	}
	var out strings.Builder
	for _, v := range args {
		text, ok := textOf(v)
		if !ok {
			return s.failf("%s is no text", describe(v))
		}
		out.WriteString(text)
	}
	return monary.StringValue(out.String())
}

// cased changes ASCII letters between from and to, as mongod does.
func cased(s *scope, v monary.Value, from, to byte) monary.Value {
	text, ok := textual(v)
	if !ok {
		return s.failf("%s is no text", describe(v))
	}
	out := []byte(text)
	for i, c := range out {
		if c >= from && c <= to {
			out[i] = c ^ 0x20
		}
	}
	return monary.StringValue(string(out))
}

func caseCompare(s *scope, a, b monary.Value) monary.Value {
	x, y := cased(s, a, 'a', 'z'), cased(s, b, 'a', 'z')
	return monary.Int32Value(int32(monary.Compare(x, y)))
}

// whitespace is what $trim takes away by default.
const whitespace = "\x00\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"

func trimming(left, right bool) function {
	return function{params: []param{{name: "input"}, {name: "chars", optional: monary.StringValue(whitespace)}}, call: func(s *scope, a []monary.Value) monary.Value {
		if anyNull(a) {
			return monary.NullValue
		}
		text, ok := textOf(a[0])
		chars, ok2 := textOf(a[1])
		if !ok || !ok2 {
			return s.failf("input %s and chars %s must be text", describe(a[0]), describe(a[1]))
		}
		if left {
			text = strings.TrimLeft(text, chars)
		}
		if right {
			text = strings.TrimRight(text, chars)
		}
		return monary.StringValue(text)
	}}
}

func split(s *scope, v, by monary.Value) monary.Value {
	if v.IsNull() || by.IsNull() {
		return monary.NullValue
	}
	text, ok := textOf(v)
	separator, ok2 := textOf(by)
	if !ok || !ok2 || separator == "" {
		return s.failf("cannot split %s by %s; want text and a separator that is not empty", describe(v), describe(by))
	}
	var parts []monary.Value
	for _, part := range strings.Split(text, separator) {
		parts = append(parts, monary.StringValue(part))
	}
	return monary.ArrayValue(parts...)
}

func lengthOf(s *scope, v monary.Value, count func(string) int) monary.Value {
	text, ok := textOf(v)
	if !ok {
		return s.failf("%s is no text", describe(v))
	}
	return monary.Int32Value(int32(count(text)))
}

// startLength reads the arguments of a substring; n is -1 for all the rest.
func startLength(s *scope, args []monary.Value) (text string, start, n int, ok bool) {
	text, ok = textual(args[0])
	if !ok {
		s.failf("%s is no text", describe(args[0]))
		return
	}
	from, ok1 := numberCut(args[1])
	count, ok2 := numberCut(args[2])
	if ok = ok1 && ok2; !ok {
		s.failf("start %s and length %s must be numbers", describe(args[1]), describe(args[2]))
		return
	}
	if count < 0 || count > int64(len(text)) {
		count = -1
	}
	return text, int(max(min(from, int64(len(text))+1), -1)), int(count), true
}

// numberCut is a number without what is behind its point.
func numberCut(v monary.Value) (int64, bool) {
	if !v.IsNumber() {
		return 0, false
	}
	if n, ok := v.Int(); ok {
		return n, true
	}
	x := double(v)
	return int64(max(min(x, 1<<53), -1<<53)), x == x
}

func substringBytes(s *scope, args []monary.Value) monary.Value {
	text, start, n, ok := startLength(s, args)
	switch {
	case !ok:
		return monary.NullValue
	case start < 0:
		return s.failf("start is %s; want 0 or more", describe(args[1]))
	case start >= len(text):
		return monary.StringValue("")
	}
	end := len(text)
	if n >= 0 {
		end = min(start+n, end)
	}
	if !utf8.RuneStart(text[start]) || end < len(text) && !utf8.RuneStart(text[end]) {
		return s.failf("bytes %d to %d of %q cut a character", start, end, text)
	}
	return monary.StringValue(text[start:end])
}

func substringRunes(s *scope, args []monary.Value) monary.Value {
	text, start, n, ok := startLength(s, args)
	switch {
	case !ok:
		return monary.NullValue
	case start < 0 || n < 0 && double0(args[2]) < 0:
		return s.failf("start %s and length %s must not be negative", describe(args[1]), describe(args[2]))
	case !isWhole(args[1]) || !isWhole(args[2]):
		return s.failf("start %s and length %s must be whole numbers", describe(args[1]), describe(args[2]))
	}
	runes := []rune(text)
	if start >= len(runes) {
		return monary.StringValue("")
	}
	end := len(runes)
	if n >= 0 {
		end = min(start+n, end)
	}
	return monary.StringValue(string(runes[start:end]))
}

// indexOf finds text from a start on and before an end, in characters or bytes.
func indexOf(s *scope, args []monary.Value, runes bool) monary.Value {
	if args[0].IsNull() {
		return monary.NullValue
	}
	text, ok := textOf(args[0])
	want, ok2 := textOf(args[1])
	if !ok || !ok2 {
		return s.failf("cannot look for %s in %s; want text", describe(args[1]), describe(args[0]))
	}
	from, to, ok := bounds(s, args[2:], len(text))
	if !ok {
		return monary.NullValue
	}
	if runes {
		from, to = byteOffset(text, from), byteOffset(text, to)
	}
	if from > len(text) || to < from {
		return monary.Int32Value(-1)
	}
	at := strings.Index(text[from:min(to, len(text))], want)
	switch {
	case at < 0:
		return monary.Int32Value(-1)
	case runes:
		return monary.Int32Value(int32(utf8.RuneCountInString(text[:from+at])))
	}
	return monary.Int32Value(int32(from + at))
}

// bounds reads the start and the end of a search.
func bounds(s *scope, args []monary.Value, size int) (from, to int, ok bool) {
	to = size
	for i, v := range args {
		n, whole := wholeNumber(v)
		if !whole || n < 0 {
			s.failf("a bound is %s; want a whole number from 0", describe(v))
			return 0, 0, false
		}
		if n = min(n, int64(size)+1); i == 0 {
			from = int(n)
		} else {
			to = min(int(n), size)
		}
	}
	return from, to, true
}

// byteOffset is where the n-th character begins; beyond the end of text for one
// that is not there.
func byteOffset(text string, n int) int {
	for at := range text {
		if n == 0 {
			return at
		}
		n--
	}
	return len(text) + n
}

func replaceText(s *scope, args []monary.Value, most int) monary.Value {
	var parts [3]string
	null := false
	for i, v := range args {
		text, ok := textOf(v)
		if !ok && !v.IsNull() {
			return s.failf("%s is %s; want text", replaceParams[i].name, describe(v))
		}
		null, parts[i] = null || v.IsNull(), text
	}
	if null {
		return monary.NullValue
	}
	if parts[1] == "" && most < 0 { // an empty text is found before each character and at the end, as in mongod
		return monary.StringValue(strings.ReplaceAll(parts[0], "", parts[2]))
	}
	return monary.StringValue(strings.Replace(parts[0], parts[1], parts[2], most))
}

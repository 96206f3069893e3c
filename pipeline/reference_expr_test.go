package pipeline_test

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// refError is what the manual calls an error: it ends the pipeline.
type refError struct{ text string }

func refFail(format string, args ...any) any { panic(refError{fmt.Sprintf(format, args...)}) }

// refScope is what an expression sees: the document and the variables.
type refScope struct {
	root bson.D
	vars map[string]any
}

func (s refScope) with(name string, v any) refScope {
	vars := map[string]any{name: v}
	for k, old := range s.vars {
		if k != name {
			vars[k] = old
		}
	}
	return refScope{s.root, vars}
}

// eval is the value of an expression.
func (s refScope) eval(e any) any {
	switch e := e.(type) {
	case string:
		return s.text(e)
	case bson.A:
		out := bson.A{}
		for _, x := range e {
			out = append(out, orNull(s.eval(x)))
		}
		return out
	case bson.D:
		if len(e) == 1 && strings.HasPrefix(e[0].Key, "$") {
			return s.operator(e[0].Key, e[0].Value)
		}
		out := bson.D{}
		for _, x := range e {
			if v := s.eval(x.Value); v != missing {
				out = append(out, bson.E{Key: x.Key, Value: v})
			}
		}
		return out
	}
	return e
}

func (s refScope) text(e string) any {
	switch {
	case e == "$$ROOT":
		return s.root
	case e == "$$REMOVE":
		return missing
	case strings.HasPrefix(e, "$$"):
		name, rest, dotted := strings.Cut(e[2:], ".")
		if !dotted {
			return s.vars[name]
		}
		return follow(bson.D{{Key: "v", Value: s.vars[name]}}, append([]string{"v"}, strings.Split(rest, ".")...))
	case strings.HasPrefix(e, "$"):
		return follow(s.root, strings.Split(e[1:], "."))
	}
	return e
}

func orNull(v any) any {
	if v == missing {
		return nil
	}
	return v
}

func nullish(v any) bool { return v == nil || v == missing }

func refTrue(v any) bool {
	switch v := v.(type) {
	case nil, missingField:
		return false
	case bool:
		return v
	case int32, int64, float64:
		return compareNumbers(v, int32(0)) != 0
	}
	return true
}

func isNumber(v any) bool { return bracket(v) == 10 }

// operator applies one operator to its argument.
func (s refScope) operator(name string, arg any) any {
	switch name {
	case "$literal":
		return arg
	case "$cond":
		a := arg.(bson.A)
		if refTrue(s.eval(a[0])) {
			return s.eval(a[1])
		}
		return s.eval(a[2])
	case "$ifNull":
		a := arg.(bson.A)
		for _, e := range a[:len(a)-1] {
			if v := s.eval(e); !nullish(v) {
				return v
			}
		}
		return s.eval(a[len(a)-1])
	case "$switch":
		for _, b := range lookup(arg.(bson.D), "branches").(bson.A) {
			if refTrue(s.eval(lookup(b.(bson.D), "case"))) {
				return s.eval(lookup(b.(bson.D), "then"))
			}
		}
		return s.eval(lookup(arg.(bson.D), "default"))
	case "$and", "$or":
		for _, e := range arg.(bson.A) {
			if refTrue(s.eval(e)) == (name == "$or") {
				return name == "$or"
			}
		}
		return name == "$and"
	case "$let":
		inner := s
		for _, v := range lookup(arg.(bson.D), "vars").(bson.D) {
			inner = inner.with(v.Key, s.eval(v.Value))
		}
		return inner.eval(lookup(arg.(bson.D), "in"))
	case "$map", "$filter", "$reduce":
		return s.loop(name, arg.(bson.D))
	}
	var args []any
	if list, ok := arg.(bson.A); ok {
		for _, e := range list {
			args = append(args, s.eval(e))
		}
	} else {
		args = []any{s.eval(arg)}
	}
	return refCall(name, args)
}

// loop goes over the elements of input.
func (s refScope) loop(name string, arg bson.D) any {
	input := s.eval(lookup(arg, "input"))
	if nullish(input) {
		return nil
	}
	list, ok := input.(bson.A)
	if !ok {
		return refFail("%s over %v", name, input)
	}
	value, out := s.eval(lookup(arg, "initialValue")), bson.A{}
	for _, e := range list {
		inner := s.with("this", e)
		switch name {
		case "$map":
			out = append(out, orNull(inner.eval(lookup(arg, "in"))))
		case "$filter":
			if refTrue(inner.eval(lookup(arg, "cond"))) {
				out = append(out, e)
			}
		default:
			value = inner.with("value", value).eval(lookup(arg, "in"))
		}
	}
	if name == "$reduce" {
		return value
	}
	return out
}

// refCall is an operator that is a function of its arguments' values.
func refCall(name string, a []any) any {
	switch name {
	case "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$cmp":
		c := compare(a[0], a[1])
		if name == "$cmp" {
			return int32(c)
		}
		return map[string]bool{"$eq": c == 0, "$ne": c != 0, "$gt": c > 0, "$gte": c >= 0, "$lt": c < 0, "$lte": c <= 0}[name]
	case "$not":
		return !refTrue(a[0])
	case "$isNumber":
		return isNumber(a[0])
	case "$isArray":
		_, ok := a[0].(bson.A)
		return ok
	case "$type":
		return refType(a[0])
	case "$add", "$subtract", "$multiply", "$mod", "$abs":
		return refArithmetic(name, a)
	case "$sum", "$avg", "$min", "$max":
		if list, ok := a[0].(bson.A); ok && len(a) == 1 {
			a = list
		}
		return refAccumulate(name, a)
	case "$concat", "$strLenCP", "$substrCP", "$indexOfCP", "$split":
		return refText(name, a)
	case "$mergeObjects":
		return refMerge(a)
	case "$year", "$dayOfWeek", "$millisecond":
		return refDate(name, a[0])
	}
	return refList(name, a)
}

func refType(v any) string {
	switch v.(type) {
	case missingField:
		return "missing"
	case nil:
		return "null"
	case int32:
		return "int"
	case int64:
		return "long"
	case float64:
		return "double"
	case string:
		return "string"
	case bson.D:
		return "object"
	case bson.A:
		return "array"
	case bson.ObjectID:
		return "objectId"
	case bool:
		return "bool"
	}
	return "date"
}

// refArithmetic: null makes null; a double makes a double; integers that outgrow
// their type take the next one.
func refArithmetic(name string, a []any) any {
	for _, v := range a {
		if nullish(v) {
			return nil
		}
	}
	if at := slices.IndexFunc(a, isDate); at >= 0 && len(a) == 2 && (name == "$add" || name == "$subtract") {
		return refDates(name, a, at)
	}
	for _, v := range a {
		if !isNumber(v) {
			return refFail("%s of %v", name, v)
		}
	}
	if name == "$abs" {
		if compareNumbers(a[0], int32(0)) >= 0 {
			if f, ok := a[0].(float64); ok {
				return math.Abs(f)
			}
			return a[0]
		}
		if a[0] == int64(math.MinInt64) {
			return refFail("$abs")
		}
		return refArithmetic("$multiply", []any{a[0], int32(-1)})
	}
	if name == "$mod" && compareNumbers(a[1], int32(0)) == 0 {
		return refFail("$mod by 0")
	}
	if name == "$add" {
		a = append([]any{int32(0)}, a...) // so -0 and -0 are 0
	}
	out := a[0]
	for _, v := range a[1:] {
		out = refBinary(name, out, v)
	}
	return out
}

func isDate(v any) bool {
	_, ok := v.(bson.DateTime)
	return ok
}

// refDates: a number moves a date by milliseconds, dates are an int64 apart.
func refDates(name string, a []any, at int) any {
	switch {
	case name == "$subtract" && isDate(a[0]) && isDate(a[1]):
		return int64(a[0].(bson.DateTime) - a[1].(bson.DateTime))
	case !isNumber(a[1-at]) || name == "$subtract" && at == 1:
		return refFail("%s of %v", name, a)
	}
	by := toDouble(a[1-at])
	if name == "$subtract" {
		by = -by
	}
	if math.IsNaN(by) || math.Abs(by) >= 1<<62 {
		return refFail("a date out of range")
	}
	return a[at].(bson.DateTime) + bson.DateTime(math.RoundToEven(by))
}

func refBinary(name string, x, y any) any {
	_, xDouble := x.(float64)
	_, yDouble := y.(float64)
	p, q := toDouble(x), toDouble(y)
	double := map[string]func() float64{
		"$add": func() float64 { return p + q }, "$subtract": func() float64 { return p - q },
		"$multiply": func() float64 { return p * q }, "$mod": func() float64 { return math.Mod(p, q) },
	}[name]
	if xDouble || yDouble {
		return double()
	}
	m, n, out := toBig(x), toBig(y), new(big.Int)
	switch name {
	case "$add":
		out.Add(m, n)
	case "$subtract":
		out.Sub(m, n)
	case "$multiply":
		out.Mul(m, n)
	default:
		out.Rem(m, n)
	}
	_, xShort := x.(int32)
	_, yShort := y.(int32)
	switch {
	case !out.IsInt64():
		return double()
	case xShort && yShort && out.Int64() == int64(int32(out.Int64())):
		return int32(out.Int64())
	}
	return out.Int64()
}

func toDouble(n any) float64 {
	if f, ok := n.(float64); ok {
		return f
	}
	f, _ := new(big.Float).SetInt(toBig(n)).Float64()
	return f
}

func toBig(n any) *big.Int {
	if i, ok := n.(int32); ok {
		return big.NewInt(int64(i))
	}
	return big.NewInt(n.(int64))
}

func refText(name string, a []any) any {
	if name != "$strLenCP" && slices.ContainsFunc(a, nullish) {
		if name == "$substrCP" {
			return ""
		}
		return nil
	}
	for i, v := range a {
		if _, ok := v.(string); !ok && !(i > 0 && name == "$substrCP") {
			return refFail("%s of %v", name, v)
		}
	}
	text := a[0].(string)
	switch name {
	case "$concat":
		for _, v := range a[1:] {
			text += v.(string)
		}
		return text
	case "$strLenCP":
		return int32(utf8.RuneCountInString(text))
	case "$substrCP":
		runes := []rune(text)
		from := min(int(a[1].(int32)), len(runes))
		return string(runes[from:min(from+int(a[2].(int32)), len(runes))])
	case "$split":
		out := bson.A{}
		for _, part := range strings.Split(text, a[1].(string)) {
			out = append(out, part)
		}
		return out
	}
	at := strings.Index(text, a[1].(string))
	if at > 0 {
		at = utf8.RuneCountInString(text[:at])
	}
	return int32(at)
}

func refMerge(a []any) any {
	out := bson.D{}
	if list, ok := a[0].(bson.A); ok && len(a) == 1 {
		a = list
	}
	for _, v := range a {
		if nullish(v) {
			continue
		}
		doc, ok := v.(bson.D)
		if !ok {
			return refFail("$mergeObjects of %v", v)
		}
		for _, e := range doc {
			out = refPut(out, e.Key, e.Value)
		}
	}
	return out
}

// refPut sets a field in its place, or adds it.
func refPut(doc bson.D, key string, v any) bson.D {
	out := slices.Clone(doc)
	for i, e := range out {
		if e.Key == key {
			out[i].Value = v
			return out
		}
	}
	return append(out, bson.E{Key: key, Value: v})
}

func refDate(name string, v any) any {
	var t time.Time
	switch v := v.(type) {
	case nil, missingField:
		return nil
	case bson.DateTime:
		t = v.Time().UTC()
	case bson.ObjectID:
		t = v.Timestamp().UTC()
	default:
		return refFail("%s of %v", name, v)
	}
	switch name {
	case "$year":
		return int32(t.Year())
	case "$dayOfWeek":
		return int32(t.Weekday()) + 1
	}
	return int32(t.Nanosecond() / 1e6)
}

// refList has the operators of arrays.
func refList(name string, a []any) any {
	if name == "$in" {
		list, ok := a[1].(bson.A)
		if !ok {
			return refFail("$in %v", a[1])
		}
		return slices.ContainsFunc(list, func(e any) bool { return compare(e, a[0]) == 0 })
	}
	if name == "$objectToArray" {
		return refPairs(a[0])
	}
	list, ok := a[0].(bson.A)
	switch {
	case name == "$size" && !ok:
		return refFail("$size of %v", a[0])
	case name == "$concatArrays":
		return refConcat(a)
	case nullish(a[0]):
		return nil
	case !ok:
		return refFail("%s of %v", name, a[0])
	}
	switch name {
	case "$size":
		return int32(len(list))
	case "$first":
		return refAt(list, 0)
	case "$last":
		return refAt(list, -1)
	case "$arrayElemAt":
		return refAt(list, int(a[1].(int32)))
	case "$reverseArray":
		out := slices.Clone(list)
		slices.Reverse(out)
		return out
	case "$indexOfArray":
		return int32(slices.IndexFunc(list, func(e any) bool { return compare(e, a[1]) == 0 }))
	case "$slice":
		n := int(a[1].(int32))
		if n >= 0 {
			return list[:min(n, len(list))]
		}
		return list[max(0, len(list)+n):]
	}
	panic("no operator " + name)
}

func refPairs(v any) any {
	if nullish(v) {
		return nil
	}
	doc, ok := v.(bson.D)
	if !ok {
		return refFail("$objectToArray of %v", v)
	}
	out := bson.A{}
	for _, e := range doc {
		out = append(out, bson.D{{Key: "k", Value: e.Key}, {Key: "v", Value: e.Value}})
	}
	return out
}

// refConcat is null from the first null on; what is no array before that is an
// error.
func refConcat(a []any) any {
	out := bson.A{}
	for _, v := range a {
		if nullish(v) {
			return nil
		}
		list, ok := v.(bson.A)
		if !ok {
			return refFail("$concatArrays of %v", v)
		}
		out = append(out, list...)
	}
	return out
}

func refAt(list bson.A, i int) any {
	if i < 0 {
		i += len(list)
	}
	if i < 0 || i >= len(list) {
		return missing
	}
	return list[i]
}

package pipeline

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// lists has the functions of arrays.
var lists = map[string]function{
	"$size":         one(size),
	"$arrayElemAt":  two(elementAt),
	"$first":        one(func(s *scope, v monary.Value) monary.Value { return elementAt(s, v, monary.Int32Value(0)) }),
	"$last":         one(func(s *scope, v monary.Value) monary.Value { return elementAt(s, v, monary.Int32Value(-1)) }),
	"$in":           two(isIn),
	"$slice":        {least: 2, most: 3, call: slice},
	"$concatArrays": many(concatArrays),
	"$range":        {least: 2, most: 3, call: rangeOf},
	"$reverseArray": one(reverse),
	"$indexOfArray": {least: 2, most: 4, call: indexOfArray},
	"$isArray":      one(func(_ *scope, v monary.Value) monary.Value { return monary.BoolValue(v.Type() == bson.TypeArray) }),
	"$zip":          {params: []param{{name: "inputs"}, {name: "useLongestLength", optional: monary.BoolValue(false)}, {name: "defaults", optional: monary.ArrayValue()}}, call: zip},
	"$firstN":       {params: someParams, call: func(s *scope, a []monary.Value) monary.Value { return someOf(s, a, false, nil) }},
	"$lastN":        {params: someParams, call: func(s *scope, a []monary.Value) monary.Value { return someOf(s, a, true, nil) }},
	"$minN":         {params: someParams, call: func(s *scope, a []monary.Value) monary.Value { return someOf(s, a, false, monary.Compare) }},
	"$maxN": {params: someParams, call: func(s *scope, a []monary.Value) monary.Value {
		return someOf(s, a, false, func(x, y monary.Value) int { return monary.Compare(y, x) })
	}},
}

var someParams = []param{{name: "input"}, {name: "n"}}

// elements are those of an array as a slice.
func elements(v monary.Value) []monary.Value {
	var out []monary.Value
	for _, e := range v.Elements() {
		out = append(out, e)
	}
	return out
}

// listIn takes an array; ok is false for null, and for what is no array, which
// is an error.
func listIn(s *scope, v monary.Value) (list []monary.Value, ok bool) {
	switch {
	case v.IsNull():
		return nil, false
	case v.Type() != bson.TypeArray:
		s.failf("%s is no array", describe(v))
		return nil, false
	}
	return elements(v), true
}

func size(s *scope, v monary.Value) monary.Value {
	if v.Type() != bson.TypeArray {
		return s.failf("%s is no array", describe(v))
	}
	return monary.Int32Value(int32(len(elements(v))))
}

func elementAt(s *scope, v, at monary.Value) monary.Value {
	list, ok := listIn(s, v)
	if !ok || at.IsNull() {
		return monary.NullValue
	}
	i, whole := wholeNumber(at)
	switch {
	case !whole || i != int64(int32(i)):
		return s.failf("the index is %s; want a whole number", describe(at))
	case i < 0:
		i += int64(len(list))
	}
	if i < 0 || i >= int64(len(list)) {
		return monary.Value{}
	}
	return list[i]
}

func isIn(s *scope, v, list monary.Value) monary.Value {
	if list.Type() != bson.TypeArray {
		return s.failf("%s is no array to look in", describe(list))
	}
	return monary.BoolValue(indexIn(elements(list), v) >= 0)
}

func indexIn(list []monary.Value, v monary.Value) int {
	return slices.IndexFunc(list, func(e monary.Value) bool { return monary.Compare(e, v) == 0 })
}

// slice takes n elements from the start (or, for negative n, the end), or n from
// a position on.
func slice(s *scope, args []monary.Value) monary.Value {
	list, ok := listIn(s, args[0])
	if !ok || anyNull(args) {
		return monary.NullValue
	}
	n, whole := wholeNumber(args[len(args)-1])
	if !whole || len(args) == 3 && n < 1 {
		return s.failf("the number of elements is %s; want a whole number, above 0 behind a position", describe(args[len(args)-1]))
	}
	length, from := int64(len(list)), int64(0)
	if len(args) == 3 {
		if from, whole = wholeNumber(args[1]); !whole {
			return s.failf("the position is %s; want a whole number", describe(args[1]))
		}
		if from < 0 {
			from = max(from+length, 0)
		}
	} else if n < 0 {
		from, n = max(length+n, 0), min(-n, length)
	}
	from = min(from, length)
	return monary.ArrayValue(list[from : from+min(n, length-from)]...)
}

func concatArrays(s *scope, args []monary.Value) monary.Value {
	var all []monary.Value
	for _, v := range args {
		list, ok := listIn(s, v)
		if !ok {
			return monary.NullValue
		}
		all = append(all, list...)
	}
	return monary.ArrayValue(all...)
}

// mostRange bounds what $range makes, as mongod bounds its documents.
const mostRange = 1 << 21

func rangeOf(s *scope, args []monary.Value) monary.Value {
	n := []int64{0, 0, 1}
	for i, v := range args {
		whole, ok := wholeNumber(v)
		if !ok || whole != int64(int32(whole)) {
			return s.failf("%s is no int32", describe(v))
		}
		n[i] = whole
	}
	if n[2] == 0 {
		return s.failf("the step must not be 0")
	}
	if (n[1]-n[0])/n[2] > mostRange {
		return s.failf("more than %d elements", mostRange)
	}
	var out []monary.Value
	for i := n[0]; n[2] > 0 && i < n[1] || n[2] < 0 && i > n[1]; i += n[2] {
		out = append(out, monary.Int32Value(int32(i)))
	}
	return monary.ArrayValue(out...)
}

func reverse(s *scope, v monary.Value) monary.Value {
	list, ok := listIn(s, v)
	if !ok {
		return monary.NullValue
	}
	slices.Reverse(list)
	return monary.ArrayValue(list...)
}

func indexOfArray(s *scope, args []monary.Value) monary.Value {
	list, ok := listIn(s, args[0])
	if !ok {
		return monary.NullValue
	}
	from, to, ok := bounds(s, args[2:], len(list))
	if !ok {
		return monary.NullValue
	}
	if from > to {
		return monary.Int32Value(-1)
	}
	i := indexIn(list[from:to], args[1])
	if i >= 0 {
		i += from
	}
	return monary.Int32Value(int32(i))
}

func zip(s *scope, args []monary.Value) monary.Value {
	inputs, ok := listIn(s, args[0])
	defaults, ok2 := listIn(s, args[2])
	switch {
	case !ok || !ok2:
		return monary.NullValue
	case len(inputs) == 0:
		return s.failf("inputs are empty; want arrays")
	case len(defaults) > 0 && (!isTrue(args[1]) || len(defaults) != len(inputs)):
		return s.failf("defaults are %s; want one for each of the inputs, and useLongestLength", describe(args[2]))
	}
	var columns [][]monary.Value
	longest := 0
	for i, v := range inputs {
		list, ok := listIn(s, v)
		if !ok {
			return monary.NullValue
		}
		columns = append(columns, list)
		if n := len(list); i == 0 || (n > longest) == isTrue(args[1]) {
			longest = n
		}
	}
	rows := make([]monary.Value, longest)
	for i := range rows {
		row := make([]monary.Value, len(columns))
		for j, column := range columns {
			switch {
			case i < len(column):
				row[j] = column[i]
			case j < len(defaults):
				row[j] = defaults[j]
			}
		}
		rows[i] = monary.ArrayValue(row...)
	}
	return monary.ArrayValue(rows...)
}

// someOf takes n elements: the first, or the last, or the first in an order,
// null and missing ones left out.
func someOf(s *scope, args []monary.Value, last bool, order func(a, b monary.Value) int) monary.Value {
	list, ok := listIn(s, args[0])
	n, whole := wholeNumber(args[1])
	switch {
	case args[0].IsNull() && s.err == nil:
		return s.failf("input is %s; want an array", describe(args[0]))
	case !ok:
		return monary.NullValue
	case !whole || n < 1:
		return s.failf("n is %s; want a whole number above 0", describe(args[1]))
	}
	if order != nil {
		list = slices.DeleteFunc(list, monary.Value.IsNull)
		slices.SortStableFunc(list, order)
	}
	n = min(n, int64(len(list)))
	if last {
		return monary.ArrayValue(list[int64(len(list))-n:]...)
	}
	return monary.ArrayValue(list[:n]...)
}

// sortedExpr is $sortArray: an array's elements in order, whole (no keys) or by
// fields of theirs.
type sortedExpr struct {
	input expr
	sign  int
	keys  []sortKey
}

func (p *program) sortArray(arg monary.Value) (expr, error) {
	parts, err := fieldsOf(arg, "input", "sortBy")
	if err != nil {
		return nil, err
	}
	if parts[0].IsMissing() || parts[1].IsMissing() {
		return nil, fmt.Errorf("needs input and sortBy, found %s", describe(arg))
	}
	e := sortedExpr{}
	if e.input, err = p.compile(parts[0]); err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	if parts[1].Type() == bson.TypeEmbeddedDocument {
		if e.keys, err = parseSortKeys(parts[1]); err != nil {
			return nil, fmt.Errorf("sortBy: %w", err)
		}
		return fold(e, []expr{e.input}), nil
	}
	n, whole := wholeNumber(parts[1])
	if !whole || n != 1 && n != -1 {
		return nil, fmt.Errorf("sortBy is %s; want 1, -1 or a document", describe(parts[1]))
	}
	e.sign = int(n)
	return fold(e, []expr{e.input}), nil
}

func (e sortedExpr) eval(s *scope, row int) monary.Value {
	list, ok := listIn(s, e.input.eval(s, row))
	switch {
	case !ok:
		return monary.NullValue
	case e.keys == nil:
		slices.SortStableFunc(list, func(a, b monary.Value) int { return monary.Compare(a, b) * e.sign })
	default:
		slices.SortStableFunc(list, func(a, b monary.Value) int { return compareBy(e.keys, a, b) })
	}
	return monary.ArrayValue(list...)
}

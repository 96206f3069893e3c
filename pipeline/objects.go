package pipeline

import (
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// objects has the functions of documents.
var objects = map[string]function{
	"$mergeObjects":  many(mergeObjects),
	"$objectToArray": one(objectToArray),
	"$arrayToObject": one(arrayToObject),
	"$setField":      {params: []param{{name: "field"}, {name: "input"}, {name: "value"}}, call: setField},
	"$unsetField":    {params: []param{{name: "field"}, {name: "input"}}, call: setField},
}

// mergeObjects puts documents together; the last value of a key wins, in the
// place of the first.
func mergeObjects(s *scope, args []monary.Value) monary.Value {
	var keys []string
	var values []monary.Value
	at := map[string]int{}
	if len(args) == 1 && args[0].Type() == bson.TypeArray {
		args = elements(args[0])
	}
	for _, v := range args {
		switch {
		case v.IsNull():
			continue
		case v.Type() != bson.TypeEmbeddedDocument:
			return s.failf("%s is no document", describe(v))
		}
		for key, value := range v.Elements() {
			i, known := at[key]
			if !known {
				i = len(keys)
				at[key], keys, values = i, append(keys, key), append(values, value)
			}
			values[i] = value
		}
	}
	return monary.DocumentValue(keys, values)
}

func objectToArray(s *scope, v monary.Value) monary.Value {
	if v.IsNull() {
		return monary.NullValue
	}
	if v.Type() != bson.TypeEmbeddedDocument {
		return s.failf("%s is no document", describe(v))
	}
	var out []monary.Value
	for key, value := range v.Elements() {
		out = append(out, monary.DocumentValue([]string{"k", "v"}, []monary.Value{monary.StringValue(key), value}))
	}
	return monary.ArrayValue(out...)
}

// arrayToObject reads pairs: arrays of two, or documents {k, v}.
func arrayToObject(s *scope, v monary.Value) monary.Value {
	list, ok := listIn(s, v)
	if !ok {
		return monary.NullValue
	}
	doc := monary.DocumentValue(nil, nil)
	for _, pair := range list {
		parts := elements(pair)
		switch {
		case pair.Type() != list[0].Type():
			return s.failf("%s and %s are pairs of different forms", describe(list[0]), describe(pair))
		case len(parts) != 2:
			return s.failf("%s is no pair of a key and a value", describe(pair))
		case pair.Type() == bson.TypeEmbeddedDocument:
			parts = []monary.Value{pair.Field("k"), pair.Field("v")}
		}
		key, ok := textOf(parts[0])
		if !ok || parts[1].IsMissing() {
			return s.failf("%s is no pair of a key, which is text, and a value", describe(pair))
		}
		doc = replace(doc, key, func(monary.Value) monary.Value { return parts[1] })
	}
	return doc
}

// getField reads {field, input}; without an input, or with a field alone, it is
// a field of the document.
func (p *program) getField(arg monary.Value) (expr, error) {
	parts := []monary.Value{arg, {}}
	if arg.Type() == bson.TypeEmbeddedDocument && !isOperators(arg) {
		var err error
		if parts, err = fieldsOf(arg, "field", "input"); err != nil {
			return nil, err
		}
	}
	if parts[0].IsMissing() {
		return nil, errors.New("field is missing")
	}
	field, err := p.compile(parts[0])
	if err != nil {
		return nil, fmt.Errorf("field: %w", err)
	}
	name, isConstant := field.(constantExpr)
	key, isText := textOf(name.value)
	switch {
	case isConstant && !isText:
		return nil, fmt.Errorf("field is %s; want text", describe(name.value))
	case parts[1].IsMissing() && isConstant && lastIndex(p.alive, "CURRENT") < 0:
		return p.field(path{key}), nil
	case parts[1].IsMissing():
		parts[1] = monary.StringValue("$$CURRENT")
	}
	input, err := p.compile(parts[1])
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	args := []expr{field, input}
	return fold(&call{name: "$getField", f: function{call: getField}, args: args}, args), nil
}

func getField(s *scope, args []monary.Value) monary.Value {
	key, ok := textOf(args[0])
	if !ok {
		return s.failf("field is %s; want text", describe(args[0]))
	}
	if args[1].IsNull() {
		return args[1]
	}
	return args[1].Field(key)
}

func setField(s *scope, args []monary.Value) monary.Value {
	key, ok := textOf(args[0])
	switch {
	case !ok:
		return s.failf("field is %s; want text", describe(args[0]))
	case args[1].IsNull():
		return monary.NullValue
	case args[1].Type() != bson.TypeEmbeddedDocument:
		return s.failf("input is %s; want a document", describe(args[1]))
	}
	var value monary.Value
	if len(args) == 3 {
		value = args[2]
	}
	return replace(args[1], key, func(monary.Value) monary.Value { return value })
}

// sets has the functions of arrays as sets; what they make is sorted, but for
// $setDifference, which keeps the order of the first.
var sets = map[string]function{
	"$setUnion":        many(func(s *scope, a []monary.Value) monary.Value { return setOf(s, a, union) }),
	"$setIntersection": many(func(s *scope, a []monary.Value) monary.Value { return setOf(s, a, intersection) }),
	"$setDifference":   two(setDifference),
	"$setEquals":       {least: 2, most: -1, call: setEquals},
	"$setIsSubset":     two(isSubset),
	"$allElementsTrue": one(func(s *scope, v monary.Value) monary.Value {
		return quantify(s, v, func(list []monary.Value) bool { return !slices.ContainsFunc(list, isFalse) })
	}),
	"$anyElementTrue": one(func(s *scope, v monary.Value) monary.Value {
		return quantify(s, v, func(list []monary.Value) bool { return slices.ContainsFunc(list, isTrue) })
	}),
}

func isFalse(v monary.Value) bool { return !isTrue(v) }

func quantify(s *scope, v monary.Value, f func([]monary.Value) bool) monary.Value {
	if v.Type() != bson.TypeArray {
		return s.failf("%s is no array", describe(v))
	}
	return monary.BoolValue(f(elements(v)))
}

// distinct is a list sorted, each value once.
func distinct(list []monary.Value) []monary.Value {
	list = slices.Clone(list)
	slices.SortStableFunc(list, monary.Compare)
	return slices.CompactFunc(list, func(a, b monary.Value) bool { return monary.Compare(a, b) == 0 })
}

func setOf(s *scope, args []monary.Value, f func(a, b []monary.Value) []monary.Value) monary.Value {
	var out []monary.Value
	for i, v := range args {
		list, ok := listIn(s, v)
		switch {
		case !ok:
			return monary.NullValue
		case i == 0:
			out = list
		default:
			out = f(out, list)
		}
	}
	return monary.ArrayValue(distinct(out)...)
}

func union(a, b []monary.Value) []monary.Value { return append(a, b...) }

func intersection(a, b []monary.Value) []monary.Value {
	return slices.DeleteFunc(a, func(v monary.Value) bool { return indexIn(b, v) < 0 })
}

func difference(a, b []monary.Value) []monary.Value {
	return slices.DeleteFunc(a, func(v monary.Value) bool { return indexIn(b, v) >= 0 })
}

func setDifference(s *scope, a, b monary.Value) monary.Value {
	first, ok := listIn(s, a)
	second, ok2 := listIn(s, b)
	if !ok || !ok2 {
		return monary.NullValue
	}
	var out []monary.Value
	for _, v := range first {
		if indexIn(second, v) < 0 && indexIn(out, v) < 0 {
			out = append(out, v)
		}
	}
	return monary.ArrayValue(out...)
}

func setEquals(s *scope, args []monary.Value) monary.Value {
	var first []monary.Value
	for i, v := range args {
		if v.Type() != bson.TypeArray {
			return s.failf("%s is no array", describe(v))
		}
		set := distinct(elements(v))
		if i == 0 {
			first = set
		}
		if !slices.EqualFunc(first, set, func(a, b monary.Value) bool { return monary.Compare(a, b) == 0 }) {
			return monary.BoolValue(false)
		}
	}
	return monary.BoolValue(true)
}

func isSubset(s *scope, a, b monary.Value) monary.Value {
	if a.Type() != bson.TypeArray || b.Type() != bson.TypeArray {
		return s.failf("%s and %s are not both arrays", describe(a), describe(b))
	}
	return monary.BoolValue(len(difference(elements(a), elements(b))) == 0)
}

package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// path is a field path: the keys between the dots.
type path []string

func (p path) String() string { return strings.Join(p, ".") }

// parsePath reads a dotted field path.
func parsePath(text string) (path, error) {
	keys := strings.Split(text, ".")
	switch {
	case slices.Contains(keys, ""):
		return nil, fmt.Errorf("field path %q has an empty key", text)
	case slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, "$") }):
		return nil, fmt.Errorf("field path %q has a key that starts with $", text)
	}
	return keys, nil
}

// eval walks a value as an expression does: keys lead into documents, and
// over an array to the array of what its documents hold.
func (p path) eval(v monary.Value) monary.Value {
	if len(p) == 0 {
		return v
	}
	if v.Type() != bson.TypeArray {
		return p[1:].eval(v.Field(p[0]))
	}
	var found []monary.Value
	for _, element := range v.Elements() {
		if element.Type() != bson.TypeEmbeddedDocument {
			continue // arrays in arrays are not entered
		}
		if inner := p.eval(element); !inner.IsMissing() {
			found = append(found, inner)
		}
	}
	return monary.ArrayValue(found...)
}

// any reports whether test holds for a value that the path leads to, by the
// rules of $match: an array stands for itself and, unless it is asked whole, for
// each of its elements; a number among the keys is a position in it.
func (p path) any(v monary.Value, whole bool, test func(monary.Value) bool) bool {
	if len(p) == 0 {
		return test(v) || !whole && v.Type() == bson.TypeArray && anyElement(v, test)
	}
	if v.Type() != bson.TypeArray {
		return p[1:].any(v.Field(p[0]), whole, test)
	}
	return p.anyThrough(v, whole, test)
}

// anyThrough is any for an array on the way. A position at the path's end means
// the element alone, not what is in it.
func (p path) anyThrough(array monary.Value, whole bool, test func(monary.Value) bool) bool {
	for key, element := range array.Elements() {
		document := element.Type() == bson.TypeEmbeddedDocument
		if document && p.any(element, whole, test) {
			return true
		}
		if key != p[0] {
			continue
		}
		switch {
		case len(p) == 1 && test(element):
			return true
		case len(p) > 1 && document && p[1:].any(element, whole, test):
			return true
		case len(p) > 1 && element.Type() == bson.TypeArray && p[1:].anyThrough(element, whole, test):
			return true
		}
	}
	return false
}

func anyElement(array monary.Value, test func(monary.Value) bool) bool {
	for _, element := range array.Elements() {
		if test(element) {
			return true
		}
	}
	return false
}

// setPath puts a value where a path leads to in a document, and makes the
// documents on the way. Over an array it does so in each element; a missing value
// changes nothing.
func setPath(doc monary.Value, p path, v monary.Value) monary.Value {
	if v.IsMissing() {
		return doc
	}
	return replace(doc, p[0], func(old monary.Value) monary.Value {
		if len(p) == 1 {
			return v
		}
		return overArray(old, func(inner monary.Value) monary.Value { return setPath(inner, p[1:], v) })
	})
}

// overArray applies f to a value, or to the elements of an array, at any depth.
func overArray(v monary.Value, f func(monary.Value) monary.Value) monary.Value {
	if v.Type() != bson.TypeArray {
		return f(v)
	}
	var out []monary.Value
	for _, e := range v.Elements() {
		out = append(out, overArray(e, f))
	}
	return monary.ArrayValue(out...)
}

// replace changes one field of a document, in its place, or adds it at the end;
// a missing value leaves it out. What is no document counts as an empty one.
func replace(doc monary.Value, key string, change func(old monary.Value) monary.Value) monary.Value {
	var keys []string
	var values []monary.Value
	done := false
	for k, v := range doc.Elements() {
		if doc.Type() != bson.TypeEmbeddedDocument {
			break
		}
		if k == key && !done {
			v, done = change(v), true
		}
		keys, values = append(keys, k), append(values, v)
	}
	if !done {
		keys, values = append(keys, key), append(values, change(monary.Value{}))
	}
	return monary.DocumentValue(keys, values)
}

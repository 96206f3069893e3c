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

// bind finds the path's column in a table: the column of its first key, whose
// values are then walked along the rest, or one that is called like the whole
// path.
func (p path) bind(t *monary.Table) (column *monary.Series, rest path, err error) {
	if s, ok := t.Lookup(monary.EscapeKey(p[0])); ok {
		return s, p[1:], nil
	}
	if s, ok := t.Lookup(p.String()); ok {
		return s, nil, nil
	}
	return nil, nil, fmt.Errorf("no field %q; there are %s", p, strings.Join(t.ColumnNames(), ", "))
}

// values returns the path's value of every row, by the rules of expressions.
func (p path) values(t *monary.Table) (func(row int) monary.Value, error) {
	column, rest, err := p.bind(t)
	if err != nil {
		return nil, err
	}
	if len(rest) == 0 {
		return column.Value, nil
	}
	return func(row int) monary.Value { return rest.eval(column.Value(row)) }, nil
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
	found := bson.A{}
	for _, element := range v.Elements() {
		if element.Type() != bson.TypeEmbeddedDocument {
			continue // arrays in arrays are not entered
		}
		if inner := p.eval(element); !inner.IsMissing() {
			found = append(found, inner.Raw())
		}
	}
	array, err := valueOf(found)
	if err != nil {
		panic(err) // found holds BSON that was checked when it was read
	}
	return array
}

// any reports whether test holds for a value that the path leads to, by the
// rules of $match: an array stands for itself and for each of its elements,
// and a number among the keys is a position in it.
func (p path) any(v monary.Value, test func(monary.Value) bool) bool {
	if len(p) == 0 {
		return test(v) || v.Type() == bson.TypeArray && anyElement(v, test)
	}
	if v.Type() != bson.TypeArray {
		return p[1:].any(v.Field(p[0]), test)
	}
	return p.anyThrough(v, test)
}

// anyThrough is any for an array on the way. A position at the path's end means
// the element alone, not what is in it.
func (p path) anyThrough(array monary.Value, test func(monary.Value) bool) bool {
	for key, element := range array.Elements() {
		document := element.Type() == bson.TypeEmbeddedDocument
		if document && p.any(element, test) {
			return true
		}
		if key != p[0] {
			continue
		}
		switch {
		case len(p) == 1 && test(element):
			return true
		case len(p) > 1 && document && p[1:].any(element, test):
			return true
		case len(p) > 1 && element.Type() == bson.TypeArray && p[1:].anyThrough(element, test):
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

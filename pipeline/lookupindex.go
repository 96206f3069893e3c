package pipeline

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// foreignIndex is the other source's documents, by the keys of the field's values.
type foreignIndex struct {
	docs []monary.Value
	rows map[string][]int
}

// index reads the other source.
func (l *lookup) index(e *env) (*foreignIndex, error) {
	c, err := e.sources.collection(l.from)
	if err != nil {
		return nil, err
	}
	x := &foreignIndex{rows: map[string][]int{}}
	for doc, err := range c.documents(e.ctx) {
		if err != nil {
			return nil, fmt.Errorf("from %q: %w", l.from, err)
		}
		row := len(x.docs)
		if x.docs = append(x.docs, doc); l.foreign == nil {
			continue
		}
		seen := false
		l.foreign.any(doc, false, func(v monary.Value) bool {
			seen = true
			x.add(v, row)
			return false
		})
		if !seen { // an array on the way holds no document
			x.add(monary.NullValue, row)
		}
	}
	return x, nil
}

func (x *foreignIndex) add(v monary.Value, row int) {
	key := string(keyOf(v))
	if rows := x.rows[key]; len(rows) == 0 || rows[len(rows)-1] != row {
		x.rows[key] = append(rows, row)
	}
}

// keyOf is a value's key; missing and null are one.
func keyOf(v monary.Value) []byte {
	if v.IsNull() {
		v = monary.NullValue
	}
	return v.AppendKey(nil)
}

// leaves are the values that a local path leads to: each element of an array, in
// which a number among the keys is a position. Where there are none, null is one.
func leaves(v monary.Value, p path) []monary.Value {
	all := appendLeaves(nil, v, p)
	if len(all) == 0 {
		return []monary.Value{monary.NullValue}
	}
	return all
}

func appendLeaves(all []monary.Value, v monary.Value, p path) []monary.Value {
	switch {
	case v.Type() == bson.TypeArray:
		for key, e := range v.Elements() {
			switch {
			case len(p) == 0:
				all = append(all, e)
			case key == p[0]:
				all = appendLeaves(all, e, p[1:])
			case e.Type() == bson.TypeEmbeddedDocument:
				all = appendLeaves(all, e, p)
			}
		}
		return all
	case v.IsMissing():
		return all
	case len(p) == 0:
		return append(all, v)
	}
	return appendLeaves(all, v.Field(p[0]), p[1:])
}

// matches are the documents that have one of the values, in their order.
func (x *foreignIndex) matches(values []monary.Value) []monary.Value {
	var rows []int
	for _, v := range values {
		rows = mergeRows(rows, x.rows[string(keyOf(v))])
	}
	docs := make([]monary.Value, len(rows))
	for i, row := range rows {
		docs[i] = x.docs[row]
	}
	return docs
}

// mergeRows merges two rising lists.
func mergeRows(a, b []int) []int {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	out := make([]int, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		next := min(a[0], b[0])
		out = append(out, next)
		for len(a) > 0 && a[0] == next {
			a = a[1:]
		}
		for len(b) > 0 && b[0] == next {
			b = b[1:]
		}
	}
	return append(append(out, a...), b...)
}

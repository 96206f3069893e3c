package pipeline

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// order sorts all rows by one or more keys. Equal rows keep their order.
type order struct{ keys []sortKey }

var _ stage = (*order)(nil)

type sortKey struct {
	field path
	sign  int // 1 ascending, -1 descending
}

func parseSort(spec monary.Value) (stage, error) {
	o := &order{}
	if spec.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("want a document {field: 1 or -1}, found %s", describe(spec))
	}
	for key, value := range spec.Elements() {
		field, err := parsePath(key)
		if err != nil {
			return nil, err
		}
		up := monary.Compare(value, monary.Int32Value(1)) == 0
		if down := monary.Compare(value, monary.Int32Value(-1)) == 0; !up && !down {
			return nil, fmt.Errorf("field %q: want 1 or -1, found %s", key, describe(value))
		}
		sign := -1
		if up {
			sign = 1
		}
		o.keys = append(o.keys, sortKey{field: field, sign: sign})
	}
	if len(o.keys) == 0 {
		return nil, fmt.Errorf("no field to sort by")
	}
	return o, nil
}

func (o *order) reads() []path {
	paths := make([]path, len(o.keys))
	for i, k := range o.keys {
		paths[i] = k.field
	}
	return paths
}

func (o *order) closes() bool { return false }

func (o *order) run(in tables) tables {
	return func(yield func(*monary.Table, error) bool) {
		t, err := collect(in)
		if t == nil && err == nil {
			return
		}
		if err == nil {
			t, err = o.sort(t)
		}
		yield(t, err)
	}
}

func (o *order) sort(t *monary.Table) (*monary.Table, error) {
	columns := make([][]monary.Value, len(o.keys))
	arrays := make([]path, t.NumRows()) // the key that met an array in each row
	for i, k := range o.keys {
		column, rest, err := k.field.bind(t)
		if err != nil {
			return nil, err
		}
		columns[i] = make([]monary.Value, t.NumRows())
		for row := range columns[i] {
			v := column.Value(row)
			columns[i][row] = rest.sortValue(v, k.sign)
			if !rest.meetsArray(v) {
				continue
			}
			if arrays[row] != nil {
				return nil, fmt.Errorf("fields %q and %q are both arrays in one document; it cannot be sorted by both", arrays[row], k.field)
			}
			arrays[row] = k.field
		}
	}
	rows := make([]int, t.NumRows())
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int {
		for i, k := range o.keys {
			if c := monary.Compare(columns[i][a], columns[i][b]); c != 0 {
				return c * k.sign
			}
		}
		return 0
	})
	return t.Take(rows), nil
}

// sortValue is what a value sorts as: the least of its keys, or the greatest in
// descending order.
func (p path) sortValue(v monary.Value, sign int) monary.Value {
	best, found := monary.Value{}, false
	p.sortKeys(v, func(key monary.Value) {
		if !found || monary.Compare(key, best)*sign < 0 {
			best, found = key, true
		}
	})
	return best
}

// sortKeys yields what a value may sort as: null for a missing one, for an array
// each of its elements (arrays among them whole), for an empty array something
// that comes before null.
func (p path) sortKeys(v monary.Value, yield func(monary.Value)) {
	switch {
	case v.Type() == bson.TypeArray:
		p.elementKeys(v, yield)
	case len(p) > 0:
		p[1:].sortKeys(v.Field(p[0]), yield)
	case v.IsMissing():
		yield(monary.NullValue)
	default:
		yield(v)
	}
}

func (p path) elementKeys(array monary.Value, yield func(monary.Value)) {
	empty := true
	if element, ok := p.position(array); ok {
		p[1:].sortKeys(element, yield)
		return
	}
	for _, element := range array.Elements() {
		empty = false
		switch {
		case len(p) == 0:
			yield(element)
		case element.Type() == bson.TypeEmbeddedDocument:
			p[1:].sortKeys(element.Field(p[0]), yield)
		default:
			yield(monary.NullValue)
		}
	}
	switch {
	case empty && len(p) == 0:
		yield(monary.Value{})
	case empty:
		yield(monary.NullValue)
	}
}

// position is the element that the path's first key counts out in an array.
func (p path) position(array monary.Value) (element monary.Value, ok bool) {
	if len(p) == 0 {
		return monary.Value{}, false
	}
	for key, element := range array.Elements() {
		if key == p[0] {
			return element, true
		}
	}
	return monary.Value{}, false
}

// meetsArray reports whether the path leads to an array or through one.
func (p path) meetsArray(v monary.Value) bool {
	return v.Type() == bson.TypeArray || len(p) > 0 && p[1:].meetsArray(v.Field(p[0]))
}

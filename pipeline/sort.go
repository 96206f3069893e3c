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
	for i, k := range o.keys {
		column, rest, err := k.field.bind(t)
		if err != nil {
			return nil, err
		}
		columns[i] = make([]monary.Value, t.NumRows())
		for row := range columns[i] {
			columns[i][row] = rest.sortValue(column.Value(row), k.sign)
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

// sortValue is what a value sorts as: null for a missing one; of an array the
// least element, or the greatest in descending order; an empty array comes
// before null.
func (p path) sortValue(v monary.Value, sign int) monary.Value {
	if len(p) == 0 && v.Type() != bson.TypeArray {
		if v.IsMissing() {
			return monary.NullValue
		}
		return v
	}
	best, found := monary.Value{}, false
	p.any(v, func(candidate monary.Value) bool {
		if candidate.Type() == bson.TypeArray {
			return false // its elements come next
		}
		if candidate.IsMissing() {
			candidate = monary.NullValue
		}
		if !found || monary.Compare(candidate, best)*sign < 0 {
			best, found = candidate, true
		}
		return false
	})
	return best
}

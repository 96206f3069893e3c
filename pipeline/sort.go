package pipeline

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// order sorts all rows by one or more keys. Equal rows keep their order.
type order struct {
	keys []sortKey
	top  int // only so many are wanted, as a $limit follows; 0 if all are
}

var _ stage = (*order)(nil)

type sortKey struct {
	field path
	sign  int // 1 ascending, -1 descending
}

func parseSort(spec monary.Value) (stage, error) {
	keys, err := parseSortKeys(spec)
	if err != nil {
		return nil, err
	}
	return &order{keys: keys}, nil
}

// parseSortKeys reads {field: 1 or -1, …}.
func parseSortKeys(spec monary.Value) (keys []sortKey, err error) {
	if spec.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("want a document {field: 1 or -1}, found %s", describe(spec))
	}
	for key, value := range spec.Elements() {
		field, err := parsePath(key)
		if err != nil {
			return nil, err
		}
		n, ok := wholeNumber(value)
		if !ok || n != 1 && n != -1 {
			return nil, fmt.Errorf("field %q: want 1 or -1, found %s", key, describe(value))
		}
		keys = append(keys, sortKey{field: field, sign: int(n)})
	}
	if len(keys) == 0 {
		return nil, errors.New("no field to sort by")
	}
	return keys, nil
}

// compareBy orders two values, documents as a rule.
func compareBy(keys []sortKey, a, b monary.Value) int {
	for _, k := range keys {
		if c := monary.Compare(k.field.sortValue(a, k.sign), k.field.sortValue(b, k.sign)); c != 0 {
			return c * k.sign
		}
	}
	return 0
}

func (o *order) needs(n *needs) *needs {
	for _, k := range o.keys {
		n.add(k.field[0])
	}
	return n
}

func (o *order) passes() bool { return true }

func (o *order) run(e *env, in batches) batches {
	return spilling(e, func(disk *spill, yield func(*batch) error) error {
		s := &sorter{order: o, disk: disk}
		if o.top > 0 {
			in = o.first(e.limits, in)
		}
		if err := s.addAll(in); err != nil {
			return err
		}
		return s.sorted(yield)
	})
}

// first leaves out most rows that are not among the first ones: each time that there are many more
// than those, it sorts and goes on with the first. If even these are too large, all go through.
func (o *order) first(l limits, in batches) batches {
	return func(yield func(*batch, error) bool) {
		f := firstRows{order: o, limits: l}
		for b, err := range in {
			if err == nil && !f.through {
				err = f.add(b)
			}
			switch {
			case err != nil:
				yield(nil, err)
				return
			case !f.through:
				continue
			case f.kept != nil:
				b, err = join(f.kept)
				f.kept = nil
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
		if b, err := join(f.kept); b != nil || err != nil {
			yield(b, err)
		}
	}
}

// firstRows are the first rows so far, and some more.
type firstRows struct {
	order   *order
	limits  limits
	kept    []*batch
	rows    int
	bytes   int64
	through bool // they are too many to be kept
}

func (f *firstRows) add(b *batch) error {
	f.kept, f.rows, f.bytes = append(f.kept, b), f.rows+b.len(), f.bytes+b.size()
	full := f.limits.exceeded(f.bytes) || f.limits.spills(f.bytes)
	if f.rows < 2*f.order.top+defaultRows && !full {
		return nil
	}
	all, err := join(f.kept)
	if err != nil {
		return err
	}
	if f.rows > f.order.top {
		if all, err = f.order.sort(all); err != nil {
			return err
		}
		all = all.slice(0, f.order.top).compact()
	}
	f.kept, f.rows, f.bytes = append(f.kept[:0], all), all.len(), all.size()
	if f.limits.exceeded(f.bytes) && !f.limits.disk {
		return f.limits.errorOf(f.bytes)
	}
	f.through = full && f.limits.spills(2*f.bytes) // they would be sorted again and again
	return nil
}

func (o *order) sort(b *batch) (*batch, error) {
	if rows, ok := o.sortTyped(b); ok {
		return b.pick(rows), nil
	}
	columns, err := o.keyColumns(b)
	if err != nil {
		return nil, err
	}
	order := make([]int, b.len())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int {
		for i, k := range o.keys {
			if c := monary.Compare(columns[i][x], columns[i][y]); c != 0 {
				return c * k.sign
			}
		}
		return x - y
	})
	for i, k := range order {
		order[i] = b.row(k)
	}
	return b.pick(order), nil
}

// keyColumns has for each key what the rows sort by. A document in which two
// keys meet different arrays is refused. Keys that have been found already stay.
func (o *order) keyColumns(b *batch) ([][]monary.Value, error) {
	if b.keys != nil {
		return keysInOrder(b), nil
	}
	columns, rests := make([]column, len(o.keys)), make([]path, len(o.keys))
	keys := make([][]monary.Value, len(o.keys))
	arrays := make([]int, b.len()) // how many keys meet an array in each row
	for i, k := range o.keys {
		var err error
		if columns[i], rests[i], err = b.field(k.field); err != nil {
			return nil, err
		}
		keys[i] = make([]monary.Value, b.len())
		for n := range keys[i] {
			v := columns[i].Value(b.row(n))
			keys[i][n] = rests[i].sortValue(v, k.sign)
			if rests[i].meetsArray(v) {
				arrays[n]++
			}
		}
	}
	for n, met := range arrays {
		if met < 2 {
			continue
		}
		nodes := make([]sortNode, len(o.keys))
		for i := range nodes {
			nodes[i] = sortNode{value: columns[i].Value(b.row(n)), rest: rests[i]}
		}
		together, err := o.together(nodes)
		if err != nil {
			return nil, err
		}
		for i, v := range together {
			keys[i][n] = v
		}
	}
	return keys, nil
}

// keysInOrder are the keys of the rows that are there.
func keysInOrder(b *batch) [][]monary.Value {
	var columns [][]monary.Value
	for _, key := range b.takenKeys() {
		columns = append(columns, key)
	}
	return columns
}

// keyed is how rows are sorted by keys that have been found.
func keyed(signs ...int) *order {
	o := &order{}
	for _, sign := range signs {
		o.keys = append(o.keys, sortKey{sign: sign})
	}
	return o
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

// topped tells each $sort how many rows a $limit behind it wants, skipped ones included.
func topped(stages []stage) {
	for i, s := range stages {
		o, ok := unnamed(s).(*order)
		if !ok {
			continue
		}
		skipped := int64(0)
		for _, next := range stages[i+1:] {
			switch next := unnamed(next).(type) {
			case *skip:
				skipped += next.n
				continue
			case *limit:
				if n := skipped + next.n; n > 0 && n < math.MaxInt32 {
					o.top = int(n)
				}
			}
			break
		}
	}
}

// unnamed is the stage without its name.
func unnamed(s stage) stage {
	if n, ok := s.(named); ok {
		return n.stage
	}
	return s
}

package pipeline

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// lookup adds to each document an array of those of another source whose field
// has a value of its own one: a left outer join.
type lookup struct {
	from           string
	local, foreign path
	as             path
}

var _ stage = (*lookup)(nil)

func parseLookup(spec monary.Value) (stage, error) {
	for _, name := range []string{"let", "pipeline"} {
		if !spec.Field(name).IsMissing() {
			return nil, fmt.Errorf("argument %q does not run here; from, localField, foreignField and as do", name)
		}
	}
	names := []string{"from", "localField", "foreignField", "as"}
	parts, err := fieldsOf(spec, names...)
	if err != nil {
		return nil, err
	}
	var texts [4]string
	for i, v := range parts {
		text, ok := textOf(v)
		if !ok || text == "" {
			return nil, fmt.Errorf("%s is %s; want text", names[i], describe(v))
		}
		texts[i] = text
	}
	l := &lookup{from: texts[0]}
	for i, p := range []*path{&l.local, &l.foreign, &l.as} {
		if *p, err = parsePath(texts[i+1]); err != nil {
			return nil, fmt.Errorf("%s: %w", names[i+1], err)
		}
	}
	return l, nil
}

func (l *lookup) check(sources Sources) error {
	_, err := sources.collection(l.from)
	return err
}

func (l *lookup) needs(n *needs) *needs {
	in := &needs{all: n.all, keys: append([]string(nil), n.keys...)}
	if len(l.as) == 1 {
		in = in.without(l.as[0])
	}
	in.add(l.local[0])
	return in
}

func (l *lookup) passes() bool { return false }

func (l *lookup) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		index, err := l.index(e)
		if err != nil {
			yield(nil, err)
			return
		}
		each(in, func(b *batch) (*batch, error) { return l.join(index, b) })(yield)
	}
}

// foreign is the other source's documents, by the keys of the field's values.
type foreignIndex struct {
	docs []monary.Value
	rows map[string][]int
}

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
		x.docs = append(x.docs, doc)
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

func (l *lookup) join(x *foreignIndex, b *batch) (*batch, error) {
	column, rest, err := b.field(l.local)
	if err != nil {
		return nil, err
	}
	found := make(cells, b.rows)
	for i := range b.len() {
		row := b.row(i)
		found[row] = x.matches(leaves(column.Value(row), rest))
	}
	if b.isDocuments() {
		docs := make([]monary.Value, b.rows)
		for i := range b.len() {
			row := b.row(i)
			docs[row] = setPath(b.docs[row], l.as, found[row])
		}
		out := documents(docs)
		out.picked = b.picked
		return out, nil
	}
	name := monary.EscapeKey(l.as[0])
	if at, known := indexOfName(b.names, name); len(l.as) > 1 {
		for i := range b.len() {
			row := b.row(i)
			old := monary.DocumentValue(nil, nil)
			if known && !b.columns[at].Value(row).IsNull() {
				old = b.columns[at].Value(row)
			}
			found[row] = setPath(old, l.as[1:], found[row])
		}
	}
	return b.with(name, found), nil
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
func (x *foreignIndex) matches(values []monary.Value) monary.Value {
	var rows []int
	for _, v := range values {
		rows = mergeRows(rows, x.rows[string(keyOf(v))])
	}
	docs := make([]monary.Value, len(rows))
	for i, row := range rows {
		docs[i] = x.docs[row]
	}
	return monary.ArrayValue(docs...)
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

package pipeline

import (
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// unwind makes a row of each element of an array. A value that is no array is
// one element; null, missing and empty ones give no row unless they are kept.
type unwind struct {
	field path
	index string // the field for the element's number; empty if none is wanted
	keep  bool
}

var _ stage = (*unwind)(nil)

func parseUnwind(spec monary.Value) (stage, error) {
	if spec.Type() == bson.TypeString {
		spec = monary.DocumentValue([]string{"path"}, []monary.Value{spec})
	}
	parts, err := fieldsOf(spec, "path", "includeArrayIndex", "preserveNullAndEmptyArrays")
	if err != nil {
		return nil, err
	}
	text, ok := textOf(parts[0])
	if !ok || !strings.HasPrefix(text, "$") {
		return nil, fmt.Errorf("the path is %s; want a field, such as \"$tags\"", describe(parts[0]))
	}
	u := &unwind{}
	if u.field, err = parsePath(text[1:]); err != nil {
		return nil, err
	}
	if !parts[1].IsMissing() {
		u.index, ok = textOf(parts[1])
		if !ok || u.index == "" || strings.HasPrefix(u.index, "$") {
			return nil, fmt.Errorf("includeArrayIndex is %s; want the name of a field", describe(parts[1]))
		}
		if _, err := parsePath(u.index); err != nil {
			return nil, err
		}
	}
	if t := parts[2].Type(); t != 0 && t != bson.TypeBoolean {
		return nil, fmt.Errorf("preserveNullAndEmptyArrays is %s; want true or false", describe(parts[2]))
	}
	u.keep = isTrue(parts[2])
	return u, nil
}

func (u *unwind) needs(n *needs) *needs {
	in := &needs{all: n.all, keys: append([]string(nil), n.keys...)}
	if u.index != "" && !strings.Contains(u.index, ".") {
		in = in.without(u.index)
	}
	in.add(u.field[0])
	return in
}

func (u *unwind) passes() bool { return false }

func (u *unwind) run(_ *env, in batches) batches { return each(in, u.spread) }

// row is a row of the output: an element, and where it is from.
type unwound struct {
	from  int
	value monary.Value
	index monary.Value
}

func (u *unwind) spread(b *batch) (*batch, error) {
	column, rest, err := b.field(u.field)
	if err != nil {
		return nil, err
	}
	var out []unwound
	for i := range b.len() {
		row := b.row(i)
		out = u.elements(out, row, follow(column.Value(row), rest))
	}
	if b.isDocuments() {
		return u.documents(b, out), nil
	}
	return u.columns(b, out, len(rest) > 0)
}

// follow leads along keys into documents only.
func follow(v monary.Value, p path) monary.Value {
	for _, key := range p {
		v = v.Field(key)
	}
	return v
}

func (u *unwind) elements(out []unwound, row int, v monary.Value) []unwound {
	if v.Type() != bson.TypeArray {
		if !v.IsNull() || u.keep {
			out = append(out, unwound{row, v, monary.NullValue})
		}
		return out
	}
	n := int64(0)
	for _, e := range v.Elements() {
		out = append(out, unwound{row, e, monary.Int64Value(n)})
		n++
	}
	if n == 0 && u.keep {
		out = append(out, unwound{row, monary.Value{}, monary.NullValue})
	}
	return out
}

func (u *unwind) documents(b *batch, rows []unwound) *batch {
	docs := make([]monary.Value, len(rows))
	for i, r := range rows {
		docs[i] = putPath(b.docs[r.from], u.field, r.value)
		if u.index != "" {
			docs[i] = putPath(docs[i], strings.Split(u.index, "."), r.index)
		}
	}
	return documents(docs)
}

// putPath sets what a path of documents leads to, or takes it away if v is
// missing.
func putPath(doc monary.Value, p path, v monary.Value) monary.Value {
	if v.IsMissing() && doc.Field(p[0]).IsMissing() {
		return doc
	}
	return replace(doc, p[0], func(old monary.Value) monary.Value {
		if len(p) == 1 {
			return v
		}
		return putPath(old, p[1:], v)
	})
}

func (u *unwind) columns(b *batch, rows []unwound, nested bool) (*batch, error) {
	from := make([]int, len(rows))
	values, indexes := make(cells, len(rows)), make(cells, len(rows))
	for i, r := range rows {
		from[i], values[i], indexes[i] = r.from, r.value, r.index
	}
	out := &batch{rows: len(rows), names: b.names, closed: b.closed}
	for i := range b.columns {
		out.columns = append(out.columns, b.taken(i, from))
	}
	name := monary.EscapeKey(u.field[0])
	if nested {
		c, _, err := out.field(u.field)
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			values[i] = putPath(c.Value(i), u.field[1:], v)
		}
	} else if _, known := indexOfName(out.names, name); !known {
		name = u.field.String()
	}
	out = out.with(name, values)
	if u.index == "" {
		return out, nil
	}
	keys := strings.Split(u.index, ".")
	if len(keys) == 1 {
		return out.with(monary.EscapeKey(u.index), indexes), nil
	}
	at, _ := indexOfName(out.names, monary.EscapeKey(keys[0]))
	for i, v := range indexes {
		old := monary.Value{}
		if at >= 0 {
			old = out.columns[at].Value(i)
		}
		indexes[i] = putPath(old, keys[1:], v)
	}
	return out.with(monary.EscapeKey(keys[0]), indexes), nil
}

package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// shape says what becomes of a document's fields: a tree by the keys of paths.
// A node keeps or drops its field, computes it, or has nodes for what is inside.
type shape struct {
	key      string
	keep     bool
	drop     bool
	of       expr
	children []*shape
}

// child finds or makes the node of a key.
func (n *shape) child(key string) *shape {
	for _, c := range n.children {
		if c.key == key {
			return c
		}
	}
	c := &shape{key: key}
	n.children = append(n.children, c)
	return c
}

func (n *shape) isLeaf() bool { return n.keep || n.drop || n.of != nil }

// find goes to the node of a path, which nothing else may have set.
func (n *shape) find(p path) (*shape, error) {
	for _, key := range p {
		if n.isLeaf() {
			return nil, fmt.Errorf("path %q collides with one that it goes through", p)
		}
		n = n.child(key)
	}
	if n.isLeaf() || len(n.children) > 0 {
		return nil, fmt.Errorf("path %q collides with another", p)
	}
	return n, nil
}

// computes reports whether something at or below the node is computed.
func (n *shape) computes() bool {
	return n.of != nil || slices.ContainsFunc(n.children, (*shape).computes)
}

// shaping is what a shape is applied with: inclusion leaves out what no node
// names.
type shaping struct {
	include bool
	scope   *scope
	row     int
}

// apply gives a field's new value. What is computed is set in each document of
// an array.
func (a shaping) apply(n *shape, v monary.Value) monary.Value {
	switch {
	case n.of != nil:
		return n.of.eval(a.scope, a.row)
	case n.keep:
		return v
	case n.drop:
		return monary.Value{}
	case v.Type() == bson.TypeArray:
		var out []monary.Value
		for _, e := range v.Elements() {
			if e = a.apply(n, e); !e.IsMissing() {
				out = append(out, e)
			}
		}
		return monary.ArrayValue(out...)
	case v.Type() == bson.TypeEmbeddedDocument:
		return a.document(n, v)
	case n.computes():
		return a.document(n, monary.DocumentValue(nil, nil))
	case a.include:
		return monary.Value{}
	}
	return v
}

// document applies a node's children to a document: fields keep their order,
// new ones come behind.
func (a shaping) document(n *shape, doc monary.Value) monary.Value {
	keys, values := make([]string, 0, len(n.children)), make([]monary.Value, 0, len(n.children))
	done := make([]bool, len(n.children))
	for key, v := range doc.Elements() {
		i := slices.IndexFunc(n.children, func(c *shape) bool { return c.key == key })
		switch {
		case i < 0 && a.include:
			continue
		case i >= 0 && (a.include && n.children[i].of != nil || done[i]):
			continue // it is new, and comes behind
		case i >= 0:
			done[i] = true
			v = a.apply(n.children[i], v)
		}
		keys, values = append(keys, key), append(values, v)
	}
	for i, c := range n.children {
		if !done[i] && c.computes() {
			keys, values = append(keys, c.key), append(values, a.apply(c, monary.Value{}))
		}
	}
	return monary.DocumentValue(keys, values)
}

// shaper is $project, $addFields and $unset.
type shaper struct {
	program *program
	root    *shape
	include bool
}

var _ stage = (*shaper)(nil)

func newShaper(vars outer) *shaper { return &shaper{program: vars.program(), root: &shape{}} }

func parseAddFields(spec monary.Value, vars outer) (stage, error) {
	if spec.Type() != bson.TypeEmbeddedDocument || len(elements(spec)) == 0 {
		return nil, fmt.Errorf("want a document {field: expression, …} that is not empty, found %s", describe(spec))
	}
	s := newShaper(vars)
	for key, value := range spec.Elements() {
		if err := s.add(nil, key, value); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add reads a field that is computed; a document is more fields inside.
func (s *shaper) add(in path, key string, value monary.Value) error {
	keys, err := parsePath(key)
	if err != nil {
		return err
	}
	p := append(slices.Clone(in), keys...)
	if value.Type() == bson.TypeEmbeddedDocument && !isOperators(value) && len(elements(value)) > 0 {
		for k, v := range value.Elements() {
			if err := s.add(p, k, v); err != nil {
				return err
			}
		}
		return nil
	}
	return s.compute(p, value)
}

func (s *shaper) compute(p path, value monary.Value) error {
	n, err := s.root.find(p)
	if err != nil {
		return err
	}
	if n.of, err = s.program.compile(value); err != nil {
		return fmt.Errorf("field %q: %w", p, err)
	}
	return nil
}

func parseUnset(spec monary.Value) (stage, error) {
	list := []monary.Value{spec}
	if spec.Type() == bson.TypeArray {
		list = elements(spec)
	}
	s := newShaper(nil)
	for _, v := range list {
		text, ok := textOf(v)
		if !ok {
			return nil, fmt.Errorf("want a field or an array of fields, found %s", describe(spec))
		}
		if err := s.set(text, false); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no field to leave out")
	}
	return s, nil
}

// set keeps or drops a field.
func (s *shaper) set(text string, keep bool) error {
	p, err := parsePath(text)
	if err != nil {
		return err
	}
	n, err := s.root.find(p)
	if err != nil {
		return err
	}
	n.keep, n.drop = keep, !keep
	return nil
}

func parseProject(spec monary.Value, vars outer) (stage, error) {
	if spec.Type() != bson.TypeEmbeddedDocument || len(elements(spec)) == 0 {
		return nil, fmt.Errorf("want a document {field: 1, 0 or expression, …} that is not empty, found %s", describe(spec))
	}
	s := newShaper(vars)
	r := projectReader{shaper: s}
	if err := r.fields(nil, spec); err != nil {
		return nil, err
	}
	s.include = r.kept || s.root.computes() || r.id == idKept && !r.dropped
	switch {
	case s.include && r.dropped:
		return nil, errors.New("fields are both included and excluded; only _id may be excluded where others are included")
	case r.id == idUnsaid && s.include:
		s.root.children = append([]*shape{{key: "_id", keep: true}}, s.root.children...)
	case r.id == idDropped && !s.include:
		s.root.child("_id").drop = true
	case r.id == idKept && s.include:
		s.root.children = append([]*shape{{key: "_id", keep: true}}, s.root.children...)
	}
	return s, nil
}

// projectReader reads the fields of $project.
type projectReader struct {
	*shaper
	kept, dropped bool
	id            int // what is said of _id
}

const (
	idUnsaid = iota
	idKept
	idDropped
	idParts // its fields, or what it is computed from
)

func (r *projectReader) fields(in path, spec monary.Value) error {
	for key, value := range spec.Elements() {
		keys, err := parsePath(key)
		if err != nil {
			return err
		}
		if err := r.field(append(slices.Clone(in), keys...), value); err != nil {
			return err
		}
	}
	return nil
}

func (r *projectReader) field(p path, value monary.Value) error {
	isID := len(p) == 1 && p[0] == "_id"
	flag := value.IsNumber() || value.Type() == bson.TypeBoolean
	switch {
	case flag && isID && isTrue(value):
		r.id = idKept
		return nil
	case flag && isID:
		r.id = idDropped
		return nil
	case flag:
		if p[0] == "_id" {
			r.id = idParts
		}
		r.kept, r.dropped = r.kept || isTrue(value), r.dropped || !isTrue(value)
		n, err := r.root.find(p)
		if err == nil {
			n.keep, n.drop = isTrue(value), !isTrue(value)
		}
		return err
	}
	if p[0] == "_id" {
		r.id = idParts
	}
	if value.Type() == bson.TypeEmbeddedDocument && !isOperators(value) {
		if len(elements(value)) == 0 {
			return fmt.Errorf("field %q: an empty document says nothing", p)
		}
		return r.fields(p, value)
	}
	return r.compute(p, value)
}

func (s *shaper) needs(n *needs) *needs {
	if s.include {
		in := &needs{all: n.all}
		for _, c := range s.root.children {
			if c.of == nil {
				in.add(c.key)
			}
		}
		return s.program.needs(in)
	}
	for _, c := range s.root.children {
		switch {
		case c.of != nil || c.drop:
			n = n.without(c.key)
		case !n.all && !slices.Contains(n.keys, c.key):
		default:
			n.add(c.key)
		}
	}
	return s.program.needs(&needs{all: n.all, keys: slices.Clone(n.keys)})
}

func (s *shaper) passes() bool { return false }

func (s *shaper) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		sc := s.program.start(e)
		each(in, func(b *batch) (*batch, error) {
			if err := sc.bind(b); err != nil {
				return nil, err
			}
			out, err := s.shape(sc, b)
			return out, errors.Join(err, sc.err)
		})(yield)
	}
}

func (s *shaper) shape(sc *scope, b *batch) (*batch, error) {
	if !b.isDocuments() {
		return s.columns(sc, b)
	}
	docs := make([]monary.Value, b.rows)
	for i := range b.len() {
		row := b.row(i)
		docs[row] = shaping{s.include, sc, row}.document(s.root, b.docs[row])
	}
	out := documents(docs)
	out.picked = b.picked
	return out, nil
}

// columns applies the shape column by column.
func (s *shaper) columns(sc *scope, b *batch) (*batch, error) {
	if i := slices.IndexFunc(b.names, func(name string) bool { return len(keysOf(name)) > 1 }); i >= 0 && !b.closed {
		return nil, fmt.Errorf("column %q is inside a document", b.names[i]) // sources give whole fields to stages that change them
	}
	out := &batch{rows: b.rows, closed: b.closed, picked: b.picked}
	if !s.include {
		out.names, out.columns = slices.Clone(b.names), slices.Clone(b.columns)
	} else if err := s.keepColumns(sc, b, out); err != nil {
		return nil, err
	}
	for _, c := range s.root.children {
		name := monary.EscapeKey(c.key)
		switch i := slices.Index(out.names, name); {
		case c.drop && i >= 0:
			out.names, out.columns = slices.Delete(out.names, i, i+1), slices.Delete(out.columns, i, i+1)
		case c.keep || c.drop || s.include && c.of == nil:
		case c.of == nil && i < 0 && !c.computes():
		default:
			old := column(constant{})
			if i >= 0 {
				old = out.columns[i]
			}
			out = out.with(name, s.column(sc, c, b, old))
		}
	}
	return out, nil
}

// keepColumns takes what is included over, in the order of the columns, then
// what is computed inside documents that are not there.
func (s *shaper) keepColumns(sc *scope, b, out *batch) error {
	for i, name := range b.names {
		keys := keysOf(name)
		n := slices.IndexFunc(s.root.children, func(c *shape) bool { return c.key == keys[0] || c.key == name })
		if n < 0 || s.root.children[n].of != nil {
			continue
		}
		c := b.columns[i]
		if node := s.root.children[n]; !node.keep {
			c = s.column(sc, node, b, c)
		}
		out.names, out.columns = append(out.names, name), append(out.columns, c)
	}
	for _, c := range s.root.children {
		name := monary.EscapeKey(c.key)
		switch {
		case c.of != nil || slices.ContainsFunc(out.names, func(n string) bool { return keysOf(n)[0] == c.key }):
		case !c.computes() && c.key != "_id" && b.closed:
			return fmt.Errorf("no field %q; there are %s", c.key, strings.Join(b.names, ", "))
		default:
			out.names, out.columns = append(out.names, name), append(out.columns, s.column(sc, c, b, constant{}))
		}
	}
	return nil
}

// column computes the column of a node.
func (s *shaper) column(sc *scope, c *shape, b *batch, old column) column {
	if f, ok := c.of.(fieldExpr); ok && len(sc.rest[f]) == 0 {
		return sc.columns[f]
	}
	values := make(cells, b.rows)
	for i := range b.len() {
		row := b.row(i)
		values[row] = shaping{s.include, sc, row}.apply(c, old.Value(row))
	}
	return values
}

package pipeline

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// lookup adds to each document an array of those of another source whose field
// has a value of its own one, a left outer join; of all of them where no fields are
// named. A pipeline, which sees the variables of let, makes others of them.
type lookup struct {
	from           string
	local, foreign path // nil: all documents are taken
	as             path
	program        *program
	names          outer // of let
	values         []expr
	stages         []stage // nil: there is no pipeline
}

var _ stage = (*lookup)(nil)

func parseLookup(spec monary.Value, vars outer) (stage, error) {
	parts, err := fieldsOf(spec, "from", "localField", "foreignField", "as", "let", "pipeline")
	if err != nil {
		return nil, err
	}
	l := &lookup{program: vars.program()}
	if err := l.inner(parts[4], parts[5], vars); err != nil {
		return nil, err
	}
	var ok bool
	if l.from, ok = textOf(parts[0]); !ok || l.from == "" {
		return nil, fmt.Errorf("from is %s; want text", describe(parts[0]))
	}
	if l.as, err = requiredPath("as", parts[3]); err != nil {
		return nil, err
	}
	if l.stages != nil && parts[1].IsMissing() && parts[2].IsMissing() {
		return l, nil
	}
	if l.local, err = requiredPath("localField", parts[1]); err != nil {
		return nil, err
	}
	l.foreign, err = requiredPath("foreignField", parts[2])
	return l, err
}

// requiredPath reads an argument that is a path.
func requiredPath(name string, v monary.Value) (path, error) {
	text, ok := textOf(v)
	if !ok || text == "" {
		return nil, fmt.Errorf("%s is %s; want text", name, describe(v))
	}
	p, err := parsePath(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// inner reads let and pipeline.
func (l *lookup) inner(let, pipeline monary.Value, vars outer) (err error) {
	if pipeline.IsMissing() {
		if !let.IsMissing() {
			return errors.New("let is for a pipeline, and there is none")
		}
		return nil
	}
	if l.names, l.values, err = l.program.variables(let); err != nil {
		return err
	}
	if l.stages, err = parsePart(pipeline, slices.Concat(vars, l.names)); err != nil {
		return fmt.Errorf("argument pipeline: %w", err)
	}
	if l.stages == nil {
		l.stages = []stage{}
	}
	return nil
}

func (l *lookup) check(sources Sources) error {
	if _, err := sources.collection(l.from); err != nil {
		return err
	}
	return checkSources(l.stages, sources)
}

func (l *lookup) needs(n *needs) *needs {
	in := &needs{all: n.all, keys: append([]string(nil), n.keys...)}
	if len(l.as) == 1 {
		in = in.without(l.as[0])
	}
	if l.local != nil {
		in.add(l.local[0])
	}
	return l.program.needs(in)
}

func (l *lookup) passes() bool { return false }

func (l *lookup) run(e *env, in batches) batches {
	return spilling(e, func(disk *spill, yield func(*batch) error) error {
		found, err := l.index(disk)
		if err != nil {
			return err
		}
		j := &joining{lookup: l, foreign: found, scope: l.program.start(e)}
		for b, err := range in {
			if err == nil {
				err = j.join(e.limits, b, yield)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// foreign finds the other source's documents by a value of their field.
type foreign interface {
	// matches are the documents that have one of the values, in their order.
	matches(values []monary.Value) (monary.Value, error)
}

// index reads the other source. If its documents or their keys do not fit into memory, they go to files.
func (l *lookup) index(disk *spill) (foreign, error) {
	c, err := disk.env.sources.collection(l.from)
	if err != nil {
		return nil, err
	}
	_, inMemory := c.(*Memory)
	x, limits := &foreignIndex{rows: map[string][]int{}}, disk.env.limits
	var files *foreignFiles
	for doc, err := range c.documents(disk.env.ctx) {
		switch {
		case err != nil:
		case files != nil:
			err = files.add(doc)
		default:
			x.add(l.foreign, doc, inMemory)
			if limits.exceeded(x.bytes) && limits.disk {
				files, err = l.move(x, disk)
			} else if limits.exceeded(x.bytes) {
				x.docs, x.rows = nil, map[string][]int{} // and go on, to say how much was needed
			}
		}
		if err != nil {
			return nil, fmt.Errorf("from %q: %w", l.from, err)
		}
	}
	switch {
	case files != nil:
		return files, files.finish()
	case limits.exceeded(x.bytes):
		return nil, fmt.Errorf("from %q: %w", l.from, limits.errorOf(x.bytes))
	}
	return x, nil
}

// foreignIndex is the other source's documents, by the keys of the field's values.
type foreignIndex struct {
	docs  []monary.Value
	rows  map[string][]int
	bytes int64
}

// add adds a document. Its bytes do not count if the source has it in memory anyway.
func (x *foreignIndex) add(field path, doc monary.Value, inMemory bool) {
	row := len(x.docs)
	x.docs = append(x.docs, doc)
	if x.bytes += valueSize; !inMemory {
		x.bytes += sizeOf(doc)
	}
	for key := range foreignKeys(field, doc) {
		rows := x.rows[string(key)]
		if len(rows) == 0 {
			x.bytes += 2*valueSize + int64(len(key))
		} else if rows[len(rows)-1] == row {
			continue
		}
		x.rows[string(key)] = append(rows, row)
		x.bytes += 8
	}
}

// foreignKeys are the keys of the values that a document has at a path; null's if that leads nowhere, as an array
// on the way holds no document, and without a path.
func foreignKeys(field path, doc monary.Value) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if field == nil {
			yield(keyOf(monary.NullValue))
			return
		}
		seen := false
		stopped := field.any(doc, false, func(v monary.Value) bool {
			seen = true
			return !yield(keyOf(v))
		})
		if !seen && !stopped {
			yield(keyOf(monary.NullValue))
		}
	}
}

// keyOf is a value's key; missing and null are one.
func keyOf(v monary.Value) []byte {
	if v.IsNull() {
		v = monary.NullValue
	}
	return v.AppendKey(nil)
}

func (x *foreignIndex) matches(values []monary.Value) (monary.Value, error) {
	var rows []int
	for _, v := range values {
		rows = mergeRows(rows, x.rows[string(keyOf(v))])
	}
	docs := make([]monary.Value, len(rows))
	for i, row := range rows {
		docs[i] = x.docs[row]
	}
	return monary.ArrayValue(docs...), nil
}

// joining is a $lookup at work.
type joining struct {
	*lookup
	foreign foreign
	scope   *scope
	same    *monary.Value // what a pipeline gives that no row of the input changes, once it is known
}

// find is what a row gets.
func (j *joining) find(row int, local column, rest path) (out monary.Value, err error) {
	if j.same != nil {
		return *j.same, nil
	}
	values := []monary.Value{monary.NullValue}
	if local != nil {
		values = leaves(local.Value(row), rest)
	}
	if out, err = j.foreign.matches(values); err != nil {
		return out, fmt.Errorf("from %q: %w", j.from, err)
	}
	if j.stages != nil {
		inner := j.scope.env.with(j.scope, row, j.names, j.values)
		if j.scope.err != nil {
			return out, fmt.Errorf("let: %w", j.scope.err)
		}
		docs, err := gather(chain(inner, from([]*batch{documents(elements(out))}), j.stages))
		if err != nil {
			return out, fmt.Errorf("argument pipeline: %w", err)
		}
		out = monary.ArrayValue(docs...)
	}
	if local == nil && len(j.names) == 0 {
		j.same = &out
	}
	return out, nil
}

// join yields the rows of a batch with what they match: in several batches if that is much.
func (j *joining) join(limits limits, b *batch, yield func(*batch) error) error {
	if len(j.values) > 0 { // else the scope would keep the batch for nothing
		if err := j.scope.bind(b); err != nil {
			return err
		}
	}
	var local column
	var rest path
	var err error
	if j.local != nil {
		if local, rest, err = b.field(j.local); err != nil {
			return err
		}
	}
	most := limits.share(32)
	found, from, bytes := make(cells, b.rows), 0, int64(0)
	for i := range b.len() {
		row := b.row(i)
		if found[row], err = j.find(row, local, rest); err != nil {
			return err
		}
		if bytes += sizeOf(found[row]); limits.memory == 0 || bytes < most || i+1 == b.len() {
			continue
		}
		if err := yield(j.with(b.slice(from, i+1), found)); err != nil {
			return err
		}
		found, from, bytes = make(cells, b.rows), i+1, 0
	}
	if from > 0 {
		b = b.slice(from, b.len())
	}
	return yield(j.with(b, found))
}

// with puts what has been found where it belongs.
func (l *lookup) with(b *batch, found cells) *batch {
	if b.isDocuments() {
		docs := make([]monary.Value, b.rows)
		for i := range b.len() {
			row := b.row(i)
			docs[row] = setPath(b.docs[row], l.as, found[row])
		}
		out := documents(docs)
		out.picked = b.picked
		return out
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
	return b.with(name, found)
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

package pipeline

import (
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// foreign finds the other source's documents by a value of their field.
type foreign interface {
	// matches are the documents that have one of the values, in their order.
	matches(values []monary.Value) ([]monary.Value, error)
	// all are all documents, in their order.
	all() batches
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
// on the way holds no document. Without a path there are none.
func foreignKeys(field path, doc monary.Value) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if field == nil {
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

func (x *foreignIndex) matches(values []monary.Value) ([]monary.Value, error) {
	var rows []int
	for _, v := range values {
		rows = mergeRows(rows, x.rows[string(keyOf(v))])
	}
	docs := make([]monary.Value, len(rows))
	for i, row := range rows {
		docs[i] = x.docs[row]
	}
	return docs, nil
}

func (x *foreignIndex) all() batches { return from([]*batch{documents(x.docs)}) }

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

package monary

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// branch is a key of the documents that a stamper writes: the field of a column,
// or a document or array with others inside.
type branch struct {
	key    string
	column int       // -1 if there is none
	inside []*branch // nil for a column's
	array  bool      // the keys inside are 0, 1, …, in order
	fresh  bool      // an ObjectID is made where the column has no value
	top    bool      // the keys inside are the document's own: an _id among them is not made null
}

// treeOf makes the documents of a table's columns, in the order in which they
// name their fields.
func treeOf(t *Table) (*branch, error) {
	root := &branch{column: -1, top: true}
	for i, c := range t.columns {
		path, err := writable(c)
		if err != nil {
			return nil, err
		}
		if err := root.add(path, i); err != nil {
			return nil, fmt.Errorf("column %q: %w", c.Name(), err)
		}
	}
	for _, b := range root.inside {
		b.findArrays()
	}
	return root, nil
}

// writable returns the path of a column that can be written.
func writable(c *Series) ([]string, error) {
	path, err := parsePath(c.Name())
	if err == nil && !utf8.ValidString(c.Name()) {
		err = ErrUTF8
	}
	if err == nil {
		err = c.Type().writable()
	}
	if err != nil {
		return nil, fmt.Errorf("column %q: %w", c.Name(), err)
	}
	return path, nil
}

// writable refuses types that measure a value and do not have it.
func (t Type) writable() error {
	switch {
	case t.isMeta():
		return fmt.Errorf("a column of type %s has no values to write, only what they measure; cast it to int64 if that is wanted", t)
	case t.Elem != nil:
		return t.Elem.writable()
	}
	for _, f := range t.Fields {
		if err := f.Type.writable(); err != nil {
			return err
		}
	}
	return nil
}

// add adds the field of a column.
func (b *branch) add(path []string, column int) error {
	i := slices.IndexFunc(b.inside, func(in *branch) bool { return in.key == path[0] })
	last := len(path) == 1
	switch {
	case i < 0:
		in := &branch{key: path[0], column: -1}
		b.inside = append(b.inside, in)
		if !last {
			return in.add(path[1:], column)
		}
		in.column = column
		return nil
	case last && b.inside[i].inside != nil:
		return fmt.Errorf("another column is inside %q: a field is written once", path[0])
	case last:
		return fmt.Errorf("another column is for the same field")
	case b.inside[i].inside == nil:
		return fmt.Errorf("another column is for all of %q: a field is written once", path[0])
	}
	return b.inside[i].add(path[1:], column)
}

// findArrays makes arrays of what has the keys 0 to n-1, as the same paths read
// them.
func (b *branch) findArrays() {
	sorted := make([]*branch, len(b.inside))
	for _, in := range b.inside {
		in.findArrays()
		if i := arrayIndex(in.key); i >= 0 && i < len(sorted) {
			sorted[i] = in
		}
	}
	if b.array = len(sorted) > 0 && !slices.Contains(sorted, nil); b.array {
		b.inside = sorted
	}
}

// idFirst puts _id first, as servers do.
func (b *branch) idFirst() {
	i := slices.IndexFunc(b.inside, func(in *branch) bool { return in.key == "_id" })
	id := &branch{key: "_id", column: -1}
	if i >= 0 {
		id = b.inside[i]
		b.inside = slices.Delete(b.inside, i, i+1)
	}
	id.fresh = true
	b.inside = slices.Insert(b.inside, 0, id)
}

// head is the start of the element: its type, as far as that is known, and key.
func (b *branch) head() []byte {
	typ := bson.TypeEmbeddedDocument
	if b.array {
		typ = bson.TypeArray
	}
	return append(append([]byte{byte(typ)}, b.key...), 0)
}

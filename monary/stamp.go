package monary

import (
	"encoding/binary"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// stamper writes the rows of a table as BSON, straight from the columns' memory.
// What all rows have in common (keys, types, the order of fields) is prepared
// once; a row is that, with its values put in.
//
//	s, err := newStamper(t, nullsAbsent, keepID) // once a table
//	for row := range t.NumRows() {
//		docs, err = s.append(docs, row)
//	}
//
// Names are paths, as in a [Schema]: columns "a.b" and "a.c" are fields of one
// document a, "a.0" and "a.1" elements of one array; a literal dot is "a\.b". It is
// for one goroutine.
type stamper struct {
	root  *inner
	fault error // of the row in progress
}

// nulls says what becomes of a cell without a value. What the document had is
// kept where it is known: in "any" columns, and by the states of others.
type nulls uint8

const (
	nullsAbsent   nulls = iota // the field is left out
	nullsExplicit              // the field is null
)

// identity says what becomes of a row's _id.
type identity uint8

const (
	keepID identity = iota // it is a field as others
	makeID                 // it is the first field, an ObjectID of our making where the row has none
)

// newStamper prepares the documents of a table. It is an error when two columns
// would be in the same place, or when a column has no values of its own to write
// (type, size and length). Errors have no prefix.
func newStamper(t *Table, without nulls, id identity) (*stamper, error) {
	root, err := treeOf(t)
	if err != nil {
		return nil, err
	}
	if id == makeID {
		root.idFirst()
	}
	return root.stamper(t, without), nil
}

// stamper prepares the documents that the tree describes.
func (b *branch) stamper(t *Table, without nulls) *stamper {
	s := &stamper{}
	s.root = &inner{stamps: b.stamps(t, without, s)}
	return s
}

// append appends the document of a row to dst. On an error, which is about that
// row only, dst is as it was.
func (s *stamper) append(dst []byte, row int) ([]byte, error) {
	s.fault = nil
	out := s.root.stamp(dst, row)
	if s.fault != nil {
		return dst, s.fault
	}
	return out, nil
}

// stamp is a part of the document that is prepared: an element, or some.
type stamp interface {
	// stamp appends the elements of a row to dst.
	stamp(dst []byte, row int) []byte
	// absent reports whether the row has none of them.
	absent(row int) bool
}

// field is the element of a column.
type field struct {
	head    []byte // type, key and NUL
	cell    cell
	present bitmap
	known   []State // what the documents had; nil if that is not known
	without nulls
}

func (f *field) stamp(dst []byte, row int) []byte {
	if f.absent(row) {
		return dst
	}
	at := len(dst)
	dst = append(dst, f.head...)
	if !f.present.get(row) {
		dst[at] = byte(bson.TypeNull)
		return dst
	}
	dst, typ := f.cell.append(dst, row)
	dst[at] = byte(typ)
	return dst
}

func (f *field) absent(row int) bool {
	return !f.present.get(row) && f.without == nullsAbsent && (f.known == nil || f.known[row] != Null)
}

// steady is the elements of columns that have a value of the same size in every
// row: only the values differ.
type steady struct {
	bytes []byte
	puts  []put
}

// put writes the value of a row to its place.
type put struct {
	at  int
	put func(b []byte, row int)
}

func (r *steady) stamp(dst []byte, row int) []byte {
	at := len(dst)
	dst = append(dst, r.bytes...)
	for _, p := range r.puts {
		p.put(dst[at+p.at:], row)
	}
	return dst
}

func (*steady) absent(int) bool { return false }

// inner is a document or an array inside the document; without a head, the
// document itself.
type inner struct {
	head   []byte
	array  bool
	stamps []stamp
}

func (d *inner) stamp(dst []byte, row int) []byte {
	if d.head != nil && d.absent(row) {
		return dst
	}
	dst = append(dst, d.head...)
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for i, s := range d.stamps {
		if d.array && s.absent(row) { // an array has no holes
			dst = appendIndexed(dst, bson.TypeNull, i)
			continue
		}
		dst = s.stamp(dst, row)
	}
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at))
	return dst
}

func (d *inner) absent(row int) bool {
	for _, s := range d.stamps {
		if !s.absent(row) {
			return false
		}
	}
	return true
}

// freshID is the _id of rows that have none.
type freshID struct{ given stamp } // nil if there is no column for it

func (f *freshID) stamp(dst []byte, row int) []byte {
	if f.given != nil && !f.given.absent(row) {
		return f.given.stamp(dst, row)
	}
	id := bson.NewObjectID()
	return append(append(dst, "\x07_id\x00"...), id[:]...)
}

func (*freshID) absent(int) bool { return false }

// stamps prepares the elements inside a branch.
func (b *branch) stamps(t *Table, without nulls, s *stamper) (all []stamp) {
	for _, in := range b.inside {
		switch {
		case in.fresh && in.inside != nil:
			all = append(all, &freshID{&inner{head: in.head(), array: in.array, stamps: in.stamps(t, nullsAbsent, s)}})
		case in.fresh && in.column < 0:
			all = append(all, &freshID{})
		case in.fresh:
			all = append(all, &freshID{in.field(t, nullsAbsent, s)})
		case in.inside != nil:
			all = append(all, &inner{head: in.head(), array: in.array, stamps: in.stamps(t, without, s)})
		case b.top && in.key == "_id":
			all = append(all, in.field(t, nullsAbsent, s))
		default:
			all = appendField(all, in.field(t, without, s), b.array)
		}
	}
	return all
}

// field prepares the element of a column.
func (b *branch) field(t *Table, without nulls, s *stamper) *field {
	c := t.columns[b.column]
	f := &field{head: b.head(), cell: newCell(c, without, s), present: c.valid, known: c.states, without: without}
	if m, ok := c.vector.(*mixed); ok {
		f.present, f.known = m.written(), nil
	}
	return f
}

// appendField adds a field to those before it, to the steady ones that they end
// with if it is one. Elements of an array are counted, so they stay apart.
func appendField(all []stamp, f *field, apart bool) []stamp {
	if apart || f.cell.put == nil || f.present != nil {
		return append(all, f)
	}
	var last *steady
	if len(all) > 0 {
		last, _ = all[len(all)-1].(*steady)
	}
	if last == nil {
		last = &steady{}
		all = append(all, last)
	}
	start := len(last.bytes)
	last.bytes = append(append(last.bytes, f.head...), make([]byte, f.cell.size)...)
	last.bytes[start] = byte(f.cell.typ)
	last.puts = append(last.puts, put{start + len(f.head), f.cell.put})
	return all
}

// bad notes that a cell cannot be written.
func (s *stamper) bad(column string, err error) {
	if s.fault == nil {
		s.fault = fmt.Errorf("column %q: %w", column, err)
	}
}

package monary

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A shape is an element as it has been met before: its type and key, which are
// constant bytes, what the plan wants of it, and which shapes have followed it.
// Documents written by a program repeat a few layouts; following the shapes,
// an element costs a comparison of eight bytes in place of a search for the
// key's end and a look-up.
//
// The shapes of a level form a graph, not a list: a field that is missing, or
// two fields in another order, are just other edges.
type shape struct {
	word, mask uint64 // type, key and NUL: the first eight bytes, little-endian
	tail       []byte // the rest of a longer key, and its NUL
	head       int    // bytes of type, key and NUL
	size       int    // bytes of the value; varies or text if they differ
	typ        bson.Type
	want       *node  // what the plan wants here, nil for nothing
	inside     *level // of a document or array, where the plan wants something in it
	likely     *shape // what has mostly followed
	next       []*shape
}

// Sizes of values that differ.
const (
	varies = -1 - iota
	text4  // a length of four bytes, then so many, the last of them NUL
)

// level is where a document or array begins: its shapes, and those of them that
// may be the first.
type level struct {
	shape
	known map[string]*shape // by their bytes; nil for a level that learns nothing
	left  *int              // shapes that may still be made
}

// Bounds of what is learnt. What does not fit is parsed the plain way.
const (
	maxShapes = 4096 // in all
	maxNext   = 12   // that follow one
	maxIndex  = 64   // of an array's elements
)

func newLevel() *level {
	left := maxShapes
	return &level{known: map[string]*shape{}, left: &left}
}

// begins reports whether the element at pos is of this shape. Eight bytes can
// be read there.
func (s *shape) begins(buf []byte, pos int) bool {
	return binary.LittleEndian.Uint64(buf[pos:])&s.mask == s.word && (s.tail == nil || s.hasTail(buf, pos))
}

func (s *shape) hasTail(buf []byte, pos int) bool {
	return len(buf)-pos >= s.head && string(buf[pos+8:pos+s.head]) == string(s.tail)
}

// follow returns the shape of the element at pos, nil if none like it has
// followed s. Shapes that are met more often move to the front.
func (s *shape) follow(buf []byte, pos int) *shape {
	for i, n := range s.next {
		if !n.begins(buf, pos) {
			continue
		}
		if i > 0 {
			s.next[i-1], s.next[i] = n, s.next[i-1]
			s.likely = s.next[0]
		}
		return n
	}
	return nil
}

// learn returns the shape of an element that begins with the bytes head and
// has followed s; nil where no more is to be learnt. The element of an array is
// told apart by its index too, since what is wanted depends on it.
func (l *level) learn(s *shape, head []byte, index int, want *node) *shape {
	if l.known == nil || index > maxIndex {
		return nil
	}
	id := string(append(head[:len(head):len(head)], byte(index)))
	next, ok := l.known[id]
	if !ok {
		if *l.left == 0 {
			return nil
		}
		*l.left--
		next = &shape{}
		next.set(head, want, &level{known: map[string]*shape{}, left: l.left})
		l.known[id] = next
	}
	if len(s.next) < maxNext {
		s.next = append(s.next, next)
	} else {
		s.next[maxNext-1] = next
	}
	s.likely = s.next[0]
	return next
}

// set makes s the shape of an element that begins with the bytes head.
func (s *shape) set(head []byte, want *node, inside *level) {
	t := bson.Type(head[0])
	*s = shape{head: len(head), size: sizeOf(t), typ: t, want: want}
	if len(head) > 8 {
		s.tail = bytes.Clone(head[8:])
	}
	var word, mask [8]byte
	for i := range copy(word[:], head) {
		mask[i] = 0xff
	}
	s.word, s.mask = binary.LittleEndian.Uint64(word[:]), binary.LittleEndian.Uint64(mask[:])
	if want != nil && len(want.children) > 0 && (t == bson.TypeEmbeddedDocument || t == bson.TypeArray) {
		s.inside = inside
	}
}

// sizeOf is the size of a type's values, varies or text4 if they
// differ.
func sizeOf(t bson.Type) int {
	switch t {
	case bson.TypeNull, bson.TypeUndefined, bson.TypeMinKey, bson.TypeMaxKey:
		return 0
	case bson.TypeInt32:
		return 4
	case bson.TypeDouble, bson.TypeInt64, bson.TypeDateTime, bson.TypeTimestamp:
		return 8
	case bson.TypeObjectID:
		return 12
	case bson.TypeDecimal128:
		return 16
	case bson.TypeString, bson.TypeJavaScript, bson.TypeSymbol:
		return text4
	}
	return varies
}

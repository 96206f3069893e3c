package monary

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A shape is an element as it has been met before: its type and key, which are
// constant bytes, what the plan wants of it, and which shapes have followed it.
// Documents written by a program repeat a few layouts; following the shapes,
// an element costs a comparison of two words in place of a search for the
// key's end and a look-up.
//
// The shapes of a level form a graph, not a list: a field that is missing, or
// two fields in another order, are just other edges.
type shape struct {
	head         int       // bytes of type, key and NUL
	words, masks [2]uint64 // the first sixteen of them, little-endian
	tail         []byte    // the rest
	size         int       // bytes of the value; varies or text4 if they differ
	typ          bson.Type
	want         *node  // what the plan wants here, nil for nothing
	inside       *level // of a document or array, where the plan wants something in it
	likely       *shape // what has mostly followed
	next         []*shape
}

// ahead is how many bytes must be there to be read where a shape is looked for.
const ahead = 16

// Sizes of values that differ.
const (
	varies = -1 - iota
	text4  // a length of four bytes, then so many, the last of them NUL
)

// level is where a document or array begins: its shapes, and those of them that
// may be the first.
type level struct {
	shape
	known map[string]*shape // by their bytes and index; nil for a level that learns nothing
	left  *int              // shapes that may still be made
}

// Bounds of what is learnt. What does not fit is parsed the plain way.
const (
	maxShapes = 4096 // in all
	maxNext   = 12   // that follow one
	maxIndex  = 64   // of an array's elements
	maxHead   = 128  // bytes of type, key and NUL
)

func newLevel() *level {
	left := maxShapes
	return &level{known: map[string]*shape{}, left: &left}
}

// begins reports whether the element at pos is of this shape. There are ahead
// bytes to be read.
func (s *shape) begins(buf []byte, pos int) bool {
	head := buf[pos : pos+ahead]
	return binary.LittleEndian.Uint64(head)&s.masks[0] == s.words[0] &&
		binary.LittleEndian.Uint64(head[8:])&s.masks[1] == s.words[1] &&
		(s.tail == nil || len(buf)-pos >= s.head && string(buf[pos+ahead:pos+s.head]) == string(s.tail))
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
	if l.known == nil || index > maxIndex || len(head) > maxHead {
		return nil
	}
	var id [maxHead + 1]byte
	n := copy(id[:], head)
	id[n] = byte(index)
	next, ok := l.known[string(id[:n+1])]
	if !ok {
		if *l.left == 0 {
			return nil
		}
		*l.left--
		next = newShape(head, want, l.left)
		l.known[string(id[:n+1])] = next
	}
	if len(s.next) < maxNext {
		s.next = append(s.next, next)
	} else {
		s.next[maxNext-1] = next
	}
	s.likely = s.next[0]
	return next
}

// newShape makes the shape of an element that begins with the bytes head.
func newShape(head []byte, want *node, left *int) *shape {
	s := &shape{}
	s.set(head, want, &level{known: map[string]*shape{}, left: left})
	var word, mask [ahead]byte
	for i := range copy(word[:], head) {
		mask[i] = 0xff
	}
	for i := range s.words {
		s.words[i], s.masks[i] = binary.LittleEndian.Uint64(word[8*i:]), binary.LittleEndian.Uint64(mask[8*i:])
	}
	if len(head) > ahead {
		s.tail = bytes.Clone(head[ahead:])
	}
	return s
}

// set makes s what it takes to step over an element that begins with the bytes
// head, but not to recognise another one.
func (s *shape) set(head []byte, want *node, inside *level) {
	t := bson.Type(head[0])
	*s = shape{head: len(head), size: sizeOf(t), typ: t, want: want, next: s.next[:0]}
	if want != nil && len(want.byKey) > 0 && (t == bson.TypeEmbeddedDocument || t == bson.TypeArray) {
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

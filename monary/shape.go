package monary

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A shape is an element as it has been met before: its type and key, which are
// constant bytes, and what the plan wants of it. Documents written by a program
// repeat a few layouts; recognising a shape costs a comparison of two words in
// place of a search for the key's end and a look-up.
type shape struct {
	head         int       // bytes of type, key and NUL
	words, masks [2]uint64 // the first sixteen of them, little-endian
	tail         []byte    // the rest
	size         int       // bytes of the value; varies or text4 if they differ
	typ          bson.Type
	index        int    // in an array; 0 in a document
	want         *node  // what the plan wants here, nil for nothing
	inside       *level // of a document or array, where the plan wants something in it
	likely       *shape // what mostly comes next
	doubt        int    // times in a row that something else came
}

// ahead is how many bytes must be there to be read where a shape is looked for.
const ahead = 16

// Sizes of values that differ.
const (
	varies = -1 - iota
	text4  // a length of four bytes, then so many, the last of them NUL
)

// level is where a document or array begins, and the shapes met in it.
type level struct {
	shape                   // stands before the first element
	slots [slots]*shape     // shapes by the hash of their first bytes
	known map[string]*shape // all shapes, by their bytes and index; nil for a level that learns nothing
	*learning
}

// learning is what the levels of a plan share.
type learning struct {
	left int // shapes that may still be made
}

// Bounds of what is learnt. What does not fit is parsed the plain way.
const (
	maxShapes = 4096 // in all
	maxIndex  = 64   // of an array's elements
	maxHead   = 128  // bytes of type, key and NUL
	maxDoubt  = 3    // times until another shape is the likely one
	slots     = 64
)

func newLevel() *level {
	return &level{known: map[string]*shape{}, learning: &learning{left: maxShapes}}
}

// begins reports whether the element at pos is of this shape. There are ahead
// bytes to be read.
func (s *shape) begins(buf []byte, pos int) bool {
	head := buf[pos : pos+ahead]
	return binary.LittleEndian.Uint64(head)&s.masks[0] == s.words[0] &&
		binary.LittleEndian.Uint64(head[8:])&s.masks[1] == s.words[1] &&
		(s.tail == nil || len(buf)-pos >= s.head && string(buf[pos+ahead:pos+s.head]) == string(s.tail))
}

// expect notes what has come after s, though something else was likely.
func (s *shape) expect(next *shape) {
	s.doubt++
	if s.likely == nil || s.doubt > maxDoubt {
		s.likely, s.doubt = next, 0
	}
}

// slot is where the shape of an element belongs that begins with the eight bytes
// of word: by type, key and NUL, or as much of them as there is in the word.
func slot(word uint64, index int) uint64 {
	key := word >> 8
	nul := (key - 0x0101010101010101) &^ key & 0x8080808080808080
	word &= (nul&-nul)<<9 - 1 // all of it if there is no NUL
	return (word + uint64(index)) * 0x9e3779b97f4a7c15 >> 58
}

// recall returns the shape of the element at pos, nil if it is not at hand.
func (l *level) recall(buf []byte, pos, index int) *shape {
	s := l.slots[slot(binary.LittleEndian.Uint64(buf[pos:]), index)]
	if s == nil || s.index != index || !s.begins(buf, pos) {
		return nil
	}
	return s
}

// learn returns the shape of an element that begins with head, the start of
// buf; nil where no more is to be learnt. The element of an array is told apart
// by its index too, since what is wanted depends on it.
func (l *level) learn(head, buf []byte, index int, want *node) *shape {
	if l.known == nil || index > maxIndex || len(head) > maxHead {
		return nil
	}
	var id [maxHead + 1]byte
	n := copy(id[:], head)
	id[n] = byte(index)
	s, ok := l.known[string(id[:n+1])]
	if !ok {
		if l.left == 0 {
			return nil
		}
		l.left--
		s = newShape(head, want, l.learning)
		s.index = index
		l.known[string(id[:n+1])] = s
	}
	if len(buf) >= 8 {
		l.slots[slot(binary.LittleEndian.Uint64(buf), index)] = s
	}
	return s
}

// newShape makes the shape of an element that begins with the bytes head.
func newShape(head []byte, want *node, common *learning) *shape {
	s := &shape{}
	s.set(head, want, &level{known: map[string]*shape{}, learning: common})
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
	*s = shape{head: len(head), size: sizeOf(t), typ: t, want: want}
	if want != nil && len(want.byKey) > 0 && (t == bson.TypeEmbeddedDocument || t == bson.TypeArray) {
		s.inside = inside
	}
}

// sizeOf is the size of a type's values, varies or text4 if they differ.
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

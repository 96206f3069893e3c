package monary

import (
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// measured is a size or length column: a number that a value is measured by,
// which may find that the value is malformed.
type measured struct {
	flat[uint32]
	measure func(bson.Type, []byte) (uint32, State, *fault)
}

func newMeasured(measure func(bson.Type, []byte) (uint32, State, *fault)) *measured {
	return &measured{flat[uint32]{form: uint32Form}, measure}
}

func (m *measured) write(row int, t bson.Type, val []byte) (State, *fault) {
	n, state, f := m.measure(t, val)
	m.values[row] = n
	return state, f
}

// gather leaves it to write.
func (m *measured) gather(int, bson.Type, spots) bool { return false }

func (m *measured) slice(i, j int) vector  { return m.with(m.flat.slice(i, j)) }
func (m *measured) take(rows []int) vector { return m.with(m.flat.take(rows)) }

func (m *measured) place(row int, parts ...vector) {
	for _, p := range parts {
		row += copy(m.values[row:], p.(*measured).values)
	}
}

func (m *measured) with(v vector) vector { return &measured{*v.(*flat[uint32]), m.measure} }

// typeOf is the type column's conversion: every value has a type, null too.
func typeOf(t bson.Type, _ []byte) (uint8, State) { return byte(t), Present }

// sizeOfValue is the number of bytes of text without its NUL, of a binary's
// data, or of a whole document or array.
func sizeOfValue(t bson.Type, val []byte) (uint32, State, *fault) {
	switch t {
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return uint32(len(val) - 5), Present, nil
	case bson.TypeBinary:
		_, data := binaryParts(val)
		return uint32(len(data)), Present, nil
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return uint32(len(val)), Present, nil
	}
	return 0, mismatch(t), nil
}

// lengthOfValue is the number of code points of text, of bytes of a binary, of
// keys of a document, or of elements of an array.
func lengthOfValue(t bson.Type, val []byte) (uint32, State, *fault) {
	switch t {
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		text := val[4 : len(val)-1]
		return uint32(utf8.RuneCount(text)), Present, checkText(text, 4)
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		n := uint32(0)
		f := eachElement(val, func(bson.Type, []byte, []byte) *fault { n++; return nil })
		return n, Present, f
	}
	return sizeOfValue(t, val)
}

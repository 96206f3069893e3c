package monary

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// blob is a column of bytes of any length, each with a tag: binaries and their
// subtypes, or raw documents and arrays and which of the two they are.
type blob struct {
	*blobForm
	arena
	tags []byte
}

// blobForm is what binary and bson columns differ in.
type blobForm struct {
	convert func(t bson.Type, val []byte) (b []byte, tag byte, state State, f *fault)
	box     func(b []byte, tag byte) Value
	check   func(b []byte, tag byte) bool // of bytes that convert has not made
	long    State                         // of a value that is longer than a cell of fixed width
}

var (
	binaryForm = &blobForm{convert: toBinary, box: boxBinary, check: func([]byte, byte) bool { return true }, long: Truncated}
	bsonForm   = &blobForm{convert: toBSON, box: boxBSON, check: isBSON, long: Overflow}
)

func toBinary(t bson.Type, val []byte) ([]byte, byte, State, *fault) {
	if t != bson.TypeBinary {
		return nil, 0, mismatch(t), nil
	}
	subtype, data := binaryParts(val)
	return data, subtype, Present, nil
}

func boxBinary(b []byte, subtype byte) Value {
	n := len(b)
	if subtype == bson.TypeBinaryBinaryOld {
		n += 4
	}
	data := make([]byte, 0, 5+n)
	data = append(binary.LittleEndian.AppendUint32(data, uint32(n)), subtype)
	if subtype == bson.TypeBinaryBinaryOld {
		data = binary.LittleEndian.AppendUint32(data, uint32(len(b)))
	}
	return Value{typ: bson.TypeBinary, data: append(data, b...)}
}

func toBSON(t bson.Type, val []byte) ([]byte, byte, State, *fault) {
	if t != bson.TypeEmbeddedDocument && t != bson.TypeArray {
		return nil, 0, mismatch(t), nil
	}
	if f := checkDeep(t, val, 0); f != nil {
		return nil, 0, Mismatch, f
	}
	return val, byte(t), Present, nil
}

func boxBSON(b []byte, typ byte) Value { return Value{typ: bson.Type(typ), data: b} }

// isBSON checks bytes from elsewhere as deep as they go.
func isBSON(b []byte, typ byte) bool {
	t := bson.Type(typ)
	if t != bson.TypeEmbeddedDocument && t != bson.TypeArray {
		return false
	}
	n, f := documentSize(b)
	return f == nil && n == len(b) && checkDeep(t, b, 0) == nil
}

func (b *blob) reserve(n int) {
	b.arena.reserve(n)
	b.tags = resized(b.tags, n)
}

func (b *blob) write(row int, t bson.Type, val []byte) (State, *fault) {
	data, tag, state, f := b.convert(t, val)
	if f == nil && state == Present {
		b.put(row, data, tag)
	}
	return state, f
}

func (b *blob) put(row int, data []byte, tag byte) {
	b.arena.put(row, data)
	b.tags[row] = tag
}

func (b *blob) truncate(n int) {
	b.arena.truncate(n)
	clear(b.tags[n:])
}

func (b *blob) finish(n int, keep bool) {
	b.arena.finish(n, keep)
	b.tags = fitted(b.tags, n, keep)
}

func (b *blob) value(row int) Value { return b.box(b.at(row), b.tags[row]) }

func (b *blob) slice(i, j int) vector {
	return &blob{b.blobForm, b.arena.slice(i, j), b.tags[i:j:j]}
}

func (b *blob) take(rows []int) vector {
	tags := make([]byte, len(rows))
	for k, row := range rows {
		tags[k] = b.tags[row]
	}
	return &blob{b.blobForm, b.arena.take(rows), tags}
}

func (b *blob) place(row int, parts ...vector) {
	arenas, at := make([]*arena, len(parts)), row
	for i, p := range parts {
		part := p.(*blob)
		arenas[i] = &part.arena
		at += copy(b.tags[at:], part.tags)
	}
	b.arena.place(row, arenas)
}

func (b *blob) marshal(dst []byte) []byte { return b.arena.marshal(append(dst, b.tags...)) }

func (b *blob) unmarshal(in *input, n int) {
	b.tags = bytes.Clone(in.take(n, 1))
	b.arena.unmarshal(in, n)
}

func (b *blob) sound(row int, valid bool) bool {
	if !valid {
		return len(b.at(row)) == 0 && b.tags[row] == 0
	}
	return b.check(b.at(row), b.tags[row])
}

package monary

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// makeValue takes an element's checked bytes.
func makeValue(t bson.Type, val []byte) Value {
	switch len(val) {
	case 0:
		return Value{typ: t}
	case 1:
		return Value{typ: t, bits: uint64(val[0])}
	}
	switch t {
	case bson.TypeInt32:
		return Value{typ: t, bits: uint64(binary.LittleEndian.Uint32(val))}
	case bson.TypeInt64, bson.TypeDouble, bson.TypeDateTime, bson.TypeTimestamp:
		return Value{typ: t, bits: binary.LittleEndian.Uint64(val)}
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return Value{typ: t, data: val[4 : len(val)-1]}
	}
	return Value{typ: t, data: val}
}

// appendBytes appends the value as BSON writes it, without type and key.
func (v Value) appendBytes(dst []byte) []byte {
	switch v.typ {
	case bson.TypeBoolean:
		return append(dst, byte(v.bits))
	case bson.TypeInt32:
		return binary.LittleEndian.AppendUint32(dst, uint32(v.bits))
	case bson.TypeInt64, bson.TypeDouble, bson.TypeDateTime, bson.TypeTimestamp:
		return binary.LittleEndian.AppendUint64(dst, v.bits)
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v.data)+1))
		return append(append(dst, v.data...), 0)
	}
	return append(dst, v.data...)
}

// beginDocument begins a document or array; its length is filled in by
// endDocument.
func beginDocument() []byte { return make([]byte, 4, 64) }

func appendElement(doc []byte, key string, v Value) []byte {
	doc = append(append(doc, byte(v.typ)), key...)
	return v.appendBytes(append(doc, 0))
}

// endDocument ends a document that is all of doc.
func endDocument(doc []byte) []byte {
	doc = append(doc, 0)
	binary.LittleEndian.PutUint32(doc, uint32(len(doc)))
	return doc
}

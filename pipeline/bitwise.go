package pipeline

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// bitwise has the functions of a value's bits and bytes.
var bitwise = map[string]function{
	"$bitAnd": many(func(s *scope, a []monary.Value) monary.Value {
		return combine(s, a, -1, func(x, y int64) int64 { return x & y })
	}),
	"$bitOr": many(func(s *scope, a []monary.Value) monary.Value {
		return combine(s, a, 0, func(x, y int64) int64 { return x | y })
	}),
	"$bitXor": many(func(s *scope, a []monary.Value) monary.Value {
		return combine(s, a, 0, func(x, y int64) int64 { return x ^ y })
	}),
	"$bitNot":      one(bitNot),
	"$binarySize":  one(binarySize),
	"$bsonSize":    one(bsonSize),
	"$tsSecond":    one(func(s *scope, v monary.Value) monary.Value { return timestampPart(s, v, 4) }),
	"$tsIncrement": one(func(s *scope, v monary.Value) monary.Value { return timestampPart(s, v, 0) }),
}

// combine goes over integers from a first value; an int64 among them makes one.
func combine(s *scope, args []monary.Value, n int64, f func(x, y int64) int64) monary.Value {
	if anyNull(args) {
		return monary.NullValue
	}
	widest := 1
	for _, v := range args {
		r := rank(v.Type())
		if r != 1 && r != 2 {
			return s.failf("%s is no int32 and no int64", describe(v))
		}
		m, _ := v.Int()
		n, widest = f(n, m), max(widest, r)
	}
	return integer(n, widest)
}

func bitNot(s *scope, v monary.Value) monary.Value {
	return combine(s, []monary.Value{v}, -1, func(x, y int64) int64 { return x ^ y })
}

// binarySize is how many bytes a text or a binary value has.
func binarySize(s *scope, v monary.Value) monary.Value {
	switch v.Type() {
	case bson.TypeString:
		text, _ := v.Text()
		return monary.Int32Value(int32(len(text)))
	case bson.TypeBinary:
		_, data := v.Raw().Binary()
		return monary.Int32Value(int32(len(data)))
	}
	if v.IsNull() {
		return monary.NullValue
	}
	return s.failf("%s is no text and no binary value", describe(v))
}

// bsonSize is how many bytes a document has.
func bsonSize(s *scope, v monary.Value) monary.Value {
	switch {
	case v.IsNull():
		return monary.NullValue
	case v.Type() != bson.TypeEmbeddedDocument:
		return s.failf("%s is no document", describe(v))
	}
	return monary.Int32Value(int32(len(v.Raw().Value)))
}

// timestampPart is one of the two numbers of a timestamp, which begins at a byte.
func timestampPart(s *scope, v monary.Value, at int) monary.Value {
	switch {
	case v.IsNull():
		return monary.NullValue
	case v.Type() != bson.TypeTimestamp:
		return s.failf("%s is no timestamp", describe(v))
	}
	return monary.Int64Value(int64(binary.LittleEndian.Uint32(v.Raw().Value[at:])))
}

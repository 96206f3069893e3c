package monary

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ColumnOf makes a column of Go values; int64 gives an int64 column, string a
// string column of any length, bson.Binary a binary one, bson.Raw (documents)
// a bson one, Value an "any" column. valid says which rows have a value, nil
// meaning all (but a missing or null Value and an empty Raw never count as
// one). The values are copied. It panics when the lengths differ and when a Raw
// is no document.
func ColumnOf[T Element](name string, values []T, valid []bool) *Series {
	if valid != nil && len(valid) != len(values) {
		panic(fmt.Sprintf("monary: column %q has %d values but %d validity marks", name, len(values), len(valid)))
	}
	bits := newBitmap(len(values))
	for i, v := range values {
		if (valid == nil || valid[i]) && !isNone(v) {
			bits.set(i)
		}
	}
	typ, vec := vectorOf(values, valid)
	return newSeries(FieldSpec{Name: name, Type: typ}, vec, bits, len(values))
}

func isNone[T Element](v T) bool {
	switch v := any(v).(type) {
	case Value:
		return v.IsNull()
	case bson.Raw:
		return len(v) == 0
	}
	return false
}

// vectorOf copies Go values into a vector of their type; those that are not
// valid become zero.
func vectorOf[T Element](values []T, valid []bool) (Type, vector) {
	skip := func(i int) bool { return valid != nil && !valid[i] }
	typ := Type{Kind: elementKind[T]()}
	vec := newVector(typ)
	vec.reserve(len(values))
	for i, v := range values {
		if !skip(i) {
			store(vec, i, v)
		}
	}
	vec.finish(len(values), false)
	return typ, vec
}

// elementKind is the kind of column that Go values of a type make.
func elementKind[T Element]() Kind {
	var zero T
	switch any(zero).(type) {
	case bool:
		return KindBool
	case int8:
		return KindInt8
	case int16:
		return KindInt16
	case int32:
		return KindInt32
	case int64:
		return KindInt64
	case uint8:
		return KindUint8
	case uint16:
		return KindUint16
	case uint32:
		return KindUint32
	case uint64:
		return KindUint64
	case float32:
		return KindFloat32
	case float64:
		return KindFloat64
	case string:
		return KindString
	case bson.ObjectID:
		return KindObjectID
	case bson.Timestamp:
		return KindTimestamp
	case bson.Decimal128:
		return KindDecimal128
	case [16]byte:
		return KindUUID
	case bson.Binary:
		return KindBinary
	case bson.Raw:
		return KindBSON
	}
	return KindAny
}

// store puts a Go value into a vector of its kind.
func store[T Element](vec vector, row int, v T) {
	switch vec := vec.(type) {
	case *flat[T]:
		vec.values[row] = v
	case *text:
		vec.put(row, []byte(any(v).(string)))
	case *mixed:
		vec.put(row, any(v).(Value))
	case *blob:
		if b, ok := any(v).(bson.Binary); ok {
			vec.put(row, b.Data, b.Subtype)
		} else if raw := any(v).(bson.Raw); len(raw) > 0 {
			if !isBSON(raw, byte(bson.TypeEmbeddedDocument)) {
				panic(fmt.Sprintf("monary: row %d of the values is no BSON document", row))
			}
			vec.put(row, raw, byte(bson.TypeEmbeddedDocument))
		}
	}
}

package monary

import (
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The kinds of flat column.
var (
	boolForm = &form[bool]{convert: toBool, load: loadBool, box: BoolValue,
		codec: codec[bool]{1, putBool, func(b []byte) bool { return b[0] != 0 }}}

	int8Form    = &form[int8]{convert: toInteger[int8], box: boxInt32[int8], codec: integers[int8](1)}
	int16Form   = &form[int16]{convert: toInteger[int16], box: boxInt32[int16], codec: integers[int16](2)}
	int32Form   = &form[int32]{convert: toInteger[int32], load: loadInt32, box: Int32Value, codec: integers[int32](4)}
	int64Form   = &form[int64]{convert: toInt64, load: loadInt64, box: Int64Value, codec: integers[int64](8)}
	uint8Form   = &form[uint8]{convert: toInteger[uint8], box: boxInt32[uint8], codec: integers[uint8](1)}
	uint16Form  = &form[uint16]{convert: toInteger[uint16], box: boxInt32[uint16], codec: integers[uint16](2)}
	uint32Form  = &form[uint32]{convert: toInteger[uint32], box: boxUint32, codec: integers[uint32](4)}
	uint64Form  = &form[uint64]{convert: toUint64, box: boxUint64, codec: integers[uint64](8)}
	float32Form = &form[float32]{convert: toFloat32, box: boxFloat32, codec: codec[float32]{4, putFloat32, getFloat32}}
	float64Form = &form[float64]{convert: toFloat64, load: loadFloat64, box: DoubleValue, codec: codec[float64]{8, putFloat64, getFloat64}}

	decimalForm = &form[bson.Decimal128]{convert: toDecimal128, load: loadDecimal128, box: Decimal128Value,
		codec: codec[bson.Decimal128]{16, putDecimal128, getDecimal128}}
	dateForm      = &form[int64]{convert: toDate, load: loadDate, box: DateValue, codec: integers[int64](8)}
	timestampForm = &form[bson.Timestamp]{convert: toTimestamp, load: loadTimestamp, box: TimestampValue,
		codec: codec[bson.Timestamp]{8, putTimestamp, getTimestamp}}
	objectIDForm = &form[bson.ObjectID]{convert: toObjectID, load: loadObjectID, box: ObjectIDValue,
		codec: codec[bson.ObjectID]{12, func(b []byte, id bson.ObjectID) { copy(b, id[:]) }, func(b []byte) bson.ObjectID { return bson.ObjectID(b) }}}
	uuidForm = &form[[16]byte]{convert: toUUID, box: UUIDValue,
		codec: codec[[16]byte]{16, func(b []byte, id [16]byte) { copy(b, id[:]) }, func(b []byte) [16]byte { return [16]byte(b) }}}

	typeForm = &form[uint8]{convert: typeOf, load: loadType, box: boxInt32[uint8], codec: integers[uint8](1)}
)

// codec is how a value of size bytes is written, little-endian.
type codec[T any] struct {
	size int
	put  func([]byte, T)
	get  func([]byte) T
}

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

func integers[T integer](size int) codec[T] {
	put := func(b []byte, v T) {
		for i := range size {
			b[i] = byte(uint64(v) >> (8 * i))
		}
	}
	get := func(b []byte) T {
		bits := uint64(0)
		for i := range size {
			bits |= uint64(b[i]) << (8 * i)
		}
		return T(bits)
	}
	return codec[T]{size, put, get}
}

func putBool(b []byte, v bool) {
	b[0] = 0
	if v {
		b[0] = 1
	}
}

func putFloat32(b []byte, v float32) { binary.LittleEndian.PutUint32(b, math.Float32bits(v)) }
func getFloat32(b []byte) float32    { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
func putFloat64(b []byte, v float64) { binary.LittleEndian.PutUint64(b, math.Float64bits(v)) }
func getFloat64(b []byte) float64    { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
func getTimestamp(b []byte) (v bson.Timestamp) {
	return bson.Timestamp{T: binary.LittleEndian.Uint32(b[4:]), I: binary.LittleEndian.Uint32(b)}
}

func putTimestamp(b []byte, v bson.Timestamp) {
	binary.LittleEndian.PutUint32(b[4:], v.T)
	binary.LittleEndian.PutUint32(b, v.I)
}

func getDecimal128(b []byte) bson.Decimal128 {
	return bson.NewDecimal128(binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b))
}

func putDecimal128(b []byte, v bson.Decimal128) {
	high, low := v.GetBytes()
	binary.LittleEndian.PutUint64(b[8:], high)
	binary.LittleEndian.PutUint64(b, low)
}

// The boxes of numbers that BSON has no type of their own for.

func boxInt32[T int8 | int16 | uint8 | uint16](v T) Value { return Int32Value(int32(v)) }

func boxUint32(v uint32) Value { return Int64Value(int64(v)) }

func boxFloat32(v float32) Value { return DoubleValue(float64(v)) }

// boxUint64 takes a decimal128 for what neither int64 nor double hold.
func boxUint64(v uint64) Value {
	if v <= math.MaxInt64 {
		return Int64Value(int64(v))
	}
	if x := float64(v); x < 1<<64 && uint64(x) == v {
		return DoubleValue(x)
	}
	return Decimal128Value(bson.NewDecimal128(0x3040<<48, v))
}

// The loads (gather.go has more) of types that need no check.

func loadDecimal128(t bson.Type) func([]bson.Decimal128, spots) {
	if t != bson.TypeDecimal128 {
		return nil
	}
	return func(dst []bson.Decimal128, from spots) {
		for k, at := range from.at {
			dst[k] = getDecimal128(from.buf[at+from.by:])
		}
	}
}

func loadTimestamp(t bson.Type) func([]bson.Timestamp, spots) {
	if t != bson.TypeTimestamp {
		return nil
	}
	return func(dst []bson.Timestamp, from spots) {
		for k, at := range from.at {
			dst[k] = getTimestamp(from.buf[at+from.by:])
		}
	}
}

func loadType(t bson.Type) func([]uint8, spots) {
	return func(dst []uint8, from spots) {
		for k := range from.at {
			dst[k] = byte(t)
		}
	}
}

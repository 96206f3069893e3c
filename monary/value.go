package monary

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Value is one BSON value of any type: the cell of an "any" column. The zero
// Value is a missing field. A Value taken from a column shares its memory and
// is read-only.
type Value struct {
	typ  bson.Type
	bits uint64 // values of up to 8 bytes, little-endian
	data []byte // text as it is; other long values as BSON writes them
}

// NullValue is BSON null.
var NullValue = Value{typ: bson.TypeNull}

// BoolValue returns a BSON boolean.
func BoolValue(v bool) Value {
	if v {
		return Value{typ: bson.TypeBoolean, bits: 1}
	}
	return Value{typ: bson.TypeBoolean}
}

// Int32Value returns a BSON int32.
func Int32Value(v int32) Value { return Value{typ: bson.TypeInt32, bits: uint64(uint32(v))} }

// Int64Value returns a BSON int64.
func Int64Value(v int64) Value { return Value{typ: bson.TypeInt64, bits: uint64(v)} }

// DoubleValue returns a BSON double; NaN payloads and -0 are kept.
func DoubleValue(v float64) Value { return Value{typ: bson.TypeDouble, bits: math.Float64bits(v)} }

// DateValue returns a BSON UTC datetime of milliseconds since 1970.
func DateValue(ms int64) Value { return Value{typ: bson.TypeDateTime, bits: uint64(ms)} }

// StringValue returns a BSON string.
func StringValue(s string) Value { return Value{typ: bson.TypeString, data: []byte(s)} }

// ObjectIDValue returns a BSON ObjectID.
func ObjectIDValue(id bson.ObjectID) Value { return Value{typ: bson.TypeObjectID, data: id[:]} }

// Decimal128Value returns a BSON decimal128.
func Decimal128Value(v bson.Decimal128) Value {
	data := make([]byte, 16)
	putDecimal128(data, v)
	return Value{typ: bson.TypeDecimal128, data: data}
}

// TimestampValue returns a BSON timestamp.
func TimestampValue(v bson.Timestamp) Value {
	return Value{typ: bson.TypeTimestamp, bits: uint64(v.T)<<32 | uint64(v.I)}
}

// BinaryValue returns a BSON binary. The old subtype 2 gets the inner length
// that it is written with.
func BinaryValue(v bson.Binary) Value { return boxBinary(v.Data, v.Subtype) }

// UUIDValue returns a BSON binary of subtype 4.
func UUIDValue(id [16]byte) Value { return boxBinary(id[:], bson.TypeBinaryUUID) }

// ParseValue checks and takes a raw BSON value, all of its nested documents
// included. The value shares raw's memory.
func ParseValue(raw bson.RawValue) (Value, error) {
	size, f := valueSize(raw.Type, raw.Value)
	if f == nil && size != len(raw.Value) {
		f = faultf(size, ErrLength, "value of type %s takes %d bytes, found %d", raw.Type, size, len(raw.Value))
	}
	if f == nil {
		f = checkDeep(raw.Type, raw.Value, 0)
	}
	if f != nil {
		return Value{}, &DecodeError{Offset: int64(f.offset), Path: f.path(), Err: f.err}
	}
	return makeValue(raw.Type, raw.Value), nil
}

// Type is the BSON type; 0 for a missing value.
func (v Value) Type() bson.Type { return v.typ }

// IsMissing reports whether there is no value at all.
func (v Value) IsMissing() bool { return v.typ == 0 }

// IsNull reports whether the value is null, missing or undefined.
func (v Value) IsNull() bool {
	return v.typ == 0 || v.typ == bson.TypeNull || v.typ == bson.TypeUndefined
}

// IsNumber reports whether the value is an int32, int64, double or decimal128.
func (v Value) IsNumber() bool {
	switch v.typ {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128:
		return true
	}
	return false
}

// Int returns the number of an int32, int64, date or boolean value; ok is
// false for other types.
func (v Value) Int() (n int64, ok bool) {
	switch v.typ {
	case bson.TypeInt32:
		return int64(int32(v.bits)), true
	case bson.TypeInt64, bson.TypeDateTime, bson.TypeBoolean:
		return int64(v.bits), true
	}
	return 0, false
}

// Double returns a double's number; ok is false for other types.
func (v Value) Double() (x float64, ok bool) {
	return math.Float64frombits(v.bits), v.typ == bson.TypeDouble
}

// Text returns the bytes of a string, symbol or code value, without copying;
// ok is false for other types.
func (v Value) Text() (text []byte, ok bool) {
	switch v.typ {
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return v.data, true
	}
	return nil, false
}

// Elements yields the keys and values of a document or an array, in order;
// nothing for other types.
func (v Value) Elements() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.typ != bson.TypeEmbeddedDocument && v.typ != bson.TypeArray {
			return
		}
		for pos, end := 4, len(v.data)-1; pos < end; {
			t, key, val, f := nextElement(v.data, pos, end)
			if f != nil || !yield(string(key), makeValue(t, val)) { // a Value's bytes are checked: f is nil
				return
			}
			pos += 2 + len(key) + len(val)
		}
	}
}

// Field returns the first element of a document with the key, or a missing
// value.
func (v Value) Field(key string) Value {
	if v.typ != bson.TypeEmbeddedDocument {
		return Value{}
	}
	for k, field := range v.Elements() {
		if k == key {
			return field
		}
	}
	return Value{}
}

// Clone returns the value with memory of its own, for keeping it longer than
// the column it came from.
func (v Value) Clone() Value {
	v.data = bytes.Clone(v.data)
	return v
}

// Raw returns the value as the driver's type; a missing value gives the zero
// RawValue.
func (v Value) Raw() bson.RawValue {
	return bson.RawValue{Type: v.typ, Value: v.appendBytes(nil)}
}

// Size is how many bytes the value has in BSON: the length of Raw().Value, which it does not make.
func (v Value) Size() int {
	switch v.typ {
	case bson.TypeBoolean:
		return 1
	case bson.TypeInt32:
		return 4
	case bson.TypeInt64, bson.TypeDouble, bson.TypeDateTime, bson.TypeTimestamp:
		return 8
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return len(v.data) + 5
	}
	return len(v.data)
}

// String returns text as it is, numbers, booleans and null as Go prints them,
// "missing" for a missing value, and other values as extended JSON.
func (v Value) String() string {
	switch v.typ {
	case 0:
		return "missing"
	case bson.TypeNull:
		return "null"
	case bson.TypeBoolean:
		return strconv.FormatBool(v.bits == 1)
	case bson.TypeDouble:
		return fmt.Sprint(math.Float64frombits(v.bits))
	case bson.TypeInt32, bson.TypeInt64:
		n, _ := v.Int()
		return strconv.FormatInt(n, 10)
	}
	if text, ok := v.Text(); ok {
		return string(text)
	}
	text, err := bson.MarshalExtJSON(bson.D{{Key: "", Value: v.Raw()}}, false, false)
	if err != nil {
		return v.Raw().String()
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(text), `{"":`), "}")
}

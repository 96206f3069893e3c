package monary

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// coerceCell writes a value that a column has not taken once more, converted. It
// returns the cell's state, whether the value was converted, and scratch.
func coerceCell(vec vector, typ Type, row int, t bson.Type, val []byte, state State, scratch []byte) (State, bool, []byte) {
	if !state.offends() || state.hasValue() {
		return state, false, scratch
	}
	v, as, ok := coerce(typ, makeValue(t, val))
	switch {
	case !ok:
		return state, false, scratch
	case as != Present:
		return as, false, scratch
	}
	if v.typ == typeUint64 {
		scratch = append(scratch[:0], v.data...)
	} else {
		scratch = v.appendBytes(scratch[:0])
	}
	if again, f := vec.write(row, v.typ, scratch); f == nil {
		return again, again.hasValue(), scratch
	}
	return state, false, scratch
}

// coerce converts a value that a column of type to does not take into one that
// it may take; ok is false where [Coerce] has no way. The column still decides:
// a number may be out of its range.
func coerce(to Type, v Value) (c Value, state State, ok bool) {
	switch to.Kind {
	case KindBool:
		return toBoolValue(v)
	case KindInt8, KindInt16, KindInt32, KindInt64, KindUint8, KindUint16, KindUint32, KindUint64:
		return toIntegerValue(v)
	case KindFloat32:
		return toDoubleValue(v, 32)
	case KindFloat64:
		return toDoubleValue(v, 64)
	case KindDecimal128:
		return toDecimalValue(v)
	case KindDate:
		return toDateValue(v)
	case KindObjectID:
		return toObjectIDValue(v)
	case KindUUID:
		return toUUIDValue(v)
	case KindString, KindFixedString:
		text, ok := spelled(v)
		if !ok || to.Kind == KindFixedString && len(text) > to.Width && !isText(v) {
			return Value{}, Mismatch, false // a cut number would be another one
		}
		return StringValue(text), Present, true
	case KindCode:
		return retyped(v, bson.TypeJavaScript)
	case KindSymbol:
		return retyped(v, bson.TypeSymbol)
	}
	return Value{}, Mismatch, false
}

func isText(v Value) bool {
	return v.typ == bson.TypeString || v.typ == bson.TypeSymbol || v.typ == bson.TypeJavaScript
}

// plainText is the text of a string or symbol.
func plainText(v Value) (string, bool) {
	if v.typ != bson.TypeString && v.typ != bson.TypeSymbol || !utf8.Valid(v.data) {
		return "", false
	}
	return string(v.data), true
}

// retyped makes one kind of text of another.
func retyped(v Value, t bson.Type) (Value, State, bool) {
	if !isText(v) || !utf8.Valid(v.data) {
		return Value{}, Mismatch, false
	}
	return Value{typ: t, data: v.data}, Present, true
}

func toBoolValue(v Value) (Value, State, bool) {
	if text, ok := plainText(v); ok {
		switch strings.ToLower(text) {
		case "true", "1":
			return BoolValue(true), Present, true
		case "false", "0":
			return BoolValue(false), Present, true
		}
		return Value{}, Mismatch, true
	}
	if !v.IsNumber() {
		return Value{}, Mismatch, false
	}
	for bit, b := range []bool{false, true} {
		if Compare(v, Int32Value(int32(bit))) == 0 {
			return BoolValue(b), Present, true
		}
	}
	return Value{}, Mismatch, true
}

// typeUint64 is a type that BSON does not have: a number between 1<<63 and 1<<64
// on its way into a uint64 column.
const typeUint64 = bson.Type(0xe4)

// toIntegerValue makes a number for an integer column.
func toIntegerValue(v Value) (Value, State, bool) {
	switch v.typ {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble:
		return v, Present, true // the column has its own rules for them
	case bson.TypeBoolean:
		return Int64Value(int64(v.bits)), Present, true
	case bson.TypeDateTime:
		return Int64Value(int64(v.bits)), Present, true
	case bson.TypeDecimal128:
		return integerOf(getDecimal128(v.data).String())
	}
	if text, ok := plainText(v); ok {
		return integerOf(text)
	}
	return Value{}, Mismatch, false
}

// integerOf reads a decimal number that has no fraction.
func integerOf(text string) (Value, State, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return Int64Value(n), Present, true
	}
	number, _, ok := decimalNumber(text)
	switch {
	case !ok:
		return Value{}, Mismatch, true
	case !number.IsInt():
		return Value{}, Inexact, true
	case number.Num().IsInt64():
		return Int64Value(number.Num().Int64()), Present, true
	case number.Num().IsUint64():
		return Value{typ: typeUint64, data: binary.LittleEndian.AppendUint64(nil, number.Num().Uint64())}, Present, true
	}
	return Value{}, Overflow, true
}

// Bounds of decimal numbers in text.
const (
	maxNumberText  = 200
	maxNumberScale = 6200 // decimal128 goes to 6176
)

// decimalNumber reads a decimal number such as -12, 1.50 or 6e23 and counts its
// significant digits. Nothing around it is allowed.
func decimalNumber(text string) (number *big.Rat, digits int, ok bool) {
	mantissa, exponent, scaled := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(mantissa, "-"), "+"), ".")
	if len(text) > maxNumberText || strings.HasPrefix(mantissa, "-+") || !isDigits(whole) || pointed && !isDigits(fraction) {
		return nil, 0, false
	}
	if scaled {
		if n, err := strconv.Atoi(exponent); err != nil || n < -maxNumberScale || n > maxNumberScale {
			return nil, 0, false
		}
	}
	number, ok = new(big.Rat).SetString(text)
	return number, len(strings.Trim(whole+fraction, "0")), ok
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// toDoubleValue makes the float nearest to a decimal number that has no more
// digits than floats of that many bits tell apart, or that is a float.
func toDoubleValue(v Value, bits int) (Value, State, bool) {
	text, ok := plainText(v)
	switch v.typ {
	case bson.TypeBoolean:
		return DoubleValue(float64(v.bits)), Present, true
	case bson.TypeDecimal128:
		text, ok = getDecimal128(v.data).String(), true
	}
	if !ok {
		return Value{}, Mismatch, false
	}
	switch text {
	case "NaN":
		return DoubleValue(math.NaN()), Present, true
	case "Infinity":
		return DoubleValue(math.Inf(1)), Present, true
	case "-Infinity":
		return DoubleValue(math.Inf(-1)), Present, true
	}
	number, digits, ok := decimalNumber(text)
	if !ok {
		return Value{}, Mismatch, true
	}
	x, err := strconv.ParseFloat(text, bits)
	if err != nil {
		return Value{}, Overflow, true
	}
	most := 17
	if bits == 32 {
		most = 9
	}
	if x == 0 && number.Sign() != 0 || digits > most && new(big.Rat).SetFloat64(x).Cmp(number) != 0 {
		return Value{}, Inexact, true
	}
	return DoubleValue(x), Present, true
}

func toDecimalValue(v Value) (Value, State, bool) {
	text, ok := plainText(v)
	switch v.typ {
	case bson.TypeBoolean, bson.TypeInt32, bson.TypeInt64:
		n, _ := v.Int()
		if v.typ == bson.TypeBoolean {
			n = int64(v.bits)
		}
		text, ok = strconv.FormatInt(n, 10), true
	case bson.TypeDouble:
		text, ok = doubleText(math.Float64frombits(v.bits)), true
	}
	if !ok {
		return Value{}, Mismatch, false
	}
	if text != "NaN" && text != "Infinity" && text != "-Infinity" {
		_, digits, ok := decimalNumber(text)
		if !ok {
			return Value{}, Mismatch, true
		}
		if digits > 34 {
			return Value{}, Inexact, true
		}
	}
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		return Value{}, Overflow, true
	}
	return Decimal128Value(d), Present, true
}

// doubleText is the shortest text that gives the double back.
func doubleText(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// toDateValue makes a date of milliseconds, of seconds without an increment, or
// of text as in RFC 3339, which may be a day alone.
func toDateValue(v Value) (Value, State, bool) {
	switch v.typ {
	case bson.TypeInt32, bson.TypeInt64:
		n, _ := v.Int()
		return DateValue(n), Present, true
	case bson.TypeDouble:
		ms, state := integral(math.Float64frombits(v.bits))
		return DateValue(ms), state, true
	case bson.TypeTimestamp:
		if uint32(v.bits) != 0 {
			return Value{}, Inexact, true
		}
		return DateValue(int64(v.bits>>32) * 1000), Present, true
	}
	text, ok := plainText(v)
	if !ok {
		return Value{}, Mismatch, false
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	switch {
	case err != nil:
		return Value{}, Mismatch, true
	case at.Nanosecond()%1e6 != 0:
		return Value{}, Inexact, true
	}
	return DateValue(at.UnixMilli()), Present, true
}

func toObjectIDValue(v Value) (Value, State, bool) {
	text, ok := plainText(v)
	if !ok {
		return Value{}, Mismatch, false
	}
	id, err := bson.ObjectIDFromHex(text)
	if err != nil {
		return Value{}, Mismatch, true
	}
	return ObjectIDValue(id), Present, true
}

// toUUIDValue takes 32 hexadecimal digits, in groups of 8-4-4-4-12 or in one.
func toUUIDValue(v Value) (Value, State, bool) {
	text, ok := plainText(v)
	if !ok {
		return Value{}, Mismatch, false
	}
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		text = text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
	}
	id, err := hex.DecodeString(text)
	if err != nil || len(id) != 16 {
		return Value{}, Mismatch, true
	}
	return UUIDValue([16]byte(id)), Present, true
}

// spelled is what a value is called in text.
func spelled(v Value) (string, bool) {
	switch v.typ {
	case bson.TypeSymbol, bson.TypeJavaScript:
		return string(v.data), utf8.Valid(v.data)
	case bson.TypeBoolean, bson.TypeInt32, bson.TypeInt64:
		return v.String(), true
	case bson.TypeDouble:
		return doubleText(math.Float64frombits(v.bits)), true
	case bson.TypeDecimal128:
		return getDecimal128(v.data).String(), true
	case bson.TypeObjectID:
		return hex.EncodeToString(v.data), true
	case bson.TypeDateTime:
		at := time.UnixMilli(int64(v.bits)).UTC()
		return at.Format("2006-01-02T15:04:05.000Z"), at.Year() >= 0 && at.Year() <= 9999
	case bson.TypeBinary:
		id, state := toUUID(v.typ, v.appendBytes(nil))
		h := hex.EncodeToString(id[:])
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], state == Present
	}
	return "", false
}

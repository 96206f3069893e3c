package monary

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// appendCell appends a cell as the BSON that its column takes, or as a string,
// which a column of another type counts as a mismatch.
func appendCell(dst []byte, c csvCell, text string) []byte {
	if text == "" && !isTextual(c.kind) {
		return bsoncore.AppendNullElement(dst, c.key)
	}
	switch c.kind {
	case KindInt8, KindInt16, KindInt32, KindInt64, KindUint8, KindUint16, KindUint32:
		return appendInteger(dst, c.key, text, 1<<63)
	case KindUint64:
		return appendInteger(dst, c.key, text, 1<<64)
	case KindFloat32, KindFloat64:
		return appendFloat(dst, c.key, text, c.kind == KindFloat32)
	case KindAny, KindType, KindSize, KindLength:
		return appendGuess(dst, c.key, text)
	}
	if v, ok := parseCell(c.kind, text); ok {
		return appendElement(dst, c.key, v)
	}
	return bsoncore.AppendStringElement(dst, c.key, text)
}

// isTextual reports whether the empty text is a value of the kind.
func isTextual(k Kind) bool {
	switch k {
	case KindString, KindFixedString, KindCode, KindSymbol, KindAny:
		return true
	}
	return false
}

// parseCell reads what is no number. The default is text that stays text.
func parseCell(k Kind, text string) (v Value, ok bool) {
	switch k {
	case KindBool:
		return BoolValue(text == "true"), text == "true" || text == "false"
	case KindDate:
		t, err := time.Parse(time.RFC3339Nano, text)
		return DateValue(t.UnixMilli()), err == nil && t.Nanosecond()%1e6 == 0
	case KindObjectID:
		id, err := bson.ObjectIDFromHex(bareID(text))
		return ObjectIDValue(id), err == nil
	case KindDecimal128:
		d, err := bson.ParseDecimal128(text)
		return Decimal128Value(d), err == nil
	case KindTimestamp:
		return parseTimestamp(text)
	case KindUUID:
		return parseUUID(text)
	case KindBinary, KindFixedBinary:
		if strings.HasPrefix(text, "{") {
			v, ok := parseExtended(text)
			return v, ok && v.typ == bson.TypeBinary
		}
		data, err := base64.StdEncoding.DecodeString(text)
		return BinaryValue(bson.Binary{Data: data}), err == nil
	case KindRegex:
		ok := len(text) > 1 && text[0] == '/' && strings.LastIndexByte(text, '/') > 0 && !strings.ContainsRune(text, 0)
		if !ok {
			return Value{}, false
		}
		return regexValue([]byte(text)), true
	case KindCode:
		return Value{typ: bson.TypeJavaScript, data: []byte(text)}, true
	case KindSymbol:
		return Value{typ: bson.TypeSymbol, data: []byte(text)}, true
	case KindBSON, KindFixedBSON, KindList, KindStruct, KindVector, KindVector64, KindMinKey, KindMaxKey:
		return parseExtended(text)
	}
	return Value{}, false
}

func parseTimestamp(text string) (Value, bool) {
	seconds, increment, _ := strings.Cut(text, ":")
	t, err := strconv.ParseUint(seconds, 10, 32)
	i, wrong := strconv.ParseUint(increment, 10, 32)
	return TimestampValue(bson.Timestamp{T: uint32(t), I: uint32(i)}), err == nil && wrong == nil
}

func parseUUID(text string) (Value, bool) {
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		text = strings.ReplaceAll(text, "-", "")
	}
	id, err := hex.DecodeString(text)
	if err != nil || len(id) != 16 {
		return Value{}, false
	}
	return UUIDValue([16]byte(id)), true
}

// parseExtended reads a document or an array.
func parseExtended(text string) (Value, bool) {
	doc, err := ParseJSON(text)
	if err != nil {
		return Value{}, false
	}
	t, data, err := bson.MarshalValue(doc)
	if err != nil {
		return Value{}, false
	}
	return makeValue(t, data), true
}

// bareID is the text inside ObjectId(…), or all of it.
func bareID(text string) string {
	if inner, ok := strings.CutPrefix(text, "ObjectId("); ok {
		if inner, ok := strings.CutSuffix(inner, ")"); ok {
			return inner
		}
	}
	return text
}

// appendGuess guesses as mongoimport does, except that digits which a number
// would not give back, as in "007", "+1" and those beyond an int64, stay text.
func appendGuess(dst []byte, key, text string) []byte {
	if !isInteger(text) {
		return appendDouble(dst, key, text)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || strconv.FormatInt(n, 10) != text:
		return bsoncore.AppendStringElement(dst, key, text)
	case n == int64(int32(n)):
		return bsoncore.AppendInt32Element(dst, key, int32(n))
	}
	return bsoncore.AppendInt64Element(dst, key, n)
}

// isInteger reports whether the text is digits, with or without a sign.
func isInteger(text string) bool {
	digits := strings.TrimLeft(text, "+-")
	return digits != "" && len(text)-len(digits) <= 1 && strings.Trim(digits, "0123456789") == ""
}

func appendDouble(dst []byte, key, text string) []byte {
	if x, err := strconv.ParseFloat(text, 64); err == nil && !strings.ContainsAny(text, "xX_") {
		return bsoncore.AppendDoubleElement(dst, key, x)
	}
	return bsoncore.AppendStringElement(dst, key, text)
}

// What stands for a number that the column would have to round: an integer that
// no double equals, and a double that is no integer.
const (
	noDouble  = 1<<53 + 1
	noInteger = 0.5
)

// appendFloat takes decimals to the nearest double, or float32 if narrow, but
// integers only if they are exact.
func appendFloat(dst []byte, key, text string, narrow bool) []byte {
	if isInteger(text) {
		if !isDouble(text) {
			return bsoncore.AppendInt64Element(dst, key, noDouble)
		}
	} else if x, err := strconv.ParseFloat(text, 32); narrow && err == nil && !strings.ContainsAny(text, "xX_") {
		return bsoncore.AppendDoubleElement(dst, key, x)
	}
	return appendDouble(dst, key, text)
}

// isDouble reports whether a double equals the integer, or it is beyond any.
func isDouble(text string) bool {
	if len(text) >= 330 {
		return true
	}
	n, _ := new(big.Int).SetString(text, 10)
	_, accuracy := new(big.Float).SetInt(n).Float64()
	return accuracy == big.Exact
}

// appendInteger reads the number exactly, however it is written. At the limit
// and beyond it the nearest double will do, which is beyond it too.
func appendInteger(dst []byte, key, text string, limit float64) []byte {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return bsoncore.AppendInt64Element(dst, key, n)
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(x) > limit || math.IsNaN(x) {
		return appendDouble(dst, key, text)
	}
	exact, _, err := big.ParseFloat(text, 10, uint(64+4*len(text)), big.ToNearestEven)
	if err != nil || strings.ContainsAny(text, "xX_") {
		return bsoncore.AppendStringElement(dst, key, text)
	}
	if n, accuracy := exact.Int64(); accuracy == big.Exact {
		return bsoncore.AppendInt64Element(dst, key, n)
	}
	if exact.Cmp(big.NewFloat(x)) == 0 || exact.Cmp(big.NewFloat(limit)) >= 0 {
		return bsoncore.AppendDoubleElement(dst, key, x)
	}
	return bsoncore.AppendDoubleElement(dst, key, noInteger)
}

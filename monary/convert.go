package monary

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The one table of BSON type × column type. Each function takes an element's
// checked bytes and says what becomes of them:
//
//	column      takes                                      else
//	bool        boolean                                    mismatch
//	(u)intN     int32, int64, integral double in range     overflow, inexact (fraction), mismatch (NaN too)
//	float64     double as it is; int32, int64 if exact     inexact (beyond 2^53), mismatch
//	float32     NaN; double, int32, int64 if exact         overflow (beyond its range), inexact, mismatch
//	decimal128  decimal128                                 mismatch (other numbers too)
//	date        UTC datetime                               mismatch
//	timestamp   timestamp                                  mismatch
//	objectid    ObjectID                                   mismatch
//	uuid        binary, subtype 4, of 16 bytes             mismatch
//	string      string (UTF-8, else the read fails)        mismatch
//	string:N    the same; longer text is cut (truncated)   inexact when it ends with NUL, mismatch
//	code        code without scope (UTF-8, else …)         mismatch
//	symbol      symbol (UTF-8, else …)                     mismatch
//	regex       regular expression (UTF-8, else …)         inexact when the options hold a slash, mismatch
//	binary      binary of any subtype                      mismatch
//	binary:N    the same; a longer one is cut (truncated)  mismatch
//	bson        document, array                            mismatch
//	bson:N      the same                                   overflow (longer: a document cannot be cut), mismatch
//	null        nothing                                    mismatch
//	minkey      MinKey                                     mismatch
//	maxkey      MaxKey                                     mismatch
//	type        everything, null too                       never
//	size        string, code, symbol, binary,              mismatch
//	            document, array
//	length      the same                                   mismatch
//	vector:N    BSON vector (binary subtype 9) or array    overflow, inexact as its elements would,
//	vector64:N  of N elements, all present as float32      mismatch (another length, an element that is null)
//	            or float64
//	list<T>     array; its elements as T does              mismatch
//	struct{…}   document; its fields as their types do     mismatch
//	any         everything                                 never
//
// Null and undefined are the state Null in every column but type.

func toBool(t bson.Type, val []byte) (bool, State) {
	if t != bson.TypeBoolean {
		return false, mismatch(t)
	}
	return val[0] == 1, Present
}

// toInteger converts to a type all of whose values are int64 values as well.
func toInteger[T int8 | int16 | int32 | uint8 | uint16 | uint32](t bson.Type, val []byte) (T, State) {
	n, state := toInt64(t, val)
	if state == Present && n != int64(T(n)) {
		return 0, Overflow
	}
	return T(n), state
}

func toInt64(t bson.Type, val []byte) (int64, State) {
	switch t {
	case bson.TypeInt32:
		return int64(int32(binary.LittleEndian.Uint32(val))), Present
	case bson.TypeInt64:
		return int64(binary.LittleEndian.Uint64(val)), Present
	case bson.TypeDouble:
		return integral(math.Float64frombits(binary.LittleEndian.Uint64(val)))
	case typeUint64:
		return 0, Overflow
	}
	return 0, mismatch(t)
}

func integral(x float64) (int64, State) {
	switch {
	case math.IsNaN(x):
		return 0, Mismatch
	case x < -1<<63 || x >= 1<<63:
		return 0, Overflow
	case x != math.Trunc(x):
		return 0, Inexact
	}
	return int64(x), Present
}

func toUint64(t bson.Type, val []byte) (uint64, State) {
	if t == typeUint64 {
		return binary.LittleEndian.Uint64(val), Present
	}
	if t == bson.TypeDouble {
		if x := math.Float64frombits(binary.LittleEndian.Uint64(val)); x >= 1<<63 && x < 1<<64 {
			return uint64(x), Present // all doubles of that size are integral
		}
	}
	n, state := toInt64(t, val)
	if state == Present && n < 0 {
		return 0, Overflow
	}
	return uint64(n), state
}

func toFloat64(t bson.Type, val []byte) (float64, State) {
	switch t {
	case bson.TypeDouble:
		return math.Float64frombits(binary.LittleEndian.Uint64(val)), Present
	case bson.TypeInt32:
		return float64(int32(binary.LittleEndian.Uint32(val))), Present
	case bson.TypeInt64:
		n := int64(binary.LittleEndian.Uint64(val))
		if x := float64(n); x < 1<<63 && int64(x) == n {
			return x, Present
		}
		return 0, Inexact
	}
	return 0, mismatch(t)
}

// toFloat32 lets every NaN through; its payload is cut to what fits.
func toFloat32(t bson.Type, val []byte) (float32, State) {
	x, state := toFloat64(t, val)
	y := float32(x)
	switch {
	case state != Present || x != x || float64(y) == x:
		return y, state
	case math.IsInf(float64(y), 0):
		return 0, Overflow
	}
	return 0, Inexact
}

func toDecimal128(t bson.Type, val []byte) (bson.Decimal128, State) {
	if t != bson.TypeDecimal128 {
		return bson.Decimal128{}, mismatch(t)
	}
	return getDecimal128(val), Present
}

func toTimestamp(t bson.Type, val []byte) (bson.Timestamp, State) {
	if t != bson.TypeTimestamp {
		return bson.Timestamp{}, mismatch(t)
	}
	return getTimestamp(val), Present
}

func toUUID(t bson.Type, val []byte) ([16]byte, State) {
	if t == bson.TypeBinary {
		if subtype, data := binaryParts(val); subtype == bson.TypeBinaryUUID && len(data) == 16 {
			return [16]byte(data), Present
		}
	}
	return [16]byte{}, mismatch(t)
}

func toDate(t bson.Type, val []byte) (int64, State) {
	if t != bson.TypeDateTime {
		return 0, mismatch(t)
	}
	return int64(binary.LittleEndian.Uint64(val)), Present
}

func toObjectID(t bson.Type, val []byte) (bson.ObjectID, State) {
	if t != bson.TypeObjectID {
		return bson.ObjectID{}, mismatch(t)
	}
	return bson.ObjectID(val), Present
}

// toText returns the bytes of a string, code or symbol, whichever is wanted.
// They share val's memory.
func toText(want, t bson.Type, val []byte) ([]byte, State, *fault) {
	if t != want {
		return nil, mismatch(t), nil
	}
	if t == bson.TypeRegex {
		return toRegex(val)
	}
	text := val[4 : len(val)-1]
	if f := checkText(text, 4); f != nil {
		return nil, Mismatch, f
	}
	return text, Present, nil
}

// toRegex returns /pattern/options. The last slash ends the pattern, so one
// among the options could not be told apart.
func toRegex(val []byte) ([]byte, State, *fault) {
	if f := checkText(val, 0); f != nil {
		return nil, Mismatch, f
	}
	pattern, options, _ := bytes.Cut(val[:len(val)-1], []byte{0})
	if bytes.IndexByte(options, '/') >= 0 {
		return nil, Inexact, nil
	}
	return slices.Concat([]byte{'/'}, pattern, []byte{'/'}, options), Present, nil
}

// binaryParts takes a binary's checked bytes apart. The old subtype 2 holds its
// length once more, before the data.
func binaryParts(val []byte) (subtype byte, data []byte) {
	subtype, data = val[4], val[5:]
	if subtype == bson.TypeBinaryBinaryOld {
		data = data[4:]
	}
	return subtype, data
}

// fit cuts text to at most n bytes without cutting a rune. A cell of n bytes
// is padded with NULs, so text that ends with one could not be told apart.
func fit(text []byte, n int) ([]byte, State) {
	state := Present
	if len(text) > n {
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text, state = text[:n], Truncated
	}
	if len(text) > 0 && text[len(text)-1] == 0 {
		return nil, Inexact
	}
	return text, state
}

func mismatch(t bson.Type) State {
	if t == bson.TypeNull || t == bson.TypeUndefined {
		return Null
	}
	return Mismatch
}

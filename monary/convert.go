package monary

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The one table of BSON type × column type. Each function takes an element's
// checked bytes and says what becomes of them:
//
//	column     takes                                      else
//	bool       boolean                                    mismatch
//	int32/64   int32, int64, integral double in range     overflow, inexact (fraction), mismatch (NaN too)
//	float64    double as it is; int32, int64 if exact     inexact (beyond 2^53), mismatch
//	date       UTC datetime                               mismatch
//	objectid   ObjectID                                   mismatch
//	string     string (UTF-8, else the read fails)        mismatch
//	string:N   the same; longer text is cut (truncated)   inexact when it ends with NUL, mismatch
//	any        everything                                 never
//
// Null and undefined are the state Null in every column.

func toBool(t bson.Type, val []byte) (bool, State) {
	if t != bson.TypeBoolean {
		return false, mismatch(t)
	}
	return val[0] == 1, Present
}

func toInt32(t bson.Type, val []byte) (int32, State) {
	n, state := toInt64(t, val)
	if state == Present && n != int64(int32(n)) {
		return 0, Overflow
	}
	return int32(n), state
}

func toInt64(t bson.Type, val []byte) (int64, State) {
	switch t {
	case bson.TypeInt32:
		return int64(int32(binary.LittleEndian.Uint32(val))), Present
	case bson.TypeInt64:
		return int64(binary.LittleEndian.Uint64(val)), Present
	case bson.TypeDouble:
		return integral(math.Float64frombits(binary.LittleEndian.Uint64(val)))
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

// toText returns the bytes of a string, which share val's memory.
func toText(t bson.Type, val []byte) ([]byte, State, *fault) {
	if t != bson.TypeString {
		return nil, mismatch(t), nil
	}
	text := val[4 : len(val)-1]
	if f := checkText(text, 4); f != nil {
		return nil, Mismatch, f
	}
	return text, Present, nil
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

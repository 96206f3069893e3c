package monary

import (
	"encoding/binary"
	"math"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// AppendKey appends bytes that are equal for two values just when [Compare]
// calls the values equal: 1, 1.0 and decimal 1.00 have one key, which is what
// grouping needs. A key tells its own end, so keys can follow one another.
func (v Value) AppendKey(dst []byte) []byte {
	dst = append(dst, byte(bracket(v.typ)))
	switch v.typ {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128:
		return appendNumberKey(dst, v)
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return appendSized(dst, textOf(v))
	case bson.TypeBoolean, bson.TypeDateTime, bson.TypeTimestamp:
		return binary.LittleEndian.AppendUint64(dst, v.bits)
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return appendContainerKey(dst, v)
	case bson.TypeCodeWithScope:
		n := 8 + length(v.data[4:])
		dst = appendSized(dst, v.data[8:n])
		return appendContainerKey(dst, Value{typ: bson.TypeEmbeddedDocument, data: v.data[n:]})
	}
	return appendSized(dst, v.data)
}

func appendSized(dst, data []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(data))), data...)
}

func appendContainerKey(dst []byte, v Value) []byte {
	for key, element := range v.Elements() {
		dst = append(dst, 1)
		if v.typ == bson.TypeEmbeddedDocument {
			dst = appendSized(dst, []byte(key))
		}
		dst = element.AppendKey(dst)
	}
	return append(dst, 0)
}

// Forms of a number's key: the first that holds the number exactly is taken.
const (
	keyInt = iota
	keyDouble
	keyRational
)

func appendNumberKey(dst []byte, v Value) []byte {
	if n, ok := v.Int(); ok {
		return appendBits(dst, keyInt, uint64(n))
	}
	if x, ok := v.Double(); ok {
		return appendDoubleKey(dst, x)
	}
	r, class := decimalRational(v.decimal())
	switch {
	case class == -2:
		return appendDoubleKey(dst, math.NaN())
	case class != 0:
		return appendDoubleKey(dst, math.Inf(class))
	case r.IsInt() && r.Num().IsInt64():
		return appendBits(dst, keyInt, uint64(r.Num().Int64()))
	}
	if x, exact := r.Float64(); exact {
		return appendDoubleKey(dst, x)
	}
	return appendRationalKey(dst, r)
}

func appendDoubleKey(dst []byte, x float64) []byte {
	switch {
	case math.IsNaN(x):
		return appendBits(dst, keyDouble, math.Float64bits(math.NaN()))
	case x >= -1<<63 && x < 1<<63 && x == math.Trunc(x):
		return appendBits(dst, keyInt, uint64(int64(x)))
	}
	return appendBits(dst, keyDouble, math.Float64bits(x))
}

func appendBits(dst []byte, form byte, bits uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, form), bits)
}

func appendRationalKey(dst []byte, r *big.Rat) []byte {
	return appendSized(append(dst, keyRational), []byte(r.String()))
}

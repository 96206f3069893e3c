package monary

import (
	"bytes"
	"cmp"
	"math"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Compare orders two values as MongoDB's "comparison and sort order" does:
// first by type bracket (MinKey, missing, null, numbers, strings, documents,
// arrays, binary, ObjectID, boolean, date, timestamp, regular expression,
// pointer, code, code with scope, MaxKey), then inside it. Numbers compare by
// value whatever their types, NaN below all others. The result is -1, 0 or 1.
func Compare(a, b Value) int {
	if c := cmp.Compare(bracket(a.typ), bracket(b.typ)); c != 0 {
		return c
	}
	switch a.typ {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128:
		return compareNumbers(a, b)
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return bytes.Compare(textOf(a), textOf(b))
	case bson.TypeEmbeddedDocument:
		return compareDocuments(a, b)
	case bson.TypeArray:
		return compareArrays(a, b)
	case bson.TypeBoolean, bson.TypeTimestamp:
		return cmp.Compare(a.bits, b.bits)
	case bson.TypeDateTime:
		return cmp.Compare(int64(a.bits), int64(b.bits))
	case bson.TypeBinary:
		return compareBinary(a.data, b.data)
	case bson.TypeDBPointer:
		return cmp.Or(cmp.Compare(len(a.data), len(b.data)), bytes.Compare(a.data, b.data))
	case bson.TypeCodeWithScope:
		return compareScopes(a.data, b.data)
	}
	return bytes.Compare(a.data, b.data) // ObjectID, regex; the others hold nothing
}

// SameBracket reports whether two values are of types that MongoDB compares by
// value, such as int32 and double; $gt and its like match only those.
func SameBracket(a, b Value) bool { return bracket(a.typ) == bracket(b.typ) }

// bracket numbers the type brackets in their order.
func bracket(t bson.Type) int {
	switch t {
	case bson.TypeMinKey:
		return -1
	case 0, bson.TypeUndefined:
		return 0
	case bson.TypeNull:
		return 1
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128:
		return 2
	case bson.TypeString, bson.TypeSymbol:
		return 3
	case bson.TypeEmbeddedDocument:
		return 4
	case bson.TypeArray:
		return 5
	case bson.TypeBinary:
		return 6
	case bson.TypeObjectID:
		return 7
	case bson.TypeBoolean:
		return 8
	case bson.TypeDateTime:
		return 9
	case bson.TypeTimestamp:
		return 10
	case bson.TypeRegex:
		return 11
	case bson.TypeDBPointer:
		return 12
	case bson.TypeJavaScript:
		return 13
	case bson.TypeCodeWithScope:
		return 14
	}
	return 127 // MaxKey
}

func textOf(v Value) []byte {
	text, _ := v.Text()
	return text
}

func compareNumbers(a, b Value) int {
	switch {
	case a.typ == bson.TypeDecimal128 || b.typ == bson.TypeDecimal128:
		return compareExact(a, b)
	case a.typ == bson.TypeDouble && b.typ == bson.TypeDouble:
		x, _ := a.Double()
		y, _ := b.Double()
		return cmp.Compare(x, y) // NaN first, -0 equal to 0
	case a.typ == bson.TypeDouble:
		x, _ := a.Double()
		n, _ := b.Int()
		return compareDoubleInt(x, n)
	case b.typ == bson.TypeDouble:
		x, _ := b.Double()
		n, _ := a.Int()
		return -compareDoubleInt(x, n)
	}
	m, _ := a.Int()
	n, _ := b.Int()
	return cmp.Compare(m, n)
}

// compareDoubleInt compares without rounding n, which may have more digits
// than a double holds.
func compareDoubleInt(x float64, n int64) int {
	switch {
	case math.IsNaN(x) || x < -1<<63:
		return -1
	case x >= 1<<63:
		return 1
	}
	whole := math.Trunc(x)
	return cmp.Or(cmp.Compare(int64(whole), n), cmp.Compare(x, whole))
}

// compareExact compares where a decimal128 takes part: by exact rationals.
func compareExact(a, b Value) int {
	x, xClass := rational(a)
	y, yClass := rational(b)
	if xClass != 0 || yClass != 0 {
		return cmp.Compare(xClass, yClass)
	}
	return x.Cmp(y)
}

// rational returns a number as a fraction; class is 0 for finite ones, -2 for
// NaN, ±1 for the infinities.
func rational(v Value) (r *big.Rat, class int) {
	switch v.typ {
	case bson.TypeDecimal128:
		return decimalRational(v.decimal())
	case bson.TypeDouble:
		x, _ := v.Double()
		switch {
		case math.IsNaN(x):
			return nil, -2
		case math.IsInf(x, 0):
			return nil, int(math.Copysign(1, x))
		}
		return new(big.Rat).SetFloat64(x), 0
	}
	n, _ := v.Int()
	return new(big.Rat).SetInt64(n), 0
}

func decimalRational(d bson.Decimal128) (r *big.Rat, class int) {
	switch {
	case d.IsNaN():
		return nil, -2
	case d.IsInf() != 0:
		return nil, d.IsInf()
	}
	coefficient, exponent, err := d.BigInt()
	if err != nil { // only NaN and infinities have no integer form
		return nil, -2
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	if exponent < 0 {
		return new(big.Rat).SetFrac(coefficient, scale), 0
	}
	return new(big.Rat).SetInt(coefficient.Mul(coefficient, scale)), 0
}

func (v Value) decimal() bson.Decimal128 {
	d, _ := bson.RawValue{Type: v.typ, Value: v.data}.Decimal128OK()
	return d
}

// compareDocuments compares element by element: bracket, key, value; a
// document that is the other's beginning comes first.
func compareDocuments(a, b Value) int {
	return walkBoth(a, b, func(ka, kb string, va, vb Value) int {
		return cmp.Or(cmp.Compare(bracket(va.typ), bracket(vb.typ)), cmp.Compare(ka, kb), Compare(va, vb))
	})
}

func compareArrays(a, b Value) int {
	return walkBoth(a, b, func(_, _ string, va, vb Value) int { return Compare(va, vb) })
}

func walkBoth(a, b Value, compare func(ka, kb string, va, vb Value) int) int {
	x, y := a.data, b.data
	i, j := 4, 4
	for i < len(x)-1 && j < len(y)-1 {
		ta, ka, va, _ := nextElement(x, i, len(x)-1)
		tb, kb, vb, _ := nextElement(y, j, len(y)-1)
		if c := compare(string(ka), string(kb), makeValue(ta, va), makeValue(tb, vb)); c != 0 {
			return c
		}
		i, j = i+2+len(ka)+len(va), j+2+len(kb)+len(vb)
	}
	return cmp.Compare(len(x)-i, len(y)-j)
}

// compareBinary compares by length, then subtype, then bytes.
func compareBinary(a, b []byte) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), bytes.Compare(a[4:], b[4:]))
}

func compareScopes(a, b []byte) int {
	m, n := 8+length(a[4:]), 8+length(b[4:])
	return cmp.Or(bytes.Compare(a[8:m], b[8:n]),
		compareDocuments(Value{data: a[m:]}, Value{data: b[n:]}))
}

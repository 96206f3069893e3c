package monary_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// typeCells has, for the types that TestConvert leaves out, cells whose
// conversion is not the plain mismatch; ! is behind a truncated one.
var typeCells = []struct {
	why, typ string
	bsonType bson.Type
	val      []byte
	want     string
}{
	{"limit", "int8", bson.TypeInt32, int32Bytes(127), "127"},
	{"limit", "int8", bson.TypeInt64, int64Bytes(-128), "-128"},
	{"never wraps", "int8", bson.TypeInt32, int32Bytes(128), "overflow"},
	{"never wraps", "int8", bson.TypeInt64, int64Bytes(1 << 32), "overflow"},
	{"integral doubles", "int8", bson.TypeDouble, doubleBytes(-5), "-5"},
	{"fractions", "int8", bson.TypeDouble, doubleBytes(2.9), "inexact"},
	{"NaN is no integer", "int8", bson.TypeDouble, doubleBytes(math.NaN()), "mismatch"},
	{"edge case 15: 2<<65", "int8", bson.TypeDouble, doubleBytes(math.Ldexp(2, 65)), "overflow"},
	{"limit", "int16", bson.TypeInt32, int32Bytes(math.MinInt16), "-32768"},
	{"never wraps", "int16", bson.TypeInt32, int32Bytes(math.MaxInt16 + 1), "overflow"},
	{"from a double", "int16", bson.TypeDouble, doubleBytes(-32768), "-32768"},
	{"limit", "uint8", bson.TypeInt32, int32Bytes(255), "255"},
	{"no negative ones", "uint8", bson.TypeInt32, int32Bytes(-1), "overflow"},
	{"never wraps", "uint8", bson.TypeInt32, int32Bytes(256), "overflow"},
	{"-0 is 0", "uint8", bson.TypeDouble, doubleBytes(math.Copysign(0, -1)), "0"},
	{"limit", "uint16", bson.TypeInt64, int64Bytes(65535), "65535"},
	{"never wraps", "uint16", bson.TypeInt64, int64Bytes(65536), "overflow"},
	{"limit", "uint32", bson.TypeInt64, int64Bytes(math.MaxUint32), "4294967295"},
	{"never wraps", "uint32", bson.TypeInt64, int64Bytes(math.MaxUint32 + 1), "overflow"},
	{"no negative ones", "uint32", bson.TypeInt32, int32Bytes(-1), "overflow"},
	{"edge case 15: 2<<34", "uint32", bson.TypeInt64, int64Bytes(2 << 34), "overflow"},
	{"edge case 15: 2<<34 as a double", "uint32", bson.TypeDouble, doubleBytes(2 << 34), "overflow"},

	{"int64's limit", "uint64", bson.TypeInt64, int64Bytes(math.MaxInt64), "9223372036854775807"},
	{"no negative ones", "uint64", bson.TypeInt64, int64Bytes(-1), "overflow"},
	{"no negative ones", "uint64", bson.TypeDouble, doubleBytes(-1), "overflow"},
	{"beyond int64", "uint64", bson.TypeDouble, doubleBytes(1 << 63), "9223372036854775808"},
	{"the greatest double that fits", "uint64", bson.TypeDouble, doubleBytes(math.Nextafter(1<<64, 0)), "18446744073709549568"},
	{"one beyond", "uint64", bson.TypeDouble, doubleBytes(1 << 64), "overflow"},
	{"out of every range", "uint64", bson.TypeDouble, doubleBytes(math.Inf(1)), "overflow"},
	{"out of every range", "uint64", bson.TypeDouble, doubleBytes(math.Inf(-1)), "overflow"},
	{"fractions", "uint64", bson.TypeDouble, doubleBytes(0.5), "inexact"},

	{"exact", "float32", bson.TypeDouble, doubleBytes(0.25), bits32(0.25)},
	{"0.1 is another number in 32 bits", "float32", bson.TypeDouble, doubleBytes(0.1), "inexact"},
	{"edge case 28: NaN survives", "float32", bson.TypeDouble, doubleBytes(math.NaN()), bits32(float32(math.NaN()))},
	{"infinities are exact", "float32", bson.TypeDouble, doubleBytes(math.Inf(-1)), bits32(float32(math.Inf(-1)))},
	{"-0 keeps its sign", "float32", bson.TypeDouble, doubleBytes(math.Copysign(0, -1)), "80000000"},
	{"edge case 21: beyond the range", "float32", bson.TypeDouble, doubleBytes(1e50), "overflow"},
	{"the greatest", "float32", bson.TypeDouble, doubleBytes(math.MaxFloat32), bits32(math.MaxFloat32)},
	{"the last of the exact ones", "float32", bson.TypeInt32, int32Bytes(1 << 24), bits32(1 << 24)},
	{"no float32 equals it", "float32", bson.TypeInt32, int32Bytes(1<<24 + 1), "inexact"},
	{"no float32 equals it", "float32", bson.TypeInt64, int64Bytes(1<<53 + 1), "inexact"},
	{"rounds to 2^63, which is no int64", "float32", bson.TypeInt64, int64Bytes(math.MaxInt64), "inexact"},
	{"a power of two", "float32", bson.TypeInt64, int64Bytes(math.MinInt64), bits32(-1 << 63)},

	{"its 16 bytes", "decimal128", bson.TypeDecimal128, join(int64Bytes(5), int64Bytes(0x3040<<48)), "5"},
	{"other numbers are none", "decimal128", bson.TypeInt32, int32Bytes(5), "mismatch"},
	{"seconds are above the increment", "timestamp", bson.TypeTimestamp, int64Bytes(1<<32 | 7), "1:7"},
	{"a date is none", "timestamp", bson.TypeDateTime, int64Bytes(1), "mismatch"},
	{"subtype 4", "uuid", bson.TypeBinary, join(int32Bytes(16), []byte{4}, []byte("0123456789abcdef")), "30313233343536373839616263646566"},
	{"subtype 3 has several byte orders", "uuid", bson.TypeBinary, join(int32Bytes(16), []byte{3}, []byte("0123456789abcdef")), "mismatch"},
	{"15 bytes are no UUID", "uuid", bson.TypeBinary, join(int32Bytes(15), []byte{4}, []byte("0123456789abcde")), "mismatch"},

	{"between slashes", "regex", bson.TypeRegex, []byte("a+\x00im\x00"), `"/a+/im"`},
	{"the last slash counts", "regex", bson.TypeRegex, []byte("a/b\x00\x00"), `"/a/b/"`},
	{"nothing at all", "regex", bson.TypeRegex, []byte("\x00\x00"), `"//"`},
	{"could not be told apart", "regex", bson.TypeRegex, []byte("a\x00/\x00"), "inexact"},
	{"without scope", "code", bson.TypeJavaScript, textBytes("f()"), `"f()"`},
	{"the scope would be lost", "code", bson.TypeCodeWithScope, join(int32Bytes(4+6+5), textBytes("f"), document()), "mismatch"},
	{"text", "symbol", bson.TypeSymbol, textBytes("s"), `"s"`},
	{"a string is no symbol", "symbol", bson.TypeString, textBytes("s"), "mismatch"},
	{"edge case 13: NUL inside", "code", bson.TypeJavaScript, textBytes("hello\x00world"), `"hello\x00world"`},

	{"edge case 20: the subtype is kept", "binary", bson.TypeBinary, join(int32Bytes(2), []byte{10, 1, 2}), "10:0102"},
	{"edge case 20: another in the next row", "binary", bson.TypeBinary, join(int32Bytes(2), []byte{20, 1, 2}), "20:0102"},
	{"edge case 20: no bytes", "binary", bson.TypeBinary, join(int32Bytes(0), []byte{0}), "0:"},
	{"edge case 20: the inner length of subtype 2 is none of the data", "binary", bson.TypeBinary, join(int32Bytes(5), []byte{2}, int32Bytes(1), []byte{9}), "2:09"},
	{"text is no binary", "binary", bson.TypeString, textBytes("s"), "mismatch"},
	{"shorter", "binary:4", bson.TypeBinary, join(int32Bytes(2), []byte{0, 1, 0}), "0:0100"},
	{"edge case 10: the width", "binary:4", bson.TypeBinary, join(int32Bytes(4), []byte{7, 1, 2, 3, 4}), "7:01020304"},
	{"cut", "binary:4", bson.TypeBinary, join(int32Bytes(5), []byte{7, 1, 2, 3, 4, 5}), "7:01020304!"},
	{"the inner length does not count", "binary:4", bson.TypeBinary, join(int32Bytes(8), []byte{2}, int32Bytes(4), []byte{1, 2, 3, 4}), "2:01020304"},

	{"a document", "bson", bson.TypeEmbeddedDocument, document(), "03:0500000000"},
	{"an array is not one", "bson", bson.TypeArray, document(), "04:0500000000"},
	{"null is no document", "bson", bson.TypeNull, nil, "null"},
	{"edge case 10: the width", "bson:12", bson.TypeEmbeddedDocument, document(one("a")), "03:0c0000001061000100000000"},
	{"cannot be cut", "bson:11", bson.TypeEmbeddedDocument, document(one("a")), "overflow"},

	{"never has a value", "null", bson.TypeNull, nil, "null"},
	{"and takes nothing else", "null", bson.TypeMinKey, nil, "mismatch"},
	{"its only value", "minkey", bson.TypeMinKey, nil, `{"$minKey":1}`},
	{"null is null", "minkey", bson.TypeNull, nil, "null"},
	{"its only value", "maxkey", bson.TypeMaxKey, nil, `{"$maxKey":1}`},
	{"the other", "maxkey", bson.TypeMinKey, nil, "mismatch"},

	{"edge case 2", "type", bson.TypeDouble, doubleBytes(1), "1"},
	{"edge case 2", "type", bson.TypeString, textBytes(""), "2"},
	{"edge case 2", "type", bson.TypeArray, document(), "4"},
	{"edge case 2", "type", bson.TypeBinary, join(int32Bytes(0), []byte{0}), "5"},
	{"edge case 2", "type", bson.TypeBoolean, []byte{0}, "8"},
	{"edge case 2", "type", bson.TypeDateTime, int64Bytes(0), "9"},
	{"edge case 2", "type", bson.TypeInt32, int32Bytes(0), "16"},
	{"as in Monary, null has a type", "type", bson.TypeNull, nil, "10"},
	{"one byte", "type", bson.TypeMinKey, nil, "255"},
	{"edge case 3: bytes", "size", bson.TypeString, textBytes("aé€"), "6"},
	{"edge case 3: code points", "length", bson.TypeString, textBytes("aé€"), "3"},
	{"edge case 2: a whole array", "size", bson.TypeArray, document(one("0"), one("1")), "19"},
	{"edge case 2: its elements", "length", bson.TypeArray, document(one("0"), one("1")), "2"},
	{"edge case 2: a whole document", "size", bson.TypeEmbeddedDocument, document(one("a")), "12"},
	{"edge case 2: its keys", "length", bson.TypeEmbeddedDocument, document(one("a"), one("b")), "2"},
	{"edge case 2: bytes", "size", bson.TypeBinary, join(int32Bytes(3), []byte{0, 1, 2, 3}), "3"},
	{"bytes too", "length", bson.TypeBinary, join(int32Bytes(6), []byte{2}, int32Bytes(2), []byte{1, 2}), "2"},
	{"Monary crashed on code", "length", bson.TypeJavaScript, textBytes("é"), "1"},
	{"Monary gave 0", "size", bson.TypeJavaScript, textBytes("é"), "2"},
	{"has none", "size", bson.TypeInt32, int32Bytes(1), "mismatch"},
	{"null is null", "length", bson.TypeNull, nil, "null"},

	{"edge case 17: places are kept", "list<int32>", bson.TypeArray,
		document(element(bson.TypeNull, "0", nil), one("1"), element(bson.TypeString, "2", textBytes("x"))), "[- 1 -]"},
	{"edge case 19: empty, not null", "list<int32>", bson.TypeArray, document(), "[]"},
	{"edge case 19: null, not empty", "list<int32>", bson.TypeNull, nil, "null"},
	{"a document is no list", "list<int32>", bson.TypeEmbeddedDocument, document(), "mismatch"},
	{"edge case 28: the first of duplicate keys", "struct{a int32; b any}", bson.TypeEmbeddedDocument, document(two("a"), one("a")), "{a:2 b:00:}"},
	{"edge case 28: odd keys", `struct{"" int32; $x int32; a\.b int32}`, bson.TypeEmbeddedDocument,
		document(one("a.b"), two(""), one("$x")), `{:2 $x:1 a\.b:1}`},
	{"edge case 19: empty, not null", "struct{a int32}", bson.TypeEmbeddedDocument, document(), "{a:-}"},
	{"an array is no struct", "struct{a int32}", bson.TypeArray, document(), "mismatch"},
}

func TestTypeCells(t *testing.T) {
	for _, c := range typeCells {
		doc := document(element(c.bsonType, "v", c.val))
		table, report, err := read(t, [][]byte{doc}, monary.MustSchema("v "+c.typ))
		require.NoError(t, err)
		assert.Equal(t, c.want, outcome(t, table, report), "%s of %s %x: %s", c.typ, c.bsonType, c.val, c.why)

		// The same cell inside a list and a struct.
		doc = document(array("v", sub("0", element(c.bsonType, "w", c.val))))
		table, report, err = read(t, [][]byte{doc}, monary.MustSchema("v list<struct{w "+c.typ+"}>"))
		require.NoError(t, err)
		inner := report.Columns[0].Nested[1]
		assert.Equal(t, "v[].w", inner.Field)
		states := counted(monary.Report{Columns: []monary.Counts{inner}}, 0)
		want := "[{w:" + strings.TrimSuffix(c.want, "!") + "}]"
		for state := range states {
			if state != monary.Present && state != monary.Truncated {
				assert.Equal(t, c.want, state.String(), c.why)
				want = "[{w:-}]"
			}
		}
		assert.Len(t, states, 1)
		assert.Equal(t, want, cells(t, table, 0)[0], c.why)
	}
}

// Every value of the tables meets every type; the reference says what becomes
// of it.
func TestEveryValueInEveryType(t *testing.T) {
	values := conversions
	for _, c := range typeCells {
		values = append(values, conversion{c.typ, c.why, c.bsonType, c.val, nil})
	}
	var docs [][]byte
	for _, c := range values {
		docs = append(docs, document(element(c.typ, "v", c.val)))
	}
	for _, typ := range allTypes {
		schema := monary.MustSchema("v " + typ)
		want := newReference(docs, schema)
		table, report, err := read(t, docs, schema)
		require.NoError(t, err)
		for row, cell := range cells(t, table, 0) {
			assert.Equal(t, want.cells[0][row], cell, "%s: %s, %s", typ, values[row].name, values[row].why)
		}
		assert.Equal(t, want.states[0], counted(report, 0), typ)
		assert.Equal(t, want.nested[0], countedNested(report, 0), typ)
	}
}

func TestMalformedInsideTypes(t *testing.T) {
	bad := textBytes("\xff")
	for _, c := range []struct {
		typ string
		doc []byte
	}{
		{"code", document(element(bson.TypeJavaScript, "v", bad))},
		{"symbol", document(element(bson.TypeSymbol, "v", bad))},
		{"regex", document(element(bson.TypeRegex, "v", []byte("\xff\x00\x00")))},
		{"length", document(element(bson.TypeString, "v", bad))},
		{"bson", document(sub("v", element(bson.TypeString, "a", bad)))},
		{"bson:40", document(array("v", element(bson.TypeString, "0", bad)))},
		{"list<string>", document(array("v", element(bson.TypeString, "0", bad)))},
		{"struct{a code}", document(sub("v", element(bson.TypeJavaScript, "a", bad)))},
	} {
		_, _, err := read(t, [][]byte{c.doc}, monary.MustSchema("v "+c.typ))
		require.ErrorIs(t, err, monary.ErrUTF8, c.typ)
	}
}

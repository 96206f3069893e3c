package monary_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// malformed are documents that cannot be read with a column "v" of the type.
// The offset is where in the document the fault is, the path whose it is.
var malformed = []struct {
	name, why, typ, hex string
	err                 error
	offset              int64
	path                string
}{
	{"No bytes", "a length takes four", "int32", "", monary.ErrLength, 0, ""},
	{"Three bytes", "a length takes four", "int32", "050000", monary.ErrLength, 0, ""},
	{"No terminator", "the least is five", "int32", "05000000", monary.ErrLength, 0, ""},
	{"Length 4", "below the least", "int32", "04000000 00", monary.ErrLength, 0, ""},
	{"Length 0", "below the least", "int32", "00000000 00", monary.ErrLength, 0, ""},
	{"Negative length", "must not become a huge one", "int32", "ffffffff 00", monary.ErrLength, 0, ""},
	{"Least negative length", "its absolute value is no int32", "int32", "00000080 00", monary.ErrLength, 0, ""},
	{"Length too great", "one more than there is", "int32", "06000000 00", monary.ErrLength, 0, ""},
	{"Length too small", "bytes would be left over", "int32", "05000000 00 00", monary.ErrLength, 0, ""},
	{"Terminator", "must be NUL", "int32", "05000000 01", monary.ErrElement, 4, ""},

	{"Type without key", "the key does not end", "int32", "06000000 10 00", monary.ErrElement, 4, ""},
	{"Key without end", "its NUL is the document's", "int32", "08000000 10 7676 00", monary.ErrElement, 4, ""},
	{"NUL among the elements", "type 0 is the terminator's", "int32", "08000000 00 7600 00", monary.ErrElement, 7, "v"},
	{"Unknown type", "0x14 is no type", "int32", "08000000 14 7600 00", monary.ErrElement, 7, "v"},
	{"Unknown type of another field", "its size is not known", "int32", "08000000 14 7700 00", monary.ErrElement, 7, "w"},
	{"Type 0x80", "between MaxKey and MinKey", "int32", "08000000 80 7600 00", monary.ErrElement, 7, "v"},

	{"Int32 of 3 bytes", "cut", "int32", "0b000000 10 7600 010000 00", monary.ErrLength, 7, "v"},
	{"Int64 of 7 bytes", "cut", "int64", "0f000000 12 7600 01000000000000 00", monary.ErrLength, 7, "v"},
	{"Double of 4 bytes", "cut", "float64", "0c000000 01 7600 01000000 00", monary.ErrLength, 7, "v"},
	{"Date of 0 bytes", "cut", "date", "08000000 09 7600 00", monary.ErrLength, 7, "v"},
	{"Timestamp of 1 byte", "cut", "any", "09000000 11 7600 00 00", monary.ErrLength, 7, "v"},
	{"ObjectID of 11 bytes", "cut", "objectid", "13000000 07 7600 0102030405060708090a0b 00", monary.ErrLength, 7, "v"},
	{"Decimal128 of 8 bytes", "cut", "any", "10000000 13 7600 0102030405060708 00", monary.ErrLength, 7, "v"},
	{"Boolean of 0 bytes", "cut", "bool", "08000000 08 7600 00", monary.ErrLength, 7, "v"},
	{"Boolean 2", "only 0 and 1", "bool", "09000000 08 7600 02 00", monary.ErrElement, 7, "v"},
	{"Boolean 255 in an int32 column", "checked before the type is", "int32", "09000000 08 7600 ff 00", monary.ErrElement, 7, "v"},

	{"String without length", "cut", "string", "0b000000 02 7600 010000 00", monary.ErrLength, 7, "v"},
	{"String length 0", "it counts its NUL", "string", "0d000000 02 7600 00000000 00 00", monary.ErrLength, 7, "v"},
	{"String length -1", "negative", "string", "0d000000 02 7600 ffffffff 00 00", monary.ErrLength, 7, "v"},
	{"String too long", "by one", "string", "0e000000 02 7600 03000000 6100 00", monary.ErrLength, 7, "v"},
	{"String up to the terminator", "the document's NUL is not its", "string", "0d000000 02 7600 02000000 61 00", monary.ErrLength, 7, "v"},
	{"String too long, not wanted", "it is skipped by its length", "int32", "0e000000 02 7700 ffffff7f 6100 00", monary.ErrLength, 7, "w"},
	{"String without NUL", "its length is right", "string", "0e000000 02 7600 02000000 6162 00", monary.ErrElement, 7, "v"},
	{"Code without NUL", "as a string", "any", "0e000000 0d 7600 02000000 6162 00", monary.ErrElement, 7, "v"},
	{"Symbol too long", "as a string", "any", "0e000000 0e 7600 03000000 6100 00", monary.ErrLength, 7, "v"},
	{"Bad UTF-8", "in a string column", "string", "0e000000 02 7600 02000000 ff00 00", monary.ErrUTF8, 11, "v"},
	{"Surrogate", "UTF-8 has none", "string", "10000000 02 7600 04000000 eda08000 00", monary.ErrUTF8, 11, "v"},
	{"Overlong", "NUL in two bytes", "string:9", "0f000000 02 7600 03000000 c08000 00", monary.ErrUTF8, 11, "v"},
	{"Half a rune", "at the end", "string:1", "0e000000 02 7600 02000000 c300 00", monary.ErrUTF8, 11, "v"},
	{"Bad UTF-8 in any", "values there are checked through", "any", "0e000000 02 7600 02000000 ff00 00", monary.ErrUTF8, 11, "v"},
	{"Bad UTF-8 in code", "any checks it", "any", "0e000000 0d 7600 02000000 ff00 00", monary.ErrUTF8, 11, "v"},
	{"Bad UTF-8 in a symbol", "any checks it", "any", "0e000000 0e 7600 02000000 ff00 00", monary.ErrUTF8, 11, "v"},
	{"Bad UTF-8 deep in any", "with the path to it", "any", "16000000 03 7600 0e000000 02 6100 02000000 ff00 00 00", monary.ErrUTF8, 18, "v.a"},

	{"Document of 3 bytes", "cut", "any", "0b000000 03 7600 050000 00", monary.ErrLength, 7, "v"},
	{"Document length 4", "below the least", "any", "0d000000 03 7600 04000000 00 00", monary.ErrLength, 7, "v"},
	{"Document length -5", "negative", "any", "0d000000 03 7600 fbffffff 00 00", monary.ErrLength, 7, "v"},
	{"Document past its parent", "by one", "any", "0d000000 03 7600 06000000 00 00", monary.ErrLength, 7, "v"},
	{"Document without terminator", "its last byte", "any", "0d000000 03 7600 05000000 01 00", monary.ErrElement, 11, "v"},
	{"Array past its parent", "as a document", "int32", "0d000000 04 7700 ffffff7f 00 00", monary.ErrLength, 7, "w"},
	{"Terminator of a nested document", "with the path to it", "any", "14000000 03 7600 0c000000 10 6100 01000000 01 00", monary.ErrElement, 18, "v"},
	{"Fault in an any document", "values there are checked through", "any", "13000000 03 7600 0b000000 10 6100 010000 00 00", monary.ErrLength, 14, "v.a"},
	{"Dot in the path", "is escaped", "any", "15000000 03 7600 0d000000 10 612e6200 010000 00 00", monary.ErrLength, 16, `v.a\.b`},

	{"Binary of 4 bytes", "no subtype", "any", "0c000000 05 7600 00000000 00", monary.ErrLength, 7, "v"},
	{"Binary length -1", "negative", "any", "0d000000 05 7600 ffffffff 00 00", monary.ErrLength, 7, "v"},
	{"Binary too long", "by one", "any", "0e000000 05 7600 02000000 00 61 00", monary.ErrLength, 7, "v"},
	{"Old binary of 3 bytes", "no room for the inner length", "any", "10000000 05 7600 03000000 02 010203 00", monary.ErrLength, 7, "v"},
	{"Old binary's inner length", "differs", "any", "11000000 05 7600 04000000 02 01000000 00", monary.ErrLength, 7, "v"},
	{"Regex without NUL", "the pattern does not end", "any", "09000000 0b 7600 61 00", monary.ErrElement, 7, "v"},
	{"Regex without options", "one NUL only", "any", "0a000000 0b 7600 6100 00", monary.ErrElement, 7, "v"},
	{"Pointer without ID", "cut", "any", "10000000 0c 7600 02000000 6100 0102 00", monary.ErrLength, 13, "v"},
	{"Scope of 13 bytes", "below the least", "any", "15000000 0f 7600 0d000000 01000000 00 05000000 00", monary.ErrLength, 7, "v"},
	{"Scope too long", "by one", "any", "16000000 0f 7600 0f000000 01000000 00 05000000 00 00", monary.ErrLength, 7, "v"},
	{"Scope's code too long", "past the value", "any", "16000000 0f 7600 0e000000 07000000 00 05000000 00 00", monary.ErrLength, 11, "v"},
	{"Scope with a rest", "bytes behind the document", "any", "17000000 0f 7600 0f000000 01000000 00 05000000 00 00 00", monary.ErrLength, 7, "v"},
}

func TestMalformed(t *testing.T) {
	good := document(element(bson.TypeInt32, "x", int32Bytes(1)))
	for _, c := range malformed {
		t.Run(c.name, func(t *testing.T) {
			table, report, err := read(t, [][]byte{good, unhex(t, c.hex), good}, monary.MustSchema("v "+c.typ))
			var located *monary.DecodeError
			require.ErrorAs(t, err, &located, c.why)
			require.ErrorIs(t, err, c.err, c.why)
			assert.Equal(t, 1, table.NumRows(), "the document before the fault")
			assert.EqualValues(t, 1, report.Documents)
			assert.EqualValues(t, 1, located.Doc)
			assert.Equal(t, int64(len(good))+c.offset, located.Offset, "%s: %v", c.why, err)
			assert.Equal(t, c.path, located.Path, "%s: %v", c.why, err)
		})
	}
}

func TestFaultTakesTheWholeRowBack(t *testing.T) {
	schema := monary.MustSchema("a int64", "b string", "c any", "d string:3", "e objectid", "v string")
	good := document(element(bson.TypeString, "b", textBytes("good")), element(bson.TypeString, "c", textBytes("good")))
	bad := document(
		element(bson.TypeInt64, "a", int64Bytes(1)),
		element(bson.TypeString, "b", textBytes("bad")),
		element(bson.TypeString, "c", textBytes("bad")),
		element(bson.TypeString, "d", textBytes("bad")),
		element(bson.TypeObjectID, "e", objectID[:]),
		element(bson.TypeString, "v", textBytes("\xff")))
	table, report, err := read(t, [][]byte{good, good, bad}, schema)
	require.ErrorIs(t, err, monary.ErrUTF8)
	assert.Equal(t, 2, table.NumRows())
	assert.Equal(t, []string{`"good"`, `"good"`}, cells(t, table, 1))
	assert.Equal(t, []string{"a", "d", "e", "v"}, report.Absent(), "what the faulty document had is not counted")
}

func TestErrorText(t *testing.T) {
	doc := document(sub("reading", element(bson.TypeString, "temp", textBytes("x"))))
	copy(doc[bytes.Index(doc, []byte("temp"))+5:], int32Bytes(4096))
	_, _, err := read(t, [][]byte{document(), doc}, monary.MustSchema("reading.temp string"))
	require.ErrorContains(t, err, `monary: document 1 (byte `)
	require.ErrorContains(t, err, `field "reading.temp"`)
	require.ErrorContains(t, err, "string length 4096")
	assert.Equal(t, 1, strings.Count(err.Error(), "monary:"), "one prefix")
}

// nested is a document with levels of documents in one another, "a" by "a".
func nested(levels int, inner []byte) []byte {
	for range levels {
		inner = document(element(bson.TypeEmbeddedDocument, "a", inner))
	}
	return inner
}

func TestNesting(t *testing.T) {
	path := strings.TrimSuffix(strings.Repeat("a.", 100), ".")
	schema, err := monary.NewSchema([]string{path, "a"}, []string{"int32", "any"})
	require.NoError(t, err)
	table, _, err := read(t, [][]byte{nested(99, document(one("a")))}, schema)
	require.NoError(t, err, "100 levels are MongoDB's own limit")
	assert.Equal(t, []string{"1"}, cells(t, table, 0))

	_, _, err = read(t, [][]byte{nested(150, document())}, schema)
	require.NoError(t, err, "some more do no harm")

	deep := nested(5000, document())
	_, _, err = read(t, [][]byte{deep}, schema)
	require.ErrorIs(t, err, monary.ErrElement)
	require.ErrorContains(t, err, "nested")
	assert.Less(t, len(err.Error()), 2000, "the path in the message is as long as the limit lets it be")

	_, _, err = read(t, [][]byte{deep}, monary.MustSchema("b any", "a.a int32"))
	require.NoError(t, err, "a value that is not wanted is not looked into")
}

// A fault inside a scope is at its place in the document, as any other.
func TestFaultInAScope(t *testing.T) {
	scope := document(element(bson.TypeString, "s", textBytes("\xff")))
	code := textBytes("f()")
	val := join(int32Bytes(int32(4+len(code)+len(scope))), code, scope)
	doc := document(element(bson.TypeCodeWithScope, "v", val))
	_, _, err := read(t, [][]byte{doc}, monary.MustSchema("v any"))
	var located *monary.DecodeError
	require.ErrorAs(t, err, &located)
	assert.EqualValues(t, bytes.IndexByte(doc, 0xff), located.Offset)
	assert.Equal(t, "v.s", located.Path)
}

func TestBadTextInCodeWithScope(t *testing.T) {
	code := textBytes("\xff")
	val := join(int32Bytes(int32(4+len(code)+5)), code, document())
	_, err := monary.ParseValue(bson.RawValue{Type: bson.TypeCodeWithScope, Value: val})
	require.ErrorIs(t, err, monary.ErrUTF8, "code in 0x0d is checked, so code in 0x0f must be")
}

func TestParseValueRefuses(t *testing.T) {
	for _, c := range malformed {
		doc := unhex(t, c.hex)
		_, err := monary.ParseValue(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc})
		if c.typ == "any" || !errors.Is(c.err, monary.ErrUTF8) {
			require.ErrorIs(t, err, c.err, "%s: %s", c.name, hex.EncodeToString(doc))
		}
	}
	_, err := monary.ParseValue(bson.RawValue{Type: bson.TypeInt32, Value: int64Bytes(1)})
	require.ErrorIs(t, err, monary.ErrLength, "bytes behind the value")
	_, err = monary.ParseValue(bson.RawValue{Type: bson.TypeString})
	require.ErrorIs(t, err, monary.ErrLength)
	_, err = monary.ParseValue(bson.RawValue{})
	require.Error(t, err, "type 0 is no value")
}

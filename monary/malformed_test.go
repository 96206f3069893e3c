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

func TestMalformed(t *testing.T) {
	good := document(element(bson.TypeInt32, "x", int32Bytes(1)))
	for _, c := range corpus(t, "malformed.json") {
		t.Run(c.Name, func(t *testing.T) {
			table, report, err := read(t, [][]byte{good, unhex(t, c.Hex), good}, monary.MustSchema("v "+c.Column))
			var located *monary.DecodeError
			require.ErrorAs(t, err, &located, c.Why)
			require.ErrorIs(t, err, c.cause(t), c.Why)
			assert.Equal(t, 1, table.NumRows(), "the document before the fault")
			assert.EqualValues(t, 1, report.Documents)
			assert.EqualValues(t, 1, located.Doc)
			assert.Equal(t, int64(len(good))+c.Offset, located.Offset, "%s: %v", c.Why, err)
			assert.Equal(t, c.Path, located.Path, "%s: %v", c.Why, err)
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
	for _, c := range corpus(t, "malformed.json") {
		doc := unhex(t, c.Hex)
		_, err := monary.ParseValue(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc})
		if c.Column == "any" || !errors.Is(c.cause(t), monary.ErrUTF8) {
			require.ErrorIs(t, err, c.cause(t), "%s: %s", c.Name, hex.EncodeToString(doc))
		}
	}
	_, err := monary.ParseValue(bson.RawValue{Type: bson.TypeInt32, Value: int64Bytes(1)})
	require.ErrorIs(t, err, monary.ErrLength, "bytes behind the value")
	_, err = monary.ParseValue(bson.RawValue{Type: bson.TypeString})
	require.ErrorIs(t, err, monary.ErrLength)
	_, err = monary.ParseValue(bson.RawValue{})
	require.Error(t, err, "type 0 is no value")
}

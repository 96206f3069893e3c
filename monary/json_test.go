package monary_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

func TestMalformedJSON(t *testing.T) {
	for _, c := range []struct {
		name, why, text string
		rows            int
		err             string
	}{
		{"Third document", "what is no JSON", "{\"n\":1}\n{\"n\":2}\n{\"n\":3,}\n{\"n\":4}\n", 2, "document 2"},
		{"Third of an array", "what is no JSON", `[{"n":1},{"n":2},{"n":},{"n":4}]`, 2, "document 2"},
		{"Cut", "inside a document", "{\"n\":1}\n{\"n\":2}\n{\"n\":", 2, "document 2"},
		{"Cut array", "behind a document", `[{"n":1},{"n":2}`, 2, "array does not end"},
		{"Cut array after a comma", "", `[{"n":1},`, 1, ""},
		{"No comma", "in an array", `[{"n":1} {"n":2}]`, 1, ""},
		{"Behind the array", "one array is the file", `[{"n":1}] {"n":2}`, 1, "unexpected text"},
		{"Second array", "one array is the file", `[{"n":1}][{"n":2}]`, 1, "unexpected text"},
		{"Lone bracket", "", "{\"n\":1}\n]", 1, "unexpected text"},
		{"Number", "is no document", "{\"n\":1}\n5\n", 1, "want a document"},
		{"Null", "is no document", `[{"n":1},null]`, 1, "want a document"},
		{"Array in an array", "is no document", `[{"n":1},[{"n":2}]]`, 1, "want a document"},
		{"Text", "", "hello", 0, "document 0"},
		{"Bad date", "no extended JSON", "{\"n\":1}\n{\"n\":{\"$date\":\"yesterday\"}}", 1, "yesterday"},
		{"Bad ObjectID", "no extended JSON", "{\"n\":1}\n{\"n\":{\"$oid\":\"zz\"}}", 1, "document 1"},
		{"NUL in a key", "BSON cannot hold it", "{\"n\":1}\n{\"n\\u0000\":1}", 1, "null byte"},
		{"Beyond double", "is not rounded to infinity", "{\"n\":1}\n{\"n\":1e400}", 1, "out of range"},
		{"Bad UTF-8", "is not replaced by another rune", "{\"n\":1}\n{\"n\":2,\"s\":\"\xff\"}", 1, "UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, err := find(t, write(t, "d.json", []byte(c.text)), monary.MustSchema("n int32", "s any"))
			require.ErrorContains(t, err, c.err, c.why)
			var located *monary.DecodeError
			require.ErrorAs(t, err, &located)
			assert.EqualValues(t, c.rows, located.Doc)
			assert.LessOrEqual(t, located.Offset, int64(len(c.text)))
			assert.Equal(t, c.rows, table.NumRows(), "the documents before")
		})
	}
}

func TestJSONOffset(t *testing.T) {
	text := "  {\"n\":1}\n{\"n\":2}\n{\"n\":x}"
	_, err := find(t, write(t, "d.json", []byte(text)), monary.MustSchema("n int32"))
	var located *monary.DecodeError
	require.ErrorAs(t, err, &located)
	assert.GreaterOrEqual(t, located.Offset, int64(15), "not before the third document starts")
	var syntax *json.SyntaxError
	require.ErrorAs(t, err, &syntax, "the cause is kept")
}

// A gzip file that is cut at the end of a document is an input error, not
// text behind the documents.
func TestCutGzippedJSON(t *testing.T) {
	data := zipped(t, []byte("{\"n\":1}\n{\"n\":2}\n"))
	table, err := find(t, write(t, "cut.json.gz", data[:len(data)-4]), monary.MustSchema("n int32"))
	assert.Equal(t, 2, table.NumRows())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	data[len(data)-8] ^= 1
	_, err = find(t, write(t, "bad.json.gz", data), monary.MustSchema("n int32"))
	require.ErrorIs(t, err, gzip.ErrChecksum)
}

func TestJSONTypes(t *testing.T) {
	text := `{"i":5,"l":3000000000,"x":5.0,"big":{"$numberDecimal":"1.10"},"min":{"$minKey":1},"nan":{"$numberDouble":"NaN"},"ts":{"$timestamp":{"t":1,"i":2}},"s":"a\u0000b"}`
	names := []string{"i", "l", "x", "big", "min", "nan", "ts", "s"}
	r, err := write(t, "d.json", []byte(text)).Fields(t.Context(), names)
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	want := []bson.Type{bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128, bson.TypeMinKey, bson.TypeDouble, bson.TypeTimestamp, bson.TypeString}
	for i, typ := range want {
		assert.Equal(t, typ, table.Series(i).Value(0).Type(), names[i])
	}
}

func TestParseJSON(t *testing.T) {
	for _, c := range []struct {
		name, why string
		in        any
		want      any
	}{
		{"Document", "as a filter", `{"pop": {"$gt": 5}}`, bson.D{{Key: "pop", Value: bson.D{{Key: "$gt", Value: int32(5)}}}}},
		{"Array", "as a pipeline", ` [{"$match": {}}] `, bson.A{bson.D{{Key: "$match", Value: bson.D{}}}}},
		{"Bytes", "as text", []byte(`{"a": 1}`), bson.D{{Key: "a", Value: int32(1)}}},
		{"Extended", "types survive", `{"_id": {"$oid": "0102030405060708090a0b0c"}}`, bson.D{{Key: "_id", Value: objectID}}},
		{"Order", "of keys is kept", `{"z": 1, "a": 2}`, bson.D{{Key: "z", Value: int32(1)}, {Key: "a", Value: int32(2)}}},
		{"No text", "is returned as it is", bson.M{"a": 1}, bson.M{"a": 1}},
		{"Raw", "is BSON, not text", bson.Raw(document()), bson.Raw(document())},
		{"Nil", "is returned as it is", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := monary.ParseJSON(c.in)
			require.NoError(t, err, c.why)
			assert.Equal(t, c.want, got, c.why)
		})
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for _, c := range []struct{ name, why, text string }{
		{"Empty", "nil is for no filter", ""},
		{"Open", "", `{"a": 1`},
		{"No JSON", "", "pop > 5"},
		{"Second document", "would be lost silently", `{"a": 1} {"b": 2}`},
		{"Second document after a comma", "would be lost silently", `{"a": 1}, "b": {"c": 2}`},
		{"Text behind", "would be lost silently", `{"a": 1}} and so on`},
		{"Number", "neither document nor array", "5"},
		{"Null", "neither document nor array", "null"},
		{"String", "neither document nor array", `"a"`},
		{"Too deep", "without a bound the parser's recursion ends the program", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := monary.ParseJSON(c.text)
			require.ErrorContains(t, err, "monary: ", "%s; it gave %T", c.why, got)
		})
	}
}

package monary_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// asJSON is a table as extended JSON.
func asJSON(t testing.TB, rows monary.Rows, o monary.ExportOptions) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, monary.WriteJSON(&out, rows, o))
	return out.String()
}

// anyValue is a table of one "any" column v with one row.
func anyValue(t testing.TB, v any) *monary.Table {
	t.Helper()
	value, err := monary.ParseValue(bson.Raw(marshal(t, bson.D{{Key: "v", Value: v}})).Lookup("v"))
	require.NoError(t, err)
	table, err := monary.NewTable(monary.ColumnOf("v", []monary.Value{value}, nil))
	require.NoError(t, err)
	return table
}

// The driver writes fractions of a second without their last zeros, which the
// specification has three digits of, and an empty binary of the old subtype with the
// length that is inside.
var fraction = regexp.MustCompile(`(:\d\d\.\d\d?)Z"`)

func asSpecified(driver []byte) string {
	text := fraction.ReplaceAllStringFunc(string(driver), func(s string) string {
		return s[:len(s)-2] + strings.Repeat("0", 4-len(s[3:len(s)-2])) + `Z"`
	})
	return strings.ReplaceAll(text, `{"base64":"AAAAAA==","subType":"02"}`, `{"base64":"","subType":"02"}`)
}

func TestExtendedJSONEqualsDriver(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		doc := randomDocument(rng, 3)
		for _, canonical := range []bool{true, false} {
			want, err := bson.MarshalExtJSON(bson.D{{Key: "v", Value: bson.Raw(doc)}}, canonical, false)
			require.NoError(t, err)
			got := asJSON(t, anyValue(t, bson.Raw(doc)), monary.ExportOptions{Canonical: canonical})
			require.Equal(t, asSpecified(want)+"\n", got)
		}
	}
}

func TestCorpusAsExtendedJSON(t *testing.T) {
	for _, c := range corpus(t, "valid.json") {
		t.Run(c.Name, func(t *testing.T) {
			table, _, err := read(t, [][]byte{unhex(t, c.Hex)}, monary.MustSchema("v any"))
			require.NoError(t, err)
			assert.JSONEq(t, c.ExtJSON, asJSON(t, table, monary.ExportOptions{Canonical: true}))
		})
	}
}

func TestExtendedJSONValues(t *testing.T) {
	quiet := math.Float64frombits(0xfff8000000000007)
	for _, c := range []struct {
		name, why          string
		value              any
		relaxed, canonical string
	}{
		{"NaN", "JSON has no such number", quiet, `{"$numberDouble":"NaN"}`, `{"$numberDouble":"NaN"}`},
		{"infinity", "nor this", math.Inf(1), `{"$numberDouble":"Infinity"}`, `{"$numberDouble":"Infinity"}`},
		{"minus infinity", "nor this", math.Inf(-1), `{"$numberDouble":"-Infinity"}`, `{"$numberDouble":"-Infinity"}`},
		{"minus zero", "its sign is kept", math.Copysign(0, -1), `-0.0`, `{"$numberDouble":"-0.0"}`},
		{"whole double", "it must not come back as an integer", 5.0, `5.0`, `{"$numberDouble":"5.0"}`},
		{"large double", "with an exponent", 1e300, `1E+300`, `{"$numberDouble":"1E+300"}`},
		{"beyond 2^53", "with all digits", int64(9007199254740993), `9007199254740993`, `{"$numberLong":"9007199254740993"}`},
		{"least int64", "with all digits", int64(math.MinInt64), `-9223372036854775808`, `{"$numberLong":"-9223372036854775808"}`},
		{"date", "readable", bson.DateTime(1391385600120), `{"$date":"2014-02-03T00:00:00.120Z"}`, `{"$date":{"$numberLong":"1391385600120"}}`},
		{"whole second", "no fraction", bson.DateTime(1391385600000), `{"$date":"2014-02-03T00:00:00Z"}`, `{"$date":{"$numberLong":"1391385600000"}}`},
		{"last relaxed date", "year 9999", bson.DateTime(253402300799999), `{"$date":"9999-12-31T23:59:59.999Z"}`, `{"$date":{"$numberLong":"253402300799999"}}`},
		{"year 10000", "outside ISO 8601", bson.DateTime(253402300800000), `{"$date":{"$numberLong":"253402300800000"}}`, `{"$date":{"$numberLong":"253402300800000"}}`},
		{"before 1970", "as the specification has it", bson.DateTime(-1), `{"$date":{"$numberLong":"-1"}}`, `{"$date":{"$numberLong":"-1"}}`},
		{"far past", "beyond what time.Time prints", bson.DateTime(math.MinInt64), `{"$date":{"$numberLong":"-9223372036854775808"}}`, `{"$date":{"$numberLong":"-9223372036854775808"}}`},
		{"text", "escapes of RFC 8259", "\"\\/\b\f\n\r\t\x00\x1f\x7f<é\u2028😀", `"\"\\/\u0008\u000c\n\r\t\u0000\u001f` + "\x7f<é\u2028😀" + `"`, ""},
		{"options", "in the alphabet's order", bson.Regex{Pattern: "a/b", Options: "xi"}, `{"$regularExpression":{"pattern":"a/b","options":"ix"}}`, ""},
		{"old binary", "the inner length is no data", bson.Binary{Subtype: 2, Data: []byte{1}}, `{"$binary":{"base64":"AQ==","subType":"02"}}`, ""},
		{"scope", "may hold anything", bson.CodeWithScope{Code: "f\"()", Scope: bson.D{{Key: "x", Value: int32(1)}}}, `{"$code":"f\"()","$scope":{"x":1}}`, `{"$code":"f\"()","$scope":{"x":{"$numberInt":"1"}}}`},
		{"pointer", "deprecated, but there", bson.DBPointer{DB: "a.b", Pointer: bson.ObjectID{1}}, `{"$dbPointer":{"$ref":"a.b","$id":{"$oid":"010000000000000000000000"}}}`, ""},
		{"a key with a dollar sign", "means nothing", bson.D{{Key: "$price", Value: int32(1)}}, `{"$price":1}`, `{"$price":{"$numberInt":"1"}}`},
		{"reference", "is a document", bson.D{{Key: "$ref", Value: "c"}, {Key: "$id", Value: int32(1)}}, `{"$ref":"c","$id":1}`, `{"$ref":"c","$id":{"$numberInt":"1"}}`},
		{"a query", "is a document", bson.D{{Key: "$type", Value: "string"}}, `{"$type":"string"}`, ""},
		{"another query", "is a document", bson.D{{Key: "$regex", Value: "a"}, {Key: "$options", Value: "i"}}, `{"$regex":"a","$options":"i"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := anyValue(t, c.value)
			assert.Equal(t, `{"v":`+c.relaxed+"}\n", asJSON(t, table, monary.ExportOptions{}), c.why)
			canonical := asJSON(t, table, monary.ExportOptions{Canonical: true})
			if c.canonical != "" {
				assert.Equal(t, `{"v":`+c.canonical+"}\n", canonical, c.why)
			}
			var back, want bson.Raw
			require.NoError(t, bson.UnmarshalExtJSON([]byte(canonical), true, &back))
			require.NoError(t, bson.Unmarshal(marshal(t, bson.D{{Key: "v", Value: c.value}}), &want))
			if c.name != "NaN" && c.name != "options" {
				assert.Equal(t, want, back)
			}
		})
	}
}

// What extended JSON cannot hold is an error with row and field, behind the rows
// before it.
func TestExtendedJSONRefuses(t *testing.T) {
	text, err := monary.NewTable(monary.ColumnOf("s", []string{"a", "\xff"}, nil))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		rows  monary.Rows
		want  string
		cause error
	}{
		"text":          {text, "row 1: column \"s\"", monary.ErrUTF8},
		"oid":           {anyValue(t, bson.D{{Key: "$oid", Value: "0102030405060708090a0b0c"}}), `row 0, field "v"`, monary.ErrAmbiguous},
		"oid inside":    {anyValue(t, bson.A{bson.D{{Key: "x", Value: bson.D{{Key: "$numberLong", Value: "1"}}}}}), `row 0, field "v.0.x"`, monary.ErrAmbiguous},
		"date":          {anyValue(t, bson.D{{Key: "$date", Value: "now"}}), `row 0, field "v"`, monary.ErrAmbiguous},
		"columns clash": {mustTable(t, monary.ColumnOf("a", []int32{1}, nil), monary.ColumnOf("a.b", []int32{1}, nil)), `column "a.b"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := monary.WriteJSON(&out, c.rows, monary.ExportOptions{})
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "monary: extended JSON: ")
			if c.cause != nil {
				require.ErrorIs(t, err, c.cause)
			}
			if name == "text" {
				assert.Equal(t, `{"s":"a"}`+"\n", out.String())
			}
		})
	}
	lost := errors.New("disk full")
	require.ErrorIs(t, monary.WriteJSON(failing{lost}, text.Slice(0, 1), monary.ExportOptions{}), lost)
}

func TestAppendExtJSON(t *testing.T) {
	text, err := monary.DoubleValue(-0.5).AppendExtJSON([]byte("x="), true)
	require.NoError(t, err)
	assert.Equal(t, `x={"$numberDouble":"-0.5"}`, string(text))
	bad := monary.DocumentValue([]string{"a"}, []monary.Value{monary.StringValue("\xff")})
	text, err = bad.AppendExtJSON([]byte("x="), false)
	require.ErrorIs(t, err, monary.ErrUTF8)
	assert.ErrorContains(t, err, `monary: extended JSON: field "a"`)
	assert.Equal(t, "x=", string(text), "nothing of it is written")
	_, err = monary.Value{}.AppendExtJSON(nil, false)
	require.ErrorContains(t, err, "no missing value")
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

func mustTable(t testing.TB, columns ...*monary.Series) *monary.Table {
	t.Helper()
	table, err := monary.NewTable(columns...)
	require.NoError(t, err)
	return table
}

// Names are paths, lines and arrays are mongoexport's, a reader is read to its end.
func TestWriteJSONForms(t *testing.T) {
	docs := []any{bson.D{{Key: "a", Value: bson.D{{Key: "b", Value: 1}}}, {Key: "s", Value: "x"}}, bson.D{{Key: "s", Value: nil}}, bson.D{}}
	table, _ := mustRead(t, "a.b int32; s string", docs...)
	assert.Equal(t, `{"a":{"b":1},"s":"x"}`+"\n{}\n{}\n", asJSON(t, table, monary.ExportOptions{}))
	assert.Equal(t, `[{"a":{"b":1},"s":"x"},{"a":{"b":null},"s":null},{"a":{"b":null},"s":null}]`+"\n", asJSON(t, table, monary.ExportOptions{Array: true, ExplicitNulls: true}))
	assert.Equal(t, "[]\n", asJSON(t, table.Slice(0, 0), monary.ExportOptions{Array: true}))
	assert.Empty(t, asJSON(t, table.Slice(0, 0), monary.ExportOptions{}))

	var raw [][]byte
	for _, doc := range docs {
		raw = append(raw, marshal(t, doc))
	}
	r, err := monary.FromRaw(context.Background(), stream(raw, nil), monary.MustSchema("a.b int32", "s any"), monary.BatchRows(2))
	require.NoError(t, err)
	assert.Equal(t, `[{"a":{"b":1},"s":"x"},{"s":null},{}]`+"\n", asJSON(t, r, monary.ExportOptions{Array: true}), "an any column knows null from missing")
	r, err = monary.FromRaw(context.Background(), stream(raw, errors.New("the line is cut")), monary.MustSchema("s any"))
	require.NoError(t, err)
	err = monary.WriteJSON(new(bytes.Buffer), r, monary.ExportOptions{})
	require.ErrorContains(t, err, "the line is cut")
	assert.NotContains(t, err.Error(), "extended JSON")
}

// A table of all types is the same after canonical JSON and after BSON.
func TestExportRoundTrip(t *testing.T) {
	schema := monary.MustSchema(writable()...)
	table, _, err := read(t, typesDocuments(300), schema)
	require.NoError(t, err)
	for _, name := range []string{"a.json", "a.ndjson.gz", "a.bson", "a.bson.gz"} {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, monary.WriteDump(path, table, monary.ExportOptions{Canonical: true}))
		dump, err := monary.OpenDump(path)
		require.NoError(t, err)
		r, err := dump.Find(context.Background(), nil, schema)
		require.NoError(t, err)
		back, err := r.Table()
		require.NoError(t, err)
		if canonical := (monary.ExportOptions{Canonical: true}); strings.Contains(name, "json") {
			require.Equal(t, asJSON(t, table, canonical), asJSON(t, back, canonical))
			continue
		}
		for i := range schema.Len() {
			require.Equal(t, cells(t, table, i), cells(t, back, i), "%s: %s", name, schema.At(i).Type)
		}
	}
}

// writable are fields of all types that have values of their own.
func writable() []string {
	var texts []string
	for i := range allSchema().Len() {
		f := allSchema().At(i)
		if typ := f.Type.String(); !regexp.MustCompile(`\b(type|size|length)\b`).MatchString(typ) {
			texts = append(texts, f.Name+" "+typ)
		}
	}
	return texts
}

func TestWriteBSONRefuses(t *testing.T) {
	big := mustTable(t, monary.ColumnOf("s", []string{"a", strings.Repeat("x", 16<<20)}, nil))
	var out bytes.Buffer
	err := monary.WriteBSON(&out, big, monary.ExportOptions{})
	require.ErrorContains(t, err, "monary: BSON: row 1: a document of 16777229 bytes; servers take at most 16777216")
	assert.Equal(t, marshal(t, bson.D{{Key: "s", Value: "a"}}), out.Bytes())
	err = monary.WriteBSON(&out, mustTable(t, monary.ColumnOf("s", []string{"\xff"}, nil)), monary.ExportOptions{})
	require.ErrorIs(t, err, monary.ErrUTF8)
	assert.ErrorContains(t, err, "row 0")
}

func TestWriteDump(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	require.NoError(t, os.Mkdir(dir, 0o755))
	table := mustTable(t, monary.ColumnOf("_id", []int32{1, 2}, nil), monary.ColumnOf("a.b", []string{"x", "y"}, nil))
	for _, name := range []string{"orders.bson", "%2Fodd.bson.gz"} {
		require.NoError(t, monary.WriteDump(filepath.Join(dir, name), table, monary.ExportOptions{}))
	}
	assert.Equal(t, []string{"%2Fodd.bson.gz", "%2Fodd.metadata.json.gz", "orders.bson", "orders.metadata.json"}, names(t, dir), "no other file is left")
	dumps, err := monary.OpenDumps(dir)
	require.NoError(t, err)
	require.Len(t, dumps, 2)
	for i, collection := range []string{"/odd", "orders"} {
		assert.Equal(t, "shop."+collection, dumps[i].Namespace())
		notes, err := dumps[i].Metadata()
		require.NoError(t, err)
		assert.Equal(t, collection, notes.Lookup("collectionName").StringValue())
		assert.Equal(t, "_id_", notes.Lookup("indexes", "0", "name").StringValue())
		assert.Equal(t, int32(2), notes.Lookup("indexes", "0", "v").Int32())
		assert.Equal(t, int32(1), notes.Lookup("indexes", "0", "key", "_id").Int32())
		n, err := dumps[i].Count(context.Background())
		require.NoError(t, err)
		assert.EqualValues(t, 2, n)
	}

	own := []byte(`{"options":{},"indexes":[{"name":"mine"}]}`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "orders.metadata.json"), own, 0o644))
	require.NoError(t, monary.WriteDump(filepath.Join(dir, "orders.bson"), table.Slice(0, 1), monary.ExportOptions{}))
	kept, err := os.ReadFile(filepath.Join(dir, "orders.metadata.json"))
	require.NoError(t, err)
	assert.Equal(t, own, kept, "indexes that were noted stay")

	before, err := os.ReadFile(filepath.Join(dir, "orders.bson"))
	require.NoError(t, err)
	bad := mustTable(t, monary.ColumnOf("s", []string{"fine", "\xff"}, nil))
	for _, name := range []string{"orders.bson", "new.bson", "new.json.gz", "new.csv"} {
		require.ErrorContains(t, monary.WriteDump(filepath.Join(dir, name), bad, monary.ExportOptions{}), "row 1")
	}
	after, err := os.ReadFile(filepath.Join(dir, "orders.bson"))
	require.NoError(t, err)
	assert.Equal(t, before, after, "a write that fails changes nothing")
	assert.Len(t, names(t, dir), 4, "and leaves nothing")
	require.ErrorContains(t, monary.WriteDump("a.parquet", table, monary.ExportOptions{}), "unknown extension; known are .bson")
	require.ErrorIs(t, monary.WriteDump(filepath.Join(dir, "none", "a.bson"), table, monary.ExportOptions{}), os.ErrNotExist)
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

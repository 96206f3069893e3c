package monary_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// Cases that other readers of BSON into columns have tests or bugs for, one
// test each; those that are about a single cell are in typeCells and conversions.

// docsOf are documents {v: value}.
func docsOf(t *testing.T, values ...any) [][]byte {
	t.Helper()
	docs := make([][]byte, len(values))
	for i, v := range values {
		docs[i] = marshal(t, bson.D{{Key: "v", Value: v}})
	}
	return docs
}

// TestEdge01NumericWidths: a number comes out the same in every width that holds
// it, from each of BSON's; dates keep their sign and milliseconds.
func TestEdge01NumericWidths(t *testing.T) {
	for _, typ := range []string{"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"} {
		table, report := readWith(t, docsOf(t, int32(100), int64(100), 100.0), "v "+typ)
		require.EqualValues(t, 3, report.Columns[0].Of(monary.Present), typ)
		for row := range 3 {
			assert.Equal(t, "100", table.Series(0).Value(row).String(), typ)
		}
	}
	table, _ := readWith(t, docsOf(t, bson.DateTime(-1), bson.DateTime(1447718400123)), "v date")
	dates, err := monary.Times(table, "v", time.UTC)
	require.NoError(t, err)
	assert.Equal(t, "1969-12-31T23:59:59.999Z", dates[0].Format(time.RFC3339Nano))
	assert.Equal(t, "2015-11-17T00:00:00.123Z", dates[1].Format(time.RFC3339Nano))
}

// TestEdge05Blocks: half of the rows missing, a last batch that is not full, and
// a batch size that divides the rows exactly, with no empty batch behind.
func TestEdge05Blocks(t *testing.T) {
	var docs [][]byte
	for i := range 5000 {
		d := bson.D{{Key: "w", Value: true}}
		if i%2 == 0 {
			d = append(d, bson.E{Key: "v", Value: int32(i)})
		}
		docs = append(docs, marshal(t, d))
	}
	for size, want := range map[int][]int{1600: {1600, 1600, 1600, 200}, 2500: {2500, 2500}, 5000: {5000}} {
		r, err := monary.FromRaw(t.Context(), stream(docs, nil), monary.MustSchema("v int32"), monary.BatchRows(size), monary.ReuseBuffers())
		require.NoError(t, err)
		var got []int
		at := 0
		for table, err := range r.Batches() {
			require.NoError(t, err)
			values, err := monary.Column[int32](table, "v")
			require.NoError(t, err)
			for row := range table.NumRows() {
				v, ok := values.At(row)
				require.Equal(t, (at+row)%2 == 0, ok)
				if ok {
					require.EqualValues(t, at+row, v)
				} else {
					require.Zero(t, v, "reused memory is cleared")
				}
			}
			at += table.NumRows()
			got = append(got, table.NumRows())
		}
		assert.Equal(t, want, got)
	}
}

// TestEdge06NoRows: a result without rows is a table with its columns.
func TestEdge06NoRows(t *testing.T) {
	table, report := readWith(t, nil, "v list<struct{a int32}>")
	assert.Equal(t, 0, table.NumRows())
	assert.Equal(t, []string{"v"}, table.ColumnNames())
	assert.Zero(t, report.Documents)
	assert.Empty(t, report.Absent(), "nothing was read that could lack it")
}

// TestEdge07BadSchemas: all that is wrong with a schema is said at once, and
// nothing panics.
func TestEdge07BadSchemas(t *testing.T) {
	_, err := monary.NewSchema([]string{"a", "b", "c", "d", "e"}, []string{"strange", "string:0", "string:x", "int32:4:5", "int32"})
	require.Error(t, err)
	for _, want := range []string{`"a"`, "strange", `"b"`, "string:0", `"c"`, "string:x", `"d"`, "int32:4:5"} {
		require.ErrorContains(t, err, want)
	}
	_, err = monary.NewSchema([]string{"a", "b"}, []string{"int32"})
	require.ErrorContains(t, err, "2")
	names, types := make([]string, 2000), make([]string, 2000)
	for i := range names {
		names[i], types[i] = fmt.Sprint(strings.Repeat("n", 2000), i), "int32"
	}
	schema, err := monary.NewSchema(names, types)
	require.NoError(t, err, "many columns with long names are allowed")
	assert.Equal(t, 2000, schema.Len())
}

// TestEdge11BlocksAreCleared: a cell of a reused batch never shows an earlier
// row's value.
func TestEdge11BlocksAreCleared(t *testing.T) {
	for _, typ := range []string{"int32", "float64", "string", "string:3", "binary", "any", "list<int32>", "vector:2", "objectid", "bool"} {
		full := map[string]any{"int32": int32(7), "float64": 7.5, "string": "abc", "string:3": "abc", "binary": bson.Binary{Data: []byte("abc")}, "any": "abc",
			"list<int32>": bson.A{int32(1)}, "vector:2": bson.A{1.0, 2.0}, "objectid": bson.ObjectID{1}, "bool": true}[typ]
		docs := append(slices.Repeat(docsOf(t, full), 4), slices.Repeat([][]byte{document()}, 4)...)
		r, err := monary.FromRaw(t.Context(), stream(docs, nil), monary.MustSchema("v "+typ), monary.BatchRows(4), monary.ReuseBuffers())
		require.NoError(t, err)
		batch := 0
		for table, err := range r.Batches() {
			require.NoError(t, err)
			for row := range 4 {
				require.Equal(t, batch == 0, table.Series(0).IsValid(row), typ)
			}
			if data, err := table.MarshalBinary(); batch == 1 {
				require.NoError(t, err)
				var back monary.Table
				require.NoError(t, back.UnmarshalBinary(data), "%s: absent cells are zero", typ)
			}
			batch++
		}
	}
}

// TestEdge12ForeignDocuments: documents without any field of the schema are rows
// of nothing; field names need not be ASCII; a stream that is cut is an error.
func TestEdge12ForeignDocuments(t *testing.T) {
	docs := [][]byte{document(), marshal(t, bson.D{{Key: "other", Value: 1}}), marshal(t, bson.D{{Key: "größe", Value: 3}})}
	table, report := readWith(t, docs, "größe int32")
	assert.Equal(t, 3, table.NumRows())
	assert.EqualValues(t, 2, report.Columns[0].Of(monary.Missing))
	assert.True(t, table.Series(0).IsValid(2))
	data := slices.Concat(docs...)
	r, err := monary.FromBytes(t.Context(), data[:len(data)-3], monary.MustSchema("größe int32"))
	require.NoError(t, err)
	table, err = r.Table()
	require.Error(t, err)
	assert.Equal(t, 2, table.NumRows())
}

// TestEdge23Parallel: the result does not depend on the number of workers, nor
// does what is inferred, and an empty stream is one for all.
func TestEdge23Parallel(t *testing.T) {
	docs := docsOf(t, int32(1), nil, 2.5, "x", int64(1)<<60)
	docs = slices.Concat(slices.Repeat(docs[:1], 500), docs)
	data := slices.Concat(docs...)
	var want []byte
	for _, workers := range []int{1, 2, 5} {
		r, err := monary.FromBytes(t.Context(), data, monary.MustSchema("v any"), monary.Workers(workers))
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		got, err := table.MarshalBinary()
		require.NoError(t, err)
		if want == nil {
			want = got
		}
		assert.Equal(t, want, got)

		r, err = monary.FromBytes(t.Context(), nil, monary.MustSchema("v any"), monary.Workers(workers))
		require.NoError(t, err)
		table, err = r.Table()
		require.NoError(t, err)
		assert.Equal(t, []string{"v"}, table.ColumnNames())
	}
	schema, err := monary.InferSchema(stream(docs, nil))
	require.NoError(t, err)
	assert.Equal(t, "v any", schema.String(), "a later document widens the type")
	_, err = monary.InferSchema(stream(nil, nil))
	require.ErrorContains(t, err, "no field in any document")
}

// TestEdge29ChangingLayouts: fields change places in mid-stream, come and go, and
// are nested 32 levels deep.
func TestEdge29ChangingLayouts(t *testing.T) {
	var docs [][]byte
	for i := range 2000 {
		d := bson.D{{Key: "a", Value: int32(i)}, {Key: "b", Value: fmt.Sprint(i)}}
		switch {
		case i >= 1500:
			d = bson.D{}
		case i >= 1000:
			d = append(bson.D{{Key: "extra", Value: nil}}, d...)
		case i >= 500:
			slices.Reverse(d)
		}
		docs = append(docs, marshal(t, d))
	}
	sameAsPlain(t, docs, monary.MustSchema("a int32", "b string"))

	deep, path := any(int32(5)), "v"
	for range 32 {
		deep, path = bson.D{{Key: "d", Value: deep}}, path+".d"
	}
	table, _ := readWith(t, docsOf(t, deep), path+" int32")
	assert.Equal(t, "5", table.Series(0).Value(0).String())
}

// TestEdge30Rejection: a column takes its own BSON types and no other.
func TestEdge30Rejection(t *testing.T) {
	takes := map[string]string{
		"bool": "bool", "int64": "int32 int64 double", "float64": "int32 int64 double", "date": "date", "timestamp": "timestamp", "objectid": "objectid",
		"string": "string", "symbol": "symbol", "code": "code", "regex": "regex", "binary": "binary uuid", "uuid": "uuid", "decimal128": "decimal128",
		"bson": "document array", "list<any>": "array", "struct{a any}": "document", "minkey": "minkey", "maxkey": "maxkey",
	}
	for typ, own := range takes {
		for _, found := range []string{"double", "string", "document", "array", "binary", "uuid", "objectid", "bool", "date", "regex", "dbpointer", "code", "symbol",
			"scoped code", "int32", "timestamp", "int64", "decimal128", "minkey", "maxkey"} {
			_, report := readWith(t, docsOf(t, gridValue(t, found, "1")), "v "+typ)
			want := monary.Mismatch
			if slices.Contains(strings.Fields(own), found) {
				want = monary.Present
			}
			assert.EqualValues(t, 1, report.Columns[0].Of(want), "%s in a column of type %s: %s", found, typ, report)
		}
	}
	for _, value := range []any{bson.A{1.0}, bson.A{1.0, 2.0, 3.0}, bson.A{bson.A{1.0, 2.0}}} {
		_, report := readWith(t, docsOf(t, value), "v vector:2")
		assert.EqualValues(t, 1, report.Columns[0].Of(monary.Mismatch), "%v is no vector of 2", value)
	}
}

// TestEdge31CaseAndDepth: keys that differ in case only are different keys;
// arrays of mixed depth keep their values; a null before the first document
// does not hide it from inference.
func TestEdge31CaseAndDepth(t *testing.T) {
	doc := marshal(t, bson.D{{Key: "Name", Value: "a"}, {Key: "name", Value: "b"}, {Key: "NAME", Value: "c"}})
	r, err := monary.FromRaw(t.Context(), stream([][]byte{doc}, nil), monary.MustSchema("name string", "NAME string", "Name string"))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	for i, want := range []string{"b", "c", "a"} {
		assert.Equal(t, want, table.Series(i).Value(0).String())
	}
	schema, err := monary.InferSchema(stream(docsOf(t, bson.A{int32(1), bson.A{int32(2)}}), nil))
	require.NoError(t, err)
	assert.Equal(t, "v list<any>", schema.String())
	schema, err = monary.InferSchema(stream(docsOf(t, nil, nil, bson.D{{Key: "a", Value: 1.5}}), nil))
	require.NoError(t, err)
	assert.Equal(t, "v struct{a float64}", schema.String())
}

// TestEdge33LatticeAndText: numbers join in a lattice, text is a number when
// coercion is asked for, and what a column refuses is kept beside the row.
func TestEdge33LatticeAndText(t *testing.T) {
	for want, values := range map[string][]any{"v int64": {int32(1), int64(2)}, "v float64": {int32(1), 2.5}, "v any": {int64(math.MaxInt64), 2.5}} {
		schema, err := monary.InferSchema(stream(docsOf(t, values...), nil))
		require.NoError(t, err)
		assert.Equal(t, want, schema.String())
	}
	table, report := readWith(t, docsOf(t, "12", "x"), "v int32", monary.WithPolicy(monary.Coerce), monary.KeepRejected(5))
	assert.Equal(t, 2, table.NumRows())
	assert.Equal(t, "12", table.Series(0).Value(0).String())
	require.Len(t, report.Rejected, 1)
	assert.EqualValues(t, 1, report.Rejected[0].Doc)
}

// TestEdge34Units: a date is milliseconds and a timestamp seconds, wherever they
// go.
func TestEdge34Units(t *testing.T) {
	at := time.Date(2015, 11, 17, 12, 30, 0, 123e6, time.UTC)
	table, _ := readWith(t, docsOf(t, bson.NewDateTimeFromTime(at)), "v date")
	times, err := monary.Times(table, "v", nil)
	require.NoError(t, err)
	assert.True(t, at.Equal(times[0]))
	ms, err := monary.Values[int64](table, "v")
	require.NoError(t, err)
	assert.Equal(t, at.UnixMilli(), ms[0])
	table, _ = readWith(t, docsOf(t, bson.Timestamp{T: uint32(at.Unix())}), "v date", monary.WithPolicy(monary.Coerce))
	times, err = monary.Times(table, "v", nil)
	require.NoError(t, err)
	assert.True(t, at.Truncate(time.Second).Equal(times[0]))
	_, report := readWith(t, docsOf(t, bson.Timestamp{T: 1}), "v date")
	assert.EqualValues(t, 1, report.Columns[0].Of(monary.Mismatch), "they are not the same unless asked for")
}

package monary_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

var dumpSchema = monary.MustSchema("_id objectid", "n int64", "x float64", "when date", "tags.0 string", "user.name string:3")

// sameDump is one set of documents in each format that has types.
func sameDump(t testing.TB) map[string][]byte {
	bsonDump := join(
		marshal(t, bson.D{{Key: "_id", Value: objectID}, {Key: "n", Value: int64(1 << 40)}, {Key: "x", Value: 0.5}, {Key: "when", Value: bson.DateTime(1136214245000)},
			{Key: "tags", Value: bson.A{"a", "b"}}, {Key: "user", Value: bson.D{{Key: "name", Value: "Zoë"}}}}),
		marshal(t, bson.D{{Key: "n", Value: nil}, {Key: "x", Value: 2}}),
		marshal(t, bson.D{}))
	canonical := `{"_id":{"$oid":"0102030405060708090a0b0c"},"n":{"$numberLong":"1099511627776"},"x":{"$numberDouble":"0.5"},"when":{"$date":{"$numberLong":"1136214245000"}},"tags":["a","b"],"user":{"name":"Zoë"}}` +
		"\n" + `{"n":null,"x":{"$numberInt":"2"}}` + "\n{}\n"
	relaxed := `{"_id":{"$oid":"0102030405060708090a0b0c"},"n":1099511627776,"x":0.5,"when":{"$date":"2006-01-02T15:04:05Z"},"tags":["a","b"],"user":{"name":"Zo\u00eb"}}` +
		"\r\n\r\n" + ` {"n":null, "x":2} {}`
	array := "\n [\n{\"_id\":{\"$oid\":\"0102030405060708090a0b0c\"},\"n\":1099511627776,\"x\":0.5,\"when\":{\"$date\":\"2006-01-02T16:04:05+01:00\"},\"tags\":[\"a\",\"b\"],\"user\":{\"name\":\"Zoë\"}},\n" +
		"{\"n\":null,\"x\":2.0},{}]\n"
	return map[string][]byte{
		"d.bson": bsonDump, "d.bson.gz": zipped(t, bsonDump), "D.BSON": bsonDump,
		"parts.bson.gz":  join(zipped(t, bsonDump[:40]), zipped(t, bsonDump[40:])),
		"canonical.json": []byte(canonical), "relaxed.jsonl": []byte(relaxed), "relaxed.ndjson": []byte(relaxed), "array.json": []byte(array), "array.json.gz": zipped(t, []byte(array)),
	}
}

func TestDumpFormats(t *testing.T) {
	for name, data := range sameDump(t) {
		t.Run(name, func(t *testing.T) {
			dump := write(t, name, data)
			table, err := find(t, dump, dumpSchema)
			require.NoError(t, err)
			want := [][]string{{objectID.Hex(), "-", "-"}, {"1099511627776", "-", "-"}, {bits(0.5), bits(2), "-"}, {"1136214245000", "-", "-"}, {`"a"`, "-", "-"}, {`"Zo"`, "-", "-"}}
			want[5][0] = `"Zo"` // ë does not fit
			assert.Equal(t, want, columnsOf(t, table))

			n, err := dump.Count(t.Context())
			require.NoError(t, err)
			assert.EqualValues(t, 3, n)
			again, err := find(t, dump, dumpSchema)
			require.NoError(t, err, "the file is opened anew")
			assert.Equal(t, want, columnsOf(t, again))

			var docs []bson.Raw
			for doc, err := range dump.Documents(t.Context()) {
				require.NoError(t, err)
				require.NoError(t, doc.Validate())
				docs = append(docs, slices.Clone(doc))
			}
			require.Len(t, docs, 3)
			assert.Equal(t, "Zoë", docs[0].Lookup("user", "name").StringValue())
		})
	}
}

func TestDumpFields(t *testing.T) {
	dump := write(t, "d.bson", sameDump(t)["d.bson"])
	r, err := dump.Fields(t.Context(), []string{"x", "user.name"}, monary.BatchRows(2))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	assert.Equal(t, monary.KindAny, table.Series(1).Type().Kind)
	assert.Equal(t, []string{"x", "user.name"}, table.ColumnNames())
	assert.Equal(t, "Zoë", table.Series(1).Value(0).String())

	r, err = dump.Fields(t.Context(), nil, monary.BatchRows(2))
	require.NoError(t, err)
	var rows []int
	for batch, err := range r.Batches() {
		require.NoError(t, err)
		assert.Zero(t, batch.NumColumns())
		rows = append(rows, batch.NumRows())
	}
	assert.Equal(t, []int{2, 1}, rows)
	_, err = dump.Fields(t.Context(), []string{"a", "a"})
	require.ErrorContains(t, err, "twice")
}

func TestOpenDumpRefuses(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "dir.bson"), 0o700))
	for _, name := range []string{"data.parquet", "noextension", "data.bson.zip", "data.gz"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		_, err := monary.OpenDump(filepath.Join(dir, name))
		require.ErrorContains(t, err, "unknown extension", name)
		require.ErrorContains(t, err, ".ndjson", "what is known")
	}
	_, err := monary.OpenDump(filepath.Join(dir, "dir.bson"))
	require.ErrorContains(t, err, "no .bson file in it")
	_, err = monary.OpenDump(filepath.Join(dir, "gone.bson"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestDumpFindRefuses(t *testing.T) {
	dump := write(t, "d.bson", nil)
	_, err := dump.Find(t.Context(), bson.M{"a": 1}, dumpSchema)
	require.ErrorContains(t, err, "no filter")
	_, err = dump.Find(t.Context(), nil, monary.Schema{})
	require.ErrorContains(t, err, "no fields")
	_, err = dump.Find(t.Context(), nil, dumpSchema, monary.BatchRows(-1))
	require.ErrorContains(t, err, "BatchRows")
}

func TestDumpFaults(t *testing.T) {
	dump := write(t, "d.bson", join(numbers(2)[0], numbers(2)[1], []byte{5, 0, 0, 0, 1}))
	n, err := dump.Count(t.Context())
	require.ErrorIs(t, err, monary.ErrElement)
	assert.EqualValues(t, 2, n)

	seen := 0
	var last error
	for _, err := range write(t, "cut.bson", join(numbers(2)[0], []byte{9, 0})).Documents(t.Context()) {
		seen++
		last = err
	}
	require.ErrorIs(t, last, io.ErrUnexpectedEOF)
	require.ErrorContains(t, last, "cut.bson")
	assert.Equal(t, 2, seen, "a document, then the error")
}

func TestDumpCancel(t *testing.T) {
	dump := write(t, "d.bson", sameDump(t)["d.bson"])
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := dump.Count(ctx)
	require.ErrorIs(t, err, context.Canceled)
	for _, err := range dump.Documents(ctx) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestDumpCallsOnClose(t *testing.T) {
	calls := 0
	r, err := write(t, "d.bson", sameDump(t)["d.bson"]).Find(t.Context(), nil, dumpSchema, monary.OnClose(func() error { calls++; return errSource }))
	require.NoError(t, err)
	require.ErrorIs(t, drain(r), errSource)
	assert.Equal(t, 1, calls, "the caller's function is called beside the file's close")
}

func TestDumpClosesItsFile(t *testing.T) {
	dump := write(t, "d.bson", sameDump(t)["d.bson"])
	before := openFiles(t)
	for range 20 {
		r, err := dump.Find(t.Context(), nil, dumpSchema)
		require.NoError(t, err)
		for range r.Batches() {
			break
		}
		r, err = dump.Find(t.Context(), nil, dumpSchema)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		for range dump.Documents(t.Context()) {
			break
		}
		_, err = dump.Find(t.Context(), nil, dumpSchema, monary.BatchRows(-1))
		require.Error(t, err)
	}
	assert.Less(t, openFiles(t)-before, 20)
}

func openFiles(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the open files cannot be counted here")
	}
	require.NoError(t, err)
	return len(entries)
}

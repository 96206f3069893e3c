package monary_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// write puts a file into the test's own directory and opens it as a dump.
func write(t testing.TB, name string, data []byte) *monary.Dump {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	dump, err := monary.OpenDump(path)
	require.NoError(t, err)
	return dump
}

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// find reads a dump into one table.
func find(t testing.TB, dump *monary.Dump, schema monary.Schema) (*monary.Table, error) {
	t.Helper()
	r, err := dump.Find(t.Context(), nil, schema)
	require.NoError(t, err)
	table, err := r.Table()
	checkTable(t, table)
	checkReport(t, r.Report(), table.NumRows())
	return table, err
}

func TestEveryPrefixOfADump(t *testing.T) {
	var data []byte
	ends := map[int]int{0: 0} // documents that end at a byte
	for i := range 4 {
		data = append(data, marshal(t, bson.D{{Key: "n", Value: i}, {Key: "s", Value: "text"}, {Key: "d", Value: bson.D{{Key: "x", Value: 1.5}}}})...)
		ends[len(data)] = i + 1
	}
	path := filepath.Join(t.TempDir(), "cut.bson")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	dump, err := monary.OpenDump(path)
	require.NoError(t, err)
	whole, start := 0, 0
	for n := range len(data) + 1 {
		require.NoError(t, os.WriteFile(path, data[:n], 0o600))
		table, err := find(t, dump, monary.MustSchema("n int32", "s string", "d.x float64"))
		if docs, ok := ends[n]; ok {
			whole, start = docs, n
			require.NoError(t, err, "%d bytes end with a document", n)
			require.Equal(t, docs, table.NumRows())
			continue
		}
		require.Equal(t, whole, table.NumRows(), "documents before the cut at %d", n)
		var located *monary.DecodeError
		require.ErrorAs(t, err, &located, "cut at %d", n)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.EqualValues(t, whole, located.Doc)
		require.EqualValues(t, start, located.Offset)
	}
}

func TestEveryPrefixOfAGzippedDump(t *testing.T) {
	doc := marshal(t, bson.D{{Key: "n", Value: 1}})
	data := zipped(t, bytes.Repeat(doc, 300))
	path := filepath.Join(t.TempDir(), "cut.bson.gz")
	for n := range data {
		require.NoError(t, os.WriteFile(path, data[:n], 0o600))
		dump, err := monary.OpenDump(path)
		require.NoError(t, err)
		r, err := dump.Find(t.Context(), nil, monary.MustSchema("n int32"))
		if err != nil {
			require.Less(t, n, 11, "only a header that is not whole keeps the file from being opened")
			continue
		}
		table, err := r.Table()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "cut at %d of %d", n, len(data))
		checkReport(t, r.Report(), table.NumRows())
	}
}

func TestGzipChecksum(t *testing.T) {
	doc := marshal(t, bson.D{{Key: "n", Value: 1}})
	data := zipped(t, doc)
	data[len(data)-8] ^= 1
	table, err := find(t, write(t, "bad.bson.gz", data), monary.MustSchema("n int32"))
	require.ErrorIs(t, err, gzip.ErrChecksum)
	assert.Equal(t, 1, table.NumRows(), "the document before it")
}

func TestEmptyFiles(t *testing.T) {
	schema := monary.MustSchema("n int32", "s string")
	for _, name := range []string{"empty.bson", "empty.json", "empty.jsonl"} {
		table, err := find(t, write(t, name, nil), schema)
		require.NoError(t, err, name)
		assert.Equal(t, 0, table.NumRows())
		assert.Equal(t, []string{"n", "s"}, table.ColumnNames(), "the columns are there")
	}
	for _, name := range []string{"empty.csv", "empty.bson.gz"} {
		_, err := write(t, name, nil).Find(t.Context(), nil, schema)
		require.ErrorContains(t, err, name, "a line of names or a gzip header is wanted")
	}
	_, err := write(t, "text.bson.gz", []byte("this is no gzip file")).Find(t.Context(), nil, schema)
	require.ErrorIs(t, err, gzip.ErrHeader)
}

func TestDocumentLengthsOfADump(t *testing.T) {
	good := marshal(t, bson.D{{Key: "n", Value: 1}})
	for _, c := range []struct {
		name, why string
		length    int32
		err       error
	}{
		{"2 GiB", "a length is no reason to allocate", 1<<31 - 1, monary.ErrLength},
		{"Over the limit", "one more than a server stores", 16<<20 + 16<<10 + 1, monary.ErrLength},
		{"At the limit", "believed as far as bytes arrive", 16<<20 + 16<<10, io.ErrUnexpectedEOF},
		{"Negative", "", -1, monary.ErrLength},
		{"Four", "below the least", 4, monary.ErrLength},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := join(good, int32Bytes(c.length), make([]byte, 6))
			dump := write(t, "header.bson", data)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			table, err := find(t, dump, monary.MustSchema("n int32"))
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, c.err, c.why)
			assert.Equal(t, 1, table.NumRows())
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2<<20), "bytes allocated for %d bytes of input", len(data))
			var located *monary.DecodeError
			require.ErrorAs(t, err, &located)
			assert.EqualValues(t, 1, located.Doc)
			assert.EqualValues(t, len(good), located.Offset)
		})
	}
}

func TestLargestDocument(t *testing.T) {
	const limit = 16<<20 + 16<<10
	filler := func(size int) []byte { // a document of so many bytes
		text := bytes.Repeat([]byte("x"), size-4-3-4-1-7-1)
		return document(element(bson.TypeString, "s", textBytes(string(text))), element(bson.TypeInt32, "n", int32Bytes(1)))
	}
	doc := filler(limit)
	require.Len(t, doc, limit)
	for name, data := range map[string][]byte{
		"large.bson":    join(document(one("n")), doc, document(one("n"))),
		"large.bson.gz": zipped(t, join(document(one("n")), doc, document(one("n")))),
	} {
		table, err := find(t, write(t, name, data), monary.MustSchema("n int32", "s string"))
		require.NoError(t, err, name)
		assert.Equal(t, []string{"1", "1", "1"}, cells(t, table.Slice(0, 3), 0))
		s, err := monary.Values[string](table, "s")
		require.NoError(t, err)
		assert.Len(t, s[1], limit-20)
	}
	table, err := find(t, write(t, "toolarge.bson", join(document(one("n")), filler(limit+1))), monary.MustSchema("n int32"))
	require.ErrorIs(t, err, monary.ErrLength)
	assert.Equal(t, 1, table.NumRows())
}

// A wide fixed column must not cost more than the documents justify.
func TestWideColumnOfFewDocuments(t *testing.T) {
	doc := document()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	table, _, err := read(t, [][]byte{doc}, monary.MustSchema("s string:1048576"))
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	assert.Equal(t, 1, table.NumRows())
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20), "bytes allocated for one row of 1 MiB")
}

func TestFileThatCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gone.bson")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	dump, err := monary.OpenDump(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	_, err = dump.Find(t.Context(), nil, monary.MustSchema("n int32"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = dump.Count(t.Context())
	require.ErrorIs(t, err, fs.ErrNotExist)
	for _, err := range dump.Documents(t.Context()) {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}

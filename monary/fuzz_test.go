package monary_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
)

// fuzzSchema has every type, the values of any columns checked through, paths
// of all forms, and one level that is too wide for a plain search.
var fuzzSchema = monary.MustSchema(
	"v any", "v.a any", "v.0 int64", "v.0.b string", "v.1.0 float64", `v\.a string:3`, `"" bool`, "$x date",
	"w int32", "w.a string", "k0 bool", "k1 int32", "k2 int64", "k3 float64", "k4 date", "k5 string", "k6 string:1", "k7 objectid", "k8 any",
	"v.a.x list<struct{a int8; b list<uint64>}>", "v.0.a struct{a float32; b bson:9; c binary:1; d regex}", "v.1.1 list<any>",
	"w.b length", "w.c type", "w.d bson", "w.e code")

// FuzzDecode takes the bytes as one document and as a dump.
func FuzzDecode(f *testing.F) {
	for _, doc := range corpusSeeds(f) {
		f.Add(doc)
	}
	for _, c := range conversions {
		f.Add(document(element(c.typ, "v", c.val), element(c.typ, "k5", c.val), sub("w", element(c.typ, "a", c.val))))
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(join(randomDocument(rng, 2), randomDocument(rng, 3)))
	}
	f.Add(nested(300, document(one("v"))))
	f.Add(join(document(one("k1")), int32Bytes(1<<31-1)))

	path := filepath.Join(f.TempDir(), "fuzz.bson")
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		fuzzDocument(t, data)
		fuzzDump(t, path, data)
		runtime.ReadMemStats(&after)
		// The reader's buffers, and the copies that the checks make.
		limit := uint64(4<<20 + 2000*len(data))
		require.Less(t, after.TotalAlloc-before.TotalAlloc, limit, "bytes allocated for %d", len(data))
	})
}

// fuzzDocument reads a good document and then the data. If the data can be
// read, the reference must have read the same.
func fuzzDocument(t *testing.T, data []byte) {
	good := document(one("w"))
	table, _, err := read(t, [][]byte{good, data, good}, fuzzSchema, monary.BatchRows(2))
	if err == nil {
		want := newReference([][]byte{good, data, good}, fuzzSchema)
		for i := range fuzzSchema.Len() {
			require.Equal(t, want.cells[i], cells(t, table, i), fuzzSchema.At(i).Name)
		}
		return
	}
	require.Equal(t, 1, table.NumRows(), "the document before the fault")
	var located *monary.DecodeError
	require.ErrorAs(t, err, &located)
	require.EqualValues(t, 1, located.Doc)
	require.GreaterOrEqual(t, located.Offset, int64(len(good)))
	require.LessOrEqual(t, located.Offset, int64(len(good)+len(data)), "the fault is inside the data")
	require.True(t, errors.Is(err, monary.ErrLength) || errors.Is(err, monary.ErrElement) || errors.Is(err, monary.ErrUTF8), "%v", err)
}

// fuzzDump reads the data as a file, in batches of two sizes, with one result.
func fuzzDump(t *testing.T, path string, data []byte) {
	require.NoError(t, os.WriteFile(path, data, 0o600))
	dump, err := monary.OpenDump(path)
	require.NoError(t, err)
	r, err := dump.Find(context.Background(), nil, fuzzSchema)
	require.NoError(t, err)
	whole, wholeErr := r.Table()
	checkTable(t, whole)
	checkReport(t, r.Report(), whole.NumRows())

	r, err = dump.Find(context.Background(), nil, fuzzSchema, monary.BatchRows(1))
	require.NoError(t, err)
	rows := 0
	var last error
	for batch, err := range r.Batches() {
		if last = err; err != nil {
			break
		}
		for i := range fuzzSchema.Len() {
			require.Equal(t, cells(t, whole.Slice(rows, rows+1), i), cells(t, batch, i))
		}
		rows++
	}
	require.Equal(t, whole.NumRows(), rows)
	if wholeErr == nil {
		require.NoError(t, last)
		return
	}
	require.EqualError(t, last, wholeErr.Error())
}

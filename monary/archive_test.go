package monary_test

import (
	"bytes"
	"fmt"
	"hash/crc64"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

var archiveEnd = []byte{0xff, 0xff, 0xff, 0xff}

// archiveWriter writes mongodump's archive format.
type archiveWriter struct {
	bytes.Buffer
	sums map[string]uint64
}

func newArchive(t testing.TB, collections ...bson.D) *archiveWriter {
	t.Helper()
	w := &archiveWriter{sums: map[string]uint64{}}
	w.Write([]byte{0x6d, 0xe2, 0x99, 0x81})
	w.doc(t, bson.D{{Key: "concurrent_collections", Value: int32(4)}, {Key: "version", Value: "0.1"}, {Key: "server_version", Value: "7.0.5"}, {Key: "tool_version", Value: "100.9"}})
	for _, c := range collections {
		w.doc(t, c)
	}
	w.Write(archiveEnd)
	return w
}

func (w *archiveWriter) doc(t testing.TB, d bson.D) {
	t.Helper()
	raw, err := bson.Marshal(d)
	require.NoError(t, err)
	w.Write(raw)
}

func dumped(db, collection, kind, metadata string) bson.D {
	return bson.D{{Key: "db", Value: db}, {Key: "collection", Value: collection}, {Key: "metadata", Value: metadata}, {Key: "size", Value: int32(0)}, {Key: "type", Value: kind}}
}

// block writes documents of a collection.
func (w *archiveWriter) block(t testing.TB, db, collection string, docs ...[]byte) {
	t.Helper()
	w.doc(t, bson.D{{Key: "db", Value: db}, {Key: "collection", Value: collection}, {Key: "EOF", Value: false}, {Key: "CRC", Value: int64(0)}})
	for _, doc := range docs {
		w.Write(doc)
		w.sums[db+"."+collection] = crc64.Update(w.sums[db+"."+collection], crc64.MakeTable(crc64.ECMA), doc)
	}
	w.Write(archiveEnd)
}

// end writes the end of a collection.
func (w *archiveWriter) end(t testing.TB, db, collection string) {
	t.Helper()
	w.doc(t, bson.D{{Key: "db", Value: db}, {Key: "collection", Value: collection}, {Key: "EOF", Value: true}, {Key: "CRC", Value: int64(w.sums[db+"."+collection])}})
	w.Write(archiveEnd)
}

// twoCollections is an archive of shop.orders, 1,000 numbers, and shop.users,
// 500, which take turns, and a view.
func twoCollections(t testing.TB) *archiveWriter {
	t.Helper()
	w := newArchive(t, dumped("shop", "users", "collection", ""), dumped("shop", "orders", "collection", `{"indexes":[{"v":2}],"uuid":"ab"}`), dumped("shop", "late", "view", ""))
	orders, users := numbers(1000), numbers(500)
	w.block(t, "shop", "orders", orders[:300]...)
	w.block(t, "shop", "users", users[:1]...)
	w.block(t, "shop", "orders", orders[300:301]...)
	w.block(t, "shop", "users", users[1:]...)
	w.end(t, "shop", "users")
	w.block(t, "shop", "orders", orders[301:]...)
	w.end(t, "shop", "orders")
	w.end(t, "shop", "late")
	return w
}

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func readNumbers(t testing.TB, d *monary.Dump, opts ...monary.ReadOption) ([]int32, error) {
	t.Helper()
	r, err := d.Find(t.Context(), nil, monary.MustSchema("n int32"), opts...)
	if err != nil {
		return nil, err
	}
	table, err := r.Table()
	values, bad := monary.Values[int32](table, "n")
	require.NoError(t, bad)
	return values, err
}

func upTo(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

func TestArchive(t *testing.T) {
	plain := twoCollections(t).Bytes()
	for name, data := range map[string][]byte{"all.archive": plain, "all.gz": zipped(t, plain), "all": plain, "parts.gz": append(zipped(t, plain[:100]), zipped(t, plain[100:])...)} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, name, data)
			dumps, err := monary.OpenDumps(path)
			require.NoError(t, err)
			require.Len(t, dumps, 2, "a view has no documents")
			assert.Equal(t, "shop.orders", dumps[0].Namespace())
			assert.Equal(t, "shop.users", dumps[1].Namespace())
			for _, workers := range []int{1, 3} {
				orders, err := readNumbers(t, dumps[0], monary.Workers(workers), monary.BatchRows(64))
				require.NoError(t, err)
				assert.Equal(t, upTo(1000), orders)
				users, err := readNumbers(t, dumps[1], monary.Workers(workers))
				require.NoError(t, err)
				assert.Equal(t, upTo(500), users)
			}
			n, err := dumps[0].Count(t.Context())
			require.NoError(t, err)
			assert.EqualValues(t, 1000, n)
			metadata, err := dumps[0].Metadata()
			require.NoError(t, err)
			assert.Equal(t, "ab", metadata.Lookup("uuid").StringValue())
			_, err = dumps[1].Metadata()
			require.ErrorIs(t, err, monary.ErrNoMetadata)

			_, err = monary.OpenDump(path)
			require.ErrorContains(t, err, "2 collections: shop.orders, shop.users; OpenNamespace opens one of them")
			_, err = monary.OpenNamespace(path, "shop.items")
			require.ErrorContains(t, err, `no "shop.items"; it has shop.orders, shop.users`)
			one, err := monary.OpenNamespace(path, "shop.users")
			require.NoError(t, err)
			assert.Equal(t, "shop.users", one.Namespace())
		})
	}
}

func TestArchiveOfOne(t *testing.T) {
	w := newArchive(t, dumped("db", "c", "timeseries", ""))
	w.block(t, "db", "system.buckets.c", numbers(3)...)
	w.end(t, "db", "system.buckets.c")
	d, err := monary.OpenDump(writeFile(t, "one.archive", w.Bytes()))
	require.NoError(t, err)
	n, err := readNumbers(t, d)
	require.NoError(t, err)
	assert.Equal(t, upTo(3), n)
}

// TestArchiveFaults: what is wrong with an archive is said with the byte where it
// is, and the documents before it are delivered.
func TestArchiveFaults(t *testing.T) {
	head := func() *archiveWriter { return newArchive(t, dumped("a", "b", "collection", "")) }
	for name, c := range map[string]struct {
		build func() []byte
		rows  int
		want  string
	}{
		"a wrong checksum": {func() []byte {
			w := head()
			w.block(t, "a", "b", numbers(5)...)
			w.sums["a.b"]++
			w.end(t, "a", "b")
			return w.Bytes()
		}, 5, "at the end of a.b: the checksum"},
		"no end": {func() []byte {
			w := head()
			w.block(t, "a", "b", numbers(5)...)
			return w.Bytes()
		}, 5, "before the end of a.b: unexpected EOF"},
		"cut in a document": {func() []byte {
			w := head()
			w.block(t, "a", "b", numbers(5)...)
			return w.Bytes()[:w.Len()-7]
		}, 4, "in a.b: unexpected EOF"},
		"two terminators": {func() []byte {
			w := head()
			w.block(t, "a", "b", numbers(5)...)
			w.Write(archiveEnd)
			return w.Bytes()
		}, 5, "a terminator in the place of a header"},
		"a header without a name": {func() []byte {
			w := head()
			w.doc(t, bson.D{{Key: "x", Value: 1}})
			return w.Bytes()
		}, 0, "it names no collection"},
		"a document of length 3": {func() []byte {
			w := head()
			w.block(t, "a", "b", numbers(5)...)
			b := w.Bytes()
			return append(b[:len(b)-4], 3, 0, 0, 0)
		}, 5, "document length 3"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := monary.OpenDump(writeFile(t, "x.archive", c.build()))
			require.NoError(t, err)
			got, err := readNumbers(t, d)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "archive, byte ")
			assert.Len(t, got, c.rows)
		})
	}
	_, err := monary.OpenDumps(writeFile(t, "x", []byte("hello")))
	require.ErrorContains(t, err, "not an archive")
	_, err = monary.OpenDumps(writeFile(t, "x", head().Bytes()[:40]))
	require.ErrorContains(t, err, "in the prelude: unexpected EOF")
	_, err = monary.OpenDumps(writeFile(t, "x", newArchive(t).Bytes()))
	require.ErrorContains(t, err, "no collection")
}

// TestArchiveLyingLength: a length that is not there costs no memory.
func TestArchiveLyingLength(t *testing.T) {
	w := newArchive(t, dumped("a", "b", "collection", ""))
	w.block(t, "a", "b")
	data := append(w.Bytes()[:w.Len()-4], 0, 0, 0, 1) // 16 MiB
	d, err := monary.OpenDump(writeFile(t, "x.archive", data))
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = readNumbers(t, d)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

func TestDumpFolder(t *testing.T) {
	root := t.TempDir()
	put := func(name string, data []byte) {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	put("prelude.json", []byte("{}"))
	put("shop/orders.bson", slices.Concat(numbers(4)...))
	put("shop/orders.metadata.json", []byte(`{"options":{},"indexes":[{"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}}}]}`))
	put("shop/a%2Fb.bson.gz", zipped(t, slices.Concat(numbers(3)...)))
	put("shop/a%2Fb.metadata.json.gz", zipped(t, []byte(`{"uuid":"cd"}`)))
	put("admin/bare.bson", nil)

	dumps, err := monary.OpenDumps(root)
	require.NoError(t, err)
	var names []string
	for _, d := range dumps {
		names = append(names, d.Namespace())
	}
	assert.Equal(t, []string{"admin.bare", "shop.a/b", "shop.orders"}, names)
	got, err := readNumbers(t, dumps[1])
	require.NoError(t, err)
	assert.Equal(t, upTo(3), got)
	metadata, err := dumps[1].Metadata()
	require.NoError(t, err)
	assert.Equal(t, "cd", metadata.Lookup("uuid").StringValue())
	metadata, err = dumps[2].Metadata()
	require.NoError(t, err)
	assert.EqualValues(t, 1, metadata.Lookup("indexes", "0", "key", "_id").Int32())
	_, err = dumps[0].Metadata()
	require.ErrorIs(t, err, monary.ErrNoMetadata)

	inShop, err := monary.OpenDumps(filepath.Join(root, "shop"))
	require.NoError(t, err)
	require.Len(t, inShop, 2)
	assert.Equal(t, "shop.orders", inShop[1].Namespace())
	single, err := monary.OpenDump(filepath.Join(root, "admin"))
	require.NoError(t, err)
	assert.Equal(t, "admin.bare", single.Namespace())

	file, err := monary.OpenDump(filepath.Join(root, "shop", "orders.bson"))
	require.NoError(t, err)
	_, err = file.Metadata()
	require.NoError(t, err, "it lies beside the file")
	_, err = monary.OpenDumps(filepath.Join(root, "nowhere"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = monary.OpenDumps(t.TempDir())
	require.ErrorContains(t, err, "no .bson file")
}

// TestMaxBytes: compressed input streams without a limit unless one is set, and
// then says so.
func TestMaxBytes(t *testing.T) {
	data := slices.Concat(numbers(100_000)...)
	size := int64(len(numbers(1)[0]))
	d, err := monary.OpenDump(writeFile(t, "n.bson.gz", zipped(t, data)))
	require.NoError(t, err)
	for _, workers := range []int{1, 3} {
		got, err := readNumbers(t, d, monary.Workers(workers))
		require.NoError(t, err)
		assert.Len(t, got, 100_000)
		got, err = readNumbers(t, d, monary.Workers(workers), monary.MaxBytes(int64(len(data))))
		require.NoError(t, err, "exactly as many are allowed")
		assert.Len(t, got, 100_000)
		got, err = readNumbers(t, d, monary.Workers(workers), monary.MaxBytes(1000*size+3))
		require.ErrorIs(t, err, monary.ErrTooLarge)
		require.ErrorContains(t, err, fmt.Sprint(1000*size+3))
		assert.Len(t, got, 1000, "those before it are delivered")
	}
	_, err = readNumbers(t, d, monary.MaxBytes(-1))
	require.ErrorContains(t, err, "MaxBytes is -1")
}

// An archive whose own documents are malformed is refused: the driver would not come back from
// this one's string of length -8.
func TestArchiveMalformedHeader(t *testing.T) {
	good := twoCollections(t).Bytes()
	at := bytes.Index(good, []byte("\x02collection\x00")) + len("\x02collection\x00")
	bad := bytes.Clone(good)
	copy(bad[at-2:], "s\x00\xf8\xff\xff\xff") // a key that nobody knows, so that its value is skipped
	path := filepath.Join(t.TempDir(), "bad.archive")
	require.NoError(t, os.WriteFile(path, bad, 0o600))
	_, err := monary.OpenDumps(path)
	require.ErrorIs(t, err, monary.ErrLength)
	require.ErrorContains(t, err, "in the prelude")
}

// FuzzArchive reads whatever follows as an archive: it ends, with an error or
// without, and memory is bounded by the input.
func FuzzArchive(f *testing.F) {
	f.Add(twoCollections(f).Bytes())
	one := newArchive(f, dumped("a", "b", "collection", ""))
	one.block(f, "a", "b", numbers(2)...)
	one.end(f, "a", "b")
	f.Add(one.Bytes())
	f.Add(one.Bytes()[:one.Len()-9])
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, fmt.Sprint(os.Getpid(), ".archive"))
		require.NoError(t, os.WriteFile(path, data, 0o600))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		dumps, err := monary.OpenDumps(path)
		if err != nil {
			return
		}
		for _, d := range dumps[:min(len(dumps), 3)] {
			r, err := d.Find(t.Context(), nil, monary.MustSchema("n any"), monary.Workers(1))
			require.NoError(t, err)
			_, _ = r.Table()
		}
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20+400*len(data)))
	})
}

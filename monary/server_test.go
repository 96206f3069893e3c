package monary_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// numbered is n documents {_id: i, text: …} of different sizes.
func numbered(t testing.TB, n int) [][]byte {
	t.Helper()
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = marshal(t, bson.D{{Key: "_id", Value: int32(i)}, {Key: "text", Value: strings.Repeat("x", i%7)}})
	}
	return docs
}

var numberedSchema = monary.MustSchema("_id int32", "text string")

// serving connects to a server with the documents in db.c.
func serving(t testing.TB, docs [][]byte, prepare func(*replay.Server)) (*replay.Server, *monary.Client) {
	t.Helper()
	server := replay.Start(t)
	server.Serve("db.c", docs)
	if prepare != nil {
		prepare(server)
	}
	m, err := monary.Connect(t.Context(), server.URI())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, m.Close(context.Background())) })
	return server, m
}

// cursors are the two ways to read a cursor, with and without batches ahead.
var cursors = map[string][]monary.ReadOption{
	"whole":        {monary.Workers(1)},
	"wholeWorkers": {monary.Workers(3)},
	"wholeNow":     {monary.Prefetch(-1)},
	"plain":        {monary.PlainCursor()},
	"plainNow":     {monary.PlainCursor(), monary.Prefetch(-1), monary.Workers(1)},
}

func eachCursor(t *testing.T, f func(t *testing.T, opts []monary.ReadOption)) {
	t.Helper()
	for name, opts := range cursors {
		t.Run(name, func(t *testing.T) { f(t, opts) })
	}
}

// settles waits until a condition holds; the test fails if it never does.
func settles(t *testing.T, why string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 10*time.Second, time.Millisecond, why)
}

// noGoroutines waits until no goroutine is in monary.
func noGoroutines(t *testing.T) {
	t.Helper()
	stacks := func() string {
		buf := make([]byte, 1<<20)
		return string(buf[:runtime.Stack(buf, true)])
	}
	settles(t, "goroutines of the read are left", func() bool {
		return !strings.Contains(stacks(), "monary.(*wire)") && !strings.Contains(stacks(), "monary.(*scan)") && !strings.Contains(stacks(), "monary.(*team)") && !strings.Contains(stacks(), "monary.(*fleet)")
	})
}

// TestDriverGivesWholeBatches fails when a release of the driver changes what
// cursor.go counts on: then read with PlainCursor until that is mended.
func TestDriverGivesWholeBatches(t *testing.T) {
	docs := numbered(t, 10)
	server, _ := serving(t, docs, nil)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(context.Background())) }()
	cursor, err := client.Database("db").Collection("c").Find(t.Context(), bson.D{}, options.Find().SetBatchSize(4))
	require.NoError(t, err)
	require.True(t, monary.TakesWholeBatches(cursor), "the driver's cursor has no batches any more")

	var from func(*mongo.Cursor) *driver.BatchCursor = mongo.BatchCursorFromCursor //nolint:staticcheck // its type is what is tested
	batches := from(cursor)
	id := batches.ID()
	require.NotZero(t, id)
	var kept [][]byte
	for first := 0; first < len(docs); first += 4 {
		require.True(t, batches.Next(t.Context()), "a batch from %d", first)
		list := batches.Batch().List
		kept = append(kept, list)
		got, err := monary.AppendDocuments(nil, list)
		require.NoError(t, err, "List is the reply's array")
		assert.Equal(t, bytes.Join(docs[first:min(first+4, len(docs))], nil), got)
	}
	require.False(t, batches.Next(t.Context()))
	require.NoError(t, batches.Err())
	assert.Zero(t, batches.ID(), "the end is an id of 0")
	require.NoError(t, cursor.Close(t.Context()))
	assert.Len(t, kept, 3)
}

func TestFindReadsEverything(t *testing.T) {
	docs := numbered(t, 2000)
	eachCursor(t, func(t *testing.T, opts []monary.ReadOption) {
		for _, most := range []int{0, 1000, 7} {
			_, m := serving(t, docs, func(s *replay.Server) { s.MaxBatch = most })
			for _, rows := range []int{0, 1, 999, 2000} {
				if rows == 1 && most != 1000 {
					continue // tables of a row are slow, once is enough
				}
				r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, append(opts, monary.BatchRows(rows))...)
				require.NoError(t, err)
				n := 0
				for table, err := range r.Batches() {
					require.NoError(t, err)
					ids, err := monary.Values[int32](table, "_id")
					require.NoError(t, err)
					texts, err := monary.Values[string](table, "text")
					require.NoError(t, err)
					for i, id := range ids {
						require.EqualValues(t, n+i, id, "batches of %d, replies of %d", rows, most)
						require.Len(t, texts[i], (n+i)%7)
					}
					n += len(ids)
				}
				assert.Equal(t, len(docs), n)
			}
		}
		noGoroutines(t)
	})
}

func TestFindReadsNothing(t *testing.T) {
	eachCursor(t, func(t *testing.T, opts []monary.ReadOption) {
		_, m := serving(t, nil, nil)
		table, err := m.Query(t.Context(), "db", "c", nil, []string{"_id"}, []string{"int32"}, opts...)
		require.NoError(t, err)
		assert.Zero(t, table.NumRows())
		assert.Equal(t, 1, table.NumColumns())
	})
}

// TestLargeDocumentsOfServer: replies and documents larger than what a worker takes at a time.
func TestLargeDocumentsOfServer(t *testing.T) {
	docs := make([][]byte, 9)
	for i := range docs {
		docs[i] = marshal(t, bson.D{{Key: "_id", Value: int32(i)}, {Key: "text", Value: strings.Repeat(string(rune('a'+i)), 2<<20)}})
	}
	for name, opts := range cursors {
		_, m := serving(t, docs, func(s *replay.Server) { s.MaxBatch = 5 })
		r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, append(opts, monary.BatchRows(2))...)
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		texts, err := monary.Values[string](table, "text")
		require.NoError(t, err)
		require.Len(t, texts, len(docs), name)
		for i, text := range texts {
			require.Len(t, text, 2<<20)
			require.Equal(t, byte('a'+i), text[len(text)-1])
		}
	}
}

// TestBatchSizeIsAlwaysSet: without one, a server's first reply has 101 documents.
func TestBatchSizeIsAlwaysSet(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []monary.ReadOption
		want int64
	}{
		{"Default", nil, 65536},
		{"Small batches of the reader", []monary.ReadOption{monary.BatchRows(10)}, 16384},
		{"Of the caller", []monary.ReadOption{
			monary.FindOptions(options.Find().SetBatchSize(321)), monary.BatchRows(10),
		}, 321},
	} {
		server, m := serving(t, numbered(t, 1000), func(s *replay.Server) { s.MaxBatch = 300 })
		r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, c.opts...)
		require.NoError(t, err)
		_, err = r.Table()
		require.NoError(t, err)
		assert.Equal(t, c.want, server.Requests("find")[0].Body.Lookup("batchSize").AsInt64(), c.name)
		more := server.Requests("getMore")
		require.Len(t, more, 3, c.name)
		assert.Equal(t, c.want, more[0].Body.Lookup("batchSize").AsInt64(), c.name)
	}
	server, m := serving(t, numbered(t, 1000), nil)
	_, err := m.Aggregate(t.Context(), "db", "c", bson.A{}, []string{"_id"}, []string{"int32"})
	require.NoError(t, err)
	assert.EqualValues(t, 65536, server.Requests("aggregate")[0].Body.Lookup("cursor", "batchSize").AsInt64())
}

// TestPrefetch: the next batch is asked for while the first is looked at, and no
// more than a few are.
func TestPrefetch(t *testing.T) {
	asked := make(chan int, 100)
	server, m := serving(t, numbered(t, 100), func(s *replay.Server) {
		s.MaxBatch = 5
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			if r.Command == "getMore" {
				asked <- r.N
			}
			return nil
		}
	})
	for name, c := range map[string]struct {
		ahead, most int
		opts        []monary.ReadOption
	}{
		"Default": {0, 3, nil}, "Five": {5, 6, nil}, "Plain": {2, 3, []monary.ReadOption{monary.PlainCursor()}},
	} {
		t.Run(name, func(t *testing.T) {
			before, batches := len(server.Requests("getMore")), 0
			r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, append(c.opts, monary.Prefetch(c.ahead), monary.BatchRows(5), monary.Workers(1))...)
			require.NoError(t, err)
			for _, err := range r.Batches() {
				require.NoError(t, err)
				if batches++; batches < 20 {
					<-asked
				}
				assert.LessOrEqual(t, len(server.Requests("getMore"))-before, batches+c.most, "batches in flight")
			}
			assert.Equal(t, 20, batches)
		})
	}
}

func TestNoPrefetchInASession(t *testing.T) {
	server, _ := serving(t, numbered(t, 20), func(s *replay.Server) { s.MaxBatch = 5 })
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(context.Background())) }()
	session, err := client.StartSession()
	require.NoError(t, err)
	defer session.EndSession(context.Background())
	ctx := mongo.NewSessionContext(t.Context(), session)
	r, err := monary.NewClient(client).Collection("db", "c").Find(ctx, nil, numberedSchema, monary.BatchRows(5), monary.Workers(1))
	require.NoError(t, err)
	batches := 0
	for _, err := range r.Batches() {
		require.NoError(t, err)
		assert.Len(t, server.Requests("getMore"), batches, "asked for when it is needed: a session is for one goroutine")
		batches++
	}
	find := server.Requests("find")[0].Body
	assert.Equal(t, find.Lookup("lsid").String(), server.Requests("getMore")[0].Body.Lookup("lsid").String())
}

func TestProgress(t *testing.T) {
	_, m := serving(t, numbered(t, 1000), nil)
	var seen []string
	r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, monary.BatchRows(100), monary.ExpectRows(1000),
		monary.OnProgress(func(done, total int64) { seen = append(seen, fmt.Sprint(done, "/", total)) }))
	require.NoError(t, err)
	_, err = r.Table()
	require.NoError(t, err)
	require.NotEmpty(t, seen)
	assert.Equal(t, "1000/1000", seen[len(seen)-1], "the end is always told")
}

// TestProgressInBytes: the total is known of what lies there uncompressed.
func TestProgressInBytes(t *testing.T) {
	docs := bytes.Join(numbered(t, 1000), nil)
	path := filepath.Join(t.TempDir(), "numbers.bson")
	require.NoError(t, os.WriteFile(path, docs, 0o600))
	require.NoError(t, os.WriteFile(path+".gz", zipped(t, docs), 0o600))
	_, m := serving(t, numbered(t, 1000), nil)
	size := int64(len(docs))
	for name, c := range map[string]struct {
		read  func(opts ...monary.ReadOption) (*monary.Reader, error)
		total int64
	}{
		"Server": {func(opts ...monary.ReadOption) (*monary.Reader, error) {
			return m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, opts...)
		}, 0},
		"Memory": {func(opts ...monary.ReadOption) (*monary.Reader, error) {
			return monary.FromBytes(t.Context(), docs, numberedSchema, opts...)
		}, size},
		"File":   {openDump(path), size},
		"Zipped": {openDump(path + ".gz"), 0},
	} {
		for _, workers := range []int{1, 3} {
			var done, total []int64
			r, err := c.read(monary.BatchRows(100), monary.Workers(workers), monary.OnBytes(func(d, of int64) { done, total = append(done, d), append(total, of) }))
			require.NoError(t, err, name)
			_, err = r.Table()
			require.NoError(t, err, name)
			require.NotEmpty(t, done, name)
			assert.Equal(t, size, done[len(done)-1], "%s: the end is always told", name)
			assert.IsNonDecreasing(t, done, name)
			assert.Equal(t, c.total, total[0], name)
		}
	}
	table, err := monary.NewTable(monary.ColumnOf("_id", []int32{1}, nil))
	require.NoError(t, err)
	r, err := monary.FromTables(t.Context(), func(yield func(*monary.Table, error) bool) { yield(table, nil) }, monary.MustSchema("_id int32"),
		monary.OnBytes(func(int64, int64) { t.Error("tables have no bytes") }))
	require.NoError(t, err)
	_, err = r.Table()
	require.NoError(t, err)
}

func openDump(path string) func(opts ...monary.ReadOption) (*monary.Reader, error) {
	return func(opts ...monary.ReadOption) (*monary.Reader, error) {
		dump, err := monary.OpenDump(path)
		if err != nil {
			return nil, err
		}
		return dump.Find(context.Background(), nil, numberedSchema, opts...)
	}
}

// FuzzBatch: a reply's array is cut into its documents or refused, never read
// beyond its end.
func FuzzBatch(f *testing.F) {
	f.Add([]byte{5, 0, 0, 0, 0})
	f.Add([]byte{13, 0, 0, 0, 3, '0', 0, 5, 0, 0, 0, 0, 0})
	f.Add([]byte{13, 0, 0, 0, 3, '0', 0, 255, 255, 255, 255, 0, 0})
	f.Fuzz(func(t *testing.T, array []byte) {
		docs, err := monary.AppendDocuments(nil, array)
		assert.LessOrEqual(t, len(docs), len(array))
		for rest := docs; err == nil && len(rest) > 0; {
			n := int(binary.LittleEndian.Uint32(rest))
			require.True(t, n >= 5 && n <= len(rest), "whole documents")
			rest = rest[n:]
		}
	})
}

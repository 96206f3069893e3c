package monary_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// zipsServer serves n documents, the sample's again and again, so that a batch
// is encoded once.
func zipsServer(tb testing.TB, n int) (*replay.Server, *mongo.Client) {
	tb.Helper()
	_, docs, err := shapes[0].documents(1, 10<<20)
	require.NoError(tb, err)
	const tile = 1 << 16 // of a batch
	require.GreaterOrEqual(tb, len(docs), tile)
	all := make([][]byte, n)
	for i := range all {
		all[i] = docs[i%tile]
	}
	server := replay.Start(tb)
	server.Serve("db.zips", all)
	driver, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, driver.Disconnect(context.Background())) })
	return server, driver
}

// BenchmarkFind reads a million documents from a server over the loopback
// address: into columns, and as users of the driver do. All ask for batches of
// the same size and must give the same tally.
func BenchmarkFind(b *testing.B) {
	docs := atLeast(1_000_000)
	_, driver := zipsServer(b, docs)
	coll := driver.Database("db").Collection("zips")
	size := options.Find().SetBatchSize(65536)
	want := findColumns(b, driver)
	run := func(impl string, find func() tally) {
		b.Run("impl="+impl, func(b *testing.B) {
			for b.Loop() {
				require.Equal(b, want, find())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*docs), "ns/doc")
		})
	}
	run("columnar", func() tally { return findColumns(b, driver) })
	run("plainCursor", func() tally { return findColumns(b, driver, monary.PlainCursor()) })
	run("struct", func() tally {
		cursor, err := coll.Find(b.Context(), bson.D{}, size)
		require.NoError(b, err)
		var docs []zipDoc
		require.NoError(b, cursor.All(b.Context(), &docs))
		var t tally
		for i := range docs {
			docs[i].tally(&t)
		}
		return t
	})
	run("bsonM", func() tally {
		cursor, err := coll.Find(b.Context(), bson.D{}, size)
		require.NoError(b, err)
		var docs []bson.M
		require.NoError(b, cursor.All(b.Context(), &docs))
		var t tally
		for _, doc := range docs {
			t.text(doc["_id"].(string))
			t.text(doc["city"].(string))
			t.text(doc["state"].(string))
			loc := doc["loc"].(bson.A)
			t.float(loc[0].(float64))
			t.float(loc[1].(float64))
			t.int(int64(doc["pop"].(int32)))
		}
		return t
	})
}

// BenchmarkPrefetch reads from a server that takes 5 ms for each batch of 16384
// documents. The batches of one cursor come one after the other, so prefetching
// hides the shorter of two times behind the longer: that of fetching a batch
// (5 ms, and 2 ms for its bytes) and that of decoding and using it. To decode
// these documents takes half a millisecond, so a program that does nothing with
// them gains next to nothing; partitions are for that. One that waits 5 ms for
// another server, to which it sends each batch, gains the factor 1.6, and one that
// computes for as long 1.4, as it shares two cores with the server. One goroutine
// decodes: another would overlap as well.
func BenchmarkPrefetch(b *testing.B) {
	const docs, batch = 1 << 18, 16384
	server, driver := zipsServer(b, docs)
	server.Latency = 5 * time.Millisecond
	for _, use := range []struct {
		name string
		work func(*monary.Table) error
	}{
		{"nothing", func(*monary.Table) error { return nil }},
		{"send", func(*monary.Table) error { time.Sleep(server.Latency); return nil }},
		{"order", order},
	} {
		for _, fetch := range []struct {
			name  string
			ahead int
		}{{"none", -1}, {"default", 0}} {
			b.Run("use="+use.name+"/ahead="+fetch.name, func(b *testing.B) {
				for b.Loop() {
					rows := 0
					r, err := monary.NewClient(driver).Collection("db", "zips").Find(b.Context(), nil, shapes[0].schema,
						monary.Prefetch(fetch.ahead), monary.Workers(1), monary.BatchRows(batch), monary.ReuseBuffers())
					require.NoError(b, err)
					for table, err := range r.Batches() {
						require.NoError(b, err)
						require.NoError(b, use.work(table))
						rows += table.NumRows()
					}
					require.Equal(b, docs, rows)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/docs, "ns/doc")
			})
		}
	}
}

// BenchmarkPartitions reads from a server that takes 5 ms for each batch of 16384
// documents, with one cursor and with several, which wait at the same time.
func BenchmarkPartitions(b *testing.B) {
	const docs, batch = 1 << 19, 16384
	all := numbered(b, docs)
	server, m := serving(b, all, func(s *replay.Server) {
		s.Latency = 5 * time.Millisecond
		s.Select = func(r *replay.Request, docs [][]byte) [][]byte { return between(r, docs) }
	})
	for _, cursors := range []int{1, 2, 4, 8} {
		b.Run(fmt.Sprint("cursors=", cursors), func(b *testing.B) {
			for b.Loop() {
				r, err := m.Collection("db", "c").Find(b.Context(), nil, numberedSchema, monary.Partitions(cursors), monary.BatchRows(batch), monary.ReuseBuffers())
				require.NoError(b, err)
				rows := 0
				for table, err := range r.Batches() {
					require.NoError(b, err)
					rows += table.NumRows()
				}
				require.Equal(b, docs, rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/docs, "ns/doc")
		})
	}
	require.Zero(b, server.OpenCursors())
}

// between is what replay.Matching gives of numbered documents, without looking at
// each.
func between(r *replay.Request, docs [][]byte) [][]byte {
	if n, ok := r.Body.Lookup("pipeline", "0", "$sample", "size").AsInt64OK(); ok {
		ids := make([][]byte, n)
		for i := range ids {
			ids[i] = docs[i*len(docs)/len(ids)]
		}
		return ids
	}
	filter := r.Body.Lookup("filter").Document()
	if _, ok := filter.Lookup("$and").ArrayOK(); ok { // what is in no range
		return nil
	}
	from, _ := filter.Lookup("_id", "$gte").AsInt64OK()
	to, ok := filter.Lookup("_id", "$lt").AsInt64OK()
	if !ok {
		to = int64(len(docs))
	}
	return docs[from:to]
}

// order orders a table's rows by state and city.
func order(t *monary.Table) error {
	states, err := monary.Values[string](t, "state")
	if err != nil {
		return err
	}
	cities, err := monary.Values[string](t, "city")
	rows := make([]int, len(states))
	for i := range rows {
		rows[i] = i
	}
	slices.SortFunc(rows, func(a, b int) int {
		return cmp.Or(strings.Compare(states[a], states[b]), strings.Compare(cities[a], cities[b]))
	})
	return err
}

func findColumns(b *testing.B, driver *mongo.Client, opts ...monary.ReadOption) (t tally) {
	r, err := monary.NewClient(driver).Collection("db", "zips").Find(b.Context(), nil, shapes[0].schema, append(opts, monary.ReuseBuffers())...)
	require.NoError(b, err)
	for table, err := range r.Batches() {
		require.NoError(b, err)
		for i := range table.NumColumns() {
			require.NoError(b, t.column(table, table.Series(i)))
		}
	}
	return t
}

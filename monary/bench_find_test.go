package monary_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// findDocs is how many documents BenchmarkFind reads: a million.
const findDocs = 1_000_000

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
	_, driver := zipsServer(b, findDocs)
	coll := driver.Database("db").Collection("zips")
	size := options.Find().SetBatchSize(65536)
	want := findColumns(b, driver)
	run := func(impl string, find func() tally) {
		b.Run("impl="+impl, func(b *testing.B) {
			for b.Loop() {
				require.Equal(b, want, find())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/findDocs, "ns/doc")
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
// documents, with one goroutine that decodes: another would overlap as well.
func BenchmarkPrefetch(b *testing.B) {
	server, driver := zipsServer(b, findDocs)
	server.Latency = 5 * time.Millisecond
	for _, c := range []struct {
		name  string
		ahead int
	}{{"none", -1}, {"default", 0}} {
		b.Run("ahead="+c.name, func(b *testing.B) {
			for b.Loop() {
				findColumns(b, driver, monary.Prefetch(c.ahead), monary.Workers(1), monary.BatchRows(16384))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/findDocs, "ns/doc")
		})
	}
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

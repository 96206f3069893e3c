package monary_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// insertRows is how many documents BenchmarkInsert inserts.
const insertRows = 100_000

// BenchmarkInsert inserts documents into a server in the same process that reads
// commands and keeps nothing: from columns, and from bson.M that were made
// beforehand, as users of the driver do. What the server got must be the same.
func BenchmarkInsert(b *testing.B) {
	table, maps := insertData(b)
	server := replay.Start(b)
	driver, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, driver.Disconnect(context.Background())) })
	coll := monary.NewClient(driver).Collection("db", "zips")
	columns := func(opts ...monary.WriteOption) func() error {
		return func() error {
			res, err := coll.Insert(b.Context(), table, opts...)
			require.EqualValues(b, insertRows, res.Inserted)
			return err
		}
	}
	want := tallyOf(b, table)
	for _, impl := range []struct {
		name   string
		insert func() error
	}{
		{"columnar", columns()},
		{"plainInsert", columns(monary.PlainInsert())},
		{"bsonM", func() error {
			_, err := driver.Database("db").Collection("zips").InsertMany(b.Context(), maps)
			return err
		}},
	} {
		b.Run("impl="+impl.name, func(b *testing.B) {
			server.Forget()
			require.NoError(b, impl.insert())
			require.Equal(b, want, tallyOf(b, receivedTable(b, server)))
			for b.Loop() {
				server.Forget()
				require.NoError(b, impl.insert())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/insertRows, "ns/doc")
		})
	}
}

// insertData is the sample's documents, again and again, as columns and as maps.
func insertData(b *testing.B) (*monary.Table, []bson.M) {
	b.Helper()
	_, docs, err := shapes[0].documents(1, 100*insertRows)
	require.NoError(b, err)
	docs = docs[:insertRows]
	maps := make([]bson.M, insertRows)
	for i, doc := range docs {
		require.NoError(b, bson.Unmarshal(doc, &maps[i]))
	}
	table, _, err := read(b, docs, insertSchema)
	require.NoError(b, err)
	return table, maps
}

var insertSchema = monary.MustSchema("_id string:5", "city string", "loc.0 float64", "loc.1 float64", "pop int32", "state string:2")

// receivedTable is what the server's inserts had, read back.
func receivedTable(b *testing.B, server *replay.Server) *monary.Table {
	b.Helper()
	var docs [][]byte
	for _, r := range server.Requests("insert") {
		docs = append(docs, r.Sequences["documents"]...)
	}
	table, _, err := read(b, docs, insertSchema)
	require.NoError(b, err)
	require.Equal(b, insertRows, table.NumRows())
	return table
}

func tallyOf(b *testing.B, table *monary.Table) (t tally) {
	b.Helper()
	for i := range table.NumColumns() {
		require.NoError(b, t.column(table, table.Series(i)))
	}
	return t
}

package monary_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// Columns of fixed size cost no allocation for a document: what is allocated
// is for the batch, however many rows it has.
func TestAllocationsPerDocument(t *testing.T) {
	doc := marshal(t, bson.D{{Key: "b", Value: true}, {Key: "i", Value: 1}, {Key: "l", Value: int64(2)}, {Key: "x", Value: 1.5}, {Key: "t", Value: bson.DateTime(5)},
		{Key: "f", Value: "text"}, {Key: "o", Value: objectID}, {Key: "d", Value: bson.D{{Key: "a", Value: bson.A{1, 2, 3}}}}, {Key: "unwanted", Value: "text"}})
	schema := monary.MustSchema("b bool", "i int32", "l int64", "x float64", "t date", "f string:4", "o objectid", "d.a.1 int32", "missing float64")
	wide := monary.MustSchema("b bool", "i int32", "l int64", "x float64", "t date", "f string:4", "o objectid", "d.a.1 int32", "d.a.2 float64", "m1 int32", "m2 int32")
	narrow := monary.MustSchema("i any", "x any", "missing any")
	for name, schema := range map[string]monary.Schema{"fixed": schema, "wide": wide, "small any": narrow} {
		few, many := allocations(t, doc, schema, 1000), allocations(t, doc, schema, 9000)
		assert.Less(t, (many-few)/8000, 0.02, "%s: %v allocations for 1000 documents, %v for 9000", name, few, many)
	}
}

func allocations(t *testing.T, doc []byte, schema monary.Schema, n int) float64 {
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = doc
	}
	return testing.AllocsPerRun(5, func() {
		r, err := monary.FromRaw(t.Context(), stream(docs, nil), schema, monary.BatchRows(n))
		require.NoError(t, err)
		rows := 0
		for batch, err := range r.Batches() {
			require.NoError(t, err)
			rows += batch.NumRows()
		}
		require.Equal(t, n, rows)
	})
}

func TestReadingAColumnDoesNotAllocateByRows(t *testing.T) {
	table := everyType(t, 100)
	assert.LessOrEqual(t, testing.AllocsPerRun(10, func() {
		a, err := monary.Column[float64](table, "x")
		if err != nil {
			t.Error(err)
		}
		for v, ok := range a.All() {
			_, _ = v, ok
		}
	}), 1.0, "one for the interface that the slice goes through")
}

// Joining twice as many parts must cost about twice the memory: a reader of
// tables joins as many as come.
func TestConcatIsLinear(t *testing.T) {
	for name, part := range map[string]*monary.Table{
		"int64":    newTable(t, monary.ColumnOf("c", make([]int64, 100), nil)),
		"string":   newTable(t, monary.ColumnOf("c", make([]string, 100), nil)),
		"any":      newTable(t, monary.ColumnOf("c", slices.Repeat([]monary.Value{monary.StringValue("text")}, 100), nil)),
		"string:N": firstColumn(t, "c string:4", 100),
	} {
		few, many := concatBytes(t, part, 200), concatBytes(t, part, 800)
		assert.Less(t, float64(many)/float64(few), 8.0, "%s: %d bytes for 200 parts, %d for 800", name, few, many)
	}
}

func firstColumn(t *testing.T, schema string, rows int) *monary.Table {
	table, _, err := read(t, slices.Repeat([][]byte{document()}, rows), monary.MustSchema(schema))
	require.NoError(t, err)
	return table
}

func concatBytes(t *testing.T, part *monary.Table, n int) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := monary.Concat(slices.Repeat([]*monary.Table{part}, n)...)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	return after.TotalAlloc - before.TotalAlloc
}

package ferretdb_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

// byState is the population of each state. A group has no order of its own, so the stage after it gives one.
var byState = bson.A{
	bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$state"}, {Key: "totPop", Value: bson.D{{Key: "$sum", Value: "$pop"}}}}}},
	bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}},
}

// TestZipsExampleOnServer is the call that monary is named for: an aggregation on the server, straight into typed columns.
func TestZipsExampleOnServer(t *testing.T) {
	m := monaryWithZips(t)
	table, err := m.Aggregate(t.Context(), "zips", "data", byState, []string{"_id", "totPop"}, []string{"string:2", "int64"}, monary.AllowDiskUse())
	require.NoError(t, err)

	states, err := monary.Values[string](table, "_id")
	require.NoError(t, err)
	assert.Len(t, states, 51, "50 states and the District of Columbia")
	assert.IsIncreasing(t, states)
	pops, err := monary.Values[int64](table, "totPop")
	require.NoError(t, err)
	var total int64
	for _, pop := range pops {
		total += pop
	}
	assert.InDelta(t, 248_700_000, total, 1_000_000, "about the census of 1990")
}

// TestAggregateEqualsLocal: a pipeline gives the same table on the server and here on the file.
func TestAggregateEqualsLocal(t *testing.T) {
	server := monaryWithZips(t).Collection("zips", "data")
	local, err := pipeline.Open(testdata.Path("zips.bson.gz"))
	require.NoError(t, err)

	for _, c := range []struct {
		name, why string
		stages    any
		schema    monary.Schema
	}{
		{name: "TotalsByState", why: "sums of int32 that pass through the group", stages: byState,
			schema: monary.MustSchema("_id string:2", "totPop int64")},
		{name: "LargestCities", why: "a match on two fields, ties broken by _id, elements of an array by their index",
			stages: `[{"$match": {"state": "MA", "pop": {"$gte": 20000}}}, {"$sort": {"pop": -1, "_id": 1}}, {"$limit": 20}]`,
			schema: monary.MustSchema("_id string", "city string", "pop int32", "loc.0 float64", "loc.1 float64")},
		{name: "StatesOfTowns", why: "a count, ordered by it with ties, and a column that no group has",
			stages: `[{"$match": {"pop": {"$lt": 100}}}, {"$group": {"_id": "$state", "n": {"$sum": 1}}}, {"$sort": {"n": -1, "_id": 1}}, {"$limit": 10}]`,
			schema: monary.MustSchema("_id string", "n int32", "state string")},
		{name: "Everybody", why: "one group for all documents, whose _id is null",
			stages: `[{"$group": {"_id": null, "totPop": {"$sum": "$pop"}}}]`, schema: monary.MustSchema("_id string", "totPop int64")},
		{name: "Nothing", why: "no document is an empty table, not an error",
			stages: `[{"$match": {"state": "ZZ"}}]`, schema: monary.MustSchema("_id string", "pop int32")},
	} {
		t.Run(c.name, func(t *testing.T) {
			want, got := aggregate(t, server, c.stages, c.schema), aggregate(t, local, c.stages, c.schema)
			require.Equal(t, want.NumRows(), got.NumRows(), c.why)
			assert.Equal(t, c.name == "Nothing", want.NumRows() == 0, "the server's rows")
			assert.Equal(t, rows(want), rows(got), c.why)
		})
	}
}

// TestCountAndFind: the same questions to both sources.
func TestCountAndFind(t *testing.T) {
	server := monaryWithZips(t).Collection("zips", "data")
	local, err := pipeline.Open(testdata.Path("zips.bson.gz"))
	require.NoError(t, err)

	schema := monary.MustSchema("_id string", "city string", "pop int64", "state string:2")
	for _, c := range []struct {
		name   string
		filter any
		count  int64 // -1: whatever the server says
	}{
		{name: "All", filter: nil, count: 29353},
		{name: "State", filter: bson.M{"state": "RI"}, count: -1},
		{name: "Range", filter: bson.M{"pop": bson.M{"$gt": 50000}}, count: -1},
		{name: "None", filter: bson.M{"state": "ZZ"}, count: 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			want, err := server.Count(t.Context(), c.filter)
			require.NoError(t, err)
			got, err := local.Count(t.Context(), c.filter)
			require.NoError(t, err)
			assert.Equal(t, want, got, "the counts")
			if c.count >= 0 {
				assert.Equal(t, c.count, want, "the server's count")
			}

			found, foundHere := find(t, server, c.filter, schema), find(t, local, c.filter, schema)
			assert.EqualValues(t, want, found.NumRows(), "the rows")
			assert.ElementsMatch(t, rows(found), rows(foundHere))
		})
	}
}

// monaryWithZips connects monary to a fresh server that holds the ZIP code areas in zips.data.
func monaryWithZips(t *testing.T) *monary.Client {
	t.Helper()
	client, uri := connect(t)
	zips := client.Database("zips").Collection("data")
	for batch := range slices.Chunk(documents(t, testdata.Path("zips.bson.gz")), 5000) {
		_, err := zips.InsertMany(t.Context(), batch)
		require.NoError(t, err)
	}
	m, err := monary.Connect(t.Context(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, m.Close(context.Background())) })
	return m
}

// documents reads a compressed dump with the driver alone.
func documents(t *testing.T, path string) (docs []bson.Raw) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	r := bufio.NewReader(unzipped)
	for {
		doc, err := bson.ReadDocument(r)
		if errors.Is(err, io.EOF) {
			return docs
		}
		require.NoError(t, err)
		docs = append(docs, doc)
	}
}

func aggregate(t *testing.T, src monary.Source, stages any, schema monary.Schema) *monary.Table {
	t.Helper()
	r, err := src.Aggregate(t.Context(), stages, schema)
	require.NoError(t, err)
	return table(t, r)
}

func find(t *testing.T, src monary.Source, filter any, schema monary.Schema) *monary.Table {
	t.Helper()
	r, err := src.Find(t.Context(), filter, schema)
	require.NoError(t, err)
	return table(t, r)
}

func table(t *testing.T, r *monary.Reader) *monary.Table {
	t.Helper()
	all, err := r.Table()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return all
}

// rows writes each row as text, for comparison.
func rows(t *monary.Table) []string {
	texts := make([]string, t.NumRows())
	for row := range texts {
		for i := range t.NumColumns() {
			texts[row] += t.Series(i).Value(row).String() + " "
		}
	}
	return texts
}

package monary_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// projecting is a server that carries out a find's projection, by way of our own
// $project.
func projecting(t *testing.T) func(r *replay.Request, docs [][]byte) [][]byte {
	return func(r *replay.Request, docs [][]byte) [][]byte {
		path := filepath.Join(t.TempDir(), "docs.bson")
		require.NoError(t, os.WriteFile(path, bytes.Join(docs, nil), 0o600))
		file, err := pipeline.Open(path)
		require.NoError(t, err)
		project := bson.D{{Key: "$project", Value: r.Body.Lookup("projection").Document()}}
		reader, err := file.Aggregate(t.Context(), bson.A{project, bson.D{{Key: "$project", Value: bson.D{{Key: "_id", Value: 0}, {Key: "doc", Value: "$$ROOT"}}}}}, monary.MustSchema("doc bson"))
		require.NoError(t, err)
		table, err := reader.Table()
		require.NoError(t, err)
		require.Equal(t, len(docs), table.NumRows())
		out := make([][]byte, len(docs))
		for i := range out {
			out[i] = table.Series(0).Value(i).Raw().Value
		}
		return out
	}
}

// longDocument has what TestShortKeys reads, or something else in its place.
func longDocument(t *testing.T, rng *rand.Rand, i int) []byte {
	oneOf := func(values ...any) any { return values[rng.IntN(len(values))] }
	address := oneOf(bson.D{{Key: "zip", Value: "02142"}, {Key: "city", Value: bson.Null{}}}, bson.A{bson.D{{Key: "zip", Value: "1"}}}, bson.A{}, "x", bson.Null{}, bson.D{})
	customer := oneOf(bson.D{{Key: "address", Value: address}, {Key: "age", Value: int32(i)}}, bson.D{{Key: "age", Value: bson.A{1}}}, bson.A{bson.D{{Key: "address", Value: address}}}, 5)
	d := bson.D{{Key: "_id", Value: i}, {Key: "customer", Value: customer}, {Key: "population", Value: oneOf(int64(7), "many", bson.Null{})}, {Key: "a", Value: "a"}, {Key: "b", Value: "b"}}
	if rng.IntN(2) == 0 {
		d = append(d, bson.E{Key: "items", Value: bson.A{int32(1), int32(2)}})
	}
	return marshal(t, d)
}

// TestShortKeys: the columns are the same, whatever stands in the documents'
// places, and fewer bytes come.
func TestShortKeys(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 12))
	docs := make([][]byte, 500)
	for i := range docs {
		docs[i] = longDocument(t, rng, i)
	}
	_, m := serving(t, docs, func(s *replay.Server) { s.Select = projecting(t) })
	for name, schema := range map[string]monary.Schema{
		"all": monary.MustSchema("_id any", "customer.address.zip string", "customer.address.city string", "customer.age int32", "customer any",
			"population int64", "population type", "items.0 int32", "a string"),
		"deep": monary.MustSchema("customer.address.zip string", "customer.address.city string", "customer.age int32"),
	} {
		read := func(opts ...monary.ReadOption) (*monary.Table, int64) {
			size := int64(0)
			r, err := m.Collection("db", "c").Find(t.Context(), nil, schema, append(opts, monary.KeepStates(), monary.OnBytes(func(done, _ int64) { size = done }))...)
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err)
			return table, size
		}
		want, long := read()
		got, short := read(monary.ShortKeys())
		sameTable(t, want, got)
		assert.Less(t, short, long, name)
	}
}

// TestShortKeysOfSchema: which keys are given.
func TestShortKeysOfSchema(t *testing.T) {
	for _, c := range []struct {
		name, why, want string
		schema          monary.Schema
		keepID          bool
	}{
		{name: "Simple", schema: monary.MustSchema("population int64", "state string"), want: `{"_id":0,"a":"$population","b":"$state"}`},
		{name: "Deep", why: "no array on the way, as in a schema", schema: monary.MustSchema("user.name string"),
			want: `{"_id":0,"a":{"$cond":[{"$isArray":["$user"]},"$$REMOVE","$user.name"]}}`},
		{name: "ID", why: "is for going on behind it", schema: monary.MustSchema("_id string", "population int64"), want: `{"_id":1,"a":"$population"}`},
		{name: "KeptID", schema: monary.MustSchema("population int64"), keepID: true, want: `{"a":"$population"}`},
		{name: "Taken", why: "by a field that keeps its key", schema: monary.MustSchema("a.0 int64", "population int64"), want: `{"a":1,"_id":0,"b":"$population"}`},
		{name: "Twice", why: "one place, two columns", schema: monary.MustSchema("city string", "city length"), want: `{"_id":0,"a":"$city"}`},
		{name: "Dot", why: "a projection cannot name such a key", schema: monary.MustSchema(`a\.b int64`, "c int64"), want: `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := monary.ShortProjection(c.schema, c.keepID)
			if c.want == "null" {
				assert.Nil(t, got, c.why)
				return
			}
			text, err := bson.MarshalExtJSON(got, false, false)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(text), c.why)
		})
	}
	many := make([]string, 800)
	for i := range many {
		many[i] = fmt.Sprint("field", i, " int32")
	}
	keys := map[string]bool{}
	for _, e := range monary.ShortProjection(monary.MustSchema(many...), false) {
		keys[e.Key] = true
	}
	assert.Len(t, keys, 801, "all differ")
}

func TestShortKeysRefused(t *testing.T) {
	_, m := serving(t, nil, nil)
	coll := m.Collection("db", "c")
	_, err := coll.Find(t.Context(), nil, numberedSchema, monary.ShortKeys(), monary.WholeDocuments())
	require.ErrorContains(t, err, "leave the projection to the schema")
	_, err = coll.Find(t.Context(), nil, numberedSchema, monary.ShortKeys(), monary.FindOptions(options.Find().SetProjection(bson.M{"a": 1})))
	require.ErrorContains(t, err, "leave the projection to the schema")
	_, err = coll.Aggregate(t.Context(), bson.A{}, numberedSchema, monary.ShortKeys())
	require.ErrorContains(t, err, "monary: aggregate cannot have fields sent by short keys")
}

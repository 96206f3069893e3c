package monary_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

func ExampleInferSchema() {
	dump, err := monary.OpenDump(testdata.Path("zips.bson.gz"))
	if err != nil {
		log.Fatal(err)
	}
	schema, err := monary.InferSchema(dump.Documents(context.Background()))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(schema)
	// Output:
	// _id string; city string; loc list<float64>; pop int32; state string
}

func TestInferSchema(t *testing.T) {
	uuid := bson.Binary{Subtype: 4, Data: make([]byte, 16)}
	for _, c := range []struct {
		name, why, want string
		values          []any
	}{
		{"Int32", "", "int32", []any{1, nil, 2}},
		{"Widened", "later int64 counts as much as the first", "int64", []any{1, int64(1) << 40}},
		{"Doubles", "an integer that a double equals", "float64", []any{1, 2.5, int64(7)}},
		{"Too exact", "no double is 2^53+1", "any", []any{2.5, int64(1)<<53 + 1}},
		{"Mixed", "", "any", []any{1, "one"}},
		{"Only null", "", "null", []any{nil, nil}},
		{"Null first", "then a real value", "bool", []any{nil, true}},
		{"UUID", "", "uuid", []any{uuid, uuid}},
		{"Binary", "one is no UUID", "binary", []any{uuid, bson.Binary{Subtype: 4, Data: []byte{1}}}},
		{"Empty list first", "", "list<int32>", []any{bson.A{}, bson.A{1, nil}}},
		{"List of null", "", "list<null>", []any{bson.A{nil}}},
		{"Lists in lists", "", "list<list<float64>>", []any{bson.A{bson.A{1}, bson.A{2.5}}}},
		{"Structs", "all fields that were met", "struct{a int32; b string}", []any{bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "b", Value: ""}}}},
		{"Empty document", "has no fields to name", "bson", []any{bson.D{}}},
		{"Document and array", "", "any", []any{bson.D{}, bson.A{}}},
		{"Regex", "", "regex", []any{bson.Regex{Pattern: "a/b", Options: "i"}}},
		{"First of duplicates", "as in a read", "struct{a int32}", []any{bson.D{{Key: "a", Value: 1}, {Key: "a", Value: "x"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var docs [][]byte
			for _, v := range c.values {
				docs = append(docs, marshal(t, bson.D{{Key: "v", Value: v}}))
			}
			schema, err := monary.InferSchema(stream(docs, nil))
			require.NoError(t, err)
			assert.Equal(t, "v "+c.want, schema.String(), c.why)
			slices.Reverse(docs)
			again, err := monary.InferSchema(stream(docs, nil))
			require.NoError(t, err)
			assert.Equal(t, schema.String(), again.String(), "the order does not count")
		})
	}
}

func TestInferSchemaOfManyKeys(t *testing.T) {
	var docs [][]byte
	for i := range 300 {
		docs = append(docs, marshal(t, bson.D{{Key: "m", Value: bson.D{{Key: fmt.Sprint("user", i), Value: i}}}}))
	}
	schema, err := monary.InferSchema(stream(docs, nil))
	require.NoError(t, err)
	assert.Equal(t, "m bson", schema.String(), "keys that are data")
}

func TestInferSchemaRefuses(t *testing.T) {
	_, err := monary.InferSchema(stream(nil, nil))
	require.ErrorContains(t, err, "no field in any document")
	_, err = monary.InferSchema(stream([][]byte{marshal(t, bson.D{{Key: "a", Value: 1}}), {5, 0, 0, 0, 1}}, nil))
	require.ErrorContains(t, err, "document 1 (byte 16)")
	_, err = monary.InferSchema(stream(nil, errSource))
	require.ErrorIs(t, err, errSource)
}

// TestInferSchemaFindsEveryFault: inference takes no document that an any column
// would find a fault in.
func TestInferSchemaFindsEveryFault(t *testing.T) {
	for _, c := range corpus(t, "malformed.json") {
		_, err := monary.InferSchema(stream([][]byte{unhex(t, c.Hex)}, nil))
		require.ErrorIs(t, err, c.cause(t), c.Name)
	}
}

// TestInferredSchemaTakesEverything: whatever the documents are and whatever
// their order, the schema is one and reading with it masks nothing.
func TestInferredSchemaTakesEverything(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 9))
		var docs [][]byte
		for range 30 + rng.IntN(100) {
			docs = append(docs, layout(t, rng))
		}
		want, err := monary.InferSchema(stream(docs, nil))
		require.NoError(t, err)
		rng.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		got, err := monary.InferSchema(stream(docs, nil))
		require.NoError(t, err)
		require.Equal(t, want.String(), got.String())

		r, err := monary.FromRaw(t.Context(), stream(docs, nil), got, monary.WithPolicy(monary.Fail))
		require.NoError(t, err)
		_, err = r.Table()
		require.NoError(t, err, "seed %d: %s", seed, got)
		for _, c := range r.Report().Columns {
			for _, inside := range append(c.Nested, c) {
				for _, state := range []monary.State{monary.Mismatch, monary.Overflow, monary.Inexact, monary.Truncated} {
					require.Zero(t, inside.Of(state), "seed %d, %s: %s", seed, inside.Field, state)
				}
			}
		}
	}
}

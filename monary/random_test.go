package monary_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// randomSchema has every type, and paths through documents and arrays.
var randomSchema = monary.MustSchema(
	"a any", "b any", "a.b int32", "a.0 int64", "a.0.b float64", "a.1.0 string:3", "b.a.b any", "b.0 bool",
	"c date", "0 objectid", `a\.b string`, `"" int64`, "$x string:3", "a.a string", "a.b.a any", "c.1 bool",
	"b.b float64", "b.a date", "1 objectid", "d string", "d.d int64", "e float64")

var randomKeys = []string{"a", "a", "b", "b", "0", "1", "a.b", "", "$x", "c", "d", "e", "zz"}

// randomDocument makes documents that are valid, but as odd as can be: with
// duplicate keys, and arrays whose keys are not their positions.
func randomDocument(rng *rand.Rand, depth int) []byte {
	var elements [][]byte
	for range rng.IntN(7) {
		typ, val := randomValue(rng, depth)
		elements = append(elements, element(typ, randomKeys[rng.IntN(len(randomKeys))], val))
	}
	return document(elements...)
}

func randomValue(rng *rand.Rand, depth int) (bson.Type, []byte) {
	if depth > 0 && rng.IntN(2) == 0 {
		typ := []bson.Type{bson.TypeEmbeddedDocument, bson.TypeArray}[rng.IntN(2)]
		return typ, randomDocument(rng, depth-1)
	}
	switch n := rng.Int64N(1000); rng.IntN(6) {
	case 0:
		return bson.TypeInt64, int64Bytes(randomInteger(rng))
	case 1:
		x := []float64{float64(randomInteger(rng)), rng.NormFloat64(), math.Float64frombits(rng.Uint64())}[rng.IntN(3)]
		return bson.TypeDouble, doubleBytes(x)
	case 2:
		runes := []rune("ab\x00é€😀")
		var s []rune
		for range rng.IntN(5) {
			s = append(s, runes[rng.IntN(len(runes))])
		}
		return bson.TypeString, textBytes(string(s))
	case 3:
		return []bson.Type{bson.TypeBoolean, bson.TypeDateTime, bson.TypeObjectID}[n%3], [][]byte{{1}, int64Bytes(n), objectID[:]}[n%3]
	}
	c := conversions[rng.IntN(len(conversions))]
	return c.typ, c.val
}

// randomInteger is near a power of two, where ranges end.
func randomInteger(rng *rand.Rand) int64 {
	n := int64(1)<<rng.IntN(64) + rng.Int64N(5) - 2
	return []int64{n, -n}[rng.IntN(2)]
}

func TestReaderEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	docs := make([][]byte, 6000)
	for i := range docs {
		docs[i] = randomDocument(rng, 3)
	}
	want := newReference(docs, randomSchema)
	for _, rows := range []int{1, 3, 1024} {
		var tables []*monary.Table
		r, err := monary.FromRaw(context.Background(), stream(docs, nil), randomSchema, monary.BatchRows(rows))
		require.NoError(t, err)
		for batch, err := range r.Batches() {
			require.NoError(t, err)
			require.LessOrEqual(t, batch.NumRows(), rows)
			tables = append(tables, batch)
		}
		require.Len(t, tables, (len(docs)+rows-1)/rows)
		table := all(t, tables)
		checkTable(t, table)
		checkReport(t, r.Report(), len(docs))
		for i := range randomSchema.Len() {
			require.Equal(t, want.cells[i], cells(t, table, i), "column %s, batches of %d", randomSchema.At(i).Name, rows)
			require.Equal(t, want.states[i], counted(r.Report(), i), "column %s, batches of %d", randomSchema.At(i).Name, rows)
			require.Equal(t, want.nested[i], countedNested(r.Report(), i), "inside column %s, batches of %d", randomSchema.At(i).Name, rows)
		}
	}
	for i := range randomSchema.Len() {
		assert.Greater(t, want.states[i][monary.Missing], int64(0), "the documents are random enough for %s", randomSchema.At(i).Name)
		assert.Greater(t, want.states[i][monary.Present], int64(0), "the documents are random enough for %s", randomSchema.At(i).Name)
	}
}

// all joins batches pair by pair, which keeps the number of copies low.
func all(t testing.TB, tables []*monary.Table) *monary.Table {
	t.Helper()
	for len(tables) > 1 {
		var next []*monary.Table
		for i := 0; i < len(tables); i += 2 {
			joined, err := monary.Concat(tables[i:min(i+2, len(tables))]...)
			require.NoError(t, err)
			next = append(next, joined)
		}
		tables = next
	}
	return tables[0]
}

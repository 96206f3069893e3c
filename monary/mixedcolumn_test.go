package monary_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// Edge case 14: one field that is written in every way. Each column keeps what
// it can hold and counts the rest; none shifts, rounds or guesses.
func TestEdge14MixedColumn(t *testing.T) {
	var docs []any
	for _, v := range []any{1, 2.9, true, false, math.NaN(), nil} {
		docs = append(docs, bson.D{{Key: "v", Value: v}})
	}
	docs = append(docs, bson.D{}, bson.D{{Key: "v", Value: "string"}})
	for typ, want := range map[string][]string{
		"int8":    {"1", "-", "-", "-", "-", "-", "-", "-"},
		"uint64":  {"1", "-", "-", "-", "-", "-", "-", "-"},
		"float32": {bits32(1), "-", "-", "-", bits32(float32(math.NaN())), "-", "-", "-"},
		"float64": {bits(1), bits(2.9), "-", "-", bits(math.NaN()), "-", "-", "-"},
		"bool":    {"-", "-", "true", "false", "-", "-", "-", "-"},
		"string":  {"-", "-", "-", "-", "-", "-", "-", `"string"`},
		"type":    {"16", "1", "8", "8", "1", "10", "-", "2"},
		"length":  {"-", "-", "-", "-", "-", "-", "-", "6"},
	} {
		table, report := mustRead(t, "v "+typ, docs...)
		assert.Equal(t, want, cells(t, table, 0), typ)
		assert.EqualValues(t, 1, report.Columns[0].Of(monary.Missing), typ)
	}
	list := bson.A{1, 2.9, true, false, math.NaN(), nil, "string"}
	table, report := mustRead(t, "v list<uint16>", bson.D{{Key: "v", Value: list}})
	assert.Equal(t, []string{"[1 - - - - - -]"}, cells(t, table, 0), "a list keeps its length")
	assert.Equal(t, map[monary.State]int64{monary.Present: 1, monary.Inexact: 1, monary.Null: 1, monary.Mismatch: 4}, countedNested(report, 0)["v[]"])
}

// Edge case 21: what a struct does not name is skipped, whatever it is.
func TestEdge21UnnamedFieldsAreSkipped(t *testing.T) {
	doc := document(sub("s", element(bson.TypeDouble, "x", doubleBytes(1e50)), element(bson.TypeString, "y", textBytes("\xff")), one("a")))
	table, report, err := read(t, [][]byte{doc}, monary.MustSchema("s struct{a int8}"))
	require.NoError(t, err)
	assert.Equal(t, []string{"{a:1}"}, cells(t, table, 0))
	assert.Len(t, report.Columns[0].Nested, 1)
}

// Edge case 24: the type that Narrow infers holds the greatest, wherever it is.
func TestEdge24NarrowOfMixedIntegers(t *testing.T) {
	table, _ := mustRead(t, "v any", bson.D{{Key: "v", Value: int32(1)}}, bson.D{{Key: "v", Value: nil}}, bson.D{{Key: "v", Value: int64(1) << 40}})
	narrow := table.Series(0).Narrow()
	assert.Equal(t, "int64", narrow.Type().String())
	assert.Equal(t, []string{"1", "-", "1099511627776"}, cells(t, newTable(t, narrow), 0))
}

package pipeline_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// typedTable has a column of each type, a row of them without any value.
func typedTable(t *testing.T) *monary.Table {
	t.Helper()
	valid := []bool{true, false, true, true}
	code := monary.ColumnOf("code", []string{"MA", "", "NY", "MA"}, valid)
	fixed, counts, err := code.Cast(monary.Type{Kind: monary.KindFixedString, Width: 2})
	require.NoError(t, err)
	require.Zero(t, counts.Of(monary.Truncated))
	when, _, err := monary.ColumnOf("when", []monary.Value{monary.DateValue(9), {}, monary.DateValue(5), monary.DateValue(7)}, nil).
		Cast(monary.Type{Kind: monary.KindDate})
	require.NoError(t, err)
	table, err := monary.NewTable(
		monary.ColumnOf("i", []int32{4, 0, 3, 2}, valid), monary.ColumnOf("l", []int64{1 << 40, 0, -1, 7}, valid),
		monary.ColumnOf("x", []float64{0.5, 0, 2, -1}, valid), monary.ColumnOf("s", []string{"pear", "", "fig", "plum"}, valid),
		monary.ColumnOf("b", []bool{true, false, false, true}, valid),
		monary.ColumnOf("id", []bson.ObjectID{{9}, {}, {1}, {5}}, valid), when, fixed)
	require.NoError(t, err)
	return table
}

func types(t *monary.Table) map[string]string {
	out := map[string]string{}
	for i := range t.NumColumns() {
		out[t.Series(i).Name()] = t.Series(i).Type().String()
	}
	return out
}

var typedTypes = map[string]string{"i": "int32", "l": "int64", "x": "float64", "s": "string", "b": "bool", "id": "objectid", "when": "date", "code": "string:2"}

// Columns that stages only pass on keep their types, whatever is left of them.
func TestTypedPassing(t *testing.T) {
	for _, c := range []struct {
		name string
		pipe bson.A
		want []string // column s
	}{
		{"None", bson.A{}, []string{`"pear"`, "null", `"fig"`, `"plum"`}},
		{"Match", stage("$match", d("i", d("$gte", 3))), []string{`"pear"`, `"fig"`}},
		{"MatchNull", stage("$match", d("i", nil)), []string{"null"}},
		{"MatchNone", stage("$match", d("i", 77)), []string{}},
		{"MatchDouble", stage("$match", d("i", 4.0)), []string{`"pear"`}},
		{"MatchText", stage("$match", d("code", "MA")), []string{`"pear"`, `"plum"`}},
		{"MatchDate", stage("$match", d("when", d("$lt", bson.DateTime(9)))), []string{`"fig"`, `"plum"`}},
		{"MatchID", stage("$match", d("id", bson.ObjectID{1})), []string{`"fig"`}},
		{"MatchOtherType", stage("$match", d("when", 5)), []string{}},
		{"SortInt", stage("$sort", d("i", 1)), []string{"null", `"plum"`, `"fig"`, `"pear"`}},
		{"SortDouble", stage("$sort", d("x", -1)), []string{`"fig"`, `"pear"`, `"plum"`, "null"}},
		{"SortFixed", stage("$sort", d("code", -1, "l", 1)), []string{`"fig"`, `"plum"`, `"pear"`, "null"}},
		{"SortID", stage("$sort", d("id", 1)), []string{"null", `"fig"`, `"plum"`, `"pear"`}},
		{"SortBool", stage("$sort", d("b", 1, "when", 1)), []string{"null", `"fig"`, `"plum"`, `"pear"`}},
		{"Limit", stage("$limit", 2), []string{`"pear"`, "null"}},
		{"All", bson.A{d("$match", d("b", true)), d("$sort", d("l", 1)), d("$limit", 1)}, []string{`"plum"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, before := typedTable(t), cells(typedTable(t))
			got, err := pipeline.Run(context.Background(), in, c.pipe)
			require.NoError(t, err)
			assert.Equal(t, c.want, column(t, got, "s"))
			assert.Equal(t, typedTypes, types(got))
			assert.Equal(t, in.ColumnNames(), got.ColumnNames())
			assert.Equal(t, before, cells(in), "the input is read-only")
			assert.Equal(t, typedTypes, types(in))
		})
	}
}

// What $group makes has the narrowest type that holds it.
func TestTypedGroup(t *testing.T) {
	group := d("_id", "$code", "n", d("$count", d()), "i", d("$sum", "$i"), "l", d("$sum", "$l"), "x", d("$sum", "$x"),
		"mean", d("$avg", "$i"), "s", d("$min", "$s"), "when", d("$max", "$when"), "id", d("$max", "$id"), "b", d("$max", "$b"),
		"none", d("$sum", "$s"), "const", d("$max", "k"))
	got, err := pipeline.Run(context.Background(), typedTable(t), stage("$group", group))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"_id": "string", "n": "int32", "i": "int32", "l": "int64", "x": "float64", "mean": "float64",
		"s": "string", "when": "date", "id": "objectid", "b": "bool", "none": "int32", "const": "string"}, types(got))
	assert.Equal(t, []string{"_id", "n", "i", "l", "x", "mean", "s", "when", "id", "b", "none", "const"}, got.ColumnNames())
	assert.Equal(t, []string{`"MA"`, "null", `"NY"`}, column(t, got, "_id"))
	assert.Equal(t, []string{"int32 2", "int32 1", "int32 1"}, column(t, got, "n"))
	assert.Equal(t, []string{"int32 6", "int32 0", "int32 3"}, column(t, got, "i"))
	assert.Equal(t, []string{"int64 1099511627783", "int64 0", "int64 -1"}, column(t, got, "l"))
	assert.Equal(t, []string{"double 3", "null", "double 3"}, column(t, got, "mean"))
	assert.Equal(t, []string{`"pear"`, "null", `"fig"`}, column(t, got, "s"))
	assert.Equal(t, []string{"date 9", "null", "date 5"}, column(t, got, "when"))
	assert.Equal(t, []string{"true", "null", "false"}, column(t, got, "b"))
}

// Values of several types stay an "any" column, and as they are.
func TestTypedMixed(t *testing.T) {
	got, err := pipeline.Run(context.Background(), anyTable(t, []bson.D{d("k", "a", "v", 1), d("k", "b", "v", "x")}, "k", "v"),
		stage("$group", d("_id", "$k", "v", d("$max", "$v"))))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"_id": "string", "v": "any"}, types(got))
	assert.Equal(t, []string{"int32 1", `"x"`}, column(t, got, "v"))
}

// Between stages nothing is narrowed: the groups of a first $group go on with
// the types they got.
func TestTypedTwoGroups(t *testing.T) {
	got, err := pipeline.Run(context.Background(), typedTable(t), bson.A{
		d("$group", d("_id", "$code", "n", d("$sum", "$i"))),
		d("$group", d("_id", "$n", "codes", d("$count", d()), "last", d("$max", "$_id"))),
		d("$sort", d("_id", -1)),
	})
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"int32 6", "int32 1", `"MA"`}, {"int32 3", "int32 1", `"NY"`}, {"int32 0", "int32 1", "null"}}, cells(got))
}

func TestEmptyTable(t *testing.T) {
	empty := typedTable(t).Slice(0, 0)
	for _, pipe := range []bson.A{{}, stage("$match", d("i", 1)), stage("$sort", d("s", 1)), stage("$limit", 1)} {
		got, err := pipeline.Run(context.Background(), empty, pipe)
		require.NoError(t, err)
		assert.Zero(t, got.NumRows())
		assert.Equal(t, typedTypes, types(got))
	}
}

func TestRunCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := pipeline.Run(ctx, typedTable(t), stage("$sort", d("i", 1)))
	require.ErrorIs(t, err, context.Canceled)
}

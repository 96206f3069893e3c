package monary_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// Edge case 19: null, empty and missing are three things, in the bitmap, in the
// elements and in the counts.
func TestEdge19EmptyNullAndMissingLists(t *testing.T) {
	table, report := mustRead(t, "v list<int32>", bson.D{{Key: "v", Value: bson.A{}}}, bson.D{{Key: "v", Value: nil}}, bson.D{},
		bson.D{{Key: "v", Value: bson.A{nil}}}, bson.D{{Key: "v", Value: "no list"}}, bson.D{{Key: "v", Value: bson.A{int64(1) << 40, 2}}})
	assert.Equal(t, []string{"[]", "-", "-", "[-]", "-", "[- 2]"}, cells(t, table, 0))
	assert.Equal(t, map[monary.State]int64{monary.Present: 3, monary.Null: 1, monary.Missing: 1, monary.Mismatch: 1}, counted(report, 0))
	assert.Equal(t, map[string]map[monary.State]int64{"v[]": {monary.Null: 1, monary.Overflow: 1, monary.Present: 1}}, countedNested(report, 0))
	assert.Equal(t, "6 documents\n"+
		"v list<int32>: 3 present 1 null 1 missing 1 mismatch\n"+
		"  v[] int32: 1 present 1 null 1 overflow", report.String())
}

// Edge case 19: a null struct is not a struct of nulls, nor is an empty one.
func TestEdge19EmptyNullAndMissingStructs(t *testing.T) {
	table, report := mustRead(t, "s struct{a int32}", bson.D{{Key: "s", Value: bson.D{}}}, bson.D{{Key: "s", Value: nil}}, bson.D{},
		bson.D{{Key: "s", Value: bson.D{{Key: "a", Value: nil}}}}, bson.D{{Key: "s", Value: bson.D{{Key: "a", Value: 1}}}})
	assert.Equal(t, []string{"{a:-}", "-", "-", "{a:-}", "{a:1}"}, cells(t, table, 0))
	assert.Equal(t, map[string]map[monary.State]int64{"s.a": {monary.Missing: 1, monary.Null: 1, monary.Present: 1}}, countedNested(report, 0),
		"there is nothing to count where there is no struct")
}

// Edge case 16: the first value decides nothing.
func TestEdge16FirstValueDecidesNothing(t *testing.T) {
	later := bson.A{bson.D{{Key: "b", Value: 1}}}
	for _, first := range []any{nil, bson.A{}, bson.A{nil}, bson.A{bson.D{{Key: "b", Value: nil}}}} {
		table, _ := mustRead(t, "v list<struct{b int32}>", bson.D{{Key: "v", Value: first}}, bson.D{{Key: "v", Value: later}})
		assert.Equal(t, "[{b:1}]", cells(t, table, 0)[1])
	}
}

// Edge cases 17 and 18: a list of documents, one without the field, one with a
// wrong type, one null, one no document at all; and a field that none has.
func TestEdge17ListOfStructs(t *testing.T) {
	items := bson.A{bson.D{{Key: "sku", Value: "a"}, {Key: "n", Value: 1}}, bson.D{{Key: "sku", Value: "b"}}, nil, 7, bson.D{{Key: "n", Value: "two"}}}
	docs := []bson.D{{{Key: "items", Value: items}}, {{Key: "items", Value: bson.A{}}}, {}}
	r := [][]byte{marshal(t, docs[0]), marshal(t, docs[1]), marshal(t, docs[2])}
	table, report, err := read(t, r, monary.MustSchema("items list<struct{sku string; n int32; gone date}>"))
	require.NoError(t, err)
	assert.Equal(t, []string{`[{sku:"a" n:1 gone:-} {sku:"b" n:- gone:-} - - {sku:- n:- gone:-}]`, "[]", "-"}, cells(t, table, 0))
	assert.Equal(t, map[string]map[monary.State]int64{
		"items[]":      {monary.Present: 3, monary.Null: 1, monary.Mismatch: 1},
		"items[].sku":  {monary.Present: 2, monary.Missing: 1},
		"items[].n":    {monary.Present: 1, monary.Missing: 1, monary.Mismatch: 1},
		"items[].gone": {monary.Missing: 3},
	}, countedNested(report, 0))
	assert.Equal(t, []string{"items[].gone"}, report.Absent())
	assert.Contains(t, report.String(), "items[].gone date: in none of them")

	offsets, child, err := table.Series(0).List()
	require.NoError(t, err)
	assert.Equal(t, []int64{0, 5, 5, 5}, offsets)
	fields, err := child.Fields()
	require.NoError(t, err)
	skus, err := monary.Values[string](fields, "sku")
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "", "", ""}, skus)
	assert.Equal(t, []int64{5, 5}, offsetsOf(t, table.Slice(1, 2)), "the offsets of a slice need not begin at 0")
}

func offsetsOf(t *testing.T, table *monary.Table) []int64 {
	offsets, _, err := table.Series(0).List()
	require.NoError(t, err)
	return offsets
}

// Edge case 4: eight levels down, with all that is around.
func TestEdge04DeepTypes(t *testing.T) {
	var doc any = "leaf"
	typ := "string"
	for range 50 {
		doc, typ = bson.D{{Key: "k", Value: bson.A{doc}}}, "struct{k list<"+typ+">}"
	}
	table, report := mustRead(t, "v "+typ, bson.D{{Key: "v", Value: doc}})
	assert.Contains(t, cells(t, table, 0)[0], `[{k:[{k:["leaf"]}]}]`)
	assert.Len(t, report.Columns[0].Nested, 100)
	assert.Zero(t, monary.Compare(valueOf(t, doc), table.Series(0).Value(0)))
}

func TestNestedAccessChecksTheType(t *testing.T) {
	table := everyType(t, 3)
	_, _, err := table.Series(0).List()
	require.ErrorContains(t, err, `column "b" is bool, not a list`)
	_, err = table.Series(0).Fields()
	require.ErrorContains(t, err, `column "b" is bool, not a struct`)
}

func TestListOf(t *testing.T) {
	words := monary.ColumnOf("word", []string{"a", "b", "", "d"}, []bool{true, true, false, true})
	s := monary.ListOf("tags", []int64{0, 2, 2, 2, 4}, words, []bool{true, true, false, true})
	assert.Equal(t, "list<string>", s.Type().String())
	assert.Equal(t, []string{`["a" "b"]`, "[]", "-", `[- "d"]`}, cells(t, newTable(t, s), 0))
	assert.Equal(t, `["a","b"]`, s.Value(0).String())
	assert.Equal(t, `[null,"d"]`, s.Value(3).String())
	assert.True(t, s.Value(2).IsNull())
	boxed, err := monary.Values[monary.Value](newTable(t, s), "tags")
	require.NoError(t, err)
	assert.True(t, boxed[2].IsMissing(), "zero where there is no list")
	list := monary.ListOf("lists", []int64{1, 4}, s, nil)
	assert.Equal(t, []string{`[[] - [- "d"]]`}, cells(t, newTable(t, list), 0))

	anys := monary.ColumnOf("v", []monary.Value{{}, monary.Int32Value(1)}, nil)
	assert.Equal(t, "[null,1]", monary.ListOf("l", []int64{0, 2}, anys, nil).Value(0).String(), "an array has no holes")
	for name, misuse := range map[string]func(){
		"no offsets":       func() { monary.ListOf("l", nil, words, nil) },
		"falling":          func() { monary.ListOf("l", []int64{2, 1}, words, nil) },
		"negative":         func() { monary.ListOf("l", []int64{-1, 1}, words, nil) },
		"beyond":           func() { monary.ListOf("l", []int64{0, 5}, words, nil) },
		"other lengths":    func() { monary.ListOf("l", []int64{0, 1}, words, []bool{}) },
		"null of elements": func() { monary.ListOf("l", []int64{0, 1}, words, []bool{false}) },
	} {
		assert.Panics(t, misuse, name)
	}
}

func TestStructOf(t *testing.T) {
	n := monary.ColumnOf("n", []int32{1, 2, 3}, []bool{true, true, false})
	s := monary.ColumnOf(`a\.b`, []string{"x", "y", "z"}, nil)
	v := monary.ColumnOf("v", []monary.Value{{}, monary.Int32Value(1), monary.NullValue}, nil)
	fields := newTable(t, n, s, v)
	column := monary.StructOf("s", fields, []bool{true, false, true})
	assert.Equal(t, `struct{n int32; a\.b string; v any}`, column.Type().String())
	assert.Equal(t, []string{`{n:1 a\.b:"x" v:00:}`, "-", `{n:- a\.b:"z" v:0a:}`}, cells(t, newTable(t, column), 0))
	assert.Equal(t, `{"n":1,"a.b":"x"}`, column.Value(0).String(), "what is missing stays out")
	assert.Equal(t, `{"n":null,"a.b":"z","v":null}`, column.Value(2).String())
	inner, err := column.Fields()
	require.NoError(t, err)
	texts, err := monary.Values[string](inner, `a\.b`)
	require.NoError(t, err)
	assert.Equal(t, []string{"x", "", "z"}, texts, "the value went with the struct")
	assert.Equal(t, 0, s.NullCount(), "the column that was given has not changed")
	for name, misuse := range map[string]func(){
		"no fields":     func() { monary.StructOf("s", newTable(t), nil) },
		"a path":        func() { monary.StructOf("s", newTable(t, n.Rename("a.b")), nil) },
		"other lengths": func() { monary.StructOf("s", fields, []bool{}) },
	} {
		assert.Panics(t, misuse, name)
	}
}

// Tables that exist already are counted inside as documents are.
func TestNestedCountsOfTables(t *testing.T) {
	v := monary.ColumnOf("v", []monary.Value{valueOf(t, bson.A{1, "x"}), valueOf(t, bson.A{nil})}, nil)
	r, err := monary.FromTables(context.Background(), tables([]*monary.Table{newTable(t, v), newTable(t, v)}, nil), monary.MustSchema("v list<int32>"))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	assert.Equal(t, []string{"[1 -]", "[-]", "[1 -]", "[-]"}, cells(t, table, 0))
	assert.Equal(t, map[string]map[monary.State]int64{"v[]": {monary.Present: 2, monary.Mismatch: 2, monary.Null: 2}}, countedNested(r.Report(), 0))

	// Of a column that has the type already, no more than the presence is known.
	schema := monary.MustSchema("s list<struct{a list<int32>; b int32}>")
	docs := [][]byte{marshal(t, bson.D{{Key: "s", Value: bson.A{bson.D{{Key: "a", Value: bson.A{1, "x"}}}, nil, 5}}}), document()}
	table, _, err = read(t, docs, schema)
	require.NoError(t, err)
	r, err = monary.FromTables(context.Background(), tables([]*monary.Table{table, table.Slice(1, 2)}, nil), schema)
	require.NoError(t, err)
	_, err = r.Table()
	require.NoError(t, err)
	assert.Equal(t, map[monary.State]int64{monary.Present: 1, monary.Null: 2}, counted(r.Report(), 0))
	assert.Equal(t, map[string]map[monary.State]int64{
		"s[]":     {monary.Present: 1, monary.Null: 2},
		"s[].a":   {monary.Present: 1},
		"s[].a[]": {monary.Present: 1, monary.Null: 1},
		"s[].b":   {monary.Null: 1},
	}, countedNested(r.Report(), 0))
}

package monary_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// written is the documents that a table is written as, as extended JSON.
func written(t testing.TB, table *monary.Table, explicit bool) []string {
	t.Helper()
	docs, err := monary.Documents(table, explicit, false)
	require.NoError(t, err)
	texts := make([]string, len(docs))
	for i, doc := range docs {
		require.NoError(t, bson.Raw(doc).Validate())
		text, err := bson.MarshalExtJSON(bson.Raw(doc), false, false)
		require.NoError(t, err)
		texts[i] = string(text)
	}
	return texts
}

func tableOf(t testing.TB, columns ...*monary.Series) *monary.Table {
	t.Helper()
	table, err := monary.NewTable(columns...)
	require.NoError(t, err)
	return table
}

// ints is a column whose rows all have the value n, or none if it is negative.
func ints(name string, n int32) *monary.Series {
	return monary.ColumnOf(name, []int32{n}, []bool{n >= 0})
}

func TestNamesAreThePathsOfFields(t *testing.T) {
	for _, c := range []struct {
		name, why string
		columns   []*monary.Series
		want      string
	}{
		{"Flat", "in the columns' order", []*monary.Series{ints("b", 1), ints("a", 2)}, `{"b":1,"a":2}`},
		{"Nested", "one document, where its first field is named", []*monary.Series{ints("a.x", 1), ints("b", 2), ints("a.y.z", 3)}, `{"a":{"x":1,"y":{"z":3}},"b":2}`},
		{"Prefix", "ab is no part of a", []*monary.Series{ints("a.b", 1), ints("ab", 2)}, `{"a":{"b":1},"ab":2}`},
		{"Dot", "an escaped dot is one of the key's", []*monary.Series{ints(`a\.b`, 1), ints("a.b", 2)}, `{"a.b":1,"a":{"b":2}}`},
		{"Array", "the paths of an array's elements, in any order", []*monary.Series{ints("a.1", 1), ints("a.0", 2)}, `{"a":[2,1]}`},
		{"ArrayOfDocuments", "", []*monary.Series{ints("a.0.x", 1), ints("a.1.y", 2), ints("a.0.z", 3)}, `{"a":[{"x":1,"z":3},{"y":2}]}`},
		{"Numbers", "keys that are no array's", []*monary.Series{ints("a.1", 1), ints("a.2", 2)}, `{"a":{"1":1,"2":2}}`},
		{"Zero", "a document is not an array", []*monary.Series{ints("0", 1), ints("1", 2)}, `{"0":1,"1":2}`},
		{"Hole", "an element without a value keeps its place", []*monary.Series{ints("a.0", -1), ints("a.1", 2)}, `{"a":[null,2]}`},
		{"Absent", "nor an empty document or array", []*monary.Series{ints("a.0", -1), ints("a.1", -1), ints("b.c.d", -1), ints("e", -1)}, `{}`},
		{"Empty", "a key may be empty, and begin with a dollar", []*monary.Series{ints("", 1), ints("$x", 2)}, `{"":1,"$x":2}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, []string{c.want}, written(t, tableOf(t, c.columns...), false), c.why)
		})
	}
}

func TestExplicitNulls(t *testing.T) {
	table := tableOf(t, ints("a.0", -1), ints("a.1", -1), ints("b.c.d", -1), ints("e", -1), ints("f", 1))
	assert.Equal(t, []string{`{"a":[null,null],"b":{"c":{"d":null}},"e":null,"f":1}`}, written(t, table, true))
}

func TestFieldsThatCannotBeWritten(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns []*monary.Series
		want    string
	}{
		{"Inside", []*monary.Series{ints("a", 1), ints("a.b", 1)}, `column "a.b": another column is for all of "a"`},
		{"Around", []*monary.Series{ints("a.b.c", 1), ints("a.b", 1)}, `column "a.b": another column is inside "b"`},
		{"Same", []*monary.Series{ints(`a\b`, 1), ints(`a\\b`, 1)}, "another column is for the same field"},
		{"EmptyKey", []*monary.Series{ints("a..b", 1)}, "empty key"},
		{"NUL", []*monary.Series{ints("a\x00", 1)}, "NUL"},
		{"NoText", []*monary.Series{ints("\xff", 1)}, "UTF-8"},
		{"Deep", []*monary.Series{ints(strings.Repeat("a.", 100)+"a", 1)}, "at most 100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := monary.Documents(tableOf(t, c.columns...), false, false)
			require.ErrorContains(t, err, c.want)
		})
	}
	for _, typ := range []string{"type", "size", "length", "list<length>", "struct{a list<type>}"} {
		table, _, err := read(t, [][]byte{document()}, monary.MustSchema("a "+typ))
		require.NoError(t, err)
		_, err = monary.Documents(table, false, false)
		require.ErrorContains(t, err, "has no values to write", "a measure is not the value")
	}
}

// TestTextThatIsNotUTF8 is refused row by row: a server would take it and no one
// could read it.
func TestTextThatIsNotUTF8(t *testing.T) {
	bad := "né\xff"
	for name, column := range map[string]*monary.Series{
		"text":  monary.ColumnOf("s", []string{bad}, nil),
		"value": monary.ColumnOf("s", []monary.Value{monary.StringValue(bad)}, nil),
		"deep":  monary.ColumnOf("s", []monary.Value{monary.ArrayValue(monary.StringValue(bad))}, nil),
		"item":  monary.ListOf("s", []int64{0, 1}, monary.ColumnOf("", []string{bad}, nil), nil),
		"field": monary.StructOf("s", tableOf(t, monary.ColumnOf("a", []string{bad}, nil)), nil),
	} {
		_, err := monary.Documents(tableOf(t, column), false, false)
		require.ErrorIs(t, err, monary.ErrUTF8, name)
	}
}

func TestFreshIDs(t *testing.T) {
	id := bson.NewObjectID()
	for name, c := range map[string]struct {
		columns []*monary.Series
		fresh   bool
	}{
		"none":     {[]*monary.Series{ints("a", 1)}, true},
		"given":    {[]*monary.Series{ints("a", 1), monary.ColumnOf("_id", []bson.ObjectID{id}, nil)}, false},
		"null":     {[]*monary.Series{ints("a", 1), monary.ColumnOf("_id", []bson.ObjectID{id}, []bool{false})}, true},
		"document": {[]*monary.Series{ints("a", 1), ints("_id.x", 1)}, false},
		"hollow":   {[]*monary.Series{ints("a", 1), ints("_id.x", -1)}, true},
	} {
		for _, explicit := range []bool{false, true} {
			docs, err := monary.Documents(tableOf(t, c.columns...), explicit, true)
			require.NoError(t, err)
			elements, err := bson.Raw(docs[0]).Elements()
			require.NoError(t, err)
			require.Equal(t, "_id", elements[0].Key(), "%s: it comes first", name)
			got, isID := elements[0].Value().ObjectIDOK()
			assert.Equal(t, c.fresh, isID && got != id, name)
			assert.Len(t, elements, 2)
		}
	}
	null := tableOf(t, monary.ColumnOf("_id", []monary.Value{monary.NullValue, {}}, nil))
	docs, err := monary.Documents(null, false, true)
	require.NoError(t, err)
	assert.Equal(t, bson.TypeNull, bson.Raw(docs[0]).Lookup("_id").Type, "the null that a document had")
	assert.Equal(t, bson.TypeObjectID, bson.Raw(docs[1]).Lookup("_id").Type)
}

// TestKnownNulls: what the documents had is written, where it is known.
func TestKnownNulls(t *testing.T) {
	docs := [][]byte{marshal(t, bson.D{{Key: "a", Value: nil}, {Key: "b", Value: nil}}), document(), marshal(t, bson.D{{Key: "a", Value: "?"}, {Key: "b", Value: "?"}})}
	table, _, err := read(t, docs, monary.MustSchema("a int32", "b any"), monary.KeepStates())
	require.NoError(t, err)
	assert.Equal(t, []string{`{"a":null,"b":null}`, `{}`, `{"b":"?"}`}, written(t, table, false))
	assert.Equal(t, []string{`{"a":null,"b":null}`, `{"a":null,"b":null}`, `{"a":null,"b":"?"}`}, written(t, table, true))
}

// writableTypes is allTypes but for the measures.
func writableTypes(t testing.TB, table *monary.Table) *monary.Table {
	t.Helper()
	var kept []string
	for i := range table.NumColumns() {
		if typ := table.Series(i).Type().String(); !strings.Contains(typ, "type") && !strings.Contains(typ, "length") && typ != "size" {
			kept = append(kept, table.Series(i).Name())
		}
	}
	table, err := table.Select(kept...)
	require.NoError(t, err)
	return table
}

// TestDocumentsReadBack: read, written and read again, a table of every type is
// the same, slices and rows of it too.
func TestDocumentsReadBack(t *testing.T) {
	for _, opts := range [][]monary.ReadOption{nil, {monary.Dictionaries()}, {monary.KeepStates()}} {
		all, _, err := read(t, typesDocuments(1500), allSchema(), opts...)
		require.NoError(t, err)
		table := writableTypes(t, all)
		for _, table := range []*monary.Table{table, table.Slice(77, 1001), table.Take([]int{5, 4, 4, 900})} {
			for _, explicit := range []bool{false, true} {
				docs, err := monary.Documents(table, explicit, false)
				require.NoError(t, err)
				again, _, err := read(t, docs, schemaOfTable(table), opts...)
				require.NoError(t, err)
				sameCells(t, table, again, !explicit)
			}
		}
	}
}

// schemaOfTable is the schema of a table's columns.
func schemaOfTable(table *monary.Table) monary.Schema {
	texts := make([]string, table.NumColumns())
	for i := range texts {
		texts[i] = monary.Field(table.Series(i).Name(), table.Series(i).Type().String())
	}
	return monary.MustSchema(texts...)
}

// sameCells compares tables cell by cell; missing and null count as one unless
// exact says that they do not.
func sameCells(t testing.TB, want, got *monary.Table, exact bool) {
	t.Helper()
	require.Equal(t, want.NumRows(), got.NumRows())
	for i := range want.NumColumns() {
		w, g := want.Series(i), got.Series(i)
		require.Equal(t, w.Name(), g.Name())
		require.Equal(t, w.Type().String(), g.Type().String())
		for row := range want.NumRows() {
			if w.Type().Kind == monary.KindUint64 && w.Value(row).Type() == bson.TypeDecimal128 {
				continue // BSON has no integer for it; see TestUint64BeyondInt64
			}
			inside := strings.Contains(w.Type().String(), "struct") // its missing fields are null too
			if a, b := w.Value(row), g.Value(row); exact || w.IsValid(row) && !inside {
				require.Equal(t, a.Raw(), b.Raw(), "row %d of %s: %s, %s", row, w.Type(), a, b)
			}
			require.Equal(t, w.IsValid(row), g.IsValid(row))
		}
	}
}

// TestUint64BeyondInt64: BSON's nearest type that keeps the number is written,
// and Coerce reads it.
func TestUint64BeyondInt64(t *testing.T) {
	numbers := []uint64{0, math.MaxInt64, 1 << 63, 1<<63 + 1, math.MaxUint64}
	table := tableOf(t, monary.ColumnOf("n", numbers, nil))
	docs, err := monary.Documents(table, false, false)
	require.NoError(t, err)
	var types []bson.Type
	for _, doc := range docs {
		types = append(types, bson.Raw(doc).Lookup("n").Type)
	}
	assert.Equal(t, []bson.Type{bson.TypeInt64, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128, bson.TypeDecimal128}, types)
	again, _, err := read(t, docs, monary.MustSchema("n uint64"), monary.WithPolicy(monary.Coerce))
	require.NoError(t, err)
	back, err := monary.Values[uint64](again, "n")
	require.NoError(t, err)
	assert.Equal(t, numbers, back)
}

func TestVectorsReadBack(t *testing.T) {
	nan := math.NaN()
	table := tableOf(t, monary.VectorsOf("f", []float32{1, 0.1, float32(math.Inf(1)), 0, 0, 0, -1, 2, 3}, 3, []bool{true, false, true}),
		monary.VectorsOf("d", []float64{1, 0.1, nan, 0, 0, 0, -1, 2, 3}, 3, []bool{true, false, true}))
	docs, err := monary.Documents(table, false, false)
	require.NoError(t, err)
	again, _, err := read(t, docs, schemaOfTable(table))
	require.NoError(t, err)
	sameCells(t, table, again, true)
	for _, doc := range docs {
		require.NoError(t, bson.Raw(doc).Validate())
	}
}

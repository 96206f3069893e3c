package monary_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// allTypes is every type, those with parameters in several forms.
var allTypes = []string{
	"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "decimal128",
	"date", "timestamp", "objectid", "uuid", "string", "string:4", "regex", "code", "symbol", "binary", "binary:2", "bson", "bson:12",
	"null", "minkey", "maxkey", "type", "size", "length", "any",
	"list<any>", "list<int8>", "list<string:1>", "list<list<float64>>", "list<type>", "list<binary>", "list<minkey>", "list<bson:5>",
	"struct{a any}", "struct{a string; b int32; zz bool}", "struct{a struct{a list<any>; b struct{a uint8}}}",
	`list<struct{a any; a\.b int32; "" list<length>; b struct{a string:1; $x list<list<float32>>}}>`,
	"struct{a list<uuid>; b binary:2; c decimal128; d timestamp; e list<struct{a list<null>}>}",
}

// allSchema has a field of each type: k0, k1, …
func allSchema() monary.Schema {
	texts := make([]string, len(allTypes))
	for i, typ := range allTypes {
		texts[i] = fmt.Sprintf("k%d %s", i, typ)
	}
	return monary.MustSchema(texts...)
}

// typesDocument has about half of the fields, with values of any type.
func typesDocument(rng *rand.Rand) []byte {
	var elements [][]byte
	for i := range allTypes {
		if rng.IntN(2) == 0 {
			typ, val := randomValue(rng, 3)
			if rng.IntN(3) == 0 {
				c := conversions[rng.IntN(len(conversions))]
				typ, val = c.typ, c.val
			}
			elements = append(elements, element(typ, fmt.Sprintf("k%d", i), val))
		}
	}
	return document(elements...)
}

func typesDocuments(n int) [][]byte {
	rng := rand.New(rand.NewPCG(5, 6))
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = typesDocument(rng)
	}
	return docs
}

func TestAllTypesEqualReference(t *testing.T) {
	docs, schema := typesDocuments(3000), allSchema()
	want := newReference(docs, schema)
	for _, opts := range [][]monary.ReadOption{{monary.BatchRows(7)}, {monary.BatchRows(1024)}, {monary.BatchRows(300), monary.ReuseBuffers()}} {
		r, err := monary.FromRaw(context.Background(), stream(docs, nil), schema, opts...)
		require.NoError(t, err)
		got := make([][]string, schema.Len())
		for batch, err := range r.Batches() {
			require.NoError(t, err)
			checkTable(t, batch)
			for i := range got {
				got[i] = append(got[i], cells(t, batch, i)...)
			}
		}
		checkReport(t, r.Report(), len(docs))
		for i := range got {
			require.Equal(t, want.cells[i], got[i], schema.At(i).Type)
			require.Equal(t, want.states[i], counted(r.Report(), i), schema.At(i).Type)
			require.Equal(t, want.nested[i], countedNested(r.Report(), i), schema.At(i).Type)
		}
	}
	for i := range schema.Len() {
		if typ := schema.At(i).Type; typ.Kind != monary.KindNull {
			assert.Positive(t, want.states[i][monary.Present], "the documents are random enough for %s", typ)
		}
	}
}

// A document that is malformed deep inside takes back what was stored and
// counted of it, and of nothing else.
func TestFaultInsideNested(t *testing.T) {
	schema := monary.MustSchema("n int32", "v list<struct{a list<int32>; b string}>", "s struct{x struct{y string}}")
	good := marshal(t, bson.D{{Key: "n", Value: 1}, {Key: "v", Value: bson.A{bson.D{{Key: "a", Value: bson.A{1, nil}}, {Key: "b", Value: "t"}}, nil}},
		{Key: "s", Value: bson.D{{Key: "x", Value: bson.D{}}}}})
	items := sub("0", array("a", one("0"), two("1")), element(bson.TypeString, "b", textBytes("\xff")))
	for name, c := range map[string]struct {
		doc  []byte
		path string
	}{
		"list":   {document(one("n"), array("v", items)), "v.0.b"},
		"struct": {document(array("v", sub("0", array("a", one("0")))), sub("s", sub("x", element(bson.TypeString, "y", textBytes("\xff"))))), "s.x.y"},
	} {
		t.Run(name, func(t *testing.T) {
			docs := [][]byte{good, good, c.doc, good}
			table, report, err := read(t, docs, schema)
			var located *monary.DecodeError
			require.ErrorAs(t, err, &located)
			require.ErrorIs(t, err, monary.ErrUTF8)
			assert.Equal(t, c.path, located.Path)
			assert.EqualValues(t, 2, located.Doc)
			assert.Equal(t, byte(0xff), strings.Join([]string{string(good), string(good), string(c.doc)}, "")[located.Offset], "the offset is the text's")
			want := newReference(docs[:2], schema)
			for i := range schema.Len() {
				assert.Equal(t, want.cells[i], cells(t, table, i))
				assert.Equal(t, want.nested[i], countedNested(report, i))
			}
		})
	}
}

// Whatever is done to the rows of a column is done to what is inside it.
func TestRowsOfAllTypes(t *testing.T) {
	table, _, err := read(t, typesDocuments(60), allSchema())
	require.NoError(t, err)
	rows := []int{59, 0, 0, 17, 33, 8, 17}
	twice, err := table.Slice(3, 40).Append(table.Slice(21, 60).Slice(2, 30))
	require.NoError(t, err)
	again, err := table.Slice(1, 1).Append(twice.Slice(5, 60))
	require.NoError(t, err)
	for i := range table.NumColumns() {
		all, typ := cells(t, table, i), table.Series(i).Type()
		assert.Equal(t, all[3:40], cells(t, table.Slice(3, 40), i), typ)
		assert.Equal(t, append(append([]string{}, all[3:40]...), all[23:51]...), cells(t, twice, i), typ)
		assert.Equal(t, cells(t, twice, i)[5:60], cells(t, again, i), typ)
		var want, sliced []string
		for _, row := range rows {
			want, sliced = append(want, all[row]), append(sliced, cells(t, twice, i)[row])
		}
		assert.Equal(t, want, cells(t, table.Take(rows), i), typ)
		assert.Equal(t, sliced, cells(t, twice.Take(rows), i), typ)
		assert.Equal(t, sliced[2:5], cells(t, twice.Take(rows).Slice(2, 5), i), typ)
	}
}

// A value taken from a column and read again is the same cell.
func TestCastToAnyAndBack(t *testing.T) {
	table, _, err := read(t, typesDocuments(300), allSchema())
	require.NoError(t, err)
	for i := range table.NumColumns() {
		s := table.Series(i)
		switch s.Type().Kind {
		case monary.KindType, monary.KindSize, monary.KindLength:
			continue // measure the value, which is a number now
		}
		if strings.Contains(s.Type().String(), "type>") || strings.Contains(s.Type().String(), "length>") {
			continue
		}
		boxed, _, err := s.Cast(monary.Type{Kind: monary.KindAny})
		require.NoError(t, err)
		back, _, err := boxed.Cast(s.Type())
		require.NoError(t, err)
		for row := range s.Len() {
			assert.Equal(t, s.IsValid(row), back.IsValid(row), s.Type())
			assert.Zero(t, monary.Compare(s.Value(row), back.Value(row)), "%s: %s, %s", s.Type(), s.Value(row), back.Value(row))
		}
		same, _, err := s.Cast(s.Type())
		require.NoError(t, err)
		assert.Equal(t, s.NullCount(), same.NullCount())
	}
}

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

// More of the cases of edge_test.go: those about single values and keys.

// TestEdge02MetaColumns: the type is BSON's number; size and length of text,
// lists, documents and binaries; the size of a list is that of its document.
func TestEdge02MetaColumns(t *testing.T) {
	list := bson.A{int32(1), int32(2), int32(3)}
	docs := docsOf(t, 1.5, "dür", bson.D{{Key: "a", Value: 1}, {Key: "b", Value: 2}}, list, bson.Binary{Data: []byte("four")},
		true, int32(1), nil)
	docs = append(docs, marshal(t, bson.D{}))
	for typ, want := range map[string][]string{
		"type":   {"1", "2", "3", "4", "5", "8", "16", "10", "-"},
		"size":   {"-", "4", "19", "26", "4", "-", "-", "-", "-"},
		"length": {"-", "3", "2", "3", "4", "-", "-", "-", "-"},
	} {
		table, _ := readWith(t, docs, "v "+typ)
		assert.Equal(t, want, cells(t, table, 0), typ)
	}
}

// TestEdge03Runes: text of runes of two and three bytes has more bytes than
// runes, and a column of fixed width never cuts one in two.
func TestEdge03Runes(t *testing.T) {
	docs := docsOf(t, "aéé", "€€", "abc")
	table, _ := readWith(t, docs, "v length")
	assert.Equal(t, []string{"3", "2", "3"}, cells(t, table, 0))
	table, _ = readWith(t, docs, "v size")
	assert.Equal(t, []string{"5", "6", "3"}, cells(t, table, 0))
	table, report := readWith(t, docs, "v string:4")
	for row, want := range []string{"aé", "€", "abc"} {
		assert.Equal(t, want, strings.Trim(table.Series(0).Value(row).String(), `"`))
	}
	assert.EqualValues(t, 2, report.Columns[0].Of(monary.Truncated))
}

// TestEdge10PrefixesAndStrides: "ab" is not inside "a", bson:N has the same width
// in each row, and a number beyond int64 stays what it was when it becomes a
// BSON value.
func TestEdge10PrefixesAndStrides(t *testing.T) {
	table, _ := mustRead(t, "a.b int32; ab int32", bson.D{{Key: "ab", Value: 1}, {Key: "a", Value: bson.D{{Key: "b", Value: 2}}}}, bson.D{{Key: "ab", Value: 3}})
	assert.Equal(t, []string{"2", "-"}, cells(t, table, 0))
	assert.Equal(t, []string{"1", "3"}, cells(t, table, 1))

	table, _ = readWith(t, docsOf(t, bson.D{}, bson.D{{Key: "a", Value: int32(1)}}, bson.D{}), "v bson:12")
	for row, want := range []string{"{}", `{"a": 1}`, "{}"} {
		assert.JSONEq(t, want, table.Series(0).Value(row).String())
	}

	table, err := monary.NewTable(monary.ColumnOf("v", []uint64{1<<63 + 1, math.MaxUint64}, nil))
	require.NoError(t, err)
	assert.Contains(t, table.Series(0).Value(0).String(), `"9223372036854775809"`)
	assert.Contains(t, table.Series(0).Value(1).String(), `"18446744073709551615"`)
}

// TestEdge13TextWithNUL: a NUL inside text belongs to it, and a field that comes
// first in the last row has its values there.
func TestEdge13TextWithNUL(t *testing.T) {
	table, _ := readWith(t, docsOf(t, "hello\x00world", "plain"), "v string")
	texts, err := monary.Values[string](table, "v")
	require.NoError(t, err)
	assert.Equal(t, []string{"hello\x00world", "plain"}, texts)
	table, _ = mustRead(t, "a.b string", bson.D{}, bson.D{{Key: "a", Value: nil}}, bson.D{{Key: "a", Value: bson.D{{Key: "b", Value: "late"}}}})
	assert.Equal(t, []string{"-", "-", `"late"`}, cells(t, table, 0))
}

// TestEdge15IntegersThatDoNotFit: 2<<34 as int64 and as double, 2<<65 as double.
func TestEdge15IntegersThatDoNotFit(t *testing.T) {
	docs := docsOf(t, int64(2)<<34, math.Ldexp(2, 34), math.Ldexp(2, 65), int32(7))
	table, report := readWith(t, docs, "v int32")
	assert.Equal(t, []string{"-", "-", "-", "7"}, cells(t, table, 0))
	assert.EqualValues(t, 3, report.Columns[0].Of(monary.Overflow))
	table, report = readWith(t, docs, "v int64")
	assert.Equal(t, []string{"34359738368", "34359738368", "-", "7"}, cells(t, table, 0))
	assert.EqualValues(t, 1, report.Columns[0].Of(monary.Overflow))
}

// TestEdge18FieldThatNoDocumentHas: its column is there, empty, and the report
// says that it is absent.
func TestEdge18FieldThatNoDocumentHas(t *testing.T) {
	table, report := mustRead(t, "v int32; gone string; list list<struct{gone date}>", bson.D{{Key: "v", Value: 1}, {Key: "list", Value: bson.A{bson.D{{Key: "v", Value: 1}}}}})
	assert.Equal(t, []string{"-"}, cells(t, table, 1))
	assert.Equal(t, []string{"[{gone:-}]"}, cells(t, table, 2))
	assert.Equal(t, []string{"gone", "list[].gone"}, report.Absent())
}

// TestEdge20BinarySubtypes: subtypes that change from row to row are kept, an
// empty binary is not a missing one, and the inner length of the old subtype is
// no part of the data.
func TestEdge20BinarySubtypes(t *testing.T) {
	values := []bson.Binary{{Subtype: 10, Data: []byte("a")}, {Subtype: 20, Data: []byte("bc")}, {Data: []byte{}}, {Subtype: 2, Data: []byte("old")}}
	docs := docsOf(t, values[0], values[1], values[2], values[3], nil)
	for _, typ := range []string{"binary", "binary:3", "any"} {
		table, _ := readWith(t, docs, "v "+typ)
		for row, want := range values {
			subtype, data := table.Series(0).Value(row).Raw().Binary()
			assert.Equal(t, want.Subtype, subtype, typ)
			assert.Equal(t, string(want.Data), string(data), typ)
		}
		assert.True(t, table.Series(0).IsValid(2), typ)
		assert.Equal(t, bson.TypeNull, table.Series(0).Value(4).Type(), typ)
	}
}

// TestEdge28Keys: the first of duplicate keys wins, a literal dot is no path,
// empty keys and "$" are keys, and NaN survives in a column of doubles.
func TestEdge28Keys(t *testing.T) {
	doc := marshal(t, bson.D{
		{Key: "d", Value: 1}, {Key: "d", Value: 2}, {Key: "a.b", Value: 3}, {Key: "a", Value: bson.D{{Key: "b", Value: 4}}},
		{Key: "", Value: 5}, {Key: "$x", Value: 6}, {Key: "nan", Value: math.NaN()},
	})
	table, _, err := read(t, [][]byte{doc, doc}, monary.MustSchema("d int32", `a\.b int32`, "a.b int32", `"" int32`, "$x int32", "nan float64"))
	require.NoError(t, err)
	for i, want := range []string{"1", "3", "4", "5", "6", bits(math.NaN())} {
		assert.Equal(t, []string{want, want}, cells(t, table, i))
	}
}

// TestEdge35NaNPayloads: what a NaN carries, and the sign of zero, are kept; the
// other cases of the BSON corpus are those of TestCorpusValid and its neighbours.
func TestEdge35NaNPayloads(t *testing.T) {
	words := []uint64{0x7ff8000000000012, 0xfff8000000000000, 0x7ff4000000000001, 1 << 63}
	var docs [][]byte
	for _, w := range words {
		docs = append(docs, document(element(bson.TypeDouble, "v", int64Bytes(int64(w)))))
	}
	table, _ := readWith(t, docs, "v float64")
	values, err := monary.Values[float64](table, "v")
	require.NoError(t, err)
	for i, w := range words {
		assert.Equal(t, w, math.Float64bits(values[i]))
	}
	for _, n := range []int{-1, 0, 1 << 20} { // an array's length is checked like any other
		bad := document(element(bson.TypeArray, "v", append(int32Bytes(int32(n)), 0)))
		_, _, err := read(t, [][]byte{bad}, monary.MustSchema("v list<int32>"))
		require.Error(t, err)
	}
}

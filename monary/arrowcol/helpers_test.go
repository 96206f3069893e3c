package arrowcol_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

var ctx = context.Background()

// allTypes is every type, and types inside others.
var allTypes = []string{
	"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "decimal128",
	"date", "timestamp", "objectid", "uuid", "string", "string:4", "regex", "code", "symbol", "binary", "binary:3", "bson", "bson:16",
	"vector:3", "vector64:2", "null", "minkey", "maxkey", "type", "size", "length", "any",
	"list<int32>", "list<string>", "list<bool>", "list<any>", "list<list<date>>", "list<decimal128>", "list<vector:3>", "list<string:2>",
	"struct{a int32; b string}", "struct{s struct{x list<float64>}; t timestamp}", `struct{a\.b bool; "" objectid}`,
	"list<struct{a any; b struct{c string:1; d list<null>}}>", "struct{v vector64:2; m minkey; y type}",
}

func allSchema() monary.Schema {
	texts := make([]string, len(allTypes))
	for i, typ := range allTypes {
		texts[i] = fmt.Sprintf("k%d %s", i, typ)
	}
	return monary.MustSchema(texts...)
}

// randomTable has a column of each type, with cells that have a value and such that
// are null or missing, inside lists and structs too.
func randomTable(t testing.TB, rng *rand.Rand, rows int, opts ...monary.ReadOption) *monary.Table {
	t.Helper()
	schema := allSchema()
	docs := make([]any, rows)
	for i := range docs {
		doc := bson.D{}
		for k := range schema.Len() {
			if rng.IntN(5) > 0 {
				doc = append(doc, bson.E{Key: fmt.Sprintf("k%d", k), Value: randomValue(rng, schema.At(k).Type)})
			}
		}
		docs[i] = doc
	}
	return read(t, schema, docs, opts...)
}

// read makes a table of documents.
func read(t testing.TB, schema monary.Schema, docs []any, opts ...monary.ReadOption) *monary.Table {
	t.Helper()
	r, err := monary.FromRaw(ctx, raws(t, docs), schema, opts...)
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	return table
}

func raws(t testing.TB, docs []any) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, doc := range docs {
			raw, err := bson.Marshal(doc)
			require.NoError(t, err)
			if !yield(raw, nil) {
				return
			}
		}
	}
}

// randomValue is mostly one that the type takes, else null or of another type.
func randomValue(rng *rand.Rand, typ monary.Type) any {
	switch rng.IntN(8) {
	case 0:
		return nil
	case 1:
		return randomValue(rng, parseType(allTypes[rng.IntN(33)]))
	}
	word := func() string { return strings.Repeat(string([]rune("abé€😀x")[rng.IntN(6)]), rng.IntN(4)) }
	switch typ.Kind {
	case monary.KindBool:
		return rng.IntN(2) == 0
	case monary.KindFloat32:
		return float64(float32(rng.NormFloat64()))
	case monary.KindFloat64:
		return []float64{rng.NormFloat64(), math.NaN(), math.Inf(-1), math.Copysign(0, -1), 3}[rng.IntN(5)]
	case monary.KindDecimal128:
		return bson.NewDecimal128(rng.Uint64(), rng.Uint64())
	case monary.KindDate:
		return bson.DateTime(rng.Int64() - math.MaxInt64/2)
	case monary.KindTimestamp:
		return bson.Timestamp{T: rng.Uint32(), I: rng.Uint32()}
	case monary.KindObjectID:
		return bson.NewObjectID()
	case monary.KindUUID:
		return bson.Binary{Subtype: 4, Data: slices.Repeat([]byte{byte(rng.Uint32())}, 16)}
	case monary.KindString, monary.KindFixedString:
		return word()
	case monary.KindRegex:
		return bson.Regex{Pattern: word(), Options: "i"}
	case monary.KindCode:
		return bson.JavaScript(word())
	case monary.KindSymbol:
		return bson.Symbol(word())
	case monary.KindBinary, monary.KindFixedBinary:
		return bson.Binary{Subtype: byte(rng.IntN(3)) * 64, Data: []byte(word())}
	case monary.KindBSON, monary.KindFixedBSON:
		return []any{bson.D{{Key: "a", Value: word()}}, bson.D{}, bson.A{int32(1)}}[rng.IntN(3)]
	case monary.KindVector, monary.KindVector64:
		values := make(bson.A, typ.Width)
		for i := range values {
			values[i] = float64(rng.IntN(100)) / 4
		}
		return values
	case monary.KindMinKey:
		return bson.MinKey{}
	case monary.KindMaxKey:
		return bson.MaxKey{}
	case monary.KindAny, monary.KindType, monary.KindSize, monary.KindLength:
		return randomValue(rng, parseType(allTypes[rng.IntN(33)]))
	case monary.KindList:
		values := make(bson.A, rng.IntN(4))
		for i := range values {
			values[i] = randomValue(rng, *typ.Elem)
		}
		return values
	case monary.KindStruct:
		doc := bson.D{}
		for _, f := range typ.Fields {
			if rng.IntN(4) > 0 {
				doc = append(doc, bson.E{Key: strings.ReplaceAll(f.Name, `\.`, "."), Value: randomValue(rng, f.Type)})
			}
		}
		return doc
	}
	return int64(rng.IntN(100))
}

func parseType(text string) monary.Type {
	typ, err := monary.ParseType(text)
	if err != nil {
		panic(err)
	}
	return typ
}

// same compares names, types, validity and cells of two tables, bit by bit.
func same(t testing.TB, want, got *monary.Table) {
	t.Helper()
	require.NotNil(t, got)
	require.Equal(t, want.NumRows(), got.NumRows())
	require.Equal(t, want.ColumnNames(), got.ColumnNames())
	for i := range want.NumColumns() {
		a, b := want.Series(i), got.Series(i)
		if !bytes.Equal(one(t, a), one(t, b)) {
			assert.Equal(t, a.Type().String(), b.Type().String())
			for row := range a.Len() {
				assert.Equal(t, a.Value(row).String(), b.Value(row).String(), "row %d of column %s %s", row, a.Name(), a.Type())
			}
			assert.Fail(t, "columns differ", "column %s %s", a.Name(), a.Type())
		}
	}
}

// one is a column as bytes that say all of it.
func one(t testing.TB, s *monary.Series) []byte {
	table, err := monary.NewTable(s)
	require.NoError(t, err)
	data, err := table.MarshalBinary()
	require.NoError(t, err)
	return data
}

// parts are ways to cut a table, with rows at odd places.
func cuts(table *monary.Table) []*monary.Table {
	n := table.NumRows()
	return []*monary.Table{table, table.Slice(0, 0), table.Slice(1, n), table.Slice(n/8*4, n), table.Slice(8, n-3), table.Slice(n-1, n),
		table.Slice(3, n-9).Slice(2, n/2), table.Take([]int{n - 1, 0, 0, 5})}
}

func collect(t testing.TB, r *monary.Reader, err error) *monary.Table {
	t.Helper()
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	return table
}

func maxRows(n int64) parquet.WriterProperty { return parquet.WithMaxRowGroupLength(n) }

// groups are the rows of a file's row groups.
func groups(p *file.Reader) []int64 {
	out := make([]int64, p.NumRowGroups())
	for i := range out {
		out[i] = p.MetaData().RowGroup(i).NumRows()
	}
	return out
}

package arrowcol_test

import (
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/monary/arrowcol"
)

// fromJSON makes a record of one column "c" as Arrow's builders do.
func fromJSON(t *testing.T, mem memory.Allocator, dt arrow.DataType, text string) arrow.RecordBatch {
	t.Helper()
	arr, _, err := array.FromJSON(mem, dt, strings.NewReader(text))
	require.NoError(t, err)
	defer arr.Release()
	return recordOf(dt, arr)
}

func recordOf(dt arrow.DataType, arr arrow.Array) arrow.RecordBatch {
	return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "c", Type: dt, Nullable: true}}, nil), []arrow.Array{arr}, -1)
}

// Arrays of other programs become the nearest columns, sliced or not.
func TestForeignArrays(t *testing.T) {
	for _, c := range []struct {
		name string
		dt   arrow.DataType
		text string
		typ  string
		want []string
	}{
		{"bool", arrow.FixedWidthTypes.Boolean, `[true, null, false]`, "bool", []string{"true", "null", "false"}},
		{"uint64", arrow.PrimitiveTypes.Uint64, `[1, null, 3]`, "uint64", []string{"1", "null", "3"}},
		{"half floats", arrow.FixedWidthTypes.Float16, `[1.5, null, -0.25]`, "float32", []string{"1.5", "null", "-0.25"}},
		{"utf8 of 32-bit offsets", arrow.BinaryTypes.String, `["é", null, ""]`, "string", []string{"é", "null", ""}},
		{"large utf8", arrow.BinaryTypes.LargeString, `["é", null, ""]`, "string", []string{"é", "null", ""}},
		{"text views", arrow.BinaryTypes.StringView, `["a text that is longer than a view", null, "x"]`, "string", []string{"a text that is longer than a view", "null", "x"}},
		{"binary", arrow.BinaryTypes.Binary, `["YQ==", null, ""]`, "binary", []string{`{"$binary":{"base64":"YQ==","subType":"00"}}`, "null", `{"$binary":{"base64":"","subType":"00"}}`}},
		{"binary views", arrow.BinaryTypes.BinaryView, `["YQ==", null]`, "binary", []string{`{"$binary":{"base64":"YQ==","subType":"00"}}`, "null"}},
		{"cells of bytes", &arrow.FixedSizeBinaryType{ByteWidth: 2}, `["YWI=", null]`, "binary", []string{`{"$binary":{"base64":"YWI=","subType":"00"}}`, "null"}},
		{"seconds", arrow.FixedWidthTypes.Timestamp_s, `["1970-01-01T00:00:02Z", null]`, "date", []string{`{"$date":"1970-01-01T00:00:02Z"}`, "null"}},
		{"microseconds", arrow.FixedWidthTypes.Timestamp_us, `["1969-12-31T23:59:59.999Z", null]`, "date", []string{`{"$date":{"$numberLong":"-1"}}`, "null"}},
		{"nanoseconds without a zone", &arrow.TimestampType{Unit: arrow.Nanosecond}, `["2014-02-03T00:00:00.123", null]`, "date", []string{`{"$date":"2014-02-03T00:00:00.123Z"}`, "null"}},
		{"days", arrow.FixedWidthTypes.Date32, `["1970-01-03", null]`, "date", []string{`{"$date":"1970-01-03T00:00:00Z"}`, "null"}},
		{"days in milliseconds", arrow.FixedWidthTypes.Date64, `["1970-01-03", null]`, "date", []string{`{"$date":"1970-01-03T00:00:00Z"}`, "null"}},
		{"decimals", &arrow.Decimal128Type{Precision: 38, Scale: 2}, `["-1.25", null, "0.00"]`, "decimal128", []string{`{"$numberDecimal":"-1.25"}`, "null", `{"$numberDecimal":"0.00"}`}},
		{"decimals of 9 digits", &arrow.Decimal32Type{Precision: 9, Scale: 2}, `["1.25"]`, "decimal128", []string{`{"$numberDecimal":"1.25"}`}},
		{"decimals of 76 digits", &arrow.Decimal256Type{Precision: 76, Scale: 0}, `["12000000000000000000000000000000000000000"]`, "decimal128", []string{`{"$numberDecimal":"1.200000000000000000000000000000000E+40"}`}},
		{"codes of text", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, `["b", null, "a", "b"]`, "string", []string{"b", "null", "a", "b"}},
		{"codes of numbers", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint32, ValueType: arrow.PrimitiveTypes.Int64}, `[7, 7, null]`, "int64", []string{"7", "7", "null"}},
		{"lists", arrow.ListOf(arrow.BinaryTypes.String), `[["a", null], null, [], ["b"]]`, "list<string>", []string{`["a",null]`, "null", "[]", `["b"]`}},
		{"large lists of codes", arrow.LargeListOf(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: arrow.BinaryTypes.String}), `[["a"], null, ["a", "b"]]`, "list<string>", []string{`["a"]`, "null", `["a","b"]`}},
		{"lists of a size", arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32), `[[1, null], null, [2, 3]]`, "list<float32>", []string{"[1.0,null]", "null", "[2.0,3.0]"}},
		{"vectors", arrow.FixedSizeListOfNonNullable(2, arrow.PrimitiveTypes.Float64), `[[1, 2.5], null, [2, 3]]`, "vector64:2", []string{"[1.0,2.5]", "null", "[2.0,3.0]"}},
		{"maps", arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int32), `[[{"key": "a", "value": 1}], null, []]`, "list<struct{key string; value int32}>", []string{`[{"key":"a","value":1}]`, "null", "[]"}},
		{"structs", arrow.StructOf(arrow.Field{Name: "a.b", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, arrow.Field{Name: "c", Type: arrow.FixedWidthTypes.Timestamp_s, Nullable: true}), `[{"a.b": 1, "c": null}, null]`, `struct{a\.b int32; c date}`, []string{`{"a.b":1,"c":null}`, "null"}},
		{"uuids", extensions.NewUUIDType(), `["00010203-0405-0607-0809-0a0b0c0d0e0f", null]`, "uuid", []string{`{"$binary":{"base64":"AAECAwQFBgcICQoLDA0ODw==","subType":"04"}}`, "null"}},
		{"nothing", arrow.Null, `[null, null]`, "null", []string{"null", "null"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			rec := fromJSON(t, mem, c.dt, c.text)
			defer rec.Release()
			schema, err := arrowcol.MonarySchema(rec.Schema())
			require.NoError(t, err)
			assert.Equal(t, "c "+c.typ, schema.String())
			for from := range len(c.want) {
				part := rec.NewSlice(int64(from), int64(len(c.want)))
				table, err := arrowcol.FromRecord(part)
				require.NoError(t, err)
				assert.Equal(t, c.typ, table.Series(0).Type().String())
				assert.Equal(t, c.want[from:], texts(table), "from row %d", from)
				data, err := table.MarshalBinary()
				require.NoError(t, err)
				require.NoError(t, new(monary.Table).UnmarshalBinary(data), "every cell is one that a read could have left")
				part.Release()
			}
		})
	}
}

func texts(t *monary.Table) []string {
	out := make([]string, t.NumRows())
	for row := range out {
		out[row] = t.Series(0).Value(row).String()
	}
	return out
}

// Types without a column are refused by name, values that a column cannot hold by
// row.
func TestForeignArraysRefused(t *testing.T) {
	empty := arrow.StructOf()
	twice := arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int8}, arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int8})
	for _, c := range []struct {
		name string
		dt   arrow.DataType
		text string
		want string
	}{
		{"duration", arrow.FixedWidthTypes.Duration_s, `[1]`, "duration[s] has no column type"},
		{"time of day", arrow.FixedWidthTypes.Time32ms, `[1]`, "time32[ms] has no column type"},
		{"interval", arrow.FixedWidthTypes.MonthInterval, `[{"months": 1}]`, "month_interval has no column type"},
		{"runs", arrow.RunEndEncodedOf(arrow.PrimitiveTypes.Int32, arrow.BinaryTypes.String), `["a", "a"]`, "has no column type"},
		{"list views", arrow.ListViewOf(arrow.PrimitiveTypes.Int8), `[[1]]`, "has no column type"},
		{"inside a list", arrow.ListOf(arrow.FixedWidthTypes.Duration_s), `[[1]]`, "duration[s] has no column type"},
		{"inside a struct", arrow.StructOf(arrow.Field{Name: "x", Type: arrow.FixedWidthTypes.Duration_s}), `[{"x": 1}]`, `field "x": Arrow's duration[s]`},
		{"no fields", empty, `[{}]`, "no fields"},
		{"two fields of a name", twice, `[{"a": 1}]`, "twice"},
		{"half a millisecond", arrow.FixedWidthTypes.Timestamp_us, `[null, "1970-01-01T00:00:00.0005Z"]`, "row 1: 500 us is not a whole number of milliseconds"},
		{"a nanosecond", arrow.FixedWidthTypes.Timestamp_ns, `["1970-01-01T00:00:00.000000001Z"]`, "row 0: 1 ns"},
		{"35 digits", &arrow.Decimal128Type{Precision: 38, Scale: 3}, `["12345678901234567890123456789012.345"]`, "row 0: 12345678901234567890123456789012345 with a scale of 3"},
		{"a vector with a gap", arrow.FixedSizeListOfNonNullable(2, arrow.PrimitiveTypes.Float32), `[null, [1, null]]`, "row 1: element 1 of a vector is null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := arrowcol.FromRecord(fromJSON(t, memory.NewGoAllocator(), c.dt, c.text))
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, `arrowcol: column "c"`)
		})
	}
	union := arrow.SparseUnionOf([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int8}}, []arrow.UnionTypeCode{0})
	_, err := arrowcol.MonarySchema(arrow.NewSchema([]arrow.Field{{Name: "u", Type: union}}, nil))
	require.ErrorContains(t, err, `column "u": Arrow's sparse_union`)
	far := array.NewData(arrow.FixedWidthTypes.Timestamp_s, 1, []*memory.Buffer{nil, memory.NewBufferBytes(arrow.GetBytes([]int64{math.MaxInt64}))}, nil, 0, 0)
	_, err = arrowcol.FromRecord(recordOf(far.DataType(), array.MakeFromData(far)))
	require.ErrorContains(t, err, "beyond what a date can hold")
}

func TestForeignNames(t *testing.T) {
	one := func(text string) arrow.Array {
		return fromJSON(t, memory.NewGoAllocator(), arrow.PrimitiveTypes.Int8, text).Column(0)
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int8}, {Name: "a", Type: arrow.PrimitiveTypes.Int8}}, nil)
	_, err := arrowcol.FromRecord(array.NewRecordBatch(schema, []arrow.Array{one("[1]"), one("[2]")}, 1))
	require.ErrorContains(t, err, `two columns are called "a"`)
	_, err = arrowcol.MonarySchema(schema)
	require.ErrorContains(t, err, `"a" appears twice`)
	rec := array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 3)
	table, err := arrowcol.FromRecord(rec)
	require.NoError(t, err)
	assert.Equal(t, []int{3, 0}, []int{table.NumRows(), table.NumColumns()}, "rows without columns stay rows")
}

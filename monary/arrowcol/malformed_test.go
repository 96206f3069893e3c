package arrowcol_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/monary/arrowcol"
)

func buffer(data []byte) *memory.Buffer { return memory.NewBufferBytes(data) }

func offsets32(values ...int32) *memory.Buffer { return buffer(arrow.GetBytes(values)) }

func offsets64(values ...int64) *memory.Buffer { return buffer(arrow.GetBytes(values)) }

// Arrays that contradict themselves are errors, not panics and not wild reads.
func TestMalformedArrays(t *testing.T) {
	ints := func(n int) arrow.ArrayData {
		return array.NewData(arrow.PrimitiveTypes.Int32, n, []*memory.Buffer{nil, buffer(make([]byte, 4*n))}, nil, 0, 0)
	}
	codes := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.PrimitiveTypes.Int32}
	tagged := arrow.StructOf(arrow.Field{Name: "tag", Type: arrow.PrimitiveTypes.Uint8}, arrow.Field{Name: "data", Type: arrow.BinaryTypes.LargeBinary})
	parts := func(tag byte, data string, nulls ...byte) []arrow.ArrayData {
		var valid *memory.Buffer
		if nulls != nil {
			valid = buffer(nulls)
		}
		return []arrow.ArrayData{
			array.NewData(arrow.PrimitiveTypes.Uint8, 1, []*memory.Buffer{valid, buffer([]byte{tag})}, nil, array.UnknownNullCount, 0),
			array.NewData(arrow.BinaryTypes.LargeBinary, 1, []*memory.Buffer{nil, offsets64(0, int64(len(data))), buffer([]byte(data))}, nil, 0, 0),
		}
	}
	for _, c := range []struct {
		name     string
		typ      string // in the metadata
		dt       arrow.DataType
		rows     int
		buffers  []*memory.Buffer
		children []arrow.ArrayData
		want     string
	}{
		{"falling offsets", "", arrow.BinaryTypes.String, 2, []*memory.Buffer{nil, offsets32(0, 3, 1), buffer([]byte("abc"))}, nil, "offset 2 is 1, less than 3"},
		{"negative offset", "", arrow.BinaryTypes.LargeString, 1, []*memory.Buffer{nil, offsets64(-5, 1), buffer([]byte("abc"))}, nil, "offset 0 is -5"},
		{"invalid UTF-8", "", arrow.BinaryTypes.LargeString, 1, []*memory.Buffer{nil, offsets64(0, 1), buffer([]byte("\xff"))}, nil, "row 0: invalid UTF-8"},
		{"short validity", "", arrow.PrimitiveTypes.Int32, 9, []*memory.Buffer{buffer([]byte{1}), buffer(make([]byte, 36))}, nil, "1 bytes for 9 rows"},
		{"no cells", "objectid", &arrow.FixedSizeBinaryType{ByteWidth: 12}, 1, []*memory.Buffer{nil, buffer(nil)}, nil, "0 bytes for 1 cells of 12"},
		{"offsets beyond the elements", "", arrow.LargeListOf(arrow.PrimitiveTypes.Int32), 1, []*memory.Buffer{nil, offsets64(0, 9)}, []arrow.ArrayData{ints(2)}, "9, beyond the 2"},
		{"vectors beyond the elements", "vector:2", arrow.LargeListOf(arrow.PrimitiveTypes.Float32), 1, []*memory.Buffer{nil, offsets64(4, 6)},
			[]arrow.ArrayData{array.NewData(arrow.PrimitiveTypes.Float32, 2, []*memory.Buffer{nil, buffer(make([]byte, 8))}, nil, 0, 0)}, "row 0: elements 4 to 5 of 2"},
		{"text longer than its type", "string:2", arrow.BinaryTypes.LargeString, 1, []*memory.Buffer{nil, offsets64(0, 3), buffer([]byte("abc"))}, nil, "of 1 values only 0 fit string:2"},
		{"no regular expression", "regex", arrow.BinaryTypes.LargeString, 1, []*memory.Buffer{nil, offsets64(0, 3), buffer([]byte("abc"))}, nil, "no regular expression"},
		{"no document", "bson", arrow.BinaryTypes.LargeBinary, 1, []*memory.Buffer{nil, offsets64(0, 3), buffer([]byte("abc"))}, nil, "row 0: 3 bytes that are no document"},
		{"a value without bytes", "any", tagged, 1, []*memory.Buffer{nil}, parts(0x10, ""), "row 0: a value of BSON type 0x10"},
		{"an unknown type of value", "any", tagged, 1, []*memory.Buffer{nil}, parts(0x77, "a"), "row 0: a value of BSON type 0x77"},
		{"a value without a tag", "any", tagged, 1, []*memory.Buffer{nil}, parts(0x10, "abcd", 0), "row 0: a tag or its data is null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := recordOf(c.dt, array.MakeFromData(array.NewData(c.dt, c.rows, c.buffers, c.children, array.UnknownNullCount, 0)))
			_, err := arrowcol.FromRecord(typed(rec, c.typ))
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "arrowcol: ")
		})
	}
	dictionary := array.NewDictionaryArray(codes, array.MakeFromData(array.NewData(arrow.PrimitiveTypes.Int8, 2, []*memory.Buffer{nil, buffer([]byte{0, 200})}, nil, 0, 0)), array.MakeFromData(ints(2)))
	_, err := arrowcol.FromRecord(recordOf(codes, dictionary))
	require.ErrorContains(t, err, "row 1: code 200 of a dictionary of 2")
}

// typed gives a record's column the metadata of a column of ours.
func typed(rec arrow.RecordBatch, typ string) arrow.RecordBatch {
	if typ == "" {
		return rec
	}
	f := rec.Schema().Field(0)
	f.Metadata = arrow.NewMetadata([]string{"penstock:type"}, []string{typ})
	return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{f}, nil), rec.Columns(), rec.NumRows())
}

// Lists without a value may lie between vectors, and elements between lists.
func TestVectorsOfLooseLists(t *testing.T) {
	numbers := array.NewData(arrow.PrimitiveTypes.Float64, 6, []*memory.Buffer{nil, buffer(arrow.GetBytes([]float64{1, 2, 3, 4, 5, 6}))}, nil, 0, 0)
	dt := arrow.LargeListOf(arrow.PrimitiveTypes.Float64)
	for want, offsets := range map[string][]int64{"[3.0,4.0]": {0, 2, 2, 4}, "[5.0,6.0]": {0, 2, 4, 6}, "[4.0,5.0]": {1, 3, 3, 5}} {
		lists := array.NewData(dt, 3, []*memory.Buffer{buffer([]byte{0b101}), offsets64(offsets...)}, []arrow.ArrayData{numbers}, 1, 0)
		table, err := arrowcol.FromRecord(typed(recordOf(dt, array.MakeFromData(lists)), "vector64:2"))
		require.NoError(t, err)
		assert.Equal(t, []string{"null", want}, texts(table)[1:])
		block, n, err := monary.Vectors[float64](table, "c")
		require.NoError(t, err)
		assert.Equal(t, []float64{0, 0}, block[n:2*n])
	}
}

// Metadata that another program has left on a column that it changed does no harm.
func TestStaleMetadata(t *testing.T) {
	rec := fromJSON(t, memory.NewGoAllocator(), arrow.PrimitiveTypes.Int64, "[1, 2]")
	for _, typ := range []string{"objectid", "int32", "vector:3", "nonsense", "list<int64>"} {
		table, err := arrowcol.FromRecord(typed(rec, typ))
		require.NoError(t, err)
		assert.Equal(t, "int64", table.Series(0).Type().String(), typ)
	}
}

// A struct that is null has no fields, whatever lies below it.
func TestNullStructHidesItsFields(t *testing.T) {
	child := array.NewData(arrow.PrimitiveTypes.Int32, 2, []*memory.Buffer{nil, buffer(arrow.GetBytes([]int32{7, 8}))}, nil, 0, 0)
	dt := arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32})
	rec := recordOf(dt, array.MakeFromData(array.NewData(dt, 2, []*memory.Buffer{buffer([]byte{2})}, []arrow.ArrayData{child}, 1, 0)))
	table, err := arrowcol.FromRecord(rec)
	require.NoError(t, err)
	assert.Equal(t, []string{"null", `{"a":8}`}, texts(table))
	fields, err := table.Series(0).Fields()
	require.NoError(t, err)
	assert.Equal(t, []string{"null", "8"}, texts(fields))
}

// Whatever bytes of a Parquet file are cut or changed, the end is an error or a
// table, never a panic.
func TestMalformedParquet(t *testing.T) {
	table := randomTable(t, rand.New(rand.NewPCG(3, 4)), 20)
	small, err := table.Select("k4", "k16", "k33", "k35", "k42")
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, arrowcol.WriteParquet(&out, small))
	rng, failed := rand.New(rand.NewPCG(5, 6)), 0
	for i := range 400 {
		data := bytes.Clone(out.Bytes())
		if i%4 == 0 {
			data = data[:rng.IntN(len(data))]
		} else {
			for range 1 + rng.IntN(3) {
				data[rng.IntN(len(data))] ^= byte(1 << rng.IntN(8))
			}
		}
		r, err := arrowcol.ReadParquet(ctx, bytes.NewReader(data), monary.Schema{})
		if err == nil {
			_, err = r.Table()
		}
		if err != nil {
			failed++
		}
	}
	assert.Greater(t, failed, 100, "most of the damage is found")
}

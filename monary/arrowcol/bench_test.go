package arrowcol_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/monary/arrowcol"
)

// sharedTable has columns of types that are shared, with nulls.
func sharedTable(t testing.TB, rows int) *monary.Table {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, uint64(rows)))
	numbers, prices, names, valid := make([]int64, rows), make([]float64, rows), make([]string, rows), make([]bool, rows)
	for i := range rows {
		numbers[i], prices[i], names[i], valid[i] = rng.Int64(), rng.Float64(), strconv.Itoa(rng.IntN(1000)), rng.IntN(10) > 0
	}
	table, err := monary.NewTable(monary.ColumnOf("n", numbers, valid), monary.ColumnOf("x", prices, nil),
		monary.ColumnOf("s", names, valid), monary.VectorsOf("v", prices[:rows/4*4], 4, nil).Take(make([]int, rows)))
	require.NoError(t, err)
	return table
}

// Where memory is shared, what a record costs does not depend on the rows.
func TestRecordsOfSharedMemory(t *testing.T) {
	allocs := func(rows int) float64 {
		table := sharedTable(t, rows)
		return testing.AllocsPerRun(20, func() {
			rec, err := arrowcol.ToRecord(table)
			if err == nil {
				_, err = arrowcol.FromRecord(rec)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	few := allocs(100)
	assert.InDelta(t, few, allocs(100_000), 3)
	assert.Less(t, few, 250.0)
}

func BenchmarkToRecord(b *testing.B) {
	for _, rows := range []int{1_000, 100_000} {
		table := sharedTable(b, rows)
		for _, impl := range []string{"columnar", "builders"} {
			b.Run(fmt.Sprintf("rows=%d/impl=%s", rows, impl), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					rec, err := arrowcol.ToRecord(table)
					if impl == "builders" {
						rec, err = built(table), nil
					}
					if err != nil || rec.NumRows() != int64(rows) {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)*float64(rows)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// built is the record made as Arrow's own builders do, value by value.
func built(table *monary.Table) arrow.RecordBatch {
	out := array.NewRecordBuilder(memory.DefaultAllocator, arrowcol.ArrowSchema(table))
	defer out.Release()
	out.Reserve(table.NumRows())
	numbers, _ := monary.Column[int64](table, "n")
	prices, _ := monary.Column[float64](table, "x")
	names, _ := monary.Column[string](table, "s")
	block, width, _ := monary.Vectors[float64](table, "v")
	vectors := out.Field(3).(*array.FixedSizeListBuilder)
	for row := range table.NumRows() {
		if v, ok := numbers.At(row); ok {
			out.Field(0).(*array.Int64Builder).Append(v)
		} else {
			out.Field(0).AppendNull()
		}
		x, _ := prices.At(row)
		out.Field(1).(*array.Float64Builder).Append(x)
		if v, ok := names.At(row); ok {
			out.Field(2).(*array.LargeStringBuilder).Append(v)
		} else {
			out.Field(2).AppendNull()
		}
		vectors.Append(true)
		vectors.ValueBuilder().(*array.Float64Builder).AppendValues(block[row*width:(row+1)*width], nil)
	}
	return out.NewRecordBatch()
}

func BenchmarkParquet(b *testing.B) {
	table := sharedTable(b, 100_000)
	var out bytes.Buffer
	require.NoError(b, arrowcol.WriteParquet(&out, table))
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(out.Len()))
		for b.Loop() {
			var again bytes.Buffer
			if err := arrowcol.WriteParquet(&again, table); err != nil || again.Len() != out.Len() {
				b.Fatal(err, again.Len())
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(out.Len()))
		for b.Loop() {
			r, err := arrowcol.ReadParquet(ctx, bytes.NewReader(out.Bytes()), monary.Schema{})
			if err != nil {
				b.Fatal(err)
			}
			if t, err := r.Table(); err != nil || t.NumRows() != table.NumRows() {
				b.Fatal(err)
			}
		}
	})
}

// The rival of the benchmark makes the same record.
func TestBuildersAgree(t *testing.T) {
	table := sharedTable(t, 1000)
	rec, err := arrowcol.ToRecord(table)
	require.NoError(t, err)
	assert.True(t, array.RecordEqual(built(table), rec))
}

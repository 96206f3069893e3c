package arrowcol_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/monary/arrowcol"
)

// A table of all types, cut anywhere, is the same after Arrow.
func TestRecordRoundTrip(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var opts []monary.ReadOption
		if seed%2 == 1 {
			opts = append(opts, monary.Dictionaries())
		}
		for _, table := range cuts(randomTable(t, rng, 60+int(seed), opts...)) {
			rec, err := arrowcol.ToRecord(table, arrowcol.Tagged())
			require.NoError(t, err)
			assert.EqualValues(t, table.NumRows(), rec.NumRows())
			assert.True(t, rec.Schema().Equal(arrowcol.ArrowSchema(table, arrowcol.Tagged())))
			back, err := arrowcol.FromRecord(rec)
			require.NoError(t, err)
			same(t, table, back)
			rec.Release()
		}
	}
}

// Slices of a record are slices of the table, and other programs' copies of it
// (Arrow's IPC format) are the same table.
func TestRecordSlicesAndStreams(t *testing.T) {
	table := randomTable(t, rand.New(rand.NewPCG(7, 7)), 70)
	rec, err := arrowcol.ToRecord(table, arrowcol.Tagged())
	require.NoError(t, err)
	for _, c := range [][2]int{{0, 70}, {0, 8}, {8, 70}, {3, 3}, {5, 61}, {69, 70}} {
		part := rec.NewSlice(int64(c[0]), int64(c[1]))
		back, err := arrowcol.FromRecord(part)
		require.NoError(t, err)
		same(t, table.Slice(c[0], c[1]), back)

		var stream bytes.Buffer
		out := ipc.NewWriter(&stream, ipc.WithSchema(part.Schema()))
		require.NoError(t, out.Write(part))
		require.NoError(t, out.Close())
		in, err := ipc.NewReader(&stream)
		require.NoError(t, err)
		r, err := arrowcol.NewReader(ctx, in, monary.Schema{})
		same(t, table.Slice(c[0], c[1]), collect(t, r, err))
		in.Release()
		part.Release()
	}
}

func TestParquetRoundTrip(t *testing.T) {
	for seed := range uint64(3) {
		for i, table := range cuts(randomTable(t, rand.New(rand.NewPCG(seed, 3)), 100+int(seed))) {
			var out bytes.Buffer
			props := arrowcol.Properties(parquet.WithMaxRowGroupLength(int64(7+13*i)), parquet.WithDictionaryDefault(i%2 == 0))
			require.NoError(t, arrowcol.WriteParquet(&out, table, arrowcol.Tagged(), props))
			for _, rows := range []int{5, 1000} {
				r, err := arrowcol.ReadParquet(ctx, bytes.NewReader(out.Bytes()), monary.Schema{}, monary.BatchRows(rows))
				require.NoError(t, err)
				require.Equal(t, allSchema().String(), r.Schema().String(), "the file keeps the schema")
				same(t, table, collect(t, r, err))
			}
		}
	}
}

// What Arrow and the Parquet library allocate is given back, whether all is read
// or not.
func TestNothingLeaks(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	table := randomTable(t, rand.New(rand.NewPCG(9, 9)), 90)
	var out bytes.Buffer
	require.NoError(t, arrowcol.WriteParquet(&out, table, arrowcol.Tagged(), arrowcol.Properties(parquet.WithAllocator(mem), parquet.WithMaxRowGroupLength(40))))
	r, err := arrowcol.ReadParquetWith(ctx, bytes.NewReader(out.Bytes()), mem)
	same(t, table, collect(t, r, err))
	r, err = arrowcol.ReadParquetWith(ctx, bytes.NewReader(out.Bytes()), mem)
	require.NoError(t, err)
	for _, err := range r.Batches() {
		require.NoError(t, err)
		break
	}
	require.NoError(t, r.Close())

	rec, err := arrowcol.ToRecord(table, arrowcol.Tagged())
	require.NoError(t, err)
	var stream bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(rec.Schema()), ipc.WithAllocator(mem))
	require.NoError(t, w.Write(rec))
	require.NoError(t, w.Write(rec))
	require.NoError(t, w.Close())
	in, err := ipc.NewReader(&stream, ipc.WithAllocator(mem))
	require.NoError(t, err)
	r, err = arrowcol.NewReader(ctx, in, monary.Schema{})
	require.NoError(t, err)
	in.Release()
	for got, err := range r.Batches() {
		require.NoError(t, err)
		same(t, table, got)
		break
	}
	require.NoError(t, r.Close())
}

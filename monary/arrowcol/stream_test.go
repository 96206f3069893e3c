package arrowcol_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/monary/arrowcol"
)

func numbers(n int) []any {
	docs := make([]any, n)
	for i := range docs {
		docs[i] = bson.D{{Key: "n", Value: i}, {Key: "s", Value: fmt.Sprint(i)}}
	}
	return docs
}

// A stream of records is the reader's batches, and closes it.
func TestRecordReaderStreams(t *testing.T) {
	closed := 0
	open := func() *monary.Reader {
		r, err := monary.FromRaw(ctx, raws(t, numbers(25)), monary.MustSchema("n int64", "s string"), monary.BatchRows(10),
			monary.OnClose(func() error { closed++; return nil }))
		require.NoError(t, err)
		return r
	}
	records := arrowcol.NewRecordReader(open())
	assert.Equal(t, []string{"n", "s"}, []string{records.Schema().Field(0).Name, records.Schema().Field(1).Name})
	var sizes []int64
	for records.Next() {
		assert.True(t, records.RecordBatch().Schema().Equal(records.Schema()))
		sizes = append(sizes, records.RecordBatch().NumRows())
	}
	require.NoError(t, records.Err())
	assert.Equal(t, []int64{10, 10, 5}, sizes)
	assert.False(t, records.Next(), "the end stays the end")
	records.Release()
	assert.Equal(t, 1, closed)

	records = arrowcol.NewRecordReader(open())
	records.Retain()
	require.True(t, records.Next())
	first := records.RecordBatch()
	first.Retain()
	records.Release()
	assert.Equal(t, 1, closed, "another reference is left")
	require.True(t, records.Next())
	records.Release()
	assert.Equal(t, 2, closed, "a stream that is given up is closed")
	table, err := arrowcol.FromRecord(first)
	require.NoError(t, err)
	assert.Equal(t, "9", table.Series(0).Value(9).String(), "a retained record outlives the stream")

	arrowcol.NewRecordReader(open()).Release()
	assert.Equal(t, 3, closed, "a stream that is never read is closed")
}

func TestRecordReaderPassesErrorsOn(t *testing.T) {
	bad := func(yield func([]byte, error) bool) {
		for doc := range raws(t, numbers(3)) {
			if !yield(doc, nil) {
				return
			}
		}
		yield(nil, errors.New("the line is cut"))
	}
	r, err := monary.FromRaw(ctx, bad, monary.MustSchema("n int64"), monary.BatchRows(2))
	require.NoError(t, err)
	records := arrowcol.NewRecordReader(r)
	defer records.Release()
	rows := int64(0)
	for records.Next() {
		rows += records.RecordBatch().NumRows()
	}
	require.ErrorContains(t, records.Err(), "the line is cut")
	assert.EqualValues(t, 3, rows, "rows before it are delivered")

	var out bytes.Buffer
	r, err = monary.FromRaw(ctx, bad, monary.MustSchema("n int64"))
	require.NoError(t, err)
	require.ErrorContains(t, arrowcol.WriteParquet(&out, r), "the line is cut")
}

// A reader of records converts to the schema that it is given.
func TestReaderConverts(t *testing.T) {
	table := read(t, monary.MustSchema("n int64", "s string"), numbers(7))
	r, err := arrowcol.NewReader(ctx, arrowcol.NewRecordReader(table), monary.MustSchema("s string:1", "n float64"), monary.BatchRows(3))
	got := collect(t, r, err)
	assert.Equal(t, []string{"s", "n"}, got.ColumnNames())
	assert.Equal(t, "6", got.Series(0).Value(6).String())
	x, ok := got.Series(1).Value(6).Double()
	assert.True(t, ok)
	assert.Equal(t, 6.0, x)
	r, err = arrowcol.NewReader(ctx, arrowcol.NewRecordReader(table), monary.MustSchema("x int32"))
	require.NoError(t, err)
	_, err = r.Table()
	require.ErrorContains(t, err, `no column "x"`)
}

// Without Tagged, values that plain binaries do not tell apart are refused by row.
func TestPlainBinaries(t *testing.T) {
	schema := monary.MustSchema("b binary", "d bson")
	fine := []any{bson.D{{Key: "b", Value: []byte("x")}, {Key: "d", Value: bson.D{}}}, bson.D{}}
	table := read(t, schema, fine)
	rec, err := arrowcol.ToRecord(table)
	require.NoError(t, err)
	assert.Equal(t, "large_binary", rec.Column(0).DataType().String())
	back, err := arrowcol.FromRecord(rec)
	require.NoError(t, err)
	same(t, table, back)
	_, err = arrowcol.ToRecord(read(t, schema, append(fine[:2:2], bson.D{{Key: "b", Value: bson.Binary{Subtype: 5}}})))
	require.ErrorContains(t, err, `arrowcol: column "b": row 2: a binary of subtype 5`)
	_, err = arrowcol.ToRecord(read(t, schema, append(fine[:1:1], bson.D{{Key: "d", Value: bson.A{}}})))
	require.ErrorContains(t, err, `column "d": row 1: an array`)
	text, err := monary.NewTable(monary.ColumnOf("t", []string{"a", "\xff"}, nil))
	require.NoError(t, err)
	_, err = arrowcol.ToRecord(text)
	require.ErrorContains(t, err, `column "t": row 1: invalid UTF-8`)
}

func TestParquetStreams(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.parquet")
	out, err := os.Create(path)
	require.NoError(t, err)
	r, err := monary.FromRaw(ctx, raws(t, numbers(1000)), monary.MustSchema("n int64", "s string"), monary.BatchRows(64), monary.ReuseBuffers())
	require.NoError(t, err)
	require.NoError(t, arrowcol.WriteParquet(out, r, arrowcol.Properties(maxRows(300))))
	require.NoError(t, out.Close(), "the writer is left open")
	p, err := file.OpenParquetFile(path, false)
	require.NoError(t, err)
	assert.Equal(t, []int64{300, 300, 300, 100}, groups(p))
	require.NoError(t, p.Close())

	back, err := arrowcol.OpenParquet(ctx, path, monary.MustSchema("s string"), monary.BatchRows(128))
	require.NoError(t, err)
	rows, batches := 0, 0
	for table, err := range back.Batches() {
		require.NoError(t, err)
		assert.Equal(t, []string{"s"}, table.ColumnNames())
		assert.Equal(t, fmt.Sprint(rows), table.Series(0).Value(0).String())
		rows, batches = rows+table.NumRows(), batches+1
	}
	assert.Equal(t, 1000, rows)
	assert.GreaterOrEqual(t, batches, 8, "batch by batch")

	_, err = arrowcol.OpenParquet(ctx, path, monary.MustSchema("s string", "S int32"))
	require.ErrorContains(t, err, `0 columns "S"; its columns are ["n" "s"]`)
	_, err = arrowcol.OpenParquet(ctx, filepath.Join(t.TempDir(), "none"), monary.Schema{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

// Columns that nothing here can hold are no obstacle to reading others.
func TestParquetOfOthers(t *testing.T) {
	table := randomTable(t, rand.New(rand.NewPCG(2, 2)), 30)
	var out bytes.Buffer
	require.NoError(t, arrowcol.WriteParquet(&out, table, arrowcol.Tagged()))
	r, err := arrowcol.ReadParquet(ctx, bytes.NewReader(out.Bytes()), monary.MustSchema("k42 struct{a int32; b string}", "k4 int64"))
	got := collect(t, r, err)
	want, err := table.Select("k42", "k4")
	require.NoError(t, err)
	same(t, want, got)

	none, err := monary.NewTable()
	require.NoError(t, err)
	require.ErrorContains(t, arrowcol.WriteParquet(&out, none), "at least one column")
}

package monary_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
)

func tables(list []*monary.Table, err error) iter.Seq2[*monary.Table, error] {
	return func(yield func(*monary.Table, error) bool) {
		for _, t := range list {
			if !yield(t, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func newTable(t testing.TB, columns ...*monary.Series) *monary.Table {
	t.Helper()
	table, err := monary.NewTable(columns...)
	require.NoError(t, err)
	return table
}

func TestFromTables(t *testing.T) {
	list := []*monary.Table{
		newTable(t,
			monary.ColumnOf("s", []string{"abc", "x", ""}, nil),
			monary.ColumnOf("n", []int64{1, 1 << 40, 0}, []bool{true, true, false}),
			monary.ColumnOf("unused", []bool{true, true, true}, nil)),
		newTable(t,
			monary.ColumnOf("n", []float64{2, 2.5}, nil),
			monary.ColumnOf("s", []monary.Value{{}, monary.Int32Value(1)}, nil)),
		newTable(t, monary.ColumnOf("n", []int32{}, nil), monary.ColumnOf("s", []string{}, nil)),
	}
	for _, rows := range []int{1, 2, 3, 100} {
		r, err := monary.FromTables(t.Context(), tables(list, nil), monary.MustSchema("n int32", "s string:2"), monary.BatchRows(rows))
		require.NoError(t, err)
		var batches []*monary.Table
		for batch, err := range r.Batches() {
			require.NoError(t, err)
			require.NotZero(t, batch.NumRows(), "no empty batch")
			require.LessOrEqual(t, batch.NumRows(), rows)
			batches = append(batches, batch)
		}
		table := all(t, batches)
		checkTable(t, table)
		checkReport(t, r.Report(), 5)
		assert.Equal(t, []string{"1", "-", "-", "2", "-"}, cells(t, table, 0))
		assert.Equal(t, []string{`"ab"`, `"x"`, `""`, "-", "-"}, cells(t, table, 1))
		assert.Equal(t, map[monary.State]int64{monary.Present: 2, monary.Overflow: 1, monary.Null: 1, monary.Inexact: 1}, counted(r.Report(), 0))
		assert.Equal(t, map[monary.State]int64{monary.Present: 2, monary.Truncated: 1, monary.Missing: 1, monary.Mismatch: 1}, counted(r.Report(), 1))
	}
}

func TestFromTablesInOnePiece(t *testing.T) {
	list := []*monary.Table{newTable(t, monary.ColumnOf("n", []int64{1, 2}, nil)), newTable(t, monary.ColumnOf("n", []int64{3}, nil))}
	r, err := monary.FromTables(t.Context(), tables(list, errSource), monary.MustSchema("n int64"))
	require.NoError(t, err)
	table, err := r.Table()
	require.ErrorIs(t, err, errSource)
	assert.Equal(t, []string{"1", "2", "3"}, cells(t, table, 0), "the rows before the error")

	r, err = monary.FromTables(t.Context(), tables(nil, nil), monary.MustSchema("n int64"))
	require.NoError(t, err)
	table, err = r.Table()
	require.NoError(t, err)
	assert.Equal(t, []string{"n"}, table.ColumnNames(), "no table gives the columns")
}

func TestFromTablesWithoutAColumn(t *testing.T) {
	list := []*monary.Table{newTable(t, monary.ColumnOf("n", []int64{1, 2}, nil))}
	r, err := monary.FromTables(t.Context(), tables(list, nil), monary.MustSchema("n int64", "gone int64"))
	require.NoError(t, err)
	table, err := r.Table()
	require.ErrorContains(t, err, `no column "gone"`)
	assert.Zero(t, table.NumRows())
	checkReport(t, r.Report(), 0)
}

func TestFromTablesBreak(t *testing.T) {
	list := []*monary.Table{newTable(t, monary.ColumnOf("n", []int64{1, 2, 3, 4}, nil))}
	closed := 0
	r, err := monary.FromTables(t.Context(), tables(list, nil), monary.MustSchema("n int64"), monary.BatchRows(3), monary.OnClose(func() error { closed++; return nil }))
	require.NoError(t, err)
	for batch, err := range r.Batches() {
		require.NoError(t, err)
		assert.Equal(t, 3, batch.NumRows())
		break
	}
	assert.Equal(t, 1, closed)
}

func TestFromTablesStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	endless := func(yield func(*monary.Table, error) bool) {
		for i := range 1000 {
			if i == 3 {
				cancel()
			}
			if !yield(newTable(t, monary.ColumnOf("n", []int64{1}, nil)), nil) {
				return
			}
		}
	}
	r, err := monary.FromTables(ctx, endless, monary.MustSchema("n int64"))
	require.NoError(t, err)
	table, err := r.Table()
	require.ErrorIs(t, err, context.Canceled)
	assert.Less(t, table.NumRows(), 1000)
}

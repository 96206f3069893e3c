package table_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
)

func newTable(t testing.TB, columns ...*monary.Series) *monary.Table {
	t.Helper()
	out, err := monary.NewTable(columns...)
	require.NoError(t, err)
	return out
}

func column(t testing.TB, in *monary.Table, name string) *monary.Series {
	t.Helper()
	s, ok := in.Lookup(name)
	require.True(t, ok, "no column %q; there are %q", name, in.ColumnNames())
	return s
}

func stringsOf(t testing.TB, in *monary.Table, name string) []string {
	t.Helper()
	values, err := monary.Values[string](in, name)
	require.NoError(t, err)
	return values
}

// col is a column in which the zero value of a pointer is null.
func col[T monary.Element](name string, values ...*T) *monary.Series {
	plain, valid := make([]T, len(values)), make([]bool, len(values))
	for i, v := range values {
		if valid[i] = v != nil; valid[i] {
			plain[i] = *v
		}
	}
	return monary.ColumnOf(name, plain, valid)
}

func some[T any](v T) *T { return &v }

// text is all cells of a table, row by row, as they are printed.
func text(in *monary.Table) [][]string {
	rows := [][]string{}
	for row := range in.NumRows() {
		var cells []string
		for i := range in.NumColumns() {
			cells = append(cells, in.Series(i).Value(row).String())
		}
		rows = append(rows, cells)
	}
	return rows
}

// read is what a reader makes of documents.
func read(t testing.TB, docs []monary.Value, schema monary.Schema, opts ...monary.ReadOption) *monary.Table {
	t.Helper()
	raw := func(yield func([]byte, error) bool) {
		for _, doc := range docs {
			if !yield(doc.Raw().Value, nil) {
				return
			}
		}
	}
	r, err := monary.FromRaw(t.Context(), raw, schema, opts...)
	require.NoError(t, err)
	out, err := r.Table()
	require.NoError(t, err)
	return out
}

package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// marshal returns the documents one after the other, as a dump holds them.
func marshal(t testing.TB, docs []bson.D) []byte {
	t.Helper()
	var out []byte
	for _, d := range docs {
		raw, err := bson.Marshal(d)
		require.NoError(t, err)
		out = append(out, raw...)
	}
	return out
}

// openBytes writes a file into a new directory and opens it as a source.
func openBytes(t testing.TB, name string, content []byte) monary.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	src, err := pipeline.Open(path)
	require.NoError(t, err)
	return src
}

// openDocs makes a source of documents, through a dump file.
func openDocs(t testing.TB, docs ...bson.D) monary.Source {
	t.Helper()
	return openBytes(t, "docs.bson", marshal(t, docs))
}

// anySchema is a schema of "any" columns.
func anySchema(t testing.TB, names ...string) monary.Schema {
	t.Helper()
	types := make([]string, len(names))
	for i := range types {
		types[i] = "any"
	}
	schema, err := monary.NewSchema(names, types)
	require.NoError(t, err)
	return schema
}

// aggregate runs a pipeline on a source and returns the named fields.
func aggregate(t testing.TB, src monary.Source, pipe any, names ...string) (*monary.Table, error) {
	t.Helper()
	r, err := src.Aggregate(context.Background(), pipe, anySchema(t, names...))
	if err != nil {
		return nil, err
	}
	return r.Table()
}

// anyTable makes a table of "any" columns from top-level fields.
func anyTable(t testing.TB, docs []bson.D, names ...string) *monary.Table {
	t.Helper()
	columns := make([]*monary.Series, len(names))
	for i, name := range names {
		values := make([]monary.Value, len(docs))
		for row, d := range docs {
			values[row] = valueOf(t, lookup(d, name))
		}
		columns[i] = monary.ColumnOf(name, values, nil)
	}
	table, err := monary.NewTable(columns...)
	require.NoError(t, err)
	return table
}

// valueOf is a Go value as a cell; missing stays missing.
func valueOf(t testing.TB, v any) monary.Value {
	t.Helper()
	switch v {
	case missing:
		return monary.Value{}
	case nil:
		return monary.NullValue
	}
	typ, data, err := bson.MarshalValue(v)
	require.NoError(t, err)
	value, err := monary.ParseValue(bson.RawValue{Type: typ, Value: data})
	require.NoError(t, err)
	return value
}

// show is a cell with its type: "int32 1", "double -0", "null", "missing".
func show(v monary.Value) string {
	raw := v.Raw()
	switch raw.Type {
	case 0:
		return "missing"
	case bson.TypeInt32:
		return fmt.Sprint("int32 ", raw.Int32())
	case bson.TypeInt64:
		return fmt.Sprint("int64 ", raw.Int64())
	case bson.TypeDouble:
		return fmt.Sprint("double ", raw.Double())
	case bson.TypeDateTime:
		return fmt.Sprint("date ", raw.DateTime())
	}
	text, err := bson.MarshalExtJSON(bson.D{{Key: "v", Value: raw}}, false, false)
	if err != nil {
		return err.Error()
	}
	return string(text[len(`{"v":`) : len(text)-1])
}

// cells lists a table row by row, types included.
func cells(t *monary.Table) [][]string {
	rows := make([][]string, t.NumRows())
	for row := range rows {
		for i := range t.NumColumns() {
			rows[row] = append(rows[row], show(t.Series(i).Value(row)))
		}
	}
	return rows
}

// sameBytes reports whether two cells are equal in type and bytes.
func sameBytes(a, b monary.Value) bool {
	return a.Type() == b.Type() && bytes.Equal(a.Raw().Value, b.Raw().Value)
}

// column lists one column of a table, types included.
func column(t testing.TB, table *monary.Table, name string) []string {
	t.Helper()
	s, ok := table.Lookup(name)
	require.True(t, ok, "no column %q in %v", name, table.ColumnNames())
	out := make([]string, s.Len())
	for row := range out {
		out[row] = show(s.Value(row))
	}
	return out
}

// stage is a pipeline of one stage.
func stage(name string, body any) bson.A { return bson.A{bson.D{{Key: name, Value: body}}} }

// d makes a document of keys and values in turn.
func d(pairs ...any) bson.D {
	doc := bson.D{}
	for i := 0; i < len(pairs); i += 2 {
		doc = append(doc, bson.E{Key: pairs[i].(string), Value: pairs[i+1]})
	}
	return doc
}

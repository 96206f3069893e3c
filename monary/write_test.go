package monary_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// storing connects to a server that keeps what is written to db.c.
func storing(t testing.TB, docs [][]byte, prepare func(*replay.Server)) (*replay.Server, *monary.Collection) {
	t.Helper()
	server, m := serving(t, docs, func(s *replay.Server) {
		s.Store("db.c")
		if prepare != nil {
			prepare(s)
		}
	})
	return server, m.Collection("db", "c")
}

// inserts are the two ways of an insert.
var inserts = map[string][]monary.WriteOption{"packed": nil, "plain": {monary.PlainInsert()}}

func eachInsert(t *testing.T, f func(t *testing.T, opts []monary.WriteOption)) {
	t.Helper()
	for name, opts := range inserts {
		t.Run(name, func(t *testing.T) { f(t, opts) })
	}
}

// stored is the server's documents as extended JSON.
func stored(t testing.TB, s *replay.Server) []string {
	t.Helper()
	var texts []string
	for _, doc := range s.Documents("db.c") {
		text, err := bson.MarshalExtJSON(bson.Raw(doc), false, false)
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	return texts
}

// counted is a table of rows {_id: first, n: first%7} and so on.
func countedRows(t testing.TB, first, rows int) *monary.Table {
	t.Helper()
	ids, n := make([]int32, rows), make([]int64, rows)
	for i := range ids {
		ids[i], n[i] = int32(first+i), int64((first+i)%7)
	}
	return tableOf(t, monary.ColumnOf("_id", ids, nil), monary.ColumnOf("n", n, nil))
}

func TestInsert(t *testing.T) {
	eachInsert(t, func(t *testing.T, opts []monary.WriteOption) {
		server, coll := storing(t, nil, nil)
		table := tableOf(t, monary.ColumnOf("city.name", []string{"Bern", "", "Ulm"}, []bool{true, false, true}), monary.ColumnOf("_id", []int32{3, 1, 2}, nil))
		res, err := coll.Insert(t.Context(), table, opts...)
		require.NoError(t, err)
		assert.Equal(t, []string{`{"_id":3,"city":{"name":"Bern"}}`, `{"_id":1}`, `{"_id":2,"city":{"name":"Ulm"}}`}, stored(t, server))
		assert.EqualValues(t, 3, res.Rows)
		assert.EqualValues(t, 3, res.Inserted)
		assert.EqualValues(t, 3, res.Count(monary.Written))
		assert.Equal(t, []string{"3", "1", "2"}, valueTexts(res.IDs))
		for row := range int64(3) {
			assert.Equal(t, monary.Written, res.Outcome(row))
		}
		assert.Equal(t, monary.NotTried, res.Outcome(3), "there is no such row")
		assert.Equal(t, monary.NotTried, res.Outcome(-1))
	})
}

func valueTexts(s *monary.Series) []string {
	texts := make([]string, s.Len())
	for row := range texts {
		texts[row] = s.Value(row).String()
	}
	return texts
}

// TestInsertMakesIDs: what the result has is what the server got.
func TestInsertMakesIDs(t *testing.T) {
	for name, column := range map[string]*monary.Series{
		"none": nil, "some": monary.ColumnOf("_id", []int32{1, 2, 0, 0, 5}, []bool{true, true, false, false, true}),
		"document": monary.ColumnOf("_id.x", []int32{1, 2, 3, 4, 5}, []bool{true, true, false, true, false}),
		"any":      monary.ColumnOf("_id", []monary.Value{monary.NullValue, {}, monary.StringValue("x"), monary.Int32Value(1), {}}, nil),
	} {
		eachInsert(t, func(t *testing.T, opts []monary.WriteOption) {
			server, coll := storing(t, nil, nil)
			table := tableOf(t, monary.ColumnOf("n", []int32{0, 1, 2, 3, 4}, nil))
			if column != nil {
				var err error
				table, err = table.With(column)
				require.NoError(t, err)
			}
			res, err := coll.Insert(t.Context(), table, append(opts, monary.WriteBatch(2, 0))...)
			require.NoError(t, err, name)
			require.Equal(t, 5, res.IDs.Len())
			assert.Equal(t, "_id", res.IDs.Name())
			for row, doc := range server.Documents("db.c") {
				assert.True(t, bson.Raw(doc).Lookup("_id").Equal(res.IDs.Value(row).Raw()), name)
			}
		})
	}
}

func TestInsertOfReader(t *testing.T) {
	eachInsert(t, func(t *testing.T, opts []monary.WriteOption) {
		for _, reading := range [][]monary.ReadOption{{monary.BatchRows(7)}, {monary.BatchRows(64), monary.ReuseBuffers()}} {
			docs := numbered(t, 1000)
			server, coll := storing(t, nil, nil)
			r, err := monary.FromRaw(t.Context(), stream(docs, nil), numberedSchema, reading...)
			require.NoError(t, err)
			var told []int64
			res, err := coll.Insert(t.Context(), r, append(opts, monary.WriteBatch(300, 0), monary.WriteProgress(func(done, total int64) { told = append(told, done, total) }))...)
			require.NoError(t, err)
			assert.Equal(t, docs, server.Documents("db.c"))
			assert.Len(t, server.Requests("insert"), 4, "batches of a command are not those of the reader")
			assert.EqualValues(t, 1000, res.Inserted)
			assert.Equal(t, []int64{1000, 0}, told[len(told)-2:])
			for i, id := range valueTexts(res.IDs) {
				require.Equal(t, fmt.Sprint(i), id)
			}
		}
	})
}

// TestServerRoundTrip: read from a server, inserted into another collection and
// read again, a table of all types is the same.
func TestServerRoundTrip(t *testing.T) {
	docs := typesDocuments(700)
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		server, m := serving(t, docs, func(s *replay.Server) { s.Store("db.copy") })
		read := func(coll string, schema monary.Schema) *monary.Table {
			r, err := m.Collection("db", coll).Find(t.Context(), nil, schema)
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err)
			return table
		}
		table := writableTypes(t, read("c", allSchema()))
		copies := m.Collection("db", "copy")
		res, err := copies.Insert(t.Context(), table, append(way, monary.WriteBatch(100, 0))...)
		require.NoError(t, err)
		sameCells(t, table, read("copy", schemaOfTable(table)), true)

		ids, err := read("copy", monary.MustSchema("_id objectid")).Select("_id")
		require.NoError(t, err)
		assert.Equal(t, valueTexts(res.IDs), valueTexts(ids.Series(0)))
		del, err := copies.Delete(t.Context(), ids, []string{"_id"}, monary.WriteBatch(100, 0))
		require.NoError(t, err)
		assert.EqualValues(t, table.NumRows(), del.Deleted)
		assert.Empty(t, server.Documents("db.copy"))
	})
}

package monary_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/version"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// TestDriverTakesPackedDocuments fails when a release of the driver is used that
// packed.go does not know. When all other tests of this file pass with its
// version there, the fast way can be kept; the constant says for which release.
func TestDriverTakesPackedDocuments(t *testing.T) {
	assert.Equal(t, version.Driver, monary.PackedWith, "the release that the packed insert is known to work with")
	server, coll := storing(t, nil, nil)
	table := countedRows(t, 0, 5000)
	_, err := coll.Insert(t.Context(), table)
	require.NoError(t, err)
	_, err = coll.Insert(t.Context(), table, monary.PlainInsert())
	require.Error(t, err, "all are there")
	requests := server.Requests("insert")
	require.Len(t, requests, 2)
	assert.Equal(t, requests[1].Sequences["documents"], requests[0].Sequences["documents"])
	want, err := monary.Documents(table, false, true)
	require.NoError(t, err)
	assert.Equal(t, want, requests[0].Sequences["documents"])

	var seen []bson.RawValue // by those who watch the driver's commands
	watch := options.Client().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if e.CommandName == "insert" {
			seen, _ = e.Command.Lookup("documents").Array().Values()
		}
	}})
	m, err := monary.Connect(t.Context(), server.URI(), watch)
	require.NoError(t, err)
	defer func() { require.NoError(t, m.Close(context.Background())) }()
	_, err = m.Collection("db", "c").Insert(t.Context(), table)
	require.Error(t, err)
	require.Len(t, seen, 5000)
	assert.Equal(t, want[4999], []byte(seen[4999].Document()))
}

// outcomes is a letter for each row.
func outcomes(res *monary.WriteResult) string {
	var b strings.Builder
	count := map[monary.Outcome]int64{}
	for row := range res.Rows {
		o := res.Outcome(row)
		count[o]++
		b.WriteByte("-wf?"[o])
	}
	for o := range monary.Outcome(4) {
		if res.Count(o) != count[o] {
			return fmt.Sprintf("%s, but %d are counted to be %s", b.String(), res.Count(o), o)
		}
	}
	return b.String()
}

// failures are the rows that failed, with their codes.
func failures(res *monary.WriteResult) (rows []string) {
	for _, e := range res.Errors {
		rows = append(rows, fmt.Sprintf("%d:%d", e.Row, e.Code))
	}
	return rows
}

// TestRowsThatFail: rows 2, 3 and 7 of ten have the _id of others.
func TestRowsThatFail(t *testing.T) {
	table := tableOf(t, monary.ColumnOf("_id", []int32{0, 1, 0, 1, 4, 5, 6, 4, 8, 9}, nil))
	for _, c := range []struct {
		name, why string
		opts      []monary.WriteOption
		outcomes  string
		inserted  int64
		failed    []string
		requests  int
	}{
		{"Ordered", "the first ends it", nil, "wwf-------", 2, []string{"2:11000"}, 1},
		{"OrderedBatches", "those behind it are not sent", []monary.WriteOption{monary.WriteBatch(2, 0)}, "wwf-------", 2, []string{"2:11000"}, 2},
		{"Unordered", "all are told", []monary.WriteOption{monary.Unordered()}, "wwffwwwfww", 7, []string{"2:11000", "3:11000", "7:11000"}, 1},
		{"UnorderedBatches", "by their rows, not their places in a batch", []monary.WriteOption{monary.Unordered(), monary.WriteBatch(3, 0)}, "wwffwwwfww", 7,
			[]string{"2:11000", "3:11000", "7:11000"}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
				server, coll := storing(t, nil, nil)
				res, err := coll.Insert(t.Context(), table, append(way, c.opts...)...)
				require.ErrorContains(t, err, fmt.Sprintf("monary: insert: %d of 10 rows failed, the first: row 2: E11000", len(c.failed)))
				assert.True(t, mongo.IsDuplicateKeyError(err))
				var row monary.RowError
				require.ErrorAs(t, err, &row)
				assert.EqualValues(t, 2, row.Row)
				assert.Equal(t, c.outcomes, outcomes(res), c.why)
				assert.Equal(t, c.failed, failures(res))
				assert.Equal(t, c.inserted, res.Inserted)
				assert.Len(t, server.Documents("db.c"), int(c.inserted))
				assert.Len(t, server.Requests("insert"), c.requests)
				assert.Equal(t, 10, res.IDs.Len())
			})
		})
	}
}

// TestRowsThatAreNotSent: text that is not UTF-8 and a document of more than the
// server's bytes are refused by row, and hide no other row.
func TestRowsThatAreNotSent(t *testing.T) {
	texts := []string{"a", "b", "\xff", strings.Repeat("x", 1000), "c", "d"}
	table := tableOf(t, monary.ColumnOf("_id", []int32{0, 1, 2, 3, 1, 5}, nil), monary.ColumnOf("s", texts, nil))
	small := func(s *replay.Server) { s.Hello = bson.D{{Key: "maxBsonObjectSize", Value: int32(100)}} }
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		for _, rows := range []int{1, 2, 0} {
			server, coll := storing(t, nil, small)
			res, err := coll.Insert(t.Context(), table, append(way, monary.Unordered(), monary.WriteBatch(rows, 0))...)
			require.ErrorIs(t, err, monary.ErrUTF8, "the first")
			assert.Equal(t, "wwfffw", outcomes(res))
			assert.Equal(t, []string{"2:0", "3:0", "4:11000"}, failures(res))
			assert.Contains(t, res.Errors[0].Error(), `row 2: column "s": invalid UTF-8`)
			assert.Contains(t, res.Errors[1].Error(), "row 3: its document has 1022 bytes and its keys 0; the server takes 100")
			assert.Len(t, server.Documents("db.c"), 3)

			server, coll = storing(t, nil, small)
			res, err = coll.Insert(t.Context(), table, append(way, monary.WriteBatch(rows, 0))...)
			require.ErrorIs(t, err, monary.ErrUTF8)
			assert.Equal(t, "wwf---", outcomes(res), "an ordered write ends there, behind those before it")
			assert.Len(t, server.Documents("db.c"), 2)
		}
	})
}

// TestTooLarge: the server's limit is 16 MiB; a document of just that is sent.
func TestTooLarge(t *testing.T) {
	const limit, overhead = 16 << 20, 4 + 9 + 8 + 1 // {_id: int32, s: text}
	fits := strings.Repeat("x", limit-overhead)
	table := tableOf(t, monary.ColumnOf("_id", []int32{1, 2, 3}, nil), monary.ColumnOf("s", []string{"", fits + "x", fits}, nil))
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		server, coll := storing(t, nil, nil)
		res, err := coll.Insert(t.Context(), table, append(way, monary.Unordered())...)
		require.ErrorContains(t, err, fmt.Sprintf("its document has %d bytes and its keys 0; the server takes %d", limit+1, limit))
		assert.Equal(t, "wfw", outcomes(res))
		require.Len(t, server.Documents("db.c"), 2)
		assert.Len(t, server.Documents("db.c")[1], limit)
	})
}

func TestBatchesByBytesAndServersLimit(t *testing.T) {
	table := countedRows(t, 0, 100)
	size := len(marshal(t, bson.D{{Key: "_id", Value: int32(0)}, {Key: "n", Value: int64(0)}}))
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		for _, c := range []struct {
			rows, bytes, server, want int
		}{{0, 0, 100_000, 1}, {30, 0, 100_000, 4}, {0, 10 * size, 100_000, 10}, {0, 10*size - 1, 100_000, 12}, {0, 1, 100_000, 100}, {0, 0, 25, 4}} {
			server, coll := storing(t, nil, func(s *replay.Server) { s.Hello = bson.D{{Key: "maxWriteBatchSize", Value: int32(c.server)}} })
			res, err := coll.Insert(t.Context(), table, append(way, monary.WriteBatch(c.rows, c.bytes))...)
			require.NoError(t, err)
			assert.EqualValues(t, 100, res.Inserted)
			assert.Len(t, server.Requests("insert"), c.want, "%+v", c)
			assert.Len(t, server.Documents("db.c"), 100)
		}
	})
}

// TestSourceThatFails: the rows before the fault are written, in doubt of nothing.
func TestSourceThatFails(t *testing.T) {
	broken := errors.New("broken")
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		server, coll := storing(t, nil, nil)
		r, err := monary.FromRaw(t.Context(), stream(numbered(t, 25), broken), numberedSchema, monary.BatchRows(10))
		require.NoError(t, err)
		res, err := coll.Insert(t.Context(), r, way...)
		require.ErrorIs(t, err, broken)
		assert.Equal(t, strings.Repeat("w", 25), outcomes(res))
		assert.Len(t, server.Documents("db.c"), 25)
	})
}

// rowsOf is tables one after the other.
type rowsOf []*monary.Table

func (r rowsOf) Batches() iter.Seq2[*monary.Table, error] {
	return func(yield func(*monary.Table, error) bool) {
		for _, t := range r {
			if !yield(t, nil) {
				return
			}
		}
	}
}

// TestTablesThatDiffer: each is written by its own columns; one that cannot be
// ends the write.
func TestTablesThatDiffer(t *testing.T) {
	server, coll := storing(t, nil, nil)
	rows := rowsOf{countedRows(t, 0, 2), tableOf(t, monary.ColumnOf("_id", []string{"x"}, nil)), tableOf(t), tableOf(t, ints("a", 1), ints("a.b", 2)), countedRows(t, 2, 2)}
	res, err := coll.Insert(t.Context(), rows)
	require.ErrorContains(t, err, `monary: insert: column "a.b"`)
	assert.Equal(t, []string{`{"_id":0,"n":0}`, `{"_id":1,"n":1}`, `{"_id":"x"}`}, stored(t, server))
	assert.Equal(t, "www", outcomes(res))
	assert.Equal(t, []string{"0", "1", "x"}, valueTexts(res.IDs))
}

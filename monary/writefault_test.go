package monary_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
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

// onInsert has the n-th insert, from 0, meet a fault.
func onInsert(n int, f replay.Fault) func(*replay.Server) {
	return func(s *replay.Server) {
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			if r.Command == "insert" && r.N == n {
				return &f
			}
			return nil
		}
	}
}

// TestCommandsThatFail: ten rows, two a command, of which the third fails as a
// whole.
func TestCommandsThatFail(t *testing.T) {
	for _, c := range []struct {
		name, why          string
		fault              replay.Fault
		ordered, unordered string
		want               string
	}{
		{"Cut", "the server may have written them", replay.Fault{Cut: true}, "wwww??----", "wwww??wwww", "rows 4 to 5 are in doubt: "},
		{"CutInside", "in the middle of the answer", replay.Fault{Cut: true, CutFrom: func(n int) int { return n / 2 }}, "wwww??----", "wwww??wwww", "rows 4 to 5 are in doubt: "},
		{"SteppedDown", "while it wrote", replay.Fault{Reply: replay.CommandError(189, "PrimarySteppedDown", "stepping down")}, "wwww??----", "wwww??wwww", "stepping down"},
		{"Unauthorized", "nothing was written, nor would be of what follows", replay.Fault{Reply: replay.CommandError(13, "Unauthorized", "not allowed")},
			"wwww------", "wwww------", "not allowed"},
		{"NoWrites", "the server says so", replay.Fault{Reply: replay.CommandError(11602, "Interrupted", "stopped", "NoWritesPerformed")}, "wwww------", "wwww------", "stopped"},
		{"Nonsense", "no answer of a server", replay.Fault{Edit: func(msg []byte) []byte { msg[24] = 0xff; return msg }}, "wwww??----", "wwww??wwww", "in doubt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // the driver waits before it looks for the server again
			eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
				for name, want := range map[string]string{"ordered": c.ordered, "unordered": c.unordered} {
					_, coll := storing(t, nil, onInsert(2, c.fault))
					opts := append(way, monary.WriteBatch(2, 0))
					if name == "unordered" {
						opts = append(opts, monary.Unordered())
					}
					res, err := coll.Insert(t.Context(), countedRows(t, 0, 10), opts...)
					require.ErrorContains(t, err, c.want, "%s: %s", name, c.why)
					assert.Equal(t, want, outcomes(res), "%s: %s", name, c.why)
					assert.EqualValues(t, strings.Count(want, "w"), res.Inserted)
					assert.Empty(t, res.Errors)
				}
			})
		})
	}
}

// TestRowsThatTheServerCannotRead make it refuse a command as a whole. They are
// found, and hide no others.
func TestRowsThatTheServerCannotRead(t *testing.T) {
	unreadable := func(ids ...int32) func(*replay.Server) {
		return func(s *replay.Server) {
			s.OnRequest = func(r *replay.Request) *replay.Fault {
				for _, doc := range r.Sequences["documents"] {
					if id, _ := bson.Raw(doc).Lookup("_id").Int32OK(); slices.Contains(ids, id) || len(ids) == 0 {
						return &replay.Fault{Reply: replay.CommandError(22, "InvalidBSON", "cannot be read")}
					}
				}
				return nil
			}
		}
	}
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		for _, rows := range []int{1, 4, 0} {
			server, coll := storing(t, nil, unreadable(3, 4, 9))
			res, err := coll.Insert(t.Context(), countedRows(t, 0, 11), append(way, monary.WriteBatch(rows, 0), monary.Unordered())...)
			require.ErrorContains(t, err, "3 of 11 rows failed, the first: row 3: cannot be read (code 22)")
			assert.Equal(t, "wwwffwwwwfw", outcomes(res))
			assert.Len(t, server.Documents("db.c"), 8)

			server, coll = storing(t, nil, unreadable(3, 4, 9))
			res, err = coll.Insert(t.Context(), countedRows(t, 0, 11), append(way, monary.WriteBatch(rows, 0))...)
			require.ErrorContains(t, err, "1 of 11 rows failed, the first: row 3: cannot be read (code 22)")
			assert.Equal(t, "wwwf-------", outcomes(res))
			assert.Len(t, server.Documents("db.c"), 3)
		}
		server, coll := storing(t, nil, unreadable())
		res, err := coll.Insert(t.Context(), countedRows(t, 0, 1000), append(way, monary.Unordered())...)
		require.ErrorContains(t, err, "100 of 1000 rows failed")
		assert.Equal(t, strings.Repeat("f", 100)+strings.Repeat("-", 900), outcomes(res), "it is not the rows")
		assert.Less(t, len(server.Requests("insert")), 250)
	})
}

// TestRetryableWrites: a replica set's member writes once what comes twice.
func TestRetryableWrites(t *testing.T) {
	cut := onInsert(1, replay.Fault{Cut: true}) // when it is written
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		server, coll := storing(t, nil, func(s *replay.Server) {
			s.Hello = bson.D{{Key: "setName", Value: "rs"}, {Key: "hosts", Value: bson.A{"a:1"}}}
			cut(s)
		})
		res, err := coll.Insert(t.Context(), countedRows(t, 0, 10), append(way, monary.WriteBatch(4, 0))...)
		require.NoError(t, err)
		assert.Equal(t, "wwwwwwwwww", outcomes(res))
		requests := server.Requests("insert")
		require.Len(t, requests, 4)
		assert.Equal(t, requests[1].Body.Lookup("txnNumber"), requests[2].Body.Lookup("txnNumber"))
		assert.Equal(t, requests[1].Sequences, requests[2].Sequences)
		assert.Len(t, server.Documents("db.c"), 10, "none is there twice, none was refused for being there")
	})
}

func TestWriteConcern(t *testing.T) {
	concern := bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: int32(64)}, {Key: "codeName", Value: "WriteConcernFailed"}, {Key: "errmsg", Value: "waiting for replication timed out"}}}
	both := append(bson.D{{Key: "n", Value: int32(1)}, {Key: "ok", Value: 1.0}, {Key: "writeErrors", Value: bson.A{
		bson.D{{Key: "index", Value: int32(1)}, {Key: "code", Value: int32(121)}, {Key: "errmsg", Value: "Document failed validation"},
			{Key: "errInfo", Value: bson.D{{Key: "rule", Value: "x"}}}}}}}, concern)
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		server, m := serving(t, nil, onInsert(1, replay.Fault{Reply: bson.D{{Key: "n", Value: int32(2)}, {Key: "ok", Value: 1.0}, concern}}))
		coll := m.Collection("db", "c", options.Collection().SetWriteConcern(&writeconcern.WriteConcern{W: 3}))
		res, err := coll.Insert(t.Context(), countedRows(t, 0, 6), append(way, monary.WriteBatch(2, 0))...)
		require.ErrorContains(t, err, "the write concern was not met: (WriteConcernFailed) waiting for replication timed out")
		assert.Equal(t, "wwwwww", outcomes(res), "the rows are written, and so are those behind them")
		require.NotNil(t, res.ConcernError)
		assert.Equal(t, 64, res.ConcernError.Code)
		for _, r := range server.Requests("insert") {
			assert.EqualValues(t, 3, r.Body.Lookup("writeConcern", "w").AsInt64())
		}

		_, m = serving(t, nil, onInsert(1, replay.Fault{Reply: both}))
		res, err = m.Collection("db", "c").Insert(t.Context(), countedRows(t, 0, 6), append(way, monary.WriteBatch(2, 0))...)
		require.ErrorContains(t, err, "row 3: Document failed validation (code 121)")
		require.ErrorContains(t, err, "the write concern was not met")
		assert.Equal(t, "wwwf--", outcomes(res))
		assert.Equal(t, "x", res.Errors[0].Details.Lookup("rule").StringValue(), "what the server adds")
	})
}

// TestUnacknowledged: no answer is asked for, so nothing is known.
func TestUnacknowledged(t *testing.T) {
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		server, m := serving(t, nil, func(s *replay.Server) { s.Store("db.c") })
		coll := m.Collection("db", "c", options.Collection().SetWriteConcern(writeconcern.Unacknowledged()))
		res, err := coll.Insert(t.Context(), countedRows(t, 0, 6), append(way, monary.WriteBatch(2, 0))...)
		require.NoError(t, err)
		assert.Equal(t, "??????", outcomes(res))
		assert.Zero(t, res.Inserted)
		settles(t, "they come nevertheless", func() bool { return len(server.Documents("db.c")) == 6 })
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

// TestCancelledWrite returns as soon as its context ends, while the server works.
func TestCancelledWrite(t *testing.T) {
	eachInsert(t, func(t *testing.T, way []monary.WriteOption) {
		hold, asked := make(chan struct{}), make(chan struct{})
		defer close(hold)
		_, coll := storing(t, nil, func(s *replay.Server) {
			s.OnRequest = func(r *replay.Request) *replay.Fault {
				if r.Command != "insert" || r.N != 1 {
					return nil
				}
				close(asked)
				return &replay.Fault{Hold: hold}
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-asked
			cancel()
		}()
		start := time.Now()
		res, err := coll.Insert(ctx, countedRows(t, 0, 10), append(way, monary.WriteBatch(2, 0), monary.Unordered())...)
		require.ErrorIs(t, err, context.Canceled)
		assert.Less(t, time.Since(start), 5*time.Second)
		assert.Equal(t, "ww??------", outcomes(res))

		res, err = coll.Insert(ctx, countedRows(t, 0, 10), way...)
		require.ErrorIs(t, err, context.Canceled, "before it began")
		assert.Zero(t, res.Rows)
	})
}

// TestNoServer: nothing was sent, so nothing is in doubt.
func TestNoServer(t *testing.T) {
	client, err := mongo.Connect(options.Client().ApplyURI(nobody))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(context.Background())) }()
	res, err := monary.NewClient(client).Collection("db", "c").Insert(t.Context(), countedRows(t, 0, 10))
	require.ErrorContains(t, err, "server selection")
	assert.Zero(t, res.Rows)
	assert.Zero(t, res.Count(monary.InDoubt))
}

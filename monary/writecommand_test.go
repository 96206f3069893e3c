package monary_test

import (
	"context"
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

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

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

// TestUpdatesThatTheServerCannotRead are sent by halves, each row with its keys.
func TestUpdatesThatTheServerCannotRead(t *testing.T) {
	server, coll := storing(t, people(t, 6), func(s *replay.Server) {
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			for _, op := range r.Sequences["updates"] {
				if bson.Raw(op).Lookup("u", "$set", "x").AsInt64() == 2 {
					return &replay.Fault{Reply: replay.CommandError(9, "FailedToParse", "what is that")}
				}
			}
			return nil
		}
	})
	n := []int32{5, 4, 3, 1, 0}
	table := tableOf(t, monary.ColumnOf("n", n, nil), monary.ColumnOf("x", []int32{0, 1, 2, 3, 4}, nil))
	res, err := coll.Update(t.Context(), table, []string{"n"}, monary.Unordered())
	require.ErrorContains(t, err, "1 of 5 rows failed, the first: row 2: what is that (code 9)")
	assert.Equal(t, "wwfww", outcomes(res))
	assert.EqualValues(t, 4, res.Matched)
	for row, n := range n {
		x, set := bson.Raw(server.Documents("db.c")[n]).Lookup("x").AsInt64OK()
		assert.Equal(t, row != 2, set)
		assert.True(t, !set || x == int64(row), "row %d", row)
	}
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

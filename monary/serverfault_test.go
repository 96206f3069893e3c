package monary_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// onMore has the n-th getMore, from 0, meet a fault.
func onMore(n int, f replay.Fault) func(*replay.Server) {
	return func(s *replay.Server) {
		s.MaxBatch = 10
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			if r.Command == "getMore" && r.N == n {
				return &f
			}
			return nil
		}
	}
}

// patch changes 4 bytes of a reply, those behind a text in it.
func patch(behind string, value uint32) func([]byte) []byte {
	return func(msg []byte) []byte {
		for i := range msg {
			if i+len(behind) <= len(msg) && string(msg[i:i+len(behind)]) == behind {
				binary.LittleEndian.PutUint32(msg[i+len(behind):], value)
				return msg
			}
		}
		panic("no " + behind)
	}
}

// TestFaultsOfUnorderedReads: what came before the fault is delivered, and the
// error says how much that is and what came last.
func TestFaultsOfUnorderedReads(t *testing.T) {
	half := func(size int) int { return size / 2 }
	for _, c := range []struct {
		name, why string
		fault     replay.Fault
		want      string
	}{
		{name: "Cut", why: "before the reply", fault: replay.Fault{Cut: true}, want: "broke off behind _id 19"},
		{name: "CutInside", why: "in the middle of the reply", fault: replay.Fault{Cut: true, CutFrom: half}, want: "broke off behind _id 19"},
		{name: "CutInLength", why: "in the first four bytes", fault: replay.Fault{Cut: true, CutFrom: func(int) int { return 2 }}, want: "broke off behind _id 19"},
		{name: "CursorNotFound", why: "the server's timeout", fault: replay.Fault{Reply: replay.CommandError(43, "CursorNotFound", "cursor id 1 not found")},
			want: "cursor id 1 not found"},
		{name: "SteppedDown", fault: replay.Fault{Reply: replay.CommandError(189, "PrimarySteppedDown", "stepping down")}, want: "stepping down"},
		{name: "Refused", why: "no fault of the way", fault: replay.Fault{Reply: replay.CommandError(13, "Unauthorized", "not allowed")}, want: "not allowed"},
		{name: "WrongCursor", why: "the reply of another cursor", fault: replay.Fault{Edit: patch("\x12id\x00", 77)}, want: "the server answers for cursor 77"},
		{name: "NoBatch", fault: replay.Fault{Reply: bson.D{{Key: "ok", Value: 1.0}}}, want: "cursor.id"},
		{name: "HugeMessage", why: "a length that would not fit in memory", fault: replay.Fault{Edit: func(msg []byte) []byte {
			binary.LittleEndian.PutUint32(msg, 1<<31-1)
			return msg
		}}, want: "broke off behind _id 19"},
		{name: "NegativeMessage", fault: replay.Fault{Edit: func(msg []byte) []byte {
			binary.LittleEndian.PutUint32(msg, 1<<31)
			return msg
		}}, want: "broke off behind _id 19"},
		{name: "HugeDocument", why: "of the first of the batch", fault: replay.Fault{Edit: patch("\x030\x00", 1<<30)}, want: "bad length"},
		{name: "NegativeDocument", fault: replay.Fault{Edit: patch("\x030\x00", 0xffffffff)}, want: "bad length"},
		{name: "HugeArray", fault: replay.Fault{Edit: patch("nextBatch\x00", 1<<30)}, want: "broke off behind _id 19"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, opts := range cursors {
				if name == "plain" || name == "plainNow" {
					if c.name == "WrongCursor" {
						continue // the driver's own cursor goes on with the new id and ends with CursorNotFound
					}
					if c.name == "HugeDocument" || c.name == "NegativeDocument" {
						c.want = "broke off behind _id 19" // in the driver's words
					}
				}
				server, m := serving(t, numbered(t, 100), onMore(1, c.fault))
				r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, opts...)
				require.NoError(t, err)
				table, err := r.Table()
				require.ErrorContains(t, err, c.want, "%s: %s", name, c.why)
				var e *monary.CursorError
				require.ErrorAs(t, err, &e, name)
				assert.Equal(t, int32(19), e.LastID.Int32(), name)
				var at *monary.DecodeError
				require.ErrorAs(t, err, &at)
				assert.EqualValues(t, 20, at.Doc, "the documents delivered")
				assert.Equal(t, 20, table.NumRows())
				assert.Len(t, server.Requests("find"), 1, "not run again: the order is not known")
				noGoroutines(t)
			}
		})
	}
}

// TestFaultsAreTheDriversErrors: a cursor's fault is what the driver's users test for.
func TestFaultsAreTheDriversErrors(t *testing.T) {
	eachCursor(t, func(t *testing.T, opts []monary.ReadOption) {
		_, m := serving(t, numbered(t, 100), onMore(0, replay.Fault{Reply: replay.CommandError(43, "CursorNotFound", "gone")}))
		r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, opts...)
		require.NoError(t, err)
		_, err = r.Table()
		var command mongo.CommandError
		require.ErrorAs(t, err, &command)
		assert.EqualValues(t, 43, command.Code)
		_, m = serving(t, numbered(t, 100), onMore(0, replay.Fault{Cut: true}))
		r, err = m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, opts...)
		require.NoError(t, err)
		_, err = r.Table()
		assert.True(t, mongo.IsNetworkError(err))
	})
}

// sorted are the finds of a read by _id, without the questions about the server.
func sorted(s *replay.Server) []*replay.Request {
	return slices.DeleteFunc(s.Requests("find"), func(r *replay.Request) bool { return r.Body.Lookup("sort").IsZero() })
}

var byID = monary.FindOptions(options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))

// TestReadsByIDGoOn: a connection that is cut at random places, 200 times, loses
// no document and gives none twice. The driver waits half a second before it
// connects again, so there are many reads side by side.
func TestReadsByIDGoOn(t *testing.T) {
	const reads, cuts = 50, 4
	docs := numbered(t, 1000)
	var all atomic.Int64
	var group sync.WaitGroup
	for read := range reads {
		rng := rand.New(rand.NewPCG(8, uint64(read)))
		at := make([]float64, cuts) // of the reply, from 0 to 1
		when := map[int]int{}       // the getMore that is cut
		for i := range at {
			at[i] = rng.Float64()
			when[2+5*i+rng.IntN(5)] = i
		}
		server, m := serving(t, docs, func(s *replay.Server) {
			s.MaxBatch = 10 + rng.IntN(20)
			s.Select = replay.Matching
			s.OnRequest = func(r *replay.Request) *replay.Fault {
				i, cut := when[r.N]
				if r.Command != "getMore" || !cut {
					return nil
				}
				all.Add(1)
				return &replay.Fault{Cut: true, CutFrom: func(size int) int { return int(at[i] * float64(size)) }}
			}
		})
		opts := []monary.ReadOption{byID, monary.Workers(1 + read%2)}
		if read%3 == 2 {
			opts = append(opts, monary.PlainCursor())
		}
		group.Go(func() {
			table, err := m.Query(t.Context(), "db", "c", bson.D{}, []string{"text", "_id"}, []string{"string", "int32"}, opts...)
			if !assert.NoError(t, err) {
				return
			}
			ids, err := monary.Values[int32](table, "_id")
			assert.NoError(t, err)
			want := make([]int32, len(docs))
			for i := range want {
				want[i] = int32(i)
			}
			assert.Equal(t, want, ids)
			assert.Len(t, sorted(server), 1+cuts)
		})
	}
	group.Wait()
	assert.EqualValues(t, reads*cuts, all.Load())
}

// TestGoingOn: what is asked for behind the last _id.
func TestGoingOn(t *testing.T) {
	for _, c := range []struct {
		name, why string
		opts      []monary.ReadOption
		schema    string
		rows      int
		check     func(t *testing.T, first, second bson.Raw)
	}{
		{name: "Plain", schema: "_id int32", rows: 100, opts: []monary.ReadOption{byID}, check: func(t *testing.T, first, second bson.Raw) {
			assert.Equal(t, first.Lookup("sort").String(), second.Lookup("sort").String())
			assert.EqualValues(t, 19, second.Lookup("filter", "$or", "0", "_id", "$gt").AsInt64())
		}},
		{name: "WithoutID", why: "the _id comes for this, though the schema has none", schema: "text string", rows: 100, opts: []monary.ReadOption{byID},
			check: func(t *testing.T, first, _ bson.Raw) {
				assert.Equal(t, `{"text": {"$numberInt":"1"}}`, first.Lookup("projection").String())
			}},
		{name: "Limit", why: "what came counts", schema: "_id int32", rows: 50,
			opts: []monary.ReadOption{monary.FindOptions(options.Find().SetSort(bson.M{"_id": 1}).SetLimit(50))},
			check: func(t *testing.T, _, second bson.Raw) {
				assert.EqualValues(t, 30, second.Lookup("limit").AsInt64())
			}},
		{name: "Skip", why: "is done", schema: "_id int32", rows: 70, opts: []monary.ReadOption{byID, monary.FindOptions(options.Find().SetSkip(30))},
			check: func(t *testing.T, first, second bson.Raw) {
				assert.EqualValues(t, 30, first.Lookup("skip").AsInt64())
				assert.True(t, second.Lookup("skip").IsZero())
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, m := serving(t, numbered(t, 100), onMore(1, replay.Fault{Cut: true}))
			server.Select = replay.Matching
			r, err := m.Collection("db", "c").Find(t.Context(), nil, monary.MustSchema(c.schema), c.opts...)
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err, c.why)
			assert.Equal(t, c.rows, table.NumRows())
			finds := sorted(server)
			require.Len(t, finds, 2)
			c.check(t, finds[0].Body, finds[1].Body)
		})
	}
}

// TestNotGoingOn: where another cursor could lose documents or give them twice,
// or would meet the same, the read ends.
func TestNotGoingOn(t *testing.T) {
	sort := func(d any) *options.FindOptionsBuilder { return options.Find().SetSort(d) }
	for _, c := range []struct {
		name, why string
		find      *options.FindOptionsBuilder
		reply     bson.D
	}{
		{name: "Other sort", find: sort(bson.D{{Key: "text", Value: 1}, {Key: "_id", Value: 1}})},
		{name: "Collation", why: "different _ids may be equal", find: sort(bson.M{"_id": 1}).SetCollation(&options.Collation{Locale: "en", Strength: 1})},
		{name: "Tailable", find: sort(bson.M{"_id": 1}).SetCursorType(options.Tailable)},
		{name: "Refused", why: "would be again", find: sort(bson.M{"_id": 1}), reply: replay.CommandError(13, "Unauthorized", "not allowed")},
		{name: "No _id", why: "the caller's projection", find: sort(bson.M{"_id": 1}).SetProjection(bson.M{"_id": 0})},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs := numbered(t, 100)
			if c.name == "No _id" {
				for i := range docs {
					docs[i] = marshal(t, bson.M{"text": "x"})
				}
			}
			server, m := serving(t, docs, onMore(1, replay.Fault{Cut: c.reply == nil, Reply: c.reply}))
			r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, monary.FindOptions(c.find))
			require.NoError(t, err)
			table, err := r.Table()
			var e *monary.CursorError
			require.ErrorAs(t, err, &e, c.why)
			assert.Equal(t, 20, table.NumRows())
			assert.Len(t, server.Requests("find"), 1)
		})
	}
}

// TestGivesUp: a server that is never well again is not asked for ever.
func TestGivesUp(t *testing.T) {
	server, m := serving(t, numbered(t, 100), func(s *replay.Server) {
		s.MaxBatch = 10
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			if r.Command == "find" && r.N == 0 {
				return nil
			}
			return &replay.Fault{Cut: true}
		}
	})
	r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, byID)
	require.NoError(t, err)
	table, err := r.Table()
	var e *monary.CursorError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, 10, table.NumRows())
	assert.LessOrEqual(t, len(server.Requests("find")), 20)
}

// TestCancelWhileServerIsSlow: a read that waits for the server ends at once when its context
// does, and the server is told.
func TestCancelWhileServerIsSlow(t *testing.T) {
	eachCursor(t, func(t *testing.T, opts []monary.ReadOption) {
		held, release := make(chan struct{}), make(chan struct{})
		defer close(release)
		server, m := serving(t, numbered(t, 100), func(s *replay.Server) {
			s.MaxBatch = 10
			s.OnRequest = func(r *replay.Request) *replay.Fault {
				if r.Command == "getMore" && r.N == 2 {
					close(held)
					return &replay.Fault{Hold: release}
				}
				return nil
			}
		})
		reason := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			<-held
			cancel(reason)
		}()
		r, err := m.Collection("db", "c").Find(ctx, nil, numberedSchema, opts...)
		require.NoError(t, err)
		table, err := r.Table()
		require.ErrorIs(t, err, reason)
		assert.LessOrEqual(t, table.NumRows(), 30)
		settles(t, "the cursor is killed", func() bool { return server.OpenCursors() == 0 })
		noGoroutines(t)
	})
}

// TestBreakKillsTheCursor: a loop that is left early ends the read at the
// server, even one that does not answer just then.
func TestBreakKillsTheCursor(t *testing.T) {
	eachCursor(t, func(t *testing.T, opts []monary.ReadOption) {
		release := make(chan struct{})
		defer close(release)
		server, m := serving(t, numbered(t, 100), onMore(1, replay.Fault{Hold: release}))
		r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, append(opts, monary.BatchRows(10))...)
		require.NoError(t, err)
		for _, err := range r.Batches() {
			require.NoError(t, err)
			break
		}
		settles(t, "the cursor is killed", func() bool { return server.OpenCursors() == 0 })
		noGoroutines(t)
	})
}

func TestCloseUnread(t *testing.T) {
	server, m := serving(t, numbered(t, 100), func(s *replay.Server) { s.MaxBatch = 10 })
	r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema)
	require.NoError(t, err)
	assert.Equal(t, 1, server.OpenCursors())
	require.NoError(t, r.Close())
	settles(t, "the cursor is killed", func() bool { return server.OpenCursors() == 0 })
	_, err = r.Table()
	require.ErrorIs(t, err, monary.ErrReaderUsed)
}

// TestKillIsNotWaitedFor: a server that says nothing does not hold up Close.
func TestKillIsNotWaitedFor(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	_, m := serving(t, numbered(t, 100), func(s *replay.Server) {
		s.MaxBatch = 10
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			if r.Command == "killCursors" {
				return &replay.Fault{Hold: release}
			}
			return nil
		}
	})
	r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema)
	require.NoError(t, err)
	start := time.Now()
	require.NoError(t, r.Close())
	assert.Less(t, time.Since(start), 1500*time.Millisecond, "50 ms are waited; the driver alone would wait for ever")
}

// TestNoSecretsInErrors: a password in a connection string stays there.
func TestNoSecretsInErrors(t *testing.T) {
	const secret = "hunter2secret"
	for _, uri := range []string{
		"mongodb://user:" + secret + "@127.0.0.1:1/?serverSelectionTimeoutMS=50&connectTimeoutMS=50",
		"mongodb://user:" + secret + "@127.0.0.1:1/?authMechanism=NONE",
		"mongodb://user:" + secret + "%ss@127.0.0.1:1/",
		"mongodb://user:" + secret + "@host:port",
		"mongodb://user:" + secret + "@@host/",
		"mongodb://us:er:" + secret + "@host/",
		"http://user:" + secret + "@host/",
	} {
		_, err := monary.Connect(t.Context(), uri)
		require.Error(t, err)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), secret)
	}
}

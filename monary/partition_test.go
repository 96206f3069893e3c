package monary_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// kindsOfIDs are generators of _ids, different for different i.
var kindsOfIDs = map[string]func(i int) any{
	"int":       func(i int) any { return int32(i) },
	"long":      func(i int) any { return int64(i) << 33 },
	"negative":  func(i int) any { return -int64(i) - 1 },
	"fraction":  func(i int) any { return float64(i) + 0.5 },
	"decimal":   func(i int) any { return bson.NewDecimal128(0x303e000000000000, uint64(4*i+1)) }, // tenths of an odd number
	"string":    func(i int) any { return fmt.Sprint("id", i) },
	"document":  func(i int) any { return bson.D{{Key: "shop", Value: int32(i % 3)}, {Key: "n", Value: int32(i)}} },
	"binary":    func(i int) any { return bson.Binary{Subtype: 4, Data: []byte(fmt.Sprintf("%016d", i))} },
	"objectid":  func(i int) any { return bson.ObjectID{3: byte(i >> 8), 4: byte(i), 11: byte(i)} },
	"date":      func(i int) any { return bson.DateTime(i * 1000) },
	"timestamp": func(i int) any { return bson.Timestamp{T: uint32(i), I: 1} },
}

// oneEach are the _ids that there can be one of.
var oneEach = []any{
	bson.MinKey{}, bson.MaxKey{}, bson.Null{}, true, false, math.NaN(), math.Inf(1), math.Inf(-1), "", bson.D{}, bson.Binary{},
	bson.Regex{Pattern: "a"}, bson.JavaScript("f"), bson.Symbol("s"), bson.Undefined{},
	bson.CodeWithScope{Code: "g", Scope: bson.D{}}, bson.DBPointer{DB: "d"},
}

// withIDs is documents {_id, n} of the _ids, and of one without any.
func withIDs(t testing.TB, ids []any) [][]byte {
	t.Helper()
	docs := make([][]byte, len(ids), len(ids)+1)
	for i, id := range ids {
		docs[i] = marshal(t, bson.D{{Key: "_id", Value: id}, {Key: "n", Value: int32(i)}})
	}
	return append(docs, marshal(t, bson.D{{Key: "n", Value: int32(len(ids))}}))
}

var (
	partSchema = monary.MustSchema("_id any", "n int32")
	fallingID  = monary.FindOptions(options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}))
	noSample   = replay.CommandError(238, "NotImplemented", "`aggregate` stage \"$sample\" is not implemented yet")
)

// once checks that a read gave each of n documents exactly once, in an order of
// _id if there is one.
func once(t *testing.T, table *monary.Table, n, order int) {
	t.Helper()
	got, err := monary.Values[int32](table, "n")
	require.NoError(t, err)
	want := make([]int32, n)
	for i := range want {
		want[i] = int32(i)
	}
	require.Equal(t, want, append([]int32{}, slices.Sorted(slices.Values(got))...), "each document once")
	if order == 0 {
		return
	}
	ids := table.Series(0)
	for i := 1; i < n; i++ {
		a, b := ids.Value(i-1), ids.Value(i)
		require.LessOrEqual(t, order*monary.Compare(a, b), 0, "%v before %v", a, b)
	}
}

// TestPartitionsAreComplete: whatever the types of the _ids, each document comes
// exactly once, and in order if that is asked for.
func TestPartitionsAreComplete(t *testing.T) {
	kinds := slices.Sorted(func(yield func(string) bool) {
		for name := range kindsOfIDs {
			if !yield(name) {
				return
			}
		}
	})
	for seed := range uint64(24) {
		rng := rand.New(rand.NewPCG(seed, 8))
		ids := slices.Clone(oneEach[:rng.IntN(len(oneEach)+1)])
		for range 1 + rng.IntN(4) {
			kind := kindsOfIDs[kinds[rng.IntN(len(kinds))]]
			for i, n := rng.IntN(100), rng.IntN(90); n > 0; n-- {
				if id := kind(i); !slices.ContainsFunc(ids, func(other any) bool { return equalIDs(t, id, other) }) {
					ids = append(ids, id)
				}
				i += 1 + rng.IntN(3)
			}
		}
		docs := withIDs(t, ids)
		rng.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		_, m := serving(t, docs, func(s *replay.Server) {
			s.Select = replay.Matching
			s.MaxBatch = 2 + rng.IntN(40)
			if seed%2 == 1 { // bounds by seeks
				s.OnRequest = func(r *replay.Request) *replay.Fault {
					if r.Command == "aggregate" {
						return &replay.Fault{Reply: noSample}
					}
					return nil
				}
			}
		})
		for order, sort := range map[int]monary.ReadOption{0: func(*monary.ReadOptions) {}, 1: byID, -1: fallingID} {
			opts := []monary.ReadOption{sort, monary.Partitions(2 + rng.IntN(4)), monary.Workers(1 + rng.IntN(2)), monary.BatchRows(1 + rng.IntN(200)), monary.Prefetch(rng.IntN(4) - 1)}
			if rng.IntN(3) == 0 {
				opts = append(opts, monary.PlainCursor())
			}
			r, err := m.Collection("db", "c").Find(t.Context(), nil, partSchema, opts...)
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err, "seed %d", seed)
			once(t, table, len(docs), order)
		}
	}
	noGoroutines(t)
}

func equalIDs(t *testing.T, a, b any) bool {
	t.Helper()
	return monary.Compare(valueOf(t, a), valueOf(t, b)) == 0
}

// TestPartitionsKeepTheFilter: what the caller asks for holds in every part, and
// only the fields of the schema and the _id come.
func TestPartitionsKeepTheFilter(t *testing.T) {
	server, m := serving(t, numbered(t, 1000), func(s *replay.Server) { s.Select = replay.Matching })
	r, err := m.Collection("db", "c").Find(t.Context(), bson.M{"text": "xxx"}, monary.MustSchema("text string"), monary.Partitions(3))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	assert.Equal(t, 143, table.NumRows())
	finds := server.Requests("find")
	require.Len(t, finds, 1+3*4, "the ranges, and what is in none")
	for _, r := range finds {
		assert.Equal(t, `{"_id": {"$numberInt":"1"}}`, r.Body.Lookup("sort").String(), "so that it can be taken up again")
		assert.Equal(t, `{"text": {"$numberInt":"1"}}`, r.Body.Lookup("projection").String())
		assert.Equal(t, `{"text": "xxx"}`, r.Body.Lookup("filter", "$and", "0").String())
	}
}

// TestPartitionsAreReadTogether: as many cursors as asked for are open at a time.
func TestPartitionsAreReadTogether(t *testing.T) {
	for _, order := range []monary.ReadOption{func(*monary.ReadOptions) {}, byID} {
		all := make(chan struct{})
		var waiting atomic.Int32
		_, m := serving(t, numbered(t, 1000), func(s *replay.Server) {
			s.Select, s.MaxBatch = replay.Matching, 10
			s.OnRequest = func(r *replay.Request) *replay.Fault {
				if r.Command != "find" || r.N == 0 { // the first tells what is wrong with the query
					return nil
				}
				if waiting.Add(1) == 3 {
					close(all)
				}
				return &replay.Fault{Hold: all}
			}
		})
		r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, monary.Partitions(3), order)
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err, "it ends only because three cursors wait at a time")
		assert.Equal(t, 1000, table.NumRows())
	}
}

// TestPartitionsWithInserts: documents that come while the read is going on may
// be seen or not; those that were there are, once.
func TestPartitionsWithInserts(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 9))
		docs := numbered(t, 500)
		var server *replay.Server
		server, m := serving(t, docs, func(s *replay.Server) {
			s.Select, s.MaxBatch = replay.Matching, 20
			s.OnRequest = func(r *replay.Request) *replay.Fault {
				if r.Command != "find" {
					return nil
				}
				more := slices.Clone(docs)
				for i := range 1 + r.N*20 {
					id := [...]any{int32(1000 + i), float64(i) + 0.25, fmt.Sprint("new", i), -1 - int64(i), bson.ObjectID{11: byte(i)}}[i%5]
					more = append(more, marshal(t, bson.D{{Key: "_id", Value: id}, {Key: "text", Value: "new"}}))
				}
				server.Serve("db.c", more)
				return nil
			}
		})
		r, err := m.Collection("db", "c").Find(t.Context(), nil, monary.MustSchema("_id any", "text string"), monary.Partitions(2+rng.IntN(4)))
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		ids := table.Series(0)
		texts, err := monary.Values[string](table, "text")
		require.NoError(t, err)
		seen := map[string]int{}
		for i, text := range texts {
			if text != "new" {
				seen[ids.Value(i).String()]++
			}
		}
		require.Len(t, seen, len(docs))
		for id, n := range seen {
			require.Equal(t, 1, n, id)
		}
	}
}

// TestOneCursor: where parts would not be the query, or cannot be told.
func TestOneCursor(t *testing.T) {
	find := func(f *options.FindOptionsBuilder) []monary.ReadOption {
		return []monary.ReadOption{monary.FindOptions(f)}
	}
	about := func(kind string, options bson.D) bson.D {
		return bson.D{{Key: "type", Value: kind}, {Key: "options", Value: options}, {Key: "idIndex", Value: bson.D{{Key: "v", Value: 2}, {Key: "key", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "name", Value: "_id_"}}}}
	}
	for _, c := range []struct {
		name, why string
		opts      []monary.ReadOption
		about     bson.D
		refuse    string
	}{
		{name: "Limit", opts: find(options.Find().SetLimit(5))},
		{name: "Skip", opts: find(options.Find().SetSkip(5))},
		{name: "OtherSort", opts: find(options.Find().SetSort(bson.D{{Key: "text", Value: 1}}))},
		{name: "Hint", why: "of another index", opts: find(options.Find().SetHint("text_1"))},
		{name: "Collation", opts: find(options.Find().SetCollation(&options.Collation{Locale: "de"}))},
		{name: "Projection", why: "the _id would not be that of the document", opts: find(options.Find().SetProjection(bson.D{{Key: "_id", Value: "$text"}}))},
		{name: "ProjectionInside", opts: find(options.Find().SetProjection(bson.D{{Key: "_id.a", Value: 1}}))},
		{name: "NoID", opts: find(options.Find().SetProjection(bson.D{{Key: "_id", Value: false}}))},
		{name: "Command", why: "a limit is one however it is given", opts: []monary.ReadOption{monary.CommandOptions(bson.D{{Key: "limit", Value: int64(5)}})}},
		{name: "View", about: about("view", bson.D{{Key: "viewOn", Value: "x"}})},
		{name: "TimeSeries", about: about("timeseries", bson.D{{Key: "timeseries", Value: bson.D{}}})},
		{name: "Clustered", about: about("collection", bson.D{{Key: "clusteredIndex", Value: bson.D{}}})},
		{name: "CollationOfCollection", about: about("collection", bson.D{{Key: "collation", Value: bson.D{{Key: "locale", Value: "de"}}}})},
		{name: "NoIndex", about: bson.D{{Key: "type", Value: "collection"}, {Key: "options", Value: bson.D{{Key: "capped", Value: true}}}}},
		{name: "NotAllowedToAsk", refuse: "listCollections"},
		{name: "NotAllowedToCount", why: "nor to sample", refuse: "count"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, m := serving(t, numbered(t, 500), func(s *replay.Server) {
				s.OnRequest = func(r *replay.Request) *replay.Fault {
					if r.Command == c.refuse || r.Command == "aggregate" && c.refuse != "" {
						return &replay.Fault{Reply: replay.CommandError(13, "Unauthorized", "not authorized")}
					}
					return nil
				}
			})
			if c.about != nil {
				server.Describe("db.c", c.about)
			}
			r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, append(c.opts, monary.Partitions(4))...)
			require.NoError(t, err)
			_, err = r.Table()
			require.NoError(t, err)
			assert.Len(t, server.Requests("find"), 1, c.why)
		})
	}
	t.Run("Session", func(t *testing.T) {
		server, _ := serving(t, numbered(t, 500), nil)
		client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
		require.NoError(t, err)
		defer func() { require.NoError(t, client.Disconnect(t.Context())) }()
		session, err := client.StartSession()
		require.NoError(t, err)
		defer session.EndSession(t.Context())
		r, err := monary.NewClient(client).Collection("db", "c").Find(mongo.NewSessionContext(t.Context(), session), nil, numberedSchema, monary.Partitions(4))
		require.NoError(t, err)
		_, err = r.Table()
		require.NoError(t, err)
		assert.Len(t, server.Requests("find"), 1)
	})
	for name, docs := range map[string][][]byte{"Empty": nil, "OnlyNaN": withIDs(t, []any{math.NaN()}), "NoBracketWithAnOrder": withIDs(t, []any{true, false, nil, bson.MinKey{}})} {
		t.Run(name, func(t *testing.T) {
			server, m := serving(t, docs, func(s *replay.Server) { s.Select = replay.Matching })
			r, err := m.Collection("db", "c").Find(t.Context(), nil, partSchema, monary.Partitions(4))
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err)
			once(t, table, len(docs), 0)
			assert.Len(t, server.Requests("find"), 1)
		})
	}
}

// TestPartitionsOfFewDocuments: fewer _ids than ranges.
func TestPartitionsOfFewDocuments(t *testing.T) {
	for n := 1; n < 6; n++ {
		_, m := serving(t, numbered(t, n), func(s *replay.Server) { s.Select = replay.Matching })
		for _, order := range []monary.ReadOption{func(*monary.ReadOptions) {}, byID, fallingID} {
			table, err := m.Query(t.Context(), "db", "c", nil, []string{"_id"}, []string{"int32"}, monary.Partitions(1024), order)
			require.NoError(t, err)
			assert.Equal(t, n, table.NumRows())
		}
	}
}

// TestPartitionsTellWhatIsWrong before anything is read, as one cursor does.
func TestPartitionsTellWhatIsWrong(t *testing.T) {
	server, m := serving(t, numbered(t, 500), func(s *replay.Server) {
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			if r.Command == "find" {
				return &replay.Fault{Reply: replay.CommandError(2, "BadValue", "unknown operator: $near")}
			}
			return nil
		}
	})
	_, err := m.Collection("db", "c").Find(t.Context(), bson.M{"a": bson.M{"$near": 1}}, numberedSchema, monary.Partitions(4))
	require.ErrorContains(t, err, "monary: find: ")
	require.ErrorContains(t, err, "unknown operator: $near")
	assert.Zero(t, server.OpenCursors())
	for _, n := range []int{-1, 1025} {
		_, err = m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, monary.Partitions(n))
		require.EqualError(t, err, fmt.Sprintf("monary: Partitions is %d; 0 to 1024 are allowed (0 and 1 mean one cursor)", n))
	}
}

// TestPartsGoOn: each part is taken up again behind its own last _id.
func TestPartsGoOn(t *testing.T) {
	for order, sort := range map[int]monary.ReadOption{0: func(*monary.ReadOptions) {}, 1: byID, -1: fallingID} {
		var reading atomic.Bool // not what it is divided by
		var gone atomic.Int32
		ids := append(slices.Clone(oneEach), someIDs("int", 300)...)
		server, m := serving(t, withIDs(t, ids)[:len(ids)], func(s *replay.Server) {
			s.Select, s.MaxBatch = replay.Matching, 5
			s.OnRequest = func(r *replay.Request) *replay.Fault {
				if r.Command == "find" {
					reading.Store(true)
				}
				if r.Command != "getMore" || !reading.Load() || r.N%4 != 3 {
					return nil
				}
				gone.Add(1)
				return &replay.Fault{Reply: replay.CommandError(43, "CursorNotFound", "gone")}
			}
		})
		r, err := m.Collection("db", "c").Find(t.Context(), nil, partSchema, monary.Partitions(2), sort)
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		once(t, table, len(ids), order)
		assert.Greater(t, gone.Load(), int32(5))
		assert.Len(t, sorted(server), 1+8+int(gone.Load()))
	}
}

func someIDs(kind string, n int) (ids []any) {
	for i := range n {
		ids = append(ids, kindsOfIDs[kind](i))
	}
	return ids
}

// TestFaultOfAPart: a part that cannot be taken up again ends the read, with the
// rows that came; in order, the error has the last _id of those.
func TestFaultOfAPart(t *testing.T) {
	_, m := serving(t, numbered(t, 1000), func(s *replay.Server) {
		s.Select, s.MaxBatch = replay.Matching, 10
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			if filter := r.Body.Lookup("filter").String(); r.Command == "find" && strings.Contains(filter, `"$gte": {"$numberInt":"500"}`) {
				return &replay.Fault{Reply: replay.CommandError(13, "Unauthorized", "not any more")}
			}
			return nil
		}
	})
	r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, monary.Partitions(2), byID)
	require.NoError(t, err)
	table, err := r.Table()
	require.ErrorContains(t, err, "not any more")
	assert.Equal(t, 500, table.NumRows())
	var e *monary.CursorError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, int32(499), e.LastID.Int32())
	var at *monary.DecodeError
	require.ErrorAs(t, err, &at)
	assert.EqualValues(t, 500, at.Doc)
	noGoroutines(t)

	r, err = m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, monary.Partitions(2))
	require.NoError(t, err)
	table, err = r.Table()
	require.ErrorContains(t, err, "not any more")
	require.ErrorAs(t, err, &at)
	assert.EqualValues(t, table.NumRows(), at.Doc)
	noGoroutines(t)
}

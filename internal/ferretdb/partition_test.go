package ferretdb_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/ferretdb"
	"github.com/penstock/penstock/monary"
)

// mixedIDs are _ids of many types, n of each that has so many. FerretDB refuses the
// rarer ones, and holds 1, true and a date of 1 ms for the same _id.
func mixedIDs(n int) (ids []any) {
	ids = []any{bson.Null{}, true, false}
	for i := range n {
		ids = append(ids, int32(i+2), int64(i+1)<<40, float64(i)+0.5, fmt.Sprint("id", i), bson.D{{Key: "a", Value: int32(i % 3)}, {Key: "b", Value: int32(i)}},
			bson.Binary{Subtype: 4, Data: fmt.Appendf(nil, "%016d", i)}, bson.ObjectID{11: byte(i)}, bson.DateTime(1_000_000_007+i), bson.Timestamp{T: uint32(i), I: 1})
	}
	if os.Getenv("MONGODB_URI") != "" {
		decimal := bson.NewDecimal128(0x303e000000000000, 25) // 2.5 has another exponent
		ids = append(ids, bson.MinKey{}, bson.MaxKey{}, math.NaN(), math.Inf(1), math.Inf(-1), decimal, bson.Symbol("s"), bson.JavaScript("f"))
	}
	return ids
}

// withMixedIDs puts documents {_id, n} of the _ids into a collection, of the server
// at MONGODB_URI if that is set, else of a FerretDB. The monitor sees what the
// monary collection asks for, the driver's is not watched.
func withMixedIDs(t *testing.T, ids []any, monitor *event.CommandMonitor) (*monary.Collection, *mongo.Collection) {
	t.Helper()
	uri := os.Getenv("MONGODB_URI")
	if uri == "" {
		uri = ferretdb.Start(t)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	require.NoError(t, err)
	coll := client.Database("penstock_test_" + bson.NewObjectID().Hex()).Collection("c")
	watched, err := mongo.Connect(options.Client().ApplyURI(uri).SetMonitor(monitor))
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, coll.Database().Drop(context.Background()))
		assert.NoError(t, client.Disconnect(context.Background()))
		assert.NoError(t, watched.Disconnect(context.Background()))
	})
	docs := make([]any, len(ids))
	for i, id := range ids {
		docs[i] = bson.D{{Key: "_id", Value: id}, {Key: "n", Value: int32(i)}}
	}
	_, err = coll.InsertMany(t.Context(), docs)
	require.NoError(t, err)
	return monary.NewClient(watched).Collection(coll.Database().Name(), "c"), coll
}

// TestPartitionsOnServer: a server without $sample is divided by seeks; each
// document comes once, in order if that is asked for.
func TestPartitionsOnServer(t *testing.T) {
	var finds atomic.Int32
	ids := mixedIDs(40)
	coll, _ := withMixedIDs(t, ids, &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if e.CommandName == "find" {
			finds.Add(1)
		}
	}})
	for _, sort := range []int{0, 1, -1} {
		opts := []monary.ReadOption{monary.Partitions(2), monary.BatchRows(50)}
		if sort != 0 {
			opts = append(opts, monary.FindOptions(options.Find().SetSort(bson.D{{Key: "_id", Value: sort}})))
		}
		r, err := coll.Find(t.Context(), nil, monary.MustSchema("n int32", "_id any"), opts...)
		require.NoError(t, err)
		all := table(t, r)
		got, err := monary.Values[int32](all, "n")
		require.NoError(t, err)
		want := make([]int32, len(ids))
		for i := range want {
			want[i] = int32(i)
		}
		assert.Equal(t, want, slices.Sorted(slices.Values(got)))
		for i := 1; i < all.NumRows() && sort != 0; i++ {
			a, b := all.Series(1).Value(i-1), all.Series(1).Value(i)
			require.LessOrEqual(t, sort*monary.Compare(a, b), 0, "%v before %v", a, b)
		}
	}
	assert.Greater(t, finds.Load(), int32(3*8), "it was divided")
}

// TestGoingOnBehindAnyID: a read whose cursor is killed goes on behind any _id, in the
// server's own order, in both directions.
func TestGoingOnBehindAnyID(t *testing.T) {
	var (
		armed, killed int
		coll          *monary.Collection
		killer        *mongo.Collection
	)
	ids := mixedIDs(2)
	coll, killer = withMixedIDs(t, ids, &event.CommandMonitor{Started: func(ctx context.Context, e *event.CommandStartedEvent) {
		if armed == 0 || e.CommandName != "getMore" {
			return
		}
		armed--
		kill := bson.D{{Key: "killCursors", Value: "c"}, {Key: "cursors", Value: bson.A{e.Command.Lookup("getMore").Int64()}}}
		if assert.NoError(t, killer.Database().RunCommand(ctx, kill).Err()) {
			killed++
		}
	}})
	for _, order := range []int{1, -1} {
		for n := 1; n < len(ids); n++ {
			armed = 1
			r, err := coll.Find(t.Context(), nil, monary.MustSchema("_id any"),
				monary.FindOptions(options.Find().SetSort(bson.D{{Key: "_id", Value: order}}).SetBatchSize(int32(n))))
			require.NoError(t, err)
			all := table(t, r)
			require.Equal(t, len(ids), all.NumRows(), "order %d, killed behind %d", order, n)
			for i := 1; i < all.NumRows(); i++ {
				a, b := all.Series(0).Value(i-1), all.Series(0).Value(i)
				require.Negative(t, order*monary.Compare(a, b), "%v before %v", a, b)
			}
		}
	}
	assert.Equal(t, 2*(len(ids)-1), killed)
}

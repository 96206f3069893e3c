package driverv1_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"github.com/penstock/penstock/examples/driverv1"
	"github.com/penstock/penstock/monary"
)

// A cursor of the driver's first version becomes a table.
func Example() {
	ctx := context.Background()
	cursor, err := mongo.NewCursorFromDocuments([]any{ // or collection.Find(ctx, filter)
		bson.D{{Key: "_id", Value: "01001"}, {Key: "pop", Value: 15338}},
		bson.D{{Key: "_id", Value: "01002"}, {Key: "pop", Value: 36963}},
		bson.D{{Key: "_id", Value: "01005"}},
	}, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	r, err := monary.FromRaw(ctx, driverv1.Documents(ctx, cursor), monary.MustSchema("_id string", "pop int64"))
	if err != nil {
		log.Fatal(err)
	}
	table, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(table)
	// Output:
	// _id      pop
	// 01001  15338
	// 01002  36963
	// 01005   null
}

func cursorOf(t *testing.T, n int, err error) *mongo.Cursor {
	t.Helper()
	docs := make([]any, n)
	for i := range docs {
		docs[i] = bson.D{{Key: "n", Value: int32(i)}}
	}
	cursor, bad := mongo.NewCursorFromDocuments(docs, err, nil)
	require.NoError(t, bad)
	return cursor
}

func TestDocuments(t *testing.T) {
	r, err := monary.FromRaw(t.Context(), driverv1.Documents(t.Context(), cursorOf(t, 1000, nil)), monary.MustSchema("n int32"), monary.BatchRows(300))
	require.NoError(t, err)
	next := int32(0)
	for table, err := range r.Batches() {
		require.NoError(t, err)
		values, err := monary.Values[int32](table, "n")
		require.NoError(t, err)
		for _, v := range values {
			require.Equal(t, next, v)
			next++
		}
	}
	assert.EqualValues(t, 1000, next)
}

// TestCursorError: the cursor's error ends the read; it gives no documents then.
func TestCursorError(t *testing.T) {
	broken := errors.New("the connection is gone")
	r, err := monary.FromRaw(t.Context(), driverv1.Documents(t.Context(), cursorOf(t, 3, broken)), monary.MustSchema("n int32"))
	require.NoError(t, err)
	table, err := r.Table()
	require.ErrorIs(t, err, broken)
	assert.Zero(t, table.NumRows())
}

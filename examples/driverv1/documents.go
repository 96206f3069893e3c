package driverv1

import (
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/mongo"
)

// Documents yields a cursor's documents as raw BSON and closes it. The bytes are
// the cursor's own: they are valid until the next document, which is as long as
// monary.FromRaw needs them.
func Documents(ctx context.Context, cursor *mongo.Cursor) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		defer cursor.Close(context.WithoutCancel(ctx))
		for cursor.Next(ctx) {
			if !yield(cursor.Current, nil) {
				return
			}
		}
		if err := cursor.Err(); err != nil {
			yield(nil, err)
		}
	}
}

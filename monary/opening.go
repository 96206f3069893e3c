package monary

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// opening opens a cursor. When ctx is cancelled meanwhile it does not wait, but
// sees to it that the cursor, if the server has made it by then, is not left there:
// the driver would not know of it.
func opening(ctx context.Context, open func(context.Context) (*mongo.Cursor, error)) (*mongo.Cursor, error) {
	if mongo.SessionFromContext(ctx) != nil { // which is for one goroutine
		return open(ctx)
	}
	inner, stop := uncancelled(ctx)
	var cursor *mongo.Cursor
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		cursor, err = open(inner)
	}()
	select {
	case <-done:
		stop()
		return cursor, err
	case <-ctx.Done():
	}
	if _, limited := ctx.Deadline(); limited && errors.Is(ctx.Err(), context.DeadlineExceeded) { // inner's as well: the driver's error says more
		<-done
		stop()
		return cursor, err
	}
	limit := time.AfterFunc(killLimit, stop)
	go func() {
		<-done
		if cursor != nil {
			_ = cursor.Close(inner) // the server forgets it by itself, later
		}
		limit.Stop()
		stop()
	}()
	return nil, ctx.Err()
}

// uncancelled is ctx without its cancellation, but with its deadline.
func uncancelled(ctx context.Context) (context.Context, context.CancelFunc) {
	inner := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(inner, deadline)
	}
	return context.WithCancel(inner)
}

package monary

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
)

// batchCursor is a server's cursor, a batch at a time. Everything else knows
// cursors by this interface only.
type batchCursor interface {
	// next appends the documents of the next batch to buf, back to back, so that
	// the driver may do what it likes with its own memory. io.EOF says that there
	// are no more.
	next(ctx context.Context, buf []byte) ([]byte, error)
	// open reports whether the server keeps something for the cursor.
	open() bool
	// close ends the session and the cursor on the server.
	close(ctx context.Context) error
}

// newBatchCursor takes whole batches unless plain asks for the driver's stable
// interface, or the driver does not have them.
func newBatchCursor(cursor *mongo.Cursor, plain bool) batchCursor {
	if !plain {
		if whole := wholeOf(cursor); whole != nil {
			return whole
		}
	}
	return &singleCursor{cursor}
}

// wholeCursor takes each reply's array of documents in one piece: the driver's
// cursor for documents walks it three times and makes an object for each.
type wholeCursor struct {
	cursor  *mongo.Cursor // owns the session
	batches *driver.BatchCursor
	id      int64
}

// wholeOf returns nil when the driver's cursor has no batches. It is the only
// use of a function that the driver does not promise to keep;
// TestDriverGivesWholeBatches tells what we count on.
func wholeOf(cursor *mongo.Cursor) *wholeCursor {
	batches := mongo.BatchCursorFromCursor(cursor) //nolint:staticcheck // SA1019: deprecated since it is unstable, see above
	if batches == nil {
		return nil
	}
	return &wholeCursor{cursor: cursor, batches: batches, id: batches.ID()}
}

func (c *wholeCursor) next(ctx context.Context, buf []byte) ([]byte, error) {
	for !c.batches.Next(ctx) {
		if err := c.batches.Err(); err != nil {
			return buf, asMongoError(err)
		}
		if c.batches.ID() == 0 {
			return buf, io.EOF
		}
		if err := ctx.Err(); err != nil { // an empty batch of a cursor that waits for documents
			return buf, err
		}
	}
	if id := c.batches.ID(); id != c.id && id != 0 {
		return buf, fmt.Errorf("the server answers for cursor %d, asked was for %d", id, c.id)
	}
	return appendDocuments(buf, c.batches.Batch().List)
}

func (c *wholeCursor) open() bool { return c.batches.ID() != 0 }

func (c *wholeCursor) close(ctx context.Context) error { return c.cursor.Close(ctx) }

// asMongoError makes an error of the driver's inner package one that its users
// know, as the driver's own cursor does.
func asMongoError(err error) error {
	var inner driver.Error
	if !errors.As(err, &inner) {
		return err
	}
	return &serverError{error: err, outer: mongo.CommandError{
		Code: inner.Code, Message: inner.Message, Labels: inner.Labels, Name: inner.Name, Wrapped: inner.Wrapped, Raw: []byte(inner.Raw),
	}}
}

// serverError has the driver's text, which says everything once, and is a
// mongo.CommandError to errors.As.
type serverError struct {
	error
	outer mongo.CommandError
}

func (e *serverError) Unwrap() []error { return []error{e.outer, e.error} }

// singleCursor is the same by the driver's stable interface.
type singleCursor struct {
	cursor *mongo.Cursor
}

func (c *singleCursor) next(ctx context.Context, buf []byte) ([]byte, error) {
	if !c.cursor.Next(ctx) {
		if err := c.cursor.Err(); err != nil {
			return buf, err
		}
		return buf, io.EOF
	}
	for {
		buf = append(buf, c.cursor.Current...)
		if c.cursor.RemainingBatchLength() == 0 {
			return buf, nil
		}
		if !c.cursor.Next(ctx) {
			return buf, c.cursor.Err()
		}
	}
}

func (c *singleCursor) open() bool { return c.cursor.ID() != 0 }

func (c *singleCursor) close(ctx context.Context) error { return c.cursor.Close(ctx) }

// appendDocuments appends the documents of a BSON array to dst, without the
// array's keys.
func appendDocuments(dst, array []byte) ([]byte, error) {
	if len(array) < minDocument || length(array) != len(array) {
		return dst, fmt.Errorf("%w: a batch of %d bytes says that it has another length", ErrLength, len(array))
	}
	dst = slices.Grow(dst, len(array)+len(padding))
	for pos, end := 4, len(array)-1; pos < end; {
		if array[pos] != 3 {
			return dst, fmt.Errorf("%w: a batch holds something of BSON type %#02x, not documents only", ErrElement, array[pos])
		}
		for pos++; pos < end && array[pos] != 0; {
			pos++ // the key
		}
		pos++
		if end-pos < minDocument {
			return dst, fmt.Errorf("%w: a batch ends inside a document", ErrLength)
		}
		n := int(int32(binary.LittleEndian.Uint32(array[pos:])))
		if n < minDocument || n > end-pos {
			return dst, fmt.Errorf("%w: document length %d, only %d bytes of its batch are left", ErrLength, n, end-pos)
		}
		dst = append(dst, array[pos:pos+n]...)
		pos += n
	}
	return dst, nil
}

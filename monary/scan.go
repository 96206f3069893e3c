package monary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// CursorError is the cause of a [DecodeError] when a server's cursor broke off
// and could not be taken up again. The DecodeError's Doc is how many documents
// were delivered.
type CursorError struct {
	// LastID is the _id of the last document that came, with [Partitions] and no
	// order the last of the cursor that broke off; its zero value means that there was
	// none, or that the documents have no _id because the schema does not ask for it.
	LastID bson.RawValue
	Err    error
}

// Error gives the cause and the last _id.
func (e *CursorError) Error() string {
	if e.LastID.IsZero() {
		return fmt.Sprintf("the cursor broke off: %v", e.Err)
	}
	return fmt.Sprintf("the cursor broke off behind _id %s: %v", makeValue(e.LastID.Type, e.LastID.Value), e.Err)
}

// Unwrap returns the cause. It does not wrap io.EOF or io.ErrUnexpectedEOF, which
// is what a closed connection is to the driver: to us, those are the end of the
// documents and the end of a file.
func (e *CursorError) Unwrap() error { return e.Err }

// cause is an error of the driver's that is not io.EOF, whatever it wraps.
type cause struct{ err error }

func (c cause) Error() string { return c.err.Error() }

func (c cause) Is(target error) bool {
	return target != io.EOF && target != io.ErrUnexpectedEOF && errors.Is(c.err, target)
}

func (c cause) As(target any) bool { return errors.As(c.err, target) }

// scan reads what one query gives. When its cursor breaks and the query is in
// the order of _id, it goes on with another behind the last _id.
type scan struct {
	// reopen runs the query for what is behind the last of seen documents, of 0 for
	// the first time; nil if that cannot be told.
	reopen  func(ctx context.Context, last bson.RawValue, seen int64) (*mongo.Cursor, error)
	plain   bool          // the driver's stable interface only
	timeout time.Duration // of the request for a batch; 0 means none

	watermark *watermark // nil: none is kept

	cursor batchCursor // nil: not opened yet, or closed
	last   bson.RawValue
	seen   int64
}

// scanTries is how often a query is run again without a document in between.
const scanTries = 4

// next appends the documents of the next batch to buf. There may be documents
// beside an error.
func (s *scan) next(ctx context.Context, buf []byte) ([]byte, error) {
	before := len(buf)
	if s.cursor == nil {
		if _, err := s.again(ctx, 0); err != nil {
			return buf, &CursorError{Err: cause{err}}
		}
	}
	for try := 0; ; try++ {
		docs, err := s.ask(ctx, buf)
		s.note(docs[before:])
		s.watermark.see(docs[before:])
		if err == nil || err == io.EOF { //nolint:errorlint // what wraps it is a closed connection
			return docs, err
		}
		if len(docs) > before || try == scanTries || s.reopen == nil || !passes(err) || ctx.Err() != nil {
			return docs, &CursorError{LastID: s.last, Err: cause{err}}
		}
		done, again := s.again(ctx, try)
		switch {
		case done:
			return docs, io.EOF
		case again != nil:
			return docs, &CursorError{LastID: s.last, Err: cause{errors.Join(err, again)}}
		}
	}
}

// ask asks the cursor for its next batch. The driver would limit the time itself
// if we had it iterate.
func (s *scan) ask(ctx context.Context, buf []byte) ([]byte, error) {
	if s.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.timeout)
		defer cancel()
	}
	return s.cursor.next(ctx, buf)
}

// note remembers the last of the documents.
func (s *scan) note(docs []byte) {
	n := int64(0)
	last := []byte(nil)
	for doc := range eachDocument(docs) {
		last = doc
		n++
	}
	if s.seen += n; n > 0 {
		s.last = idIn(last)
	}
}

// eachDocument yields the documents that lie back to back, as far as their
// lengths go.
func eachDocument(docs []byte) iter.Seq[bson.Raw] {
	return func(yield func(bson.Raw) bool) {
		for len(docs) >= minDocument {
			n := length(docs)
			if n < minDocument || n > len(docs) || !yield(bson.Raw(docs[:n])) {
				return
			}
			docs = docs[n:]
		}
	}
}

// lastID is the _id of the last document, in memory of its own; zero if there is
// none.
func lastID(docs []byte) bson.RawValue {
	last := bson.Raw(nil)
	for doc := range eachDocument(docs) {
		last = doc
	}
	return idIn(last)
}

// idIn is a document's _id, in memory of its own; zero if there is none.
func idIn(doc bson.Raw) bson.RawValue {
	id, err := doc.LookupErr("_id")
	if err != nil {
		return bson.RawValue{}
	}
	return bson.RawValue{Type: id.Type, Value: bytes.Clone(id.Value)}
}

// again opens another cursor behind the last _id. done says that there is
// nothing more.
func (s *scan) again(ctx context.Context, try int) (done bool, err error) {
	s.close(ctx)
	if try > 0 {
		select {
		case <-time.After(50 * time.Millisecond << try):
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	cursor, err := opening(ctx, func(ctx context.Context) (*mongo.Cursor, error) { return s.reopen(ctx, s.last, s.seen) })
	if cursor == nil || err != nil {
		if err != nil && passes(err) && try+1 < scanTries {
			return s.again(ctx, try+1)
		}
		return cursor == nil && err == nil, err
	}
	s.cursor = newBatchCursor(cursor, s.plain)
	return false, nil
}

// How long a cursor's end on the server is waited for, and how long it is tried.
const (
	killPatience = 50 * time.Millisecond
	killLimit    = 2 * time.Second
)

// close ends the cursor on the server, even when ctx has been cancelled. A
// server that does not answer is not waited for.
func (s *scan) close(ctx context.Context) {
	if s.cursor == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killLimit)
	if !s.cursor.open() {
		defer cancel()
		_ = s.cursor.close(ctx) // nothing is sent
		s.cursor = nil
		return
	}
	killed := make(chan struct{})
	go func(c batchCursor) {
		defer close(killed)
		defer cancel()
		_ = c.close(ctx) // the server forgets the cursor by itself, later
	}(s.cursor)
	s.cursor = nil
	select {
	case <-killed:
	case <-time.After(killPatience):
	}
}

// Codes of errors that another try may not meet: the server steps down, shuts
// down or cannot be reached, or has forgotten the cursor.
var passing = map[int]bool{
	6: true, 7: true, 89: true, 91: true, 189: true, 262: true, 9001: true, 10107: true, 11600: true, 11602: true,
	13435: true, 13436: true, 43: true,
}

// passes reports whether an error is one of the way to the server or of its
// state, so that the same query may succeed.
func passes(err error) bool {
	if mongo.IsNetworkError(err) {
		return true
	}
	var command mongo.CommandError
	return errors.As(err, &command) && passing[int(command.Code)]
}

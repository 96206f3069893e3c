package engine

import (
	"context"
	"errors"
	"iter"
)

// Errors of a Store.
var (
	ErrFenced = errors.New("another owner has taken over the store")
	ErrNoBlob = errors.New("no such blob")
)

// Store keeps what an engine must not forget: logs, each a sequence of records to which
// owners append, and blobs. What records and blobs mean is the engine's affair. Package
// dagtest has the tests that every Store must pass.
//
// Methods may be called by several goroutines at once.
type Store interface {
	// Acquire makes the caller the owner and returns the number of the new
	// epoch, higher than that of every owner before.
	Acquire(ctx context.Context, owner string) (epoch int64, err error)

	// Append adds the records to the ends of their logs, in order and all or none
	// of them. They are durable when it returns nil. It returns ErrFenced if the epoch
	// is not that of the last owner. The bytes are not kept.
	Append(ctx context.Context, epoch int64, records []Record) error

	// Read returns the records of a log, the oldest first; a log that does not exist
	// is empty. The sequence ends with the first error. The bytes are the reader's.
	Read(ctx context.Context, log string) iter.Seq2[[]byte, error]

	// Logs returns the names of the logs that start with prefix, in the order of
	// their bytes.
	Logs(ctx context.Context, prefix string) ([]string, error)

	// PutBlob keeps data under a key; it is durable on return. What was there is
	// replaced. It returns ErrFenced like Append. The bytes are not kept.
	PutBlob(ctx context.Context, epoch int64, key string, data []byte) error

	// Blob returns what PutBlob has kept, or ErrNoBlob. The bytes are the caller's.
	Blob(ctx context.Context, key string) ([]byte, error)

	// Drop removes logs and blobs; what does not exist is no error. It returns ErrFenced like
	// Append.
	Drop(ctx context.Context, epoch int64, logs, blobs []string) error

	// Close gives up what the store holds. Nothing may be called after it.
	Close() error
}

// Record is an entry of a log. Neither part may be empty.
type Record struct {
	Log  string
	Data []byte
}

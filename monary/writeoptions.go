package monary

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// WriteOptions are the settings of one write. The zero value works. The write
// concern is that of the collection: see [Client.Collection].
type WriteOptions struct {
	// Unordered goes on behind a row that fails. Otherwise rows are written in
	// order, up to the first that fails.
	Unordered bool
	// ExplicitNulls writes null for cells without a value. Otherwise their fields
	// are left out (an update leaves them as they are), but for cells of which it is
	// known that the document had null: those of "any" columns, and of columns
	// that were read with [KeepStates]. An _id is never null for that reason.
	ExplicitNulls bool
	// EveryMatch lets Update and Delete change all documents that have a row's
	// keys, not only the first of them. The driver does not try such a write again
	// when the connection breaks, as it does others.
	EveryMatch bool
	// BatchRows and BatchBytes are how many rows, and bytes of documents, one
	// command has at most; a document larger than BatchBytes is a command of its own.
	// Zero means 100,000 rows and 12 MiB. The server's own limits hold too.
	BatchRows, BatchBytes int
	// BulkWrite is the driver's own options: comment, let (but for Insert) and
	// bypassing the validation of documents.
	BulkWrite []options.Lister[options.BulkWriteOptions]
	// PlainInsert sends documents by the driver's own way, which takes each of them
	// apart and is several times slower. A [NewClient] of a driver's client that
	// encrypts fields needs it; [Connect] knows. It is taken by itself with
	// releases of the driver that the fast way was not tested with.
	PlainInsert bool
	// OnProgress is told how many rows were written so far or have failed, and how
	// many there are, 0 if that is not known. It is called by the goroutine that
	// writes, at most every 100 ms and at the end.
	OnProgress func(done, total int64)
}

// WriteOption sets some of the [WriteOptions].
type WriteOption func(*WriteOptions)

// Unordered goes on behind a row that fails.
func Unordered() WriteOption { return func(o *WriteOptions) { o.Unordered = true } }

// ExplicitNulls writes null for cells without a value.
func ExplicitNulls() WriteOption { return func(o *WriteOptions) { o.ExplicitNulls = true } }

// EveryMatch lets Update and Delete change all documents that have a row's keys.
func EveryMatch() WriteOption { return func(o *WriteOptions) { o.EveryMatch = true } }

// WriteBatch sets how many rows, and bytes of documents, one command has at most. FerretDB 1.24 on SQLite never answers
// an update command, that of Upsert too, which finds more than 99 documents: 50 rows are safe there.
func WriteBatch(rows, bytes int) WriteOption {
	return func(o *WriteOptions) { o.BatchRows, o.BatchBytes = rows, bytes }
}

// BulkWriteOptions passes the driver's options to a write.
func BulkWriteOptions(opts ...options.Lister[options.BulkWriteOptions]) WriteOption {
	return func(o *WriteOptions) { o.BulkWrite = append(o.BulkWrite[:len(o.BulkWrite):len(o.BulkWrite)], opts...) }
}

// PlainInsert sends documents by the driver's own, slower way.
func PlainInsert() WriteOption { return func(o *WriteOptions) { o.PlainInsert = true } }

// WriteProgress sets what is told how far a write is.
func WriteProgress(f func(done, total int64)) WriteOption {
	return func(o *WriteOptions) { o.OnProgress = f }
}

const (
	defaultWriteRows  = 100_000
	defaultWriteBytes = 12 << 20
)

// newWriteOptions applies options to the defaults and checks them.
func newWriteOptions(v verb, opts []WriteOption) (o WriteOptions, driver *options.BulkWriteOptions, err error) {
	for _, set := range opts {
		set(&o)
	}
	if o.BatchRows < 0 || o.BatchBytes < 0 {
		return o, nil, fmt.Errorf("a batch of %d rows and %d bytes; neither can be negative (0 means %d and %d)",
			o.BatchRows, o.BatchBytes, defaultWriteRows, defaultWriteBytes)
	}
	if o.BatchRows == 0 {
		o.BatchRows = defaultWriteRows
	}
	if o.BatchBytes == 0 {
		o.BatchBytes = defaultWriteBytes
	}
	if o.EveryMatch && v != updateRows && v != deleteRows {
		return o, nil, errors.New("EveryMatch is for Update and Delete")
	}
	driver, err = applied(o.BulkWrite)
	switch {
	case err != nil:
		return o, nil, err
	case driver.Ordered != nil && !*driver.Ordered:
		return o, nil, errors.New("the driver's option for unordered writes was set; Unordered is ours")
	case driver.Let != nil && v == insertRows:
		return o, nil, errors.New("the driver's option let was set; there is nothing in an insert that could use it")
	}
	return o, driver, nil
}

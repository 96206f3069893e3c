package monary

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Reader decodes a stream of documents into tables of a schema. It is for one
// goroutine and one pass: call either Batches or Table, once, and Close.
type Reader struct {
	ctx     context.Context
	schema  Schema
	options ReadOptions
	batches func(rows int) iter.Seq2[*Table, error]
	tally   tally      // of the batches handed out
	file    string     // for errors
	csv     *csvSource // nil unless it reads CSV text
	size    int64      // bytes of all documents; 0: not known
	docs    *progress  // what the caller is told of it
	bytes   *progress
	used    bool
	closed  bool

	watermark *watermark    // nil: the read has no window
	began     bson.RawValue // its watermark
	ended     bool          // all documents were read
}

// FromRaw returns a reader of any source of BSON: an older driver's cursor, a
// change stream, a queue. A document need only stay unchanged until the next
// one is asked for, and none is asked for beyond a full batch. An error of docs
// ends the read.
func FromRaw(ctx context.Context, docs iter.Seq2[[]byte, error], schema Schema, opts ...ReadOption) (*Reader, error) {
	if err := schema.check(); err != nil {
		return nil, err
	}
	return newChunkReader(ctx, func(rows int) iter.Seq2[chunk, error] { return gatherChunks(ctx, docs, rows) }, schema, opts)
}

// FromBytes returns a reader of documents that lie back to back in memory, as
// in an uncompressed dump. The memory must stay unchanged while it is read.
func FromBytes(ctx context.Context, data []byte, schema Schema, opts ...ReadOption) (*Reader, error) {
	if err := schema.check(); err != nil {
		return nil, err
	}
	r, err := newReader(ctx, schema, opts)
	if err != nil {
		return nil, err
	}
	r.size = int64(len(data))
	return r.ofSupply(&memory{rest: data}), nil
}

// Schema returns the schema that the reader decodes into.
func (r *Reader) Schema() Schema { return r.schema }

// Batches yields the rows in tables of at most BatchRows rows; each is the
// caller's. Memory is that of one batch, or of a few for each worker. On an error
// the rows before it come first, then (nil, error), and that is the end. The
// reader closes itself when the loop ends.
func (r *Reader) Batches() iter.Seq2[*Table, error] { return r.run(r.options.BatchRows) }

// Table reads everything into one table. On an error it returns that together
// with the rows before it.
func (r *Reader) Table() (*Table, error) {
	var fault error
	var tables []*Table
	r.options.ReuseBuffers = false
	for t, err := range r.run(0) {
		if fault = err; err == nil {
			tables = append(tables, t)
		}
	}
	if len(tables) == 0 {
		tables = append(tables, newDecoder(r.schema, ReadOptions{}).flush()) // the columns
	}
	if len(tables) == 1 {
		return tables[0], fault
	}
	all, err := Concat(tables...)
	if err != nil {
		return nil, err // all are of the schema, which they cannot differ from
	}
	return all, fault
}

// countRows reads everything and keeps nothing.
func (r *Reader) countRows() (n int64, err error) {
	for t, err := range r.Batches() {
		if err != nil {
			return n, err
		}
		n += int64(t.NumRows())
	}
	return n, nil
}

// Report returns the counts of the batches that were handed out.
func (r *Reader) Report() Report {
	report := Report{
		Documents: r.tally.docs, Filtered: r.tally.filtered, Dropped: r.tally.dropped,
		Columns: slices.Clone(r.tally.counts), Rejected: slices.Concat(r.tally.rejected...),
	}
	r.csv.report(&report)
	return report
}

// Close releases the source. It may be called more than once, and after it the
// reader yields [ErrReaderUsed].
func (r *Reader) Close() error {
	if r.closed {
		return nil
	}
	r.used, r.closed = true, true
	if r.options.OnClose == nil {
		return nil
	}
	return r.options.OnClose()
}

// newChunkReader returns a reader of chunks, given the rows of a batch.
func newChunkReader(ctx context.Context, chunks func(rows int) iter.Seq2[chunk, error], schema Schema, opts []ReadOption) (*Reader, error) {
	r, err := newReader(ctx, schema, opts)
	if err != nil {
		return nil, err
	}
	r.batches = r.decoded(func(rows int) iter.Seq2[*Table, error] {
		return r.decode(newDecoder(r.schema, r.options), chunks(rows), rows)
	})
	return r, nil
}

// tableRows is how many rows [Reader.Table] has decoded at a time, at least.
const tableRows = 32768

// decoded is a way to read batches by decoding. Batches of 0 rows are for a table
// of all: when it is known how many there will be, that is one batch.
func (r *Reader) decoded(batches func(rows int) iter.Seq2[*Table, error]) func(rows int) iter.Seq2[*Table, error] {
	return func(rows int) iter.Seq2[*Table, error] {
		return batches(cmp.Or(rows, max(tableRows, r.options.ExpectRows)))
	}
}

// ofSupply lets the reader read documents that lie back to back.
func (r *Reader) ofSupply(from supply) *Reader {
	r.batches = r.decoded(func(rows int) iter.Seq2[*Table, error] {
		if workers := r.options.workers(); workers > 1 {
			return r.decodeParallel(from, rows, workers)
		}
		return r.decode(newDecoder(r.schema, r.options), chunksOf(from), rows)
	})
	return r
}

// newReader returns a reader of a source that is no server.
func newReader(ctx context.Context, schema Schema, opts []ReadOption) (*Reader, error) {
	return newReaderFor(ctx, "", schema, opts)
}

// newReaderFor returns a reader for a server's call.
func newReaderFor(ctx context.Context, call string, schema Schema, opts []ReadOption) (*Reader, error) {
	o, err := NewReadOptions(opts...)
	if err == nil {
		err = cmp.Or(o.checkColumns(schema), o.Server.check(call))
	}
	if err != nil {
		return nil, err
	}
	return &Reader{ctx: ctx, schema: schema, options: o, tally: newTally(schema)}, nil
}

// run is a pass over the batches that guards against a second one, closes the
// reader at the end and reports what Close says if nothing else was wrong.
func (r *Reader) run(rows int) iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) {
		if r.used {
			yield(nil, ErrReaderUsed)
			return
		}
		r.used = true
		defer r.Close()
		r.docs, r.bytes = newProgress(r.options), newByteProgress(r.options, r.size)
		for t, err := range r.batches(rows) {
			if !yield(t, err) || err != nil {
				return
			}
			r.tell()
			if r.closed { // in the loop's body
				yield(nil, ErrReaderUsed)
				return
			}
		}
		r.ended = true
		r.docs.end(r.tally.docs)
		r.bytes.end(r.tally.bytes)
		if err := r.checkAbsent(); err != nil {
			yield(nil, err)
			return
		}
		if err := r.Close(); err != nil {
			yield(nil, fmt.Errorf("monary: closing the source: %w", err))
		}
	}
}

// tell says how far the read is.
func (r *Reader) tell() {
	r.docs.tell(r.tally.docs)
	r.bytes.tell(r.tally.bytes)
}

// decode is the way from documents to tables.
func (r *Reader) decode(d *decoder, chunks iter.Seq2[chunk, error], rows int) iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) {
		d.hint = r.options.expected(rows)
		emit := func() bool {
			t := r.flush(d)
			if t.rows == 0 { // all of them have been left out
				r.tell()
				return true
			}
			return yield(t, nil)
		}
		err := context.Cause(r.ctx)
		if err == nil {
			for c, bad := range chunks {
				ok, fault := r.add(d, c, rows, emit)
				if !ok {
					return
				}
				if err = cmp.Or(fault, bad, context.Cause(r.ctx)); err != nil {
					break
				}
			}
		}
		if d.tally.docs > 0 && !emit() {
			return
		}
		if err != nil {
			if !errors.Is(err, context.Cause(r.ctx)) {
				err = withPosition(err, r.file, r.tally.docs, r.tally.bytes)
				r.csv.locate(err)
			}
			yield(nil, err)
		}
	}
}

// add decodes a chunk, block by block, and emits the batches that get full. It
// returns false when emit does.
func (r *Reader) add(d *decoder, c chunk, rows int, emit func() bool) (ok bool, err error) {
	for ends := c.ends; len(ends) > 1; {
		n := min(len(ends)-1, blockRows, rows-int(d.tally.docs))
		n, f := d.add(c.buf, ends[:n+1])
		if f != nil {
			return true, f
		}
		if ends = ends[n:]; int(d.tally.docs) == rows {
			if !emit() {
				return false, nil
			}
			if err := context.Cause(r.ctx); err != nil {
				return true, err
			}
		}
	}
	return true, nil
}

func (r *Reader) flush(d *decoder) *Table {
	t := d.flush()
	r.tally.add(d.takeTally(), r.options.KeepRejected)
	return t
}

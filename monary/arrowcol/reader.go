package arrowcol

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/penstock/penstock/monary"
)

// NewRecordReader returns a stream of records, one for each batch of the rows, as
// [ToRecord] makes them; nothing is read before Next asks for it. Its last Release
// closes a monary.Reader that the rows come from, also when it was not read to its
// end. A record may be retained beyond the next one unless the read reuses its
// buffers. Next and Err are for one goroutine.
func NewRecordReader(rows monary.Columnar, opts ...Option) array.RecordReader {
	o := newOptions(opts)
	r := &recordReader{options: o, schema: o.schema(rows.Columns()), rows: rows}
	r.next, r.stop = iter.Pull2(rows.Batches())
	r.refs.Store(1)
	return r
}

// recordReader makes records of tables.
type recordReader struct {
	options *options
	schema  *arrow.Schema
	rows    monary.Columnar
	next    func() (*monary.Table, error, bool)
	stop    func()
	refs    atomic.Int64
	record  arrow.RecordBatch
	err     error
}

var _ array.RecordReader = (*recordReader)(nil)

func (r *recordReader) Retain() { r.refs.Add(1) }

func (r *recordReader) Release() {
	if r.refs.Add(-1) != 0 {
		return
	}
	r.drop()
	r.stop()
	if c, ok := r.rows.(io.Closer); ok {
		r.err = errors.Join(r.err, c.Close())
	}
}

func (r *recordReader) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func (r *recordReader) Schema() *arrow.Schema { return r.schema }

func (r *recordReader) Next() bool {
	r.drop()
	if r.err != nil {
		return false
	}
	t, err, ok := r.next()
	if ok && err == nil {
		r.record, err = r.options.record(r.schema, t)
	}
	r.err = err
	return ok && err == nil
}

func (r *recordReader) RecordBatch() arrow.RecordBatch { return r.record }

// Record is RecordBatch under the name that it had before.
func (r *recordReader) Record() arrow.RecordBatch { return r.record }

func (r *recordReader) Err() error { return r.err }

// NewReader returns a reader of a stream of records from elsewhere. It has the
// schema's columns, to whose types cells are converted as monary.FromTables does;
// the zero Schema stands for all columns as [MonarySchema] has them. Tables are
// copies, so that they do not depend on the records' memory. The stream is
// retained until the reader is closed, which its end does too.
func NewReader(ctx context.Context, records array.RecordReader, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	tables := func(yield func(*monary.Table, error) bool) {
		for records.Next() {
			t, err := FromRecord(records.RecordBatch())
			if err == nil {
				t, err = monary.Concat(t)
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
		if err := records.Err(); err != nil {
			yield(nil, fmt.Errorf("arrowcol: %w", err))
		}
	}
	if schema.Len() == 0 {
		var err error
		if schema, err = MonarySchema(records.Schema()); err != nil {
			return nil, err
		}
	}
	r, err := newReader(ctx, tables, schema, opts, func() error { records.Release(); return nil })
	if err == nil {
		records.Retain()
	}
	return r, err
}

// newReader is a reader of tables that were records, and of what is to be done
// at its end.
func newReader(ctx context.Context, tables iter.Seq2[*monary.Table, error], schema monary.Schema, opts []monary.ReadOption, end func() error) (*monary.Reader, error) {
	o, err := monary.NewReadOptions(opts...)
	if err != nil {
		return nil, err
	}
	closing := end
	if own := o.OnClose; own != nil {
		closing = func() error { return errors.Join(end(), own()) }
	}
	return monary.FromTables(ctx, tables, schema, append(opts[:len(opts):len(opts)], monary.OnClose(closing))...)
}

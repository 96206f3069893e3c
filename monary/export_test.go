package monary

import (
	"context"
	"io"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// TextMemory returns the offsets and the bytes of a string column.
func TextMemory(s *Series) (offsets []int64, bytes []byte) {
	t := s.vector.(*text)
	return t.offsets, t.bytes
}

// DecodePlain reads documents without learning their shapes: every element is
// parsed as if it had never been met.
func DecodePlain(docs iter.Seq2[[]byte, error], schema Schema) (*Table, Report, error) {
	r, err := newReader(context.Background(), schema, nil)
	if err != nil {
		return nil, Report{}, err
	}
	r.batches = r.decoded(func(rows int) iter.Seq2[*Table, error] {
		d := newDecoder(schema, ReadOptions{})
		d.locator.top = d.locator.blind
		return r.decode(d, gatherChunks(r.ctx, docs, rows), rows)
	})
	t, err := r.Table()
	return t, r.Report(), err
}

// WithoutHints returns the report without what absent fields may have been
// meant to be, which only a reader that learns shapes knows.
func WithoutHints(r Report) Report {
	for i := range r.Columns {
		r.Columns[i].near = hint{}
	}
	return r
}

// ReadStream reads documents that arrive one after the other, as those of a
// compressed file do.
func ReadStream(ctx context.Context, in io.Reader, schema Schema, opts ...ReadOption) (*Reader, error) {
	r, err := newReader(ctx, schema, opts)
	if err != nil {
		return nil, err
	}
	return r.ofSupply(&stream{in: in}), nil
}

// TextBytes is how much memory a string column takes, in bytes, but for its
// validity.
func TextBytes(s *Series) int {
	t := s.vector.(*text)
	n := 8*cap(t.offsets) + cap(t.bytes) + 2*cap(t.codes)
	if t.words != nil {
		n += 8*cap(t.words.offsets) + cap(t.words.bytes)
	}
	return n
}

// TakesWholeBatches reports whether a driver's cursor is read a reply at a time.
func TakesWholeBatches(cursor *mongo.Cursor) bool { return wholeOf(cursor) != nil }

// AppendDocuments is the step from a reply's array to its documents.
func AppendDocuments(dst, array []byte) ([]byte, error) { return appendDocuments(dst, array) }

// BehindID is the filter that a read goes on with behind an _id.
func BehindID(last bson.RawValue, order int) (bson.D, error) { return behindID(last, order, nil) }

// Projection is what a server is asked for.
func Projection(s Schema, keepID bool) bson.D { return s.projection(keepID) }

// ShortProjection is what a server is asked for with ShortKeys.
func ShortProjection(s Schema, keepID bool) bson.D {
	project, _ := s.short(keepID)
	return project
}

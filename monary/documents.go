package monary

import (
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Documents yields the documents as they are in the file, each valid until the
// next; those of a CSV file have its columns for fields, with types as in an
// any column. Lengths are checked, what is inside is not, but for what the conditions of
// [Where] look at. Of the options it takes that one, [MaxBytes], [BadRecords] and [OnBadRecord].
func (d *Dump) Documents(ctx context.Context, opts ...ReadOption) iter.Seq2[bson.Raw, error] {
	return func(yield func(bson.Raw, error) bool) {
		o, err := NewReadOptions(opts...)
		if err != nil {
			yield(nil, err)
			return
		}
		file, err := d.openWithin(o.MaxBytes)
		if err != nil {
			yield(nil, err)
			return
		}
		defer file.Close()
		chunks, _, csv, err := d.chunks(ctx, file, Schema{}, ReadOptions{OnBadRecord: o.OnBadRecord, Where: o.Where})
		if err != nil {
			yield(nil, err)
			return
		}
		if csv != nil {
			o = csv.options
		}
		w := &walk{ctx: ctx, path: d.path}
		if len(o.Where) > 0 {
			w.locator = newLocator(Schema{}, o)
		}
		for c, err := range chunks(blockRows) {
			if !w.chunk(c, err, yield) {
				return
			}
		}
	}
}

// Whole reads the documents as they are: tables have one column, of type any and called
// "document", whose cells are the documents, checked to their last element. Those of a CSV file are
// as [Dump.Documents] gives them.
func (d *Dump) Whole(ctx context.Context, opts ...ReadOption) (*Reader, error) {
	return d.read(ctx, wholeSchema, opts)
}

// wholeSchema has a column for the documents themselves, which no path leads to.
var wholeSchema = Schema{fields: []FieldSpec{{Name: "document", Type: Type{Kind: KindAny}}}, paths: [][]string{nil}, texts: []string{""}}

// walk is a pass over the documents of a file.
type walk struct {
	ctx     context.Context
	path    string
	locator *locator // nil: no condition is asked
	doc     int64    // documents so far
	offset  int64    // their bytes
}

// chunk yields the wanted documents of a chunk, and the error behind them. It returns false
// where the pass ends.
func (w *walk) chunk(c chunk, err error, yield func(bson.Raw, error) bool) bool {
	for ends := c.ends; len(ends) > 1; {
		b, n, f := w.block(c.buf, ends[:min(len(ends), blockRows+1)])
		for row := 0; row < b.rows() && w.ctx.Err() == nil; row++ {
			doc := b.doc(row)
			if !yield(c.buf[b.ends[doc]:b.ends[doc+1]], nil) {
				return false
			}
		}
		w.doc += int64(n)
		w.offset += int64(ends[n] - ends[0])
		if ends = ends[n:]; f != nil {
			err = f
			break
		}
		if w.ctx.Err() != nil {
			break
		}
	}
	switch {
	case w.ctx.Err() != nil:
		err = context.Cause(w.ctx)
	case err != nil:
		err = withPosition(err, w.path, w.doc, w.offset)
	default:
		return true
	}
	yield(nil, err)
	return false
}

// block is what is wanted of documents, at most blockRows, how many it concerns and what is
// wrong with the next.
func (w *walk) block(buf []byte, ends []uint32) (b block, docs int, f *fault) {
	if w.locator == nil {
		return block{buf: buf, ends: ends}, len(ends) - 1, nil
	}
	return w.locator.wanted(buf, ends)
}

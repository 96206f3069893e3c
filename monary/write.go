package monary

import (
	"context"
	"fmt"
	"iter"
)

// Rows is where a write takes its rows from: a [Table] or a [Reader], whose
// batches are read as they are needed.
type Rows interface {
	Batches() iter.Seq2[*Table, error]
}

var _, _ Rows = (*Table)(nil), (*Reader)(nil)

// Batches yields the table itself, so that it can stand where a [Reader] can.
func (t *Table) Batches() iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) { yield(t, nil) }
}

// Insert adds a document for each row. Columns are fields: a name is a path, as
// in a [Schema], so that "addr.zip" is a field of a document addr, and "loc.0"
// and "loc.1" are an array loc (without "loc.0" they would be fields of a
// document); types are written as [Series.Value] gives them. A row without an _id
// gets an ObjectID, which the result has.
//
// Rows go to the server in commands of many documents. The result says what
// became of each of them and is there beside an error too, which tells of rows
// that failed, of those of which it is not known because the connection broke,
// and of those that were not tried. Commands are sent once more by the driver
// where that is safe (retryable writes).
//
// Not a row, but the whole write is refused when two columns would be in one
// place ("a" and "a.b"), and for columns of the types type, size and length.
func (c *Collection) Insert(ctx context.Context, rows Rows, opts ...WriteOption) (*WriteResult, error) {
	return c.write(ctx, insertRows, rows, nil, opts)
}

// Replace puts the row's document in the place of the first that has the row's
// keys: the values of the key columns, compared as the server compares them. The
// document keeps its _id. Where there is none with these keys, nothing is written;
// Matched counts the others. A row whose keys lack a value fails.
func (c *Collection) Replace(ctx context.Context, rows Rows, keys []string, opts ...WriteOption) (*WriteResult, error) {
	return c.write(ctx, replaceRows, rows, keys, opts)
}

// Upsert updates as [Collection.Update] does, and inserts a document of the
// row's keys and fields where none has the keys. The server makes the _id if it
// is not among the columns. Without a unique index on the keys, writers at the
// same time may insert twice.
func (c *Collection) Upsert(ctx context.Context, rows Rows, keys []string, opts ...WriteOption) (*WriteResult, error) {
	return c.write(ctx, upsertRows, rows, keys, opts)
}

// Update sets the fields of the first document that has the row's keys, see
// [Collection.Replace]. Other fields of the document stay, those beside
// "addr.zip" in addr too, and those for which the row has no value, unless
// [ExplicitNulls] makes them null. A row with nothing to set is not sent. Names
// with an escaped dot, an empty key or one that begins with a dollar cannot be
// updated.
func (c *Collection) Update(ctx context.Context, rows Rows, keys []string, opts ...WriteOption) (*WriteResult, error) {
	return c.write(ctx, updateRows, rows, keys, opts)
}

// Delete deletes the first document that has the row's keys, see
// [Collection.Replace]. Other columns are not looked at.
func (c *Collection) Delete(ctx context.Context, rows Rows, keys []string, opts ...WriteOption) (*WriteResult, error) {
	return c.write(ctx, deleteRows, rows, keys, opts)
}

// write carries out a write.
func (c *Collection) write(ctx context.Context, v verb, rows Rows, keys []string, opts []WriteOption) (*WriteResult, error) {
	w, err := c.newWriter(ctx, v, rows, keys, opts)
	if err != nil {
		return &WriteResult{}, fmt.Errorf("monary: %s: %w", v, err)
	}
	for t, err := range rows.Batches() {
		if w.source = err; err == nil {
			err = w.table(t)
		}
		if err != nil || w.stopped {
			break
		}
	}
	w.flush()
	w.progress.end(w.done)
	return w.result, w.end()
}

// writer is a write in progress.
type writer struct {
	ctx      context.Context
	verb     verb
	keys     []string
	options  WriteOptions
	limits   limits
	sender   sender
	progress *progress
	batch    bulk
	ids      idColumn
	result   *WriteResult

	done     int64 // rows whose outcome is noted
	refusals int   // commands of one row that the server has refused
	stopped  bool  // nothing more is sent
	source   error // of the rows
	faults   []error
}

func (c *Collection) newWriter(ctx context.Context, v verb, rows Rows, keys []string, opts []WriteOption) (*writer, error) {
	o, driver, err := newWriteOptions(v, opts)
	if err == nil {
		err = v.checkKeys(keys)
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	w := &writer{ctx: ctx, verb: v, keys: keys, options: o, result: &WriteResult{}, progress: newWriteProgress(o, rows)}
	if w.limits, err = c.limits(ctx); err != nil {
		return nil, err
	}
	w.sender = c.newSender(v, o, driver)
	return w, nil
}

// newWriteProgress knows how many rows there are, if the rows say so.
func newWriteProgress(o WriteOptions, rows Rows) *progress {
	told := ReadOptions{OnProgress: o.OnProgress}
	switch rows := rows.(type) {
	case *Table:
		told.ExpectRows = rows.rows
	case *Reader:
		told.ExpectRows = rows.options.ExpectRows
	}
	return newProgress(told)
}

// table takes the rows of a table, and sends what makes full batches. It returns
// an error, which it notes too, for a table that cannot be written at all.
func (w *writer) table(t *Table) error {
	form, err := w.verb.form(t, w.keys, w.options)
	if err != nil {
		w.faults = append(w.faults, err)
		return err
	}
	first := w.result.Rows
	w.result.Rows += int64(t.rows)
	if w.verb == insertRows {
		w.ids.begin(t)
		defer w.ids.end()
	}
	for row := range t.rows {
		if w.row(form, row, first+int64(row)); w.stopped {
			return nil
		}
	}
	return nil
}

// commandRoom is what a server lets a command have beside the largest document.
const commandRoom = 8 << 10

// row adds a row to the batch.
func (w *writer) row(form *rowForm, row int, n int64) {
	b := &w.batch
	filter, doc, err := form.append(b, row)
	if err == nil && (doc > w.limits.document || filter+doc > w.limits.document+commandRoom) {
		err = fmt.Errorf("its document has %d bytes and its keys %d; the server takes %d", doc, filter, w.limits.document)
	}
	if err != nil {
		b.drop()
		w.refuse(n, err)
		return
	}
	if filter+doc == 0 { // nothing to set
		b.next = n + 1
		return
	}
	if len(b.ops) >= min(w.options.BatchRows, w.limits.rows) || len(b.ops) > 0 && b.end+filter+doc > w.options.BatchBytes {
		if w.flush(); w.stopped {
			return
		}
	}
	b.add(n, filter, doc)
	if w.verb == insertRows {
		w.ids.note(row, b.last())
	}
}

// refuse notes a row that is not sent. In an ordered write it ends the write,
// behind the rows before it.
func (w *writer) refuse(n int64, err error) {
	if !w.options.Unordered {
		if w.flush(); w.stopped {
			return
		}
		w.stopped = true
	}
	w.batch.next = n + 1
	if w.stopped {
		w.note(n+1, Written) // but for the error
	}
	w.result.fail(RowError{Row: n, Message: err.Error(), Err: err})
}

// end finishes the result and says what went wrong.
func (w *writer) end() error {
	w.result.finish(w.ids.series())
	return w.result.err(w.verb, w.source, w.faults)
}

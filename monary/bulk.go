package monary

import "context"

// bulk is the rows of one command: their filters and documents, back to back.
// Bytes behind end are those of a row that is not added yet.
type bulk struct {
	buf   []byte
	end   int
	ops   []op
	first int64 // row that is the first without an outcome
	next  int64 // row behind the last that is done with: added, refused, or nothing to do
}

// op is what a row has the server do. Its filter begins where the op before it
// ends.
type op struct {
	row    int64
	filter int // where it ends
	doc    int // where it ends
}

// add adds the row whose bytes were appended.
func (b *bulk) add(row int64, filter, doc int) {
	b.ops = append(b.ops, op{row, b.end + filter, b.end + filter + doc})
	b.end += filter + doc
	b.next = row + 1
}

// drop forgets the bytes of a row that is not added.
func (b *bulk) drop() { b.buf = b.buf[:b.end] }

// start is where an op's filter begins.
func (b *bulk) start(i int) int {
	if i == 0 {
		return 0
	}
	return b.ops[i-1].doc
}

// last is the document of the last row.
func (b *bulk) last() []byte {
	op := b.ops[len(b.ops)-1]
	return b.buf[op.filter:op.doc]
}

// clear begins another batch; bytes behind the end stay.
func (b *bulk) clear() {
	n := copy(b.buf, b.buf[b.end:])
	b.buf, b.end, b.ops, b.first = b.buf[:n], 0, b.ops[:0], b.next
}

// flush sends the batch and notes what became of its rows.
func (w *writer) flush() {
	b := &w.batch
	defer b.clear()
	if len(b.ops) == 0 || w.stopped {
		if !w.stopped {
			w.result.note(b.first, b.next, Written)
			w.done = b.next
		}
		return
	}
	if err := context.Cause(w.ctx); err != nil {
		w.stop(err)
		return
	}
	w.settle(w.sender.send(w.ctx, b))
	w.done = b.next
	w.progress.tell(w.done)
}

// settle takes in the answer to a batch.
func (w *writer) settle(a *answer) {
	b, r := &w.batch, w.result
	r.Inserted += a.inserted
	r.Matched += a.matched
	r.Modified += a.modified
	r.Deleted += a.deleted
	for i, id := range a.upserted {
		r.upsert(b.ops[i].row, id)
	}
	if a.concern != nil && r.ConcernError == nil {
		r.ConcernError = a.concern
	}
	if a.err != nil {
		w.broken(a)
		return
	}
	done, failed := b.next, false
	for _, e := range a.errors {
		if e.Index < 0 || e.Index >= len(b.ops) {
			continue // of no row of ours
		}
		row := b.ops[e.Index].row
		r.fail(RowError{Row: row, Code: e.Code, Message: e.Message, Details: e.Details, Err: e})
		if failed = true; !w.options.Unordered {
			done = min(done, row+1)
		}
	}
	outcome := Written
	if !a.acknowledged {
		outcome = InDoubt
	}
	r.note(b.first, done, outcome)
	b.next = done
	w.stopped = w.stopped || failed && !w.options.Unordered
}

// broken takes in that a command as a whole got no answer, or an error for one.
func (w *writer) broken(a *answer) {
	switch {
	case a.untouched:
		w.stop(a.err)
	default:
		w.result.note(w.batch.first, w.batch.next, InDoubt)
		w.faults = append(w.faults, inDoubt(w.batch.first, w.batch.next, a.err))
		w.stopped = !w.options.Unordered || context.Cause(w.ctx) != nil
	}
}

// stop ends the write before the batch's rows.
func (w *writer) stop(err error) {
	w.faults = append(w.faults, err)
	w.stopped = true
	w.batch.next = w.batch.first
}

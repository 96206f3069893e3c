package monary

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
)

// team is a read by several workers, one of which is the goroutine that loops
// over the batches. In turn each takes documents off the source, a job (job.go),
// and decodes them while others take theirs. What is decoded is handed out in the
// order of the documents, so the result is that of a single worker.
type team struct {
	reader *Reader
	ctx    context.Context
	from   supply
	rows   int // of a batch

	mu      sync.Mutex // guards these:
	changed sync.Cond
	jobs    []*job     // taken, in order, and not handed out
	limit   int        // of them
	eager   bool       // a batch is not to wait for the next: the source may be slow
	taking  bool       // it is someone's turn to take a job
	ended   bool       // there are no more
	spare   []*decoder // whose tables are done with

	// Of the worker whose turn it is:
	most  int // bytes of a job, about
	begun int // documents of the batch in progress that were taken
	mean  int // bytes of a document, lately

	// Of the goroutine that loops over the batches:
	batch *join // shares put together
	tally tally // of the batch
	room  int   // rows to make room for in the next one
}

// decodeParallel is decode on several goroutines. None is left when the loop over
// it ends.
func (r *Reader) decodeParallel(from supply, rows, workers int) iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) {
		ctx, stop := context.WithCancel(r.ctx)
		t := &team{
			reader: r, ctx: ctx, from: from, rows: rows, limit: 2 * workers,
			most: max(jobsMost/workers, jobLeast), mean: jobLeast,
			batch: newJoin(r.schema), tally: newTally(r.schema), room: r.options.expected(rows),
		}
		t.changed.L = &t.mu
		defer context.AfterFunc(ctx, t.wake)()
		var group sync.WaitGroup
		defer group.Wait()
		defer stop()
		if w, ok := from.(*wire); ok {
			t.eager = true
			defer w.interrupt() // a worker may be waiting for the server
		}
		for range workers - 1 {
			group.Go(t.help)
		}
		t.deliver(yield)
	}
}

func (t *team) wake() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changed.Broadcast()
}

// help works as long as there are documents.
func (t *team) help() {
	w := newWorker(t)
	defer w.slab.release()
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.ctx.Err() == nil && !t.ended {
		if t.mayTake() {
			w.work()
		} else {
			t.changed.Wait()
		}
	}
}

// mayTake reports whether there is a job to take, and nobody else at it.
func (t *team) mayTake() bool { return !t.taking && !t.ended && len(t.jobs) < t.limit }

// deliver yields the batches.
func (t *team) deliver(yield func(*Table, error) bool) {
	w := newWorker(t)
	defer w.slab.release()
	for {
		j := t.next(w)
		if j == nil {
			yield(nil, context.Cause(t.reader.ctx))
			return
		}
		for i := range j.shares {
			if !t.hand(&j.shares[i], yield) {
				return
			}
		}
		if j.err != nil {
			t.finish(j.err, yield)
			return
		}
	}
}

// next returns the next job when it is done, and lets w work meanwhile; nil if
// the context is done.
func (t *team) next(w *worker) *job {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.ctx.Err() == nil {
		switch {
		case len(t.jobs) > 0 && t.jobs[0].done:
			j := t.jobs[0]
			t.jobs = t.jobs[1:]
			t.changed.Broadcast()
			return j
		case t.mayTake() && !(t.eager && len(t.jobs) > 0):
			w.work()
		default:
			t.changed.Wait()
		}
	}
	return nil
}

// hand adds a share to its batch and yields that if it is complete. It returns
// false where the read ends.
func (t *team) hand(s *share, yield func(*Table, error) bool) bool {
	reuse := t.reader.options.ReuseBuffers
	if s.whole && s.err == nil {
		t.tally = s.tally
		ok := t.emit(s.table, yield)
		t.putBack(s.decoder, reuse)
		return ok
	}
	if t.batch.rows == 0 {
		t.batch.reserve(t.room)
	}
	t.batch.add(s.table)
	t.tally.add(s.tally, t.reader.options.KeepRejected)
	t.putBack(s.decoder, true)
	if s.err != nil {
		t.finish(s.err, yield)
		return false
	}
	if !s.last {
		return true
	}
	ok := t.emit(t.batch.table(reuse), yield)
	if t.room = t.batch.rows; reuse {
		t.batch.clear()
	} else {
		t.batch = newJoin(t.reader.schema)
	}
	return ok
}

// finish yields what there is of the batch in progress and the error behind it.
func (t *team) finish(err error, yield func(*Table, error) bool) {
	r := t.reader
	if t.emit(t.batch.table(false), yield) && !errors.Is(err, io.EOF) {
		yield(nil, withPosition(err, r.file, r.tally.docs, r.tally.bytes))
	}
}

// emit yields a batch, whose tally is t's.
func (t *team) emit(batch *Table, yield func(*Table, error) bool) bool {
	r := t.reader
	r.tally.add(t.tally, r.options.KeepRejected)
	t.tally = newTally(r.schema)
	switch {
	case batch.rows == 0:
		r.tell()
	case !yield(batch, nil):
		return false
	}
	if err := context.Cause(r.ctx); err != nil {
		yield(nil, err)
		return false
	}
	return true
}

// putBack takes back a decoder. With reuse, its last table is not needed any
// more.
func (t *team) putBack(d *decoder, reuse bool) {
	if !reuse {
		clear(d.columns)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spare = append(t.spare, d)
}

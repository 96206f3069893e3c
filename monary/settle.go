package monary

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// flush sends the batch and notes what became of its rows.
func (w *writer) flush() {
	b := &w.batch
	defer b.clear()
	switch {
	case w.stopped:
	case len(b.ops) == 0:
		w.note(b.next, Written) // rows that asked for nothing, if there are any
	default:
		w.send(b)
		w.progress.tell(w.done)
	}
}

// note notes the outcome of the rows up to one.
func (w *writer) note(end int64, o Outcome) {
	w.result.note(w.done, end, o)
	w.done = end
}

// send sends a batch. When the server refuses the command as a whole for what is
// in it, the halves are sent by themselves: a row that it cannot read does not
// hide others.
func (w *writer) send(b *bulk) {
	if err := context.Cause(w.ctx); err != nil {
		w.stop(err)
		return
	}
	a := w.sender.send(w.ctx, b)
	switch e := ofRow(a.err); {
	case e == nil || w.refusals == mostRefusals:
		w.settle(b, a)
	case len(b.ops) == 1:
		w.refusals++
		w.settle(b, &answer{acknowledged: true, errors: []mongo.WriteError{*e}})
	default:
		first, second := b.halves()
		if w.send(first); !w.stopped {
			w.send(second)
		}
	}
}

// mostRefusals is how many rows may be found to make the server refuse a command.
// If there are more, it is not the rows.
const mostRefusals = 100

// settle takes in the answer to a batch.
func (w *writer) settle(b *bulk, a *answer) {
	r := w.result
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
		w.broken(b, a)
		return
	}
	end := b.next
	for _, e := range a.errors {
		if e.Index < 0 || e.Index >= len(b.ops) {
			continue // of no row of ours
		}
		row := b.ops[e.Index].row
		r.fail(RowError{Row: row, Code: e.Code, Message: e.Message, Details: e.Details, Err: e})
		if !w.options.Unordered {
			w.stopped = true
			end = min(end, row+1)
		}
	}
	outcome := Written
	if !a.acknowledged {
		outcome = InDoubt
	}
	w.note(end, outcome)
}

// broken takes in that a command as a whole got no answer, or an error for one.
func (w *writer) broken(b *bulk, a *answer) {
	if a.untouched {
		w.stop(a.err)
		return
	}
	w.faults = append(w.faults, inDoubt(w.done, b.next, a.err))
	w.note(b.next, InDoubt)
	w.stopped = !w.options.Unordered || context.Cause(w.ctx) != nil
}

// stop ends the write before rows that are not noted yet.
func (w *writer) stop(err error) {
	w.faults = append(w.faults, err)
	w.stopped = true
}

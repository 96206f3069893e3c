package monary

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Outcome is what became of a row of a write.
type Outcome uint8

// The outcomes of rows.
const (
	NotTried Outcome = iota // nothing was done about it
	Written                 // the server has done what it was asked; an update or delete may have matched nothing
	Failed                  // the server has refused it, or it could not be sent: it has a RowError
	InDoubt                 // it was sent, and no answer came or none was asked for (write concern w: 0)
)

// String returns the outcome's name.
func (o Outcome) String() string {
	switch o {
	case NotTried:
		return "not tried"
	case Written:
		return "written"
	case Failed:
		return "failed"
	case InDoubt:
		return "in doubt"
	}
	return "invalid"
}

// WriteResult is what became of a write. Rows are numbered from 0 through all
// batches of their source.
type WriteResult struct {
	Rows int64 // taken from the source
	// Documents, as the server counted them, but for those of rows that are in
	// doubt.
	Inserted, Matched, Modified, Deleted int64
	// IDs is the column _id of an insert, one for each row: given or made for it,
	// whether or not it was written. Rows that were not tried may have none. It is
	// nil for other writes. All of it is in memory, however many batches there were.
	IDs *Series
	// UpsertedIDs are the _ids of documents that an upsert inserted, by row.
	UpsertedIDs map[int64]Value
	// Errors are the rows that failed, in order.
	Errors []RowError
	// ConcernError is the first failure of the write concern: the rows are written,
	// but the server cannot promise as much as it was asked to.
	ConcernError *mongo.WriteConcernError

	spans []span
}

// RowError is why a row was not written.
type RowError struct {
	Row     int64
	Code    int      // the server's; 0 if the row was not sent
	Message string   // the server's, or why it was not sent
	Details bson.Raw // what the server adds, such as the rule of a validation
	Err     error    // the cause: a mongo.WriteError if it is the server's
}

// Error gives the row, the text and the code.
func (e RowError) Error() string {
	if e.Code == 0 {
		return fmt.Sprintf("row %d: %s", e.Row, e.Message)
	}
	return fmt.Sprintf("row %d: %s (code %d)", e.Row, e.Message, e.Code)
}

// Unwrap returns the cause, so that mongo.IsDuplicateKeyError can tell.
func (e RowError) Unwrap() error { return e.Err }

// span is rows with one outcome, but for those that have a RowError.
type span struct {
	first, end int64
	outcome    Outcome
}

// Outcome returns what became of a row.
func (r *WriteResult) Outcome(row int64) Outcome {
	if _, failed := slices.BinarySearchFunc(r.Errors, row, func(e RowError, row int64) int { return cmp.Compare(e.Row, row) }); failed {
		return Failed
	}
	i, _ := slices.BinarySearchFunc(r.spans, row, func(s span, row int64) int {
		switch {
		case s.end <= row:
			return -1
		case s.first > row:
			return 1
		}
		return 0
	})
	if i < len(r.spans) && r.spans[i].first <= row {
		return r.spans[i].outcome
	}
	return NotTried
}

// Count returns how many rows have an outcome.
func (r *WriteResult) Count(o Outcome) int64 {
	if o == Failed {
		return int64(len(r.Errors))
	}
	n := [...]int64{NotTried: r.Rows - int64(len(r.Errors)), Written: 0, InDoubt: 0}
	for _, s := range r.spans {
		rows := s.end - s.first - int64(r.errorsBefore(s.end)-r.errorsBefore(s.first))
		n[s.outcome] += rows
		n[NotTried] -= rows
	}
	if int(o) >= len(n) {
		return 0
	}
	return n[o]
}

// errorsBefore is how many errors are of rows before one.
func (r *WriteResult) errorsBefore(row int64) int {
	i, _ := slices.BinarySearchFunc(r.Errors, row, func(e RowError, row int64) int { return cmp.Compare(e.Row, row) })
	return i
}

// note notes the outcome of rows, which come in order.
func (r *WriteResult) note(first, end int64, o Outcome) {
	if first == end {
		return
	}
	if n := len(r.spans); n > 0 && r.spans[n-1].outcome == o && r.spans[n-1].end == first {
		r.spans[n-1].end = end
		return
	}
	r.spans = append(r.spans, span{first, end, o})
}

func (r *WriteResult) fail(e RowError) { r.Errors = append(r.Errors, e) }

func (r *WriteResult) upsert(row int64, id Value) {
	if r.UpsertedIDs == nil {
		r.UpsertedIDs = map[int64]Value{}
	}
	r.UpsertedIDs[row] = id
}

// finish makes the result complete.
func (r *WriteResult) finish(ids *Series) {
	slices.SortFunc(r.Errors, func(a, b RowError) int { return cmp.Compare(a.Row, b.Row) })
	r.IDs = ids
}

// err says what went wrong, nil if nothing did. An error of the rows' source
// stands by itself.
func (r *WriteResult) err(v verb, source error, faults []error) error {
	var all []error
	if n := len(r.Errors); n > 0 {
		all = append(all, fmt.Errorf("%d of %d rows failed, the first: %w", n, r.Rows, r.Errors[0]))
	}
	all = append(all, faults...)
	if r.ConcernError != nil {
		all = append(all, fmt.Errorf("the write concern was not met: %w", r.ConcernError))
	}
	if len(all) == 0 {
		return source
	}
	if n := r.Count(NotTried); n > 0 {
		all = append(all, fmt.Errorf("%d rows were not tried", n))
	}
	err := fmt.Errorf("monary: %s: %w", v, errors.Join(all...))
	if source != nil {
		return errors.Join(err, source)
	}
	return err
}

// inDoubt is the error of a command that got no answer.
func inDoubt(first, end int64, err error) error {
	return fmt.Errorf("rows %d to %d are in doubt: %w", first, end-1, err)
}

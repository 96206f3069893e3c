package monary

import (
	"iter"
	"slices"
)

// Rows is what can be written: a [Table], or a [Reader], which is read to its
// end batch by batch and closed.
type Rows interface {
	// Columns are the names and types of the columns.
	Columns() []FieldSpec
	// Batches yields the rows in tables that have these columns. An error is the
	// last thing that it yields.
	Batches() iter.Seq2[*Table, error]
}

var (
	_ Rows = (*Table)(nil)
	_ Rows = (*Reader)(nil)
)

// Columns are the names and types of the columns, in order.
func (t *Table) Columns() []FieldSpec {
	fields := make([]FieldSpec, len(t.columns))
	for i, s := range t.columns {
		fields[i] = s.field
	}
	return fields
}

// Batches yields the table itself. It makes a table [Rows].
func (t *Table) Batches() iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) { yield(t, nil) }
}

// Columns are the names and types of the columns that each batch has, in order.
func (r *Reader) Columns() []FieldSpec { return slices.Clone(r.schema.fields) }

package monary

import "slices"

// Columnar is [Rows] that have all the same columns: a [Table] or a [Reader].
type Columnar interface {
	Rows
	// Columns are the names and types of the columns that each batch has, in
	// order, also if there is no batch.
	Columns() []FieldSpec
}

var _, _ Columnar = (*Table)(nil), (*Reader)(nil)

// Columns are the names and types of the columns, in order.
func (t *Table) Columns() []FieldSpec {
	fields := make([]FieldSpec, len(t.columns))
	for i, s := range t.columns {
		fields[i] = s.field
	}
	return fields
}

// Columns are the names and types of the columns that each batch has, in order.
func (r *Reader) Columns() []FieldSpec { return slices.Clone(r.schema.fields) }

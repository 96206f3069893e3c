package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/penstock/penstock/monary"
)

// CSVWriter writes tables of one schema as CSV, one after the other: the sink of a [Flow],
// or of a reader's batches. Its Write is what Flow.Run takes. Cells are written as
// monary.WriteCSV does, but a document or array is one cell, extended JSON. monary.FromCSV
// reads it back with the same schema.
type CSVWriter struct {
	schema monary.Schema
	to     io.Writer
	text   bytes.Buffer // of a table
	begun  bool
	rows   int64
	err    error
}

// NewCSVWriter returns a writer of the schema's fields, whose names, dots included, are
// those of the columns.
func NewCSVWriter(w io.Writer, schema monary.Schema) *CSVWriter {
	return &CSVWriter{schema: schema, to: w}
}

// Write writes the rows of a table, which must have the schema's columns by name, and may
// have others. A value that its type does not take as it is makes an error with its row;
// nothing of such a table is written. After an error every call returns it.
func (c *CSVWriter) Write(t *monary.Table) error {
	if c.err == nil {
		c.err = c.write(t)
	}
	return c.err
}

// Flush writes the line of names if there was no table. It returns the first error
// that there was.
func (c *CSVWriter) Flush() error {
	if c.err == nil && !c.begun {
		c.err = c.rowsOf(func(func(*monary.Table, error) bool) {})
	}
	return c.err
}

func (c *CSVWriter) write(t *monary.Table) error {
	err := c.rowsOf(func(yield func(*monary.Table, error) bool) { yield(t, nil) })
	if err != nil && c.rows > 0 {
		err = fmt.Errorf("in the table behind %d rows: %w", c.rows, err)
	}
	c.rows += int64(t.NumRows())
	return err
}

// rowsOf writes tables, behind the line of names if it is the first time.
func (c *CSVWriter) rowsOf(tables func(yield func(*monary.Table, error) bool)) error {
	if c.schema.Len() == 0 {
		return errors.New("pipeline: CSV: the schema has no fields")
	}
	r, err := monary.FromTables(context.Background(), tables, c.schema, monary.WithPolicy(monary.Fail))
	if err != nil {
		return err
	}
	c.text.Reset()
	if err := monary.WriteCSV(&c.text, r, monary.ExportOptions{NoHeader: c.begun}); err != nil {
		return err // says where it is from
	}
	c.begun = true
	_, err = c.to.Write(c.text.Bytes())
	return err
}

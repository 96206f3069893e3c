package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/penstock/penstock/monary"
)

// CSVWriter writes tables of one schema as CSV, one after the other: the sink of a [Flow],
// or of a reader's batches. Its Write is what Flow.Run takes. Cells are written as
// [WriteCSV] does, but a document or array is one cell, extended JSON. monary.FromCSV reads
// it back with the same schema.
type CSVWriter struct {
	schema monary.Schema
	out    *csvOutput
	begun  bool
	rows   int64
	err    error
}

// NewCSVWriter returns a writer of the schema's fields, whose names, dots included, are
// those of the columns.
func NewCSVWriter(w io.Writer, schema monary.Schema) *CSVWriter {
	return &CSVWriter{schema: schema, out: newCSVOutput(w, schema.Len())}
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

// Flush writes what is still held, and the line of names if there was no table.
func (c *CSVWriter) Flush() error {
	if c.err == nil {
		c.err = errors.Join(c.begin(), c.out.flush())
	}
	return c.err
}

func (c *CSVWriter) write(t *monary.Table) error {
	one := func(yield func(*monary.Table, error) bool) { yield(t, nil) }
	r, err := monary.FromTables(context.Background(), one, c.schema, monary.WithPolicy(monary.Fail))
	if err != nil {
		return err
	}
	if t, err = r.Table(); err != nil {
		return err // says where it is from
	}
	if err := c.begin(); err != nil {
		return err
	}
	for row := range t.NumRows() {
		for i := range c.out.record {
			c.out.record[i] = csvText(t.Series(i).Value(row), false)
		}
		if err := c.out.write(); err != nil {
			return fmt.Errorf("pipeline: CSV, row %d: %w", c.rows+int64(row), err)
		}
	}
	c.rows += int64(t.NumRows())
	return nil
}

// begin writes the line of names.
func (c *CSVWriter) begin() error {
	if c.begun {
		return nil
	}
	c.begun = true
	if c.schema.Len() == 0 {
		return errors.New("pipeline: CSV: the schema has no fields")
	}
	for i := range c.out.record {
		c.out.record[i] = strings.Join(c.schema.Path(i), ".")
	}
	if err := c.out.write(); err != nil {
		return fmt.Errorf("pipeline: CSV: %w", err)
	}
	return nil
}

package monary

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ExportOptions are the settings of [WriteJSON], [WriteCSV], [WriteBSON] and
// [WriteDump]. The zero value works.
type ExportOptions struct {
	// ExplicitNulls writes null for cells without a value, but not in CSV, where they
	// are empty. Otherwise their fields
	// are left out, but for cells of which it is known that the document had null:
	// those of "any" columns, and of columns that were read with [KeepStates].
	ExplicitNulls bool
	// Canonical writes extended JSON that keeps every type. Otherwise it is relaxed,
	// as mongoexport's is: numbers are JSON's, so that an int64 may come back as an
	// int32, and dates are readable.
	Canonical bool
	// Array writes JSON as one array of documents, as mongoexport does with
	// --jsonArray, instead of a document a line.
	Array bool
	// NoHeader leaves out CSV's line of names, as mongoexport does with
	// --noHeaderLine.
	NoHeader bool
}

// exportBytes are how much is gathered before it is written.
const exportBytes = 1 << 16

// WriteJSON writes a document for each row as MongoDB Extended JSON v2, in
// mongoexport's form; [OpenDump] and mongoimport read it back. Columns are fields,
// and names are paths, as [Collection.Insert] takes them.
//
// Integers have all their digits (some programs read those beyond 2^53 as doubles),
// -0 its sign; dates outside the years 1970 to 9999, NaN (without its payload) and
// infinities have their canonical form where the others are relaxed. Text that is
// not UTF-8 and documents that would be read back as something else
// ([ErrAmbiguous]) are an error with row and field; the rows before it are written.
func WriteJSON(w io.Writer, rows Rows, o ExportOptions) error {
	e := extended{canonical: o.Canonical}
	if o.Array {
		e.dst = append(e.dst, '[')
	}
	err := eachStamped(rows, o, func(row int64, doc []byte) error {
		before := len(e.dst)
		if o.Array && row > 0 {
			e.dst = append(e.dst, ',')
		}
		if f := e.value(bson.TypeEmbeddedDocument, doc); f != nil {
			e.dst = e.dst[:before]
			return fmt.Errorf("row %d, field %q: %w", row, f.path(), f.err)
		}
		if !o.Array {
			e.dst = append(e.dst, '\n')
		}
		return flush(w, &e.dst, exportBytes)
	})
	if err == nil && o.Array {
		e.dst = append(e.dst, "]\n"...)
	}
	return exported("extended JSON", err, flush(w, &e.dst, 0))
}

// WriteBSON writes a document for each row, one behind the other, as in the .bson
// files of mongodump; [FromBytes] and, as a file, [OpenDump] and mongorestore read
// them back. Columns are fields, and names are paths, as [Collection.Insert] takes
// them. A document of more than 16 MiB, which no server takes, is an error that
// names the row, as is text that is not UTF-8; the rows before it are written.
func WriteBSON(w io.Writer, rows Rows, o ExportOptions) error {
	var buf []byte
	err := eachStamped(rows, o, func(row int64, doc []byte) error {
		if len(doc) > maxServed {
			return fmt.Errorf("row %d: a document of %d bytes; servers take at most %d", row, len(doc), maxServed)
		}
		buf = append(buf, doc...)
		return flush(w, &buf, exportBytes)
	})
	return exported("BSON", err, flush(w, &buf, 0))
}

// maxServed is the size of the largest document that a server takes.
const maxServed = 16 << 20

// eachStamped calls write with the document of each row; it is valid until the
// next.
func eachStamped(rows Rows, o ExportOptions, write func(row int64, doc []byte) error) error {
	without := nullsAbsent
	if o.ExplicitNulls {
		without = nullsExplicit
	}
	var doc []byte
	before := int64(0)
	for t, err := range rows.Batches() {
		if err != nil {
			return &readError{err}
		}
		s, err := newStamper(t, without, keepID)
		if err != nil {
			return err
		}
		for i := range t.rows {
			row := before + int64(i)
			if doc, err = s.append(doc[:0], i); err != nil {
				return fmt.Errorf("row %d: %w", row, err)
			}
			if err = write(row, doc); err != nil {
				return err
			}
		}
		before += int64(t.rows)
	}
	return nil
}

// readError is an error of the rows, which says itself where it comes from.
type readError struct{ error }

// flush writes what was gathered if it is enough.
func flush(w io.Writer, buf *[]byte, enough int) error {
	if len(*buf) < enough || len(*buf) == 0 {
		return nil
	}
	_, err := w.Write(*buf)
	*buf = (*buf)[:0]
	return err
}

// exported is the first error of an export.
func exported(format string, errs ...error) error {
	err := cmp.Or(errs...)
	var read *readError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &read):
		return read.error
	}
	return fmt.Errorf("monary: %s: %w", format, err)
}

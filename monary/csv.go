package monary

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// FromCSV returns a reader of CSV text (RFC 4180) whose first line names the
// columns. A field of the schema is looked up by its whole name, so
// mongoexport's "_id.d" is found as it is; a name that the header lacks is an
// error. A cell is read as its column's type asks:
//
//	bool               true or false
//	numbers            decimal; the nearest float32 or float64, but integers only
//	                   as they are; a uint64 beyond int64 only if a double equals it
//	date               RFC 3339, with milliseconds
//	timestamp          seconds:increment
//	objectid           24 hex digits, plain or in ObjectId(…)
//	uuid               32 hex digits, with or without dashes
//	regex              /pattern/options
//	binary             standard base64, the subtype is 0; or extended JSON
//	bson, list, struct extended JSON, as of vectors, minkey and maxkey
//	any and the meta   as mongoimport guesses: int32, int64, double, else text
//	types              (but "007" stays text)
//
// An empty cell is null, in text and any columns the empty string. A line end in a
// quoted cell is read as \n, also where \r\n is written. Text that
// is no such value is counted as a mismatch, or what [WithPolicy] says. A record that cannot be read as
// one, such as a short one, ends the read, or what [BadRecords] says. Errors and
// rejected values tell the line on which their record begins. [InferCSV] makes a schema.
func FromCSV(ctx context.Context, r io.Reader, schema Schema, opts ...ReadOption) (*Reader, error) {
	o, err := NewReadOptions(opts...)
	if err != nil {
		return nil, err
	}
	from, inner, err := newCSVSource(r, schema, o)
	if err != nil {
		return nil, fmt.Errorf("monary: %w", err)
	}
	reader, err := FromRaw(ctx, from.documents, inner, opts...)
	if err == nil {
		reader.csv, reader.options.Where = from, from.options.Where
	}
	return reader, err
}

// csvSource is CSV text behind its header.
type csvSource struct {
	records *csv.Reader
	cells   []csvCell
	options ReadOptions
	lines   lines
	bad     []BadRecord // as many as KeepRejected says
	badSeen int64
}

// newCSVSource reads the header. A schema without fields, or of whole documents, stands for
// all columns, as any.
// It returns the schema that finds the fields in the source's documents, as the conditions
// among its options do.
func newCSVSource(r io.Reader, schema Schema, o ReadOptions) (*csvSource, Schema, error) {
	records := csv.NewReader(skipMark(r))
	records.ReuseRecord = true
	header, err := records.Read()
	if errors.Is(err, io.EOF) {
		return nil, schema, errors.New("CSV is empty; its first line must name the columns")
	}
	if err != nil {
		return nil, schema, fmt.Errorf("CSV header: %w", err)
	}
	cells, inner, err := matchHeader(slices.Clone(header), schema)
	if err != nil {
		return nil, schema, err
	}
	o.Where = slices.Clone(o.Where)
	for i, c := range o.Where {
		more, of, err := matchHeader(slices.Clone(header), c.Fields)
		if err != nil {
			return nil, schema, err
		}
		cells, o.Where[i].Fields = withCells(cells, more), of
	}
	return &csvSource{records: records, cells: cells, options: o}, inner, nil
}

// documents turns each record into a BSON document of the schema's fields, with
// the header's names as they are, dots included, for keys.
func (c *csvSource) documents(yield func([]byte, error) bool) {
	var doc []byte
	for n := int64(0); ; {
		record, err := c.records.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		line := c.line(err)
		var fault error
		doc, fault = c.appendRecord(doc[:0], record, err)
		policy := Mask
		if fault != nil {
			policy = c.judge(line, fault)
		}
		if policy == DropRow {
			continue
		}
		c.lines.add(n, line)
		if policy == Fail {
			yield(nil, &DecodeError{Doc: n, Offset: c.records.InputOffset(), Line: line, Err: fault})
			return
		}
		if !yield(doc, nil) {
			return
		}
		n++
	}
}

// skipMark leaves out the byte order mark at the start of a text.
func skipMark(r io.Reader) *bufio.Reader {
	text := bufio.NewReader(r)
	if start, err := text.Peek(3); err == nil && string(start) == "\ufeff" {
		_, _ = text.Discard(3) // which were peeked at
	}
	return text
}

// csvCell is a wanted cell of each record.
type csvCell struct {
	key   string
	index int
	kind  Kind // of the column
}

// matchHeader finds the schema's fields in the header and returns the schema
// that finds them in the documents made of the records.
func matchHeader(header []string, schema Schema) ([]csvCell, Schema, error) {
	for i, name := range header {
		if strings.ContainsRune(name, 0) {
			return nil, schema, fmt.Errorf("CSV column %d is called %q; a name cannot hold a NUL byte", i, name)
		}
	}
	if schema.Len() == 0 || schema.paths[0] == nil {
		return allCells(header), schema, nil
	}
	inner := Schema{fields: schema.fields, paths: make([][]string, len(schema.fields))}
	cells := make([]csvCell, len(schema.fields))
	var errs []error
	for i, f := range schema.fields {
		key := strings.Join(schema.paths[i], ".")
		index := slices.Index(header, key)
		switch {
		case index < 0:
			errs = append(errs, fmt.Errorf("CSV has no column %q; it has %q", key, header))
		case slices.Contains(header[index+1:], key):
			errs = append(errs, fmt.Errorf("CSV has two columns %q", key))
		}
		cells[i] = csvCell{key: key, index: index, kind: f.Type.Kind}
		inner.paths[i] = []string{key}
	}
	return cells, inner, errors.Join(errs...)
}

// withCells adds the cells that are not among the others, which keep their types.
func withCells(cells, more []csvCell) []csvCell {
	for _, c := range more {
		if !slices.ContainsFunc(cells, func(o csvCell) bool { return o.key == c.key }) {
			cells = append(cells, c)
		}
	}
	return cells
}

func allCells(header []string) []csvCell {
	cells := make([]csvCell, len(header))
	for i, key := range header {
		cells[i] = csvCell{key: key, index: i, kind: KindAny}
	}
	return cells
}

// appendRecord appends a record as a document, as far as it could be read, and
// returns what is wrong with it: err, or text that is not UTF-8. Other cells are missing.
func (c *csvSource) appendRecord(dst []byte, record []string, err error) ([]byte, error) {
	start, dst := bsoncore.AppendDocumentStart(dst)
	for _, cell := range c.cells {
		if cell.index >= len(record) {
			continue
		}
		text := record[cell.index]
		if !utf8.ValidString(text) {
			err = cmp.Or(err, fmt.Errorf("CSV column %q: %w: %q", cell.key, ErrUTF8, clip([]byte(text))))
			continue
		}
		dst = appendCell(dst, cell, text)
	}
	dst, _ = bsoncore.AppendDocumentEnd(dst, start) // which has begun there
	return dst, err
}

package monary

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
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
// An empty cell is null, in text and any columns the empty string. Text that
// is no such value is counted as a mismatch.
func FromCSV(ctx context.Context, r io.Reader, schema Schema, opts ...ReadOption) (*Reader, error) {
	docs, inner, err := csvDocuments(r, schema)
	if err != nil {
		return nil, fmt.Errorf("monary: %w", err)
	}
	return FromRaw(ctx, docs, inner, opts...)
}

// csvDocuments turns each record into a BSON document of the schema's fields,
// with the header's names as they are, dots included, for keys. A schema
// without fields stands for all columns, as any.
func csvDocuments(r io.Reader, schema Schema) (iter.Seq2[[]byte, error], Schema, error) {
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
	return func(yield func([]byte, error) bool) {
		var doc []byte
		for n := int64(0); ; n++ {
			record, err := records.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil {
				doc, err = appendRecord(doc[:0], record, cells)
			}
			if err != nil {
				yield(nil, &DecodeError{Doc: n, Offset: records.InputOffset(), Err: err})
				return
			}
			if !yield(doc, nil) {
				return
			}
		}
	}, inner, nil
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
	if schema.Len() == 0 {
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

func allCells(header []string) []csvCell {
	cells := make([]csvCell, len(header))
	for i, key := range header {
		cells[i] = csvCell{key: key, index: i, kind: KindAny}
	}
	return cells
}

func appendRecord(dst []byte, record []string, cells []csvCell) ([]byte, error) {
	start, dst := bsoncore.AppendDocumentStart(dst)
	for _, c := range cells {
		text := record[c.index]
		if !utf8.ValidString(text) {
			return nil, fmt.Errorf("CSV column %q: %w: %q", c.key, ErrUTF8, clip([]byte(text)))
		}
		dst = appendCell(dst, c, text)
	}
	return bsoncore.AppendDocumentEnd(dst, start)
}

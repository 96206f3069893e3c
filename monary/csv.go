package monary

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// FromCSV returns a reader of CSV text (RFC 4180) whose first line names the
// columns. A field of the schema is looked up by its whole name, so
// mongoexport's "_id.d" is found as it is; a name that the header lacks is an
// error. A cell is read as its column's type asks: numbers in decimal, bool as
// true or false, date in RFC 3339, objectid as 24 hex digits, plain or in
// ObjectId(…), any as mongoimport guesses (int32, int64, double, else text; but "007" stays text). An empty
// cell is null, in string and any columns the empty string. Text that is no such
// value is counted as a mismatch.
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
	kind  Kind
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

// appendCell appends a cell as the BSON that its column takes, or as a string,
// which a column of another type counts as a mismatch.
func appendCell(dst []byte, c csvCell, text string) []byte {
	if text == "" && c.kind != KindString && c.kind != KindFixedString && c.kind != KindAny {
		return bsoncore.AppendNullElement(dst, c.key)
	}
	switch c.kind {
	case KindBool:
		if text == "true" || text == "false" {
			return bsoncore.AppendBooleanElement(dst, c.key, text == "true")
		}
	case KindInt32, KindInt64:
		return appendInteger(dst, c.key, text)
	case KindFloat64:
		return appendFloat(dst, c.key, text)
	case KindAny:
		return appendGuess(dst, c.key, text)
	case KindDate:
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil && t.Nanosecond()%1e6 == 0 {
			return bsoncore.AppendDateTimeElement(dst, c.key, t.UnixMilli())
		}
	case KindObjectID:
		if id, err := bson.ObjectIDFromHex(bareID(text)); err == nil {
			return bsoncore.AppendObjectIDElement(dst, c.key, id)
		}
	}
	return bsoncore.AppendStringElement(dst, c.key, text)
}

// bareID is the text inside ObjectId(…), or all of it.
func bareID(text string) string {
	if inner, ok := strings.CutPrefix(text, "ObjectId("); ok {
		if inner, ok := strings.CutSuffix(inner, ")"); ok {
			return inner
		}
	}
	return text
}

// appendGuess guesses as mongoimport does, except that digits which a number
// would not give back, as in "007", "+1" and those beyond an int64, stay text.
func appendGuess(dst []byte, key, text string) []byte {
	if !isInteger(text) {
		return appendDouble(dst, key, text)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || strconv.FormatInt(n, 10) != text:
		return bsoncore.AppendStringElement(dst, key, text)
	case n == int64(int32(n)):
		return bsoncore.AppendInt32Element(dst, key, int32(n))
	}
	return bsoncore.AppendInt64Element(dst, key, n)
}

// isInteger reports whether the text is digits, with or without a sign.
func isInteger(text string) bool {
	digits := strings.TrimLeft(text, "+-")
	return digits != "" && len(text)-len(digits) <= 1 && strings.Trim(digits, "0123456789") == ""
}

func appendDouble(dst []byte, key, text string) []byte {
	if x, err := strconv.ParseFloat(text, 64); err == nil && !strings.ContainsAny(text, "xX_") {
		return bsoncore.AppendDoubleElement(dst, key, x)
	}
	return bsoncore.AppendStringElement(dst, key, text)
}

// What stands for a number that the column would have to round: an integer that
// no double equals, and a double that is no integer.
const (
	noDouble  = 1<<53 + 1
	noInteger = 0.5
)

// appendFloat takes decimals to the nearest double, but integers only if a
// double equals them.
func appendFloat(dst []byte, key, text string) []byte {
	if isInteger(text) && len(text) < 330 { // longer ones are beyond any double
		n, _ := new(big.Int).SetString(text, 10)
		if _, accuracy := new(big.Float).SetInt(n).Float64(); accuracy != big.Exact {
			return bsoncore.AppendInt64Element(dst, key, noDouble)
		}
	}
	return appendDouble(dst, key, text)
}

// appendInteger reads the number exactly, however it is written. One beyond the
// range of integers becomes a double that is too.
func appendInteger(dst []byte, key, text string) []byte {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return bsoncore.AppendInt64Element(dst, key, n)
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(x) >= 1<<63 || math.IsNaN(x) {
		return appendDouble(dst, key, text)
	}
	exact, _, err := big.ParseFloat(text, 10, uint(64+4*len(text)), big.ToNearestEven)
	if err != nil || strings.ContainsAny(text, "xX_") {
		return bsoncore.AppendStringElement(dst, key, text)
	}
	n, accuracy := exact.Int64()
	if accuracy != big.Exact {
		return bsoncore.AppendDoubleElement(dst, key, noInteger)
	}
	return bsoncore.AppendInt64Element(dst, key, n)
}

package monary

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// WriteCSV writes rows as CSV (RFC 4180) with a first line of names, in
// mongoexport's form: dots in the names are those of paths, and lists, structs and
// documents are one cell of extended JSON. (pipeline.WriteCSV gives the fields of
// documents columns of their own.) [FromCSV] reads it back with the same schema,
// and its table says how cells are written. Beyond it:
//
//   - null and missing cells are empty, as is the empty text;
//   - numbers are the shortest decimals that give them back (1e+06, NaN, +Inf);
//   - binaries of a subtype other than 0, and values that have no plain text, such as
//     MinKey, are extended JSON;
//   - text is as it is, also line ends in it, of which Go's readers of CSV, and so
//     FromCSV, take "\r\n" for "\n".
//
// Text that is not UTF-8, a date outside the years 0 to 9999 and a document that
// would be read back as something else ([ErrAmbiguous]) are an error with row and
// column; the rows before it are written. So are two columns of a name.
func WriteCSV(w io.Writer, rows Columnar, o ExportOptions) error {
	header, err := csvHeader(rows.Columns())
	if err != nil {
		return exported("CSV", err)
	}
	c := &csvLine{single: len(header) == 1}
	if err := c.names(header); err != nil {
		return exported("CSV", err)
	}
	if o.NoHeader {
		c.buf = c.buf[:0]
	}
	before := int64(0)
	for t, err := range rows.Batches() {
		if err == nil {
			err = c.table(w, t, header, before)
			before += int64(t.rows)
		} else {
			err = &readError{err}
		}
		if err != nil {
			return exported("CSV", err, flush(w, &c.buf, 0))
		}
	}
	return exported("CSV", flush(w, &c.buf, 0))
}

// csvHeader lists the names of columns.
func csvHeader(columns []FieldSpec) ([]string, error) {
	var names []string
	for _, f := range columns {
		name := plainName(f.Name)
		if slices.Contains(names, name) {
			return nil, fmt.Errorf("two columns are called %q", name)
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, errors.New("the rows have no columns")
	}
	return names, nil
}

// plainName is a path without the marks that tell dots in keys from others, as
// mongoexport and [FromCSV] have it.
func plainName(name string) string {
	path, err := parsePath(name)
	if err != nil {
		return name // a column may be called anything
	}
	return strings.Join(path, ".")
}

// csvLine gathers lines of CSV.
type csvLine struct {
	buf    []byte
	text   []byte
	cells  int
	single bool // there is one cell a line
}

// names adds the line of names.
func (c *csvLine) names(header []string) error {
	for _, name := range header {
		if err := c.cell([]byte(name)); err != nil {
			return fmt.Errorf("column %q: %w", name, err)
		}
	}
	c.end()
	return nil
}

func (c *csvLine) table(w io.Writer, t *Table, header []string, before int64) error {
	if len(t.columns) != len(header) {
		return fmt.Errorf("a batch has %d columns, the first line %d", len(t.columns), len(header))
	}
	for row := range t.rows {
		start := len(c.buf)
		for i, s := range t.columns {
			var err error
			if c.text, err = appendCSV(c.text[:0], s.Type().Kind, s.Value(row)); err == nil {
				err = c.cell(c.text)
			}
			if err != nil {
				c.buf = c.buf[:start]
				return fmt.Errorf("row %d, column %q: %w", before+int64(row), header[i], err)
			}
		}
		c.end()
		if err := flush(w, &c.buf, exportBytes); err != nil {
			return err
		}
	}
	return nil
}

// cell adds a cell, in quotes if it needs them. An empty one that is all of its
// line does: readers skip empty lines.
func (c *csvLine) cell(text []byte) error {
	if !isASCII(text) && !utf8.Valid(text) {
		return fmt.Errorf("%w: %q", ErrUTF8, clip(text))
	}
	if c.cells > 0 {
		c.buf = append(c.buf, ',')
	}
	c.cells++
	quoted := c.single && len(text) == 0 || string(text) == `\.` // which ends a file for PostgreSQL
	for i, b := range text {
		quoted = quoted || b == ',' || b == '"' || b == '\r' || b == '\n' || i == 0 && (b == ' ' || b == '\t' || b >= utf8.RuneSelf)
	}
	if !quoted {
		c.buf = append(c.buf, text...)
		return nil
	}
	c.buf = append(c.buf, '"')
	for _, b := range text {
		if b == '"' {
			c.buf = append(c.buf, '"')
		}
		c.buf = append(c.buf, b)
	}
	c.buf = append(c.buf, '"')
	return nil
}

func (c *csvLine) end() { c.buf, c.cells = append(c.buf, '\n'), 0 }

// appendCSV appends a value as the text of a cell of a column.
func appendCSV(dst []byte, kind Kind, v Value) ([]byte, error) {
	switch v.typ {
	case 0, bson.TypeNull, bson.TypeUndefined:
		return dst, nil
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return append(dst, v.data...), nil
	case bson.TypeBoolean:
		return strconv.AppendBool(dst, v.bits == 1), nil
	case bson.TypeInt32, bson.TypeInt64:
		n, _ := v.Int()
		return strconv.AppendInt(dst, n, 10), nil
	case bson.TypeDouble:
		x, _ := v.Double()
		if kind == KindUint64 { // a box for what is beyond int64
			return strconv.AppendUint(dst, uint64(x), 10), nil
		}
		return strconv.AppendFloat(dst, x, 'g', -1, 64), nil
	case bson.TypeDecimal128:
		return append(dst, getDecimal128(v.data).String()...), nil
	case bson.TypeObjectID:
		return hex.AppendEncode(dst, v.data), nil
	case bson.TypeDateTime:
		return appendCSVDate(dst, int64(v.bits))
	case bson.TypeTimestamp:
		dst = strconv.AppendUint(dst, v.bits>>32, 10)
		return strconv.AppendUint(append(dst, ':'), v.bits&0xffffffff, 10), nil
	case bson.TypeRegex:
		if text, state, f := toRegex(v.data); f == nil && state == Present {
			return append(dst, text...), nil
		}
	case bson.TypeBinary:
		switch subtype, data := binaryParts(v.data); {
		case kind == KindUUID:
			return appendUUID(dst, data), nil
		case subtype == bson.TypeBinaryGeneric:
			return base64.StdEncoding.AppendEncode(dst, data), nil
		}
	}
	e := extended{dst: dst}
	if f := e.value(v.typ, v.data); f != nil && len(f.keys) > 0 {
		return dst, fmt.Errorf("%s: %w", f.path(), f.err)
	} else if f != nil {
		return dst, f.err
	}
	return e.dst, nil
}

func appendCSVDate(dst []byte, ms int64) ([]byte, error) {
	t := time.UnixMilli(ms).UTC()
	if year := t.Year(); year < 0 || year > 9999 {
		return dst, fmt.Errorf("the date of %d ms is in the year %d; RFC 3339 has the years 0 to 9999", ms, year)
	}
	return t.AppendFormat(dst, "2006-01-02T15:04:05.000Z"), nil
}

func appendUUID(dst, id []byte) []byte {
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

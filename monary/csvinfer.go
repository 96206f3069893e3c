package monary

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// InferCSV returns the narrowest schema that takes every cell of CSV text whose first line
// names the columns: reading the text with it masks nothing. A column is bool (true or
// false), int32, int64, float64, date (RFC 3339) or objectid if all its cells are, empty
// ones aside, else string; so is one without any. Digits that a number would not give back,
// as in "007", and integers that no float64 of the column equals are text. The fields come
// in the order of the header. To look at a sample, let r end early, behind a record.
func InferCSV(r io.Reader) (Schema, error) {
	schema, err := inferCSV(r)
	if err != nil {
		return Schema{}, fmt.Errorf("monary: %w", err)
	}
	return schema, nil
}

// InferSchema returns the narrowest schema that takes all documents of the file: that of
// the function of this name, or of [InferCSV]. It reads the file once.
func (d *Dump) InferSchema(ctx context.Context) (Schema, error) {
	if d.Typed() {
		return InferSchema(d.Documents(ctx))
	}
	file, err := d.open()
	if err != nil {
		return Schema{}, err
	}
	defer file.Close()
	schema, err := inferCSV(&untilDone{ctx, file})
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("monary: %s: %w", d.path, err)
	}
	return schema, err
}

// untilDone ends with its context.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.Reader.Read(p)
}

func inferCSV(r io.Reader) (Schema, error) {
	records := csv.NewReader(skipMark(r))
	records.ReuseRecord = true
	header, err := records.Read()
	if errors.Is(err, io.EOF) {
		return Schema{}, errors.New("CSV is empty; its first line must name the columns")
	}
	if err != nil {
		return Schema{}, fmt.Errorf("CSV header: %w", err)
	}
	columns := make([]csvColumn, len(header))
	for i, name := range header {
		if slices.Contains(header[:i], name) {
			return Schema{}, fmt.Errorf("CSV has two columns %q", name)
		}
		columns[i] = csvColumn{name: name, kinds: slices.Clone(csvKinds)}
	}
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Schema{}, fmt.Errorf("CSV: %w", err)
		}
		for i, text := range record {
			columns[i].see(text)
		}
	}
	fields := make([]FieldSpec, len(columns))
	for i, c := range columns {
		fields[i] = FieldSpec{Name: csvField(c.name), Type: Type{Kind: c.kind()}}
	}
	return finishSchema(fields, nil)
}

// csvColumn is a column whose kind is looked for.
type csvColumn struct {
	name  string
	kinds []Kind // that take all cells so far
	seen  bool   // whether there was one that is not empty
}

func (c *csvColumn) see(text string) {
	if text == "" {
		return
	}
	c.seen = true
	c.kinds = slices.DeleteFunc(c.kinds, func(k Kind) bool { return !isCSV(k, text) })
}

func (c *csvColumn) kind() Kind {
	if !c.seen || len(c.kinds) == 0 {
		return KindString
	}
	return c.kinds[0]
}

// csvKinds are the kinds that a column may be found to have, the narrowest first.
var csvKinds = []Kind{KindBool, KindInt32, KindInt64, KindFloat64, KindDate, KindObjectID}

// isCSV reports whether a column of the kind takes the text as it is.
func isCSV(k Kind, text string) bool {
	switch k {
	case KindInt32:
		n, err := strconv.ParseInt(text, 10, 32)
		return err == nil && strconv.FormatInt(n, 10) == text
	case KindInt64:
		n, err := strconv.ParseInt(text, 10, 64)
		return err == nil && strconv.FormatInt(n, 10) == text
	case KindFloat64:
		return isCSVFloat(text)
	}
	_, ok := parseCell(k, text)
	return ok
}

func isCSVFloat(text string) bool {
	digits := strings.TrimLeft(text, "+-")
	if isInteger(text) && (text[0] == '+' || len(digits) > 1 && digits[0] == '0' || !isDouble(text)) {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && !strings.ContainsAny(text, "xX_")
}

// csvField is the name of the field that a column of the header is found by.
func csvField(column string) string {
	if path, err := parsePath(column); err == nil && strings.Join(path, ".") == column {
		return column
	}
	return EscapeKey(column)
}

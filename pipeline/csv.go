package pipeline

import (
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// WriteCSV writes a table as CSV (RFC 4180) with a first line of names, in
// mongoexport's form: a field inside a document is a column of its own, such as
// _id.d, and documents give a column for each path that one of them has. Null and
// missing cells are empty, dates RFC 3339 in UTC, arrays extended JSON, binary
// values base64; monary.FromCSV reads it back.
func WriteCSV(w io.Writer, t *monary.Table) error {
	columns := flatten(t)
	out := newCSVOutput(w, len(columns))
	for i, c := range columns {
		out.record[i] = c.name
	}
	if err := out.write(); err != nil {
		return fmt.Errorf("pipeline: CSV: %w", err)
	}
	for row := range t.NumRows() {
		for i, c := range columns {
			out.record[i] = csvText(follow(c.of.Value(row), c.inside), c.parent)
		}
		if err := out.write(); err != nil {
			return fmt.Errorf("pipeline: CSV, row %d: %w", row, err)
		}
	}
	if err := out.flush(); err != nil {
		return fmt.Errorf("pipeline: CSV: %w", err)
	}
	return nil
}

// csvOutput writes records.
type csvOutput struct {
	to     io.Writer
	csv    *csv.Writer
	record []string
}

func newCSVOutput(w io.Writer, columns int) *csvOutput {
	return &csvOutput{to: w, csv: csv.NewWriter(w), record: make([]string, columns)}
}

// write writes the record. One empty cell alone is written in quotes, since readers skip
// empty lines.
func (c *csvOutput) write() error {
	if len(c.record) != 1 || c.record[0] != "" {
		return c.csv.Write(c.record)
	}
	if err := c.flush(); err != nil {
		return err
	}
	_, err := io.WriteString(c.to, "\"\"\n")
	return err
}

func (c *csvOutput) flush() error {
	c.csv.Flush()
	return c.csv.Error()
}

// csvColumn is a path into a column of a table.
type csvColumn struct {
	name   string
	of     *monary.Series
	inside path
	parent bool // documents there have columns of their own
}

// flatten lists the paths of a table's values, in the order in which they come up.
func flatten(t *monary.Table) []csvColumn {
	var columns []csvColumn
	for i := range t.NumColumns() {
		s := t.Series(i)
		f := flattener{of: s, at: map[string]int{}}
		if !mayHoldDocuments(s.Type().Kind) {
			columns = append(columns, csvColumn{name: s.Name(), of: s})
			continue
		}
		for row := range s.Len() {
			f.visit(s.Name(), nil, s.Value(row))
		}
		if len(f.columns) == 0 {
			f.columns = []csvColumn{{name: s.Name(), of: s}}
		}
		columns = append(columns, f.columns...)
	}
	return columns
}

func mayHoldDocuments(k monary.Kind) bool {
	switch k {
	case monary.KindAny, monary.KindBSON, monary.KindStruct:
		return true
	}
	return false
}

type flattener struct {
	of      *monary.Series
	columns []csvColumn
	at      map[string]int
}

func (f *flattener) visit(name string, inside path, v monary.Value) {
	document := v.Type() == bson.TypeEmbeddedDocument && len(elements(v)) > 0
	switch {
	case document:
		for key, e := range v.Elements() {
			f.visit(name+"."+key, append(inside[:len(inside):len(inside)], key), e)
		}
	case v.IsNull() && len(inside) == 0: // says nothing of what the column holds
	default:
		if _, known := f.at[name]; !known {
			f.at[name] = len(f.columns)
			f.columns = append(f.columns, csvColumn{name: name, of: f.of, inside: inside, parent: true})
		}
	}
}

// csvText is a cell. A document that has columns of its own is not written again.
func csvText(v monary.Value, parent bool) string {
	switch v.Type() {
	case bson.TypeEmbeddedDocument:
		if parent && len(elements(v)) > 0 {
			return ""
		}
	case bson.TypeBinary:
		_, data := v.Raw().Binary()
		return base64.StdEncoding.EncodeToString(data)
	case bson.TypeTimestamp:
		seconds, increment := v.Raw().Timestamp()
		return fmt.Sprintf("%d:%d", seconds, increment)
	}
	if v.IsNull() {
		return ""
	}
	if text, ok := valueText(v); ok {
		return text
	}
	return v.String()
}

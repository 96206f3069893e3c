package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/penstock/penstock/monary"
)

// load reads the customers. Some copies of the public file have a blank after each comma, which
// makes text of numbers: their cells are read as text, and the blanks taken away.
func load(ctx context.Context, src monary.Source) (*monary.Table, error) {
	t, report, err := read(ctx, src, schema)
	if err != nil {
		return nil, err
	}
	for _, column := range report.Columns {
		if column.Of(monary.Mismatch) > 0 {
			return loadText(ctx, src)
		}
	}
	return t, nil
}

func read(ctx context.Context, src monary.Source, schema monary.Schema, opts ...monary.ReadOption) (*monary.Table, monary.Report, error) {
	r, err := src.Find(ctx, nil, schema, opts...)
	if err != nil {
		return nil, monary.Report{}, err
	}
	t, err := r.Table()
	if err != nil {
		return nil, monary.Report{}, err
	}
	if absent := r.Report().Absent(); len(absent) > 0 {
		return nil, monary.Report{}, fmt.Errorf("no document has the fields %q", absent)
	}
	return t, r.Report(), nil
}

func loadText(ctx context.Context, src monary.Source) (*monary.Table, error) {
	var fields []string
	for _, name := range schema.Names() {
		fields = append(fields, monary.Field(name, "string"))
	}
	text, err := monary.ParseSchema(fields...)
	if err != nil {
		return nil, err
	}
	t, _, err := read(ctx, src, text, monary.WithPolicy(monary.Coerce))
	if err != nil {
		return nil, err
	}
	columns := make([]*monary.Series, schema.Len())
	for i := range columns {
		if columns[i], err = parsed(t, schema.At(i)); err != nil {
			return nil, err
		}
	}
	return monary.NewTable(columns...)
}

// parsed takes the blanks around a column's cells away, and reads numbers where the column is
// to have them. A cell that is absent stays so.
func parsed(t *monary.Table, field monary.FieldSpec) (*monary.Series, error) {
	column, err := monary.Column[string](t, field.Name)
	if err != nil {
		return nil, err
	}
	texts, numbers, valid := make([]string, column.Len()), make([]float64, column.Len()), make([]bool, column.Len())
	isText := field.Type.Kind == monary.KindString || field.Type.Kind == monary.KindFixedString
	for row := range texts {
		var text string
		text, valid[row] = column.At(row)
		texts[row] = strings.TrimSpace(text)
		if isText || !valid[row] {
			continue
		}
		if numbers[row], err = strconv.ParseFloat(texts[row], 64); err != nil {
			return nil, fmt.Errorf("column %q, row %d: found %q, want a number", field.Name, row, text)
		}
	}
	if isText {
		return monary.ColumnOf(field.Name, texts, valid), nil
	}
	return monary.ColumnOf(field.Name, numbers, valid), nil
}

package table

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/penstock/penstock/monary"
)

// Cast gives the columns that the schema names its types, by the rules of reading. A value
// that its new type does not take as it is makes an error with its row; monary.WithPolicy
// asks for something else: null (monary.Mask), conversion (monary.Coerce), leaving out the
// row (monary.DropRow). Other columns and the order of columns stay.
func Cast(t *monary.Table, schema monary.Schema, opts ...monary.ReadOption) (*monary.Table, error) {
	names := schema.Names()
	if len(names) == 0 {
		return t, nil
	}
	if _, err := find(t, names); err != nil {
		return nil, errorf("cast: %w", err)
	}
	number := numberColumnName(t)
	types := make([]string, len(names), len(names)+1)
	for i := range types {
		types[i] = schema.At(i).Type.String()
	}
	texts := make([]string, len(names), len(names)+1)
	for i, name := range names {
		texts[i] = monary.Field(name, types[i])
	}
	numbered, err := monary.ParseSchema(append(texts, number+" int64")...)
	if err != nil {
		return nil, err
	}
	rows := make([]int64, t.NumRows())
	for i := range rows {
		rows[i] = int64(i)
	}
	in, err := t.With(monary.ColumnOf(number, rows, nil))
	if err != nil {
		return nil, err
	}
	return convert(t, in, numbered, number, opts)
}

// numberColumnName is a name that no column of the table has.
func numberColumnName(t *monary.Table) string {
	for i := 0; ; i++ {
		name := fmt.Sprintf("row%d", i)
		if _, ok := t.Lookup(name); !ok {
			return name
		}
	}
}

// convert reads the table by the schema, whose last column tells which rows are left.
func convert(t, in *monary.Table, schema monary.Schema, number string, opts []monary.ReadOption) (*monary.Table, error) {
	opts = slices.Concat([]monary.ReadOption{monary.WithPolicy(monary.Fail)}, opts)
	one := func(yield func(*monary.Table, error) bool) { yield(in, nil) }
	r, err := monary.FromTables(context.Background(), iter.Seq2[*monary.Table, error](one), schema, opts...)
	if err != nil {
		return nil, err
	}
	out, err := r.Table()
	if err != nil {
		return nil, err
	}
	kept, err := monary.Values[int64](out, number)
	if err != nil {
		return nil, err
	}
	if len(kept) < t.NumRows() {
		rows := make([]int, len(kept))
		for i, row := range kept {
			rows[i] = int(row)
		}
		t = t.Take(rows)
	}
	if out, err = out.Drop(number); err != nil {
		return nil, err
	}
	columns := make([]*monary.Series, out.NumColumns())
	for i := range columns {
		columns[i] = out.Series(i)
	}
	return t.With(columns...)
}

// Rename gives columns, the keys of the map, other names. Names must be different
// afterwards.
func Rename(t *monary.Table, names map[string]string) (*monary.Table, error) {
	if _, err := find(t, slices.Sorted(maps.Keys(names))); err != nil {
		return nil, errorf("rename: %w", err)
	}
	columns := make([]*monary.Series, t.NumColumns())
	for i := range columns {
		columns[i] = t.Series(i)
		if name, ok := names[columns[i].Name()]; ok {
			columns[i] = columns[i].Rename(name)
		}
	}
	if len(columns) == 0 {
		return t, nil
	}
	return newTable(columns)
}

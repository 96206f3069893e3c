package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// Open makes a source of a file that monary.OpenDump can read. Find, Aggregate
// and Count run here, without a server, batch by batch.
func Open(path string) (monary.Source, error) {
	dump, err := monary.OpenDump(path)
	if err != nil {
		return nil, err
	}
	return &file{dump: dump}, nil
}

// file is a dump that can be queried.
type file struct{ dump *monary.Dump }

func (f *file) Find(ctx context.Context, filter any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	stages, err := matching(filter)
	if err != nil {
		return nil, err
	}
	return f.aggregate(ctx, stages, schema, opts)
}

func (f *file) Aggregate(ctx context.Context, pipeline any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	stages, err := parse(pipeline)
	if err != nil {
		return nil, err
	}
	return f.aggregate(ctx, stages, schema, opts)
}

func (f *file) aggregate(ctx context.Context, stages []stage, schema monary.Schema, opts []monary.ReadOption) (*monary.Reader, error) {
	if len(stages) == 0 {
		return f.dump.Find(ctx, nil, schema, opts...)
	}
	source, err := f.dump.Fields(ctx, fieldsOf(stages, schema), opts...)
	if err != nil {
		return nil, err
	}
	out := chain(source.Batches(), stages)
	if isClosed(stages) {
		out = project(out, schema)
	}
	return monary.FromTables(ctx, out, schema, append(slices.Clone(opts), monary.OnClose(source.Close))...)
}

func (f *file) Count(ctx context.Context, filter any) (int64, error) {
	if filter == nil {
		return f.dump.Count(ctx)
	}
	stages, err := matching(filter)
	if err != nil {
		return 0, err
	}
	source, err := f.dump.Fields(ctx, fieldsOf(stages, monary.Schema{}))
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for t, err := range chain(source.Batches(), stages) {
		if err != nil {
			return n, err
		}
		n += int64(t.NumRows())
	}
	return n, nil
}

// matching is the pipeline of a filter; that of nil or an empty one is empty.
func matching(filter any) ([]stage, error) {
	if filter == nil {
		return nil, nil
	}
	filter, err := monary.ParseJSON(filter)
	if err != nil {
		return nil, err
	}
	stages, err := parse(bson.A{bson.D{{Key: "$match", Value: filter}}})
	if err == nil && len(stages[0].reads()) == 0 {
		return nil, nil
	}
	return stages, err
}

// fieldsOf returns the names of the columns to read: the first keys of the
// paths that stages look at, and the schema's own fields unless a stage makes
// the columns.
func fieldsOf(stages []stage, schema monary.Schema) []string {
	var fields []string
	for _, s := range stages {
		for _, p := range s.reads() {
			fields = append(fields, monary.EscapeKey(p[0]))
		}
		if s.closes() {
			break
		}
	}
	if !isClosed(stages) {
		fields = append(fields, schema.Names()...)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// project gives each table the schema's fields as columns: a path's first key
// names a column of the table, the rest leads into its values. A field that is
// not there is missing in all rows.
func project(in tables, schema monary.Schema) tables {
	return func(yield func(*monary.Table, error) bool) {
		for t, err := range in {
			if err == nil {
				t, err = projectTable(t, schema)
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

func projectTable(t *monary.Table, schema monary.Schema) (*monary.Table, error) {
	columns := make([]*monary.Series, schema.Len())
	for i := range columns {
		name, path := schema.At(i).Name, schema.Path(i)
		values := make([]monary.Value, t.NumRows())
		if s, ok := t.Lookup(monary.EscapeKey(path[0])); ok {
			for row := range values {
				values[row] = descend(s.Value(row), path[1:])
			}
		}
		columns[i] = monary.ColumnOf(name, values, nil)
	}
	out, err := monary.NewTable(columns...)
	if err != nil {
		return nil, fmt.Errorf("pipeline: output: %w", err)
	}
	return out, nil
}

// descend follows a schema's path: keys into documents, positions into arrays.
func descend(v monary.Value, keys []string) monary.Value {
	for _, key := range keys {
		if v.Type() == bson.TypeEmbeddedDocument {
			v = v.Field(key)
			continue
		}
		position, err := strconv.Atoi(key)
		found := monary.Value{}
		index := 0
		for _, element := range v.Elements() {
			if err == nil && index == position {
				found = element
			}
			index++
		}
		v = found
	}
	return v
}

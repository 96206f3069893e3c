package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

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
	source, err := f.read(ctx, stages, schema, opts)
	if err != nil {
		return nil, err
	}
	out := project(chain(source.Batches(), stages), schema)
	r, err := monary.FromTables(ctx, out, schema, append(slices.Clone(opts), monary.OnClose(source.Close))...)
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	return r, nil
}

func (f *file) Count(ctx context.Context, filter any, opts ...monary.ReadOption) (int64, error) {
	if filter == nil && len(opts) == 0 {
		return f.dump.Count(ctx)
	}
	stages, err := matching(filter)
	if err != nil {
		return 0, err
	}
	source, err := f.read(ctx, stages, monary.Schema{}, opts)
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

// read reads the fields that stages look at, and the schema's own unless a stage
// makes the columns. They are "any" columns, but those of a file whose values
// have no types have the schema's.
func (f *file) read(ctx context.Context, stages []stage, schema monary.Schema, opts []monary.ReadOption) (*monary.Reader, error) {
	o, err := monary.NewReadOptions(opts...)
	if err != nil {
		return nil, err
	}
	if (o.Policy != monary.Mask || len(o.Policies) > 0) && !f.dump.Typed() {
		return nil, errors.New("pipeline: a CSV file is read with the policy Mask where stages run; other policies need a read without filter and stages")
	}
	// Stages may keep a batch when the next one comes; the rest is for the
	// reader of the output.
	opts = append(slices.Clone(opts), func(o *monary.ReadOptions) {
		o.ReuseBuffers, o.OnClose, o.Policy, o.Strict = false, nil, monary.Mask, false
		o.Policies, o.KeepStates, o.KeepRejected, o.OnProgress = nil, false, 0, nil
	})
	types := map[string]string{}
	for _, s := range stages {
		for _, p := range s.reads() {
			types[monary.EscapeKey(p[0])] = "any"
		}
		if s.closes() {
			break
		}
	}
	for i := 0; i < schema.Len() && !isClosed(stages); i++ {
		name, typ := pathText(schema, i), "any"
		if !f.dump.Typed() {
			typ = schema.At(i).Type.String()
		}
		if before := types[name]; before == "" || before == "any" {
			types[name] = typ
		}
	}
	if len(types) == 0 {
		return f.dump.Fields(ctx, nil, opts...)
	}
	names := slices.Sorted(maps.Keys(types))
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = types[name]
	}
	wanted, err := monary.NewSchema(names, texts)
	if err != nil {
		return nil, err
	}
	return f.dump.Find(ctx, nil, wanted, opts...)
}

// project gives each table the schema's fields as columns: a path's first key
// names a column of the table, the rest leads into its values. A field that is
// not there is missing in all rows.
func project(in tables, schema monary.Schema) tables {
	return each(in, func(t *monary.Table) (*monary.Table, error) { return projectTable(t, schema) })
}

func projectTable(t *monary.Table, schema monary.Schema) (*monary.Table, error) {
	columns := make([]*monary.Series, schema.Len())
	for i := range columns {
		name, path := schema.At(i).Name, schema.Path(i)
		if s, ok := t.Lookup(pathText(schema, i)); ok { // it was read as it is wanted
			columns[i] = s.Rename(name)
			continue
		}
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

// pathText is the field name of a schema's path.
func pathText(schema monary.Schema, i int) string {
	keys := make([]string, len(schema.Path(i)))
	for k, key := range schema.Path(i) {
		keys[k] = monary.EscapeKey(key)
	}
	return strings.Join(keys, ".")
}

// descend follows a schema's path: keys into documents, positions into arrays.
func descend(v monary.Value, keys []string) monary.Value {
	for _, key := range keys {
		found := monary.Value{}
		index := 0
		for k, element := range v.Elements() {
			if v.Type() == bson.TypeArray {
				k = strconv.Itoa(index)
			}
			if k == key {
				found = element
				break
			}
			index++
		}
		v = found
	}
	return v
}

package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
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

var _ collection = (*file)(nil)

func (f *file) Find(ctx context.Context, filter any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	stages, err := matching(filter)
	if err != nil {
		return nil, err
	}
	return f.aggregate(ctx, stages, nil, schema, opts)
}

func (f *file) Aggregate(ctx context.Context, pipeline any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	stages, err := parse(pipeline)
	if err != nil {
		return nil, err
	}
	return f.aggregate(ctx, stages, nil, schema, opts)
}

func (f *file) aggregate(ctx context.Context, stages []stage, sources Sources, schema monary.Schema, opts []monary.ReadOption) (*monary.Reader, error) {
	if len(stages) == 0 {
		return f.dump.Find(ctx, nil, schema, opts...)
	}
	if err := checkSources(stages, sources); err != nil {
		return nil, err
	}
	o, err := monary.NewReadOptions(opts...)
	if err != nil {
		return nil, err
	}
	in, closing, err := f.read(ctx, stages, schema, opts)
	if err != nil {
		return nil, err
	}
	r, err := deliver(ctx, newEnv(ctx, sources, limitsOf(o)), in, stages, schema, append(slices.Clone(opts), monary.OnClose(closing)))
	if err != nil {
		return nil, errors.Join(err, closing())
	}
	return r, nil
}

// deliver runs stages as a flow and makes a reader of their output. Stages that write do
// so at once.
func deliver(ctx context.Context, e *env, in batches, stages []stage, schema monary.Schema, opts []monary.ReadOption) (*monary.Reader, error) {
	flow := newFlow("read", in, stages).Using(e.sources)
	observe(ctx, flow)
	out := flow.run(e)
	if len(stages) > 0 && writes(stages[len(stages)-1]) {
		if _, err := gather(out); err != nil {
			return nil, err
		}
		out = from(nil)
	}
	return monary.FromTables(ctx, project(out, schema), schema, opts...)
}

func writes(s stage) bool {
	n, ok := s.(named)
	if !ok {
		return false
	}
	_, ok = n.stage.(*output)
	return ok
}

func (f *file) Count(ctx context.Context, filter any, opts ...monary.ReadOption) (int64, error) {
	if filter == nil && len(opts) == 0 {
		return f.dump.Count(ctx)
	}
	stages, err := matching(filter)
	if err != nil {
		return 0, err
	}
	in, closing, err := f.read(ctx, stages, monary.Schema{}, opts)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for b, err := range chain(newEnv(ctx, nil, limits{}), in, stages) {
		if err != nil {
			return n, errors.Join(err, closing())
		}
		n += int64(b.len())
	}
	return n, closing()
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
	if err == nil && len(stages[0].needs(&needs{}).keys) == 0 && !stages[0].needs(&needs{}).all && len(stages[0].(named).stage.(*match).conditions) == 0 {
		return nil, nil
	}
	return stages, err
}

// read reads what the stages need, as columns if that is some fields: "any"
// columns, but those of a file whose values have no types have the schema's if
// documents only pass.
func (f *file) read(ctx context.Context, stages []stage, schema monary.Schema, opts []monary.ReadOption) (in batches, closing func() error, err error) {
	o, err := monary.NewReadOptions(opts...)
	if err != nil {
		return nil, nil, err
	}
	if (o.Policy != monary.Mask || len(o.Policies) > 0) && !f.dump.Typed() {
		return nil, nil, errors.New("pipeline: a CSV file is read with the policy Mask where stages run; other policies need a read without filter and stages")
	}
	wanted := &needs{}
	if !passing(stages) {
		wanted = keysOfSchema(schema)
	}
	if wanted = needed(stages, wanted); wanted.all {
		docs := limited(f.whole(ctx, opts...), o.MaxBytes)
		return documentBatches(docs, min(o.BatchRows, defaultRows)), func() error { return nil }, nil
	}
	r, err := f.fields(ctx, wanted, passing(stages), schema, opts)
	if err != nil {
		return nil, nil, err
	}
	return func(yield func(*batch, error) bool) {
		for t, err := range r.Batches() {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(batchOf(t, true), nil) {
				return
			}
		}
	}, r.Close, nil
}

// fields reads the wanted fields, and those of the schema where documents pass.
func (f *file) fields(ctx context.Context, wanted *needs, passing bool, schema monary.Schema, opts []monary.ReadOption) (*monary.Reader, error) {
	opts = innerOptions(opts)
	types := map[string]string{}
	for _, key := range wanted.keys {
		types[monary.EscapeKey(key)] = "any"
	}
	for i := 0; i < schema.Len() && passing; i++ {
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
	s, err := monary.NewSchema(names, texts)
	if err != nil {
		return nil, err
	}
	return f.dump.Find(ctx, nil, s, opts...)
}

// innerOptions are those of a read in front of stages, which may keep a batch when the next one
// comes. The rest of the options is for the reader of the output.
func innerOptions(opts []monary.ReadOption) []monary.ReadOption {
	return append(slices.Clone(opts), func(o *monary.ReadOptions) {
		o.ReuseBuffers, o.OnClose, o.Policy, o.Strict = false, nil, monary.Mask, false
		o.Policies, o.KeepStates, o.KeepRejected, o.OnProgress = nil, false, 0, nil
		o.Dictionaries = true
	})
}

// keysOfSchema needs the fields of the schema's columns.
func keysOfSchema(schema monary.Schema) *needs {
	n := &needs{}
	for i := range schema.Len() {
		n.add(schema.Path(i)[0])
	}
	return n
}

// documents yields the file's documents.
func (f *file) documents(ctx context.Context) iter.Seq2[monary.Value, error] { return f.whole(ctx) }

// whole yields the documents by the options for bad records.
func (f *file) whole(ctx context.Context, opts ...monary.ReadOption) iter.Seq2[monary.Value, error] {
	return func(yield func(monary.Value, error) bool) {
		n := int64(0)
		for raw, err := range f.dump.Documents(ctx, opts...) {
			v := monary.Value{}
			if err == nil {
				v, err = monary.ParseValue(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: slices.Clone(raw)})
				var at *monary.DecodeError
				if errors.As(err, &at) {
					at.Doc = n
				}
			}
			if !yield(v, err) || err != nil {
				return
			}
			n++
		}
	}
}

// limited ends with monary.ErrTooLarge behind most bytes; 0 means no limit.
func limited(docs iter.Seq2[monary.Value, error], most int64) iter.Seq2[monary.Value, error] {
	if most == 0 {
		return docs
	}
	return func(yield func(monary.Value, error) bool) {
		left := most
		for v, err := range docs {
			if left -= int64(len(v.Raw().Value)); err == nil && left < 0 {
				v, err = monary.Value{}, fmt.Errorf("%w, which is %d", monary.ErrTooLarge, most)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// project gives each table the schema's fields as columns: a path's first key
// names a column of the batch, the rest leads into its values. A field that is
// not there is missing in all rows.
func project(in batches, schema monary.Schema) iter.Seq2[*monary.Table, error] {
	return func(yield func(*monary.Table, error) bool) {
		for b, err := range in {
			var t *monary.Table
			if err == nil {
				t, err = projected(b, schema)
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

func projected(b *batch, schema monary.Schema) (*monary.Table, error) {
	columns := make([]*monary.Series, schema.Len())
	for i := range columns {
		name, keys := schema.At(i).Name, schema.Path(i)
		if at, ok := indexOfName(b.names, pathText(schema, i)); ok { // it was read as it is wanted
			columns[i] = b.series(name, b.columns[at])
			continue
		}
		values := make(cells, b.rows)
		if c, rest, err := b.field(path(keys)); err == nil && len(rest) == len(keys)-1 {
			for k := range b.len() {
				row := b.row(k)
				values[row] = descend(c.Value(row), keys[1:])
			}
		}
		columns[i] = b.series(name, values)
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

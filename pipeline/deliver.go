package pipeline

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// deliver runs stages as a flow and makes a reader of their output. Stages that write do
// so at once.
func deliver(ctx context.Context, e *env, in batches, rd *reading, schema monary.Schema, opts []monary.ReadOption) (*monary.Reader, error) {
	flow := newFlow("read", in, rd.stages).Using(e.sources)
	observe(ctx, flow, rd)
	out := flow.run(e)
	if n := len(rd.stages); n > 0 && writes(rd.stages[n-1]) {
		if _, err := gather(out); err != nil {
			return nil, err
		}
		out = from(nil)
	}
	o, err := monary.NewReadOptions(opts...)
	if err != nil {
		return nil, err
	}
	return monary.FromTables(ctx, project(out, outputsOf(schema, o.Where)), schema, opts...)
}

func writes(s stage) bool {
	n, ok := s.(named)
	if !ok {
		return false
	}
	_, ok = n.stage.(*output)
	return ok
}

// outputField is a column that is wanted of a pipeline's output.
type outputField struct {
	name string   // of the column
	text string   // the path as a field name
	keys []string // the path
	typ  string
}

// outputsOf are the columns of the schema, and those that conditions of the read ask about.
func outputsOf(schema monary.Schema, where []monary.Condition) (out []outputField) {
	add := func(s monary.Schema) {
		for i := range s.Len() {
			f := outputField{name: s.At(i).Name, keys: s.Path(i), typ: s.At(i).Type.String()}
			escaped := make([]string, len(f.keys))
			for k, key := range f.keys {
				escaped[k] = monary.EscapeKey(key)
			}
			f.text = strings.Join(escaped, ".")
			if !slices.ContainsFunc(out, func(o outputField) bool { return o.name == f.name }) {
				out = append(out, f)
			}
		}
	}
	add(schema)
	for _, c := range where {
		add(c.Fields)
	}
	return out
}

// needsOf needs the fields of the columns.
func needsOf(wanted []outputField) *needs {
	n := &needs{}
	for _, f := range wanted {
		n.add(f.keys[0])
	}
	return n
}

// project gives each table the wanted fields as columns: a path's first key
// names a column of the batch, the rest leads into its values. A field that is
// not there is missing in all rows.
func project(in batches, wanted []outputField) iter.Seq2[*monary.Table, error] {
	return func(yield func(*monary.Table, error) bool) {
		for b, err := range in {
			var t *monary.Table
			if err == nil {
				t, err = projected(b, wanted)
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

func projected(b *batch, wanted []outputField) (*monary.Table, error) {
	columns := make([]*monary.Series, len(wanted))
	for i, f := range wanted {
		if at, ok := indexOfName(b.names, f.text); ok { // it was read as it is wanted
			columns[i] = b.series(f.name, b.columns[at])
			continue
		}
		values := make(cells, b.rows)
		if c, rest, err := b.field(path(f.keys)); err == nil && len(rest) == len(f.keys)-1 {
			for k := range b.len() {
				row := b.row(k)
				values[row] = descend(c.Value(row), f.keys[1:])
			}
		}
		columns[i] = b.series(f.name, values)
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

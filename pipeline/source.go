package pipeline

import (
	"context"
	"errors"
	"iter"
	"slices"

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
	e, rd := newEnv(ctx, sources, limitsOf(o)), f.reading(stages, outputsOf(schema, o.Where))
	in, closing, err := f.read(ctx, e, rd, opts)
	if err != nil {
		return nil, err
	}
	r, err := deliver(ctx, e, in, rd, schema, append(slices.Clone(opts), monary.OnClose(closing)))
	if err != nil {
		return nil, errors.Join(err, closing())
	}
	return r, nil
}

// countable refuses options that say what is read but not what is counted.
func countable(opts []monary.ReadOption) error {
	o, err := monary.NewReadOptions(opts...)
	if err == nil && len(o.Where) > 0 {
		err = errors.New("pipeline: Count asks no conditions of Where; a filter says what is counted")
	}
	return err
}

func (f *file) Count(ctx context.Context, filter any, opts ...monary.ReadOption) (int64, error) {
	if filter == nil && len(opts) == 0 {
		return f.dump.Count(ctx)
	}
	if err := countable(opts); err != nil {
		return 0, err
	}
	stages, err := matching(filter)
	if err != nil {
		return 0, err
	}
	e, rd := newEnv(ctx, nil, limits{}), f.reading(stages, nil)
	in, closing, err := f.read(ctx, e, rd, opts)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for b, err := range chain(e, in, rd.stages) {
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

func (f *file) reading(stages []stage, wanted []outputField) *reading {
	return newReading(stages, wanted, f.dump.Typed())
}

// read reads what the stages need.
func (f *file) read(ctx context.Context, e *env, rd *reading, opts []monary.ReadOption) (in batches, closing func() error, err error) {
	o, err := monary.NewReadOptions(opts...)
	if err != nil {
		return nil, nil, err
	}
	if (o.Policy != monary.Mask || len(o.Policies) > 0) && !f.dump.Typed() {
		return nil, nil, errors.New("pipeline: a CSV file is read with the policy Mask where stages run; other policies need a read without filter and stages")
	}
	if opts, err = rd.options(e, opts); err != nil {
		return nil, nil, err
	}
	r, err := f.open(ctx, rd, opts, o.BatchRows)
	if err != nil {
		return nil, nil, err
	}
	return batchesOf(r, rd.whole), r.Close, nil
}

func (f *file) open(ctx context.Context, rd *reading, opts []monary.ReadOption, rows int) (*monary.Reader, error) {
	switch {
	case rd.whole:
		return f.dump.Whole(ctx, append(opts, monary.BatchRows(min(rows, defaultRows)))...)
	case len(rd.names) == 0:
		return f.dump.Fields(ctx, nil, opts...)
	}
	schema, err := monary.NewSchema(rd.names, rd.types)
	if err != nil {
		return nil, err
	}
	return f.dump.Find(ctx, nil, schema, opts...)
}

// batchesOf are what a reader reads: columns, or whole documents, which are its first column.
func batchesOf(r *monary.Reader, whole bool) batches {
	return func(yield func(*batch, error) bool) {
		for t, err := range r.Batches() {
			var b *batch
			switch {
			case err != nil:
			case whole:
				docs := make([]monary.Value, t.NumRows())
				for row := range docs {
					docs[row] = t.Series(0).Value(row)
				}
				b = documents(docs)
			default:
				b = batchOf(t, true)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// foreignRows is how many documents of another source are read at a time: several batches are under way, and none of
// them counts towards a limit.
const foreignRows = 256

// documents yields the file's documents.
func (f *file) documents(ctx context.Context) iter.Seq2[monary.Value, error] {
	return func(yield func(monary.Value, error) bool) {
		r, err := f.dump.Whole(ctx, monary.BatchRows(foreignRows))
		if err != nil {
			yield(monary.Value{}, err)
			return
		}
		for b, err := range batchesOf(r, true) {
			if err != nil {
				yield(monary.Value{}, err)
				return
			}
			for _, doc := range b.docs {
				if !yield(doc, nil) {
					return
				}
			}
		}
	}
}

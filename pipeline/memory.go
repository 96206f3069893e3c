package pipeline

import (
	"context"
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// Memory is a source of documents in memory: where $out and $merge write, and
// what a table becomes for $lookup and $unionWith.
type Memory struct{ docs []monary.Value }

var _ monary.Source = (*Memory)(nil)

// NewMemory makes a source of BSON documents, which it checks and copies.
func NewMemory(docs ...bson.Raw) (*Memory, error) {
	m := &Memory{}
	for i, doc := range docs {
		v, err := monary.ParseValue(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc})
		if err != nil {
			return nil, fmt.Errorf("pipeline: document %d: %w", i, err)
		}
		m.docs = append(m.docs, v.Clone())
	}
	return m, nil
}

// FromTable makes a source of a table's rows. A name with dots, such as "_id.d",
// is a field inside a document.
func FromTable(t *monary.Table) *Memory {
	b := batchOf(t, true)
	m := &Memory{}
	for row := range b.rows {
		m.docs = append(m.docs, b.document(row))
	}
	return m
}

// Documents returns the documents, in their order. They are read-only.
func (m *Memory) Documents() []bson.Raw {
	docs := make([]bson.Raw, len(m.docs))
	for i, v := range m.docs {
		docs[i] = v.Raw().Value
	}
	return docs
}

// Find reads the documents that match the filter.
func (m *Memory) Find(ctx context.Context, filter any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	stages, err := matching(filter)
	if err != nil {
		return nil, err
	}
	return m.aggregate(ctx, stages, nil, schema, opts)
}

// Aggregate reads the output of a pipeline, which runs here.
func (m *Memory) Aggregate(ctx context.Context, pipeline any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	stages, err := parse(pipeline)
	if err != nil {
		return nil, err
	}
	return m.aggregate(ctx, stages, nil, schema, opts)
}

// Count counts the documents that match the filter.
func (m *Memory) Count(ctx context.Context, filter any, opts ...monary.ReadOption) (int64, error) {
	if _, err := monary.FromTables(ctx, func(func(*monary.Table, error) bool) {}, monary.MustSchema("_id any"), opts...); err != nil {
		return 0, err // an option that only a server can honour
	}
	if err := countable(opts); err != nil {
		return 0, err
	}
	stages, err := matching(filter)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for b, err := range chain(newEnv(ctx, nil, limits{}), documentBatches(m.documents(ctx), defaultRows), stages) {
		if err != nil {
			return n, err
		}
		n += int64(b.len())
	}
	return n, nil
}

func (m *Memory) documents(ctx context.Context) iter.Seq2[monary.Value, error] {
	docs := m.docs
	return func(yield func(monary.Value, error) bool) {
		for i, doc := range docs {
			if i%defaultRows == 0 && ctx.Err() != nil {
				yield(monary.Value{}, context.Cause(ctx))
				return
			}
			if !yield(doc, nil) {
				return
			}
		}
	}
}

func (m *Memory) aggregate(ctx context.Context, stages []stage, sources Sources, schema monary.Schema, opts []monary.ReadOption) (*monary.Reader, error) {
	o, err := monary.NewReadOptions(opts...)
	if err != nil {
		return nil, err
	}
	if err := checkSources(stages, sources); err != nil {
		return nil, err
	}
	return deliver(ctx, newEnv(ctx, sources, limitsOf(o)), documentBatches(m.documents(ctx), o.BatchRows), &reading{stages: stages}, schema, opts)
}

// replaceAll puts documents in the place of all others.
func (m *Memory) replaceAll(docs iter.Seq2[monary.Value, error]) error {
	all, err := listOf(docs)
	if err == nil {
		m.docs = all
	}
	return err
}

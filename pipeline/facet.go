package pipeline

import (
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// facet runs several pipelines on the same rows and makes one row of their
// outputs, each an array.
type facet struct {
	names  []string
	stages [][]stage
}

var _ stage = (*facet)(nil)

func parseFacet(spec monary.Value, vars outer) (stage, error) {
	if spec.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("want a document {name: pipeline}, found %s", describe(spec))
	}
	f := &facet{}
	for name, value := range spec.Elements() {
		if err := checkKey(name); err != nil {
			return nil, err
		}
		if slices.Contains(f.names, name) {
			return nil, fmt.Errorf("field %q is there twice", name)
		}
		stages, err := parsePart(value, vars)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		f.names, f.stages = append(f.names, name), append(f.stages, stages)
	}
	if len(f.names) == 0 {
		return nil, errors.New("no pipeline to run")
	}
	return f, nil
}

func (f *facet) needs(*needs) *needs {
	out := &needs{}
	for _, stages := range f.stages {
		n := needed(stages, &needs{all: true})
		out.all = out.all || n.all
		for _, key := range n.keys {
			out.add(key)
		}
	}
	return out
}

func (f *facet) passes() bool { return false }

// run reads the rows once for each pipeline. What comes out is one row, so all of it must fit into memory.
func (f *facet) run(e *env, in batches) batches {
	return spilling(e, func(disk *spill, yield func(*batch) error) error {
		rows := &store{disk: disk}
		for b, err := range in {
			if err == nil {
				err = rows.add(b)
			}
			if err != nil {
				return err
			}
		}
		all, err := rows.batches()
		if err != nil {
			return err
		}
		out := &batch{rows: 1}
		bytes := int64(0)
		for i, stages := range f.stages {
			list, err := gatherWithin(e, &bytes, chain(e, all, stages))
			if err != nil {
				return fmt.Errorf("field %q: %w", f.names[i], err)
			}
			out.names = append(out.names, monary.EscapeKey(f.names[i]))
			out.columns = append(out.columns, cells{list})
		}
		return yield(out)
	})
}

// gatherWithin collects rows as an array, of which those before it have taken some bytes.
func gatherWithin(e *env, bytes *int64, in batches) (list monary.Value, err error) {
	var docs []monary.Value
	for b, err := range in {
		if err != nil {
			return list, err
		}
		for i := range b.len() {
			doc := b.document(b.row(i))
			if *bytes += valueSize + sizeOf(doc); !e.limits.exceeded(*bytes) {
				docs = append(docs, doc)
			} else {
				docs = nil
			}
		}
	}
	if e.limits.exceeded(*bytes) {
		return list, e.limits.errorInMemory(*bytes)
	}
	return monary.ArrayValue(docs...), nil
}

// from yields batches that are there already.
func from(all []*batch) batches {
	return func(yield func(*batch, error) bool) {
		for _, b := range all {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// gather collects rows as documents.
func gather(in batches) ([]monary.Value, error) {
	var docs []monary.Value
	for b, err := range in {
		if err != nil {
			return nil, err
		}
		for i := range b.len() {
			docs = append(docs, b.document(b.row(i)))
		}
	}
	return docs, nil
}

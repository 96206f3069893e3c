package pipeline

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/penstock/penstock/monary"
)

// Sources is a local database: sources by the names that $lookup, $unionWith,
// $out and $merge call them. What $out and $merge write under a new name becomes
// a [Memory]. It is for one goroutine at a time.
type Sources map[string]monary.Source

// collection is a source whose documents can be had whole.
type collection interface {
	monary.Source
	// documents yields the documents, each the caller's to keep.
	documents(ctx context.Context) iter.Seq2[monary.Value, error]
	// aggregate runs stages on the documents.
	aggregate(ctx context.Context, stages []stage, sources Sources, schema monary.Schema, opts []monary.ReadOption) (*monary.Reader, error)
}

// Aggregate runs a pipeline on a source, with the others at hand.
func (s Sources) Aggregate(ctx context.Context, name string, pipeline any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	c, err := s.collection(name)
	if err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	stages, err := parse(pipeline)
	if err != nil {
		return nil, err
	}
	return c.aggregate(ctx, stages, s, schema, opts)
}

// Run is [Run] with sources at hand.
func (s Sources) Run(ctx context.Context, t *monary.Table, pipeline any) (*monary.Table, error) {
	stages, err := parse(pipeline)
	if err != nil {
		return nil, err
	}
	return runStages(ctx, t, stages, s)
}

func (s Sources) collection(name string) (collection, error) {
	src, ok := s[name]
	if !ok {
		if len(s) == 0 {
			return nil, fmt.Errorf("source %q is not known; pipeline.Sources names those that there are", name)
		}
		return nil, fmt.Errorf("source %q is not known; there are %s", name, strings.Join(slices.Sorted(maps.Keys(s)), ", "))
	}
	c, ok := src.(collection)
	if !ok {
		return nil, fmt.Errorf("source %q is a %T; one that pipeline.Open, pipeline.Create or a Memory makes is needed here", name, src)
	}
	return c, nil
}

// user is a stage that looks for sources.
type user interface{ check(sources Sources) error }

// checkSources finds out before a run whether all sources are there.
func checkSources(stages []stage, sources Sources) error {
	for _, s := range stages {
		n, isNamed := s.(named)
		if isNamed {
			s = n.stage
		}
		u, ok := s.(user)
		if !ok {
			continue
		}
		if err := u.check(sources); err != nil {
			if isNamed {
				return &StageError{Index: n.index, Stage: n.name, Err: err}
			}
			return err
		}
	}
	return nil
}

func (f *facet) check(sources Sources) error {
	for i, stages := range f.stages {
		if err := checkSources(stages, sources); err != nil {
			return fmt.Errorf("field %q: %w", f.names[i], err)
		}
	}
	return nil
}

// defaultRows is how many rows a batch of documents has.
const defaultRows = 4096

// documentBatches gathers documents in batches.
func documentBatches(docs iter.Seq2[monary.Value, error], rows int) batches {
	return func(yield func(*batch, error) bool) {
		var held []monary.Value
		for doc, err := range docs {
			if err != nil {
				if len(held) == 0 || yield(documents(held), nil) {
					yield(nil, err)
				}
				return
			}
			if held = append(held, doc); len(held) == rows {
				if !yield(documents(held), nil) {
					return
				}
				held = nil
			}
		}
		if len(held) > 0 {
			yield(documents(held), nil)
		}
	}
}

package pipeline

import (
	"context"

	"github.com/penstock/penstock/monary"
)

// Run applies a pipeline to a table and returns another. Columns that stages
// only pass on keep their types; those that they make get the narrowest type
// that holds all their values, or stay "any".
func Run(ctx context.Context, t *monary.Table, pipeline any) (*monary.Table, error) {
	return Sources(nil).Run(ctx, t, pipeline)
}

// Stage makes a pipeline a function from table to table, which is what a task
// of package dag is made of. A fault in the pipeline document is returned by
// the function, each time.
func Stage(pipeline any) func(context.Context, *monary.Table) (*monary.Table, error) {
	stages, err := parse(pipeline)
	return func(ctx context.Context, t *monary.Table) (*monary.Table, error) {
		if err != nil {
			return nil, err
		}
		return runStages(ctx, t, stages, nil)
	}
}

func runStages(ctx context.Context, t *monary.Table, stages []stage, sources Sources) (*monary.Table, error) {
	if err := checkSources(stages, sources); err != nil {
		return nil, err
	}
	in := func(yield func(*batch, error) bool) { yield(batchOf(t, true), context.Cause(ctx)) }
	b, err := collect(chain(newEnv(ctx, sources, limits{}), in, stages))
	if err != nil {
		return nil, err
	}
	if b == nil {
		return monary.NewTable()
	}
	out, err := b.table()
	if err != nil {
		return nil, err
	}
	columns := make([]*monary.Series, out.NumColumns())
	for i := range columns {
		columns[i] = out.Series(i)
		if _, given := t.Lookup(columns[i].Name()); !given || !passing(stages) {
			columns[i] = columns[i].Narrow()
		}
	}
	if len(columns) == 0 {
		return out, nil
	}
	return monary.NewTable(columns...)
}

// chain connects the stages, each pulling from the one before.
func chain[S stage](e *env, in batches, stages []S) batches {
	for _, s := range stages {
		in = s.run(e, in)
	}
	return in
}

// each applies f to every batch.
func each(in batches, f func(*batch) (*batch, error)) batches {
	return func(yield func(*batch, error) bool) {
		for b, err := range in {
			if err == nil {
				b, err = f(b)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// passing reports whether documents only pass through all stages.
func passing(stages []stage) bool {
	for _, s := range stages {
		if !s.passes() {
			return false
		}
	}
	return true
}

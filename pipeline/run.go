package pipeline

import (
	"context"

	"github.com/penstock/penstock/monary"
)

// Run applies a pipeline to a table and returns another. Columns that stages
// only pass on keep their types; those that $group makes get the narrowest type
// that holds all their values, or stay "any".
func Run(ctx context.Context, t *monary.Table, pipeline any) (*monary.Table, error) {
	stages, err := parse(pipeline)
	if err != nil {
		return nil, err
	}
	return runStages(ctx, t, stages)
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
		return runStages(ctx, t, stages)
	}
}

func runStages(ctx context.Context, t *monary.Table, stages []stage) (*monary.Table, error) {
	in := func(yield func(*monary.Table, error) bool) { yield(t, context.Cause(ctx)) }
	out, err := collect(chain(in, stages))
	if err != nil {
		return nil, err
	}
	columns := make([]*monary.Series, out.NumColumns())
	for i := range columns {
		columns[i] = out.Series(i)
		if _, given := t.Lookup(columns[i].Name()); !given || isClosed(stages) {
			columns[i] = columns[i].Narrow()
		}
	}
	return monary.NewTable(columns...)
}

// chain connects the stages, each pulling from the one before.
func chain(in tables, stages []stage) tables {
	for _, s := range stages {
		in = s.run(in)
	}
	return in
}

// each applies f to every batch.
func each(in tables, f func(*monary.Table) (*monary.Table, error)) tables {
	return func(yield func(*monary.Table, error) bool) {
		for t, err := range in {
			if err == nil {
				t, err = f(t)
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// collect joins all batches into one table; nil if there are none.
func collect(in tables) (*monary.Table, error) {
	var all []*monary.Table
	for t, err := range in {
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return monary.Concat(all...)
}

// isClosed reports whether a stage makes the output's columns itself.
func isClosed(stages []stage) bool {
	for _, s := range stages {
		if s.closes() {
			return true
		}
	}
	return false
}

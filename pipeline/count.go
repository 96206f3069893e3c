package pipeline

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// series runs stages one after the other as one: those that others stand for.
type series []stage

var _ stage = series(nil)

func (s series) needs(n *needs) *needs { return needed(s, n) }

func (s series) passes() bool { return false }

func (s series) run(e *env, in batches) batches { return chain(e, in, s) }

// needed is what stages need of their input.
func needed[S stage](stages []S, n *needs) *needs {
	for i := len(stages) - 1; i >= 0; i-- {
		n = stages[i].needs(n)
	}
	return n
}

// counting is $count: one row, with the number of rows; none if there are none.
type counting struct{ name string }

func parseCount(spec monary.Value) (stage, error) {
	name, ok := textOf(spec)
	if !ok {
		return nil, fmt.Errorf("want the name of a field, found %s", describe(spec))
	}
	return &counting{name}, checkKey(name)
}

func (c *counting) needs(*needs) *needs { return &needs{} }

func (c *counting) passes() bool { return false }

func (c *counting) run(_ *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		n := int64(0)
		for b, err := range in {
			if err != nil {
				yield(nil, err)
				return
			}
			n += int64(b.len())
		}
		out := &batch{rows: 1, names: []string{monary.EscapeKey(c.name)}, columns: []column{cells{integer(n, 1)}}}
		if n == 0 {
			out = out.pick(nil)
		}
		yield(out, nil)
	}
}

// parseSortByCount reads $sortByCount: a $group that counts, and a $sort.
func parseSortByCount(spec monary.Value, vars outer) (stage, error) {
	if spec.Type() != bson.TypeEmbeddedDocument {
		if text, ok := textOf(spec); !ok || len(text) < 2 || text[0] != '$' {
			return nil, fmt.Errorf("want an expression, found %s", describe(spec))
		}
	} else if !isOperators(spec) {
		return nil, fmt.Errorf("want an expression, found %s; a document that is no operator counts the same for all", describe(spec))
	}
	g := &group{program: vars.program()}
	var err error
	if g.id, err = g.program.compile(spec); err != nil {
		return nil, err
	}
	g.fields = []accumulated{{name: "count", make: accumulators["$sum"], of: constantExpr{monary.Int32Value(1)}}}
	return series{g, &order{keys: []sortKey{{path{"count"}, -1}}}}, nil
}

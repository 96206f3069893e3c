package pipeline

import (
	"cmp"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// group gathers rows with equal keys and accumulates over each group. Its
// memory is that of the groups, not of the rows.
type group struct {
	program *program
	id      expr
	fields  []accumulated
}

var _ stage = (*group)(nil)

// accumulated is an output column: an accumulator over an expression.
type accumulated struct {
	name string
	make func() accumulator
	of   expr
}

func parseGroup(spec monary.Value, vars outer) (stage, error) {
	if spec.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("want a document {_id: …, name: {accumulator: …}}, found %s", describe(spec))
	}
	g, seen := &group{program: vars.program()}, map[string]bool{}
	for name, arg := range spec.Elements() {
		var err error
		switch {
		case seen[name]:
			err = errors.New("is there twice")
		case name == "_id":
			g.id, err = g.program.compile(arg)
		default:
			err = g.parseField(name, arg)
		}
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		seen[name] = true
	}
	if !seen["_id"] {
		return nil, errors.New("_id is missing; it says what to group by (null for one group)")
	}
	return g, nil
}

func (g *group) parseField(name string, spec monary.Value) error {
	if err := checkKey(name); err != nil {
		return err
	}
	op, arg, err := onlyElement(spec)
	if err != nil {
		return fmt.Errorf("want a document with one accumulator: %w", err)
	}
	create, of, err := g.program.parseAccumulator(op, arg)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	g.fields = append(g.fields, accumulated{name: name, make: create, of: of})
	return nil
}

func (g *group) needs(*needs) *needs { return g.program.needs(&needs{}) }

func (g *group) passes() bool { return false }

func (g *group) run(e *env, in batches) batches {
	return spilling(e, func(disk *spill, yield func(*batch) error) error { return g.spilled(disk, in, yield) })
}

// grouping is a $group at work.
type grouping struct {
	group *group
	scope *scope
	ids   *numbering
	sums  []accumulator
	first cells // the key of the row that each group was first seen in, if rows have keys
}

func newGrouping(g *group, e *env) *grouping {
	s := &grouping{group: g, scope: g.program.start(e), ids: newNumbering(g.id, false), sums: make([]accumulator, len(g.fields))}
	for i, f := range g.fields {
		s.sums[i] = f.make()
	}
	return s
}

// add numbers the rows of a batch, then runs one accumulator after the other
// over its column.
func (s *grouping) add(b *batch) error {
	if err := s.scope.bind(b); err != nil {
		return err
	}
	numbers := s.ids.add(s.scope, b)
	if s.scope.err != nil {
		return fmt.Errorf("field \"_id\": %w", s.scope.err)
	}
	if b.keys != nil {
		for k, number := range numbers {
			if int(number) == len(s.first) {
				s.first = append(s.first, b.keys[0][b.row(k)])
			}
		}
	}
	return s.accumulate(b, numbers)
}

// accumulate adds the numbered rows of a batch.
func (s *grouping) accumulate(b *batch, numbers []uint32) error {
	for i, f := range s.group.fields {
		sums := s.sums[i]
		sums.grow(len(s.ids.ids))
		if addTyped(sums, s.scope, f.of, numbers) {
			continue
		}
		for k, number := range numbers {
			err := sums.add(int(number), f.of.eval(s.scope, b.row(k)))
			if err = cmp.Or(s.scope.err, err); err != nil {
				return fmt.Errorf("field %q: %w", f.name, err)
			}
		}
	}
	return nil
}

func (s *grouping) batch() *batch {
	ids := s.ids.ids
	b := &batch{rows: len(ids), names: []string{"_id"}, columns: []column{cells(ids)}}
	for i, f := range s.group.fields {
		s.sums[i].grow(len(ids))
		results := make(cells, len(ids))
		for number := range results {
			results[number] = s.sums[i].result(number)
		}
		b.names, b.columns = append(b.names, monary.EscapeKey(f.name)), append(b.columns, results)
	}
	return b
}

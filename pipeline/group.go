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

func parseGroup(spec monary.Value) (stage, error) {
	if spec.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("want a document {_id: …, name: {accumulator: …}}, found %s", describe(spec))
	}
	g, seen := &group{program: &program{}}, map[string]bool{}
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
	return func(yield func(*batch, error) bool) {
		groups := newGrouping(g, e)
		for b, err := range in {
			if err == nil {
				err = groups.add(b)
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		yield(groups.batch(), nil)
	}
}

// grouping is a $group at work.
type grouping struct {
	group  *group
	scope  *scope
	number map[string]int // key of _id → number of its group
	ids    []monary.Value
	sums   []accumulator
	rows   []int // group number of each row of the batch
	key    []byte
}

func newGrouping(g *group, e *env) *grouping {
	s := &grouping{group: g, scope: g.program.start(e), number: map[string]int{}, sums: make([]accumulator, len(g.fields))}
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
	s.rows = s.rows[:0]
	for i := range b.len() {
		s.rows = append(s.rows, s.find(s.group.id.eval(s.scope, b.row(i))))
	}
	if s.scope.err != nil {
		return fmt.Errorf("field \"_id\": %w", s.scope.err)
	}
	return s.accumulate(b)
}

// addAs adds all rows to one group.
func (s *grouping) addAs(b *batch, id monary.Value) error {
	if err := s.scope.bind(b); err != nil {
		return err
	}
	s.rows = s.rows[:0]
	number := s.find(id)
	for range b.len() {
		s.rows = append(s.rows, number)
	}
	return s.accumulate(b)
}

// accumulate adds the numbered rows of a batch.
func (s *grouping) accumulate(b *batch) error {
	for i, f := range s.group.fields {
		s.sums[i].grow(len(s.ids))
		for k, number := range s.rows {
			err := s.sums[i].add(number, f.of.eval(s.scope, b.row(k)))
			if err = cmp.Or(s.scope.err, err); err != nil {
				return fmt.Errorf("field %q: %w", f.name, err)
			}
		}
	}
	return nil
}

// find returns the number of the group with the id; a missing one is null.
func (s *grouping) find(id monary.Value) int {
	if id.IsMissing() {
		id = monary.NullValue
	}
	s.key = id.AppendKey(s.key[:0])
	number, ok := s.number[string(s.key)]
	if !ok {
		number = len(s.ids)
		s.number[string(s.key)] = number
		s.ids = append(s.ids, id.Clone())
	}
	return number
}

func (s *grouping) batch() *batch {
	b := &batch{rows: len(s.ids), names: []string{"_id"}, columns: []column{cells(s.ids)}}
	for i, f := range s.group.fields {
		s.sums[i].grow(len(s.ids))
		results := make(cells, len(s.ids))
		for number := range results {
			results[number] = s.sums[i].result(number)
		}
		b.names, b.columns = append(b.names, monary.EscapeKey(f.name)), append(b.columns, results)
	}
	return b
}

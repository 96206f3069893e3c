package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// group gathers rows with equal keys and accumulates over each group. Its
// memory is that of the groups, not of the rows.
type group struct {
	id     operand
	fields []accumulated
}

var _ stage = (*group)(nil)

// accumulated is an output column: an accumulator over an operand.
type accumulated struct {
	name string
	make func() accumulator
	of   operand
}

// operand is a field or a constant.
type operand struct {
	field    path // nil for a constant
	constant monary.Value
}

func parseGroup(spec monary.Value) (stage, error) {
	if spec.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("want a document {_id: …, name: {accumulator: …}}, found %s", describe(spec))
	}
	g, seen := &group{}, map[string]bool{}
	for name, arg := range spec.Elements() {
		var err error
		switch {
		case seen[name]:
			err = errors.New("is there twice")
		case name == "_id":
			g.id, err = parseOperand(arg)
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
	if name == "" || strings.Contains(name, ".") || strings.HasPrefix(name, "$") {
		return errors.New("a name must not be empty, hold a dot or start with $")
	}
	op, arg, err := onlyElement(spec)
	if err != nil {
		return fmt.Errorf("want a document with one accumulator: %w", err)
	}
	if op == "$count" {
		return g.parseCount(name, arg)
	}
	newAccumulator, ok := accumulators[op]
	if !ok {
		return fmt.Errorf("accumulator %s does not run here; $sum, $avg, $min, $max and $count do", op)
	}
	of, err := parseOperand(arg)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	g.fields = append(g.fields, accumulated{name: name, make: newAccumulator, of: of})
	return nil
}

// parseCount reads {$count: {}}, which is {$sum: 1}.
func (g *group) parseCount(name string, arg monary.Value) error {
	empty := arg.Type() == bson.TypeEmbeddedDocument
	for range arg.Elements() {
		empty = false
	}
	if !empty {
		return fmt.Errorf("$count takes an empty document, found %s", describe(arg))
	}
	one := operand{constant: monary.Int32Value(1)}
	g.fields = append(g.fields, accumulated{name: name, make: accumulators["$sum"], of: one})
	return nil
}

func parseOperand(v monary.Value) (operand, error) {
	text, isText := v.Text()
	switch {
	case v.Type() == bson.TypeEmbeddedDocument || v.Type() == bson.TypeArray:
		return operand{}, fmt.Errorf("expression %s does not run here; a field (\"$name\") or a constant does", describe(v))
	case isText && strings.HasPrefix(string(text), "$$"):
		return operand{}, fmt.Errorf("variable %s does not run here", text)
	case isText && strings.HasPrefix(string(text), "$"):
		field, err := parsePath(string(text[1:]))
		return operand{field: field}, err
	}
	return operand{constant: v}, nil
}

func (o operand) bind(t *monary.Table) (func(row int) monary.Value, error) {
	if o.field == nil {
		return func(int) monary.Value { return o.constant }, nil
	}
	return o.field.values(t)
}

func (g *group) reads() []path {
	var paths []path
	if g.id.field != nil {
		paths = append(paths, g.id.field)
	}
	for _, f := range g.fields {
		if f.of.field != nil {
			paths = append(paths, f.of.field)
		}
	}
	return paths
}

func (g *group) closes() bool { return true }

func (g *group) run(in tables) tables {
	return func(yield func(*monary.Table, error) bool) {
		groups := newGrouping(g)
		for t, err := range in {
			if err == nil {
				err = groups.add(t)
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		yield(groups.table())
	}
}

// grouping is a $group at work.
type grouping struct {
	group  *group
	number map[string]int // key of _id → number of its group
	ids    []monary.Value
	sums   []accumulator
	rows   []int // group number of each row of the batch
	key    []byte
}

func newGrouping(g *group) *grouping {
	s := &grouping{group: g, number: map[string]int{}, sums: make([]accumulator, len(g.fields))}
	for i, f := range g.fields {
		s.sums[i] = f.make()
	}
	return s
}

// add numbers the rows of a batch, then runs one accumulator after the other
// over its column.
func (s *grouping) add(t *monary.Table) error {
	id, err := s.group.id.bind(t)
	if err != nil {
		return err
	}
	s.rows = s.rows[:0]
	for row := range t.NumRows() {
		s.rows = append(s.rows, s.find(id(row)))
	}
	for i, f := range s.group.fields {
		value, err := f.of.bind(t)
		if err != nil {
			return fmt.Errorf("field %q: %w", f.name, err)
		}
		s.sums[i].grow(len(s.ids))
		for row, number := range s.rows {
			if err := s.sums[i].add(number, value(row)); err != nil {
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

func (s *grouping) table() (*monary.Table, error) {
	columns := []*monary.Series{monary.ColumnOf("_id", s.ids, nil)}
	for i, f := range s.group.fields {
		s.sums[i].grow(len(s.ids))
		results := make([]monary.Value, len(s.ids))
		for number := range results {
			results[number] = s.sums[i].result(number)
		}
		columns = append(columns, monary.ColumnOf(f.name, results, nil))
	}
	return monary.NewTable(columns...)
}

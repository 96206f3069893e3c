package pipeline

import (
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// match keeps the rows for which all conditions hold.
type match struct {
	program    *program
	conditions all
}

var _ stage = (*match)(nil)

// predicate is what holds for a row, or for a document inside one.
type predicate interface {
	row(s *scope, row int) bool
	value(v monary.Value) bool
}

func parseMatch(spec monary.Value, vars outer) (stage, error) {
	m := &match{program: vars.program()}
	var err error
	m.conditions, err = m.program.filterOf(spec)
	return m, err
}

func (m *match) needs(n *needs) *needs { return m.program.needs(n) }

func (m *match) passes() bool { return true }

func (m *match) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		s := m.program.start(e)
		each(in, func(b *batch) (*batch, error) { return m.filter(s, b) })(yield)
	}
}

func (m *match) filter(s *scope, b *batch) (*batch, error) {
	keep, err := m.rows(s, b)
	if err != nil || len(keep) == b.len() {
		return b, err
	}
	return b.pick(keep), nil
}

// rows are the rows of a batch for which all conditions hold.
func (m *match) rows(s *scope, b *batch) ([]int, error) {
	if err := s.bind(b); err != nil {
		return nil, err
	}
	rows := make([]int, b.len())
	for i := range rows {
		rows[i] = b.row(i)
	}
	rows = m.conditions.filter(s, rows)
	return rows, s.err
}

// filterOf reads a filter: {field: condition, $and: […], …}.
func (p *program) filterOf(spec monary.Value) (all, error) {
	if spec.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("want a document of conditions, found %s", describe(spec))
	}
	out := all{}
	for key, value := range spec.Elements() {
		var c predicate
		var err error
		if strings.HasPrefix(key, "$") {
			if key == "$comment" {
				continue
			}
			c, err = p.combination(key, value)
		} else {
			c, err = p.fieldConditions(key, value)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// all holds if all of its parts do; either if one does; none if none does.
type (
	all    []predicate
	either []predicate
	none   []predicate
)

func (a all) row(s *scope, row int) bool {
	for _, p := range a {
		if !p.row(s, row) {
			return false
		}
	}
	return true
}

func (a all) value(v monary.Value) bool {
	for _, p := range a {
		if !p.value(v) {
			return false
		}
	}
	return true
}

func (e either) row(s *scope, row int) bool {
	for _, p := range e {
		if p.row(s, row) {
			return true
		}
	}
	return false
}

func (e either) value(v monary.Value) bool {
	for _, p := range e {
		if p.value(v) {
			return true
		}
	}
	return false
}

func (n none) row(s *scope, row int) bool { return !either(n).row(s, row) }

func (n none) value(v monary.Value) bool { return !either(n).value(v) }

// exprHolds is $expr.
type exprHolds struct{ of expr }

func (e exprHolds) row(s *scope, row int) bool { return isTrue(e.of.eval(s, row)) }

func (e exprHolds) value(monary.Value) bool { return false } // refused inside $elemMatch

// combination reads an operator that stands in the place of a field.
func (p *program) combination(op string, arg monary.Value) (predicate, error) {
	switch op {
	case "$expr":
		if p == nil {
			return nil, fmt.Errorf("$expr does not run inside $elemMatch")
		}
		e, err := p.compile(arg)
		if err != nil {
			return nil, fmt.Errorf("$expr: %w", err)
		}
		return exprHolds{e}, nil
	case "$and", "$or", "$nor":
	default:
		return nil, fmt.Errorf("operator %s does not run here; $and, $or, $nor and $expr do in the place of a field", op)
	}
	var parts []predicate
	for i, part := range arg.Elements() {
		f, err := p.filterOf(part)
		if err != nil {
			return nil, fmt.Errorf("%s, element %s: %w", op, i, err)
		}
		parts = append(parts, f)
	}
	if len(parts) == 0 || arg.Type() != bson.TypeArray {
		return nil, fmt.Errorf("%s is %s; want an array of filters that is not empty", op, describe(arg))
	}
	switch op {
	case "$and":
		return all(parts), nil
	case "$or":
		return either(parts), nil
	}
	return none(parts), nil
}

// fieldTest is a condition of a field's values.
type fieldTest struct {
	field path
	at    fieldExpr // its number in the program
	test
}

func (p *program) fieldConditions(key string, spec monary.Value) (predicate, error) {
	field, err := parsePath(key)
	if err != nil {
		return nil, err
	}
	tests, err := testsOf(spec)
	if err != nil {
		return nil, fmt.Errorf("field %q: %w", key, err)
	}
	out := all{}
	for _, t := range tests {
		c := &fieldTest{field: field, test: t}
		if p != nil { // nil inside $elemMatch, where values are looked at
			c.at = p.field(field).(fieldExpr)
		}
		out = append(out, c)
	}
	return out, nil
}

func (f *fieldTest) row(s *scope, row int) bool {
	v := s.columns[f.at].Value(row)
	return s.rest[f.at].any(v, f.whole, f.holds) != f.not
}

func (f *fieldTest) value(v monary.Value) bool { return f.field.any(v, f.whole, f.holds) != f.not }

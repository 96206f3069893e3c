package pipeline

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// loopExpr evaluates an expression for each element of an array.
type loopExpr struct {
	name     string // $map or $filter
	input    expr
	variable int
	do       expr
	limit    expr // of $filter; nil means none
}

func (p *program) mapping(arg monary.Value) (expr, error) { return p.loop("$map", arg, "in") }

func (p *program) filter(arg monary.Value) (expr, error) { return p.loop("$filter", arg, "cond") }

func (p *program) loop(name string, arg monary.Value, body string) (expr, error) {
	names := []string{"input", "as", body}
	if name == "$filter" {
		names = append(names, "limit")
	}
	parts, err := fieldsOf(arg, names...)
	if err != nil {
		return nil, err
	}
	if parts[0].IsMissing() || parts[2].IsMissing() {
		return nil, fmt.Errorf("needs input and %s, found %s", body, describe(arg))
	}
	as, ok := textOf(parts[1])
	if parts[1].IsMissing() {
		as, ok = "this", true
	}
	if !ok {
		return nil, fmt.Errorf("as is %s; want a name", describe(parts[1]))
	}
	l := loopExpr{name: name, variable: len(p.alive)}
	if l.input, err = p.compile(parts[0]); err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	if len(parts) == 4 && !parts[3].IsMissing() {
		if l.limit, err = p.compile(parts[3]); err != nil {
			return nil, fmt.Errorf("limit: %w", err)
		}
	}
	err = p.declare([]string{as}, func() error {
		l.do, err = p.compile(parts[2])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", body, err)
	}
	return l, nil
}

func (l loopExpr) eval(s *scope, row int) monary.Value {
	input := l.input.eval(s, row)
	if input.IsNull() {
		return monary.NullValue
	}
	if input.Type() != bson.TypeArray {
		return s.failf("%s: input is %s; want an array", l.name, describe(input))
	}
	most := int64(-1)
	if l.limit != nil {
		if v := l.limit.eval(s, row); !v.IsNull() {
			n, ok := wholeNumber(v)
			if !ok || n < 1 {
				return s.failf("$filter: limit is %s; want a whole number above 0", describe(v))
			}
			most = n
		}
	}
	var out []monary.Value
	for _, element := range input.Elements() {
		if s.err != nil || int64(len(out)) == most {
			break
		}
		s.vars[l.variable] = element
		switch v := l.do.eval(s, row); {
		case l.name == "$map":
			out = append(out, v)
		case isTrue(v):
			out = append(out, element)
		}
	}
	return monary.ArrayValue(out...)
}

// reduceExpr goes over an array with a value that changes.
type reduceExpr struct {
	input, initial expr
	value          int // the place of $$value; $$this is behind it
	in             expr
}

func (p *program) reduce(arg monary.Value) (expr, error) {
	parts, err := fieldsOf(arg, "input", "initialValue", "in")
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		if part.IsMissing() {
			return nil, errors.New("needs input, initialValue and in")
		}
	}
	r := reduceExpr{value: len(p.alive)}
	if r.input, err = p.compile(parts[0]); err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	if r.initial, err = p.compile(parts[1]); err != nil {
		return nil, fmt.Errorf("initialValue: %w", err)
	}
	err = p.declare([]string{"value", "this"}, func() error {
		r.in, err = p.compile(parts[2])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("in: %w", err)
	}
	return r, nil
}

func (r reduceExpr) eval(s *scope, row int) monary.Value {
	input := r.input.eval(s, row)
	if input.IsNull() {
		return monary.NullValue
	}
	if input.Type() != bson.TypeArray {
		return s.failf("$reduce: input is %s; want an array", describe(input))
	}
	value := r.initial.eval(s, row)
	for _, element := range input.Elements() {
		if s.err != nil {
			break
		}
		s.vars[r.value], s.vars[r.value+1] = value, element
		value = r.in.eval(s, row)
	}
	return value
}

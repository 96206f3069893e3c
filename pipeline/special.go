package pipeline

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// specialForm finds an operator that does not evaluate all of its arguments, or
// not once.
func specialForm(name string) (func(p *program, arg monary.Value) (expr, error), bool) {
	switch name {
	case "$literal":
		return func(_ *program, arg monary.Value) (expr, error) { return constantExpr{arg}, nil }, true
	case "$and":
		return func(p *program, arg monary.Value) (expr, error) { return p.logic(arg, false) }, true
	case "$or":
		return func(p *program, arg monary.Value) (expr, error) { return p.logic(arg, true) }, true
	case "$cond":
		return (*program).cond, true
	case "$ifNull":
		return (*program).ifNull, true
	case "$switch":
		return (*program).switches, true
	case "$let":
		return (*program).let, true
	case "$map":
		return (*program).mapping, true
	case "$filter":
		return (*program).filter, true
	case "$reduce":
		return (*program).reduce, true
	case "$sortArray":
		return (*program).sortArray, true
	case "$getField":
		return (*program).getField, true
	case "$rand":
		return (*program).random, true
	}
	return nil, false
}

// logicExpr is $and, or $or where the value that decides is true.
type logicExpr struct {
	decides bool
	of      []expr
}

func (p *program) logic(arg monary.Value, decides bool) (expr, error) {
	args, err := p.arguments(function{most: -1}, arg)
	l := logicExpr{decides, args}
	return fold(l, args), err
}

func (l logicExpr) eval(s *scope, row int) monary.Value {
	for _, e := range l.of {
		if isTrue(e.eval(s, row)) == l.decides {
			return monary.BoolValue(l.decides)
		}
	}
	return monary.BoolValue(!l.decides)
}

// condExpr is $cond and $switch: the value behind the first condition that holds.
type condExpr struct {
	conditions, values []expr
	otherwise          expr // nil: an error
}

func (p *program) cond(arg monary.Value) (expr, error) {
	args, err := p.arguments(function{least: 3, most: 3, params: []param{{name: "if"}, {name: "then"}, {name: "else"}}}, arg)
	if err != nil {
		return nil, err
	}
	return condExpr{args[:1], args[1:2], args[2]}, nil
}

func (p *program) switches(arg monary.Value) (expr, error) {
	if arg.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("takes a document {branches, default}, found %s", describe(arg))
	}
	c := condExpr{}
	for key, value := range arg.Elements() {
		switch {
		case key == "default":
			e, err := p.compile(value)
			if err != nil {
				return nil, fmt.Errorf("default: %w", err)
			}
			c.otherwise = e
		case key == "branches" && value.Type() == bson.TypeArray:
			for i, branch := range value.Elements() {
				args, err := p.namedArguments([]param{{name: "case"}, {name: "then"}}, branch)
				if err != nil {
					return nil, fmt.Errorf("branch %s: %w", i, err)
				}
				c.conditions, c.values = append(c.conditions, args[0]), append(c.values, args[1])
			}
		default:
			return nil, fmt.Errorf("%q is %s; want branches, an array, and default", key, describe(value))
		}
	}
	if len(c.conditions) == 0 {
		return nil, errors.New("needs at least one branch")
	}
	return c, nil
}

func (c condExpr) eval(s *scope, row int) monary.Value {
	for i, e := range c.conditions {
		if isTrue(e.eval(s, row)) {
			return c.values[i].eval(s, row)
		}
	}
	if c.otherwise == nil {
		return s.failf("$switch: no branch holds and there is no default")
	}
	return c.otherwise.eval(s, row)
}

// ifNullExpr is the first value that is not null, else the last.
type ifNullExpr []expr

func (p *program) ifNull(arg monary.Value) (expr, error) {
	args, err := p.arguments(function{least: 2, most: -1}, arg)
	return ifNullExpr(args), err
}

func (n ifNullExpr) eval(s *scope, row int) monary.Value {
	for _, e := range n[:len(n)-1] {
		if v := e.eval(s, row); !v.IsNull() {
			return v
		}
	}
	return n[len(n)-1].eval(s, row)
}

// letExpr gives variables values; first is the place of the first.
type letExpr struct {
	first int
	of    []expr
	in    expr
}

func (p *program) let(arg monary.Value) (expr, error) {
	parts, err := fieldsOf(arg, "vars", "in")
	if err != nil {
		return nil, err
	}
	if parts[0].Type() != bson.TypeEmbeddedDocument || parts[1].IsMissing() {
		return nil, fmt.Errorf("takes {vars: {name: expression}, in: expression}, found %s", describe(arg))
	}
	l := letExpr{first: len(p.alive)}
	var names []string
	for name, value := range parts[0].Elements() {
		e, err := p.compile(value)
		if err != nil {
			return nil, fmt.Errorf("variable %q: %w", name, err)
		}
		names, l.of = append(names, name), append(l.of, e)
	}
	err = p.declare(names, func() error {
		l.in, err = p.compile(parts[1])
		return err
	})
	return l, err
}

func (l letExpr) eval(s *scope, row int) monary.Value {
	base := len(s.stack)
	for _, e := range l.of {
		v := e.eval(s, row)
		s.stack = append(s.stack, v)
	}
	copy(s.vars[l.first:], s.stack[base:])
	s.stack = s.stack[:base]
	return l.in.eval(s, row)
}

// fieldsOf takes the named fields of an operator's document; others are refused.
func fieldsOf(arg monary.Value, names ...string) ([]monary.Value, error) {
	params := make([]param, len(names))
	for i, name := range names {
		params[i].name = name
	}
	if arg.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("takes a document {%s}, found %s", paramNames(params), describe(arg))
	}
	out := make([]monary.Value, len(names))
next:
	for key, value := range arg.Elements() {
		for i, name := range names {
			if key == name {
				out[i] = value
				continue next
			}
		}
		return nil, fmt.Errorf("unknown argument %q; there are %s", key, paramNames(params))
	}
	return out, nil
}

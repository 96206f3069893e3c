package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// function is an operator that is a function of its arguments' values.
type function struct {
	least, most int     // how many arguments; most -1 means any number
	params      []param // the names of those that are given in a document
	call        func(s *scope, args []monary.Value) monary.Value
	check       func(args []expr) error // of constant arguments, before a run; may be nil
}

// param is a named argument.
type param struct {
	name     string
	optional monary.Value // stands for one that is not given; missing: it must be
}

// families are the tables of operators.
var families = []map[string]function{
	arithmetic, bitwise, rounding, trigonometry, comparing, dateParts, dateSteps, dateTexts, texts, searches, conversions, lists, sets, objects, summaries,
}

// functions finds an operator in the tables of the families.
func functions(name string) (function, bool) {
	for _, family := range families {
		if f, ok := family[name]; ok {
			return f, true
		}
	}
	return function{}, false
}

// operatorNames lists what runs here.
func operatorNames() []string {
	var names []string
	for _, family := range families {
		names = slices.AppendSeq(names, maps.Keys(family))
	}
	slices.Sort(names)
	return names
}

// call is a function and its arguments.
type call struct {
	name string
	f    function
	args []expr
}

func (c *call) eval(s *scope, row int) monary.Value {
	base := len(s.stack)
	for _, a := range c.args {
		v := a.eval(s, row)
		s.stack = append(s.stack, v)
	}
	failed := s.err != nil
	v := c.f.call(s, s.stack[base:len(s.stack):len(s.stack)])
	s.stack = s.stack[:base]
	if s.err != nil && !failed {
		s.err = fmt.Errorf("%s: %w", c.name, s.err)
	}
	return v
}

// compileOperator reads {name: arg}.
func (p *program) compileOperator(name string, arg monary.Value) (expr, error) {
	if special, ok := specialForm(name); ok {
		return special(p, arg)
	}
	f, ok := functions(name)
	if !ok {
		return nil, fmt.Errorf("this operator does not run here%s", suggest(name, operatorNames()))
	}
	args, err := p.arguments(f, arg)
	if err != nil {
		return nil, err
	}
	if f.check != nil {
		if err := f.check(args); err != nil {
			return nil, err
		}
	}
	return fold(&call{name: name, f: f, args: args}, args), nil
}

// suggest names the operator that a misspelt one may mean.
func suggest(name string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return fmt.Sprintf("; did you mean %s?", k)
		}
	}
	return ""
}

func (p *program) arguments(f function, arg monary.Value) ([]expr, error) {
	if len(f.params) > 0 && (f.most == 0 || arg.Type() == bson.TypeEmbeddedDocument && !isOperators(arg)) {
		return p.namedArguments(f.params, arg)
	}
	var args []expr
	var err error
	if arg.Type() == bson.TypeArray {
		args, err = p.compileAll(arg)
	} else {
		var one expr
		one, err = p.compile(arg)
		args = []expr{one}
	}
	switch {
	case err != nil:
		return nil, err
	case len(args) < f.least || f.most >= 0 && len(args) > f.most:
		return nil, fmt.Errorf("takes %s, found %d", countText(f.least, f.most), len(args))
	}
	for i := len(args); i < len(f.params); i++ {
		args = append(args, constantExpr{f.params[i].optional})
	}
	return args, nil
}

func countText(least, most int) string {
	switch {
	case most < 0:
		return fmt.Sprintf("at least %d arguments", least)
	case least == most && least == 1:
		return "one argument"
	case least == most:
		return fmt.Sprintf("%d arguments", least)
	}
	return fmt.Sprintf("%d to %d arguments", least, most)
}

// namedArguments puts the arguments of a document into the order of params.
func (p *program) namedArguments(params []param, arg monary.Value) ([]expr, error) {
	if arg.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("takes a document {%s}, found %s", paramNames(params), describe(arg))
	}
	args := make([]expr, len(params))
	for key, value := range arg.Elements() {
		i := slices.IndexFunc(params, func(q param) bool { return q.name == key })
		if i < 0 {
			return nil, fmt.Errorf("unknown argument %q; there are %s", key, paramNames(params))
		}
		e, err := p.compile(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		args[i] = e
	}
	for i, q := range params {
		if args[i] != nil {
			continue
		}
		if q.optional.IsMissing() {
			return nil, fmt.Errorf("argument %q is missing", q.name)
		}
		args[i] = constantExpr{q.optional}
	}
	return args, nil
}

func paramNames(params []param) string {
	names := make([]string, len(params))
	for i, q := range params {
		names[i] = q.name
	}
	return strings.Join(names, ", ")
}

// one, two and many are functions of so many positional arguments.
func one(f func(s *scope, v monary.Value) monary.Value) function {
	return function{least: 1, most: 1, call: func(s *scope, a []monary.Value) monary.Value { return f(s, a[0]) }}
}

func two(f func(s *scope, a, b monary.Value) monary.Value) function {
	return function{least: 2, most: 2, call: func(s *scope, a []monary.Value) monary.Value { return f(s, a[0], a[1]) }}
}

func many(f func(s *scope, args []monary.Value) monary.Value) function {
	return function{most: -1, call: f}
}

// anyNull reports whether an argument is null, missing or undefined, which
// makes most functions null.
func anyNull(args []monary.Value) bool { return slices.ContainsFunc(args, monary.Value.IsNull) }

// isTrue is a value as a condition: false are false, zero, null and missing.
func isTrue(v monary.Value) bool {
	switch {
	case v.IsNull():
		return false
	case v.IsNumber():
		return monary.Compare(v, monary.Int32Value(0)) != 0
	case v.Type() == bson.TypeBoolean:
		n, _ := v.Int()
		return n != 0
	}
	return true
}

// wholeNumber takes a number that is an integer, of whatever type.
func wholeNumber(v monary.Value) (n int64, ok bool) {
	if !v.IsNumber() {
		return 0, false
	}
	if n, ok = v.Int(); ok {
		return n, true
	}
	if x, isDouble := v.Double(); isDouble {
		n = int64(x)
		return n, x >= -1<<63 && x < 1<<63 && float64(n) == x
	}
	return decimalInt(v)
}

func isWhole(v monary.Value) bool {
	_, ok := wholeNumber(v)
	return ok
}

func textOf(v monary.Value) (string, bool) {
	text, ok := v.Text()
	return string(text), ok && v.Type() == bson.TypeString
}

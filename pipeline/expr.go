package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// expr is an expression, compiled.
type expr interface {
	// eval gives its value for a row. An error goes into the scope, where the
	// stage finds it after the row.
	eval(s *scope, row int) monary.Value
}

// program is what a stage's expressions have in common: the fields that they
// read, by number, and how many variables are alive at once at most.
type program struct {
	fields []path
	root   bool // whole documents are read
	alive  []string
	outer  outer // variables of the pipeline around
	deep   int
	dice   int // how many random generators there are
}

// scope is what expressions see while a stage runs.
type scope struct {
	env     *env
	program *program
	batch   *batch
	columns []column
	rest    []path   // what follows behind the columns
	typed   []*typed // the columns as slices, as far as they have been asked for
	vars    []monary.Value
	stack   []monary.Value
	dice    []*dice
	known   map[*fieldTest]map[string]bool // what tests have said of texts
	err     error
}

// env is what all stages of a run share.
type env struct {
	ctx     context.Context
	now     time.Time
	sources Sources
	limits  limits
	vars    map[string]monary.Value // of the stage around, by name
}

func newEnv(ctx context.Context, sources Sources, l limits) *env {
	return &env{ctx: ctx, now: time.Now(), sources: sources, limits: l}
}

// start makes the scope of a stage that begins to run.
func (p *program) start(e *env) *scope {
	return &scope{env: e, program: p, vars: make([]monary.Value, p.deep), dice: make([]*dice, p.dice)}
}

// bind turns to the next batch.
func (s *scope) bind(b *batch) error {
	s.batch, s.columns, s.rest = b, s.columns[:0], s.rest[:0]
	s.typed = append(s.typed[:0], make([]*typed, len(s.program.fields))...)
	for _, field := range s.program.fields {
		c, rest, err := b.field(field)
		if err != nil {
			return err
		}
		s.columns, s.rest = append(s.columns, c), append(s.rest, rest)
	}
	return nil
}

// typedColumn is an expression's column as slices, nil if it has none. That of a field is made once a batch,
// however many accumulators read it.
func (s *scope) typedColumn(of expr, c column) *typed {
	f, ok := of.(fieldExpr)
	if !ok || len(s.rest[f]) > 0 {
		return typedOf(c, s.batch.picked)
	}
	if s.typed[f] == nil {
		s.typed[f] = typedOf(c, s.batch.picked)
	}
	return s.typed[f]
}

// failf keeps the first error of a row.
func (s *scope) failf(format string, args ...any) monary.Value {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
	return monary.NullValue
}

// needs adds what the program reads to what is needed.
func (p *program) needs(n *needs) *needs {
	n.all = n.all || p.root
	for _, f := range p.fields {
		n.add(f[0])
	}
	return n
}

type constantExpr struct{ value monary.Value }

func (c constantExpr) eval(*scope, int) monary.Value { return c.value }

// fieldExpr is a field by its number in the program.
type fieldExpr int

func (f fieldExpr) eval(s *scope, row int) monary.Value {
	v := s.columns[f].Value(row)
	if rest := s.rest[f]; len(rest) > 0 {
		return rest.eval(v)
	}
	return v
}

type rootExpr struct{}

func (rootExpr) eval(s *scope, row int) monary.Value { return s.batch.document(row) }

type nowExpr struct{}

func (nowExpr) eval(s *scope, _ int) monary.Value { return monary.DateValue(s.env.now.UnixMilli()) }

// variable is one of $let, $map and the like, by its place.
type variable int

func (v variable) eval(s *scope, _ int) monary.Value { return s.vars[v] }

// outerVariable is one of the stage around the pipeline.
type outerVariable string

func (v outerVariable) eval(s *scope, _ int) monary.Value { return s.env.vars[string(v)] }

// inside is a path into the value of another expression.
type inside struct {
	of   expr
	path path
}

func (i inside) eval(s *scope, row int) monary.Value { return i.path.eval(i.of.eval(s, row)) }

type documentExpr struct {
	keys   []string
	values []expr
}

func (d documentExpr) eval(s *scope, row int) monary.Value {
	values := make([]monary.Value, len(d.values))
	for i, e := range d.values {
		values[i] = e.eval(s, row)
	}
	return monary.DocumentValue(d.keys, values)
}

type arrayExpr []expr

func (a arrayExpr) eval(s *scope, row int) monary.Value {
	values := make([]monary.Value, len(a))
	for i, e := range a {
		values[i] = e.eval(s, row)
	}
	return monary.ArrayValue(values...)
}

// compile reads an expression.
func (p *program) compile(v monary.Value) (expr, error) {
	switch v.Type() {
	case bson.TypeString:
		text, _ := v.Text()
		return p.compileText(string(text), v)
	case bson.TypeArray:
		list, err := p.compileAll(v)
		return fold(arrayExpr(list), list), err
	case bson.TypeEmbeddedDocument:
		return p.compileDocument(v)
	}
	return constantExpr{v}, nil
}

// compileAll compiles the elements of an array.
func (p *program) compileAll(v monary.Value) ([]expr, error) {
	list := []expr{}
	i := 0
	for _, element := range v.Elements() {
		e, err := p.compile(element)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		list = append(list, e)
		i++
	}
	return list, nil
}

func (p *program) compileDocument(v monary.Value) (expr, error) {
	if isOperators(v) {
		name, arg, err := onlyElement(v)
		if err != nil {
			return nil, fmt.Errorf("an expression is one operator and its argument: %w in %s", err, describe(v))
		}
		e, err := p.compileOperator(name, arg)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return e, nil
	}
	d := documentExpr{}
	for key, value := range v.Elements() {
		if err := checkKey(key); err != nil {
			return nil, err
		}
		if slices.Contains(d.keys, key) {
			return nil, fmt.Errorf("field %q is there twice", key)
		}
		e, err := p.compile(value)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", key, err)
		}
		d.keys, d.values = append(d.keys, key), append(d.values, e)
	}
	return fold(d, d.values), nil
}

// checkKey refuses what no field can be called in an expression.
func checkKey(key string) error {
	if key == "" || strings.Contains(key, ".") || strings.HasPrefix(key, "$") {
		return fmt.Errorf("field %q: a name must not be empty, hold a dot or start with $", key)
	}
	return nil
}

func (p *program) compileText(text string, v monary.Value) (expr, error) {
	switch {
	case strings.HasPrefix(text, "$$"):
		return p.compileVariable(text[2:])
	case strings.HasPrefix(text, "$"):
		return p.compileField(text[1:])
	}
	return constantExpr{v}, nil
}

func (p *program) compileField(text string) (expr, error) {
	field, err := parsePath(text)
	if err != nil {
		return nil, err
	}
	if i := lastIndex(p.alive, "CURRENT"); i >= 0 {
		return inside{of: variable(i), path: field}, nil
	}
	return p.field(field), nil
}

func (p *program) field(field path) expr {
	i := slices.IndexFunc(p.fields, func(f path) bool { return slices.Equal(f, field) })
	if i < 0 {
		i = len(p.fields)
		p.fields = append(p.fields, field)
	}
	return fieldExpr(i)
}

func (p *program) compileVariable(text string) (expr, error) {
	name, rest, dotted := strings.Cut(text, ".")
	if name == "ROOT" || name == "CURRENT" && lastIndex(p.alive, name) < 0 {
		if dotted {
			field, err := parsePath(rest)
			if err != nil {
				return nil, err
			}
			return p.field(field), nil
		}
		p.root = true
		return rootExpr{}, nil
	}
	var of expr
	switch i := lastIndex(p.alive, name); {
	case i >= 0:
		of = variable(i)
	case slices.Contains(p.outer, name):
		of = outerVariable(name)
	case name == "NOW":
		of = nowExpr{}
	case name == "REMOVE":
		of = constantExpr{}
	default:
		return nil, fmt.Errorf("variable $$%s is not known here; there are $$ROOT, $$CURRENT, $$NOW, $$REMOVE and those of $let, $map, $filter and $reduce", name)
	}
	if !dotted {
		return of, nil
	}
	field, err := parsePath(rest)
	return inside{of: of, path: field}, err
}

func lastIndex(list []string, want string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == want {
			return i
		}
	}
	return -1
}

// declare makes variables visible to f.
func (p *program) declare(names []string, f func() error) error {
	for _, name := range names {
		if err := checkVariable(name); err != nil && name != "CURRENT" {
			return err
		}
	}
	before := len(p.alive)
	p.alive = append(p.alive, names...)
	p.deep = max(p.deep, len(p.alive))
	err := f()
	p.alive = p.alive[:before]
	return err
}

func checkVariable(name string) error {
	if name == "" || name[0] < 'a' || name[0] > 'z' && name[0] < utf8.RuneSelf || strings.ContainsAny(name, ".$") {
		return fmt.Errorf("variable %q: a name starts with a small letter and has no dots", name)
	}
	return nil
}

// variables reads {name: expression, …}, the let of a stage: programs inside it see them.
func (p *program) variables(spec monary.Value) (names outer, values []expr, err error) {
	if t := spec.Type(); t != 0 && t != bson.TypeEmbeddedDocument {
		return nil, nil, fmt.Errorf("let is %s; want a document {name: expression, …}", describe(spec))
	}
	for name, value := range spec.Elements() {
		if err := checkVariable(name); err != nil {
			return nil, nil, fmt.Errorf("let: %w", err)
		}
		e, err := p.compile(value)
		if err != nil {
			return nil, nil, fmt.Errorf("let, variable %q: %w", name, err)
		}
		names, values = append(names, name), append(values, e)
	}
	return names, values, nil
}

// with is the environment of a pipeline inside a stage, whose variables have the values of a row.
func (e *env) with(s *scope, row int, names outer, values []expr) *env {
	inner := *e
	inner.vars = maps.Clone(e.vars)
	if inner.vars == nil {
		inner.vars = map[string]monary.Value{}
	}
	for i, name := range names {
		inner.vars[name] = values[i].eval(s, row)
	}
	return &inner
}

// fold computes an expression of constants now.
func fold(e expr, parts []expr) expr {
	for _, part := range parts {
		if _, ok := part.(constantExpr); !ok {
			return e
		}
	}
	s := &scope{env: &env{}}
	if v := e.eval(s, 0); s.err == nil {
		return constantExpr{v}
	}
	return e
}

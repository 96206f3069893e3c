package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/mask"
)

// param is a parameter of a run.
type param struct {
	Name, Value, Type string
	Secret            bool // Value is what is shown in its place
}

// field is a parameter in a form for new runs.
type field struct {
	param
	Place   int    // among the fields
	Default string // its value unless another is given
	Usage   string // what it means, "" if nobody has said so
	Fault   string // why what was typed cannot be its value, "" if it can
	First   bool   // no field before has a fault
}

// paramsOf returns the parameters of a run, which the engine has masked, in the order of their names.
func paramsOf(p dag.Params) []param {
	var all []param
	for _, name := range slices.Sorted(maps.Keys(p)) {
		all = append(all, param{Name: name, Value: graph.Text(p[name]), Type: fmt.Sprintf("%T", p[name])})
	}
	return all
}

// declared returns the parameters of a DAG with their defaults. A default that is a secret does not
// leave the engine: its field is empty, and left empty it is not sent on.
func (s *site) declared(d *dag.DAG) []param {
	p := d.Params()
	all := paramsOf(p)
	for i, shown := range paramsOf(s.engine.MaskParams(p)) {
		f := &all[i]
		f.Secret = shown.Value != f.Value || f.Value == "" && mask.Sensitive(f.Name)
		f.Value = shown.Value
	}
	return all
}

// fields returns the parameters of a DAG as a form asks for them: with what was typed, if the form was sent,
// and why that cannot be. A secret that was typed is not sent back.
func (q *request) fields(d *dag.DAG) []field {
	var all []field
	for i, p := range q.declared(d) {
		f := field{param: p, Place: i, Default: p.Value, Usage: strings.ReplaceAll(q.usage[p.Name], "`", "")}
		if typed, sent := q.form[fieldOf(p.Name)]; sent && !(p.Secret && typed[0] == "") {
			f.take(d, typed[0])
			f.First = f.Fault != "" && !faulty(all)
		}
		all = append(all, f)
	}
	return all
}

// take notes what was typed, and whether that can be.
func (f *field) take(d *dag.DAG, typed string) {
	said := "What was typed"
	if !f.Secret {
		f.Value, said = typed, fmt.Sprintf("%q", cut(60, typed))
	}
	_, err := (graph.Params{f.Name: d.Params()[f.Name]}).With(graph.Params{f.Name: typed})
	switch want := wanted[f.Type]; {
	case err == nil:
	case want != "":
		f.Fault = said + " is not " + want + "."
	default: // any text will do, but not what stands for a secret
		f.Fault = err.Error() + "."
	}
}

// wanted says by type what a parameter is to be.
var wanted = map[string]string{
	"bool": "true or false", "int": "a whole number", "int64": "a whole number", "float64": "a number such as 0.25",
	"time.Duration": "a duration such as 1h30m", "time.Time": "a day such as 2015-01-31, or a time such as 2015-01-31T06:00:00Z",
}

// faulty tells whether a field cannot be what was typed.
func faulty(fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.Fault != "" })
}

// withSecrets returns those of the fields that are secrets, or the others.
func withSecrets(all []field, secret bool) (some []field) {
	for _, f := range all {
		if f.Secret == secret {
			some = append(some, f)
		}
	}
	return some
}

// fieldOf is the name of the field of a parameter, so that it cannot be that of another field.
func fieldOf(name string) string { return "p." + name }

// params reads the parameters of a form. Those of a DAG that declares none are lines "name=value".
func (q *request) params(d *dag.DAG) (dag.Params, error) {
	p := dag.Params{}
	for field, values := range q.form {
		if name, ok := strings.CutPrefix(field, fieldOf("")); ok {
			p[name] = values[0]
		}
	}
	for _, f := range q.declared(d) {
		if f.Secret && p[f.Name] == "" {
			delete(p, f.Name)
		}
	}
	for line := range strings.Lines(q.get("params")) {
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, "=")
		switch {
		case line == "":
		case !ok || name == "":
			return nil, bad("A parameter is a line name=value; this one is not: %q.", line)
		default:
			p[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return p, checkParams(d, p)
}

// checkParams refuses parameters that a run of the DAG cannot have.
func checkParams(d *dag.DAG, p dag.Params) error {
	if _, err := graph.Params(d.Params()).With(graph.Params(p)); err != nil {
		return bad("%v.", err)
	}
	return nil
}

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

// param is a parameter of a run, or a field of the form for a new one.
type param struct {
	Name, Value, Type string
	Input             string // kind of field
	Secret            bool   // Value is what is shown in its place
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
		switch {
		case f.Secret:
			f.Input = "secret"
		case f.Type == "bool":
			f.Input = "bool"
		case f.Type == "int" || f.Type == "int64":
			f.Input = "number"
		default:
			f.Input = "text"
		}
	}
	return all
}

// withSecrets returns those of the parameters that are secrets, or the others.
func withSecrets(all []param, secret bool) (some []param) {
	for _, p := range all {
		if p.Secret == secret {
			some = append(some, p)
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
	for _, f := range withSecrets(q.declared(d), true) {
		if p[f.Name] == "" {
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

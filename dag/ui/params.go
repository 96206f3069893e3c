package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/graph"
)

// param is a parameter of a run, or a field of the form for a new one.
type param struct {
	Name, Value, Type string
	Input             string // kind of field
}

// paramsOf returns parameters in the order of their names.
func paramsOf(p dag.Params) []param {
	var all []param
	for _, name := range slices.Sorted(maps.Keys(p)) {
		kind := fmt.Sprintf("%T", p[name])
		input := "text"
		switch kind {
		case "bool":
			input = "bool"
		case "int", "int64":
			input = "number"
		}
		all = append(all, param{name, graph.Text(p[name]), kind, input})
	}
	return all
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

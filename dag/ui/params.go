package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/graph"
)

// param is a parameter of a run.
type param struct{ Name, Value, Type string }

// field is a parameter in a form for new runs.
type field struct {
	param
	Place   int    // among the fields
	Default string // its value unless another is given
	Usage   string // what it means, "" if nobody has said so
	Fault   string // why what was typed cannot be its value, "" if it can
	First   bool   // no field before has a fault
}

// paramsOf returns parameters in the order of their names.
func paramsOf(p dag.Params) []param {
	var all []param
	for _, name := range slices.Sorted(maps.Keys(p)) {
		all = append(all, param{name, graph.Text(p[name]), fmt.Sprintf("%T", p[name])})
	}
	return all
}

// fields returns the parameters of a DAG as a form asks for them: with what was typed, if the form was sent,
// and why that cannot be.
func (q *request) fields(d *dag.DAG) []field {
	declared := d.Params()
	var all []field
	faults := 0
	for i, p := range paramsOf(declared) {
		f := field{param: p, Place: i, Default: p.Value, Usage: strings.ReplaceAll(q.usage[p.Name], "`", "")}
		if typed, sent := q.form[fieldOf(p.Name)]; sent {
			f.Value = typed[0]
			if _, err := (graph.Params{p.Name: declared[p.Name]}).With(graph.Params{p.Name: f.Value}); err != nil {
				f.Fault, f.First = fmt.Sprintf("%q is not %s.", cut(60, f.Value), wanted[p.Type]), faults == 0
				faults++
			}
		}
		all = append(all, f)
	}
	return all
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

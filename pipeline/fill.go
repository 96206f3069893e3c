package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// parseFill reads $fill: fields that are null or missing get the value of an
// expression, or one that the rows around them suggest. It is $setWindowFields
// for the methods, then $set for the values.
func parseFill(spec monary.Value, vars outer) (stage, error) {
	parts, err := fieldsOf(spec, "partitionBy", "partitionByFields", "sortBy", "output")
	if err != nil {
		return nil, err
	}
	by, fields, sortBy, output := parts[0], parts[1], parts[2], parts[3]
	if !fields.IsMissing() {
		if !by.IsMissing() {
			return nil, errors.New("takes either partitionBy or partitionByFields, found both")
		}
		if by, err = partitionDocument(fields); err != nil {
			return nil, err
		}
	} else if t := by.Type(); t != 0 && t != bson.TypeString && t != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("partitionBy is %s; want a field or an expression", describe(by))
	}
	w, values := newWindows(vars), newShaper(vars)
	if err := w.arrange(by, sortBy); err != nil {
		return nil, err
	}
	if output.Type() != bson.TypeEmbeddedDocument || len(elements(output)) == 0 {
		return nil, fmt.Errorf("output is %s; want a document {field: {value: …} or {method: …}} that is not empty", describe(output))
	}
	for name, how := range output.Elements() {
		if err := w.fillField(values, name, how); err != nil {
			return nil, fmt.Errorf("output, field %q: %w", name, err)
		}
	}
	switch {
	case len(w.outputs) == 0:
		return values, nil
	case len(values.root.children) == 0:
		return w, nil
	}
	return series{w, values}, nil
}

// partitionDocument is the document of some fields, which rows are partitioned
// by; missing for none.
func partitionDocument(fields monary.Value) (by monary.Value, err error) {
	names, err := fieldNames("partitionByFields", fields)
	if err != nil || len(names) == 0 {
		return by, err
	}
	var keys []string
	var values []monary.Value
	for i, name := range names {
		keys = append(keys, fmt.Sprint("f", i)) // a path with dots is no key
		values = append(values, monary.StringValue("$"+name.String()))
	}
	return monary.DocumentValue(keys, values), nil
}

// fieldNames reads an array of field paths.
func fieldNames(name string, spec monary.Value) ([]path, error) {
	if spec.Type() != bson.TypeArray {
		return nil, fmt.Errorf("%s is %s; want an array of fields", name, describe(spec))
	}
	var out []path
	for _, v := range spec.Elements() {
		text, ok := textOf(v)
		if !ok || strings.HasPrefix(text, "$") {
			return nil, fmt.Errorf("%s has %s; want the name of a field, without $", name, describe(v))
		}
		p, err := parsePath(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// fillField reads {value: expression} or {method: "linear" or "locf"}.
func (w *windows) fillField(values *shaper, name string, how monary.Value) error {
	field, err := parsePath(name)
	if err != nil {
		return err
	}
	key, arg, err := onlyElement(how)
	if err != nil {
		return fmt.Errorf("want {value: …} or {method: …}: %w", err)
	}
	old := monary.StringValue("$" + name)
	switch key {
	case "value":
		return values.compute(field, monary.DocumentValue([]string{"$ifNull"}, []monary.Value{monary.ArrayValue(old, arg)}))
	case "method":
	default:
		return fmt.Errorf("found %q; want value or method", key)
	}
	method, _ := textOf(arg)
	op := map[string]string{"linear": "$linearFill", "locf": "$locf"}[method]
	switch {
	case op == "":
		return fmt.Errorf(`method is %s; want "linear" or "locf"`, describe(arg))
	case len(w.order.keys) == 0:
		return fmt.Errorf("method %q needs sortBy", method)
	}
	of, err := w.operator(op, old, monary.Value{})
	if err != nil {
		return fmt.Errorf("method %q: %w", method, err)
	}
	return w.add(field, of)
}

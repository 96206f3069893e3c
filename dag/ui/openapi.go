package ui

import (
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/penstock/penstock/dag/api"
)

// object is a JSON object of the document.
type object map[string]any

// openAPI returns a description of the operations as OpenAPI 3.1 has it.
func openAPI() object {
	schemas := object{}
	paths := object{}
	for _, o := range operations {
		call := object{
			"operationId": o.name, "summary": o.about,
			"responses": object{
				"200":     object{"description": "OK", "content": content(schemaOf(o.out, schemas))},
				"default": object{"description": "What is wrong.", "content": content(schemaOf(reflect.TypeFor[api.Error](), schemas))},
			},
		}
		if o.method == http.MethodGet {
			call["parameters"] = parametersOf(o.in, schemas)
		} else {
			call["requestBody"] = object{"required": true, "content": content(schemaOf(o.in, schemas))}
		}
		paths["/"+o.name] = object{strings.ToLower(o.method): call}
	}
	return object{
		"openapi": "3.1.0", "info": object{"title": "DAGs and their runs", "version": "1"},
		"servers": []object{{"url": "."}}, // where this document is
		"paths":   paths, "components": object{"schemas": schemas},
	}
}

func content(schema object) object {
	return object{"application/json": object{"schema": schema}}
}

// parametersOf returns the fields of a struct as parameters of a query.
func parametersOf(t reflect.Type, schemas object) []object {
	all := []object{}
	for i := range t.NumField() {
		f := t.Field(i)
		all = append(all, object{
			"name": jsonName(f), "in": "query", "required": isRequired(f), "description": f.Tag.Get("doc"), "schema": schemaOf(f.Type, schemas),
		})
	}
	return all
}

func isRequired(f reflect.StructField) bool {
	return !strings.Contains(f.Tag.Get("json"), ",omit")
}

// schemaOf returns the schema of a type; that of a struct is put among the schemas, and named.
func schemaOf(t reflect.Type, schemas object) object {
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), schemas)
	case reflect.String:
		return object{"type": "string"}
	case reflect.Int:
		return object{"type": "integer"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Slice:
		return object{"type": "array", "items": schemaOf(t.Elem(), schemas)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": schemaOf(t.Elem(), schemas)}
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return object{"type": "string", "format": "date-time"}
		}
		name := t.Name()
		if schemas[name] == nil {
			schemas[name] = object{} // before its fields, which may be of the same type
			schemas[name] = structSchema(t, schemas)
		}
		return object{"$ref": "#/components/schemas/" + name}
	}
	panic("no schema for " + t.String())
}

func structSchema(t reflect.Type, schemas object) object {
	properties, required := object{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		if jsonName(f) == "-" {
			continue
		}
		s := schemaOf(f.Type, schemas)
		if doc := f.Tag.Get("doc"); doc != "" {
			s["description"] = doc
		}
		properties[jsonName(f)] = s
		if isRequired(f) {
			required = append(required, jsonName(f))
		}
	}
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

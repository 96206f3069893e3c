package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// list returns the elements of a pipeline given as a Go slice.
func list(doc any) ([]any, error) {
	v := reflect.ValueOf(doc)
	_, isDocument := doc.(bson.D)
	if !v.IsValid() || v.Kind() != reflect.Slice || v.Type().Elem().Kind() == reflect.Uint8 || isDocument {
		return nil, fmt.Errorf("a pipeline is a list of stages (bson.A, mongo.Pipeline, []bson.D, []bson.M or JSON text), found %T", doc)
	}
	out := make([]any, v.Len())
	for i := range out {
		out[i] = v.Index(i).Interface()
	}
	return out, nil
}

// valueOf encodes a Go value as BSON by the driver's rules.
func valueOf(doc any) (monary.Value, error) {
	raw, err := bson.Marshal(bson.D{{Key: "v", Value: sorted(doc)}})
	if err != nil {
		return monary.Value{}, fmt.Errorf("cannot be written as BSON: %w", err)
	}
	return monary.ParseValue(bson.Raw(raw).Lookup("v"))
}

// sorted replaces Go maps by documents with their keys in order, so that what
// a map leaves open is the same in every run.
func sorted(doc any) any {
	switch doc := doc.(type) {
	case bson.D:
		out := make(bson.D, len(doc))
		for i, e := range doc {
			out[i] = bson.E{Key: e.Key, Value: sorted(e.Value)}
		}
		return out
	case bson.Raw, bson.RawValue, []byte, nil:
		return doc
	}
	v := reflect.ValueOf(doc)
	switch {
	case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[bson.E]():
		return sorted(v.Convert(reflect.TypeFor[bson.D]()).Interface())
	case v.Kind() == reflect.Pointer && !v.IsNil() && isMap(v.Elem()):
		return sorted(v.Elem().Interface())
	case isMap(v):
		out := bson.D{}
		for _, key := range v.MapKeys() {
			out = append(out, bson.E{Key: key.String(), Value: sorted(v.MapIndex(key).Interface())})
		}
		slices.SortFunc(out, func(a, b bson.E) int { return cmp.Compare(a.Key, b.Key) })
		return out
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		out := make(bson.A, v.Len())
		for i := range out {
			out[i] = sorted(v.Index(i).Interface())
		}
		return out
	}
	return doc
}

// indirect is what a value or a pointer to one holds.
func indirect(doc any) reflect.Value { return reflect.Indirect(reflect.ValueOf(doc)) }

func isMap(v reflect.Value) bool {
	return v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String
}

var errOrder = errors.New("a Go map has no order, which matters here; use bson.D")

// checkOrder refuses a map with several keys where their order matters: in
// $sort, and in a document that a filter compares with, at any depth.
func checkOrder(spec any) error {
	if elements, err := list(spec); err == nil {
		for _, e := range elements {
			if err := checkOrder(e); err != nil {
				return err
			}
		}
		return nil
	}
	for _, key := range []string{"$sort", "sortBy"} {
		for _, arg := range member(spec, key) {
			if v := indirect(arg); isMap(v) && v.Len() > 1 {
				return errOrder
			}
		}
	}
	for _, arg := range member(spec, "$match") {
		if err := checkFilter(arg); err != nil {
			return err
		}
	}
	for _, arg := range member(spec, "") {
		if err := checkOrder(arg); err != nil {
			return err
		}
	}
	return nil
}

// checkFilter is checkOrder for a filter.
func checkFilter(filter any) error {
	for _, key := range []string{"$and", "$or", "$nor"} {
		for _, parts := range member(filter, key) {
			elements, _ := list(parts) // what is no list is refused later
			for _, e := range elements {
				if err := checkFilter(e); err != nil {
					return err
				}
			}
		}
	}
	for _, condition := range conditionsOf(filter) {
		if !hasOperator(condition) && hasWideMap(condition) {
			return errOrder
		}
		for op, operand := range operators(condition) {
			var err error
			switch op {
			case "$elemMatch", "$not":
				err = checkFilter(operand)
			default:
				if hasWideMap(operand) {
					err = errOrder
				}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// conditionsOf are what stands behind the fields of a filter.
func conditionsOf(filter any) (out []any) {
	for key, condition := range operators(filter) {
		switch key {
		case "$and", "$or", "$nor", "$expr":
		default:
			out = append(out, condition)
		}
	}
	return out
}

// operators yields the keys and values of a document.
func operators(doc any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if d, ok := doc.(bson.D); ok {
			for _, e := range d {
				if !yield(e.Key, e.Value) {
					return
				}
			}
			return
		}
		v := indirect(doc)
		if !isMap(v) {
			return
		}
		for _, k := range v.MapKeys() {
			if !yield(k.String(), v.MapIndex(k).Interface()) {
				return
			}
		}
	}
}

// member returns the values of a document's key, of all keys if key is empty.
func member(doc any, key string) []any {
	var out []any
	for k, value := range operators(doc) {
		if key == "" || k == key {
			out = append(out, value)
		}
	}
	return out
}

func hasOperator(condition any) bool {
	if d, ok := condition.(bson.D); ok {
		return len(d) > 0 && strings.HasPrefix(d[0].Key, "$")
	}
	v := indirect(condition)
	return isMap(v) && slices.ContainsFunc(v.MapKeys(), func(k reflect.Value) bool { return strings.HasPrefix(k.String(), "$") })
}

// hasWideMap reports whether a map with several keys is in doc at any depth.
func hasWideMap(doc any) bool {
	v := indirect(doc)
	if isMap(v) && v.Len() > 1 {
		return true
	}
	if elements, err := list(doc); err == nil {
		return slices.ContainsFunc(elements, hasWideMap)
	}
	return slices.ContainsFunc(member(doc, ""), hasWideMap)
}

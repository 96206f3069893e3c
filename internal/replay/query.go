package replay

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// Matching is a [Server.Select] that obeys what reads of a collection in parts ask
// for: of find a filter of comparisons, $type and $exists, joined by $and, $or, $nor
// and $not, and a sort by one field; of aggregate a first stage $sample, which
// takes documents at even distances and leaves their _id, in order. It panics at
// other operators, so that no test believes it.
//
// Source: MongoDB's manual, Query Predicates; Comparison/Sort Order.
func Matching(r *Request, docs [][]byte) [][]byte {
	if r.Command == "aggregate" {
		return sampled(r, docs)
	}
	filter, _ := r.Body.Lookup("filter").DocumentOK()
	docs = slices.DeleteFunc(slices.Clone(docs), func(doc []byte) bool { return !matches(filter, doc) })
	if sort, ok := r.Body.Lookup("sort").DocumentOK(); ok {
		sortBy(docs, sort.Index(0).Key(), int(sort.Index(0).Value().AsInt64()))
	}
	return docs
}

func sampled(r *Request, docs [][]byte) [][]byte {
	size, ok := r.Body.Lookup("pipeline", "0", "$sample", "size").AsInt64OK()
	if !ok {
		return docs
	}
	docs = slices.Clone(docs)
	sortBy(docs, "_id", 1)
	n := min(int(size), len(docs))
	ids := make([][]byte, n)
	for i := range ids {
		ids[i] = encode(bson.D{})
		if id, err := bson.Raw(docs[i*len(docs)/n]).LookupErr("_id"); err == nil {
			ids[i] = encode(bson.D{{Key: "_id", Value: id}})
		}
	}
	return ids
}

func sortBy(docs [][]byte, field string, order int) {
	key := func(doc []byte) monary.Value { return value(bson.Raw(doc).Lookup(field)) }
	slices.SortStableFunc(docs, func(a, b []byte) int { return order * monary.Compare(key(a), key(b)) })
}

// matches reports whether a document is one that a filter asks for.
func matches(filter, doc bson.Raw) bool {
	return !slices.ContainsFunc(elements(filter), func(e bson.RawElement) bool { return !holds(e.Key(), e.Value(), doc) })
}

// holds is one element of a filter.
func holds(key string, arg bson.RawValue, doc bson.Raw) bool {
	inner := func(v bson.RawValue) bool { return matches(v.Document(), doc) }
	switch key {
	case "$and":
		return !slices.ContainsFunc(values(arg), func(v bson.RawValue) bool { return !inner(v) })
	case "$or":
		return slices.ContainsFunc(values(arg), inner)
	case "$nor":
		return !slices.ContainsFunc(values(arg), inner)
	}
	found := follow(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}, strings.Split(key, "."))
	return accepts(arg, found)
}

// accepts reports whether the values at a path are what a field's condition asks
// for: operators or a value to be equal to.
func accepts(condition bson.RawValue, found []bson.RawValue) bool {
	operators, ok := condition.DocumentOK()
	if all := elements(operators); ok && len(all) > 0 && strings.HasPrefix(all[0].Key(), "$") {
		return !slices.ContainsFunc(all, func(e bson.RawElement) bool { return !operate(e.Key(), e.Value(), found) })
	}
	return operate("$eq", condition, found)
}

func operate(operator string, arg bson.RawValue, found []bson.RawValue) bool {
	switch operator {
	case "$not":
		return !accepts(arg, found)
	case "$ne":
		return !operate("$eq", arg, found)
	case "$in":
		return slices.ContainsFunc(values(arg), func(v bson.RawValue) bool { return operate("$eq", v, found) })
	case "$exists":
		return (len(found) > 0) == arg.Boolean()
	case "$type":
		return slices.ContainsFunc(found, func(v bson.RawValue) bool { return hasType(v.Type, arg) })
	}
	if len(found) == 0 {
		found = []bson.RawValue{{}} // null and missing are one to comparisons
	}
	return slices.ContainsFunc(spread(found), func(v bson.RawValue) bool { return compares(operator, value(v), value(arg)) })
}

// hasType reports whether a number of $type, or one of several, is a type's.
func hasType(t bson.Type, arg bson.RawValue) bool {
	if _, ok := arg.ArrayOK(); ok {
		return slices.ContainsFunc(values(arg), func(v bson.RawValue) bool { return hasType(t, v) })
	}
	return arg.AsInt64() == int64(int8(t)) // MinKey is -1
}

// compares reports whether a comparison holds, which it does within one type
// bracket only. NaN is equal to NaN, and neither less nor greater than anything.
func compares(operator string, v, arg monary.Value) bool {
	if v.IsMissing() {
		v = monary.NullValue
	}
	extreme := arg.Type() == bson.TypeMinKey || arg.Type() == bson.TypeMaxKey // of all types
	if !monary.SameBracket(v, arg) && !extreme {
		return false
	}
	order := monary.Compare(v, arg)
	if isNaN(v) != isNaN(arg) && !extreme {
		return false
	}
	switch operator {
	case "$eq":
		return order == 0
	case "$gt":
		return order > 0
	case "$gte":
		return order >= 0
	case "$lt":
		return order < 0
	case "$lte":
		return order <= 0
	}
	panic(fmt.Sprintf("replay: the operator %q is not known to Matching", operator))
}

// follow is the values at a path; each element of an array is followed.
func follow(v bson.RawValue, path []string) (found []bson.RawValue) {
	if len(path) == 0 {
		return []bson.RawValue{v}
	}
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		if inner, err := v.Document().LookupErr(path[0]); err == nil {
			return follow(inner, path[1:])
		}
	case bson.TypeArray:
		all := values(v)
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(all) {
			found = follow(all[i], path[1:])
		}
		for _, inner := range all {
			if inner.Type == bson.TypeEmbeddedDocument {
				found = append(found, follow(inner, path)...)
			}
		}
	}
	return found
}

// spread adds the elements of arrays.
func spread(found []bson.RawValue) []bson.RawValue {
	all := slices.Clone(found)
	for _, v := range found {
		if v.Type == bson.TypeArray {
			all = append(all, values(v)...)
		}
	}
	return all
}

func isNaN(v monary.Value) bool {
	if x, ok := v.Double(); ok {
		return math.IsNaN(x)
	}
	d, ok := v.Raw().Decimal128OK()
	return ok && d.IsNaN()
}

func value(raw bson.RawValue) monary.Value {
	if raw.IsZero() {
		return monary.Value{}
	}
	return must(monary.ParseValue(raw))
}

// must is for documents, which are the test's, and for filters, which the driver
// has encoded.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func elements(doc bson.Raw) []bson.RawElement {
	if doc == nil {
		return nil
	}
	return must(doc.Elements())
}

func values(array bson.RawValue) []bson.RawValue {
	return must(array.Array().Values())
}

package pipeline_test

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The reference engine: one document at a time, every rule of the manual
// written down as plainly as it can be, with no thought of speed.

type missingField struct{}

// missing stands for a field that a document does not have.
var missing any = missingField{}

// reference runs a pipeline of documents in the form the generators make; an
// error of the data is a panic with a refError.
func reference(docs []bson.D, pipe []bson.D) []bson.D {
	return world{}.run(docs, pipe)
}

func lookup(doc bson.D, key string) any {
	for _, e := range doc {
		if e.Key == key {
			return e.Value
		}
	}
	return missing
}

// refMatch keeps the documents that meet all conditions.
func refMatch(docs []bson.D, filter bson.D) (out []bson.D) {
	for _, doc := range docs {
		if !slices.ContainsFunc(filter, func(e bson.E) bool { return !meets(doc, e.Key, e.Value) }) {
			out = append(out, doc)
		}
	}
	return out
}

func meets(doc bson.D, path string, want any) bool {
	ops, ok := want.(bson.D)
	if !ok || len(ops) == 0 || !strings.HasPrefix(ops[0].Key, "$") {
		ops = bson.D{{Key: "$eq", Value: want}}
	}
	candidates := candidates(doc, strings.Split(path, "."))
	for _, op := range ops {
		name, negate := op.Key, false
		if name == "$ne" {
			name, negate = "$eq", true
		}
		hit := slices.ContainsFunc(candidates, func(v any) bool { return holds(v, name, op.Value) })
		if hit == negate {
			return false
		}
	}
	return true
}

// candidates are the values a path can mean: an array at the end stands for
// its elements and for itself; one on the way for those of its documents and,
// if the next key is a number, for the element at that index.
func candidates(v any, path []string) []any {
	if len(path) == 0 {
		if arr, ok := v.(bson.A); ok {
			return append(slices.Clone(arr), v)
		}
		return []any{v}
	}
	switch v := v.(type) {
	case bson.D:
		return candidates(lookup(v, path[0]), path[1:])
	case bson.A:
		return through(v, path)
	}
	return []any{missing}
}

func through(arr bson.A, path []string) (out []any) {
	for i, e := range arr {
		if doc, ok := e.(bson.D); ok {
			out = append(out, candidates(doc, path)...)
		}
		if path[0] != strconv.Itoa(i) {
			continue
		}
		if len(path) == 1 {
			out = append(out, e)
			continue
		}
		switch e := e.(type) {
		case bson.D:
			out = append(out, candidates(e, path[1:])...)
		case bson.A:
			out = append(out, through(e, path[1:])...)
		}
	}
	return out
}

// holds compares within a type bracket; null stands for missing too, and NaN
// is equal to NaN and in no order with other numbers.
func holds(v any, op string, want any) bool {
	if v == missing {
		v = nil
		if want != nil {
			return false
		}
	}
	if bracket(v) != bracket(want) {
		return false
	}
	if isNaN(v) != isNaN(want) {
		return false
	}
	c := compare(v, want)
	switch op {
	case "$eq":
		return c == 0
	case "$gt":
		return c > 0
	case "$gte":
		return c >= 0
	case "$lt":
		return c < 0
	}
	return c <= 0
}

// refGroup makes a document for each value of _id, in the order first seen.
func refGroup(docs []bson.D, spec bson.D) (out []bson.D) {
	var keys []any
	var members [][]bson.D
	for _, doc := range docs {
		key := evaluate(doc, lookup(spec, "_id"))
		if key == missing {
			key = nil
		}
		i := slices.IndexFunc(keys, func(k any) bool { return compare(k, key) == 0 })
		if i < 0 {
			i, keys, members = len(keys), append(keys, key), append(members, nil)
		}
		members[i] = append(members[i], doc)
	}
	for i, key := range keys {
		result := bson.D{}
		for _, e := range spec {
			if e.Key == "_id" {
				result = append(result, bson.E{Key: "_id", Value: key})
				continue
			}
			acc := e.Value.(bson.D)[0]
			result = append(result, bson.E{Key: e.Key, Value: accumulate(members[i], acc.Key, acc.Value)})
		}
		out = append(out, result)
	}
	return out
}

// evaluate is the value of an expression for a document.
func evaluate(doc bson.D, expr any) any { return refScope{root: doc}.eval(expr) }

// follow walks a field path, which does not index arrays: over an array it is
// the array of what the documents in it have.
func follow(doc bson.D, path []string) any {
	v := lookup(doc, path[0])
	if len(path) == 1 {
		return v
	}
	switch v := v.(type) {
	case bson.D:
		return follow(v, path[1:])
	case bson.A:
		found := bson.A{}
		for _, e := range v {
			if sub, ok := e.(bson.D); ok {
				if got := follow(sub, path[1:]); got != missing {
					found = append(found, got)
				}
			}
		}
		return found
	}
	return missing
}

func accumulate(docs []bson.D, op string, arg any) any {
	switch spec, _ := arg.(bson.D); op {
	case "$count":
		return int32(len(docs))
	case "$top", "$bottom", "$topN", "$bottomN":
		return refTop(docs, op, spec)
	case "$firstN", "$lastN", "$minN", "$maxN":
		var values []any
		for _, doc := range docs {
			values = append(values, evaluate(doc, lookup(spec, "input")))
		}
		return refSome(op, values, int(lookup(spec, "n").(int32)))
	}
	var values []any
	for _, doc := range docs {
		values = append(values, evaluate(doc, arg))
	}
	return refAccumulate(op, values)
}

// refAccumulate is an accumulator over the values of its expression.
func refAccumulate(op string, all []any) any {
	var numbers, values []any // null and missing left out
	pushed := bson.A{}        // missing left out
	for _, v := range all {
		if isNumber(v) {
			numbers = append(numbers, v)
		}
		if !nullish(v) {
			values = append(values, v)
		}
		if v != missing {
			pushed = append(pushed, v)
		}
	}
	switch op {
	case "$sum":
		return refSum(numbers)
	case "$avg":
		if len(numbers) == 0 {
			return nil
		}
		return total(numbers) / float64(len(numbers))
	case "$push":
		return pushed
	case "$addToSet":
		out := bson.A{}
		for _, v := range pushed {
			if !slices.ContainsFunc(out, func(e any) bool { return compare(e, v) == 0 }) {
				out = append(out, v)
			}
		}
		return out
	case "$mergeObjects":
		out := bson.D{}
		for _, v := range all {
			out = refMerge([]any{out, v}).(bson.D)
		}
		return out
	}
	switch {
	case op == "$first" && len(all) > 0:
		return orNull(all[0])
	case op == "$last" && len(all) > 0:
		return orNull(all[len(all)-1])
	case op == "$first" || op == "$last" || len(values) == 0:
		return nil
	case op == "$min":
		return slices.MinFunc(values, compare)
	}
	return refMax(values)
}

// refSome is $firstN, $lastN, $minN and $maxN.
func refSome(op string, all []any, n int) any {
	out := bson.A{}
	for _, v := range all {
		if nullish(v) && (op == "$minN" || op == "$maxN") {
			continue
		}
		out = append(out, orNull(v))
	}
	switch op {
	case "$minN":
		slices.SortStableFunc(out, compare)
	case "$maxN":
		slices.SortStableFunc(out, func(a, b any) int { return compare(b, a) })
	case "$lastN":
		return out[max(0, len(out)-n):]
	}
	return out[:min(n, len(out))]
}

// refTop sorts the documents and takes what it wants from one end.
func refTop(docs []bson.D, op string, spec bson.D) any {
	n := 1
	if v, ok := lookup(spec, "n").(int32); ok {
		n = int(v)
	}
	out := bson.A{}
	for _, doc := range refSort(docs, lookup(spec, "sortBy").(bson.D)) {
		out = append(out, orNull(evaluate(doc, lookup(spec, "output"))))
	}
	if strings.HasPrefix(op, "$top") {
		out = out[:min(n, len(out))]
	} else {
		out = out[max(0, len(out)-n):]
	}
	if strings.HasSuffix(op, "N") {
		return out
	}
	return orNull(refAt(out, 0))
}

// refMax is the first of the greatest values.
func refMax(values []any) any {
	best := values[0]
	for _, v := range values {
		if compare(v, best) > 0 {
			best = v
		}
	}
	return best
}

// refSum has the widest type among the numbers: int32, int64 where that
// overflows, double where that overflows too or a double is among them.
func refSum(numbers []any) any {
	sum, rank := new(big.Int), 0
	for _, n := range numbers {
		switch n := n.(type) {
		case int32:
			sum.Add(sum, big.NewInt(int64(n)))
		case int64:
			sum.Add(sum, big.NewInt(n))
			rank = 1
		default:
			return total(numbers)
		}
	}
	switch {
	case !sum.IsInt64():
		return total(numbers)
	case rank == 0 && sum.Int64() == int64(int32(sum.Int64())):
		return int32(sum.Int64())
	}
	return sum.Int64()
}

// total is the exact sum, rounded once. What is not finite adds up by itself.
func total(numbers []any) float64 {
	exact, special := new(big.Float).SetPrec(2200), 0.0
	for _, n := range numbers {
		if f, ok := n.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			special += f
			continue
		}
		exact.Add(exact, exactly(n))
	}
	if special != 0 {
		return special
	}
	f, _ := exact.Float64()
	return f
}

// refSort orders stably; an array counts with its least element ascending and
// with its greatest descending.
func refSort(docs []bson.D, spec bson.D) []bson.D {
	return slices.SortedStableFunc(slices.Values(docs), func(a, b bson.D) int {
		for _, e := range spec {
			dir := int(e.Value.(int32))
			path := strings.Split(e.Key, ".")
			if c := dir * compare(sortKey(a, path, dir), sortKey(b, path, dir)); c != 0 {
				return c
			}
		}
		return 0
	})
}

func sortKey(doc bson.D, path []string, dir int) any {
	keys := sortKeys(doc, path)
	return slices.MinFunc(keys, func(a, b any) int { return dir * compare(a, b) })
}

// sortKeys has null for what is missing and, for an empty array, undefined,
// which comes before null.
func sortKeys(v any, path []string) []any {
	if len(path) > 0 {
		doc, ok := v.(bson.D)
		if !ok {
			return []any{nil}
		}
		v, path = lookup(doc, path[0]), path[1:]
	}
	arr, isArray := v.(bson.A)
	switch {
	case v == missing:
		return []any{nil}
	case !isArray && len(path) == 0:
		return []any{v}
	case !isArray:
		return sortKeys(v, path)
	case len(arr) == 0 && len(path) == 0:
		return []any{bson.Undefined{}}
	case len(arr) == 0:
		return []any{nil}
	case len(path) == 0:
		return arr
	}
	var keys []any
	for _, e := range arr {
		keys = append(keys, sortKeys(e, path)...)
	}
	return keys
}

package pipeline_test

import (
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// refPartitions cuts sorted documents by the value of an expression, in its order.
func refPartitions(docs []bson.D, by any, sortBy any) (out [][]bson.D) {
	key := func(doc bson.D) any {
		if by == missing {
			return nil
		}
		v := orNull(evaluate(doc, by))
		if _, isArray := v.(bson.A); isArray {
			refFail("an array partitions")
		}
		return v
	}
	if keys, ok := sortBy.(bson.D); ok {
		docs = refSort(docs, keys)
	}
	docs = slices.SortedStableFunc(slices.Values(docs), func(a, b bson.D) int { return compare(key(a), key(b)) })
	for i, doc := range docs {
		if i == 0 || compare(key(docs[i-1]), key(doc)) != 0 {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], doc)
	}
	return out
}

// refWindows is $setWindowFields: for each document the window's documents are
// collected and the operator applied to them.
func refWindows(docs []bson.D, spec bson.D) (out []bson.D) {
	sortBy, _ := lookup(spec, "sortBy").(bson.D)
	for _, part := range refPartitions(docs, lookup(spec, "partitionBy"), lookup(spec, "sortBy")) {
		for i, doc := range part {
			made := doc
			for _, field := range lookup(spec, "output").(bson.D) {
				made = refSet(made, strings.Split(field.Key, "."), refWindowValue(part, i, sortBy, field.Value.(bson.D))).(bson.D)
			}
			out = append(out, made)
		}
	}
	return out
}

func refWindowValue(part []bson.D, i int, sortBy, how bson.D) any {
	op, arg := how[0].Key, how[0].Value
	switch op {
	case "$documentNumber":
		return int32(i + 1)
	case "$rank", "$denseRank":
		return refRank(part, i, sortBy, op == "$denseRank")
	case "$shift":
		at := i + int(lookup(arg.(bson.D), "by").(int32))
		if at < 0 || at >= len(part) {
			return orNull(lookup(arg.(bson.D), "default"))
		}
		return orNull(evaluate(part[at], lookup(arg.(bson.D), "output")))
	case "$locf":
		for k := i; k >= 0; k-- {
			if v := evaluate(part[k], arg); !nullish(v) {
				return v
			}
		}
		return nil
	}
	return accumulate(refWindow(part, i, sortBy, how), op, arg)
}

// refRank counts those before that sort differently: documents, or values.
func refRank(part []bson.D, i int, sortBy bson.D, dense bool) any {
	rank, key := int32(1), func(k int) any {
		return sortKey(part[k], strings.Split(sortBy[0].Key, "."), int(sortBy[0].Value.(int32)))
	}
	for k := range i {
		if compare(key(k), key(i)) != 0 && (!dense || compare(key(k), key(k+1)) != 0) {
			rank++
		}
	}
	return rank
}

// refWindow has the documents of the window of document i.
func refWindow(part []bson.D, i int, sortBy, how bson.D) (in []bson.D) {
	window, _ := lookup(how, "window").(bson.D)
	if documents, ok := lookup(window, "documents").(bson.A); ok {
		for k, doc := range part {
			if within(float64(k-i), documents) {
				in = append(in, doc)
			}
		}
		return in
	}
	ranged, ok := lookup(window, "range").(bson.A)
	if !ok {
		return part
	}
	for _, doc := range part {
		x, at := evaluate(doc, "$"+sortBy[0].Key), evaluate(part[i], "$"+sortBy[0].Key)
		if !isNumber(x) || !isNumber(at) {
			refFail("a range over %v", x)
		}
		bound := func(n any) any { return refBinary("$add", at, n) }
		low, high := ranged[0] == "unbounded", ranged[1] == "unbounded"
		low = low || compare(x, bound(zeroIfCurrent(ranged[0]))) >= 0
		high = high || compare(x, bound(zeroIfCurrent(ranged[1]))) <= 0
		if low && high {
			in = append(in, doc)
		}
	}
	return in
}

func zeroIfCurrent(bound any) any {
	if bound == "current" {
		return int32(0)
	}
	return bound
}

func within(distance float64, bounds bson.A) bool {
	limit := func(b any, open float64) float64 {
		if b == "unbounded" {
			return open
		}
		return toDouble(zeroIfCurrent(b))
	}
	return distance >= limit(bounds[0], math.Inf(-1)) && distance <= limit(bounds[1], math.Inf(1))
}

// refFill is $fill with values and locf.
func refFill(docs []bson.D, spec bson.D) []bson.D {
	output := lookup(spec, "output").(bson.D)
	windows, values := bson.D{}, bson.D{}
	for _, e := range output {
		if how := e.Value.(bson.D)[0]; how.Key == "value" {
			values = append(values, bson.E{Key: e.Key, Value: bson.D{{Key: "$ifNull", Value: bson.A{"$" + e.Key, how.Value}}}})
		} else {
			windows = append(windows, bson.E{Key: e.Key, Value: bson.D{{Key: "$locf", Value: "$" + e.Key}}})
		}
	}
	if len(windows) > 0 {
		with := bson.D{{Key: "output", Value: windows}}
		for _, key := range []string{"partitionBy", "sortBy"} {
			if v := lookup(spec, key); v != missing {
				with = append(with, bson.E{Key: key, Value: v})
			}
		}
		docs = refWindows(docs, with)
	}
	if len(values) == 0 {
		return docs
	}
	return world{}.stage(docs, "$addFields", values)
}

// refDensify is $densify of numbers with the bounds "full" or an array.
func refDensify(docs []bson.D, spec bson.D) (out []bson.D) {
	field, ranged := lookup(spec, "field").(string), lookup(spec, "range").(bson.D)
	step, bounds := lookup(ranged, "step"), lookup(ranged, "bounds")
	var values, by []any // of the documents with a value, and their partitions
	key := func(doc bson.D) bson.D {
		out := bson.D{}
		if p, ok := lookup(spec, "partitionByFields").(bson.A); ok {
			if v := lookup(doc, p[0].(string)); v != missing {
				out = append(out, bson.E{Key: p[0].(string), Value: v})
			}
		}
		return out
	}
	docs = refSort(docs, bson.D{{Key: field, Value: int32(1)}})
	for _, doc := range docs {
		v := lookup(doc, field)
		if nullish(v) {
			continue
		}
		if !isNumber(v) {
			refFail("$densify of %v", v)
		}
		values = append(values, v)
		if !slices.ContainsFunc(by, func(k any) bool { return compare(k, key(doc)) == 0 }) {
			by = append(by, key(doc))
		}
	}
	var grid []any
	if list, ok := bounds.(bson.A); ok {
		for v := list[0]; compare(v, list[1]) < 0; v = refBinary("$add", v, step) {
			grid = append(grid, v)
		}
		if lookup(spec, "partitionByFields") == missing {
			by = []any{bson.D{}}
		}
	} else if len(values) > 0 {
		for v := values[0]; compare(v, values[len(values)-1]) <= 0; v = refBinary("$add", v, step) {
			grid = append(grid, v)
		}
	}
	out = slices.Clone(docs)
	for _, k := range by {
		for _, v := range grid {
			if !slices.ContainsFunc(docs, func(doc bson.D) bool { return compare(key(doc), k) == 0 && compare(lookup(doc, field), v) == 0 }) {
				out = append(out, refPut(k.(bson.D), field, v))
			}
		}
	}
	return out
}

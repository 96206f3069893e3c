package pipeline_test

import (
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// world has the other collections, by name.
type world map[string][]bson.D

// run runs a pipeline, one stage after the other over all documents.
func (w world) run(docs []bson.D, pipe []bson.D) []bson.D {
	for _, s := range pipe {
		docs = w.stage(docs, s[0].Key, s[0].Value)
	}
	return docs
}

func (w world) stage(docs []bson.D, name string, body any) []bson.D {
	spec, _ := body.(bson.D)
	switch name {
	case "$match":
		return refMatch(docs, spec)
	case "$group":
		return refGroup(docs, spec)
	case "$sort":
		return refSort(docs, spec)
	case "$limit":
		return docs[:min(len(docs), int(body.(int32)))]
	case "$skip":
		return docs[min(len(docs), int(body.(int32))):]
	case "$count":
		if len(docs) == 0 {
			return nil
		}
		return []bson.D{{{Key: body.(string), Value: int32(len(docs))}}}
	case "$sortByCount":
		groups := refGroup(docs, bson.D{{Key: "_id", Value: body}, {Key: "count", Value: bson.D{{Key: "$count", Value: bson.D{}}}}})
		return refSort(groups, bson.D{{Key: "count", Value: int32(-1)}})
	case "$unionWith":
		return append(slices.Clone(docs), w.run(w[lookup(spec, "coll").(string)], lookup(spec, "pipeline").([]bson.D))...)
	case "$facet":
		out := bson.D{}
		for _, e := range spec {
			out = append(out, bson.E{Key: e.Key, Value: asArray(w.run(docs, e.Value.([]bson.D)))})
		}
		return []bson.D{out}
	case "$bucket":
		return refBucket(docs, spec)
	case "$bucketAuto":
		return refBucketAuto(docs, spec)
	case "$setWindowFields":
		return refWindows(docs, spec)
	case "$fill":
		return refFill(docs, spec)
	case "$densify":
		return refDensify(docs, spec)
	}
	var out []bson.D
	for _, doc := range docs {
		out = append(out, w.each(doc, name, body)...)
	}
	return out
}

// each has the stages that look at one document after the other.
func (w world) each(doc bson.D, name string, body any) []bson.D {
	spec, _ := body.(bson.D)
	switch name {
	case "$unwind":
		return refUnwind(doc, spec)
	case "$lookup":
		return []bson.D{w.lookup(doc, spec)}
	case "$replaceWith":
		root, ok := evaluate(doc, body).(bson.D)
		if !ok {
			refFail("the new root of %v", doc)
		}
		return []bson.D{root}
	case "$addFields":
		out := doc
		for _, e := range spec { // all see the document as it was
			out = refSet(out, strings.Split(e.Key, "."), evaluate(doc, e.Value)).(bson.D)
		}
		return []bson.D{out}
	case "$unset":
		out := doc
		for _, p := range body.(bson.A) {
			out = refDrop(out, strings.Split(p.(string), ".")).(bson.D)
		}
		return []bson.D{out}
	case "$project":
		return []bson.D{refProject(doc, spec)}
	}
	panic("no stage " + name)
}

func asArray(docs []bson.D) bson.A {
	out := bson.A{}
	for _, doc := range docs {
		out = append(out, doc)
	}
	return out
}

// refSet sets a path, in each document of an array; what is no document makes way
// for one. A missing value takes the field away.
func refSet(v any, path []string, to any) any {
	if len(path) == 0 {
		return to
	}
	if list, ok := v.(bson.A); ok {
		out := bson.A{}
		for _, e := range list {
			out = append(out, refSet(e, path, to))
		}
		return out
	}
	doc, isDocument := v.(bson.D)
	if !isDocument {
		doc = bson.D{}
	}
	inner := refSet(lookup(doc, path[0]), path[1:], to)
	if inner == missing {
		return slices.DeleteFunc(slices.Clone(doc), func(e bson.E) bool { return e.Key == path[0] })
	}
	return refPut(doc, path[0], inner)
}

// refDrop leaves a path out, in each document of an array.
func refDrop(v any, path []string) any {
	switch v := v.(type) {
	case bson.A:
		out := bson.A{}
		for _, e := range v {
			out = append(out, refDrop(e, path))
		}
		return out
	case bson.D:
		out := bson.D{}
		for _, e := range v {
			switch {
			case e.Key != path[0]:
			case len(path) == 1:
				continue
			default:
				e.Value = refDrop(e.Value, path[1:])
			}
			out = append(out, e)
		}
		return out
	}
	return v
}

// refProject keeps what is named, in the document's order, and puts what is
// computed behind.
func refProject(doc bson.D, spec bson.D) bson.D {
	out := bson.D{}
	for _, e := range doc {
		kept := missing
		if e.Key == "_id" && !slices.ContainsFunc(spec, func(f bson.E) bool { return strings.HasPrefix(f.Key, "_id") }) {
			kept = e.Value
		}
		for _, f := range spec {
			if path := strings.Split(f.Key, "."); f.Value == int32(1) && path[0] == e.Key {
				kept = refKeep(e.Value, path[1:])
			}
		}
		if kept != missing {
			out = append(out, bson.E{Key: e.Key, Value: kept})
		}
	}
	for _, f := range spec {
		if f.Value == int32(1) || f.Key == "_id" {
			continue
		}
		if v := evaluate(doc, f.Value); v != missing {
			out = append(out, bson.E{Key: f.Key, Value: v})
		}
	}
	return out
}

// refKeep is what a path keeps of a value: of arrays the documents and arrays.
func refKeep(v any, path []string) any {
	if len(path) == 0 {
		return v
	}
	switch v := v.(type) {
	case bson.A:
		out := bson.A{}
		for _, e := range v {
			if kept := refKeep(e, path); kept != missing {
				out = append(out, kept)
			}
		}
		return out
	case bson.D:
		out := bson.D{}
		for _, e := range v {
			if e.Key != path[0] {
				continue
			}
			if kept := refKeep(e.Value, path[1:]); kept != missing {
				out = append(out, bson.E{Key: e.Key, Value: kept})
			}
		}
		return out
	}
	return missing
}

// refUnwind makes a document of each element; a path leads through documents
// only.
func refUnwind(doc bson.D, spec bson.D) (out []bson.D) {
	path := strings.Split(lookup(spec, "path").(string)[1:], ".")
	keep, index := lookup(spec, "preserveNullAndEmptyArrays") == true, lookup(spec, "includeArrayIndex")
	add := func(v, at any) {
		made := refSetPlain(doc, path, v)
		if index != missing {
			made = refPut(made, index.(string), at)
		}
		out = append(out, made)
	}
	v := any(doc)
	for _, key := range path {
		inner, _ := v.(bson.D)
		v = lookup(inner, key)
	}
	list, isArray := v.(bson.A)
	switch {
	case !isArray && (!nullish(v) || keep):
		add(v, nil)
	case isArray && len(list) == 0 && keep:
		add(missing, nil)
	}
	for i, e := range list {
		add(e, int64(i))
	}
	return out
}

// refSetPlain sets or takes away what is there: nothing is made on the way.
func refSetPlain(doc bson.D, path []string, to any) bson.D {
	old := lookup(doc, path[0])
	switch {
	case len(path) > 1:
		inner, ok := old.(bson.D)
		if !ok {
			return doc
		}
		to = refSetPlain(inner, path[1:], to)
	case old == missing && to == missing:
		return doc
	}
	if to == missing {
		return slices.DeleteFunc(slices.Clone(doc), func(e bson.E) bool { return e.Key == path[0] })
	}
	return refPut(doc, path[0], to)
}

// lookup joins by equality: a value with any of the foreign field's, null and an empty array with
// missing; of a local array each element counts.
func (w world) lookup(doc bson.D, spec bson.D) bson.D {
	local := []any{orNull(evaluate(doc, "$"+lookup(spec, "localField").(string)))}
	if list, ok := local[0].(bson.A); ok && len(list) > 0 {
		local = list
	} else if ok {
		local = []any{nil}
	}
	foreign := strings.Split(lookup(spec, "foreignField").(string), ".")
	found := bson.A{}
	for _, other := range w[lookup(spec, "from").(string)] {
		if slices.ContainsFunc(candidates(other, foreign), func(v any) bool {
			return slices.ContainsFunc(local, func(l any) bool { return compare(orNull(v), orNull(l)) == 0 })
		}) {
			found = append(found, other)
		}
	}
	return refPut(doc, lookup(spec, "as").(string), found)
}

// refBucket groups by the lower bound of each document's bucket.
func refBucket(docs []bson.D, spec bson.D) []bson.D {
	bounds := lookup(spec, "boundaries").(bson.A)
	groups := map[int][]bson.D{}
	for _, doc := range docs {
		v := evaluate(doc, lookup(spec, "groupBy"))
		at := len(bounds)
		for i := range bounds[1:] {
			if compare(v, bounds[i]) >= 0 && compare(v, bounds[i+1]) < 0 {
				at = i
			}
		}
		if at == len(bounds) && lookup(spec, "default") == missing {
			refFail("%v is in no bucket", v)
		}
		groups[at] = append(groups[at], doc)
	}
	var out []bson.D
	for at, members := range groups {
		id := lookup(spec, "default")
		if at < len(bounds) {
			id = bounds[at]
		}
		out = append(out, refAccumulators(bson.D{{Key: "_id", Value: id}}, members, lookup(spec, "output").(bson.D)))
	}
	return refSort(out, bson.D{{Key: "_id", Value: int32(1)}})
}

func refAccumulators(out bson.D, docs []bson.D, spec bson.D) bson.D {
	for _, e := range spec {
		acc := e.Value.(bson.D)[0]
		out = append(out, bson.E{Key: e.Key, Value: accumulate(docs, acc.Key, acc.Value)})
	}
	return out
}

// refBucketAuto deals sorted documents to buckets of ⌊n/buckets⌉; equal values
// stay together, the last bucket takes the rest.
func refBucketAuto(docs []bson.D, spec bson.D) (out []bson.D) {
	by := func(doc bson.D) any { return orNull(evaluate(doc, lookup(spec, "groupBy"))) }
	docs = slices.SortedStableFunc(slices.Values(docs), func(a, b bson.D) int { return compare(by(a), by(b)) })
	n := int(lookup(spec, "buckets").(int32))
	size := max(1, int(math.Round(float64(len(docs))/float64(n))))
	for len(docs) > 0 {
		end := min(size, len(docs))
		if len(out) == n-1 {
			end = len(docs)
		}
		for end < len(docs) && compare(by(docs[end-1]), by(docs[end])) == 0 {
			end++
		}
		most := by(docs[end-1])
		if end < len(docs) {
			most = by(docs[end])
		}
		id := bson.D{{Key: "min", Value: by(docs[0])}, {Key: "max", Value: most}}
		out = append(out, refAccumulators(bson.D{{Key: "_id", Value: id}}, docs[:end], lookup(spec, "output").(bson.D)))
		docs = docs[end:]
	}
	return out
}

package pipeline

import "go.mongodb.org/mongo-driver/v2/bson"

// Match is {$match: {…}}: all filters are met. Filters on different keys become one
// document, others an $and.
func Match(filters ...Filter) bson.D { return single("$match", bson.D(together(filters))) }

// Project is {$project: {…}}.
func Project(fields ...Projected) bson.D {
	of := bson.D{}
	for _, f := range fields {
		of = append(of, f.projected())
	}
	return single("$project", of)
}

// Set is {$set: {…}}, which is also called $addFields.
func Set(fields ...Computed) bson.D {
	of := bson.D{}
	for _, f := range fields {
		of = append(of, bson.E(f))
	}
	return single("$set", of)
}

// Unset is {$unset: [fields…]}.
func Unset(fields ...string) bson.D {
	list := bson.A{}
	for _, f := range fields {
		list = append(list, f)
	}
	return single("$unset", list)
}

// ReplaceWith is {$replaceWith: expression}, which is short for $replaceRoot.
func ReplaceWith(expression any) bson.D { return single("$replaceWith", expression) }

// Group is {$group: {_id: id, …}}; a nil id makes one group.
func Group(id any, fields ...Accumulator) bson.D {
	return single("$group", append(single("_id", id), outputOf(fields)...))
}

// Sort is {$sort: {…}}.
func Sort(keys ...SortKey) bson.D { return single("$sort", orderOf(keys)) }

// Limit is {$limit: n}.
func Limit(n int64) bson.D { return single("$limit", n) }

// Skip is {$skip: n}.
func Skip(n int64) bson.D { return single("$skip", n) }

// Unwind is {$unwind: {path: "$field", …}}, with includeArrayIndex and
// preserveNullAndEmptyArrays as options.
func Unwind(f Field, options ...bson.E) bson.D {
	return single("$unwind", append(single("path", f.Ref()), options...))
}

// Count is {$count: name}.
func Count(name string) bson.D { return single("$count", name) }

// SortByCount is {$sortByCount: expression}.
func SortByCount(expression any) bson.D { return single("$sortByCount", expression) }

// Bucket is {$bucket: {groupBy, boundaries, default, output}}, without default if otherwise
// is nil and without output if there are no fields.
func Bucket(by any, boundaries []any, otherwise any, fields ...Accumulator) bson.D {
	of := bson.D{{Key: "groupBy", Value: by}, {Key: "boundaries", Value: array(boundaries)}}
	if otherwise != nil {
		of = append(of, bson.E{Key: "default", Value: otherwise})
	}
	return single("$bucket", withOutput(of, fields))
}

// BucketAuto is {$bucketAuto: {groupBy, buckets, output}}, without output if there are no
// fields.
func BucketAuto(by any, buckets int, fields ...Accumulator) bson.D {
	return single("$bucketAuto", withOutput(bson.D{{Key: "groupBy", Value: by}, {Key: "buckets", Value: buckets}}, fields))
}

// Sample is {$sample: {size: n}}; here, but not on a server, {seed: n} is an option.
func Sample(size int64, options ...bson.E) bson.D {
	return single("$sample", append(single("size", size), options...))
}

// Lookup is {$lookup: {from, localField, foreignField, as}}.
func Lookup(from string, local, foreign Field, as string) bson.D {
	return single("$lookup", bson.D{
		{Key: "from", Value: from}, {Key: "localField", Value: string(local)},
		{Key: "foreignField", Value: string(foreign)}, {Key: "as", Value: as},
	})
}

// UnionWith is {$unionWith: {coll: name, pipeline: [stages…]}}.
func UnionWith(name string, stages ...bson.D) bson.D {
	return single("$unionWith", bson.D{{Key: "coll", Value: name}, {Key: "pipeline", Value: stagesOf(stages)}})
}

// Branch is a field of [Facet]: a name and its pipeline.
func Branch(name string, stages ...bson.D) bson.E { return bson.E{Key: name, Value: stagesOf(stages)} }

// Facet is {$facet: {name: [stages…], …}}.
func Facet(branches ...bson.E) bson.D { return single("$facet", append(bson.D{}, branches...)) }

// SetWindowFields is {$setWindowFields: {partitionBy, sortBy, output}}; partitionBy nil and
// no sortBy are left out. [Accumulator.Over] gives a field its window.
func SetWindowFields(partitionBy any, sortBy []SortKey, fields ...Accumulator) bson.D {
	of := bson.D{}
	if partitionBy != nil {
		of = append(of, bson.E{Key: "partitionBy", Value: partitionBy})
	}
	if len(sortBy) > 0 {
		of = append(of, bson.E{Key: "sortBy", Value: orderOf(sortBy)})
	}
	return single("$setWindowFields", append(of, bson.E{Key: "output", Value: outputOf(fields)}))
}

// Fill is {$fill: {…, output: {field: {value: …} or {method: …}}}}, of options such as
// sortBy and of output fields such as bson.E{"qty", bson.D{{"method", "locf"}}}.
func Fill(options bson.D, output ...bson.E) bson.D {
	return single("$fill", append(append(bson.D{}, options...), bson.E{Key: "output", Value: append(bson.D{}, output...)}))
}

// Densify is {$densify: {field, range: {step, unit, bounds}}}, without unit if it is empty.
// Bounds are "full", "partition" or a bson.A of two; partitionByFields is an option.
func Densify(f Field, step any, unit string, bounds any, options ...bson.E) bson.D {
	span := single("step", step)
	if unit != "" {
		span = append(span, bson.E{Key: "unit", Value: unit})
	}
	span = append(span, bson.E{Key: "bounds", Value: bounds})
	return single("$densify", append(bson.D{{Key: "field", Value: string(f)}, {Key: "range", Value: span}}, options...))
}

// Out is {$out: name}.
func Out(name string) bson.D { return single("$out", name) }

// Merge is {$merge: {into: name, …}}, with on, whenMatched and whenNotMatched as options.
func Merge(into string, options ...bson.E) bson.D {
	return single("$merge", append(single("into", into), options...))
}

func orderOf(keys []SortKey) bson.D {
	of := bson.D{}
	for _, k := range keys {
		of = append(of, bson.E(k))
	}
	return of
}

func outputOf(fields []Accumulator) bson.D {
	of := bson.D{}
	for _, f := range fields {
		of = append(of, bson.E{Key: f.name, Value: f.of})
	}
	return of
}

func withOutput(of bson.D, fields []Accumulator) bson.D {
	if len(fields) > 0 {
		of = append(of, bson.E{Key: "output", Value: outputOf(fields)})
	}
	return of
}

func stagesOf(stages []bson.D) bson.A {
	list := bson.A{}
	for _, s := range stages {
		list = append(list, s)
	}
	return list
}

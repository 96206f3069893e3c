// Package pipeline runs MongoDB's aggregation language on typed columns.
//
// It is for programs that aggregate data without a server, on the documents of
// a dump file or on a table they hold already, with the pipeline documents
// they would send to mongod, and with mongod's results.
//
// # Basics
//
// [Open] makes a monary.Source of a file; its Aggregate takes the same
// arguments as a collection's on a server. [Run] applies a pipeline to a
// table, and [Stage] makes a function of a pipeline that takes a table and
// returns one, ready to be a task of a graph.
//
// A pipeline is a list of stages: bson.A, mongo.Pipeline, []bson.D, []bson.M
// or extended JSON text. The stages are
//
//	$match  {field: value, field: {$eq, $ne, $gt, $gte, $lt, $lte: value}, …}
//	$group  {_id: null | constant | "$field", name: {$sum | $avg | $min | $max: "$field" | constant}, name: {$count: {}}, …}
//	$sort   {field: 1 | -1, …}
//	$limit  n
//
// Fields are dotted paths. Every other stage, operator or expression is refused
// with a [StageError] that names it.
//
// # Caveats
//
// Inside a pipeline a field keeps the BSON type each document gives it: 1 and
// 1.0 are one group, $max orders across types, $sum skips what is no number.
// The schema applies to the output alone.
//
// Groups come in the order in which they are first seen; equal rows keep their
// order in $sort. Two things differ from mongod on purpose. Where the columns
// are known (on a table, and after $group) a name that none of them has is an
// error, not a missing value. And $sort refuses a document in which two of its
// keys meet an array, also one in which both meet the same.
//
// A Go map with several keys is refused where order matters ($sort, equality
// with a document). A CSV file has no types of its own: its fields have those of
// the schema, and those that monary.Dump.Fields guesses where the schema does
// not name them or a $group makes the columns; then a cell that is no value of
// its type is null in the report, not a mismatch, and policies other than
// monary.Mask are refused.
package pipeline

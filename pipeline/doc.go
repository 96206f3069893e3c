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
// or extended JSON text. The semantics are those of MongoDB 7.0's manual. There run
//
//	stages        $match $project $addFields $set $unset $replaceRoot $replaceWith $group $sort $limit $skip
//	              $unwind $count $sortByCount $bucket $bucketAuto $sample $lookup $unionWith $facet $out $merge
//	              $setWindowFields $fill $densify
//	queries       $eq $ne $gt $gte $lt $lte $in $nin $and $or $nor $not $exists $type $regex $mod $all $elemMatch $size $expr
//	accumulators  $sum $avg $min $max $count $first $last $push $addToSet $stdDevPop $stdDevSamp $mergeObjects
//	              $top $bottom $topN $bottomN $minN $maxN $firstN $lastN $median $percentile
//	windows       the accumulators but $mergeObjects; $rank $denseRank $documentNumber $shift $derivative $integral
//	              $covariancePop $covarianceSamp $expMovingAvg $linearFill $locf
//	expressions   arithmetic, bits, rounding, trigonometry, comparison, boolean and conditional; dates with time zones; text
//	              and regular expressions; conversions; arrays, sets and documents; $literal $let $rand
//	variables     $$ROOT $$CURRENT $$NOW $$REMOVE
//
// Everything else is refused before anything is read, with a [StageError] that
// names the operator and where it is.
//
// [Group], [Match], [Sum], the methods of [Field] and others build the same documents, with
// the compiler's help; they mix with those written by hand.
//
// [Flow] runs stages side by side, with queues between them that hold back what is
// faster, and tells how each is doing: stages of pipeline documents and Go functions of
// tables, of which package table has the usual ones. Sources run their pipelines as flows.
//
// [Sources] is a local database: sources by the names that $lookup, $unionWith,
// $out and $merge call them. [Memory] is one in memory, [Create] makes one of a
// file that can be written, [WriteCSV] writes a table as mongoexport does, and [CSVWriter] tables of one schema.
//
// [Plan] divides a pipeline between a server and the program: as much as the server knows runs there. Its
// Explain says what runs where, and why.
//
// # Caveats
//
// Inside a pipeline a field keeps the BSON type each document gives it: 1 and
// 1.0 are one group, $max orders across types, $sum skips what is no number.
// The schema applies to the output alone.
//
// Groups come in the order in which they are first seen, the partitions of
// $setWindowFields and $fill in the order of their values; equal rows keep their
// order in $sort. A sum over a window is exact, rounded once: what has left the
// window leaves no trace. One thing differs from mongod on purpose: a name that no
// column of a table has is an error, not a missing value, until a stage such as
// $group makes other documents.
//
// A stage that reads from a source and has to see all documents ($sort, $group, $bucket, $bucketAuto,
// $sortByCount, $sample, $setWindowFields, $fill, $densify, $facet, and $lookup of the other source's) may hold
// 100 MB, or what monary.MemoryLimit says; [ErrMemory] ends what needs more. With monary.AllowDiskUse they put the
// rest into temporary files, and give the same rows in the same order. The files are in a folder penstock-spill-*
// of $TMPDIR that is removed at the end, however that comes; only a process that is killed leaves it there. What
// cannot be divided is still an error: the lists of a single group or of a window, and what $facet makes, which is
// one row. [Run] has no limit, as its table is in memory already.
//
// $sample and $rand take a seed that mongod does not know: {size: 10, seed: 1} and
// {seed: 1}. Regular expressions are Go's, without look-around and
// back-references. $percentile is exact for every number of values; n of $topN and
// its like must be a constant. Functions of decimal128 values such as $exp and
// $ln are as exact as a double.
//
// A Go map with several keys is refused where order matters ($sort, equality
// with a document). A CSV file has no types of its own: its fields have those of
// the schema, and those that monary.Dump.Fields guesses where the schema does
// not name them or a $group makes the columns; then a cell that is no value of
// its type is null in the report, not a mismatch, and policies other than
// monary.Mask are refused.
package pipeline

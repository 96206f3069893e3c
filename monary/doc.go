// Package monary loads BSON straight into typed columns.
//
// It is for Go programs that want numbers out of MongoDB: the documents of a
// collection, of a mongodump file, of mongoexport's JSON lines or CSV become a
// Table whose columns are plain Go slices, without a map, an interface value
// or an allocation per document. The name and the call with two lists (names
// and types) come from Monary, the library that did this for NumPy.
//
// # Basics
//
// A [Schema] lists the wanted fields and their types. A [Source] (a
// [Collection] on a server, or what package pipeline opens from a file)
// answers Find and Aggregate with a [Reader]; a [Dump] reads a file without a
// server. A Reader hands out a [Table] batch by batch ([Reader.Batches],
// constant memory) or in one piece ([Reader.Table]). [Values] and [Column]
// give a table's column as Go values, [Series.List] and [Series.Fields] what is
// inside a list or struct. [Partitions] reads a collection with several cursors, [Since]
// what is new in it. [ParseType] lists the types, [SchemaOf] makes a
// schema of a Go struct, [InferSchema] of the documents.
//
// A table, or a reader's batches, go back to a server by [Collection.Insert],
// and by Replace, Upsert, Update and Delete with key columns. The [WriteResult]
// says of every row what became of it. [WriteJSON], [WriteCSV] and [WriteBSON]
// write them as mongoexport and mongodump do, [WriteDump] as a file. [Series.Buffers]
// and [FromBuffers] are for other libraries of columns; package arrowcol, a module of
// its own, does Arrow and Parquet.
//
//	bytes of documents            plan: a trie of paths          columns
//	─────────────────────         ────────────────────          ─────────────────────────
//	{_id, loc: [lon, lat],   ──▶  _id ─▶ column 0          ──▶  values   [n]T, absent = zero
//	 pop, state}                  loc ─▶ 0 ─▶ column 1          validity one bit a row, LSB first
//	                              pop ─▶ column 2               offsets  [n+1]int64 (string, binary, bson, list)
//	                                                            bytes    one arena  (string, binary, bson, any)
//	                                                            children columns    (list, struct)
//
// The way of a document: chunk.go cuts it from the stream, locate.go, sweep.go
// and turns.go find the wanted values in it, gather.go stores them in the vectors (flat.go,
// text.go, list.go, record.go and others that vector.go names) by the rules of
// convert.go. The way back: stamp.go puts rows into prepared documents, bulk.go
// gathers them, settle.go takes in the answers. Memory is laid out as Arrow lays it out, but for bool (a byte
// each), any, and the types of fixed width.
//
// # Caveats
//
// A cell is present, or it is null, missing, a mismatch, an overflow or
// inexact; then its validity bit is off, its slot is zero, and it is counted
// in the reader's [Report], inside lists and structs too. An element of a list
// that does not fit keeps its place. Numbers never wrap or lose digits: a
// double becomes an integer only when it is integral and in range, an integer
// becomes a double only when that double equals it. A [Policy] can end the read,
// drop the row or convert the value instead, [KeepRejected] shows what did not
// fit, [Series.RowsIn] finds the rows where a field is missing and those where
// it is null, [Strict] refuses fields that no document has.
//
// The first of duplicate keys wins. Slices from [Values] are the column's own
// memory and read-only. A Reader is for one goroutine and one pass. Malformed
// bytes end the read with a [DecodeError]; documents before it are delivered.
// Elements that no field of the schema names are skipped by their length and
// not looked into.
package monary

// Package arrowcol hands columns of monary to Apache Arrow and Parquet, and back.
//
// It is for programs that read MongoDB with monary and work with what speaks
// Arrow: query engines, data frames, Flight servers, Parquet files. It is a module
// of its own, so that monary's users do not download Arrow.
//
// # Basics
//
// [ToRecord] makes a record of a table, [FromRecord] a table of a record.
// [NewRecordReader] makes a stream of records of a monary.Reader, [NewReader] the
// other way. [WriteParquet] and [OpenParquet] do the same with files. The types are
//
//	column                         Arrow                           on the way to Arrow            and back
//	intN, uintN, float32, float64  the same                        shared                         shared
//	date                           timestamp[ms, UTC]              shared                         shared
//	string, regex, code, symbol    large_utf8                      shared, a dictionary copied    shared
//	objectid; uuid                 fixed_size_binary[12]; [16]     shared                         shared
//	binary, bson                   large_binary, see Tagged        shared                         shared, tags copied
//	vector:N, vector64:N           fixed_size_list[N]              shared                         shared
//	list<T>                        large_list                      offsets shared, elements as T  the same
//	struct{…}                      struct                          fields as their types          the same
//	type; size, length             uint8; uint32                   shared                         shared
//	minkey, maxkey                 bool, true                      shared                         shared
//	null                           null                            nothing                        nothing
//	bool                           bool                            copied: bytes, bits            copied
//	decimal128                     fixed_size_binary[16], as BSON  copied: in another order       copied
//	timestamp                      uint64, seconds above           copied: in another order       copied
//	string:N, binary:N, bson:N     as string, binary, bson         copied                         copied
//	any                            struct{tag uint8, data}         copied                         copied
//
// The validity is shared always; coming back only where the array begins at a
// multiple of eight rows. There, cells without a value are copied to be zero if they
// are not. A value in an "any" column is its BSON type (the tag) and its bytes as BSON
// writes them; a missing one is null, a null one has the tag 10.
//
// The column's type stands in the field's metadata, "penstock:type", so that a type
// comes back as it was. Arrays of other programs become the column that is nearest:
//
//	utf8, utf8_view, dictionaries of them    string: offsets and text are copied as needed
//	binary, fixed_size_binary, views         binary, subtype 0
//	timestamp of any unit, date32, date64    date; times between two milliseconds are refused.
//	                                         A timestamp without a zone is taken for UTC
//	decimals                                 decimal128; more than 34 digits are refused
//	half floats                              float32
//	lists of any kind, maps                  list<T>; of a fixed size and never-null floats: vector:N
//	struct, dictionary of T, extension       struct; T; as what it is stored as, arrow.uuid as uuid
//
// Durations, times of day, intervals, unions, run-end encoded arrays and list views
// are refused by name.
//
// # Caveats
//
// Records made of tables need no Release, as their memory is Go's; tables made of
// records must not outlive them (see [FromRecord]). What a [monary.State] says
// beyond "there is a value" stays behind: null and missing are both null, but in
// "any" columns.
//
// In Parquet, vectors are lists. Files are checked before they are believed, but the
// library that decodes them was written for files of friends: give a process
// that reads files of strangers a memory limit.
package arrowcol

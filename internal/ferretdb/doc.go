// Package ferretdb runs a MongoDB-compatible server inside a test, so that the packages that talk to a server are tested against
// one on any machine that has Go. It is for penstock's own tests; it is a module of its own because FerretDB and its SQLite bring
// in far more code than penstock itself, and nobody who imports penstock should have to download it.
//
// # Basics
//
// [Start] gives a connection string for a fresh, empty server and stops that server when the test ends:
//
//	m, err := monary.Connect(ctx, ferretdb.Start(t))
//
// # Caveats
//
// FerretDB is not MongoDB. It says it is version 7.0 but knows only part of it: no transactions, no change streams,
// and of the aggregation stages and operators the common ones. What it lacks it answers with an error. Tests of those parts
// need a mongod (see "make mongo").
package ferretdb

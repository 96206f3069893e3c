// Package replay is a server for tests that answers MongoDB's wire protocol from prepared documents, so that what is measured and
// tested is the client.
//
// # Basics
//
// [Start] gives a [Server] on a free port of the loopback address. Its [Server.Serve] says which documents a collection has, its
// cursors hand them out in the batches that the client asks for, and replies are encoded once, however often they are sent.
// [Server.OnRequest] sees every command and can have it answered late, wrongly, in part or not at all.
//
//	server := replay.Start(t)
//	server.Serve("db.zips", docs)
//	m, err := monary.Connect(ctx, server.URI())
//
// # Caveats
//
// It knows no query language: filters, projections and pipelines are recorded but not obeyed, unless a test supplies [Server.Select];
// [Matching] is one that obeys the filters and sorts of reads by _id.
// What is inserted, updated or deleted is counted and kept with the request, and nothing else, but for namespaces of [Server.Store].
// Limits and skips are obeyed.
package replay

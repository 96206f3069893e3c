package monary

import "context"

// Source is where documents come from: a collection on a server
// ([Collection]) or what pipeline.Open makes of a file. filter and pipeline
// are ordinary driver BSON (bson.D, bson.M, bson.A, mongo.Pipeline) or
// extended JSON text; a nil filter means all documents.
type Source interface {
	// Find reads the documents that match the filter.
	Find(ctx context.Context, filter any, schema Schema, opts ...ReadOption) (*Reader, error)
	// Aggregate reads the output of an aggregation pipeline.
	Aggregate(ctx context.Context, pipeline any, schema Schema, opts ...ReadOption) (*Reader, error)
	// Count counts the documents that match the filter.
	Count(ctx context.Context, filter any, opts ...ReadOption) (int64, error)
}

var _ Source = (*Collection)(nil)

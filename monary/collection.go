package monary

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/xoptions"
)

// Collection names a collection. It does not talk to the server. The driver's
// options set its read preference and concern, its write concern and registry.
func (c *Client) Collection(db, coll string, opts ...options.Lister[options.CollectionOptions]) *Collection {
	return &Collection{coll: c.client.Database(db).Collection(coll, opts...), timeout: c.timeout, encrypts: c.encrypts}
}

// Collection is a server's collection: a [Source], which can be written to as
// well.
type Collection struct {
	coll     *mongo.Collection
	timeout  time.Duration // of the request for a batch; 0 means none but the context's
	encrypts bool          // fields, by the driver
}

// Find reads the documents that match the filter.
//
// The server is asked for the fields that the schema names and no others, the
// _id only if it is one of them, unless [FindOptions] has a projection or
// [WholeDocuments] is set. Replies have as many documents as a batch of the
// reader, unless FindOptions says otherwise, and at most the server's 16 MB.
//
// When the connection breaks, the cursor is gone or the server steps down, a
// read that is sorted by _id alone, of a collection without a collation, is taken
// up again behind the last _id; other reads end with a [CursorError].
func (c *Collection) Find(ctx context.Context, filter any, schema Schema, opts ...ReadOption) (*Reader, error) {
	o, err := checkRead("find", schema, opts)
	if err != nil {
		return nil, err
	}
	if filter, err = driverFilter(filter); err != nil {
		return nil, err
	}
	q, err := c.newQuery(filter, schema, o)
	if err != nil {
		return nil, err
	}
	from, err := q.feed(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("monary: find: %w", err)
	}
	r, err := c.read(ctx, "find", from, q.schema, opts)
	if err == nil && q.watermark != nil {
		r.watermark, r.began = q.watermark, q.watermark.most.Raw()
	}
	return r, err
}

// Aggregate runs a pipeline on the server and reads its output. One that ends
// with $out or $merge gives no rows. A pipeline that only chooses and orders
// documents ($match, $sort, $limit, $skip, $sample, $unwind) gets a $project of
// the schema's fields at its end, unless [WholeDocuments] is set.
func (c *Collection) Aggregate(ctx context.Context, pipeline any, schema Schema, opts ...ReadOption) (*Reader, error) {
	o, err := checkRead("aggregate", schema, opts)
	if err != nil {
		return nil, err
	}
	if pipeline, err = ParseJSON(pipeline); err != nil {
		return nil, err
	}
	if !o.Server.WholeDocuments {
		pipeline = projected(pipeline, o.located(schema))
	}
	all := []options.Lister[options.AggregateOptions]{options.Aggregate().SetAllowDiskUse(o.AllowDiskUse).SetBatchSize(batchSize(o))}
	all = append(all, o.Server.Aggregate...)
	if len(o.Server.Command) > 0 {
		all = append(all, options.Aggregate().SetCustom(customFields(o.Server.Command))) //nolint:staticcheck // SA1019: the only way to any further field; TestCommandOptions guards it
	}
	cursor, err := opening(ctx, func(ctx context.Context) (*mongo.Cursor, error) { return c.coll.Aggregate(ctx, pipeline, all...) })
	if err != nil {
		return nil, fmt.Errorf("monary: aggregate: %w", err)
	}
	return c.read(ctx, "aggregate", &scan{cursor: newBatchCursor(cursor, o.Server.PlainCursor), timeout: c.timeout}, schema, opts)
}

// Count counts the documents that match the filter. Of the options it takes
// [CountOptions] and [CommandOptions].
func (c *Collection) Count(ctx context.Context, filter any, opts ...ReadOption) (int64, error) {
	o, err := NewReadOptions(opts...)
	if err == nil {
		err = o.Server.check("count")
	}
	if err == nil && len(o.Where) > 0 {
		err = errors.New("monary: Count asks no conditions of Where; a filter says what is counted")
	}
	if err != nil {
		return 0, err
	}
	if filter, err = driverFilter(filter); err != nil {
		return 0, err
	}
	within, err := o.Server.Window.filter()
	if err != nil {
		return 0, err
	}
	if within != nil {
		filter = both(filter, within)
	}
	count := options.Count()
	if len(o.Server.Command) > 0 {
		if err := xoptions.SetInternalCountOptions(count, commandFields, o.Server.Command); err != nil {
			return 0, fmt.Errorf("monary: count: %w", err)
		}
	}
	n, err := c.coll.CountDocuments(ctx, filter, append(slices.Clone(o.Server.Count), count)...)
	if err != nil {
		return 0, fmt.Errorf("monary: count: %w", err)
	}
	return n, nil
}

// checkRead finds the mistakes in a read's arguments before the server is asked.
func checkRead(call string, schema Schema, opts []ReadOption) (ReadOptions, error) {
	if err := schema.check(); err != nil {
		return ReadOptions{}, err
	}
	o, err := NewReadOptions(opts...)
	if err == nil {
		err = errors.Join(o.checkColumns(schema), o.Server.check(call))
	}
	return o, err
}

// leastBatch is the documents of a reply where batches of the reader are
// smaller: a reply for each would cost a round trip.
const leastBatch = 16384

// batchSize is how many documents a reply is to have. Without it the first has
// only 101.
func batchSize(o ReadOptions) int32 { return int32(min(max(o.BatchRows, leastBatch), 1<<30)) }

// read returns the reader of a feed.
func (c *Collection) read(ctx context.Context, call string, from feed, schema Schema, opts []ReadOption) (*Reader, error) {
	r, err := newReaderFor(ctx, call, schema, opts)
	if err != nil {
		from.close(ctx)
		return nil, err
	}
	ahead := r.options.Server.ahead()
	if _, ok := from.(*fleet); ok || mongo.SessionFromContext(ctx) != nil { // a fleet fetches ahead itself
		ahead = 0
	}
	w := newWire(ctx, from, ahead)
	OnClose(w.close)(&r.options)
	return r.ofSupply(w), nil
}

// projected adds the schema's projection to a pipeline whose documents pass
// through it; others are returned as they are, and so is what the server will
// have to refuse.
func projected(pipeline any, schema Schema) any {
	keep := schema.projection(false)
	typ, data, err := bson.MarshalValue(pipeline)
	if keep == nil || err != nil || typ != bson.TypeArray {
		return pipeline
	}
	values, err := bson.RawArray(data).Values()
	if err != nil {
		return pipeline
	}
	stages, docs := make(bson.A, len(values), len(values)+1), make([]bson.Raw, len(values))
	for i, v := range values {
		doc, ok := v.DocumentOK()
		if !ok {
			return pipeline
		}
		stages[i], docs[i] = doc, doc
	}
	if !passesDocuments(docs) {
		return pipeline
	}
	return append(stages, bson.D{{Key: "$project", Value: keep}})
}

func customFields(fields bson.D) bson.M {
	m := bson.M{}
	for _, f := range fields {
		m[f.Key] = f.Value
	}
	return m
}

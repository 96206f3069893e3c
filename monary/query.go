package monary

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/xoptions"
)

// query is a find that can be run more than once.
type query struct {
	*Collection
	filter  any
	args    *options.FindOptions // of the caller
	extra   bson.D
	size    int32
	keep    bson.D      // the schema's projection
	schema  Schema      // of what is sent
	order   int         // of _id: 1 rising, -1 falling, 0 none
	simple  bool        // checkSimple was passed
	asked   bool        // what unknown is
	unknown []bson.Type // to the server
	inside  bool        // all _ids are of one bracket
	plain   bool        // the driver's stable interface only

	watermark *watermark // nil: no window
}

func (c *Collection) newQuery(filter any, schema Schema, o ReadOptions) (*query, error) {
	args, err := applied(o.Server.Find)
	if err != nil {
		return nil, err
	}
	q := &query{Collection: c, filter: filter, args: args, extra: o.Server.Command, size: batchSize(o), order: orderOfID(args.Sort), plain: o.Server.PlainCursor}
	if err := q.look(o.Server.Window); err != nil {
		return nil, err
	}
	if err := q.project(schema, o); err != nil {
		return nil, err
	}
	if o.AllowDiskUse && args.AllowDiskUse == nil {
		args.AllowDiskUse = &o.AllowDiskUse
	}
	return q, nil
}

// project sets what of the documents is sent, and how the schema finds it there.
func (q *query) project(schema Schema, o ReadOptions) error {
	q.schema = schema
	keepID := q.order != 0 || o.Server.Partitions > 1
	switch given := q.args.Projection != nil; {
	case o.Server.ShortKeys && (given || o.Server.WholeDocuments):
		return errors.New("monary: find cannot send the schema's fields by short keys and be given what to send; leave the projection to the schema")
	case o.Server.ShortKeys:
		q.keep, q.schema = schema.short(keepID, q.watermark.paths()...)
	case !given && !o.Server.WholeDocuments:
		q.keep = o.located(schema).projection(keepID, q.watermark.paths()...)
	}
	return nil
}

// look narrows the query to a window.
func (q *query) look(w Window) (err error) {
	if q.watermark, err = newWatermark(w); q.watermark == nil || err != nil {
		return err
	}
	if q.args.Projection != nil {
		return fmt.Errorf("monary: find was given a projection, which may hide the field %q that it reads by; leave it to the schema", w.Field)
	}
	within, err := w.filter()
	if within != nil {
		q.filter = both(q.filter, within)
	}
	return err
}

// orderOfID is 1 or -1 when a sort is that of _id alone.
func orderOfID(sort any) int {
	if sort == nil {
		return 0
	}
	doc, err := bson.Marshal(sort)
	if err != nil {
		return 0 // the driver will say what is wrong
	}
	elements, err := bson.Raw(doc).Elements()
	if err != nil || len(elements) != 1 || elements[0].Key() != "_id" {
		return 0
	}
	switch n, _ := elements[0].Value().AsInt64OK(); n {
	case 1, -1:
		return int(n)
	}
	return 0
}

// open runs the query.
func (q *query) open(ctx context.Context) (*mongo.Cursor, error) {
	return q.run(ctx, q.filter, *q.args)
}

// reopener returns how the query is run again behind an _id, nil if its order
// does not allow that.
func (q *query) reopener() func(context.Context, bson.RawValue, int64) (*mongo.Cursor, error) {
	limit := q.args.Limit
	if q.order == 0 || !q.plainCommand() || q.args.Collation != nil || limit != nil && *limit < 0 {
		return nil
	}
	return func(ctx context.Context, last bson.RawValue, seen int64) (*mongo.Cursor, error) {
		if seen == 0 {
			return q.open(ctx)
		}
		args := *q.args
		args.Skip = nil
		if limit != nil && *limit > 0 {
			left := *limit - seen
			if left <= 0 {
				return nil, nil //nolint:nilnil // nothing is left, which is no error
			}
			args.Limit = &left
		}
		if err := q.learn(ctx); err != nil {
			return nil, err
		}
		behind, err := q.behind(last)
		if err != nil {
			return nil, err
		}
		return q.run(ctx, both(q.filter, behind), args)
	}
}

// plainCommand reports whether the documents come to an end, each with its own
// _id, and the query is what the options say, not fields of the command.
func (q *query) plainCommand() bool {
	if t := q.args.CursorType; t != nil && *t != options.NonTailable || q.args.ReturnKey != nil || !keepsID(q.args.Projection) {
		return false
	}
	return !slices.ContainsFunc(q.extra, func(e bson.E) bool { return slices.Contains(choosingFields, e.Key) })
}

// choosingFields are the fields of find that say which documents come, and what of
// them.
var choosingFields = []string{
	"filter", "sort", "projection", "skip", "limit", "singleBatch", "min", "max", "hint", "collation", "returnKey", "tailable",
}

// learn asks the server, once, what going on depends on.
func (q *query) learn(ctx context.Context) (err error) {
	if !q.simple {
		if err = q.checkSimple(ctx); err != nil {
			return err
		}
		q.simple = true
	}
	if !q.inside && !q.asked {
		q.unknown, err = q.unknownTypes(ctx)
		q.asked = err == nil
	}
	return err
}

// behind is the filter of the documents behind an _id.
func (q *query) behind(last bson.RawValue) (bson.D, error) {
	switch {
	case !q.inside:
		return behindID(last, q.order, q.unknown)
	case q.order < 0:
		return idIs("$lt", last), nil
	}
	return idIs("$gt", last), nil
}

// both is the filter of documents that two filters match.
func both(a any, b bson.D) bson.D {
	if d, ok := a.(bson.D); ok && len(d) == 0 {
		return b
	}
	return bson.D{{Key: "$and", Value: bson.A{a, b}}}
}

// feed opens what the query is read with: a cursor, or several.
func (q *query) feed(ctx context.Context, o ReadOptions) (feed, error) {
	if o.Server.Partitions > 1 {
		bounds, err := q.bounds(ctx, o.Server.Partitions)
		if err != nil {
			return nil, err
		}
		if len(bounds) > 0 {
			return q.fleet(ctx, bounds, o.Server)
		}
	}
	return q.scan(ctx)
}

// scan opens the query's one cursor.
func (q *query) scan(ctx context.Context) (*scan, error) {
	cursor, err := opening(ctx, q.open)
	if err != nil {
		return nil, err
	}
	return &scan{reopen: q.reopener(), cursor: newBatchCursor(cursor, q.plain), plain: q.plain, timeout: q.timeout, watermark: q.watermark}, nil
}

// run runs the query with another filter and other options.
func (q *query) run(ctx context.Context, filter any, args options.FindOptions) (*mongo.Cursor, error) {
	if args.BatchSize == nil {
		args.BatchSize = &q.size
	}
	if q.keep != nil {
		args.Projection = q.keep
	}
	all := options.Find()
	all.Opts = append(all.Opts, func(o *options.FindOptions) error { *o = args; return nil })
	if len(q.extra) > 0 {
		if err := xoptions.SetInternalFindOptions(all, commandFields, q.extra); err != nil {
			return nil, err
		}
	}
	return q.coll.Find(ctx, filter, all)
}

// commandFields is the driver's name for fields that it adds to a command as they
// are. TestCommandOptions tells when a release changes it.
const commandFields = "addCommandFields"

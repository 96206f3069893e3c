package monary

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// A partitioned read divides a collection by _id: at some values of one type
// bracket into half-open ranges [a, b), and what is in none of them, the other
// brackets and NaN, into one part more. $lt and $gte of those values say it all,
// so each document that has its _id throughout is in one part and no other,
// whatever types there are and whatever is inserted meanwhile. (An array could be
// in several, but no server takes one for an _id.) Each part is read in the order
// of _id, so that its cursor can be taken up again.
//
// The bounds of find's min and max would say the same, but not every server that
// speaks MongoDB's protocol looks at them (FerretDB does not), and what they save
// on a mongod, filters with tight bounds on the index of _id have already.

// partsEach is how many ranges there are for each cursor, so that those that are
// done early have more to do.
const partsEach = 4

// mostPartitions is how many cursors there may be. Each has a connection and memory
// of its own.
const mostPartitions = 1024

// sampledEach is how many values of a sample decide on one of the bounds.
const sampledEach = 10

// bounds is where the collection is divided for a number of cursors; nowhere if
// that is not possible.
func (q *query) bounds(ctx context.Context, cursors int) ([]bson.RawValue, error) {
	if !q.divisible() || mongo.SessionFromContext(ctx) != nil {
		return nil, nil
	}
	switch err := q.checkDivisible(ctx); {
	case errors.Is(err, errNotSimple) || isCommandError(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	ranges := cursors * partsEach
	values, err := q.sample(ctx, ranges*sampledEach)
	if err != nil && passes(err) && ctx.Err() == nil {
		values, err = q.sample(ctx, ranges*sampledEach)
	}
	if isCommandError(err) {
		values, err = q.seek(ctx, ranges)
	}
	if err != nil && !isCommandError(err) {
		return nil, fmt.Errorf("dividing the collection: %w", err)
	}
	return boundsOf(values, ranges), nil
}

// divisible reports whether the parts together are the query: each document is in
// it or not, whatever others are, and the caller asks for no order but that of
// _id. Its _id has to come with it as it is.
func (q *query) divisible() bool {
	a := q.args
	whole := (a.Skip == nil || *a.Skip == 0) && (a.Limit == nil || *a.Limit == 0) && a.Min == nil && a.Max == nil
	return whole && a.Hint == nil && a.Collation == nil && (a.Sort == nil || q.order != 0) && q.plainCommand()
}

// keepsID reports whether a caller's projection leaves the _id as it is.
func keepsID(projection any) bool {
	if projection == nil {
		return true
	}
	doc, err := bson.Marshal(projection)
	if err != nil {
		return false // the driver will say what is wrong
	}
	elements, err := bson.Raw(doc).Elements()
	for _, e := range elements {
		if key, _, _ := strings.Cut(e.Key(), "."); key == "_id" && (e.Key() != key || !isOne(e.Value())) {
			return false
		}
	}
	return err == nil
}

// isOne reports whether a value means "included" in a projection.
func isOne(v bson.RawValue) bool {
	if b, ok := v.BooleanOK(); ok {
		return b
	}
	n, ok := v.AsFloat64OK()
	return ok && n != 0
}

// checkDivisible refuses what has no index of _id in the order of its values.
func (q *query) checkDivisible(ctx context.Context) error {
	spec, err := q.specification(ctx)
	if err != nil {
		return err
	}
	if _, err := spec.Options.LookupErr("clusteredIndex"); err == nil || spec.IDIndex.Name == "" {
		return errNotSimple
	}
	q.simple = true
	return nil
}

// sample asks for the _id of so many documents by chance, in order.
func (q *query) sample(ctx context.Context, n int) (ids []bson.RawValue, err error) {
	stages := bson.A{
		bson.D{{Key: "$sample", Value: bson.D{{Key: "size", Value: n}}}}, bson.D{{Key: "$project", Value: onlyID}}, bson.D{{Key: "$sort", Value: onlyID}},
	}
	if q.watermark != nil { // what is new may be close together
		stages = slices.Insert(stages, 0, any(bson.D{{Key: "$match", Value: q.filter}}))
	}
	cursor, err := opening(ctx, func(ctx context.Context) (*mongo.Cursor, error) {
		return q.coll.Aggregate(ctx, stages, options.Aggregate().SetBatchSize(int32(n+1)))
	})
	if err != nil {
		return nil, err
	}
	s := &scan{cursor: newBatchCursor(cursor, q.plain), timeout: q.timeout}
	defer s.close(ctx) // the driver's All would wait for a server that says nothing
	for {
		docs, err := s.ask(ctx, nil)
		for doc := range eachDocument(docs) {
			ids = append(ids, idIn(doc))
		}
		if err == io.EOF { //nolint:errorlint // as in scan.next
			return ids, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// seek asks for the _id at places that divide the collection evenly: the way of
// servers without $sample.
func (q *query) seek(ctx context.Context, ranges int) ([]bson.RawValue, error) {
	n, err := q.coll.EstimatedDocumentCount(ctx)
	if err != nil {
		return nil, err
	}
	var ids []bson.RawValue
	for i := range int64(ranges - 1) {
		doc, err := q.coll.FindOne(ctx, bson.D{}, options.FindOne().SetSort(onlyID).SetProjection(onlyID).SetSkip((i+1)*n/int64(ranges))).Raw()
		if errors.Is(err, mongo.ErrNoDocuments) {
			break
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, doc.Lookup("_id"))
	}
	return ids, nil
}

var onlyID = bson.D{{Key: "_id", Value: 1}}

// rangeTypes are the types whose brackets have a value between any two that are
// far apart, and of which every value but NaN is less than, equal to or greater
// than another.
var rangeTypes = []bson.Type{
	bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128, bson.TypeString, bson.TypeEmbeddedDocument,
	bson.TypeBinary, bson.TypeObjectID, bson.TypeDateTime, bson.TypeTimestamp,
}

// boundsOf chooses where to divide, given values in order: in the bracket that has
// the most of them, evenly.
func boundsOf(values []bson.RawValue, ranges int) []bson.RawValue {
	inside := make([][]bson.RawValue, len(brackets))
	most := 0
	for _, v := range values {
		if !slices.Contains(rangeTypes, v.Type) || isNaN(v) {
			continue
		}
		at, _ := bracketOf(v.Type)
		if n := len(inside[at]); n == 0 || !inside[at][n-1].Equal(v) {
			inside[at] = append(inside[at], v)
		}
		if len(inside[at]) > len(inside[most]) {
			most = at
		}
	}
	found := inside[most]
	if len(found) < ranges {
		return found
	}
	bounds := make([]bson.RawValue, ranges-1)
	for i := range bounds {
		bounds[i] = found[(i+1)*len(found)/ranges]
	}
	return bounds
}

// partsAt is the filters of what is in no range, and of the ranges between the
// bounds, in rising order.
func partsAt(bounds []bson.RawValue) (rest bson.D, ranges []bson.D) {
	first, last := bounds[0], bounds[len(bounds)-1]
	not := func(operator string) bson.D { return idIs("$not", bson.D{{Key: operator, Value: first}}) }
	rest = bson.D{{Key: "$and", Value: bson.A{not("$lt"), not("$gte")}}}
	ranges = append(ranges, idIs("$lt", first))
	for i, to := range bounds[1:] {
		ranges = append(ranges, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: bounds[i]}, {Key: "$lt", Value: to}}}})
	}
	return rest, append(ranges, idIs("$gte", last))
}

// fleet is the reader of the query's parts. It opens a cursor already, so that
// what is wrong with the query is told before anything is read.
func (q *query) fleet(ctx context.Context, bounds []bson.RawValue, o ServerOptions) (*fleet, error) {
	rest, ranges := partsAt(bounds)
	if q.order < 0 {
		slices.Reverse(ranges)
	}
	first, err := q.part(rest, false).scan(ctx)
	if err != nil {
		return nil, err
	}
	scans := []*scan{first}
	for _, filter := range ranges {
		scans = append(scans, &scan{reopen: q.part(filter, true).reopener(), plain: q.plain, timeout: q.timeout, watermark: q.watermark})
	}
	mid, _ := bracketOf(bounds[0].Type)
	return newFleet(scans, o.Partitions, o.ahead(), q.order, mid), nil
}

// part is the query of some of the documents.
func (q *query) part(filter bson.D, inside bool) *query {
	p, args := *q, *q.args
	if p.order == 0 {
		p.order, args.Sort = 1, onlyID
	}
	p.filter, p.args, p.inside = both(q.filter, filter), &args, inside
	return &p
}

// isCommandError reports whether the server understood the request and refused it.
func isCommandError(err error) bool {
	var command mongo.CommandError
	return errors.As(err, &command) && !passes(err)
}

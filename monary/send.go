package monary

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
)

// sender sends a batch as a command, which the driver tries once more where that
// is safe.
//
// These are the commands of collections. The server's bulkWrite command (8.0)
// would say of each row whether it matched, but its operations carry more bytes,
// the driver builds each of them anew, and what it is for, many collections in one
// command, is nothing that a table needs.
type sender interface {
	send(ctx context.Context, b *bulk) *answer
}

// answer is the server's answer to a batch.
type answer struct {
	inserted, matched, modified, deleted int64

	upserted     map[int]Value // by op
	errors       []mongo.WriteError
	concern      *mongo.WriteConcernError
	acknowledged bool

	err       error // of the command as a whole
	untouched bool  // with err: nothing was written for sure
}

// limits are what a server takes.
type limits struct {
	rows     int // of a command
	document int // bytes
}

// limits asks the server. One that does not answer that has the usual limits; an
// error means that none can be reached.
func (c *Collection) limits(ctx context.Context) (limits, error) {
	l := limits{rows: defaultWriteRows, document: 16 << 20}
	hello := c.coll.Database().RunCommand(mongo.NewSessionContext(ctx, nil), bson.D{{Key: "hello", Value: 1}})
	doc, err := hello.Raw()
	if err != nil {
		if notSent(err) {
			return l, err
		}
		return l, nil
	}
	if n, ok := doc.Lookup("maxWriteBatchSize").AsInt64OK(); ok && n > 0 {
		l.rows = int(min(n, defaultWriteRows))
	}
	if n, ok := doc.Lookup("maxBsonObjectSize").AsInt64OK(); ok && n > 0 {
		l.document = int(n)
	}
	return l, nil
}

func (c *Collection) newSender(v verb, o WriteOptions, driver *options.BulkWriteOptions) sender {
	if v == insertRows && !o.PlainInsert && !c.encrypts && packs() {
		return newPackedSender(c, o, driver)
	}
	ordered := !o.Unordered
	driver.Ordered = &ordered
	all := options.BulkWrite()
	all.Opts = append(all.Opts, func(o *options.BulkWriteOptions) error { *o = *driver; return nil })
	return &bulkSender{coll: c.writing(), model: v.model(o), options: all, ordered: ordered}
}

// writing is the driver's collection for writes. What it is given is BSON
// already, and the _ids that it decodes must be those that the server has sent,
// whatever types the program wants the driver to make of them.
func (c *Collection) writing() *mongo.Collection {
	return c.coll.Clone(options.Collection().SetRegistry(packedRegistry()).SetBSONOptions(&options.BSONOptions{}))
}

// bulkSender sends by the driver's bulk writes.
type bulkSender struct {
	coll    *mongo.Collection
	model   func(filter, doc bson.Raw) mongo.WriteModel
	options *options.BulkWriteOptionsBuilder
	ordered bool
	models  []mongo.WriteModel
}

// model is how the driver is told what a row is to do.
func (v verb) model(o WriteOptions) func(filter, doc bson.Raw) mongo.WriteModel {
	upsert := v == upsertRows
	switch {
	case v == insertRows:
		return func(_, doc bson.Raw) mongo.WriteModel { return &mongo.InsertOneModel{Document: doc} }
	case v == replaceRows:
		return func(filter, doc bson.Raw) mongo.WriteModel {
			return &mongo.ReplaceOneModel{Filter: filter, Replacement: doc}
		}
	case v == deleteRows && o.EveryMatch:
		return func(filter, _ bson.Raw) mongo.WriteModel { return &mongo.DeleteManyModel{Filter: filter} }
	case v == deleteRows:
		return func(filter, _ bson.Raw) mongo.WriteModel { return &mongo.DeleteOneModel{Filter: filter} }
	case o.EveryMatch:
		return func(filter, doc bson.Raw) mongo.WriteModel {
			return &mongo.UpdateManyModel{Filter: filter, Update: doc}
		}
	}
	return func(filter, doc bson.Raw) mongo.WriteModel {
		return &mongo.UpdateOneModel{Filter: filter, Update: doc, Upsert: &upsert}
	}
}

func (s *bulkSender) send(ctx context.Context, b *bulk) *answer {
	s.models = s.models[:0]
	for i, op := range b.ops {
		s.models = append(s.models, s.model(b.buf[b.start(i):op.filter], b.buf[op.filter:op.doc]))
	}
	result, err := s.coll.BulkWrite(ctx, s.models, s.options)
	a := answerOf(err)
	if a.err != nil || result == nil {
		return a
	}
	a.acknowledged = result.Acknowledged || err != nil
	a.inserted, a.matched, a.modified, a.deleted = result.InsertedCount, result.MatchedCount, result.ModifiedCount, result.DeletedCount
	if s.ordered && err != nil { // then the driver counts upserts among them
		a.matched -= result.UpsertedCount
	}
	a.upserted = map[int]Value{}
	for i, id := range result.UpsertedIDs {
		a.upserted[int(i)] = valueOf(id)
	}
	return a
}

// valueOf is a value that the driver decoded.
func valueOf(v any) Value {
	typ, data, err := bson.MarshalValue(v)
	if err != nil {
		return Value{}
	}
	return makeValue(typ, data)
}

// answerOf takes an error of the driver's apart.
func answerOf(err error) *answer {
	a := &answer{acknowledged: true}
	var bulk mongo.BulkWriteException
	switch {
	case errors.As(err, &bulk):
		a.concern = bulk.WriteConcernError
		for _, e := range bulk.WriteErrors {
			a.errors = append(a.errors, e.WriteError)
		}
	case err != nil:
		a.err, a.untouched = err, notSent(err) || refused(err)
	}
	return a
}

// notSent reports whether the error came before anything was sent.
func notSent(err error) bool {
	var selection topology.ServerSelectionError
	var queue topology.WaitQueueTimeoutError
	return errors.As(err, &selection) || errors.As(err, &queue) || errors.Is(err, mongo.ErrClientDisconnected) ||
		errors.Is(err, driver.ErrDeadlineWouldBeExceeded) || errors.Is(err, driver.ErrDocumentTooLarge)
}

// Codes of commands that the server does not begin: it does not understand them
// or may not carry them out. That it is no primary is not among them: the driver
// may have had another answer before it tried again.
var refusing = map[int32]bool{
	2: true, 9: true, 13: true, 14: true, 15: true, 16: true, 18: true, 20: true, 22: true, 59: true, 72: true, 73: true, 166: true,
	10334: true, 40415: true,
}

// Codes of commands that the server refuses for what is in them: it may be a row.
var unreadable = map[int32]bool{2: true, 9: true, 14: true, 15: true, 16: true, 22: true, 10334: true}

// ofRow is the error of a command as that of the row in it, if it may be; else nil.
func ofRow(err error) *mongo.WriteError {
	var command mongo.CommandError
	switch {
	case errors.As(err, &command) && unreadable[command.Code]:
		return &mongo.WriteError{Code: int(command.Code), Message: command.Message, Raw: command.Raw}
	case errors.Is(err, driver.ErrDocumentTooLarge):
		return &mongo.WriteError{Message: err.Error()}
	}
	return nil
}

// refused reports whether the server says that it has written nothing.
func refused(err error) bool {
	var command mongo.CommandError
	return errors.As(err, &command) && (refusing[command.Code] || command.HasErrorLabel("NoWritesPerformed"))
}

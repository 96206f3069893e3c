package monary

import (
	"context"
	"reflect"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/version"
)

// The driver's InsertMany encodes each document by an encoder of its own and
// decodes it again to find its _id, which takes many times what stamping it
// takes. A packedSender hands it a batch as one value, whose encoder writes all
// documents, one behind the other, as the command has them. Sessions, retries,
// transactions and the write concern stay the driver's.
//
// The driver does not promise that this works, so it is done with releases for
// which TestDriverTakesPackedDocuments has passed; with others documents go by
// BulkWrite, which is slower and nothing else.
type packedSender struct {
	coll    *mongo.Collection
	options *options.InsertManyOptionsBuilder
	ordered bool
}

// packedWith is the release of the driver that the packed way was tested with.
const packedWith = "2.10.0"

func packs() bool { return version.Driver == packedWith }

func newPackedSender(c *Collection, o WriteOptions, driver *options.BulkWriteOptions) *packedSender {
	all := options.InsertMany().SetOrdered(!o.Unordered)
	all.Opts = append(all.Opts, func(o *options.InsertManyOptions) error {
		o.Comment, o.BypassDocumentValidation = driver.Comment, driver.BypassDocumentValidation
		o.Internal = driver.Internal //nolint:staticcheck // SA1019: it is the caller's
		return nil
	})
	return &packedSender{coll: c.writing(), options: all, ordered: !o.Unordered}
}

// packed is the documents of a batch as one value.
type packed struct{ batch *bulk }

// packedRegistry is the driver's registry and how a batch is encoded.
var packedRegistry = sync.OnceValue(func() *bson.Registry {
	registry := bson.NewRegistry()
	raw, err := registry.LookupEncoder(reflect.TypeFor[bson.RawValue]())
	if err != nil {
		panic(err) // the driver's own type
	}
	registry.RegisterTypeEncoder(reflect.TypeFor[packed](), bson.ValueEncoderFunc(
		func(ec bson.EncodeContext, vw bson.ValueWriter, v reflect.Value) error {
			b, value := v.Interface().(packed).batch, new(bson.RawValue)
			for _, op := range b.ops {
				if err := encodePacked(ec, vw, raw, b.buf[op.filter:op.doc], value); err != nil {
					return err
				}
			}
			return nil
		}))
	return registry
})

// encodePacked writes a document as its _id, which is its first element, with a
// value that goes on to the document's end: bytes are written as they are, and
// no element has to be taken apart.
func encodePacked(ec bson.EncodeContext, vw bson.ValueWriter, raw bson.ValueEncoder, doc []byte, value *bson.RawValue) error {
	dw, err := vw.WriteDocument()
	if err != nil {
		return err
	}
	id, err := dw.WriteDocumentElement("_id")
	if err != nil {
		return err
	}
	value.Type, value.Value = bson.Type(doc[4]), doc[4+len("\x07_id\x00"):len(doc)-1]
	if err := raw.EncodeValue(ec, id, reflect.ValueOf(value).Elem()); err != nil {
		return err
	}
	return dw.WriteDocumentEnd()
}

func (s *packedSender) send(ctx context.Context, b *bulk) *answer {
	result, err := s.coll.InsertMany(ctx, []any{packed{b}}, s.options)
	a := answerOf(err)
	if a.err != nil {
		return a
	}
	a.acknowledged = result.Acknowledged || err != nil
	if a.acknowledged {
		if a.inserted = int64(len(b.ops) - len(a.errors)); s.ordered && len(a.errors) > 0 {
			a.inserted = int64(a.errors[0].Index) // which ended it
		}
	}
	return a
}

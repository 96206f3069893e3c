package monary

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Client reads from a MongoDB server. It is safe for concurrent use.
type Client struct {
	client *mongo.Client
	owned  bool
}

// Connect opens a client for a connection string and checks that the server
// answers.
func Connect(ctx context.Context, uri string) (*Client, error) {
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return nil, fmt.Errorf("monary: connect: %w", err)
	}
	if err := client.Ping(ctx, nil); err != nil {
		_ = client.Disconnect(ctx) // the ping's error says more
		return nil, fmt.Errorf("monary: connect: %w", err)
	}
	return &Client{client: client, owned: true}, nil
}

// NewClient uses an existing driver client, which Close leaves alone.
func NewClient(client *mongo.Client) *Client { return &Client{client: client} }

// Close disconnects a client that [Connect] opened.
func (c *Client) Close(ctx context.Context) error {
	if !c.owned {
		return nil
	}
	return c.client.Disconnect(ctx)
}

// Aggregate runs a pipeline on a collection and returns its whole output as a
// table, in Monary's form: fields are paths, types their type texts (see
// [NewSchema]). On an error the rows read before it are returned with it.
func (c *Client) Aggregate(ctx context.Context, db, coll string, pipeline any, fields, types []string, opts ...ReadOption) (*Table, error) {
	schema, err := NewSchema(fields, types)
	if err != nil {
		return nil, err
	}
	r, err := c.Collection(db, coll).Aggregate(ctx, pipeline, schema, opts...)
	if err != nil {
		return nil, err
	}
	return r.Table()
}

// Collection names a collection. It does not talk to the server.
func (c *Client) Collection(db, coll string) *Collection {
	return &Collection{coll: c.client.Database(db).Collection(coll)}
}

// Collection is a server's collection as a [Source].
type Collection struct {
	coll *mongo.Collection
}

// Find reads the documents that match the filter.
func (c *Collection) Find(ctx context.Context, filter any, schema Schema, opts ...ReadOption) (*Reader, error) {
	if _, err := checkRead(schema, opts); err != nil {
		return nil, err
	}
	filter, err := driverFilter(filter)
	if err != nil {
		return nil, err
	}
	cursor, err := c.coll.Find(ctx, filter)
	return fromCursor(ctx, cursor, err, schema, opts)
}

// Aggregate runs a pipeline on the server and reads its output.
func (c *Collection) Aggregate(ctx context.Context, pipeline any, schema Schema, opts ...ReadOption) (*Reader, error) {
	o, err := checkRead(schema, opts)
	if err != nil {
		return nil, err
	}
	pipeline, err = ParseJSON(pipeline)
	if err != nil {
		return nil, err
	}
	cursor, err := c.coll.Aggregate(ctx, pipeline, options.Aggregate().SetAllowDiskUse(o.AllowDiskUse))
	return fromCursor(ctx, cursor, err, schema, opts)
}

// Count counts the documents that match the filter.
func (c *Collection) Count(ctx context.Context, filter any) (int64, error) {
	filter, err := driverFilter(filter)
	if err != nil {
		return 0, err
	}
	n, err := c.coll.CountDocuments(ctx, filter)
	if err != nil {
		return 0, fmt.Errorf("monary: count: %w", err)
	}
	return n, nil
}

// checkRead finds the mistakes in a read's arguments before the server is asked.
func checkRead(schema Schema, opts []ReadOption) (ReadOptions, error) {
	if err := schema.check(); err != nil {
		return ReadOptions{}, err
	}
	return NewReadOptions(opts...)
}

// ParseJSON turns a filter or pipeline that is extended JSON text (string or
// []byte) into driver BSON (bson.D for a document, bson.A for an array) and
// returns anything else as it is.
func ParseJSON(doc any) (any, error) {
	var text []byte
	switch doc := doc.(type) {
	case string:
		text = []byte(doc)
	case []byte:
		text = doc
	default:
		return doc, nil
	}
	var value json.RawMessage // checks that it is one value, not too deep
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, fmt.Errorf("monary: %.60q is not extended JSON: %w", text, err)
	}
	if value[0] != '{' && value[0] != '[' {
		return nil, fmt.Errorf("monary: %.60q is neither a document {…} nor an array […]", text)
	}
	// The driver's parser wants a document at the top; the wrapper lets an
	// array through as well.
	var wrapper bson.D
	if err := bson.UnmarshalExtJSON(append(append([]byte(`{"v":`), value...), '}'), false, &wrapper); err != nil {
		return nil, fmt.Errorf("monary: %.60q is not extended JSON: %w", text, err)
	}
	return wrapper[0].Value, nil
}

func driverFilter(filter any) (any, error) {
	if filter == nil {
		return bson.D{}, nil
	}
	return ParseJSON(filter)
}

func fromCursor(ctx context.Context, cursor *mongo.Cursor, err error, schema Schema, opts []ReadOption) (*Reader, error) {
	if err != nil {
		return nil, fmt.Errorf("monary: %w", err)
	}
	// A cursor must be killed on the server even when ctx has been cancelled.
	kill := func() error { return cursor.Close(context.WithoutCancel(ctx)) }
	r, err := FromRaw(ctx, documents(ctx, cursor), schema, append(opts[:len(opts):len(opts)], OnClose(kill))...)
	if err != nil {
		_ = kill() // the caller needs to hear of the bad schema or option
		return nil, err
	}
	return r, nil
}

// documents yields a cursor's documents, each valid until the next.
func documents(ctx context.Context, cursor *mongo.Cursor) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for cursor.Next(ctx) {
			if !yield(cursor.Current, nil) {
				return
			}
		}
		if err := cursor.Err(); err != nil {
			yield(nil, err)
		}
	}
}

package monary

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Client reads from and writes to a MongoDB server. It is safe for concurrent use.
type Client struct {
	client   *mongo.Client
	owned    bool
	timeout  time.Duration // of one request for a batch, if the string sets it
	encrypts bool          // fields, by the driver
}

// Connect opens a client for a connection string and checks that the server
// answers. Authentication, TLS and all else that the driver knows is in the
// string, or in the driver's options beside it, which take precedence. No
// password gets into an error.
func Connect(ctx context.Context, uri string, opts ...*options.ClientOptions) (*Client, error) {
	all := options.MergeClientOptions(append([]*options.ClientOptions{options.Client().ApplyURI(uri)}, opts...)...)
	client, err := mongo.Connect(all)
	if err != nil {
		return nil, fmt.Errorf("monary: connect: %w", err)
	}
	if err := client.Ping(ctx, nil); err != nil {
		_ = client.Disconnect(ctx) // the ping's error says more
		return nil, fmt.Errorf("monary: connect: %w", err)
	}
	c := &Client{client: client, owned: true, encrypts: all.AutoEncryptionOptions != nil}
	if all.Timeout != nil {
		c.timeout = *all.Timeout
	}
	return c, nil
}

// NewClient uses an existing driver client, which Close leaves alone. A timeout
// of that client's limits each call, but not the fetching of further batches;
// ctx does.
func NewClient(client *mongo.Client) *Client {
	return &Client{client: client}
}

// Close disconnects a client that [Connect] opened.
func (c *Client) Close(ctx context.Context) error {
	if !c.owned {
		return nil
	}
	return c.client.Disconnect(ctx)
}

// Query reads the documents that match the filter into a table, in Monary's
// form: fields are paths, types their type texts (see [NewSchema]). On an error
// the rows read before it are returned with it.
func (c *Client) Query(ctx context.Context, db, coll string, filter any, fields, types []string, opts ...ReadOption) (*Table, error) {
	schema, err := NewSchema(fields, types)
	if err != nil {
		return nil, err
	}
	r, err := c.Collection(db, coll).Find(ctx, filter, schema, opts...)
	if err != nil {
		return nil, err
	}
	return r.Table()
}

// Count counts the documents of a collection that match the filter.
func (c *Client) Count(ctx context.Context, db, coll string, filter any, opts ...ReadOption) (int64, error) {
	return c.Collection(db, coll).Count(ctx, filter, opts...)
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

// driverFilter reads text, and makes the empty document of a filter that is nil, also one that has a type: the driver
// cannot marshal it.
func driverFilter(filter any) (any, error) {
	switch f := filter.(type) {
	case nil:
		return bson.D{}, nil
	case bson.D:
		if f == nil {
			return bson.D{}, nil
		}
	case bson.M:
		if f == nil {
			return bson.D{}, nil
		}
	}
	return ParseJSON(filter)
}

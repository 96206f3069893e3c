package monary_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/monary"
)

// nobody is an address where no server listens.
const nobody = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100&connectTimeoutMS=100"

func TestConnectRefusesBadStrings(t *testing.T) {
	for _, c := range []struct{ name, why, uri string }{
		{"Empty", "", ""},
		{"Other scheme", "", "http://localhost:27017"},
		{"Bad option", "its value is no number", "mongodb://localhost/?maxPoolSize=many"},
		{"Bad escape", "the password must be escaped", "mongodb://user:p%ss@localhost"},
		{"No host", "", "mongodb://"},
		{"Bad port", "", "mongodb://localhost:port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := monary.Connect(t.Context(), c.uri)
			require.ErrorContains(t, err, "monary: connect", c.why)
			assert.Nil(t, client)
		})
	}
}

func TestConnectToNobody(t *testing.T) {
	client, err := monary.Connect(t.Context(), nobody)
	require.ErrorContains(t, err, "127.0.0.1:1")
	assert.Nil(t, client)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = monary.Connect(ctx, "mongodb://127.0.0.1:1/")
	require.Error(t, err)
	assert.Less(t, time.Since(start), 5*time.Second, "ctx ends it, not the driver's 30 s")
}

func TestClientOfADriverClient(t *testing.T) {
	driver, err := mongo.Connect(options.Client().ApplyURI(nobody))
	require.NoError(t, err)
	client := monary.NewClient(driver)
	require.NoError(t, client.Close(t.Context()), "leaves the driver's client alone")
	require.NoError(t, driver.Disconnect(t.Context()), "so that its owner can disconnect it")
	require.ErrorIs(t, driver.Disconnect(t.Context()), mongo.ErrClientDisconnected)
}

func TestReadsWithoutAServer(t *testing.T) {
	driver, err := mongo.Connect(options.Client().ApplyURI(nobody))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, driver.Disconnect(context.Background())) })
	client := monary.NewClient(driver)
	coll := client.Collection("db", "c")
	schema := monary.MustSchema("n int64")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()

	for name, call := range map[string]func() error{
		"Find":      func() error { _, err := coll.Find(ctx, nil, schema); return err },
		"Aggregate": func() error { _, err := coll.Aggregate(ctx, bson.A{}, schema); return err },
		"Count":     func() error { _, err := coll.Count(ctx, nil); return err },
		"Client.Aggregate": func() error {
			_, err := client.Aggregate(ctx, "db", "c", bson.A{}, []string{"n"}, []string{"int64"})
			return err
		},
	} {
		require.ErrorContains(t, call(), "monary: ", name)
	}
}

// The caller's own mistakes are found before a server is asked, which would
// leave a cursor behind and, without a server, hide them.
func TestMistakesNeedNoServer(t *testing.T) {
	driver, err := mongo.Connect(options.Client().ApplyURI(nobody))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, driver.Disconnect(context.Background())) })
	client := monary.NewClient(driver)
	coll := client.Collection("db", "c")
	schema := monary.MustSchema("n int64")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for name, c := range map[string]struct {
		call func() error
		want string
	}{
		"bad filter":       {func() error { _, err := coll.Find(ctx, `{"a":`, schema); return err }, "extended JSON"},
		"bad count filter": {func() error { _, err := coll.Count(ctx, `{"a":`); return err }, "extended JSON"},
		"bad pipeline":     {func() error { _, err := coll.Aggregate(ctx, `[{]`, schema); return err }, "extended JSON"},
		"bad option":       {func() error { _, err := coll.Aggregate(ctx, bson.A{}, schema, monary.BatchRows(-1)); return err }, "BatchRows"},
		"bad type": {func() error {
			_, err := client.Aggregate(ctx, "db", "c", bson.A{}, []string{"n"}, []string{"int"})
			return err
		}, "unknown type"},
		"unequal lists":   {func() error { _, err := client.Aggregate(ctx, "db", "c", bson.A{}, []string{"n"}, nil); return err }, "1 names but 0 types"},
		"no fields":       {func() error { _, err := coll.Find(ctx, nil, monary.Schema{}); return err }, "no fields"},
		"bad find option": {func() error { _, err := coll.Find(ctx, nil, schema, monary.BatchRows(-1)); return err }, "BatchRows"},
	} {
		assert.ErrorContains(t, c.call(), c.want, name)
	}
}

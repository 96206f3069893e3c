package ferretdb_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/ferretdb"
)

// connect starts a server and returns a client of the plain driver for it.
func connect(t *testing.T) (client *mongo.Client, uri string) {
	t.Helper()
	uri = ferretdb.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Disconnect(context.Background())) })
	return client, uri
}

func TestServes(t *testing.T) {
	client, _ := connect(t)
	require.NoError(t, client.Ping(t.Context(), nil))

	zips := client.Database("zips").Collection("data")
	_, err := zips.InsertOne(t.Context(), bson.M{"_id": "02142", "state": "MA"})
	require.NoError(t, err)

	var got bson.M
	require.NoError(t, zips.FindOne(t.Context(), bson.M{"state": "MA"}).Decode(&got))
	assert.Equal(t, bson.M{"_id": "02142", "state": "MA"}, got)
}

func TestServersAreApart(t *testing.T) {
	first, _ := connect(t)
	second, _ := connect(t)
	_, err := first.Database("zips").Collection("data").InsertOne(t.Context(), bson.M{"_id": 1})
	require.NoError(t, err)

	n, err := second.Database("zips").Collection("data").CountDocuments(t.Context(), bson.M{})
	require.NoError(t, err)
	assert.Zero(t, n, "a document of one server is seen in the other")
}

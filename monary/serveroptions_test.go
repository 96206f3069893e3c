package monary_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

// TestFindOptionsReachTheServer: the driver's builders are taken as they are.
func TestFindOptionsReachTheServer(t *testing.T) {
	id := bson.D{{Key: "_id", Value: 1}}
	find := options.Find().SetSort(bson.D{{Key: "text", Value: -1}}).SetSkip(2).SetLimit(50).SetHint("_id_").SetMin(id).SetMax(bson.D{{Key: "_id", Value: 90}}).
		SetCollation(&options.Collation{Locale: "de"}).SetComment("nightly").SetLet(bson.M{"x": 1}).SetAllowDiskUse(true).SetNoCursorTimeout(true).
		SetAllowPartialResults(true).SetReturnKey(false).SetShowRecordID(true)
	server, m := serving(t, numbered(t, 100), nil)
	coll := m.Collection("db", "c", options.Collection().SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.SecondaryPreferred()))
	r, err := coll.Find(t.Context(), bson.M{"_id": bson.M{"$gt": 0}}, numberedSchema, monary.FindOptions(find), monary.FindOptions(options.Find().SetBatchSize(10)))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	assert.Equal(t, 50, table.NumRows())
	got := server.Requests("find")[0].Body
	for key, want := range map[string]string{
		"filter": `{"_id": {"$gt": {"$numberInt":"0"}}}`, "sort": `{"text": {"$numberInt":"-1"}}`, "skip": `{"$numberLong":"2"}`, "limit": `{"$numberLong":"50"}`,
		"hint": `"_id_"`, "min": `{"_id": {"$numberInt":"1"}}`, "max": `{"_id": {"$numberInt":"90"}}`, "collation": `{"locale": "de"}`, "comment": `"nightly"`,
		"let": `{"x": {"$numberInt":"1"}}`, "allowDiskUse": "true", "noCursorTimeout": "true", "allowPartialResults": "true", "returnKey": "false",
		"showRecordId": "true", "batchSize": `{"$numberInt":"10"}`, "readConcern": `{"level": "majority"}`,
	} {
		assert.Equal(t, want, got.Lookup(key).String(), key)
	}
}

// TestNilFilters: each is all documents, on a server as in a file.
func TestNilFilters(t *testing.T) {
	for name, filter := range map[string]any{"Nil": nil, "D": bson.D(nil), "M": bson.M(nil)} {
		t.Run(name, func(t *testing.T) {
			server, m := serving(t, numbered(t, 10), nil)
			r, err := m.Collection("db", "c").Find(t.Context(), filter, numberedSchema)
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err)
			assert.Equal(t, 10, table.NumRows())
			assert.Equal(t, "{}", server.Requests("find")[0].Body.Lookup("filter").String())
			server.Serve("db.c", [][]byte{marshal(t, bson.M{"n": 3})})
			n, err := m.Collection("db", "c").Count(t.Context(), filter)
			require.NoError(t, err)
			assert.EqualValues(t, 3, n)

			dump, err := pipeline.Open(testdata.Path("zips.bson.gz"))
			require.NoError(t, err)
			n, err = dump.Count(t.Context(), filter)
			require.NoError(t, err)
			assert.EqualValues(t, 29353, n)
		})
	}
}

// TestCommandOptions: fields that the driver has no option for. It fails when a
// release of the driver does not pass them on any more.
func TestCommandOptions(t *testing.T) {
	server, m := serving(t, numbered(t, 10), nil)
	coll, extra := m.Collection("db", "c"), monary.CommandOptions(bson.D{{Key: "maxTimeMS", Value: int32(77)}})
	r, err := coll.Find(t.Context(), nil, numberedSchema, extra)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	r, err = coll.Aggregate(t.Context(), bson.A{}, numberedSchema, extra, monary.AggregateOptions(options.Aggregate().SetComment("c").SetLet(bson.M{"x": 1})), monary.AllowDiskUse())
	require.NoError(t, err)
	require.NoError(t, r.Close())
	server.Serve("db.c", [][]byte{marshal(t, bson.M{"n": 3})})
	n, err := coll.Count(t.Context(), bson.M{"a": 1}, extra, monary.CountOptions(options.Count().SetHint("a_1").SetLimit(3)))
	require.NoError(t, err)
	assert.EqualValues(t, 3, n)
	assert.EqualValues(t, 77, server.Requests("find")[0].Body.Lookup("maxTimeMS").AsInt64())
	aggregates := server.Requests("aggregate")
	require.Len(t, aggregates, 2)
	for _, a := range aggregates {
		assert.EqualValues(t, 77, a.Body.Lookup("maxTimeMS").AsInt64())
	}
	assert.Equal(t, `"c"`, aggregates[0].Body.Lookup("comment").String())
	assert.True(t, aggregates[0].Body.Lookup("allowDiskUse").Boolean())
	assert.Equal(t, `"a_1"`, aggregates[1].Body.Lookup("hint").String())
}

// TestOptionsOfAnotherCall: nothing that was asked for is left out silently.
func TestOptionsOfAnotherCall(t *testing.T) {
	_, m := serving(t, nil, nil)
	coll := m.Collection("db", "c")
	find, count := monary.FindOptions(options.Find().SetLimit(3)), monary.CountOptions(options.Count().SetLimit(3))
	_, err := coll.Aggregate(t.Context(), bson.A{}, numberedSchema, find)
	require.EqualError(t, err, "monary: aggregate was given the find options Limit")
	_, err = coll.Find(t.Context(), nil, numberedSchema, count)
	require.EqualError(t, err, "monary: find was given the count options Limit")
	_, err = coll.Count(t.Context(), nil, find)
	require.EqualError(t, err, "monary: count was given the find options Limit")
	_, err = coll.Find(t.Context(), nil, numberedSchema, monary.Prefetch(-2))
	require.ErrorContains(t, err, "Prefetch is -2")
}

// TestLocalSourcesRefuse: what only a server can do is refused by name.
func TestLocalSourcesRefuse(t *testing.T) {
	file, err := pipeline.Open(testdata.Path("zips.bson.gz"))
	require.NoError(t, err)
	schema := monary.MustSchema("pop int64")
	sorted := monary.FindOptions(options.Find().SetSort(bson.M{"pop": 1}).SetLimit(3))
	const want = "a source without a server cannot honour the find options Sort, Limit"
	_, err = file.Find(t.Context(), nil, schema, sorted)
	require.ErrorContains(t, err, want)
	_, err = file.Find(t.Context(), bson.M{"state": "MA"}, schema, sorted)
	require.ErrorContains(t, err, want)
	_, err = file.Count(t.Context(), bson.M{"state": "MA"}, monary.CommandOptions(bson.D{{Key: "maxTimeMS", Value: 1}}))
	require.ErrorContains(t, err, `cannot honour the command option "maxTimeMS"`)
	_, err = monary.FromBytes(t.Context(), nil, schema, monary.AggregateOptions(options.Aggregate().SetComment("c")))
	require.ErrorContains(t, err, "cannot honour the aggregate options Comment")
}

func TestProjection(t *testing.T) {
	for _, c := range []struct {
		name, why, want string
		schema          monary.Schema
		keepID          bool
	}{
		{name: "Fields", schema: monary.MustSchema("pop int64", "state string"), want: `{"pop":1,"state":1,"_id":0}`},
		{name: "ID", schema: monary.MustSchema("_id string", "pop int64"), want: `{"_id":1,"pop":1}`},
		{name: "IDInside", schema: monary.MustSchema("_id.a string"), want: `{"_id.a":1}`},
		{name: "KeptID", why: "for going on behind it", schema: monary.MustSchema("pop int64"), keepID: true, want: `{"pop":1}`},
		{name: "KeptIDInside", why: "a read cannot go on behind a part of the _id", schema: monary.MustSchema("_id.a string"), keepID: true, want: `{"_id":1}`},
		{name: "Nested", schema: monary.MustSchema("user.id int64", "user.name string"), want: `{"user.id":1,"user.name":1,"_id":0}`},
		{name: "Array", why: "a projection knows no positions", schema: monary.MustSchema("loc.0 float64", "loc.1 float64"), want: `{"loc":1,"_id":0}`},
		{name: "Inside", why: "two paths of which one holds the other are refused by the server", schema: monary.MustSchema("a.b int64", "a bson", "ab int64"), want: `{"a":1,"ab":1,"_id":0}`},
		{name: "Meta", schema: monary.MustSchema("city string", "city length"), want: `{"city":1,"_id":0}`},
		{name: "Dot", why: "a projection cannot name such a key", schema: monary.MustSchema(`a\.b int64`), want: `null`},
		{name: "DotInside", schema: monary.MustSchema(`x.a\.b int64`), want: `{"x":1,"_id":0}`},
		{name: "Dollar", schema: monary.MustSchema(`$x int64`, "y int64"), want: `null`},
		{name: "NumberAtTop", schema: monary.MustSchema(`0 int64`), want: `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := monary.Projection(c.schema, c.keepID)
			if c.want == "null" {
				assert.Nil(t, got, c.why)
				return
			}
			text, err := bson.MarshalExtJSON(got, false, false)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(text), c.why)
		})
	}
}

func TestProjectionIsPushed(t *testing.T) {
	server, m := serving(t, numbered(t, 5), nil)
	coll, schema := m.Collection("db", "c"), monary.MustSchema("text string")
	for _, opts := range [][]monary.ReadOption{
		nil, {monary.WholeDocuments()}, {monary.FindOptions(options.Find().SetProjection(bson.M{"text": 1}))},
	} {
		r, err := coll.Find(t.Context(), nil, schema, opts...)
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	finds := server.Requests("find")
	assert.Equal(t, `{"text": {"$numberInt":"1"},"_id": {"$numberInt":"0"}}`, finds[0].Body.Lookup("projection").String())
	assert.True(t, finds[1].Body.Lookup("projection").IsZero(), "not asked for")
	assert.Equal(t, `{"text": {"$numberInt":"1"}}`, finds[2].Body.Lookup("projection").String(), "the caller's")

	for _, c := range []struct {
		name, pipeline string
		stages         int
	}{
		{"Empty", `[]`, 1}, {"Match", `[{"$match": {"a": 1}}, {"$sort": {"a": 1}}]`, 3},
		{"Group", `[{"$match": {"a": 1}}, {"$group": {"_id": "$a"}}]`, 2}, {"Out", `[{"$match": {}}, {"$out": "x"}]`, 2},
	} {
		before := len(server.Requests("aggregate"))
		r, err := coll.Aggregate(t.Context(), c.pipeline, schema)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		stages, err := server.Requests("aggregate")[before].Body.Lookup("pipeline").Array().Values()
		require.NoError(t, err)
		assert.Len(t, stages, c.stages, c.name)
	}
}

// TestOutGivesAnEmptyTable: $out and $merge write on the server.
func TestOutGivesAnEmptyTable(t *testing.T) {
	_, m := serving(t, numbered(t, 5), func(s *replay.Server) {
		s.Select = func(*replay.Request, [][]byte) [][]byte { return nil }
	})
	for _, stage := range []string{`{"$out": "x"}`, `{"$merge": {"into": "x"}}`} {
		table, err := m.Aggregate(t.Context(), "db", "c", `[`+stage+`]`, []string{"_id"}, []string{"int32"})
		require.NoError(t, err)
		assert.Zero(t, table.NumRows())
		assert.Equal(t, []string{"_id"}, table.ColumnNames())
	}
}

// TestTimeoutOfTheString: timeoutMS limits the wait for every batch.
func TestTimeoutOfTheString(t *testing.T) {
	eachCursor(t, func(t *testing.T, opts []monary.ReadOption) {
		release := make(chan struct{})
		defer close(release)
		server, _ := serving(t, numbered(t, 100), onMore(0, replay.Fault{Hold: release}))
		m, err := monary.Connect(t.Context(), server.URI()+"&timeoutMS=300")
		require.NoError(t, err)
		defer func() { require.NoError(t, m.Close(context.Background())) }()
		r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, opts...)
		require.NoError(t, err)
		_, err = r.Table()
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

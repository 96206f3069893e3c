package monary_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// byKeys is a write by key columns, such as (*monary.Collection).Update.
type byKeys func(*monary.Collection, context.Context, monary.Rows, []string, ...monary.WriteOption) (*monary.WriteResult, error)

var (
	replace = byKeys((*monary.Collection).Replace)
	upsert  = byKeys((*monary.Collection).Upsert)
	update  = byKeys((*monary.Collection).Update)
	remove  = byKeys((*monary.Collection).Delete)
)

// people are documents to be changed: {_id: i, user: {id: i%3, name: …}, n: i}.
func people(t testing.TB, n int) [][]byte {
	t.Helper()
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = marshal(t, bson.D{{Key: "_id", Value: int32(i)},
			{Key: "user", Value: bson.D{{Key: "id", Value: int32(i % 3)}, {Key: "name", Value: string(rune('a' + i))}}}, {Key: "n", Value: int32(i)}})
	}
	return docs
}

func TestWritesByKeys(t *testing.T) {
	table := tableOf(t, monary.ColumnOf("user.id", []int32{2, 9, 0}, nil), monary.ColumnOf("user.age", []int32{20, 90, 0}, []bool{true, true, false}),
		monary.ColumnOf("x", []string{"s", "t", "u"}, nil))
	pairs := tableOf(t, monary.ColumnOf("user.id", []int32{0, 0}, nil), monary.ColumnOf("n", []int32{3, 4}, nil))
	for _, c := range []struct {
		name, why string
		call      byKeys
		table     *monary.Table
		keys      []string
		opts      []monary.WriteOption
		want      []string
		counts    [4]int64 // inserted, matched, modified, deleted
	}{
		{"Replace", "the whole document but its _id; nothing where there is none", replace, table, []string{"user.id"}, nil, []string{
			`{"_id":0,"user":{"id":0},"x":"u"}`, `{"_id":1,"user":{"id":1,"name":"b"},"n":1}`,
			`{"_id":2,"user":{"id":2,"age":20},"x":"s"}`, `{"_id":3,"user":{"id":0,"name":"d"},"n":3}`,
		}, [4]int64{0, 2, 2, 0}},
		{"Update", "fields beside those of the table stay, and so do those without a value", update, table, []string{"user.id"}, nil, []string{
			`{"_id":0,"user":{"id":0,"name":"a"},"n":0,"x":"u"}`, `{"_id":1,"user":{"id":1,"name":"b"},"n":1}`,
			`{"_id":2,"user":{"id":2,"name":"c","age":20},"n":2,"x":"s"}`, `{"_id":3,"user":{"id":0,"name":"d"},"n":3}`,
		}, [4]int64{0, 2, 2, 0}},
		{"UpdateEveryMatch", "two have the key 0; explicit nulls are set", update, table, []string{"user.id"},
			[]monary.WriteOption{monary.EveryMatch(), monary.ExplicitNulls()}, []string{
				`{"_id":0,"user":{"id":0,"name":"a","age":null},"n":0,"x":"u"}`, `{"_id":1,"user":{"id":1,"name":"b"},"n":1}`,
				`{"_id":2,"user":{"id":2,"name":"c","age":20},"n":2,"x":"s"}`, `{"_id":3,"user":{"id":0,"name":"d","age":null},"n":3,"x":"u"}`,
			}, [4]int64{0, 3, 3, 0}},
		{"Upsert", "as an update where there is one", upsert, table.Slice(0, 1), []string{"user.id"}, nil, []string{
			`{"_id":0,"user":{"id":0,"name":"a"},"n":0}`, `{"_id":1,"user":{"id":1,"name":"b"},"n":1}`,
			`{"_id":2,"user":{"id":2,"name":"c","age":20},"n":2,"x":"s"}`, `{"_id":3,"user":{"id":0,"name":"d"},"n":3}`,
		}, [4]int64{0, 1, 1, 0}},
		{"Delete", "the first of two", remove, table, []string{"user.id"}, nil,
			[]string{`{"_id":1,"user":{"id":1,"name":"b"},"n":1}`, `{"_id":3,"user":{"id":0,"name":"d"},"n":3}`}, [4]int64{0, 0, 0, 2}},
		{"DeleteEveryMatch", "both", remove, table, []string{"user.id"}, []monary.WriteOption{monary.EveryMatch(), monary.Unordered()},
			[]string{`{"_id":1,"user":{"id":1,"name":"b"},"n":1}`}, [4]int64{0, 0, 0, 3}},
		{"TwoKeys", "both have to be equal", remove, pairs, []string{"n", "user.id"}, nil,
			[]string{`{"_id":0,"user":{"id":0,"name":"a"},"n":0}`, `{"_id":1,"user":{"id":1,"name":"b"},"n":1}`, `{"_id":2,"user":{"id":2,"name":"c"},"n":2}`},
			[4]int64{0, 0, 0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, coll := storing(t, people(t, 4), nil)
			res, err := c.call(coll, t.Context(), c.table, c.keys, c.opts...)
			require.NoError(t, err)
			assert.Equal(t, c.want, stored(t, server), c.why)
			assert.Equal(t, c.counts, [4]int64{res.Inserted, res.Matched, res.Modified, res.Deleted})
			assert.Empty(t, res.UpsertedIDs)
			assert.Nil(t, res.IDs)
			assert.EqualValues(t, res.Rows, res.Count(monary.Written))
		})
	}
}

// TestUpsertedIDs are by row, made by the server or given.
func TestUpsertedIDs(t *testing.T) {
	server, coll := storing(t, people(t, 2), nil)
	table := tableOf(t, monary.ColumnOf("n", []int32{5, 0, 6, 1, 7}, nil), monary.ColumnOf("a.b", []string{"five", "", "six", "one", "seven"}, []bool{true, false, true, true, true}))
	res, err := coll.Upsert(t.Context(), table, []string{"n"}, monary.WriteBatch(2, 0))
	require.NoError(t, err)
	require.Len(t, res.UpsertedIDs, 3)
	docs := server.Documents("db.c")
	for i, row := range []int64{0, 2, 4} {
		doc := bson.Raw(docs[2+i])
		assert.True(t, doc.Lookup("_id").Equal(res.UpsertedIDs[row].Raw()), "row %d", row)
		assert.EqualValues(t, 5+i, doc.Lookup("n").AsInt64())
		assert.NotEmpty(t, doc.Lookup("a", "b").StringValue())
	}
	assert.EqualValues(t, 2, res.Matched)

	res, err = coll.Upsert(t.Context(), tableOf(t, monary.ColumnOf("_id", []string{"x"}, nil)), []string{"_id"})
	require.NoError(t, err, "a row that sets nothing")
	assert.Equal(t, "x", res.UpsertedIDs[0].String())
	assert.Equal(t, `{"_id":"x"}`, stored(t, server)[5])
}

// TestUpsertedIDsAreTheServers, whatever the program has the driver make of them.
func TestUpsertedIDsAreTheServers(t *testing.T) {
	server := replay.Start(t)
	server.Store("db.c")
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()).SetBSONOptions(&options.BSONOptions{ObjectIDAsHexString: true, BinaryAsSlice: true}))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(context.Background())) }()
	id, uuid := bson.NewObjectID(), [16]byte{1, 2, 3}
	for _, column := range []*monary.Series{monary.ColumnOf("_id", []bson.ObjectID{id}, nil), monary.ColumnOf("_id", [][16]byte{uuid}, nil)} {
		res, err := monary.NewClient(client).Collection("db", "c").Upsert(t.Context(), tableOf(t, column), []string{"_id"})
		require.NoError(t, err)
		assert.Equal(t, column.Value(0), res.UpsertedIDs[0])
	}
}

// TestUpsertOfRowsThatFail: the driver's count of what matched is not that of
// the rows.
func TestUpsertOfRowsThatFail(t *testing.T) {
	table := tableOf(t, monary.ColumnOf("n", []int32{0, 8, 1, 9}, nil), monary.ColumnOf("_id", []int32{0, 8, 77, 9}, nil))
	for _, opts := range [][]monary.WriteOption{nil, {monary.Unordered()}} {
		_, coll := storing(t, people(t, 2), nil)
		res, err := coll.Upsert(t.Context(), table, []string{"n"}, opts...)
		require.ErrorContains(t, err, "row 2: Performing an update on the path '_id'")
		assert.Equal(t, []string{"2:66"}, failures(res))
		assert.EqualValues(t, 1, res.Matched)
		assert.Len(t, res.UpsertedIDs, map[bool]int{true: 1, false: 2}[opts == nil])
	}
}

// TestKeysWithoutValues: null would match documents that have no such field.
func TestKeysWithoutValues(t *testing.T) {
	null := monary.ColumnOf("n", []monary.Value{monary.Int32Value(0), monary.NullValue, {}, monary.Int32Value(1)}, nil)
	none := monary.ColumnOf("n", []int32{0, 0, 0, 1}, []bool{true, false, false, true})
	for _, key := range []*monary.Series{null, none} {
		for _, call := range []byKeys{replace, upsert, update, remove} {
			table := tableOf(t, key, monary.ColumnOf("x", []int32{1, 2, 3, 4}, nil))
			for name, opts := range map[string][]monary.WriteOption{"wff-": nil, "wffw": {monary.Unordered(), monary.ExplicitNulls()}} {
				_, coll := storing(t, people(t, 2), nil)
				res, err := call(coll, t.Context(), table, []string{"n"}, opts...)
				require.ErrorContains(t, err, `row 1: column "n": a key needs a value`)
				if opts == nil {
					assert.Equal(t, "wf--", outcomes(res))
					continue
				}
				assert.Equal(t, name, outcomes(res))
			}
		}
	}
}

// TestKeysAreValues and nothing else: documents are no operators, patterns match
// nothing but themselves.
func TestKeysAreValues(t *testing.T) {
	bad := monary.DocumentValue([]string{"$gt"}, []monary.Value{monary.Int32Value(-1)})
	server, coll := storing(t, people(t, 3), nil)
	res, err := coll.Delete(t.Context(), tableOf(t, monary.ColumnOf("n", []monary.Value{bad, monary.Int32Value(1)}, nil)), []string{"n"}, monary.EveryMatch())
	require.NoError(t, err)
	assert.EqualValues(t, 1, res.Deleted)
	deletes := server.Requests("delete")[0].Sequences["deletes"]
	assert.Equal(t, bson.TypeEmbeddedDocument, bson.Raw(deletes[0]).Lookup("q", "n", "$eq").Type)
	for typ, eq := range map[string]bool{"regex": true, "bson": true, "struct{a int32}": true, "int32": false, "string": false, "list<int32>": false} {
		table, _, err := read(t, typesDocuments(1), monary.MustSchema("k "+typ))
		require.NoError(t, err)
		q, err := monary.Filter(table, "k")
		require.NoError(t, err)
		assert.Equal(t, eq, q, typ)
	}
}

// TestExplicitNullsAreNoIDs: no document is to have the _id null because a column
// has a gap.
func TestExplicitNullsAreNoIDs(t *testing.T) {
	table := tableOf(t, monary.ColumnOf("n", []int32{1}, nil), monary.ColumnOf("_id", []int32{0}, []bool{false}), monary.ColumnOf("x._id", []int32{0}, []bool{false}))
	for _, call := range []byKeys{update, upsert, replace} {
		server, coll := storing(t, people(t, 2), nil)
		_, err := call(coll, t.Context(), table, []string{"n"}, monary.ExplicitNulls())
		require.NoError(t, err)
		doc := bson.Raw(server.Documents("db.c")[1])
		assert.EqualValues(t, 1, doc.Lookup("_id").AsInt64())
		assert.Equal(t, bson.TypeNull, doc.Lookup("x", "_id").Type)
	}
}

// TestUpdateOfNothing: a row whose columns have no values asks for nothing.
func TestUpdateOfNothing(t *testing.T) {
	server, coll := storing(t, people(t, 3), nil)
	table := tableOf(t, monary.ColumnOf("n", []int32{0, 1, 2}, nil), monary.ColumnOf("x", []int32{0, 1, 0}, []bool{false, true, false}))
	res, err := coll.Update(t.Context(), table, []string{"n"})
	require.NoError(t, err)
	assert.Equal(t, "www", outcomes(res))
	assert.EqualValues(t, 1, res.Matched)
	assert.Len(t, server.Requests("update")[0].Sequences["updates"], 1)

	res, err = coll.Update(t.Context(), table.Slice(0, 1), []string{"n"})
	require.NoError(t, err)
	assert.Equal(t, "w", outcomes(res))
	assert.Len(t, server.Requests("update"), 1, "nothing at all is sent")
}

// TestWritesThatAreRefused as a whole, before anything is sent.
func TestWritesThatAreRefused(t *testing.T) {
	table := tableOf(t, monary.ColumnOf("n", []int32{0}, nil), monary.ColumnOf("x", []int32{0}, nil))
	with := func(name string) *monary.Table {
		more, err := table.With(ints(name, 1))
		require.NoError(t, err)
		return more
	}
	length, _, err := read(t, [][]byte{document()}, monary.MustSchema("n length"))
	require.NoError(t, err)
	for _, c := range []struct {
		name  string
		call  byKeys
		table *monary.Table
		keys  []string
		opts  []monary.WriteOption
		want  string
	}{
		{"NoKeys", update, table, nil, nil, "monary: update: no key columns were named"},
		{"KeyTwice", remove, table, []string{"n", "n"}, nil, `monary: delete: the key column "n" was named twice`},
		{"NoColumn", remove, table, []string{"m"}, nil, `monary: delete: there is no column "m" for the key; the table has n, x`},
		{"KeyWithDollar", remove, with("$n"), []string{"$n"}, nil, "begins with a dollar"},
		{"KeyWithDot", remove, with(`a\.b`), []string{`a\.b`}, nil, "a field with a dot in it"},
		{"EmptyKey", remove, with(""), []string{""}, nil, "an empty field"},
		{"KeyOfLengths", remove, length, []string{"n"}, nil, "has no values to write"},
		{"Operator", update, with("a.$[]"), []string{"n"}, nil, `column "a.$[]": a key or an update cannot name a field that begins with a dollar`},
		{"UpdateOfDot", upsert, with(`a\.b`), []string{"n"}, nil, "a field with a dot in it"},
		{"UpdateOfEmpty", upsert, with(""), []string{"n"}, nil, "an empty field"},
		{"Conflict", update, with("x.y"), []string{"n"}, nil, `another column is for all of "x"`},
		{"ReplaceByOperator", replace, with("$set"), []string{"n"}, nil, `column "$set": a document that replaces another`},
		{"ReplaceEvery", replace, table, []string{"n"}, []monary.WriteOption{monary.EveryMatch()}, "EveryMatch is for Update and Delete"},
		{"UpsertEvery", upsert, table, []string{"n"}, []monary.WriteOption{monary.EveryMatch()}, "EveryMatch is for Update and Delete"},
		{"Rows", update, table, []string{"n"}, []monary.WriteOption{monary.WriteBatch(-1, 0)}, "a batch of -1 rows and 0 bytes; neither can be negative"},
		{"Bytes", update, table, []string{"n"}, []monary.WriteOption{monary.WriteBatch(0, -1)}, "neither can be negative"},
		{"TwoOrders", update, table, []string{"n"}, []monary.WriteOption{monary.BulkWriteOptions(options.BulkWrite().SetOrdered(false))}, "Unordered is ours"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, coll := storing(t, people(t, 1), nil)
			res, err := c.call(coll, t.Context(), c.table, c.keys, c.opts...)
			require.ErrorContains(t, err, c.want)
			require.NotNil(t, res)
			assert.Zero(t, res.Rows)
			assert.Empty(t, server.Requests("update"))
			assert.Empty(t, server.Requests("delete"))
		})
	}
	_, coll := storing(t, nil, nil)
	_, err = coll.Insert(t.Context(), table, monary.BulkWriteOptions(options.BulkWrite().SetLet(bson.D{})))
	require.ErrorContains(t, err, "monary: insert: the driver's option let was set")
}

// TestDriversOptionsAreSent with every verb.
func TestDriversOptionsAreSent(t *testing.T) {
	table := tableOf(t, monary.ColumnOf("n", []int32{0}, nil), monary.ColumnOf("x", []int32{0}, nil))
	opts := monary.BulkWriteOptions(options.BulkWrite().SetComment("why").SetBypassDocumentValidation(true))
	server, coll := storing(t, people(t, 1), nil)
	for _, call := range []byKeys{replace, upsert, update, remove} {
		_, err := call(coll, t.Context(), table, []string{"n"}, opts, monary.BulkWriteOptions(options.BulkWrite().SetLet(bson.D{{Key: "v", Value: 1}})))
		require.NoError(t, err)
	}
	for _, way := range inserts {
		_, err := coll.Insert(t.Context(), table, append(way, opts)...)
		require.NoError(t, err)
	}
	for _, command := range []string{"insert", "update", "delete"} {
		for _, r := range server.Requests(command) {
			assert.Equal(t, "why", r.Body.Lookup("comment").StringValue())
			assert.True(t, r.Body.Lookup("ordered").Boolean())
			if command != "delete" {
				assert.True(t, r.Body.Lookup("bypassDocumentValidation").Boolean())
			}
			if command != "insert" {
				assert.EqualValues(t, 1, r.Body.Lookup("let", "v").AsInt64())
			}
		}
	}
}

// TestWriteInTransaction: a session's transaction is that of the write.
func TestWriteInTransaction(t *testing.T) {
	server := replay.Start(t)
	server.Hello = bson.D{{Key: "setName", Value: "rs"}, {Key: "hosts", Value: bson.A{"a:1"}}}
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(context.Background())) }()
	session, err := client.StartSession()
	require.NoError(t, err)
	defer session.EndSession(context.Background())
	require.NoError(t, session.StartTransaction())
	coll := monary.NewClient(client).Collection("db", "c")
	ctx := mongo.NewSessionContext(t.Context(), session)
	_, err = coll.Insert(ctx, countedRows(t, 0, 4), monary.WriteBatch(2, 0))
	require.NoError(t, err)
	_, err = coll.Delete(ctx, countedRows(t, 0, 4), []string{"_id"})
	require.NoError(t, err)
	all := append(server.Requests("insert"), server.Requests("delete")...)
	require.Len(t, all, 3)
	for i, r := range all {
		assert.Equal(t, session.ID(), r.Body.Lookup("lsid").Document())
		assert.False(t, r.Body.Lookup("autocommit").Boolean())
		_, err := r.Body.LookupErr("startTransaction")
		assert.Equal(t, i == 0, err == nil, "the first begins it")
	}
}

package ferretdb_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/monary"
)

// collection is one of an empty database, for monary and for the driver.
func collection(t *testing.T) (*monary.Collection, *mongo.Collection) {
	t.Helper()
	db := database(t)
	return monary.NewClient(db.Client()).Collection(db.Name(), "c"), db.Collection("c")
}

func tableOf(t *testing.T, columns ...*monary.Series) *monary.Table {
	t.Helper()
	made, err := monary.NewTable(columns...)
	require.NoError(t, err)
	return made
}

// stored is the collection's documents in the order of _id, as extended JSON.
func stored(t *testing.T, c *mongo.Collection) (texts []string) {
	t.Helper()
	cursor, err := c.Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	require.NoError(t, err)
	for cursor.Next(t.Context()) {
		text, err := bson.MarshalExtJSON(cursor.Current, false, false)
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	require.NoError(t, cursor.Err())
	return texts
}

// TestWriteAndReadBack: a table of the types that the server knows comes back as
// it went, however it is sent.
func TestWriteAndReadBack(t *testing.T) {
	typed := []string{"_id int32", "b bool", "i8 int8", "i64 int64", "u32 uint32", "f32 float32", "f64 float64", "d date", "ts timestamp", "id objectid",
		"u uuid", "s string", "fix string:3", "bin binary", "doc.in.x int64", "doc.y string", "arr.0 int32", "arr.1 string", "l list<int64>",
		"st struct{a int32; b list<string>}", "v vector:2", "v64 vector64:2", "raw bson", "any any"}
	if os.Getenv("MONGODB_URI") != "" {
		typed = append(typed, "dec decimal128", "re regex", "code code", "sym symbol", "lo minkey", "hi maxkey")
	}
	schema := monary.MustSchema(typed...)
	date, _ := bson.ParseDecimal128("1.50")
	full := bson.D{{Key: "_id", Value: int32(1)}, {Key: "b", Value: true}, {Key: "i8", Value: int32(-8)}, {Key: "i64", Value: int64(1) << 60}, {Key: "u32", Value: int64(1) << 31},
		{Key: "f32", Value: 0.5}, {Key: "f64", Value: 0.1}, {Key: "d", Value: bson.DateTime(-1)}, {Key: "ts", Value: bson.Timestamp{T: 7, I: 9}}, {Key: "id", Value: bson.NewObjectID()},
		{Key: "u", Value: bson.Binary{Subtype: 4, Data: []byte("0123456789abcdef")}}, {Key: "s", Value: "é\x00!"}, {Key: "fix", Value: "abc"},
		{Key: "bin", Value: bson.Binary{Subtype: 0x80, Data: []byte{1, 2}}}, {Key: "doc", Value: bson.D{{Key: "in", Value: bson.D{{Key: "x", Value: int64(3)}}}, {Key: "y", Value: ""}}},
		{Key: "arr", Value: bson.A{int32(1), "z"}}, {Key: "l", Value: bson.A{int64(1), nil, int64(3)}}, {Key: "st", Value: bson.D{{Key: "a", Value: int32(1)}, {Key: "b", Value: bson.A{"p", "q"}}}},
		{Key: "v", Value: bson.NewVector([]float32{1, 2}).Binary()}, {Key: "v64", Value: bson.A{0.1, 0.2}}, {Key: "raw", Value: bson.D{{Key: "k", Value: bson.A{int32(1)}}}},
		{Key: "any", Value: "text"}, {Key: "dec", Value: date}, {Key: "re", Value: bson.Regex{Pattern: "a/b", Options: "i"}}, {Key: "code", Value: bson.JavaScript("x")},
		{Key: "sym", Value: bson.Symbol("s")}, {Key: "lo", Value: bson.MinKey{}}, {Key: "hi", Value: bson.MaxKey{}}}
	bare := bson.D{{Key: "_id", Value: int32(2)}}
	nulls := bson.D{{Key: "_id", Value: int32(3)}, {Key: "s", Value: nil}, {Key: "l", Value: bson.A{}}, {Key: "st", Value: bson.D{}}, {Key: "any", Value: nil}}
	var docs []byte
	for _, doc := range []bson.D{full, bare, nulls} {
		raw, err := bson.Marshal(doc)
		require.NoError(t, err)
		docs = append(docs, raw...)
	}
	r, err := monary.FromBytes(t.Context(), docs, schema, monary.KeepStates())
	require.NoError(t, err)
	want := table(t, r)
	for i := range want.NumColumns() {
		require.True(t, want.Series(i).IsValid(0), want.Series(i).Name())
	}
	for name, opts := range map[string][]monary.WriteOption{"packed": nil, "plain": {monary.PlainInsert()}} {
		t.Run(name, func(t *testing.T) {
			coll, _ := collection(t)
			_, err := coll.Insert(t.Context(), want, opts...)
			require.NoError(t, err)
			got := find(t, coll, nil, schema)
			assert.Equal(t, rows(want), rows(got))
			for i := range want.NumColumns() {
				for row := range want.NumRows() {
					assert.Equal(t, want.Series(i).Value(row).Raw(), got.Series(i).Value(row).Raw(), want.Series(i).Name())
				}
			}
		})
	}
}

// TestWritesByKeysOnServer goes through the verbs.
func TestWritesByKeysOnServer(t *testing.T) {
	coll, plain := collection(t)
	first := tableOf(t, monary.ColumnOf("_id", []int32{1, 2, 3}, nil), monary.ColumnOf("user.id", []int32{10, 20, 20}, nil), monary.ColumnOf("user.name", []string{"a", "b", "c"}, nil))
	res, err := coll.Insert(t.Context(), first)
	require.NoError(t, err)
	assert.EqualValues(t, 3, res.Inserted)

	change := tableOf(t, monary.ColumnOf("user.id", []int32{20, 10, 70}, nil), monary.ColumnOf("user.age", []int32{5, 0, 7}, []bool{true, false, true}), monary.ColumnOf("n", []int64{1, 2, 3}, nil))
	res, err = coll.Update(t.Context(), change, []string{"user.id"})
	require.NoError(t, err)
	assert.EqualValues(t, 2, res.Matched)
	assert.Equal(t, []string{`{"_id":1,"user":{"id":10,"name":"a"},"n":2}`, `{"_id":2,"user":{"id":20,"name":"b","age":5},"n":1}`, `{"_id":3,"user":{"id":20,"name":"c"}}`}, stored(t, plain))

	res, err = coll.Update(t.Context(), change.Slice(0, 1), []string{"user.id"}, monary.EveryMatch())
	require.NoError(t, err)
	assert.EqualValues(t, 2, res.Matched, "both of them")
	assert.EqualValues(t, 1, res.Modified, "one was so already")

	withID, err := change.With(monary.ColumnOf("_id", []string{"x", "y", "z"}, nil))
	require.NoError(t, err)
	res, err = coll.Upsert(t.Context(), withID.Slice(2, 3), []string{"user.id"})
	require.NoError(t, err)
	assert.Equal(t, "z", res.UpsertedIDs[0].String())
	keys, err := withID.Select("_id")
	require.NoError(t, err)
	res, err = coll.Upsert(t.Context(), keys, []string{"_id"})
	require.NoError(t, err, "nothing to set")
	assert.Len(t, res.UpsertedIDs, 2)
	assert.Equal(t, []string{`{"_id":"x"}`, `{"_id":"y"}`, `{"_id":"z","user":{"id":70,"age":7},"n":3}`}, stored(t, plain)[3:])

	whole := tableOf(t, monary.ColumnOf("_id", []monary.Value{monary.StringValue("z"), monary.Int32Value(9)}, nil), monary.ColumnOf("only", []int32{1, 2}, nil))
	res, err = coll.Replace(t.Context(), whole, []string{"_id"})
	require.NoError(t, err)
	assert.EqualValues(t, 1, res.Matched)
	assert.Equal(t, `{"_id":"z","only":1}`, stored(t, plain)[5])

	res, err = coll.Delete(t.Context(), change, []string{"user.id"})
	require.NoError(t, err)
	assert.EqualValues(t, 2, res.Deleted, "one of two")
	res, err = coll.Delete(t.Context(), change, []string{"user.id"}, monary.EveryMatch())
	require.NoError(t, err)
	assert.EqualValues(t, 1, res.Deleted, "the other")
}

// TestRowsThatTheServerRefuses: each is told, by its row.
func TestRowsThatTheServerRefuses(t *testing.T) {
	for _, unordered := range []bool{false, true} {
		for _, way := range [][]monary.WriteOption{nil, {monary.PlainInsert()}} {
			coll, plain := collection(t)
			opts := append(way, monary.WriteBatch(3, 0))
			if unordered {
				opts = append(opts, monary.Unordered())
			}
			table := tableOf(t, monary.ColumnOf("_id", []int32{0, 1, 2, 3, 1, 5, 0, 7}, nil))
			res, err := coll.Insert(t.Context(), table, opts...)
			require.ErrorContains(t, err, "row 4: ")
			assert.True(t, mongo.IsDuplicateKeyError(err))
			n := 4
			if unordered {
				require.Len(t, res.Errors, 2)
				assert.EqualValues(t, 6, res.Errors[1].Row)
				assert.True(t, mongo.IsDuplicateKeyError(res.Errors[1]))
				n = 6
			}
			assert.EqualValues(t, n, res.Inserted)
			assert.Len(t, stored(t, plain), n)
			assert.Equal(t, map[bool]monary.Outcome{false: monary.NotTried, true: monary.Written}[unordered], res.Outcome(7))
		}
	}
}

// TestOddNames: what becomes of keys that are empty or begin with a dollar is the
// server's to say, by row, unless they would be something else in a command.
func TestOddNames(t *testing.T) {
	coll, plain := collection(t)
	table := tableOf(t, monary.ColumnOf("_id", []int32{1, 2}, nil), monary.ColumnOf("", []int32{1, 0}, []bool{true, false}), monary.ColumnOf("$x", []int32{0, 2}, []bool{false, true}))
	res, err := coll.Insert(t.Context(), table, monary.Unordered())
	for row, outcome := range []monary.Outcome{res.Outcome(0), res.Outcome(1)} {
		assert.Contains(t, []monary.Outcome{monary.Written, monary.Failed}, outcome, row)
	}
	assert.EqualValues(t, len(stored(t, plain)), res.Inserted)
	if res.Inserted < 2 {
		require.ErrorContains(t, err, "rows failed")
		assert.Positive(t, res.Errors[0].Code)
	}
}

// TestWritesOfManyBatches: more than a command takes.
func TestWritesOfManyBatches(t *testing.T) {
	coll, _ := collection(t)
	ids, texts := make([]int32, 12_000), make([]string, 12_000)
	for i := range ids {
		ids[i], texts[i] = int32(i), strings.Repeat("x", i%300)
	}
	table := tableOf(t, monary.ColumnOf("_id", ids, nil), monary.ColumnOf("s", texts, nil))
	res, err := coll.Insert(t.Context(), table, monary.WriteBatch(5000, 400_000))
	require.NoError(t, err)
	assert.EqualValues(t, len(ids), res.Inserted)
	n, err := coll.Count(t.Context(), nil)
	require.NoError(t, err)
	assert.EqualValues(t, len(ids), n)
}

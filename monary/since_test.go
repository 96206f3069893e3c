package monary_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

// valued is documents {_id, v} of the values; a missing one for a nil.
func valued(t *testing.T, values ...any) [][]byte {
	t.Helper()
	docs := make([][]byte, len(values))
	for i, v := range values {
		d := bson.D{{Key: "_id", Value: int32(i)}}
		if v != nil {
			d = append(d, bson.E{Key: "v", Value: v})
		}
		docs[i] = marshal(t, d)
	}
	return docs
}

func TestWindow(t *testing.T) {
	noon := time.Date(2015, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, why string
		values    []any
		window    monary.ReadOption
		want      []int32 // _ids
		mark      any     // nil: the zero value
	}{
		{name: "Numbers", why: "from is included, whatever its type of number", values: []any{1, int64(2), 2.5, int32(3)},
			window: monary.Since("v", 2.0), want: []int32{1, 2, 3}, mark: int32(3)},
		{name: "HalfOpen", why: "to is not included", values: []any{1, 2, 3, 4}, window: monary.Between("v", 2, 4), want: []int32{1, 2}, mark: int32(3)},
		{name: "Ties", why: "all with the greatest value, and these again next time", values: []any{1, 2, 2, 2}, window: monary.Since("v", 2), want: []int32{1, 2, 3}, mark: int32(2)},
		{name: "Times", values: []any{noon.Add(-time.Millisecond), noon, noon.Add(time.Hour)}, window: monary.Since("v", noon), want: []int32{1, 2}, mark: noon.Add(time.Hour)},
		{name: "Kind", why: "only values of the watermark's kind", values: []any{"9", nil, bson.Null{}, noon, 9, true, bson.MaxKey{}},
			window: monary.Since("v", 5), want: []int32{4}, mark: int32(9)},
		{name: "NaN", why: "is in no range", values: []any{math.NaN(), 1.0}, window: monary.Since("v", 0), want: []int32{1}, mark: 1.0},
		{name: "Array", why: "with an element that is new; it gives no watermark", values: []any{bson.A{1, 9}, 5}, window: monary.Since("v", 4), want: []int32{0, 1}, mark: int32(5)},
		{name: "FirstRead", why: "no watermark yet: all documents, those without a value too", values: []any{nil, 3, bson.Null{}, 7}, window: monary.Since("v", nil),
			want: []int32{0, 1, 2, 3}, mark: int32(7)},
		{name: "FirstReadRaw", why: "what Watermark gives of nothing", values: []any{3}, window: monary.Since("v", bson.RawValue{}), want: []int32{0}, mark: int32(3)},
		{name: "FirstReadOfNothing", window: monary.Since("v", monary.Value{})},
		{name: "NothingNew", why: "the next read begins where this one did", values: []any{1, 2}, window: monary.Since("v", 5), mark: int32(5)},
		{name: "OnlyTo", values: []any{1, 2, nil}, window: monary.Between("v", nil, 2), want: []int32{0}, mark: int32(1)},
		{name: "Value", values: []any{"a", "b"}, window: monary.Since("v", monary.StringValue("b")), want: []int32{1}, mark: "b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, opts := range map[string][]monary.ReadOption{"one": nil, "partitions": {monary.Partitions(2)}, "plain": {monary.PlainCursor()}, "sorted": {byID}} {
				server, m := serving(t, valued(t, c.values...), func(s *replay.Server) { s.Select, s.MaxBatch = replay.Matching, 2 })
				coll := m.Collection("db", "c")
				r, err := coll.Find(t.Context(), bson.M{"_id": bson.M{"$exists": true}}, monary.MustSchema("_id int32"), append(opts, c.window)...)
				require.NoError(t, err)
				table, err := r.Table()
				require.NoError(t, err, name)
				ids, err := monary.Values[int32](table, "_id")
				require.NoError(t, err)
				assert.ElementsMatch(t, c.want, ids, "%s: %s", name, c.why)
				want := bson.RawValue{}
				if c.mark != nil {
					want = valueOf(t, c.mark).Raw()
				}
				assert.True(t, want.Equal(r.Watermark()), "%s: %s is the watermark, not %s (%s)", name, r.Watermark(), want, c.why)
				assert.Equal(t, `{"$numberInt":"1"}`, server.Requests("find")[0].Body.Lookup("projection", "v").String(), "the field comes for this")
			}
		})
	}
}

// TestPartitionsOfAWindow: bounds are sampled where the window is, which may be at the
// end of the collection.
func TestPartitionsOfAWindow(t *testing.T) {
	server, m := serving(t, numbered(t, 100), func(s *replay.Server) { s.Select = replay.Matching })
	_, err := m.Query(t.Context(), "db", "c", nil, []string{"text"}, []string{"string"}, monary.Since("_id", 90), monary.Partitions(2))
	require.NoError(t, err)
	assert.Equal(t, `{"_id": {"$gte": {"$numberInt":"90"}}}`, server.Requests("aggregate")[0].Body.Lookup("pipeline", "0", "$match").String())
}

// TestWindowOfCount: the filter is the same.
func TestWindowOfCount(t *testing.T) {
	server, m := serving(t, [][]byte{marshal(t, bson.M{"n": 3})}, nil)
	_, err := m.Collection("db", "c").Count(t.Context(), bson.M{"a": 1}, monary.Between("v", 2, 4))
	require.NoError(t, err)
	assert.Equal(t, `{"$and": [{"a": {"$numberInt":"1"}},{"v": {"$gte": {"$numberInt":"2"},"$lt": {"$numberInt":"4"}}}]}`,
		server.Requests("aggregate")[0].Body.Lookup("pipeline", "0", "$match").String())
}

// TestWatermarkOfABrokenRead: what did not arrive is not left out next time.
func TestWatermarkOfABrokenRead(t *testing.T) {
	_, m := serving(t, numbered(t, 100), onMore(2, replay.Fault{Cut: true}))
	r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, monary.Since("_id", 7))
	require.NoError(t, err)
	assert.Equal(t, int32(7), r.Watermark().Int32(), "before anything was read")
	table, err := r.Table()
	require.Error(t, err)
	assert.Equal(t, 30, table.NumRows())
	assert.Equal(t, int32(7), r.Watermark().Int32())

	r, err = m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, monary.Since("_id", 7), monary.BatchRows(10))
	require.NoError(t, err)
	for _, err := range r.Batches() {
		require.NoError(t, err)
		break
	}
	assert.Equal(t, int32(7), r.Watermark().Int32(), "the loop was left")

	r, err = m.Collection("db", "c").Find(t.Context(), nil, numberedSchema)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.True(t, r.Watermark().IsZero(), "the read has no window")
}

// TestWindowsRefused: what has no meaning is told before the server is asked.
func TestWindowsRefused(t *testing.T) {
	noon := time.Date(2015, 1, 1, 12, 0, 0, 0, time.UTC)
	server, m := serving(t, nil, nil)
	coll := m.Collection("db", "c")
	for want, opts := range map[string][]monary.ReadOption{
		`what is from 4 (32-bit integer) and before 4 (32-bit integer) is wanted, which is nothing`: {monary.Between("v", 4, 4)},
		`what is from 5 (32-bit integer) and before 4 (32-bit integer) is wanted, which is nothing`: {monary.Between("v", 5, 4)},
		`what is from x (string) and before 4 (32-bit integer) is wanted, which is nothing`:         {monary.Between("v", "x", 4)},
		`is wanted, which is nothing`:                        {monary.Between("v", time.Time{}, time.Time{})}, // a run without an interval
		`of type boolean; values of that kind have no range`: {monary.Since("v", true)},
		`of type array; values of that kind have no range`:   {monary.Since("v", bson.A{1})},
		`of type double; values of that kind have no range`:  {monary.Since("v", math.NaN())},
		`the bound to of field "v"`:                          {monary.Between("v", noon, make(chan int))},
		`the field "a..b" to read by`:                        {monary.Since("a..b", 1)},
		`the field "" to read by: a filter cannot name it`:   {monary.Since("", 1)},
		`the field "$v" to read by: a filter cannot name it`: {monary.Since("$v", 1)},
		`the field "a\\.b" to read by: a filter cannot name`: {monary.Since(`a\.b`, 1)},
		`which may hide the field "v" that it reads by`:      {monary.Since("v", 1), monary.FindOptions(options.Find().SetProjection(bson.M{"x": 1}))},
	} {
		_, err := coll.Find(t.Context(), nil, numberedSchema, opts...)
		require.ErrorContains(t, err, want)
		assert.Regexp(t, "^monary: [^:]*", err.Error())
	}
	_, err := coll.Count(t.Context(), nil, monary.Since("v", true))
	require.ErrorContains(t, err, "have no range")
	assert.Empty(t, server.Requests("find"))

	_, err = coll.Aggregate(t.Context(), bson.A{}, numberedSchema, monary.Since("v", 1))
	require.EqualError(t, err, `monary: aggregate cannot read by the field "v"; begin the pipeline with a $match`)
	file, err := pipeline.Open(testdata.Path("zips.bson.gz"))
	require.NoError(t, err)
	_, err = file.Find(t.Context(), nil, numberedSchema, monary.Since("v", 1))
	require.EqualError(t, err, `monary: a source without a server cannot read by the field "v"; give it a filter`)
}

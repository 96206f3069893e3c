package pipeline_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

func TestFind(t *testing.T) {
	src := openDocs(t, people...)
	for name, c := range map[string]struct {
		filter any
		want   []string
	}{
		"nil":        {nil, []string{`"Ada"`, `"Bo"`, `"Cy"`, `"Di"`}},
		"empty D":    {bson.D{}, []string{`"Ada"`, `"Bo"`, `"Cy"`, `"Di"`}},
		"nil D":      {bson.D(nil), []string{`"Ada"`, `"Bo"`, `"Cy"`, `"Di"`}},
		"empty M":    {bson.M{}, []string{`"Ada"`, `"Bo"`, `"Cy"`, `"Di"`}},
		"D":          {d("city", "Oslo"), []string{`"Bo"`, `"Di"`}},
		"M":          {bson.M{"city": "Oslo", "age": bson.M{"$gt": 18}}, []string{`"Di"`}},
		"Go map":     {map[string]any{"age": map[string]int{"$lt": 30, "$gt": 7}}, []string{`"Di"`}},
		"JSON":       {`{"age": {"$ne": 7}}`, []string{`"Ada"`, `"Cy"`, `"Di"`}},
		"JSON bytes": {[]byte(`{"name": "Cy"}`), []string{`"Cy"`}},
		"Raw":        {raws(t, []bson.D{d("name", "Cy")})[0], []string{`"Cy"`}},
		"no match":   {d("nothing", 1), []string{}},
		"absent":     {d("nothing", nil, "age", 7), []string{`"Bo"`}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, rows := range []int{1, 3, 1024} {
				r, err := src.Find(context.Background(), c.filter, monary.MustSchema("name string"), monary.BatchRows(rows))
				require.NoError(t, err)
				got, err := r.Table()
				require.NoError(t, err)
				assert.Equal(t, c.want, column(t, got, "name"))
			}
			n, err := src.Count(context.Background(), c.filter)
			require.NoError(t, err)
			assert.Equal(t, int64(len(c.want)), n)
		})
	}
}

func TestFindRefused(t *testing.T) {
	src := openDocs(t, people...)
	for name, filter := range map[string]any{
		"number": 3, "list": bson.A{}, "operator": d("$or", bson.A{}), "regex": d("name", bson.Regex{Pattern: "A(?!b)"}),
		"JSON": `{"name": `, "JSON list": `[]`, "wide map": d("age", bson.M{"x": 1, "y": 2}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := src.Find(context.Background(), filter, monary.MustSchema("name string"))
			require.Error(t, err)
			assert.Regexp(t, `^(pipeline|monary): `, err.Error())
			_, err = src.Count(context.Background(), filter)
			require.Error(t, err)
		})
	}
}

func TestOpenRefused(t *testing.T) {
	_, err := pipeline.Open(filepath.Join(t.TempDir(), "none.bson"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = pipeline.Open("data.parquet")
	require.ErrorContains(t, err, "parquet")
}

// The schema applies to the output: types, nested paths, absent fields.
func TestSchemaOfOutput(t *testing.T) {
	src := openDocs(t, d("k", d("x", 1, "y", bson.A{"p", "q"}), "v", 2), d("k", d("x", 1, "y", bson.A{"p", "q"}), "v", 3), d("k", 5, "v", 1e300))
	r, err := src.Aggregate(context.Background(), stage("$group", d("_id", "$k", "sum", d("$sum", "$v"))),
		monary.MustSchema("_id.x int64", "_id.y.1 string", "sum int32", "Sum int32", "_id any"))
	require.NoError(t, err)
	got, err := r.Table()
	require.NoError(t, err)
	assert.Equal(t, []string{"int64 1", "null"}, column(t, got, "_id.x"))
	assert.Equal(t, []string{`"q"`, "null"}, column(t, got, "_id.y.1"))
	assert.Equal(t, []string{"int32 5", "null"}, column(t, got, "sum"))
	assert.Equal(t, []string{`{"x":1,"y":["p","q"]}`, "int32 5"}, column(t, got, "_id"))
	assert.Equal(t, []string{"Sum"}, r.Report().Absent())
	assert.Equal(t, int64(2), r.Report().Documents)
	assert.Equal(t, int64(1), r.Report().Columns[2].Of(monary.Overflow))
	assert.Equal(t, int64(1), r.Report().Columns[0].Of(monary.Missing))
}

// Without $group the schema reads documents just as Find does.
func TestSchemaOfDocuments(t *testing.T) {
	src := openDocs(t, d("k", d("x", 1), "a", bson.A{7, 8}), d("k", nil), d("a", bson.A{}))
	for _, pipe := range []bson.A{{}, stage("$match", d()), stage("$match", d("k", d("$ne", 77))), stage("$sort", d("none", 1)), stage("$limit", 9)} {
		r, err := src.Aggregate(context.Background(), pipe, monary.MustSchema("k.x int32", "a.1 int64", "typo any", "k any"))
		require.NoError(t, err)
		got, err := r.Table()
		require.NoError(t, err)
		assert.Equal(t, [][]string{{"int32 1", "int64 8", "missing", `{"x":1}`}, {"null", "null", "missing", "null"}, {"null", "null", "missing", "missing"}}, cells(got))
		assert.Equal(t, []string{"typo"}, r.Report().Absent())
	}
}

// A key with a dot in it is reached by its escaped name only.
func TestLiteralDots(t *testing.T) {
	src := openDocs(t, d("a.b", 1, "a", d("b", 2)), d("a.b", 3, "a", d("b", 4)))
	r, err := src.Find(context.Background(), d("a.b", 4), monary.MustSchema(`a\.b int32`, "a.b int32"))
	require.NoError(t, err)
	got, err := r.Table()
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"int32 3", "int32 4"}}, cells(got))
}

// A dump that ends in the middle of a document gives the rows before it.
func TestTruncated(t *testing.T) {
	content := marshal(t, people)
	src := openBytes(t, "cut.bson", content[:len(content)-3])
	for name, c := range map[string]struct {
		pipe bson.A
		want []string
	}{
		"none":   {bson.A{}, []string{`"Ada"`, `"Bo"`, `"Cy"`}},
		"$match": {stage("$match", d("city", "London")), []string{`"Ada"`, `"Cy"`}},
		"$limit": {stage("$limit", 4), []string{`"Ada"`, `"Bo"`, `"Cy"`}},
		"both":   {bson.A{d("$limit", 50), d("$match", d("age", d("$lt", 40)))}, []string{`"Ada"`, `"Bo"`}},
	} {
		for _, rows := range []int{1, 2, 1024} {
			r, err := src.Aggregate(context.Background(), c.pipe, monary.MustSchema("name any"), monary.BatchRows(rows))
			require.NoError(t, err)
			got, err := r.Table()
			var at *monary.DecodeError
			require.ErrorAs(t, err, &at, name)
			assert.Equal(t, int64(3), at.Doc)
			assert.NotErrorAs(t, err, new(*pipeline.StageError), "no stage is to blame")
			require.NotNil(t, got)
			assert.Equal(t, c.want, column(t, got, "name"), "%s in batches of %d", name, rows)
		}
	}
	for _, s := range []bson.A{stage("$group", d("_id", nil)), stage("$sort", d("age", 1))} {
		_, err := aggregate(t, src, s, "_id")
		require.ErrorAs(t, err, new(*monary.DecodeError), "a total of part of the data is no total")
	}
	_, err := src.Count(context.Background(), d())
	require.ErrorAs(t, err, new(*monary.DecodeError))
	_, err = src.Count(context.Background(), nil)
	require.ErrorAs(t, err, new(*monary.DecodeError))
}

// $limit stops reading: what comes after its last row is not looked at.
func TestLimitStops(t *testing.T) {
	src := openBytes(t, "bad.bson", append(marshal(t, people), "garbage"...))
	for _, rows := range []int{1, 3, 1024} {
		for n := 1; n <= 4; n++ {
			r, err := src.Aggregate(context.Background(), stage("$limit", n), monary.MustSchema("name any"), monary.BatchRows(rows))
			require.NoError(t, err)
			got, err := r.Table()
			require.NoError(t, err, "limit %d in batches of %d", n, rows)
			assert.Equal(t, n, got.NumRows())
		}
	}
	got, err := aggregate(t, src, bson.A{d("$match", d("city", "Oslo")), d("$limit", 2), d("$group", d("_id", nil, "n", d("$sum", "$age")))}, "n")
	require.NoError(t, err)
	assert.Equal(t, []string{"int32 36"}, column(t, got, "n"))
}

func TestCancel(t *testing.T) {
	var docs []bson.D
	for i := range 10_000 {
		docs = append(docs, d("i", i))
	}
	src := openDocs(t, docs...)
	for name, pipe := range map[string]bson.A{"$match": stage("$match", d("i", d("$gte", 0))), "$group": stage("$group", d("_id", "$i")), "$sort": stage("$sort", d("i", -1))} {
		ctx, cancel := context.WithCancel(context.Background())
		r, err := src.Aggregate(ctx, pipe, monary.MustSchema("i any"), monary.BatchRows(10))
		require.NoError(t, err)
		cancel()
		_, err = r.Table()
		require.ErrorIs(t, err, context.Canceled, name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err := src.Aggregate(ctx, stage("$match", d("i", d("$gte", 0))), monary.MustSchema("i int32"), monary.BatchRows(10))
	require.NoError(t, err)
	rows, failure := 0, error(nil)
	for batch, err := range r.Batches() {
		if failure = err; err == nil {
			rows += batch.NumRows()
		}
		cancel()
	}
	require.ErrorIs(t, failure, context.Canceled)
	assert.Less(t, rows, 1000, "it stops soon")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = src.Count(cancelled, d("i", 1))
	require.ErrorIs(t, err, context.Canceled)
}

// A reader may be left early or unread; it is for one pass, and afterwards the
// file is closed.
func TestClose(t *testing.T) {
	src, before := openDocs(t, people...), openFiles()
	for _, use := range []func(*monary.Reader){
		func(*monary.Reader) {},
		func(r *monary.Reader) {
			for range r.Batches() {
				break
			}
		},
		func(r *monary.Reader) { _, _ = r.Table() },
	} {
		r, err := src.Aggregate(context.Background(), stage("$match", d()), monary.MustSchema("name any"), monary.BatchRows(1))
		require.NoError(t, err)
		use(r)
		require.NoError(t, r.Close())
		require.NoError(t, r.Close())
		assert.Equal(t, before, openFiles())
		_, err = r.Table()
		require.ErrorIs(t, err, monary.ErrReaderUsed)
	}
}

// openFiles counts the process's open files, where the system tells.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// An empty filter and an empty pipeline read what no filter reads, also from
// CSV, where the schema says how text is to be understood.
func TestEmptyOnCSV(t *testing.T) {
	src := openBytes(t, "z.csv", []byte("zip,when,on,x\n01234,2014-02-03T00:00:00Z,true,1\n98101,,,\n"))
	schema := monary.MustSchema("zip string", "when date", "on bool", "x float64")
	read := func(r *monary.Reader, err error) [][]string {
		require.NoError(t, err)
		got, err := r.Table()
		require.NoError(t, err)
		return cells(got)
	}
	want := read(src.Find(context.Background(), nil, schema))
	require.Equal(t, [][]string{{`"01234"`, "date 1391385600000", "true", "double 1"}, {`"98101"`, "null", "null", "null"}}, want)
	assert.Equal(t, want, read(src.Find(context.Background(), d(), schema)), "empty filter")
	assert.Equal(t, want, read(src.Aggregate(context.Background(), bson.A{}, schema)), "empty pipeline")
}

// Files of every kind give the same.
func TestKindsOfFile(t *testing.T) {
	var text bytes.Buffer
	for _, p := range people {
		line, err := bson.MarshalExtJSON(p, true, false)
		require.NoError(t, err)
		text.Write(append(line, '\n'))
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write(marshal(t, people))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	csv := "name,age,city\nAda,36,London\nBo,7,Oslo\nCy,51,London\nDi,29,Oslo\n"
	pipe := bson.A{d("$match", d("age", d("$gt", 7))), d("$group", d("_id", "$city", "age", d("$sum", "$age"))), d("$sort", d("age", 1))}
	for name, content := range map[string][]byte{"p.bson": marshal(t, people), "p.bson.gz": zipped.Bytes(), "p.jsonl": text.Bytes(), "p.json": text.Bytes(), "p.csv": []byte(csv)} {
		t.Run(name, func(t *testing.T) {
			src := openBytes(t, name, content)
			got, err := aggregate(t, src, pipe, "_id", "age")
			require.NoError(t, err)
			assert.Equal(t, [][]string{{`"Oslo"`, "int32 29"}, {`"London"`, "int32 87"}}, cells(got))
			n, err := src.Count(context.Background(), d("city", "Oslo"))
			require.NoError(t, err)
			assert.Equal(t, int64(2), n)
		})
	}
}

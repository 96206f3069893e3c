package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

// compound is a filter with any operators, nested; the share of documents that it keeps is none to all.
func (g generator) compound(depth int) bson.D {
	path := pick(g, matchPaths...)
	if depth > 0 && g.IntN(2) == 0 {
		return d(pick(g, "$and", "$or", "$nor"), bson.A{g.compound(depth - 1), g.compound(depth - 1)})
	}
	switch g.IntN(10) {
	case 0:
		return d(path, d("$in", g.array(1)))
	case 1:
		return d(path, d("$nin", bson.A{g.scalar(), bson.Regex{Pattern: "^a"}}))
	case 2:
		return d(path, d("$exists", g.IntN(2) == 0))
	case 3:
		return d(path, d("$type", pick[any](g, "number", "string", "array", bson.A{"null", "object"})))
	case 4:
		return d(path, d("$regex", pick(g, "a", "^$", "b$"), "$options", "i"))
	case 5:
		return d(path, d("$not", d(pick(g, "$lt", "$eq", "$gt"), g.scalar())))
	case 6:
		return d(path, d("$elemMatch", d(pick(g, "$gte", "$ne"), g.scalar())))
	case 7: // fails for texts and lists
		return d("$expr", d("$gt", bson.A{d("$add", bson.A{"$" + pick(g, "i", "i", "i", "a"), 1}), int32(g.IntN(160))}))
	case 8:
		return d("i", d(pick(g, "$lt", "$gte"), int32(pick(g, 1, 15, 75, 148))))
	}
	return g.match(matchPaths)
}

// behind is the pipeline with a stage in front that keeps its filters out of the decoder.
func behind(pipe bson.A) bson.A { return append(bson.A{d("$skip", 0)}, pipe...) }

// cause is an error without the number of its stage.
func cause(err error) string {
	var at *pipeline.StageError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return fmt.Sprint(err)
}

// Whatever is asked in the decoder gives the rows, the counts and the errors that it gives behind it, for any filters, batches and
// workers, of columns and of whole documents.
func TestPushdownChangesNothing(t *testing.T) {
	failures := 0
	seeds := uint64(4)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		g := generator{rand.New(rand.NewPCG(seed, 31))}
		docs := g.documents(90)
		src := openDocs(t, docs...)
		for range 25 {
			filter := g.compound(2)
			pipe := bson.A{d("$match", filter)}
			if g.IntN(3) == 0 {
				pipe = append(pipe, d("$match", g.compound(0)))
			}
			names := fields
			switch g.IntN(4) {
			case 0:
				pipe, names = append(pipe, d("$project", d("doc", "$$ROOT"))), []string{"doc"}
			case 1:
				pipe, names = append(pipe, d("$group", d("_id", "$a", "n", d("$sum", 1), "b", d("$push", "$b")))), []string{"_id", "n", "b"}
			case 2:
				names = []string{"b", "n.x"}
			}
			about := relaxed([]bson.D{d("p", pipe)})
			want, failed := aggregate(t, src, behind(pipe), names...)
			if failed != nil {
				failures++
			}
			for _, rows := range []int{1, 3, 1024} {
				for _, workers := range []int{1, 4} {
					r, err := src.Aggregate(context.Background(), pipe, anySchema(t, names...), monary.BatchRows(rows), monary.Workers(workers))
					require.NoError(t, err, about)
					got, err := r.Table()
					if failed != nil {
						require.Error(t, err, about)
						require.Equal(t, cause(failed), cause(err), about)
						continue
					}
					require.NoError(t, err, about)
					require.Equal(t, cells(want), cells(got), "%s in batches of %d by %d workers", about, rows, workers)
				}
			}
			n, err := src.Count(context.Background(), filter)
			matched, failed := aggregate(t, src, behind(bson.A{d("$match", filter), d("$project", d("_id", 1))}), "_id")
			require.Equal(t, failed != nil, err != nil, about)
			if err == nil {
				require.EqualValues(t, matched.NumRows(), n, about)
			}
		}
	}
	assert.Positive(t, failures, "some filters fail")
	assert.Less(t, failures, 50, "most do not")
}

// A malformed document that passes is an error where it is, and the rows before it are there; of one that does not pass only that is
// seen which hides where its fields are.
func TestPushdownAndMalformedDocuments(t *testing.T) {
	good, left := marshal(t, []bson.D{d("k", 1, "s", "good")}), marshal(t, []bson.D{d("k", 2, "s", "good")})
	spoilt := func(doc []byte, at int, b byte) []byte {
		doc = append([]byte{}, doc...)
		doc[at] = b
		return doc
	}
	const text, typ = 18, 11 // of s
	for name, c := range map[string]struct {
		bad   []byte
		cause error
	}{
		"passes, text": {spoilt(good, text, 0xff), monary.ErrUTF8}, "passes, type": {spoilt(good, typ, 0x77), monary.ErrElement},
		"does not, text": {spoilt(left, text, 0xff), nil}, "does not, type": {spoilt(left, typ, 0x77), monary.ErrElement},
	} {
		t.Run(name, func(t *testing.T) {
			var data []byte
			for _, doc := range [][]byte{good, left, good, c.bad, good} {
				data = append(data, doc...)
			}
			src := openBytes(t, "d.bson", data)
			for _, pipe := range []bson.A{stage("$match", d("k", 1)), {d("$match", d("k", 1)), d("$replaceWith", "$$ROOT")}} {
				for _, rows := range []int{1, 2, 1024} {
					r, err := src.Aggregate(context.Background(), pipe, anySchema(t, "s"), monary.BatchRows(rows))
					require.NoError(t, err)
					table, err := r.Table()
					if c.cause == nil {
						require.NoError(t, err)
						require.Equal(t, 3, table.NumRows())
						continue
					}
					var at *monary.DecodeError
					require.ErrorAs(t, err, &at)
					require.ErrorIs(t, err, c.cause)
					require.Equal(t, int64(3), at.Doc)
					require.Equal(t, "s", at.Path)
					require.Equal(t, 2, table.NumRows())
				}
			}
		})
	}
}

// Explain tells what is decoded first, and behind the run how many documents passed. Its numbers but for times are always the same.
func TestExplainPushdown(t *testing.T) {
	zips, err := pipeline.Open(testdata.Path("zips.bson.gz"))
	require.NoError(t, err)
	large := d("$match", d("pop", d("$gt", 50_000), "state", d("$in", bson.A{"NY", "CA"})))
	for _, c := range []struct {
		name      string
		pipe      bson.A
		plan, ran string
	}{
		{"columns", bson.A{large, d("$match", d("loc.0", d("$lt", 100))), d("$sort", d("pop", -1))},
			`here    read: filter by pop, state, then by loc; then city, pop of the documents that pass
here    $match {"pop":{"$gt":50000},"state":{"$in":["NY","CA"]}}, while reading
here    $match {"loc.0":{"$lt":100}}, while reading
here    $sort {"pop":-1}
output  city string
`, `here    read: filter by pop, state, then by loc; then city, pop of the documents that pass: 236 rows, TIME
here    $match {"pop":{"$gt":50000},"state":{"$in":["NY","CA"]}}: 29353 rows to 236, while reading
here    $match {"loc.0":{"$lt":100}}: 236 rows to 236, while reading
here    $sort {"pop":-1}: 236 rows to 236, TIME
output  city string
`},
		{"whole documents", bson.A{large, d("$replaceWith", "$$ROOT")},
			`here    read: filter by pop, state; then the whole of the documents that pass
here    $match {"pop":{"$gt":50000},"state":{"$in":["NY","CA"]}}, while reading
here    $replaceWith $$ROOT
output  city string
`, `here    read: filter by pop, state; then the whole of the documents that pass: 236 rows, TIME
here    $match {"pop":{"$gt":50000},"state":{"$in":["NY","CA"]}}: 29353 rows to 236, while reading
here    $replaceWith $$ROOT: 236 rows to 236, TIME
output  city string
`},
		{"not in front", bson.A{d("$skip", 0), large},
			`here    $skip 0
here    $match {"pop":{"$gt":50000},"state":{"$in":["NY","CA"]}}
output  city string
`, `here    read: 29353 rows, TIME
here    $skip 0: 29353 rows to 29353, TIME
here    $match {"pop":{"$gt":50000},"state":{"$in":["NY","CA"]}}: 29353 rows to 236, TIME
output  city string
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := pipeline.NewPlan(zips, c.pipe, monary.MustSchema("city string"))
			require.NoError(t, err)
			assert.Equal(t, c.plan, p.Explain())
			planned(t, p)
			assert.Equal(t, c.ran, regexp.MustCompile(`, [0-9.]+[a-zµ]+\n`).ReplaceAllString(p.Explain(), ", TIME\n"))
		})
	}
}

// Documents that a server sends are filtered in the decoder as well, where their fields are columns.
func TestPushdownOnAServer(t *testing.T) {
	server := replay.Start(t)
	var raw [][]byte
	for _, doc := range towns(400) {
		raw = append(raw, marshal(t, []bson.D{doc}))
	}
	server.Serve("db.c", raw)
	client, err := monary.Connect(t.Context(), server.URI())
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close(context.Background())) }()
	all, err := pipeline.NewPlan(openDocs(t, towns(400)...), planPipe, anySchema(t, "_id", "count"))
	require.NoError(t, err)
	want := planned(t, all)
	for name, opts := range map[string][]monary.ReadOption{"prefetch": nil, "none": {monary.Prefetch(-1), monary.Workers(1)}, "small": {monary.BatchRows(3)}} {
		p, err := pipeline.NewPlan(client.Collection("db", "c"), planPipe, anySchema(t, "_id", "count"), pipeline.LocalOnly(), pipeline.Reading(opts...))
		require.NoError(t, err)
		assert.Equal(t, want, planned(t, p), name)
		assert.Contains(t, p.Explain(), "here    read: filter by i; then state, i of the documents that pass: 390 rows, ")
		assert.Contains(t, p.Explain(), ": 400 rows to 390, while reading (as LocalOnly says)")
	}
	count, err := pipeline.NewPlan(client.Collection("db", "c"), bson.A{planPipe[0], d("$count", "n")}, anySchema(t, "n"), pipeline.LocalOnly())
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"int32 390"}}, planned(t, count))
}

// A condition of the caller's is one on the output, whose columns it may name beside the schema's.
func TestWhereOnTheOutput(t *testing.T) {
	grown := monary.Where(monary.MustSchema("sum int64"), func(t *monary.Table, keep []bool) error {
		sum, err := monary.Values[int64](t, "sum")
		for row := range sum {
			keep[row] = sum[row] > 50
		}
		return err
	})
	pipe := bson.A{d("$match", d("age", d("$gt", 7))), d("$group", d("_id", "$city", "sum", d("$sum", "$age")))}
	memory, err := pipeline.NewMemory(raws(t, people)...)
	require.NoError(t, err)
	for _, src := range []monary.Source{openDocs(t, people...), memory} {
		r, err := src.Aggregate(t.Context(), pipe, monary.MustSchema("_id string"), grown)
		require.NoError(t, err)
		got, err := r.Table()
		require.NoError(t, err)
		assert.Equal(t, [][]string{{`"London"`}}, cells(got))
		assert.Equal(t, int64(1), r.Report().Filtered)
	}
}

package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// readings are documents of a few long series, with numbers, gaps, texts and dates.
func readings(n int) []bson.D {
	docs := make([]bson.D, n)
	for i := range docs {
		k := i * 7919 % n
		docs[i] = d("k", int32(k), "at", bson.DateTime(k*1000), "series", []string{"a", "a", "a", "b"}[i%4], "x", float64(k%97)/8, "y", int64(k%13), "name", fmt.Sprint("reading ", k%11))
		if k%5 != 0 {
			docs[i] = append(docs[i], bson.E{Key: "v", Value: int32(k % 17)})
		}
	}
	return docs
}

// withSources runs a pipeline on "docs" without a limit, with a small one and files, and with a small one alone: the
// first two agree, row by row, and the last says how much was needed.
func withSources(t *testing.T, sources pipeline.Sources, limit int64, pipe ...bson.D) {
	t.Helper()
	want, err := answer(sources, pipe, monary.MemoryLimit(1<<40), monary.BatchRows(500))
	require.NoError(t, err)
	for _, rows := range []int{7, 500} {
		got, err := answer(sources, pipe, monary.MemoryLimit(limit), monary.AllowDiskUse(), monary.BatchRows(rows))
		require.NoError(t, err)
		sameRows(t, rowsOf(want, nil), rowsOf(got, nil), relaxed(pipe))
	}
	_, err = answer(sources, pipe, monary.MemoryLimit(limit))
	require.ErrorIs(t, err, pipeline.ErrMemory, relaxed(pipe))
	assert.ErrorContains(t, err, fmt.Sprintf("bytes or more, the limit is %d; monary.AllowDiskUse", limit))
}

func TestStagesBeyondMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("runs each stage over files; none of them starts a goroutine")
	}
	tempFolder(t)
	sources := pipeline.Sources{"docs": openDocs(t, readings(2500)...)}
	by := d("$sum", "$x", "window", d("documents", bson.A{int32(-3), int32(3)}))
	for name, pipe := range map[string]bson.D{
		"bucketAuto":              d("$bucketAuto", d("groupBy", "$x", "buckets", int32(7), "output", d("n", d("$sum", "$v"), "names", d("$addToSet", "$name")))),
		"bucketAuto, rounded":     d("$bucketAuto", d("groupBy", "$k", "buckets", int32(9), "granularity", "R5")),
		"bucketAuto, all lists":   d("$bucketAuto", d("groupBy", "$k", "buckets", int32(40), "output", d("all", d("$push", "$k")))),
		"sample":                  d("$sample", d("size", int32(2000), "seed", int32(4))),
		"partitions":              d("$setWindowFields", d("partitionBy", "$name", "sortBy", d("k", int32(1)), "output", d("s", by))),
		"fill":                    d("$fill", d("partitionBy", d("s", "$series"), "sortBy", d("k", int32(1)), "output", d("v", d("method", "linear"), "y", d("value", int32(0))))),
		"densify":                 d("$densify", d("field", "k", "range", d("step", 0.5, "bounds", "full"))),
		"densify, each partition": d("$densify", d("field", "at", "partitionByFields", bson.A{"name"}, "range", d("step", int32(700), "unit", "millisecond", "bounds", "partition"))),
	} {
		t.Run(name, func(t *testing.T) { withSources(t, sources, 20_000, pipe) })
	}
}

// A partition that does not fit is read from files, by as many cursors as an operator needs.
func TestPartitionBeyondMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("runs each window operator over files; none of them starts a goroutine")
	}
	tempFolder(t)
	sources := pipeline.Sources{"docs": openDocs(t, readings(1000)...)}
	window := func(op string, of any, kind string, bounds ...any) bson.D {
		w := d(kind, bson.A(bounds))
		if kind == "range" && op != "$avg" {
			w = append(w, bson.E{Key: "unit", Value: "second"})
		}
		return d(op, of, "window", w)
	}
	dates := map[string]bool{"range": true, "derivative": true, "integral": true, "integral of windows": true}
	for name, output := range map[string]bson.D{
		"rank":                     d("$rank", bson.D{}),
		"documentNumber":           d("$documentNumber", bson.D{}),
		"shift":                    d("$shift", d("output", "$x", "by", int32(-40), "default", "none")),
		"shift ahead":              d("$shift", d("output", "$x", "by", int32(3))),
		"locf":                     d("$locf", "$v"),
		"expMovingAvg":             d("$expMovingAvg", d("input", "$x", "N", int32(9))),
		"linearFill":               d("$linearFill", "$v"),
		"all":                      d("$stdDevPop", "$x"),
		"so far":                   window("$sum", "$x", "documents", "unbounded", "current"),
		"from here":                window("$sum", "$x", "documents", "current", "unbounded"),
		"around":                   window("$avg", "$x", "documents", int32(-5), int32(9)),
		"least ahead":              window("$min", "$x", "documents", int32(1), int32(20)),
		"greatest from here":       window("$max", "$name", "documents", "current", "unbounded"),
		"others":                   window("$addToSet", "$v", "documents", int32(-2), int32(2)),
		"decimals":                 window("$sum", d("$toDecimal", "$x"), "documents", int32(-9), int32(0)),
		"a decimal now and then":   window("$sum", d("$cond", bson.A{d("$eq", bson.A{d("$mod", bson.A{"$k", int32(100)}), int32(0)}), d("$toDecimal", "$x"), "$x"}), "documents", int32(-9), int32(0)),
		"range":                    window("$sum", "$x", "range", int32(-30), int32(1)),
		"range of numbers":         window("$avg", "$x", "range", -2.5, "unbounded"),
		"derivative":               d("$derivative", d("input", "$x", "unit", "second"), "window", d("documents", bson.A{int32(-4), "current"})),
		"integral":                 d("$integral", d("input", "$v", "unit", "minute")),
		"integral of windows":      d("$integral", d("input", "$v", "unit", "minute"), "window", d("documents", bson.A{int32(-3), int32(3)})),
		"covariance":               window("$covariancePop", bson.A{"$x", "$v"}, "documents", int32(-6), "current"),
		"covariance of all":        d("$covarianceSamp", bson.A{"$x", "$v"}),
		"chance, which has a seed": window("$sum", d("$rand", d("seed", int32(3))), "documents", int32(-2), int32(2)),
	} {
		t.Run(name, func(t *testing.T) {
			by := "k"
			if dates[name] {
				by = "at"
			}
			withSources(t, sources, 20_000, d("$setWindowFields", d("sortBy", d(by, int32(1)), "output", d("w", output))))
		})
	}
}

// What is of one piece has no place on disk, and the error says so.
func TestOnePieceBeyondMemory(t *testing.T) {
	tempFolder(t)
	sources := pipeline.Sources{"docs": openDocs(t, readings(2500)...)}
	list := func(op string) bson.D { return d("all", d(op, "$k")) }
	for name, pipe := range map[string]bson.D{
		"a group":          d("$group", append(d("_id", nil), list("$push")...)),
		"the first n":      d("$group", d("_id", nil, "n", d("$firstN", d("n", int32(2000), "input", "$name")))),
		"the greatest n":   d("$group", d("_id", nil, "n", d("$topN", d("n", int32(2000), "sortBy", d("k", int32(1)), "output", "$name")))),
		"a bucket":         d("$bucketAuto", d("groupBy", "$k", "buckets", int32(2), "output", list("$push"))),
		"a window":         d("$setWindowFields", d("sortBy", d("k", int32(1)), "output", d("w", d("$stdDevPop", "$k", "window", d("documents", bson.A{int32(-1000), int32(1000)}))))),
		"a growing window": d("$setWindowFields", d("sortBy", d("k", int32(1)), "output", list("$push"))),
		"facet's output":   d("$facet", d("x", bson.A{d("$match", d("k", d("$gte", int32(0))))})),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := answer(sources, []bson.D{pipe}, monary.MemoryLimit(40_000), monary.AllowDiskUse(), monary.BatchRows(50))
			require.ErrorIs(t, err, pipeline.ErrMemory)
			assert.ErrorContains(t, err, "in one piece, the limit is 40000; monary.MemoryLimit changes that")
		})
	}
}

func TestFacetBeyondMemory(t *testing.T) {
	tempFolder(t)
	sources := pipeline.Sources{"docs": openDocs(t, readings(2500)...)}
	withSources(t, sources, 30_000, d("$facet", d(
		"first", bson.A{d("$limit", int32(3))},
		"sorted", bson.A{d("$sort", d("k", int32(-1))), d("$skip", int32(2490))},
		"groups", bson.A{d("$group", d("_id", d("$mod", bson.A{"$k", int32(1000)}), "n", d("$sum", int32(1)))), d("$match", d("n", d("$gt", int32(9))))},
	)))
}

func TestLookupBeyondMemory(t *testing.T) {
	tempFolder(t)
	var others []bson.D
	for i := range 1500 {
		key := any(int32(i % 600))
		switch i % 100 {
		case 0:
			key = bson.A{int32(i % 600), "t", int32(i % 600), 3.0}
		case 1, 2, 3:
			key = float64(i % 600)
		case 4:
			key = nil
		}
		others = append(others, d("key", key, "i", int32(i), "text", strings.Repeat("é", i%40)))
		if i%99 == 0 {
			others[i] = others[i][1:] // it has none
		}
	}
	others[40] = append(others[40], bson.E{Key: "long", Value: strings.Repeat("long", 2000)})
	sources := pipeline.Sources{"docs": openDocs(t, readings(150)...), "o": openDocs(t, others...)}
	for name, local := range map[string]string{"numbers": "k", "missing ones": "v", "texts": "name"} {
		t.Run(name, func(t *testing.T) {
			withSources(t, sources, 30_000, d("$lookup", d("from", "o", "localField", local, "foreignField", "key", "as", "found")))
		})
	}
	t.Run("lists", func(t *testing.T) {
		withSources(t, sources, 30_000, d("$addFields", d("list", bson.A{"$k", int32(7), "t", nil, "$y"})),
			d("$lookup", d("from", "o", "localField", "list", "foreignField", "key", "as", "f.found")))
	})
	t.Run("behind $unionWith", func(t *testing.T) {
		withSources(t, sources, 30_000, d("$unionWith", d("coll", "o", "pipeline", bson.A{d("$sort", d("text", int32(-1), "i", int32(1)))})))
	})
	t.Run("a Memory", func(t *testing.T) { // whose documents are in memory anyway
		memory, err := pipeline.NewMemory(rawAll(t, others[:200])...)
		require.NoError(t, err)
		sources := pipeline.Sources{"docs": sources["docs"], "o": memory}
		r, err := sources.Aggregate(context.Background(), "docs", stage("$lookup", d("from", "o", "localField", "k", "foreignField", "key", "as", "f")),
			anySchema(t, "f"), monary.MemoryLimit(40_000))
		require.NoError(t, err)
		_, err = r.Table()
		require.NoError(t, err)
	})
}

func rawAll(t *testing.T, docs []bson.D) (out []bson.Raw) {
	t.Helper()
	for _, doc := range docs {
		raw, err := bson.Marshal(doc)
		require.NoError(t, err)
		out = append(out, raw)
	}
	return out
}

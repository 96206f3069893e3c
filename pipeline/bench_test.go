package pipeline_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

// zipsBytes returns the ZIP codes' documents, uncompressed, so often that they are a million.
func zipsBytes(b *testing.B) (content []byte, documents int) {
	b.Helper()
	f, err := os.Open(testdata.Path("zips.bson.gz"))
	require.NoError(b, err)
	defer func() { require.NoError(b, f.Close()) }()
	z, err := gzip.NewReader(f)
	require.NoError(b, err)
	once, err := io.ReadAll(z)
	require.NoError(b, err)
	for at := 0; at < len(once); documents++ {
		at += int(binary.LittleEndian.Uint32(once[at:]))
	}
	times := 35
	if testing.Short() {
		times = 1
	}
	return bytes.Repeat(once, times), documents * times
}

// BenchmarkGroup sums the population by state: with the pipeline on a dump, and
// with the driver's decoding into bson.M and a Go map. Both read a file.
func BenchmarkGroup(b *testing.B) {
	content, documents := zipsBytes(b)
	path := filepath.Join(b.TempDir(), "zips.bson")
	require.NoError(b, os.WriteFile(path, content, 0o600))
	want := groupMaps(b, path)
	for _, impl := range []struct {
		name string
		run  func(*testing.B, string) map[string]int64
	}{{"columnar", groupColumns}, {"bsonM", groupMaps}} {
		b.Run("impl="+impl.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(content)))
			var got map[string]int64
			for b.Loop() {
				got = impl.run(b, path)
			}
			require.Equal(b, want, got)
			perDoc := b.Elapsed().Seconds() / float64(b.N*documents)
			b.ReportMetric(1/perDoc, "rows/s")
			b.ReportMetric(perDoc*1e9, "ns/doc")
		})
	}
}

func groupColumns(b *testing.B, path string) map[string]int64 {
	src, err := pipeline.Open(path)
	require.NoError(b, err)
	r, err := src.Aggregate(context.Background(), byState, monary.MustSchema("_id string:2", "totPop int64"))
	require.NoError(b, err)
	t, err := r.Table()
	require.NoError(b, err)
	states, err := monary.Values[string](t, "_id")
	require.NoError(b, err)
	pops, err := monary.Values[int64](t, "totPop")
	require.NoError(b, err)
	totals := make(map[string]int64, len(states))
	for i, s := range states {
		totals[s] = pops[i]
	}
	return totals
}

func groupMaps(b *testing.B, path string) map[string]int64 {
	content, err := os.ReadFile(path)
	require.NoError(b, err)
	totals := map[string]int64{}
	for len(content) > 0 {
		size := binary.LittleEndian.Uint32(content)
		var doc bson.M
		if err := bson.Unmarshal(content[:size], &doc); err != nil {
			b.Fatal(err)
		}
		totals[doc["state"].(string)] += int64(doc["pop"].(int32))
		content = content[size:]
	}
	return totals
}

// BenchmarkMean takes the mean of 16 M float64 of a table by $avg, whose sum is exact but for the last rounding, and
// by a plain loop with sums that do not wait for each other. The values are whole, so both give the same.
func BenchmarkMean(b *testing.B) {
	n := 16 << 20
	if testing.Short() {
		n >>= 6
	}
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i % 1021)
	}
	table, err := monary.NewTable(monary.ColumnOf("x", values, nil))
	require.NoError(b, err)
	pipe := stage("$group", bson.D{{Key: "_id", Value: nil}, {Key: "mean", Value: bson.D{{Key: "$avg", Value: "$x"}}}})
	b.Run("impl=columnar", func(b *testing.B) {
		var got float64
		for b.Loop() {
			out, err := pipeline.Run(context.Background(), table, pipe)
			require.NoError(b, err)
			means, err := monary.Values[float64](out, "mean")
			require.NoError(b, err)
			got = means[0]
		}
		require.Equal(b, plainMean(values), got)
		b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "values/s")
	})
	b.Run("impl=loop", func(b *testing.B) {
		var got float64
		for b.Loop() {
			got = plainMean(values)
		}
		require.NotZero(b, got)
		b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "values/s")
	})
}

// plainMean is the fastest plain loop.
func plainMean(all []float64) float64 {
	var p, q, r, s float64
	for x := all; len(x) >= 4; x = x[4:] {
		p, q, r, s = p+x[0], q+x[1], r+x[2], s+x[3]
	}
	for _, x := range all[len(all)/4*4:] {
		p += x
	}
	return (p + q + r + s) / float64(len(all))
}

// BenchmarkSort sorts ten million integers by $sort, and by package slices as structs of a key and a
// number, which is what a program without columns has. Rows of both come out alike.
func BenchmarkSort(b *testing.B) {
	n := 10_000_000
	if testing.Short() {
		n = 100_000
	}
	keys, places := make([]int64, n), make([]int64, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range keys {
		keys[i], places[i] = int64(r.Uint64()), int64(i)
	}
	table, err := monary.NewTable(monary.ColumnOf("key", keys, nil), monary.ColumnOf("place", places, nil))
	require.NoError(b, err)
	pipe := stage("$sort", bson.D{{Key: "key", Value: 1}})
	type row struct{ key, place int64 }
	var columns []int64
	var rows []row
	b.Run("impl=columnar", func(b *testing.B) {
		for b.Loop() {
			sorted, err := pipeline.Run(context.Background(), table, pipe)
			require.NoError(b, err)
			columns, err = monary.Values[int64](sorted, "place")
			require.NoError(b, err)
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*n)*1e9, "ns/row")
	})
	b.Run("impl=structs", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			rows = make([]row, n)
			for i := range rows {
				rows[i] = row{keys[i], places[i]}
			}
			b.StartTimer()
			slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(x.key, y.key) })
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*n)*1e9, "ns/row")
	})
	for i, place := range columns {
		if rows != nil && rows[i].place != place {
			b.Fatalf("row %d differs", i)
		}
	}
}

// BenchmarkFilter keeps the towns of some size and two of their fields, from a file, beside only decoding
// all fields of it.
func BenchmarkFilter(b *testing.B) {
	content, documents := zipsBytes(b)
	path := filepath.Join(b.TempDir(), "zips.bson")
	require.NoError(b, os.WriteFile(path, content, 0o600))
	src, err := pipeline.Open(path)
	require.NoError(b, err)
	pipe := bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "pop", Value: bson.D{{Key: "$gte", Value: 20_000}}}}}},
		bson.D{{Key: "$project", Value: bson.D{{Key: "city", Value: 1}, {Key: "pop", Value: 1}}}},
	}
	read := func(b *testing.B, pipe bson.A, schema string) {
		for b.Loop() {
			r, err := src.Aggregate(context.Background(), pipe, monary.MustSchema(strings.Split(schema, ",")...))
			require.NoError(b, err)
			rows := 0
			for t, err := range r.Batches() {
				require.NoError(b, err)
				rows += t.NumRows()
			}
			require.NotZero(b, rows)
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*documents)*1e9, "ns/doc")
	}
	b.Run("impl=filter", func(b *testing.B) { read(b, pipe, "city string:16,pop int32") })
	b.Run("impl=decode", func(b *testing.B) {
		read(b, nil, "_id string:5,city string:16,state string:2,pop int32,loc.0 float64,loc.1 float64")
	})
}

// BenchmarkPushdown keeps a share of the towns, and of these two fields, all fields or the whole documents: with the $match
// asked in the decoder, and with a $skip of nothing in front of it, which keeps it behind. Beside them is decoding
// all documents without a filter.
func BenchmarkPushdown(b *testing.B) {
	content, documents := zipsBytes(b)
	path := filepath.Join(b.TempDir(), "zips.bson")
	require.NoError(b, os.WriteFile(path, content, 0o600))
	src, err := pipeline.Open(path)
	require.NoError(b, err)
	r, err := src.Find(context.Background(), nil, monary.MustSchema("pop int32"))
	require.NoError(b, err)
	table, err := r.Table()
	require.NoError(b, err)
	pops, err := monary.Values[int32](table, "pop")
	require.NoError(b, err)
	pops = slices.Sorted(slices.Values(pops))
	read := func(b *testing.B, pipe bson.A, schema string) (rows int) {
		for b.Loop() {
			r, err := src.Aggregate(context.Background(), pipe, monary.MustSchema(strings.Split(schema, ",")...))
			require.NoError(b, err)
			rows = 0
			for t, err := range r.Batches() {
				require.NoError(b, err)
				rows += t.NumRows()
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*documents)*1e9, "ns/doc")
		return rows
	}
	const all = "_id string:5,city string:16,state string:2,pop int32,loc.0 float64,loc.1 float64"
	for _, of := range []struct {
		name, schema string
		then         bson.A
	}{{"2", "city string:16,pop int32", nil}, {"all", all, nil}, {"whole", all, bson.A{bson.D{{Key: "$replaceWith", Value: "$$ROOT"}}}}} {
		for _, share := range []int{1, 10, 50, 99} {
			least := pops[len(pops)-len(pops)*share/100]
			pipe := append(bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "pop", Value: bson.D{{Key: "$gte", Value: least}}}}}}}, of.then...)
			var inside, outside int
			name := fmt.Sprintf("columns=%s/pass=%d", of.name, share)
			b.Run(name+"/impl=decoder", func(b *testing.B) { inside = read(b, pipe, of.schema) })
			b.Run(name+"/impl=behind", func(b *testing.B) {
				outside = read(b, append(bson.A{bson.D{{Key: "$skip", Value: 0}}}, pipe...), of.schema)
			})
			if inside != outside && inside*outside > 0 {
				b.Fatalf("%d rows, and %d from behind", inside, outside)
			}
		}
		b.Run("columns="+of.name+"/impl=decode", func(b *testing.B) { read(b, of.then, of.schema) })
	}
}

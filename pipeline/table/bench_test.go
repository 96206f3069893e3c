package table_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline/table"
)

// BenchmarkGroupBy sums 10 M float64 by a string key of 50 values and by an int64 key
// of a million values all over the range, and compares with a loop over a presized
// map. Runs alternate; the metrics are the medians' ratios. Values are whole, so
// that every order of adding gives the same sum.
func BenchmarkGroupBy(b *testing.B) {
	rows, many, few := 10_000_000, 1_000_000, 50
	if testing.Short() {
		rows, many = rows/10, many/10
	}
	r := rand.New(rand.NewPCG(7, 8))
	scattered := make([]int64, many)
	for i := range scattered {
		scattered[i] = int64(r.Uint64())
	}
	ints, texts, values := make([]int64, rows), make([]string, rows), make([]float64, rows)
	for i := range ints {
		ints[i], values[i] = scattered[r.IntN(many)], float64(r.IntN(100))
		texts[i] = fmt.Sprintf("S%d", r.IntN(few))
	}
	in := newTable(b, monary.ColumnOf("int64", ints, nil), monary.ColumnOf("string", texts, nil), monary.ColumnOf("v", values, nil))
	b.Run("key=string/groups=50", func(b *testing.B) { compareGroupBy(b, in, "string", texts, values, few) })
	b.Run("key=int64/groups=1M", func(b *testing.B) { compareGroupBy(b, in, "int64", ints, values, many) })
}

func compareGroupBy[K int64 | string](b *testing.B, in *monary.Table, key string, keys []K, values []float64, groups int) {
	sums := mapSums(keys, values, groups)
	loop := func() { sums = mapSums(keys, values, groups) }
	var out *monary.Table
	columns := func(processors int) func() {
		return func() {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			var err error
			out, err = table.GroupBy(in, []string{key}, table.Sum("sum", "v"))
			require.NoError(b, err)
		}
	}
	ways := []func(){loop, columns(1), columns(runtime.NumCPU())}
	times := make([][]time.Duration, len(ways))
	for b.Loop() {
		for range 5 {
			for i, way := range ways {
				runtime.GC()
				start := time.Now()
				way()
				times[i] = append(times[i], time.Since(start))
			}
		}
	}
	requireSums(b, sums, out, key)
	var medians [3]float64
	for i := range times {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2].Seconds()
	}
	b.ReportMetric(medians[0]*1e9/float64(len(values)), "map-ns/row")
	b.ReportMetric(medians[1]*1e9/float64(len(values)), "one-core-ns/row")
	b.ReportMetric(medians[0]/medians[1], "×one-core")
	b.ReportMetric(medians[0]/medians[2], "×all-cores")
}

// requireSums compares the groups with the map's.
func requireSums[K int64 | string](b *testing.B, sums map[K]float64, out *monary.Table, key string) {
	b.Helper()
	require.Equal(b, len(sums), out.NumRows())
	got, err := monary.Values[float64](out, "sum")
	require.NoError(b, err)
	names, err := monary.Values[K](out, key)
	require.NoError(b, err)
	for g, name := range names {
		if sums[name] != got[g] {
			b.Fatalf("group %v: %v, the map has %v", name, got[g], sums[name])
		}
	}
}

// mapSums is the rival.
func mapSums[K int64 | string](keys []K, values []float64, groups int) map[K]float64 {
	sums := make(map[K]float64, groups)
	for i, k := range keys {
		sums[k] += values[i]
	}
	return sums
}

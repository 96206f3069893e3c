package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// liveHeap tells how many bytes are in use, as the last garbage collection has found.
func liveHeap() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// peakHeap is by how many bytes the heap grows while something runs: a finalizer looks behind each collection, and
// there are many.
func peakHeap(run func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(40))
	runtime.GC()
	before := liveHeap()
	var peak atomic.Int64
	var done atomic.Bool
	var watch func()
	watch = func() {
		runtime.SetFinalizer(new([16]byte), func(*[16]byte) {
			if !done.Load() {
				peak.Store(max(peak.Load(), liveHeap()))
				watch()
			}
		})
	}
	watch()
	run()
	done.Store(true)
	return peak.Load() - before
}

func TestHeapStaysNearTheLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("measures the heap over 5 MB of documents for each stage")
	}
	tempFolder(t)
	const limit = 1 << 19
	path := filepath.Join(t.TempDir(), "docs.bson")
	out, err := os.Create(path)
	require.NoError(t, err)
	text := strings.Repeat("text of some length ", 20)
	for i := range 11_000 {
		raw, err := bson.Marshal(d("i", int32(i), "k", int32(i*7919%11_000), "x", float64(i%977), "text", fmt.Sprint(text, i*7919%11_000)))
		require.NoError(t, err)
		_, err = out.Write(raw)
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	src, err := pipeline.Open(path)
	require.NoError(t, err)
	file, err := pipeline.Create(filepath.Join(t.TempDir(), "copy.bson"))
	require.NoError(t, err)
	sources := pipeline.Sources{"docs": src, "copy": file}
	read := func(pipe bson.A) int64 {
		return peakHeap(func() {
			r, err := sources.Aggregate(t.Context(), "docs", pipe, anySchema(t, "text", "k"),
				monary.MemoryLimit(limit), monary.AllowDiskUse(), monary.BatchRows(100), monary.Workers(1))
			require.NoError(t, err)
			for _, err := range r.Batches() {
				require.NoError(t, err)
			}
		})
	}
	base := read(stage("$match", d("k", d("$gte", 0))))
	both := max(base, read(stage("$unionWith", "docs"))) // the other source is read by as many workers as there are
	window := func(by any) bson.D {
		return d("partitionBy", by, "sortBy", d("k", 1), "output", d("s", d("$sum", "$x", "window", d("documents", bson.A{-3, 3}))))
	}
	for name, pipe := range map[string]bson.A{
		"$sort":                           stage("$sort", d("text", 1)),
		"$group":                          stage("$group", d("_id", "$text", "n", d("$sum", 1))),
		"$bucketAuto":                     stage("$bucketAuto", d("groupBy", "$k", "buckets", 5000, "output", d("text", d("$push", "$text")))),
		"$setWindowFields, one partition": stage("$setWindowFields", window(1)),
		"$densify":                        stage("$densify", d("field", "k", "range", d("step", 1, "bounds", "full"))),
		"$facet":                          stage("$facet", d("y", stage("$count", "n"), "z", append(stage("$sort", d("text", 1)), d("$limit", 10)))),
		"$out":                            stage("$out", "copy"),
		"$lookup":                         stage("$lookup", d("from", "docs", "localField", "k", "foreignField", "text", "as", "f")),
	} {
		t.Run(name, func(t *testing.T) {
			base := base
			if name == "$lookup" {
				base = both
			}
			peak := read(pipe)
			for range 4 { // what is made while the collector looks counts, too, on a busy machine that is much
				if peak <= base+2*limit {
					break
				}
				peak = min(peak, read(pipe))
			}
			require.LessOrEqual(t, float64(peak)/limit, float64(base)/limit+2)
		})
	}
}

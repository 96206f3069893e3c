package monary_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// allocationsOf counts those of reading documents into reused buffers.
func allocationsOf(t *testing.T, docs [][]byte, fields ...string) float64 {
	t.Helper()
	return testing.AllocsPerRun(1, func() {
		r, err := monary.FromRaw(t.Context(), stream(docs, nil), monary.MustSchema(fields...), monary.ReuseBuffers(), monary.BatchRows(512))
		require.NoError(t, err)
		for _, err := range r.Batches() {
			require.NoError(t, err)
		}
	})
}

// TestKeysThatNeverReturn: what is learnt is bounded, and what is not learnt costs
// no memory.
func TestKeysThatNeverReturn(t *testing.T) {
	var docs [][]byte
	for i := range 20_000 {
		docs = append(docs, marshal(t, bson.D{{Key: fmt.Sprintf("user-%08d-with-a-long-name", i), Value: 1}, {Key: "pop", Value: 2.5}}))
	}
	perDoc := (allocationsOf(t, docs, "pop float64") - allocationsOf(t, docs[:10_000], "pop float64")) / 10_000
	assert.Less(t, perDoc, 0.02)
}

func TestDistantPositions(t *testing.T) {
	var array bson.A
	for i := range 200 {
		array = append(array, int32(i))
	}
	var docs [][]byte
	for range 2000 {
		docs = append(docs, marshal(t, bson.D{{Key: "a", Value: array}}))
	}
	perDoc := (allocationsOf(t, docs, "a.150 int32") - allocationsOf(t, docs[:1000], "a.150 int32")) / 1000
	assert.Less(t, perDoc, 0.1)
}

func TestLongKeysAreNotKept(t *testing.T) {
	docs := func(yield func([]byte, error) bool) {
		for i := range 60 {
			raw, err := bson.Marshal(bson.D{{Key: strings.Repeat("k", 1<<20) + fmt.Sprint(i), Value: 1}})
			if !yield(raw, err) {
				return
			}
		}
	}
	r, err := monary.FromRaw(t.Context(), docs, monary.MustSchema("pop float64"), monary.BatchRows(10), monary.ReuseBuffers())
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, err := range r.Batches() {
		require.NoError(t, err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(30<<20), "60 keys of 1 MiB went by")
	runtime.KeepAlive(r)
}

// TestLiveSource: a batch that is full is handed out before more documents are
// asked for.
func TestLiveSource(t *testing.T) {
	asked := 0
	docs := func(yield func([]byte, error) bool) {
		for _, doc := range numbers(5) {
			asked++
			if !yield(doc, nil) {
				return
			}
		}
	}
	r, err := monary.FromRaw(t.Context(), docs, monary.MustSchema("n int32"), monary.BatchRows(2))
	require.NoError(t, err)
	var seen []int
	for table, err := range r.Batches() {
		require.NoError(t, err)
		seen = append(seen, asked, table.NumRows())
	}
	assert.Equal(t, []int{2, 2, 4, 2, 5, 1}, seen)
}

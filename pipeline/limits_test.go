package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// tempFolder is where files go that did not fit into memory; at the end of the test it must be empty.
func tempFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		assert.NoError(t, err)
		assert.Empty(t, left, "files were left behind")
	})
}

// towns are documents of about a hundred bytes, of which some agree in most fields.
func towns(n int) []bson.D {
	r := rand.New(rand.NewPCG(7, 7))
	docs := make([]bson.D, n)
	for i := range docs {
		docs[i] = d("i", int32(i), "key", int32(r.IntN(n/4)), "state", fmt.Sprint("S", r.IntN(50)), "name", fmt.Sprintf("a town whose name is long %d", r.IntN(9)))
		if i%7 == 0 {
			docs[i] = append(docs[i], bson.E{Key: "tags", Value: bson.A{"x", int32(i % 3)}})
		}
	}
	return docs
}

func limited(t *testing.T, src monary.Source, pipe bson.A, names []string, opts ...monary.ReadOption) [][]string {
	t.Helper()
	r, err := src.Aggregate(context.Background(), pipe, anySchema(t, names...), append([]monary.ReadOption{monary.BatchRows(500)}, opts...)...)
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	return cells(table)
}

func TestSortBeyondMemory(t *testing.T) {
	tempFolder(t)
	src := openDocs(t, towns(8000)...)
	for name, pipe := range map[string]bson.A{
		"columns":   {bson.D{{Key: "$sort", Value: bson.D{{Key: "state", Value: 1}, {Key: "key", Value: -1}}}}},
		"documents": {bson.D{{Key: "$sort", Value: bson.D{{Key: "state", Value: -1}}}}, bson.D{{Key: "$replaceWith", Value: "$$ROOT"}}},
		"the first": {bson.D{{Key: "$sort", Value: bson.D{{Key: "key", Value: 1}}}}, bson.D{{Key: "$limit", Value: 5000}}},
	} {
		t.Run(name, func(t *testing.T) {
			names := []string{"i", "state", "key", "tags"}
			want := limited(t, src, pipe, names)
			got := limited(t, src, pipe, names, monary.MemoryLimit(20_000), monary.AllowDiskUse())
			require.Equal(t, want, got)
			r, err := src.Aggregate(context.Background(), pipe, anySchema(t, names...), monary.MemoryLimit(20_000))
			require.NoError(t, err)
			_, err = r.Table()
			require.ErrorIs(t, err, pipeline.ErrMemory)
			assert.ErrorContains(t, err, "the limit is 20000")
		})
	}
}

func TestGroupBeyondMemory(t *testing.T) {
	tempFolder(t)
	src := openDocs(t, towns(8000)...)
	for name, id := range map[string]any{
		"many groups":   "$key",
		"compound":      bson.D{{Key: "s", Value: "$state"}, {Key: "k", Value: "$key"}},
		"some are null": "$tags",
	} {
		t.Run(name, func(t *testing.T) {
			pipe := bson.A{
				bson.D{{Key: "$group", Value: bson.D{
					{Key: "_id", Value: id}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}},
					{Key: "mean", Value: bson.D{{Key: "$avg", Value: "$i"}}}, {Key: "last", Value: bson.D{{Key: "$last", Value: "$i"}}},
					{Key: "names", Value: bson.D{{Key: "$addToSet", Value: "$name"}}},
				}}},
			}
			names := []string{"_id", "n", "mean", "last", "names"}
			want := limited(t, src, pipe, names, monary.MemoryLimit(1<<40))
			got := limited(t, src, pipe, names, monary.MemoryLimit(300_000), monary.AllowDiskUse())
			slices.SortFunc(want, slices.Compare[[]string])
			slices.SortFunc(got, slices.Compare[[]string])
			require.Equal(t, want, got)
		})
	}
	pipe := bson.A{bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$key"}}}}}
	r, err := src.Aggregate(context.Background(), pipe, anySchema(t, "_id"), monary.MemoryLimit(60_000))
	require.NoError(t, err)
	_, err = r.Table()
	require.ErrorIs(t, err, pipeline.ErrMemory)
	pipe = bson.A{bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: nil}, {Key: "all", Value: bson.D{{Key: "$push", Value: "$name"}}}}}}}
	r, err = src.Aggregate(context.Background(), pipe, anySchema(t, "_id"), monary.MemoryLimit(60_000), monary.AllowDiskUse(), monary.BatchRows(500))
	require.NoError(t, err)
	_, err = r.Table()
	require.ErrorIs(t, err, pipeline.ErrMemory, "a single group has no place on disk")
}

// What did not fit is gone from the disk when the reader is closed early, and when the documents end
// with an error.
func TestSpilledFilesGoAway(t *testing.T) {
	tempFolder(t)
	docs := towns(8000)
	sort := bson.A{bson.D{{Key: "$sort", Value: bson.D{{Key: "key", Value: 1}}}}}
	group := bson.A{bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$key"}}}}}
	opts := []monary.ReadOption{monary.MemoryLimit(60_000), monary.AllowDiskUse(), monary.BatchRows(500)}
	for _, pipe := range []bson.A{sort, group} {
		r, err := openDocs(t, docs...).Aggregate(context.Background(), pipe, anySchema(t, "i"), opts...)
		require.NoError(t, err)
		for _, err := range r.Batches() {
			require.NoError(t, err)
			break
		}
		require.NoError(t, r.Close())
		content := slices.Concat(marshal(t, docs), []byte("\x20\x00\x00\x00broken"))
		r, err = openBytes(t, "broken.bson", content).Aggregate(context.Background(), pipe, anySchema(t, "i"), opts...)
		require.NoError(t, err)
		_, err = r.Table()
		require.Error(t, err)
		require.False(t, errors.Is(err, pipeline.ErrMemory))
	}
}

func TestMemoryLimitIsNotNegative(t *testing.T) {
	_, err := monary.NewReadOptions(monary.MemoryLimit(-1))
	require.ErrorContains(t, err, "MemoryLimit is -1")
}

package pipeline_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// TestRandomStagesBeyondMemory: with next to no memory and files for the rest, random pipelines of all stages give
// what the reference engine gives, row by row in the same order, or say that a single row, group or window was too
// large.
func TestRandomStagesBeyondMemory(t *testing.T) {
	tempFolder(t)
	tooLarge, compared := 0, 0
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		g := generator{rand.New(rand.NewPCG(seed, 11))}
		docs, others := g.documents(90), g.documents(25)
		if seed%2 == 1 {
			docs, others = g.alike(90), g.alike(25)
		}
		sources := pipeline.Sources{"docs": openDocs(t, docs...), "o": openDocs(t, others...)}
		for range 40 {
			pipe := newStageGenerator(g).pipeline()
			want, failed := attempt(world{"o": others}, docs, pipe)
			if _, err := answer(sources, pipe); failed != nil || err != nil {
				continue // it fails with memory, too
			}
			for i, rows := range []int{1, 3, 1024} {
				limit, workers := pick(g, int64(1000), 4000, 12000), 1+3*(i%2)
				about := fmt.Sprintf("seed %d: %s, limit %d, batches of %d, %d workers", seed, relaxed(pipe), limit, rows, workers)
				got, err := answer(sources, pipe, monary.BatchRows(rows), monary.Workers(workers), monary.MemoryLimit(limit), monary.AllowDiskUse())
				if errors.Is(err, pipeline.ErrMemory) {
					tooLarge++
					continue
				}
				require.NoError(t, err, about)
				compared++
				compareRows(t, pipe, rowsOf(want, pipe), rowsOf(got, pipe), about)
			}
		}
	}
	require.Less(t, tooLarge, compared/3, "most pipelines should find a place")
}

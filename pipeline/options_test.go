package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// TestOptionsReachTheRightReader: a stage keeps the batches that it collects,
// whatever the caller says of those of the output, and what is to be closed is
// closed once.
func TestOptionsReachTheRightReader(t *testing.T) {
	var data []byte
	for i := range 1000 {
		doc, err := bson.Marshal(bson.D{{Key: "s", Value: fmt.Sprintf("str%04d", 999-i)}, {Key: "n", Value: i}})
		require.NoError(t, err)
		data = append(data, doc...)
	}
	path := filepath.Join(t.TempDir(), "d.bson")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	src, err := pipeline.Open(path)
	require.NoError(t, err)
	for _, workers := range []int{1, 3} {
		closed := 0
		r, err := src.Aggregate(t.Context(), `[{"$sort": {"s": 1}}]`, monary.MustSchema("s string", "n int32"),
			monary.ReuseBuffers(), monary.BatchRows(100), monary.Workers(workers), monary.OnClose(func() error { closed++; return nil }))
		require.NoError(t, err)
		row := 0
		for table, err := range r.Batches() {
			require.NoError(t, err)
			texts, err := monary.Values[string](table, "s")
			require.NoError(t, err)
			for _, text := range texts {
				require.Equal(t, fmt.Sprintf("str%04d", row), text)
				row++
			}
		}
		assert.Equal(t, 1000, row)
		assert.Equal(t, 1, closed)
	}
}

// TestRefusedReadsCloseTheirFile: a read that is refused after the file was
// opened leaves it closed.
func TestRefusedReadsCloseTheirFile(t *testing.T) {
	doc, err := bson.Marshal(bson.D{{Key: "n", Value: 1}})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "d.bson")
	require.NoError(t, os.WriteFile(path, doc, 0o600))
	src, err := pipeline.Open(path)
	require.NoError(t, err)
	before := openFiles()
	for range 20 {
		_, err := src.Find(t.Context(), bson.D{{Key: "n", Value: 1}}, monary.Schema{})
		require.ErrorContains(t, err, "no fields")
	}
	assert.Equal(t, before, openFiles())
}

// TestPolicyConcernsTheOutput: a row that the stages leave out is no offence; of a
// CSV file, whose types come first, that cannot be had and is refused.
func TestPolicyConcernsTheOutput(t *testing.T) {
	var data []byte
	for _, d := range []bson.D{{{Key: "a", Value: "x"}, {Key: "b", Value: 1}}, {{Key: "a", Value: 2}, {Key: "b", Value: 2}}} {
		doc, err := bson.Marshal(d)
		require.NoError(t, err)
		data = append(data, doc...)
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d.bson"), data, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d.csv"), []byte("a,b\nx,1\n2,2\n"), 0o600))
	schema := monary.MustSchema("a int32", "b int32")

	src, err := pipeline.Open(filepath.Join(dir, "d.bson"))
	require.NoError(t, err)
	for from, want := range map[int]string{1: "does not fit", 2: ""} {
		r, err := src.Find(t.Context(), bson.D{{Key: "b", Value: bson.D{{Key: "$gte", Value: from}}}}, schema, monary.WithPolicy(monary.Fail))
		require.NoError(t, err)
		_, err = r.Table()
		if want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
	src, err = pipeline.Open(filepath.Join(dir, "d.csv"))
	require.NoError(t, err)
	_, err = src.Find(t.Context(), bson.D{{Key: "b", Value: 1}}, schema, monary.WithPolicy(monary.Fail))
	require.ErrorContains(t, err, "read with the policy Mask")
}

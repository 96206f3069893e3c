package pipeline_test

import (
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

const zipsRepeated = 7 // 205,471 documents

// zipsBytes returns the ZIP codes' documents, uncompressed, several times over.
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
	for range zipsRepeated {
		content = append(content, once...)
	}
	return content, documents * zipsRepeated
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

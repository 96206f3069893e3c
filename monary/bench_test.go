package monary_test

import (
	"compress/gzip"
	"context"
	"io"
	"iter"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

// zip is the document of the sample data, as the driver decodes it best.
type zip struct {
	ID    string    `bson:"_id"`
	City  string    `bson:"city"`
	Loc   []float64 `bson:"loc"`
	Pop   int64     `bson:"pop"`
	State string    `bson:"state"`
}

var zipSchema = monary.MustSchema("_id string:5", "city string", "loc.0 float64", "loc.1 float64", "pop int64", "state string:2")

// zipDocuments returns at least n documents: the sample data, repeated. Their
// bytes are 128 MB from 1.4 M documents on, beyond any cache; fewer are kept
// for runs at 1x.
func zipDocuments(b *testing.B, n int) [][]byte {
	b.Helper()
	f, err := os.Open(testdata.Path("zips.bson.gz"))
	require.NoError(b, err)
	defer f.Close()
	unzip, err := gzip.NewReader(f)
	require.NoError(b, err)
	data, err := io.ReadAll(unzip)
	require.NoError(b, err)
	var docs [][]byte
	for len(docs) < n {
		copied := append([]byte(nil), data...)
		for len(copied) > 0 {
			size := int(uint32(copied[0]) | uint32(copied[1])<<8)
			docs = append(docs, copied[:size:size])
			copied = copied[size:]
		}
	}
	return docs
}

func seq(docs [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, doc := range docs {
			if !yield(doc, nil) {
				return
			}
		}
	}
}

// BenchmarkDecode compares ways from the same bytes to the six fields of a
// zips document, on one goroutine. Each way adds up the populations.
func BenchmarkDecode(b *testing.B) {
	docs := zipDocuments(b, 1_400_000)
	total := int64(0)
	for _, doc := range docs {
		total += int64(bson.Raw(doc).Lookup("pop").Int32())
	}
	run := func(impl string, decode func(b *testing.B) int64) {
		b.Run("shape=zips/impl="+impl, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.Equal(b, total, decode(b))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(docs)), "ns/doc")
		})
	}
	run("columnar", func(b *testing.B) int64 {
		r, err := monary.FromRaw(context.Background(), seq(docs), zipSchema)
		require.NoError(b, err)
		sum := int64(0)
		for t, err := range r.Batches() {
			require.NoError(b, err)
			pops, err := monary.Values[int64](t, "pop")
			require.NoError(b, err)
			for _, pop := range pops {
				sum += pop
			}
		}
		return sum
	})
	run("struct", func(b *testing.B) int64 {
		sum := int64(0)
		for _, doc := range docs {
			var z zip
			if err := bson.Unmarshal(doc, &z); err != nil {
				b.Fatal(err)
			}
			sum += z.Pop
		}
		return sum
	})
	run("bsonM", func(b *testing.B) int64 {
		sum := int64(0)
		for _, doc := range docs {
			var m bson.M
			if err := bson.Unmarshal(doc, &m); err != nil {
				b.Fatal(err)
			}
			sum += int64(m["pop"].(int32))
		}
		return sum
	})
}

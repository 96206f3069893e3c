package monary_test

import (
	"context"
	"flag"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

var (
	benchSeed  = flag.Uint64("seed", 1, "seed of the documents that BenchmarkDecode makes")
	benchBytes = flag.Int("bytes", 128<<20, "bytes of documents that BenchmarkDecode makes; beyond the cache")
)

// atLeast is n, or a sixteenth of it where the tests are to be short: enough to see that a benchmark runs.
func atLeast(n int) int {
	if testing.Short() {
		return n / 16
	}
	return n
}

// BenchmarkDecode compares ways from the same bytes to the same fields, on one
// goroutine: columns (monary), the driver's bson.M, its struct decoding, and
// its Raw.Lookup of each field. All must give the same tally.
func BenchmarkDecode(b *testing.B) {
	for _, s := range shapes {
		b.Run("shape="+s.name, func(b *testing.B) {
			data, docs, err := s.documents(*benchSeed, atLeast(*benchBytes))
			require.NoError(b, err)
			want := tallyRaw(b, s, docs)
			run := func(impl string, decode func() tally) {
				b.Run("impl="+impl, func(b *testing.B) {
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					for b.Loop() {
						require.Equal(b, want, decode())
					}
					runtime.ReadMemStats(&after)
					decoded := float64(b.N) * float64(len(docs))
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/decoded, "ns/doc")
					b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/decoded, "B/doc")
					b.ReportMetric(float64(after.Mallocs-before.Mallocs)/decoded, "allocs/doc")
				})
			}
			run("columnar", func() tally { return tallyColumns(b, s, data) })
			run("raw", func() tally { return tallyRaw(b, s, docs) })
			run("struct", func() tally { return tallyStructs(b, s, docs) })
			run("bsonM", func() tally { return tallyMaps(b, s, docs) })
		})
	}
}

func tallyColumns(b *testing.B, s benchShape, data []byte) (t tally) {
	r, err := monary.FromBytes(context.Background(), data, s.schema, monary.ReuseBuffers(), monary.BatchRows(8192), monary.Workers(1))
	require.NoError(b, err)
	for table, err := range r.Batches() {
		require.NoError(b, err)
		for i := range table.NumColumns() {
			require.NoError(b, t.column(table, table.Series(i)))
		}
	}
	return t
}

func tallyRaw(b *testing.B, s benchShape, docs [][]byte) (t tally) {
	for _, doc := range docs {
		for i := range s.schema.Len() {
			v, err := bson.Raw(doc).LookupErr(s.schema.Path(i)...)
			if err != nil {
				continue
			}
			switch v.Type {
			case bson.TypeInt32:
				t.int(int64(v.Int32()))
			case bson.TypeInt64:
				t.int(v.Int64())
			case bson.TypeDouble:
				t.float(v.Double())
			case bson.TypeString:
				t.text(v.StringValue())
			case bson.TypeObjectID:
				t.id(v.ObjectID())
			default:
				b.Fatal(v)
			}
		}
	}
	return t
}

func tallyStructs(b *testing.B, s benchShape, docs [][]byte) (t tally) {
	for _, doc := range docs {
		v := s.target()
		if err := bson.Unmarshal(doc, v); err != nil {
			b.Fatal(err)
		}
		v.tally(&t)
	}
	return t
}

func tallyMaps(b *testing.B, s benchShape, docs [][]byte) (t tally) {
	for _, doc := range docs {
		var m bson.M
		if err := bson.Unmarshal(doc, &m); err != nil {
			b.Fatal(err)
		}
		for i := range s.schema.Len() {
			switch v := within(m, s.schema.Path(i)).(type) {
			case int32:
				t.int(int64(v))
			case int64:
				t.int(v)
			case float64:
				t.float(v)
			case string:
				t.text(v)
			case bson.ObjectID:
				t.id(v)
			}
		}
	}
	return t
}

// within follows a path through what the driver makes of documents and arrays.
func within(v any, path []string) any {
	for _, key := range path {
		switch inner := v.(type) {
		case bson.M:
			v = inner[key]
		case bson.D:
			v = nil
			for _, e := range inner {
				if e.Key == key {
					v = e.Value
				}
			}
		case bson.A:
			v = inner[int(key[0]-'0')]
		}
	}
	return v
}

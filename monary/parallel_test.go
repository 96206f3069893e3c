package monary_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// TestWorkersChangeNothing: for any number of workers the batches, the report
// and the error are those of one, in memory and from a file, whole and damaged.
func TestWorkersChangeNothing(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var data []byte
		for range 1000 + rng.IntN(2000) {
			data = append(data, layout(t, rng)...)
		}
		switch seed % 3 {
		case 1:
			data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
		case 2:
			data = data[:rng.IntN(len(data))]
		}
		path := filepath.Join(t.TempDir(), "d.bson")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		dump, err := monary.OpenDump(path)
		require.NoError(t, err)
		for _, rows := range []int{100, 777, 65536} {
			want := passOf(t, data, dump, monary.BatchRows(rows), monary.Workers(1))
			for _, workers := range []int{2, 8} {
				got := passOf(t, data, dump, monary.BatchRows(rows), monary.Workers(workers), monary.ReuseBuffers())
				require.Equal(t, want, got, "seed %d, %d rows, %d workers", seed, rows, workers)
			}
		}
	}
}

// passOf prints all that a pass over memory and one over the file give.
func passOf(t *testing.T, data []byte, dump *monary.Dump, opts ...monary.ReadOption) []string {
	t.Helper()
	memory, err := monary.FromBytes(t.Context(), data, shapeSchema, opts...)
	require.NoError(t, err)
	file, err := dump.Find(t.Context(), nil, shapeSchema, opts...)
	require.NoError(t, err)
	var out []string
	for _, r := range []*monary.Reader{memory, file} {
		for table, err := range r.Batches() {
			if err != nil {
				out = append(out, err.Error())
				continue
			}
			var cells []byte
			for i := range table.NumColumns() {
				s := table.Series(i)
				for row := range s.Len() {
					v := s.Value(row)
					cells = v.AppendKey(append(cells, byte(v.Type())))
				}
			}
			out = append(out, fmt.Sprintf("%d rows %x", table.NumRows(), sha256.Sum256(cells)))
		}
		out = append(out, r.Report().String())
	}
	return out
}

// TestWorkersStop: a loop that ends early, a cancelled context and an error leave
// no goroutine behind.
func TestWorkersStop(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var data []byte
	for range 4000 {
		data = append(data, layout(t, rng)...)
	}
	for name, body := range map[string]func(cancel func(error)) bool{
		"break":  func(func(error)) bool { return false },
		"cancel": func(cancel func(error)) bool { cancel(errSource); return true },
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				ctx, cancel := context.WithCancelCause(t.Context())
				r, err := monary.FromBytes(ctx, data, shapeSchema, monary.BatchRows(500), monary.Workers(4))
				require.NoError(t, err)
				batches := 0
				var last error
				for _, err := range r.Batches() {
					batches++
					if last = err; err != nil || !body(cancel) {
						break
					}
				}
				assert.LessOrEqual(t, batches, 2)
				assert.True(t, last == nil || errors.Is(last, errSource))
				cancel(nil)
			}
			stacks := make([]byte, 1<<20)
			assert.NotContains(t, string(stacks[:runtime.Stack(stacks, true)]), "decodeParallel")
		})
	}
}

// BenchmarkParallel reads a dump file that is in the page cache.
func BenchmarkParallel(b *testing.B) {
	data, _, err := shapes[0].documents(*benchSeed, atLeast(*benchBytes))
	require.NoError(b, err)
	path := filepath.Join(b.TempDir(), "zips.bson")
	require.NoError(b, os.WriteFile(path, data, 0o600))
	dump, err := monary.OpenDump(path)
	require.NoError(b, err)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("shape=zips/workers=%d", workers), func(b *testing.B) {
			rows := 0
			for b.Loop() {
				r, err := dump.Find(context.Background(), nil, shapes[0].schema, monary.ReuseBuffers(), monary.BatchRows(8192), monary.Workers(workers))
				require.NoError(b, err)
				for table, err := range r.Batches() {
					require.NoError(b, err)
					rows += table.NumRows()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/doc")
		})
	}
}

// TestLargeDocuments: documents larger than a chunk, among small ones, come
// through whole.
func TestLargeDocuments(t *testing.T) {
	var data []byte
	var want []int
	for _, n := range []int{10, 300_000, 20, 1_500_000, 700_000, 30, 5_000_000, 40} {
		data = append(data, marshal(t, bson.D{{Key: "s", Value: strings.Repeat("x", n)}})...)
		want = append(want, n)
	}
	path := filepath.Join(t.TempDir(), "large.bson")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	dump, err := monary.OpenDump(path)
	require.NoError(t, err)
	for _, workers := range []int{1, 3} {
		r, err := dump.Find(t.Context(), nil, monary.MustSchema("s string"), monary.Workers(workers), monary.BatchRows(2))
		require.NoError(t, err)
		var got []int
		for table, err := range r.Batches() {
			require.NoError(t, err)
			texts, err := monary.Values[string](table, "s")
			require.NoError(t, err)
			for _, text := range texts {
				got = append(got, len(text))
			}
		}
		require.Equal(t, want, got)
	}
}

// TestWorkersKeepTheBatches: where batches end, which of them are empty and what
// the report says do not depend on the number of workers either.
func TestWorkersKeepTheBatches(t *testing.T) {
	var many, odd []byte
	for i := range 70_000 {
		many = append(many, marshal(t, bson.D{{Key: "n", Value: int32(i)}})...)
	}
	for i := range 400 {
		if i < 100 {
			odd = append(odd, marshal(t, bson.D{{Key: "abc", Value: bson.D{{Key: "zzzz", Value: "text"}}}, {Key: "n", Value: "no number"}})...)
		} else {
			odd = append(odd, marshal(t, bson.D{{Key: "abd", Value: 1}, {Key: "n", Value: 1}})...)
		}
	}
	for name, c := range map[string]struct {
		data   []byte
		schema monary.Schema
		opts   []monary.ReadOption
		want   []int
	}{
		"default":       {many, monary.MustSchema("n int32"), nil, []int{65536, 4464}},
		"empty batches": {odd, monary.MustSchema("n int32"), []monary.ReadOption{monary.WithPolicy(monary.DropRow), monary.BatchRows(50)}, []int{50, 50, 50, 50, 50, 50}},
		"hint":          {odd, monary.MustSchema("abc.zzz int32", "abc.xx any", "l list<int32>"), []monary.ReadOption{monary.BatchRows(200)}, []int{200, 200}},
	} {
		t.Run(name, func(t *testing.T) {
			report := ""
			for _, workers := range []int{1, 2, 5} {
				r, err := monary.FromBytes(t.Context(), c.data, c.schema, append(c.opts, monary.Workers(workers))...)
				require.NoError(t, err)
				var rows []int
				for table, err := range r.Batches() {
					require.NoError(t, err)
					rows = append(rows, table.NumRows())
				}
				assert.Equal(t, c.want, rows, "%d workers", workers)
				if report == "" {
					report = r.Report().String()
				}
				assert.Equal(t, report, r.Report().String(), "%d workers", workers)
			}
		})
	}
}

package monary_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// TestWorkersJoinAllTypes: a batch larger than a job is put together from the
// parts that several workers have decoded, whatever its columns' types, with the
// states of its cells and the values that they did not take.
func TestWorkersJoinAllTypes(t *testing.T) {
	var data []byte
	for _, doc := range typesDocuments(2500) {
		data = append(data, doc...)
	}
	require.Greater(t, len(data), 2<<20, "several parts")
	path := filepath.Join(t.TempDir(), "types.bson")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	dump, err := monary.OpenDump(path)
	require.NoError(t, err)
	schema := allSchema()
	read := func(opts ...monary.ReadOption) []string {
		r, err := dump.Find(t.Context(), nil, schema, append(opts, monary.KeepStates(), monary.KeepRejected(600))...)
		require.NoError(t, err)
		var out []string
		for table, err := range r.Batches() {
			require.NoError(t, err)
			checkTable(t, table)
			b, err := table.MarshalBinary()
			require.NoError(t, err)
			out = append(out, fmt.Sprint(table.NumRows()), hex.EncodeToString(b[len(b)-8:]))
			for i := range table.NumColumns() {
				states := table.Series(i).States()
				require.Len(t, states, table.NumRows())
				out = append(out, fmt.Sprint(states[len(states)/2:]))
			}
		}
		for _, v := range r.Report().Rejected {
			out = append(out, fmt.Sprintf("%d %s %s %x", v.Doc, v.Path, v.State, v.Bytes))
		}
		return append(out, r.Report().String())
	}
	for policy, rows := range map[monary.Policy]int{monary.Mask: 1200, monary.Coerce: 1 << 20, monary.DropRow: 1 << 20} {
		opts := []monary.ReadOption{monary.WithPolicy(policy, "k1", "k18"), monary.BatchRows(rows)}
		want := read(append(opts, monary.Workers(1))...)
		assert.Equal(t, want, read(append(opts, monary.Workers(3))...), "policy %d, %d rows", policy, rows)
		assert.Equal(t, want, read(append(opts, monary.Workers(2), monary.ReuseBuffers())...), "policy %d, %d rows, reusing", policy, rows)
	}
}

// TestWorkersBatchesAreTheCallers: without ReuseBuffers a batch stays what it was
// while others are read.
func TestWorkersBatchesAreTheCallers(t *testing.T) {
	var data []byte
	for _, doc := range typesDocuments(1500) {
		data = append(data, doc...)
	}
	for _, rows := range []int{10, 300, 1000} { // many in a job, one, and parts of one
		r, err := monary.FromBytes(t.Context(), data, allSchema(), monary.BatchRows(rows), monary.Workers(3))
		require.NoError(t, err)
		var tables []*monary.Table
		var before [][]byte
		for table, err := range r.Batches() {
			require.NoError(t, err)
			b, err := table.MarshalBinary()
			require.NoError(t, err)
			tables, before = append(tables, table), append(before, b)
		}
		for i, table := range tables {
			b, err := table.MarshalBinary()
			require.NoError(t, err)
			require.Equal(t, before[i], b, "batch %d of %d rows", i, rows)
		}
	}
}

// repeated gives the same documents for ever, and then fails if it is told when.
type repeated struct {
	docs []byte
	at   int
	left int // bytes until it fails; never if negative
}

func (e *repeated) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, errSource
	}
	n := copy(p, e.docs[e.at:])
	if e.left > 0 {
		n = min(n, e.left)
		e.left -= n
	}
	e.at = (e.at + n) % len(e.docs)
	return n, nil
}

// TestWorkersOfAStream: an endless source is read in constant memory, the loop
// may end at any time, and a source that fails does so behind its documents.
func TestWorkersOfAStream(t *testing.T) {
	doc := marshal(t, bson.D{{Key: "n", Value: int64(1)}, {Key: "s", Value: strings.Repeat("x", 71)}})
	schema := monary.MustSchema("n int64", "s string")
	for _, rows := range []int{1, 1000, 100_000, 1 << 40} {
		t.Run(fmt.Sprint(rows), func(t *testing.T) {
			whole := 3_000_000 / len(doc)
			r, err := monary.ReadStream(t.Context(), &repeated{docs: doc, left: whole*len(doc) + 7}, schema, monary.BatchRows(rows), monary.Workers(3))
			require.NoError(t, err)
			got := 0
			var last error
			for table, err := range r.Batches() {
				if last = err; err == nil {
					require.LessOrEqual(t, table.NumRows(), rows)
					got += table.NumRows()
				}
			}
			require.ErrorIs(t, last, errSource)
			assert.Equal(t, whole, got)
			assert.EqualValues(t, whole, r.Report().Documents)
			if rows > 100_000 {
				return // would never be full
			}
			before := memoryInUse()
			r, err = monary.ReadStream(t.Context(), &repeated{docs: doc, left: -1}, schema, monary.BatchRows(rows), monary.Workers(3))
			require.NoError(t, err)
			n := 0
			for _, err := range r.Batches() {
				require.NoError(t, err)
				if n++; n*rows > 5_000_000 || n > 100_000 { // of nearly 100 bytes
					assert.Less(t, memoryInUse(), before+160<<20)
					break
				}
			}
		})
	}
}

func memoryInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// TestWorkersStopAnywhere: wherever the loop is left or the context ends, the
// batches before are those of a whole read and no goroutine stays.
func TestWorkersStopAnywhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	var data []byte
	for range 6000 {
		data = append(data, layout(t, rng)...)
	}
	encode := func(table *monary.Table) []byte {
		b, err := table.MarshalBinary()
		require.NoError(t, err)
		return b
	}
	for _, rows := range []int{37, 500, 4000} {
		var want [][]byte
		r, err := monary.FromBytes(t.Context(), data, shapeSchema, monary.BatchRows(rows), monary.Workers(1))
		require.NoError(t, err)
		for table, err := range r.Batches() {
			require.NoError(t, err)
			want = append(want, encode(table))
		}
		for range 30 {
			ctx, cancel := context.WithCancelCause(t.Context())
			r, err := monary.FromBytes(ctx, data, shapeSchema, monary.BatchRows(rows), monary.Workers(2+rng.IntN(5)))
			require.NoError(t, err)
			stop, how, n := rng.IntN(len(want)+1), rng.IntN(4), 0
			if how == 0 && stop == 0 {
				cancel(errSource)
			}
			for table, err := range r.Batches() {
				if err != nil {
					require.True(t, how == 0 && assert.ErrorIs(t, err, errSource) || how == 1 && assert.ErrorIs(t, err, monary.ErrReaderUsed), "%v", err)
					break
				}
				require.True(t, bytes.Equal(want[n], encode(table)))
				if n++; n != stop {
					continue
				}
				if how == 0 {
					cancel(errSource)
				}
				if how == 1 {
					require.NoError(t, r.Close())
				}
				if how == 2 {
					break
				}
			}
			if how == 3 {
				require.Len(t, want, n)
			}
			cancel(nil)
		}
	}
	stacks := make([]byte, 1<<20)
	assert.Eventually(t, func() bool { // what a context calls at its end may still be on its way
		return !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("(*team)"))
	}, 5*time.Second, time.Millisecond)
}

package monary_test

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
)

var peersPython = flag.String("peers", "", "the Python, with PyMongo's bson and NumPy, that TestPeers compares with")

const (
	peersBytes = 32 << 20
	peersRuns  = 5
)

// TestPeers decodes the same bytes into columns here and in Python, by turns,
// and prints the medians; a column that differs fails it. "make peers" runs it,
// testdata/peers.py says how Python does it.
func TestPeers(t *testing.T) {
	if *peersPython == "" {
		t.Skip("needs Python: make peers")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the garbage collector has no thread of its own either
	py := startPeers(t)
	fmt.Printf("penstock: %s, GOMAXPROCS 1, Workers(1)\n", runtime.Version())
	for _, name := range slices.Sorted(maps.Keys(py.About)) {
		fmt.Printf("%s: %s\n", name, py.About[name])
	}
	for _, s := range shapes[:2] {
		t.Run(s.name, func(t *testing.T) { comparePeers(t, py, s) })
	}
}

// peers is the Python process, with what it says of itself.
type peers struct {
	Peers   []string          // the ways of decoding it has
	About   map[string]string // these and those it lacks
	jobs    *json.Encoder
	answers *json.Decoder
}

func startPeers(t *testing.T) *peers {
	t.Helper()
	cmd := exec.Command(*peersPython, filepath.Join("testdata", "peers.py"))
	cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	})
	p := &peers{jobs: json.NewEncoder(in), answers: json.NewDecoder(out)}
	require.NoError(t, p.answers.Decode(p))
	return p
}

// decoded is one run: how long it took, and what it gave.
type decoded struct {
	Seconds float64
	Threads int
	Sums    []uint32 // CRC-32 of each column
}

// comparePeers runs all ways of decoding a shape by turns, after a first round
// that does not count.
func comparePeers(t *testing.T, py *peers, s benchShape) {
	data, docs, err := s.documents(*benchSeed, peersBytes)
	require.NoError(t, err)
	file := writeFile(t, s.name+".bson", data)
	runs := map[string][]decoded{}
	for range peersRuns + 1 {
		here := decodeColumns(t, s, data)
		runs["penstock"] = append(runs["penstock"], here)
		for _, name := range py.Peers {
			var there decoded
			require.NoError(t, py.jobs.Encode(map[string]any{"peer": name, "file": file, "schema": s.schema.String()}))
			require.NoError(t, py.answers.Decode(&there))
			require.Equal(t, here.Sums, there.Sums, "%s: the checksums of %s", name, s.schema)
			runs[name] = append(runs[name], there)
		}
	}
	fmt.Printf("%s: %d documents, %.1f MB, every column equal in every run; median (least to most) of %d\n", s.name, len(docs), float64(len(data))/1e6, peersRuns)
	unit := 0.0
	for _, name := range append([]string{"penstock"}, py.Peers...) {
		timed := runs[name][1:]
		slices.SortFunc(timed, func(a, b decoded) int { return cmp.Compare(a.Seconds, b.Seconds) })
		median := timed[peersRuns/2].Seconds
		unit = cmp.Or(unit, median)
		fmt.Printf("  %-12s %7.1f ms (%.1f to %.1f) %5.0f MB/s, ratio %5.1f, threads %d\n", name, 1e3*median, 1e3*timed[0].Seconds,
			1e3*timed[peersRuns-1].Seconds, float64(len(data))/median/1e6, median/unit, timed[0].Threads)
	}
}

// decodeColumns decodes documents into one table, on one goroutine.
func decodeColumns(t *testing.T, s benchShape, data []byte) (d decoded) {
	t.Helper()
	runtime.GC() // Python has freed its last result by now, too
	start := time.Now()
	r, err := monary.FromBytes(t.Context(), data, s.schema, monary.Workers(1))
	require.NoError(t, err)
	table, err := r.Table()
	d.Seconds = time.Since(start).Seconds()
	require.NoError(t, err)
	d.Threads = runtime.GOMAXPROCS(0)
	for _, name := range table.ColumnNames() {
		values, present, err := table.ColumnValues(name)
		require.NoError(t, err)
		require.Nil(t, present, "rows of %s have no value", name)
		var all []byte
		if texts, ok := values.([]string); ok {
			for _, text := range texts {
				all = append(append(all, text...), 0)
			}
		} else {
			all, err = binary.Append(nil, binary.LittleEndian, values)
			require.NoError(t, err)
		}
		d.Sums = append(d.Sums, crc32.ChecksumIEEE(all))
	}
	return d
}

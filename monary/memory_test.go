package monary_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

var memoryRows = flag.Int("memoryrows", 10_000_000, "rows of the tables whose memory is measured")

// measuring is set in the process that TestPeakMemory starts to measure itself.
const measuring = "PENSTOCK_MEASURE_MEMORY"

var numbersSchema = monary.MustSchema("i int32", "n int64", "x float64", "at date")

const rowBytes = 4 + 8 + 8 + 8

// numberDoc fills in a document of four numbers.
func numberDoc(doc []byte, i int) {
	binary.LittleEndian.PutUint32(doc[7:], uint32(i))
	binary.LittleEndian.PutUint64(doc[14:], uint64(i)<<20)
	binary.LittleEndian.PutUint64(doc[25:], math.Float64bits(float64(i)/3))
	binary.LittleEndian.PutUint64(doc[37:], uint64(i)*1000)
}

func emptyNumberDoc(t *testing.T) []byte {
	return marshal(t, bson.D{{Key: "i", Value: int32(0)}, {Key: "n", Value: int64(0)}, {Key: "x", Value: 0.0}, {Key: "at", Value: bson.DateTime(0)}})
}

// TestPeakMemory: a table whose rows are counted on takes hardly more memory
// than its columns, at any time, and reading batch by batch takes little. It is
// measured in processes of their own, as the system sees them.
func TestPeakMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peak is read from /proc/self/status, which only Linux has")
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if raceEnabled() {
		t.Skip("the race detector takes several times the memory")
	}
	if how := os.Getenv(measuring); how != "" {
		measureMemory(t, how)
		return
	}
	columns := float64(*memoryRows) * rowBytes
	for how, most := range map[string]float64{"raw": 1.25 * columns, "file": 1.25 * columns, "batches": 64 << 20} {
		t.Run(how, func(t *testing.T) {
			self, err := os.Executable()
			require.NoError(t, err)
			child := exec.CommandContext(t.Context(), self, "-test.run=^TestPeakMemory$", "-test.v", "-memoryrows="+strconv.Itoa(*memoryRows))
			child.Env = append(os.Environ(), measuring+"="+how, "GOGC=100", "TMPDIR="+t.TempDir())
			out, err := child.CombinedOutput()
			require.NoError(t, err, string(out))
			_, rest, found := strings.Cut(string(out), "peak ")
			require.True(t, found, string(out))
			var kilobytes float64
			_, err = fmt.Sscan(rest, &kilobytes)
			require.NoError(t, err)
			t.Logf("%d rows of %d bytes: peak %.0f MB, %.2f times the columns", *memoryRows, rowBytes, kilobytes/1e3, kilobytes*1024/columns)
			assert.Less(t, kilobytes*1024, most)
		})
	}
}

// raceEnabled reports whether the tests run under the race detector.
func raceEnabled() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// measureMemory reads the rows and prints the process's peak.
func measureMemory(t *testing.T, how string) {
	doc := emptyNumberDoc(t)
	docs := func(yield func([]byte, error) bool) {
		for i := range *memoryRows {
			if numberDoc(doc, i); !yield(doc, nil) {
				return
			}
		}
	}
	var r *monary.Reader
	var err error
	switch how {
	case "file":
		path := filepath.Join(t.TempDir(), "numbers.bson")
		writeNumbers(t, path, *memoryRows)
		dump, fault := monary.OpenDump(path)
		require.NoError(t, fault)
		r, err = dump.Find(t.Context(), nil, numbersSchema, monary.ExpectRows(*memoryRows))
	default:
		r, err = monary.FromRaw(t.Context(), docs, numbersSchema, monary.ExpectRows(*memoryRows))
	}
	require.NoError(t, err)
	if how == "batches" {
		rows := 0
		for table, err := range r.Batches() {
			require.NoError(t, err)
			rows += table.NumRows()
		}
		require.Equal(t, *memoryRows, rows)
	} else {
		table, err := r.Table()
		require.NoError(t, err)
		n, err := monary.Values[int64](table, "n")
		require.NoError(t, err)
		require.Len(t, n, *memoryRows)
		for i, v := range n {
			if v != int64(i)<<20 {
				t.Fatal(i, v)
			}
		}
		x, err := monary.Values[float64](table, "x")
		require.NoError(t, err)
		require.InDelta(t, float64(len(x)-1)/3, x[len(x)-1], 0)
		assert.Zero(t, table.Series(3).NullCount())
	}
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	require.True(t, found)
	fmt.Println("peak", strings.Fields(rest)[0])
}

func writeNumbers(t *testing.T, path string, rows int) {
	t.Helper()
	doc := emptyNumberDoc(t)
	file, err := os.Create(path)
	require.NoError(t, err)
	var buf []byte
	for i := range rows {
		numberDoc(doc, i)
		if buf = append(buf, doc...); len(buf) > 1<<20 || i == rows-1 {
			_, err := file.Write(buf)
			require.NoError(t, err)
			buf = buf[:0]
		}
	}
	require.NoError(t, file.Close())
}

// TestExpectedRows: what is expected does not change what is read.
func TestExpectedRows(t *testing.T) {
	const rows = 200_000
	doc := emptyNumberDoc(t)
	var data []byte
	for i := range rows {
		numberDoc(doc, i)
		data = append(data, doc...)
	}
	read := func(opts ...monary.ReadOption) []byte {
		r, err := monary.FromBytes(t.Context(), data, numbersSchema, append(opts, monary.KeepStates())...)
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		require.Len(t, table.Series(2).States(), rows)
		out, err := table.MarshalBinary()
		require.NoError(t, err)
		return out
	}
	want := read(monary.Workers(1))
	for _, workers := range []int{1, 3} {
		for _, expect := range []int{1, 40_000, rows, 2 * rows} {
			require.Equal(t, want, read(monary.Workers(workers), monary.ExpectRows(expect)), "%d workers, %d expected", workers, expect)
			require.Equal(t, want, read(monary.Workers(workers), monary.ExpectRows(expect), monary.ReuseBuffers()), "%d workers, %d expected, reusing", workers, expect)
		}
	}
	_, err := monary.FromBytes(t.Context(), nil, numbersSchema, monary.ExpectRows(-1))
	require.ErrorContains(t, err, "ExpectRows is -1")
}

package ml_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

var forestRows = flag.Int("forestrows", 200_000, "rows of the forests whose memory is measured")

// fitting is set in a process that TestForestMemory starts to measure itself.
const fitting = "PENSTOCK_MEASURE_FIT"

// TestForestMemory: to fit a forest takes about twice the memory that the data would as
// float32, or less, besides the data and the model. It is measured in processes of their
// own, as the system sees them: garbage counts, and a twentieth is left to the runtime.
func TestForestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peak is read from /proc/self/status, which only Linux has")
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	info, _ := debug.ReadBuildInfo()
	if slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector takes several times the memory")
	}
	if how := os.Getenv(fitting); how != "" {
		measureFit(t, how)
		return
	}
	const cols = 17
	data := float64(*forestRows) * cols * 4
	for _, how := range []string{"distinct", "coarse", "regressor"} {
		t.Run(how, func(t *testing.T) {
			self, err := os.Executable()
			require.NoError(t, err)
			child := exec.CommandContext(t.Context(), self, "-test.run=^TestForestMemory$", "-test.v", "-forestrows="+strconv.Itoa(*forestRows))
			child.Env = append(os.Environ(), fitting+"="+how, "GOGC=100")
			out, err := child.CombinedOutput()
			require.NoError(t, err, string(out))
			_, rest, found := strings.Cut(string(out), "fit took ")
			require.True(t, found, string(out))
			var took float64
			_, err = fmt.Sscan(rest, &took)
			require.NoError(t, err)
			t.Logf("%d rows of %d columns: %.1f MB, %.2f times the data as float32", *forestRows, cols, took/1e6, took/data)
			assert.Less(t, took, 2.1*data)
		})
	}
}

// measureFit fits a forest and prints how many bytes that took.
func measureFit(t *testing.T, how string) {
	const cols = 17
	rows := *forestRows
	shape := forestShape{rows: rows, cols: cols}
	if how == "coarse" {
		shape.values = 200
	}
	X, y := shape.data()
	debug.FreeOSMemory()
	require.NoError(t, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)) // the peak is that of now
	before := statusOf(t, "VmRSS:")
	var trees []*ml.Tree
	if how == "regressor" {
		f := ml.NewRandomForestRegressor()
		f.NEstimators, f.Workers, f.MinSamplesLeaf, f.MaxFeatures = 2, 1, ml.Rows(20), ml.SqrtFeatures
		m, err := f.Fit(t.Context(), X, X.Col(0))
		require.NoError(t, err)
		trees = m.Trees
	} else {
		f := ml.NewRandomForest()
		f.NEstimators, f.Workers = 4, 2
		m, err := f.Fit(t.Context(), X, y)
		require.NoError(t, err)
		trees = m.Trees
	}
	took := statusOf(t, "VmHWM:") - before
	model := 0
	for _, tree := range trees {
		model += tree.NumNodes() * (4 + 8 + 4 + 4 + 8 + 4 + 8 + 8*tree.NumClasses() + 16)
	}
	fmt.Println("fit took", took-model)
}

// statusOf returns what /proc says of this process, in bytes.
func statusOf(t *testing.T, field string) (bytes int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(status), field)
	require.True(t, found)
	_, err = fmt.Sscan(rest, &bytes)
	require.NoError(t, err)
	return bytes * 1024
}

package ml_test

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

var (
	peersPython = flag.String("peers", "", "the Python, with scikit-learn 1.2.1, that TestPeers compares with")
	peersNewer  = flag.String("peers-newer", "", "another Python, with a newer scikit-learn, whose answers TestPeers lists where they differ")
	peersSeed   = flag.Uint("peers-seed", 1, "seed of the data that TestPeers makes")
)

const peersRuns = 5

// peerWork is something that both sides do on the same matrix.
type peerWork struct {
	name       string // peers.py knows it too
	rows, cols int
	data       func(r *ml.RandomState, rows, cols int) []float64 // row by row; nil for columns that are mixed
	run        func(t *testing.T, X *ml.Matrix) (seconds float64, values []float64)
	tolerance  float64 // relative
	runs       int     // peersRuns if 0
}

var peerWorks = []peerWork{
	{name: "scaler", rows: 200_000, cols: 30, tolerance: 1e-12, run: peerScaler},
	{name: "counts", rows: 1_000_000, cols: 3, data: judgedRows, tolerance: 0, run: peerCounts},
	{name: "ranking", rows: 1_000_000, cols: 3, data: judgedRows, tolerance: 1e-12, run: peerRanking},
	{name: "pca", rows: 20_000, cols: 30, tolerance: 1e-9, run: peerPCA(ml.NewPCA())},
	{name: "pca", rows: 10_000, cols: 100, tolerance: 1e-9, run: peerPCA(ml.NewPCA())},
	{name: "pca", rows: 2000, cols: 200, tolerance: 1e-9, run: peerPCA(ml.NewPCA())},
	{name: "pca randomized", rows: 20_000, cols: 30, tolerance: 1e-6, run: peerPCA(firstTen())},
	{name: "pca randomized", rows: 10_000, cols: 100, tolerance: 1e-6, run: peerPCA(firstTen())},
	{name: "pca randomized", rows: 2000, cols: 1000, tolerance: 1e-6, run: peerPCA(firstTen())},
	{name: "kfold", rows: 1_000_000, cols: 1, run: peerKFold},
	{name: "svc fit", rows: 2222, cols: 18, data: twoClasses, tolerance: 1e-9, run: peerSVCFit},
	{name: "svc fit", rows: 4000, cols: 101, data: twoClasses, tolerance: 1e-9, run: peerSVCFit},
	{name: "svc fit", rows: 10000, cols: 18, data: twoClasses, tolerance: 1e-9, run: peerSVCFit},
	{name: "svc fit", rows: 20000, cols: 18, data: twoClasses, tolerance: 1e-8, run: peerSVCFit, runs: 3},
	{name: "svc fit", rows: 20000, cols: 101, data: twoClasses, tolerance: 1e-9, run: peerSVCFit, runs: 1},
	{name: "churn", rows: 3333, cols: 18, data: twoClasses, run: peerChurn},
	{name: "svc predict", rows: 10000, cols: 18, data: twoClasses, tolerance: 1e-9, run: peerSVCPredict},
	{name: "svc predict", rows: 4000, cols: 101, data: twoClasses, tolerance: 1e-9, run: peerSVCPredict},
}

// TestPeers does the same work here and in scikit-learn, by turns, on one core
// each, and prints the ratio of the medians; a value that differs fails it. "make
// peers" runs it, testdata/peers.py is the other side.
func TestPeers(t *testing.T) {
	if *peersPython == "" {
		t.Skip("needs scikit-learn: make peers")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the garbage collector has no thread of its own either
	there := startPeer(t, *peersPython)
	require.Equal(t, "1.2.1", there.Version, "the version that this package reproduces")
	fmt.Printf("penstock: %s, GOMAXPROCS 1, seed %d\n%s\n", runtime.Version(), *peersSeed, there.About)
	var newer *peer
	if *peersNewer != "" {
		newer = startPeer(t, *peersNewer)
		fmt.Printf("newer: %s\n", newer.About)
	}
	for _, w := range peerWorks {
		t.Run(w.name, func(t *testing.T) { w.compare(t, there, newer) })
	}
}

// peer is a Python process.
type peer struct {
	About, Version string
	jobs           *json.Encoder
	answers        *json.Decoder
}

func startPeer(t *testing.T, python string) *peer {
	t.Helper()
	cmd := exec.Command(python, filepath.Join("testdata", "peers.py"))
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
	p := &peer{jobs: json.NewEncoder(in), answers: json.NewDecoder(out)}
	require.NoError(t, p.answers.Decode(p), "%s says nothing", python)
	return p
}

// peerAnswer is what a peer says about a job.
type peerAnswer struct {
	Seconds float64
	Values  []string // Python's repr of floats
	Threads int
	Error   string
}

func (p *peer) do(t *testing.T, w peerWork, file string) peerAnswer {
	t.Helper()
	var a peerAnswer
	require.NoError(t, p.jobs.Encode(map[string]any{"work": w.name, "file": file, "rows": w.rows, "cols": w.cols}))
	require.NoError(t, p.answers.Decode(&a))
	return a
}

// compare runs both sides by turns, after a first round that does not count.
func (w peerWork) compare(t *testing.T, there, newer *peer) {
	X, file := w.matrix(t)
	var ours, theirs []float64
	threads := 0
	for range cmp.Or(w.runs, peersRuns) + 1 {
		runtime.GC()
		seconds, values := w.run(t, X)
		ours = append(ours, seconds)
		answer := there.do(t, w, file)
		require.Empty(t, answer.Error)
		require.Empty(t, w.difference(values, answer.Values))
		theirs, threads = append(theirs, answer.Seconds), answer.Threads
	}
	ours, theirs = sortedTimes(ours[1:]), sortedTimes(theirs[1:])
	fmt.Printf("%-16s %7d × %-3d penstock %8.2f ms (%.2f to %.2f), scikit-learn %8.2f ms (%.2f to %.2f), threads %d and %d: %.1f times as fast, values equal within %g\n",
		w.name, w.rows, w.cols, 1e3*median(ours), 1e3*ours[0], 1e3*ours[len(ours)-1], 1e3*median(theirs), 1e3*theirs[0], 1e3*theirs[len(theirs)-1],
		runtime.GOMAXPROCS(0), threads, median(theirs)/median(ours), w.tolerance)
	if newer != nil {
		answer := newer.do(t, w, file)
		if answer.Error == "" {
			_, values := w.run(t, X)
			answer.Error = w.difference(values, answer.Values)
		}
		fmt.Printf("%-16s scikit-learn %s: %s\n", w.name, newer.Version, cmp.Or(answer.Error, "no difference"))
	}
}

// matrix makes the data and writes it to a file for the other side.
func (w peerWork) matrix(t *testing.T) (X *ml.Matrix, file string) {
	t.Helper()
	fill := w.data
	if fill == nil {
		fill = mixedColumns
	}
	cells := fill(ml.NewRandomState(ml.NewSeed(uint32(*peersSeed))), w.rows, w.cols)
	X, err := ml.NewMatrix(w.rows, w.cols, columnMajor(cells, w.rows, w.cols))
	require.NoError(t, err)
	bytes, err := binary.Append(nil, binary.LittleEndian, cells)
	require.NoError(t, err)
	file = filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.WriteFile(file, bytes, 0o600))
	return X, file
}

// mixedColumns are numbers that hang together, each column on a scale of its own.
func mixedColumns(r *ml.RandomState, rows, cols int) []float64 {
	cells := make([]float64, 0, rows*cols)
	for range rows {
		common := r.Normal()
		for j := range cols {
			cells = append(cells, float64(j*j+1)*(common/float64(j+1)+r.Normal()+float64(j)))
		}
	}
	return cells
}

// difference says how far the values are from the peer's, if too far.
func (w peerWork) difference(values []float64, peer []string) string {
	if len(values) != len(peer) {
		return fmt.Sprintf("%d values against %d", len(values), len(peer))
	}
	worst, place := 0.0, 0
	for i, text := range peer {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return err.Error()
		}
		// Small values are measured against 1: they come from sums of larger ones.
		if d := math.Abs(values[i]-want) / max(1, math.Abs(want)); d > worst || math.IsNaN(d) {
			worst, place = d, i
		}
	}
	if worst <= w.tolerance {
		return ""
	}
	return fmt.Sprintf("value %d is %v, here %v (%.2g apart)", place, peer[place], values[place], worst)
}

func sortedTimes(seconds []float64) []float64 {
	slices.Sort(seconds)
	return seconds
}

func median(sorted []float64) float64 { return sorted[len(sorted)/2] }

// someCells are about a thousand cells, counted row by row and evenly spread.
func someCells(X *ml.Matrix) []float64 {
	rows, cols := X.Dims()
	step := max(1, rows*cols/1000)
	var out []float64
	for i := 0; i < rows*cols; i += step {
		out = append(out, X.At(i/cols, i%cols))
	}
	return out
}

func peerScaler(t *testing.T, X *ml.Matrix) (seconds float64, values []float64) {
	start := time.Now()
	m, err := ml.NewStandardScaler().Fit(t.Context(), X)
	require.NoError(t, err)
	Z, err := m.Transform(X)
	require.NoError(t, err)
	return time.Since(start).Seconds(), someCells(Z)
}

// peerPCA fits and transforms at once, as scikit-learn's fit_transform does.
func peerPCA(pca ml.PCA) func(t *testing.T, X *ml.Matrix) (seconds float64, values []float64) {
	return func(t *testing.T, X *ml.Matrix) (seconds float64, values []float64) {
		start := time.Now()
		m, Z, err := pca.FitTransform(t.Context(), X)
		seconds = time.Since(start).Seconds()
		require.NoError(t, err)
		axes, err := ml.MatrixFromRows(m.Components)
		require.NoError(t, err)
		return seconds, slices.Concat(m.ExplainedVariance, someCells(axes), someCells(Z))
	}
}

// firstTen is what peers.py calls randomized.
func firstTen() ml.PCA {
	pca := ml.NewPCA()
	pca.NComponents, pca.SVDSolver = 10, ml.SVDRandomized
	return pca
}

func peerKFold(t *testing.T, X *ml.Matrix) (seconds float64, values []float64) {
	start := time.Now()
	folds, err := ml.NewKFold(10, ml.Shuffle(ml.NewSeed(3))).Split(X.NumRows(), nil)
	seconds = time.Since(start).Seconds()
	require.NoError(t, err)
	for _, f := range folds {
		for _, rows := range [][]int{f.Train, f.Test} {
			sum := 0
			for _, row := range rows {
				sum += row
			}
			values = append(values, float64(sum))
		}
		values = append(values, float64(f.Train[len(f.Train)/2]), float64(f.Test[len(f.Test)/2]))
	}
	return seconds, values
}

// twoClasses are points behind their label, which is that of a bend through a few of
// the columns, one in ten of them wrong.
func twoClasses(r *ml.RandomState, rows, cols int) []float64 {
	cells := make([]float64, 0, rows*cols)
	for range rows {
		x := make([]float64, cols-1)
		for j := range x {
			x[j] = r.Normal()
		}
		label := 0.0
		if x[0]*x[1]+x[2]*math.Abs(x[3])+x[4] > 0 != (r.RandomSample() < 0.1) {
			label = 1
		}
		cells = append(append(cells, label), x...)
	}
	return cells
}

// labelled divides what twoClasses made.
func labelled(t *testing.T, X *ml.Matrix) (*ml.Matrix, []int) {
	rows, cols := X.Dims()
	y := make([]int, rows)
	for i, v := range X.Col(0) {
		y[i] = int(v)
	}
	cells := make([]float64, 0, rows*(cols-1))
	for j := 1; j < cols; j++ {
		cells = append(cells, X.Col(j)...)
	}
	X, err := ml.NewMatrix(rows, cols-1, cells)
	require.NoError(t, err)
	return X, y
}

func peerSVCFit(t *testing.T, X *ml.Matrix) (seconds float64, values []float64) {
	X, y := labelled(t, X)
	svc := ml.NewSVC()
	svc.CacheSize = 2000
	start := time.Now()
	m, err := svc.Fit(t.Context(), X, y)
	seconds = time.Since(start).Seconds()
	require.NoError(t, err)
	decision, err := m.Decision(t.Context(), X.Take(every(1, 500)))
	require.NoError(t, err)
	return seconds, append([]float64{float64(m.Iterations[0])}, someCells(decision)...)
}

// peerChurn is what the talk does with the churn data: an SVM and a forest, in three folds.
func peerChurn(t *testing.T, X *ml.Matrix) (seconds float64, values []float64) {
	X, y := labelled(t, X)
	start := time.Now()
	scaler, err := ml.NewStandardScaler().Fit(t.Context(), X)
	require.NoError(t, err)
	Z, err := scaler.Transform(X)
	require.NoError(t, err)
	forest := ml.NewRandomForest()
	forest.Seed = ml.NewSeed(0)
	for _, clf := range []ml.Classifier{ml.NewSVC(), forest} {
		predicted, err := ml.CrossValPredict(t.Context(), clf, Z, y, ml.NewKFold(3, ml.Shuffle(ml.NewSeed(0))))
		require.NoError(t, err)
		for _, code := range predicted {
			values = append(values, float64(code))
		}
	}
	return time.Since(start).Seconds(), values
}

func peerSVCPredict(t *testing.T, X *ml.Matrix) (seconds float64, values []float64) {
	X, y := labelled(t, X)
	m, err := ml.NewSVC().Fit(t.Context(), X.Take(every(1, 2000)), y[:2000])
	require.NoError(t, err)
	start := time.Now()
	decision, err := m.Decision(t.Context(), X)
	seconds = time.Since(start).Seconds()
	require.NoError(t, err)
	return seconds, someCells(decision)
}

package ml_test

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

const peersForestRuns = 3

// forestShape is a task to compare on.
type forestShape struct {
	name                     string
	rows, cols, trees, times int
	values                   int // distinct values per column; 0 if all are
}

var forestShapes = []forestShape{
	{"distinct", 20_000, 20, 100, 50, 0},
	{"coarse", 20_000, 20, 100, 50, 200},
	{"large", 100_000, 30, 20, 50, 0},
	{"churn", 3333, 17, 100, 200, 0},
}

// data is a bend in three columns, with wrong labels, and noise in the others.
func (s forestShape) data() (*ml.Matrix, []int) {
	r := ml.NewRandomState(ml.NewSeed(7))
	cells, y := make([]float64, s.rows*s.cols), make([]int, s.rows)
	for i := range cells {
		cells[i] = 2*r.RandomSample() - 1
		if s.values > 0 {
			cells[i] = math.Floor(cells[i] * float64(s.values) / 2)
		}
	}
	scale := max(1, float64(s.values)/2)
	at := func(i, j int) float64 { return cells[j*s.rows+i] / scale }
	for i := range y {
		if (at(i, 0)+2*at(i, 1)*at(i, 2)+at(i, 3)/2 > 0) != (r.RandomSample() < 0.1) {
			y[i] = 1
		}
	}
	X, err := ml.NewMatrix(s.rows, s.cols, cells)
	if err != nil {
		panic(err)
	}
	return X, y
}

// TestPeersForest grows the same forests here and in scikit-learn, by turns, with as
// many jobs as workers, and prints the medians; a node, a probability or a label that
// differs fails it.
func TestPeersForest(t *testing.T) {
	if *peersPython == "" {
		t.Skip("needs Python: -peers-forest /usr/bin/python3")
	}
	py := startScript[forestAnswer](t, "peers_forest.py", slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "OPENBLAS_") // what would slow its linear algebra down
	}))
	fmt.Printf("penstock: %s\nrival: %s\n", runtime.Version(), py.about)
	for _, s := range forestShapes {
		for _, workers := range slices.Compact([]int{1, runtime.NumCPU()}) {
			compareForests(t, py, s, workers)
		}
	}
}

type forestAnswer struct {
	Seconds float64
	Sum     string
}

func compareForests(t *testing.T, py *scriptPeer[forestAnswer], s forestShape, workers int) {
	X, y := s.data()
	job := map[string]any{"file": writeForestData(t, X, y), "rows": s.rows, "cols": s.cols, "trees": s.trees, "jobs": workers, "times": s.times}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
	f := ml.NewRandomForest()
	f.NEstimators, f.Workers = s.trees, workers
	ours, theirs := map[string][]float64{}, map[string][]float64{}
	add := func(what string, here, there forestAnswer) {
		require.Equal(t, here.Sum, there.Sum, "%s of %s", what, s.name)
		ours[what], theirs[what] = append(ours[what], here.Seconds), append(theirs[what], there.Seconds)
	}
	for range peersForestRuns {
		start := time.Now()
		m, err := f.Fit(t.Context(), X, y)
		here := forestAnswer{Seconds: time.Since(start).Seconds()}
		require.NoError(t, err)
		var nodes []any
		for _, tree := range m.Trees {
			nodes = append(nodes, tree.Feature, tree.Threshold, tree.Impurity, tree.Value)
		}
		here.Sum = shaOf(t, nodes...)
		add("fit", here, py.do("fit", job))

		start = time.Now()
		proba, err := m.PredictProba(t.Context(), X)
		here = forestAnswer{Seconds: time.Since(start).Seconds()}
		require.NoError(t, err)
		here.Sum = shaOf(t, rowMajor(proba))
		add("predict", here, py.do("predict", job))
		add("one", predictRows(t, m, X, s.times), py.do("one", job))
	}
	fmt.Printf("%s: %d×%d, %d trees, %d workers and jobs, all nodes, probabilities and labels equal; median of %d\n",
		s.name, s.rows, s.cols, s.trees, workers, peersForestRuns)
	for _, what := range []string{"fit", "predict", "one"} {
		a, b := medianOf(ours[what]), medianOf(theirs[what])
		fmt.Printf("  %-8s %10.3f ms, scikit-learn %10.3f ms, ratio %6.1f\n", what, 1e3*a, 1e3*b, b/a)
	}
}

// predictRows predicts rows one at a time, often enough to be measured.
func predictRows(t *testing.T, m *ml.ForestModel, X *ml.Matrix, n int) forestAnswer {
	t.Helper()
	rows, labels := make([][]float64, n), make([]int32, n)
	for i := range rows {
		rows[i] = X.Row(nil, i)
	}
	const rounds = 50
	start := time.Now()
	for range rounds {
		for i, row := range rows {
			label, err := m.Predict1(row)
			if err != nil {
				t.Fatal(err)
			}
			labels[i] = int32(label)
		}
	}
	return forestAnswer{time.Since(start).Seconds() / float64(rounds*n), shaOf(t, labels)}
}

func writeForestData(t *testing.T, X *ml.Matrix, y []int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "data")
	file, err := os.Create(name)
	require.NoError(t, err)
	w := bufio.NewWriter(file)
	_, cols := X.Dims()
	for j := range cols {
		require.NoError(t, binary.Write(w, binary.LittleEndian, X.Col(j)))
	}
	require.NoError(t, binary.Write(w, binary.LittleEndian, int32s(y)))
	require.NoError(t, w.Flush())
	require.NoError(t, file.Close())
	return name
}

func medianOf(a []float64) float64 {
	slices.SortFunc(a, cmp.Compare[float64])
	return a[len(a)/2]
}

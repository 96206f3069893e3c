package ml_test

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// boostingShape is a task to compare on.
type boostingShape struct {
	forestShape
	classes    int
	regression bool
	gradient   bool // GradientBoosting, whose splits are exact
}

var boostingShapes = []boostingShape{
	{forestShape{"churn", 3333, 17, 100, 100, 0}, 2, false, false},
	{forestShape{"distinct", 20_000, 20, 100, 50, 0}, 2, false, false},
	{forestShape{"coarse", 20_000, 20, 100, 50, 200}, 2, false, false},
	{forestShape{"classes", 20_000, 20, 30, 50, 0}, 5, false, false},
	{forestShape{"large", 100_000, 30, 100, 50, 0}, 2, false, false},
	{forestShape{"numbers", 100_000, 30, 100, 50, 0}, 9, true, false},
	{forestShape{"gradient churn", 3333, 17, 100, 100, 0}, 2, false, true},
	{forestShape{"gradient distinct", 20_000, 20, 20, 50, 0}, 2, false, true},
	{forestShape{"gradient coarse", 20_000, 20, 20, 50, 200}, 2, false, true},
	{forestShape{"gradient numbers", 20_000, 20, 20, 50, 0}, 9, true, true},
}

// labels has as many classes as asked for: whether a row is on one side of the bend
// of forestShape.data, and stripes of one column.
func (s boostingShape) labels(X *ml.Matrix, y []int) {
	if s.classes == 2 {
		return
	}
	stripe := X.Col(4)
	for i, v := range stripe {
		y[i] = (y[i]*2 + int(math.Floor((v+1)*3))) % s.classes
	}
}

// TestPeersBoosting boosts here and in scikit-learn, by turns, with as many threads as
// workers, and prints the medians. Trees may differ, as scikit-learn adds in an order that
// depends on its threads; the accuracy may not.
func TestPeersBoosting(t *testing.T) {
	if *peersPython == "" {
		t.Skip("needs Python: -peers /usr/bin/python3")
	}
	for _, workers := range slices.Compact([]int{1, runtime.NumCPU()}) {
		py := startScript[boostingAnswer](t, "peers_boosting.py", append(os.Environ(), "OMP_NUM_THREADS="+strconv.Itoa(workers)))
		fmt.Printf("penstock: %s\nrival: %s\n", runtime.Version(), py.about)
		for _, s := range boostingShapes {
			compareBoosting(t, py, s, workers)
		}
	}
}

type boostingAnswer struct {
	Seconds, Score float64
	Nodes          int
}

// boosted is what the models have in common here.
type boosted struct {
	nodes    int
	predict  func(X *ml.Matrix) error
	predict1 func(row []float64) error
	score    func(X *ml.Matrix, y []int) float64
}

func (s boostingShape) fit(t *testing.T, X *ml.Matrix, y []int, seed uint32) boosted {
	t.Helper()
	ctx := t.Context()
	h, hr := ml.NewHistGradientBoosting(), ml.NewHistGradientBoostingRegressor()
	h.MaxIter, h.EarlyStopping, h.Seed = s.trees, ml.EarlyStoppingOff, ml.NewSeed(seed)
	hr.HistBoostingParams = h.HistBoostingParams
	g, gr := ml.NewGradientBoosting(), ml.NewGradientBoostingRegressor()
	g.NEstimators, g.Seed = s.trees, ml.NewSeed(seed)
	gr.TreeParams, gr.GradientBoostingParams = g.TreeParams, g.GradientBoostingParams
	switch {
	case s.gradient && s.regression:
		m := fitted(gr.Fit(ctx, X, floats(y)))(t)
		return boostedRegressor(t, nodesOf(m.Trees), m)
	case s.gradient:
		m := fitted(g.Fit(ctx, X, y))(t)
		return boostedClassifier(t, nodesOf(m.Trees), m)
	case s.regression:
		m := fitted(hr.Fit(ctx, X, floats(y)))(t)
		return boostedRegressor(t, nodesOf(m.Trees), m)
	default:
		m := fitted(h.Fit(ctx, X, y))(t)
		return boostedClassifier(t, nodesOf(m.Trees), m)
	}
}

func boostedClassifier(t *testing.T, nodes int, m interface {
	ml.ClassifierModel
	Predict1(row []float64) (int, error)
}) boosted {
	return boosted{
		nodes,
		func(X *ml.Matrix) error { _, err := m.Predict(t.Context(), X); return err },
		func(row []float64) error { _, err := m.Predict1(row); return err },
		func(X *ml.Matrix, y []int) float64 { return ml.Accuracy(y, fitted(m.Predict(t.Context(), X))(t)) },
	}
}

func boostedRegressor(t *testing.T, nodes int, m interface {
	ml.RegressorModel
	Predict1(row []float64) (float64, error)
}) boosted {
	return boosted{
		nodes,
		func(X *ml.Matrix) error { _, err := m.Predict(t.Context(), X); return err },
		func(row []float64) error { _, err := m.Predict1(row); return err },
		func(X *ml.Matrix, y []int) float64 {
			return fitted(ml.R2(floats(y), fitted(m.Predict(t.Context(), X))(t)))(t)
		},
	}
}

func nodesOf[T interface{ NumNodes() int }](stages [][]T) int {
	nodes := 0
	for _, stage := range stages {
		for _, tree := range stage {
			nodes += tree.NumNodes()
		}
	}
	return nodes
}

func floats(y []int) []float64 {
	out := make([]float64, len(y))
	for i, v := range y {
		out[i] = float64(v)
	}
	return out
}

func compareBoosting(t *testing.T, py *scriptPeer[boostingAnswer], s boostingShape, workers int) {
	X, y := s.data()
	s.labels(X, y)
	job := map[string]any{
		"file": writeForestData(t, X, y), "rows": s.rows, "cols": s.cols, "trees": s.trees, "times": s.times, "regression": s.regression, "gradient": s.gradient,
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
	ours, theirs := map[string][]float64{}, map[string][]float64{}
	var nodes, theirNodes int
	for range peersForestRuns {
		timed := func(what string, f func()) {
			start := time.Now()
			f()
			ours[what] = append(ours[what], time.Since(start).Seconds())
			a := py.do(what, job)
			theirs[what] = append(theirs[what], a.Seconds)
			theirNodes = max(theirNodes, a.Nodes)
		}
		var m boosted
		timed("fit", func() { m = s.fit(t, X, y, 0) })
		timed("predict", func() { require.NoError(t, m.predict(X)) })
		rows := make([][]float64, s.times)
		for i := range rows {
			rows[i] = X.Row(nil, i)
		}
		timed("one", func() {
			for _, row := range rows {
				require.NoError(t, m.predict1(row))
			}
		})
		last := len(ours["one"]) - 1
		ours["one"][last] /= float64(s.times)
		nodes = m.nodes
	}
	fmt.Printf("%s: %d×%d, %d iterations, %d workers and threads, %d nodes, scikit-learn %d; median of %d\n",
		s.name, s.rows, s.cols, s.trees, workers, nodes, theirNodes, peersForestRuns)
	for _, what := range []string{"fit", "predict", "one"} {
		a, b := medianOf(ours[what]), medianOf(theirs[what])
		fmt.Printf("  %-8s %10.3f ms, scikit-learn %10.3f ms, ratio %6.1f\n", what, 1e3*a, 1e3*b, b/a)
	}
}

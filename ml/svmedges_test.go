package ml_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestSVCOfCellsAllAlike(t *testing.T) {
	X := matrixOf(t, []float64{3, 3}, []float64{3, 3}, []float64{3, 3}, []float64{3, 3})
	m := fitted(ml.NewSVC().Fit(t.Context(), X, []int{0, 1, 1, 0}))(t)
	assert.Equal(t, 1.0, m.Gamma, "what is divided by the variance has none")
	assert.Equal(t, []float64{0, 0, 0, 0}, rowMajor(fitted(m.Decision(t.Context(), X))(t)))
	assert.Equal(t, []int{1, 1, 1, 1}, fitted(m.Predict(t.Context(), X))(t))
}

// With so small a C all rows are at the bound, and the border is between the bounds of the intercept.
func TestSVCOfAllRowsAtTheBound(t *testing.T) {
	X, _ := rings(6, 40, 2)
	y := make([]int, 40)
	for i := range y {
		y[i] = i % 2
	}
	s := ml.NewSVC()
	s.C = 1e-12
	m := fitted(s.Fit(t.Context(), X, y))(t)
	require.Len(t, m.Support, 40)
	for _, w := range m.DualCoef[0] {
		assert.Equal(t, s.C, math.Abs(w))
	}
	assert.True(t, m.Converged)
	assert.LessOrEqual(t, math.Abs(m.Intercept[0]), 1e-9, "as many rows pull to one side as to the other")
}

func TestSVCThatMaxIterStops(t *testing.T) {
	X, y := rings(6, 80, 2)
	s := ml.NewSVC()
	s.C, s.MaxIter = 1e10, 50
	m := fitted(s.Fit(t.Context(), X, y))(t)
	assert.False(t, m.Converged)
	assert.Equal(t, []int{50}, m.Iterations)
	for _, v := range rowMajor(fitted(m.Decision(t.Context(), X))(t)) {
		assert.False(t, math.IsNaN(v) || math.IsInf(v, 0))
	}
}

// Twins have no distance that a step could be divided by, and with labels that differ both stay at
// the bound.
func TestSVCOfTwinsWithBothLabels(t *testing.T) {
	X := matrixOf(t, []float64{0, 1}, []float64{0, 1}, []float64{2, 0}, []float64{2, 0})
	for k := ml.KernelRBF; k <= ml.KernelSigmoid; k++ {
		s := ml.NewSVC()
		s.Kernel, s.C = k, 0.7
		m := fitted(s.Fit(t.Context(), X, []int{0, 1, 1, 0}))(t)
		assert.True(t, m.Converged, k)
		for _, w := range m.DualCoef[0] {
			assert.Equal(t, 0.7, math.Abs(w), k)
		}
		for _, v := range rowMajor(fitted(m.Decision(t.Context(), X))(t)) {
			assert.InDelta(t, 0, v, 1e-7, "%v: nothing tells them apart", k)
		}
	}
}

// More columns than rows, and columns that are sums of others.
func TestSVCOfDependentColumns(t *testing.T) {
	X, y := rings(9, 12, 30)
	s := ml.NewSVC()
	s.Kernel, s.Tol = ml.KernelLinear, 1e-9
	want := fitted(s.Fit(t.Context(), X, y))(t)
	assert.Equal(t, y, fitted(want.Predict(t.Context(), X))(t), "a plane parts any 12 points in general position in 30 dimensions")

	thrice := fitted(ml.NewMatrix(12, 90, slices.Concat(columns(X), columns(X), columns(X))))(t)
	s.C = 1. / 3 // the kernel is three times as large
	got := fitted(s.Fit(t.Context(), thrice, y))(t)
	assert.InDeltaSlice(t, rowMajor(fitted(want.Decision(t.Context(), X))(t)), rowMajor(fitted(got.Decision(t.Context(), thrice))(t)), 1e-6)
}

func columns(X *ml.Matrix) (cells []float64) {
	_, cols := X.Dims()
	for j := range cols {
		cells = append(cells, X.Col(j)...)
	}
	return cells
}

// A sigmoid with a steep slope is no inner product: the solver still ends, with all conditions met.
func TestSVCOfAnIndefiniteKernel(t *testing.T) {
	X, y := rings(8, 60, 3)
	s := ml.NewSVC()
	s.Kernel, s.Gamma, s.Coef0, s.MaxIter = ml.KernelSigmoid, 5, -1, 100_000
	m := fitted(s.Fit(t.Context(), X, y))(t)
	assert.True(t, m.Converged)
	var sum float64
	for _, w := range m.DualCoef[0] {
		assert.LessOrEqual(t, math.Abs(w), 1.0)
		sum += w
	}
	assert.InDelta(t, 0, sum, 1e-12)
}

// Where each of three classes wins one pair, the lowest label has it, or with BreakTies the one with
// the largest decision.
func TestSVCVotesInACircle(t *testing.T) {
	X, y := clouds(60)
	for i := range y {
		y[i] = (y[i] + i/3) % 3 // noise, so that borders meet where they like
	}
	s := ml.NewSVC()
	s.C = 100
	m := fitted(s.Fit(t.Context(), X, y))(t)
	s.BreakTies = true
	breaking := fitted(s.Fit(t.Context(), X, y))(t)
	at := fitted(gridOf(-1, 3, 80))(t)
	pairs, decision := fitted(m.PairDecision(t.Context(), at))(t), fitted(m.Decision(t.Context(), at))(t)
	got, broken := fitted(m.Predict(t.Context(), at))(t), fitted(breaking.Predict(t.Context(), at))(t)
	circles, elsewhere := 0, 0
	for row := range got {
		first, second := pairs.At(row, 0) > 0, pairs.At(row, 2) > 0 // 0 beats 1; 1 beats 2
		if third := pairs.At(row, 1) < 0; first != second || second != third {
			continue // 2 beats 0, or not: no circle
		}
		circles++
		assert.Zero(t, got[row])
		values := decision.Row(nil, row)
		assert.Equal(t, slices.Index(values, slices.Max(values)), broken[row])
		if broken[row] != 0 {
			elsewhere++
		}
	}
	assert.Greater(t, circles, 5)
	assert.Greater(t, elsewhere, 0)
}

// gridOf has steps² points of a square.
func gridOf(low, high float64, steps int) (*ml.Matrix, error) {
	cells := make([]float64, 2*steps*steps)
	for i := range steps * steps {
		cells[i] = low + (high-low)*float64(i%steps)/float64(steps)
		cells[steps*steps+i] = low + (high-low)*float64(i/steps)/float64(steps)
	}
	return ml.NewMatrix(steps*steps, 2, cells)
}

// One row in a thousand: without weights it may be overlooked, with balanced ones it is found.
func TestLearnersOfARareClass(t *testing.T) {
	X, y := rings(11, 1001, 2)
	clear(y)
	y[500] = 1
	balanced := ml.BalancedClasses()
	svc, linear, logistic := ml.NewSVC(), ml.NewLinearSVC(), ml.NewLogisticRegression()
	svc.ClassWeight, linear.ClassWeight, logistic.ClassWeight = balanced, balanced, balanced
	for name, clf := range map[string]ml.Classifier{"SVC": svc, "LinearSVC": linear, "LogisticRegression": logistic} {
		m := fitted(clf.FitClassifier(t.Context(), X, y))(t)
		assert.Equal(t, 1, fitted(m.Predict(t.Context(), X))(t)[500], name)
	}
	nb := fitted(ml.NewGaussianNB().Fit(t.Context(), X, y))(t)
	assert.InDelta(t, 1./1001, nb.Prior[1], 1e-15, "GaussianNB has a variance for one row, that of its smoothing")
}

// A weight of 2 is the row given twice, and a weight of 0 is none.
func TestWeightOfTwoIsTheRowTwice(t *testing.T) {
	X, y := rings(12, 60, 3)
	var weights []float64
	var rows, labels []int
	for i := range y {
		weights = append(weights, float64(i%3))
		for range i % 3 {
			rows, labels = append(rows, i), append(labels, y[i])
		}
	}
	repeated := X.Take(rows)
	ctx := t.Context()
	decision := func(m ml.DecisionModel) []float64 { return rowMajor(fitted(m.Decision(ctx, X))(t)) }
	svc, linear, logistic := ml.NewSVC(), ml.NewLinearSVC(), ml.NewLogisticRegression()
	svc.Tol, svc.Gamma, linear.Tol, linear.MaxIter = 1e-10, 0.5, 1e-11, 1e6
	assert.InDeltaSlice(t, decision(fitted(svc.Fit(ctx, repeated, labels))(t)), decision(fitted(svc.FitWeighted(ctx, X, y, weights))(t)), 1e-6, "SVC")
	assert.InDeltaSlice(t, decision(fitted(linear.Fit(ctx, repeated, labels))(t)), decision(fitted(linear.FitWeighted(ctx, X, y, weights))(t)), 1e-8, "LinearSVC")
	assert.InDeltaSlice(t, decision(fitted(logistic.Fit(ctx, repeated, labels))(t)), decision(fitted(logistic.FitWeighted(ctx, X, y, weights))(t)), 1e-8, "LogisticRegression")

	nb := ml.NewGaussianNB()
	nb.VarSmoothing = 0 // which goes by the rows as they are
	assert.InDeltaSlice(t, rowMajor(fitted(fitted(nb.Fit(ctx, repeated, labels))(t).PredictProba(ctx, X))(t)),
		rowMajor(fitted(fitted(nb.FitWeighted(ctx, X, y, weights))(t).PredictProba(ctx, X))(t)), 1e-10, "GaussianNB")

	predict := func(m ml.RegressorModel) []float64 { return fitted(m.Predict(ctx, X))(t) }
	values, some := valuesOf(y), valuesOf(labels)
	svr := ml.NewSVR()
	svr.Tol, svr.Gamma = 1e-10, 0.5
	assert.InDeltaSlice(t, predict(fitted(svr.Fit(ctx, repeated, some))(t)), predict(fitted(svr.FitWeighted(ctx, X, values, weights))(t)), 1e-6, "SVR")
	assert.InDeltaSlice(t, predict(fitted(ml.NewRidge().Fit(ctx, repeated, some))(t)), predict(fitted(ml.NewRidge().FitWeighted(ctx, X, values, weights))(t)), 1e-10, "Ridge")
	ols := ml.NewLinearRegression()
	assert.InDeltaSlice(t, predict(fitted(ols.Fit(ctx, repeated, some))(t)), predict(fitted(ols.FitWeighted(ctx, X, values, weights))(t)), 1e-10, "LinearRegression")
}

// An allowance of one row, or of none, still gives the two that a step takes.
func TestSVMInMemoryForOneRow(t *testing.T) {
	X, y := rings(13, 70, 2)
	svc, svr := ml.NewSVC(), ml.NewSVR()
	want, wantValues := fitted(svc.Fit(t.Context(), X, y))(t), fitted(svr.Fit(t.Context(), X, valuesOf(y)))(t)
	for _, bytes := range []float64{1, 4 * 70} {
		svc.CacheSize, svr.CacheSize = bytes/(1<<20), bytes/(1<<20)
		got := fitted(svc.Fit(t.Context(), X, y))(t)
		assert.True(t, got.CacheTooSmall())
		requireSameSVC(t, want, got)
		gotValues := fitted(svr.Fit(t.Context(), X, valuesOf(y)))(t)
		assert.True(t, gotValues.CacheTooSmall())
		assert.Equal(t, saved(t, wantValues), saved(t, gotValues))
		one := ml.NewOneClassSVM()
		assert.False(t, fitted(one.Fit(t.Context(), X))(t).CacheTooSmall())
		one.CacheSize = svc.CacheSize
		assert.True(t, fitted(one.Fit(t.Context(), X))(t).CacheTooSmall())
	}
}

// Samples far from the origin and close to each other have distances that are small differences of
// large numbers: steps and results are those of libsvm only with its bits.
func TestSVCOfRowsFarFromTheOrigin(t *testing.T) {
	for seed, c := range []struct { // scikit-learn 1.2.1, rbf with gamma 0.5 and linear with tol 1e-9, both with C 3
		steps     [2]int
		intercept [2]float64
	}{
		{[2]int{173, 277}, [2]float64{-0x1.f8525c2fbe507p-3, -0x1.ba85a2a73eb85p+12}},
		{[2]int{175, 435}, [2]float64{0x1.85ea87620a646p-4, -0x1.3d2d99cfdf37dp+12}},
		{[2]int{151, 651}, [2]float64{0x1.32625904ae7bap-2, -0x1.0e6aaeb72f460p+12}},
	} {
		X, y := uniform(uint32(seed), 80, 5, 2)
		X = fitted(mapped(X, func(v float64) float64 { return 3*v + 1000 }))(t)
		rbf, linear := ml.NewSVC(), ml.NewSVC()
		rbf.C, linear.C, rbf.Gamma = 3, 3, 0.5
		linear.Kernel, linear.Tol = ml.KernelLinear, 1e-9
		for i, s := range []ml.SVC{rbf, linear} {
			m := fitted(s.Fit(t.Context(), X, y))(t)
			assert.Equal(t, c.steps[i], m.Iterations[0], "%v %d", s.Kernel, seed)
			assert.InEpsilon(t, c.intercept[i], m.Intercept[0], 1e-12, "%v %d", s.Kernel, seed)
		}
	}
}

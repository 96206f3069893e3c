package ml_test

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

type svcCase struct {
	goldenData
	Scaled bool
	Params struct {
		C, Coef0, Tol float64
		Kernel        ml.Kernel
		Degree        int
		Gamma         string
		MaxIter       int `json:"max_iter"`
		Shrinking     bool
		BreakTies     bool `json:"break_ties"`
		Balanced      bool // classes
		Weighted      bool // rows, by their number mod 3, halved
	}
	Gamma      string
	Iterations []int `json:"n_iter"`
	Converged  bool
	Support    []int
	NumSupport []int `json:"n_support"`
	Intercept  hexFloats
	DualCoef   hexFloats `json:"dual_coef"` // of every so many support vectors
	Step       int       // every so many rows are in
	Pairs      hexFloats
	Decision   hexFloats
	Predict    []int
}

func (c svcCase) training(t *testing.T) (*ml.Matrix, []int) {
	if c.X != nil {
		return c.matrix(t), c.Y
	}
	X, y := dataSet(t, c.Name)
	if c.Scaled {
		X = scaled(t, X)
	}
	return X, y
}

func (c svcCase) svc(t *testing.T) ml.SVC {
	s, p := ml.NewSVC(), c.Params
	s.C, s.Kernel, s.Degree, s.Coef0 = p.C, p.Kernel, p.Degree, p.Coef0
	s.Tol, s.MaxIter, s.Shrinking, s.BreakTies = p.Tol, p.MaxIter, p.Shrinking, p.BreakTies
	if p.Balanced {
		s.ClassWeight = ml.BalancedClasses()
	}
	switch p.Gamma {
	case "scale":
	case "auto":
		s.Gamma = ml.GammaAuto
	default:
		g, err := strconv.ParseFloat(p.Gamma, 64)
		require.NoError(t, err)
		s.Gamma = ml.Gamma(g)
	}
	return s
}

// tolerance is what two solutions may differ by in decision values. At Tol 1e-9
// the optimum itself is reached, whatever the steps: 1e-6. At the default of
// 1e-3 only the same steps lead to the same place, and then to 1e-10 of what the
// weights can add up to.
func (c svcCase) tolerance() float64 {
	if c.Params.Tol <= 1e-9 {
		return 1e-6
	}
	return 1e-10 * max(1, c.Params.C)
}

func TestSVCIsScikitLearns(t *testing.T) {
	for _, want := range golden[svcCase](t, "svc.json") {
		t.Run(fmt.Sprintf("%s/%v", want.Name, want.Params), func(t *testing.T) {
			X, y := want.training(t)
			var weights []float64
			if want.Params.Weighted {
				for i := range y {
					weights = append(weights, float64(i%3)/2)
				}
			}
			got, err := want.svc(t).FitWeighted(t.Context(), X, y, weights)
			require.NoError(t, err)

			if want.Params.Kernel != ml.KernelPrecomputed && want.Params.Kernel != ml.KernelLinear {
				gamma, err := strconv.ParseFloat(want.Gamma, 64)
				require.NoError(t, err)
				assert.Equal(t, gamma, got.Gamma)
			}
			assert.Equal(t, want.Converged, got.Converged)
			assert.Equal(t, want.NumSupport, got.NumSupport)
			assert.Equal(t, want.Support, got.Support)
			if want.Params.Tol > 1e-9 { // below, rounding may choose the steps
				require.Equal(t, want.Iterations, got.Iterations)
			}
			tol := want.tolerance()
			assert.InDeltaSlice(t, want.Intercept, got.Intercept, tol)
			var coef []float64
			for _, row := range got.DualCoef {
				for i := 0; i < len(row); i += max(1, len(row)/20) {
					coef = append(coef, row[i])
				}
			}
			assert.InDeltaSlice(t, want.DualCoef, coef, tol)
			some := X.Take(every(want.Step, len(y)))
			pairs, err := got.PairDecision(t.Context(), some)
			require.NoError(t, err)
			assert.InDeltaSlice(t, want.Pairs, rowMajor(pairs), tol)
			decision, err := got.Decision(t.Context(), some)
			require.NoError(t, err)
			assert.InDeltaSlice(t, want.Decision, rowMajor(decision), tol)
			predicted, err := got.Predict(t.Context(), X)
			require.NoError(t, err)
			assert.Equal(t, want.Predict, predicted)
		})
	}
}

// One row has the numbers that it has among others, and takes no memory.
func TestSVCPredict1(t *testing.T) {
	for _, name := range []string{"iris", "breast_cancer", "wine"} {
		for k := ml.KernelRBF; k <= ml.KernelSigmoid; k++ {
			for _, breakTies := range []bool{false, true} {
				X, y := dataSet(t, name)
				X = scaled(t, X)
				svc := ml.NewSVC()
				svc.Kernel, svc.C, svc.BreakTies = k, 0.02, breakTies // a small C makes ties
				m, err := svc.Fit(t.Context(), X, y)
				require.NoError(t, err)
				labels, err := m.Predict(t.Context(), X)
				require.NoError(t, err)
				decision, err := m.Decision(t.Context(), X)
				require.NoError(t, err)
				_, cols := decision.Dims()
				got := make([]float64, cols)
				for i, want := range labels {
					label, err := m.Predict1(X.Row(nil, i))
					require.NoError(t, err)
					require.Equal(t, want, label)
					require.NoError(t, m.Decision1(X.Row(nil, i), got))
					require.Equal(t, decision.Row(nil, i), got)
				}
				row := X.Row(nil, 0)
				assert.Zero(t, testing.AllocsPerRun(100, func() {
					_, _ = m.Predict1(row)
					_ = m.Decision1(row, got)
				}))
				_, err = m.Predict1(row[:3])
				assert.EqualError(t, err, fmt.Sprintf("ml: SVC: the row has 3 values, the model was fitted on %d columns", len(row)))
				assert.EqualError(t, m.Decision1(row, nil), fmt.Sprintf("ml: SVC: 0 places for %d decision values", cols))
				row[2] = math.Inf(1)
				_, err = m.Predict1(row)
				assert.EqualError(t, err, "ml: SVC: column 2 is +Inf, only finite numbers are allowed")
			}
		}
	}
}

// The primal value, computed from the decision values, is as far above the dual one as the model
// says, and MaxGap makes that nothing, wherever the steps have led.
func TestSVCDualityGap(t *testing.T) {
	X, y := rings(3, 300, 5)
	for k := ml.KernelRBF; k <= ml.KernelPoly; k++ {
		t.Run(k.String(), func(t *testing.T) {
			svc := ml.NewSVC()
			svc.Kernel, svc.C, svc.Coef0, svc.Tol = k, 2, 1, 0.05
			rough, err := svc.Fit(t.Context(), X, y)
			require.NoError(t, err)
			gap := rough.DualityGap()[0]
			assert.Greater(t, gap, 1e-4)
			assert.InEpsilon(t, primalValue(t, rough, svc.C, X, y)+rough.Objective[0], gap, 1e-2)

			svc.MaxGap = 1e-10
			var fine []*ml.SVCModel
			for _, shrinking := range []bool{true, false} {
				svc.Shrinking = shrinking
				m, err := svc.Fit(t.Context(), X, y)
				require.NoError(t, err)
				assert.True(t, m.Converged)
				assert.LessOrEqual(t, m.DualityGap()[0], 1e-10*-m.Objective[0])
				assert.Greater(t, m.Iterations[0], rough.Iterations[0])
				fine = append(fine, m)
			}
			assert.InEpsilon(t, fine[0].Objective[0], fine[1].Objective[0], 2e-10)
			assert.GreaterOrEqual(t, rough.Objective[0], fine[0].Objective[0])
			assert.LessOrEqual(t, rough.Objective[0]-gap, fine[0].Objective[0])
		})
	}
	svc := ml.NewSVC()
	svc.MaxGap = 1e-30
	m, err := svc.Fit(t.Context(), X, y)
	require.NoError(t, err)
	assert.False(t, m.Converged, "float64 has no such gap")
}

// primalValue is ½wᵀw + C·Σ max(0, 1 − y·value).
func primalValue(t *testing.T, m *ml.SVCModel, c float64, X *ml.Matrix, y []int) float64 {
	t.Helper()
	values, err := m.PairDecision(t.Context(), X)
	require.NoError(t, err)
	var sum float64
	for i, row := range m.Support { // wᵀw = Σ coef·(value − intercept)
		sum += m.DualCoef[0][i] * (values.At(row, 0) - m.Intercept[0]) / 2
	}
	for i, code := range y {
		sum += c * max(0, 1-float64(2*code-1)*values.At(i, 0))
	}
	return sum
}

func every(step, n int) []int {
	var out []int
	for i := 0; i < n; i += step {
		out = append(out, i)
	}
	return out
}

// A kernel of one's own that computes what a named one does gives the same machine.
func TestSVCKernelFunc(t *testing.T) {
	X, y := dataSet(t, "iris")
	named := ml.NewSVC()
	named.Kernel = ml.KernelLinear
	own := ml.NewSVC()
	own.KernelFunc = func(x, z []float64) float64 {
		var sum float64
		for i := range x {
			sum += x[i] * z[i]
		}
		return sum
	}
	want, err := named.Fit(t.Context(), X, y)
	require.NoError(t, err)
	got, err := own.Fit(t.Context(), X, y)
	require.NoError(t, err)
	for i := range want.DualCoef {
		assert.InDeltaSlice(t, want.DualCoef[i], got.DualCoef[i], 1e-12)
	}
	assert.Equal(t, want.Iterations, got.Iterations)
	a, err := want.Decision(t.Context(), X)
	require.NoError(t, err)
	b, err := got.Decision(t.Context(), X)
	require.NoError(t, err)
	assert.InDeltaSlice(t, rowMajor(a), rowMajor(b), 1e-12)
}

func TestSVCCacheDoesNotChangeTheResult(t *testing.T) {
	X, y := rings(1, 60, 2)
	want, err := ml.NewSVC().Fit(t.Context(), X, y)
	require.NoError(t, err)
	for _, bytes := range []int{1, 3 * 4 * 60, 59 * 4 * 60} {
		s := ml.NewSVC()
		s.CacheSize = float64(bytes) / (1 << 20)
		got, err := s.Fit(t.Context(), X, y)
		require.NoError(t, err)
		assert.Equal(t, bytes < 59*4*60, got.CacheTooSmall(), "of 60 rows one at least is not used")
		requireSameSVC(t, want, got)
	}
}

// The solution of the dual problem is known by its conditions: 0 ≤ α ≤ C, the
// weights sum to zero, and a vector strictly inside lies on the margin.
func requireSameSVC(t *testing.T, want, got *ml.SVCModel) {
	t.Helper()
	require.Equal(t, saved(t, want), saved(t, got))
	require.Equal(t, want.DualityGap(), got.DualityGap())
}

// With many columns the whole kernel matrix is computed at once, if there is memory for it.
func TestSVCOfManyColumnsIsTheSameInLittleMemory(t *testing.T) {
	for _, rows := range []int{61, 300, 1100} {
		for k := ml.KernelRBF; k <= ml.KernelSigmoid; k++ {
			for _, shrinking := range []bool{true, false} {
				t.Run(fmt.Sprintf("%d rows/%v/shrinking=%v", rows, k, shrinking), func(t *testing.T) {
					X, y := rings(7, rows, 33)
					svc := ml.NewSVC()
					svc.Kernel, svc.Shrinking, svc.C, svc.MaxIter = k, shrinking, 3, 3000
					whole, err := svc.Fit(t.Context(), X, y)
					require.NoError(t, err)
					assert.False(t, whole.CacheTooSmall())
					svc.CacheSize = 0.01
					parts, err := svc.Fit(t.Context(), X, y)
					require.NoError(t, err)
					assert.True(t, parts.CacheTooSmall())
					requireSameSVC(t, whole, parts)
				})
			}
		}
	}
}

func TestSVCIsOptimal(t *testing.T) {
	X, y := rings(2, 80, 2)
	svc := ml.NewSVC()
	svc.Tol, svc.C = 1e-8, 3
	m, err := svc.Fit(t.Context(), X, y)
	require.NoError(t, err)
	decision, err := m.Decision(t.Context(), X)
	require.NoError(t, err)
	weight := map[int]float64{}
	var sum float64
	for i, row := range m.Support {
		weight[row] = m.DualCoef[0][i]
		sum += m.DualCoef[0][i]
	}
	assert.InDelta(t, 0, sum, 1e-10)
	for row, code := range y {
		sign := float64(2*code - 1)
		alpha, margin := sign*weight[row], sign*decision.At(row, 0)
		switch {
		case alpha == 0:
			assert.GreaterOrEqual(t, margin, 1-1e-6, "row %d", row)
		case alpha == svc.C:
			assert.LessOrEqual(t, margin, 1+1e-6, "row %d", row)
		default:
			assert.True(t, alpha > 0 && alpha < svc.C, "row %d: alpha %v", row, alpha)
			assert.InDelta(t, 1, margin, 1e-6, "row %d", row)
		}
	}
}

func TestSVCDecisionOfZeroIsTheSecondClass(t *testing.T) {
	X := matrixOf(t, []float64{0}, []float64{1}, []float64{.5})
	m, err := ml.NewSVC().Fit(t.Context(), X.Take([]int{0, 1}), []int{4, 6})
	require.NoError(t, err)
	decision, err := m.Decision(t.Context(), X)
	require.NoError(t, err)
	assert.Zero(t, decision.At(2, 0), "halfway between")
	got, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []int{4, 6, 6}, got)
}

func TestSVCRefuses(t *testing.T) {
	with := func(change func(*ml.SVC)) ml.SVC {
		s := ml.NewSVC()
		change(&s)
		return s
	}
	X := [][]float64{{1, 2}, {3, 4}}
	for _, c := range []struct {
		name string
		svc  ml.SVC
		x    [][]float64
		y    []int
		want string
	}{
		{"ZeroValue", ml.SVC{}, X, []int{0, 1},
			"ml: SVC: C is 0, must be a finite number > 0; Gamma is 0, must be a finite number > 0, GammaScale or GammaAuto; " +
				"Tol is 0, must be a finite number > 0; CacheSize is 0, must be > 0 MB"},
		{"NotFinite", with(func(s *ml.SVC) { s.C, s.Gamma, s.MaxIter = math.Inf(1), ml.Gamma(math.NaN()), -2 }), X, []int{0, 1},
			"ml: SVC: C is +Inf, must be a finite number > 0; Gamma is NaN, must be a finite number > 0, GammaScale or GammaAuto; " +
				"MaxIter is -2, must be -1 (no limit) or >= 0"},
		{"NotSquare", with(func(s *ml.SVC) { s.Kernel = ml.KernelPrecomputed }), [][]float64{{1, 2}, {3, 4}, {5, 6}}, []int{0, 1, 0},
			"ml: SVC: a precomputed kernel is square, the matrix is 3×2"},
		{"PolyOverflows", with(func(s *ml.SVC) { s.Kernel, s.Degree = ml.KernelPoly, 400 }), [][]float64{{1, 2e3}, {3e3, 4}}, []int{0, 1},
			"ml: SVC: values of the kernel poly are too large to work with, scale the columns"},
		{"OneClass", ml.NewSVC(), X, []int{3, 3}, "ml: SVC: the labels hold one class, at least two are needed: all 2 labels are 3"},
		{"FewLabels", ml.NewSVC(), X, []int{3}, "ml: SVC: 1 labels for 2 rows"},
		{"NaN", ml.NewSVC(), [][]float64{{1, 2}, {3, math.NaN()}}, []int{0, 1}, "ml: SVC: row 1, column 1: NaN, only finite numbers are allowed"},
		{"SquareOverflows", with(func(s *ml.SVC) { s.Gamma = 1 }), [][]float64{{1e200}, {-1e200}}, []int{0, 1},
			"ml: SVC: row 0 is too long for float64 with +Inf as the sum of its squares, scale the columns"},
		{"VarianceOverflows", ml.NewSVC(), [][]float64{{6e153}, {-6e153}, {6e153}, {-6e153}, {6e153}, {-6e153}}, []int{0, 1, 0, 1, 0, 1},
			"ml: SVC: Gamma scale is 0 for these cells, scale the columns"},
		{"VarianceUnderflows", ml.NewSVC(), [][]float64{{1e-160}, {-1e-160}}, []int{0, 1},
			"ml: SVC: Gamma scale is +Inf for these cells, scale the columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := c.svc.Fit(t.Context(), matrixOf(t, c.x...), c.y)
			assert.EqualError(t, err, c.want)
			assert.Nil(t, m)
		})
	}
	_, err := ml.NewSVC().Fit(t.Context(), matrixOf(t, X...), []int{3, 3})
	assert.ErrorIs(t, err, ml.ErrOneClass)
	_, err = ml.SVC{}.Fit(t.Context(), matrixOf(t, X...), []int{0, 1})
	var params *ml.ParamError
	require.ErrorAs(t, err, &params)
	assert.Len(t, params.Problems, 4)
}

func TestSVCRefusesWeights(t *testing.T) {
	X, y := matrixOf(t, []float64{1}, []float64{2}, []float64{3}), []int{7, 7, 9}
	for _, c := range []struct {
		name    string
		weights []float64
		want    string
	}{
		{"ClassOfWeight0", []float64{0, 0, 1}, "ml: SVC: all rows with label 7 weigh 0, every class needs one that does not"},
		{"Negative", []float64{1, -1, 1}, "ml: SVC: the weight of row 1 is -1, it must be a finite number >= 0"},
		{"Few", []float64{1}, "ml: SVC: 1 weights for 3 rows"},
		{"All0", []float64{0, 0, 0}, "ml: SVC: the weights sum to 0, that must be a finite number > 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ml.NewSVC().FitWeighted(t.Context(), X, y, c.weights)
			assert.EqualError(t, err, c.want)
		})
	}
}

func TestSVCPredictChecksItsInput(t *testing.T) {
	X, y := rings(1, 20, 3)
	m, err := ml.NewSVC().Fit(t.Context(), X, y)
	require.NoError(t, err)
	_, err = m.Predict(t.Context(), matrixOf(t, []float64{1, 2}))
	assert.EqualError(t, err, "ml: SVC: the matrix has 2 columns, the model was fitted on 3")
	wide, err := ml.NewSVC().Fit(t.Context(), X, append([]int{2}, y[1:]...))
	require.NoError(t, err)
	_, err = wide.Decision(t.Context(), matrixOf(t, []float64{1, 2}))
	assert.EqualError(t, err, "ml: SVC: the matrix has 2 columns, the model was fitted on 3")
	_, err = m.Decision(t.Context(), matrixOf(t, []float64{1, 2, math.Inf(-1)}))
	assert.EqualError(t, err, "ml: SVC: row 0, column 2: -Inf, only finite numbers are allowed")
	none, err := m.Predict(t.Context(), X.Take(nil))
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestSVCStopsWithItsContext(t *testing.T) {
	X, y := rings(1, 50, 3)
	m, err := ml.NewSVC().Fit(t.Context(), X, y)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ml.NewSVC().Fit(ctx, X, y)
	assert.ErrorIs(t, err, context.Canceled)
	_, err = m.Predict(ctx, X)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestGammaString(t *testing.T) {
	assert.Equal(t, "scale auto 0.5", fmt.Sprint(ml.GammaScale, ml.GammaAuto, ml.Gamma(.5)))
}

func TestSVCOfRowsTooFarAway(t *testing.T) {
	X := matrixOf(t, []float64{1, 2}, []float64{2, -1}, []float64{3, 1}, []float64{4, 0})
	far := matrixOf(t, []float64{1, 1}, []float64{1.7e308, -1.7e308})
	svc := ml.NewSVC()
	svc.Kernel, svc.C = ml.KernelLinear, 100
	for _, y := range [][]int{{0, 0, 1, 1}, {0, 1, 2, 2}} {
		m, err := svc.Fit(t.Context(), X, y)
		require.NoError(t, err)
		_, err = m.Predict(t.Context(), far)
		require.ErrorContains(t, err, "ml: SVC: the decision value of row 1 is ")
		_, err = m.Decision(t.Context(), far)
		require.ErrorContains(t, err, "ml: SVC: the decision value of row 1 is ")
	}
}

// Labels are any numbers, −1 and 1 as textbooks have them among others.
func TestSVCLabelsBelowZero(t *testing.T) {
	X, y := rings(3, 40, 2)
	for i := range y {
		y[i] = 2*y[i] - 1
	}
	m := fitted(ml.NewSVC().Fit(t.Context(), X, y))(t)
	require.Equal(t, []int{-1, 1}, m.Codes)
	pred := fitted(m.Predict(t.Context(), X))(t)
	require.Greater(t, ml.Accuracy(y, pred), 0.9)
}

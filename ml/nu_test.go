package ml_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

type nuCase struct {
	goldenData
	Kind   string
	Params struct {
		Nu, C, Tol, Gamma *float64
		Coef0             float64
		Kernel            string
		Shrinking         *bool
		MaxIter           *int `json:"max_iter"`
		Weights, Balanced bool
		Probability       bool
	}
	Values, Weights hexFloats
	Labels          map[string][]int
	Support         []int
	Dual, Intercept hexFloats
	NIter           []int `json:"n_iter"`
	Converged       bool
	Predict, Proba  hexFloats
}

// nuCases calls f with the cases of some kinds.
func nuCases(t *testing.T, kinds string, f func(t *testing.T, c, data nuCase, X *ml.Matrix, weights []float64)) {
	cases := golden[nuCase](t, "nu.json")
	data := cases[0]
	X := data.matrix(t)
	for i, c := range cases {
		if !strings.HasPrefix(c.Kind, kinds) {
			continue
		}
		t.Run(fmt.Sprintf("%d %s", i, c.Kind), func(t *testing.T) {
			var weights []float64
			if c.Params.Weights {
				weights = data.Weights
			}
			f(t, c, data, X, weights)
		})
	}
}

func TestNuSVCTakesLibSVMsPath(t *testing.T) {
	nuCases(t, "NuSVC", func(t *testing.T, c, data nuCase, X *ml.Matrix, weights []float64) {
		s, p := ml.NewNuSVC(), c.Params
		set(&s.Nu, p.Nu)
		set(&s.Tol, p.Tol)
		set(&s.Shrinking, p.Shrinking)
		set(&s.MaxIter, p.MaxIter)
		s.Coef0, s.Kernel, s.Probability, s.Seed = p.Coef0, kernelNamed(p.Kernel), p.Probability, ml.NewSeed(3)
		if p.Gamma != nil {
			s.Gamma = ml.Gamma(*p.Gamma)
		}
		m := fitted(s.FitWeighted(t.Context(), X, data.Labels[c.Kind[6:]], weights))(t)
		c.compare(t, m, X)

		s.CacheSize = 0.001 // a few rows
		tight := fitted(s.FitWeighted(t.Context(), X, data.Labels[c.Kind[6:]], weights))(t)
		assert.Equal(t, m.DualCoef, tight.DualCoef)
	})
}

// The bounds are multiplied in libsvm's order.
func TestSVCBoundsHaveTheLastBitToo(t *testing.T) {
	nuCases(t, "SVC", func(t *testing.T, c, data nuCase, X *ml.Matrix, weights []float64) {
		s := ml.NewSVC()
		s.C, s.Kernel, s.ClassWeight = *c.Params.C, kernelNamed(c.Params.Kernel), ml.BalancedClasses()
		m := fitted(s.FitWeighted(t.Context(), X, data.Labels["2"], weights))(t)
		c.compare(t, m, X)
		bounds := 0 // that are met exactly
		for i, v := range m.DualCoef[0] {
			if v == c.Dual[i] {
				bounds++
			}
		}
		assert.Greater(t, bounds, len(c.Dual)*3/4)
	})
}

func (c nuCase) compare(t *testing.T, m *ml.SVCModel, X *ml.Matrix) {
	assert.Equal(t, c.NIter, m.Iterations)
	assert.Equal(t, c.Converged, m.Converged)
	assert.Equal(t, c.Support, m.Support)
	var dual []float64
	for _, row := range m.DualCoef {
		dual = append(dual, row...)
	}
	closeTo(t, c.Dual, dual, 1e-9, "DualCoef")
	closeTo(t, c.Intercept, m.Intercept, 1e-9, "Intercept")
	minus := fitted(mapped(X, func(v float64) float64 { return -v }))(t).Take(every(1, 20))
	closeTo(t, c.Predict, rowMajor(fitted(m.PairDecision(t.Context(), minus))(t)), 1e-9, "PairDecision")
	if c.Params.Probability {
		closeTo(t, c.Proba, rowMajor(fitted(m.PredictProba(t.Context(), minus))(t)), 1e-6, "PredictProba")
	}
}

func TestNuSVRTakesLibSVMsPath(t *testing.T) {
	nuCases(t, "NuSVR", func(t *testing.T, c, data nuCase, X *ml.Matrix, weights []float64) {
		s, p := ml.NewNuSVR(), c.Params
		set(&s.C, p.C)
		set(&s.Nu, p.Nu)
		set(&s.Tol, p.Tol)
		set(&s.Shrinking, p.Shrinking)
		set(&s.MaxIter, p.MaxIter)
		s.Coef0, s.Kernel = p.Coef0, kernelNamed(p.Kernel)
		if p.Gamma != nil {
			s.Gamma = ml.Gamma(*p.Gamma)
		}
		m := fitted(s.FitWeighted(t.Context(), X, data.Values, weights))(t)
		assert.Equal(t, c.NIter, []int{m.Iterations})
		assert.Equal(t, c.Converged, m.Converged)
		assert.Equal(t, c.Support, m.Support)
		closeTo(t, c.Dual, m.DualCoef, 1e-9, "DualCoef")
		closeTo(t, c.Intercept, []float64{m.Intercept}, 1e-9, "Intercept")
		minus := fitted(mapped(X, func(v float64) float64 { return -v }))(t).Take(every(1, 20))
		closeTo(t, c.Predict, fitted(m.Predict(t.Context(), minus))(t), 1e-9, "Predict")
	})
}

// The meaning of Nu: at most that part of the rows errs, at least that part supports.
func TestNuBoundsErrorsAndSupport(t *testing.T) {
	X, y := dataSet(t, "breast_cancer")
	X = scaled(t, X)
	for _, nu := range []float64{0.05, 0.2, 0.6} {
		s := ml.NewNuSVC()
		s.Nu, s.Tol = nu, 1e-9
		m := fitted(s.Fit(t.Context(), X, y))(t)
		errs := 0
		for i, v := range rowMajor(fitted(m.Decision(t.Context(), X))(t)) {
			if v > 0 != (y[i] == 1) {
				errs++
			}
		}
		n := float64(len(y))
		assert.LessOrEqual(t, float64(errs), nu*n)
		assert.GreaterOrEqual(t, float64(len(m.Support)), nu*n)
	}
}

func TestNuRefuses(t *testing.T) {
	X := matrixOf(t, []float64{0}, []float64{1}, []float64{2}, []float64{3})
	s := ml.NewNuSVC()
	for _, c := range []struct {
		name   string
		nu     float64
		X      *ml.Matrix
		y      []int
		weight []float64
		want   string
	}{
		{"Zero", 0, X, []int{0, 0, 1, 1}, nil, "ml: NuSVC: Nu is 0, must be > 0 and <= 1"},
		{"AboveOne", 1.5, X, []int{0, 0, 1, 1}, nil, "ml: NuSVC: Nu is 1.5, must be > 0 and <= 1"},
		{"NaN", nan, X, []int{0, 0, 1, 1}, nil, "ml: NuSVC: Nu is NaN, must be > 0 and <= 1"},
		{"Infeasible", 0.6, X, []int{5, 5, 5, 7}, nil, "ml: NuSVC: Nu 0.6 is infeasible: the rows of labels 5 and 7 weigh 3 and 1, it may be at most 0.5"},
		{"InfeasibleByWeight", 0.6, X, []int{5, 5, 7, 7}, []float64{1, 1, 0.5, 0}, "ml: NuSVC: Nu 0.6 is infeasible: the rows of labels 5 and 7 weigh 2 and 0.5, it may be at most 0.4"},
		{"ClassWithoutWeight", 0.1, X, []int{5, 5, 7, 7}, []float64{1, 1, 0, 0}, "ml: NuSVC: Nu 0.1 is infeasible: the rows of labels 5 and 7 weigh 2 and 0, it may be at most 0"},
		{"ConstantColumns", 0.5, matrixOf(t, []float64{1}, []float64{1}), []int{0, 1}, nil, "ml: NuSVC: Nu 0.5 leaves no margin between two classes: their rows are too much alike"},
		{"OneClass", 0.5, X, []int{1, 1, 1, 1}, nil, "ml: NuSVC: the labels hold one class, at least two are needed: all 4 labels are 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Nu = c.nu
			_, err := s.FitWeighted(t.Context(), c.X, c.y, c.weight)
			require.EqualError(t, err, c.want)
		})
	}
	r := ml.NewNuSVR()
	r.Nu, r.C = -1, 0
	_, err := r.Fit(t.Context(), X, []float64{1, 2, 3, 4})
	require.EqualError(t, err, "ml: NuSVR: Nu is -1, must be > 0 and <= 1; C is 0, must be a finite number > 0")
	_, err = ml.NewNuSVR().Fit(t.Context(), X, []float64{1, 2, 3, nan})
	require.EqualError(t, err, "ml: NuSVR: the value of row 3 is NaN, only finite numbers are allowed")
}

// One row, constant values and identical rows of different values are no trouble.
func TestNuSVREdges(t *testing.T) {
	for _, c := range []struct {
		name string
		X    *ml.Matrix
		y    []float64
		want float64
	}{
		{"OneRow", matrixOf(t, []float64{3}), []float64{7}, 7},
		{"ConstantValues", matrixOf(t, []float64{3}, []float64{5}, []float64{9}), []float64{7, 7, 7}, 7},
		{"IdenticalRows", matrixOf(t, []float64{3}, []float64{3}), []float64{1, 2}, 1.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fitted(ml.NewNuSVR().Fit(t.Context(), c.X, c.y))(t)
			assert.InDelta(t, c.want, fitted(m.Predict(t.Context(), c.X))(t)[0], 0.501)
		})
	}
}

// Models of both go through libsvm's format, and svm-predict says what they say.
func TestNuModelsInLibSVMsFormat(t *testing.T) {
	X, y := dataSet(t, "iris")
	X = scaled(t, X)
	classes := fitted(ml.NewNuSVC().Fit(t.Context(), X, y))(t)
	var text bytes.Buffer
	require.NoError(t, classes.WriteLibSVM(&text))
	said := svmPredict(t, text.Bytes(), X)
	want := fitted(classes.Predict(t.Context(), X))(t)
	for i, v := range said {
		assert.EqualValues(t, want[i], v)
	}
	asNu := strings.Replace(text.String(), "c_svc", "nu_svc", 1) // as svm-train -s 1 has it
	again := fitted(ml.ReadLibSVM(strings.NewReader(asNu), 4))(t)
	assert.Equal(t, want, fitted(again.Predict(t.Context(), X))(t))

	values := fitted(ml.NewNuSVR().Fit(t.Context(), X, X.Col(2)))(t)
	text.Reset()
	require.NoError(t, values.WriteLibSVM(&text))
	predicted := fitted(values.Predict(t.Context(), X))(t)
	for i, v := range svmPredict(t, text.Bytes(), X) {
		assert.InDelta(t, predicted[i], v, 1e-10)
	}
	asNu = strings.Replace(text.String(), "epsilon_svr", "nu_svr", 1)
	back := fitted(ml.ReadLibSVMRegressor(strings.NewReader(asNu), 4))(t)
	assert.Equal(t, predicted, fitted(back.Predict(t.Context(), X))(t))
}

func ExampleNuSVC() {
	X, err := ml.NewMatrix(6, 1, []float64{0, 1, 2, 5, 6, 7})
	if err != nil {
		panic(err)
	}
	s := ml.NewNuSVC()
	s.Nu, s.Kernel = 0.4, ml.KernelLinear // two fifths of the rows support the margin
	m, err := s.Fit(context.Background(), X, []int{0, 0, 0, 1, 1, 1})
	if err != nil {
		panic(err)
	}
	d, err := m.Decision(context.Background(), X)
	if err != nil {
		panic(err)
	}
	fmt.Println("support vectors:", m.Support)
	fmt.Printf("%.2f\n", d.Col(0))
	// Output:
	// support vectors: [1 2 3 4]
	// [-1.40 -1.00 -0.60 0.60 1.00 1.40]
}

package ml_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

type svrCase struct {
	goldenData
	Kind   string
	Params struct {
		C, Epsilon, Tol, Gamma, Nu *float64
		Coef0                      float64
		Kernel, Loss               string
		Shrinking, Weights         *bool
		MaxIter                    *int     `json:"max_iter"`
		Intercept                  *bool    `json:"fit_intercept"`
		InterceptScaling           *float64 `json:"intercept_scaling"`
	}
	Values, Weights hexFloats
	Support         []int
	Dual, Intercept hexFloats
	NIter           int `json:"n_iter"`
	Predict         hexFloats
}

func TestSVRTakesLibSVMsPath(t *testing.T) {
	cases := golden[svrCase](t, "svr.json")
	first := cases[0] // has the data
	for _, c := range cases {
		if c.Kind != "SVR" {
			continue
		}
		c.goldenData, c.Values, c.Weights = first.goldenData, first.Values, first.Weights
		t.Run(fmt.Sprintf("%d steps", c.NIter), func(t *testing.T) {
			X := c.matrix(t)
			m := c.fit(t, X, ml.NewSVR())
			assert.Equal(t, c.NIter, m.Iterations)
			assert.Equal(t, c.Params.MaxIter == nil, m.Converged)
			assert.Equal(t, c.Support, append([]int{}, m.Support...))
			closeTo(t, c.Dual, m.DualCoef, 1e-10, "DualCoef")
			assert.InDelta(t, c.Intercept[0], m.Intercept, 1e-10)
			minus := fitted(mapped(X, func(v float64) float64 { return -v }))(t)
			closeTo(t, c.Predict, fitted(m.Predict(t.Context(), minus))(t)[:20], 1e-10, "Predict")

			s := ml.NewSVR()
			s.CacheSize = 0.01 // a few rows
			tight := c.fit(t, X, s)
			assert.Equal(t, m.DualCoef, tight.DualCoef)
		})
	}
}

func (c svrCase) fit(t *testing.T, X *ml.Matrix, s ml.SVR) *ml.SVRModel {
	p := c.Params
	set(&s.C, p.C)
	set(&s.Epsilon, p.Epsilon)
	set(&s.Tol, p.Tol)
	set(&s.Shrinking, p.Shrinking)
	set(&s.MaxIter, p.MaxIter)
	s.Coef0 = p.Coef0
	if p.Gamma != nil {
		s.Gamma = ml.Gamma(*p.Gamma)
	}
	s.Kernel = kernelNamed(p.Kernel)
	var weights []float64
	if p.Weights != nil {
		weights = c.Weights
	}
	return fitted(s.FitWeighted(t.Context(), X, c.Values, weights))(t)
}

func TestSVRKernelsOfOnesOwn(t *testing.T) {
	X, y := normalMatrix(t, 1, 30, 2), normalMatrix(t, 2, 30, 1).Col(0)
	s := ml.NewSVR()
	s.Kernel = ml.KernelLinear
	want := fitted(fitted(s.Fit(t.Context(), X, y))(t).Predict(t.Context(), X))(t)

	s.KernelFunc = func(x, z []float64) float64 { return x[0]*z[0] + x[1]*z[1] }
	got := fitted(fitted(s.Fit(t.Context(), X, y))(t).Predict(t.Context(), X))(t)
	assert.InDeltaSlice(t, want, got, 1e-6)

	gram := make([]float64, 30*30)
	for i := range 30 {
		for j := range 30 {
			gram[j*30+i] = s.KernelFunc(X.Row(nil, i), X.Row(nil, j))
		}
	}
	K := fitted(ml.NewMatrix(30, 30, gram))(t)
	s.KernelFunc, s.Kernel = nil, ml.KernelPrecomputed
	got = fitted(fitted(s.Fit(t.Context(), K, y))(t).Predict(t.Context(), K))(t)
	assert.InDeltaSlice(t, want, got, 1e-6)
}

// One row, constant values and identical rows of different values are no trouble.
func TestSVREdges(t *testing.T) {
	s := ml.NewSVR()
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
			m := fitted(s.Fit(t.Context(), c.X, c.y))(t)
			assert.True(t, m.Converged)
			assert.InDelta(t, c.want, fitted(m.Predict(t.Context(), c.X))(t)[0], 0.101)
		})
	}
}

func TestSVRRefuses(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{nan})
	_, err := ml.SVR{Epsilon: -1}.Fit(t.Context(), X, []float64{1, 2})
	require.EqualError(t, err, "ml: SVR: C is 0, must be a finite number > 0; Gamma is 0, must be a finite number > 0, GammaScale or GammaAuto; "+
		"Tol is 0, must be a finite number > 0; CacheSize is 0, must be > 0 MB; Epsilon is -1, must be a finite number >= 0")
	_, err = ml.NewSVR().Fit(t.Context(), X, []float64{1, 2})
	require.EqualError(t, err, "ml: SVR: row 1, column 0: NaN, only finite numbers are allowed")
	_, err = ml.NewSVR().Fit(t.Context(), X.Take([]int{0}), []float64{nan})
	require.EqualError(t, err, "ml: SVR: the value of row 0 is NaN, only finite numbers are allowed")
	_, err = ml.NewSVR().FitWeighted(t.Context(), X.Take([]int{0}), []float64{1}, []float64{0})
	require.EqualError(t, err, "ml: SVR: the weights sum to 0, that must be a finite number > 0")
	m := fitted(ml.NewSVR().Fit(t.Context(), X.Take([]int{0, 0}), []float64{1, 2}))(t)
	_, err = m.Predict(t.Context(), matrixOf(t, []float64{1, 2}))
	require.EqualError(t, err, "ml: SVR: the matrix has 2 columns, the model was fitted on 1")
}

func ExampleSVR() {
	X, err := ml.NewMatrix(5, 1, []float64{0, 1, 2, 3, 4})
	if err != nil {
		panic(err)
	}
	s := ml.NewSVR()
	s.Kernel, s.C, s.Epsilon = ml.KernelLinear, 10, 0.25
	m, err := s.Fit(context.Background(), X, []float64{0, 1, 2, 3, 9}) // one value is far out
	if err != nil {
		panic(err)
	}
	y, err := m.Predict(context.Background(), X)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.2f\n", y)
	// Output: [-0.25 1.00 2.25 3.50 4.75]
}

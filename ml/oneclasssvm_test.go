package ml_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestOneClassSVMTakesLibSVMsPath(t *testing.T) {
	var data svrCase // the first case has it for all
	for i, c := range golden[svrCase](t, "svr.json") {
		if c.Kind != "OneClassSVM" {
			continue
		}
		if c.Rows > 0 {
			data = c
		}
		t.Run(fmt.Sprint(i, " ", c.NIter, " steps"), func(t *testing.T) {
			X := data.matrix(t)
			s, p := ml.NewOneClassSVM(), c.Params
			set(&s.Nu, p.Nu)
			set(&s.Tol, p.Tol)
			set(&s.Shrinking, p.Shrinking)
			s.Coef0 = p.Coef0
			if p.Gamma != nil {
				s.Gamma = ml.Gamma(*p.Gamma)
			}
			s.Kernel = kernelNamed(p.Kernel)
			var weights []float64
			if p.Weights != nil {
				weights = data.Weights
			}
			m := fitted(s.FitWeighted(t.Context(), X, weights))(t)
			assert.Equal(t, c.NIter, m.Iterations)
			assert.True(t, m.Converged)
			assert.Equal(t, c.Support, m.Support)
			closeTo(t, c.Dual, m.DualCoef, 1e-10, "DualCoef")
			closeTo(t, c.Intercept, []float64{m.Intercept}, 1e-10, "Intercept")
			minus := fitted(mapped(X, func(v float64) float64 { return -v }))(t)
			values := fitted(m.Decision(t.Context(), minus))(t)
			closeTo(t, c.Predict, values[:20], 1e-10, "Decision")
			for i, inside := range fitted(m.Predict(t.Context(), minus))(t) {
				assert.Equal(t, values[i] > 0, inside)
			}
		})
	}
}

// kernelNamed is the RBF kernel if the name is empty.
func kernelNamed(name string) ml.Kernel {
	for k := ml.KernelRBF; k <= ml.KernelSigmoid; k++ {
		if k.String() == name {
			return k
		}
	}
	return ml.KernelRBF
}

func TestOneClassSVMRefuses(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{nan})
	s := ml.NewOneClassSVM()
	s.Nu = 0
	_, err := s.Fit(t.Context(), X)
	require.EqualError(t, err, "ml: OneClassSVM: Nu is 0, must be > 0 and <= 1")
	s.Nu = 1
	_, err = s.Fit(t.Context(), X)
	require.EqualError(t, err, "ml: OneClassSVM: row 1, column 0: NaN, only finite numbers are allowed")
	_, err = s.Fit(t.Context(), X.Take(nil))
	require.EqualError(t, err, "ml: OneClassSVM: the matrix is 0×1, at least one row and one column are needed")
	_, err = s.Fit(t.Context(), X.Take([]int{0}))
	require.EqualError(t, err, "ml: OneClassSVM: Nu 1 has every row outside, so that nothing says where the others are; it must be smaller")
	s.Nu = 0.5
	m := fitted(s.Fit(t.Context(), X.Take([]int{0})))(t)
	_, err = m.Predict(t.Context(), matrixOf(t, []float64{1, 2}))
	require.EqualError(t, err, "ml: OneClassSVM: the matrix has 2 columns, the model was fitted on 1")
}

package ml

import "context"

// SVRModel is a fitted SVR or NuSVR. Its fields are to be read only. It predicts
//
//	Σ DualCoef·K(support vector, x) + Intercept
type SVRModel struct {
	Support    []int     // training rows that are support vectors, ascending
	DualCoef   []float64 // per support vector
	Intercept  float64   // in the unit of y
	Objective  float64   // value of the dual problem, ½βᵀKβ − yᵀβ + Epsilon·Σ|β|, β being DualCoef
	Iterations int       // steps of the solver
	Converged  bool      // false if MaxIter stopped it
	Gamma      float64   // the number used; 0 for a kernel of one's own or a precomputed one

	supportVectors
}

var _ RegressorModel = (*SVRModel)(nil)

// Predict returns one value per row of X, in the unit of y.
func (m *SVRModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	y, err := m.sums(ctx, X, m.Support, m.DualCoef, m.Intercept)
	return y, at("SVR", err)
}

// sums returns Σ coef·K(support vector, x) + intercept for the rows of X, parts of which
// are worked on side by side.
func (v *supportVectors) sums(ctx context.Context, X *Matrix, rows []int, coef []float64, intercept float64) ([]float64, error) {
	if err := v.checkInput(X); err != nil {
		return nil, err
	}
	const part = 64
	out := make([]float64, X.rows)
	err := forEach(ctx, (X.rows+part-1)/part, 0, func(_ context.Context, k int) error {
		x, values := make([]float64, X.cols), v.room()
		for row := k * part; row < min((k+1)*part, X.rows); row++ {
			x = X.Row(x, row)
			v.kernels(values, x, rows)
			for i, c := range coef {
				out[row] += float64(c * values[i])
			}
			out[row] += intercept
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

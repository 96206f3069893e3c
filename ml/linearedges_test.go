package ml_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// normalMatrix draws standard normal numbers.
func normalMatrix(t testing.TB, seed uint32, rows, cols int) *ml.Matrix {
	r := ml.NewRandomState(ml.NewSeed(seed))
	cells := make([]float64, rows*cols)
	for i := range cells {
		cells[i] = r.Normal()
	}
	return fitted(ml.NewMatrix(rows, cols, cells))(t)
}

// Where the answer is known, all ways to it find it: products, reflections of long data in
// parts, dependent columns, more columns than rows.
func TestLinearRegressionFindsWhatThereIs(t *testing.T) {
	for _, c := range []struct{ rows, cols int }{{9000, 3}, {60, 5}, {6, 6}, {5, 9}} {
		for _, spoil := range []string{"", "dependent", "nearly dependent", "far from 0"} {
			t.Run(fmt.Sprintf("%d×%d/%s", c.rows, c.cols, spoil), func(t *testing.T) {
				X := normalMatrix(t, 3, c.rows, c.cols)
				first, last := X.Col(0), X.Col(c.cols-1)
				for i := range first {
					switch spoil {
					case "dependent":
						last[i] = 2 * first[i]
					case "nearly dependent":
						last[i] = first[i] + 1e-8*last[i]
					case "far from 0":
						last[i] += 1e7
					}
				}
				y := make([]float64, c.rows)
				for i := range y {
					y[i] = 4 + first[i] - 3*last[i]
				}
				m := fitted(ml.NewLinearRegression().Fit(t.Context(), X, y))(t)
				pred := fitted(m.Predict(t.Context(), X))(t)
				assert.InDeltaSlice(t, y, pred, 1e-7)
				rank := min(c.rows-1, c.cols)
				if spoil == "dependent" {
					rank = min(c.rows-1, c.cols-1)
					assert.InDelta(t, 2*m.Coef.At(0, 0), m.Coef.At(c.cols-1, 0), 1e-10, "the shortest solution is a multiple of the columns")
				}
				assert.Equal(t, rank, m.Rank)
			})
		}
	}
}

// Scikit-learn counts a column that depends on others as one of its own if rounding is
// unlucky, with coefficients of 1e14 and more.
func TestLinearRegressionDependentColumnsOfManySeeds(t *testing.T) {
	for seed := range uint32(100) {
		X := normalMatrix(t, seed, 30, 6)
		for i, v := range X.Col(0) {
			X.Col(5)[i] = v - 2*X.Col(3)[i]
		}
		m := fitted(ml.NewLinearRegression().Fit(t.Context(), X, X.Col(1)))(t)
		require.Equal(t, 5, m.Rank, "seed %d", seed)
		require.InDelta(t, 1, m.Coef.At(1, 0), 1e-12)
	}
}

// The slope of Ridge's objective is 0 where it ends.
func TestRidgeIsAtTheMinimum(t *testing.T) {
	for trial := range 40 {
		rows, cols := 2+trial%13, 1+trial%9
		X, y := normalMatrix(t, uint32(trial), rows, cols), normalMatrix(t, 99, rows, 1).Col(0)
		r := ml.NewRidge()
		r.Alpha, r.FitIntercept = math.Pow(10, float64(trial%9-6)), false
		m := fitted(r.Fit(t.Context(), X, y))(t)
		pred := fitted(m.Predict(t.Context(), X))(t)
		for j := range cols {
			slope := r.Alpha * m.Coef.At(j, 0)
			for i, v := range X.Col(j) {
				slope += v * (pred[i] - y[i])
			}
			require.InDelta(t, 0, slope, 1e-9, "%d×%d, Alpha %v", rows, cols, r.Alpha)
		}
	}
}

// A weight of 2 is the row given twice, 0 the row left out.
func TestLinearWeightsAreCopies(t *testing.T) {
	X, y := normalMatrix(t, 1, 20, 3), normalMatrix(t, 2, 20, 1).Col(0)
	var rows []int
	var copies, weights []float64
	for i := range y {
		weights = append(weights, float64(i%3))
		for range i % 3 {
			rows, copies = append(rows, i), append(copies, y[i])
		}
	}
	lasso := ml.NewLasso()
	lasso.Alpha, lasso.Tol = 0.05, 1e-12
	for _, l := range []linearLearner{ml.NewLinearRegression(), ml.NewRidge(), lasso} {
		want := fitted(l.FitWeighted(t.Context(), X.Take(rows), copies, nil))(t)
		got := fitted(l.FitWeighted(t.Context(), X, y, weights))(t)
		assert.InDeltaSlice(t, want.Coef.Col(0), got.Coef.Col(0), 1e-7)
		assert.InDeltaSlice(t, want.Intercept, got.Intercept, 1e-7)
	}
}

// Powers of two change no bits, however large or small the numbers become.
func TestLinearModelsOfHugeAndTinyNumbers(t *testing.T) {
	X, y := normalMatrix(t, 1, 20, 3), normalMatrix(t, 2, 20, 1).Col(0)
	want := fitted(ml.NewLinearRegression().Fit(t.Context(), X, y))(t)
	for _, unit := range []float64{0x1p900, 0x1p-900} {
		m := fitted(ml.NewLinearRegression().Fit(t.Context(), fitted(mapped(X, func(v float64) float64 { return v * unit }))(t), y))(t)
		for j := range 3 {
			assert.Equal(t, want.Coef.At(j, 0)/unit, m.Coef.At(j, 0))
		}
	}
	_, err := ml.NewRidge().Fit(t.Context(), matrixOf(t, []float64{math.MaxFloat64}, []float64{-math.MaxFloat64}, []float64{math.MaxFloat64}), []float64{1, 2, 3})
	assert.ErrorContains(t, err, "ml: Ridge: X: ")
}

func TestElasticNetThatMaxIterStops(t *testing.T) {
	X, y := normalMatrix(t, 1, 20, 3), normalMatrix(t, 2, 20, 1).Col(0)
	e := ml.NewElasticNet()
	e.Alpha, e.MaxIter, e.Tol = 1e-3, 1, 1e-14
	m := fitted(e.Fit(t.Context(), X, y))(t)
	assert.False(t, m.Converged)
	assert.Equal(t, []int{1}, m.Iterations)
	assert.Positive(t, m.DualGap[0])
	e.Alpha = 100
	m = fitted(e.Fit(t.Context(), X, y))(t)
	assert.Equal(t, []float64{0, 0, 0}, m.Coef.Col(0), "the penalty is too high for any column")
}

func TestLinearModelsRefuse(t *testing.T) {
	ctx := t.Context()
	X := matrixOf(t, []float64{1, 2}, []float64{3, nan})
	good := X.Take([]int{0, 0})
	fit := func(l linearLearner, X *ml.Matrix, y, weights []float64) error {
		_, err := l.FitWeighted(ctx, X, y, weights)
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"NaN", fit(ml.NewRidge(), X, []float64{1, 2}, nil), "ml: Ridge: X: row 1, column 1: NaN, only finite numbers are allowed"},
		{"InfiniteValue", fit(ml.NewLasso(), good, []float64{1, math.Inf(1)}, nil), "ml: Lasso: the value of row 1 is +Inf, only finite numbers are allowed"},
		{"TooFewValues", fit(ml.NewLinearRegression(), good, []float64{1}, nil), "ml: LinearRegression: 1 values for 2 rows"},
		{"NoRows", fit(ml.NewLinearRegression(), X.Take(nil), nil, nil), "ml: LinearRegression: the matrix is 0×2, at least one row and one column are needed"},
		{"NegativeWeight", fit(ml.NewLinearRegression(), good, []float64{1, 2}, []float64{1, -1}), "ml: LinearRegression: the weight of row 1 is -1, it must be a finite number >= 0"},
		{"NoWeight", fit(ml.NewLinearRegression(), good, []float64{1, 2}, []float64{0, 0}), "ml: LinearRegression: the weights sum to 0, that must be a finite number > 0"},
		{"Alpha", fit(ml.Ridge{Alpha: -1}, good, []float64{1, 2}, nil), "ml: Ridge: Alpha is -1, must be a finite number >= 0"},
		{"All", fit(ml.ElasticNet{Alpha: nan, L1Ratio: 2, Tol: -1}, good, []float64{1, 2}, nil),
			"ml: ElasticNet: Alpha is NaN, must be a finite number >= 0; L1Ratio is 2, must be >= 0 and <= 1; Tol is -1, must be a finite number >= 0; MaxIter is 0, must be >= 1"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.EqualError(t, c.err, c.want) })
	}
	m := fitted(ml.NewLinearRegression().FitMulti(ctx, good, good))(t)
	_, err := m.Predict(ctx, good)
	assert.EqualError(t, err, "ml: LinearRegression: there are 2 targets, Predict is for one; PredictMulti predicts all")
	_, err = m.PredictMulti(ctx, matrixOf(t, []float64{1}))
	assert.EqualError(t, err, "ml: LinearRegression: the matrix has 1 columns, the model was fitted on 2")
	_, err = ml.NewKNeighborsRegressor().Fit(ctx, good, []float64{1, 2})
	assert.EqualError(t, err, "ml: KNeighborsRegressor: NNeighbors is 5, with 2 rows it must be <= 2")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = ml.NewLasso().Fit(ended, good, []float64{1, 2})
	assert.ErrorIs(t, err, context.Canceled)
}

// The model of a straight line.
func ExampleLinearRegression() {
	X, err := ml.NewMatrix(4, 1, []float64{0, 1, 2, 3})
	if err != nil {
		panic(err)
	}
	m, err := ml.NewLinearRegression().Fit(context.Background(), X, []float64{1, 3, 5, 7.5})
	if err != nil {
		panic(err)
	}
	fmt.Printf("y = %.2f x + %.2f\n", m.Coef.At(0, 0), m.Intercept[0])
	// Output: y = 2.15 x + 0.90
}

func ExampleLasso() {
	r := ml.NewRandomState(ml.NewSeed(0))
	cells, y := make([]float64, 300), make([]float64, 100)
	for i := range cells {
		cells[i] = r.Normal()
	}
	for i := range y {
		y[i] = 3*cells[i] + 0.1*r.Normal() // of the first column only
	}
	X, err := ml.NewMatrix(100, 3, cells)
	if err != nil {
		panic(err)
	}
	lasso := ml.NewLasso()
	lasso.Alpha = 0.1
	m, err := lasso.Fit(context.Background(), X, y)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.2f\n", m.Coef.Col(0))
	// Output: [2.90 0.00 0.00]
}

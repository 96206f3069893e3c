package ml_test

import (
	"cmp"
	"context"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestCorrelationIsNumpys(t *testing.T) {
	for _, want := range golden[goldenRegressor](t, "regressors.json") {
		if want.Kind != "correlation" {
			continue
		}
		t.Run(want.Name, func(t *testing.T) {
			var X *ml.Matrix
			if want.Name == "diabetes" {
				X, _ = diabetes(t)
			} else {
				X, _ = dataSet(t, want.Name)
			}
			r, err := ml.Correlation(t.Context(), X)
			require.NoError(t, err)
			_, cols := X.Dims()
			k := 0
			for i := range min(12, cols) {
				for j := range min(12, cols) {
					assert.InDelta(t, want.Predict[k], r.At(i, j), 1e-12)
					k++
				}
			}
			assert.Len(t, want.Predict, k)
		})
	}
}

func TestCorrelationProperties(t *testing.T) {
	for seed := range uint32(10) {
		if testing.Short() && seed%4 != 0 {
			continue
		}
		X := gaussian(seed, 3+int(seed)*7, 1+int(seed)*16) // up to 145 columns, three blocks
		r, err := ml.Correlation(t.Context(), X)
		require.NoError(t, err)
		_, cols := X.Dims()
		for j := range cols {
			assert.Equal(t, 1.0, r.At(j, j))
			for i := range j {
				assert.Equal(t, r.At(i, j), r.At(j, i))
				assert.LessOrEqual(t, math.Abs(r.At(i, j)), 1.0)
				assert.InDelta(t, pearson(X.Col(i), X.Col(j)), r.At(i, j), 1e-13)
			}
		}
		for _, unit := range []float64{0x1p-900, 0x1p900, -0x1p3} { // squares of the first two are beyond float64
			same, err := ml.Correlation(t.Context(), times(X, unit))
			require.NoError(t, err)
			sameBits(t, rowMajor(r), rowMajor(same))
		}
	}
}

// pearson is slow and exact.
func pearson(x, y []float64) float64 {
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(v) }
	zero := func() *big.Float { return new(big.Float).SetPrec(300) }
	mean := func(v []float64) *big.Float {
		sum := zero()
		for _, a := range v {
			sum.Add(sum, number(a))
		}
		return sum.Quo(sum, number(float64(len(v))))
	}
	mx, my, xx, xy, yy := mean(x), mean(y), zero(), zero(), zero()
	for i := range x {
		dx, dy := zero().Sub(number(x[i]), mx), zero().Sub(number(y[i]), my)
		xx.Add(xx, zero().Mul(dx, dx))
		xy.Add(xy, zero().Mul(dx, dy))
		yy.Add(yy, zero().Mul(dy, dy))
	}
	r, _ := xy.Quo(xy, zero().Sqrt(xx.Mul(xx, yy))).Float64()
	return r
}

func TestCorrelationOfAlmostConstantColumns(t *testing.T) {
	// Far from 0, the rounding error of the mean is larger than the deviations.
	X := matrixOf(t, []float64{1e9, 1}, []float64{1e9 + 1e-6, 2}, []float64{1e9 + 3e-6, 3}, []float64{1e9, 7})
	r, err := ml.Correlation(t.Context(), X)
	require.NoError(t, err)
	assert.InDelta(t, pearson(X.Col(0), X.Col(1)), r.At(0, 1), 1e-13)
}

func TestCorrelationOfConstantColumnsIsNaN(t *testing.T) {
	X := matrixOf(t, []float64{0.1, 1}, []float64{0.1, 2}, []float64{0.1, 3}) // the mean of 0.1 is not 0.1
	r, err := ml.Correlation(t.Context(), X)
	require.NoError(t, err)
	for _, at := range [][2]int{{0, 0}, {0, 1}, {1, 0}} {
		assert.True(t, math.IsNaN(r.At(at[0], at[1])), at)
	}
	assert.Equal(t, 1.0, r.At(1, 1))
}

func TestCorrelationRefuses(t *testing.T) {
	_, err := ml.Correlation(t.Context(), matrixOf(t, []float64{1, 2}))
	assert.EqualError(t, err, "ml: Correlation: there is 1 row, at least 2 are needed")
	_, err = ml.Correlation(t.Context(), matrixOf(t, []float64{1, 2}).Take(nil))
	assert.EqualError(t, err, "ml: Correlation: the matrix is 0×2, at least one row and one column are needed")
	_, err = ml.Correlation(t.Context(), matrixOf(t, []float64{1, 2}, []float64{1, nan}))
	assert.EqualError(t, err, "ml: Correlation: row 1, column 1: NaN, only finite numbers are allowed")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ml.Correlation(ctx, gaussian(1, 3, 3))
	assert.ErrorIs(t, err, context.Canceled)
}

// symmetric makes a correlation matrix of the part above its diagonal.
func symmetric(t *testing.T, cols int, above ...float64) *ml.Matrix {
	cells := make([][]float64, cols)
	for i := range cells {
		cells[i] = make([]float64, cols)
		cells[i][i] = 1
	}
	for i := range cols {
		for j := i + 1; j < cols; j++ {
			cells[i][j], cells[j][i] = above[0], above[0]
			above = above[1:]
		}
	}
	require.Empty(t, above)
	return matrixOf(t, cells...)
}

func TestPruningByHand(t *testing.T) {
	dropped := func(columns ...ml.DroppedColumn) []ml.DroppedColumn { return columns }
	for _, c := range []struct {
		name, why string
		r         *ml.Matrix
		cutoff    float64
		want      []ml.DroppedColumn
		kept      []int
	}{
		{"Documented", "the example of caret's documentation, whose answer for exact = TRUE is x1, x5, x4",
			symmetric(t, 5, 0.86, 0.56, 0.32, 0.85, 0.01, 0.74, 0.32, 0.65, 0.91, 0.36), 0.6,
			dropped(ml.DroppedColumn{0, 4, 0.85}, ml.DroppedColumn{4, 2, 0.91}, ml.DroppedColumn{3, 2, 0.65}), []int{1, 2}},
		{"Negative", "the second example: columns 2 and 5 are correlated with 3, and 4 with 1",
			symmetric(t, 5, 0, 0, -0.67, 0, 0.7, 0, 0, 0, -0.7, 0), 0.65,
			dropped(ml.DroppedColumn{2, 1, 0.7}, ml.DroppedColumn{0, 3, -0.67}), []int{1, 3, 4}},
		{"NoneAbove", "the second example with a cutoff of 0.99",
			symmetric(t, 5, 0, 0, -0.67, 0, 0.7, 0, 0, 0, -0.7, 0), 0.99, nil, []int{0, 1, 2, 3, 4}},
		{"TwoColumns", "means are equal, so the second one goes", symmetric(t, 2, 0.95), 0.9, dropped(ml.DroppedColumn{1, 0, 0.95}), []int{0}},
		{"ExactlyTheCutoff", "is allowed", symmetric(t, 2, 0.9), 0.9, nil, []int{0, 1}},
		{"AllEqual", "ties go to the lowest index, whose column stays", symmetric(t, 4, 1, 1, 1, 1, 1, 1), 0.9,
			dropped(ml.DroppedColumn{1, 0, 1}, ml.DroppedColumn{2, 0, 1}, ml.DroppedColumn{3, 0, 1}), []int{0}},
		{"OneColumn", "caret refuses it", symmetric(t, 1), 0.9, nil, []int{0}},
		{"ConstantColumn", "has no correlations, and none that count in means",
			symmetric(t, 4, 0.95, nan, 0.5, nan, 0.4, nan), 0.9, dropped(ml.DroppedColumn{0, 1, 0.95}), []int{1, 2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "ConstantColumn" { // the diagonal says so
				cells := rowMajor(c.r)
				cells[2*4+2] = nan
				c.r = goldenData{Rows: 4, Cols: 4, X: cells}.matrix(t)
			}
			got := ml.PruneCorrelated(c.r, c.cutoff)
			assert.Equal(t, c.want, got.Dropped, c.why)
			assert.Equal(t, c.kept, got.Kept, c.why)
		})
	}
}

// slowPruning follows the published algorithm word by word, with all means taken
// anew, exactly, and then rounded. It returns the columns dropped.
func slowPruning(r *ml.Matrix, cutoff float64) []int {
	cols, _ := r.Dims()
	mean := func(use func(i, j int) bool) float64 {
		sum, count := new(big.Rat), int64(0)
		for i := range cols {
			for j := range cols {
				if i != j && use(i, j) && !math.IsNaN(r.At(i, j)) {
					sum.Add(sum, new(big.Rat).SetFloat64(math.Abs(r.At(i, j))))
					count++
				}
			}
		}
		if count == 0 {
			return 0
		}
		f, _ := sum.Quo(sum, new(big.Rat).SetInt64(count)).Float64()
		return f
	}
	order := rowsUpTo(cols)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(mean(func(i, _ int) bool { return i == b }), mean(func(i, _ int) bool { return i == a }))
	})
	gone := make([]bool, cols)
	var dropped []int
	for place, i := range order {
		for _, j := range order[place+1:] {
			if gone[i] || gone[j] || !(math.Abs(r.At(i, j)) > cutoff) {
				continue
			}
			first := mean(func(a, b int) bool { return a == i && !gone[b] })
			second := mean(func(a, b int) bool { return a != j && !gone[a] && !gone[b] })
			drop := j
			if first > second {
				drop = i
			}
			gone[drop] = true
			dropped = append(dropped, drop)
		}
	}
	return dropped
}

func TestPruningEqualsTheSlowOne(t *testing.T) {
	rng := ml.NewRandomState(ml.NewSeed(5))
	var most int
	for round := range 120 {
		cols := 1 + round%9
		X := gaussian(uint32(round), 12, cols)
		if round%3 == 0 { // ties: few values, columns that repeat
			for j := range cols {
				for i := range X.Col(j) {
					X.Col(j)[i] = math.Round(X.Col(j)[i])
				}
			}
			if cols > 3 {
				copy(X.Col(3), X.Col(0))
				copy(X.Col(2), times(X, -2).Col(1))
			}
		}
		cutoff := rng.RandomSample()
		r, err := ml.Correlation(t.Context(), X)
		require.NoError(t, err)
		m, err := ml.CorrelationFilter{Cutoff: cutoff}.Fit(t.Context(), X)
		require.NoError(t, err)
		var got []int
		for _, d := range m.Dropped {
			got = append(got, d.Col)
			assert.Equal(t, r.At(d.Col, d.With), d.R)
			assert.Greater(t, math.Abs(d.R), cutoff)
		}
		assert.Equal(t, slowPruning(r, cutoff), got, "round %d: %d columns, cutoff %v", round, cols, cutoff)
		most = max(most, len(got))
		for a, i := range m.Kept {
			for _, j := range m.Kept[a+1:] {
				assert.False(t, math.Abs(r.At(i, j)) > cutoff, "columns %d and %d", i, j)
			}
		}
	}
	assert.Greater(t, most, 5, "the test drops something")
}

func TestCorrelationFilter(t *testing.T) {
	X, err := ml.NewMatrix(4, 4, []float64{
		1, 2, 3, 5, // a
		7, 7, 7, 7, // constant
		2, 4, 6, 10, // twice a
		3, 1, 4, 1, // c
	}, "a", "constant", "twice", "c")
	require.NoError(t, err)
	m, err := ml.NewCorrelationFilter().Fit(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []ml.DroppedColumn{{Col: 0, With: 2, R: 1}}, m.Dropped, "whose mean is above that of all")
	assert.Equal(t, []int{1, 2, 3}, m.Kept)
	assert.Equal(t, []int{1}, m.Constant)
	out, err := m.Transform(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"constant", "twice", "c"}, out.Names())
	assert.Equal(t, X.Col(3), out.Col(2))
	_, err = m.Transform(out)
	assert.EqualError(t, err, "ml: CorrelationFilter: the matrix has 3 columns, the model was fitted on 4")
	none, err := m.Transform(X.Take(nil))
	require.NoError(t, err)
	assert.Zero(t, none.NumRows())

	for _, cutoff := range []float64{-0.1, 1.5, nan} {
		_, err = ml.CorrelationFilter{Cutoff: cutoff}.Fit(t.Context(), X)
		assert.ErrorContains(t, err, "must be a number from 0 to 1")
	}
	_, err = ml.NewCorrelationFilter().Fit(t.Context(), X.Take([]int{0}))
	assert.EqualError(t, err, "ml: CorrelationFilter: there is 1 row, at least 2 are needed")
	_, err = ml.NewCorrelationFilter().Fit(t.Context(), matrixOf(t, []float64{1, 2}, []float64{math.Inf(1), 0}))
	assert.EqualError(t, err, "ml: CorrelationFilter: row 1, column 0: +Inf, only finite numbers are allowed")
}

func TestCorrelationFilterDoesNotDependOnWorkers(t *testing.T) {
	X := gaussian(3, 40, 150)
	one, err := ml.Correlation(ml.WithPool(t.Context(), 1), X)
	require.NoError(t, err)
	four, err := ml.Correlation(ml.WithPool(t.Context(), 4), X)
	require.NoError(t, err)
	sameBits(t, rowMajor(one), rowMajor(four))
}

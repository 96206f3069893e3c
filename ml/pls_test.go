package ml_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// goldenPLS is a case of pls.json: a data set, or a fit to the one of that name.
type goldenPLS struct {
	Kind, Name                 string
	Rows, Cols, Targets        int
	X, Y                       []float64 // of data, row by row
	Components, MaxIter        int
	NoScale                    bool
	Tol                        string
	NIter                      []int
	Mean, Std, Intercept, YStd hexFloats
	Fields                     map[string]goldenData
}

// plsData returns the data sets of pls.json, and those made of data.json's.
func plsData(t testing.TB, name string) (X, Y *ml.Matrix) {
	t.Helper()
	for _, c := range golden[goldenPLS](t, "pls.json") {
		if c.Kind == "data" && c.Name == name {
			X = goldenData{Rows: c.Rows, Cols: c.Cols, X: c.X}.matrix(t)
			return X, goldenData{Rows: c.Rows, Cols: c.Targets, X: c.Y}.matrix(t)
		}
	}
	if name == "wine labels" {
		X, y := dataSet(t, "wine")
		return X, column(t, ml.Targets{Labels: y}.AsValues())
	}
	X, y := dataSet(t, name)
	return X, oneHot(t, y)
}

func column(t testing.TB, values []float64) *ml.Matrix {
	t.Helper()
	m, err := ml.NewMatrix(len(values), 1, values)
	require.NoError(t, err)
	return m
}

func oneHot(t testing.TB, y []int) *ml.Matrix {
	t.Helper()
	var cells [3][]float64
	for k := range cells {
		for _, label := range y {
			var is float64
			if label == k {
				is = 1
			}
			cells[k] = append(cells[k], is)
		}
	}
	m, err := ml.NewMatrix(len(y), 3, append(append(cells[0], cells[1]...), cells[2]...))
	require.NoError(t, err)
	return m
}

// diabetes is 442 people's measurements and the progress of their illness.
func diabetes(t testing.TB) (X *ml.Matrix, y []float64) {
	t.Helper()
	X, Y := plsData(t, "diabetes")
	return X, Y.Col(0)
}

// closeTo compares with the largest number of a matrix as the measure. What is
// nothing but rounding, as some residuals are, need not be the same rounding.
func closeTo(t *testing.T, want []float64, got []float64, relative float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	var size, worst float64
	for i, w := range want {
		size, worst = max(size, math.Abs(w)), max(worst, math.Abs(w-got[i]))
	}
	assert.LessOrEqual(t, worst, relative*max(size, 1e-6), "%s: largest difference, the largest number is %v", what, size)
}

func firstFive(m *ml.Matrix) *ml.Matrix {
	rows, _ := m.Dims()
	return m.Take([]int{0, 1, 2, 3, 4}[:min(5, rows)])
}

func TestPLSRegressionIsScikitLearns(t *testing.T) {
	for _, want := range golden[goldenPLS](t, "pls.json") {
		if want.Kind != "fit" {
			continue
		}
		t.Run(fmt.Sprintf("%s/%d,%v,%d,%s", want.Name, want.Components, !want.NoScale, want.MaxIter, want.Tol), func(t *testing.T) {
			X, Y := plsData(t, want.Name)
			p := ml.PLSRegression{NComponents: want.Components, Scale: !want.NoScale, MaxIter: want.MaxIter}
			_, err := fmt.Sscan(want.Tol, &p.Tol)
			require.NoError(t, err)
			m, err := p.FitMulti(t.Context(), X, Y)
			require.NoError(t, err)
			assert.Equal(t, want.NIter, m.NIter)
			assert.Equal(t, len(want.NIter) < want.Components, m.Stopped != "", m.Stopped)
			sameBits(t, want.Mean, m.XMean)
			sameBits(t, want.Std, m.XScale)
			sameBits(t, want.Intercept, m.Intercept)
			sameBits(t, want.YStd, m.YScale)
			xs, ys, err := m.TransformXY(X, Y)
			require.NoError(t, err)
			backX, backY, err := m.InverseTransformXY(xs, ys)
			require.NoError(t, err)
			pred, err := m.PredictMulti(t.Context(), X)
			require.NoError(t, err)
			for name, got := range map[string]*ml.Matrix{
				"XWeights": m.XWeights, "YWeights": m.YWeights, "XLoadings": m.XLoadings, "YLoadings": m.YLoadings,
				"XRotations": m.XRotations, "YRotations": m.YRotations, "Coef": m.Coef, "XScores": firstFive(m.XScores), "YScores": firstFive(m.YScores),
				"Transform": firstFive(xs), "TransformY": firstFive(ys), "Inverse": firstFive(backX), "InverseY": firstFive(backY), "Predict": firstFive(pred),
			} {
				closeTo(t, want.Fields[name].X, rowMajor(got), 1e-9, name)
			}
		})
	}
}

func TestPLSRegressionOnOneTarget(t *testing.T) {
	X, y := diabetes(t)
	one, err := ml.NewPLSRegression().Fit(t.Context(), X, y)
	require.NoError(t, err)
	multi, err := ml.NewPLSRegression().FitMulti(t.Context(), X, column(t, y))
	require.NoError(t, err)
	assert.Equal(t, multi, one)
	got, err := one.Predict(t.Context(), X)
	require.NoError(t, err)
	want, err := multi.PredictMulti(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, want.Col(0), got)
}

func rowsUpTo(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// gaussian returns numbers that any PLS can be fitted to.
func gaussian(seed uint32, rows, cols int) *ml.Matrix {
	cells, r := make([]float64, rows*cols), ml.NewRandomState(ml.NewSeed(seed))
	for i := range cells {
		cells[i] = r.Normal()
	}
	m, err := ml.NewMatrix(rows, cols, cells)
	if err != nil {
		panic(err)
	}
	return m
}

func TestPLSRegressionProperties(t *testing.T) {
	for seed := range uint32(20) {
		rows, cols, targets := 12+int(seed), 2+int(seed)%6, 1+int(seed)%3
		X, Y := gaussian(seed, rows, cols), gaussian(seed+100, rows, targets)
		p := ml.NewPLSRegression()
		p.NComponents = 1 + int(seed)%cols
		m, err := p.FitMulti(t.Context(), X, Y)
		require.NoError(t, err)
		require.Empty(t, m.Stopped)

		scores, err := m.Transform(X)
		require.NoError(t, err)
		closeTo(t, rowMajor(m.XScores), rowMajor(scores), 1e-10, "scores of the rows of Fit")
		for a := range p.NComponents {
			for b := range a {
				assert.InDelta(t, 0, innerProduct(scores.Col(a), scores.Col(b)), 1e-9, "components %d and %d are orthogonal", a, b)
			}
			assert.InDelta(t, 1, innerProduct(m.XWeights.Col(a), m.XWeights.Col(a)), 1e-10, "weights have length 1")
			assert.Positive(t, largestOf(m.XWeights.Col(a)), "the largest weight's sign")
		}

		same, err := p.FitMulti(t.Context(), times(X, 1024), Y)
		require.NoError(t, err)
		sameBits(t, rowMajor(m.YLoadings), rowMajor(same.YLoadings)) // the unit of X does not matter
		want, err := m.PredictMulti(t.Context(), X)
		require.NoError(t, err)
		got, err := same.PredictMulti(t.Context(), times(X, 1024))
		require.NoError(t, err)
		sameBits(t, rowMajor(want), rowMajor(got))

		p.NComponents = cols
		full, err := p.FitMulti(t.Context(), X, Y)
		require.NoError(t, err)
		scores, err = full.Transform(X)
		require.NoError(t, err)
		back, err := full.InverseTransform(scores)
		require.NoError(t, err)
		closeTo(t, rowMajor(X), rowMajor(back), 1e-9, "as many components as columns lose nothing")
		pred, err := full.PredictMulti(t.Context(), X)
		require.NoError(t, err)
		for k := range targets { // least squares: what is left over is orthogonal to X and 1
			var left []float64
			for i, v := range pred.Col(k) {
				left = append(left, Y.At(i, k)-v)
			}
			for j := range cols {
				assert.InDelta(t, 0, innerProduct(left, X.Col(j)), 1e-8)
			}
		}
	}
}

func innerProduct(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

func largestOf(v []float64) float64 {
	var most float64
	for _, x := range v {
		if math.Abs(x) > math.Abs(most) {
			most = x
		}
	}
	return most
}

func times(m *ml.Matrix, factor float64) *ml.Matrix {
	rows, cols := m.Dims()
	var cells []float64
	for j := range cols {
		for _, v := range m.Col(j) {
			cells = append(cells, v*factor)
		}
	}
	out, err := ml.NewMatrix(rows, cols, cells)
	if err != nil {
		panic(err)
	}
	return out
}

func TestPLSRegressionRefuses(t *testing.T) {
	X, y := matrixOf(t, []float64{1, 2}, []float64{2, 1}, []float64{3, 5}), []float64{1, 2, 4}
	Y := column(t, y)
	none, err := ml.NewMatrix(3, 0, nil)
	require.NoError(t, err)
	with := func(change func(*ml.PLSRegression)) ml.PLSRegression {
		p := ml.NewPLSRegression()
		change(&p)
		return p
	}
	for _, c := range []struct {
		name, want string
		p          ml.PLSRegression
		x, y       *ml.Matrix
	}{
		{"NoRows", "ml: PLSRegression: the matrix is 0×2, at least one row and one column are needed", ml.NewPLSRegression(), X.Take(nil), Y.Take(nil)},
		{"NoColumns", "ml: PLSRegression: the matrix is 3×0, at least one row and one column are needed", ml.NewPLSRegression(), none, Y},
		{"OneRow", "ml: PLSRegression: there is 1 row, at least 2 are needed", ml.NewPLSRegression(), X.Take([]int{0}), Y.Take([]int{0})},
		{"NoTargets", "ml: PLSRegression: Y has no columns, at least one is needed", ml.NewPLSRegression(), X, none},
		{"FewTargets", "ml: PLSRegression: 2 rows of Y for 3 rows of X", ml.NewPLSRegression(), X, Y.Take([]int{0, 1})},
		{"TooManyComponents", "ml: PLSRegression: NComponents is 3, must be 1 to 2, the number of columns", with(func(p *ml.PLSRegression) { p.NComponents = 3 }), X, Y},
		{"ZeroValue", "ml: PLSRegression: NComponents is 0, must be 1 to 2, the number of columns; MaxIter is 0, must be >= 1", ml.PLSRegression{}, X, Y},
		{"NegativeTol", "ml: PLSRegression: Tol is -1, must be a finite number >= 0", with(func(p *ml.PLSRegression) { p.Tol = -1 }), X, Y},
		{"NaNTol", "ml: PLSRegression: Tol is NaN, must be a finite number >= 0", with(func(p *ml.PLSRegression) { p.Tol = nan }), X, Y},
		{"NaN", "ml: PLSRegression: X: row 1, column 1: NaN, only finite numbers are allowed", ml.NewPLSRegression(), matrixOf(t, []float64{1, 2}, []float64{2, nan}, []float64{3, 5}), Y},
		{"Infinite", "ml: PLSRegression: X: row 2, column 0: +Inf, only finite numbers are allowed", ml.NewPLSRegression(), matrixOf(t, []float64{1, 2}, []float64{2, 3}, []float64{math.Inf(1), 5}), Y},
		{"NaNTarget", "ml: PLSRegression: Y: row 1, column 0: NaN, only finite numbers are allowed", ml.NewPLSRegression(), X, column(t, []float64{1, nan, 2})},
		{"HugeNumbers", "ml: PLSRegression: X: column 0: the numbers are so large that their mean or deviation is beyond float64", ml.NewPLSRegression(), times(X, 3e307), Y},
		{"HugeProducts", "ml: PLSRegression: the products of X and Y are beyond the range of float64: bring the columns closer to 1",
			with(func(p *ml.PLSRegression) { p.Scale = false }), times(X, 1e200), Y},
		{"HugeTargets", "ml: PLSRegression: the products of X and Y are beyond the range of float64: bring the columns closer to 1",
			with(func(p *ml.PLSRegression) { p.Scale = false }), X, times(Y, 1e200)},
		{"TinyProducts", "ml: PLSRegression: the products of X and Y are beyond the range of float64: bring the columns closer to 1",
			with(func(p *ml.PLSRegression) { p.Scale = false }), times(X, 1e-200), Y},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.p.FitMulti(t.Context(), c.x, c.y)
			assert.EqualError(t, err, c.want)
		})
	}
	_, err = ml.NewPLSRegression().Fit(t.Context(), X, y[:2])
	assert.EqualError(t, err, "ml: PLSRegression: 2 values for 3 rows")
	_, err = ml.NewPLSRegression().Fit(t.Context(), X, []float64{1, 2, math.Inf(-1)})
	assert.EqualError(t, err, "ml: PLSRegression: the value of row 2 is -Inf, only finite numbers are allowed")
	var cell *ml.CellError
	_, err = ml.NewPLSRegression().FitMulti(t.Context(), X, column(t, []float64{1, nan, 2}))
	require.ErrorAs(t, err, &cell)
	assert.Equal(t, 1, cell.Row)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ml.NewPLSRegression().Fit(ctx, X, y)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestPLSRegressionModelRefuses(t *testing.T) {
	X, Y := plsData(t, "linnerud")
	m, err := ml.NewPLSRegression().FitMulti(t.Context(), X, Y)
	require.NoError(t, err)
	_, err = m.Predict(t.Context(), X)
	assert.EqualError(t, err, "ml: PLSRegression: there are 3 targets, Predict is for one; PredictMulti predicts all")
	wide, bad := gaussian(1, 2, 4), matrixOf(t, []float64{1, 2, nan})
	_, err = m.PredictMulti(t.Context(), wide)
	assert.EqualError(t, err, "ml: PLSRegression: the matrix has 4 columns, the model was fitted on 3")
	_, err = m.PredictMulti(t.Context(), bad)
	assert.EqualError(t, err, "ml: PLSRegression: row 0, column 2: NaN, only finite numbers are allowed")
	_, err = m.Transform(wide)
	assert.EqualError(t, err, "ml: PLSRegression: the matrix has 4 columns, the model was fitted on 3")
	_, _, err = m.TransformXY(X, wide)
	assert.EqualError(t, err, "ml: PLSRegression: Y: the matrix has 4 columns, the model was fitted on 3")
	_, err = m.InverseTransform(X)
	assert.EqualError(t, err, "ml: PLSRegression: the matrix has 3 columns, the model 2 components")
	_, _, err = m.InverseTransformXY(X.Take(nil), bad)
	assert.EqualError(t, err, "ml: PLSRegression: the matrix has 3 columns, the model 2 components")
	none, err := m.PredictMulti(t.Context(), X.Take(nil))
	require.NoError(t, err)
	rows, cols := none.Dims()
	assert.Equal(t, []int{0, 3}, []int{rows, cols}, "no rows, no predictions")
}

func TestPLSStopsWhenNothingIsLeftOfY(t *testing.T) {
	// scikit-learn warns "Y residual is constant at iteration 5".
	X, Y := plsData(t, "one target, wide")
	p := ml.NewPLSRegression()
	p.NComponents = 9
	m, err := p.FitMulti(t.Context(), X, Y)
	require.NoError(t, err)
	assert.Equal(t, "what is left of Y is constant", m.Stopped)
	assert.Equal(t, []int{1, 1, 1, 1, 1}, m.NIter, "6 rows leave 5 directions")
	assert.Equal(t, make([]float64, 9), m.XWeights.Col(5))
	pred, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	closeTo(t, Y.Col(0), pred, 1e-12, "explained in full")
}

func TestPLSOfAConstantTargetPredictsIt(t *testing.T) {
	y := []float64{0.1, 0.1, 0.1} // whose mean numpy rounds to another number
	X := gaussian(1, 3, 2)
	m, err := ml.NewPLSRegression().Fit(t.Context(), X, y)
	require.NoError(t, err)
	assert.Equal(t, "what is left of Y is constant", m.Stopped)
	assert.Empty(t, m.NIter)
	assert.True(t, m.Converged)
	pred, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, y, pred)
}

func TestPLSOfConstantColumnsPredictsTheMean(t *testing.T) {
	// scikit-learn divides 0 by 0 and fails.
	X := matrixOf(t, []float64{0.1, 7}, []float64{0.1, 7}, []float64{0.1, 7}, []float64{0.1, 7})
	m, err := ml.NewPLSRegression().Fit(t.Context(), X, []float64{1, 2, 3, 6})
	require.NoError(t, err)
	assert.Equal(t, "what is left of X does not vary with what is left of Y", m.Stopped)
	pred, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []float64{3, 3, 3, 3}, pred)
}

func TestPLSStartsWithATargetThatVariesWithX(t *testing.T) {
	// The first target is orthogonal to X, where scikit-learn divides 0 by 0.
	X := matrixOf(t, []float64{-1}, []float64{1}, []float64{-1}, []float64{1})
	Y := matrixOf(t, []float64{-1, -2}, []float64{-1, 2}, []float64{1, -2}, []float64{1, 2})
	p := ml.NewPLSRegression()
	p.NComponents = 1
	m, err := p.FitMulti(t.Context(), X, Y)
	require.NoError(t, err)
	assert.Empty(t, m.Stopped)
	pred, err := m.PredictMulti(t.Context(), X)
	require.NoError(t, err)
	closeTo(t, []float64{0, -2, 0, 2, 0, -2, 0, 2}, rowMajor(pred), 1e-15, "predictions")
}

func TestPLSOfCollinearColumnsStopsBeforeRoundingErrors(t *testing.T) {
	// scikit-learn 1.2.1 makes a component of them: its coefficients are of the
	// order of 1e13 here, and those of the second case of 1e16.
	for name, X := range map[string]*ml.Matrix{
		"Twice": matrixOf(t, []float64{1, 2}, []float64{2, 4}, []float64{3, 6}, []float64{4, 8}, []float64{7, 14}),
		"Sum":   withSum(t, gaussian(3, 40, 3)),
	} {
		t.Run(name, func(t *testing.T) {
			rows, cols := X.Dims()
			y := gaussian(4, rows, 1).Col(0)
			p := ml.NewPLSRegression()
			p.NComponents = cols
			m, err := p.Fit(t.Context(), X, y)
			require.NoError(t, err)
			assert.Equal(t, "what is left of X is no larger than its rounding error", m.Stopped)
			assert.Len(t, m.NIter, cols-1)
			p.NComponents = cols - 1
			less, err := p.Fit(t.Context(), X, y)
			require.NoError(t, err)
			assert.Empty(t, less.Stopped)
			closeTo(t, rowMajor(less.Coef), rowMajor(m.Coef), 1e-12, "the same model")
		})
	}
}

func withSum(t *testing.T, X *ml.Matrix) *ml.Matrix {
	rows, cols := X.Dims()
	var cells [][]float64
	for i := range rows {
		row := X.Row(nil, i)
		cells = append(cells, append(row, row[0]+row[cols-1]))
	}
	return matrixOf(t, cells...)
}

func TestPLSThatDoesNotConvergeSaysSo(t *testing.T) {
	X, Y := plsData(t, "linnerud")
	p := ml.NewPLSRegression()
	p.MaxIter = 2
	m, err := p.FitMulti(t.Context(), X, Y)
	require.NoError(t, err)
	assert.False(t, m.Converged)
	assert.Equal(t, []int{2, 2}, m.NIter)
	m, err = ml.NewPLSRegression().FitMulti(t.Context(), X, Y)
	require.NoError(t, err)
	assert.True(t, m.Converged)
}

func TestPLSOfTinyNumbers(t *testing.T) {
	// Their squares vanish, which would take the deviation for 0.
	X, y := diabetes(t)
	p := ml.NewPLSRegression()
	want, err := p.Fit(t.Context(), X, y)
	require.NoError(t, err)
	got, err := p.Fit(t.Context(), times(X, 0x1p-700), y)
	require.NoError(t, err)
	sameBits(t, rowMajor(want.XScores), rowMajor(got.XScores))
}

func TestPLSNamesColumnsAsScikitLearnDoes(t *testing.T) {
	X, err := ml.NewMatrix(3, 2, []float64{1, 2, 3, 2, 1, 5}, "age", "height")
	require.NoError(t, err)
	Y, err := ml.NewMatrix(3, 1, []float64{1, 2, 4}, "weight")
	require.NoError(t, err)
	m, err := ml.NewPLSRegression().FitMulti(t.Context(), X, Y)
	require.NoError(t, err)
	xs, ys, err := m.TransformXY(X, Y)
	require.NoError(t, err)
	assert.Equal(t, []string{"plsregression0", "plsregression1"}, xs.Names())
	back, backY, err := m.InverseTransformXY(xs, ys)
	require.NoError(t, err)
	assert.Equal(t, []string{"age", "height"}, back.Names())
	assert.Equal(t, []string{"weight"}, backY.Names())
	pred, err := m.PredictMulti(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []string{"weight"}, pred.Names())
}

func TestPLSModelIsSafeForConcurrentUse(t *testing.T) {
	X, Y := gaussian(1, 5000, 6), gaussian(2, 5000, 2) // several blocks of rows
	sameX, sameY := gaussian(1, 5000, 6), gaussian(2, 5000, 2)
	m, err := ml.NewPLSRegression().FitMulti(t.Context(), X, Y)
	require.NoError(t, err)
	want, err := m.PredictMulti(t.Context(), X)
	require.NoError(t, err)
	one, err := m.PredictMulti(t.Context(), X.Take([]int{4321}))
	require.NoError(t, err)
	assert.Equal(t, want.Row(nil, 4321), one.Row(nil, 0), "a row's prediction does not depend on the others")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := m.PredictMulti(t.Context(), X)
			assert.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
	wg.Wait()
	assert.Equal(t, sameX, X, "the input is left alone")
	assert.Equal(t, sameY, Y)
}

func TestPLSOfRowsTooFarAway(t *testing.T) {
	m, err := ml.NewPLSRegression().Fit(t.Context(), matrixOf(t, []float64{1, 2}, []float64{2, 1}, []float64{4, 5}), []float64{1e10, 2e10, 7e10})
	require.NoError(t, err)
	_, err = m.Predict(t.Context(), matrixOf(t, []float64{1, 2}, []float64{1.7e308, 1.7e308}))
	require.EqualError(t, err, "ml: PLSRegression: column 0 of row 1 overflows, the row is too far from those of Fit")
}

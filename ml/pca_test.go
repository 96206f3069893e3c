package ml_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/penstock/penstock/ml"
)

// pcaCase is what scikit-learn makes of some data.
type pcaCase struct {
	Name   string
	Params struct {
		NComponents   any    `json:"n_components"`
		Whiten        bool   `json:"whiten"`
		SVDSolver     string `json:"svd_solver"`
		IteratedPower any    `json:"iterated_power"`
		NOversamples  *int   `json:"n_oversamples"`
		RandomState   uint32 `json:"random_state"`
	}
	Solver string
	Kept   int

	Components, Variances, Ratios, Values, Means goldenCorner
	Transformed, Made, Inverted                  goldenCorner
	Noise                                        hexFloats

	// Where the data are: in a file, here, or in the numbers that RandomState draws.
	Set        string
	Rows, Cols int
	Cells      []float64
	Seed       uint32
	Scale      []float64
	Copies     [][2]int     // column, of which one
	Near       [][2]int     // column, which one it nearly is
	Constants  [][2]float64 // column, value
	Offset     float64
	Twice      bool // every row
}

// goldenCorner is the upper left of a matrix, row by row.
type goldenCorner struct {
	Rows, Cols int
	Cells      hexFloats
}

func (g goldenCorner) row(i int) []float64 { return g.Cells[i*g.Cols : (i+1)*g.Cols] }

func (c pcaCase) data(t *testing.T, sets map[string]*ml.Matrix) *ml.Matrix {
	t.Helper()
	switch {
	case sets[c.Set] != nil:
		return sets[c.Set]
	case c.Set != "":
		X, _ := dataSet(t, c.Set)
		return X
	case c.Cells != nil:
		return goldenData{Rows: c.Rows, Cols: c.Cols, X: c.Cells}.matrix(t)
	}
	rng := ml.NewRandomState(ml.NewSeed(c.Seed))
	rows := make([][]float64, c.Rows)
	for i := range rows {
		rows[i] = make([]float64, c.Cols)
		for j := range rows[i] {
			rows[i][j] = rng.Normal()
			if len(c.Scale) > 0 {
				rows[i][j] *= c.Scale[j%len(c.Scale)]
			}
		}
		for _, pair := range c.Copies {
			rows[i][pair[0]] = rows[i][pair[1]]
		}
		for _, pair := range c.Near {
			rows[i][pair[0]] = rows[i][pair[1]] + float64(rows[i][pair[0]]*1e-6)
		}
		for _, pair := range c.Constants {
			rows[i][int(pair[0])] = pair[1]
		}
		for j := range rows[i] {
			rows[i][j] += c.Offset
		}
	}
	if c.Twice {
		for i := len(rows) - 1; i >= 0; i-- {
			rows = slices.Insert(rows, i, rows[i])
		}
	}
	return matrixOf(t, rows...)
}

func (c pcaCase) pca(t *testing.T) ml.PCA {
	t.Helper()
	p := ml.NewPCA()
	switch n := c.Params.NComponents.(type) {
	case float64:
		p.NComponents = ml.ComponentCount(n)
	case string:
		require.Equal(t, "mle", n)
		p.NComponents = ml.MLEComponents
	}
	p.Whiten = c.Params.Whiten
	if c.Params.SVDSolver != "" {
		p.SVDSolver = ml.SVDSolver(c.Params.SVDSolver)
	}
	if power, ok := c.Params.IteratedPower.(float64); ok {
		p.IteratedPower = int(power)
	}
	if c.Params.NOversamples != nil {
		p.NOversamples = *c.Params.NOversamples
	}
	p.Seed = ml.NewSeed(c.Params.RandomState)
	return p
}

func TestPCAIsScikitLearns(t *testing.T) {
	sets := map[string]*ml.Matrix{}
	for _, want := range golden[pcaCase](t, "pca.json") {
		t.Run(want.Name, func(t *testing.T) {
			X := want.data(t, sets)
			sets[want.Name] = X
			m, made, err := want.pca(t).FitTransform(t.Context(), X)
			require.NoError(t, err)
			require.Equal(t, want.Solver, string(m.SVDSolver))
			require.Len(t, m.Components, want.Kept)
			want.compare(t, X, m, made)
		})
	}
}

// compare allows 10⁻⁹ of the numbers, 10⁻⁶ if they are the result of random
// directions. What rounding decides, singular values of zero and the directions
// that belong to them, is not compared.
func (c pcaCase) compare(t *testing.T, X *ml.Matrix, m *ml.PCAModel, made *ml.Matrix) {
	t.Helper()
	tol := 1e-9
	if c.Solver == "randomized" {
		tol = 1e-6
	}
	largest := c.Values.Cells[0]
	near := func(want, got, size float64, what string, at ...int) {
		t.Helper()
		require.InDelta(t, want, got, tol*size, "%s %v", what, at)
	}
	for i, v := range c.Values.Cells {
		near(v, m.SingularValues[i], max(v, 1e-5*largest), "singular value", i)
		near(c.Variances.Cells[i], m.ExplainedVariance[i], max(c.Variances.Cells[i], 1e-10*c.Variances.Cells[0]), "variance", i)
	}
	for i, v := range c.Ratios.Cells {
		near(v, m.ExplainedVarianceRatio[i], max(v, 1e-10), "ratio", i)
	}
	for i, v := range c.Means.Cells {
		if c.Set != "" || c.Cells != nil {
			require.Equal(t, v, m.Mean[i], "numpy's bits, column %d", i)
		}
		require.InDelta(t, v, m.Mean[i], 1e-14*math.Abs(v), "mean %d", i)
	}
	near(c.Noise[0], m.NoiseVariance, max(c.Noise[0], 1e-7*c.Variances.Cells[0]), "noise")

	Z, err := m.Transform(X)
	require.NoError(t, err)
	rows, _ := Z.Dims()
	for j := range c.Components.Rows {
		if c.Values.Cells[j] < 1e-9*largest {
			continue
		}
		for l, v := range c.Components.row(j) {
			near(v, m.Components[j][l], 1, "component", j, l)
		}
		size := largest / math.Sqrt(float64(rows))
		if c.Params.Whiten {
			size = largest / c.Values.Cells[j] // which is what rounding is amplified by
		}
		for i := range c.Transformed.Rows {
			near(c.Transformed.row(i)[j], Z.At(i, j), size, "transformed", i, j)
			near(c.Made.row(i)[j], made.At(i, j), size, "fit_transform", i, j)
		}
	}
	back, err := m.InverseTransform(Z)
	require.NoError(t, err)
	for i := range c.Inverted.Rows {
		for j, v := range c.Inverted.row(i) {
			near(v, back.At(i, j), max(math.Abs(v), 1e-3*largest), "inverted", i, j)
		}
	}
}

// normal is a matrix of numbers from a normal distribution.
func normal(seed uint32, rows, cols int) *ml.Matrix {
	rng := ml.NewRandomState(ml.NewSeed(seed))
	cells := make([]float64, rows*cols)
	for i := range cells {
		cells[i] = rng.Normal()
	}
	X, err := ml.NewMatrix(rows, cols, cells)
	if err != nil {
		panic(err)
	}
	return X
}

func changed(t *testing.T, X *ml.Matrix, f func(i, j int, v float64) float64) *ml.Matrix {
	t.Helper()
	rows, cols := X.Dims()
	cells := make([]float64, 0, rows*cols)
	for j := range cols {
		for i, v := range X.Col(j) {
			cells = append(cells, f(i, j, v))
		}
	}
	out, err := ml.NewMatrix(rows, cols, cells)
	require.NoError(t, err)
	return out
}

func fitPCA(t *testing.T, p ml.PCA, X *ml.Matrix) *ml.PCAModel {
	t.Helper()
	m, err := p.Fit(t.Context(), X)
	require.NoError(t, err)
	return m
}

// requireOrthonormal holds for components, whatever the data.
func requireOrthonormal(t *testing.T, rows [][]float64) {
	t.Helper()
	for i, x := range rows {
		for j, y := range rows[:i+1] {
			var product, want float64
			for l := range x {
				product += x[l] * y[l]
			}
			if i == j {
				want = 1
			}
			require.InDelta(t, want, product, 1e-12, "%d·%d", i, j)
		}
	}
}

func TestPCAProperties(t *testing.T) {
	shapes := []struct{ rows, cols int }{{2, 1}, {3, 2}, {9, 9}, {40, 6}, {6, 40}, {80, 50}, {300, 33}, {33, 300}, {9000, 8}}
	for seed, s := range shapes {
		t.Run(fmt.Sprintf("%d×%d", s.rows, s.cols), func(t *testing.T) {
			X := normal(uint32(seed), s.rows, s.cols)
			m, made, err := ml.NewPCA().FitTransform(t.Context(), X)
			require.NoError(t, err)
			requireOrthonormal(t, m.Components)
			require.True(t, slices.IsSortedFunc(m.SingularValues, func(a, b float64) int { return int(math.Copysign(1, b-a)) }))
			Z, err := m.Transform(X)
			require.NoError(t, err)
			require.InDeltaSlice(t, rowMajor(Z), rowMajor(made), 1e-12, "FitTransform is Fit and Transform")
			back, err := m.InverseTransform(Z)
			require.NoError(t, err)
			require.InDeltaSlice(t, rowMajor(X), rowMajor(back), 1e-12, "with all components nothing is lost")

			sum := 0.0
			for j, v := range m.ExplainedVariance {
				var squares, farthest float64
				for _, z := range Z.Col(j) {
					squares += z * z
					if math.Abs(z) > math.Abs(farthest) {
						farthest = z
					}
				}
				require.InDelta(t, v, squares/float64(s.rows-1), 1e-12, "the variance is that of the column")
				require.True(t, farthest > 0 || m.SingularValues[j] == 0, "the farthest number of column %d is %v", j, farthest)
				sum += m.ExplainedVarianceRatio[j]
			}
			require.InDelta(t, 1, sum, 1e-12)
		})
	}
}

func TestPCAWhitens(t *testing.T) {
	X := normal(3, 50, 4)
	p := ml.NewPCA()
	p.Whiten = true
	m, made, err := p.FitTransform(t.Context(), X)
	require.NoError(t, err)
	for j := range 4 {
		var squares float64
		for _, v := range made.Col(j) {
			squares += v * v
		}
		assert.InDelta(t, 1, squares/49, 1e-12)
	}
	Z, err := m.Transform(X)
	require.NoError(t, err)
	assert.InDeltaSlice(t, rowMajor(made), rowMajor(Z), 1e-12)
	back, err := m.InverseTransform(Z)
	require.NoError(t, err)
	assert.InDeltaSlice(t, rowMajor(X), rowMajor(back), 1e-12)
}

func TestPCANames(t *testing.T) {
	X, err := ml.NewMatrix(3, 2, []float64{1, 2, 4, 0, 1, 5}, "height", "weight")
	require.NoError(t, err)
	m := fitPCA(t, ml.NewPCA(), X)
	Z, err := m.Transform(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"pca0", "pca1"}, Z.Names())
	back, err := m.InverseTransform(Z)
	require.NoError(t, err)
	assert.Equal(t, []string{"height", "weight"}, back.Names())
}

// TestPCAOneRow: there is a mean, but no variance to speak of; scikit-learn gives
// the same numbers.
func TestPCAOneRow(t *testing.T) {
	X := matrixOf(t, []float64{3, 1, 2})
	m, made, err := ml.NewPCA().FitTransform(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, [][]float64{{1, 0, 0}}, m.Components)
	assert.Equal(t, []float64{0}, m.SingularValues)
	sameBits(t, []float64{nan}, m.ExplainedVariance)
	sameBits(t, []float64{nan}, m.ExplainedVarianceRatio)
	assert.Equal(t, []float64{3, 1, 2}, m.Mean)
	assert.Equal(t, []float64{0}, rowMajor(made))
	p := ml.NewPCA()
	p.NComponents = 0.5
	assert.Len(t, fitPCA(t, p, X).Components, 1, "NaN is not less than any fraction")
}

// TestPCATies: of numbers as far from zero the first one is positive.
// scikit-learn leaves that to rounding.
func TestPCATies(t *testing.T) {
	for name, X := range map[string]*ml.Matrix{
		"TwoRows":   matrixOf(t, []float64{1, 5, 2}, []float64{0.3, 7, 1}),
		"Symmetric": matrixOf(t, []float64{-1, -1}, []float64{-2, -1}, []float64{-3, -2}, []float64{1, 1}, []float64{2, 1}, []float64{3, 2}),
		"Line":      matrixOf(t, []float64{0, 0, 0.1}, []float64{1, 3, 0.2}, []float64{2, 6, 0.3}),
	} {
		t.Run(name, func(t *testing.T) {
			_, Z, err := ml.NewPCA().FitTransform(t.Context(), X)
			require.NoError(t, err)
			var farthest float64
			for _, v := range Z.Col(0) {
				if math.Abs(v) > math.Abs(farthest)*(1+1e-9) {
					farthest = v
				}
			}
			assert.Positive(t, farthest)
		})
	}
}

// TestPCAConstantColumns: they have nothing to say, exactly.
func TestPCAConstantColumns(t *testing.T) {
	X := changed(t, normal(4, 1000, 5), func(_, j int, v float64) float64 {
		if j == 1 || j == 4 {
			return 0.1 // the sum of a thousand of them is not 100
		}
		return v
	})
	for _, whiten := range []bool{false, true} {
		p := ml.NewPCA()
		p.Whiten = whiten
		m := fitPCA(t, p, X)
		assert.Equal(t, []float64{0, 0}, m.SingularValues[3:])
		assert.Equal(t, [][]float64{{0, 1, 0, 0, 0}, {0, 0, 0, 0, 1}}, m.Components[3:])
		requireOrthonormal(t, m.Components)
		Z, err := m.Transform(X)
		require.NoError(t, err)
		assert.Equal(t, make([]float64, 1000), Z.Col(3), "even when whitened")
	}
	all := fitPCA(t, ml.NewPCA(), matrixOf(t, []float64{7, 8}, []float64{7, 8}, []float64{7, 8}))
	assert.Equal(t, []float64{0, 0}, all.ExplainedVariance)
	sameBits(t, []float64{nan, nan}, all.ExplainedVarianceRatio)
	requireOrthonormal(t, all.Components)
}

// TestPCADependentColumns: singular values that are nothing but rounding are 0,
// and the components complete a system of axes.
func TestPCADependentColumns(t *testing.T) {
	for name, X := range map[string]*ml.Matrix{
		"Tall":   normal(5, 500, 12),
		"Square": normal(6, 12, 12),
		"Wide":   normal(7, 10, 200),
	} {
		t.Run(name, func(t *testing.T) {
			rows, cols := X.Dims()
			X = changed(t, X, func(i, j int, v float64) float64 { // of rank 4
				return 1000*X.At(i, 0)*float64(j) + X.At(i, 1)*float64(j%5) + 1e-3*X.At(i, 2)*float64(j%7) + X.At(i, 3) + 20
			})
			m, Z, err := ml.NewPCA().FitTransform(t.Context(), X)
			require.NoError(t, err)
			require.Len(t, m.Components, min(rows, cols))
			requireOrthonormal(t, m.Components)
			assert.Positive(t, m.SingularValues[3])
			assert.Equal(t, make([]float64, min(rows, cols)-4), m.SingularValues[4:])
			assert.Equal(t, rows, Z.NumRows())
			p := ml.NewPCA()
			p.NComponents = 4
			first, err := ml.MatrixFromColumns([][]float64{Z.Col(0), Z.Col(1), Z.Col(2), Z.Col(3)})
			require.NoError(t, err)
			back, err := fitPCA(t, p, X).InverseTransform(first)
			require.NoError(t, err)
			assert.InDeltaSlice(t, rowMajor(X), rowMajor(back), 1e-9*m.SingularValues[0])
		})
	}
}

// TestPCAManyDependentRows: many rows are taken in part by part.
func TestPCAManyDependentRows(t *testing.T) {
	X := normal(16, 20_000, 6)
	twice := make([][]float64, 12)
	for j := range twice {
		twice[j] = X.Col(j / 2)
	}
	doubled, err := ml.MatrixFromColumns(twice)
	require.NoError(t, err)
	want, got := fitPCA(t, ml.NewPCA(), X), fitPCA(t, ml.NewPCA(), doubled)
	for i, v := range want.SingularValues {
		assert.InEpsilon(t, math.Sqrt2*v, got.SingularValues[i], 1e-13)
	}
	assert.Equal(t, make([]float64, 6), got.SingularValues[6:])
	requireOrthonormal(t, got.Components)
}

// TestPCAFractionIsExceeded: two halves are needed for more than a half.
func TestPCAFractionIsExceeded(t *testing.T) {
	X := matrixOf(t, []float64{1, 0}, []float64{-1, 0}, []float64{0, 1}, []float64{0, -1})
	p := ml.NewPCA()
	p.NComponents = 0.5
	assert.Equal(t, []float64{0.5, 0.5}, fitPCA(t, p, X).ExplainedVarianceRatio)
}

// TestPCAScaleDoesNotMatter: numbers near the ends of float64 are brought to a
// size that can be squared, by a power of 2.
func TestPCAScaleDoesNotMatter(t *testing.T) {
	for _, size := range []struct{ rows, cols int }{{60, 7}, {7, 60}} {
		X := normal(8, size.rows, size.cols)
		want := fitPCA(t, ml.NewPCA(), X)
		for _, exponent := range []int{-900, -500, 400} {
			scale := math.Ldexp(1, exponent)
			m, Z, err := ml.NewPCA().FitTransform(t.Context(), changed(t, X, func(_, _ int, v float64) float64 { return v * scale }))
			require.NoError(t, err)
			for i := range m.Components[:6] {
				assert.InDeltaSlice(t, want.Components[i], m.Components[i], 1e-14)
				assert.InEpsilon(t, want.SingularValues[i], m.SingularValues[i]/scale, 1e-14)
				assert.InEpsilon(t, want.ExplainedVarianceRatio[i], m.ExplainedVarianceRatio[i], 1e-14)
			}
			assert.False(t, math.IsNaN(Z.At(0, 0)))
		}
		huge := changed(t, X, func(_, _ int, v float64) float64 { return math.Copysign(math.MaxFloat64, v) })
		_, err := ml.NewPCA().Fit(t.Context(), huge)
		assert.ErrorContains(t, err, "ml: PCA: the variance of the first component overflows, its singular value is")
	}
}

// The first column's deviation is so small that its inverse times a number that has
// a finite square is too large.
func TestPCAWhitenedBeyondFloat64(t *testing.T) {
	p := ml.NewPCA()
	p.Whiten = true
	m, err := p.Fit(t.Context(), matrixOf(t, []float64{1e-160}, []float64{-1e-160}, []float64{3e-160}))
	require.NoError(t, err)
	_, err = m.Transform(matrixOf(t, []float64{1}, []float64{1e150}))
	assert.EqualError(t, err, "ml: PCA: component 0 of row 1 overflows, the row is too far from those of Fit")
}

func TestPCARefuses(t *testing.T) {
	named, err := ml.NewMatrix(3, 2, []float64{1, 2, 3, 4, nan, 6}, "a", "b")
	require.NoError(t, err)
	infinite := matrixOf(t, []float64{1, 2}, []float64{math.Inf(1), 3}, []float64{math.Inf(-1), 3})
	good := normal(9, 30, 4)
	with := func(change func(*ml.PCA)) ml.PCA {
		p := ml.NewPCA()
		change(&p)
		return p
	}
	empty, err := ml.NewMatrix(0, 2, nil)
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		p    ml.PCA
		X    *ml.Matrix
		want string
	}{
		{"NaN", ml.NewPCA(), named, `ml: PCA: row 1, column "b": NaN, only finite numbers are allowed`},
		{"Infinite", ml.NewPCA(), infinite, "ml: PCA: row 1, column 0: +Inf, only finite numbers are allowed"},
		{"Empty", ml.NewPCA(), empty, "ml: PCA: the matrix is 0×2, at least one row and one column are needed"},
		{"TooMany", with(func(p *ml.PCA) { p.NComponents = 5 }), good,
			"ml: PCA: NComponents is 5, at most 4 are there, the lesser of 30 rows and 4 columns"},
		{"MLE", with(func(p *ml.PCA) { p.NComponents = ml.MLEComponents }), normal(1, 3, 4),
			"ml: PCA: NComponents is MLEComponents, which needs as many rows as columns, the matrix is 3×4"},
		{"MLERandomized", with(func(p *ml.PCA) { p.NComponents, p.SVDSolver = ml.MLEComponents, ml.SVDRandomized }), good,
			"ml: PCA: NComponents is MLEComponents, the randomized solver takes a whole number from 1 to 4 or AllComponents"},
		{"FractionRandomized", with(func(p *ml.PCA) { p.NComponents, p.SVDSolver = 0.5, ml.SVDRandomized }), good,
			"ml: PCA: NComponents is 0.5, the randomized solver takes a whole number from 1 to 4 or AllComponents"},
		{"MLEEqual", with(func(p *ml.PCA) { p.NComponents = ml.MLEComponents }),
			matrixOf(t, []float64{1, 0}, []float64{-1, 0}, []float64{0, 1}, []float64{0, -1}),
			"ml: PCA: MLEComponents: the likelihood of 1 components is not defined, as two variances are equal"},
		{"Parameters", ml.PCA{NComponents: 1.5, SVDSolver: "arpack", IteratedPower: -2}, good,
			"ml: PCA: NComponents is 1.5, must be a whole number >= 0, a fraction of the variance between 0 and 1, AllComponents or MLEComponents; " +
				"SVDSolver is arpack, must be auto, full or randomized; IteratedPower is -2, must be >= 0 or IteratedPowerAuto; NOversamples is 0, must be >= 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := c.p.Fit(t.Context(), c.X)
			assert.EqualError(t, err, c.want)
			assert.Nil(t, m)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ml.NewPCA().Fit(ctx, good)
	assert.ErrorIs(t, err, context.Canceled)

	m := fitPCA(t, ml.NewPCA(), good)
	_, err = m.Transform(named)
	assert.EqualError(t, err, "ml: PCA: the matrix has 2 columns, the model was fitted on 4")
	_, err = m.InverseTransform(named)
	assert.EqualError(t, err, "ml: PCA: the matrix has 2 columns, the model has 4 components")
	bad := changed(t, good, func(i, j int, v float64) float64 {
		if i == 29 && j == 3 {
			return math.Inf(-1)
		}
		return v
	})
	_, err = m.Transform(bad)
	assert.EqualError(t, err, "ml: PCA: row 29, column 3: -Inf, only finite numbers are allowed")
	var cell *ml.CellError
	require.ErrorAs(t, err, &cell)
	_, err = m.InverseTransform(bad)
	assert.EqualError(t, err, "ml: PCA: row 29, column 3: -Inf, only finite numbers are allowed")
	_, err = m.Transform(changed(t, good, func(i, _ int, v float64) float64 { return math.Copysign(math.MaxFloat64, m.Components[0][0]) }))
	assert.ErrorContains(t, err, "of row 0 overflows, the row is too far from those of Fit")
}

func TestPCAKeepsNothing(t *testing.T) {
	p := ml.NewPCA()
	p.NComponents = 0
	X := normal(10, 20, 3)
	m, made, err := p.FitTransform(t.Context(), X)
	require.NoError(t, err)
	assert.Empty(t, m.Components)
	var total float64
	for _, v := range fitPCA(t, ml.NewPCA(), X).ExplainedVariance {
		total += v
	}
	assert.InEpsilon(t, total/3, m.NoiseVariance, 1e-12)
	Z, err := m.Transform(X)
	require.NoError(t, err)
	for _, Z := range []*ml.Matrix{made, Z} {
		rows, cols := Z.Dims()
		assert.Equal(t, []int{20, 0}, []int{rows, cols})
	}
	back, err := m.InverseTransform(Z)
	require.NoError(t, err)
	assert.Equal(t, m.Mean, back.Row(nil, 7))
}

func TestPCATransformsNoRows(t *testing.T) {
	m := fitPCA(t, ml.NewPCA(), normal(11, 20, 3))
	none, err := ml.NewMatrix(0, 3, nil)
	require.NoError(t, err)
	Z, err := m.Transform(none)
	require.NoError(t, err)
	assert.Equal(t, 0, Z.NumRows())
	_, err = m.InverseTransform(Z)
	require.NoError(t, err)
}

// TestPCAWorkersDoNotMatter: the order of sums depends on the shape alone.
func TestPCAWorkersDoNotMatter(t *testing.T) {
	tall, wide := normal(12, 20_000, 6), normal(13, 6, 20_000)
	copied := changed(t, tall, func(i, j int, _ float64) float64 { return tall.At(i, j/2) })
	few := ml.NewPCA()
	few.NComponents, few.NOversamples, few.IteratedPower = 1, 1, 0
	for name, c := range map[string]struct {
		p ml.PCA
		X *ml.Matrix
	}{
		"Full":               {ml.NewPCA(), tall},
		"FullWide":           {ml.NewPCA(), wide},
		"FullReflected":      {ml.NewPCA(), copied},
		"Randomized":         {few, tall},
		"RandomizedOnStrips": {few, copied},
	} {
		t.Run(name, func(t *testing.T) {
			var want []float64
			for _, workers := range []int{1, 2, 7} {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
				m, Z, err := c.p.FitTransform(t.Context(), c.X)
				require.NoError(t, err)
				got := append(slices.Concat(m.Components...), m.SingularValues...)
				got = append(got, Z.Col(0)...)
				if workers == 1 {
					want = got
				}
				sameBits(t, want, got)
			}
		})
	}
}

func TestPCAModelIsSafeToShare(t *testing.T) {
	X := normal(14, 9000, 5)
	m := fitPCA(t, ml.NewPCA(), X)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			Z, err := m.Transform(X)
			if assert.NoError(t, err) {
				_, err = m.InverseTransform(Z)
				assert.NoError(t, err)
			}
		})
	}
	group.Wait()
}

// TestPCAInAPipeline: scikit-learn's fit_transform goes to the next step.
func TestPCAInAPipeline(t *testing.T) {
	X, y := dataSet(t, "wine")
	p := ml.NewPCA()
	p.NComponents, p.SVDSolver = 2, ml.SVDRandomized
	pipe, err := ml.Pipe(ml.NewStandardScaler(), p, ml.NewSVC()).Fit(t.Context(), X, y)
	require.NoError(t, err)
	_, made, err := p.FitTransform(t.Context(), scaled(t, X))
	require.NoError(t, err)
	alone, err := ml.NewSVC().Fit(t.Context(), made, y)
	require.NoError(t, err)
	assert.Equal(t, alone, pipe.Classifier())
}

// broken is a BLAS that panics as gonum's do.
type broken struct{ gonum.Implementation }

func (broken) Dgemm(_, _ blas.Transpose, _, _, _ int, _ float64, _ []float64, _ int, _ []float64, _ int, _ float64, _ []float64, _ int) {
	panic("blas: insufficient length of a")
}

func TestPCATurnsPanicsOfGonumIntoErrors(t *testing.T) {
	X := normal(15, 30, 3)
	m := fitPCA(t, ml.NewPCA(), X)
	defer blas64.Use(blas64.Implementation())
	blas64.Use(broken{})
	_, err := ml.NewPCA().Fit(t.Context(), X)
	assert.EqualError(t, err, "ml: PCA: gonum: blas: insufficient length of a")
	_, err = m.Transform(X)
	assert.EqualError(t, err, "ml: PCA: gonum: blas: insufficient length of a")
	_, err = m.InverseTransform(X)
	assert.EqualError(t, err, "ml: PCA: gonum: blas: insufficient length of a")
}

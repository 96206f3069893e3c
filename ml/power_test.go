package ml_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// cellsOrNull are cells of which null is NaN.
type cellsOrNull []float64

func (c *cellsOrNull) UnmarshalJSON(text []byte) error {
	var cells []*float64
	if err := json.Unmarshal(text, &cells); err != nil {
		return err
	}
	*c = nil
	for _, v := range cells {
		if v == nil {
			*c = append(*c, math.NaN())
		} else {
			*c = append(*c, *v)
		}
	}
	return nil
}

type powerCase struct {
	Kind, Name  string
	Rows, Cols  int
	Cells       cellsOrNull // row by row; none for the sets of data.json
	Columns     []int
	BoxCox      bool
	Standardize bool
	Lambda      hexFloats
	At          []int // the rows that are in
	Z, Back     hexFloats
	X, Y        hexFloats
}

// near compares numbers that may be NaN.
func near(t *testing.T, want, got []float64, tolerance float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for i, w := range want {
		if math.IsNaN(w) {
			assert.True(t, math.IsNaN(got[i]), "%s %d is %v, want NaN", what, i, got[i])
		} else {
			assert.InDelta(t, w, got[i], tolerance*max(1, math.Abs(w)), "%s %d", what, i)
		}
	}
}

func pickColumns(t *testing.T, X *ml.Matrix, columns []int) *ml.Matrix {
	t.Helper()
	rows, _ := X.Dims()
	var cells []float64
	for _, j := range columns {
		cells = append(cells, X.Col(j)...)
	}
	out, err := ml.NewMatrix(rows, len(columns), cells)
	require.NoError(t, err)
	return out
}

func TestPowerTransformerIsScikitLearns(t *testing.T) {
	sets := map[string]*ml.Matrix{}
	for _, c := range golden[powerCase](t, "power.json") {
		switch c.Kind {
		case "data":
			if c.Cells == nil {
				sets[c.Name], _ = dataSet(t, c.Name)
				continue
			}
			sets[c.Name] = goldenData{Rows: c.Rows, Cols: c.Cols, X: hexFloats(c.Cells)}.matrix(t)
		case "fit":
			t.Run(fmt.Sprintf("%s/BoxCox=%v/Standardize=%v", c.Name, c.BoxCox, c.Standardize), func(t *testing.T) {
				X := pickColumns(t, sets[c.Name], c.Columns)
				p := ml.NewPowerTransformer()
				p.Standardize = c.Standardize
				if c.BoxCox {
					p.Method = ml.BoxCox
				}
				m, err := p.Fit(t.Context(), X)
				if err != nil {
					require.ErrorContains(t, err, "float64 cannot tell the powers of column", "what scikit-learn makes all alike")
					return
				}
				constant := c.Name == "constant" || c.Name == "one row" // their λ means nothing
				Z, err := m.Transform(X.Take(c.At))
				require.NoError(t, err)
				if constant {
					if c.Standardize {
						near(t, c.Z, rowMajor(Z), 1e-6, "cell")
					}
					return
				}
				back, err := m.InverseTransform(Z)
				if err != nil {
					require.ErrorContains(t, err, "at or beyond the bound", "of what float64 has rounded to it")
					back = X.Take(c.At)
				}
				for j := range c.Columns {
					if isCollapsed(c, X.Take(c.At).Col(j), j) {
						continue
					}
					what := fmt.Sprintf("column %d", j)
					near(t, []float64{c.Lambda[j]}, m.Lambda[j:j+1], 1e-6, what+", lambda")
					near(t, columnMajor(c.Z, len(c.At), len(c.Columns))[j*len(c.At):(j+1)*len(c.At)], Z.Col(j), 1e-6, what+", cell")
					if err != nil {
						continue
					}
					near(t, columnMajor(c.Back, len(c.At), len(c.Columns))[j*len(c.At):(j+1)*len(c.At)], back.Col(j), 1e-6, what+", cell back")
				}
			})
		}
	}
}

// isCollapsed reports whether scikit-learn gives different values of a column the same
// power, for want of digits.
func isCollapsed(c powerCase, values []float64, j int) bool {
	z := columnMajor(c.Z, len(c.At), len(c.Columns))[j*len(c.At) : (j+1)*len(c.At)]
	for i, v := range values {
		for k, w := range values {
			if v != w && math.Abs(z[i]-z[k]) < 1e-9*math.Abs(v-w) {
				return true
			}
		}
	}
	return false
}

// What went there comes back.
func TestPowerTransformerInverse(t *testing.T) {
	r := ml.NewRandomState(ml.NewSeed(4))
	for trial := range 30 {
		n := 3 + trial
		cells := make([]float64, 2*n)
		for i := range cells {
			cells[i] = math.Exp(r.Normal())
			if i >= n && trial%2 == 0 {
				cells[i] = 5 * r.Normal()
			}
		}
		X, err := ml.NewMatrix(n, 2, cells)
		require.NoError(t, err)
		p := ml.NewPowerTransformer()
		if trial%2 == 1 {
			p.Method = ml.BoxCox
		}
		m, err := p.Fit(t.Context(), X)
		require.NoError(t, err)
		Z, err := m.Transform(X)
		require.NoError(t, err)
		back, err := m.InverseTransform(Z)
		require.NoError(t, err)
		near(t, rowMajor(X), rowMajor(back), 1e-9, "cell")
	}
}

func TestPowerTransformerRefuses(t *testing.T) {
	box := ml.PowerTransformer{Method: ml.BoxCox, Standardize: true}
	for _, c := range []struct {
		name string
		p    ml.PowerTransformer
		rows [][]float64
		want string
	}{
		{"NotPositive", box, [][]float64{{1}, {0}}, "ml: PowerTransformer: row 1, column 0: 0, BoxCox allows numbers > 0 and NaN"},
		{"Infinite", ml.NewPowerTransformer(), [][]float64{{1}, {math.Inf(1)}}, "ml: PowerTransformer: row 1, column 0: +Inf, only finite numbers and NaN are allowed"},
		{"Constant", box, [][]float64{{2}, {2}}, "ml: PowerTransformer: column 0 is constant or all NaN, BoxCox needs two values that differ"},
		{"Method", ml.PowerTransformer{Method: 7}, [][]float64{{2}, {3}}, "ml: PowerTransformer: Method is PowerMethod(7), must be YeoJohnson or BoxCox"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.p.Fit(t.Context(), matrixOf(t, c.rows...))
			assert.EqualError(t, err, c.want)
		})
	}
}

type quantileCase struct {
	Kind, Name           string
	Rows, Cols           int
	Quantiles, Subsample int
	Seed                 uint32
	Normal               bool
	Cells, Seen, Places  cellsOrNull
	Landmarks            hexFloats // column by column
	References           hexFloats
	X, Y, Z, Back        hexFloats
}

func TestQuantileTransformerIsScikitLearns(t *testing.T) {
	for _, c := range golden[quantileCase](t, "quantile.json") {
		if c.Kind != "fit" {
			continue
		}
		t.Run(fmt.Sprintf("%s/normal=%v", c.Name, c.Normal), func(t *testing.T) {
			q := ml.NewQuantileTransformer()
			q.Quantiles, q.Subsample, q.Seed = c.Quantiles, c.Subsample, ml.NewSeed(c.Seed)
			if c.Normal {
				q.Output = ml.OutputNormal
			}
			X := goldenData{Rows: c.Rows, Cols: c.Cols, X: hexFloats(c.Cells)}.matrix(t)
			m, err := q.Fit(t.Context(), X)
			require.NoError(t, err)
			var landmarks []float64
			for _, column := range m.Quantiles {
				landmarks = append(landmarks, column...)
			}
			near(t, c.Landmarks, landmarks, 1e-12, "quantile")
			near(t, c.References, m.References, 1e-15, "reference")
			seen := goldenData{Rows: len(c.Seen) / c.Cols, Cols: c.Cols, X: hexFloats(c.Seen)}.matrix(t)
			Z, err := m.Transform(seen)
			require.NoError(t, err)
			places := goldenData{Rows: len(c.Places) / c.Cols, Cols: c.Cols, X: hexFloats(c.Places)}.matrix(t)
			back, err := m.InverseTransform(places)
			require.NoError(t, err)
			for j, landmarks := range m.Quantiles {
				if math.IsNaN(landmarks[0]) {
					continue // of a column that was NaN scikit-learn makes the end of the range
				}
				rows, places := len(c.Seen)/c.Cols, len(c.Places)/c.Cols
				near(t, columnMajor(c.Z, rows, c.Cols)[j*rows:(j+1)*rows], Z.Col(j), 1e-10, "cell")
				near(t, columnMajor(c.Back, places, c.Cols)[j*places:(j+1)*places], back.Col(j), 1e-9, "cell back")
			}
		})
	}
}

// A larger value never has a smaller place.
func TestQuantileTransformerIsMonotonic(t *testing.T) {
	r := ml.NewRandomState(ml.NewSeed(6))
	cells := make([]float64, 80)
	for i := range cells {
		cells[i] = math.Round(4*r.Normal()) / 2
	}
	X, err := ml.NewMatrix(80, 1, cells)
	require.NoError(t, err)
	q := ml.NewQuantileTransformer()
	q.Quantiles = 20
	m, err := q.Fit(t.Context(), X)
	require.NoError(t, err)
	line := make([]float64, 400)
	for i := range line {
		line[i] = float64(i)/20 - 10
	}
	L, err := ml.NewMatrix(400, 1, line)
	require.NoError(t, err)
	Z, err := m.Transform(L)
	require.NoError(t, err)
	for i := 1; i < 400; i++ {
		require.GreaterOrEqual(t, Z.At(i, 0), Z.At(i-1, 0), "at %v", line[i])
	}
}

func TestQuantileTransformerRefuses(t *testing.T) {
	_, err := ml.QuantileTransformer{Output: 9}.Fit(t.Context(), matrixOf(t, []float64{1}))
	assert.EqualError(t, err, "ml: QuantileTransformer: Quantiles is 0, must be at least 1; Subsample is 0, must be at least 1; "+
		"Output is OutputDistribution(9), must be OutputUniform or OutputNormal")
	_, err = ml.NewQuantileTransformer().Fit(t.Context(), matrixOf(t, []float64{1}, []float64{math.Inf(-1)}))
	assert.EqualError(t, err, "ml: QuantileTransformer: row 1, column 0: -Inf, only finite numbers and NaN are allowed")
}

func TestFunctions(t *testing.T) {
	X := matrixOf(t, []float64{4, nan}, []float64{0.25, 1})
	for f, want := range map[ml.Function][]float64{
		ml.Sqrt:       {2, nan, 0.5, 1},
		ml.Log:        {math.Log(4), nan, math.Log(0.25), 0},
		ml.Log1p:      {math.Log1p(4), nan, math.Log1p(0.25), math.Ln2},
		ml.Reciprocal: {0.25, nan, 4, 1},
	} {
		t.Run(f.String(), func(t *testing.T) {
			Z, err := f.Transform(X)
			require.NoError(t, err)
			near(t, want, rowMajor(Z), 1e-15, "cell")
			back, err := f.InverseTransform(Z)
			require.NoError(t, err)
			near(t, rowMajor(X), rowMajor(back), 1e-15, "cell")
		})
	}
	for f, want := range map[ml.Function]string{
		ml.Sqrt:       "ml: Sqrt: row 1, column 0: -1, allowed are finite numbers, x >= 0, and NaN",
		ml.Log:        "ml: Log: row 1, column 0: -1, allowed are finite numbers, x > 0, and NaN",
		ml.Log1p:      "ml: Log1p: row 1, column 0: -1, allowed are finite numbers, x > -1, and NaN",
		ml.Reciprocal: "ml: Reciprocal: row 2, column 0: 0, allowed are finite numbers, |x| > 5.6e-309, and NaN",
	} {
		_, err := f.Transform(matrixOf(t, []float64{2}, []float64{-1}, []float64{0}))
		assert.EqualError(t, err, want)
	}
	_, err := ml.Function(9).Transform(X)
	assert.Error(t, err)
}

func TestLabelsAreScikitLearns(t *testing.T) {
	type labelCase struct {
		Kind          string
		Labels, Names []string
		Codes         []int
	}
	for _, c := range golden[labelCase](t, "dummies.json") {
		var y []int
		var classes ml.Classes
		switch c.Kind {
		case "text":
			y, classes = ml.LabelsOf(c.Labels)
		case "int64":
			y, classes = ml.LabelsOf(parsed(t, c.Labels, func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }))
		case "uint64":
			y, classes = ml.LabelsOf(parsed(t, c.Labels, func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }))
		case "bool":
			y, classes = ml.LabelsOf(parsed(t, c.Labels, strconv.ParseBool))
			c.Names = []string{"false", "true"}
		default:
			continue
		}
		assert.Equal(t, c.Codes, y, c.Kind)
		assert.Equal(t, ml.Classes(c.Names), classes, c.Kind)
		names, err := classes.Decode(y)
		require.NoError(t, err)
		again, err := classes.Encode(names)
		require.NoError(t, err)
		assert.Equal(t, y, again)
	}
	_, classes := ml.LabelsOf([]string{"yes", "no"})
	_, err := classes.Encode([]string{"no", "maybe"})
	assert.EqualError(t, err, `ml: Classes: the label of row 1 is "maybe", allowed are ["no" "yes"]`)
	_, err = classes.Decode([]int{2})
	assert.EqualError(t, err, "ml: Classes: the code of row 0 is 2, there are 2 classes")
}

func parsed[T any](t *testing.T, texts []string, parse func(string) (T, error)) []T {
	t.Helper()
	var out []T
	for _, text := range texts {
		v, err := parse(text)
		require.NoError(t, err)
		out = append(out, v)
	}
	return out
}

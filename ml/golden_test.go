package ml_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// The files in testdata/golden hold what scikit-learn 1.2.1 answers. Each names
// the command and the versions that made it; see testdata/golden*.py.

// hexFloats are floats written in hexadecimal.
type hexFloats []float64

func (h *hexFloats) UnmarshalJSON(text []byte) error {
	var words []string
	if err := json.Unmarshal(text, &words); err != nil {
		return err
	}
	*h = make(hexFloats, len(words))
	for i, w := range words {
		var err error
		if (*h)[i], err = strconv.ParseFloat(w, 64); err != nil {
			return err
		}
	}
	return nil
}

// goldenData is a training set: in a case of its own, or from data.json.
type goldenData struct {
	Name       string
	Rows, Cols int
	X          hexFloats // row by row
	Y          []int
}

func (d goldenData) matrix(t testing.TB) *ml.Matrix {
	t.Helper()
	X, err := ml.NewMatrix(d.Rows, d.Cols, columnMajor(d.X, d.Rows, d.Cols))
	require.NoError(t, err)
	return X
}

func columnMajor(rowMajor []float64, rows, cols int) []float64 {
	out := make([]float64, len(rowMajor))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = rowMajor[i*cols+j]
		}
	}
	return out
}

func rowMajor(m *ml.Matrix) []float64 {
	rows, _ := m.Dims()
	var out []float64
	for i := range rows {
		out = append(out, m.Row(nil, i)...)
	}
	return out
}

// golden reads the cases of a file.
func golden[T any](t testing.TB, name string) []T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "golden", name))
	require.NoError(t, err)
	var file struct{ Cases []T }
	require.NoError(t, json.Unmarshal(text, &file))
	require.NotEmpty(t, file.Cases)
	return file.Cases
}

// dataSet returns iris, wine or breast_cancer.
func dataSet(t testing.TB, name string) (X *ml.Matrix, y []int) {
	t.Helper()
	type set struct {
		Name       string
		Rows, Cols int
		X          []float64
		Y          []int
	}
	for _, s := range golden[set](t, "data.json") {
		if s.Name == name {
			return goldenData{s.Name, s.Rows, s.Cols, s.X, s.Y}.matrix(t), s.Y
		}
	}
	t.Fatalf("no data set %q", name)
	return nil, nil
}

func scaled(t testing.TB, X *ml.Matrix) *ml.Matrix {
	t.Helper()
	m, err := ml.NewStandardScaler().Fit(t.Context(), X)
	require.NoError(t, err)
	X, err = m.Transform(X)
	require.NoError(t, err)
	return X
}

// matrixOf is a matrix from rows.
func matrixOf(t testing.TB, rows ...[]float64) *ml.Matrix {
	t.Helper()
	var cells []float64
	for _, row := range rows {
		cells = append(cells, row...)
	}
	return goldenData{Rows: len(rows), Cols: len(rows[0]), X: cells}.matrix(t)
}

// rings is a task that takes a bend to solve: points of the square are labelled
// by whether they lie within a circle, some wrongly.
func rings(seed uint32, rows, cols int) (*ml.Matrix, []int) {
	r := ml.NewRandomState(ml.NewSeed(seed))
	cells, y := make([]float64, rows*cols), make([]int, rows)
	for i := range cells {
		cells[i] = 2*r.RandomSample() - 1
	}
	for i := range y {
		if cells[i]*cells[i]+cells[rows+i]*cells[rows+i] < 0.6 != (r.RandomSample() < 0.05) {
			y[i] = 1
		}
	}
	X, err := ml.NewMatrix(rows, cols, cells)
	if err != nil {
		panic(err)
	}
	return X, y
}

var nan = math.NaN()

package ml_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/penstock/penstock/ml"
)

func TestMatrix(t *testing.T) {
	cells := []float64{1, 2, 3, 10, 20, 30}
	m, err := ml.NewMatrix(3, 2, cells, "a", "b")
	require.NoError(t, err)
	rows, cols := m.Dims()
	assert.Equal(t, []int{3, 2}, []int{rows, cols})
	assert.Equal(t, 20.0, m.At(1, 1))
	assert.Equal(t, []float64{10, 20, 30}, m.Col(1))
	assert.Equal(t, []float64{3, 30}, m.Row(nil, 2))
	assert.Equal(t, []float64{2, 20}, m.Row(make([]float64, 7), 1), "dst is cut to length")
	assert.Equal(t, []string{"a", "b"}, m.Names())
	cells[0] = 100
	assert.Equal(t, 100.0, m.At(0, 0), "the slice is used, not copied")

	taken := m.Take([]int{2, 0, 2})
	assert.Equal(t, []float64{3, 30, 100, 10, 3, 30}, rowMajor(taken))
	assert.Equal(t, []string{"a", "b"}, taken.Names())
	taken.Col(0)[0] = -1
	assert.Equal(t, 3.0, m.At(2, 0), "Take copies")
}

func TestMatrixIsGonums(t *testing.T) {
	dense := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	m := ml.MatrixFrom(dense, "a", "b", "c")
	assert.True(t, mat.Equal(dense, m))
	assert.True(t, mat.Equal(dense.T(), m.T()))
	assert.True(t, mat.Equal(m, m.T().T()))
	assert.Same(t, &m.Col(0)[0], &m.DenseT().RawMatrix().Data[0], "no copy")

	var gram, want mat.Dense
	gram.Mul(m, m.T())
	want.Mul(dense, dense.T())
	assert.True(t, mat.Equal(&want, &gram))

	empty, err := ml.NewMatrix(0, 3, nil)
	require.NoError(t, err)
	rows, cols := empty.T().Dims()
	assert.Equal(t, []int{3, 0}, []int{rows, cols})
}

func TestNewMatrixRefuses(t *testing.T) {
	for _, c := range []struct {
		name       string
		rows, cols int
		cells      []float64
		names      []string
		want       string
	}{
		{"FewCells", 2, 2, make([]float64, 3), nil, "ml: 3 values for a 2×2 matrix"},
		{"ManyCells", 2, 2, make([]float64, 6), nil, "ml: 6 values for a 2×2 matrix"},
		{"CellsWithoutColumns", 2, 0, make([]float64, 2), nil, "ml: 2 values for a 2×0 matrix"},
		{"Negative", -1, -1, make([]float64, 1), nil, "ml: a matrix cannot be -1×-1"},
		{"ProductOverflows", math.MaxInt/2 + 1, 4, nil, nil, fmt.Sprintf("ml: 0 values for a %d×4 matrix", math.MaxInt/2+1)},
		{"FewNames", 1, 2, make([]float64, 2), []string{"a"}, "ml: 1 names for 2 columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ml.NewMatrix(c.rows, c.cols, c.cells, c.names...)
			assert.EqualError(t, err, c.want)
		})
	}
}

func TestMatrixPanicsOnAWrongIndex(t *testing.T) {
	m := matrixOf(t, []float64{1, 2}, []float64{3, 4})
	for name, f := range map[string]func(){
		"At row":     func() { m.At(2, 0) }, // would be cell (0, 1)
		"At column":  func() { m.At(0, 2) },
		"Col":        func() { m.Col(-1) },
		"Row":        func() { m.Row(nil, 2) },
		"Take":       func() { m.Take([]int{2}) },
		"MatrixFrom": func() { ml.MatrixFrom(m, "one") },
	} {
		assert.Panics(t, f, name)
	}
}

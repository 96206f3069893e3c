package ml_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/penstock/penstock/ml"
)

func TestMatrixFromSlices(t *testing.T) {
	m, err := ml.MatrixFromRows([][]float64{{1, 2, 3}, {4, 5, 6}}, "a", "b", "c")
	require.NoError(t, err)
	assert.Equal(t, []float64{2, 5}, m.Col(1))
	assert.Equal(t, []string{"a", "b", "c"}, m.Names())
	_, err = ml.MatrixFromRows([][]float64{{1, 2}, {3, 4}, {5}})
	assert.EqualError(t, err, "ml: row 2 has 1 values, row 0 has 2")
	_, err = ml.MatrixFromRows([][]float64{{1, 2}}, "a")
	assert.EqualError(t, err, "ml: 1 names for 2 columns")

	columns := [][]float64{{1, 4}, {2, 5}, {3, 6}}
	n, err := ml.MatrixFromColumns(columns)
	require.NoError(t, err)
	assert.Equal(t, rowMajor(m), rowMajor(n))
	columns[0][0] = 100
	assert.Equal(t, 1.0, n.At(0, 0), "copied")
	_, err = ml.MatrixFromColumns([][]float64{{1, 2}, {3}})
	assert.EqualError(t, err, "ml: column 1 has 1 values, column 0 has 2")

	for _, from := range []func([][]float64, ...string) (*ml.Matrix, error){ml.MatrixFromRows, ml.MatrixFromColumns} {
		none, err := from(nil)
		require.NoError(t, err)
		assert.Equal(t, 0, none.NumRows())
	}
}

func TestMatrixView(t *testing.T) {
	dense := mat.NewDense(3, 4, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	vec := mat.NewVecDense(3, []float64{1, 2, 3})
	own, err := ml.NewMatrix(2, 2, []float64{1, 2, 3, 4}, "a", "b")
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		m    mat.Matrix
		want bool
		why  string
	}{
		{"Transpose", dense.T(), true, "the rows of a Dense are columns of its transpose"},
		{"Dense", dense, false, "its columns are scattered"},
		{"TransposedPart", dense.Slice(0, 3, 1, 3).T(), false, "between its columns there is something else"},
		{"TransposedRows", dense.Slice(1, 3, 0, 4).T(), true, "whole rows"},
		{"TransposedPartOfARow", dense.Slice(1, 2, 1, 3).T(), true, "one column"},
		{"Row", dense.Slice(1, 2, 1, 3), true, "columns of one number"},
		{"PartOfAColumn", dense.Slice(0, 2, 1, 2), false, "a column that is scattered"},
		{"OneColumn", mat.NewDense(3, 1, []float64{1, 2, 3}), true, "a column"},
		{"Vector", vec, true, "a column"},
		{"TransposedVector", vec.T(), true, "columns of one number"},
		{"TVec", vec.TVec(), true, "the same as a vector"},
		{"VectorWithSteps", dense.ColView(2), false, "a column that is scattered"},
		{"Own", own, true, "nothing to do"},
		{"OwnTransposedTwice", own.T().T(), true, "T shares its memory"},
		{"Symmetric", mat.NewSymDense(2, []float64{1, 2, 2, 1}), false, "half of it means nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			view, ok := ml.MatrixView(c.m)
			require.Equal(t, c.want, ok, c.why)
			assert.True(t, mat.Equal(c.m, ml.MatrixFrom(c.m)))
			if !ok {
				assert.Nil(t, view)
				return
			}
			assert.True(t, mat.Equal(c.m, view))
			view.Col(0)[0] = -1 // which nobody should do but a test that wants to know
			assert.Equal(t, -1.0, c.m.At(0, 0), "shared")
		})
	}
	view, _ := ml.MatrixView(own)
	assert.Equal(t, []string{"a", "b"}, view.Names())
	view, _ = ml.MatrixView(own, "c", "d")
	assert.Equal(t, []string{"c", "d"}, view.Names())
	assert.Equal(t, []string{"a", "b"}, own.Names())
	assert.Panics(t, func() { ml.MatrixView(dense, "one") })
}

func TestMatrixGeneralT(t *testing.T) {
	m, err := ml.NewMatrix(3, 2, []float64{1, 2, 3, 4, 5, 6})
	require.NoError(t, err)
	g := m.GeneralT()
	assert.Same(t, &m.Col(0)[0], &g.Data[0], "no copy")
	product := blas64.General{Rows: 2, Cols: 2, Stride: 2, Data: make([]float64, 4)}
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, g, g, 0, product)
	assert.Equal(t, []float64{14, 32, 32, 77}, product.Data)

	empty, err := ml.NewMatrix(0, 2, nil)
	require.NoError(t, err)
	assert.Equal(t, blas64.General{Rows: 2, Cols: 0, Stride: 1}, empty.GeneralT())
}

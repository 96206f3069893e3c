package ml

import (
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// MatrixFromRows copies rows of equal length. It is an error, which names the
// row, if one has another length than the first. Names are either one per
// column or none.
func MatrixFromRows(rows [][]float64, names ...string) (*Matrix, error) {
	var cols int
	if len(rows) > 0 {
		cols = len(rows[0])
	}
	data := make([]float64, len(rows)*cols)
	for i, row := range rows {
		if len(row) != cols {
			return nil, errorf("row %d has %d values, row 0 has %d", i, len(row), cols)
		}
		for j, v := range row {
			data[j*len(rows)+i] = v
		}
	}
	return NewMatrix(len(rows), cols, data, names...)
}

// MatrixFromColumns copies columns of equal length. It is an error, which names
// the column, if one has another length than the first. Names are either one
// per column or none.
func MatrixFromColumns(columns [][]float64, names ...string) (*Matrix, error) {
	var rows int
	if len(columns) > 0 {
		rows = len(columns[0])
	}
	for j, col := range columns {
		if len(col) != rows {
			return nil, errorf("column %d has %d values, column 0 has %d", j, len(col), rows)
		}
	}
	return NewMatrix(rows, len(columns), slices.Concat(columns...), names...)
}

// MatrixView makes a matrix of the memory of a gonum one, without a copy: what
// is written to the one shows in the other. That takes columns whose numbers
// stand side by side, one column right behind the other: the transpose of a
// mat.Dense that is not part of a wider one, a mat.VecDense, a single row, or
// what is a Matrix already. ok is false if m is none of these; MatrixFrom
// copies all. Names are either one per column or none, in which case those of a
// Matrix are kept; any other number panics.
func MatrixView(m mat.Matrix, names ...string) (view *Matrix, ok bool) {
	rows, cols := m.Dims()
	checkNames(names, cols)
	if m, ok := m.(*Matrix); ok {
		view := *m
		if len(names) != 0 {
			view.names = slices.Clone(names)
		}
		return &view, true
	}
	data, ok := columnMajorData(m)
	if !ok {
		return nil, false
	}
	return &Matrix{rows, cols, data, slices.Clone(names)}, true
}

// columnMajorData returns the memory of m if its columns stand in it one behind
// the other.
func columnMajorData(m mat.Matrix) (data []float64, ok bool) {
	switch m := m.(type) {
	case mat.Transpose:
		if raw, ok := rawOf(m.Matrix); ok && (raw.Stride == raw.Cols || raw.Rows == 1) {
			return raw.Data[:raw.Rows*raw.Cols], true
		}
		if vector, ok := m.Matrix.(mat.RawVectorer); ok { // a vector looks the same lying down
			return vectorData(vector)
		}
	case mat.TransposeVec:
		return columnMajorData(m.Vector)
	case mat.RawVectorer:
		return vectorData(m)
	case mat.RawMatrixer:
		if raw := m.RawMatrix(); raw.Rows == 1 || raw.Cols == 1 && raw.Stride == 1 {
			return raw.Data[:raw.Rows*raw.Cols], true
		}
	}
	return nil, false
}

func vectorData(m mat.RawVectorer) (data []float64, ok bool) {
	v := m.RawVector()
	if v.Inc != 1 {
		return nil, false
	}
	return v.Data[:v.N], true
}

func rawOf(m mat.Matrix) (raw blas64.General, ok bool) {
	if m, ok := m.(mat.RawMatrixer); ok {
		return m.RawMatrix(), true
	}
	return blas64.General{}, false
}

// GeneralT returns the transpose as a p×n row-major matrix for gonum's blas64.
// It shares the memory of m and is read-only for that reason.
func (m *Matrix) GeneralT() blas64.General {
	return blas64.General{Rows: m.cols, Cols: m.rows, Stride: max(m.rows, 1), Data: m.data}
}

func checkNames(names []string, cols int) {
	if len(names) != 0 && len(names) != cols {
		panic(errorf("%d names for %d columns", len(names), cols))
	}
}

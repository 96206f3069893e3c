package ml

import (
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Matrix is n rows × p columns of float64, stored column by column. Rows are
// samples, columns are features. It implements gonum's mat.Matrix.
type Matrix struct {
	rows, cols int
	data       []float64 // cell (i, j) at j*rows + i
	names      []string  // of the columns; nil if they have none
}

var _ mat.Matrix = (*Matrix)(nil)

// NewMatrix returns a rows × cols matrix over columnMajor: column 0 first, each
// column rows long. The slice is used, not copied, and belongs to the matrix
// from then on. Names are either one per column or none.
func NewMatrix(rows, cols int, columnMajor []float64, names ...string) (*Matrix, error) {
	if rows < 0 || cols < 0 {
		return nil, errorf("a matrix cannot be %d×%d", rows, cols)
	}
	// Division keeps rows*cols from overflowing.
	if fits := cols == 0 && len(columnMajor) == 0 ||
		cols > 0 && len(columnMajor)%cols == 0 && len(columnMajor)/cols == rows; !fits {
		return nil, errorf("%d values for a %d×%d matrix", len(columnMajor), rows, cols)
	}
	if len(names) != 0 && len(names) != cols {
		return nil, errorf("%d names for %d columns", len(names), cols)
	}
	return &Matrix{rows, cols, columnMajor, slices.Clone(names)}, nil
}

// MatrixFrom copies a gonum matrix; MatrixView does without a copy where it can.
// Names are either one per column or none; any other number panics.
func MatrixFrom(m mat.Matrix, names ...string) *Matrix {
	rows, cols := m.Dims()
	checkNames(names, cols)
	out := newMatrix(rows, cols, slices.Clone(names))
	if data, ok := columnMajorData(m); ok {
		copy(out.data, data)
		return out
	}
	if raw, ok := rawOf(m); ok {
		for i := range rows {
			for j, v := range raw.Data[i*raw.Stride : i*raw.Stride+cols] {
				out.data[j*rows+i] = v
			}
		}
		return out
	}
	for j := range cols {
		col := out.Col(j)
		for i := range col {
			col[i] = m.At(i, j)
		}
	}
	return out
}

// Dims returns the number of rows and columns.
func (m *Matrix) Dims() (rows, cols int) { return m.rows, m.cols }

// At returns the cell in row i and column j.
func (m *Matrix) At(i, j int) float64 {
	if uint(i) >= uint(m.rows) {
		panic(mat.ErrRowAccess)
	}
	if uint(j) >= uint(m.cols) {
		panic(mat.ErrColAccess)
	}
	return m.data[j*m.rows+i]
}

// T returns the transpose, sharing the memory of m.
func (m *Matrix) T() mat.Matrix {
	if m.rows == 0 || m.cols == 0 {
		return mat.Transpose{Matrix: m}
	}
	return m.DenseT()
}

// DenseT returns the transpose as a p×n mat.Dense for gonum's fast paths. It
// shares the memory of m and is read-only for that reason. Like mat.NewDense it
// panics if m has no rows or no columns.
func (m *Matrix) DenseT() *mat.Dense { return mat.NewDense(m.cols, m.rows, m.data) }

// Col returns column j: the matrix's own memory, read-only.
func (m *Matrix) Col(j int) []float64 {
	if uint(j) >= uint(m.cols) {
		panic(mat.ErrColAccess)
	}
	return m.data[j*m.rows : (j+1)*m.rows : (j+1)*m.rows]
}

// Row copies row i into dst, which is grown as needed, and returns it.
func (m *Matrix) Row(dst []float64, i int) []float64 {
	if uint(i) >= uint(m.rows) {
		panic(mat.ErrRowAccess)
	}
	dst = slices.Grow(dst[:0], m.cols)[:m.cols]
	for j := range dst {
		dst[j] = m.data[j*m.rows+i]
	}
	return dst
}

// Take returns a new matrix of the given rows in the given order; a row may be
// taken more than once.
func (m *Matrix) Take(rows []int) *Matrix {
	out := newMatrix(len(rows), m.cols, m.names)
	for j := range m.cols {
		from, to := m.Col(j), out.Col(j)
		for i, row := range rows {
			to[i] = from[row]
		}
	}
	return out
}

// Names returns the names of the columns, nil if they have none.
func (m *Matrix) Names() []string { return slices.Clone(m.names) }

func newMatrix(rows, cols int, names []string) *Matrix {
	return &Matrix{rows, cols, make([]float64, rows*cols), names}
}

// rowMajor copies the cells row by row, for work that walks along rows.
func (m *Matrix) rowMajor() []float64 {
	out := make([]float64, len(m.data))
	for j := range m.cols {
		for i, v := range m.Col(j) {
			out[i*m.cols+j] = v
		}
	}
	return out
}

func (m *Matrix) cellError(i, j int, problem string) error {
	e := &CellError{Row: i, Col: j, Problem: problem}
	if m.names != nil {
		e.Name = m.names[j]
	}
	return e
}

package ml

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/penstock/penstock/internal/fastblas"
)

// PCAModel is a fitted PCA. Its fields are to be read only.
type PCAModel struct {
	Components             [][]float64 // per component a vector of length 1, one number per column of X; the largest variance first
	ExplainedVariance      []float64   // per component, divided by n−1 and not n
	ExplainedVarianceRatio []float64   // per component, as a part of the variance of all columns
	SingularValues         []float64   // per component, of X less its means; 0 if there is nothing but rounding
	Mean                   []float64   // per column of X
	NoiseVariance          float64     // the mean variance of the components that were left out; 0 if none were
	NSamples               int         // rows of X
	SVDSolver              SVDSolver   // the one used: SVDFull or SVDRandomized

	axes    blas64.General // Components, k × p
	whiten  bool
	columns columnSet
	outputs []string // the names of the columns that it makes
}

var _ TransformerModel = (*PCAModel)(nil)

// deviation is what a column is divided by: 1, or with Whiten its standard
// deviation. A component without variance stays as it is, like a constant
// column in StandardScaler; scikit-learn 1.2.1 divides it by its rounding
// error.
func (m *PCAModel) deviation(i int) float64 {
	if !m.whiten || m.SingularValues[i] == 0 {
		return 1
	}
	return m.SingularValues[i] / math.Sqrt(float64(m.NSamples-1))
}

// scaledAxes are the components, each times f of its deviation.
func (m *PCAModel) scaledAxes(f func(deviation float64) float64) blas64.General {
	if !m.whiten {
		return m.axes
	}
	out := newGeneral(m.axes.Rows, m.axes.Cols)
	for i, row := range m.Components {
		blas64.Axpy(f(m.deviation(i)), blas64.Vector{N: out.Cols, Inc: 1, Data: row}, rowOf(out, i))
	}
	return out
}

// Transform returns one column per component: the inner product of each row,
// less Mean, with it; with Whiten divided by its standard deviation. It is an
// error if a cell is not finite, or so large that the product overflows.
func (m *PCAModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := m.transform(X)
	return out, at("PCA", err)
}

func (m *PCAModel) transform(X *Matrix) (_ *Matrix, err error) {
	defer recoverGonum(&err)
	if err := m.columns.check(X); err != nil {
		return nil, err
	}
	k := m.axes.Rows
	out := newMatrix(X.rows, k, m.outputs)
	axes := m.scaledAxes(func(d float64) float64 { return 1 / d })
	longest := longestSquare(axes)
	s := &strips{blas: fastblas.InForce(), X: X, mean: m.Mean, scale: 1, short: X.cols, long: X.rows}
	err = s.each(context.Background(), func(_, first int, strip blas64.General) error {
		to := blas64.General{Rows: k, Cols: strip.Cols, Stride: X.rows, Data: out.data[min(first, len(out.data)):]}
		multiply(s.blas, blas.NoTrans, axes, strip, to)
		if squares := s.blas.Ddot(len(strip.Data), strip.Data, 1, strip.Data, 1); isFinite(squares * longest) {
			return nil // and so are all cells, and what was made of them: no product is longer
		}
		return checkScores(X, to, first)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// longestSquare is the squared length of the longest row: 1, unless columns are
// whitened.
func longestSquare(a blas64.General) float64 {
	longest := 1.0
	for i := range a.Rows {
		row := rowOf(a, i)
		longest = max(longest, blas64.Dot(row, row))
	}
	return longest
}

// checkScores tells a cell that is not finite from a product that overflows.
func checkScores(X *Matrix, scores blas64.General, first int) error {
	if err := checkFinite(X); err != nil {
		return err
	}
	for i := range scores.Rows {
		for j, v := range rowOf(scores, i).Data {
			if !isFinite(v) {
				return errorf("component %d of row %d overflows, the row is too far from those of Fit", i, first+j)
			}
		}
	}
	return nil
}

// InverseTransform returns the rows that Transform would turn into those of Z,
// up to what lies outside the components.
func (m *PCAModel) InverseTransform(Z *Matrix) (*Matrix, error) {
	out, err := m.inverse(Z)
	return out, at("PCA", err)
}

func (m *PCAModel) inverse(Z *Matrix) (_ *Matrix, err error) {
	defer recoverGonum(&err)
	if Z.cols != m.axes.Rows {
		return nil, errorf("the matrix has %d columns, the model has %d components", Z.cols, m.axes.Rows)
	}
	if err := checkFinite(Z); err != nil {
		return nil, err
	}
	p := len(m.Mean)
	out := newMatrix(Z.rows, p, m.columns.names)
	axes := m.scaledAxes(func(d float64) float64 { return d })
	fastblas.InForce().Dgemm(blas.Trans, blas.NoTrans, p, Z.rows, Z.cols, 1, axes.Data, axes.Stride, Z.data, max(Z.rows, 1), 0, out.data, max(Z.rows, 1))
	for j, mean := range m.Mean {
		col := out.Col(j)
		for i := range col {
			col[i] += mean
		}
	}
	return out, nil
}

package ml

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// orient makes the components, and the columns that they give if these are
// wanted, and chooses their signs: of the numbers that a component gives the
// rows of X the one farthest from zero is positive. That is the rule of
// scikit-learn 1.2.1; where several are as far from it, which rounding decides
// there, the first one counts here.
func (t *pcaTraining) orient(ctx context.Context, m *PCAModel, withScores bool) (*Matrix, error) {
	k, X := len(m.SingularValues), t.strips.X
	var scores *Matrix
	if withScores {
		scores = newMatrix(X.rows, k, m.outputs)
	}
	m.axes = newGeneral(k, X.cols)
	peaks := make([]peak, k)
	var err error
	if t.strips.wide {
		err = t.sidesOfWide(ctx, m.axes, peaks, scores)
	} else {
		err = t.sidesOfTall(ctx, m.axes, peaks, scores)
	}
	if err != nil {
		return nil, err
	}
	t.complete(m.axes)
	m.Components = make([][]float64, k)
	for i := range m.Components {
		m.Components[i] = rowOf(m.axes, i).Data
		if t.values[i] == 0 {
			peaks[i] = peak{}
			peaks[i].observe(m.Components[i])
		}
		sign := 1.0
		if peaks[i].negative {
			sign = -1
			blas64.Scal(sign, rowOf(m.axes, i))
		}
		if withScores {
			blas64.Scal(sign/t.strips.scale/m.deviation(i), colVector(scores, i))
		}
	}
	return scores, nil
}

// sidesOfTall: the components are the vectors of the short side, the columns
// those of the long side.
func (t *pcaTraining) sidesOfTall(ctx context.Context, axes blas64.General, peaks []peak, scores *Matrix) error {
	copy(axes.Data, t.short.Data)
	if t.long.Data == nil {
		return t.combineTall(ctx, peaks, scores)
	}
	for i := range peaks {
		peaks[i].observe(rowOf(t.long, i).Data)
		if scores != nil {
			blas64.Axpy(t.values[i], rowOf(t.long, i), colVector(scores, i))
		}
	}
	return nil
}

// combineTall makes the columns. If they are not wanted, it makes them strip by
// strip to look at them.
func (t *pcaTraining) combineTall(ctx context.Context, peaks []peak, scores *Matrix) error {
	n, k := t.strips.long, len(peaks)
	groups := make([][]peak, t.strips.groups())
	buffers := make([][]float64, len(groups))
	err := t.strips.each(ctx, func(g, first int, strip blas64.General) error {
		to := blas64.General{Rows: k, Cols: strip.Cols, Stride: n}
		if scores != nil {
			to.Data = scores.data[min(first, len(scores.data)):]
		} else {
			buffers[g] = grown(buffers[g], k*strip.Cols)
			to.Stride, to.Data = strip.Cols, buffers[g]
		}
		multiply(t.strips.blas, blas.NoTrans, topRows(t.factors, k), strip, to)
		if groups[g] == nil {
			groups[g] = make([]peak, k)
		}
		for i := range k {
			groups[g][i].observe(rowOf(to, i).Data)
		}
		return nil
	})
	for _, group := range groups {
		for i, p := range group {
			peaks[i].merge(p)
		}
	}
	return err
}

func colVector(m *Matrix, j int) blas64.Vector {
	return blas64.Vector{N: m.rows, Inc: 1, Data: m.Col(j)}
}

// sidesOfWide: the components are the vectors of the long side, the columns
// those of the short side.
func (t *pcaTraining) sidesOfWide(ctx context.Context, axes blas64.General, peaks []peak, scores *Matrix) error {
	if t.long.Data != nil {
		copy(axes.Data, t.long.Data)
	} else if err := t.strips.combine(ctx, topRows(t.factors, axes.Rows), axes.Data); err != nil {
		return err
	}
	for i := range peaks {
		left := rowOf(t.short, i)
		reflectRow(left.Data)
		peaks[i].observe(left.Data)
		if scores != nil {
			blas64.Axpy(t.values[i], left, colVector(scores, i))
		}
	}
	return nil
}

// complete brings the rows to length 1 and replaces those without variance,
// which may be anything, by such that are at right angles to all others.
func (t *pcaTraining) complete(axes blas64.General) {
	found := 0
	for found < axes.Rows && t.values[found] > 0 {
		row := rowOf(axes, found)
		blas64.Scal(1/blas64.Nrm2(row), row)
		found++
	}
	if t.strips.wide && t.crooked {
		copy(axes.Data, orthonormalByReflections(t.strips.blas, topRows(axes, found)).Data)
	}
	if !t.strips.wide && t.solver == SVDFull {
		return // the short side has all vectors
	}
	for ; found < axes.Rows; found++ {
		row := rowOf(axes, found)
		clear(row.Data)
		row.Data[leastUsed(topRows(axes, found))] = 1
		for range 2 {
			for i := range found {
				other := rowOf(axes, i)
				blas64.Axpy(-blas64.Dot(row, other), other, row)
			}
			blas64.Scal(1/blas64.Nrm2(row), row)
		}
	}
}

// leastUsed returns the column that orthonormal rows have the smallest part in.
func leastUsed(rows blas64.General) int {
	squares := make([]float64, rows.Cols)
	for i := range rows.Rows {
		for j, v := range rowOf(rows, i).Data {
			squares[j] -= v * v
		}
	}
	return argmax(squares)
}

// peak is the number farthest from zero, the first of several that differ by no
// more than rounding.
type peak struct {
	exceed   float64 // what the size of another must exceed to take its place
	negative bool
}

const sameSize = 1 + 1e-10

func (p *peak) observe(values []float64) {
	for _, v := range values {
		if size := math.Abs(v); size > p.exceed {
			*p = peak{size * sameSize, v < 0}
		}
	}
}

// merge observes what another one has, all of it later.
func (p *peak) merge(later peak) {
	if later.exceed > p.exceed*sameSize {
		*p = later
	}
}

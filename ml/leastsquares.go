package ml

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// leastSquares finds the w of the smallest ‖a·w − y‖² + ridge²·‖w‖², and of several such w
// the shortest. Matrices lie in rows: those of a are the short side of the data, be that
// the columns or the rows of it, and each row of y is a target.
//
// Where rows of a nearly depend on each other, products of them would lose too many digits,
// and reflections bring a to a triangle without (Golub and Van Loan, Matrix Computations,
// section 5.3). Else see gramSolver.
type leastSquares struct {
	blas  blas.Float64
	ridge float64

	values []float64 // singular values of a, largest first; those that are nothing but rounding are 0
	rank   int
}

// tall has a row of a for each column of the data, no more than there are rows. It returns
// a row of coefficients for each target. a and y are overwritten.
func (s *leastSquares) tall(ctx context.Context, a, y blas64.General) (blas64.General, error) {
	long := a.Cols
	g, err := s.gramSolver(ctx, a)
	if err != nil {
		return y, err
	}
	if g != nil {
		return s.tallByGram(ctx, g, a, y)
	}
	l, y, err := s.reduce(ctx, a, y)
	if err != nil {
		return y, err
	}
	if s.isRegular(l) {
		return s.overdetermined(s.withRidge(l), padded(y, 2*l.Rows)), nil
	}
	vectors, err := s.decompose(ctx, l, long)
	if err != nil {
		return y, err
	}
	if s.rank == l.Rows && s.ridge == 0 {
		s.divide(blas.NoTrans, l, y)
		return y, nil
	}
	part := newGeneral(s.rank, l.Cols)
	multiply(s.blas, blas.NoTrans, vectors, l, part)
	along := s.overdetermined(part, y)
	w := newGeneral(y.Rows, l.Cols)
	multiply(s.blas, blas.NoTrans, along, vectors, w)
	return w, nil
}

// wide has a row of a for each row of the data, no more than there are columns.
func (s *leastSquares) wide(ctx context.Context, a, y blas64.General) (blas64.General, error) {
	long := a.Cols
	g, err := s.gramSolver(ctx, a)
	if err != nil {
		return y, err
	}
	if g != nil {
		return s.wideByGram(ctx, g, a, y)
	}
	blocks := reflectRows(s.blas, a)
	l := lowerTriangle(a)
	w := newGeneral(y.Rows, long)
	if s.isRegular(l) {
		z := s.underdetermined(s.withRidge(l), y)
		copyInto(w, z, l.Rows)
	} else {
		vectors, err := s.decompose(ctx, l, long)
		if err != nil {
			return w, err
		}
		part, along := newGeneral(s.rank, l.Cols), newGeneral(y.Rows, s.rank)
		multiply(s.blas, blas.NoTrans, vectors, l, part)
		multiply(s.blas, blas.Trans, y, vectors, along)
		copyInto(w, s.underdetermined(part, along), l.Rows)
	}
	undo(blocks, w)
	return w, nil
}

// isRegular reports whether the ridge is high enough for all directions to count.
func (s *leastSquares) isRegular(l blas64.General) bool {
	return s.ridge > 1e-14*s.blas.Dnrm2(len(l.Data), l.Data, 1)
}

func (s *leastSquares) withRidge(l blas64.General) blas64.General {
	out := padded(l, 2*l.Rows)
	for i := range l.Rows {
		out.Data[i*out.Stride+l.Rows+i] = s.ridge
	}
	return out
}

// decompose finds the singular values of l, and returns the vectors of its rows for those
// that count: the ones that are more than rounding, of l or of the largest of them.
func (s *leastSquares) decompose(ctx context.Context, l blas64.General, long int) (vectors blas64.General, err error) {
	s.values, vectors, err = factorOfTriangle(l).singular(ctx, s.blas, long)
	if err != nil {
		return vectors, err
	}
	for s.rank < len(s.values) && s.values[s.rank] > epsilon*s.values[0] {
		s.rank++
	}
	return topRows(vectors, s.rank), nil
}

// overdetermined returns the w for which w·a is closest to y, row by row. a has
// independent rows, no more than columns.
func (s *leastSquares) overdetermined(a, y blas64.General) blas64.General {
	for _, block := range reflectRows(s.blas, a) {
		block.apply(y, false)
	}
	w := leftColumns(y, a.Rows)
	s.divide(blas.NoTrans, a, w)
	return w
}

// underdetermined returns the shortest w for which w·aᵀ is y, row by row.
func (s *leastSquares) underdetermined(a, y blas64.General) blas64.General {
	blocks := reflectRows(s.blas, a)
	s.divide(blas.Trans, a, y)
	w := padded(y, a.Cols)
	undo(blocks, w)
	return w
}

// divide sets y to y·l⁻¹ or y·l⁻ᵀ, reading no more of l than its lower triangle.
func (s *leastSquares) divide(t blas.Transpose, l, y blas64.General) {
	if l.Rows > 0 {
		s.blas.Dtrsm(blas.Right, blas.Lower, t, blas.NonUnit, y.Rows, l.Rows, 1, l.Data, l.Stride, y.Data, y.Stride)
	}
}

// reduce brings a to a triangle and does the same to y. Long rows are cut into parts that
// fit into the processor's cache; the triangles side by side are a problem a quarter as
// long, or less, with the same solution.
func (s *leastSquares) reduce(ctx context.Context, a, y blas64.General) (l, c blas64.General, err error) {
	k := a.Rows
	part := max(1024, 4*k)
	if a.Cols <= 2*part {
		for _, block := range reflectRows(s.blas, a) {
			block.apply(y, false)
		}
		return lowerTriangle(a), leftColumns(y, k), ctx.Err()
	}
	parts := a.Cols / part // the last is longer than others
	l, c = newGeneral(k, parts*k), newGeneral(y.Rows, parts*k)
	err = forEach(ctx, parts, 0, func(_ context.Context, i int) error {
		return guarded(func() error {
			end := (i + 1) * part
			if i == parts-1 {
				end = a.Cols
			}
			partA, partY := columnsOfGeneral(a, i*part, end), columnsOfGeneral(y, i*part, end)
			for _, block := range reflectRows(s.blas, partA) {
				block.apply(partY, false)
			}
			copyInto(columnsOfGeneral(l, i*k, (i+1)*k), lowerTriangle(partA), k)
			copyInto(columnsOfGeneral(c, i*k, (i+1)*k), partY, k)
			return nil
		})
	})
	if err != nil {
		return l, c, err
	}
	return s.reduce(ctx, l, c)
}

// undo multiplies the rows of a by reflections in reverse order.
func undo(blocks []*reflections, a blas64.General) {
	for i := len(blocks) - 1; i >= 0; i-- {
		blocks[i].apply(a, true)
	}
}

// lowerTriangle copies the square at the left of a, with zeros above the diagonal.
func lowerTriangle(a blas64.General) blas64.General {
	out := newGeneral(a.Rows, a.Rows)
	for i := range a.Rows {
		copy(rowOf(out, i).Data[:i+1], rowOf(a, i).Data)
	}
	return out
}

// padded copies a, with zeros to its right until it has cols columns.
func padded(a blas64.General, cols int) blas64.General {
	out := newGeneral(a.Rows, cols)
	copyInto(out, a, a.Cols)
	return out
}

// leftColumns copies the first k columns of a.
func leftColumns(a blas64.General, k int) blas64.General {
	out := newGeneral(a.Rows, k)
	copyInto(out, a, k)
	return out
}

func copyInto(dst, src blas64.General, cols int) {
	for i := range src.Rows {
		copy(rowOf(dst, i).Data[:cols], rowOf(src, i).Data[:cols])
	}
}

// columnsOfGeneral is the columns of a from lo to hi−1, in a's memory.
func columnsOfGeneral(a blas64.General, lo, hi int) blas64.General {
	if a.Rows == 0 {
		return newGeneral(0, hi-lo)
	}
	return blas64.General{Rows: a.Rows, Cols: hi - lo, Stride: a.Stride, Data: a.Data[lo : (a.Rows-1)*a.Stride+hi]}
}

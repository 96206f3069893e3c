package ml

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// gramSolver solves systems of G = a·aᵀ + ridge², which costs half as much as reflections
// and runs faster. It stands only where a has independent rows, see factorOfGram.
type gramSolver struct {
	blas blas.Float64
	f    *factor
}

// gramSolver returns nil if a solution would be too inexact.
func (s *leastSquares) gramSolver(ctx context.Context, a blas64.General) (*gramSolver, error) {
	gram, err := s.gram(ctx, a)
	if err != nil {
		return nil, err
	}
	for i := range gram.Rows {
		diagonal := &gram.Data[i*gram.Stride+i]
		if *diagonal += s.ridge * s.ridge; *diagonal > 0 && *diagonal < 0x1p-900 || !isFinite(*diagonal) {
			return nil, nil
		}
		if *diagonal == 0 && maxAbs(rowOf(a, i).Data) > 0 { // squares too small for float64
			return nil, nil
		}
	}
	f := factorOfGram(gram)
	if f == nil {
		return nil, nil
	}
	if s.ridge == 0 {
		copied := *f // singular overwrites the numbers
		copied.data = slices.Clone(f.data)
		values, _, err := copied.singular(ctx, s.blas, a.Cols)
		if err != nil {
			return nil, err
		}
		if f.size > 0 && values[f.size-1] <= epsilon*values[0] {
			return nil, nil
		}
		s.values, s.rank = values, f.size
	}
	return &gramSolver{s.blas, f}, nil
}

// gram returns the upper triangle of a·aᵀ, the sum of those of parts of a.
func (s *leastSquares) gram(ctx context.Context, a blas64.General) (blas64.General, error) {
	const work = 1 << 24
	sum := newGeneral(a.Rows, a.Rows)
	parts := min(16, 1+a.Rows*a.Rows*(a.Cols/work)+a.Rows*a.Rows*(a.Cols%work)/work)
	grams := make([]blas64.General, parts)
	err := forEach(ctx, parts, 0, func(_ context.Context, i int) error {
		return guarded(func() error {
			part, gram := columnsOfGeneral(a, i*a.Cols/parts, (i+1)*a.Cols/parts), newGeneral(a.Rows, a.Rows)
			s.blas.Dsyrk(blas.Upper, blas.NoTrans, a.Rows, part.Cols, 1, part.Data, part.Stride, 0, gram.Data, gram.Stride)
			grams[i] = gram
			return nil
		})
	})
	if err != nil {
		return sum, err
	}
	for _, gram := range grams {
		for i, v := range gram.Data {
			sum.Data[i] += v
		}
	}
	return sum, nil
}

// divide returns b·G⁻¹, row by row.
func (g *gramSolver) divide(b blas64.General) blas64.General {
	size, rows := g.f.size, newGeneral(b.Rows, g.f.size)
	out := newGeneral(b.Rows, b.Cols)
	if size == 0 {
		return out
	}
	for i := range b.Rows {
		for j, from := range g.f.order[:size] {
			rows.Data[i*rows.Stride+j] = rowOf(b, i).Data[from]
		}
	}
	for _, t := range []blas.Transpose{blas.NoTrans, blas.Trans} {
		g.blas.Dtrsm(blas.Right, blas.Upper, t, blas.NonUnit, b.Rows, size, 1, g.f.data, size, rows.Data, rows.Stride)
	}
	for i := range b.Rows {
		for j, to := range g.f.order[:size] {
			rowOf(out, i).Data[to] = rows.Data[i*rows.Stride+j]
		}
	}
	return out
}

// tallByGram solves a tall system.
func (s *leastSquares) tallByGram(ctx context.Context, g *gramSolver, a, y blas64.General) (blas64.General, error) {
	slope := newGeneral(y.Rows, a.Rows)
	err := s.productWithRows(ctx, slope, y, a)
	return g.divide(slope), err
}

// wideByGram solves a wide system by way of its dual: w is d·a.
func (s *leastSquares) wideByGram(ctx context.Context, g *gramSolver, a, y blas64.General) (blas64.General, error) {
	w := newGeneral(y.Rows, a.Cols)
	err := s.addProduct(ctx, w, g.divide(y), a)
	return w, err
}

// productWithRows sets dst to b·aᵀ. For a few rows of b a product of matrices would
// spend its time on preparing a.
func (s *leastSquares) productWithRows(ctx context.Context, dst, b, a blas64.General) error {
	return forColumns(ctx, a.Rows, a.Cols*b.Rows, func(j int) error {
		row := rowOf(a, j).Data
		for t := range b.Rows {
			dst.Data[t*dst.Stride+j] = s.blas.Ddot(len(row), row, 1, rowOf(b, t).Data, 1)
		}
		return nil
	})
}

// addProduct adds w·a to dst.
func (s *leastSquares) addProduct(ctx context.Context, dst, w, a blas64.General) error {
	const block = 2048 // numbers that stay in the processor's cache
	return forColumns(ctx, (a.Cols+block-1)/block, block*a.Rows, func(b int) error {
		lo, hi := b*block, min((b+1)*block, a.Cols)
		for t := range w.Rows {
			to := rowOf(dst, t).Data[lo:hi]
			for j, v := range rowOf(w, t).Data {
				s.blas.Daxpy(len(to), v, rowOf(a, j).Data[lo:hi], 1, to, 1)
			}
		}
		return nil
	})
}

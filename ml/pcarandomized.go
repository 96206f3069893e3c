package ml

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// iterations settles what IteratedPowerAuto means for k components.
func (t *pcaTraining) iterations(k int) int {
	X := t.strips.X
	switch {
	case t.IteratedPower != IteratedPowerAuto:
		return t.IteratedPower
	case float64(k) < 0.1*float64(min(X.rows, X.cols)):
		return 7
	}
	return 4
}

// randomizedSVD finds as many singular values as it is to draw vectors, of
// which the first ones are good approximations.
func (t *pcaTraining) randomizedSVD(ctx context.Context, vectors, iterations int) error {
	f, err := t.standIn(ctx, vectors, iterations)
	if err != nil {
		return err
	}
	if f != nil && vectors >= f.size { // they would span all there is
		return t.exactSVD(ctx, f)
	}
	start, b := t.randomVectors(vectors), t.strips.blas
	if f != nil {
		t.total = sumOfSquares(f.lengths)
		s := factorSide{f, b}
		if t.values, t.short, t.long, err = projectedSVD(ctx, b, s, start, iterations); err == nil {
			t.factors, t.long = s.combinations(t.values, t.long), blas64.General{}
		}
		return err
	}
	if err := t.strips.hold(ctx); err != nil {
		return err
	}
	t.total = t.strips.squares()
	t.values, t.short, t.long, err = projectedSVD(ctx, b, t.strips, start, iterations)
	return err
}

// standIn returns a factor to be used in place of the strips, if that is less
// work: its products cost long·short² additions and multiplications, those of
// the vectors with the strips twice long·short·vectors, and as much again, in
// each iteration and at the end.
func (t *pcaTraining) standIn(ctx context.Context, vectors, iterations int) (*factor, error) {
	if t.strips.short >= 4*vectors*(iterations+1) {
		return nil, nil
	}
	return t.strips.multiplied(ctx)
}

// randomVectors draws n vectors for the short side as scikit-learn does: all
// first numbers, then all second ones.
func (t *pcaTraining) randomVectors(n int) blas64.General {
	rng := NewRandomState(t.Seed)
	out := newGeneral(n, t.strips.short)
	for j := range out.Cols {
		for i := range n {
			out.Data[i*out.Stride+j] = rng.Normal()
		}
	}
	if t.strips.wide {
		for i := range n {
			reflectRow(rowOf(out, i).Data)
		}
	}
	return out
}

// side is a short × long matrix S as projectedSVD sees it: the strips, or a
// factor that stands in for them.
type side interface {
	// times returns y·S, timesTransposed z·Sᵀ.
	times(ctx context.Context, y blas64.General) (blas64.General, error)
	timesTransposed(ctx context.Context, z blas64.General) (blas64.General, error)
}

// projectedSVD finds singular values of S, with vectors of both sides, in the
// space that random vectors of the short side, the rows of y, are turned
// towards by iterations of y·S·Sᵀ (Halko, Martinsson and Tropp, "Finding
// structure with randomness", 2011, algorithms 4.4 and 5.1). Between two
// products the vectors are made orthonormal, as in scikit-learn with the
// normalizer QR. Its others lead to the same space and differ in rounding.
func projectedSVD(ctx context.Context, b blas.Float64, s side, y blas64.General, iterations int) (values []float64, short, long blas64.General, err error) {
	z, y, err := projection(ctx, b, s, y, iterations)
	if err != nil {
		return nil, short, long, err
	}
	l := blas64.General{Rows: y.Rows, Cols: y.Cols, Stride: y.Stride, Data: slices.Clone(y.Data)}
	reflectRows(b, l)
	values, vectors, err := factorOfTriangle(l).singular(ctx, b, y.Cols)
	if err != nil {
		return nil, short, long, err
	}
	short, long = newGeneral(y.Rows, y.Cols), newGeneral(z.Rows, z.Cols)
	multiply(b, blas.NoTrans, vectors, y, short)
	multiply(b, blas.NoTrans, vectors, z, long)
	for i, v := range values {
		if v > 0 {
			blas64.Scal(1/v, rowOf(short, i))
		}
	}
	return values, short, long, nil
}

// projection returns orthonormal rows z of the long side that span the space,
// and z·Sᵀ, which is S as it is seen from there.
func projection(ctx context.Context, b blas.Float64, s side, y blas64.General, iterations int) (z, seen blas64.General, err error) {
	for range iterations {
		if z, err = s.times(ctx, y); err != nil {
			return z, seen, err
		}
		if y, err = s.timesTransposed(ctx, orthonormal(b, z, 1)); err != nil {
			return z, seen, err
		}
		y = orthonormal(b, y, 1)
	}
	if z, err = s.times(ctx, y); err != nil {
		return z, seen, err
	}
	z = orthonormal(b, z, 2)
	seen, err = s.timesTransposed(ctx, z)
	return z, seen, err
}

// times and timesTransposed make strips a side.
func (s *strips) times(ctx context.Context, y blas64.General) (blas64.General, error) {
	z := newGeneral(y.Rows, s.long)
	return z, s.combine(ctx, y, z.Data)
}

func (s *strips) timesTransposed(ctx context.Context, z blas64.General) (blas64.General, error) {
	parts := make([]blas64.General, s.groups())
	for g := range parts {
		parts[g] = newGeneral(z.Rows, s.short)
	}
	err := s.each(ctx, func(g, first int, strip blas64.General) error {
		to := parts[g]
		s.blas.Dgemm(blas.NoTrans, blas.Trans, z.Rows, s.short, strip.Cols, 1, z.Data[first:], z.Stride, strip.Data, strip.Stride, 1, to.Data, to.Stride)
		return nil
	})
	return s.sum(parts), err
}

// factorSide makes a factor a side. Its long side is as long as the short one.
type factorSide struct {
	*factor
	blas blas.Float64
}

func (f factorSide) times(_ context.Context, y blas64.General) (blas64.General, error) {
	picked := newGeneral(y.Rows, f.size)
	for i := range y.Rows {
		from, to := rowOf(y, i).Data, rowOf(picked, i).Data
		for j := range to {
			to[j] = from[f.order[j]]
		}
	}
	z := newGeneral(y.Rows, f.size)
	multiply(f.blas, blas.Trans, picked, f.transposed(), z)
	return z, nil
}

func (f factorSide) timesTransposed(_ context.Context, z blas64.General) (blas64.General, error) {
	product := newGeneral(z.Rows, f.size)
	multiply(f.blas, blas.NoTrans, z, f.transposed(), product)
	return f.ordered(product), nil
}

// transposed is Lᵀ, row by row.
func (f factorSide) transposed() blas64.General {
	return blas64.General{Rows: f.size, Cols: f.size, Stride: max(f.size, 1), Data: f.data}
}

// ordered brings numbers for the rows of L into the order of the rows of S.
func (f factorSide) ordered(a blas64.General) blas64.General {
	out := newGeneral(a.Rows, len(f.order))
	for i := range a.Rows {
		from, to := rowOf(a, i).Data, rowOf(out, i).Data
		for j, v := range from {
			to[f.order[j]] = v
		}
	}
	return out
}

// combinations returns what makes of S the vectors of its long side, times the
// values, given those of the long side of L.
func (f factorSide) combinations(values []float64, long blas64.General) blas64.General {
	for i, v := range values {
		blas64.Scal(v, rowOf(long, i))
	}
	f.blas.Dtrsm(blas.Right, blas.Upper, blas.Trans, blas.NonUnit, long.Rows, f.size, 1, f.data, max(f.size, 1), long.Data, long.Stride)
	return f.ordered(long)
}

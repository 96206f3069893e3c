package ml

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// factor is a square matrix L with L·Lᵀ = S·Sᵀ, S being the strips, apart from
// the order of the rows: it has the singular values of S and the vectors of its
// short side.
type factor struct {
	size    int       // of L; rows of S beyond it are zero
	data    []float64 // column by column
	order   []int     // row i of L is row order[i] of S, in falling order of length
	lengths []float64 // of the rows of S
	regular bool      // no singular value is so small that it could be rounding
	means   bool      // but the one along row 0 of S: there is only what rounding has left of the means
}

func newFactor(lengths []float64) *factor {
	f := &factor{size: len(lengths), lengths: lengths, order: upTo(0, len(lengths))}
	slices.SortStableFunc(f.order, func(i, j int) int { return cmp.Compare(lengths[j], lengths[i]) })
	return f
}

// factor takes the fast way if it is good enough.
func (s *strips) factor(ctx context.Context) (f *factor, err error) {
	if s.wide || s.long > s.short { // with as many rows as columns a direction is missing
		f, err = s.multiplied(ctx)
	}
	if f == nil && err == nil {
		f, err = s.reflected(ctx)
	}
	return f, err
}

// multiplied makes the factor of the products of the rows, or returns nil if
// that would be too inexact.
func (s *strips) multiplied(ctx context.Context) (*factor, error) {
	gram, err := s.gram(ctx)
	if err != nil {
		return nil, err
	}
	f := factorOfGram(gram)
	if f != nil {
		f.means = s.wide
	}
	return f, nil
}

// mostAmplified bounds by how much the rounding of the products grows on its
// way to a singular value: with 10⁵ about 11 digits are left, whatever the
// lengths of the rows are.
const mostAmplified = 1e5

// factorOfGram makes the factor by Cholesky's method, or returns nil. It looks
// at the products of the rows after these have been brought to length 1: a
// singular value then has a relative error of the size of the rounding times
// the norm of the inverse, be it large or small (Demmel and Veselić, "Jacobi's
// method is more accurate than QR", 1992, theorem 2.3). So columns on scales of
// their own do no harm, only columns that are nearly combinations of others do.
func factorOfGram(gram blas64.General) *factor {
	lengths := make([]float64, gram.Rows)
	for i := range lengths {
		lengths[i] = math.Sqrt(gram.Data[i*gram.Stride+i])
	}
	f := newFactor(lengths)
	for f.size > 0 && lengths[f.order[f.size-1]] == 0 {
		f.size--
	}
	f.regular = true
	if f.size == 0 {
		return f
	}
	f.data = make([]float64, f.size*f.size)
	unit := blas64.Symmetric{Uplo: blas.Upper, N: f.size, Stride: f.size, Data: f.data}
	for i, row := range f.order[:f.size] {
		for j := i; j < f.size; j++ {
			col := f.order[j]
			unit.Data[i*f.size+j] = gram.Data[min(row, col)*gram.Stride+max(row, col)] / lengths[row] / lengths[col]
		}
	}
	if _, ok := lapack64.Potrf(unit); !ok {
		return nil
	}
	if inverse := lapack64.Pocon(unit, 1, make([]float64, 3*f.size), make([]int, f.size)); inverse < 1/mostAmplified {
		return nil
	}
	// Row i of the upper triangle is column i of the lower one.
	for i := range f.size {
		for j := i; j < f.size; j++ {
			f.data[i*f.size+j] *= lengths[f.order[j]]
		}
	}
	return f
}

// reflected makes the factor by reflections of S itself, which loses no more
// than rounding S would. The strips are taken in one after the other: the
// factor of what came before stands in for it.
func (s *strips) reflected(ctx context.Context) (*factor, error) {
	parts := make([]blas64.General, s.groups())
	err := s.eachOf(ctx, max(s.length(), 3*s.short), func(g, _ int, strip blas64.General) error {
		parts[g] = s.takeIn(parts[g], strip)
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := parts[0]
	for _, part := range parts[1:] {
		all = s.takeIn(all, part)
	}
	f := factorOfTriangle(all)
	f.means = s.wide
	return f, nil
}

// takeIn returns the factor of (l, more), l being the one before or nothing.
// Only its lower triangle means something. There are no fewer columns than
// rows, in more or in both.
func (s *strips) takeIn(l, more blas64.General) blas64.General {
	both := newGeneral(s.short, l.Cols+more.Cols)
	for i := range s.short {
		row := rowOf(both, i).Data
		if l.Cols > 0 {
			copy(row, rowOf(l, i).Data[:i+1])
		}
		copy(row[l.Cols:], rowOf(more, i).Data)
	}
	reflectRows(s.blas, both)
	both.Cols = s.short
	return both
}

// factorOfTriangle reads no more than the lower triangle.
func factorOfTriangle(l blas64.General) *factor {
	lengths := make([]float64, l.Rows)
	for i := range lengths {
		lengths[i] = blas64.Nrm2(blas64.Vector{N: i + 1, Inc: 1, Data: l.Data[i*l.Stride:]})
	}
	f := newFactor(lengths)
	f.data = make([]float64, f.size*f.size)
	for i, row := range f.order {
		for j := range row + 1 {
			f.data[j*f.size+i] = l.Data[row*l.Stride+j]
		}
	}
	return f
}

// singular returns the singular values of S, largest first, and the vectors of
// its short side. Values that are nothing but rounding are 0.
func (f *factor) singular(ctx context.Context, b blas.Float64, long int) (values []float64, vectors blas64.General, err error) {
	values, of, err := leftSingular(ctx, b, f.data, f.size)
	if err != nil {
		return nil, blas64.General{}, err
	}
	values = append(values, make([]float64, len(f.order)-f.size)...)
	vectors = newGeneral(len(f.order), len(f.order))
	for i := range f.order {
		row := rowOf(vectors, i).Data
		if i >= f.size {
			row[f.order[i]] = 1
			continue
		}
		for j, v := range of[i*f.size : (i+1)*f.size] {
			row[f.order[j]] = v
		}
	}
	values, vectors = f.cleared(values, vectors, long)
	return values, vectors, nil
}

// cleared brings what is nothing but rounding to the end.
func (f *factor) cleared(values []float64, vectors blas64.General, long int) ([]float64, blas64.General) {
	sorted, zeros := newGeneral(vectors.Rows, vectors.Cols), 0
	kept := make([]float64, 0, len(values))
	for i, value := range values {
		row := rowOf(vectors, i)
		to := rowOf(sorted, len(kept))
		if f.means && row.Data[0]*row.Data[0] > 0.5 || !f.regular && value <= f.rounding(row.Data, long) {
			zeros++
			to = rowOf(sorted, len(values)-zeros)
		} else {
			kept = append(kept, value)
		}
		copy(to.Data, row.Data)
	}
	return append(kept, make([]float64, zeros)...), sorted
}

// rounding is what the singular value of a vector of the short side stays below
// if there is nothing but rounding in its direction. It depends on which rows
// have a part in it, as a row is rounded according to its own length.
func (f *factor) rounding(vector []float64, long int) float64 {
	var square float64
	for i, length := range f.lengths {
		square += length * length * vector[i] * vector[i]
	}
	return 16 * unitRoundoff * math.Sqrt(float64(long)*square)
}

package ml

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// makeReflection makes of x the vector v, v[0] = 1, of the reflection 1 −
// factor·v·vᵀ that turns x into (multiple, 0, …, 0).
func makeReflection(b blas.Float64, x []float64) (multiple, factor float64) {
	length := math.Sqrt(b.Ddot(len(x), x, 1, x, 1))
	first := x[0]
	x[0] = 1
	if length <= math.Abs(first) { // nothing but rounding is behind it
		return first, 0
	}
	multiple = -math.Copysign(length, first)
	b.Dscal(len(x)-1, 1/(first-multiple), x[1:], 1)
	return multiple, (multiple - first) / multiple
}

// reflectionBlock is how many reflections are done at a time.
const reflectionBlock = 32

// reflections are some of them, H₁, H₂, … in that order, as one: H₁·H₂ ⋯ = 1 −
// Vᵀ·T·V with a row of V per reflection and an upper triangle T (Schreiber and
// Van Loan, "A storage-efficient WY representation for products of Householder
// transformations", 1989).
type reflections struct {
	blas  blas.Float64
	first int            // the numbers before it stay as they are
	v     blas64.General // from number first on
	t     blas64.General
}

// newReflections takes the rows of v over. They and the reflections begin at
// number first; row i has i zeros in front.
func newReflections(b blas.Float64, first int, v blas64.General, factors []float64) *reflections {
	r := &reflections{b, first, v, newGeneral(v.Rows, v.Rows)}
	products := newGeneral(v.Rows, v.Rows)
	multiply(b, blas.Trans, v, v, products)
	for i, factor := range factors {
		for j := range i {
			var sum float64
			for k := j; k < i; k++ {
				sum += r.t.Data[j*r.t.Stride+k] * products.Data[k*products.Stride+i]
			}
			r.t.Data[j*r.t.Stride+i] = -factor * sum
		}
		r.t.Data[i*r.t.Stride+i] = factor
	}
	return r
}

// apply multiplies the rows of a by H₁·H₂ ⋯ from the right, or by the same in
// reverse order if back is set.
func (r *reflections) apply(a blas64.General, back bool) {
	if a.Rows == 0 {
		return
	}
	along, turned := newGeneral(a.Rows, r.v.Rows), newGeneral(a.Rows, r.v.Rows)
	part := blas64.General{Rows: a.Rows, Cols: r.v.Cols, Stride: a.Stride, Data: a.Data[r.first:]}
	multiply(r.blas, blas.Trans, part, r.v, along)
	t := blas.NoTrans
	if back {
		t = blas.Trans
	}
	multiply(r.blas, t, along, r.t, turned)
	r.blas.Dgemm(blas.NoTrans, blas.NoTrans, part.Rows, part.Cols, r.v.Rows, -1, turned.Data, turned.Stride, r.v.Data, r.v.Stride, 1, part.Data, part.Stride)
}

// reflectRows makes of a, which has no more rows than columns, a lower triangle
// by reflections from the right, and returns these: a was the triangle times
// their product in reverse order. What is right of the triangle is left as it
// is and means nothing.
func reflectRows(b blas.Float64, a blas64.General) []*reflections {
	var blocks []*reflections
	for first := 0; first < a.Rows; first += reflectionBlock {
		rows := min(reflectionBlock, a.Rows-first)
		panel := blas64.General{Rows: rows, Cols: a.Cols - first, Stride: a.Stride, Data: a.Data[first*a.Stride+first:]}
		v, factors := reflectPanel(b, panel)
		block := newReflections(b, first, v, factors)
		below := (first + rows) * a.Stride
		block.apply(blas64.General{Rows: a.Rows - first - rows, Cols: a.Cols, Stride: a.Stride, Data: a.Data[min(below, len(a.Data)):]}, false)
		blocks = append(blocks, block)
	}
	return blocks
}

// reflectPanel does a few rows one by one.
func reflectPanel(b blas.Float64, a blas64.General) (v blas64.General, factors []float64) {
	v, factors = newGeneral(a.Rows, a.Cols), make([]float64, a.Rows)
	for i := range a.Rows {
		row := rowOf(v, i).Data[i:]
		copy(row, rowOf(a, i).Data[i:])
		a.Data[i*a.Stride+i], factors[i] = makeReflection(b, row)
		for j := i + 1; j < a.Rows; j++ {
			other := rowOf(a, j).Data[i:]
			b.Daxpy(len(row), -factors[i]*b.Ddot(len(row), row, 1, other, 1), row, 1, other, 1)
		}
	}
	return v, factors
}

// orthonormalByReflections returns orthonormal rows that span what those of z
// do, each on the same side of the ones before it as the row was. Where rows
// depend on each other it puts in others. z is overwritten.
func orthonormalByReflections(b blas.Float64, z blas64.General) blas64.General {
	blocks := reflectRows(b, z)
	out := newGeneral(z.Rows, z.Cols)
	for i := range z.Rows {
		out.Data[i*out.Stride+i] = math.Copysign(1, z.Data[i*z.Stride+i])
	}
	for i := len(blocks) - 1; i >= 0; i-- {
		blocks[i].apply(out, true)
	}
	return out
}

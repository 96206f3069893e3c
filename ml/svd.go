package ml

import (
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/gonum"
)

// leftSingular returns the singular values of a square matrix, largest first,
// and its left singular vectors, one after the other, each as long as the
// matrix is. a holds the matrix column by column and is overwritten. Rows
// should be in falling order of length: then also small values come out to many
// digits.
//
// It is the algorithm of Golub and Kahan: reflections from both sides leave two
// diagonals (Golub and Van Loan, Matrix Computations, algorithm 5.4.2), of
// which rotations then leave one (Demmel and Kahan, "Accurate singular values
// of bidiagonal matrices", 1990). As right vectors are not asked for, half of
// that is not done.
func leftSingular(ctx context.Context, b blas.Float64, a []float64, size int) (values, vectors []float64, err error) {
	t := newBidiagonal(b, a, size)
	t.reduce()
	if err := t.diagonalise(ctx); err != nil {
		return nil, nil, err
	}
	t.sort()
	t.reflectBack()
	return t.d, t.vectors, nil
}

// bidiagonal is a matrix on its way to d.
type bidiagonal struct {
	blas    blas.Float64
	size    int
	a       []float64 // column k holds, from row k on, the vector of left reflection k
	factors []float64 // of the left reflections
	d, e    []float64 // the diagonal and the one above it
	vectors []float64 // left singular vectors, one after the other
	waiting []turns   // for vectors
}

// turns are rotations of the vectors first and first+1, first+1 and first+2, ….
type turns struct {
	first int
	c, s  []float64
}

func newBidiagonal(b blas.Float64, a []float64, size int) *bidiagonal {
	return &bidiagonal{
		blas: b, size: size, a: a, factors: make([]float64, size),
		d: make([]float64, size), e: make([]float64, size), // the last of e stays 0
	}
}

// below is column k from the given row on.
func (t *bidiagonal) below(k, row int) []float64 { return t.a[k*t.size+row : (k+1)*t.size] }

// add adds alpha·x to y.
func (t *bidiagonal) add(alpha float64, x, y []float64) { t.blas.Daxpy(len(x), alpha, x, 1, y, 1) }

// reduce makes d and e. A reflection from the right is applied to a column only
// when the next one from the left is, and what that needs to know of all
// columns is collected on the way, so that each column comes into the cache
// once for both (Howell and others, "Cache efficient bidiagonalization using
// BLAS 2.5 operators", 2008).
func (t *bidiagonal) reduce() {
	row := make([]float64, t.size)    // of the last reflection from the right
	change := make([]float64, t.size) // what that subtracts from a column, times its number in row
	next := make([]float64, t.size)
	for k := range t.size {
		clear(next)
		t.add(-row[k], change[k:], t.below(k, k))
		v := t.below(k, k)
		t.d[k], t.factors[k] = makeReflection(t.blas, v)
		for j := k + 1; j < t.size; j++ {
			column := t.below(j, k)
			t.add(-row[j], change[k:], column)
			t.add(-t.factors[k]*t.blas.Ddot(len(v), v, 1, column, 1), v, column)
			row[j] = column[0]
			t.add(row[j], column[1:], next[k+1:])
		}
		if k+1 == t.size {
			break
		}
		// The vector of the reflection is the row less a multiple of the first
		// axis, divided by its first number.
		first, factor := row[k+1], 0.0
		t.e[k], factor = makeReflection(t.blas, row[k+1:])
		t.add(-t.e[k], t.below(k+1, k+1), next[k+1:])
		if factor != 0 {
			factor /= first - t.e[k]
		}
		for i := range change {
			change[i] = factor * next[i]
		}
	}
}

var errNoConvergence = errors.New("the singular values do not converge")

// diagonalise rotates e to 0, from the end on.
func (t *bidiagonal) diagonalise(ctx context.Context) error {
	t.vectors = make([]float64, t.size*t.size)
	for i := range t.size {
		t.vectors[i*t.size+i] = 1
	}
	const sweepsPerValue = 30 // two are usual
	for sweep, last := 0, t.size-1; last > 0; {
		first, smallest := t.block(last)
		if first == last {
			last--
			continue
		}
		if sweep++; sweep > sweepsPerValue*t.size {
			return errNoConvergence
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		var made turns
		if shift := t.shift(first, last, smallest); shift == 0 {
			made = t.sweepWithoutShift(first, last)
		} else {
			made = t.sweep(first, last, shift)
		}
		if t.waiting = append(t.waiting, made); len(t.waiting) == sweepsTogether {
			t.turn()
		}
	}
	t.turn()
	return nil
}

const (
	unitRoundoff = 0x1p-53
	// negligible is how small an element of e is against the singular values
	// that it can change.
	negligible = 100 * unitRoundoff
)

// block returns the first row of the block that ends with last and has no zero
// in e, after setting to 0 what is negligible in it, and a lower bound of the
// block's singular values, up to a factor of the square root of its size
// (Demmel and Kahan, section 2).
func (t *bidiagonal) block(last int) (first int, smallest float64) {
	first = last
	for first > 0 && t.e[first-1] != 0 {
		first--
	}
	bound := math.Abs(t.d[first])
	smallest = bound
	for i := first; i < last; i++ {
		size, next := math.Abs(t.e[i]), math.Abs(t.d[i+1])
		if size <= negligible*bound || size <= negligible*next && i+1 == last || size < minNormal {
			t.e[i] = 0
			first, bound, smallest = i+1, next, next
			continue
		}
		bound = next * (bound / (bound + size))
		smallest = min(smallest, bound)
	}
	return first, smallest
}

const minNormal = 0x1p-1022

// shift returns the smaller singular value of the last two rows, or 0 if the
// block has singular values that it would spoil.
func (t *bidiagonal) shift(first, last int, smallest float64) float64 {
	largest := 0.0
	for i := first; i <= last; i++ {
		largest = max(largest, math.Abs(t.d[i]), math.Abs(t.e[i]))
	}
	if float64(t.size)*negligible*(smallest/largest) <= unitRoundoff {
		return 0
	}
	shift, _ := gonum.Implementation{}.Dlas2(t.d[last-1], t.e[last-1], t.d[last])
	if ratio := shift / t.d[first]; ratio*ratio < unitRoundoff {
		return 0
	}
	return shift
}

// sweep is a step of the implicit QR algorithm: it chases a bulge, made by the
// shift, from the first row to the last.
func (t *bidiagonal) sweep(first, last int, shift float64) turns {
	d, e, made := t.d, t.e, newTurns(first, last)
	f := (math.Abs(d[first]) - shift) * (math.Copysign(1, d[first]) + shift/d[first])
	g := e[first]
	for i := first; i < last; i++ {
		c, s, r := rotation(f, g)
		if i > first {
			e[i-1] = r
		}
		f = c*d[i] + s*e[i]
		e[i] = c*e[i] - s*d[i]
		g = s * d[i+1]
		d[i+1] *= c
		c, s, d[i] = rotation(f, g)
		f = c*e[i] + s*d[i+1]
		d[i+1] = c*d[i+1] - s*e[i]
		if i+1 < last {
			g = s * e[i+1]
			e[i+1] *= c
		}
		made.add(c, s)
	}
	e[last-1] = f
	return made
}

// sweepWithoutShift keeps small singular values to their last digits.
func (t *bidiagonal) sweepWithoutShift(first, last int) turns {
	d, e, made := t.d, t.e, newTurns(first, last)
	c, oldC, oldS := 1.0, 1.0, 0.0
	for i := first; i < last; i++ {
		var s, r float64
		c, s, r = rotation(d[i]*c, e[i])
		if i > first {
			e[i-1] = oldS * r
		}
		oldC, oldS, d[i] = rotation(oldC*r, d[i+1]*s)
		made.add(oldC, oldS)
	}
	h := d[last] * c
	d[last] = h * oldC
	e[last-1] = h * oldS
	return made
}

func newTurns(first, last int) turns {
	return turns{first, make([]float64, 0, last-first), make([]float64, 0, last-first)}
}

func (r *turns) add(c, s float64) { r.c, r.s = append(r.c, c), append(r.s, s) }

// sweepsTogether is how many sweeps wait for each other.
const sweepsTogether = 8

// turn does to the vectors what waits for them. The sweeps follow each other at
// a distance of one vector: each finds the vectors as the one before has left
// them, and that lately, so that they are still in the cache.
func (t *bidiagonal) turn() {
	begin, end := t.size, 0
	for _, w := range t.waiting {
		begin, end = min(begin, w.first), max(end, w.first+len(w.c))
	}
	for front := begin; front < end+len(t.waiting); front++ {
		for behind, w := range t.waiting {
			i := front - behind - w.first
			if i < 0 || i >= len(w.c) {
				continue
			}
			pair := t.vectors[(w.first+i)*t.size : (w.first+i+2)*t.size]
			t.blas.Drot(t.size, pair[:t.size], 1, pair[t.size:], 1, w.c[i], w.s[i])
		}
	}
	t.waiting = t.waiting[:0]
}

// rotation returns c and s that turn (f, g) into (r, 0).
func rotation(f, g float64) (c, s, r float64) {
	if g == 0 {
		return 1, 0, f
	}
	square := f*f + g*g
	if square < 0x1p-900 || square > 0x1p900 {
		r = math.Hypot(f, g)
	} else {
		r = math.Sqrt(square)
	}
	r = math.Copysign(r, f)
	return f / r, g / r, r
}

// sort brings the values, without their signs, into falling order.
func (t *bidiagonal) sort() {
	order := upTo(0, t.size)
	slices.SortStableFunc(order, func(i, j int) int {
		switch x, y := math.Abs(t.d[i]), math.Abs(t.d[j]); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	values, vectors := make([]float64, t.size), make([]float64, 0, len(t.vectors))
	for i, from := range order {
		values[i] = math.Abs(t.d[from])
		vectors = append(vectors, t.vectors[from*t.size:(from+1)*t.size]...)
	}
	t.d, t.vectors = values, vectors
}

// reflectBack makes the vectors those of a.
func (t *bidiagonal) reflectBack() {
	vectors := blas64.General{Rows: t.size, Cols: t.size, Stride: t.size, Data: t.vectors}
	for first := (t.size - 1) / reflectionBlock * reflectionBlock; first >= 0; first -= reflectionBlock {
		rows := min(reflectionBlock, t.size-first)
		v := newGeneral(rows, t.size-first)
		for i := range rows {
			copy(rowOf(v, i).Data[i:], t.below(first+i, first+i))
		}
		newReflections(t.blas, first, v, t.factors[first:first+rows]).apply(vectors, true)
	}
}

package ml

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// smooth is a function of n parameters that is convex and twice differentiable.
type smooth interface {
	size() int
	// value returns the function at x. The other methods are about the last such x.
	value(x []float64) float64
	gradient(dst []float64)
	// hessian sets the upper triangle of dst.
	hessian(dst blas64.Symmetric)
	// curve sets dst to the Hessian times v.
	curve(dst, v []float64)
}

// newton minimises a smooth function plus Σ l1·|x| to the last digits: steps go to the
// minimum of the function's second order approximation, by Cholesky where the
// Hessian is small, by conjugate gradients where it is not (Nocedal and Wright 2006,
// chapters 3 and 7), and by coordinate descent where l1 is in the way (Lee, Sun and
// Saunders 2014).
type newton struct {
	f       smooth
	l1      []float64 // nil if there is none
	tol     float64   // stop after a step of at most tol times the largest parameter
	maxIter int

	x, grad, step, next []float64
	hess                blas64.Symmetric // not allocated where conjugate gradients do without
}

// choleskyLimit is the number of parameters up to which the Hessian is made.
const choleskyLimit = 600

// minimize starts at 0.
func (o *newton) minimize(ctx context.Context) (x []float64, iterations int, converged bool, err error) {
	n := o.f.size()
	o.x, o.grad, o.step, o.next = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	if n <= choleskyLimit || o.l1 != nil {
		o.hess = blas64.Symmetric{N: n, Stride: n, Data: make([]float64, n*n), Uplo: 'U'}
	}
	value := o.f.value(o.x)
	for iterations < o.maxIter {
		if err := ctx.Err(); err != nil {
			return nil, 0, false, err
		}
		o.f.gradient(o.grad)
		if err := o.direction(); err != nil {
			return nil, 0, false, err
		}
		iterations++
		var moved bool
		if value, moved = o.search(value); !moved {
			return o.x, iterations, true, nil
		}
		if maxAbs(o.step) <= o.tol*max(1, maxAbs(o.x)) {
			return o.x, iterations, true, nil
		}
	}
	return o.x, iterations, false, nil
}

// errNewtonRange is the cause when second derivatives, or the step they lead to, are
// no numbers to work with.
var errNewtonRange = errorf("the cells are so large that their squares are more than a float64 can hold, scale the columns")

func (o *newton) direction() error {
	if o.hess.Data == nil {
		o.conjugateGradients()
	} else {
		o.f.hessian(o.hess)
		for i := range o.hess.N {
			if !isFinite(o.hess.Data[i*o.hess.N+i]) {
				return errNewtonRange
			}
		}
		if o.l1 != nil {
			o.coordinates()
		} else {
			o.cholesky()
		}
	}
	if slices.ContainsFunc(o.step, notFinite) {
		return errNewtonRange
	}
	return nil
}

// search shortens the step until the function falls by a part of what its slope
// promises, or by no more than rounding hides. It reports whether x has changed.
func (o *newton) search(value float64) (newValue float64, moved bool) {
	slope := blas64.Dot(vectorOf(o.grad), vectorOf(o.step)) + o.penalty(o.x, o.step) - o.penalty(o.x, nil)
	before := value + o.penalty(o.x, nil)
	noise := 0x1p-50 * math.Abs(before)
	for scale := 1.0; scale > 1e-12; scale /= 2 {
		for i, s := range o.step {
			o.next[i] = o.x[i] + scale*s
		}
		v := o.f.value(o.next)
		if v+o.penalty(o.next, nil) <= before+1e-4*scale*slope+noise {
			for i := range o.step {
				o.step[i] = o.next[i] - o.x[i]
			}
			o.x, o.next = o.next, o.x
			return v, maxAbs(o.step) > 0
		}
	}
	o.f.value(o.x)
	return value, false
}

// penalty returns Σ l1·|x + step|.
func (o *newton) penalty(x, step []float64) float64 {
	var sum float64
	for i, l := range o.l1 {
		v := x[i]
		if step != nil {
			v += step[i]
		}
		sum += l * math.Abs(v)
	}
	return sum
}

// cholesky solves H·step = −gradient. Parameters are first brought to a scale on which
// the diagonal of H is 1 (van der Sluis 1969): a column far from zero, whose coefficient
// and the intercept nearly make up for each other, is otherwise lost to rounding. A
// Hessian that rounding has made indefinite gets something added to its diagonal.
//
// A parameter that H knows nothing of stays. That may be all of them, between classes so
// far apart that no probability can come closer to 0 or 1.
func (o *newton) cholesky() {
	n, scale := o.hess.N, make([]float64, o.hess.N)
	for i := range n {
		if h := o.hess.Data[i*n+i]; h > 0 {
			scale[i] = 1 / math.Sqrt(h)
		}
	}
	clear(o.step)
	for extra := 0.0; extra <= 1; extra = max(1e-14, 10*extra) {
		var chol mat.Cholesky
		if !chol.Factorize(o.scaledHessian(scale, 1+extra)) {
			continue
		}
		for i, g := range o.grad {
			o.step[i] = -g * scale[i]
		}
		x := mat.NewVecDense(n, o.step)
		if err := chol.SolveVecTo(x, x); err == nil || extra > 0 {
			break
		}
	}
	for i, s := range scale {
		o.step[i] *= s
	}
}

// scaledHessian returns H with rows and columns multiplied by scale.
func (o *newton) scaledHessian(scale []float64, diagonal float64) *mat.SymDense {
	n := o.hess.N
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		sym.SetSym(i, i, diagonal)
		for j := i + 1; j < n; j++ {
			sym.SetSym(i, j, o.hess.Data[i*n+j]*scale[i]*scale[j])
		}
	}
	return sym
}

// coordinates minimises the approximation plus the penalty, parameter by parameter.
func (o *newton) coordinates() {
	n := o.hess.N
	h := o.hess.Data
	for i := range n { // both triangles, so that a row runs along memory
		for j := range i {
			h[i*n+j] = h[j*n+i]
		}
	}
	clear(o.step)
	slope := append([]float64(nil), o.grad...) // of the approximation at step
	const sweeps = 10_000
	for range sweeps {
		var largest float64
		for i := range n {
			curvature := h[i*n+i]
			if curvature <= 0 {
				continue
			}
			at := o.x[i] + o.step[i]
			change := shrink(at-slope[i]/curvature, o.l1[i]/curvature) - at
			if change == 0 {
				continue
			}
			o.step[i] += change
			blas64.Axpy(change, vectorOf(h[i*n:(i+1)*n]), vectorOf(slope))
			largest = max(largest, math.Abs(change))
		}
		if largest <= 1e-3*o.tol*max(1, maxAbs(o.x)) {
			return
		}
	}
}

// shrink moves v towards 0 by size, but not past it.
func shrink(v, size float64) float64 {
	switch {
	case v > size:
		return v - size
	case v < -size:
		return v + size
	}
	return 0
}

// conjugateGradients solves H·step = −gradient to about as many digits as Cholesky has.
func (o *newton) conjugateGradients() {
	n := len(o.grad)
	clear(o.step)
	rest, direction, curved := make([]float64, n), make([]float64, n), make([]float64, n)
	for i, g := range o.grad {
		rest[i], direction[i] = -g, -g
	}
	square := blas64.Dot(vectorOf(rest), vectorOf(rest))
	enough := 1e-20 * square
	for range 10 * n {
		if square <= enough {
			return
		}
		o.f.curve(curved, direction)
		along := blas64.Dot(vectorOf(direction), vectorOf(curved))
		if along <= 0 {
			return
		}
		blas64.Axpy(square/along, vectorOf(direction), vectorOf(o.step))
		blas64.Axpy(-square/along, vectorOf(curved), vectorOf(rest))
		old := square
		square = blas64.Dot(vectorOf(rest), vectorOf(rest))
		for i, r := range rest {
			direction[i] = r + square/old*direction[i]
		}
	}
}

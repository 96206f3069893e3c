package ml

import (
	"context"
	"fmt"
	"math"
)

// Function is a transformer that applies one function to every cell. It has
// nothing to learn, so it is its own model. NaN is kept; a cell outside of the
// function's domain is an error that names row and column, and so is an infinite
// one and one whose result float64 cannot hold.
type Function uint8

// The functions.
const (
	Sqrt       Function = iota // √x, for x ≥ 0
	Log                        // the natural logarithm, for x > 0
	Log1p                      // log(1+x), for x > −1: counts with zeros
	Reciprocal                 // 1/x, for x ≠ 0: the transform that caret calls inverse
)

var (
	_ Transformer      = Function(0)
	_ TransformerModel = Function(0)
)

var functions = [...]struct{ name, domain, image string }{
	Sqrt:       {"Sqrt", "x >= 0", "0 <= y < 1.34e154"},
	Log:        {"Log", "x > 0", "y < 709.8"},
	Log1p:      {"Log1p", "x > -1", "y < 709.8"},
	Reciprocal: {"Reciprocal", "|x| > 5.6e-309", "|y| > 5.6e-309"},
}

// String returns the name of the constant.
func (f Function) String() string {
	if int(f) >= len(functions) {
		return fmt.Sprintf("Function(%d)", uint8(f))
	}
	return functions[f].name
}

// FitTransformer has nothing to learn; it refuses what Transform would.
func (f Function) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	if err := ctx.Err(); err != nil {
		return nil, at(f.String(), err)
	}
	if _, err := f.Transform(X); err != nil {
		return nil, err
	}
	return f, nil
}

// Transform returns f(x) for every cell.
func (f Function) Transform(X *Matrix) (*Matrix, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.each(X, f.forward(), functions[f].domain)
}

// InverseTransform returns the x of which f(x) is the cell, the inverse of
// Transform.
func (f Function) InverseTransform(X *Matrix) (*Matrix, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.each(X, f.backward(), functions[f].image)
}

func (f Function) check() error {
	if int(f) >= len(functions) {
		return errorf("%v is none of the functions, which are %v to %v", f, Function(0), Function(len(functions)-1))
	}
	return nil
}

// forward returns the function, which is NaN or infinite outside of its domain.
func (f Function) forward() func(float64) float64 {
	switch f {
	case Sqrt:
		return math.Sqrt
	case Log:
		logs := logTable() // math.Log is wrong for subnormal numbers on amd64
		return func(x float64) float64 {
			if !(x > 0) {
				return math.NaN()
			}
			log, _ := logs.parts(x)
			return log
		}
	case Log1p:
		return math.Log1p
	}
	return func(x float64) float64 { return 1 / x }
}

// backward returns the inverse of forward.
func (f Function) backward() func(float64) float64 {
	switch f {
	case Sqrt:
		return func(y float64) float64 {
			if y < 0 {
				return math.NaN()
			}
			return y * y
		}
	case Log:
		return math.Exp
	case Log1p:
		return math.Expm1
	}
	return f.forward()
}

func (f Function) each(X *Matrix, apply func(float64) float64, allowed string) (*Matrix, error) {
	out, err := fillColumns(X, func(j int, from, to []float64) error {
		for i, v := range from {
			to[i] = apply(v)
			if !(isFinite(to[i]) && isFinite(v)) && !math.IsNaN(v) {
				return X.cellError(i, j, fmt.Sprintf("%v, allowed are finite numbers, %s, and NaN", v, allowed))
			}
		}
		return nil
	})
	return out, at(f.String(), err)
}

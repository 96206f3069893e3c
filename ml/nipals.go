package ml

import (
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Reasons for a fit to stop before all components are found.
const (
	stoppedByY    = "what is left of Y is constant"
	stoppedByX    = "what is left of X is no larger than its rounding error"
	stoppedByBoth = "what is left of X does not vary with what is left of Y"
)

var errPLSRange = errors.New("the products of X and Y are beyond the range of float64: bring the columns closer to 1")

// nipals is a fit under way: nonlinear iterative partial least squares.
type nipals struct {
	params PLSRegression
	x, y   *Matrix   // standardized, without the components found so far
	noise  []float64 // per column of x, the rounding error of its cells

	found   []*component
	stopped string // why there are fewer than NComponents
}

// component is a pair of linear combinations, of the columns of X and of those of
// Y, and what the columns have to do with it.
type component struct {
	xWeights, yWeights   []float64 // per column
	xScores, yScores     []float64 // per row
	xLoadings, yLoadings []float64 // per column
	steps                int
	converged            bool
}

func (f *nipals) run(ctx context.Context) error {
	for len(f.found) < f.params.NComponents {
		c, err := f.next(ctx)
		if c == nil || err != nil {
			return err
		}
		f.deflate(c)
		f.found = append(f.found, c)
	}
	return nil
}

// next finds a component, nil if there is none. The power method starts with the
// first column of Y that varies, as scikit-learn's does, or the next one if no
// column of X varies with that.
func (f *nipals) next(ctx context.Context) (*component, error) {
	starts := f.varying()
	if len(starts) == 0 {
		f.stopped = stoppedByY
		return nil, nil
	}
	if len(f.found) > 0 && f.isNoise() {
		f.stopped = stoppedByX
		return nil, nil
	}
	for _, j := range starts {
		if c, err := f.powerMethod(ctx, f.y.Col(j)); c != nil || err != nil {
			return c, err
		}
	}
	f.stopped = stoppedByBoth
	return nil, nil
}

// varying returns the columns of Y of which something is left, and makes those zero
// that are next to it.
func (f *nipals) varying() []int {
	var columns []int
	for j := range f.y.cols {
		if col := f.y.Col(j); maxAbs(col) < 10*epsilon {
			clear(col)
		} else {
			columns = append(columns, j)
		}
	}
	return columns
}

// isNoise reports whether nothing is left of X but rounding errors: in every column
// no more than ten times those of its cells, where one to three times are usual once
// X is used up. A component of them would be scaled up until it explains Y, and
// predict nonsense.
func (f *nipals) isNoise() bool {
	for j, noise := range f.noise {
		if rms := blas64.Nrm2(vectorOf(f.x.Col(j))) / math.Sqrt(float64(f.x.rows)); rms > 10*noise {
			return false
		}
	}
	return true
}

// powerMethod lets weights and scores of X and Y determine each other until they
// settle. It returns nil if no column of X varies with start.
func (f *nipals) powerMethod(ctx context.Context, start []float64) (*component, error) {
	c := &component{
		xWeights: make([]float64, f.x.cols), xScores: make([]float64, f.x.rows), yWeights: make([]float64, f.y.cols), yScores: slices.Clone(start),
	}
	if !isFinite(squaredLength(start)) {
		return nil, errPLSRange
	}
	before := slices.Repeat([]float64{100}, f.x.cols) // as far away as scikit-learn's
	for c.steps < f.params.MaxIter && !c.converged {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.steps++
		regress(f.x, c.yScores, c.xWeights)
		if c.steps == 1 && maxAbs(c.xWeights) == 0 {
			return nil, nil
		}
		norm := math.Sqrt(squaredLength(c.xWeights)) + epsilon
		for j := range c.xWeights {
			c.xWeights[j] /= norm
		}
		combine(f.x, c.xWeights, 1, c.xScores)
		regress(f.y, c.xScores, c.yWeights)
		combine(f.y, c.yWeights, squaredLength(c.yWeights)+epsilon, c.yScores)
		c.converged = f.y.cols == 1 || squaredStep(c.xWeights, before) < f.params.Tol
		copy(before, c.xWeights)
	}
	c.fixSign()
	combine(f.y, c.yWeights, squaredLength(c.yWeights), c.yScores)
	return c, c.check()
}

// fixSign makes the largest weight of X positive.
func (c *component) fixSign() {
	var largest float64
	for _, w := range c.xWeights {
		if math.Abs(w) > math.Abs(largest) {
			largest = w
		}
	}
	if largest < 0 {
		for _, v := range [][]float64{c.xWeights, c.xScores, c.yWeights} {
			blas64.Scal(-1, vectorOf(v))
		}
	}
}

func (c *component) check() error {
	if squaredLength(c.xScores) == 0 || squaredLength(c.yWeights) == 0 {
		return errPLSRange
	}
	for _, v := range [][]float64{c.xScores, c.yScores} {
		if !isFinite(squaredLength(v)) {
			return errPLSRange
		}
	}
	return nil
}

// deflate takes away from X and Y what the scores of X explain.
func (f *nipals) deflate(c *component) {
	c.xLoadings, c.yLoadings = make([]float64, f.x.cols), make([]float64, f.y.cols)
	regress(f.x, c.xScores, c.xLoadings)
	blas64.Ger(-1, vectorOf(c.xLoadings), vectorOf(c.xScores), f.x.general())
	regress(f.y, c.xScores, c.yLoadings)
	blas64.Ger(-1, vectorOf(c.yLoadings), vectorOf(c.xScores), f.y.general())
}

// regress writes the slopes of the columns of m over scores.
func regress(m *Matrix, scores, slopes []float64) {
	blas64.Gemv(blas.NoTrans, 1, m.general(), vectorOf(scores), 0, vectorOf(slopes))
	squares := squaredLength(scores)
	for j := range slopes {
		slopes[j] /= squares
	}
}

// combine writes the linear combination of the columns of m, divided.
func combine(m *Matrix, weights []float64, divisor float64, scores []float64) {
	blas64.Gemv(blas.Trans, 1, m.general(), vectorOf(weights), 0, vectorOf(scores))
	for i := range scores {
		scores[i] /= divisor
	}
}

// general is m as BLAS has it: row by row, so columns are its rows.
func (m *Matrix) general() blas64.General {
	return blas64.General{Rows: m.cols, Cols: m.rows, Stride: max(1, m.rows), Data: m.data}
}

func vectorOf(v []float64) blas64.Vector { return blas64.Vector{N: len(v), Data: v, Inc: 1} }

func squaredLength(v []float64) float64 { return blas64.Dot(vectorOf(v), vectorOf(v)) }

func squaredStep(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		sum += float64((v - b[i]) * (v - b[i]))
	}
	return sum
}

func maxAbs(v []float64) float64 {
	var most float64
	for _, x := range v {
		most = max(most, math.Abs(x))
	}
	return most
}

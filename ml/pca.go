package ml

import (
	"context"
	"math"
	"strconv"
)

// PCA finds the directions in which rows differ most, one at a right angle to
// the other, and makes them the columns (Pearson 1901, Jolliffe 2002). It
// subtracts the mean of each column, but does not scale it: see StandardScaler.
//
// It gives the numbers of scikit-learn's PCA, with their signs: of the numbers
// that a component gives the rows of Fit the one farthest from zero is
// positive. The linear algebra goes through gonum's blas64, so that blas64.Use
// has it done by another BLAS.
type PCA struct {
	NComponents   ComponentCount // how many directions to keep
	Whiten        bool           // bring every new column to variance 1
	SVDSolver     SVDSolver      // how they are found
	IteratedPower int            // iterations of the randomized solver; IteratedPowerAuto is 7 if less than a tenth is kept, else 4
	NOversamples  int            // random vectors that the randomized solver draws beyond NComponents, at least 1
	Seed          Seed           // of the randomized solver
}

var (
	_ Transformer    = PCA{}
	_ fitTransformer = PCA{}
)

// ComponentCount says how many components a PCA keeps: a whole number from 0,
// or a fraction between 0 and 1, not included, of the variance that they shall
// explain more of than that, or one of the constants.
type ComponentCount float64

const (
	// AllComponents is as many as there are columns, or rows if these are
	// fewer.
	AllComponents ComponentCount = -1
	// MLEComponents is the most likely number of dimensions according to Minka
	// (2000). There must be no fewer rows than columns.
	MLEComponents ComponentCount = -2
)

// IteratedPowerAuto is the default of PCA's IteratedPower.
const IteratedPowerAuto = -1

// SVDSolver says how a PCA finds the singular values. scikit-learn's arpack is
// not among the ways.
type SVDSolver string

// The solvers of a PCA.
const (
	// SVDAuto takes the randomized solver if there are more than 500 rows or
	// columns and NComponents is a whole number from 1 to less than 80% of what
	// is possible, else the full one.
	SVDAuto SVDSolver = "auto"
	// SVDFull finds all singular values.
	SVDFull SVDSolver = "full"
	// SVDRandomized finds approximations to the first ones, the same for the
	// same Seed.
	SVDRandomized SVDSolver = "randomized"
)

// NewPCA returns scikit-learn's defaults: all components, not whitened, by the
// solver that suits the size, with Seed 0.
func NewPCA() PCA {
	return PCA{NComponents: AllComponents, SVDSolver: SVDAuto, IteratedPower: IteratedPowerAuto, NOversamples: 10}
}

// Fit finds the components of X. It is an error if a cell is not finite, if X
// has no rows or no columns, if NComponents is more than it has, and if the
// cells are so large that their squares are not numbers to work with. One row
// is enough, but has no variance to explain: ExplainedVariance and
// ExplainedVarianceRatio are then NaN, as in scikit-learn.
func (p PCA) Fit(ctx context.Context, X *Matrix) (*PCAModel, error) {
	m, _, err := p.fit(ctx, X, false)
	return m, at("PCA", err)
}

// FitTransform is Fit and Transform of the same rows, for little more than the
// time of Fit. With the randomized solver the columns are those that it has
// found, left singular vectors times singular values, which Transform
// approximates: scikit-learn's fit_transform.
func (p PCA) FitTransform(ctx context.Context, X *Matrix) (*PCAModel, *Matrix, error) {
	m, scores, err := p.fit(ctx, X, true)
	return m, scores, at("PCA", err)
}

// fitTransform is FitTransform for a Pipeline.
func (p PCA) fitTransform(ctx context.Context, X *Matrix) (model any, made *Matrix, err error) {
	m, scores, err := p.FitTransform(ctx, X)
	if err != nil {
		return nil, nil, err
	}
	return m, scores, nil
}

// FitTransformer is Fit.
func (p PCA) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := p.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (p PCA) fit(ctx context.Context, X *Matrix, withScores bool) (m *PCAModel, scores *Matrix, err error) {
	defer recoverGonum(&err)
	if err := p.check(X); err != nil {
		return nil, nil, err
	}
	t := &pcaTraining{PCA: p, solver: p.solver(X)}
	if err := p.checkCount(X, t.solver); err != nil {
		return nil, nil, err
	}
	if t.strips, err = newStrips(ctx, X); err != nil {
		return nil, nil, err
	}
	return t.run(ctx, withScores)
}

func (p PCA) check(X *Matrix) error {
	var c paramCheck
	n := float64(p.NComponents)
	c.want(n == math.Trunc(n) && n >= -2 && n <= math.MaxInt32 || n > 0 && n < 1, "NComponents", p.NComponents,
		"a whole number >= 0, a fraction of the variance between 0 and 1, AllComponents or MLEComponents")
	switch p.SVDSolver {
	case SVDAuto, SVDFull, SVDRandomized:
	default:
		c.want(false, "SVDSolver", p.SVDSolver, "auto, full or randomized")
	}
	c.want(p.IteratedPower >= IteratedPowerAuto, "IteratedPower", p.IteratedPower, ">= 0 or IteratedPowerAuto")
	c.want(p.NOversamples >= 1, "NOversamples", p.NOversamples, ">= 1")
	if err := c.err(); err != nil {
		return err
	}
	return checkNotEmpty(X)
}

// solver settles what SVDAuto means for X.
func (p PCA) solver(X *Matrix) SVDSolver {
	if p.SVDSolver != SVDAuto {
		return p.SVDSolver
	}
	if n := float64(p.NComponents); max(X.rows, X.cols) > 500 && n >= 1 && n < 0.8*float64(min(X.rows, X.cols)) {
		return SVDRandomized
	}
	return SVDFull
}

// checkCount compares NComponents with the size of X.
func (p PCA) checkCount(X *Matrix, solver SVDSolver) error {
	most := min(X.rows, X.cols)
	switch n := float64(p.NComponents); {
	case n > float64(most):
		return errorf("NComponents is %v, at most %d are there, the lesser of %d rows and %d columns", n, most, X.rows, X.cols)
	case p.NComponents == MLEComponents && X.rows < X.cols:
		return errorf("NComponents is MLEComponents, which needs as many rows as columns, the matrix is %d×%d", X.rows, X.cols)
	case solver == SVDRandomized && n < 1 && p.NComponents != AllComponents:
		return errorf("NComponents is %v, the randomized solver takes a whole number from 1 to %d or AllComponents", p.NComponents, most)
	}
	return nil
}

// String gives the number or names the rule.
func (c ComponentCount) String() string {
	switch c {
	case AllComponents:
		return "AllComponents"
	case MLEComponents:
		return "MLEComponents"
	}
	return strconv.FormatFloat(float64(c), 'g', -1, 64)
}

package ml

import (
	"context"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/blas/blas64"
)

// pcaTraining is one Fit under way.
type pcaTraining struct {
	PCA
	solver SVDSolver // not SVDAuto
	strips *strips

	values  []float64      // singular values of the strips, largest first; those that are nothing but rounding are 0
	total   float64        // the sum of the squares of all that there are
	short   blas64.General // in its rows the vectors of the short side
	factors blas64.General // what makes of the strips the vectors of the long side, each times its value
	long    blas64.General // those vectors themselves, if they are there already
	crooked bool           // whether they are less exactly at right angles than those of the short side
}

func (t *pcaTraining) run(ctx context.Context, withScores bool) (*PCAModel, *Matrix, error) {
	X := t.strips.X
	most := min(X.rows, X.cols)
	k := most
	if t.NComponents >= 1 || t.NComponents == 0 {
		k = int(t.NComponents)
	}
	var err error
	if t.solver == SVDRandomized && k+t.NOversamples < t.strips.short {
		err = t.randomizedSVD(ctx, k+t.NOversamples, t.iterations(k))
	} else {
		err = t.fullSVD(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	t.values = append(t.values, make([]float64, max(0, most-len(t.values)))...)
	m, err := t.newModel(k)
	if err != nil {
		return nil, nil, err
	}
	scores, err := t.orient(ctx, m, withScores)
	return m, scores, err
}

// fullSVD finds all singular values.
func (t *pcaTraining) fullSVD(ctx context.Context) error {
	f, err := t.strips.factor(ctx)
	if err != nil {
		return err
	}
	return t.exactSVD(ctx, f)
}

// exactSVD finds those of a factor of the strips.
func (t *pcaTraining) exactSVD(ctx context.Context, f *factor) (err error) {
	if t.values, t.short, err = f.singular(ctx, t.strips.blas, t.strips.long); err != nil {
		return err
	}
	t.total = sumOfSquares(t.values)
	t.factors, t.crooked = t.short, !f.regular
	return nil
}

func sumOfSquares(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v * v
	}
	return sum
}

// newModel fills in all but the components. k is how many of them there are to
// be, unless NComponents is a rule that goes by the variances.
func (t *pcaTraining) newModel(k int) (*PCAModel, error) {
	X, scale := t.strips.X, t.strips.scale
	m := &PCAModel{Mean: t.strips.mean, NSamples: X.rows, SVDSolver: t.solver, whiten: t.Whiten, columns: columnsOf(X)}
	for _, v := range t.values {
		m.SingularValues = append(m.SingularValues, v/scale)
		m.ExplainedVariance = append(m.ExplainedVariance, t.variance(v*v))
		m.ExplainedVarianceRatio = append(m.ExplainedVarianceRatio, v*v/float64(X.rows-1)/(t.total/float64(X.rows-1)))
	}
	if first := m.ExplainedVariance[0]; math.IsInf(first, 0) {
		return nil, errorf("the variance of the first component overflows, its singular value is %v, scale the columns", m.SingularValues[0])
	}
	k, err := t.keep(k, m)
	if err != nil {
		return nil, err
	}
	m.outputs = numbered("pca", k)
	m.NoiseVariance = t.noise(k)
	m.SingularValues = slices.Clip(m.SingularValues[:k])
	m.ExplainedVariance = slices.Clip(m.ExplainedVariance[:k])
	m.ExplainedVarianceRatio = slices.Clip(m.ExplainedVarianceRatio[:k])
	return m, nil
}

// variance is that of numbers whose squares, in the strips, have this sum.
func (t *pcaTraining) variance(squares float64) float64 {
	return squares / float64(t.strips.X.rows-1) / t.strips.scale / t.strips.scale
}

// keep returns the number of components if a rule sets it, else k.
func (t *pcaTraining) keep(k int, m *PCAModel) (int, error) {
	switch {
	case t.NComponents == MLEComponents:
		return minkaDimension(m.ExplainedVariance, m.NSamples)
	case t.NComponents > 0 && t.NComponents < 1:
		return countFor(m.ExplainedVarianceRatio, float64(t.NComponents)), nil
	}
	return k, nil
}

// noise is the mean variance of the components behind the first k.
func (t *pcaTraining) noise(k int) float64 {
	rest := min(t.strips.X.rows, t.strips.X.cols) - k
	if rest == 0 {
		return 0
	}
	squares := sumOfSquares(t.values[k:])
	if t.solver == SVDRandomized { // has not found the others
		squares = max(0, t.total-sumOfSquares(t.values[:k]))
	}
	return t.variance(squares) / float64(rest)
}

// numbered returns prefix0, prefix1, ….
func numbered(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = prefix + strconv.Itoa(i)
	}
	return names
}

// countFor returns how many components it takes to explain more than a fraction
// of the variance.
func countFor(ratios []float64, fraction float64) int {
	var sum float64
	for i, r := range ratios {
		if sum += r; !(sum <= fraction) {
			return i + 1
		}
	}
	return len(ratios)
}

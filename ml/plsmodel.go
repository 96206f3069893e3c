package ml

import (
	"context"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// PLSRegressionModel is a fitted PLSRegression. Its fields are to be read only.
//
// X has p columns, Y has q, and there are k components, NComponents of the learner.
// Columns of components that were not found (see Stopped) are zero. X and Y stand
// for what XMean, XScale, YMean and YScale make of them: (x − mean) / scale.
type PLSRegressionModel struct {
	XWeights, YWeights     *Matrix // p×k and q×k: the linear combinations of what earlier components leave
	XLoadings, YLoadings   *Matrix // p×k and q×k: the slopes of the columns over the scores of X
	XScores, YScores       *Matrix // n×k: the components of the rows of Fit
	XRotations, YRotations *Matrix // p×k and q×k: the linear combinations of X and Y themselves that give scores

	// Coef is p×q, one column per target: y is (x − XMean) / XScale · Coef +
	// Intercept, in the unit of y. It is coef_ of scikit-learn 1.2.1, which later
	// versions transpose.
	Coef      *Matrix
	Intercept []float64 // per target, the mean of Y

	XMean, XScale []float64 // per column of X; the scale is 1 if the column is constant or Scale is off
	YMean, YScale []float64 // per column of Y

	NIter     []int  // per component found, the steps of the power method
	Converged bool   // whether Tol was reached for each component found; with one target it always is
	Stopped   string // why fewer components than NComponents were found; empty if all were

	xNames, yNames []string
}

var (
	_ RegressorModel   = (*PLSRegressionModel)(nil)
	_ TransformerModel = (*PLSRegressionModel)(nil)
)

// newPLSModel puts components side by side.
func newPLSModel(f *nipals, x, y *standardized) (*PLSRegressionModel, error) {
	gather := func(rows int, part func(c *component) []float64) *Matrix {
		m := newMatrix(rows, f.params.NComponents, nil)
		for k, c := range f.found {
			copy(m.Col(k), part(c))
		}
		return m
	}
	m := &PLSRegressionModel{
		XWeights:  gather(f.x.cols, func(c *component) []float64 { return c.xWeights }),
		YWeights:  gather(f.y.cols, func(c *component) []float64 { return c.yWeights }),
		XLoadings: gather(f.x.cols, func(c *component) []float64 { return c.xLoadings }),
		YLoadings: gather(f.y.cols, func(c *component) []float64 { return c.yLoadings }),
		XScores:   gather(f.x.rows, func(c *component) []float64 { return c.xScores }),
		YScores:   gather(f.x.rows, func(c *component) []float64 { return c.yScores }),
		XMean:     x.mean, XScale: x.scale, YMean: y.mean, YScale: y.scale, Intercept: y.mean,
		NIter: []int{}, Converged: true, Stopped: f.stopped,
	}
	for _, c := range f.found {
		m.NIter = append(m.NIter, c.steps)
		m.Converged = m.Converged && c.converged
	}
	return m, m.solve()
}

// solve derives rotations and coefficients.
func (m *PLSRegressionModel) solve() (err error) {
	if m.XRotations, err = rotations(m.XWeights, m.XLoadings); err != nil {
		return err
	}
	if m.YRotations, err = rotations(m.YWeights, m.YLoadings); err != nil {
		return err
	}
	m.Coef = newMatrix(len(m.XMean), len(m.YMean), nil)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, m.YLoadings.general(), m.XRotations.general(), 0, m.Coef.general())
	for j, scale := range m.YScale {
		blas64.Scal(scale, vectorOf(m.Coef.Col(j)))
	}
	if checkFinite(m.Coef) != nil {
		return errPLSRange
	}
	return nil
}

// rotations returns W·(PᵀW)⁺ for weights W and loadings P: the weights of what
// earlier components leave, turned into weights of the matrix itself.
func rotations(weights, loadings *Matrix) (*Matrix, error) {
	k := weights.cols
	product := mat.NewDense(k, k, nil)
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, loadings.general(), weights.general(), 0, product.RawMatrix())
	inverse, err := pseudoInverse(product)
	if err != nil {
		return nil, err
	}
	r := newMatrix(weights.rows, k, nil)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, inverse.RawMatrix(), weights.general(), 0, r.general())
	return r, nil
}

// pseudoInverse is that of Moore and Penrose for a square matrix. Singular values up
// to n·epsilon times the largest one count as zero, as in scipy's pinv.
func pseudoInverse(a *mat.Dense) (*mat.Dense, error) {
	n, _ := a.Dims()
	var svd mat.SVD
	if !isFinite(mat.Sum(a)) || !svd.Factorize(a, mat.SVDThin) {
		return nil, errPLSRange
	}
	var u, v, inverse mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	values := svd.Values(nil)
	for j, s := range values {
		var reciprocal float64
		if s > float64(n)*epsilon*values[0] {
			reciprocal = 1 / s
		}
		for i := range n {
			v.Set(i, j, v.At(i, j)*reciprocal)
		}
	}
	inverse.Mul(&v, u.T())
	return &inverse, nil
}

// Predict returns one value per row for the one target that the model was fitted
// on. If there were several it is an error; see PredictMulti.
func (m *PLSRegressionModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	if q := len(m.YMean); q != 1 {
		return nil, errorf("PLSRegression: there are %d targets, Predict is for one; PredictMulti predicts all", q)
	}
	y, err := m.PredictMulti(ctx, X)
	if err != nil {
		return nil, err
	}
	return y.Col(0), nil
}

// PredictMulti returns one row per row of X and one column per target.
func (m *PLSRegressionModel) PredictMulti(ctx context.Context, X *Matrix) (*Matrix, error) {
	y, err := project(ctx, m.xColumns(), X, m.XMean, m.XScale, m.Coef, m.yNames)
	if err != nil {
		return nil, at("PLSRegression", err)
	}
	for j, intercept := range m.Intercept {
		col := y.Col(j)
		for i := range col {
			col[i] += intercept
		}
	}
	return y, nil
}

// Transform returns the scores of the rows of X, one column per component. They are
// called plsregression0, plsregression1, …, as in scikit-learn.
func (m *PLSRegressionModel) Transform(X *Matrix) (*Matrix, error) {
	scores, err := project(context.Background(), m.xColumns(), X, m.XMean, m.XScale, m.XRotations, m.scoreNames())
	return scores, at("PLSRegression", err)
}

// TransformXY returns the scores of the rows of X and of those of Y, which need not
// be as many.
func (m *PLSRegressionModel) TransformXY(X, Y *Matrix) (xScores, yScores *Matrix, err error) {
	if xScores, err = m.Transform(X); err != nil {
		return nil, nil, err
	}
	yScores, err = project(context.Background(), columnSet{len(m.YMean), m.yNames}, Y, m.YMean, m.YScale, m.YRotations, m.scoreNames())
	if err != nil {
		return nil, nil, at("PLSRegression", at("Y", err))
	}
	return xScores, yScores, nil
}

// InverseTransform returns the rows of X that scores stand for: exactly if there
// are as many components as columns, else the part of X that the components hold.
func (m *PLSRegressionModel) InverseTransform(xScores *Matrix) (*Matrix, error) {
	X, err := restore(xScores, m.XLoadings, m.XMean, m.XScale, m.xNames)
	return X, at("PLSRegression", err)
}

// InverseTransformXY is InverseTransform for the scores of X and of Y.
func (m *PLSRegressionModel) InverseTransformXY(xScores, yScores *Matrix) (X, Y *Matrix, err error) {
	if X, err = m.InverseTransform(xScores); err != nil {
		return nil, nil, err
	}
	if Y, err = restore(yScores, m.YLoadings, m.YMean, m.YScale, m.yNames); err != nil {
		return nil, nil, at("PLSRegression", at("Y", err))
	}
	return X, Y, nil
}

func (m *PLSRegressionModel) xColumns() columnSet { return columnSet{len(m.XMean), m.xNames} }

func (m *PLSRegressionModel) scoreNames() []string {
	names := make([]string, m.XRotations.cols)
	for k := range names {
		names[k] = "plsregression" + strconv.Itoa(k)
	}
	return names
}

// project returns (X − mean) / scale · r, and an error if that overflows. It takes some rows at a time, which fit
// into the processor's cache; a row's result does not depend on that.
func project(ctx context.Context, columns columnSet, X *Matrix, mean, scale []float64, r *Matrix, names []string) (_ *Matrix, err error) {
	defer recoverGonum(&err)
	if err := columns.check(X); err != nil {
		return nil, err
	}
	if err := checkFinite(X); err != nil {
		return nil, err
	}
	const block = 2048
	out := newMatrix(X.rows, r.cols, names)
	err = forEach(ctx, (X.rows+block-1)/block, 0, func(_ context.Context, b int) error {
		lo, hi := b*block, min((b+1)*block, X.rows)
		z := make([]float64, hi-lo)
		for j := range X.cols {
			for i, v := range X.Col(j)[lo:hi] {
				z[i] = (v - mean[j]) / scale[j]
			}
			for k := range r.cols {
				blas64.Axpy(r.At(j, k), vectorOf(z), vectorOf(out.Col(k)[lo:hi]))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for k := range out.cols {
		if row := slices.IndexFunc(out.Col(k), notFinite); row >= 0 {
			return nil, errorf("column %d of row %d overflows, the row is too far from those of Fit", k, row)
		}
	}
	return out, nil
}

// restore returns scores · loadingsᵀ · scale + mean.
func restore(scores, loadings *Matrix, mean, scale []float64, names []string) (_ *Matrix, err error) {
	defer recoverGonum(&err)
	if scores.cols != loadings.cols {
		return nil, errorf("the matrix has %d columns, the model %d components", scores.cols, loadings.cols)
	}
	if err := checkFinite(scores); err != nil {
		return nil, err
	}
	out := newMatrix(scores.rows, loadings.rows, names)
	for j := range out.cols {
		col := out.Col(j)
		for k := range scores.cols {
			blas64.Axpy(loadings.At(j, k), vectorOf(scores.Col(k)), vectorOf(col))
		}
		for i := range col {
			col[i] = float64(col[i]*scale[j]) + mean[j]
		}
	}
	return out, nil
}

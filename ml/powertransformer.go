package ml

import (
	"context"
	"fmt"
	"math"
)

// PowerMethod is a family of power transforms.
type PowerMethod uint8

// The power transforms, with l = log x or l = log(1+|x|).
const (
	YeoJohnson PowerMethod = iota // (e^(λl) − 1)/λ for x ≥ 0, −(e^((2−λ)l) − 1)/(2−λ) for x < 0
	BoxCox                        // (e^(λl) − 1)/λ, for x > 0
)

// String returns the name of the constant.
func (m PowerMethod) String() string {
	switch m {
	case YeoJohnson:
		return "YeoJohnson"
	case BoxCox:
		return "BoxCox"
	}
	return fmt.Sprintf("PowerMethod(%d)", uint8(m))
}

// PowerTransformer makes columns more like a normal distribution: each is raised
// to the power λ of greatest likelihood (Box and Cox 1964, Yeo and Johnson 2000).
// NaN is ignored when fitting and kept when transforming.
//
// λ is the one that scikit-learn finds, with one exception. Where numbers are
// large beside their spread, such as points in time, powers can overflow or come
// out equal by rounding; scikit-learn's column is then all zeros, or refused. With
// Standardize such a column is first divided by its geometric mean, which
// standardizing undoes, and λ is found with that precision; without, it is an error.
type PowerTransformer struct {
	Method      PowerMethod
	Standardize bool // bring the results to mean 0 and variance 1
}

var _ Transformer = PowerTransformer{}

// NewPowerTransformer returns scikit-learn's defaults: YeoJohnson, standardized.
func NewPowerTransformer() PowerTransformer { return PowerTransformer{Standardize: true} }

// Fit finds the λ of every column. It is an error that names row and column if a
// value is infinite, or if one is not positive and the method is BoxCox; and
// one that names the column if its powers cannot be told apart in float64, or if
// it is constant or all NaN and the method is BoxCox. With YeoJohnson the λ of
// such a column means nothing; its values become 0, or nearly so, or stay NaN.
func (t PowerTransformer) Fit(ctx context.Context, X *Matrix) (*PowerTransformerModel, error) {
	m, err := t.fit(ctx, X)
	if err != nil {
		return nil, at("PowerTransformer", err)
	}
	return m, nil
}

// FitTransformer is Fit.
func (t PowerTransformer) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := t.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (t PowerTransformer) fit(ctx context.Context, X *Matrix) (*PowerTransformerModel, error) {
	if err := t.check(ctx, X); err != nil {
		return nil, err
	}
	m := &PowerTransformerModel{Lambda: make([]float64, X.cols), columns: columnsOf(X), params: t, powers: make([]power, X.cols)}
	err := forEach(ctx, X.cols, 0, func(ctx context.Context, j int) error {
		var err error
		m.powers[j], m.Lambda[j], err = t.fitColumn(ctx, X, j)
		return err
	})
	if err != nil || !t.Standardize {
		return m, err
	}
	powers, err := m.raise(X)
	if err != nil {
		return nil, err
	}
	m.scaler, err = NewStandardScaler().Fit(ctx, powers)
	return m, err
}

// fitColumn returns the power of a column and its λ.
func (t PowerTransformer) fitColumn(ctx context.Context, X *Matrix, j int) (power, float64, error) {
	col := X.Col(j)
	bases := newPowerBases(t.Method, col)
	if t.Method == BoxCox && !bases.varies {
		return nil, 0, fmt.Errorf("%s is constant or all NaN, BoxCox needs two values that differ", columnName(X, j))
	}
	likelihood := bases.likelihood()
	lambda := likelihood.maximize(ctx)
	p := t.power(lambda)
	if ctx.Err() != nil || !bases.varies || tellsApart(p, col) {
		return p, lambda, ctx.Err()
	}
	if !t.Standardize {
		return nil, 0, fmt.Errorf("float64 cannot tell the powers of %s apart, Standardize can", columnName(X, j))
	}
	p, lambda, ok := fitCentred(ctx, t.Method, col, likelihood.sum)
	if ctx.Err() == nil && !(ok && tellsApart(p, col)) {
		return nil, 0, fmt.Errorf("float64 cannot tell the powers of %s apart, bring it to another unit first", columnName(X, j))
	}
	return p, lambda, ctx.Err()
}

func (t PowerTransformer) power(lambda float64) power {
	if t.Method == BoxCox {
		return boxCox{newLogPower(), lambda}
	}
	return yeoJohnson{newLogPower(), lambda}
}

// tellsApart reports whether the powers of a column are finite and differ by more
// than rounding errors.
func tellsApart(p power, col []float64) bool {
	powers := make([]float64, 0, len(col))
	for _, v := range col {
		if !math.IsNaN(v) {
			powers = append(powers, p.raise(v))
		}
	}
	mean, deviation := meanStd(powers)
	variance := deviation * deviation
	return isFinite(variance) && !isConstant(mean, variance, float64(len(powers)))
}

func (t PowerTransformer) check(ctx context.Context, X *Matrix) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var c paramCheck
	c.want(t.Method <= BoxCox, "Method", t.Method, "YeoJohnson or BoxCox")
	if err := c.err(); err != nil {
		return err
	}
	if err := checkNotEmpty(X); err != nil {
		return err
	}
	return t.checkCells(X)
}

func (t PowerTransformer) checkCells(X *Matrix) error {
	if err := checkNotInfinite(X); err != nil || t.Method != BoxCox {
		return err
	}
	for j := range X.cols {
		for i, v := range X.Col(j) {
			if v <= 0 {
				return X.cellError(i, j, fmt.Sprintf("%v, BoxCox allows numbers > 0 and NaN", v))
			}
		}
	}
	return nil
}

func columnName(X *Matrix, j int) string {
	if X.names == nil {
		return fmt.Sprintf("column %d", j)
	}
	return fmt.Sprintf("column %q", X.names[j])
}

package ml

import (
	"cmp"
	"context"
	"slices"
)

// IsotonicRegression fits values that never fall, or never rise, along one column: the
// closest ones by squared error, found by pooling neighbours that violate that (Best and
// Chakravarti 1990). Between them it interpolates linearly, beyond the first and the last
// it stays at them.
type IsotonicRegression struct {
	Decreasing bool // never rise
}

var _ Regressor = IsotonicRegression{}

// Fit learns from a matrix of one column and its values. Rows with the same cell, to within
// 1e-15, count as one with their mean. It is an error if a number is not finite.
func (r IsotonicRegression) Fit(ctx context.Context, X *Matrix, y []float64) (*IsotonicRegressionModel, error) {
	return r.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its square is
// multiplied by.
func (r IsotonicRegression) FitWeighted(ctx context.Context, X *Matrix, y, weights []float64) (*IsotonicRegressionModel, error) {
	m, err := r.fit(ctx, X, y, weights)
	return m, at("IsotonicRegression", err)
}

// FitRegressor is Fit.
func (r IsotonicRegression) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(r.Fit(ctx, X, y))
}

func (r IsotonicRegression) fit(ctx context.Context, X *Matrix, y, weights []float64) (*IsotonicRegressionModel, error) {
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	if X.cols != 1 {
		return nil, errorf("the matrix has %d columns, it takes one", X.cols)
	}
	if err := checkValues(X, y); err != nil {
		return nil, err
	}
	if err := checkWeights(weights, X.rows); err != nil {
		return nil, err
	}
	if err := checkFinite(X); err != nil {
		return nil, err
	}
	return r.curve(X.Col(0), y, weights), ctx.Err()
}

// isotonicPoint is one or more rows with the same cell, or a pool of neighbours.
type isotonicPoint struct{ x, weight, sum float64 }

func (p isotonicPoint) mean() float64 { return p.sum / p.weight }

// curve takes what has been checked.
func (r IsotonicRegression) curve(x, y, weights []float64) *IsotonicRegressionModel {
	points := distinctPoints(x, y, weights)
	if r.Decreasing {
		slices.Reverse(points)
	}
	means := pooled(points)
	if r.Decreasing {
		slices.Reverse(points)
		slices.Reverse(means)
	}
	m := &IsotonicRegressionModel{}
	for i, p := range points {
		if i == 0 || i == len(points)-1 || means[i] != means[i-1] || means[i] != means[i+1] {
			m.X, m.Y = append(m.X, p.x), append(m.Y, means[i])
		}
	}
	return m
}

// distinctPoints returns the rows by rising x, those of one x together.
func distinctPoints(x, y, weights []float64) []isotonicPoint {
	const same = 1e-15 // as scikit-learn has it
	order := weighingRows(len(x), weights)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(x[a], x[b]), cmp.Compare(y[a], y[b])) })
	var points []isotonicPoint
	for _, row := range order {
		w := 1.0
		if weights != nil {
			w = weights[row]
		}
		if n := len(points); n == 0 || x[row]-points[n-1].x >= same {
			points = append(points, isotonicPoint{x[row], w, float64(y[row] * w)})
		} else {
			points[n-1].weight += w
			points[n-1].sum += float64(y[row] * w)
		}
	}
	return points
}

// pooled returns for each point the mean of its pool: from the left, a point whose mean is
// not above that of the pool before it joins that.
func pooled(points []isotonicPoint) []float64 {
	var pools []isotonicPoint
	var sizes []int
	for _, p := range points {
		pools, sizes = append(pools, p), append(sizes, 1)
		for n := len(pools); n > 1 && pools[n-1].mean() <= pools[n-2].mean(); n-- {
			pools[n-2].weight += pools[n-1].weight
			pools[n-2].sum += pools[n-1].sum
			sizes[n-2] += sizes[n-1]
			pools, sizes = pools[:n-1], sizes[:n-1]
		}
	}
	var means []float64
	for i, p := range pools {
		means = append(means, slices.Repeat([]float64{p.mean()}, sizes[i])...)
	}
	return means
}

// IsotonicRegressionModel is a fitted IsotonicRegression: the points of a curve. Its fields
// are to be read only.
type IsotonicRegressionModel struct {
	X []float64 // rising
	Y []float64 // per X, never falling, or never rising
}

var _ RegressorModel = (*IsotonicRegressionModel)(nil)

// Predict returns the curve's value for each row of a matrix of one column.
func (m *IsotonicRegressionModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	if err := checkWidth(X, 1); err != nil {
		return nil, at("IsotonicRegression", err)
	}
	if err := checkFinite(X); err != nil {
		return nil, at("IsotonicRegression", err)
	}
	y := make([]float64, X.rows)
	for i, x := range X.Col(0) {
		y[i] = m.At(x)
	}
	return y, at("IsotonicRegression", ctx.Err())
}

// At returns the curve's value at x.
func (m *IsotonicRegressionModel) At(x float64) float64 {
	last := len(m.X) - 1
	if x <= m.X[0] {
		return m.Y[0]
	}
	if x >= m.X[last] {
		return m.Y[last]
	}
	i, found := slices.BinarySearch(m.X, x) // x lies behind point i−1, and not behind point i
	if found {
		return m.Y[i]
	}
	slope := (m.Y[i] - m.Y[i-1]) / (m.X[i] - m.X[i-1])
	return float64(slope*(x-m.X[i-1])) + m.Y[i-1]
}

package ml

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// OutputDistribution is what QuantileTransformer makes of a column.
type OutputDistribution uint8

// The distributions.
const (
	OutputUniform OutputDistribution = iota // from 0 to 1
	OutputNormal                            // mean 0, variance 1, within ±5.2
)

// String returns the name of the constant.
func (d OutputDistribution) String() string {
	switch d {
	case OutputUniform:
		return "OutputUniform"
	case OutputNormal:
		return "OutputNormal"
	}
	return fmt.Sprintf("OutputDistribution(%d)", uint8(d))
}

// QuantileTransformer spreads the values of every column evenly, or as a normal
// distribution does, by their ranks: values are compared with quantiles of the
// training data and interpolated between them. Outliers lose their weight. NaN is
// ignored when fitting and kept when transforming.
type QuantileTransformer struct {
	Quantiles int // of a column; with fewer rows, there are as many as rows
	Output    OutputDistribution
	Subsample int  // most rows that quantiles are computed from; more are drawn from, for each column anew
	Seed      Seed // of the drawing
}

var _ Transformer = QuantileTransformer{}

// NewQuantileTransformer returns scikit-learn's defaults: 1000 quantiles of at
// most 10,000 rows, uniform output.
func NewQuantileTransformer() QuantileTransformer {
	return QuantileTransformer{Quantiles: 1000, Subsample: 10_000}
}

// Fit computes the quantiles of every column of X. An infinite value is an error,
// and so is a matrix without rows or columns.
func (t QuantileTransformer) Fit(ctx context.Context, X *Matrix) (*QuantileTransformerModel, error) {
	if err := t.check(ctx, X); err != nil {
		return nil, at("QuantileTransformer", err)
	}
	m := &QuantileTransformerModel{
		Quantiles: make([][]float64, X.cols), References: references(min(t.Quantiles, X.rows)), output: t.Output, columns: columnsOf(X),
	}
	columns := make([][]float64, X.cols)
	rng := NewRandomState(t.Seed)
	for j := range columns {
		if columns[j] = X.Col(j); t.Subsample < X.rows {
			columns[j] = takeFrom(columns[j], rng.Choice(X.rows, t.Subsample, false))
		}
	}
	err := forEach(ctx, X.cols, 0, func(_ context.Context, j int) error {
		m.Quantiles[j] = quantiles(columns[j], m.References)
		return nil
	})
	if err != nil {
		return nil, at("QuantileTransformer", err)
	}
	return m, nil
}

// FitTransformer is Fit.
func (t QuantileTransformer) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := t.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (t QuantileTransformer) check(ctx context.Context, X *Matrix) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var c paramCheck
	c.want(t.Quantiles >= 1, "Quantiles", t.Quantiles, "at least 1")
	c.want(t.Subsample >= 1, "Subsample", t.Subsample, "at least 1")
	c.want(t.Quantiles <= t.Subsample, "Quantiles", t.Quantiles, fmt.Sprintf("at most Subsample, %d", t.Subsample))
	c.want(t.Output <= OutputNormal, "Output", t.Output, "OutputUniform or OutputNormal")
	if err := c.err(); err != nil {
		return err
	}
	if err := checkNotEmpty(X); err != nil {
		return err
	}
	return checkNotInfinite(X)
}

// references returns n numbers from 0 to 1 in equal steps, rounded as numpy's
// linspace does.
func references(n int) []float64 {
	out := make([]float64, n)
	if n == 1 {
		return out
	}
	step := 1 / float64(n-1)
	for i := range out {
		out[i] = float64(i) * step
	}
	out[n-1] = 1
	return out
}

// quantiles returns the quantiles at these references of the numbers of a column,
// by linear interpolation (type 7 of Hyndman and Fan 1996, rounded as numpy's
// nanpercentile does). They are NaN if there are no numbers.
func quantiles(col, references []float64) []float64 {
	sorted := slices.DeleteFunc(slices.Clone(col), math.IsNaN)
	slices.Sort(sorted)
	out := make([]float64, len(references))
	for i, r := range references {
		if len(sorted) == 0 {
			out[i] = math.NaN()
			continue
		}
		const percent = 100 // r has been through it on its way to numpy
		place := float64(len(sorted)-1) * (r * percent / percent)
		below := min(int(place), len(sorted)-1)
		above := min(below+1, len(sorted)-1)
		out[i] = between(sorted[below], sorted[above], place-float64(below))
		if i > 0 {
			out[i] = max(out[i], out[i-1]) // rounding may have taken it lower
		}
	}
	return out
}

// between returns the number that is the part t of the way from a to b, from the
// nearer end.
func between(a, b, t float64) float64 {
	switch way := b - a; {
	case math.IsInf(way, 0):
		return float64(a*(1-t)) + float64(b*t)
	case t >= 0.5:
		return b - float64(way*(1-t))
	default:
		return a + float64(way*t)
	}
}

package ml

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// QuantileTransformerModel is a fitted QuantileTransformer. Its fields are to be
// read only.
type QuantileTransformerModel struct {
	Quantiles  [][]float64 // of each column, one per reference, in rising order; NaN if the column was
	References []float64   // the share of values that are not above a quantile, from 0 to 1 in equal steps

	columns columnSet
	output  OutputDistribution
}

var _ TransformerModel = (*QuantileTransformerModel)(nil)

// ends is how close to an end of the range a value counts as the end itself when
// the output is normal, where it would be infinite.
const ends = 1e-7

// Transform returns the reference of every cell, interpolated between those of
// the quantiles around it, or the normal quantile of that. A value that several
// quantiles share has the mean of their lowest and highest reference. Values
// outside of the fitted range have those of its ends. An infinite value is an
// error.
//
// With OutputNormal the ends reach 1e-7 into the range, in the column's own unit
// as in scikit-learn: bring a column of tiny numbers to another unit first.
func (m *QuantileTransformerModel) Transform(X *Matrix) (*Matrix, error) {
	return m.each(X, m.forward)
}

// InverseTransform returns the value of every cell's reference, interpolated
// between the quantiles. Cells beyond the ends have the lowest or highest
// quantile.
func (m *QuantileTransformerModel) InverseTransform(X *Matrix) (*Matrix, error) {
	return m.each(X, m.backward)
}

func (m *QuantileTransformerModel) each(X *Matrix, f func(x float64, quantiles []float64) float64) (*Matrix, error) {
	if err := m.columns.check(X); err != nil {
		return nil, at("QuantileTransformer", err)
	}
	if err := checkNotInfinite(X); err != nil {
		return nil, at("QuantileTransformer", err)
	}
	return fillColumns(X, func(j int, from, to []float64) error {
		for i, v := range from {
			if to[i] = v; !math.IsNaN(v) {
				to[i] = f(v, m.Quantiles[j])
			}
		}
		return nil
	})
}

func (m *QuantileTransformerModel) forward(x float64, quantiles []float64) float64 {
	lowest, highest := quantiles[0], quantiles[len(quantiles)-1]
	if m.output == OutputUniform {
		switch x {
		case lowest:
			return 0
		case highest:
			return 1
		}
		return m.reference(x, quantiles)
	}
	switch {
	case x-ends < lowest:
		return normalQuantile(0)
	case x+ends > highest:
		return normalQuantile(1)
	}
	return normalQuantile(m.reference(x, quantiles))
}

// reference is the mean of two interpolations, one from either side, which differ
// where quantiles are equal.
func (m *QuantileTransformerModel) reference(x float64, quantiles []float64) float64 {
	last := len(quantiles) - 1
	above := sort.SearchFloat64s(quantiles, x) // the first that is not below x
	switch {
	case above > last:
		if math.IsNaN(quantiles[last]) {
			return math.NaN()
		}
		return m.References[last]
	case quantiles[above] == x:
		end := above + 1
		for end <= last && quantiles[end] == x {
			end++
		}
		return 0.5 * (m.References[above] + m.References[end-1])
	case above == 0:
		return m.References[0]
	}
	a, b := quantiles[above-1], quantiles[above]
	low, high := m.References[above-1], m.References[above]
	slope := (high - low) / (b - a)
	if slope == 0 || math.IsInf(slope, 0) { // b−a is beyond float64, or almost 0
		return low + (high-low)*((x/2-a/2)/(b/2-a/2))
	}
	r := 0.5 * ((float64(slope*(x-a)) + low) - (float64(slope*(b-x)) - high))
	return min(max(r, low), high)
}

func (m *QuantileTransformerModel) backward(y float64, quantiles []float64) float64 {
	last := len(quantiles) - 1
	r, near := y, 0.0
	if m.output == OutputNormal {
		r, near = normalShare(y), ends
	}
	switch {
	case r <= 0 || r-near < 0:
		return quantiles[0]
	case r >= 1 || r+near > 1:
		return quantiles[last]
	case last == 0:
		return quantiles[0]
	}
	below := min(int(r*float64(last)), last-1)
	for m.References[below] > r {
		below--
	}
	for below < last && m.References[below+1] <= r {
		below++
	}
	if m.References[below] == r {
		return quantiles[below]
	}
	a, b := quantiles[below], quantiles[below+1]
	low, high := m.References[below], m.References[below+1]
	slope := (b - a) / (high - low)
	if math.IsInf(slope, 0) {
		return between(a, b, (r-low)/(high-low))
	}
	return float64(slope*(r-low)) + a
}

// normalQuantile returns the number that a share of a normal distribution is not
// above, within the range that the ends are for.
func normalQuantile(share float64) float64 {
	const end = ends - 0x1p-52
	switch {
	case math.IsNaN(share):
		return share
	case share < end:
		share = end
	case share > 1-end:
		share = 1 - end
	}
	return mathext.NormalQuantile(share)
}

// normalShare is the inverse of normalQuantile.
func normalShare(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

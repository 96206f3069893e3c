package ml_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// featureCase is a case of features.json.
type featureCase struct {
	transformCase
	Strategy        string
	Indicator, Keep bool
	Statistics      hexFloats
	Column, Filled  []*string // of text; nil is missing
	Marks           []float64
}

func featureCases(t *testing.T, kind string) []featureCase {
	t.Helper()
	var out []featureCase
	for _, c := range golden[featureCase](t, "features.json") {
		if c.Kind == kind {
			out = append(out, c)
		}
	}
	require.NotEmpty(t, out)
	return out
}

func TestVarianceThresholdIsScikitLearns(t *testing.T) {
	for _, c := range featureCases(t, "variance") {
		t.Run(fmt.Sprint(c.On, c.Params.Threshold), func(t *testing.T) {
			X := transformData(t, c.On)
			m, err := ml.VarianceThreshold{Threshold: c.Params.Threshold}.Fit(t.Context(), head(X, c.Fit))
			if c.Refused {
				assert.ErrorContains(t, err, "has a variance above")
				return
			}
			require.NoError(t, err)
			c.check(t, m, X, map[string][]float64{"variances_": m.Variances})
		})
	}
}

func TestVarianceThreshold(t *testing.T) {
	X, err := ml.NewMatrix(3, 3, []float64{1, 2, 3, 5, 5, 5, 0, 0, 2}, "a", "b", "c")
	require.NoError(t, err)
	m, err := ml.NewVarianceThreshold().Fit(t.Context(), X)
	require.NoError(t, err)
	Z, err := m.Transform(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "c"}, Z.Names())
	assert.Equal(t, []int{0, 2}, m.Kept)
	back, err := m.InverseTransform(Z)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c"}, back.Names())
	assert.Equal(t, []float64{1, 0, 0, 2, 0, 0, 3, 0, 2}, rowMajor(back))

	unnamed, err := ml.NewVarianceThreshold().Fit(t.Context(), matrixOf(t, []float64{0, 1}, []float64{0, 2}))
	require.NoError(t, err)
	Z, err = unnamed.Transform(matrixOf(t, []float64{7, 8}))
	require.NoError(t, err)
	assert.Equal(t, []string{"x1"}, Z.Names(), "the place it had, for it has another now")
}

func TestFiltersRefuse(t *testing.T) {
	two := matrixOf(t, []float64{1, 2}, []float64{1, 3})
	fitted, err := ml.NewVarianceThreshold().Fit(t.Context(), two)
	require.NoError(t, err)
	variety, err := ml.NewNearZeroVariance().Fit(t.Context(), two)
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"Threshold", func() error {
			_, err := ml.VarianceThreshold{Threshold: -1}.Fit(t.Context(), two)
			return err
		}, "ml: VarianceThreshold: Threshold is -1, must be a finite number >= 0"},
		{"NothingLeft", func() error {
			_, err := ml.VarianceThreshold{Threshold: 5}.Fit(t.Context(), two)
			return err
		}, "ml: VarianceThreshold: no column of 2 has a variance above 5 over 2 rows"},
		{"NoValues", func() error {
			_, err := ml.VarianceThreshold{}.Fit(t.Context(), matrixOf(t, []float64{nan, nan}))
			return err
		}, "ml: VarianceThreshold: no column of 2 has a variance above 0 over 1 rows"},
		{"Overflow", func() error {
			_, err := ml.VarianceThreshold{}.Fit(t.Context(), matrixOf(t, []float64{0, 1e200}, []float64{1, -1e200}))
			return err
		}, "ml: VarianceThreshold: column 1: the variance is more than a float64 can hold"},
		{"Width", func() error { _, err := fitted.Transform(matrixOf(t, []float64{1})); return err },
			"ml: VarianceThreshold: the matrix has 1 columns, the model was fitted on 2"},
		{"InverseWidth", func() error { _, err := fitted.InverseTransform(two); return err },
			"ml: VarianceThreshold: the matrix has 2 columns, the model keeps 1"},
		{"Cuts", func() error {
			_, err := ml.NearZeroVariance{FreqCut: -1, UniqueCut: 101}.Fit(t.Context(), two)
			return err
		}, "ml: NearZeroVariance: FreqCut is -1, must be a finite number >= 0; UniqueCut is 101, must be a percentage from 0 to 100"},
		{"NothingVaries", func() error {
			_, err := ml.NewNearZeroVariance().Fit(t.Context(), matrixOf(t, []float64{1, nan}))
			return err
		}, `ml: NearZeroVariance: none of 2 columns would be left, "x0" for one has a single value`},
		{"Infinite", func() error {
			_, err := ml.NewNearZeroVariance().Fit(t.Context(), matrixOf(t, []float64{1, math.Inf(1)}))
			return err
		}, "ml: NearZeroVariance: row 0, column 1: +Inf, only finite numbers and NaN are allowed"},
		{"VarietyWidth", func() error { _, err := variety.Transform(matrixOf(t, []float64{1})); return err },
			"ml: NearZeroVariance: the matrix has 1 columns, the model was fitted on 2"},
		{"VarietyInverseWidth", func() error { _, err := variety.InverseTransform(two); return err },
			"ml: NearZeroVariance: the matrix has 2 columns, the model keeps 1"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.EqualError(t, c.do(), c.want) })
	}
}

func TestNearZeroVarianceByCaretsRule(t *testing.T) {
	repeat := func(counts ...int) []float64 {
		var out []float64
		for v, n := range counts {
			for range n {
				out = append(out, float64(v))
			}
		}
		return out
	}
	all := make([]float64, 100)
	for i := range all {
		all[i] = float64(i)
	}
	for _, c := range []struct {
		name, why string
		column    []float64
		ratio     float64
		unique    float64
		dropped   bool
	}{
		{"Distinct", "every value once", all, 1, 100, false},
		{"Rare", "96 to 4", repeat(96, 4), 24, 2, true},
		{"AtTheCut", "95 to 5 is not above 19", repeat(95, 5), 19, 2, false},
		{"OnlyTheRatio", "41 distinct values are more than 10 percent", append(repeat(60), all[1:41]...), 60, 41, false},
		{"Tie", "the second is as frequent as the first", repeat(50, 50), 1, 2, false},
		{"Third", "a third value does not count", repeat(60, 30, 10), 2, 3, false},
		{"Constant", "a single value has no second", repeat(100), 0, 1, true},
		{"MissingIsNoValue", "but a row: 4 distinct values of 100 rows", append(filledWith(nan, 60), repeat(37, 1, 1, 1)...), 37, 4, true},
		{"AllMissing", "no value at all", filledWith(nan, 100), 0, 0, true},
		{"SignOfZero", "−0 is 0", append(filledWith(math.Copysign(0, -1), 50), repeat(50)...), 0, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			X, err := ml.NewMatrix(100, 2, append(append([]float64{}, c.column...), all...))
			require.NoError(t, err)
			m, err := ml.NewNearZeroVariance().Fit(t.Context(), X)
			require.NoError(t, err)
			assert.Equal(t, c.ratio, m.Columns[0].FreqRatio, c.why)
			assert.Equal(t, c.unique, m.Columns[0].PercentUnique, c.why)
			assert.Equal(t, c.dropped, m.Columns[0].Reason != "", c.why)
			Z, err := m.Transform(X)
			require.NoError(t, err)
			_, cols := Z.Dims()
			assert.Equal(t, len(m.Kept), cols)
			back, err := m.InverseTransform(Z)
			require.NoError(t, err)
			assert.Equal(t, X.Col(1), back.Col(1))
		})
	}
}

func filledWith(v float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestPolynomialFeaturesAreScikitLearns(t *testing.T) {
	for _, c := range featureCases(t, "polynomial") {
		p := ml.NewPolynomialFeatures()
		p.Degree, p.MinDegree, p.InteractionOnly, p.IncludeBias = c.Params.Degree, c.Params.Lowest, c.Params.Interaction, c.Params.Bias
		t.Run(fmt.Sprintf("%s/%+v", c.On, p), func(t *testing.T) {
			X := transformData(t, c.On)
			m, err := p.Fit(t.Context(), head(X, c.Fit))
			require.NoError(t, err)
			c.check(t, m, X, nil)
			assert.Equal(t, c.Names, m.Names[:len(c.Names)])
			assert.Len(t, m.Names, c.Cols)
			assert.Equal(t, c.Powers, m.Powers()[:len(c.Powers)])
		})
	}
}

func TestPolynomialFeaturesRefuse(t *testing.T) {
	X := matrixOf(t, []float64{1, 2, 3}, []float64{4, 5, 6})
	fit := func(change func(p *ml.PolynomialFeatures)) func(X *ml.Matrix) error {
		return func(X *ml.Matrix) error {
			p := ml.NewPolynomialFeatures()
			change(&p)
			m, err := p.Fit(t.Context(), matrixOf(t, []float64{1, 2, 3}))
			if err == nil {
				_, err = m.Transform(X)
			}
			return err
		}
	}
	for _, c := range []struct {
		name string
		do   func(X *ml.Matrix) error
		X    *ml.Matrix
		want string
	}{
		{"Parameters", fit(func(p *ml.PolynomialFeatures) { p.Degree, p.MinDegree, p.MaxBytes = -1, 2, 0 }), X,
			"ml: PolynomialFeatures: Degree is -1, must be >= 0; MinDegree is 2, must be between 0 and Degree, -1; MaxBytes is 0, must be > 0"},
		{"NothingAsked", fit(func(p *ml.PolynomialFeatures) { p.Degree, p.IncludeBias = 0, false }), X,
			"ml: PolynomialFeatures: IncludeBias is false, must be true if Degree is 0"},
		{"NothingMade", fit(func(p *ml.PolynomialFeatures) {
			p.Degree, p.MinDegree, p.InteractionOnly, p.IncludeBias = 9, 4, true, false
		}), X, "ml: PolynomialFeatures: 3 columns have no products of 4 to 9 different ones"},
		{"TooMany", fit(func(p *ml.PolynomialFeatures) { p.Degree = 4000 }), X,
			"ml: PolynomialFeatures: 3 columns have 3.991e+07 products up to degree 619, which take 4.31e+09 bytes for 1 rows; MaxBytes allows 4294967296"},
		{"TooManyRows", fit(func(p *ml.PolynomialFeatures) { p.MaxBytes = 2000 }), tall(t, 60, 3),
			"ml: PolynomialFeatures: 3 columns have 4 products up to degree 1, which take 2.32e+03 bytes for 60 rows; MaxBytes allows 2000"},
		{"Overflow", fit(func(p *ml.PolynomialFeatures) { p.Degree = 3 }), matrixOf(t, []float64{1, 1e110, 1}),
			`ml: PolynomialFeatures: row 0, column "x1^3": the product is more than a float64 can hold`},
		{"NaN", fit(func(*ml.PolynomialFeatures) {}), matrixOf(t, []float64{1, nan, 1}),
			"ml: PolynomialFeatures: row 0, column 1: NaN, only finite numbers are allowed"},
		{"Width", fit(func(*ml.PolynomialFeatures) {}), matrixOf(t, []float64{1}),
			"ml: PolynomialFeatures: the matrix has 1 columns, the model was fitted on 3"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.EqualError(t, c.do(c.X), c.want) })
	}
}

func tall(t *testing.T, rows, cols int) *ml.Matrix {
	t.Helper()
	X, err := ml.NewMatrix(rows, cols, make([]float64, rows*cols))
	require.NoError(t, err)
	return X
}

func TestPolynomialFeaturesOfNamedColumns(t *testing.T) {
	X, err := ml.NewMatrix(1, 2, []float64{2, 3}, "day", "night")
	require.NoError(t, err)
	p := ml.NewPolynomialFeatures()
	p.Degree, p.MinDegree, p.IncludeBias = 3, 3, false
	m, err := p.Fit(t.Context(), X)
	require.NoError(t, err)
	Z, err := m.Transform(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"day^3", "day^2 night", "day night^2", "night^3"}, Z.Names())
	assert.Equal(t, []float64{8, 12, 18, 27}, rowMajor(Z))
}

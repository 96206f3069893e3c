package ml_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

var imputeStrategies = []string{"mean", "median", "most_frequent", "constant"}

func TestSimpleImputerIsScikitLearns(t *testing.T) {
	for _, c := range featureCases(t, "numbers") {
		t.Run(fmt.Sprintf("%s/%s/indicator=%v/keep=%v", c.On, c.Strategy, c.Indicator, c.Keep), func(t *testing.T) {
			c.Exact = true
			s := ml.NewSimpleImputer()
			s.Strategy = ml.ImputeStrategy(slices.Index(imputeStrategies, c.Strategy))
			s.AddIndicator, s.KeepEmpty, s.FillValue = c.Indicator, c.Keep, -7.5
			assert.Equal(t, c.Strategy, s.Strategy.String())
			X := transformData(t, c.On)
			m, err := s.Fit(t.Context(), head(X, c.Fit))
			require.NoError(t, err)
			c.requireNear(t, c.Statistics, m.Statistics, "statistics")
			c.check(t, m, X, nil)

			framed, err := m.MapFrame(X.AsFrame())
			require.NoError(t, err)
			assert.Equal(t, c.Names, framed.Names())
			asMatrix, err := framed.AsMatrix()
			require.NoError(t, err)
			c.requireNear(t, c.Cells, someOf(asMatrix), "cells of the frame")
		})
	}
}

func TestSimpleImputerOfTextIsScikitLearns(t *testing.T) {
	for i, c := range featureCases(t, "texts") {
		t.Run(fmt.Sprint(c.Strategy, i), func(t *testing.T) {
			texts, absent := textsAndMarks(c.Column)
			X, err := ml.NewFrame(ml.Texts("t", texts, absent...))
			require.NoError(t, err)
			s := ml.NewSimpleImputer()
			s.Strategy, s.AddIndicator = ml.ImputeStrategy(slices.Index(imputeStrategies, c.Strategy)), true
			m, err := s.Fit(t.Context(), X)
			require.NoError(t, err)
			filled, err := m.MapFrame(X)
			require.NoError(t, err)
			assert.Equal(t, c.Names, filled.Names())
			want, _ := textsAndMarks(c.Filled)
			got, marks, err := filled.Texts("t")
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Nil(t, marks)
			if len(c.Marks) > 0 {
				indicator, err := filled.Numbers("missingindicator_t")
				require.NoError(t, err)
				assert.Equal(t, c.Marks, indicator)
			}
		})
	}
}

// textsAndMarks turns nil into marks.
func textsAndMarks(cells []*string) (texts []string, absent []bool) {
	for _, cell := range cells {
		text := ""
		if cell != nil {
			text = *cell
		}
		texts, absent = append(texts, text), append(absent, cell == nil)
	}
	return texts, absent
}

// surveyFrame has gaps in numbers and in text.
func surveyFrame(t testing.TB) *ml.Frame {
	t.Helper()
	f, err := ml.NewFrame(
		ml.Numbers("age", []float64{30, nan, 50, 40}),
		ml.Texts("plan", []string{"basic", "pro", "", "pro"}, false, false, true, false),
		ml.Numbers("none", []float64{nan, nan, nan, nan}),
	)
	require.NoError(t, err)
	return f
}

func TestSimpleImputerFillsFrames(t *testing.T) {
	X := surveyFrame(t)
	s := ml.NewSimpleImputer()
	s.Strategy, s.FillValue, s.FillText = ml.ImputeConstant, -1, "?"
	m, err := s.Fit(t.Context(), X)
	require.NoError(t, err)
	filled, err := m.MapFrame(X)
	require.NoError(t, err)
	age, err := filled.Numbers("age")
	require.NoError(t, err)
	assert.Equal(t, []float64{30, -1, 50, 40}, age)
	plan, _, err := filled.Texts("plan")
	require.NoError(t, err)
	assert.Equal(t, []string{"basic", "pro", "?", "pro"}, plan)
	assert.Equal(t, []string{"age", "plan", "none"}, filled.Names(), "a constant fills a column without a value")

	s.Strategy = ml.ImputeMostFrequent
	m, err = s.Fit(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []string{"", "pro", ""}, m.TextStatistics)
	assert.Equal(t, []int{0, 1}, m.Kept)
	filled, err = m.MapFrame(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"age", "plan"}, filled.Names(), "no most frequent value, no column")

	s.KeepEmpty = true
	m, err = s.Fit(t.Context(), X)
	require.NoError(t, err)
	filled, err = m.MapFrame(X)
	require.NoError(t, err)
	none, err := filled.Numbers("none")
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 0, 0, 0}, none)
	unchanged, err := X.Numbers("age")
	require.NoError(t, err)
	assert.True(t, math.IsNaN(unchanged[1]), "the input stays as it is")
}

func TestSimpleImputerBeforeAnEncoder(t *testing.T) {
	frequent := ml.NewSimpleImputer()
	frequent.Strategy = ml.ImputeMostFrequent
	X := surveyFrame(t)
	p := ml.NewColumnTransformer(
		ml.On(ml.Pipe(frequent, ml.NewOneHotEncoder()), "plan"),
		ml.On(ml.Pipe(ml.NewSimpleImputer(), ml.NewStandardScaler()), "age"),
	)
	m, err := p.Fit(t.Context(), X)
	require.NoError(t, err)
	Z, err := m.TransformFrame(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"plan_basic", "plan_pro", "age"}, Z.Names())
	assert.Equal(t, []float64{0, 1, 1, 1}, Z.Col(1))
	assert.Equal(t, 0.0, Z.Col(2)[1], "the mean, scaled")

	forest := ml.NewRandomForest()
	forest.NEstimators = 3
	whole := ml.Pipe(frequent, ml.NewOneHotEncoder(), forest)
	clf, err := whole.Fit(t.Context(), X, []int{0, 1, 1, 0})
	require.NoError(t, err)
	_, err = clf.PredictFrame(t.Context(), X)
	require.NoError(t, err)
	_, err = ml.CrossValPredict(t.Context(), whole, X, []int{0, 1, 1, 0}, ml.NewKFold(2))
	assert.ErrorContains(t, err, "was not seen in Fit", "cross-validation sends the frame through as well")

	numbers := ml.Pipe(ml.NewSimpleImputer(), ml.NewOneHotEncoder(), ml.NewStandardScaler(), forest)
	_, err = numbers.Fit(t.Context(), matrixOf(t, []float64{1}, []float64{nan}, []float64{3}), []int{0, 1, 0})
	assert.NoError(t, err, "an encoder takes what the imputer makes of a matrix")
}

func TestSimpleImputerNames(t *testing.T) {
	X := matrixOf(t, []float64{1, nan}, []float64{3, nan})
	s := ml.NewSimpleImputer()
	s.KeepEmpty = true
	m, err := s.Fit(t.Context(), X)
	require.NoError(t, err)
	Z, err := m.Transform(X)
	require.NoError(t, err)
	assert.Nil(t, Z.Names(), "columns that keep their places need no names")

	s.KeepEmpty, s.AddIndicator = false, true
	m, err = s.Fit(t.Context(), X)
	require.NoError(t, err)
	Z, err = m.Transform(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"x0", "missingindicator_x1"}, Z.Names())
	back, err := m.InverseTransform(Z)
	require.NoError(t, err)
	assert.Equal(t, X.Col(0), back.Col(0))
	assert.True(t, math.IsNaN(back.At(0, 1)))
}

func TestSimpleImputerRefuses(t *testing.T) {
	X := surveyFrame(t)
	plain, err := ml.NewSimpleImputer().Fit(t.Context(), matrixOf(t, []float64{1, 2}))
	require.NoError(t, err)
	indicated := ml.SimpleImputer{AddIndicator: true, Strategy: ml.ImputeMostFrequent}
	texts, err := indicated.Fit(t.Context(), X)
	require.NoError(t, err)
	numbers, err := indicated.Fit(t.Context(), matrixOf(t, []float64{1, 2}))
	require.NoError(t, err)
	other, err := ml.NewFrame(ml.Numbers("age", []float64{1}), ml.Numbers("plan", []float64{1}), ml.Numbers("none", []float64{1}))
	require.NoError(t, err)
	swapped, err := X.Select("plan", "age", "none")
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"Parameters", func() error {
			_, err := ml.SimpleImputer{Strategy: 4, FillValue: nan}.Fit(t.Context(), X)
			return err
		}, "ml: SimpleImputer: Strategy is ImputeStrategy(4), must be mean, median, most_frequent or constant; FillValue is NaN, must be a finite number"},
		{"MeanOfText", func() error { _, err := ml.NewSimpleImputer().Fit(t.Context(), X); return err },
			`ml: SimpleImputer: column "plan" is text, which has no mean; allowed are most_frequent and constant`},
		{"Empty", func() error { _, err := ml.NewSimpleImputer().Fit(t.Context(), &ml.Frame{}); return err },
			"ml: SimpleImputer: the data is 0×0, at least one row and one column are needed"},
		{"Infinite", func() error {
			_, err := ml.NewSimpleImputer().Fit(t.Context(), matrixOf(t, []float64{0, math.Inf(1)}))
			return err
		}, `ml: SimpleImputer: row 0, column "x1": +Inf, only finite numbers and NaN are allowed`},
		{"InfiniteLater", func() error { _, err := plain.Transform(matrixOf(t, []float64{0, math.Inf(-1)})); return err },
			`ml: SimpleImputer: row 0, column 1: -Inf, only finite numbers and NaN are allowed`},
		{"Overflow", func() error {
			_, err := ml.NewSimpleImputer().Fit(t.Context(), matrixOf(t, []float64{1e308}, []float64{1e308}))
			return err
		}, `ml: SimpleImputer: column "x0": the sum of the values is more than a float64 can hold`},
		{"Width", func() error { _, err := plain.Transform(matrixOf(t, []float64{1})); return err },
			"ml: SimpleImputer: the matrix has 1 columns, the model was fitted on 2"},
		{"FrameWidth", func() error { _, err := plain.MapFrame(X); return err },
			"ml: SimpleImputer: the frame has 3 columns, the model was fitted on 2"},
		{"Kind", func() error { _, err := texts.MapFrame(other); return err },
			`ml: SimpleImputer: column "plan" has another kind than in Fit (text: false, was: true)`},
		{"Place", func() error { _, err := texts.MapFrame(swapped); return err },
			`ml: SimpleImputer: column 0 is "plan", the model was fitted on "age"`},
		{"InverseOfPlain", func() error { _, err := plain.InverseTransform(matrixOf(t, []float64{1, 2})); return err },
			"ml: SimpleImputer: InverseTransform needs the indicators of AddIndicator"},
		{"InverseOfText", func() error { _, err := texts.InverseTransform(matrixOf(t, []float64{1, 2})); return err },
			`ml: SimpleImputer: column "plan" is text, which a matrix cannot hold`},
		{"InverseWidth", func() error { _, err := numbers.InverseTransform(matrixOf(t, []float64{1})); return err },
			"ml: SimpleImputer: the matrix has 1 columns, the model makes 2"},
		{"Cancelled", func() error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := indicated.Fit(ctx, X)
			return err
		}, "ml: SimpleImputer: context canceled"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.EqualError(t, c.do(), c.want) })
	}
}

package ml_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// transformCase is a transformer fitted on the first rows of a data set and applied
// to all of them.
type transformCase struct {
	Kind, On string
	Fit      int // rows
	Params   struct {
		Range                      [2]float64
		Clip, Center, Scale, Unit  bool
		Norm                       string
		Threshold                  float64
		Degree, Lowest             int
		Interaction, Bias, Refused bool
	}
	Exact          bool // to the last bit
	Refused        bool
	Rows, Cols     int
	Fitted         map[string]hexFloats // by scikit-learn's names
	Cells, Inverse hexFloats            // as someOf gives them
	Names          []string
	Powers         [][]int
}

// transformData returns one of iris, wine and breast_cancer, or a matrix of
// transforms_data.json.
func transformData(t testing.TB, name string) *ml.Matrix {
	t.Helper()
	type input struct {
		Name       string
		Rows, Cols int
		X          hexFloats
	}
	for _, in := range golden[input](t, "transforms_data.json") {
		if in.Name == name {
			return goldenData{Rows: in.Rows, Cols: in.Cols, X: in.X}.matrix(t)
		}
	}
	X, _ := dataSet(t, name)
	return X
}

// someOf are up to about 24 cells, row by row and evenly spread.
func someOf(X *ml.Matrix) []float64 {
	cells := rowMajor(X)
	step := max(1, len(cells)/24)
	var out []float64
	for i := 0; i < len(cells); i += step {
		out = append(out, cells[i])
	}
	return out
}

func head(X *ml.Matrix, rows int) *ml.Matrix { return X.Take(upTo(rows)) }

func upTo(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// requireNear compares floats, NaN being equal to NaN.
func (c transformCase) requireNear(t *testing.T, want, got []float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for i, w := range want {
		g := got[i]
		if g == w || math.IsNaN(g) && math.IsNaN(w) || !c.Exact && math.Abs(g-w) <= 1e-12*max(math.Abs(w), 1e-3) {
			continue
		}
		require.Failf(t, "not equal", "%s at %d: want %v, got %v", what, i, w, g)
	}
}

// inverter is what most fitted transformers can do too.
type inverter interface {
	InverseTransform(X *ml.Matrix) (*ml.Matrix, error)
}

// check applies a model and compares.
func (c transformCase) check(t *testing.T, m ml.TransformerModel, X *ml.Matrix, fitted map[string][]float64) {
	t.Helper()
	for name, want := range c.Fitted {
		require.Contains(t, fitted, name)
		c.requireNear(t, want, fitted[name], name)
	}
	Z, err := m.Transform(X)
	require.NoError(t, err)
	rows, cols := Z.Dims()
	require.Equal(t, []int{c.Rows, c.Cols}, []int{rows, cols})
	c.requireNear(t, c.Cells, someOf(Z), "cells")
	if c.Inverse != nil {
		back, err := m.(inverter).InverseTransform(Z)
		require.NoError(t, err)
		c.requireNear(t, c.Inverse, someOf(back), "inverse")
	}
}

func TestScalersAreScikitLearns(t *testing.T) {
	for _, c := range golden[transformCase](t, "transforms.json") {
		t.Run(c.Kind+"/"+c.On, func(t *testing.T) {
			X := transformData(t, c.On)
			m, fitted := c.fitScaler(t, head(X, c.Fit))
			c.check(t, m, X, fitted)
		})
	}
}

func (c transformCase) fitScaler(t *testing.T, X *ml.Matrix) (ml.TransformerModel, map[string][]float64) {
	t.Helper()
	switch c.Kind {
	case "standard":
		s := ml.NewStandardScaler()
		if len(c.Fitted) == 0 { // the cases that switch parts off
			s = ml.StandardScaler{WithMean: c.Params.Center, WithStd: c.Params.Scale}
		}
		m, err := s.Fit(t.Context(), X)
		require.NoError(t, err)
		return m, map[string][]float64{"mean_": m.Mean, "var_": m.Var, "scale_": m.Scale}
	case "minmax":
		m, err := ml.MinMaxScaler{FeatureRange: c.Params.Range, Clip: c.Params.Clip}.Fit(t.Context(), X)
		require.NoError(t, err)
		return m, map[string][]float64{"min_": m.Min, "scale_": m.Scale, "data_min_": m.DataMin, "data_max_": m.DataMax, "data_range_": m.DataRange}
	case "maxabs":
		m, err := ml.NewMaxAbsScaler().Fit(t.Context(), X)
		require.NoError(t, err)
		return m, map[string][]float64{"max_abs_": m.MaxAbs, "scale_": m.Scale}
	case "robust":
		m, err := ml.RobustScaler{
			WithCentering: c.Params.Center, WithScaling: c.Params.Scale, QuantileRange: c.Params.Range, UnitVariance: c.Params.Unit,
		}.Fit(t.Context(), X)
		require.NoError(t, err)
		return m, map[string][]float64{"center_": m.Center, "scale_": m.Scale}
	case "normalizer":
		norm := slices.Index([]string{"l2", "l1", "max"}, c.Params.Norm)
		m, err := ml.Normalizer{Norm: ml.Norm(norm)}.Fit(t.Context(), X)
		require.NoError(t, err)
		assert.Equal(t, c.Params.Norm, ml.Norm(norm).String())
		return m, nil
	case "spatial":
		m, err := ml.NewSpatialSign().Fit(t.Context(), X)
		require.NoError(t, err)
		return m, nil
	}
	t.Fatalf("kind %q", c.Kind)
	return nil, nil
}

func TestBatchesAreScikitLearns(t *testing.T) {
	type batches struct {
		transformCase
		Sizes   []int
		Weights hexFloats
		Seen    int
	}
	for _, c := range golden[batches](t, "batches.json") {
		t.Run(c.On, func(t *testing.T) {
			X := transformData(t, c.On)
			if _, cols := X.Dims(); cols > c.Cols {
				X = firstColumns(t, X, c.Cols)
			}
			var (
				standard *ml.StandardScalerModel
				minMax   *ml.MinMaxScalerModel
				maxAbs   *ml.MaxAbsScalerModel
				start    int
				err      error
			)
			for _, size := range c.Sizes {
				batch := X.Take(upTo(start + size)[start:])
				var weights []float64
				if c.Weights != nil {
					weights = c.Weights[start : start+size]
				}
				standard, err = ml.NewStandardScaler().PartialFitWeighted(t.Context(), standard, batch, weights)
				require.NoError(t, err)
				minMax, err = ml.NewMinMaxScaler().PartialFit(t.Context(), minMax, batch)
				require.NoError(t, err)
				maxAbs, err = ml.NewMaxAbsScaler().PartialFit(t.Context(), maxAbs, batch)
				require.NoError(t, err)
				start += size
			}
			for name, got := range map[string][]float64{
				"mean_": standard.Mean, "var_": standard.Var, "scale_": standard.Scale, "n_samples_seen_": standard.SamplesSeen,
				"min_": minMax.Min, "data_range_": minMax.DataRange, "max_abs_": maxAbs.MaxAbs,
			} {
				c.requireNear(t, c.Fitted[name], got, name)
			}
			assert.Equal(t, c.Seen, minMax.SamplesSeen)
			assert.Equal(t, c.Seen, maxAbs.SamplesSeen)
		})
	}
}

func firstColumns(t *testing.T, X *ml.Matrix, cols int) *ml.Matrix {
	t.Helper()
	var cells []float64
	for j := range cols {
		cells = append(cells, X.Col(j)...)
	}
	out, err := ml.NewMatrix(X.NumRows(), cols, cells)
	require.NoError(t, err)
	return out
}

package ml_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestStandardScalerIsScikitLearns(t *testing.T) {
	type fit struct {
		goldenData
		Mean, Var, Scale hexFloats
		Transformed      hexFloats
		Sha256           string // of the transformed cells row by row, little endian
	}
	for _, want := range golden[fit](t, "scaler.json") {
		t.Run(want.Name, func(t *testing.T) {
			var X *ml.Matrix
			if want.X != nil {
				X = want.matrix(t)
			} else {
				X, _ = dataSet(t, want.Name)
			}
			m, err := ml.NewStandardScaler().Fit(t.Context(), X)
			require.NoError(t, err)
			sameBits(t, want.Mean, m.Mean)
			sameBits(t, want.Var, m.Var)
			sameBits(t, want.Scale, m.Scale)
			got, err := m.Transform(X)
			require.NoError(t, err)
			if want.X != nil {
				sameBits(t, want.Transformed, rowMajor(got))
				return
			}
			cells, err := binary.Append(nil, binary.LittleEndian, rowMajor(got))
			require.NoError(t, err)
			sum := sha256.Sum256(cells)
			require.Equal(t, want.Sha256, hex.EncodeToString(sum[:]))
		})
	}
}

// sameBits compares floats with NaN equal to NaN.
func sameBits(t *testing.T, want, got []float64) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		if g := got[i]; g != w && !(math.IsNaN(g) && math.IsNaN(w)) {
			require.Failf(t, "not equal", "at %d: want %x, got %x", i, w, g)
		}
	}
}

func TestStandardScalerParameters(t *testing.T) {
	X := matrixOf(t, []float64{1, 5}, []float64{3, 5})
	for _, c := range []struct {
		name   string
		scaler ml.StandardScaler
		want   []float64
	}{
		{"Both", ml.NewStandardScaler(), []float64{-1, 0, 1, 0}},
		{"MeanOnly", ml.StandardScaler{WithMean: true}, []float64{-1, 0, 1, 0}},
		{"StdOnly", ml.StandardScaler{WithStd: true}, []float64{1, 5, 3, 5}},
		{"None", ml.StandardScaler{}, []float64{1, 5, 3, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := c.scaler.Fit(t.Context(), X)
			require.NoError(t, err)
			Z, err := m.Transform(X)
			require.NoError(t, err)
			assert.Equal(t, c.want, rowMajor(Z))
			back, err := m.InverseTransform(Z)
			require.NoError(t, err)
			assert.Equal(t, rowMajor(X), rowMajor(back))
		})
	}
}

func TestStandardScalerOnlyScales(t *testing.T) {
	X := matrixOf(t, []float64{0}, []float64{8})
	m, err := ml.StandardScaler{WithStd: true}.Fit(t.Context(), X)
	require.NoError(t, err)
	Z, err := m.Transform(X)
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 2}, rowMajor(Z))
}

func TestStandardScalerRefuses(t *testing.T) {
	named, err := ml.NewMatrix(2, 2, []float64{1, 2, 3, math.Inf(-1)}, "a", "b")
	require.NoError(t, err)
	_, err = ml.NewStandardScaler().Fit(t.Context(), named)
	assert.EqualError(t, err, `ml: StandardScaler: row 1, column "b": -Inf, only finite numbers and NaN are allowed`)
	var cell *ml.CellError
	require.ErrorAs(t, err, &cell)
	assert.Equal(t, 1, cell.Row)
	assert.Equal(t, 1, cell.Col)

	empty, err := ml.NewMatrix(0, 2, nil)
	require.NoError(t, err)
	_, err = ml.NewStandardScaler().Fit(t.Context(), empty)
	assert.EqualError(t, err, "ml: StandardScaler: the matrix is 0×2, at least one row and one column are needed")

	m, err := ml.NewStandardScaler().Fit(t.Context(), matrixOf(t, []float64{1, 2}))
	require.NoError(t, err)
	_, err = m.Transform(matrixOf(t, []float64{1, 2, 3}))
	assert.EqualError(t, err, "ml: StandardScaler: the matrix has 3 columns, the model was fitted on 2")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ml.NewStandardScaler().Fit(ctx, matrixOf(t, []float64{1}))
	assert.ErrorIs(t, err, context.Canceled)
	_, err = m.InverseTransform(matrixOf(t, []float64{1, math.Inf(1)}))
	assert.EqualError(t, err, "ml: StandardScaler: row 0, column 1: +Inf, only finite numbers and NaN are allowed")
}

package ml_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/penstock/penstock/ml"
)

// BenchmarkPCA finds all components and transforms the rows they were found on.
func BenchmarkPCA(b *testing.B) {
	for _, shape := range []struct{ rows, cols int }{{20_000, 30}, {10_000, 100}, {2000, 200}} {
		cells := mixedColumns(ml.NewRandomState(ml.NewSeed(1)), shape.rows, shape.cols)
		X, err := ml.NewMatrix(shape.rows, shape.cols, columnMajor(cells, shape.rows, shape.cols))
		require.NoError(b, err)
		dense := mat.NewDense(shape.rows, shape.cols, cells)
		name := fmt.Sprintf("shape=%dx%d", shape.rows, shape.cols)

		var ours, theirs []float64
		b.Run(name+"/impl=penstock", func(b *testing.B) {
			for b.Loop() {
				m, err := ml.NewPCA().Fit(b.Context(), X)
				require.NoError(b, err)
				_, err = m.Transform(X)
				require.NoError(b, err)
				ours = m.ExplainedVariance
			}
		})
		b.Run(name+"/impl=gonum", func(b *testing.B) {
			for b.Loop() {
				var pc stat.PC
				require.True(b, pc.PrincipalComponents(dense, nil))
				var vectors, columns mat.Dense
				pc.VectorsTo(&vectors)
				columns.Mul(dense, &vectors)
				theirs = pc.VarsTo(nil)
			}
		})
		if ours != nil && theirs != nil {
			require.InDeltaSlice(b, theirs, ours, 1e-9*theirs[0])
		}
	}
}

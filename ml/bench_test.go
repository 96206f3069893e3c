package ml_test

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/penstock/penstock/ml"
)

func BenchmarkForestFit(b *testing.B) {
	for _, size := range []struct{ rows, cols int }{{500, 10}, {2222, 17}} {
		X, y := rings(1, size.rows, size.cols)
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("rows=%d/cols=%d/trees=10/workers=%d", size.rows, size.cols, workers), func(b *testing.B) {
				f := ml.NewRandomForest()
				f.NEstimators, f.Workers = 10, workers
				b.ReportAllocs()
				for b.Loop() {
					if _, err := f.Fit(b.Context(), X, y); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(10*float64(b.N)/b.Elapsed().Seconds(), "trees/s")
			})
		}
	}
}

func BenchmarkSVCFit(b *testing.B) {
	for _, rows := range []int{250, 1000, 2222} {
		X, y := rings(1, rows, 17)
		b.Run(fmt.Sprintf("rows=%d/cols=17", rows), func(b *testing.B) {
			var iterations int
			b.ReportAllocs()
			for b.Loop() {
				m, err := ml.NewSVC().Fit(b.Context(), X, y)
				if err != nil {
					b.Fatal(err)
				}
				iterations = m.Iterations[0]
			}
			b.ReportMetric(float64(iterations), "iterations")
		})
	}
}

func BenchmarkKFold(b *testing.B) {
	for _, rows := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("rows=%d/k=10", rows), func(b *testing.B) {
			cv := ml.NewKFold(10, ml.Shuffle(ml.NewSeed(0)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := cv.Split(rows, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScaler learns and applies a scaler. The rival is what gonum offers: the
// mean and the deviation of one column after the other.
func BenchmarkScaler(b *testing.B) {
	const rows, cols = 100_000, 30
	X, err := ml.NewMatrix(rows, cols, normals(rows*cols))
	if err != nil {
		b.Fatal(err)
	}
	for _, impl := range []struct {
		name string
		run  func(b *testing.B)
	}{
		{"penstock", func(b *testing.B) { fitTransform(b, ml.NewStandardScaler(), X) }},
		{"gonum", func(b *testing.B) { scaleByGonum(X) }},
	} {
		b.Run(fmt.Sprintf("scaler=standard/rows=%d/cols=%d/impl=%s", rows, cols, impl.name), func(b *testing.B) {
			b.SetBytes(8 * rows * cols)
			b.ReportAllocs()
			for b.Loop() {
				impl.run(b)
			}
		})
	}
	for _, other := range []struct {
		name   string
		scaler ml.Transformer
	}{
		{"minmax", ml.NewMinMaxScaler()}, {"maxabs", ml.NewMaxAbsScaler()}, {"robust", ml.NewRobustScaler()},
		{"normalizer", ml.NewNormalizer()}, {"spatialsign", ml.NewSpatialSign()},
	} {
		b.Run(fmt.Sprintf("scaler=%s/rows=%d/cols=%d/impl=penstock", other.name, rows, cols), func(b *testing.B) {
			b.SetBytes(8 * rows * cols)
			for b.Loop() {
				fitTransform(b, other.scaler, X)
			}
		})
	}
}

func normals(n int) []float64 {
	r := ml.NewRandomState(ml.NewSeed(1))
	values := make([]float64, n)
	for i := range values {
		values[i] = r.Normal()
	}
	return values
}

func scaleByGonum(X mat.Matrix) *mat.Dense {
	rows, cols := X.Dims()
	out := mat.NewDense(rows, cols, nil)
	for j := range cols {
		col := mat.Col(nil, j, X)
		mean, std := stat.PopMeanStdDev(col, nil)
		for i, v := range col {
			out.Set(i, j, (v-mean)/std)
		}
	}
	return out
}

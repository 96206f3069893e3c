package ml_test

import (
	"fmt"
	"testing"

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

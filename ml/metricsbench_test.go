package ml_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/stat"

	"github.com/penstock/penstock/ml"
)

// BenchmarkMetrics judges a million rows. The rivals are gonum's ROC on the scores it
// wants sorted, and loops as one would write them.
func BenchmarkMetrics(b *testing.B) {
	const rows = 1_000_000
	X, err := ml.NewMatrix(rows, 3, columnMajor(judgedRows(ml.NewRandomState(ml.NewSeed(1)), rows, 3), rows, 3))
	require.NoError(b, err)
	want, got, scores := peerLabels(X)
	proba, err := ml.NewMatrix(rows, 1, scores)
	require.NoError(b, err)
	for _, c := range []struct {
		metric, impl string
		run          func() (float64, error)
	}{
		{"auc", "penstock", func() (float64, error) { return ml.ROCAUC(want, scores) }},
		{"auc", "gonum", func() (float64, error) { return gonumAUC(want, scores), nil }},
		{"ap", "penstock", func() (float64, error) { return ml.AveragePrecision(want, scores) }},
		{"ap", "sorted", func() (float64, error) { return sortedAP(want, scores), nil }},
		{"f1", "penstock", func() (float64, error) { return ml.F1(want, got, ml.Macro) }},
		{"f1", "maps", func() (float64, error) { return mapsF1(want, got), nil }},
		{"logloss", "penstock", func() (float64, error) { return ml.LogLoss(want, proba) }},
		{"logloss", "loop", func() (float64, error) { return loopLogLoss(want, scores), nil }},
	} {
		b.Run("metric="+c.metric+"/impl="+c.impl, func(b *testing.B) {
			b.ReportAllocs()
			value := 0.0
			for b.Loop() {
				var err error
				if value, err = c.run(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(value, "value")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}

func gonumAUC(want []int, scores []float64) float64 {
	y, classes := slices.Clone(scores), make([]bool, len(want))
	for i, label := range want {
		classes[i] = label == 1
	}
	stat.SortWeightedLabeled(y, classes, nil)
	tpr, fpr, _ := stat.ROC(nil, y, classes, nil)
	return integrate.Trapezoidal(fpr, tpr)
}

func sortedAP(want []int, scores []float64) float64 {
	order := make([]int, len(want))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	sum, before := 0.0, 0
	found := 0
	for place, row := range order {
		if want[row] == 1 {
			found++
		}
		if place+1 == len(order) || scores[order[place+1]] != scores[row] {
			sum += float64(found-before) * float64(found) / float64(place+1)
			before = found
		}
	}
	return sum / float64(found)
}

func mapsF1(want, got []int) float64 {
	hit, all := map[int]float64{}, map[int]float64{}
	for i, label := range want {
		if label == got[i] {
			hit[label]++
		}
		all[label]++
		all[got[i]]++
	}
	sum := 0.0
	for label, n := range all {
		sum += 2 * hit[label] / n
	}
	return sum / float64(len(all))
}

func loopLogLoss(want []int, scores []float64) float64 {
	sum := 0.0
	for i, p := range scores {
		if want[i] == 0 {
			p = 1 - p
		}
		sum -= math.Log(p)
	}
	return sum / float64(len(want))
}

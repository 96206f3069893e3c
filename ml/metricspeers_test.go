package ml_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// judgedRows have the label, a prediction of it, and a score for label 1.
func judgedRows(r *ml.RandomState, rows, _ int) []float64 {
	cells := make([]float64, 0, 3*rows)
	for range rows {
		label, got := r.Randint(0, 2), r.Randint(0, 2)
		if r.RandomSample() < 0.7 {
			got = label
		}
		cells = append(cells, float64(label), float64(got), 1/(1+math.Exp(-r.Normal()-float64(2*label-1))))
	}
	return cells
}

func peerLabels(X *ml.Matrix) (want, got []int, scores []float64) {
	want, got = make([]int, X.NumRows()), make([]int, X.NumRows())
	for i, v := range X.Col(0) {
		want[i] = int(v)
	}
	for i, v := range X.Col(1) {
		got[i] = int(v)
	}
	return want, got, X.Col(2)
}

func peerCounts(t *testing.T, X *ml.Matrix) (seconds float64, values []float64) {
	want, got, _ := peerLabels(X)
	start := time.Now()
	m, err := ml.ConfusionMatrix(want, got)
	accuracy := ml.Accuracy(want, got)
	seconds = time.Since(start).Seconds()
	require.NoError(t, err)
	return seconds, append(slices.Concat(m.Counts...), accuracy)
}

func peerRanking(t *testing.T, X *ml.Matrix) (seconds float64, values []float64) {
	want, _, scores := peerLabels(X)
	start := time.Now()
	auc, err := ml.ROCAUC(want, scores)
	require.NoError(t, err)
	ap, err := ml.AveragePrecision(want, scores)
	require.NoError(t, err)
	proba, err := ml.NewMatrix(len(scores), 1, scores)
	require.NoError(t, err)
	loss, err := ml.LogLoss(want, proba)
	require.NoError(t, err)
	return time.Since(start).Seconds(), []float64{auc, ap, loss}
}

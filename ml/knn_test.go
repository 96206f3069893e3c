package ml_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestKNeighborsAreScikitLearns(t *testing.T) {
	type knnCase struct {
		Name   string
		Params struct {
			K        int
			P        float64 // 0 stands for infinity
			Weighted bool
		}
		Train, Test []int
		Distances   hexFloats
		Proba       hexFloats
		Predict     []int
	}
	for _, want := range golden[knnCase](t, "knn.json") {
		X, y := dataSet(t, want.Name)
		var labels []int
		for _, row := range want.Train {
			labels = append(labels, y[row])
		}
		for _, algorithm := range []ml.NeighborAlgorithm{ml.AutoNeighbors, ml.BruteForce, ml.KDTree} {
			t.Run(fmt.Sprintf("%s/%v/%v", want.Name, want.Params, algorithm), func(t *testing.T) {
				knn := ml.NewKNeighborsClassifier()
				knn.NNeighbors, knn.P, knn.Algorithm = want.Params.K, want.Params.P, algorithm
				if knn.P == 0 {
					knn.P = math.Inf(1)
				}
				if want.Params.Weighted {
					knn.Weights = ml.DistanceWeights
				}
				m, err := knn.Fit(t.Context(), X.Take(want.Train), labels)
				require.NoError(t, err)
				test := X.Take(want.Test)
				_, distances, err := m.Neighbors.KNeighbors(t.Context(), test, knn.NNeighbors)
				require.NoError(t, err)
				assert.InDeltaSlice(t, want.Distances, rowMajor(distances), 1e-10)
				proba, err := m.PredictProba(t.Context(), test)
				require.NoError(t, err)
				assert.InDeltaSlice(t, want.Proba, rowMajor(proba), 1e-10)
				pred, err := m.Predict(t.Context(), test)
				require.NoError(t, err)
				assert.Equal(t, want.Predict, pred)
			})
		}
	}
}

// All ways of searching find the same rows as sorting all of them, ties included: the
// coordinates are whole numbers, so that there are many.
func TestKNeighborsAgainstSorting(t *testing.T) {
	r := ml.NewRandomState(ml.NewSeed(5))
	for trial := range 60 {
		n, p := 1+int(r.Randint(0, 300)), 1+int(r.Randint(0, 5))
		X, err := ml.NewMatrix(n, p, wholeNumbers(r, n*p))
		require.NoError(t, err)
		query, err := ml.NewMatrix(20, p, wholeNumbers(r, 20*p))
		require.NoError(t, err)
		k := 1 + int(r.Randint(0, int64(n)))
		power := []float64{1, 2, 2, 3, math.Inf(1)}[trial%5]
		for _, algorithm := range []ml.NeighborAlgorithm{ml.BruteForce, ml.KDTree} {
			knn := ml.NewKNeighborsClassifier()
			knn.NNeighbors, knn.P, knn.Algorithm, knn.LeafSize = 1, power, algorithm, 1+trial
			m, err := knn.Fit(t.Context(), X, make([]int, n))
			require.NoError(t, err)
			rows, distances, err := m.Neighbors.KNeighbors(t.Context(), query, k)
			require.NoError(t, err)
			for i := range rows {
				want := nearestBySorting(X, query.Row(nil, i), power)[:k]
				require.Equal(t, want, rows[i], "%d×%d, k %d, P %v, %v", n, p, k, power, algorithm)
				require.True(t, slices.IsSorted(distances.Row(nil, i)))
			}
		}
	}
}

func wholeNumbers(r *ml.RandomState, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(r.Randint(-3, 4))
	}
	return out
}

func nearestBySorting(X *ml.Matrix, x []float64, p float64) []int {
	rows, _ := X.Dims()
	distance := make([]float64, rows)
	for i := range distance {
		for j, v := range X.Row(nil, i) {
			if d := math.Abs(v - x[j]); math.IsInf(p, 1) {
				distance[i] = max(distance[i], d)
			} else {
				distance[i] += math.Pow(d, p)
			}
		}
	}
	order := every(1, rows)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(distance[a], distance[b]) })
	return order
}

// Two of each label: the lowest wins.
func TestKNeighborsTieGoesToTheLowestLabel(t *testing.T) {
	knn := ml.NewKNeighborsClassifier()
	knn.NNeighbors = 4
	m, err := knn.Fit(t.Context(), matrixOf(t, []float64{1}, []float64{2}, []float64{3}, []float64{4}), []int{9, 9, 5, 5})
	require.NoError(t, err)
	pred, err := m.Predict(t.Context(), matrixOf(t, []float64{1}))
	require.NoError(t, err)
	assert.Equal(t, []int{5}, pred)
	knn.Weights = ml.DistanceWeights
	m, err = knn.Fit(t.Context(), matrixOf(t, []float64{1}, []float64{2}, []float64{3}, []float64{4}), []int{9, 9, 5, 5})
	require.NoError(t, err)
	proba, err := m.PredictProba(t.Context(), matrixOf(t, []float64{1}, []float64{2.5}))
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{0, 1, .5, .5}, rowMajor(proba), 1e-15, "a row at distance 0 decides alone")
}

// Of rows that are all infinitely far away none is nearer, and 1/distance is 0 for all.
func TestKNeighborsOfRowsTooFarAway(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{2}, []float64{3})
	for _, weights := range []ml.NeighborWeights{ml.UniformWeights, ml.DistanceWeights} {
		for _, algorithm := range []ml.NeighborAlgorithm{ml.BruteForce, ml.KDTree} {
			k := ml.NewKNeighborsClassifier()
			k.NNeighbors, k.Weights, k.Algorithm = 2, weights, algorithm
			m, err := k.Fit(t.Context(), X, []int{0, 1, 1})
			require.NoError(t, err)
			_, err = m.PredictProba(t.Context(), matrixOf(t, []float64{1}, []float64{1e200}))
			assert.EqualError(t, err, "ml: KNeighborsClassifier: row 1 is so far from its neighbours that float64 cannot tell how far, scale the columns")
		}
	}
}

func TestKNeighborsRefuses(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{2}, []float64{nan})
	for _, c := range []struct {
		name   string
		change func(*ml.KNeighborsClassifier)
		rows   []int
		want   string
	}{
		{"TooFewRows", func(*ml.KNeighborsClassifier) {}, []int{0, 1}, "ml: KNeighborsClassifier: NNeighbors is 5, with 2 rows it must be <= 2"},
		{"NaN", func(*ml.KNeighborsClassifier) {}, []int{0, 1, 2}, "ml: KNeighborsClassifier: row 2, column 0: NaN, only finite numbers are allowed"},
		{"ZeroValue", func(k *ml.KNeighborsClassifier) { *k = ml.KNeighborsClassifier{} }, []int{0, 1},
			"ml: KNeighborsClassifier: NNeighbors is 0, must be >= 1; P is 0, must be >= 1; LeafSize is 0, must be >= 1"},
		{"Unknown", func(k *ml.KNeighborsClassifier) { k.Weights, k.Algorithm = 7, 7 }, []int{0, 1},
			"ml: KNeighborsClassifier: Weights is NeighborWeights(7), must be UniformWeights or DistanceWeights; " +
				"Algorithm is NeighborAlgorithm(7), must be AutoNeighbors, BruteForce or KDTree"},
	} {
		t.Run(c.name, func(t *testing.T) {
			knn := ml.NewKNeighborsClassifier()
			c.change(&knn)
			_, err := knn.Fit(t.Context(), X.Take(c.rows), make([]int, len(c.rows)))
			assert.EqualError(t, err, c.want)
		})
	}
	knn := ml.NewKNeighborsClassifier()
	knn.NNeighbors = 1
	m, err := knn.Fit(t.Context(), X.Take([]int{0, 1}), []int{0, 1})
	require.NoError(t, err)
	_, err = m.Predict(t.Context(), matrixOf(t, []float64{1, 2}))
	assert.EqualError(t, err, "ml: KNeighborsClassifier: the matrix has 2 columns, the model was fitted on 1")
	_, _, err = m.Neighbors.KNeighbors(t.Context(), X.Take([]int{0}), 3)
	assert.EqualError(t, err, "ml: KNeighbors: k is 3, with 2 training rows it must be >= 1 and <= 2")
}

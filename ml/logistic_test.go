package ml_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

type logisticCase struct {
	Name   string
	Params struct {
		C         float64
		Penalty   ml.Penalty
		L1Ratio   float64 `json:"l1_ratio"`
		Intercept bool
		OVR       bool
	}
	Objective string
	Step      int // every so many coefficients are in
	Coef      hexFloats
	Intercept hexFloats
	Proba     hexFloats // of the first ten rows
	Predict   []int
}

func (c logisticCase) training(t *testing.T) (*ml.Matrix, []int) {
	var rows, cols, classes int
	if n, _ := fmt.Sscan(c.Name, &rows, &cols, &classes); n == 3 {
		seed := map[string]uint32{"300 4 2": 1, "300 4 3": 2, "90 250 3": 3, "90 700 2": 4}[c.Name]
		return uniform(seed, rows, cols, classes)
	}
	X, y := dataSet(t, c.Name)
	return scaled(t, X), y
}

// uniform is drawn in golden_logistic.py.
func uniform(seed uint32, rows, cols, classes int) (*ml.Matrix, []int) {
	r := ml.NewRandomState(ml.NewSeed(seed))
	cells, y := make([]float64, rows*cols), make([]int, rows)
	for i := range cells {
		cells[i] = r.RandomSample()
	}
	for i := range y {
		y[i] = min(int((cells[i*cols]+cells[i*cols+1])*float64(classes)/2), classes-1)
	}
	for i := range y {
		if r.RandomSample() < 0.2 {
			y[i] = (y[i] + 1) % classes
		}
	}
	X, err := ml.NewMatrix(rows, cols, columnMajor(cells, rows, cols))
	if err != nil {
		panic(err)
	}
	return X, y
}

func (c logisticCase) learner() ml.LogisticRegression {
	l := ml.NewLogisticRegression()
	l.C, l.Penalty, l.L1Ratio = c.Params.C, c.Params.Penalty, c.Params.L1Ratio
	l.FitIntercept, l.OneVsRest = c.Params.Intercept, c.Params.OVR
	return l
}

func TestLogisticRegressionIsScikitLearns(t *testing.T) {
	for _, want := range golden[logisticCase](t, "logistic.json") {
		t.Run(fmt.Sprintf("%s/%v", want.Name, want.Params), func(t *testing.T) {
			X, y := want.training(t)
			l := want.learner()
			got, err := l.Fit(t.Context(), X, y)
			require.NoError(t, err)
			assert.True(t, got.Converged)
			if want.Objective != "" {
				var objective float64
				_, err := fmt.Sscan(want.Objective, &objective)
				require.NoError(t, err)
				assert.InEpsilon(t, objective, objectiveOf(t, l, got, X, y), 1e-8)
				return
			}
			var coef []float64
			for _, w := range got.Coef {
				coef = append(coef, w...)
			}
			for i, w := range want.Coef {
				assert.InDelta(t, w, coef[i*want.Step], 1e-6*max(1, math.Abs(w)), "coefficient %d", i*want.Step)
			}
			assert.InDeltaSlice(t, want.Intercept, got.Intercept, 1e-6)
			proba, err := got.PredictProba(t.Context(), X.Take(every(1, 10)))
			require.NoError(t, err)
			assert.InDeltaSlice(t, want.Proba, rowMajor(proba), 1e-6)
			pred, err := got.Predict(t.Context(), X)
			require.NoError(t, err)
			assert.Equal(t, want.Predict, pred)
		})
	}
}

// objectiveOf is what the learner minimises.
func objectiveOf(t *testing.T, l ml.LogisticRegression, m *ml.LogisticRegressionModel, X *ml.Matrix, y []int) float64 {
	proba, err := m.PredictProba(t.Context(), X)
	require.NoError(t, err)
	var loss, l1, l2 float64
	for i, code := range y {
		loss -= math.Log(proba.At(i, code))
	}
	for _, w := range m.Coef {
		for _, v := range w {
			l1 += math.Abs(v)
			l2 += v * v / 2
		}
	}
	ratio := map[ml.Penalty]float64{ml.L1Penalty: 1, ml.ElasticNetPenalty: l.L1Ratio}[l.Penalty]
	return l.C*loss + ratio*l1 + (1-ratio)*l2
}

// At the minimum no small change of a coefficient makes the objective smaller, and L1
// has set some to 0 exactly.
func TestLogisticRegressionIsAtTheMinimum(t *testing.T) {
	X, y := uniform(7, 200, 6, 3)
	for _, penalty := range []ml.Penalty{ml.L2Penalty, ml.L1Penalty, ml.ElasticNetPenalty} {
		t.Run(penalty.String(), func(t *testing.T) {
			l := ml.NewLogisticRegression()
			l.Penalty, l.L1Ratio, l.C = penalty, 0.9, 0.3
			m, err := l.Fit(t.Context(), X, y)
			require.NoError(t, err)
			least := objectiveOf(t, l, m, X, y)
			zeros := 0
			for k := range m.Coef {
				for j, v := range m.Coef[k] {
					for _, change := range []float64{-1e-4, 1e-4} {
						m.Coef[k][j] = v + change
						assert.Greater(t, objectiveOf(t, l, m, X, y), least-1e-9)
					}
					m.Coef[k][j] = v
					if v == 0 {
						zeros++
					}
				}
			}
			assert.Equal(t, penalty != ml.L2Penalty, zeros > 0, "%d coefficients are 0", zeros)
		})
	}
}

// A weight is how often a row is given.
func TestLogisticRegressionWeights(t *testing.T) {
	X, y := uniform(8, 60, 3, 3)
	var rows, labels []int
	weights := make([]float64, len(y))
	for i := range y {
		weights[i] = float64(i % 4)
		for range i % 4 {
			rows, labels = append(rows, i), append(labels, y[i])
		}
	}
	want, err := ml.NewLogisticRegression().Fit(t.Context(), X.Take(rows), labels)
	require.NoError(t, err)
	got, err := ml.NewLogisticRegression().FitWeighted(t.Context(), X, y, weights)
	require.NoError(t, err)
	for k := range want.Coef {
		assert.InDeltaSlice(t, want.Coef[k], got.Coef[k], 1e-8)
	}
	l := ml.NewLogisticRegression()
	l.ClassWeight = ml.WeightsByLabel(map[int]float64{0: 3, 1: 3, 2: 3})
	all, err := l.Fit(t.Context(), X, y)
	require.NoError(t, err)
	l = ml.NewLogisticRegression()
	l.C = 3
	same, err := l.Fit(t.Context(), X, y)
	require.NoError(t, err)
	assert.InDeltaSlice(t, same.Coef[0], all.Coef[0], 1e-8, "all classes three times are C three times")
}

// The intercept takes up any shift of a column, whatever the penalty of coefficients.
func TestLogisticRegressionOfColumnsFarFromZero(t *testing.T) {
	r := ml.NewRandomState(ml.NewSeed(5))
	rows, shifted, y := make([][]float64, 200), make([][]float64, 200), make([]int, 200)
	for i := range rows {
		x := math.Round(r.Normal()*1024) / 1024 // still exact when shifted
		z := r.Normal()
		rows[i], shifted[i] = []float64{x, z}, []float64{x + 1<<20, z}
		if x+r.Normal() > 0 {
			y[i] = 1
		}
	}
	for _, penalty := range []ml.Penalty{ml.L2Penalty, ml.NoPenalty} {
		l := ml.NewLogisticRegression()
		l.Penalty = penalty
		want, err := l.Fit(t.Context(), matrixOf(t, rows...), y)
		require.NoError(t, err)
		got, err := l.Fit(t.Context(), matrixOf(t, shifted...), y)
		require.NoError(t, err)
		assert.True(t, got.Converged)
		assert.InDeltaSlice(t, want.Coef[0], got.Coef[0], 1e-6)
	}
}

// Classes that a plane divides have no best coefficients without a penalty.
func TestLogisticRegressionOfDividedClasses(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{2}, []float64{3}, []float64{4})
	l := ml.NewLogisticRegression()
	l.Penalty, l.MaxIter = ml.NoPenalty, 10
	m, err := l.Fit(t.Context(), X, []int{0, 0, 1, 1})
	require.NoError(t, err)
	assert.False(t, m.Converged)
	pred, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, []int{0, 0, 1, 1}, pred)
}

// All probabilities come to 0 or 1, and the second derivatives to 0, before MaxIter.
func TestLogisticRegressionEndsWhereTheHessianVanishes(t *testing.T) {
	X := matrixOf(t, []float64{1, 3, 5}, []float64{2, 4, 7})
	l := ml.NewLogisticRegression()
	l.Penalty, l.MaxIter = ml.NoPenalty, 5000
	for _, oneVsRest := range []bool{false, true} {
		l.OneVsRest = oneVsRest
		for _, y := range [][]int{{0, 1}, {1, 0}} {
			m, err := l.Fit(t.Context(), X, y)
			require.NoError(t, err)
			pred, err := m.Predict(t.Context(), X)
			require.NoError(t, err)
			assert.Equal(t, y, pred)
		}
	}
}

func TestLogisticRegressionOfNumbersTooLarge(t *testing.T) {
	small, large := matrixOf(t, []float64{1}, []float64{2}, []float64{3}), matrixOf(t, []float64{1e200}, []float64{3e200}, []float64{2e200})
	for _, penalty := range []ml.Penalty{ml.L2Penalty, ml.L1Penalty, ml.NoPenalty} {
		for _, y := range [][]int{{0, 1, 0}, {0, 1, 2}} {
			l := ml.NewLogisticRegression()
			l.Penalty = penalty
			_, err := l.Fit(t.Context(), large, y)
			require.ErrorContains(t, err, "scale the columns", "coefficients of 0 would be no answer")
		}
	}
	m, err := ml.NewLogisticRegression().Fit(t.Context(), small, []int{0, 1, 1})
	require.NoError(t, err)
	m.Coef[0][0] = 3
	_, err = m.Predict(t.Context(), matrixOf(t, []float64{1}, []float64{1e308}))
	assert.EqualError(t, err, "ml: LogisticRegression: the decision value of row 1 is more than a float64 can hold, scale the columns")
}

// However little the penalty is beside the loss, it still wants the coefficients of a
// column to sum to 0: decision values are not to drift by what rounding decides.
func TestLogisticRegressionCoefficientsOfAColumnSumToZero(t *testing.T) {
	y := []int{0, 1, 1, 2, 0, 2}
	for _, scale := range []float64{1, 1e3, 1e10, 1e75, 1e153} {
		X := matrixOf(t, []float64{1 * scale}, []float64{2 * scale}, []float64{3 * scale}, []float64{-1.5 * scale}, []float64{0.5 * scale}, []float64{2.5 * scale})
		m := fitted(ml.NewLogisticRegression().Fit(t.Context(), X, y))(t)
		require.True(t, m.Converged)
		assert.InDelta(t, 0, (m.Coef[0][0]+m.Coef[1][0]+m.Coef[2][0])*scale, 1e-12, "%v", scale)
		assert.InDelta(t, 0, m.Intercept[0]+m.Intercept[1]+m.Intercept[2], 1e-12, "%v", scale)
	}
}

func TestLogisticRegressionRefuses(t *testing.T) {
	X := matrixOf(t, []float64{1}, []float64{2}, []float64{nan})
	_, err := ml.LogisticRegression{Penalty: 9, L1Ratio: 2}.Fit(t.Context(), X, []int{0, 1, 0})
	assert.EqualError(t, err, strings.Join([]string{
		"ml: LogisticRegression: C is 0, must be a finite number > 0",
		"Penalty is Penalty(9), must be L2Penalty, L1Penalty, ElasticNetPenalty or NoPenalty",
		"L1Ratio is 2, must be >= 0 and <= 1",
		"Tol is 0, must be a finite number > 0",
		"MaxIter is 0, must be >= 1",
	}, "; "))
	_, err = ml.NewLogisticRegression().Fit(t.Context(), X, []int{0, 1, 0})
	assert.EqualError(t, err, "ml: LogisticRegression: row 2, column 0: NaN, only finite numbers are allowed")
	_, err = ml.NewLogisticRegression().Fit(t.Context(), X.Take([]int{0, 1}), []int{3, 3})
	assert.ErrorIs(t, err, ml.ErrOneClass)
}

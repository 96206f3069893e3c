package ml_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

type bayesCase struct {
	Kind, Name      string
	Train, Test     []int
	Weights, Priors hexFloats
	Mean, Var       hexFloats
	Prior, Proba    hexFloats
	Predict         []int

	Y      []int
	Values hexFloats
}

func TestGaussianNBIsScikitLearns(t *testing.T) {
	for _, c := range golden[bayesCase](t, "bayes.json") {
		if c.Name == "" {
			continue
		}
		t.Run(c.Name+"/"+c.Kind, func(t *testing.T) {
			all, labels := dataSet(t, c.Name)
			X := all.Take(c.Train)
			var y []int
			for _, row := range c.Train {
				y = append(y, labels[row])
			}
			m := c.fit(t, X, y)
			closeTo(t, c.Mean, slices.Concat(m.Mean...), 1e-13, "Mean")
			closeTo(t, c.Var, slices.Concat(m.Var...), 1e-12, "Var")
			closeTo(t, c.Prior, m.Prior, 1e-15, "Prior")
			assert.InDeltaSlice(t, c.Proba, rowMajor(fitted(m.PredictProba(t.Context(), all.Take(c.Test)))(t)), 1e-9)
			var every5 []int
			for i, label := range fitted(m.Predict(t.Context(), all))(t) {
				if i%5 == 0 {
					every5 = append(every5, label)
				}
			}
			assert.Equal(t, c.Predict, every5)
		})
	}
}

func (c bayesCase) fit(t *testing.T, X *ml.Matrix, y []int) *ml.GaussianNBModel {
	ctx, nb := t.Context(), ml.NewGaussianNB()
	switch c.Kind {
	case "weights":
		return fitted(nb.FitWeighted(ctx, X, y, c.Weights))(t)
	case "priors":
		nb.Priors, nb.VarSmoothing = c.Priors, 1e-3
	case "parts":
		nb.VarSmoothing = 0
		first := fitted(nb.PartialFit(ctx, nil, X.Take(every(1, 50)), y[:50]))(t)
		rest := X.Take(every(1, 90)[50:])
		m := fitted(nb.PartialFit(ctx, first, rest, y[50:]))(t)
		assert.NotEqual(t, first.Count, m.Count, "the first model is not changed")
		return m
	}
	return fitted(nb.Fit(ctx, X, y))(t)
}

func TestDummiesAreScikitLearns(t *testing.T) {
	strategies := map[string]ml.DummyStrategy{}
	for s := ml.DummyPrior; s <= ml.DummyConstant; s++ {
		strategies[s.String()] = s
	}
	values := map[string]ml.DummyValue{}
	for v := ml.DummyMean; v <= ml.DummyConstantValue; v++ {
		values[v.String()] = v
	}
	for i, c := range golden[bayesCase](t, "bayes.json") {
		kind, name, _ := strings.Cut(c.Kind, " ")
		t.Run(fmt.Sprint(c.Kind, i), func(t *testing.T) {
			switch kind {
			case "dummy":
				d := ml.DummyClassifier{Strategy: strategies[name], Constant: c.Y[0], Seed: ml.NewSeed(7)}
				m := fitted(d.Fit(t.Context(), zeros(t, len(c.Y)), c.Y))(t)
				assert.Equal(t, c.Predict, fitted(m.Predict(t.Context(), zeros(t, len(c.Predict))))(t))
				assert.InDeltaSlice(t, c.Proba, rowMajor(fitted(m.PredictProba(t.Context(), zeros(t, 10)))(t)), 1e-15)
			case "value":
				d := ml.DummyRegressor{Strategy: values[name], Quantile: 0.3, Constant: 2.5}
				m := fitted(d.Fit(t.Context(), zeros(t, len(c.Values)), c.Values))(t)
				assert.InDelta(t, c.Proba[0], fitted(m.Predict(t.Context(), zeros(t, 1)))(t)[0], 1e-15)
			default:
				t.Skip("naive Bayes")
			}
		})
	}
}

func zeros(t testing.TB, rows int) *ml.Matrix {
	return fitted(ml.NewMatrix(rows, 1, make([]float64, rows)))(t)
}

// Any number of parts is the same as all at once, also if labels come late.
func TestGaussianNBInParts(t *testing.T) {
	X, y := dataSet(t, "wine") // class after class
	nb := ml.NewGaussianNB()
	nb.VarSmoothing = 0
	want := fitted(nb.Fit(t.Context(), X, y))(t)
	var m *ml.GaussianNBModel
	for start := 0; start < len(y); start += 31 {
		rows := every(1, len(y))[start:min(start+31, len(y))]
		nb.VarSmoothing = 1e-3 // or a part of few rows has no variance
		if start+31 >= len(y) {
			nb.VarSmoothing = 0
		}
		m = fitted(nb.PartialFit(t.Context(), m, X.Take(rows), y[rows[0]:rows[len(rows)-1]+1]))(t)
	}
	assert.Equal(t, want.Codes, m.Codes)
	for c := range want.Codes {
		assert.InDeltaSlice(t, want.Mean[c], m.Mean[c], 1e-10)
		assert.InEpsilonSlice(t, want.Var[c], m.Var[c], 1e-9)
	}
	assert.InDeltaSlice(t, want.Prior, m.Prior, 1e-15)
}

// Far from all classes densities are 0: the probabilities still are numbers.
func TestGaussianNBFarAway(t *testing.T) {
	X, y := dataSet(t, "iris")
	m := fitted(ml.NewGaussianNB().Fit(t.Context(), X, y))(t)
	far := matrixOf(t, []float64{1e9, 0, 0, 0}, []float64{1e300, 0, 0, 0})
	for row, sum := range []float64{1, 1} {
		p := fitted(m.PredictProba(t.Context(), far))(t).Row(nil, row)
		assert.InDelta(t, sum, p[0]+p[1]+p[2], 1e-15)
	}
}

func TestBayesAndDummiesRefuse(t *testing.T) {
	ctx := t.Context()
	X := matrixOf(t, []float64{1, 5}, []float64{2, 5}, []float64{3, 5}, []float64{4, nan})
	good := X.Take([]int{0, 1, 2})
	_, constantClass := ml.GaussianNB{}.Fit(ctx, good, []int{0, 0, 1})
	_, allConstant := ml.NewGaussianNB().Fit(ctx, zeros(t, 2), []int{0, 1})
	_, notFinite := ml.NewGaussianNB().Fit(ctx, X, []int{0, 0, 1, 1})
	_, priors := ml.GaussianNB{VarSmoothing: -1, Priors: []float64{0.5, -0.1}}.Fit(ctx, good, []int{0, 0, 1})
	_, fewPriors := ml.GaussianNB{VarSmoothing: 1, Priors: []float64{1}}.Fit(ctx, good, []int{0, 0, 1})
	_, noLabel := ml.DummyClassifier{Strategy: ml.DummyConstant, Constant: 3}.Fit(ctx, good, []int{0, 0, 1})
	_, strategy := ml.DummyClassifier{Strategy: 9}.Fit(ctx, good, []int{0, 0, 1})
	_, quantile := ml.DummyRegressor{Quantile: 2, Constant: math.Inf(1)}.Fit(ctx, good, []float64{0, 0, 1})
	_, value := ml.NewDummyRegressor().Fit(ctx, good, []float64{0, nan, 1})
	m := fitted(ml.NewDummyClassifier().Fit(ctx, X, []int{0, 0, 1, 1}))(t)
	_, width := m.Predict(ctx, zeros(t, 1))
	for _, c := range []struct {
		name, want string
		err        error
	}{
		{"ConstantClass", "ml: GaussianNB: the variance of column 1 among rows with label 0 is 0, must be a finite number > 0: leave the column out, scale it or set VarSmoothing", constantClass},
		{"AllConstant", "ml: GaussianNB: the variance of column 0 among rows with label 0 is 0, must be a finite number > 0: leave the column out, scale it or set VarSmoothing", allConstant},
		{"NaN", "ml: GaussianNB: row 3, column 1: NaN, only finite numbers are allowed", notFinite},
		{"Priors", "ml: GaussianNB: VarSmoothing is -1, must be a finite number >= 0; Priors[1] is -0.1, must be >= 0; the sum of Priors is 0.4, must be 1", priors},
		{"FewPriors", "ml: GaussianNB: there are 1 Priors for 2 classes", fewPriors},
		{"NoSuchLabel", "ml: DummyClassifier: Constant is 3, must be a label of the data: the labels are 0 and 1", noLabel},
		{"Strategy", "ml: DummyClassifier: Strategy is DummyStrategy(9), must be one of the DummyStrategy constants", strategy},
		{"Quantile", "ml: DummyRegressor: Quantile is 2, must be >= 0 and <= 1; Constant is +Inf, must be a finite number", quantile},
		{"Value", "ml: DummyRegressor: the value of row 1 is NaN, only finite numbers are allowed", value},
		{"Width", "ml: DummyClassifier: the matrix has 1 columns, the model was fitted on 2", width},
	} {
		t.Run(c.name, func(t *testing.T) { require.EqualError(t, c.err, c.want) })
	}
}

// Data that come in parts are learnt part by part.
func ExampleGaussianNB_PartialFit() {
	ctx := context.Background()
	var m *ml.GaussianNBModel
	for _, part := range []struct {
		lengths []float64
		labels  []int
	}{
		{[]float64{1.0, 1.2, 5.1}, []int{0, 0, 1}},
		{[]float64{0.9, 4.8, 5.0}, []int{0, 1, 1}},
	} {
		X, err := ml.NewMatrix(3, 1, part.lengths)
		if err != nil {
			panic(err)
		}
		if m, err = ml.NewGaussianNB().PartialFit(ctx, m, X, part.labels); err != nil {
			panic(err)
		}
	}
	fmt.Printf("means %.2f, variances %.4f\n", m.Mean, m.Var)
	// Output: means [[1.03] [4.97]], variances [[0.0156] [0.0156]]
}

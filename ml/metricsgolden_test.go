package ml_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// goldenMetric is a case of metrics.json; fields mean what the kind says.
type goldenMetric struct {
	Kind, Name    string
	Want, Got     []int
	Scores, Truth []float64
	Proba         []float64 // row by row
	Cols          int
	Weights       []float64
	Labels        []int
	Names         ml.Classes
	Positive      *int
	Values        map[string]json.RawMessage // hexFloats, a list of them, or null where scikit-learn refuses
	Text          map[string]string
}

func goldenMetrics(t *testing.T, kind string) []goldenMetric {
	var of []goldenMetric
	for _, c := range golden[goldenMetric](t, "metrics.json") {
		if c.Kind == kind {
			of = append(of, c)
		}
	}
	require.NotEmpty(t, of)
	return of
}

// options are those of the case, and others.
func (c goldenMetric) options(others ...ml.MetricOption) []ml.MetricOption {
	if c.Weights != nil {
		others = append(others, ml.SampleWeights(c.Weights))
	}
	return others
}

func (c goldenMetric) withLabels(others ...ml.MetricOption) []ml.MetricOption {
	if c.Labels != nil {
		others = append(others, ml.ForLabels(c.Labels...))
	}
	return c.options(others...)
}

func (c goldenMetric) withPositive(others ...ml.MetricOption) []ml.MetricOption {
	if c.Positive != nil {
		others = append(others, ml.Positive(*c.Positive))
	}
	return c.options(others...)
}

// check compares a value with scikit-learn's, which may be that there is none.
func (c goldenMetric) check(t *testing.T, key string, got float64, err error) {
	t.Helper()
	require.Contains(t, c.Values, key)
	var want hexFloats
	require.NoError(t, json.Unmarshal(c.Values[key], &want), key)
	if len(want) == 0 {
		assert.ErrorContains(t, err, "ml: ", key)
		return
	}
	require.NoError(t, err, key)
	close12(t, want[0], got, key)
}

// close12 compares to twelve digits, of numbers below 1 behind the point.
func close12(t *testing.T, want, got float64, what any) {
	t.Helper()
	if math.IsNaN(want) {
		assert.True(t, math.IsNaN(got), "%v: want NaN, got %v", what, got)
		return
	}
	assert.InDelta(t, want, got, 1e-12*max(1, math.Abs(want)), "%v", what)
}

func allClose12(t *testing.T, want, got []float64, what string) {
	t.Helper()
	if assert.Len(t, got, len(want), what) {
		for i := range want {
			close12(t, want[i], got[i], fmt.Sprint(what, " ", i))
		}
	}
}

func TestLabelMetricsAreScikitLearns(t *testing.T) {
	for _, c := range goldenMetrics(t, "labels") {
		t.Run(c.Name, func(t *testing.T) {
			accuracy, err := ml.Accuracy(c.Want, c.Got), error(nil)
			if c.Weights != nil {
				accuracy, err = ml.WeightedAccuracy(c.Want, c.Got, c.Weights)
			}
			c.check(t, "accuracy", accuracy, err)
			for key, metric := range map[string]func(want, got []int, opts ...ml.MetricOption) (float64, error){
				"balanced": ml.BalancedAccuracy, "matthews": ml.Matthews, "kappa": ml.CohenKappa,
			} {
				v, err := metric(c.Want, c.Got, c.options()...)
				c.check(t, key, v, err)
			}
			adjusted, err := ml.AdjustedBalancedAccuracy(c.Want, c.Got, c.options()...)
			if err != nil { // scikit-learn divides by 0
				require.ErrorIs(t, err, ml.ErrOneClass)
			} else {
				c.check(t, "adjusted", adjusted, err)
			}
			c.checkConfusion(t)
			c.checkAverages(t)
			c.checkTexts(t)
		})
	}
}

func (c goldenMetric) checkConfusion(t *testing.T) {
	t.Helper()
	m, err := ml.ConfusionMatrix(c.Want, c.Got, c.withLabels()...)
	require.NoError(t, err)
	for key, m := range map[string]*ml.Confusion{
		"None": m, "true": m.Normalize(ml.ByTrue), "pred": m.Normalize(ml.ByPredicted), "all": m.Normalize(ml.ByAll),
	} {
		var want hexFloats
		require.NoError(t, json.Unmarshal(c.Values["confusion "+key], &want))
		var got []float64
		for _, row := range m.Counts {
			got = append(got, row...)
		}
		if key == "None" {
			sameBits(t, want, got)
		} else {
			allClose12(t, want, got, key)
		}
	}
}

func (c goldenMetric) checkAverages(t *testing.T) {
	t.Helper()
	for _, average := range []ml.Average{ml.Binary, ml.Micro, ml.Macro, ml.Weighted} {
		for _, zero := range []float64{0, 1} {
			key := fmt.Sprintf("%v %v", average, zero)
			opts := []ml.MetricOption{average, ml.ZeroDivision(zero)}
			if average == ml.Binary {
				opts = c.withPositive(opts...)
			} else {
				opts = c.withLabels(opts...)
			}
			var want []*string
			require.NoError(t, json.Unmarshal(c.Values[key], &want))
			for i, metric := range []func() (float64, error){
				func() (float64, error) { return ml.Precision(c.Want, c.Got, opts...) },
				func() (float64, error) { return ml.Recall(c.Want, c.Got, opts...) },
				func() (float64, error) { return ml.F1(c.Want, c.Got, opts...) },
				func() (float64, error) { return ml.Jaccard(c.Want, c.Got, opts...) },
				func() (float64, error) { return ml.FBeta(c.Want, c.Got, 0.5, opts...) },
				func() (float64, error) { return ml.FBeta(c.Want, c.Got, 2, opts...) },
				func() (float64, error) { return ml.FBeta(c.Want, c.Got, math.Inf(1), opts...) },
			} {
				got, err := metric()
				if want[i] == nil {
					assert.Error(t, err, "%s %d", key, i)
					continue
				}
				require.NoError(t, err)
				v, err := strconv.ParseFloat(*want[i], 64)
				require.NoError(t, err)
				close12(t, v, got, fmt.Sprint(key, " ", i))
			}
		}
	}
}

func (c goldenMetric) checkTexts(t *testing.T) {
	t.Helper()
	r, err := ml.ClassificationReport(c.Want, c.Got, c.withLabels()...)
	require.NoError(t, err)
	for _, digits := range []int{0, 2, 3} {
		assert.Equal(t, c.Text[strconv.Itoa(digits)], r.Text(digits))
	}
	assert.Equal(t, c.Text["2"], r.String())
	if c.Names != nil {
		r, err = ml.ClassificationReport(c.Want, c.Got, c.withLabels(ml.ClassNames(c.Names))...)
		require.NoError(t, err)
		assert.Equal(t, c.Text["names"], r.String())
	}
}

func TestRankingMetricsAreScikitLearns(t *testing.T) {
	for _, c := range goldenMetrics(t, "scores") {
		t.Run(c.Name, func(t *testing.T) {
			opts := c.withPositive()
			auc, err := ml.ROCAUC(c.Want, c.Scores, c.options()...)
			c.check(t, "auc", auc, err)
			ap, err := ml.AveragePrecision(c.Want, c.Scores, opts...)
			c.check(t, "ap", ap, err)
			brier, err := ml.Brier(c.Want, c.Scores, opts...)
			c.check(t, "brier", brier, err)

			roc, err := ml.ROC(c.Want, c.Scores, opts...)
			require.NoError(t, err)
			close12(t, auc, roc.AUC(), "area under the curve")
			for _, limit := range []float64{0.05, 0.3, 0.9} {
				v, err := roc.PartialAUC(limit)
				c.check(t, fmt.Sprint("partial ", limit), v, err)
			}
			c.checkCurve(t, "roc False", roc.FPR, roc.TPR, roc.Thresholds)
			roc, err = ml.ROC(c.Want, c.Scores, append(opts, ml.KeepIntermediate())...)
			require.NoError(t, err)
			close12(t, auc, roc.AUC(), "area under the whole curve")
			c.checkCurve(t, "roc True", roc.FPR, roc.TPR, roc.Thresholds)

			pr, err := ml.PrecisionRecallCurve(c.Want, c.Scores, opts...)
			require.NoError(t, err)
			close12(t, ap, pr.AveragePrecision(), "average precision of the curve")
			c.checkCurve(t, "pr", pr.Precision, pr.Recall, pr.Thresholds)
		})
	}
}

func (c goldenMetric) checkCurve(t *testing.T, key string, got ...[]float64) {
	t.Helper()
	var want []hexFloats
	require.NoError(t, json.Unmarshal(c.Values[key], &want))
	require.Len(t, want, len(got))
	for i := range want {
		allClose12(t, want[i], got[i], fmt.Sprint(key, " ", i))
	}
}

func TestProbabilityMetricsAreScikitLearns(t *testing.T) {
	for _, c := range goldenMetrics(t, "proba") {
		t.Run(c.Name, func(t *testing.T) {
			proba := goldenData{Rows: len(c.Want), Cols: c.Cols, X: c.Proba}.matrix(t)
			loss, err := ml.LogLoss(c.Want, proba, c.withLabels()...)
			c.check(t, "loss", loss, err)
			for _, average := range []ml.Average{ml.Macro, ml.Weighted, ml.Micro} {
				auc, err := ml.ROCAUCOneVsRest(c.Want, proba, c.withLabels(average)...)
				if key := "ovr " + average.String(); c.Cols > 2 {
					c.check(t, key, auc, err)
				} else if err == nil { // scikit-learn takes the second column only, and what it likes as a score
					c.check(t, key, auc, err)
				}
				opts := []ml.MetricOption{average}
				if c.Labels != nil {
					opts = append(opts, ml.ForLabels(c.Labels...))
				}
				auc, err = ml.ROCAUCOneVsOne(c.Want, proba, opts...)
				if c.Cols > 2 {
					c.check(t, "ovo "+average.String(), auc, err)
				}
			}
		})
	}
}

func TestNumberMetricsAreScikitLearns(t *testing.T) {
	for _, c := range goldenMetrics(t, "numbers") {
		t.Run(c.Name, func(t *testing.T) {
			for key, metric := range map[string]func(want, got []float64, opts ...ml.MetricOption) (float64, error){
				"mse": ml.MeanSquaredError, "rmse": ml.RootMeanSquaredError, "mae": ml.MeanAbsoluteError,
				"median": ml.MedianAbsoluteError, "r2": ml.R2,
			} {
				v, err := metric(c.Truth, c.Scores, c.options()...)
				c.check(t, key, v, err)
			}
			v, err := ml.MaxError(c.Truth, c.Scores)
			c.check(t, "max", v, err)
		})
	}
}

func TestSumsAreNumpys(t *testing.T) {
	for _, c := range goldenMetrics(t, "sum") {
		var want hexFloats
		require.NoError(t, json.Unmarshal(c.Values["sum"], &want))
		n, err := strconv.Atoi(c.Name)
		require.NoError(t, err)
		assert.Equal(t, want[0], ml.NumpySum(n, func(i int) float64 { return float64(uint32(i)*2654435761) / 3e9 }), "%d values", n)
	}
}

func TestNamedScorersAreScikitLearns(t *testing.T) {
	forest := ml.NewRandomForest()
	forest.NEstimators, forest.Seed = 10, ml.NewSeed(3)
	seen := map[string]bool{}
	for _, c := range goldenMetrics(t, "scorers") {
		t.Run(c.Name, func(t *testing.T) {
			X, y := dataSet(t, c.Name)
			var names []string
			for name := range c.Values {
				names = append(names, name)
				seen[name] = true
			}
			r, err := ml.CrossValidate(t.Context(), forest, X, y, ml.NewStratifiedKFold(3), ml.WithScoring(names...))
			require.NoError(t, err)
			for _, name := range names {
				var want hexFloats
				require.NoError(t, json.Unmarshal(c.Values[name], &want))
				allClose12(t, want, r.TestScores[name], name)
			}
		})
	}
	ofRegressors := []string{ // see regressor_test.go, and TestNumberMetricsAreScikitLearns for the last two
		"r2", "neg_mean_squared_error", "neg_mean_absolute_error", "neg_root_mean_squared_error", "neg_median_absolute_error", "max_error",
	}
	for _, name := range ml.ScorerNames() {
		assert.True(t, seen[name] || slices.Contains(ofRegressors, name), "no golden value for %s", name)
	}
	_, err := ml.ScorerNamed("f1-macro")
	assert.EqualError(t, err, `ml: there is no scorer "f1-macro", there are `+strings.Join(ml.ScorerNames(), ", "))
}

package ml_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestAccuracyOfNothingIsNaN(t *testing.T) {
	assert.True(t, math.IsNaN(ml.Accuracy(nil, nil)))
	assert.Panics(t, func() { ml.Accuracy([]int{1}, nil) })
}

func TestConfusionOfAnUnseenPredictedLabel(t *testing.T) {
	m, err := ml.ConfusionMatrix([]int{0, 0, 1}, []int{0, 5, 1})
	require.NoError(t, err)
	assert.Equal(t, []int{0, 1, 5}, m.Labels)
	assert.Equal(t, [][]float64{{1, 0, 1}, {0, 1, 0}, {0, 0, 0}}, m.Counts)
	assert.Equal(t, [][]float64{{0.5, 0, 0.5}, {0, 1, 0}, {0, 0, 0}}, m.Normalize(ml.ByTrue).Counts, "a share of nothing is 0")
	assert.Equal(t, [][]float64{{1, 0, 1}, {0, 1, 0}, {0, 0, 0}}, m.Normalize(ml.ByPredicted).Counts)
}

func TestConfusionPrints(t *testing.T) {
	m, err := ml.ConfusionMatrix([]int{0, 0, 1, 0}, []int{0, 1, 1, 0}, ml.ClassNames(ml.Classes{"größer", "no"}))
	require.NoError(t, err)
	assert.Equal(t, "true \\ predicted  größer  no\ngrößer                 2   1\nno                     0   1\n", m.String())
	assert.Contains(t, m.Normalize(ml.ByAll).String(), "0.500  0.250\n")
	assert.PanicsWithError(t, "ml: Normalize: by is 3, must be ByTrue, ByPredicted or ByAll", func() { m.Normalize(3) })
}

func TestConfusionRefusesWhatAreNoLabels(t *testing.T) {
	many := make([]int, 10_001)
	for i := range many {
		many[i] = i * i
	}
	_, err := ml.ConfusionMatrix(many, many)
	assert.EqualError(t, err, "ml: ConfusionMatrix: 10001 labels, at most 10000 are allowed")
	kappa, err := ml.CohenKappa(many, many)
	require.NoError(t, err, "other metrics need no matrix")
	assert.Equal(t, 1.0, kappa)
}

func TestUndefinedPrecision(t *testing.T) {
	want, got := []int{0, 1, 1}, []int{0, 0, 0}
	for zero, precision := range map[float64]float64{0: 0, 1: 1} {
		v, err := ml.Precision(want, got, ml.ZeroDivision(zero))
		require.NoError(t, err)
		assert.Equal(t, precision, v)
	}
	v, err := ml.Precision(want, got, ml.Macro, ml.ZeroDivision(nan))
	require.NoError(t, err)
	assert.True(t, math.IsNaN(v), "NaN shows in the average")
	r, err := ml.ClassificationReport(want, append(got[:2:2], 7), ml.ZeroDivision(nan))
	require.NoError(t, err)
	assert.Equal(t, []string{"precision of 1: no row is predicted as it", "recall of 7: no row has this label"}, r.Undefined())
	assert.Contains(t, r.String(), "   1        nan      0.00       nan         2\n")
}

func TestWeightedAverageOfLabelsWithoutRows(t *testing.T) {
	for _, metric := range []func(want, got []int, opts ...ml.MetricOption) (float64, error){ml.Precision, ml.Recall, ml.F1, ml.Jaccard} {
		v, err := metric([]int{0, 1, 1}, []int{0, 7, 1}, ml.Weighted, ml.ForLabels(7, 8))
		require.NoError(t, err)
		assert.Zero(t, v)
	}
}

func TestAllAveragesOfOneLabelAreItsValue(t *testing.T) {
	want, got := []int{0, 1, 1, 2, 1}, []int{1, 1, 0, 1, 1}
	alone, err := ml.F1([]int{0, 1, 1, 0, 1}, got)
	require.NoError(t, err)
	for _, average := range []ml.Average{ml.Micro, ml.Macro, ml.Weighted} {
		v, err := ml.F1(want, got, average, ml.ForLabels(1))
		require.NoError(t, err)
		assert.Equal(t, alone, v)
	}
}

func TestAveragePrecisionOfTiesIsThePrevalence(t *testing.T) {
	ap, err := ml.AveragePrecision([]int{1, 0, 0, 1}, []float64{2, 2, 2, 2})
	require.NoError(t, err)
	assert.Equal(t, 0.5, ap)
}

func TestNoPositiveRow(t *testing.T) {
	want, scores := []int{0, 0, 0}, []float64{1, 2, 3}
	ap, err := ml.AveragePrecision(want, scores)
	require.NoError(t, err)
	assert.Zero(t, ap)
	pr, err := ml.PrecisionRecallCurve(want, scores)
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 1, 1, 0}, pr.Recall)
	assert.Equal(t, []float64{0, 0, 0, 1}, pr.Precision)
	assert.Zero(t, pr.AveragePrecision())
	_, err = ml.ROC(want, scores)
	assert.EqualError(t, err, "ml: ROC: no row is positive: the labels hold one class, at least two are needed")
	_, err = ml.ROCAUC(want, scores)
	assert.EqualError(t, err, "ml: ROCAUC: the label is 0: the labels hold one class, at least two are needed")
	require.ErrorIs(t, err, ml.ErrOneClass)
	_, err = ml.ROCAUC([]int{0, 1, 0}, scores, ml.SampleWeights([]float64{1, 0, 1}))
	assert.ErrorIs(t, err, ml.ErrOneClass, "a row of weight 0 is none")
	_, err = ml.ROCAUC([]int{1, 1, 0}, scores, ml.Positive(0), ml.SampleWeights([]float64{1, 1, 0}))
	assert.EqualError(t, err, "ml: ROCAUC: no row is positive: the labels hold one class, at least two are needed")
}

func TestPositiveMakesOneLabelOfSeveral(t *testing.T) {
	want, scores := []int{0, 2, 1, 2}, []float64{0.1, 0.7, 0.8, 0.9}
	auc, err := ml.ROCAUC(want, scores, ml.Positive(2))
	require.NoError(t, err)
	assert.Equal(t, 0.75, auc)
	turned, err := ml.ROCAUC([]int{0, 1, 0, 1}, scores, ml.Positive(0))
	require.NoError(t, err)
	assert.Equal(t, 0.25, turned)
	brier, err := ml.Brier([]int{3, 5}, []float64{0.5, 1})
	require.NoError(t, err)
	assert.Equal(t, 0.125, brier, "the greatest label is positive where 1 is not")
}

func TestWeightsOfAnySize(t *testing.T) {
	want, scores := []int{0, 1, 1, 0}, []float64{1, 2, 3, 2.5}
	for _, size := range []float64{1, 1e-200, 1e200} {
		weights := ml.SampleWeights([]float64{size, size, size, size})
		auc, err := ml.ROCAUC(want, scores, weights)
		require.NoError(t, err)
		assert.Equal(t, 0.75, auc, "weights of %v", size)
		ap, err := ml.AveragePrecision(want, scores, weights)
		require.NoError(t, err)
		assert.InDelta(t, 0.5+1./3, ap, 1e-15)
		matthews, err := ml.Matthews(want, []int{0, 1, 1, 1}, weights)
		require.NoError(t, err)
		assert.InDelta(t, 1/math.Sqrt(3), matthews, 1e-15)
	}
}

func TestLogLossOfOneColumn(t *testing.T) {
	p := []float64{0.2, 0.7, 1}
	one, err := ml.LogLoss([]int{4, 9, 9}, matrixOf(t, []float64{0.2}, []float64{0.7}, []float64{1}))
	require.NoError(t, err)
	two, err := ml.LogLoss([]int{4, 9, 9}, matrixOf(t, []float64{0.8, p[0]}, []float64{0.3, p[1]}, []float64{0, p[2]}))
	require.NoError(t, err)
	assert.InDelta(t, two, one, 1e-15)
	assert.InDelta(t, -(math.Log(0.8)+math.Log(0.7))/3, one, 1e-15)
}

func TestTwoColumnsAreRankedByTheSecond(t *testing.T) {
	proba := matrixOf(t, []float64{0.9, 0.1}, []float64{0.6, 0.4}, []float64{0.65, 0.35}, []float64{0.2, 0.8})
	for _, metric := range []func([]int, *ml.Matrix, ...ml.MetricOption) (float64, error){ml.ROCAUCOneVsRest, ml.ROCAUCOneVsOne} {
		auc, err := metric([]int{3, 3, 8, 8}, proba)
		require.NoError(t, err)
		assert.Equal(t, 0.75, auc)
	}
}

func TestR2OfOneRowIsNaN(t *testing.T) {
	r2, err := ml.R2([]float64{1}, []float64{1})
	require.NoError(t, err)
	assert.True(t, math.IsNaN(r2))
}

// TestMetricsRefuse: what was found, where, and what is allowed.
func TestMetricsRefuse(t *testing.T) {
	type answer struct {
		v   float64
		err error
	}
	of := func(v float64, err error) answer { return answer{v, err} }
	confusion := func(_ *ml.Confusion, err error) answer { return answer{err: err} }
	report := func(_ *ml.Report, err error) answer { return answer{err: err} }
	curve := func(_ *ml.ROCCurve, err error) answer { return answer{err: err} }
	two, three := []int{0, 1}, []int{0, 1, 2}
	rank := []float64{1, 2}
	proba := matrixOf(t, []float64{0.2, 0.8}, []float64{0.5, 0.5})
	wide := matrixOf(t, []float64{0.2, 0.8, 0}, []float64{0.5, 0.5, 0}, []float64{0, 0, 1})
	none, err := ml.NewMatrix(2, 0, nil)
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		answer
		want string
	}{
		{"Lengths", of(ml.F1(two, three)), "F1: 2 rows of truth against 3 predictions"},
		{"LengthsOfScores", of(ml.ROCAUC(two, rank[:1])), "ROCAUC: 2 rows of truth against 1 scores"},
		{"LengthsOfProbabilities", of(ml.LogLoss(three, proba)), "LogLoss: 3 rows of truth against 2 rows of probabilities"},
		{"LengthsOfNumbers", of(ml.R2(rank, rank[:1])), "R2: 2 rows of truth against 1 predictions"},
		{"NoRows", of(ml.BalancedAccuracy(nil, nil)), "BalancedAccuracy: no rows, at least one is needed"},
		{"NoRowsOfScores", of(ml.AveragePrecision(nil, nil)), "AveragePrecision: no rows, at least one is needed"},
		{"NoRowsOfNumbers", of(ml.MaxError(nil, nil)), "MaxError: no rows, at least one is needed"},
		{"NoRowsOfConfusion", confusion(ml.ConfusionMatrix(nil, nil)), "ConfusionMatrix: no rows, at least one is needed"},
		{"NaNScore", of(ml.ROCAUC(two, []float64{1, nan})), "ROCAUC: score of row 1 is NaN, only finite numbers are allowed"},
		{"InfiniteScore", curve(ml.ROC(two, []float64{math.Inf(1), 2})), "ROC: score of row 0 is +Inf, only finite numbers are allowed"},
		{"NaNTruth", of(ml.MeanSquaredError([]float64{1, nan}, rank)), "MeanSquaredError: the truth of row 1 is NaN, only finite numbers are allowed"},
		{"InfinitePrediction", of(ml.MedianAbsoluteError(rank, []float64{math.Inf(-1), 0})), "MedianAbsoluteError: the prediction of row 0 is -Inf, only finite numbers are allowed"},
		{"NaNProbability", of(ml.LogLoss(two, matrixOf(t, []float64{0, 1}, []float64{nan, 1}))), "LogLoss: row 1, column 0: NaN, a probability is between 0 and 1"},
		{"Probability", of(ml.Brier(two, []float64{0, 1.5})), "Brier: row 1 is 1.5, a probability is between 0 and 1"},
		{"Sum", of(ml.ROCAUCOneVsRest(three, matrixOf(t, []float64{0.2, 0.8, 0}, []float64{0.5, 0.5, 0.5}, []float64{0, 0, 1}))), "ROCAUCOneVsRest: row 1 sums to 1.5, probabilities sum to 1"},
		{"OneColumn", of(ml.ROCAUCOneVsRest(two, matrixOf(t, []float64{1}, []float64{1}))), "ROCAUCOneVsRest: the matrix has 1 columns, one per label is needed"},
		{"NoColumn", of(ml.LogLoss(two, none)), "LogLoss: the matrix of probabilities has no columns"},
		{"Columns", of(ml.LogLoss([]int{0, 0}, proba)), "LogLoss: the label is 0, and the probabilities have 2 columns; ForLabels says which labels they are of"},
		{"ColumnsOfLabels", of(ml.LogLoss(two, proba, ml.ForLabels(0, 1, 2))), "LogLoss: ForLabels has [0 1 2] for 2 columns, must be one label each in ascending order"},
		{"OrderOfLabels", of(ml.LogLoss(two, proba, ml.ForLabels(1, 0))), "LogLoss: ForLabels has [1 0] for 2 columns, must be one label each in ascending order"},
		{"UnknownLabel", of(ml.ROCAUCOneVsOne(three, wide, ml.ForLabels(0, 1, 3))), "ROCAUCOneVsOne: label of row 2 is 2, ForLabels has [0 1 3]"},
		{"LabelWithoutRows", of(ml.ROCAUCOneVsRest([]int{0, 1, 1}, wide, ml.ForLabels(0, 1, 2))), "ROCAUCOneVsRest: label 2: no row is positive: the labels hold one class, at least two are needed"},
		{"NoPair", of(ml.ROCAUCOneVsOne([]int{1, 1}, proba, ml.ForLabels(0, 1))), "ROCAUCOneVsOne: the label is 1: the labels hold one class, at least two are needed"},
		{"Weights", of(ml.R2(rank, rank, ml.SampleWeights(rank[:1]))), "R2: 1 weights for 2 rows"},
		{"NegativeWeight", of(ml.WeightedAccuracy(two, two, []float64{1, -1})), "WeightedAccuracy: weight of row 1 is -1, must be a finite number >= 0"},
		{"NaNWeight", of(ml.Brier(two, []float64{0, 1}, ml.SampleWeights([]float64{nan, 1}))), "Brier: weight of row 0 is NaN, must be a finite number >= 0"},
		{"InfiniteWeight", of(ml.Matthews(two, two, ml.SampleWeights([]float64{1, math.Inf(1)}))), "Matthews: weight of row 1 is +Inf, must be a finite number >= 0"},
		{"NoWeight", of(ml.CohenKappa(two, two, ml.SampleWeights([]float64{0, 0}))), "CohenKappa: the weights sum to 0, must be a finite number > 0"},
		{"BinaryOfThree", of(ml.F1(two, []int{2, 1})), "F1: the labels are 0, 1 and 2, the average binary is of two at most; use Micro, Macro or Weighted"},
		{"BinaryOfMany", of(ml.Recall([]int{3, 4}, []int{7, 9})), "Recall: there are 4 labels (3, 4, 7, …), the average binary is of two at most; use Micro, Macro or Weighted"},
		{"PositiveAbsent", of(ml.Precision([]int{2, 3}, []int{2, 3})), "Precision: the labels are 2 and 3, the positive label 1 is none of them; see Positive"},
		{"PositiveOfCurve", curve(ml.ROC([]int{1, 2}, rank)), "ROC: the labels are 1 and 2, it must be said which one is positive; see Positive"},
		{"PositiveUnknown", curve(ml.ROC(two, rank, ml.Positive(2))), "ROC: the labels are 0 and 1, the positive label 2 is none of them"},
		{"PositiveOfThree", of(ml.ROCAUC([]int{0, 1, 2}, []float64{1, 2, 3})), "ROCAUC: the labels are 0, 1 and 2, a ranking tells two apart; see Positive"},
		{"PositiveOfNeither", of(ml.AveragePrecision([]int{0, 2}, rank)), "AveragePrecision: the labels are 0 and 2, the positive label 1 is none of them; see Positive"},
		{"BrierOfThree", of(ml.Brier(three, []float64{0, 0, 1})), "Brier: the labels are 0, 1 and 2, one of them must be said to be positive; see Positive"},
		{"PositiveWithMacro", of(ml.F1(two, two, ml.Macro, ml.Positive(1))), "F1: Positive has no effect on the average macro, ForLabels chooses labels"},
		{"LabelsWithBinary", of(ml.F1(two, two, ml.ForLabels(1))), "F1: ForLabels has no effect on the average binary, Positive chooses the label"},
		{"Option", of(ml.Matthews(two, two, ml.Macro, ml.Positive(1))), "Matthews: an Average, Positive has no effect here, allowed: SampleWeights"},
		{"Average", of(ml.F1(two, two, ml.Average(7))), "F1: the average is Average(7), must be one of binary, micro, macro, weighted"},
		{"AverageOfPairs", of(ml.ROCAUCOneVsOne(two, proba, ml.Micro)), "ROCAUCOneVsOne: the average is micro, must be one of macro, weighted"},
		{"ZeroDivision", of(ml.F1(two, two, ml.ZeroDivision(0.5))), "F1: ZeroDivision is 0.5, must be 0, 1 or NaN"},
		{"NoLabels", confusion(ml.ConfusionMatrix(two, two, ml.ForLabels())), "ConfusionMatrix: the number of labels is 0, must be >= 1"},
		{"LabelsTwice", report(ml.ClassificationReport(two, two, ml.ForLabels(1, 1))), "ClassificationReport: a label is given twice, must be unique"},
		{"LabelsNowhere", confusion(ml.ConfusionMatrix(two, two, ml.ForLabels(5))), "ConfusionMatrix: no row has one of the labels [5]"},
		{"NoName", report(ml.ClassificationReport(three, three, ml.ClassNames(ml.Classes{"a", "b"}))), "ClassificationReport: label 2 has no name, there are 2 names"},
		{"Beta", of(ml.FBeta(two, two, -1)), "FBeta: beta is -1, must be >= 0"},
		{"Adjusted", of(ml.AdjustedBalancedAccuracy([]int{1, 1}, two)), "AdjustedBalancedAccuracy: the labels hold one class, at least two are needed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.EqualError(t, c.err, "ml: "+c.want)
		})
	}
	_, err = ml.LogLoss(two, matrixOf(t, []float64{0, 1}, []float64{nan, 1}))
	var cell *ml.CellError
	assert.ErrorAs(t, err, &cell)
	roc, err := ml.ROC(two, rank)
	require.NoError(t, err)
	for _, limit := range []float64{0, 1.5, nan} {
		_, err = roc.PartialAUC(limit)
		assert.ErrorContains(t, err, "must be > 0 and <= 1")
	}
	whole, err := roc.PartialAUC(1)
	require.NoError(t, err)
	assert.Equal(t, 1.0, whole)
}

// judgement is random truth about some rows and what was said of them.
type judgement struct {
	want, got       []int
	scores, weights []float64
	truth, numbers  []float64
}

func judgements(seed uint32) judgement {
	r := ml.NewRandomState(ml.NewSeed(seed))
	var j judgement
	for range 2 + r.Randint(0, 40) {
		j.want = append(j.want, int(r.Randint(0, 2)))
		j.got = append(j.got, int(r.Randint(0, 2)))
		j.scores = append(j.scores, float64(r.Randint(0, 9))/8)
		j.weights = append(j.weights, float64(1+r.Randint(0, 3)))
		j.truth = append(j.truth, r.Normal())
		j.numbers = append(j.numbers, r.Normal())
	}
	j.want[0], j.want[1] = 0, 1
	return j
}

// value is that of a metric that cannot fail here.
func value(t *testing.T) func(v float64, err error) float64 {
	return func(v float64, err error) float64 {
		t.Helper()
		require.NoError(t, err)
		return v
	}
}

func TestMetricsKeepTheirBounds(t *testing.T) {
	of := value(t)
	for seed := range uint32(200) {
		j := judgements(seed)
		for name, v := range map[string]float64{
			"balanced": of(ml.BalancedAccuracy(j.want, j.got)), "precision": of(ml.Precision(j.want, j.got)),
			"f1": of(ml.F1(j.want, j.got, ml.Macro)), "jaccard": of(ml.Jaccard(j.want, j.got, ml.Weighted)),
			"auc": of(ml.ROCAUC(j.want, j.scores)), "ap": of(ml.AveragePrecision(j.want, j.scores)), "brier": of(ml.Brier(j.want, j.scores)),
		} {
			assert.True(t, v >= 0 && v <= 1, "seed %d: %s is %v", seed, name, v)
		}
		for name, v := range map[string]float64{
			"matthews": of(ml.Matthews(j.want, j.got)), "kappa": of(ml.CohenKappa(j.want, j.got)), "adjusted": of(ml.AdjustedBalancedAccuracy(j.want, j.got)),
		} {
			assert.True(t, v >= -1 && v <= 1, "seed %d: %s is %v", seed, name, v)
		}
		assert.LessOrEqual(t, of(ml.R2(j.truth, j.numbers)), 1.0)
		mae, rmse := of(ml.MeanAbsoluteError(j.truth, j.numbers)), of(ml.RootMeanSquaredError(j.truth, j.numbers))
		assert.LessOrEqual(t, mae, rmse+1e-12)
		assert.LessOrEqual(t, rmse, of(ml.MaxError(j.truth, j.numbers))+1e-12)
	}
}

func TestPerfectPredictions(t *testing.T) {
	of := value(t)
	for seed := range uint32(50) {
		j := judgements(seed)
		scores := make([]float64, len(j.want))
		for i, label := range j.want {
			scores[i] = float64(label)
		}
		for name, v := range map[string]float64{
			"balanced": of(ml.BalancedAccuracy(j.want, j.want)), "f1": of(ml.F1(j.want, j.want)), "matthews": of(ml.Matthews(j.want, j.want)),
			"kappa": of(ml.CohenKappa(j.want, j.want)), "auc": of(ml.ROCAUC(j.want, scores)), "ap": of(ml.AveragePrecision(j.want, scores)),
			"brier": 1 - of(ml.Brier(j.want, scores)), "r2": of(ml.R2(j.truth, j.truth)),
		} {
			assert.InDelta(t, 1, v, 1e-15, name)
		}
	}
}

func TestMetricsDoNotDependOnTheOrderOfRows(t *testing.T) {
	of := value(t)
	for seed := range uint32(50) {
		j := judgements(seed)
		order := ml.NewRandomState(ml.NewSeed(seed)).Permutation(len(j.want))
		want, got, scores, weights := take(j.want, order), take(j.got, order), take(j.scores, order), take(j.weights, order)
		w, v := ml.SampleWeights(j.weights), ml.SampleWeights(weights)
		assert.Equal(t, of(ml.ROCAUC(j.want, j.scores, w)), of(ml.ROCAUC(want, scores, v)))
		assert.Equal(t, of(ml.AveragePrecision(j.want, j.scores, w)), of(ml.AveragePrecision(want, scores, v)))
		assert.Equal(t, of(ml.Matthews(j.want, j.got, w)), of(ml.Matthews(want, got, v)))
		assert.InDelta(t, of(ml.Brier(j.want, j.scores, w)), of(ml.Brier(want, scores, v)), 1e-15)
	}
}

func TestAWeightOfTwoIsARowTwice(t *testing.T) {
	of := value(t)
	for seed := range uint32(50) {
		j := judgements(seed)
		var order []int
		for i, w := range j.weights {
			order = append(order, slices.Repeat([]int{i}, int(w))...)
		}
		want, got, scores, truth, numbers := take(j.want, order), take(j.got, order), take(j.scores, order), take(j.truth, order), take(j.numbers, order)
		w := ml.SampleWeights(j.weights)
		for name, pair := range map[string][2]float64{
			"accuracy": {of(ml.WeightedAccuracy(j.want, j.got, j.weights)), ml.Accuracy(want, got)},
			"auc":      {of(ml.ROCAUC(j.want, j.scores, w)), of(ml.ROCAUC(want, scores))},
			"ap":       {of(ml.AveragePrecision(j.want, j.scores, w)), of(ml.AveragePrecision(want, scores))},
			"f1":       {of(ml.F1(j.want, j.got, ml.Weighted, w)), of(ml.F1(want, got, ml.Weighted))},
			"matthews": {of(ml.Matthews(j.want, j.got, w)), of(ml.Matthews(want, got))},
			"kappa":    {of(ml.CohenKappa(j.want, j.got, w)), of(ml.CohenKappa(want, got))},
			"brier":    {of(ml.Brier(j.want, j.scores, w)), of(ml.Brier(want, scores))},
			"r2":       {of(ml.R2(j.truth, j.numbers, w)), of(ml.R2(truth, numbers))},
		} {
			assert.InDelta(t, pair[1], pair[0], 1e-12, "seed %d: %s", seed, name)
		}
	}
}

func TestSymmetriesOfMetrics(t *testing.T) {
	of := value(t)
	for seed := range uint32(100) {
		j := judgements(seed)
		assert.Equal(t, of(ml.Matthews(j.want, j.got)), of(ml.Matthews(j.got, j.want)))
		assert.InDelta(t, of(ml.CohenKappa(j.want, j.got)), of(ml.CohenKappa(j.got, j.want)), 1e-15)
		assert.Equal(t, of(ml.Precision(j.want, j.got, ml.Macro)), of(ml.Recall(j.got, j.want, ml.Macro)))
		turned, same := make([]float64, len(j.scores)), make([]float64, len(j.scores))
		for i, v := range j.scores {
			turned[i], same[i] = -v, math.Exp(3*v)-7
		}
		auc := of(ml.ROCAUC(j.want, j.scores))
		assert.InDelta(t, 1-auc, of(ml.ROCAUC(j.want, turned)), 1e-15)
		assert.InDelta(t, 1-auc, of(ml.ROCAUC(j.want, j.scores, ml.Positive(0))), 1e-15)
		assert.Equal(t, auc, of(ml.ROCAUC(j.want, same)), "only the order of scores counts")
		assert.InDelta(t, auc, pairsInOrder(j.want, j.scores), 1e-12)
		micro := of(ml.F1(j.want, j.got, ml.Micro))
		assert.InDelta(t, ml.Accuracy(j.want, j.got), micro, 1e-15)
	}
}

// pairsInOrder is the area under the ROC curve by its other definition.
func pairsInOrder(want []int, scores []float64) float64 {
	sum, pairs := 0.0, 0.0
	for i := range want {
		for k := range want {
			if want[i] == 1 && want[k] == 0 {
				pairs++
				if scores[i] > scores[k] {
					sum++
				} else if scores[i] == scores[k] {
					sum += 0.5
				}
			}
		}
	}
	return sum / pairs
}

func take[T any](values []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = values[row]
	}
	return out
}

func TestMetricsOnlyRead(t *testing.T) {
	j := judgements(3)
	before := judgements(3)
	_, err := ml.ROCAUC(j.want, j.scores, ml.SampleWeights(j.weights))
	require.NoError(t, err)
	_, err = ml.MedianAbsoluteError(j.truth, j.numbers, ml.SampleWeights(j.weights))
	require.NoError(t, err)
	_, err = ml.ClassificationReport(j.want, j.got, ml.SampleWeights(j.weights))
	require.NoError(t, err)
	assert.Equal(t, before, j)
}

// asked counts how often its model predicts.
type asked struct {
	ml.ClassifierModel
	times *int
}

func (a asked) FitClassifier(ctx context.Context, X *ml.Matrix, y []int) (ml.ClassifierModel, error) {
	model, err := ml.NewSVC().Fit(ctx, X, y)
	return asked{model, a.times}, err
}

func (a asked) Predict(ctx context.Context, X *ml.Matrix) ([]int, error) {
	*a.times++
	return a.ClassifierModel.Predict(ctx, X)
}

func TestScorersShareOnePrediction(t *testing.T) {
	X, y := rings(4, 60, 2)
	times := 0
	_, err := ml.CrossValidate(t.Context(), asked{times: &times}, X, y, ml.NewStratifiedKFold(3), ml.WithScoring("accuracy", "f1", "recall_macro"), ml.WithWorkers(1))
	require.NoError(t, err)
	assert.Equal(t, 3, times)
	_, err = ml.CrossValidate(t.Context(), ml.NewSVC(), X, y, ml.NewKFold(3), ml.WithScoring("f1", "auc"))
	assert.ErrorContains(t, err, `ml: CrossValidate: a name given to WithScoring is "auc", must be one of accuracy, average_precision, balanced_accuracy, f1, `)
}

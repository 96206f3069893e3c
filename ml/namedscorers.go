package ml

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ScorerNamed returns the scorer that scikit-learn calls by this name: accuracy,
// balanced_accuracy, matthews_corrcoef, roc_auc, average_precision; precision,
// recall, f1 and jaccard for the positive label 1, or with _micro, _macro or
// _weighted behind; roc_auc_ovr and roc_auc_ovo, also with _weighted behind;
// neg_log_loss and neg_brier_score; for regressors r2, neg_mean_squared_error,
// neg_root_mean_squared_error, neg_mean_absolute_error, neg_median_absolute_error and
// max_error. A metric for which less is better has its sign turned.
//
// It is an error if the name is unknown; ScorerNames lists all. Scorers with other
// options are made by ScorePredictions, ScoreRanking and ScoreProba.
func ScorerNamed(name string) (Scorer, error) {
	if s, ok := namedScorers()[name]; ok {
		return s, nil
	}
	return Scorer{}, errorf("there is no scorer %q, there are %s", name, strings.Join(ScorerNames(), ", "))
}

// ScorerNames returns the names that ScorerNamed knows, sorted.
func ScorerNames() []string { return slices.Sorted(maps.Keys(namedScorers())) }

// WithScoring judges by the scorers of these names, see ScorerNamed.
func WithScoring(names ...string) CVOption {
	return func(c *cvConfig) {
		c.scorers, c.unknown = nil, nil
		for _, name := range names {
			if s, err := ScorerNamed(name); err == nil {
				c.scorers = append(c.scorers, s)
			} else {
				c.unknown = append(c.unknown, name)
			}
		}
	}
}

func namedScorers() map[string]Scorer {
	all := []Scorer{
		AccuracyScorer(), R2Scorer(),
		ScorePredictions("balanced_accuracy", withoutOptions(BalancedAccuracy)),
		ScorePredictions("matthews_corrcoef", withoutOptions(Matthews)),
		ScoreRanking("roc_auc", withoutOptions(ROCAUC)),
		ScoreRanking("average_precision", withoutOptions(AveragePrecision)),
		ScoreProba("neg_log_loss", func(want []int, proba *Matrix) (float64, error) {
			loss, err := LogLoss(want, proba)
			return -loss, err
		}),
		ScoreProba("neg_brier_score", func(want []int, proba *Matrix) (float64, error) {
			if proba.cols != 2 {
				return 0, errorf("Brier: there are probabilities of %d labels, it takes those of two", proba.cols)
			}
			loss, err := Brier(want, proba.Col(1))
			return -loss, err
		}),
	}
	for name, metric := range map[string]func(want, got []int, opts ...MetricOption) (float64, error){
		"precision": Precision, "recall": Recall, "f1": F1, "jaccard": Jaccard,
	} {
		for _, average := range []Average{Binary, Micro, Macro, Weighted} {
			all = append(all, ScorePredictions(scorerName(name, average), withOption(metric, average)))
		}
	}
	for name, metric := range map[string]func(want []int, proba *Matrix, opts ...MetricOption) (float64, error){
		"roc_auc_ovr": ROCAUCOneVsRest, "roc_auc_ovo": ROCAUCOneVsOne,
	} {
		all = append(all, ScoreProba(name, withOption(metric, Macro)), ScoreProba(name+"_weighted", withOption(metric, Weighted)))
	}
	for name, metric := range map[string]func(want, got []float64, opts ...MetricOption) (float64, error){
		"neg_mean_squared_error": MeanSquaredError, "neg_root_mean_squared_error": RootMeanSquaredError,
		"neg_mean_absolute_error": MeanAbsoluteError, "neg_median_absolute_error": MedianAbsoluteError,
		"max_error": func(want, got []float64, _ ...MetricOption) (float64, error) { return MaxError(want, got) },
	} {
		all = append(all, ScoreValues(name, func(want, got []float64) (float64, error) {
			v, err := metric(want, got)
			return -v, err
		}))
	}
	named := make(map[string]Scorer, len(all))
	for _, s := range all {
		named[s.Name] = s
	}
	return named
}

func scorerName(metric string, average Average) string {
	if average == Binary {
		return metric
	}
	return fmt.Sprintf("%s_%v", metric, average)
}

func withoutOptions[T any](metric func(want []int, got T, opts ...MetricOption) (float64, error)) func(want []int, got T) (float64, error) {
	return func(want []int, got T) (float64, error) { return metric(want, got) }
}

func withOption[T any](metric func(want []int, got T, opts ...MetricOption) (float64, error), opt MetricOption) func(want []int, got T) (float64, error) {
	return func(want []int, got T) (float64, error) { return metric(want, got, opt) }
}

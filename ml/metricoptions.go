package ml

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MetricOption changes how a metric judges. Each metric says which options it
// takes; any other is an error.
type MetricOption interface {
	apply(c *metricConfig)
}

// Average says how the values of several labels become one. It is itself a
// MetricOption: F1(want, got, Macro).
type Average int

// The averages of scikit-learn.
const (
	Binary   Average = iota // the value of the positive label; there must be two labels at most
	Micro                   // the labels' rows counted together
	Macro                   // the mean of the labels' values
	Weighted                // the mean of the labels' values, each as often as the label has rows
)

// String returns scikit-learn's name.
func (a Average) String() string {
	if names := []string{"binary", "micro", "macro", "weighted"}; a >= 0 && int(a) < len(names) {
		return names[a]
	}
	return fmt.Sprintf("Average(%d)", int(a))
}

func (a Average) apply(c *metricConfig) { c.average, c.given = a, c.given|takesAverage }

// SampleWeights makes row i count weights[i] times: one finite number ≥ 0 per row,
// not all of them 0. nil is no weights: every row counts once.
func SampleWeights(weights []float64) MetricOption {
	return metricOption{takesWeights, func(c *metricConfig) { c.weights = weights }}
}

// Positive says which label is the positive one. Other labels are negative then,
// however many there are.
func Positive(label int) MetricOption {
	return metricOption{takesPositive, func(c *metricConfig) { c.positive = label }}
}

// ForLabels judges these labels only, in this order; they need not occur. Where a
// matrix has a column per label, it says which labels those are, in ascending
// order. Without it the labels are those that occur, ascending.
func ForLabels(labels ...int) MetricOption {
	labels = slices.Clone(labels)
	return metricOption{takesLabels, func(c *metricConfig) { c.labels = labels }}
}

// ClassNames gives the labels names: label c is called classes[c].
func ClassNames(classes Classes) MetricOption {
	return metricOption{takesNames, func(c *metricConfig) { c.names = classes }}
}

// ZeroDivision is the value of a precision without predicted rows, and of a recall
// without rows that have the label: 0 unless told otherwise. It may also be 1, or
// NaN, which shows in every average that the value takes part in.
func ZeroDivision(value float64) MetricOption {
	return metricOption{takesZero, func(c *metricConfig) { c.zero = value }}
}

// KeepIntermediate keeps the points of a ROC curve that lie on a straight line
// between others.
func KeepIntermediate() MetricOption {
	return metricOption{takesKeep, func(c *metricConfig) { c.keep = true }}
}

type metricOption struct {
	kind optionSet
	set  func(c *metricConfig)
}

func (o metricOption) apply(c *metricConfig) {
	o.set(c)
	c.given |= o.kind
}

// optionSet holds kinds of options.
type optionSet uint

const (
	takesWeights optionSet = 1 << iota
	takesAverage
	takesPositive
	takesLabels
	takesNames
	takesZero
	takesKeep
)

func (s optionSet) String() string {
	var names []string
	for i, name := range []string{"SampleWeights", "an Average", "Positive", "ForLabels", "ClassNames", "ZeroDivision", "KeepIntermediate"} {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "no options"
	}
	return strings.Join(names, ", ")
}

// metricConfig is what the options of one call come to.
type metricConfig struct {
	weights  []float64 // nil if every row counts once
	average  Average
	positive int
	labels   []int
	names    Classes
	zero     float64
	keep     bool

	given optionSet
}

// newMetricConfig applies the options of a metric that takes some kinds of them
// and averages in one of the given ways, the first unless told otherwise.
func newMetricConfig(opts []MetricOption, takes optionSet, averages ...Average) (*metricConfig, error) {
	c := &metricConfig{}
	if len(averages) > 0 {
		c.average = averages[0]
	}
	for _, opt := range opts {
		opt.apply(c)
	}
	if other := c.given &^ takes; other != 0 {
		return nil, errorf("%v has no effect here, allowed: %v", other, takes)
	}
	var check paramCheck
	if c.has(takesAverage) {
		check.want(slices.Contains(averages, c.average), "the average", c.average, averageNames(averages))
	}
	if c.has(takesLabels) {
		check.want(len(c.labels) > 0, "the number of labels", 0, ">= 1")
		check.want(isUnique(c.labels), "a label", "given twice", "unique")
	}
	check.want(c.zero == 0 || c.zero == 1 || math.IsNaN(c.zero), "ZeroDivision", c.zero, "0, 1 or NaN")
	return c, check.err()
}

func (c *metricConfig) has(kind optionSet) bool { return c.given&kind != 0 }

func averageNames(averages []Average) string {
	text := make([]string, len(averages))
	for i, a := range averages {
		text[i] = a.String()
	}
	return "one of " + strings.Join(text, ", ")
}

func isUnique(labels []int) bool {
	sorted := slices.Sorted(slices.Values(labels))
	return len(slices.Compact(sorted)) == len(labels)
}

// checkRows makes sure that there are as many of one as of the other, some, and
// weights for all. what says what the second ones are.
func (c *metricConfig) checkRows(want, got int, what string) error {
	switch {
	case want != got:
		return errorf("%d rows of truth against %d %s", want, got, what)
	case want == 0:
		return errorf("no rows, at least one is needed")
	case c.weights == nil:
		return nil
	case len(c.weights) != want:
		return errorf("%d weights for %d rows", len(c.weights), want)
	}
	sum := 0.0
	for i, w := range c.weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return errorf("weight of row %d is %v, must be a finite number >= 0", i, w)
		}
		sum += w
	}
	if sum == 0 || math.IsInf(sum, 1) {
		return errorf("the weights sum to %v, must be a finite number > 0", sum)
	}
	return nil
}

// name is what a label is called.
func (c *metricConfig) name(label int) (string, error) {
	if !c.has(takesNames) {
		return strconv.Itoa(label), nil
	}
	if label < 0 || label >= len(c.names) {
		return "", errorf("label %d has no name, there are %d names", label, len(c.names))
	}
	return c.names[label], nil
}

func (c *metricConfig) namesOf(labels []int) ([]string, error) {
	names := make([]string, len(labels))
	for i, label := range labels {
		var err error
		if names[i], err = c.name(label); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// weight of row i.
func (c *metricConfig) weight(i int) float64 {
	if c.weights == nil {
		return 1
	}
	return c.weights[i]
}

// mean of f over n rows.
func (c *metricConfig) mean(n int, f func(i int) float64) float64 {
	if c.weights == nil {
		return numpySum(n, f) / float64(n)
	}
	return numpySum(n, func(i int) float64 { return float64(f(i) * c.weights[i]) }) / numpySumOf(c.weights)
}

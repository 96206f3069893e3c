package ml

import (
	"fmt"
	"maps"
	"slices"
)

// ClassWeight says how much a row counts by its class. The zero value counts each
// row once.
type ClassWeight struct {
	rule   weightRule
	labels map[int]float64
}

type weightRule uint8

const (
	equalWeights weightRule = iota
	balancedWeights
	balancedSubsample
	weightsByLabel
)

// BalancedClasses gives all classes the same weight: a row of a class with m of n
// rows counts n/(K·m), K being the number of classes.
func BalancedClasses() ClassWeight { return ClassWeight{rule: balancedWeights} }

// BalancedSubsample is BalancedClasses, computed anew for the rows each tree of a
// forest draws. Without Bootstrap it is the same as BalancedClasses.
func BalancedSubsample() ClassWeight { return ClassWeight{rule: balancedSubsample} }

// WeightsByLabel gives the weight of a row by its label. Labels that are not in
// the map weigh 1.
func WeightsByLabel(weights map[int]float64) ClassWeight {
	return ClassWeight{weightsByLabel, maps.Clone(weights)}
}

// String names the rule or lists the weights by label.
func (w ClassWeight) String() string {
	switch w.rule {
	case balancedWeights:
		return "balanced"
	case balancedSubsample:
		return "balanced_subsample"
	case weightsByLabel:
		return fmt.Sprint(w.labels)
	}
	return "none"
}

func (w ClassWeight) isBalanced() bool {
	return w.rule == balancedWeights || w.rule == balancedSubsample
}

func (w ClassWeight) check(c *paramCheck) {
	for _, label := range slices.Sorted(maps.Keys(w.labels)) {
		weight := w.labels[label]
		c.want(weight >= 0 && isFinite(weight), fmt.Sprintf("ClassWeight of label %d", label), weight, "a finite number >= 0")
	}
}

// of returns the weight of each class; class c has label codes[c]. A label in the
// map that is not in codes is an error if the map lacks one that is: scikit-learn
// takes it for a mistake then.
func (w ClassWeight) of(codes []int, class []int32) ([]float64, error) {
	weights := make([]float64, len(codes))
	if w.isBalanced() {
		balance(weights, class, nil)
		return weights, nil
	}
	found := 0
	var lacking []int
	for c, code := range codes {
		weight, ok := w.labels[code]
		if !ok {
			weight = 1
			lacking = append(lacking, code)
		} else {
			found++
		}
		weights[c] = weight
	}
	if len(lacking) > 0 && found < len(w.labels) {
		return nil, errorf("ClassWeight has %d labels that the data do not have, and lacks %v", len(w.labels)-found, lacking)
	}
	return weights, nil
}

// balance sets the balanced weight of each class, 0 for one without rows. Row i is
// there times[i] times, or once if times is nil.
func balance(weights []float64, class []int32, times []float64) {
	clear(weights)
	var rows float64
	for i, c := range class {
		n := 1.0
		if times != nil {
			n = times[i]
		}
		weights[c] += n
		rows += n
	}
	var classes float64
	for _, n := range weights {
		if n > 0 {
			classes++
		}
	}
	for c, n := range weights {
		if n > 0 {
			weights[c] = rows / (classes * n)
		}
	}
}

// ofRows returns the weight of each row: its own, or 1 if weights is nil, times that
// of its class. It is nil if all rows weigh 1.
func (w ClassWeight) ofRows(set *trainingSet, weights []float64) ([]float64, error) {
	if err := checkWeights(weights, len(set.class)); err != nil {
		return nil, err
	}
	if w.rule == equalWeights {
		return weights, nil
	}
	class := make([]int32, len(set.class))
	for i, c := range set.class {
		class[i] = int32(c)
	}
	byClass, err := w.of(set.codes, class)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(class))
	for i, c := range class {
		out[i] = byClass[c]
		if weights != nil {
			out[i] *= weights[i]
		}
	}
	return out, nil
}

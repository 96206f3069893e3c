package ml

import (
	"fmt"
	"math"
	"slices"
)

// ranking is what the metrics of scores start from: the scores of the positive
// rows and those of the negative ones, each ascending.
type ranking struct {
	positive, negative rankedSide
}

// rankedSide is the scores of one side, as keys that are in the scores' order.
type rankedSide struct {
	keys    []uint64
	weights []float64 // nil if every row counts once
}

// newRanking checks and sorts. positive chooses the positive label from those that
// occur, ascending, of which three stand for more.
func (c *metricConfig) newRanking(want []int, scores []float64, positive func(labels []int) (int, error)) (*ranking, error) {
	if err := c.checkRows(len(want), len(scores), "scores"); err != nil {
		return nil, err
	}
	for i, v := range scores {
		if !isFinite(v) {
			return nil, errorf("score of row %d is %v, only finite numbers are allowed", i, v)
		}
	}
	label, err := c.choosePositive(want, positive)
	if err != nil {
		return nil, err
	}
	return c.split(len(want), scores, func(i int) bool { return want[i] == label }), nil
}

func (c *metricConfig) choosePositive(want []int, positive func(labels []int) (int, error)) (int, error) {
	labels := c.firstLabels(want, 3)
	if !c.has(takesPositive) {
		return positive(labels)
	}
	if len(labels) > 1 && !slices.Contains(want, c.positive) {
		return 0, errorf("%s, the positive label %d is none of them", describeLabels(labels), c.positive)
	}
	return c.positive, nil
}

// firstLabels returns the distinct labels of rows with a weight, ascending, and
// looks no further when it has seen as many as are asked for.
func (c *metricConfig) firstLabels(want []int, most int) []int {
	var labels []int
	for i, label := range want {
		if !slices.Contains(labels, label) && c.weight(i) > 0 {
			if labels = append(labels, label); len(labels) == most {
				break
			}
		}
	}
	slices.Sort(labels)
	return labels
}

// split sorts the rows 0..n−1 by their scores, those without weight left out.
func (c *metricConfig) split(n int, scores []float64, isPositive func(i int) bool) *ranking {
	positives := 0
	for i := range n {
		if isPositive(i) {
			positives++
		}
	}
	r := &ranking{c.newRankedSide(positives), c.newRankedSide(n - positives)}
	for i := range n {
		side := &r.negative
		if isPositive(i) {
			side = &r.positive
		}
		if c.weights == nil {
			side.keys = append(side.keys, orderedBits(scores[i]))
		} else if w := c.weights[i]; w > 0 {
			side.keys, side.weights = append(side.keys, orderedBits(scores[i])), append(side.weights, w)
		}
	}
	for _, side := range []*rankedSide{&r.positive, &r.negative} {
		side.keys, side.weights = radixSort(side.keys, side.weights)
	}
	return r
}

// newRankedSide has room for n rows.
func (c *metricConfig) newRankedSide(n int) rankedSide {
	r := rankedSide{keys: make([]uint64, 0, n)}
	if c.weights != nil {
		r.weights = make([]float64, 0, n)
	}
	return r
}

// cutoffs calls f with each score that occurs, from the highest, and with how many
// positive and negative rows have it or a higher one: numbers of rows, or their
// weights.
func (r *ranking) cutoffs(f func(score, positive, negative float64)) {
	p, n := len(r.positive.keys)-1, len(r.negative.keys)-1
	positive, negative := 0.0, 0.0
	for p >= 0 || n >= 0 {
		var key uint64
		if p >= 0 {
			key = r.positive.keys[p]
		}
		if n >= 0 {
			key = max(key, r.negative.keys[n])
		}
		p, positive = r.positive.pass(key, p, positive)
		n, negative = r.negative.pass(key, n, negative)
		f(scoreOf(key), positive, negative)
	}
}

// pass goes down from place i over all keys that are equal to key, and adds their
// weights to sum.
func (s *rankedSide) pass(key uint64, i int, sum float64) (int, float64) {
	for i >= 0 && s.keys[i] == key {
		if s.weights == nil {
			sum++
		} else {
			sum += s.weights[i]
		}
		i--
	}
	return i, sum
}

// orderedBits returns a number that is in the order of v: 0 and −0 give the same.
func orderedBits(v float64) uint64 {
	bits := math.Float64bits(v + 0) // −0 + 0 is 0
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// scoreOf is the inverse of orderedBits.
func scoreOf(key uint64) float64 {
	if key>>63 == 1 {
		return math.Float64frombits(key &^ (1 << 63))
	}
	return math.Float64frombits(^key)
}

// implicitPositive takes 1 as the positive label where it is plain that it is.
func implicitPositive(labels []int) (int, error) {
	for _, plain := range [][]int{{0, 1}, {-1, 1}, {0}, {-1}, {1}} {
		if slices.Equal(labels, plain) {
			return 1, nil
		}
	}
	return 0, fmt.Errorf("%s, it must be said which one is positive; see Positive", describeLabels(labels))
}

package ml

import "math"

// histSplit sends the rows of a node whose bin in a column is at most bin to the left.
type histSplit struct {
	gain        float64 // by how much the loss decreases; not above 0 if no split is allowed
	column, bin int
	missingLeft bool
	left, right histSums
}

// histSums are the sums over the rows of a node, or of one side of a split.
type histSums struct {
	gradients, hessians float64
	rows                int
}

// histRules say which splits are allowed and what a node predicts.
type histRules struct {
	l2              float64
	minRows         int
	constantHessian bool // each row's is 1
}

// minHessian is what a side of a split must have at least.
const minHessian = 1e-3

// small keeps 0/0 from happening.
const small = 1e-15

// value is the Newton step of a node.
func (r *histRules) value(s histSums) float64 { return -s.gradients / (s.hessians + r.l2 + small) }

// loss is what a node's value takes from the loss, times −2: the split's gain is the
// difference of that (Chen and Guestrin 2016, equation 7).
func (r *histRules) loss(s histSums) float64 { return float64(s.gradients * r.value(s)) }

// bestSplit returns the best split of a node by a column: the first of several. It need not find
// one whose gain is below atLeast.
func (r *histRules) bestSplit(c *binnedColumn, column int, h *[histBins]histBin, node *histNode, atLeast float64) histSplit {
	s := histScan{histRules: r, h: h, node: node.histSums, loss: float64(node.gradients * node.value)}
	s.best = histSplit{gain: -1, column: column}
	s.setBar(atLeast)
	s.fromLeft(c)
	if c.hasMissing {
		s.fromRight(c)
	}
	if s.best.gain > 0 {
		s.best.right = s.rest(s.best.left)
	}
	return s.best
}

// histScan tries the splits of a node by a column.
type histScan struct {
	*histRules
	h    *[histBins]histBin
	node histSums
	loss float64 // of the node
	bar  float64 // see mayBeat
	best histSplit
}

func (s *histScan) rest(part histSums) histSums {
	return histSums{s.node.gradients - part.gradients, s.node.hessians - part.hessians, s.node.rows - part.rows}
}

// fromLeft adds one bin after the other to the left side; missing cells are on the
// right. With missing cells the last split is between them and all others.
func (s *histScan) fromLeft(c *binnedColumn) {
	var left histSums
	for bin := range s.h[:c.size()-1] {
		if !s.add(&left, &s.h[bin]) {
			continue // no better than the one before
		}
		if s.isTooSmall(left) {
			continue
		}
		right := s.rest(left)
		if s.isTooSmall(right) {
			break
		}
		if s.mayBeat(left, right) {
			s.try(bin, left, right, false)
		}
	}
}

// fromRight adds bins to the right side; missing cells are on the left.
func (s *histScan) fromRight(c *binnedColumn) {
	var right histSums
	for bin := c.numBins() - 2; bin >= 0; bin-- {
		if !s.add(&right, &s.h[bin+1]) {
			continue
		}
		if s.isTooSmall(right) {
			continue
		}
		left := s.rest(right)
		if s.isTooSmall(left) {
			break
		}
		if s.mayBeat(left, right) {
			s.try(bin, left, right, true)
		}
	}
}

func (r *histRules) isTooSmall(side histSums) bool {
	return side.rows < r.minRows || side.hessians < minHessian
}

// add adds a bin to a side, and reports whether there is anything in it.
func (s *histScan) add(side *histSums, b *histBin) bool {
	if b.rows == 0 && b.gradients == 0 && b.hessians == 0 {
		return false
	}
	side.rows += int(b.rows)
	side.gradients += b.gradients
	if s.constantHessian {
		side.hessians += float64(b.rows)
	} else {
		side.hessians += b.hessians
	}
	return true
}

// setBar keeps splits away whose gain is certainly below gain.
func (s *histScan) setBar(gain float64) {
	const margin = 1e-12 // far more than rounding does to sums and products of numbers that are not negative
	s.bar = gain - s.loss - margin*(math.Abs(s.loss)+math.Abs(gain))
	if s.bar < 1e-200 { // products may have lost digits
		s.bar = math.Inf(-1)
	}
}

// mayBeat reports whether the sum of g²/h over both sides is not below the bar: as a comparison of
// products, since divisions would take most of the time of a search. Overflow may beat.
func (s *histScan) mayBeat(left, right histSums) bool {
	l, r := left.hessians+s.l2+small, right.hessians+s.l2+small
	return !(left.gradients*left.gradients*r+right.gradients*right.gradients*l < s.bar*l*r)
}

func (s *histScan) try(bin int, left, right histSums, missingLeft bool) {
	gain := s.loss - s.histRules.loss(left) - s.histRules.loss(right)
	if gain > s.best.gain && gain > 0 {
		s.best.gain, s.best.bin, s.best.missingLeft, s.best.left = gain, bin, missingLeft, left
		s.setBar(gain)
	}
}

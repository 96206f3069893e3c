package ml

import (
	"math"

	"github.com/penstock/penstock/internal/vec"
)

// shrink moves variables behind the active ones that are at a bound and will in all
// likelihood stay there: their slopes are beyond those of the pair that violates
// optimality most. Once that pair is close to the end, all come back one time.
func (s *smo) shrink(tol float64) {
	steepest := s.steepestSlopes()
	if !s.unshrunk && max(steepest[0].violation(), steepest[1].violation()) <= 10*tol {
		s.unshrunk = true
		s.unshrink()
	}
	for i := 0; i < s.active; i++ {
		if !s.idle(i, steepest[s.label(i)]) {
			continue
		}
		for s.active--; s.active > i; s.active-- {
			if !s.idle(s.active, steepest[s.label(s.active)]) {
				s.swap(i, s.active)
				break
			}
		}
	}
	s.steepest = -1
}

// idle reports whether variable i is at a bound and its slope would have it stay
// there, if these are the steepest slopes there are.
func (s *smo) idle(i int, steepest extremes) bool {
	switch {
	case math.IsInf(s.low[i], -1):
		return s.up[i] > steepest.low
	case math.IsInf(s.up[i], 1):
		return -s.low[i] > steepest.up
	}
	return false
}

// swap changes two variables in everything that is kept by their places.
func (s *smo) swap(i, j int) {
	s.k.swap(i, j)
	for _, a := range [][]float64{s.diag, s.y, s.c, s.alpha, s.up, s.low, s.start, s.bounded} {
		a[i], a[j] = a[j], a[i]
	}
	s.order[i], s.order[j] = s.order[j], s.order[i]
}

// noteBound keeps account of the variables at their upper bound: variable i may have
// come there or gone, having had the value old.
func (s *smo) noteBound(i int, old float64) {
	was, is := old >= s.c[i], s.alpha[i] >= s.c[i]
	if was == is {
		return
	}
	change := s.y[i] * s.c[i]
	if was {
		change = -change
	}
	vec.AddScaled(s.bounded, s.k.row(i, len(s.y)), change)
}

// unshrink makes all variables active. The slopes of those that were not are
// computed anew: by rows of the kernel for them, or for the variables between the
// bounds, whichever is less work.
func (s *smo) unshrink() {
	n := len(s.y)
	if s.active == n {
		return
	}
	slopes := s.bounded[s.active:n:n]
	sums := make([]float64, len(slopes))
	for t := range sums {
		sums[t] = slopes[t] + s.start[s.active+t]
	}
	var free []int
	for i := range s.active {
		if s.alpha[i] > 0 && s.alpha[i] < s.c[i] {
			free = append(free, i)
		}
	}
	if len(free)*n > 2*s.active*(n-s.active) {
		s.k.each(upTo(s.active, n), s.active, func(t int, row []float32) {
			for _, i := range free {
				sums[t-s.active] += float64(s.y[i] * s.alpha[i] * float64(row[i]))
			}
		})
	} else {
		s.k.each(free, n, func(i int, row []float32) {
			vec.AddScaled(sums, row[s.active:], s.y[i]*s.alpha[i])
		})
	}
	for t, slope := range sums {
		s.setSlope(s.active+t, slope)
	}
	s.active, s.steepest = n, -1
}

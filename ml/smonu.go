package ml

import "math"

// libsvm solves the ν formulations by the same steps with one more condition: the sum of α
// over the variables of either label is kept too. So the two variables of a step have the same
// label, and each label has slopes, limits and an intercept of its own (Chang and Lin 2011,
// section 4.2.3).

// extremes are the steepest slopes of some variables: in up the largest of −slope where y·α may
// grow, in low the largest slope where it may shrink.
type extremes struct{ up, low float64 }

// violation is how far the variables are from what optimality wants.
func (b extremes) violation() float64 { return b.up + b.low }

// label is 0 for the variables of label +1 and 1 for those of −1.
func (s *smo) label(i int) int {
	if s.y[i] < 0 {
		return 1
	}
	return 0
}

// steepestSlopes are those of the active variables by label, or of all of them twice.
func (s *smo) steepestSlopes() [2]extremes {
	none := extremes{math.Inf(-1), math.Inf(-1)}
	b := [2]extremes{none, none}
	for t := range s.active {
		of := &b[s.label(t)]
		of.up, of.low = max(of.up, -s.up[t]), max(of.low, s.low[t])
	}
	if !s.nu {
		all := extremes{max(b[0].up, b[1].up), max(b[0].low, b[1].low)}
		return [2]extremes{all, all}
	}
	return b
}

// workingSetNu is workingSet for two variables of one label.
func (s *smo) workingSetNu(tol float64) (i, j int) {
	first, least := [2]int{-1, -1}, [2]float64{math.Inf(1), math.Inf(1)}
	for t, v := range s.up[:s.active] {
		if l := s.label(t); v <= least[l] && !math.IsInf(v, 1) {
			first[l], least[l] = t, v
		}
	}
	var rows [2][]float32
	for l, i := range first {
		if i >= 0 {
			rows[l] = s.k.row(i, s.active)
		}
	}
	j = -1
	best, worst := math.Inf(-1), math.Inf(-1)
	for t, low := range s.low[:s.active] {
		l := s.label(t)
		gap := low - least[l]
		worst = max(worst, gap)
		if gap <= 0 || first[l] < 0 {
			continue
		}
		if v := float64(gap*gap) / s.curvature(first[l], t, float64(rows[l][t])); v >= best {
			j, best = t, v
		}
	}
	if j < 0 || worst < tol {
		return -1, -1
	}
	return first[s.label(j)], j
}

// rhoNu returns the intercept, and how far those of the two labels lie from it: half the width
// of the margin.
func (s *smo) rhoNu() (rho, margin float64) {
	plus, minus := s.rho(func(t int) bool { return s.y[t] > 0 }), s.rho(func(t int) bool { return s.y[t] < 0 })
	return (plus + minus) / 2, (plus - minus) / 2
}

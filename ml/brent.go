package ml

import "math"

// point is a place on a curve.
type point struct{ x, y float64 }

// curve evaluates f.
func curve(f func(float64) float64, x float64) point { return point{x, f(x)} }

// minimize returns where f has a minimum: one that is found by going downhill from
// a or b, and then by Brent's method. The steps are those of scipy's
// optimize.brent, because the place they end at depends on them: where f is flat
// by its rounding errors, and where it has several minima.
func minimize(f func(float64) float64, a, b float64) float64 {
	return brent(f, bracket(f, curve(f, a), curve(f, b)))
}

const goldenRatio = 1.618034

// bracket returns three places in a row of which the middle one is lowest. It goes
// downhill with growing steps, to the minimum of the parabola through the last
// three places where that helps (mnbrak of Numerical Recipes). f may be infinite,
// which ends a walk, and must not be NaN.
func bracket(f func(float64) float64, a, b point) [3]point {
	const (
		tiny  = 1e-21 // keeps the parabola's denominator from being zero
		reach = 110   // of the parabola, in steps
		most  = 1000  // steps, for an f without a minimum
	)
	if a.y < b.y {
		a, b = b, a
	}
	c := curve(f, b.x+float64(goldenRatio*(b.x-a.x)))
	for n := 0; c.y < b.y && n < most; n++ {
		r := (b.x - a.x) * (b.y - c.y)
		q := (b.x - c.x) * (b.y - a.y)
		denominator := 2 * (q - r)
		if math.Abs(q-r) < tiny {
			denominator = 2 * tiny
		}
		x := b.x - (float64((b.x-c.x)*q)-float64((b.x-a.x)*r))/denominator
		limit := b.x + float64(reach*(c.x-b.x))
		further := func() point { return curve(f, c.x+float64(goldenRatio*(c.x-b.x))) }
		var next point
		switch {
		case (x-c.x)*(b.x-x) > 0: // between b and c
			next = curve(f, x)
			if next.y < c.y {
				return [3]point{b, next, c}
			}
			if next.y > b.y {
				return [3]point{a, b, next}
			}
			next = further()
		case (x-limit)*(limit-c.x) >= 0: // beyond the limit
			next = curve(f, limit)
		case (x-limit)*(c.x-x) > 0: // between c and the limit
			next = curve(f, x)
			if next.y < c.y {
				b, c = c, next
				next = further()
			}
		default:
			next = further()
		}
		a, b, c = b, c, next
	}
	return [3]point{a, b, c}
}

// brent finds a minimum between the outer places of a bracket, by parabolas
// through the three best places and by the golden section where these are of no
// use (R. P. Brent, Algorithms for Minimization without Derivatives, 1973,
// chapter 5).
func brent(f func(float64) float64, places [3]point) float64 {
	const (
		relative   = 1.48e-8 // tolerances for the place
		absolute   = 1e-11
		iterations = 500
	)
	s := brentSearch{
		lo: min(places[0].x, places[2].x), hi: max(places[0].x, places[2].x),
		best: places[1], second: places[1], third: places[1],
	}
	for range iterations {
		tol := float64(relative*math.Abs(s.best.x)) + absolute
		if math.Abs(s.best.x-s.middle()) < 2*tol-0.5*(s.hi-s.lo) {
			break
		}
		s.add(curve(f, s.next(tol)))
	}
	return s.best.x
}

// brentSearch is Brent's method under way: the minimum is between lo and hi.
type brentSearch struct {
	lo, hi              float64
	best, second, third point
	step, before        float64 // the last step and the one before it
}

func (s *brentSearch) middle() float64 { return 0.5 * (s.lo + s.hi) }

// next returns the place to look at.
func (s *brentSearch) next(tol float64) float64 {
	x, middle := s.best.x, s.middle()
	if !s.parabolicStep(tol) {
		if s.before = s.hi - x; x >= middle {
			s.before = s.lo - x
		}
		const section = 0.3819660
		s.step = section * s.before
	}
	if math.Abs(s.step) < tol {
		return x + math.Copysign(tol, s.step)
	}
	return x + s.step
}

// parabolicStep reports whether a parabola leads to a place within bounds, by
// less than half of the step before the last one.
func (s *brentSearch) parabolicStep(tol float64) bool {
	if math.Abs(s.before) <= tol {
		return false
	}
	p, q := vertex(s.best, s.second, s.third)
	half := 0.5 * q * s.before
	s.before = s.step
	x := s.best.x
	if !(p > q*(s.lo-x) && p < q*(s.hi-x) && math.Abs(p) < math.Abs(half)) {
		return false
	}
	s.step = p / q
	if u := x + s.step; u-s.lo < 2*tol || s.hi-u < 2*tol {
		s.step = math.Copysign(tol, s.middle()-x)
	}
	return true
}

// add takes in the value at the place of next.
func (s *brentSearch) add(next point) {
	switch worse := next.y > s.best.y; {
	case worse && next.x < s.best.x, !worse && next.x >= s.best.x:
		s.lo = min(next.x, s.best.x)
	default:
		s.hi = max(next.x, s.best.x)
	}
	switch {
	case !(next.y > s.best.y):
		s.best, s.second, s.third = next, s.best, s.second
	case next.y <= s.second.y || s.second.x == s.best.x:
		s.second, s.third = next, s.second
	case next.y <= s.third.y || s.third.x == s.best.x || s.third.x == s.second.x:
		s.third = next
	}
}

// vertex returns how far the vertex of the parabola through three places is from
// the first of them, as p/q with q ≥ 0.
func vertex(a, b, c point) (p, q float64) {
	r := (a.x - b.x) * (a.y - c.y)
	q = (a.x - c.x) * (a.y - b.y)
	p = float64((a.x-c.x)*q) - float64((a.x-b.x)*r)
	q = 2 * (q - r)
	if q > 0 {
		p = -p
	}
	return p, math.Abs(q)
}

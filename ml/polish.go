package ml

import (
	"context"
	"math"
	"slices"

	"github.com/penstock/penstock/internal/vec"
)

// gap is how far the value of the primal problem, with rho as its intercept, lies above
// that of the dual one. The optimum of both is between them. Each variable adds what it
// could still gain by going to a bound, so that nothing cancels out.
func (s *smo) gap(rho float64) float64 {
	var sum float64
	for i, a := range s.alpha {
		if g := s.y[i] * (s.slope(i) - rho); g > 0 {
			sum += a * g
		} else {
			sum -= (s.c[i] - a) * g
		}
	}
	return sum
}

// polish goes on from a solution until its gap is at most the given part of the
// objective's absolute value. It ends as not converged where float64 allows no better.
func (s *smo) polish(ctx context.Context, d *dual, most, tol float64, maxIter int, shrinking bool) error {
	for d.converged && !(d.gap <= most*math.Abs(d.objective)) {
		if tol /= 10; !(tol > s.noise()) {
			d.converged = false
			return nil
		}
		s.refresh()
		s.unshrunk = false
		if err := s.descend(ctx, d, tol, maxIter, shrinking); err != nil {
			return err
		}
		s.conclude(d)
	}
	return nil
}

// refresh computes the slopes anew, without the rounding errors of all steps.
func (s *smo) refresh() {
	n := len(s.alpha)
	slopes := slices.Clone(s.start)
	var supports []int
	for i, a := range s.alpha {
		if a != 0 {
			supports = append(supports, i)
		}
	}
	s.k.each(supports, n, func(i int, row []float32) {
		vec.AddScaled(slopes, row, s.y[i]*s.alpha[i])
	})
	for i, slope := range slopes {
		s.setSlope(i, slope)
	}
	s.steepest = -1
}

// noise is about what rounding does to a slope.
func (s *smo) noise() float64 {
	sum, longest := 1.0, 0.0
	for i, a := range s.alpha {
		length := math.Sqrt(math.Abs(s.diag[i]))
		sum, longest = sum+a*length, max(longest, length)
	}
	const ulp = 0x1p-53
	return ulp * sum * max(1, longest)
}

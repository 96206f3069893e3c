package ml

import (
	"context"
	"math"

	"github.com/penstock/penstock/internal/vec"
)

// tinyCurvature stands in for a second derivative that is not positive.
const tinyCurvature = 1e-12

// smo solves the dual of a support vector machine by sequential minimal
// optimization: minimise ½αᵀQα + pᵀα subject to 0 ≤ α ≤ C and yᵀα = const, where
// Q(i,j) = y(i)·y(j)·K(i,j), two variables at a time. The pair is chosen by second
// order information (Fan, Chen and Lin 2005, working set selection 2); the step,
// the shrinking and the stopping rule are those of libsvm (Chang and Lin 2011,
// section 4).
//
// Which of several equal candidates is taken decides the path, and with it the
// last digits of the result. libsvm takes the last one; so does this solver.
//
// The slope of a variable is y times its gradient. It is kept twice: in up for
// variables of which y·α may grow, in low for those of which it may shrink, and as
// an infinity where the variable is not one of them. So the loops over all
// variables ask for no bounds, and signs of labels drop out of them.
type smo struct {
	k       *kernelCache
	diag    []float64 // K(i,i), not rounded
	y       []float64 // ±1
	c       []float64 // upper bounds, above 0
	alpha   []float64
	up, low []float64
	nu      bool // keep the sums of α of both labels apart, see smonu.go

	// For shrinking, see shrink.go. The first active variables are worked on.
	active   int
	order    []int     // the number that each variable had at first
	start    []float64 // y·p
	bounded  []float64 // the part of the slope that comes from variables at C
	unshrunk bool

	steepest int // the last variable with the least up, −1 if not known
}

// dual is a solution. The decision value of x is Σ alpha·y·K(sample, x) − rho.
type dual struct {
	alpha      []float64
	rho        float64
	objective  float64
	iterations int
	converged  bool    // false if stopped by the limit on iterations
	gap        float64 // of the primal problem's value above the dual's, unless it is one with ν
	margin     float64 // with ν: half the width of the margin
	evicted    bool    // whether rows of the kernel were given up for lack of memory
}

// newSMO starts at α = 0. p is the linear term.
func newSMO(k *kernelCache, y, c, p []float64) *smo {
	n := len(y)
	s := &smo{
		k: k, diag: k.diagonal(), y: y, c: c, alpha: make([]float64, n), up: make([]float64, n), low: make([]float64, n),
		active: n, order: upTo(0, n), start: make([]float64, n), bounded: make([]float64, n), steepest: -1,
	}
	for i := range y {
		s.start[i] = y[i] * p[i]
		s.setSlope(i, s.start[i])
	}
	return s
}

// begin starts at another α, which is within bounds.
func (s *smo) begin(alpha []float64) {
	copy(s.alpha, alpha)
	s.refresh()
	for i := range alpha {
		s.noteBound(i, 0)
	}
}

// solve steps until no pair violates the optimality conditions by tol or more,
// or maxIter steps are done; -1 stands for no limit.
func (s *smo) solve(ctx context.Context, tol float64, maxIter int, shrinking bool) (*dual, error) {
	d := &dual{}
	if err := s.descend(ctx, d, tol, maxIter, shrinking); err != nil {
		return nil, err
	}
	s.conclude(d)
	return d, nil
}

// descend goes on from where it is, and counts its steps in d.
func (s *smo) descend(ctx context.Context, d *dual, tol float64, maxIter int, shrinking bool) error {
	const most = 1000
	d.converged = false
	wait := min(len(s.y), most) + 1
	for maxIter < 0 || d.iterations < maxIter {
		if wait--; wait == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			wait = min(len(s.y), most)
			if shrinking {
				s.shrink(tol)
			}
		}
		i, j := s.workingSet(tol)
		if j < 0 && s.active < len(s.y) {
			s.unshrink()
			i, j = s.workingSet(tol)
			wait = 1
		}
		if j < 0 {
			d.converged = true
			break
		}
		d.iterations++
		s.step(i, j, shrinking)
	}
	return ctx.Err()
}

// conclude takes the solution from where the solver is.
func (s *smo) conclude(d *dual) {
	if s.nu {
		d.rho, d.margin = s.rhoNu()
	} else {
		d.rho = s.rho(func(int) bool { return true })
	}
	d.objective, d.evicted = s.objective(), s.k.evicted
	d.alpha = make([]float64, len(s.alpha))
	for i, number := range s.order {
		d.alpha[number] = s.alpha[i]
	}
	s.unshrink() // if the limit on steps came before
	d.gap = s.gap(d.rho)
}

// workingSet returns the pair to change next, j being −1 if the solution is good
// enough. i violates optimality most; j promises the largest decrease with it.
//
// There always is an i, as otherwise all variables of one class were C and all of
// the other 0, against yᵀα = const; unless the slopes are no numbers.
func (s *smo) workingSet(tol float64) (i, j int) {
	if s.nu {
		return s.workingSetNu(tol)
	}
	if s.steepest < 0 {
		s.steepest = lastMin(s.up[:s.active])
	}
	i = s.steepest
	if i < 0 {
		return i, -1
	}
	slope := -s.up[i]
	j, low := vec.Pick(s.low[:s.active], s.diag, s.k.row(i, s.active), slope, s.diag[i])
	if slope+low < tol {
		return i, -1
	}
	return i, j
}

// lastMin returns the place of the least value, the last of several.
func lastMin(values []float64) int {
	place, least := -1, math.Inf(1)
	for i, v := range values {
		if v <= least {
			place, least = i, v
		}
	}
	return place
}

// step minimises over α(i) and α(j) and brings the slopes up to date.
func (s *smo) step(i, j int, shrinking bool) {
	oldI, oldJ := s.alpha[i], s.alpha[j]
	rowI, rowJ := s.k.row(i, s.active), s.k.row(j, s.active)
	if s.y[i] != s.y[j] {
		s.moveTogether(i, j, float64(rowI[j]))
	} else {
		s.moveApart(i, j, float64(rowI[j]))
	}
	slopeI, slopeJ := s.slope(i), s.slope(j)
	s.setSlope(i, slopeI)
	s.setSlope(j, slopeJ)
	s.steepest = vec.Descend(s.up[:s.active], s.low, rowI, rowJ, s.y[i]*(s.alpha[i]-oldI), s.y[j]*(s.alpha[j]-oldJ))
	if shrinking {
		s.noteBound(i, oldI)
		s.noteBound(j, oldJ)
	}
}

// moveTogether changes two variables of different labels: α(i) − α(j) is kept.
func (s *smo) moveTogether(i, j int, k float64) {
	ci, cj := s.c[i], s.c[j]
	gradI, gradJ := s.y[i]*s.slope(i), s.y[j]*s.slope(j)
	delta := (-gradI - gradJ) / s.curvature(i, j, k)
	diff := s.alpha[i] - s.alpha[j]
	ai, aj := s.alpha[i]+delta, s.alpha[j]+delta
	switch {
	case diff > 0 && aj < 0:
		ai, aj = diff, 0
	case diff <= 0 && ai < 0:
		ai, aj = 0, -diff
	}
	switch {
	case diff > ci-cj && ai > ci:
		ai, aj = ci, ci-diff
	case diff <= ci-cj && aj > cj:
		ai, aj = cj+diff, cj
	}
	s.alpha[i], s.alpha[j] = ai, aj
}

// moveApart changes two variables of the same label: α(i) + α(j) is kept.
func (s *smo) moveApart(i, j int, k float64) {
	ci, cj := s.c[i], s.c[j]
	gradI, gradJ := s.y[i]*s.slope(i), s.y[j]*s.slope(j)
	delta := (gradI - gradJ) / s.curvature(i, j, k)
	sum := s.alpha[i] + s.alpha[j]
	ai, aj := s.alpha[i]-delta, s.alpha[j]+delta
	switch {
	case sum > ci && ai > ci:
		ai, aj = ci, sum-ci
	case sum <= ci && aj < 0:
		ai, aj = sum, 0
	}
	switch {
	case sum > cj && aj > cj:
		ai, aj = sum-cj, cj
	case sum <= cj && ai < 0:
		ai, aj = 0, sum
	}
	s.alpha[i], s.alpha[j] = ai, aj
}

func (s *smo) curvature(i, j int, k float64) float64 {
	if q := s.diag[i] + s.diag[j] - 2*k; q > 0 {
		return q
	}
	return tinyCurvature
}

// slope returns y times the gradient of variable i.
func (s *smo) slope(i int) float64 {
	if math.IsInf(s.low[i], -1) {
		return s.up[i]
	}
	return s.low[i]
}

// setSlope enters the slope of variable i where its α belongs.
func (s *smo) setSlope(i int, slope float64) {
	s.up[i], s.low[i] = slope, slope
	below, above := s.alpha[i] < s.c[i], s.alpha[i] > 0
	if s.y[i] < 0 {
		below, above = above, below
	}
	if !below {
		s.up[i] = math.Inf(1)
	}
	if !above {
		s.low[i] = math.Inf(-1)
	}
}

// rho is the mean slope over those of some variables strictly inside their bounds. If
// there are none it is the middle of the interval that optimality allows.
func (s *smo) rho(of func(t int) bool) float64 {
	low, high := math.Inf(-1), math.Inf(1)
	var sum float64
	inside := 0
	for t := range s.active {
		if !of(t) {
			continue
		}
		up, down := !math.IsInf(s.up[t], 1), !math.IsInf(s.low[t], -1)
		switch {
		case up && down:
			sum += s.up[t]
			inside++
		case up:
			high = min(high, s.up[t])
		default:
			low = max(low, s.low[t])
		}
	}
	if inside > 0 {
		return sum / float64(inside)
	}
	return (low + high) / 2
}

// objective is ½αᵀQα + pᵀα.
func (s *smo) objective() float64 {
	var sum float64
	for i, a := range s.alpha {
		sum += a * s.y[i] * (s.slope(i) + s.start[i])
	}
	return sum / 2
}

package ml

import (
	"context"
	"math"
)

// tinyCurvature stands in for a second derivative that is not positive.
const tinyCurvature = 1e-12

// smo solves the dual of a two-class support vector machine by sequential
// minimal optimization: minimise ½αᵀQα − Σα subject to 0 ≤ α ≤ C and yᵀα = 0,
// two variables at a time. The pair is chosen by second order information (Fan,
// Chen and Lin 2005, working set selection 2); the step and the stopping rule
// are those of libsvm (Chang and Lin 2011, section 4).
//
// Which of several equal candidates is taken decides the path, and with it the
// last digits of the result. libsvm takes the last one; so does this solver.
type smo struct {
	q     *gram
	y     []float64 // ±1
	c     float64
	alpha []float64
	grad  []float64 // Qα − 1
}

// dual is a solution. The decision value of x is Σ alpha·y·K(sample, x) − rho.
type dual struct {
	alpha      []float64
	rho        float64
	iterations int
	converged  bool // false if stopped by the limit on iterations
}

func newSMO(q *gram, c float64) *smo {
	s := &smo{q: q, y: q.y, c: c, alpha: make([]float64, len(q.y)), grad: make([]float64, len(q.y))}
	for i := range s.grad {
		s.grad[i] = -1
	}
	return s
}

// solve steps until no pair violates the optimality conditions by tol or more,
// or maxIter steps are done; -1 stands for no limit.
func (s *smo) solve(ctx context.Context, tol float64, maxIter int) (*dual, error) {
	const checkEvery = 1000
	d := &dual{alpha: s.alpha}
	for maxIter < 0 || d.iterations < maxIter {
		if d.iterations%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		i, j := s.workingSet(tol)
		if j < 0 {
			d.converged = true
			break
		}
		d.iterations++
		s.step(i, j)
	}
	d.rho = s.rho()
	return d, nil
}

// workingSet returns the pair to change next, j being −1 if the solution is good
// enough. i violates optimality most; j promises the largest decrease with it.
func (s *smo) workingSet(tol float64) (i, j int) {
	i, up := s.mostViolating()
	row := s.q.row(i)
	low, best := math.Inf(-1), math.Inf(1)
	j = -1
	for t, y := range s.y {
		if !s.inLow(t) {
			continue
		}
		v := y * s.grad[t]
		low = max(low, v)
		gap := up + v
		if gap <= 0 {
			continue
		}
		// y(i)·y(t)·Q(i,t) is the kernel itself.
		curvature := s.q.diag[i] + s.q.diag[t] - 2*s.y[i]*y*float64(row[t])
		if curvature <= 0 {
			curvature = tinyCurvature
		}
		if decrease := -(gap * gap) / curvature; decrease <= best {
			j, best = t, decrease
		}
	}
	if up+low < tol {
		return i, -1
	}
	return i, j
}

// mostViolating returns the variable with the steepest descent in the direction of
// its label, and that slope. There always is one that may grow: otherwise all
// variables of one class were C and all of the other 0, against yᵀα = 0.
func (s *smo) mostViolating() (i int, slope float64) {
	i, slope = -1, math.Inf(-1)
	for t, y := range s.y {
		if v := -y * s.grad[t]; s.inUp(t) && v >= slope {
			i, slope = t, v
		}
	}
	return i, slope
}

// inUp reports whether y·α may grow, inLow whether it may shrink.
func (s *smo) inUp(t int) bool {
	if s.y[t] > 0 {
		return s.alpha[t] < s.c
	}
	return s.alpha[t] > 0
}

func (s *smo) inLow(t int) bool {
	if s.y[t] > 0 {
		return s.alpha[t] > 0
	}
	return s.alpha[t] < s.c
}

// step minimises over α(i) and α(j) and brings the gradient up to date.
func (s *smo) step(i, j int) {
	oldI, oldJ := s.alpha[i], s.alpha[j]
	rowI, rowJ := s.q.row(i), s.q.row(j)
	qij := float64(rowI[j])
	if s.y[i] != s.y[j] {
		s.moveTogether(i, j, qij)
	} else {
		s.moveApart(i, j, qij)
	}
	deltaI, deltaJ := s.alpha[i]-oldI, s.alpha[j]-oldJ
	for t := range s.grad {
		s.grad[t] += float64(float64(rowI[t])*deltaI) + float64(float64(rowJ[t])*deltaJ)
	}
}

// moveTogether changes two variables of different labels: α(i) − α(j) is kept.
func (s *smo) moveTogether(i, j int, qij float64) {
	curvature := s.curvature(i, j, 2*qij)
	delta := (-s.grad[i] - s.grad[j]) / curvature
	diff := s.alpha[i] - s.alpha[j]
	ai, aj := s.alpha[i]+delta, s.alpha[j]+delta
	if diff > 0 {
		if aj < 0 {
			ai, aj = diff, 0
		}
		if ai > s.c {
			ai, aj = s.c, s.c-diff
		}
	} else {
		if ai < 0 {
			ai, aj = 0, -diff
		}
		if aj > s.c {
			ai, aj = s.c+diff, s.c
		}
	}
	s.alpha[i], s.alpha[j] = ai, aj
}

// moveApart changes two variables of the same label: α(i) + α(j) is kept.
func (s *smo) moveApart(i, j int, qij float64) {
	curvature := s.curvature(i, j, -2*qij)
	delta := (s.grad[i] - s.grad[j]) / curvature
	sum := s.alpha[i] + s.alpha[j]
	ai, aj := s.alpha[i]-delta, s.alpha[j]+delta
	if sum > s.c {
		if ai > s.c {
			ai, aj = s.c, sum-s.c
		}
		if aj > s.c {
			ai, aj = sum-s.c, s.c
		}
	} else {
		if aj < 0 {
			ai, aj = sum, 0
		}
		if ai < 0 {
			ai, aj = 0, sum
		}
	}
	s.alpha[i], s.alpha[j] = ai, aj
}

func (s *smo) curvature(i, j int, mixed float64) float64 {
	if q := s.q.diag[i] + s.q.diag[j] + mixed; q > 0 {
		return q
	}
	return tinyCurvature
}

// rho is the mean of y·grad over the variables strictly inside their bounds. If
// there are none it is the middle of the interval that optimality allows.
func (s *smo) rho() float64 {
	low, high := math.Inf(-1), math.Inf(1)
	var sum float64
	inside := 0
	for t, y := range s.y {
		v := y * s.grad[t]
		switch up, down := s.inUp(t), s.inLow(t); {
		case up && down:
			sum += v
			inside++
		case up:
			high = min(high, v)
		default:
			low = max(low, v)
		}
	}
	if inside > 0 {
		return sum / float64(inside)
	}
	return (low + high) / 2
}

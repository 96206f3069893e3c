package flow

import (
	"math"
	"math/rand/v2"
	"time"
)

// backoff returns how long to wait after an attempt before the next: Delay,
// times Factor for each try before, and up to the share Jitter more or less.
// It depends on the run's seed and the attempt only.
func (r *Run) backoff(a Attempt) time.Duration {
	retry := r.plan.Nodes[a.Task].Retry
	d := float64(retry.Delay)
	if retry.Factor > 1 {
		d *= math.Pow(retry.Factor, float64(a.Try-1))
	}
	if retry.Jitter > 0 {
		rng := rand.New(rand.NewPCG(r.seed, uint64(uint32(a.Task))<<32|uint64(uint32(a.Elem))^uint64(a.Try)<<16))
		d *= 1 + retry.Jitter*(2*rng.Float64()-1)
	}
	const most = 1 << 62 // a century and a half
	return time.Duration(min(d, most))
}

// sleepers is a binary min-heap of attempts: the earliest first, among equals
// the one of the task that was added to the DAG first.
type sleepers []sleeper

type sleeper struct {
	at      time.Time
	attempt Attempt
}

func (s sleeper) before(o sleeper) bool {
	if c := s.at.Compare(o.at); c != 0 {
		return c < 0
	}
	return s.attempt.before(o.attempt)
}

func (a Attempt) before(b Attempt) bool {
	if a.Task != b.Task {
		return a.Task < b.Task
	}
	return a.Elem < b.Elem
}

func (s *sleepers) push(x sleeper) { *s = siftUp(append(*s, x)) }
func (s *sleepers) pop() sleeper   { return popFirst((*[]sleeper)(s)) }

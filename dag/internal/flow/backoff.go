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

// sleepers are attempts that wait for a time: a binary min-heap, the earliest first, among
// equals the one of the task that was added to the DAG first. What was roused stays in
// the heap until its time has come, and is passed over then.
type sleepers struct {
	heap  []sleeper
	until map[Attempt]time.Time // of those that were not roused
}

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

func (s *sleepers) push(x sleeper) {
	if s.until == nil {
		s.until = map[Attempt]time.Time{}
	}
	s.until[x.attempt] = x.at
	s.heap = siftUp(append(s.heap, x))
}

// first returns the one whose time comes first.
func (s *sleepers) first() (x sleeper, ok bool) {
	for len(s.heap) > 0 {
		x = s.heap[0]
		if at, asleep := s.until[x.attempt]; asleep && at.Equal(x.at) {
			return x, true
		}
		popFirst(&s.heap)
	}
	return x, false
}

// rouse takes an attempt out, and returns whether it was one of them.
func (s *sleepers) rouse(a Attempt) bool {
	_, asleep := s.until[a]
	delete(s.until, a)
	return asleep
}

// take takes out those whose time has come, the earliest first.
func (s *sleepers) take(now time.Time) (due []Attempt) {
	for x, ok := s.first(); ok && !x.at.After(now); x, ok = s.first() {
		delete(s.until, x.attempt)
		due = append(due, x.attempt)
	}
	return due
}

// filter takes out those that keep rejects, the earliest first.
func (s *sleepers) filter(keep func(Attempt) bool) (out []Attempt) {
	all := *s
	*s = sleepers{}
	for x, ok := all.first(); ok; x, ok = all.first() {
		delete(all.until, x.attempt)
		if keep(x.attempt) {
			s.push(x)
		} else {
			out = append(out, x.attempt)
		}
	}
	return out
}

package main

import "math/bits"

// The seeds of the three data sets. Each has a stream of its own, so a change
// to one leaves the bytes of the others alone.
const (
	zipsSeed  = 0x7a697073   // "zips"
	logsSeed  = 0x6c6f6773   // "logs"
	churnSeed = 0x636875726e // "churn"
)

// random is splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
// number generators", OOPSLA 2014). It is written out here because the bytes of
// the sample files must not depend on a library's choice of generator.
type random struct{ state uint64 }

func newRandom(seed uint64) *random { return &random{state: seed} }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns an integer in [0, n).
func (r *random) below(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int(hi)
}

// between returns an integer in [lo, hi].
func (r *random) between(lo, hi int) int { return lo + r.below(hi-lo+1) }

// chance is true n times in of.
func (r *random) chance(n, of int) bool { return r.below(of) < n }

// normal returns a roughly normal integer: the sum of twelve uniforms on
// [0, 10000) has the standard deviation 10000.
func (r *random) normal(mean, sd int) int {
	sum := int64(-6 * 9999)
	for range 12 {
		sum += int64(r.below(10000))
	}
	return mean + int(sum*int64(sd)/10000)
}

// normalIn is normal with the tails cut off at lo and hi.
func (r *random) normalIn(mean, sd, lo, hi int) int {
	return min(max(r.normal(mean, sd), lo), hi)
}

// weighted returns an index of weights, each as likely as its weight.
func (r *random) weighted(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := r.below(total)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	panic("unreachable: n is below the sum of the weights")
}

func pick[T any](r *random, from []T) T { return from[r.below(len(from))] }

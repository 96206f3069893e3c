package ml

import (
	"crypto/rand"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// Seed starts a RandomState. The zero value stands for numpy's RandomState(0).
type Seed struct{ n uint32 }

// NewSeed returns the seed of numpy's RandomState(n).
func NewSeed(n uint32) Seed { return Seed{n} }

// RandomSeed returns a seed from the operating system.
func RandomSeed() Seed {
	var b [4]byte
	rand.Read(b[:]) // never fails
	return Seed{binary.LittleEndian.Uint32(b[:])}
}

// String returns the number behind the seed, which starts the same stream again
// through NewSeed.
func (s Seed) String() string { return strconv.FormatUint(uint64(s.n), 10) }

const (
	mtLength = 624
	mtShift  = 397
)

// RandomState is numpy's legacy generator: for the same seed and the same calls
// it gives the same numbers, bit for bit. It is the MT19937 of Matsumoto and
// Nishimura (1998), with integers drawn by masked rejection. Unlike a Go source
// it is not meant for anything but reproducing numpy, and it is not safe for
// concurrent use.
type RandomState struct {
	state [mtLength]uint32
	next  int // mtLength when the state is used up

	spare    float64 // a normal number drawn together with the one before
	hasSpare bool
}

// NewRandomState returns numpy's RandomState(seed).
func NewRandomState(seed Seed) *RandomState {
	r := &RandomState{next: mtLength}
	x := seed.n
	for i := range r.state {
		r.state[i] = x
		x = 1812433253*(x^x>>30) + uint32(i) + 1
	}
	return r
}

// Uint32 returns the next 32 bits.
func (r *RandomState) Uint32() uint32 {
	if r.next == mtLength {
		r.twist()
	}
	y := r.state[r.next]
	r.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// Randint returns an integer in [lo, hi), as numpy's randint(lo, hi) does. It
// panics if the range is empty.
func (r *RandomState) Randint(lo, hi int64) int64 {
	if lo >= hi {
		panic(errorf("Randint: the range [%d, %d) is empty", lo, hi))
	}
	return lo + int64(r.interval(uint64(hi)-uint64(lo)-1))
}

// RandomSample returns a number in [0, 1) with 53 random bits.
func (r *RandomState) RandomSample() float64 {
	high, low := r.Uint32()>>5, r.Uint32()>>6
	return (float64(high)*(1<<26) + float64(low)) / (1 << 53)
}

// Shuffle permutes a in place, as numpy's shuffle does: from the end, each number
// changes places with one drawn among it and those in front.
func (r *RandomState) Shuffle(a []int) {
	i := len(a) - 1
	for ; int64(i) > math.MaxUint32; i-- {
		j := r.interval(uint64(i))
		a[i], a[j] = a[j], a[i]
	}
	var drawn [256]uint32
	for i > 0 {
		n := r.intervals(drawn[:min(i, len(drawn))], uint32(i))
		for _, j := range drawn[:n] {
			a[i], a[j] = a[j], a[i]
			i--
		}
	}
}

// intervals draws from the intervals of last, last−1, … until drawn is full or the
// mask changes, and returns how many that were. A number that is drawn in vain,
// which is one in four, costs no mispredicted branch.
func (r *RandomState) intervals(drawn []uint32, last uint32) int {
	mask := uint32(1)<<bits.Len32(last) - 1
	lowest := mask>>1 + 1
	n := 0
	for n < len(drawn) && last >= lowest {
		v := r.Uint32() & mask
		drawn[n] = v
		hit := 1 - int((uint64(last)-uint64(v))>>63)
		n += hit
		last -= uint32(hit)
	}
	return n
}

// Permutation returns the numbers 0..n−1 in random order.
func (r *RandomState) Permutation(n int) []int {
	a := make([]int, n)
	for i := range a {
		a[i] = i
	}
	r.Shuffle(a)
	return a
}

// Choice returns size of the numbers 0..n−1, as numpy's choice(n, size, replace)
// does: with replacement each is drawn from all of them, without it they are the
// first of a permutation. It panics if there are too few to choose from.
func (r *RandomState) Choice(n, size int, replace bool) []int {
	if size < 0 || size > 0 && n <= 0 || !replace && size > n {
		panic(errorf("Choice: %d of %d numbers, with replacement: %v", size, n, replace))
	}
	if !replace {
		return r.Permutation(n)[:size]
	}
	a := make([]int, size)
	for i := range a {
		a[i] = int(r.interval(uint64(n - 1)))
	}
	return a
}

// Normal returns a number from the normal distribution of mean 0 and variance 1,
// as numpy's standard_normal does: the polar method of Marsaglia, which draws two
// at a time. Of a million numbers all but 400 were numpy's to the last bit, the
// others one unit in the last place away and 56 of them two: numpy takes the C
// library's logarithm.
func (r *RandomState) Normal() float64 {
	if r.hasSpare {
		r.hasSpare = false
		return r.spare
	}
	for {
		x, y := 2*r.RandomSample()-1, 2*r.RandomSample()-1
		square := float64(x*x) + float64(y*y)
		if square >= 1 || square == 0 {
			continue
		}
		f := math.Sqrt(-2 * preciseLog(square) / square)
		r.spare, r.hasSpare = f*x, true
		return f * y
	}
}

// interval returns an integer in [0, last]: bits are drawn under the smallest
// mask that covers last until they are not above it. Nothing is drawn for 0.
func (r *RandomState) interval(last uint64) uint64 {
	if last == 0 {
		return 0
	}
	mask := uint64(1)<<bits.Len64(last) - 1
	for {
		v := uint64(r.Uint32())
		if mask>>32 != 0 {
			v = v<<32 | uint64(r.Uint32())
		}
		if v &= mask; v <= last {
			return v
		}
	}
}

// twist makes the next mtLength numbers of the state. Each is made of itself, its
// neighbour and one mtShift further on; three loops have them without a modulus.
func (r *RandomState) twist() {
	s := &r.state
	for k := range mtLength - mtShift {
		s[k] = s[k+mtShift] ^ twisted(s[k], s[k+1])
	}
	for k := mtLength - mtShift; k < mtLength-1; k++ {
		s[k] = s[k+mtShift-mtLength] ^ twisted(s[k], s[k+1])
	}
	s[mtLength-1] = s[mtShift-1] ^ twisted(s[mtLength-1], s[0])
	r.next = 0
}

func twisted(high, low uint32) uint32 {
	const upper, lower, matrixA = 0x80000000, 0x7fffffff, 0x9908b0df
	y := high&upper | low&lower
	return y>>1 ^ -(y&1)&matrixA
}

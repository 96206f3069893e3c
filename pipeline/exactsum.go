package pipeline

import (
	"math"
	"math/bits"
)

// exactSum is a sum of finite doubles without any rounding: a fixed-point number
// wide enough for all of them, in digits of 32 bits (a superaccumulator: Kulisch,
// Computer Arithmetic and Validity, 2008; digits with delayed carries: Neal,
// arXiv:1505.05571). What was added can be subtracted without a trace.
type exactSum struct {
	digits    [exactDigits]int64 // digit k counts 2^(32k-1074)
	low, high int                // the digits that were added to; high is 0 before the first
	adds      int                // since the carries were last resolved
}

const (
	exactDigits = 68 // 2098 bits from the least double to the greatest, and 78 for carries
	mostAdds    = 1 << 30
)

// add adds a finite double.
func (s *exactSum) add(x float64) {
	b := math.Float64bits(x)
	mantissa, exponent := b&(1<<52-1), int(b>>52&0x7ff)
	if exponent > 0 {
		mantissa |= 1 << 52
		exponent--
	}
	k, shift := exponent/32, uint(exponent%32)
	low, high := mantissa<<shift, mantissa>>(64-shift)
	parts := [3]int64{int64(low & math.MaxUint32), int64(low >> 32), int64(high)}
	if b>>63 == 1 {
		parts[0], parts[1], parts[2] = -parts[0], -parts[1], -parts[2]
	}
	if s.high == 0 {
		s.low = k
	}
	s.low, s.high = min(s.low, k), max(s.high, k+2)
	s.digits[k] += parts[0]
	s.digits[k+1] += parts[1]
	s.digits[k+2] += parts[2]
	if s.adds++; s.adds == mostAdds {
		s.carry()
	}
}

// addInteger adds an integer of 128 bits in two's complement.
func (s *exactSum) addInteger(hi, lo uint64) {
	s.add(float64(lo & math.MaxUint32))
	s.add(math.Ldexp(float64(lo>>32), 32))
	s.add(math.Ldexp(float64(hi&math.MaxUint32), 64))
	s.add(math.Ldexp(float64(int64(hi)>>32), 96))
}

// carry brings the digits into 0 to 2^32-1, but for the second above the highest,
// which has the sign.
func (s *exactSum) carry() {
	for k := s.low; k < s.high+2; k++ {
		over := s.digits[k] >> 32
		s.digits[k] -= over << 32
		s.digits[k+1] += over
	}
	s.adds = 0
}

// float64 is the nearest double, ties to even.
func (s *exactSum) float64() float64 {
	if s.high == 0 {
		return 0
	}
	s.carry()
	if s.digits[s.high+2] >= 0 {
		return s.magnitude()
	}
	n := exactSum{low: s.low, high: s.high}
	for k := s.low; k <= s.high+2; k++ {
		n.digits[k] = -s.digits[k]
	}
	n.carry()
	return -n.magnitude()
}

// magnitude rounds a sum that is not negative and has no carries left.
func (s *exactSum) magnitude() float64 {
	d, top := &s.digits, s.high+2
	for top > 1 && d[top] == 0 {
		top--
	}
	if top < 2 { // subnormal, and so exact
		return math.Ldexp(float64(uint64(d[1])<<32|uint64(d[0])), -1074)
	}
	high := uint64(d[top])<<32 | uint64(d[top-1])
	zeros := bits.LeadingZeros64(high)
	rest := uint64(d[top-2]) << 32
	high = high<<zeros | rest>>(64-zeros)
	if rest<<zeros != 0 || anyDigit(d[:top-2]) {
		high |= 1 // below the bits that count: only breaks ties
	}
	return math.Ldexp(float64(high), 32*(top-1)-zeros-1074)
}

func anyDigit(digits []int64) bool {
	for _, d := range digits {
		if d != 0 {
			return true
		}
	}
	return false
}

package table

import (
	"fmt"
	"math/big"
	"math/bits"

	"github.com/penstock/penstock/monary"
)

// counting is Size and Count.
type counting struct {
	valid  []bool // nil if all rows count
	counts []int64
}

func newCounting(s *monary.Series) (func(int) accumulator, error) {
	var valid []bool
	if s != nil {
		valid = validOf(s)
	}
	return func(groups int) accumulator { return &counting{valid, make([]int64, groups)} }, nil
}

func (c *counting) add(codes []uint32, row int) {
	for i, code := range codes {
		if c.valid == nil || c.valid[row+i] {
			c.counts[code]++
		}
	}
}

func (c *counting) merge(later accumulator) {
	for g, n := range later.(*counting).counts {
		c.counts[g] += n
	}
}

func (c *counting) result(name string) (*monary.Series, error) {
	return monary.ColumnOf(name, c.counts, nil), nil
}

func newSum(s *monary.Series) (func(int) accumulator, error) {
	if err := needNumbers(s); err != nil {
		return nil, err
	}
	if k := s.Type().Kind; k == monary.KindFloat32 || k == monary.KindFloat64 {
		values, valid := floatsOf(s)
		return func(groups int) accumulator { return &floatSum{values, valid, make([]total, groups)} }, nil
	}
	k, unsigned := keyOf(s), s.Type().Kind == monary.KindUint64
	return func(groups int) accumulator { return &wholeSum{k, unsigned, make([]wide, groups)} }, nil
}

// wholeSum adds integers in 128 bits.
type wholeSum struct {
	of       *key
	unsigned bool // 64-bit ones, of which the result is one
	sums     []wide
}

// wide is a 128-bit integer in two's complement.
type wide struct{ low, high uint64 }

func (w *wide) add(low, high uint64) {
	var carry uint64
	w.low, carry = bits.Add64(w.low, low, 0)
	w.high += high + carry
}

func (s *wholeSum) add(codes []uint32, row int) {
	var words [blockRows]uint64
	for start := 0; start < len(codes); start += blockRows {
		block := words[:min(blockRows, len(codes)-start)]
		s.of.words(block, row+start)
		for i, word := range block {
			if s.of.valid != nil && !s.of.valid[row+start+i] {
				continue
			}
			sign := uint64(int64(word) >> 63)
			if s.unsigned {
				sign = 0
			}
			s.sums[codes[start+i]].add(word, sign)
		}
	}
}

func (s *wholeSum) merge(later accumulator) {
	for g, w := range later.(*wholeSum).sums {
		s.sums[g].add(w.low, w.high)
	}
}

func (s *wholeSum) result(name string) (*monary.Series, error) {
	signed, unsigned := make([]int64, len(s.sums)), make([]uint64, len(s.sums))
	for g, w := range s.sums {
		signed[g], unsigned[g] = int64(w.low), w.low
		if s.unsigned && w.high != 0 || !s.unsigned && w.high != uint64(signed[g]>>63) {
			return nil, fmt.Errorf("the sum of group %d is %s, which no 64-bit integer holds", g, w.big())
		}
	}
	if s.unsigned {
		return monary.ColumnOf(name, unsigned, nil), nil
	}
	return monary.ColumnOf(name, signed, nil), nil
}

// big is the number in full.
func (w wide) big() *big.Int {
	n := new(big.Int).Lsh(big.NewInt(int64(w.high)), 64)
	return n.Add(n, new(big.Int).SetUint64(w.low))
}

// total is a sum of doubles and what rounding has taken of it (Knuth, TAOCP 2, 4.2.2,
// theorem B). An infinity or NaN in sum makes rest meaningless.
type total struct{ sum, rest float64 }

func (t *total) add(x float64) {
	sum := t.sum + x
	part := sum - t.sum
	t.rest += (t.sum - (sum - part)) + (x - part)
	t.sum = sum
}

// value is the sum, rounded once.
func (t total) value() float64 {
	if all := t.sum + t.rest; all == all { // otherwise rest is NaN, or the sum is
		return all
	}
	return t.sum
}

// floatSum adds doubles.
type floatSum struct {
	values []float64
	valid  []bool
	sums   []total
}

func (s *floatSum) add(codes []uint32, row int) {
	if s.valid == nil {
		for i, x := range s.values[row : row+len(codes)] {
			s.sums[codes[i]].add(x)
		}
		return
	}
	for i, x := range s.values[row : row+len(codes)] {
		if s.valid[row+i] {
			s.sums[codes[i]].add(x)
		}
	}
}

func (s *floatSum) merge(later accumulator) {
	for g, t := range later.(*floatSum).sums {
		s.sums[g].add(t.sum)
		s.sums[g].rest += t.rest
	}
}

func (s *floatSum) result(name string) (*monary.Series, error) {
	values := make([]float64, len(s.sums))
	for g, t := range s.sums {
		values[g] = t.value()
	}
	return monary.ColumnOf(name, values, nil), nil
}

package pipeline

import (
	"math"
	"math/big"
	"math/bits"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// accumulator keeps one state for each group.
type accumulator interface {
	// grow makes states for groups up to n-1.
	grow(n int)
	add(group int, v monary.Value) error
	result(group int) monary.Value
}

// states is what accumulators keep, by group.
type states[T any] struct{ groups []T }

func (s *states[T]) grow(n int) {
	if n > len(s.groups) {
		s.groups = append(s.groups, make([]T, n-len(s.groups))...)
	}
}

// kept is a value for each group.
type kept struct {
	states[monary.Value]
	bytes int64
}

// keep puts a copy of a value in the place of the group's.
func (k *kept) keep(group int, v monary.Value) {
	k.bytes += int64(v.Size() - k.groups[group].Size())
	k.groups[group] = v.Clone()
}

func (k *kept) size() int64 { return k.bytes }

// totals sums the numbers of each group; other values are skipped.
type totals struct {
	states[total]
	finish func(total) monary.Value
}

func (s *totals) add(group int, v monary.Value) error {
	t := &s.groups[group]
	if x, ok := v.Double(); ok {
		t.addDouble(x)
		return nil
	}
	switch v.Type() {
	case bson.TypeInt32, bson.TypeInt64:
		n, _ := v.Int()
		t.addInt(n)
		t.long = t.long || v.Type() == bson.TypeInt64
	case bson.TypeDecimal128:
		t.addDecimal(decimalOf(v))
	}
	return nil
}

func (s *totals) result(group int) monary.Value { return s.finish(s.groups[group]) }

// total is an exact 128-bit sum of the integers and a sum of the doubles with
// its rounding errors kept apart (Knuth's two-sum), so that the order of the
// rows matters as little as in mongod.
type total struct {
	hi, lo   uint64 // integers, two's complement
	sum, err float64
	count    int64
	long     bool     // an int64 was among them
	double   bool     // a double was among them
	decimals *decimal // the sum of the decimal128 values, if there were any
}

func (t *total) addInt(n int64) {
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, uint64(n), 0)
	t.hi, _ = bits.Add64(t.hi, uint64(n>>63), carry)
	t.count++
}

// merge adds the sum of other rows.
func (t *total) merge(other total) {
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, other.lo, 0)
	t.hi, _ = bits.Add64(t.hi, other.hi, carry)
	t.accumulate(other.sum)
	t.err += other.err
	t.count += other.count
	t.long, t.double = t.long || other.long, t.double || other.double
	switch {
	case other.decimals == nil:
	case t.decimals == nil:
		t.decimals = other.decimals
	default:
		sum := t.decimals.add(*other.decimals)
		t.decimals = &sum
	}
}

func (t *total) addDouble(x float64) {
	t.double = true
	t.count++
	t.accumulate(x)
}

// addDoubles adds many. An addition waits for the one before, so four sums take turns.
func (t *total) addDoubles(all []float64) {
	if len(all) == 0 {
		return
	}
	t.double = true
	t.count += int64(len(all))
	whole := all
	var sum0, sum1, sum2, sum3, err0, err1, err2, err3 float64
	for ; len(all) >= 4; all = all[4:] {
		sum0, err0 = twoSum(sum0, err0, all[0])
		sum1, err1 = twoSum(sum1, err1, all[1])
		sum2, err2 = twoSum(sum2, err2, all[2])
		sum3, err3 = twoSum(sum3, err3, all[3])
	}
	if sum := sum0 + sum1 + sum2 + sum3; sum-sum != 0 { // infinite, or no number: perhaps not so in order
		for _, x := range whole {
			t.accumulate(x)
		}
		return
	}
	for _, x := range all {
		t.accumulate(x)
	}
	for _, sum := range [...]float64{sum0, sum1, sum2, sum3} {
		t.accumulate(sum)
	}
	t.err += err0 + err1 + err2 + err3
}

func (t *total) accumulate(x float64) { t.sum, t.err = twoSum(t.sum, t.err, x) }

// twoSum adds x to a sum, and what that rounds off to the errors.
func twoSum(sum, errs, x float64) (newSum, newErrs float64) {
	s := sum + x
	b := s - sum
	return s, errs + ((sum - (s - b)) + (x - b))
}

func (t *total) addDecimal(d decimal) {
	if t.decimals != nil {
		d = t.decimals.add(d)
	}
	t.decimals = &d
	t.count++
}

// decimal is the sum of everything.
func (t total) decimal() decimal {
	n := t.integers()
	sum := t.decimals.add(decimal{coefficient: n})
	if math.IsNaN(t.sum) || math.IsInf(t.sum, 0) {
		return sum.add(decimal{special: t.sum})
	}
	return sum.add(exactDecimal(t.sum)).add(exactDecimal(t.err))
}

// value has the narrowest type that mongod gives it: int32 if all were int32 and
// it fits, int64 if it fits, else double; double if any was a double.
func (t total) value() monary.Value {
	n, isInt64 := t.int64()
	switch {
	case t.decimals != nil:
		return t.decimal().value()
	case t.double || !isInt64:
		return monary.DoubleValue(t.float64())
	case t.long || n != int64(int32(n)):
		return monary.Int64Value(n)
	}
	return monary.Int32Value(int32(n))
}

// mean is a double; null if there was no number.
func (t total) mean() monary.Value {
	if t.count == 0 {
		return monary.NullValue
	}
	if t.decimals != nil {
		return t.decimal().over(decimal{coefficient: big.NewInt(t.count)}).value()
	}
	return monary.DoubleValue(t.float64() / float64(t.count))
}

// int64 returns the sum of the integers if an int64 holds it.
func (t total) int64() (n int64, ok bool) {
	return int64(t.lo), t.hi == uint64(int64(t.lo)>>63)
}

// float64 is the sum of integers and doubles, rounded once.
func (t total) float64() float64 {
	if n, ok := t.int64(); ok && int64(int32(n)) == n {
		t.accumulate(float64(n))
	} else {
		high, low := t.parts()
		t.accumulate(high)
		t.accumulate(low)
	}
	if math.IsNaN(t.sum) || math.IsInf(t.sum, 0) {
		return t.sum // where the errors have no meaning
	}
	return t.sum + t.err
}

// parts splits the integers' sum into two doubles that add up to it as nearly
// as two doubles can.
func (t total) parts() (high, low float64) {
	n := t.integers()
	high, _ = new(big.Float).SetInt(n).Float64()
	rounded, _ := big.NewFloat(high).Int(nil)
	low, _ = new(big.Float).SetInt(n.Sub(n, rounded)).Float64()
	return high, low
}

// integers is the sum of the integers.
func (t total) integers() *big.Int {
	n := new(big.Int).SetUint64(t.hi)
	n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(t.lo))
	if t.hi>>63 == 1 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return n
}

// extremes keeps the least or greatest value of each group, in the order of
// monary.Compare; null and missing do not count.
type extremes struct {
	kept
	sign int
}

func (e *extremes) add(group int, v monary.Value) error {
	if v.IsNull() {
		return nil
	}
	if best := e.groups[group]; best.IsMissing() || monary.Compare(v, best)*e.sign > 0 {
		e.keep(group, v)
	}
	return nil
}

func (e *extremes) result(group int) monary.Value {
	if e.groups[group].IsMissing() {
		return monary.NullValue
	}
	return e.groups[group]
}

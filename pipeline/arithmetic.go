package pipeline

import (
	"math"
	"math/bits"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// arithmetic has the functions of numbers. Their result has the widest type of
// the arguments: int32, int64, double, decimal128; an integer that is too long
// for its type takes the next one.
var arithmetic = map[string]function{
	"$add":      many(addAll),
	"$subtract": two(subtract),
	"$multiply": many(multiplyAll),
	"$divide":   two(divide),
	"$mod":      two(modulo),
	"$abs":      one(absolute),
	"$pow":      two(power),
	"$sqrt":     one(root),
	"$exp":      floating(math.Exp, -math.MaxFloat64),
	"$ln":       floating(math.Log, math.SmallestNonzeroFloat64),
	"$log10":    floating(log10, math.SmallestNonzeroFloat64),
	"$log":      two(logarithm),
}

// rank is a number's place in the order of widening.
func rank(t bson.Type) int {
	switch t {
	case bson.TypeInt32:
		return 1
	case bson.TypeInt64:
		return 2
	case bson.TypeDouble:
		return 3
	case bson.TypeDecimal128:
		return 4
	}
	return 0
}

// double is a number as a double, rounded if need be.
func double(v monary.Value) float64 {
	if x, ok := v.Double(); ok {
		return x
	}
	if n, ok := v.Int(); ok {
		return float64(n)
	}
	return decimalOf(v).float()
}

// integer makes an int32 where neither argument was longer and the result fits.
func integer(n int64, widest int) monary.Value {
	if widest < 2 && n == int64(int32(n)) {
		return monary.Int32Value(int32(n))
	}
	return monary.Int64Value(n)
}

func addAll(s *scope, args []monary.Value) monary.Value {
	if anyNull(args) {
		return monary.NullValue
	}
	sum := monary.Int32Value(0)
	for _, v := range args {
		switch date := sum.Type() == bson.TypeDateTime; {
		case v.IsNumber() && date:
			ms, _ := sum.Int()
			sum = shiftDate(s, ms, v)
		case v.IsNumber():
			sum = addNumbers(sum, v)
		case v.Type() == bson.TypeDateTime && date:
			return s.failf("only one date can be added to")
		case v.Type() == bson.TypeDateTime:
			ms, _ := v.Int()
			sum = shiftDate(s, ms, sum)
		default:
			return s.failf("%s is no number and no date", describe(v))
		}
	}
	return sum
}

// shiftDate adds milliseconds to a date: half of one rounds away from 0, that
// of a decimal128 to an even number.
func shiftDate(s *scope, ms int64, by monary.Value) monary.Value {
	n, ok := wholeNumber(by)
	switch {
	case ok:
	case rank(by.Type()) == 4:
		if d := decimalOf(by); d.special == 0 && d.exponent < 0 {
			n, ok = d.scaled(0).int()
		}
	default:
		x := math.Round(double(by))
		n, ok = int64(x), x >= -1<<63 && x < 1<<63
	}
	sum := ms + n
	if !ok || (sum > ms) != (n > 0) && n != 0 {
		return s.failf("the date is out of range")
	}
	return monary.DateValue(sum)
}

func addNumbers(a, b monary.Value) monary.Value {
	switch widest := max(rank(a.Type()), rank(b.Type())); widest {
	case 4:
		return decimalOf(a).add(decimalOf(b)).value()
	case 3:
		return monary.DoubleValue(double(a) + double(b))
	default:
		m, _ := a.Int()
		n, _ := b.Int()
		if sum := m + n; (sum > m) == (n > 0) || n == 0 {
			return integer(sum, widest)
		}
		return monary.DoubleValue(float64(m) + float64(n))
	}
}

func negate(v monary.Value) monary.Value { return multiplyNumbers(v, monary.Int32Value(-1)) }

func subtract(s *scope, a, b monary.Value) monary.Value {
	switch {
	case a.IsNull() || b.IsNull():
		return monary.NullValue
	case a.IsNumber() && b.IsNumber():
		return subtractNumbers(a, b)
	case a.Type() == bson.TypeDateTime && b.Type() == bson.TypeDateTime:
		m, _ := a.Int()
		n, _ := b.Int()
		return monary.Int64Value(m - n)
	case a.Type() == bson.TypeDateTime && b.IsNumber():
		ms, _ := a.Int()
		return shiftDate(s, ms, negate(b))
	}
	return s.failf("cannot subtract %s from %s", describe(b), describe(a))
}

func subtractNumbers(a, b monary.Value) monary.Value {
	switch widest := max(rank(a.Type()), rank(b.Type())); widest {
	case 4:
		return decimalOf(a).add(decimalOf(b).negated()).value()
	case 3:
		return monary.DoubleValue(double(a) - double(b))
	default:
		m, _ := a.Int()
		n, _ := b.Int()
		if diff := m - n; (diff < m) == (n > 0) || n == 0 {
			return integer(diff, widest)
		}
		return monary.DoubleValue(float64(m) - float64(n))
	}
}

func multiplyAll(s *scope, args []monary.Value) monary.Value {
	if anyNull(args) {
		return monary.NullValue
	}
	product := monary.Int32Value(1)
	for _, v := range args {
		if !v.IsNumber() {
			return s.failf("%s is no number", describe(v))
		}
		product = multiplyNumbers(product, v)
	}
	return product
}

func multiplyNumbers(a, b monary.Value) monary.Value {
	switch widest := max(rank(a.Type()), rank(b.Type())); widest {
	case 4:
		return decimalOf(a).times(decimalOf(b)).value()
	case 3:
		return monary.DoubleValue(double(a) * double(b))
	default:
		m, _ := a.Int()
		n, _ := b.Int()
		if product, ok := product64(m, n); ok {
			return integer(product, widest)
		}
		return monary.DoubleValue(float64(m) * float64(n))
	}
}

// product64 multiplies if the result is an int64.
func product64(m, n int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(m), magnitude(n))
	negative := (m < 0) != (n < 0)
	switch {
	case high != 0 || low > 1<<63 || low == 1<<63 && !negative:
		return 0, false
	case negative:
		return -int64(low), true
	}
	return int64(low), true
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func divide(s *scope, a, b monary.Value) monary.Value {
	switch {
	case a.IsNull() || b.IsNull():
		return monary.NullValue
	case !a.IsNumber() || !b.IsNumber():
		return s.failf("cannot divide %s by %s", describe(a), describe(b))
	case monary.Compare(b, monary.Int32Value(0)) == 0:
		return s.failf("division by zero")
	case rank(a.Type()) == 4 || rank(b.Type()) == 4:
		return decimalOf(a).over(decimalOf(b)).value()
	}
	return monary.DoubleValue(double(a) / double(b))
}

func modulo(s *scope, a, b monary.Value) monary.Value {
	switch {
	case a.IsNull() || b.IsNull():
		return monary.NullValue
	case !a.IsNumber() || !b.IsNumber():
		return s.failf("cannot take %s modulo %s", describe(a), describe(b))
	case monary.Compare(b, monary.Int32Value(0)) == 0:
		return s.failf("modulo by zero")
	}
	switch widest := max(rank(a.Type()), rank(b.Type())); widest {
	case 4:
		return decimalOf(a).mod(decimalOf(b)).value()
	case 3:
		return monary.DoubleValue(math.Mod(double(a), double(b)))
	default:
		m, _ := a.Int()
		n, _ := b.Int()
		if n == -1 {
			return integer(0, widest)
		}
		return integer(m%n, widest)
	}
}

func absolute(s *scope, v monary.Value) monary.Value {
	switch {
	case v.IsNull():
		return monary.NullValue
	case !v.IsNumber():
		return s.failf("%s is no number", describe(v))
	case rank(v.Type()) == 4:
		return decimalOf(v).absolute().value()
	case rank(v.Type()) == 3:
		return monary.DoubleValue(math.Abs(double(v)))
	}
	n, _ := v.Int()
	if n == math.MinInt64 {
		return s.failf("an int64 has no value for the magnitude of %d", n)
	}
	return integer(max(n, -n), rank(v.Type()))
}

func power(s *scope, a, b monary.Value) monary.Value {
	switch {
	case a.IsNull() || b.IsNull():
		return monary.NullValue
	case !a.IsNumber() || !b.IsNumber():
		return s.failf("cannot raise %s to %s", describe(a), describe(b))
	case monary.Compare(a, monary.Int32Value(0)) == 0 && monary.Compare(b, monary.Int32Value(0)) < 0:
		return s.failf("zero cannot be raised to a negative power")
	}
	widest := max(rank(a.Type()), rank(b.Type()))
	if widest == 4 {
		return decimalOf(a).pow(decimalOf(b)).value()
	}
	m, whole := a.Int()
	n, natural := b.Int()
	if whole && natural && (n >= 0 || m == 1 || m == -1) {
		if result, ok := power64(m, n); ok {
			return integer(result, widest)
		}
	}
	return monary.DoubleValue(math.Pow(double(a), double(b)))
}

// power64 raises m if the result is an int64; 1 and -1 may have a negative power.
func power64(m, n int64) (int64, bool) {
	result, ok := int64(1), false
	if n < 0 {
		n &= 1
	}
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			if result, ok = product64(result, m); !ok {
				return 0, false
			}
		}
		if n > 1 {
			if m, ok = product64(m, m); !ok {
				return 0, false
			}
		}
	}
	return result, true
}

func root(s *scope, v monary.Value) monary.Value {
	switch {
	case v.IsNull():
		return monary.NullValue
	case !v.IsNumber():
		return s.failf("%s is no number", describe(v))
	case monary.Compare(v, monary.Int32Value(0)) < 0 && !isNaN(v):
		return s.failf("%s is negative", describe(v))
	case rank(v.Type()) == 4:
		return decimalOf(v).sqrt().value()
	}
	return monary.DoubleValue(math.Sqrt(double(v)))
}

// floating is a function of a double; below least there is an error.
func floating(f func(float64) float64, least float64) function {
	return one(func(s *scope, v monary.Value) monary.Value {
		switch {
		case v.IsNull():
			return monary.NullValue
		case !v.IsNumber():
			return s.failf("%s is no number", describe(v))
		case double(v) < least && least > 0:
			return s.failf("%s is not above 0", describe(v))
		case rank(v.Type()) == 4:
			return decimalFunction(v, f)
		}
		return monary.DoubleValue(f(double(v)))
	})
}

func logarithm(s *scope, v, base monary.Value) monary.Value {
	switch {
	case v.IsNull() || base.IsNull():
		return monary.NullValue
	case !v.IsNumber() || !base.IsNumber():
		return s.failf("%s to base %s is no logarithm of numbers", describe(v), describe(base))
	case double(v) <= 0:
		return s.failf("%s is not above 0", describe(v))
	case double(base) <= 0 || double(base) == 1:
		return s.failf("the base is %s; want a number above 0 other than 1", describe(base))
	}
	quotient := math.Log(double(v)) / math.Log(double(base))
	if max(rank(v.Type()), rank(base.Type())) == 4 {
		return decimal{special: quotient}.orZero().value()
	}
	return monary.DoubleValue(quotient)
}

// log10 is exact for powers of ten, which math.Log10 is not for all.
func log10(x float64) float64 {
	y := math.Log10(x)
	if n := math.Round(y); math.Abs(n) < 300 && math.Pow10(int(n)) == x {
		return n
	}
	return y
}

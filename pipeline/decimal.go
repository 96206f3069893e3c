package pipeline

import (
	"math"
	"math/big"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// decimal is a decimal128 that can be calculated with: coefficient · 10^exponent,
// by the rules of IEEE 754-2008 with 34 digits, ties to even.
type decimal struct {
	coefficient *big.Int
	exponent    int
	special     float64 // ±Inf or NaN, else 0
}

const (
	decimalDigits = 34
	leastExponent = -6176
	mostExponent  = 6111
)

var ten = big.NewInt(10)

func tenTo(n int) *big.Int { return new(big.Int).Exp(ten, big.NewInt(int64(n)), nil) }

// decimalOf takes a number; a double keeps 15 digits, as in mongod.
func decimalOf(v monary.Value) decimal {
	if n, ok := v.Int(); ok {
		return decimal{coefficient: big.NewInt(n)}
	}
	if x, ok := v.Double(); ok {
		return decimalOfDouble(x)
	}
	d, _ := v.Raw().Decimal128OK()
	switch {
	case d.IsNaN():
		return decimal{special: math.NaN()}
	case d.IsInf() != 0:
		return decimal{special: math.Inf(d.IsInf())}
	}
	c, e, err := d.BigInt()
	if err != nil { // only NaN and infinities have no integer form
		return decimal{special: math.NaN()}
	}
	return decimal{coefficient: c, exponent: e}
}

func decimalOfDouble(x float64) decimal {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return decimal{special: x}
	case x == 0:
		return decimal{coefficient: new(big.Int)}
	}
	text := strconv.FormatFloat(x, 'e', 14, 64)
	mantissa, exponent := text[:len(text)-1], 0
	for i := range text {
		if text[i] == 'e' {
			mantissa = text[:i]
			exponent, _ = strconv.Atoi(text[i+1:])
		}
	}
	digits := ""
	for _, c := range mantissa {
		if c != '.' {
			digits += string(c)
		}
	}
	c, _ := new(big.Int).SetString(digits, 10)
	return decimal{coefficient: c, exponent: exponent - 14}
}

// parseDecimal reads a number's text.
func parseDecimal(text string) (decimal, bool) {
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		return decimal{}, false
	}
	return decimalOf(monary.Decimal128Value(d)), true
}

// rounded has at most 34 digits, ties to even.
func (d decimal) rounded() decimal {
	if d.special != 0 {
		return d
	}
	if over := len(new(big.Int).Abs(d.coefficient).String()) - decimalDigits; over > 0 {
		d = d.scaled(d.exponent + over)
		if len(new(big.Int).Abs(d.coefficient).String()) > decimalDigits { // 99…9 became 10…0
			d = d.scaled(d.exponent + 1)
		}
	}
	return d
}

// scaled has the given exponent; digits that go are rounded, ties to even.
func (d decimal) scaled(exponent int) decimal {
	if exponent <= d.exponent {
		return decimal{coefficient: new(big.Int).Mul(d.coefficient, tenTo(d.exponent-exponent)), exponent: exponent}
	}
	unit := tenTo(min(exponent-d.exponent, 2*decimalDigits+mostExponent))
	q, r := new(big.Int).QuoRem(d.coefficient, unit, new(big.Int))
	c := new(big.Int).Abs(r)
	switch c.Lsh(c, 1).Cmp(unit) {
	case 1:
		q.Add(q, big.NewInt(int64(d.coefficient.Sign())))
	case 0:
		if q.Bit(0) == 1 {
			q.Add(q, big.NewInt(int64(d.coefficient.Sign())))
		}
	}
	return decimal{coefficient: q, exponent: exponent}
}

// padded has zeros behind its digits down to an exponent, as far as they fit.
func (d decimal) padded(exponent int) decimal {
	if d.special != 0 {
		return d
	}
	free := decimalDigits - len(new(big.Int).Abs(d.coefficient).String())
	return d.scaled(max(exponent, d.exponent-free))
}

// truncated has the given exponent; digits that go are dropped.
func (d decimal) truncated(exponent int) decimal {
	if exponent <= d.exponent {
		return d.scaled(exponent)
	}
	return decimal{coefficient: new(big.Int).Quo(d.coefficient, tenTo(exponent-d.exponent)), exponent: exponent}
}

// value is the decimal128; beyond its range there are infinities and zeros.
func (d decimal) value() monary.Value {
	if d.special != 0 {
		return specialDecimal(d.special)
	}
	d = d.rounded()
	switch {
	case d.exponent < leastExponent:
		d = d.scaled(leastExponent)
	case d.exponent > mostExponent && d.coefficient.Sign() == 0:
		d.exponent = mostExponent
	case d.exponent > mostExponent:
		d = d.scaled(mostExponent)
		if len(new(big.Int).Abs(d.coefficient).String()) > decimalDigits {
			return specialDecimal(math.Inf(d.coefficient.Sign()))
		}
	}
	out, ok := bson.ParseDecimal128FromBigInt(d.coefficient, d.exponent)
	if !ok {
		return specialDecimal(math.NaN())
	}
	return monary.Decimal128Value(out)
}

func specialDecimal(x float64) monary.Value {
	text := "NaN"
	switch {
	case math.IsInf(x, 1):
		text = "Infinity"
	case math.IsInf(x, -1):
		text = "-Infinity"
	}
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		panic(err) // the three texts are decimals
	}
	return monary.Decimal128Value(d)
}

// float is the nearest double.
func (d decimal) float() float64 {
	if d.special != 0 {
		return d.special
	}
	x, err := strconv.ParseFloat(d.coefficient.String()+"e"+strconv.Itoa(d.exponent), 64)
	if err != nil && !math.IsInf(x, 0) {
		return math.NaN()
	}
	return x
}

// int is the number if it is whole and an int64.
func (d decimal) int() (int64, bool) {
	if d.special != 0 || d.exponent > 20 && d.coefficient.Sign() != 0 {
		return 0, false
	}
	c := d.coefficient
	if d.exponent >= 0 {
		if c.Sign() != 0 {
			c = d.scaled(0).coefficient
		}
		return c.Int64(), c.IsInt64()
	}
	q, r := new(big.Int).QuoRem(c, tenTo(-d.exponent), new(big.Int))
	return q.Int64(), q.IsInt64() && r.Sign() == 0
}

func decimalInt(v monary.Value) (int64, bool) { return decimalOf(v).int() }

// finite reports whether both are numbers that can be counted with; if not it
// gives what doubles would.
func finite(a, b decimal, f func(x, y float64) float64) (decimal, bool) {
	if a.special == 0 && b.special == 0 {
		return decimal{}, true
	}
	return decimal{special: f(a.float(), b.float())}.orZero(), false
}

// orZero is a result of doubles, which may be no special value.
func (d decimal) orZero() decimal {
	if d.special == 0 {
		return decimal{coefficient: new(big.Int)}
	}
	if !math.IsNaN(d.special) && !math.IsInf(d.special, 0) {
		return decimalOfDouble(d.special)
	}
	return d
}

func (d decimal) add(e decimal) decimal {
	if special, ok := finite(d, e, func(x, y float64) float64 { return x + y }); !ok {
		return special
	}
	far := 3 * decimalDigits // further apart the smaller one is a trace
	if d.exponent < e.exponent {
		d, e = e, d
	}
	if d.exponent-e.exponent > far && d.coefficient.Sign() != 0 {
		e = e.trace(d.exponent - far)
	}
	low := min(d.exponent, e.exponent)
	d, e = d.scaled(low), e.scaled(low)
	return decimal{coefficient: new(big.Int).Add(d.coefficient, e.coefficient), exponent: low}.rounded()
}

// trace is something of d's sign at the exponent, if d is not zero.
func (d decimal) trace(exponent int) decimal {
	if len(d.coefficient.String())+d.exponent > exponent {
		return d
	}
	return decimal{coefficient: big.NewInt(int64(d.coefficient.Sign())), exponent: exponent}
}

func (d decimal) negated() decimal {
	if d.special != 0 {
		return decimal{special: -d.special}
	}
	return decimal{coefficient: new(big.Int).Neg(d.coefficient), exponent: d.exponent}
}

func (d decimal) absolute() decimal {
	if d.special != 0 {
		return decimal{special: math.Abs(d.special)}
	}
	return decimal{coefficient: new(big.Int).Abs(d.coefficient), exponent: d.exponent}
}

func (d decimal) times(e decimal) decimal {
	if special, ok := finite(d, e, func(x, y float64) float64 { return x * y }); !ok {
		return special
	}
	return decimal{coefficient: new(big.Int).Mul(d.coefficient, e.coefficient), exponent: d.exponent + e.exponent}.rounded()
}

// over divides by what is not zero; an exact quotient has no more digits than
// it needs.
func (d decimal) over(e decimal) decimal {
	if special, ok := finite(d, e, func(x, y float64) float64 { return x / y }); !ok {
		return special
	}
	ideal := d.exponent - e.exponent
	digits := decimalDigits + 2 + len(e.coefficient.String())
	q, r := new(big.Int).QuoRem(new(big.Int).Mul(d.coefficient, tenTo(digits)), e.coefficient, new(big.Int))
	if r.Sign() != 0 { // a digit that says there is more, for the rounding
		q.Mul(q, ten).Add(q, big.NewInt(int64(d.coefficient.Sign()*e.coefficient.Sign())))
		return decimal{coefficient: q, exponent: ideal - digits - 1}.rounded()
	}
	return decimal{coefficient: q, exponent: ideal - digits}.shortened(ideal).rounded()
}

// shortened drops zeros at the end, up to an exponent.
func (d decimal) shortened(most int) decimal {
	if d.coefficient.Sign() == 0 {
		return decimal{coefficient: d.coefficient, exponent: most}
	}
	c, e := new(big.Int).Set(d.coefficient), d.exponent
	for e < most {
		q, r := new(big.Int).QuoRem(c, ten, new(big.Int))
		if r.Sign() != 0 {
			break
		}
		c, e = q, e+1
	}
	return decimal{coefficient: c, exponent: e}
}

func (d decimal) mod(e decimal) decimal {
	if special, ok := finite(d, e, math.Mod); !ok {
		if d.special == 0 {
			return d // modulo an infinity
		}
		return special
	}
	low := min(d.exponent, e.exponent)
	d, e = d.scaled(low), e.scaled(low)
	return decimal{coefficient: new(big.Int).Rem(d.coefficient, e.coefficient), exponent: low}
}

// pow is exact for small whole exponents, else as exact as a double.
func (d decimal) pow(e decimal) decimal {
	n, whole := e.int()
	if d.special != 0 || !whole || n < 0 || n > 1000 {
		return decimal{special: math.Pow(d.float(), e.float())}.orZero()
	}
	out := decimal{coefficient: big.NewInt(1)}
	for range n {
		out = out.times(d)
	}
	return out
}

func (d decimal) sqrt() decimal {
	if d.special != 0 {
		return d
	}
	shift := 2*decimalDigits + 4
	if (d.exponent-shift)%2 != 0 {
		shift++
	}
	c := new(big.Int).Mul(d.coefficient, tenTo(shift))
	r := new(big.Int).Sqrt(c)
	out := decimal{coefficient: r, exponent: (d.exponent - shift) / 2}
	if new(big.Int).Mul(r, r).Cmp(c) == 0 {
		return out.shortened(d.exponent >> 1)
	}
	return out.rounded()
}

// decimalFunction is a function of a decimal128 by way of a double: 15 digits
// of the result are right.
func decimalFunction(v monary.Value, f func(float64) float64) monary.Value {
	return decimal{special: f(double(v))}.orZero().value()
}

// exactDecimal is a finite double with all of its digits and no zeros behind them.
func exactDecimal(x float64) decimal {
	fraction, exponent := math.Frexp(x)
	c := big.NewInt(int64(fraction * (1 << 53)))
	exponent -= 53
	if exponent >= 0 {
		return decimal{coefficient: c.Lsh(c, uint(exponent))}
	}
	c.Mul(c, new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(-exponent)), nil))
	return decimal{coefficient: c, exponent: exponent}.shortened(0)
}

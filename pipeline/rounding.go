package pipeline

import (
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// rounding has the functions that make numbers whole, or round them to a place.
var rounding = map[string]function{
	"$ceil":  one(func(s *scope, v monary.Value) monary.Value { return wholeBy(s, v, math.Ceil, 1) }),
	"$floor": one(func(s *scope, v monary.Value) monary.Value { return wholeBy(s, v, math.Floor, -1) }),
	"$round": {least: 1, most: 2, params: []param{{}, {optional: monary.Int32Value(0)}}, call: roundNumber},
	"$trunc": {least: 1, most: 2, params: []param{{}, {optional: monary.Int32Value(0)}}, call: truncNumber},
}

// wholeBy makes a number whole; toward is the direction for a decimal128.
func wholeBy(s *scope, v monary.Value, f func(float64) float64, toward int) monary.Value {
	switch rank(v.Type()) {
	case 0:
		if v.IsNull() {
			return monary.NullValue
		}
		return s.failf("%s is no number", describe(v))
	case 3:
		return monary.DoubleValue(f(double(v)))
	case 4:
		return wholeDecimal(decimalOf(v), toward).value()
	}
	return v
}

func wholeDecimal(d decimal, toward int) decimal {
	if d.special != 0 || d.exponent >= 0 {
		return d
	}
	whole := d.truncated(0)
	if rest := d.add(whole.negated()); rest.coefficient.Sign() == toward {
		whole = whole.add(decimalOfDouble(float64(toward))).truncated(0)
	}
	return whole
}

func roundNumber(s *scope, args []monary.Value) monary.Value {
	return toPlace(s, args[0], args[1], true)
}

func truncNumber(s *scope, args []monary.Value) monary.Value {
	return toPlace(s, args[0], args[1], false)
}

// toPlace rounds, ties to even, or cuts at a decimal place from -20 to 100.
func toPlace(s *scope, v, at monary.Value, round bool) monary.Value {
	if v.IsNull() || at.IsNull() {
		return monary.NullValue
	}
	place, ok := wholeNumber(at)
	if !ok || place < -20 || place > 100 {
		return s.failf("the place is %s; want a whole number from -20 to 100", describe(at))
	}
	switch rank(v.Type()) {
	case 0:
		return s.failf("%s is no number", describe(v))
	case 1, 2:
		return intToPlace(s, v, int(place), round)
	case 3:
		return doubleToPlace(double(v), int(place), round)
	}
	d := decimalOf(v)
	if d.special != 0 || d.exponent >= -int(place) {
		return d.padded(-int(place)).value()
	}
	if round {
		return d.scaled(-int(place)).value()
	}
	return d.truncated(-int(place)).value()
}

func intToPlace(s *scope, v monary.Value, place int, round bool) monary.Value {
	if place >= 0 {
		return v
	}
	d := decimalOf(v)
	if round {
		d = d.scaled(-place)
	} else {
		d = d.truncated(-place)
	}
	n, ok := d.int()
	if !ok {
		return s.failf("%s rounded is no int64", v)
	}
	return integer(n, rank(v.Type()))
}

// doubleToPlace goes by the double's exact decimal digits.
func doubleToPlace(x float64, place int, round bool) monary.Value {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return monary.DoubleValue(x)
	case place == 0 && round:
		return monary.DoubleValue(math.RoundToEven(x))
	case place == 0:
		return monary.DoubleValue(math.Trunc(x))
	}
	d := exactDecimal(x)
	if d.exponent >= -place {
		return monary.DoubleValue(x)
	}
	if round {
		d = d.scaled(-place)
	} else {
		d = d.truncated(-place)
	}
	return monary.DoubleValue(math.Copysign(d.float(), x))
}

// trigonometry has the functions of angles in radians.
var trigonometry = map[string]function{
	"$sin":   angle("$sin", math.Sin, math.Inf(-1), math.Inf(1)),
	"$cos":   angle("$cos", math.Cos, math.Inf(-1), math.Inf(1)),
	"$tan":   angle("$tan", math.Tan, math.Inf(-1), math.Inf(1)),
	"$asin":  angle("$asin", math.Asin, -1, 1),
	"$acos":  angle("$acos", math.Acos, -1, 1),
	"$atan":  angle("$atan", math.Atan, math.Inf(-1), math.Inf(1)),
	"$sinh":  angle("$sinh", math.Sinh, math.Inf(-1), math.Inf(1)),
	"$cosh":  angle("$cosh", math.Cosh, math.Inf(-1), math.Inf(1)),
	"$tanh":  angle("$tanh", math.Tanh, math.Inf(-1), math.Inf(1)),
	"$asinh": angle("$asinh", math.Asinh, math.Inf(-1), math.Inf(1)),
	"$acosh": angle("$acosh", math.Acosh, 1, math.Inf(1)),
	"$atanh": angle("$atanh", math.Atanh, -1, 1),
	"$atan2": two(func(s *scope, y, x monary.Value) monary.Value {
		switch {
		case x.IsNull() || y.IsNull():
			return monary.NullValue
		case !x.IsNumber() || !y.IsNumber():
			return s.failf("%s and %s are not both numbers", describe(y), describe(x))
		}
		angle := math.Atan2(double(y), double(x))
		if max(rank(x.Type()), rank(y.Type())) == 4 {
			return decimal{special: angle}.orZero().value()
		}
		return monary.DoubleValue(angle)
	}),
	"$degreesToRadians": angle("$degreesToRadians", func(x float64) float64 { return x * (math.Pi / 180) }, math.Inf(-1), math.Inf(1)),
	"$radiansToDegrees": angle("$radiansToDegrees", func(x float64) float64 { return x * (180 / math.Pi) }, math.Inf(-1), math.Inf(1)),
}

// angle is a function of a double from least to most.
func angle(name string, f func(float64) float64, least, most float64) function {
	return one(func(s *scope, v monary.Value) monary.Value {
		switch x := double0(v); {
		case v.IsNull():
			return monary.NullValue
		case !v.IsNumber():
			return s.failf("%s is no number", describe(v))
		case x < least || x > most || math.IsInf(x, 0) && (name == "$sin" || name == "$cos" || name == "$tan"):
			return s.failf("%s is out of range", describe(v))
		case v.Type() == bson.TypeDecimal128:
			return decimalFunction(v, f)
		default:
			return monary.DoubleValue(f(x))
		}
	})
}

// double0 is a number as a double, 0 for what is none.
func double0(v monary.Value) float64 {
	if !v.IsNumber() {
		return 0
	}
	return double(v)
}

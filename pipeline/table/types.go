package table

import (
	"fmt"

	"github.com/penstock/penstock/monary"
)

// common is the narrowest type that holds the values of two: of integers the narrowest
// integer, of integers and floats float64, of texts of some width text of any; "any" holds
// everything.
func common(a, b monary.Type) (monary.Type, bool) {
	switch x, y := a.Kind, b.Kind; {
	case a.Equal(b), y == monary.KindNull:
		return a, true
	case x == monary.KindNull:
		return b, true
	case x == monary.KindAny || y == monary.KindAny:
		return monary.Type{Kind: monary.KindAny}, true
	case isInteger(x) && isInteger(y):
		k, ok := commonInteger(x, y)
		return monary.Type{Kind: k}, ok
	case isFigure(x) && isFigure(y):
		return monary.Type{Kind: monary.KindFloat64}, true
	default:
		k, ok := varying(x)
		other, also := varying(y)
		return monary.Type{Kind: k}, ok && also && k == other
	}
}

func isFigure(k monary.Kind) bool { return isNumeric(k) && k != monary.KindBool }

// integerKinds are the kinds in the order of their widths.
var signedKinds = []monary.Kind{monary.KindInt8, monary.KindInt16, monary.KindInt32, monary.KindInt64}
var unsignedKinds = []monary.Kind{monary.KindUint8, monary.KindUint16, monary.KindUint32, monary.KindUint64}

// commonInteger fails for uint64 and a signed integer.
func commonInteger(a, b monary.Kind) (monary.Kind, bool) {
	wa, signedA := width(a)
	wb, signedB := width(b)
	if signedA == signedB {
		if wa < wb {
			a = b
		}
		return a, true
	}
	if !signedA {
		wa++ // an unsigned one needs the next wider signed one
	} else {
		wb++
	}
	if w := max(wa, wb); w < len(signedKinds) {
		return signedKinds[w], true
	}
	return 0, false
}

func width(k monary.Kind) (w int, signed bool) {
	for w := range signedKinds {
		switch k {
		case signedKinds[w]:
			return w, true
		case unsignedKinds[w]:
			return w, false
		}
	}
	return 0, false
}

// varying is the kind of any width of one that may have a fixed one.
func varying(k monary.Kind) (monary.Kind, bool) {
	switch k {
	case monary.KindString, monary.KindFixedString:
		return monary.KindString, true
	case monary.KindBinary, monary.KindFixedBinary:
		return monary.KindBinary, true
	case monary.KindBSON, monary.KindFixedBSON:
		return monary.KindBSON, true
	}
	return 0, false
}

// exactly casts a column, or fails if a value would change.
func exactly(s *monary.Series, to monary.Type) (*monary.Series, error) {
	if s.Type().Equal(to) {
		return s, nil
	}
	if wide, ok := widened(s, to.Kind); ok {
		return wide, nil
	}
	out, counts, err := s.Cast(to)
	if err != nil {
		return nil, err
	}
	for _, state := range []monary.State{monary.Mismatch, monary.Overflow, monary.Inexact, monary.Truncated} {
		if n := counts.Of(state); n > 0 {
			return nil, fmt.Errorf("column %q: %s does not hold %d of its %d values of type %s (%s)", s.Name(), to, n, s.Len(), s.Type(), state)
		}
	}
	return out, nil
}

// widened converts numbers to int64 and float64 without a look at each, which are most of
// the conversions; false if that is no widening.
func widened(s *monary.Series, to monary.Kind) (*monary.Series, bool) {
	from := s.Type().Kind
	w, _ := width(from)
	switch {
	case to == monary.KindInt64 && isInteger(from) && w < len(signedKinds)-1:
		words, values := keyOf(s).words, make([]int64, s.Len())
		var block [blockRows]uint64
		for start := 0; start < len(values); start += blockRows {
			b := block[:min(blockRows, len(values)-start)]
			words(b, start)
			for i, word := range b {
				values[start+i] = int64(word)
			}
		}
		return monary.ColumnOf(s.Name(), values, validOf(s)), true
	case to == monary.KindFloat64 && (from == monary.KindFloat32 || isInteger(from) && w < len(signedKinds)-1):
		values, valid := floatsOf(s)
		return monary.ColumnOf(s.Name(), values, valid), true
	}
	return nil, false
}

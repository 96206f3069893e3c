package monary_test

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// The reference is the slow and obvious way to columns: the driver's raw
// documents, each path walked by hand from the top for each field, the rules
// of conversion written out one by one. Cells are texts as the helper cells
// makes them.
type reference struct {
	cells  [][]string
	states []map[monary.State]int64
}

func newReference(docs [][]byte, schema monary.Schema) reference {
	ref := reference{cells: make([][]string, schema.Len()), states: make([]map[monary.State]int64, schema.Len())}
	for i := range schema.Len() {
		ref.states[i] = map[monary.State]int64{}
		for _, doc := range docs {
			cell, state := "", monary.Missing
			if v, ok := lookup(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}, schema.Path(i)); ok {
				cell, state = convert(v, schema.At(i).Type)
			}
			if schema.At(i).Type.Kind == monary.KindAny && state == monary.Missing {
				cell = "00:"
			} else if cell == "" {
				cell = "-"
			}
			ref.cells[i] = append(ref.cells[i], cell)
			ref.states[i][state]++
		}
	}
	return ref
}

// lookup walks a path: by name in documents, where the first of equal keys
// counts, by position in arrays.
func lookup(v bson.RawValue, path []string) (bson.RawValue, bool) {
	if len(path) == 0 {
		return v, true
	}
	var elements []bson.RawElement
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		elements, _ = bson.Raw(v.Value).Elements()
	case bson.TypeArray:
		elements, _ = bson.Raw(v.Value).Elements()
	default:
		return v, false
	}
	for i, e := range elements {
		name := e.Key()
		if v.Type == bson.TypeArray {
			name = strconv.Itoa(i)
		}
		if name == path[0] {
			return lookup(e.Value(), path[1:])
		}
	}
	return v, false
}

func convert(v bson.RawValue, typ monary.Type) (string, monary.State) {
	if typ.Kind == monary.KindAny {
		state := monary.Present
		if v.Type == bson.TypeNull || v.Type == bson.TypeUndefined {
			state = monary.Null
		}
		return fmt.Sprintf("%02x:%x", byte(v.Type), v.Value), state
	}
	if v.Type == bson.TypeNull || v.Type == bson.TypeUndefined {
		return "", monary.Null
	}
	switch typ.Kind {
	case monary.KindBool:
		if b, ok := v.BooleanOK(); ok {
			return strconv.FormatBool(b), monary.Present
		}
	case monary.KindInt32:
		return convertInteger(v, big.NewInt(math.MinInt32), big.NewInt(math.MaxInt32))
	case monary.KindInt64:
		return convertInteger(v, big.NewInt(math.MinInt64), big.NewInt(math.MaxInt64))
	case monary.KindFloat64:
		return convertDouble(v)
	case monary.KindDate:
		if ms, ok := v.DateTimeOK(); ok {
			return strconv.FormatInt(ms, 10), monary.Present
		}
	case monary.KindObjectID:
		if id, ok := v.ObjectIDOK(); ok {
			return id.Hex(), monary.Present
		}
	case monary.KindString:
		if s, ok := v.StringValueOK(); ok {
			return strconv.Quote(s), monary.Present
		}
	case monary.KindFixedString:
		if s, ok := v.StringValueOK(); ok {
			return convertFixed(s, typ.Width)
		}
	}
	return "", monary.Mismatch
}

func convertInteger(v bson.RawValue, least, most *big.Int) (string, monary.State) {
	var n *big.Int
	switch v.Type {
	case bson.TypeInt32:
		n = big.NewInt(int64(v.Int32()))
	case bson.TypeInt64:
		n = big.NewInt(v.Int64())
	case bson.TypeDouble:
		x := v.Double()
		if math.IsNaN(x) {
			return "", monary.Mismatch
		}
		if math.IsInf(x, 0) {
			return "", monary.Overflow
		}
		f := new(big.Float).SetPrec(2000).SetFloat64(x)
		if !f.IsInt() {
			return "", monary.Inexact
		}
		n, _ = f.Int(nil)
	default:
		return "", monary.Mismatch
	}
	if n.Cmp(least) < 0 || n.Cmp(most) > 0 {
		return "", monary.Overflow
	}
	return n.String(), monary.Present
}

func convertDouble(v bson.RawValue) (string, monary.State) {
	switch v.Type {
	case bson.TypeDouble:
		return bits(v.Double()), monary.Present
	case bson.TypeInt32:
		return bits(float64(v.Int32())), monary.Present
	case bson.TypeInt64:
		x, accuracy := new(big.Float).SetPrec(64).SetInt64(v.Int64()).Float64()
		if accuracy != big.Exact {
			return "", monary.Inexact
		}
		return bits(x), monary.Present
	}
	return "", monary.Mismatch
}

// convertFixed takes runes as long as they fit.
func convertFixed(s string, width int) (string, monary.State) {
	state := monary.Present
	if len(s) > width {
		state = monary.Truncated
		short := ""
		for _, r := range s {
			if len(short)+utf8.RuneLen(r) > width {
				break
			}
			short += string(r)
		}
		s = short
	}
	if strings.HasSuffix(s, "\x00") {
		return "", monary.Inexact
	}
	return strconv.Quote(s), state
}

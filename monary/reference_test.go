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
	nested []map[string]map[monary.State]int64 // by the paths inside each field
}

func newReference(docs [][]byte, schema monary.Schema) reference {
	ref := reference{cells: make([][]string, schema.Len())}
	for i := range schema.Len() {
		inside := map[string]map[monary.State]int64{}
		newCounts(inside, schema.At(i).Name, schema.At(i).Type)
		for _, doc := range docs {
			v, ok := lookup(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}, schema.Path(i))
			ref.cells[i] = append(ref.cells[i], referenceCell(v, ok, schema.At(i).Name, schema.At(i).Type, inside))
		}
		ref.states = append(ref.states, inside[schema.At(i).Name])
		delete(inside, schema.At(i).Name)
		ref.nested = append(ref.nested, inside)
	}
	return ref
}

// newCounts makes the counters of a field and of what is inside it.
func newCounts(inside map[string]map[monary.State]int64, path string, typ monary.Type) {
	inside[path] = map[monary.State]int64{}
	if typ.Elem != nil {
		newCounts(inside, path+"[]", *typ.Elem)
	}
	for _, f := range typ.Fields {
		newCounts(inside, path+"."+f.Name, f.Type)
	}
}

// referenceCell is the text of a cell, the state of which it counts.
func referenceCell(v bson.RawValue, found bool, path string, typ monary.Type, inside map[string]map[monary.State]int64) string {
	cell, state := "", monary.Missing
	switch {
	case found && typ.Kind == monary.KindList && v.Type == bson.TypeArray:
		var items []string
		for _, e := range elements(v) {
			items = append(items, referenceCell(e.Value(), true, path+"[]", *typ.Elem, inside))
		}
		cell, state = "["+strings.Join(items, " ")+"]", monary.Present
	case found && typ.Kind == monary.KindStruct && v.Type == bson.TypeEmbeddedDocument:
		var items []string
		for _, f := range typ.Fields {
			key := strings.NewReplacer(`\.`, ".", `\\`, `\`).Replace(f.Name)
			field, ok := lookup(v, []string{key})
			items = append(items, f.Name+":"+referenceCell(field, ok, path+"."+f.Name, f.Type, inside))
		}
		cell, state = "{"+strings.Join(items, " ")+"}", monary.Present
	case found:
		cell, state = convert(v, typ)
	}
	inside[path][state]++
	if typ.Kind == monary.KindAny && state == monary.Missing {
		return "00:"
	}
	if cell == "" {
		return "-"
	}
	return cell
}

func elements(v bson.RawValue) []bson.RawElement {
	list, _ := bson.Raw(v.Value).Elements()
	return list
}

// lookup walks a path: by name in documents, where the first of equal keys
// counts, by position in arrays.
func lookup(v bson.RawValue, path []string) (bson.RawValue, bool) {
	if len(path) == 0 {
		return v, true
	}
	if v.Type != bson.TypeEmbeddedDocument && v.Type != bson.TypeArray {
		return v, false
	}
	for i, e := range elements(v) {
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
	if typ.Kind == monary.KindType {
		return fmt.Sprint(byte(v.Type)), monary.Present
	}
	if v.Type == bson.TypeNull || v.Type == bson.TypeUndefined {
		return "", monary.Null
	}
	if text, state, ok := convertOther(v, typ); ok {
		return text, state
	}
	switch typ.Kind {
	case monary.KindBool:
		if b, ok := v.BooleanOK(); ok {
			return strconv.FormatBool(b), monary.Present
		}
	case monary.KindInt8:
		return convertInteger(v, big.NewInt(math.MinInt8), big.NewInt(math.MaxInt8))
	case monary.KindInt16:
		return convertInteger(v, big.NewInt(math.MinInt16), big.NewInt(math.MaxInt16))
	case monary.KindInt32:
		return convertInteger(v, big.NewInt(math.MinInt32), big.NewInt(math.MaxInt32))
	case monary.KindInt64:
		return convertInteger(v, big.NewInt(math.MinInt64), big.NewInt(math.MaxInt64))
	case monary.KindUint8:
		return convertInteger(v, new(big.Int), big.NewInt(math.MaxUint8))
	case monary.KindUint16:
		return convertInteger(v, new(big.Int), big.NewInt(math.MaxUint16))
	case monary.KindUint32:
		return convertInteger(v, new(big.Int), big.NewInt(math.MaxUint32))
	case monary.KindUint64:
		return convertInteger(v, new(big.Int), new(big.Int).SetUint64(math.MaxUint64))
	case monary.KindFloat32:
		return convertSingle(v)
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

func convertSingle(v bson.RawValue) (string, monary.State) {
	var x *big.Float
	switch v.Type {
	case bson.TypeDouble:
		d := v.Double()
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return bits32(float32(d)), monary.Present
		}
		x = big.NewFloat(d)
	case bson.TypeInt32:
		x = big.NewFloat(float64(v.Int32()))
	case bson.TypeInt64:
		x = new(big.Float).SetPrec(64).SetInt64(v.Int64())
	default:
		return "", monary.Mismatch
	}
	y, accuracy := x.Float32()
	switch {
	case math.IsInf(float64(y), 0):
		return "", monary.Overflow
	case accuracy != big.Exact:
		return "", monary.Inexact
	}
	return bits32(y), monary.Present
}

// convertOther has the rules of the types that take one BSON type as it is, by
// the driver's own reading of it.
func convertOther(v bson.RawValue, typ monary.Type) (string, monary.State, bool) {
	text, ok := "", false
	switch typ.Kind {
	case monary.KindDecimal128:
		var d bson.Decimal128
		d, ok = v.Decimal128OK()
		text = d.String()
	case monary.KindTimestamp:
		var seconds, increment uint32
		seconds, increment, ok = v.TimestampOK()
		text = fmt.Sprintf("%d:%d", seconds, increment)
	case monary.KindUUID, monary.KindBinary, monary.KindFixedBinary:
		text, state := convertBinary(v, typ)
		return text, state, true
	case monary.KindRegex:
		var pattern, options string
		if pattern, options, ok = v.RegexOK(); ok && strings.Contains(options, "/") {
			return "", monary.Inexact, true
		}
		text = strconv.Quote("/" + pattern + "/" + options)
	case monary.KindCode:
		text, ok = v.JavaScriptOK()
		text = strconv.Quote(text)
	case monary.KindSymbol:
		text, ok = v.SymbolOK()
		text = strconv.Quote(text)
	case monary.KindBSON, monary.KindFixedBSON:
		ok = v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray
		if ok && typ.Width > 0 && len(v.Value) > typ.Width {
			return "", monary.Overflow, true
		}
		text = fmt.Sprintf("%02x:%x", byte(v.Type), v.Value)
	case monary.KindNull, monary.KindList, monary.KindStruct:
	case monary.KindMinKey:
		text, ok = `{"$minKey":1}`, v.Type == bson.TypeMinKey
	case monary.KindMaxKey:
		text, ok = `{"$maxKey":1}`, v.Type == bson.TypeMaxKey
	case monary.KindSize, monary.KindLength:
		text, ok = convertMeasure(v, typ.Kind)
	default:
		return "", 0, false
	}
	if !ok {
		return "", monary.Mismatch, true
	}
	return text, monary.Present, true
}

func convertBinary(v bson.RawValue, typ monary.Type) (string, monary.State) {
	subtype, data, ok := v.BinaryOK()
	switch {
	case !ok:
		return "", monary.Mismatch
	case typ.Kind == monary.KindUUID && (subtype != 4 || len(data) != 16):
		return "", monary.Mismatch
	case typ.Kind == monary.KindUUID:
		return fmt.Sprintf("%x", data), monary.Present
	case typ.Width > 0 && len(data) > typ.Width:
		return fmt.Sprintf("%d:%x", subtype, data[:typ.Width]), monary.Truncated
	}
	return fmt.Sprintf("%d:%x", subtype, data), monary.Present
}

func convertMeasure(v bson.RawValue, kind monary.Kind) (string, bool) {
	size, length := 0, 0
	switch v.Type {
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		text := string(v.Value[4 : len(v.Value)-1])
		size, length = len(text), len([]rune(text))
	case bson.TypeBinary:
		_, data := v.Binary()
		size, length = len(data), len(data)
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		size, length = len(v.Value), len(elements(v))
	default:
		return "", false
	}
	if kind == monary.KindSize {
		return fmt.Sprint(size), true
	}
	return fmt.Sprint(length), true
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

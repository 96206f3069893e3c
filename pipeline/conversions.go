package pipeline

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// conversions has the functions of types.
var conversions = map[string]function{
	"$type":     one(func(_ *scope, v monary.Value) monary.Value { return monary.StringValue(typeName(v.Type())) }),
	"$isNumber": one(func(_ *scope, v monary.Value) monary.Value { return monary.BoolValue(v.IsNumber()) }),
	"$toBool":   converting("bool"), "$toInt": converting("int"), "$toLong": converting("long"),
	"$toDouble": converting("double"), "$toDecimal": converting("decimal"), "$toString": converting("string"),
	"$toDate": converting("date"), "$toObjectId": converting("objectId"),
	"$convert": {params: []param{{name: "input"}, {name: "to"}, {name: "onError", optional: absent}, {name: "onNull", optional: monary.NullValue}}, call: convert},
}

// typeNames are the names of $type, by the numbers of BSON.
var typeNames = map[bson.Type]string{
	0: "missing", bson.TypeDouble: "double", bson.TypeString: "string", bson.TypeEmbeddedDocument: "object", bson.TypeArray: "array",
	bson.TypeBinary: "binData", bson.TypeUndefined: "undefined", bson.TypeObjectID: "objectId", bson.TypeBoolean: "bool",
	bson.TypeDateTime: "date", bson.TypeNull: "null", bson.TypeRegex: "regex", bson.TypeDBPointer: "dbPointer",
	bson.TypeJavaScript: "javascript", bson.TypeSymbol: "symbol", bson.TypeCodeWithScope: "javascriptWithScope",
	bson.TypeInt32: "int", bson.TypeTimestamp: "timestamp", bson.TypeInt64: "long", bson.TypeDecimal128: "decimal",
	bson.TypeMinKey: "minKey", bson.TypeMaxKey: "maxKey",
}

func typeName(t bson.Type) string { return typeNames[t] }

// typeOfName reads a type's name or number.
func typeOfName(v monary.Value) (bson.Type, error) {
	if n, ok := wholeNumber(v); ok {
		if n == -1 {
			return bson.TypeMinKey, nil
		}
		if t := bson.Type(n); n > 0 && n < 256 && typeNames[t] != "" && t != bson.TypeMinKey {
			return t, nil
		}
	}
	name, _ := textOf(v)
	for t, known := range typeNames {
		if t != 0 && known == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%s is no type; want a name such as \"int\" or its number", describe(v))
}

func converting(to string) function {
	return one(func(s *scope, v monary.Value) monary.Value {
		if v.IsNull() {
			return monary.NullValue
		}
		out, err := convertTo(v, to)
		if err != nil {
			return s.failf("%w", err)
		}
		return out
	})
}

func convert(s *scope, args []monary.Value) monary.Value {
	if args[0].IsNull() {
		return args[3]
	}
	if args[1].IsNull() {
		return monary.NullValue
	}
	to, err := typeOfName(args[1])
	if err != nil {
		return s.failf("to: %w", err)
	}
	out, err := convertTo(args[0], typeName(to))
	switch {
	case err == nil:
		return out
	case isAbsent(args[2]):
		return s.failf("%w", err)
	}
	return args[2]
}

// convertTo follows the manual's table under $convert.
func convertTo(v monary.Value, to string) (out monary.Value, err error) {
	switch to {
	case "bool":
		if v.Type() == bson.TypeNull {
			return monary.NullValue, nil
		}
		return monary.BoolValue(isTrue(v)), nil
	case "int":
		return toInteger(v, to, math.MinInt32, math.MaxInt32)
	case "long":
		return toInteger(v, to, math.MinInt64, math.MaxInt64)
	case "double":
		return toDouble(v)
	case "decimal":
		return toDecimal(v)
	case "date":
		return toDate(v)
	case "string":
		if text, ok := valueText(v); ok {
			return monary.StringValue(text), nil
		}
	case "objectId":
		if v.Type() == bson.TypeObjectID {
			return v, nil
		}
		text, ok := textOf(v)
		if id, err := hex.DecodeString(text); ok && err == nil && len(id) == 12 {
			return monary.ObjectIDValue(bson.ObjectID(id)), nil
		}
	}
	return out, refuse(v, to)
}

func refuse(v monary.Value, to string) error {
	return fmt.Errorf("cannot convert %s to %s", describe(v), to)
}

func toInteger(v monary.Value, to string, least, most int64) (monary.Value, error) {
	n, ok := int64(0), false
	switch v.Type() {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeBoolean:
		n, ok = v.Int()
	case bson.TypeDateTime:
		n, _ = v.Int()
		ok = to == "long"
	case bson.TypeDouble:
		x := math.Trunc(double(v))
		n, ok = int64(x), x >= -1<<63 && x < 1<<63
	case bson.TypeDecimal128:
		if d := decimalOf(v); d.special == 0 && d.exponent < 40 {
			n, ok = d.truncated(0).int()
		}
	case bson.TypeString:
		text, _ := textOf(v)
		var err error
		n, err = strconv.ParseInt(strings.TrimPrefix(text, "+"), 10, 64)
		ok = err == nil && !strings.HasPrefix(text, "+-")
	}
	switch {
	case !ok || n < least || n > most:
		return monary.Value{}, refuse(v, to)
	case to == "int":
		return monary.Int32Value(int32(n)), nil
	}
	return monary.Int64Value(n), nil
}

func toDouble(v monary.Value) (monary.Value, error) {
	switch v.Type() {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeBoolean, bson.TypeDateTime:
		n, _ := v.Int()
		return monary.DoubleValue(float64(n)), nil
	case bson.TypeDouble:
		return v, nil
	case bson.TypeDecimal128:
		if d := decimalOf(v); d.special != 0 || !math.IsInf(d.float(), 0) {
			return monary.DoubleValue(d.float()), nil
		}
	case bson.TypeString:
		text, _ := textOf(v)
		x, err := strconv.ParseFloat(text, 64)
		if err == nil && !strings.ContainsAny(text, "_xX") {
			return monary.DoubleValue(x), nil
		}
	}
	return monary.Value{}, refuse(v, "double")
}

func toDecimal(v monary.Value) (monary.Value, error) {
	switch v.Type() {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeBoolean, bson.TypeDateTime:
		return decimalOf(v).value(), nil
	case bson.TypeDecimal128:
		return v, nil
	case bson.TypeString:
		text, _ := textOf(v)
		if d, ok := parseDecimal(text); ok {
			return d.value(), nil
		}
	}
	return monary.Value{}, refuse(v, "decimal")
}

func toDate(v monary.Value) (monary.Value, error) {
	if ms, ok := instant(v); ok {
		return monary.DateValue(ms), nil
	}
	switch v.Type() {
	case bson.TypeInt64:
		n, _ := v.Int()
		return monary.DateValue(n), nil
	case bson.TypeDouble, bson.TypeDecimal128:
		if n, err := toInteger(v, "long", math.MinInt64, math.MaxInt64); err == nil {
			ms, _ := n.Int()
			return monary.DateValue(ms), nil
		}
	case bson.TypeString:
		text, _ := textOf(v)
		t, err := parseDate(text, nil)
		return monary.DateValue(t.UnixMilli()), err
	}
	return monary.Value{}, refuse(v, "date")
}

// valueText is a value as $toString writes it.
func valueText(v monary.Value) (string, bool) {
	switch v.Type() {
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		text, ok := v.Text()
		return string(text), ok
	case bson.TypeBoolean, bson.TypeInt32, bson.TypeInt64:
		return v.String(), true
	case bson.TypeDouble:
		return doubleText(double(v)), true
	case bson.TypeDecimal128:
		d, ok := v.Raw().Decimal128OK()
		return d.String(), ok
	case bson.TypeObjectID:
		return hex.EncodeToString(v.Raw().Value), true
	case bson.TypeDateTime, bson.TypeTimestamp:
		ms, _ := instant(v)
		return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z"), true
	}
	return "", false
}

// doubleText writes the shortest text that reads back as x; with an exponent, of
// two digits at least, below 0.0001 and from 1e16 on.
func doubleText(x float64) string {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 0):
		return map[bool]string{true: "Infinity", false: "-Infinity"}[x > 0]
	case x != 0 && (math.Abs(x) < 1e-4 || math.Abs(x) >= 1e16):
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

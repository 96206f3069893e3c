package monary_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

var columnTypes = []string{"bool", "int32", "int64", "float64", "date", "string", "string:4", "objectid", "any"}

// bits is how the helper cells prints a double.
func bits(x float64) string { return fmt.Sprintf("%016x", math.Float64bits(x)) }

func bits32(x float32) string { return fmt.Sprintf("%08x", math.Float32bits(x)) }

// conversion is a BSON value and what becomes of it in the columns of the
// types that do not call it a mismatch: a cell, or a state's name.
type conversion struct {
	name, why string
	typ       bson.Type
	val       []byte
	want      map[string]string
}

// everywhere is a number that every numeric column holds.
func everywhere(text string, x float64) map[string]string {
	return map[string]string{"int32": text, "int64": text, "float64": bits(x)}
}

var (
	objectID  = bson.ObjectID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	nulls     = map[string]string{"bool": "null", "int32": "null", "int64": "null", "float64": "null", "date": "null", "string": "null", "string:4": "null", "objectid": "null", "any": "null"}
	overflows = func(x float64) map[string]string {
		return map[string]string{"int32": "overflow", "int64": "overflow", "float64": bits(x)}
	}
	inexact = func(x float64) map[string]string {
		return map[string]string{"int32": "inexact", "int64": "inexact", "float64": bits(x)}
	}
)

func double(name, why string, x float64, want map[string]string) conversion {
	return conversion{name, why, bson.TypeDouble, doubleBytes(x), want}
}

func whole(name, why string, n int64, want map[string]string) conversion {
	return conversion{name, why, bson.TypeInt64, int64Bytes(n), want}
}

func str(name, why, s string, want map[string]string) conversion {
	return conversion{name, why, bson.TypeString, textBytes(s), want}
}

var conversions = []conversion{
	{"False", "bool takes only booleans", bson.TypeBoolean, []byte{0}, map[string]string{"bool": "false"}},
	{"True", "and nothing else takes them", bson.TypeBoolean, []byte{1}, map[string]string{"bool": "true"}},
	{"Int32", "fits all", bson.TypeInt32, int32Bytes(-5), everywhere("-5", -5)},
	{"Int32 max", "limit", bson.TypeInt32, int32Bytes(math.MaxInt32), everywhere("2147483647", math.MaxInt32)},
	{"Int32 min", "limit", bson.TypeInt32, int32Bytes(math.MinInt32), everywhere("-2147483648", math.MinInt32)},

	whole("Int64", "fits all", 7, everywhere("7", 7)),
	whole("Int32 max + 1", "never wraps", 1<<31, map[string]string{"int32": "overflow", "int64": "2147483648", "float64": bits(1 << 31)}),
	whole("Int32 min - 1", "never wraps", -1<<31-1, map[string]string{"int32": "overflow", "int64": "-2147483649", "float64": bits(-1<<31 - 1)}),
	whole("2^32", "low word is zero", 1<<32, map[string]string{"int32": "overflow", "int64": "4294967296", "float64": bits(1 << 32)}),
	whole("2^53", "the last of the exact ones", 1<<53, map[string]string{"int32": "overflow", "int64": "9007199254740992", "float64": bits(1 << 53)}),
	whole("2^53 + 1", "no double equals it", 1<<53+1, map[string]string{"int32": "overflow", "int64": "9007199254740993", "float64": "inexact"}),
	whole("2^53 - 1", "exact", 1<<53-1, map[string]string{"int32": "overflow", "int64": "9007199254740991", "float64": bits(1<<53 - 1)}),
	whole("-2^53 - 1", "no double equals it", -1<<53-1, map[string]string{"int32": "overflow", "int64": "-9007199254740993", "float64": "inexact"}),
	whole("2^53 + 2", "beyond 2^53, yet exact", 1<<53+2, map[string]string{"int32": "overflow", "int64": "9007199254740994", "float64": bits(1<<53 + 2)}),
	whole("Int64 max", "rounds to 2^63, which is no int64", math.MaxInt64, map[string]string{"int32": "overflow", "int64": "9223372036854775807", "float64": "inexact"}),
	whole("Int64 min", "a power of two", math.MinInt64, map[string]string{"int32": "overflow", "int64": "-9223372036854775808", "float64": bits(-1 << 63)}),

	double("Integral", "becomes an integer", 5, everywhere("5", 5)),
	double("2.9", "is not 2", 2.9, inexact(2.9)),
	double("-0.5", "is not 0", -0.5, inexact(-0.5)),
	double("-0", "the sign survives in a double", math.Copysign(0, -1), everywhere("0", math.Copysign(0, -1))),
	double("NaN", "is no integer at all", math.NaN(), map[string]string{"float64": bits(math.NaN())}),
	double("NaN payload", "payloads survive", math.Float64frombits(0xfff8dead0000beef), map[string]string{"float64": "fff8dead0000beef"}),
	double("Signalling NaN", "is not quieted", math.Float64frombits(0x7ff0000000000001), map[string]string{"float64": "7ff0000000000001"}),
	double("Infinity", "out of every range", math.Inf(1), overflows(math.Inf(1))),
	double("-Infinity", "out of every range", math.Inf(-1), overflows(math.Inf(-1))),
	double("Double 2^31", "int32's limit + 1", 1<<31, map[string]string{"int32": "overflow", "int64": "2147483648", "float64": bits(1 << 31)}),
	double("Double -2^31", "int32's limit", -1<<31, everywhere("-2147483648", -1<<31)),
	double("Double 2^63", "one beyond int64", 1<<63, overflows(1<<63)),
	double("Double -2^63", "int64's limit", -1<<63, map[string]string{"int32": "overflow", "int64": "-9223372036854775808", "float64": bits(-1 << 63)}),
	double("Double below -2^63", "the next double", math.Nextafter(-1<<63, math.Inf(-1)), overflows(math.Nextafter(-1<<63, math.Inf(-1)))),
	double("Double below 2^63", "the greatest that fits", math.Nextafter(1<<63, 0), map[string]string{"int32": "overflow", "int64": "9223372036854774784", "float64": bits(math.Nextafter(1<<63, 0))}),
	double("1e50", "integral, out of range", 1e50, overflows(1e50)),
	double("Denormal", "survives", math.SmallestNonzeroFloat64, inexact(math.SmallestNonzeroFloat64)),

	{"Date", "milliseconds, negative ones too", bson.TypeDateTime, int64Bytes(-1), map[string]string{"date": "-1"}},
	{"Far date", "beyond the year 9999", bson.TypeDateTime, int64Bytes(math.MaxInt64), map[string]string{"date": "9223372036854775807"}},
	{"ObjectID", "12 bytes", bson.TypeObjectID, objectID[:], map[string]string{"objectid": "0102030405060708090a0b0c"}},

	str("Empty", "is a value", "", map[string]string{"string": `""`, "string:4": `""`}),
	str("Exact width", "fits", "abcd", map[string]string{"string": `"abcd"`, "string:4": `"abcd"`}),
	str("Too long", "is cut", "abcde", map[string]string{"string": `"abcde"`, "string:4": `"abcd"!`}),
	str("Two-byte rune", "is not cut in two", "abcé", map[string]string{"string": `"abcé"`, "string:4": `"abc"!`}),
	str("Three-byte rune", "is not cut after two bytes", "ab€", map[string]string{"string": `"ab€"`, "string:4": `"ab"!`}),
	str("Four-byte rune", "fills the width", "😀", map[string]string{"string": `"😀"`, "string:4": `"😀"`}),
	str("Four-byte rune behind", "nothing of it fits", "a😀", map[string]string{"string": `"a😀"`, "string:4": `"a"!`}),
	str("NUL inside", "is text", "a\x00b", map[string]string{"string": `"a\x00b"`, "string:4": `"a\x00b"`}),
	str("NUL at the end", "could not be told from padding", "ab\x00", map[string]string{"string": `"ab\x00"`, "string:4": "inexact"}),
	str("Only NUL", "is not the empty text", "\x00", map[string]string{"string": `"\x00"`, "string:4": "inexact"}),
	str("NUL at the cut", "what is left ends with NUL", "abc\x00de", map[string]string{"string": `"abc\x00de"`, "string:4": "inexact"}),
	str("NUL behind the cut", "is gone with the rest", "abcd\x00", map[string]string{"string": `"abcd\x00"`, "string:4": `"abcd"!`}),
	str("Digits", "text is no number", "12", map[string]string{"string": `"12"`, "string:4": `"12"`}),

	{"Null", "is null everywhere", bson.TypeNull, nil, nulls},
	{"Undefined", "counts as null", bson.TypeUndefined, nil, nulls},
	{"Document", "only any", bson.TypeEmbeddedDocument, document(), nil},
	{"Array", "only any", bson.TypeArray, document(element(bson.TypeInt32, "0", int32Bytes(1))), nil},
	{"Binary", "only any", bson.TypeBinary, join(int32Bytes(2), []byte{0, 1, 2}), nil},
	{"Empty binary", "only any", bson.TypeBinary, join(int32Bytes(0), []byte{4}), nil},
	{"Old binary", "with its inner length", bson.TypeBinary, join(int32Bytes(6), []byte{2}, int32Bytes(2), []byte{1, 2}), nil},
	{"Timestamp", "is no date", bson.TypeTimestamp, int64Bytes(1<<32 | 7), nil},
	{"Decimal128", "is not rounded", bson.TypeDecimal128, join(int64Bytes(5), int64Bytes(0x3040<<48)), nil},
	{"UUID", "only any", bson.TypeBinary, join(int32Bytes(16), []byte{4}, make([]byte, 15), []byte{7}), nil},
	{"Old UUID", "only any", bson.TypeBinary, join(int32Bytes(16), []byte{3}, make([]byte, 16)), nil},
	{"Zero-length old binary", "only its inner length", bson.TypeBinary, join(int32Bytes(4), []byte{2}, int32Bytes(0)), nil},
	{"Regex with a slash", "in the pattern", bson.TypeRegex, []byte("a/b\x00i\x00"), nil},
	{"Regex with a slash behind", "in the options", bson.TypeRegex, []byte("a\x00i/\x00"), nil},
	{"Document of 12 bytes", "only any", bson.TypeEmbeddedDocument, document(one("a")), nil},
	{"Regex", "only any", bson.TypeRegex, []byte("a+\x00i\x00"), nil},
	{"Empty regex", "two NULs", bson.TypeRegex, []byte("\x00\x00"), nil},
	{"Symbol", "is no string", bson.TypeSymbol, textBytes("s"), nil},
	{"Code", "is no string", bson.TypeJavaScript, textBytes("f()"), nil},
	{"Code with scope", "only any", bson.TypeCodeWithScope, join(int32Bytes(4+6+5), textBytes("f"), document()), nil},
	{"Database pointer", "is no ObjectID", bson.TypeDBPointer, join(textBytes("db.c"), objectID[:]), nil},
	{"MinKey", "only any", bson.TypeMinKey, nil, nil},
	{"MaxKey", "only any", bson.TypeMaxKey, nil, nil},
}

func TestConvert(t *testing.T) {
	for _, c := range conversions {
		t.Run(c.name, func(t *testing.T) {
			doc := document(element(c.typ, "v", c.val))
			for _, typ := range columnTypes {
				want, ok := c.want[typ]
				switch {
				case !ok && typ == "any":
					want = fmt.Sprintf("%02x:%x", byte(c.typ), c.val)
				case !ok:
					want = "mismatch"
				}
				table, report, err := read(t, [][]byte{doc}, monary.MustSchema("v "+typ))
				require.NoError(t, err, typ)
				assert.Equal(t, want, outcome(t, table, report), "%s: %s", typ, c.why)
				if typ == "any" {
					raw := table.Series(0).Value(0).Raw()
					assert.Equal(t, c.typ, raw.Type, "any keeps the type")
					assert.Equal(t, string(c.val), string(raw.Value), "any keeps the bytes")
				}
			}
		})
	}
}

// outcome is the one cell of a table, with ! behind if it was cut, or the
// state why there is none.
func outcome(t *testing.T, table *monary.Table, report monary.Report) string {
	t.Helper()
	require.Len(t, counted(report, 0), 1)
	for state := range counted(report, 0) {
		valid := state == monary.Present || state == monary.Truncated
		assert.Equal(t, valid, table.Series(0).IsValid(0), "validity of a cell that is %s", state)
		switch cell := cells(t, table, 0)[0]; state {
		case monary.Present:
			return cell
		case monary.Truncated:
			return cell + "!"
		default:
			return state.String()
		}
	}
	return ""
}

func TestCastFollowsTheSameRules(t *testing.T) {
	for _, c := range conversions {
		v, err := monary.ParseValue(bson.RawValue{Type: c.typ, Value: c.val})
		require.NoError(t, err)
		column := monary.ColumnOf("v", []monary.Value{v, {}}, nil)
		for _, text := range columnTypes {
			typ, err := monary.ParseType(text)
			require.NoError(t, err)
			want, wantReport := mustRead(t, "v "+text, document(element(c.typ, "v", c.val)), document())
			cast, counts, err := column.Cast(typ)
			require.NoError(t, err)
			table, err := monary.NewTable(cast)
			require.NoError(t, err)
			assert.Equal(t, cells(t, want, 0), cells(t, table, 0), "%s to %s", c.name, text)
			for _, state := range states {
				assert.Equal(t, wantReport.Columns[0].Of(state), counts.Of(state), "%s to %s: %s", c.name, text, state)
			}
		}
	}
}

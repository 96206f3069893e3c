package monary_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// coerceGrid is the table in Coerce's doc comment: = is taken as it is, c is
// converted, . is not taken.
const coerceGrid = `
//	            bool int float decimal date tstamp objid uuid string code symbol regex binary bson
//	double      c    =   =     c       c    .      .     .    c      .    .      .     .      .
//	string      c    c   c     c       c    .      c     c    =      c    c      .     .      .
//	document    .    .   .     .       .    .      .     .    .      .    .      .     .      =
//	array       .    .   .     .       .    .      .     .    .      .    .      .     .      =
//	binary      .    .   .     .       .    .      .     .    .      .    .      .     =      .
//	uuid        .    .   .     .       .    .      .     =    c      .    .      .     =      .
//	objectid    .    .   .     .       .    .      =     .    c      .    .      .     .      .
//	bool        =    c   c     c       .    .      .     .    c      .    .      .     .      .
//	date        .    c   .     .       =    .      .     .    c      .    .      .     .      .
//	regex       .    .   .     .       .    .      .     .    .      .    .      =     .      .
//	dbpointer   .    .   .     .       .    .      .     .    .      .    .      .     .      .
//	code        .    .   .     .       .    .      .     .    c      =    c      .     .      .
//	symbol      c    c   c     c       c    .      c     c    c      c    =      .     .      .
//	scoped code .    .   .     .       .    .      .     .    .      .    .      .     .      .
//	int32       c    =   =     c       c    .      .     .    c      .    .      .     .      .
//	timestamp   .    .   .     .       c    =      .     .    .      .    .      .     .      .
//	int64       c    =   =     c       c    .      .     .    c      .    .      .     .      .
//	decimal128  c    c   c     =       .    .      .     .    c      .    .      .     .      .
//	minkey      .    .   .     .       .    .      .     .    .      .    .      .     .      .
//	maxkey      .    .   .     .       .    .      .     .    .      .    .      .     .      .
`

// gridTypes are the column types of the grid's columns, each with text that a
// string must be to become one.
var gridTypes = []struct{ typ, text string }{
	{"bool", "true"}, {"int64", "12"}, {"float64", "1.5"}, {"decimal128", "1.5"}, {"date", "2015-11-17"}, {"timestamp", "12"},
	{"objectid", "507f1f77bcf86cd799439011"}, {"uuid", "00112233-4455-6677-8899-aabbccddeeff"}, {"string", "x"}, {"code", "x"}, {"symbol", "x"},
	{"regex", "/x/"}, {"binary", "x"}, {"bson", "{}"},
}

// gridValue is a value of a row, as likely as can be to become of the type.
func gridValue(t *testing.T, row, text string) any {
	t.Helper()
	one, err := bson.ParseDecimal128("1")
	require.NoError(t, err)
	values := map[string]any{
		"double": 1.0, "string": text, "document": bson.D{{Key: "a", Value: 1}}, "array": bson.A{1}, "binary": bson.Binary{Data: []byte("0123456789abcdef")},
		"uuid": bson.Binary{Subtype: 4, Data: []byte("0123456789abcdef")}, "objectid": bson.ObjectID{1}, "bool": true, "date": bson.DateTime(0),
		"regex": bson.Regex{Pattern: "x"}, "dbpointer": bson.DBPointer{DB: "x", Pointer: bson.ObjectID{1}}, "code": bson.JavaScript(text), "symbol": bson.Symbol(text),
		"scoped code": bson.CodeWithScope{Code: bson.JavaScript(text), Scope: bson.D{}}, "int32": int32(1), "timestamp": bson.Timestamp{T: 1}, "int64": int64(1),
		"decimal128": one, "minkey": bson.MinKey{}, "maxkey": bson.MaxKey{},
	}
	v, ok := values[row]
	require.True(t, ok, row)
	return v
}

// TestCoerceGrid: each cell of the documented table is what the reader does.
func TestCoerceGrid(t *testing.T) {
	source, err := os.ReadFile("policy.go")
	require.NoError(t, err)
	assert.Contains(t, strings.ReplaceAll(string(source), "\n\t//", "\n//"), coerceGrid, "the doc comment has the table")
	lines := strings.Split(strings.TrimSpace(coerceGrid), "\n")
	for _, line := range lines[1:] {
		row := strings.TrimSpace(line[3:15])
		cells := strings.Fields(line[15:])
		require.Len(t, cells, len(gridTypes), row)
		for i, cell := range cells {
			doc := marshal(t, bson.D{{Key: "v", Value: gridValue(t, row, gridTypes[i].text)}})
			table, report := readWith(t, [][]byte{doc}, "v "+gridTypes[i].typ, monary.WithPolicy(monary.Coerce))
			c := report.Columns[0]
			got := map[[2]int64]string{{1, 0}: "=", {1, 1}: "c", {0, 0}: "."}[[2]int64{c.Of(monary.Present), c.Coerced()}]
			assert.Equal(t, cell, got, "%s in a %s column: %s", row, gridTypes[i].typ, table)
		}
	}
}

func readWith(t *testing.T, docs [][]byte, field string, opts ...monary.ReadOption) (*monary.Table, monary.Report) {
	t.Helper()
	r, err := monary.FromRaw(t.Context(), stream(docs, nil), monary.MustSchema(field), opts...)
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	return table, r.Report()
}

// TestCoerceRules: what becomes of single values.
func TestCoerceRules(t *testing.T) {
	decimal := func(s string) bson.Decimal128 {
		d, err := bson.ParseDecimal128(s)
		require.NoError(t, err)
		return d
	}
	day := bson.NewDateTimeFromTime(time.Date(2015, 11, 17, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		name, typ string
		value     any
		want      string
		state     monary.State
	}{
		{"a whole number", "int64", "12", "12", monary.Present},
		{"with a sign", "int64", "-12", "-12", monary.Present},
		{"with a plus", "int64", "+12", "12", monary.Present},
		{"the least", "int64", "-9223372036854775808", "-9223372036854775808", monary.Present},
		{"beyond int64", "int64", "9223372036854775808", "", monary.Overflow},
		{"beyond int64, not beyond uint64", "uint64", "18446744073709551615", "18446744073709551615", monary.Present},
		{"beyond uint64", "uint64", "18446744073709551616", "", monary.Overflow},
		{"negative, unsigned", "uint64", "-1", "", monary.Overflow},
		{"beyond int8", "int8", "128", "", monary.Overflow},
		{"whole, with a fraction of 0", "int32", "12.0", "12", monary.Present},
		{"whole, with an exponent", "int32", "1.2e1", "12", monary.Present},
		{"a fraction", "int32", "12.5", "", monary.Inexact},
		{"a space before", "int32", " 12", "", monary.Mismatch},
		{"a space behind", "int32", "12 ", "", monary.Mismatch},
		{"empty", "int32", "", "", monary.Mismatch},
		{"hexadecimal", "int32", "0x10", "", monary.Mismatch},
		{"an underscore", "int32", "1_000", "", monary.Mismatch},
		{"a fraction of a ratio", "int32", "4/2", "", monary.Mismatch},
		{"a comma", "float64", "1,5", "", monary.Mismatch},
		{"an exponent without end", "int64", "1e999999999", "", monary.Mismatch},
		{"two signs", "int64", "-+1", "", monary.Mismatch},
		{"a date in milliseconds", "int64", day, "1447718400000", monary.Present},
		{"a date too large", "int32", day, "", monary.Overflow},
		{"true is 1", "int8", true, "1", monary.Present},
		{"decimal, whole", "int64", decimal("12E1"), "120", monary.Present},
		{"decimal, a fraction", "int64", decimal("1.5"), "", monary.Inexact},
		{"decimal NaN", "int64", decimal("NaN"), "", monary.Mismatch},
		{"double with a fraction stays", "int64", 1.5, "", monary.Inexact},

		{"a fraction in text", "float64", "0.1", "0.1", monary.Present},
		{"17 digits", "float64", "0.30000000000000004", "0.30000000000000004", monary.Present},
		{"digits that a double does not have", "float64", "0.300000000000000041", "", monary.Inexact},
		{"many digits that are a double's", "float64", "9007199254740992.000000000", "9.007199254740992e+15", monary.Present},
		{"beyond float64", "float64", "1e309", "", monary.Overflow},
		{"below float64", "float64", "1e-400", "", monary.Inexact},
		{"nine digits", "float32", "3.40282347e38", "3.4028234663852886e+38", monary.Present},
		{"ten digits", "float32", "1.000000001", "", monary.Inexact},
		{"beyond float32", "float32", "1e39", "", monary.Overflow},
		{"NaN", "float64", "NaN", "NaN", monary.Present},
		{"Infinity", "float64", "-Infinity", "-Inf", monary.Present},
		{"another spelling", "float64", "inf", "", monary.Mismatch},
		{"true is 1.0", "float64", true, "1", monary.Present},
		{"decimal", "float64", decimal("0.1"), "0.1", monary.Present},
		{"int64 beyond 2^53 stays", "float64", int64(1<<53 + 1), "", monary.Inexact},

		{"of int64", "decimal128", int64(5), "5", monary.Present},
		{"of double", "decimal128", 0.1, "0.1", monary.Present},
		{"of infinity", "decimal128", "Infinity", "Infinity", monary.Present},
		{"34 digits", "decimal128", "1234567890123456789012345678901234", "1234567890123456789012345678901234", monary.Present},
		{"35 digits", "decimal128", "12345678901234567890123456789012345", "", monary.Inexact},
		{"beyond decimal128", "decimal128", "1e6200", "", monary.Overflow},

		{"any case", "bool", "TRUE", "true", monary.Present},
		{"text 0", "bool", "0", "false", monary.Present},
		{"number 1", "bool", 1, "true", monary.Present},
		{"double 0", "bool", 0.0, "false", monary.Present},
		{"decimal 1", "bool", decimal("1"), "true", monary.Present},
		{"number 2", "bool", 2, "", monary.Mismatch},
		{"yes", "bool", "yes", "", monary.Mismatch},

		{"a day", "date", "2015-11-17", "2015-11-17T00:00:00Z", monary.Present},
		{"a time in a zone", "date", "2015-11-17T01:00:00+01:00", "2015-11-17T00:00:00Z", monary.Present},
		{"milliseconds", "date", "2015-11-17T00:00:00.123Z", "2015-11-17T00:00:00.123Z", monary.Present},
		{"microseconds", "date", "2015-11-17T00:00:00.123456Z", "", monary.Inexact},
		{"no such day", "date", "2015-02-30", "", monary.Mismatch},
		{"of milliseconds", "date", int64(1447718400000), "2015-11-17T00:00:00Z", monary.Present},
		{"of half a millisecond", "date", 0.5, "", monary.Inexact},
		{"of seconds", "date", bson.Timestamp{T: 1447718400}, "2015-11-17T00:00:00Z", monary.Present},
		{"of seconds and an increment", "date", bson.Timestamp{T: 1447718400, I: 1}, "", monary.Inexact},

		{"hex", "objectid", "507F1F77bcf86cd799439011", `{"$oid":"507f1f77bcf86cd799439011"}`, monary.Present},
		{"hex, too short", "objectid", "507f1f77bcf86cd79943901", "", monary.Mismatch},
		{"32 digits", "uuid", "00112233445566778899aabbccddeeff", "", monary.Present},
		{"dashes elsewhere", "uuid", "0011223-34455-6677-8899-aabbccddeeff", "", monary.Mismatch},

		{"of int", "string", int64(-5), "-5", monary.Present},
		{"of double", "string", 1e21, "1e+21", monary.Present},
		{"of bool", "string", true, "true", monary.Present},
		{"of date", "string", day, "2015-11-17T00:00:00.000Z", monary.Present},
		{"of objectid", "string", bson.ObjectID{0xab}, "ab0000000000000000000000", monary.Present},
		{"of uuid", "string", bson.Binary{Subtype: 4, Data: make([]byte, 16)}, "00000000-0000-0000-0000-000000000000", monary.Present},
		{"a number that fits", "string:3", 123, "123", monary.Present},
		{"a number is not cut", "string:2", 123, "", monary.Mismatch},
		{"text is cut as ever", "string:2", "abc", "ab", monary.Truncated},
		{"a symbol is cut", "string:2", bson.Symbol("abc"), "ab", monary.Truncated},
		{"null stays null", "string", nil, "", monary.Null},
	} {
		t.Run(c.typ+"/"+c.name, func(t *testing.T) {
			table, report := readWith(t, [][]byte{marshal(t, bson.D{{Key: "v", Value: c.value}})}, "v "+c.typ, monary.WithPolicy(monary.Coerce))
			assert.EqualValues(t, 1, report.Columns[0].Of(c.state), report.String())
			valid := c.state == monary.Present || c.state == monary.Truncated
			require.Equal(t, valid, table.Series(0).IsValid(0))
			if valid && c.want != "" {
				got := table.Series(0).Value(0)
				if n, err := monary.Values[uint64](table, "v"); err == nil {
					assert.Equal(t, uint64(1<<64-1), n[0])
					return
				}
				if dates, err := monary.Times(table, "v", nil); err == nil {
					assert.Equal(t, c.want, dates[0].Format(time.RFC3339Nano))
					return
				}
				text := got.String()
				if number, ok := strings.CutPrefix(text, `{"$numberDecimal":"`); ok {
					text = strings.TrimSuffix(number, `"}`)
				}
				assert.Equal(t, c.want, text)
			}
		})
	}
}

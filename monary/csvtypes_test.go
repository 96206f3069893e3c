package monary_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCSVTypes(t *testing.T) {
	for _, c := range []struct{ name, why, typ, cell, want string }{
		{"Int8", "", "int8", "-128", "-128"},
		{"Int8 overflow", "never wraps", "int8", "128", "overflow"},
		{"Uint8", "", "uint8", "255", "255"},
		{"Uint16, negative", "", "uint16", "-1", "overflow"},
		{"Uint32, exponent", "integral", "uint32", "4e9", "4000000000"},
		{"Uint64 beyond int64", "a double equals it", "uint64", "9223372036854775808", "9223372036854775808"},
		{"Uint64 that no double equals", "BSON has no type that could carry it", "uint64", "18446744073709551615", "inexact"},
		{"2^64", "", "uint64", "18446744073709551616", "overflow"},
		{"Int64 beyond", "as before uint64 came", "int64", "9223372036854775809", "overflow"},
		{"Float32", "the nearest", "float32", "0.1", "3dcccccd"},
		{"Float32, integer", "must be exact", "float32", "16777217", "inexact"},
		{"Float32, too great", "", "float32", "1e50", "overflow"},
		{"Float32, hexadecimal", "not decimal", "float32", "0x1p3", "mismatch"},
		{"Float32, empty", "", "float32", "", "null"},
		{"Decimal", "all digits", "decimal128", "0.10", "0.10"},
		{"Decimal, text", "", "decimal128", "x", "mismatch"},
		{"Timestamp", "seconds:increment", "timestamp", "5:7", "5:7"},
		{"Timestamp without increment", "", "timestamp", "5", "mismatch"},
		{"Timestamp, too great", "32 bits", "timestamp", "4294967296:0", "mismatch"},
		{"UUID", "the usual form", "uuid", "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff"},
		{"UUID without dashes", "", "uuid", "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeeff"},
		{"UUID, dashes elsewhere", "", "uuid", "0011223-34455-6677-8899-aabbccddeeff", "mismatch"},
		{"UUID, short", "", "uuid", "0011", "mismatch"},
		{"Regex", "", "regex", "/a/b/i", `"/a/b/i"`},
		{"Regex without slashes", "", "regex", "a", "mismatch"},
		{"Regex, one slash", "", "regex", "/", "mismatch"},
		{"Code", "text as it is", "code", "f()", `"f()"`},
		{"Symbol, empty", "a value", "symbol", "", `""`},
		{"Binary", "base64", "binary", "AQI=", "0:0102"},
		{"Binary, not base64", "", "binary", "?", "mismatch"},
		{"Binary, cut", "", "binary:1", "AQI=", "0:01!"},
		{"BSON", "extended JSON", "bson", `{""a"": 1}`, "03:0c0000001061000100000000"},
		{"BSON, text", "", "bson", "x", "mismatch"},
		{"List", "extended JSON", "list<int32>", "[1, null]", "[1 -]"},
		{"List, empty cell", "", "list<int32>", "", "null"},
		{"Struct", "extended JSON", "struct{a date}", `{""a"": {""$date"": ""1970-01-01T00:00:00.001Z""}}`, "{a:1}"},
		{"Null", "", "null", "", "null"},
		{"Null, text", "", "null", "x", "mismatch"},
		{"Type of text", "as guessed", "type", "x", "2"},
		{"Type of an integer", "as guessed", "type", "1", "16"},
		{"Length", "of the text", "length", "é", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, report, err := readCSV(t, "other,v\nx,\""+c.cell+"\"\n", "v "+c.typ)
			require.NoError(t, err)
			assert.Equal(t, c.want, outcome(t, table, report), c.why)
		})
	}
}

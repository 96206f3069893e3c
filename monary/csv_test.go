package monary_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
)

// readCSV reads text both ways: from a reader and from a file.
func readCSV(t testing.TB, text string, fields ...string) (*monary.Table, monary.Report, error) {
	t.Helper()
	r, err := monary.FromCSV(t.Context(), strings.NewReader(text), monary.MustSchema(fields...))
	dump := write(t, "d.csv", []byte(text))
	fromFile, fileErr := dump.Find(t.Context(), nil, monary.MustSchema(fields...))
	if err != nil {
		require.Error(t, fileErr)
		return nil, monary.Report{}, err
	}
	require.NoError(t, fileErr)
	table, err := r.Table()
	checkTable(t, table)
	checkReport(t, r.Report(), table.NumRows())
	same, fileErr := fromFile.Table()
	var located *monary.DecodeError
	if errors.As(fileErr, &located) {
		assert.True(t, strings.HasSuffix(located.File, "d.csv"), "the error names the file")
		located.File = ""
	}
	assert.Equal(t, fmt.Sprint(err), fmt.Sprint(fileErr))
	assert.Equal(t, columnsOf(t, table), columnsOf(t, same))
	return table, r.Report(), err
}

func TestCSVCells(t *testing.T) {
	for _, c := range []struct{ name, why, typ, cell, want string }{
		{"Int32", "", "int32", "-5", "-5"},
		{"Int32 overflow", "never wraps", "int32", "2147483648", "overflow"},
		{"Int32 of a double", "integral", "int32", "5.0", "5"},
		{"Int32 of a fraction", "is not cut", "int32", "5.5", "inexact"},
		{"Int32 of text", "", "int32", "five", "mismatch"},
		{"Int32, empty", "no value", "int32", "", "null"},
		{"Int32 with blanks", "is no number", "int32", " 5", "mismatch"},
		{"Int64 max", "", "int64", "9223372036854775807", "9223372036854775807"},
		{"Int64 overflow", "one more", "int64", "9223372036854775808", "overflow"},
		{"Int64 of many digits", "not the nearest double", "int64", "9007199254740993.0", "9007199254740993"},
		{"Int64 of almost one", "is no integer", "int64", "0.99999999999999999999", "inexact"},
		{"Float64", "", "float64", "1e-3", bits(0.001)},
		{"Float64 of 2^53+1", "no double equals it", "float64", "9007199254740993", "inexact"},
		{"Float64 of 20 digits", "nor this", "float64", "89014103211118510721", "inexact"},
		{"Float64 of 2^70", "a double equals it", "float64", "1180591620717411303424", bits(0x1p70)},
		{"Float64 of minus zero", "keeps its sign", "float64", "-0", "8000000000000000"},
		{"Any of 20 digits", "no number gives them back", "any", "89014103211118510720", "02:15000000383930313431303332313131313835313037323000"},
		{"Float64 too great", "is no value", "float64", "1e400", "mismatch"},
		{"Float64, hexadecimal", "numbers are decimal", "float64", "0x1p4", "mismatch"},
		{"Float64 with underscores", "numbers are decimal", "float64", "0x_1p4", "mismatch"},
		{"NaN", "as mongoexport writes it", "float64", "NaN", bits(math.NaN())},
		{"True", "", "bool", "true", "true"},
		{"TRUE", "", "bool", "TRUE", "mismatch"},
		{"1", "", "bool", "1", "mismatch"},
		{"Bool, empty", "", "bool", "", "null"},
		{"Date", "RFC 3339", "date", "2006-01-02T15:04:05.250Z", "1136214245250"},
		{"Date with zone", "RFC 3339", "date", "2006-01-02T16:04:05+01:00", "1136214245000"},
		{"Date before 1970", "milliseconds floor", "date", "1969-12-31T23:59:59.999Z", "-1"},
		{"Date without time", "not RFC 3339", "date", "2006-01-02", "mismatch"},
		{"Date, empty", "", "date", "", "null"},
		{"ObjectID", "", "objectid", "0102030405060708090a0b0c", objectID.Hex()},
		{"ObjectId()", "as mongoexport writes it", "objectid", "ObjectId(0102030405060708090a0b0c)", objectID.Hex()},
		{"ObjectId( open", "is no form of it", "objectid", "ObjectId(0102030405060708090a0b0c", "mismatch"},
		{"ObjectID of 11 bytes", "", "objectid", "0102030405060708090a0b", "mismatch"},
		{"ObjectID, empty", "", "objectid", "", "null"},
		{"String", "", "string", "a b", `"a b"`},
		{"String, empty", "a value", "string", "", `""`},
		{"Fixed", "cut", "string:2", "abc", `"ab"!`},
		{"Fixed, empty", "a value", "string:2", "", `""`},
		{"Any int32", "guessed", "any", "5", "10:05000000"},
		{"Any int64", "guessed", "any", "3000000000", "12:005ed0b200000000"},
		{"Any double", "guessed", "any", "0.5", "01:000000000000e03f"},
		{"Any text", "guessed", "any", "a", "02:020000006100"},
		{"Any, empty", "a value", "any", "", "02:0100000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, report, err := readCSV(t, "other,v\nx,\""+c.cell+"\"\n", "v "+c.typ)
			require.NoError(t, err)
			assert.Equal(t, c.want, outcome(t, table, report), c.why)
		})
	}
}

func TestCSVForm(t *testing.T) {
	for _, c := range []struct {
		name, why, text, field string
		want                   []string
	}{
		{"Plain", "", "a,b\n1,2\n3,4\n", "b int32", []string{"2", "4"}},
		{"No last line end", "", "a,b\n1,2", "b int32", []string{"2"}},
		{"CRLF", "RFC 4180", "a,b\r\n1,2\r\n", "b int32", []string{"2"}},
		{"Byte order mark", "is no part of the name", "\ufeffa,b\n1,2\n", "a int32", []string{"1"}},
		{"Byte order mark and quotes", "as spreadsheets write it", "\ufeff\"a\",b\n1,2\n", "a int32", []string{"1"}},
		{"Quotes", "with commas, quotes and line ends inside", "a,b\n\"x, \"\"y\"\"\nz\",2\n", "a string", []string{`"x, \"y\"\nz"`}},
		{"Quoted name", "", "\"Day, Mins\",b\n1,2\n", `"Day, Mins" int32`, []string{"1"}},
		{"Dotted name", "looked up by its whole name", "_id.d,_id\n1,2\n", "_id.d int32", []string{"1"}},
		{"Escaped dot", "is the same name", "_id.d,_id\n1,2\n", `_id\.d int32`, []string{"1"}},
		{"Header only", "no rows", "a,b\n", "a int32", []string{}},
		{"Unwanted twice", "is of no matter", "a,b,b\n1,2,3\n", "a int32", []string{"1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, _, err := readCSV(t, c.text, c.field)
			require.NoError(t, err, c.why)
			assert.Equal(t, c.want, columnsOf(t, table)[0], c.why)
		})
	}
}

func TestCSVRefuses(t *testing.T) {
	for _, c := range []struct {
		name, why, text string
		rows            int // -1: the header is refused
		err             string
	}{
		{"Empty", "there is no header", "", -1, "CSV is empty"},
		{"Missing column", "and what there is", "a,c\n1,2\n", -1, `no column "b"; it has ["a" "c"]`},
		{"Duplicate column", "which one?", "a,b,b\n1,2,3\n", -1, `two columns "b"`},
		{"Short record", "ragged", "a,b\n1,2\n3\n", 1, "wrong number of fields"},
		{"Long record", "ragged", "a,b\n1,2\n3,4,5\n", 1, "wrong number of fields"},
		{"Bare quote", "", "a,b\n1,2\n3,x\"y\n", 1, "quote"},
		{"Open quote", "", "a,b\n1,2\n3,\"y\n", 1, "quote"},
		{"Bad UTF-8", "in a string column", "a,b\n1,2\n\xff,3\n", 1, "UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, _, err := readCSV(t, c.text, "a string", "b int32")
			require.ErrorContains(t, err, c.err, c.why)
			require.ErrorContains(t, err, "monary: ")
			if c.rows >= 0 {
				assert.Equal(t, c.rows, table.NumRows(), "the records before")
			}
		})
	}
	_, _, err := readCSV(t, "a,b\n1,2\n3\n", "a string")
	var parse *csv.ParseError
	require.ErrorAs(t, err, &parse)
	assert.Equal(t, 3, parse.Line)
}

func TestCSVAllColumns(t *testing.T) {
	dump := write(t, "d.csv", []byte("name,n,a.b\nx,1,0.5\n,-7,y\n"))
	var got []string
	for doc, err := range dump.Documents(t.Context()) {
		require.NoError(t, err)
		require.NoError(t, doc.Validate())
		got = append(got, doc.String())
	}
	assert.Equal(t, []string{
		`{"name": "x","n": {"$numberInt":"1"},"a.b": {"$numberDouble":"0.5"}}`,
		`{"name": "","n": {"$numberInt":"-7"},"a.b": "y"}`}, got)
	n, err := dump.Count(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 2, n)
}

// A name that cannot be a key is a data problem, so it is an error.
func TestCSVHeaderWithNUL(t *testing.T) {
	dump := write(t, "d.csv", []byte("a\x00b,c\n1,2\n"))
	require.NotPanics(t, func() {
		_, err := dump.Count(t.Context())
		require.ErrorContains(t, err, "NUL")
		for _, err := range dump.Documents(t.Context()) {
			require.ErrorContains(t, err, "NUL")
		}
	})
}

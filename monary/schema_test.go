package monary_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
)

func TestParseType(t *testing.T) {
	for _, c := range []struct{ name, why, text, want, err string }{
		{"Bool", "each kind has its text", "bool", "bool", ""},
		{"Int32", "each kind has its text", "int32", "int32", ""},
		{"Int64", "each kind has its text", "int64", "int64", ""},
		{"Float64", "each kind has its text", "float64", "float64", ""},
		{"Date", "each kind has its text", "date", "date", ""},
		{"String", "each kind has its text", "string", "string", ""},
		{"ObjectID", "each kind has its text", "objectid", "objectid", ""},
		{"Any", "each kind has its text", "any", "any", ""},
		{"Monary's id", "programs written for Monary say id", "id", "objectid", ""},
		{"One byte", "the least width", "string:1", "string:1", ""},
		{"1 MiB", "the greatest width", "string:1048576", "string:1048576", ""},
		{"Zero width", "a cell of no bytes holds nothing", "string:0", "", "width"},
		{"Too wide", "one more than the greatest", "string:1048577", "", "width"},
		{"Negative width", "", "string:-1", "", "width"},
		{"No width", "", "string:", "", "width"},
		{"Width is text", "", "string:x", "", "width"},
		{"Two widths", "", "string:2:3", "", "width"},
		{"Overflowing width", "must not wrap around", "string:18446744073709551617", "", "width"},
		{"The kind's name", "string:N is no type text", "string:N", "", "width"},
		{"Unknown", "the error lists what is known", "int7", "", "float64"},
		{"Empty", "", "", "", "unknown type"},
		{"Upper case", "texts are lower case", "Int64", "", "unknown type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			typ, err := monary.ParseType(c.text)
			if c.err != "" {
				require.ErrorContains(t, err, c.err, c.why)
				return
			}
			require.NoError(t, err, c.why)
			assert.Equal(t, c.want, typ.String(), c.why)
		})
	}
}

func TestKindString(t *testing.T) {
	assert.Equal(t, "string:N", monary.KindFixedString.String())
	assert.Equal(t, "invalid", monary.Kind(0).String())
	assert.Equal(t, "invalid", monary.Kind(200).String())
	assert.Equal(t, "invalid", monary.State(200).String())
}

func TestParseSchema(t *testing.T) {
	deepest := strings.TrimSuffix(strings.Repeat("a.", 100), ".")
	for _, c := range []struct {
		name, why string
		texts     []string
		paths     [][]string
		errs      []string // all of them must be in the error
	}{
		{name: "Plain", why: "name and type", texts: []string{"pop int64", "loc.0 float64"}, paths: [][]string{{"pop"}, {"loc", "0"}}},
		{name: "Blanks around", why: "of no meaning", texts: []string{"  pop \t int64 "}, paths: [][]string{{"pop"}}},
		{name: "Quoted", why: "names with blanks", texts: []string{`"Day Mins" float64`, "`Eve Mins` float64"}, paths: [][]string{{"Day Mins"}, {"Eve Mins"}}},
		{name: "Escaped dot", why: "a dot inside a key", texts: []string{`a\.b.c int32`}, paths: [][]string{{"a.b", "c"}}},
		{name: "Escaped backslash", why: "a backslash before a dot", texts: []string{`a\\.b int32`}, paths: [][]string{{`a\`, "b"}}},
		{name: "Lone backslash", why: "only dots and backslashes are escaped", texts: []string{`a\b int32`}, paths: [][]string{{`a\b`}}},
		{name: "Parent and child", why: "both may be wanted", texts: []string{"a any", "a.b int32"}, paths: [][]string{{"a"}, {"a", "b"}}},
		{name: "Same beginning", why: "a.b and ab are two fields", texts: []string{"a.b int32", "ab int32"}, paths: [][]string{{"a", "b"}, {"ab"}}},
		{name: "Dollar", why: "keys may start with $", texts: []string{"$x int32"}, paths: [][]string{{"$x"}}},
		{name: "Empty key", why: "BSON allows it", texts: []string{`"" int32`}, paths: [][]string{{""}}},
		{name: "Deepest", why: "MongoDB's own limit", texts: []string{deepest + " int32"}, paths: [][]string{strings.Split(deepest, ".")}},
		{name: "No fields", why: "it would read nothing", errs: []string{"no fields"}},
		{name: "No type", why: "", texts: []string{"pop"}, errs: []string{"pop", "name type"}},
		{name: "Empty text", why: "", texts: []string{""}, errs: []string{"name type"}},
		{name: "Open quote", why: "", texts: []string{`"Day Mins float64`}, errs: []string{"quoted name does not end"}},
		{name: "Two types", why: "", texts: []string{"pop int64 int32"}, errs: []string{`unexpected "int32" behind the type`}},
		{name: "Trailing dot", why: "names no key", texts: []string{"a. int32"}, errs: []string{"empty key"}},
		{name: "Leading dot", why: "names no key", texts: []string{".a int32"}, errs: []string{"empty key"}},
		{name: "Too deep", why: "no document is that deep", texts: []string{deepest + ".a int32"}, errs: []string{"101 keys deep"}},
		{name: "NUL", why: "BSON keys end with NUL", texts: []string{`"a\x00b" int32`}, errs: []string{"NUL"}},
		{name: "All faults", why: "one round of corrections", texts: []string{"a int7", "b..c int32", "d int32", "d int64", "e string:0"},
			errs: []string{"int7", "b..c", `"d" appears twice`, "string:0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := monary.ParseSchema(c.texts...)
			for _, want := range c.errs {
				require.ErrorContains(t, err, want, c.why)
			}
			if c.errs != nil {
				assert.Zero(t, s.Len())
				return
			}
			require.NoError(t, err, c.why)
			for i, path := range c.paths {
				assert.Equal(t, path, s.Path(i), c.why)
			}
		})
	}
}

func TestNewSchema(t *testing.T) {
	s, err := monary.NewSchema([]string{"_id", "Day Mins"}, []string{"string:2", "int64"})
	require.NoError(t, err)
	assert.Equal(t, []string{"_id", "Day Mins"}, s.Names())
	assert.Equal(t, monary.FieldSpec{Name: "_id", Type: monary.Type{Kind: monary.KindFixedString, Width: 2}}, s.At(0))

	_, err = monary.NewSchema([]string{"a", "b"}, []string{"int32"})
	require.ErrorContains(t, err, "2 names but 1 types")
	_, err = monary.NewSchema(nil, nil)
	require.ErrorContains(t, err, "no fields")
}

func TestSchemaReportsBadNameBesideBadType(t *testing.T) {
	_, err := monary.NewSchema([]string{"a..b", "c", "c"}, []string{"int7", "int32", "int15"})
	for _, want := range []string{"int7", "int15", "empty key", "appears twice"} {
		assert.ErrorContains(t, err, want, "all faults are reported at once")
	}
}

func TestSchemaRefusesTwoNamesOfOnePath(t *testing.T) {
	_, err := monary.ParseSchema(`a\b int32`, `a\\b int64`)
	require.Error(t, err, "one element cannot fill two columns, so one of them would silently stay empty")
}

func TestSchemaStringIsReadBack(t *testing.T) {
	for _, name := range []string{"pop", "loc.0", "Day Mins", `a\.b`, `"q"`, "`q`", "tab\there", "$x", "é", "", "\u00a0", "a\u2028b", " lead", "a;b"} {
		t.Run(name, func(t *testing.T) {
			s, err := monary.NewSchema([]string{name}, []string{"string:7"})
			require.NoError(t, err)
			back, err := monary.ParseSchema(s.String())
			require.NoError(t, err, "of %q", s.String())
			assert.Equal(t, s, back)
		})
	}
}

func TestMustSchemaPanics(t *testing.T) {
	assert.Panics(t, func() { monary.MustSchema("pop int7") })
	assert.NotPanics(t, func() { monary.MustSchema("pop int32") })
}

func TestZeroSchemaIsRefused(t *testing.T) {
	_, err := monary.FromRaw(t.Context(), stream(nil, nil), monary.Schema{})
	require.ErrorContains(t, err, "no fields")
	_, err = monary.FromTables(t.Context(), nil, monary.Schema{})
	require.ErrorContains(t, err, "no fields")
}

func TestEscapeKey(t *testing.T) {
	for _, key := range []string{"a", "a.b", `a\b`, `a\.b`, "", ".", `\`, "..", `\\`} {
		s, err := monary.NewSchema([]string{monary.EscapeKey(key)}, []string{"any"})
		require.NoError(t, err, "%q", key)
		assert.Equal(t, []string{key}, s.Path(0))
	}
}

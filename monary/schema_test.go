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

// Every type's text is read back as the same type.
func TestTypeTextsRoundTrip(t *testing.T) {
	for _, text := range allTypes {
		typ, err := monary.ParseType(text)
		require.NoError(t, err)
		assert.Equal(t, text, typ.String())
		again, err := monary.ParseType(typ.String())
		require.NoError(t, err)
		assert.True(t, typ.Equal(again))
		for _, other := range allTypes {
			o, err := monary.ParseType(other)
			require.NoError(t, err)
			assert.Equal(t, text == other, typ.Equal(o), "%s, %s", text, other)
		}
	}
}

func TestParseNestedType(t *testing.T) {
	deepest := strings.Repeat("list<", 100) + "bool" + strings.Repeat(">", 100)
	for _, c := range []struct{ name, why, text, want, err string }{
		{"Blanks", "are of no meaning", " list < struct { a  int64 ;b string } > ", "list<struct{a int64; b string}>", ""},
		{"Last semicolon", "may end the fields", "struct{a int64;}", "struct{a int64}", ""},
		{"Quoted name", "as in a schema", `struct{"a b" int32; "}" bool; "" bool}`, `struct{"a b" int32; "}" bool; "" bool}`, ""},
		{"Back quotes", "as in a schema", "struct{`a;b`int32}", `struct{"a;b" int32}`, ""},
		{"Escaped dot", "one key", `struct{a\.b int32}`, `struct{a\.b int32}`, ""},
		{"Fixed inside", "", "list<string:4>", "list<string:4>", ""},
		{"Deepest", "a bound for the recursion", deepest, deepest, ""},
		{"Too deep", "", "list<" + deepest + ">", "", "more than 100 levels"},
		{"Endless", "refused without a stack of its length", strings.Repeat("list<", 1<<20), "", "more than 100 levels"},
		{"Dotted", "no paths inside a struct", "struct{a.b int64}", "", `byte 7 of type "struct{a.b int64}": struct field: the field of a struct is one key`},
		{"Twice", "", "struct{a int64; a bool}", "", `byte 16 of type "struct{a int64; a bool}": the field "a" appears twice`},
		{"Twice, escaped", "one key has several names", `struct{a\b int64; a\\b bool}`, "", "appears twice"},
		{"No fields", "a row would hold nothing", "struct{}", "", "byte 8 of type"},
		{"No type", "", "struct{a}", "", `want "name type"`},
		{"No name", "", "struct{; a int64}", "", `byte 7`},
		{"Unknown element", "the position is that of the word", "list<int65>", "", `byte 5 of type "list<int65>": unknown type "int65"`},
		{"Unknown field", "the position is that of the word", "struct{a list<x>}", "", `byte 14`},
		{"Open list", "", "list<int64", "", `byte 10 of type "list<int64": want ">" to end the list, found the end`},
		{"Open struct", "", "struct{a int64", "", `want ";" or "}" behind the field "a", found the end`},
		{"Open name", "", `struct{"a int64}`, "", "does not end"},
		{"Comma", "is no semicolon", "struct{a int64, b bool}", "", `unknown type "int64,"`},
		{"Bare list", "of what?", "list", "", "unknown type"},
		{"Empty list", "of what?", "list<>", "", "unknown type"},
		{"Behind", "", "list<bool>>", "", `byte 10`},
		{"Narrow bson", "less than the empty document", "bson:4", "", "from 5 to"},
		{"Zero binary", "", "binary:0", "", "width"},
		{"Width of another", "", "uuid:4", "", "unknown type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			typ, err := monary.ParseType(c.text)
			if c.err != "" {
				require.ErrorContains(t, err, c.err, c.why)
				require.Less(t, len(err.Error()), 1000, "a message, not the text")
				return
			}
			require.NoError(t, err, c.why)
			assert.Equal(t, c.want, typ.String(), c.why)
		})
	}
}

func FuzzParseType(f *testing.F) {
	for _, text := range allTypes {
		f.Add(text)
	}
	f.Add("struct{`a` list<")
	f.Fuzz(func(t *testing.T, text string) {
		typ, err := monary.ParseType(text)
		if err != nil {
			return
		}
		again, err := monary.ParseType(typ.String())
		require.NoError(t, err)
		require.True(t, typ.Equal(again), "%s, %s", typ, again)
		schema, err := monary.NewSchema([]string{"v"}, []string{text})
		require.NoError(t, err)
		table, _, err := read(t, [][]byte{document(one("v")), document()}, schema)
		require.NoError(t, err)
		require.Equal(t, 2, table.NumRows())
	})
}

// Types made by hand are checked where they are used.
func TestHandMadeTypes(t *testing.T) {
	s := monary.ColumnOf("s", []int32{1}, nil)
	loop := monary.Type{Kind: monary.KindList}
	loop.Elem = &loop
	field := func(name string) monary.FieldSpec {
		return monary.FieldSpec{Name: name, Type: monary.Type{Kind: monary.KindBool}}
	}
	for name, typ := range map[string]monary.Type{
		"no elements":   {Kind: monary.KindList},
		"bad elements":  {Kind: monary.KindList, Elem: &monary.Type{}},
		"itself":        loop,
		"no fields":     {Kind: monary.KindStruct},
		"bad field":     {Kind: monary.KindStruct, Fields: []monary.FieldSpec{{Name: "a"}}},
		"path":          {Kind: monary.KindStruct, Fields: []monary.FieldSpec{field("a.b")}},
		"twice":         {Kind: monary.KindStruct, Fields: []monary.FieldSpec{field("a"), field("a")}},
		"narrow bson":   {Kind: monary.KindFixedBSON, Width: 4},
		"narrow binary": {Kind: monary.KindFixedBinary},
	} {
		_, _, err := s.Cast(typ)
		require.Error(t, err, name)
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

// TestField: any name gives the field that it names.
func TestField(t *testing.T) {
	for _, name := range []string{"pop", "Day Mins", "loc.0", "größe", `a\.b`, "{x}", "a;b", `"quoted"`} {
		schema, err := monary.ParseSchema(monary.Field(name, "int64"))
		require.NoError(t, err, name)
		assert.Equal(t, name, schema.At(0).Name)
		assert.Equal(t, "int64", schema.At(0).Type.String())
	}
	_, err := monary.ParseSchema(monary.Field("a", "strange"))
	require.ErrorContains(t, err, "strange")
}

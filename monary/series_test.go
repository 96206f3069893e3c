package monary_test

import (
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

func TestColumnOf(t *testing.T) {
	id := bson.ObjectID{1}
	checkColumnOf(t, "bool", []bool{true, false, true})
	checkColumnOf(t, "int32", []int32{1, 0, math.MinInt32})
	checkColumnOf(t, "int64", []int64{1, 0, math.MinInt64})
	checkColumnOf(t, "float64", []float64{1, math.Inf(1), math.Copysign(0, -1)})
	checkColumnOf(t, "string", []string{"a", "", "\x00é"})
	checkColumnOf(t, "objectid", []bson.ObjectID{id, {}, {2}})
	checkColumnOf(t, "int8", []int8{1, 0, -128})
	checkColumnOf(t, "int16", []int16{1, 0, math.MinInt16})
	checkColumnOf(t, "uint8", []uint8{1, 0, 255})
	checkColumnOf(t, "uint16", []uint16{1, 0, math.MaxUint16})
	checkColumnOf(t, "uint32", []uint32{1, 0, math.MaxUint32})
	checkColumnOf(t, "uint64", []uint64{1, 0, math.MaxUint64})
	checkColumnOf(t, "float32", []float32{1, 0, math.MaxFloat32})
	checkColumnOf(t, "timestamp", []bson.Timestamp{{T: 1, I: 2}, {}, {T: math.MaxUint32}})
	checkColumnOf(t, "decimal128", []bson.Decimal128{decimal(t, "1.50"), {}, decimal(t, "NaN")})
	checkColumnOf(t, "uuid", [][16]byte{{1}, {}, {15: 2}})
	checkColumnOf(t, "binary", []bson.Binary{{Subtype: 4, Data: []byte{1}}, {Data: []byte{}}, {Subtype: 2, Data: []byte{2, 3}}})
	checkColumnOf(t, "bson", []bson.Raw{document(), document(one("a")), document(two("b"))})
	checkColumnOf(t, "any", []monary.Value{monary.Int32Value(1), monary.StringValue("a"), monary.ObjectIDValue(id)})
}

func checkColumnOf[T monary.Element](t *testing.T, typ string, values []T) {
	t.Helper()
	given := append([]T(nil), values...)
	whole := monary.ColumnOf("c", values, nil)
	marked := monary.ColumnOf("c", values, []bool{true, false, true})
	var zero T
	clear(values) // the values are copied
	assert.Equal(t, typ, whole.Type().String())
	assert.Equal(t, 3, whole.Len())
	assert.Equal(t, 0, whole.NullCount(), typ)
	assert.Equal(t, 1, marked.NullCount(), typ)

	got, err := monary.Values[T](newTable(t, whole), "c")
	require.NoError(t, err)
	assert.Equal(t, given, got)
	a, err := monary.Column[T](newTable(t, marked), "c")
	require.NoError(t, err)
	assert.Equal(t, 3, a.Len())
	assert.Equal(t, 1, a.NullCount())
	for row, want := range given {
		v, ok := a.At(row)
		assert.Equal(t, row != 1, ok)
		assert.Equal(t, row != 1, marked.IsValid(row))
		if row == 1 {
			want = zero
		}
		assert.Equal(t, want, v, "%s, row %d", typ, row)
	}
	assert.Equal(t, a.Values()[2], given[2])
	empty := monary.ColumnOf[T]("c", nil, nil)
	assert.Zero(t, empty.Len())
	assert.Equal(t, typ, empty.Type().String())
}

func TestColumnOfValuesWithoutValue(t *testing.T) {
	s := monary.ColumnOf("v", []monary.Value{{}, monary.NullValue, monary.BoolValue(false)}, []bool{true, true, true})
	assert.Equal(t, 2, s.NullCount())
	assert.True(t, s.Value(0).IsMissing())
	assert.Equal(t, bson.TypeNull, s.Value(1).Type())
	assert.False(t, s.IsValid(1))
}

// What BSON has no type for goes into one that holds it.
func TestValuesOfUnsignedColumns(t *testing.T) {
	s := monary.ColumnOf("n", []uint64{7, math.MaxInt64, 1 << 63, math.MaxUint64}, nil)
	assert.Equal(t, bson.TypeInt64, s.Value(1).Type())
	assert.Equal(t, bson.TypeDouble, s.Value(2).Type())
	assert.Equal(t, bson.TypeDecimal128, s.Value(3).Type())
	assert.Equal(t, "18446744073709551615", s.Value(3).String()[len(`{"$numberDecimal":"`):][:20])
	for row, want := range []string{"7", "9223372036854775807", "9223372036854775808", "18446744073709551615"} {
		assert.Zero(t, monary.Compare(monary.ColumnOf("d", []bson.Decimal128{decimal(t, want)}, nil).Value(0), s.Value(row)))
	}
	assert.Equal(t, bson.TypeInt64, monary.ColumnOf("n", []uint32{math.MaxUint32}, nil).Value(0).Type())
	assert.Equal(t, bson.TypeInt32, monary.ColumnOf("n", []uint8{255}, nil).Value(0).Type())
	assert.Equal(t, bson.TypeDouble, monary.ColumnOf("n", []float32{0.5}, nil).Value(0).Type())
}

func TestColumnOfRaw(t *testing.T) {
	s := monary.ColumnOf("d", []bson.Raw{document(one("a")), nil}, nil)
	assert.Equal(t, 1, s.NullCount(), "an empty Raw is no document")
	assert.Equal(t, `{"a":1}`, s.Value(0).String())
	assert.Panics(t, func() { monary.ColumnOf("d", []bson.Raw{{1, 2, 3}}, nil) })
}

func TestAllStops(t *testing.T) {
	a, err := monary.Column[int32](newTable(t, monary.ColumnOf("n", []int32{1, 2, 3}, []bool{true, false, true})), "n")
	require.NoError(t, err)
	rows := 0
	for v, ok := range a.All() {
		rows++
		if !ok {
			assert.Zero(t, v)
			break
		}
	}
	assert.Equal(t, 2, rows)
}

func TestColumnChecksTheGoType(t *testing.T) {
	table := everyType(t, 4)
	_, err := monary.Values[int32](table, "l")
	require.ErrorContains(t, err, `column "l" is int64`)
	_, err = monary.Values[string](table, "o")
	require.ErrorContains(t, err, "objectid")
	_, err = monary.Values[string](table, "gone")
	require.ErrorContains(t, err, `no column "gone"`)
	dates, err := monary.Values[int64](table, "t")
	require.NoError(t, err, "dates are int64 milliseconds")
	assert.Equal(t, []int64{0, 1000, 0, 3000}, dates)
	fixed, err := monary.Values[string](table, "f")
	require.NoError(t, err, "string:N is string")
	assert.Equal(t, []string{"", "a", "", "lon"}, fixed)
}

func TestValuesShareMemory(t *testing.T) {
	table := everyType(t, 16)
	shares(t, monary.Values[bool], table, "b")
	shares(t, monary.Values[int32], table, "i")
	shares(t, monary.Values[int64], table, "l")
	shares(t, monary.Values[float64], table, "x")
	shares(t, monary.Values[int64], table, "t")
	shares(t, monary.Values[bson.ObjectID], table, "o")
	s, err := monary.Values[string](table, "s")
	require.NoError(t, err)
	again, err := monary.Values[string](table, "s")
	require.NoError(t, err)
	assert.Equal(t, unsafe.StringData(s[3]), unsafe.StringData(again[3]), "strings share the column's bytes")
}

func shares[T monary.Element](t *testing.T, values func(*monary.Table, string) ([]T, error), table *monary.Table, name string) {
	t.Helper()
	a, err := values(table, name)
	require.NoError(t, err)
	b, err := values(table, name)
	require.NoError(t, err)
	part, err := values(table.Slice(3, 11), name)
	require.NoError(t, err)
	assert.Same(t, &a[0], &b[0], "one memory")
	assert.Same(t, &a[3], &part[0], "a slice is in it")
	assert.Len(t, a, 16)
	assert.Equal(t, len(a), cap(a), "an append by the caller goes elsewhere")
	assert.Equal(t, len(part), cap(part), "an append by the caller goes elsewhere")
}

func TestColumnValues(t *testing.T) {
	table := everyType(t, 4)
	values, present, err := table.ColumnValues("x")
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 0.25, 0, 0.75}, values)
	assert.Equal(t, []bool{true, true, false, true}, []bool{present(0), present(1), present(2), present(3)})
	values, present, err = table.Slice(0, 2).ColumnValues("s")
	require.NoError(t, err)
	assert.Nil(t, present, "all rows have a value")
	assert.Equal(t, []string{"", "a"}, values)
	_, _, err = table.ColumnValues("gone")
	require.ErrorContains(t, err, "gone")
}

func TestSeriesValue(t *testing.T) {
	table := everyType(t, 3)
	want := []monary.Value{monary.BoolValue(true), monary.Int32Value(0), monary.Int64Value(0), monary.DoubleValue(0), monary.DateValue(0),
		monary.StringValue(""), monary.StringValue(""), monary.ObjectIDValue(bson.ObjectID{}), monary.Int32Value(0)}
	for i := range table.NumColumns() {
		s := table.Series(i)
		assert.Equal(t, want[i].Type(), s.Value(0).Type())
		assert.Zero(t, monary.Compare(want[i], s.Value(0)))
		assert.True(t, s.Value(2).IsNull())
		assert.Equal(t, s.Type().Kind == monary.KindAny, s.Value(2).IsMissing(), "only any tells missing from null")
	}
}

func TestCastErrors(t *testing.T) {
	s := monary.ColumnOf("s", []string{"ok", "\xff"}, nil)
	for _, typ := range []monary.Type{{}, {Kind: 99}, {Kind: monary.KindFixedString}, {Kind: monary.KindFixedString, Width: 1 << 21}} {
		_, _, err := s.Cast(typ)
		require.ErrorContains(t, err, `column "s"`)
	}
	_, _, err := s.Cast(monary.Type{Kind: monary.KindAny})
	require.ErrorIs(t, err, monary.ErrUTF8)
	require.ErrorContains(t, err, "row 1")
	same, counts, err := monary.ColumnOf("n", []int32{1, 2}, []bool{true, false}).Cast(monary.Type{Kind: monary.KindInt32})
	require.NoError(t, err)
	assert.EqualValues(t, 1, counts.Of(monary.Present))
	assert.EqualValues(t, 1, counts.Of(monary.Null))
	assert.Equal(t, 1, same.NullCount())
}

func TestNarrow(t *testing.T) {
	i, l, x := monary.Int32Value(1), monary.Int64Value(1<<40), monary.DoubleValue(1.5)
	for _, c := range []struct {
		name, why string
		values    []monary.Value
		want      string
	}{
		{"Bool", "", []monary.Value{monary.BoolValue(true)}, "bool"},
		{"Int32", "null and missing fit everywhere", []monary.Value{i, monary.NullValue, {}}, "int32"},
		{"Int64", "", []monary.Value{l}, "int64"},
		{"Integers", "mixed", []monary.Value{i, l}, "int64"},
		{"Numbers", "all of them exact", []monary.Value{i, x, l}, "float64"},
		{"Double first", "the order is of no meaning", []monary.Value{x, i}, "float64"},
		{"Inexact", "2^53+1 is no double", []monary.Value{x, monary.Int64Value(1<<53 + 1)}, "any"},
		{"NaN", "stays", []monary.Value{monary.DoubleValue(math.NaN())}, "float64"},
		{"Date", "", []monary.Value{monary.DateValue(5)}, "date"},
		{"Date and integer", "are of two kinds", []monary.Value{monary.DateValue(5), l}, "any"},
		{"String", "text with NUL at its end, too", []monary.Value{monary.StringValue("a\x00")}, "string"},
		{"ObjectID", "", []monary.Value{monary.ObjectIDValue(objectID)}, "objectid"},
		{"Bool and int", "are of two kinds", []monary.Value{monary.BoolValue(true), i}, "any"},
		{"Document", "has no narrower type", []monary.Value{value(t, bson.TypeEmbeddedDocument, document())}, "any"},
		{"Only null", "no values", []monary.Value{monary.NullValue, {}}, "any"},
		{"Nothing", "no rows", nil, "any"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := monary.ColumnOf("v", c.values, nil)
			narrow := s.Narrow()
			assert.Equal(t, c.want, narrow.Type().String(), c.why)
			assert.Equal(t, s.NullCount(), narrow.NullCount())
			for row := range c.values {
				assert.Zero(t, monary.Compare(s.Value(row), narrow.Value(row))*map[bool]int{true: 0, false: 1}[s.Value(row).IsNull()])
			}
			if c.want == "any" {
				assert.Same(t, s, narrow, "s itself")
			}
		})
	}
	typed := monary.ColumnOf("n", []int64{1}, nil)
	assert.Same(t, typed, typed.Narrow())
}

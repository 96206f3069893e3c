package monary_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

func TestParseValueKeepsEveryValue(t *testing.T) {
	for _, c := range conversions {
		v := value(t, c.typ, c.val)
		for name, v := range map[string]monary.Value{
			"parsed": v, "cloned": v.Clone(),
			"in a column": monary.ColumnOf("v", []monary.Value{monary.StringValue("before"), v, monary.StringValue("behind")}, nil).Slice(1, 3).Take([]int{1, 0}).Value(1),
		} {
			assert.Equal(t, c.typ, v.Raw().Type, "%s, %s", c.name, name)
			assert.Equal(t, string(c.val), string(v.Raw().Value), "%s, %s", c.name, name)
		}
	}
	assert.True(t, monary.Value{}.Raw().IsZero())
}

func TestValueAccess(t *testing.T) {
	n, ok := monary.Int32Value(-5).Int()
	assert.True(t, ok)
	assert.EqualValues(t, -5, n)
	n, ok = monary.BoolValue(true).Int()
	assert.True(t, ok)
	assert.EqualValues(t, 1, n)
	n, ok = monary.DateValue(-1).Int()
	assert.True(t, ok)
	assert.EqualValues(t, -1, n)
	_, ok = monary.DoubleValue(1).Int()
	assert.False(t, ok)

	x, ok := monary.DoubleValue(math.Copysign(0, -1)).Double()
	assert.True(t, ok)
	assert.True(t, math.Signbit(x))
	_, ok = monary.Int32Value(1).Double()
	assert.False(t, ok)

	text, ok := monary.StringValue("a\x00b").Text()
	assert.True(t, ok)
	assert.Equal(t, "a\x00b", string(text))
	_, ok = monary.NullValue.Text()
	assert.False(t, ok)

	assert.True(t, valueOf(t, decimal(t, "1")).IsNumber())
	assert.False(t, monary.BoolValue(true).IsNumber())
	assert.True(t, monary.Value{}.IsNull())
	assert.True(t, value(t, bson.TypeUndefined, nil).IsNull())
	assert.False(t, monary.StringValue("").IsNull())
}

func TestElements(t *testing.T) {
	v := value(t, bson.TypeEmbeddedDocument, document(one("a"), two("b"), two("a"), sub("c", one("x"))))
	var keys []string
	for key, element := range v.Elements() {
		keys = append(keys, key)
		if key == "c" {
			assert.Equal(t, bson.TypeEmbeddedDocument, element.Type())
		}
	}
	assert.Equal(t, []string{"a", "b", "a", "c"}, keys)
	assert.Zero(t, monary.Compare(monary.Int32Value(1), v.Field("a")), "the first wins")
	assert.Zero(t, monary.Compare(monary.Int32Value(1), v.Field("c").Field("x")))
	assert.True(t, v.Field("gone").IsMissing())
	assert.True(t, value(t, bson.TypeArray, document(one("0"))).Field("0").IsMissing(), "an array has no fields")
	for range monary.Int32Value(1).Elements() {
		t.Error("a number has no elements")
	}
	for range v.Elements() {
		break
	}
}

func TestValueSizeIsThatOfItsBytes(t *testing.T) {
	values := []monary.Value{
		{}, monary.NullValue, monary.BoolValue(true), monary.Int32Value(1), monary.Int64Value(1), monary.DoubleValue(1), monary.DateValue(1),
		monary.StringValue(""), monary.StringValue("text"), monary.ObjectIDValue(bson.NewObjectID()), monary.ArrayValue(monary.Int32Value(1)),
		monary.DocumentValue([]string{"a"}, []monary.Value{monary.StringValue("b")}),
	}
	for _, v := range values {
		assert.Equal(t, len(v.Raw().Value), v.Size(), v.String())
	}
}

func TestValueString(t *testing.T) {
	for _, c := range []struct {
		value monary.Value
		want  string
	}{
		{monary.Value{}, "missing"},
		{monary.NullValue, "null"},
		{monary.Int32Value(-5), "-5"},
		{monary.Int64Value(1 << 40), "1099511627776"},
		{monary.DoubleValue(1.5), "1.5"},
		{monary.BoolValue(true), "true"},
		{monary.StringValue("text"), "text"},
		{monary.DateValue(0), `{"$date":"1970-01-01T00:00:00Z"}`},
		{monary.ObjectIDValue(objectID), `{"$oid":"0102030405060708090a0b0c"}`},
		{value(t, bson.TypeArray, document(one("0"), element(bson.TypeString, "1", textBytes("x")))), `[1,"x"]`},
		{value(t, bson.TypeEmbeddedDocument, document(one("a"), sub("b", two("c")))), `{"a":1,"b":{"c":2}}`},
	} {
		assert.Equal(t, c.want, c.value.String(), "relaxed extended JSON of %s", c.value.Type())
	}
}

func TestStringOfEveryValue(t *testing.T) {
	for _, c := range conversions {
		require.NotPanics(t, func() { _ = value(t, c.typ, c.val).String() }, c.name)
	}
}

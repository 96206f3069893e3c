package monary_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

func value(t testing.TB, typ bson.Type, val []byte) monary.Value {
	t.Helper()
	v, err := monary.ParseValue(bson.RawValue{Type: typ, Value: val})
	require.NoError(t, err)
	return v
}

// valueOf is the value that the driver makes of a Go value.
func valueOf(t testing.TB, v any) monary.Value {
	t.Helper()
	typ, val, err := bson.MarshalValue(v)
	require.NoError(t, err)
	return value(t, typ, val)
}

func decimal(t testing.TB, text string) bson.Decimal128 {
	t.Helper()
	d, err := bson.ParseDecimal128(text)
	require.NoError(t, err)
	return d
}

// ordered is one value or more a line, equal in the line, each line above
// those before it.
func ordered(t testing.TB) [][]monary.Value {
	of := func(values ...any) []monary.Value {
		var out []monary.Value
		for _, v := range values {
			out = append(out, valueOf(t, v))
		}
		return out
	}
	return [][]monary.Value{
		of(bson.MinKey{}),
		{{}, value(t, bson.TypeUndefined, nil)},
		{monary.NullValue, value(t, bson.TypeNull, nil)},
		append(of(math.NaN(), decimal(t, "NaN")), monary.DoubleValue(math.Float64frombits(0xfff8000000000001))),
		of(math.Inf(-1), decimal(t, "-Infinity")),
		of(decimal(t, "-1E+6000")),
		of(-math.MaxFloat64),
		of(int64(math.MinInt64), -float64(1<<63), decimal(t, "-9223372036854775808")),
		of(int32(-1), int64(-1), -1.0, decimal(t, "-1.000")),
		of(decimal(t, "-1E-6000")),
		of(int32(0), int64(0), 0.0, math.Copysign(0, -1), decimal(t, "0"), decimal(t, "-0"), decimal(t, "0E+3")),
		of(math.SmallestNonzeroFloat64),
		of(decimal(t, "0.1")), // the double 0.1 is a little more
		of(0.1),
		of(0.5, decimal(t, "0.5"), decimal(t, "0.50")),
		of(int32(1), int64(1), 1.0, decimal(t, "1"), decimal(t, "10E-1")),
		of(int64(1<<53), float64(1<<53), decimal(t, "9007199254740992")),
		of(int64(1<<53+1), decimal(t, "9007199254740993")),
		of(int64(1<<53+2), float64(1<<53+2)),
		of(int64(math.MaxInt64), decimal(t, "9223372036854775807")),
		of(float64(1<<63), decimal(t, "9223372036854775808")),
		of(1e300),
		of(math.Inf(1), decimal(t, "Infinity")),
		of("", bson.Symbol("")),
		of("A"),
		of("a", bson.Symbol("a")),
		of("a\x00"),
		of("aa"),
		of("é"),
		of(bson.D{}),
		of(bson.D{{Key: "z", Value: nil}}), // types first: null is below numbers
		of(bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "a", Value: 1.0}}),
		of(bson.D{{Key: "a", Value: 1}, {Key: "b", Value: 1}}),
		of(bson.D{{Key: "a", Value: 2}}),
		of(bson.D{{Key: "b", Value: 1}}),
		of(bson.D{{Key: "a", Value: "x"}}),
		of(bson.A{}),
		of(bson.A{1}, bson.A{1.0}),
		of(bson.A{1, 0}),
		of(bson.A{2}),
		of(bson.A{"x"}),
		of(bson.Binary{}),
		of(bson.Binary{Subtype: 0, Data: []byte{2}}),
		of(bson.Binary{Subtype: 5, Data: []byte{1}}), // length, subtype, bytes
		of(bson.Binary{Subtype: 0, Data: []byte{0, 0}}),
		of(objectID),
		of(bson.ObjectID{255}),
		of(false),
		of(true),
		of(bson.DateTime(math.MinInt64)),
		of(bson.DateTime(-1)),
		of(bson.DateTime(0)),
		of(bson.Timestamp{T: 0, I: 7}),
		of(bson.Timestamp{T: 1, I: 0}),
		of(bson.Timestamp{T: math.MaxUint32, I: 0}),
		of(bson.Regex{Pattern: "a"}),
		of(bson.Regex{Pattern: "a", Options: "i"}),
		of(bson.Regex{Pattern: "b"}),
		of(bson.DBPointer{DB: "a", Pointer: objectID}),
		of(bson.DBPointer{DB: "b", Pointer: objectID}),
		of(bson.JavaScript("a")),
		of(bson.JavaScript("b")),
		of(bson.CodeWithScope{Code: "a", Scope: bson.D{}}),
		of(bson.CodeWithScope{Code: "a", Scope: bson.D{{Key: "x", Value: 1}}}, bson.CodeWithScope{Code: "a", Scope: bson.D{{Key: "x", Value: 1.0}}}),
		of(bson.CodeWithScope{Code: "b", Scope: bson.D{}}),
		of(bson.MaxKey{}),
	}
}

func TestCompare(t *testing.T) {
	lines := ordered(t)
	for i, as := range lines {
		for j, bs := range lines {
			want := 0
			if i != j {
				want = map[bool]int{true: -1, false: 1}[i < j]
			}
			for _, a := range as {
				for _, b := range bs {
					assert.Equal(t, want, monary.Compare(a, b), "%s %s, %s %s", a.Type(), a, b.Type(), b)
					assert.Equal(t, want == 0, bytes.Equal(a.AppendKey(nil), b.AppendKey(nil)), "keys of %s %s, %s %s", a.Type(), a, b.Type(), b)
				}
			}
		}
	}
}

func TestSameBracket(t *testing.T) {
	assert.True(t, monary.SameBracket(valueOf(t, int32(1)), valueOf(t, decimal(t, "2"))))
	assert.True(t, monary.SameBracket(valueOf(t, "a"), valueOf(t, bson.Symbol("b"))))
	assert.False(t, monary.SameBracket(valueOf(t, 1), valueOf(t, "1")))
	assert.False(t, monary.SameBracket(monary.NullValue, monary.Value{}))
}

func TestKeysTellTheirEnd(t *testing.T) {
	keys := map[string][]string{}
	for _, line := range ordered(t) {
		for _, other := range ordered(t) {
			pair := string(other[0].AppendKey(line[0].AppendKey(nil)))
			keys[pair] = append(keys[pair], line[0].String()+" "+other[0].String())
		}
	}
	for _, pairs := range keys {
		assert.Len(t, pairs, 1, "one key for different pairs")
	}
	prefix := []byte("before")
	assert.Equal(t, "before", string(valueOf(t, 1).AppendKey(prefix)[:6]), "what was there is kept")
}

// FuzzCompare takes three values from the bytes of one document.
func FuzzCompare(f *testing.F) {
	values := slices.Concat(ordered(f)...)
	for i, v := range values {
		var elements [][]byte
		for _, v := range []monary.Value{v, values[(i+1)%len(values)], values[(7*i)%len(values)]} {
			if raw := v.Raw(); raw.Type != 0 {
				elements = append(elements, element(raw.Type, "v", raw.Value))
			}
		}
		f.Add(document(elements...))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) < 5 {
			return
		}
		binary.LittleEndian.PutUint32(doc, uint32(len(doc))) // the mutator need not learn this
		v, err := monary.ParseValue(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc})
		if err != nil {
			return
		}
		values := []monary.Value{v, {}}
		for _, element := range v.Elements() {
			values = append(values, element)
		}
		values = values[:min(len(values), 8)]
		for _, a := range values {
			for _, b := range values {
				ab := monary.Compare(a, b)
				require.Equal(t, -ab, monary.Compare(b, a), "antisymmetric: %s, %s", a, b)
				require.Equal(t, ab == 0, bytes.Equal(a.AppendKey(nil), b.AppendKey(nil)), "keys: %s, %s", a, b)
				for _, c := range values {
					if ab <= 0 && monary.Compare(b, c) <= 0 {
						require.LessOrEqual(t, monary.Compare(a, c), 0, "transitive: %s, %s, %s", a, b, c)
					}
				}
			}
		}
	})
}

package codec_test

import (
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/internal/codec"
)

type (
	point struct{ X, Y int }
	tree  struct {
		Name  string
		Left  *tree
		Leafs []tree
		At    time.Time
		Tags  map[string]*point `json:"tags"`
	}
	hidden  struct{ x int }
	left    struct{ A, a int }
	dropped struct {
		A int `json:"-"`
	}
	omitted struct {
		A []int `json:",omitempty"`
	}
	twice struct {
		A int `json:"x"`
		B int `json:"X"`
	}
	shadowed struct {
		X int
		point
	}
	Point   struct{ X, Y int }
	shadows struct {
		X int
		Point
	}
	writes   struct{ A int }
	holdsAny struct{ A any }
)

func (writes) MarshalJSON() ([]byte, error) { return []byte("1"), nil }

// binary is stored by its own methods, which its fields would not allow.
type binary struct{ n byte }

func (b *binary) MarshalBinary() ([]byte, error)    { return []byte{b.n}, nil }
func (b *binary) UnmarshalBinary(data []byte) error { b.n = data[0]; return nil }

func TestCheck(t *testing.T) {
	tests := []struct {
		v    any
		want string // "" if it is lossless
	}{
		{1, ""}, {"", ""}, {1.5, ""}, {[]byte(nil), ""}, {map[int]string(nil), ""}, {point{}, ""}, {&point{}, ""}, {tree{}, ""},
		{time.Time{}, ""}, {[3][]bool{}, ""}, {struct{}{}, ""}, {map[netip.Addr]int{}, ""}, {&big.Int{}, ""}, {binary{}, ""}, {&binary{}, ""},
		{hidden{}, "codec_test.hidden.x is not exported"},
		{[]hidden{}, "[]codec_test.hidden[].x is not exported"},
		{left{}, "codec_test.left.a is not exported"},
		{dropped{}, `codec_test.dropped.A is left out by its tag json:"-"`},
		{omitted{}, `codec_test.omitted.A may be left out by its tag json:",omitempty"`},
		{twice{}, `codec_test.twice has the JSON name "X" twice`},
		{shadowed{}, "codec_test.shadowed.point is not exported"},
		{shadows{}, `codec_test.shadows has the JSON name "X" twice`},
		{writes{}, "codec_test.writes is written by a method of its own, with none to read it"},
		{holdsAny{}, "codec_test.holdsAny.A is of kind interface"},
		{[]any{}, "[]interface {}[] is of kind interface"},
		{func() {}, "func() is of kind func"}, {make(chan int), "chan int is of kind chan"}, {1i, "complex128 is of kind complex128"},
		{new(*int), "**int is a pointer to a ptr"}, {new([]int), "*[]int is a pointer to a slice"},
		{map[point]int{}, "map[codec_test.point]int has keys of type codec_test.point"},
	}
	for _, tt := range tests {
		typ := reflect.TypeOf(tt.v)
		t.Run(typ.String(), func(t *testing.T) {
			err := codec.Check(typ)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "JSON would lose something: "+tt.want)
		})
	}
	_ = hidden{x: 1}
	_ = left{a: 1}
	require.ErrorContains(t, codec.Check(reflect.TypeFor[error]()), "error is of kind interface")
}

func TestRoundTrip(t *testing.T) {
	round(t, 0)
	round(t, math.MinInt64)
	round(t, uint64(math.MaxUint64))
	round(t, math.Copysign(0, -1))
	round(t, math.SmallestNonzeroFloat64)
	round(t, float32(0.1))
	round(t, "a\x00<&>\u2028\U0001f600")
	round(t, []int(nil))
	round(t, []int{})
	round(t, []byte{0, 255})
	round(t, map[string]int(nil))
	round(t, map[int8]bool{-3: true})
	round(t, (*point)(nil))
	round(t, &point{1, -2})
	round(t, tree{Name: "a", Left: &tree{Leafs: []tree{{Name: "b"}}}, At: time.Date(2015, 1, 2, 3, 4, 5, 6, time.UTC), Tags: map[string]*point{"n": nil, "p": {3, 4}}})
	round(t, time.Date(2015, 1, 2, 3, 4, 5, 6, time.UTC))
	round(t, binary{7})
	round(t, &binary{8})
	round(t, (*binary)(nil))
	round(t, struct{}{})
}

func round[T any](t *testing.T, v T) {
	t.Helper()
	data, err := codec.Encode(v)
	require.NoError(t, err)
	var got T
	require.NoError(t, codec.Decode(data, &got))
	assert.Equal(t, v, got)
	if f, ok := any(v).(float64); ok {
		assert.Equal(t, math.Signbit(f), math.Signbit(any(got).(float64)))
	}
}

func TestValuesThatCannotBeKept(t *testing.T) {
	for want, v := range map[string]any{
		"unsupported value":                       math.NaN(),
		"value is text that is not UTF-8":         "\xff",
		"value[1].Name is text that is not UTF-8": []tree{{}, {Name: "\xc3"}},
		"value[": map[string]int{"\xff": 1},
	} {
		_, err := codec.Encode(v)
		require.ErrorContains(t, err, want)
	}
}

func TestDecodeOfForeignBytes(t *testing.T) {
	var b binary
	require.ErrorContains(t, codec.Decode(nil, &b), "not the binary form of a codec_test.binary")
	require.Error(t, codec.Decode([]byte{2, 0}, &b))
	var n int
	require.Error(t, codec.Decode([]byte("1.5"), &n))
}

package pipeline_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// accumulated is the result of an accumulator over values of one group.
func accumulated(t *testing.T, op string, values ...any) string {
	t.Helper()
	docs := make([]bson.D, len(values))
	for i, v := range values {
		docs[i] = d("k", 1)
		if v != missing {
			docs[i] = d("k", 1, "v", v)
		}
	}
	got, err := aggregate(t, openDocs(t, docs...), stage("$group", d("_id", nil, "r", d(op, "$v"))), "r")
	require.NoError(t, err)
	require.Equal(t, 1, got.NumRows())
	return column(t, got, "r")[0]
}

func repeat(v any, n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestAccumulators(t *testing.T) {
	const maxInt32, maxInt64 = int32(math.MaxInt32), int64(math.MaxInt64)
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name, op string
		values   []any
		want     string
	}{
		{"Int32", "$sum", []any{1, 2}, "int32 3"},
		{"Int32Overflow", "$sum", []any{maxInt32, int32(1)}, "int64 2147483648"},
		{"Int32Underflow", "$sum", []any{int32(math.MinInt32), int32(-1)}, "int64 -2147483649"},
		{"Int32Back", "$sum", []any{maxInt32, int32(1), int32(-1)}, "int32 2147483647"},
		{"Int64", "$sum", []any{int32(1), int64(2)}, "int64 3"},
		{"Int64Exact", "$sum", []any{int64(1 << 53), int64(1), int64(1)}, "int64 9007199254740994"},
		{"Int64Max", "$sum", []any{maxInt64 - 1, int32(1)}, "int64 9223372036854775807"},
		{"Int64Overflow", "$sum", []any{maxInt64, int32(1)}, "double 9.223372036854776e+18"},
		{"Int64Underflow", "$sum", []any{int64(math.MinInt64), int64(-1)}, "double -9.223372036854776e+18"},
		{"Int64Back", "$sum", []any{maxInt64, maxInt64, -maxInt64}, "int64 9223372036854775807"},
		{"Int64BackBelow", "$sum", []any{int64(math.MinInt64), int64(-5), int64(10)}, "int64 -9223372036854775803"},
		{"Double", "$sum", []any{int32(1), int64(2), 0.0}, "double 3"},
		{"DoubleAndInt64", "$sum", []any{int64(1<<53 + 1), -float64(1 << 53)}, "double 1"},
		{"Tenths", "$sum", repeat(0.1, 10), "double 1"},
		{"Cancellation", "$sum", []any{1e100, 1.0, -1e100}, "double 1"},
		{"CancellationFirst", "$sum", []any{1.0, 1e100, -1e100}, "double 1"},
		{"Small", "$sum", append([]any{1.0}, repeat(1e-16, 10)...), "double 1.000000000000001"},
		{"Infinity", "$sum", []any{inf, 1.0, -1e308}, "double +Inf"},
		{"Infinities", "$sum", []any{inf, math.Inf(-1)}, "double NaN"},
		{"NaN", "$sum", []any{1, nan, 2}, "double NaN"},
		{"TooLarge", "$sum", []any{1e308, 1e308}, "double +Inf"},
		{"NoNumbers", "$sum", []any{"1", nil, missing, true, bson.A{1}, d("x", 1), bson.DateTime(1)}, "int32 0"},
		{"Skipped", "$sum", []any{"1", 2, nil, bson.A{5}, 3}, "int32 5"},

		{"Avg", "$avg", []any{1, 2}, "double 1.5"},
		{"AvgWhole", "$avg", []any{2, 2}, "double 2"},
		{"AvgSkips", "$avg", []any{1, nil, "9", missing, 3}, "double 2"},
		{"AvgNone", "$avg", []any{"9", nil, missing}, "null"},
		{"AvgLarge", "$avg", []any{maxInt64, maxInt64}, "double 9.223372036854776e+18"},
		{"AvgExact", "$avg", []any{int64(1<<53 + 1), -int64(1 << 53)}, "double 0.5"},
		{"AvgNaN", "$avg", []any{1, nan}, "double NaN"},

		{"MinNumbers", "$min", []any{2, 1.5, int64(3)}, "double 1.5"},
		{"MinNaN", "$min", []any{math.Inf(-1), nan}, "double NaN"},
		{"MaxNaN", "$max", []any{nan, math.Inf(-1)}, "double -Inf"},
		{"MinTypes", "$min", []any{true, "a", bson.A{}, 7}, "int32 7"},
		{"MaxTypes", "$max", []any{"a", bson.DateTime(0), 7, true}, "date 0"},
		{"MinNull", "$min", []any{nil, 3, missing}, "int32 3"},
		{"MaxNull", "$max", []any{nil, -3, missing}, "int32 -3"},
		{"MinNone", "$min", []any{nil, missing}, "null"},
		{"MaxNone", "$max", []any{missing}, "null"},
		{"MaxTie", "$max", []any{1.0, 1, int64(1)}, "double 1"},
		{"MinTie", "$min", []any{int64(1), 1, 1.0}, "int64 1"},
		{"MaxArray", "$max", []any{bson.A{1, 2}, bson.A{1}, 9}, `[1,2]`},
		{"MaxInt64", "$max", []any{float64(1 << 53), int64(1<<53 + 1)}, "int64 9007199254740993"},
		{"MinEmptyText", "$min", []any{"", "a"}, `""`},
		{"MinFalse", "$min", []any{true, false}, "false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, accumulated(t, c.op, c.values...))
		})
	}
}

// The sum of the same numbers is the same in every order, also where plain
// addition would lose nearly all digits.
func TestSumOrder(t *testing.T) {
	g := rand.New(rand.NewPCG(7, 7))
	values := []any{int64(1<<60 + 1), int32(-5)}
	for range 200 {
		v := g.NormFloat64() * math.Pow(10, float64(g.IntN(12)))
		values = append(values, v, -v*0.75)
	}
	want := accumulated(t, "$sum", values...)
	for range 20 {
		g.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		require.Equal(t, want, accumulated(t, "$sum", values...))
	}
}

func TestConstants(t *testing.T) {
	group := d("_id", nil, "n", d("$sum", 1), "half", d("$sum", 0.5), "long", d("$sum", int64(2)), "text", d("$sum", "x"),
		"avg", d("$avg", 3), "min", d("$min", "x"), "null", d("$max", nil), "count", d("$count", d()))
	docs := []bson.D{d("a", 1), d("a", 2), d("a", 3)}
	got, err := aggregate(t, openDocs(t, docs...), stage("$group", group), "_id", "n", "half", "long", "text", "avg", "min", "null", "count")
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"null", "int32 3", "double 1.5", "int64 6", "int32 0", "double 3", `"x"`, "null", "int32 3"}}, cells(got))
}

// One decimal makes a sum or a mean decimal, and exact.
func TestDecimal(t *testing.T) {
	dec, err := bson.ParseDecimal128("1.5")
	require.NoError(t, err)
	assert.Equal(t, `{"$numberDecimal":"2.5"}`, accumulated(t, "$sum", 1, dec, "x"))
	assert.Equal(t, `{"$numberDecimal":"1.25"}`, accumulated(t, "$avg", 1, dec, nil))
	assert.Equal(t, `{"$numberDecimal":"1.75"}`, accumulated(t, "$sum", 0.25, dec))
	assert.Equal(t, `{"$numberDecimal":"1.5"}`, accumulated(t, "$max", 1, dec, nil))
	assert.Equal(t, `{"$numberDecimal":"1.5"}`, accumulated(t, "$min", 2, dec, nil))
	got, err := aggregate(t, openDocs(t, d("v", 1), d("v", dec), d("v", 1.5)), stage("$match", d("v", 1.5)), "v")
	require.NoError(t, err)
	assert.Equal(t, 2, got.NumRows())
}

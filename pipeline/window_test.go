package pipeline_test

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// Values that leave a window leave no trace in its sum: each sum is the exact
// one of what is in the window, rounded once, whatever passed before.
func TestSlidingSumIsExact(t *testing.T) {
	for seed := range uint64(20) {
		g := rand.New(rand.NewPCG(seed, 7))
		values := make([]float64, 300)
		for i := range values {
			values[i] = anyFinite(g)
		}
		below := 1 + g.IntN(20)
		spec := d("sortBy", d("i", 1), "output", d("s", d("$sum", "$x", "window", d("documents", bson.A{-below, 0}))))
		got, err := pipeline.Run(context.Background(), numbered(t, values), stage("$setWindowFields", spec))
		require.NoError(t, err)
		sums, err := monary.Values[float64](got, "s")
		require.NoError(t, err)
		for i := range values {
			exact := new(big.Float).SetPrec(2400)
			for _, x := range values[max(0, i-below) : i+1] {
				exact.Add(exact, big.NewFloat(x))
			}
			want, _ := exact.Float64()
			require.Equal(t, math.Float64bits(want+0), math.Float64bits(sums[i]), "seed %d, row %d: want %g, got %g", seed, i, want, sums[i])
		}
	}
}

// anyFinite is a double of any size: ordinary, huge, subnormal, halfway between others.
func anyFinite(g *rand.Rand) float64 {
	switch g.IntN(5) {
	case 0:
		return float64(g.IntN(7) - 3)
	case 1:
		return math.Float64frombits(g.Uint64N(1 << 52)) // subnormal
	case 2:
		return math.Ldexp(1, 53-g.IntN(110)) * float64(1-2*g.IntN(2))
	case 3:
		return (g.Float64() - 0.5) * 1e300
	}
	return g.NormFloat64()
}

// numbered is a table of values and their places.
func numbered(t testing.TB, values []float64) *monary.Table {
	t.Helper()
	places := make([]int64, len(values))
	for i := range places {
		places[i] = int64(i)
	}
	table, err := monary.NewTable(monary.ColumnOf("i", places, nil), monary.ColumnOf("x", values, nil))
	require.NoError(t, err)
	return table
}

// Integers beyond int64 come and go like all others.
func TestSlidingSumOfLargeIntegers(t *testing.T) {
	const most = int64(math.MaxInt64)
	docs := []bson.D{d("i", 1, "v", most), d("i", 2, "v", most), d("i", 3, "v", -most), d("i", 4, "v", 5), d("i", 5, "v", 0.5)}
	spec := d("sortBy", d("i", 1), "output", d("s", d("$sum", "$v", "window", d("documents", bson.A{-2, 0}))))
	got, err := aggregate(t, openDocs(t, docs...), stage("$setWindowFields", spec), "s")
	require.NoError(t, err)
	assert.Equal(t, []string{"int64 9223372036854775807", "double 1.8446744073709552e+19", "int64 9223372036854775807", "int64 5", "double -9.223372036854776e+18"}, column(t, got, "s"))
}

// On a table the columns stay, with their types, in the new order of the rows.
func TestWindowsOnTable(t *testing.T) {
	table, err := monary.NewTable(monary.ColumnOf("k", []string{"b", "a", "b", "a"}, nil), monary.ColumnOf("v", []float64{4, 3, 2, 1}, nil))
	require.NoError(t, err)
	got, err := pipeline.Run(context.Background(), table, stage("$setWindowFields",
		d("partitionBy", "$k", "sortBy", d("v", 1), "output", d("n", d("$documentNumber", d()), "t", d("$sum", "$v", "window", d("documents", bson.A{"unbounded", "current"}))))))
	require.NoError(t, err)
	assert.Equal(t, []string{"k", "v", "n", "t"}, got.ColumnNames())
	assert.Equal(t, [][]string{{`"a"`, "double 1", "int32 1", "double 1"}, {`"a"`, "double 3", "int32 2", "double 4"},
		{`"b"`, "double 2", "int32 1", "double 2"}, {`"b"`, "double 4", "int32 2", "double 6"}}, cells(got))
	before := table.String()
	_, err = pipeline.Run(context.Background(), table, stage("$setWindowFields", d("sortBy", d("w", 1), "output", d("n", d("$rank", d())))))
	require.ErrorContains(t, err, "w")
	assert.Equal(t, before, table.String(), "the input is read-only")
}

// On a table new rows have values in the columns that say where they belong, and none in the others.
func TestDensifyOnTable(t *testing.T) {
	table, err := monary.NewTable(monary.ColumnOf("k", []string{"a", "a"}, nil), monary.ColumnOf("v", []float64{3, 1}, nil), monary.ColumnOf("n", []int64{30, 10}, nil))
	require.NoError(t, err)
	spec := d("field", "v", "partitionByFields", bson.A{"k"}, "range", d("step", 1, "bounds", "full"))
	got, err := pipeline.Run(context.Background(), table, stage("$densify", spec))
	require.NoError(t, err)
	assert.Equal(t, [][]string{{`"a"`, "double 1", "int64 10"}, {`"a"`, "double 2", "null"}, {`"a"`, "double 3", "int64 30"}}, cells(got))
}

func TestDensifyHasALimit(t *testing.T) {
	for name, bounds := range map[string]any{"Step": bson.A{0, 1}, "Infinity": bson.A{0.0, math.Inf(1)}} {
		t.Run(name, func(t *testing.T) {
			_, err := aggregate(t, openDocs(t), stage("$densify", d("field", "h", "range", d("step", 1e-6, "bounds", bounds))), "h")
			requireStage(t, err, 0, "$densify", "500000")
		})
	}
}

// What is wrong with a window is said before anything is read.
func TestWindowsRefusedBeforeReading(t *testing.T) {
	for name, spec := range map[string]bson.D{
		"Rank":   d("output", d("r", d("$rank", d()))),
		"Window": d("sortBy", d("i", 1), "output", d("r", d("$sum", "$i", "window", d("documents", bson.A{2, 1})))),
		"Path":   d("sortBy", d("i", 1), "output", d("r..s", d("$sum", "$i"))),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pipeline.Stage(stage("$setWindowFields", spec))(context.Background(), nil)
			requireStage(t, err, 0, "$setWindowFields", "r")
		})
	}
}

func ExampleRun_window() {
	days := []int64{1, 2, 3, 4, 5}
	sold := []float64{10, 14, 12, 20, 24}
	table, _ := monary.NewTable(monary.ColumnOf("day", days, nil), monary.ColumnOf("sold", sold, nil))
	out, err := pipeline.Run(context.Background(), table, `[{"$setWindowFields": {
		"sortBy": {"day": 1},
		"output": {
			"soFar":   {"$sum": "$sold", "window": {"documents": ["unbounded", "current"]}},
			"average": {"$avg": "$sold", "window": {"documents": [-1, 1]}},
			"before":  {"$shift": {"output": "$sold", "by": -1, "default": 0}}
		}}}]`)
	if err != nil {
		panic(err)
	}
	fmt.Println(out)
	// Output:
	// day  sold  soFar             average  before
	//   1    10     10                  12       0
	//   2    14     24                  12      10
	//   3    12     36  15.333333333333334      14
	//   4    20     56  18.666666666666668      12
	//   5    24     80                  22      20
}

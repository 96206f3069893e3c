package pipeline_test

import (
	"context"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// Large batches are grouped by themselves, some at a time, and merged in their order: the groups, their
// order and every bit of them are those of small batches, which are added one by one, for any number of
// processors.
func TestGroupByParts(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for seed := range uint64(2) {
		g := generator{rand.New(rand.NewPCG(seed, 6))}
		docs := g.runs(9000)
		for i := range docs { // sums with digits to lose
			docs[i] = append(docs[i], bson.E{Key: "w", Value: (g.Float64() - 0.5) * math.Pow(10, float64(g.IntN(17)))})
		}
		src := openDocs(t, docs...)
		for _, id := range []any{"$a", bson.D{{Key: "a", Value: "$a"}, {Key: "b", Value: bson.D{{Key: "c", Value: "$b"}}}}, nil, "$i"} {
			fields := bson.D{{Key: "_id", Value: id}}
			for _, op := range []string{"$sum", "$avg", "$min", "$max", "$first", "$last", "$push", "$addToSet"} {
				fields = append(fields, bson.E{Key: op[1:], Value: bson.D{{Key: op, Value: "$v"}}})
			}
			fields = append(fields, bson.E{Key: "w", Value: bson.D{{Key: "$sum", Value: "$w"}}})
			fields = append(fields, bson.E{Key: "n", Value: bson.D{{Key: "$count", Value: bson.D{}}}})
			names := make([]string, len(fields))
			for i, f := range fields {
				names[i] = f.Key
			}
			pipe := bson.A{bson.D{{Key: "$group", Value: fields}}}
			read := func(rows, processors int) [][]string {
				runtime.GOMAXPROCS(processors)
				return limited(t, src, pipe, names, monary.MemoryLimit(1<<40), monary.BatchRows(rows))
			}
			want := read(1000, 1)
			for _, c := range [][2]int{{4096, 1}, {4096, 2}, {3000, 8}, {9000, 4}} {
				require.Equal(t, want, read(c[0], c[1]), "seed %d, id %v, batches of %d rows on %d processors", seed, id, c[0], c[1])
			}
		}
	}
}

// An error ends a $group with nothing left at work, whichever batch has it.
func TestGroupByPartsEndsWithAnError(t *testing.T) {
	docs := towns(20_000)
	docs[11_000] = append(docs[11_000], bson.E{Key: "d", Value: "no number"})
	pipe := bson.A{bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$state"}, {Key: "x", Value: bson.D{{Key: "$sum", Value: bson.D{{Key: "$abs", Value: "$d"}}}}}}}}}
	r, err := openDocs(t, docs...).Aggregate(context.Background(), pipe, anySchema(t, "_id"), monary.BatchRows(4096))
	require.NoError(t, err)
	_, err = r.Table()
	require.ErrorContains(t, err, "$group")
	require.False(t, errors.Is(err, context.Canceled))
}

// A table of many rows is one batch, which is grouped in parts of 2^18 rows: doubles are added to the last bit as exact
// sums say, whatever stands before, and for any number of processors.
func TestGroupOfALargeTable(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const rows = 600_000
	r := rand.New(rand.NewPCG(9, 9))
	keys, values, holes := make([]int64, rows), make([]float64, rows), make([]bool, rows)
	for i := range values {
		keys[i], values[i], holes[i] = int64(r.IntN(3)), (r.Float64()-0.5)*math.Pow(10, float64(r.IntN(20))), r.IntN(5) > 0
	}
	in, err := monary.NewTable(monary.ColumnOf("k", keys, nil), monary.ColumnOf("x", values, nil), monary.ColumnOf("y", values, holes))
	require.NoError(t, err)
	exact := func(take func(i int) bool) float64 {
		sum := new(big.Float).SetPrec(2000)
		for i, x := range values {
			if take(i) {
				sum.Add(sum, big.NewFloat(x))
			}
		}
		f, _ := sum.Float64()
		return f
	}
	sums := d("x", d("$sum", "$x"), "y", d("$sum", "$y"), "n", d("$count", d()))
	for _, processors := range []int{1, 4} {
		runtime.GOMAXPROCS(processors)
		for id, pipe := range map[any]bson.A{
			nil:  {d("$group", append(d("_id", nil), sums...))},
			"$k": {d("$group", append(d("_id", "$k"), sums...)), d("$sort", d("_id", 1))},
			"2":  {d("$match", d("k", 2)), d("$group", append(d("_id", nil), sums...))},
		} {
			out, err := pipeline.Run(t.Context(), in, pipe)
			require.NoError(t, err)
			x, err := monary.Values[float64](out, "x")
			require.NoError(t, err)
			y, err := monary.Values[float64](out, "y")
			require.NoError(t, err)
			for k := range x {
				in := func(i int) bool { return id == nil || id == "2" && keys[i] == 2 || id == "$k" && keys[i] == int64(k) }
				require.Equal(t, exact(in), x[k], "_id %v, group %d", id, k)
				require.Equal(t, exact(func(i int) bool { return holes[i] && in(i) }), y[k], "_id %v, group %d", id, k)
			}
		}
	}
}

// Four sums that take turns must not overflow where one does not.
func TestSumNearTheLargest(t *testing.T) {
	in, err := monary.NewTable(monary.ColumnOf("x", []float64{1.5e308, -1.5e308, 1, 2, 1.5e308, -1.5e308, 3, 4, 5}, nil))
	require.NoError(t, err)
	out, err := pipeline.Run(t.Context(), in, stage("$group", d("_id", nil, "x", d("$sum", "$x"))))
	require.NoError(t, err)
	x, err := monary.Values[float64](out, "x")
	require.NoError(t, err)
	require.Equal(t, []float64{15}, x)
}

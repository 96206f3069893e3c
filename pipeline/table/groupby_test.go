package table_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline/table"
)

func TestGroupsComeAsFirstSeenAndNullIsOne(t *testing.T) {
	in := newTable(t,
		col("k", some("b"), nil, some("a"), some("b"), nil),
		col("v", some(int32(1)), some(int32(2)), nil, some(int32(4)), some(int32(8))))
	out, err := table.GroupBy(in, []string{"k"}, table.Sum("sum", "v"), table.Count("count", "v"), table.Size("size"), table.Mean("mean", "v"))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"b", "5", "2", "2", "2.5"}, {"null", "10", "2", "2", "5"}, {"a", "0", "0", "1", "null"}}, text(out))
}

func TestGroupByWithoutKeysIsOneGroup(t *testing.T) {
	for _, c := range []struct {
		name, why string
		values    []int64
		want      []string
	}{
		{"rows", "all rows are in it", []int64{3, 4}, []string{"7", "3.5", "2"}},
		{"none", "as in SQL, a sum over nothing is a row", nil, []string{"0", "null", "0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := newTable(t, monary.ColumnOf("v", c.values, nil))
			out, err := table.GroupBy(in, nil, table.Sum("sum", "v"), table.Mean("mean", "v"), table.Size("size"))
			require.NoError(t, err)
			require.Equal(t, [][]string{c.want}, text(out), c.why)
		})
	}
}

func TestKeysAreOneAsMongoDBHasIt(t *testing.T) {
	nan := math.Float64frombits(math.Float64bits(math.NaN()) ^ 1)
	for _, c := range []struct {
		name, why string
		keys      *monary.Series
		groups    int
	}{
		{"zeros", "-0 equals 0", monary.ColumnOf("k", []float64{0, math.Copysign(0, -1), 1}, nil), 2},
		{"NaN", "every NaN is one key, whatever its payload", monary.ColumnOf("k", []float64{math.NaN(), nan}, nil), 1},
		{"float32", "the same", monary.ColumnOf("k", []float32{0, float32(math.Copysign(0, -1)), float32(nan)}, nil), 2},
		{"any", "1 and 1.0 are equal, null and missing too", monary.ColumnOf("k", []monary.Value{monary.Int32Value(1), monary.DoubleValue(1), {}, monary.NullValue}, nil), 2},
		{"bool", "there are two", monary.ColumnOf("k", []bool{true, false, true}, nil), 2},
		{"extremes", "the range of int64 is wider than any array", monary.ColumnOf("k", []int64{math.MinInt64, math.MaxInt64, math.MinInt64}, nil), 2},
		{"uint64", "beyond int64", monary.ColumnOf("k", []uint64{math.MaxUint64, 0, math.MaxUint64, 1 << 63}, nil), 3},
		{"empty text", "is not null, and not like another's beginning", monary.ColumnOf("k", []string{"", "a", "", "ab", "a\x00"}, nil), 4},
		{"long text", "texts of more than eight bytes are compared", monary.ColumnOf("k", []string{"aaaaaaaab", "aaaaaaaac", "aaaaaaaab", "aaaaaaaa"}, nil), 3},
		{"uuid", "bytes", monary.ColumnOf("k", [][16]byte{{1}, {2}, {1}}, nil), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := table.GroupBy(newTable(t, c.keys), []string{"k"}, table.Size("n"))
			require.NoError(t, err)
			require.Equal(t, c.groups, out.NumRows(), c.why)
			require.True(t, c.keys.Type().Equal(out.Series(0).Type()), "keys keep their type")
		})
	}
}

func TestSumsOfIntegersAreExactOrAnError(t *testing.T) {
	sum := func(s *monary.Series) (*monary.Table, error) {
		return table.GroupBy(newTable(t, s), nil, table.Sum("sum", s.Name()))
	}
	out, err := sum(monary.ColumnOf("v", []int64{math.MaxInt64, 1, -1}, nil))
	require.NoError(t, err, "only the result has to fit")
	require.Equal(t, "9223372036854775807", text(out)[0][0])
	_, err = sum(monary.ColumnOf("v", []int64{math.MinInt64, -1}, nil))
	require.EqualError(t, err, `table: group by: sum("v"): the sum of group 0 is -9223372036854775809, which no 64-bit integer holds`)
	out, err = sum(monary.ColumnOf("v", []uint64{math.MaxUint64 - 1, 1}, nil))
	require.NoError(t, err)
	require.Equal(t, monary.KindUint64, out.Series(0).Type().Kind)
	_, err = sum(monary.ColumnOf("v", []uint64{math.MaxUint64, 1}, nil))
	require.ErrorContains(t, err, "18446744073709551616")
	out, err = sum(monary.ColumnOf("v", []bool{true, false, true}, nil))
	require.NoError(t, err)
	require.Equal(t, "2", text(out)[0][0])
}

func TestSumsOfFloatsDoNotLoseSmallOnes(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"cancelled", []float64{1e16, 1, -1e16}, 1},
		{"small one first", []float64{1, 1e16, -1e16}, 1},
		{"infinite", []float64{1, math.Inf(1), 2}, math.Inf(1)},
		{"both infinities", []float64{math.Inf(-1), math.Inf(1)}, math.NaN()},
		{"NaN", []float64{1, math.NaN()}, math.NaN()},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := table.GroupBy(newTable(t, monary.ColumnOf("v", c.values, nil)), nil, table.Sum("sum", "v"))
			require.NoError(t, err)
			got, err := monary.Values[float64](out, "sum")
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(c.want), fmt.Sprint(got[0]))
		})
	}
}

func TestChosenValuesKeepTheirType(t *testing.T) {
	dates, err := table.Cast(newTable(t, monary.ColumnOf("d", []int64{30, 10, 20}, nil)), monary.MustSchema("d date"), monary.WithPolicy(monary.Coerce))
	require.NoError(t, err)
	in, err := dates.With(col("s", nil, some("b"), some("a")), monary.ColumnOf("f", []float64{1, math.NaN(), 3}, nil))
	require.NoError(t, err)
	out, err := table.GroupBy(in, nil, table.Min("min", "d"), table.Max("max", "d"), table.First("first", "s"), table.Last("last", "s"),
		table.Min("least", "s"), table.Min("fmin", "f"), table.Max("fmax", "f"))
	require.NoError(t, err)
	require.Equal(t, monary.KindDate, out.Series(0).Type().Kind)
	require.Equal(t, []string{"b", "a", "a", "NaN", "NaN"}, text(out)[0][2:])
	require.Equal(t, out.Series(0).Value(0), dates.Series(0).Value(1))
	require.Equal(t, out.Series(1).Value(0), dates.Series(0).Value(0))
}

func TestGroupByNamesAllThatIsWrong(t *testing.T) {
	in := newTable(t, monary.ColumnOf("k", []string{"a"}, nil))
	_, err := table.GroupBy(in, []string{"q"}, table.Sum("s", "k"), table.Mean("m", "w"), table.Aggregate{})
	for _, part := range []string{"table: group by: ", `no column "q"; there are k`, `sum("k"): column "k" is string; want integers, floats or bool`, `no column "w"`, "not as a literal"} {
		require.ErrorContains(t, err, part)
	}
	_, err = table.GroupBy(in, []string{"k"}, table.Size("k"))
	require.EqualError(t, err, `table: two columns are called "k"`)
}

// TestGroupByIsAPlainLoop compares with maps, on keys of all sorts, and on as many rows as are worked on side by side.
func TestGroupByIsAPlainLoop(t *testing.T) {
	for _, c := range []struct {
		name       string
		rows, keys int
	}{{"few", 1000, 7}, {"many groups", 100_000, 60_000}, {"chunks", 600_000, 50}} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(c.rows)))
			texts, ints, values := make([]string, c.rows), make([]int64, c.rows), make([]float64, c.rows)
			valid := make([]bool, c.rows)
			sums, counts := map[string]float64{}, map[string]int64{}
			var order []string
			for i := range texts {
				k := r.IntN(c.keys)
				texts[i], ints[i], values[i], valid[i] = fmt.Sprintf("key-%d", k), int64(k)*0x7ffffff1, float64(r.IntN(1000)), r.IntN(5) > 0
				if _, seen := counts[texts[i]]; !seen {
					order = append(order, texts[i])
					counts[texts[i]] = 0
				}
				if valid[i] {
					sums[texts[i]] += values[i]
					counts[texts[i]]++
				}
			}
			in := newTable(t, monary.ColumnOf("t", texts, nil), monary.ColumnOf("i", ints, nil), monary.ColumnOf("v", values, valid))
			for _, keys := range [][]string{{"t"}, {"i"}, {"t", "i"}, {"i", "t"}} {
				out, err := table.GroupBy(in, keys, table.First("t0", "t"), table.Sum("sum", "v"), table.Count("count", "v"))
				require.NoError(t, err)
				require.Equal(t, order, stringsOf(t, out, "t0"), keys)
				gotSums, err := monary.Values[float64](out, "sum")
				require.NoError(t, err)
				gotCounts, err := monary.Values[int64](out, "count")
				require.NoError(t, err)
				for g, key := range order {
					require.Equal(t, sums[key], gotSums[g])
					require.Equal(t, counts[key], gotCounts[g])
				}
			}
		})
	}
}

func TestGroupByHasTheSameBitsForAnyNumberOfProcessors(t *testing.T) {
	const rows = 600_000
	r := rand.New(rand.NewPCG(3, 4))
	keys, values := make([]string, rows), make([]float64, rows)
	for i := range keys {
		keys[i], values[i] = fmt.Sprint(r.IntN(40)), r.NormFloat64()*math.Pow(10, float64(r.IntN(30)))
	}
	in := newTable(t, monary.ColumnOf("k", keys, nil), monary.ColumnOf("v", values, nil))
	var want [][]string
	for _, processors := range []int{1, 2, 5} {
		before := runtime.GOMAXPROCS(processors)
		out, err := table.GroupBy(in, []string{"k"}, table.Sum("s", "v"), table.Std("d", "v"), table.Max("m", "v"), table.Last("l", "v"))
		runtime.GOMAXPROCS(before)
		require.NoError(t, err)
		if want == nil {
			want = text(out)
		}
		require.Equal(t, want, text(out), "%d processors", processors)
	}
}

func TestGroupByTakesCodesOfDictionaries(t *testing.T) {
	docs := make([]monary.Value, 3000)
	for i := range docs {
		docs[i] = monary.DocumentValue([]string{"k"}, []monary.Value{monary.StringValue([]string{"x", "", "y"}[i%3])})
	}
	in := read(t, docs, monary.MustSchema("k string"), monary.Dictionaries())
	_, _, coded := in.Series(0).Dictionary()
	require.True(t, coded)
	out, err := table.GroupBy(in, []string{"k"}, table.Size("n"))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"x", "1000"}, {"", "1000"}, {"y", "1000"}}, text(out))
}

package table_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline/table"
)

func TestJoinedRowsComeInTheOrderOfTheLeftThenOfTheRight(t *testing.T) {
	left := newTable(t, monary.ColumnOf("k", []int32{2, 1, 3, 2}, nil), monary.ColumnOf("l", []string{"a", "b", "c", "d"}, nil))
	right := newTable(t, monary.ColumnOf("r", []string{"w", "x", "y", "z"}, nil), monary.ColumnOf("k", []int64{1, 2, 2, 9}, nil))
	inner, err := table.Join{On: []string{"k"}}.Inner(left, right)
	require.NoError(t, err)
	require.Equal(t, []string{"k", "l", "r"}, inner.ColumnNames())
	require.Equal(t, monary.KindInt32, inner.Series(0).Type().Kind, "the left's key keeps its type")
	require.Equal(t, [][]string{{"2", "a", "x"}, {"2", "a", "y"}, {"1", "b", "w"}, {"2", "d", "x"}, {"2", "d", "y"}}, text(inner))
	all, err := table.Join{On: []string{"k"}}.Left(left, right)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"2", "a", "x"}, {"2", "a", "y"}, {"1", "b", "w"}, {"3", "c", "null"}, {"2", "d", "x"}, {"2", "d", "y"}}, text(all))
}

func TestJoinOfNullKeysMatchesNothing(t *testing.T) {
	left := newTable(t, col("k", some("a"), nil), col("j", some(int64(1)), some(int64(1))))
	right := newTable(t, col("k", nil, some("a"), some("a")), col("j", some(int64(1)), nil, some(int64(1))), monary.ColumnOf("r", []int64{1, 2, 3}, nil))
	inner, err := table.Join{On: []string{"k", "j"}}.Inner(left, right)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "1", "3"}}, text(inner))
	all, err := table.Join{On: []string{"k", "j"}}.Left(left, right)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "1", "3"}, {"null", "1", "null"}}, text(all))
}

func TestAntiJoinIsWhatTheRightDoesNotHave(t *testing.T) {
	left := newTable(t, col("k", some("a"), nil, some("c"), some("b"), some("c")), monary.ColumnOf("l", []int64{1, 2, 3, 4, 5}, nil))
	right := newTable(t, monary.ColumnOf("id", []string{"a", "x", "a", "b"}, nil), monary.ColumnOf("l", []int64{0, 0, 0, 0}, nil))
	out, err := table.Join{On: []string{"k"}, RightOn: []string{"id"}}.Anti(left, right)
	require.NoError(t, err)
	require.Equal(t, []string{"k", "l"}, out.ColumnNames(), "no column of the right, so none is there twice")
	require.Equal(t, [][]string{{"null", "2"}, {"c", "3"}, {"c", "5"}}, text(out))
	out, err = table.Join{On: []string{"k"}, RightOn: []string{"id"}}.Anti(left, right.Slice(0, 0))
	require.NoError(t, err)
	require.Equal(t, text(left), text(out))
	_, err = table.Join{On: []string{"k"}}.Anti(left, right)
	require.EqualError(t, err, `table: join: right table: no column "k"; there are id, l`)
}

func TestJoinOfDifferentNames(t *testing.T) {
	left := newTable(t, monary.ColumnOf("id", []string{"a"}, nil), monary.ColumnOf("v", []int64{1}, nil))
	right := newTable(t, monary.ColumnOf("_id", []string{"a"}, nil), monary.ColumnOf("v", []int64{2}, nil))
	_, err := table.Join{On: []string{"id"}, RightOn: []string{"_id"}}.Inner(left, right)
	require.EqualError(t, err, `table: join: both tables have a column "v"; rename one, or give a Suffix`)
	out, err := table.Join{On: []string{"id"}, RightOn: []string{"_id"}, Suffix: "_right"}.Inner(left, right)
	require.NoError(t, err)
	require.Equal(t, []string{"id", "v", "v_right"}, out.ColumnNames())
}

func TestJoinRefuses(t *testing.T) {
	left := newTable(t, monary.ColumnOf("k", []string{"a"}, nil), monary.ColumnOf("n", []int64{1<<53 + 1}, nil))
	right := newTable(t, monary.ColumnOf("k", []int64{1}, nil), monary.ColumnOf("n", []float64{1}, nil))
	for _, c := range []struct {
		name string
		join table.Join
		want string
	}{
		{"no key", table.Join{}, "there are 0 key columns on the left and 0 on the right"},
		{"unequal", table.Join{On: []string{"k"}, RightOn: []string{"k", "n"}}, "1 key columns on the left and 2 on the right"},
		{"types", table.Join{On: []string{"k"}}, `key "k" is string in the left table, "k" is int64 in the right; cast one of them`},
		{"unknown", table.Join{On: []string{"q"}}, `left table: no column "q"; there are k, n`},
		{"inexact", table.Join{On: []string{"n"}}, `column "n": float64 does not hold 1 of its 1 values of type int64 (inexact)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.join.Inner(left, right)
			require.ErrorContains(t, err, "table: join: ")
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestJoinOfTooManyPairsIsRefused(t *testing.T) {
	same := newTable(t, monary.ColumnOf("k", make([]bool, 50_000), nil))
	_, err := table.Join{On: []string{"k"}}.Inner(same, same)
	require.EqualError(t, err, "table: join: more than 2147483647 pairs of rows have equal keys")
}

func TestJoinOfNoRows(t *testing.T) {
	none := newTable(t, monary.ColumnOf("k", []string{}, nil), monary.ColumnOf("r", []int64{}, nil))
	one := newTable(t, monary.ColumnOf("k", []string{"a"}, nil))
	out, err := table.Join{On: []string{"k"}}.Left(one, none)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "null"}}, text(out))
	out, err = table.Join{On: []string{"k"}}.Left(none, one)
	require.NoError(t, err)
	require.Equal(t, 0, out.NumRows())
	require.Equal(t, []string{"k", "r"}, out.ColumnNames())
}

func TestAsOfTakesUnsortedTables(t *testing.T) {
	left := newTable(t, col("t", some(5.0), some(1.0), nil, some(math.NaN()), some(9.0)))
	right := newTable(t, col("t", some(4.0), some(2.0), some(4.0), nil, some(math.NaN())), monary.ColumnOf("r", []int64{1, 2, 3, 4, 5}, nil))
	match := func(a table.AsOf) []string {
		a.On = "t"
		out, err := a.Join(left, right)
		require.NoError(t, err)
		var got []string
		for _, row := range text(out) {
			got = append(got, row[1])
		}
		return got
	}
	require.Equal(t, []string{"3", "null", "null", "null", "3"}, match(table.AsOf{}), "of equal ones the last; neither null nor NaN match")
	require.Equal(t, []string{"null", "2", "null", "null", "null"}, match(table.AsOf{Direction: table.Forward}))
	require.Equal(t, []string{"3", "2", "null", "null", "3"}, match(table.AsOf{Direction: table.Nearest}))
	require.Equal(t, []string{"3", "null", "null", "null", "null"}, match(table.AsOf{Within: 1}))
}

func TestAsOfDistancesAreExact(t *testing.T) {
	left := newTable(t, monary.ColumnOf("t", []int64{1<<62 + 1, math.MaxInt64}, nil))
	right := newTable(t, monary.ColumnOf("t", []int64{math.MinInt64, 1 << 62}, nil), monary.ColumnOf("r", []int64{1, 2}, nil))
	out, err := table.AsOf{On: "t", Within: 1}.Join(left, right)
	require.NoError(t, err)
	require.Equal(t, "2", text(out)[0][1])
	require.Equal(t, "null", text(out)[1][1])
}

func TestAsOfRefuses(t *testing.T) {
	in := newTable(t, monary.ColumnOf("t", []string{"a"}, nil))
	numbers := newTable(t, monary.ColumnOf("t", []int64{1}, nil))
	_, err := table.AsOf{On: "t"}.Join(in, in)
	require.EqualError(t, err, `table: as-of join: column "t" is string; want dates or numbers`)
	_, err = table.AsOf{On: "t", Within: -1}.Join(numbers, numbers)
	require.ErrorContains(t, err, "Within is -1")
	_, err = table.AsOf{On: "t", Direction: 7}.Join(numbers, numbers)
	require.ErrorContains(t, err, "unknown Direction 7")
}

func TestConcatReconciles(t *testing.T) {
	value := func(kind string, s *monary.Series) *monary.Series {
		out, _, err := s.Cast(must(monary.ParseType(kind)))
		require.NoError(t, err)
		return out
	}
	ints := monary.ColumnOf("c", []int64{1}, nil)
	words := monary.ColumnOf("c", []string{"a"}, nil)
	for _, c := range []struct{ a, b, want string }{
		{"int32", "int64", "int64"}, {"int8", "uint8", "int16"}, {"uint32", "int8", "int64"}, {"uint8", "uint32", "uint32"},
		{"int64", "float64", "float64"}, {"int8", "float32", "float64"}, {"float32", "float64", "float64"},
		{"string:2", "string:5", "string"}, {"string", "string:5", "string"}, {"string:3", "string:3", "string:3"},
		{"null", "int32", "int32"}, {"int32", "any", "any"}, {"any", "string", "any"},
		{"uint64", "int64", ""}, {"int64", "string", ""}, {"bool", "int32", ""}, {"date", "int64", ""}, {"string", "binary", ""},
	} {
		t.Run(c.a+"+"+c.b, func(t *testing.T) {
			of := func(kind string) *monary.Series {
				switch kind {
				case "string", "string:2", "string:3", "string:5", "binary":
					return value(kind, words)
				}
				return value(kind, ints)
			}
			for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
				out, err := table.Concat(newTable(t, of(pair[0])), newTable(t, of(pair[1])))
				if c.want == "" {
					require.EqualError(t, err, `table: concat: column "c" is `+pair[0]+` in table 0 and `+pair[1]+` in table 1; cast one of them`)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, c.want, out.Series(0).Type().String())
				require.Equal(t, 2, out.NumRows())
			}
		})
	}
}

// Widening has a way of its own for most numbers, which must be that of Series.Cast.
func TestConcatWidensAsCastDoes(t *testing.T) {
	ints := monary.ColumnOf("c", []int64{-128, 0, 127, 5, 7}, []bool{true, true, true, false, true})
	whole := monary.ColumnOf("c", []int64{0, 127, 3}, []bool{true, true, false})
	for _, from := range []string{"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32"} {
		for _, to := range []string{"int64", "float64"} {
			t.Run(from+" to "+to, func(t *testing.T) {
				in := ints
				if from[0] == 'u' {
					in = whole
				}
				narrow, _, err := in.Cast(must(monary.ParseType(from)))
				require.NoError(t, err)
				wide, _, err := ints.Slice(0, 0).Cast(must(monary.ParseType(to)))
				require.NoError(t, err)
				out, err := table.Concat(newTable(t, narrow), newTable(t, wide))
				if to == "int64" && (from == "uint64" || from == "float32") {
					require.True(t, err != nil || out.Series(0).Type().Kind == monary.KindFloat64, "int64 does not hold them")
					return
				}
				require.NoError(t, err)
				want, _, err := narrow.Cast(must(monary.ParseType(to)))
				require.NoError(t, err)
				require.Equal(t, text(newTable(t, want)), text(out))
				require.True(t, want.Type().Equal(out.Series(0).Type()))
			})
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestConcatFillsMissingColumnsWithNull(t *testing.T) {
	out, err := table.Concat(
		newTable(t, monary.ColumnOf("a", []int32{1}, nil), monary.ColumnOf("b", []string{"x"}, nil)),
		newTable(t, monary.ColumnOf("c", []bool{true}, nil), monary.ColumnOf("a", []float64{2.5}, nil)))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c"}, out.ColumnNames())
	require.Equal(t, [][]string{{"1", "x", "null"}, {"2.5", "null", "true"}}, text(out))
	_, err = table.Concat(newTable(t, monary.ColumnOf("a", []int64{1<<53 + 1}, nil)), newTable(t, monary.ColumnOf("a", []float64{1}, nil)))
	require.ErrorContains(t, err, "table 0: column \"a\": float64 does not hold 1 of its 1 values", "an integer is not rounded silently")
	_, err = table.Concat(newTable(t, monary.ColumnOf("a", []int32{1}, nil)), newTable(t, monary.ColumnOf("a", []int64{1}, nil)), newTable(t, monary.ColumnOf("a", []bool{true}, nil)))
	require.EqualError(t, err, `table: concat: column "a" is int64 in table 1 and bool in table 2; cast one of them`)
	none, err := table.Concat()
	require.NoError(t, err)
	require.Equal(t, 0, none.NumRows())
}

func TestPivotOrdersColumnsByValue(t *testing.T) {
	in := newTable(t, col("k", some("b"), some("a"), some("b"), some("b")), col("year", some(int64(2012)), some(int64(2010)), nil, some(int64(2012))),
		monary.ColumnOf("v", []int64{1, 2, 4, 8}, nil))
	out, err := table.Pivot(in, []string{"k"}, "year", table.Sum("", "v"))
	require.NoError(t, err)
	require.Equal(t, []string{"k", "2010", "2012", "null"}, out.ColumnNames())
	require.Equal(t, [][]string{{"b", "null", "9", "4"}, {"a", "2", "null", "null"}}, text(out))
	numbers := make([]int64, 20_000)
	for i := range numbers {
		numbers[i] = int64(i)
	}
	_, err = table.Pivot(newTable(t, monary.ColumnOf("n", numbers, nil)), []string{"n"}, "n", table.Size(""))
	require.EqualError(t, err, `table: pivot: 20000 groups and 20000 values of "n" make too many cells; at most 268435456 are made`)
	_, err = table.Pivot(in, []string{"q"}, "year", table.Sum("", "v"))
	require.ErrorContains(t, err, `table: pivot: no column "q"`)
}

package table_test

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline/table"
)

func TestDedupe(t *testing.T) {
	in := newTable(t, col("k", some("a"), nil, some("a"), nil, some("b")), monary.ColumnOf("v", []int64{1, 2, 3, 4, 5}, nil))
	for _, c := range []struct {
		name    string
		keep    table.Keep
		columns []string
		want    [][]string
	}{
		{"first", table.KeepFirst, []string{"k"}, [][]string{{"a", "1"}, {"null", "2"}, {"b", "5"}}},
		{"last", table.KeepLast, []string{"k"}, [][]string{{"a", "3"}, {"null", "4"}, {"b", "5"}}},
		{"all columns", table.KeepFirst, nil, text(in)},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := table.Dedupe(in, c.keep, c.columns...)
			require.NoError(t, err)
			require.Equal(t, c.want, text(out))
		})
	}
	_, err := table.Dedupe(in, table.KeepFirst, "q")
	require.EqualError(t, err, `table: dedupe: no column "q"; there are k, v`)
	_, err = table.Dedupe(in, 5)
	require.ErrorContains(t, err, "unknown Keep 5")
}

func TestNullsAreDroppedAndFilled(t *testing.T) {
	in := newTable(t, col("a", nil, some(int32(1)), nil, nil, some(int32(2))), col("b", some("x"), some("y"), nil, some("z"), nil))
	dropped, err := table.DropNull(in)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1", "y"}}, text(dropped))
	dropped, err = table.DropNull(in, "b")
	require.NoError(t, err)
	require.Equal(t, [][]string{{"null", "x"}, {"1", "y"}, {"null", "z"}}, text(dropped))
}

func TestFillNullKeepsTheType(t *testing.T) {
	in := newTable(t, col("a", nil, some(int32(1))), col("b", some("x"), nil))
	out, err := table.FillNull(in, int64(7), "a")
	require.NoError(t, err)
	require.Equal(t, monary.KindInt32, out.Series(0).Type().Kind)
	require.Equal(t, [][]string{{"7", "x"}, {"1", "null"}}, text(out))
	for _, value := range []float64{1.5, 1 << 40} {
		_, err = table.FillNull(in, value, "a")
		require.ErrorContains(t, err, `table: fill null: column "a": int32 does not hold 1 of its 1 values of type float64`)
	}
	_, err = table.FillNull(in, monary.NullValue, "b")
	require.ErrorContains(t, err, "the value is null itself")
	dates := must(table.Cast(newTable(t, col("d", some(int64(5)), nil)), monary.MustSchema("d date"), monary.WithPolicy(monary.Coerce)))
	out, err = table.FillNull(dates, monary.DateValue(9), "d")
	require.NoError(t, err)
	require.Equal(t, monary.DateValue(9), out.Series(0).Value(1))
}

func TestFillForwardLeavesLeadingNulls(t *testing.T) {
	in := newTable(t, col("a", nil, some("x"), nil, nil, some("y"), nil), monary.ColumnOf("b", []int64{1, 2, 3, 4, 5, 6}, nil))
	out, err := table.FillForward(in)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"null", "1"}, {"x", "2"}, {"x", "3"}, {"x", "4"}, {"y", "5"}, {"y", "6"}}, text(out))
}

func TestNaNToNullIsWhatPandasSkips(t *testing.T) {
	in := newTable(t, monary.ColumnOf("x", []float64{1, math.NaN(), 3}, nil), monary.ColumnOf("s", []string{"a", "b", "c"}, nil))
	sum := func(in *monary.Table) string {
		return text(must(table.GroupBy(in, nil, table.Sum("s", "x"))))[0][0]
	}
	require.Equal(t, "NaN", sum(in))
	out, err := table.NaNToNull(in)
	require.NoError(t, err)
	require.Equal(t, "4", sum(out))
	_, err = table.NaNToNull(in, "s")
	require.EqualError(t, err, `table: NaN to null: column "s" is string; want float64 or float32`)
}

func TestCastPolicies(t *testing.T) {
	in := newTable(t, monary.ColumnOf("row0", []string{"a", "b", "c"}, nil), monary.ColumnOf("n", []float64{1, 2.5, 3}, nil), monary.ColumnOf("s", []string{"1", "2", "x"}, nil))
	_, err := table.Cast(in, monary.MustSchema("n int64"))
	require.ErrorIs(t, err, monary.ErrValue)
	require.ErrorContains(t, err, `row 1, field "n"`)
	out, err := table.Cast(in, monary.MustSchema("n int64"), monary.WithPolicy(monary.Mask))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "1", "1"}, {"b", "null", "2"}, {"c", "3", "x"}}, text(out))
	out, err = table.Cast(in, monary.MustSchema("n int64"), monary.WithPolicy(monary.DropRow))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "1", "1"}, {"c", "3", "x"}}, text(out))
	out, err = table.Cast(in, monary.MustSchema("s int32", "n int32"), monary.WithPolicy(monary.DropRow), monary.WithPolicy(monary.Coerce, "s"))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "1", "1"}, {"c", "3", "null"}}, text(out))
	_, err = table.Cast(in, monary.MustSchema("q int32"))
	require.EqualError(t, err, `table: cast: no column "q"; there are row0, n, s`)
}

func TestRename(t *testing.T) {
	in := newTable(t, monary.ColumnOf("a", []int64{1}, nil), monary.ColumnOf("b", []int64{2}, nil))
	out, err := table.Rename(in, map[string]string{"a": "b", "b": "a"})
	require.NoError(t, err)
	require.Equal(t, []string{"b", "a"}, out.ColumnNames())
	_, err = table.Rename(in, map[string]string{"a": "b"})
	require.EqualError(t, err, `table: two columns are called "b"`)
	_, err = table.Rename(in, map[string]string{"q": "b"})
	require.ErrorContains(t, err, `no column "q"`)
}

func TestMap(t *testing.T) {
	in := newTable(t, col("a", some(int32(4)), nil, some(int32(9))))
	out, err := table.Map(in, "root", "a", func(v int32) float64 { return math.Sqrt(float64(v)) })
	require.NoError(t, err)
	require.Equal(t, [][]string{{"4", "2"}, {"null", "null"}, {"9", "3"}}, text(out))
	_, err = table.Map(in, "x", "a", func(v string) string { return v })
	require.ErrorContains(t, err, `"a"`)
	fault := errors.New("no luck")
	_, err = table.MapErr(in, "x", "a", func(v int32) (bool, error) {
		if v == 9 {
			return false, fault
		}
		return true, nil
	})
	require.ErrorIs(t, err, fault)
	require.EqualError(t, err, `table: map: column "a", row 2: no luck`)
}

func TestBools(t *testing.T) {
	in := newTable(t, col("churn", some("True."), some("False."), nil), col("plan", some("yes"), some("NO"), some("Yes")))
	out, err := table.Bools(in, nil, nil, "plan")
	require.NoError(t, err)
	out, err = table.Bools(out, []string{"true."}, []string{"false."}, "churn")
	require.NoError(t, err)
	require.Equal(t, [][]string{{"true", "true"}, {"false", "false"}, {"null", "true"}}, text(out))
	_, err = table.Bools(in, nil, nil, "churn")
	require.ErrorContains(t, err, `column "churn", row 0: "True." is neither of ["yes" "y" "true" "t"] nor of`)
	_, err = table.Bools(in, []string{"x"}, []string{"X"}, "plan")
	require.EqualError(t, err, `table: bools: "x" means both true and false`)
}

func TestCategoriesAreSorted(t *testing.T) {
	in := newTable(t, col("c", some("pear"), nil, some("apple"), some("pear")))
	codes, categories, err := table.Categories(in, "c")
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1"}, {"null"}, {"0"}, {"1"}}, text(newTable(t, codes)))
	require.Equal(t, [][]string{{"apple"}, {"pear"}}, text(newTable(t, categories)))
}

func TestDescribeOfLittle(t *testing.T) {
	in := newTable(t, col[float64]("none", nil, nil), col("one", some(5.0), nil), monary.ColumnOf("nan", []float64{math.NaN(), 1}, nil),
		monary.ColumnOf("same", []float64{0.1, 0.1}, nil), monary.ColumnOf("text", []string{"a", "b"}, nil))
	out, err := table.Describe(in)
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"none", "0", "null", "null", "null", "null", "null", "null", "null"},
		{"one", "1", "5", "null", "5", "5", "5", "5", "5"},
		{"nan", "2", "NaN", "NaN", "NaN", "NaN", "NaN", "NaN", "NaN"},
		{"same", "2", "0.1", "0", "0.1", "0.1", "0.1", "0.1", "0.1"},
	}, text(out))
	_, err = table.Describe(in, "text")
	require.EqualError(t, err, `table: describe: column "text" is string; want integers, floats or bool`)
}

func TestCorrelationsOfExtremes(t *testing.T) {
	in := newTable(t, monary.ColumnOf("a", []float64{1e300, -1e300, 1e-300}, nil), monary.ColumnOf("b", []float64{2e-310, -2e-310, 0}, nil),
		monary.ColumnOf("same", []float64{0.1, 0.1, 0.1}, nil), monary.ColumnOf("inf", []float64{1, 2, math.Inf(1)}, nil), col("two", some(1.0), nil, some(3.0)))
	out, err := table.Correlations(in)
	require.NoError(t, err)
	rounded := func(x float64) float64 { return math.Round(x*1e12) / 1e12 }
	for _, name := range out.ColumnNames()[1:] {
		out, err = table.Map(out, name, name, rounded)
		require.NoError(t, err)
	}
	require.Equal(t, [][]string{
		{"a", "1", "1", "null", "NaN", "-1"},
		{"b", "1", "1", "null", "NaN", "-1"},
		{"same", "null", "null", "null", "NaN", "null"},
		{"inf", "NaN", "NaN", "NaN", "NaN", "NaN"},
		{"two", "-1", "-1", "null", "NaN", "1"},
	}, text(out))
}

func TestRollingForgetsOutliers(t *testing.T) {
	in := monary.ColumnOf("x", []float64{1e300, 1, 2, math.Inf(1), 3, 4, 5, math.NaN(), 6, 7}, nil)
	r := table.Rolling{Rows: 2}
	sum, err := r.Sum(in)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"null"}, {"1e+300"}, {"3"}, {"+Inf"}, {"+Inf"}, {"7"}, {"9"}, {"NaN"}, {"NaN"}, {"13"}}, text(newTable(t, sum)))
	greatest, err := r.Max(in)
	require.NoError(t, err)
	require.Equal(t, "7", greatest.Value(9).String())
}

func TestRollingWindows(t *testing.T) {
	in := col("x", some(int64(1)), nil, some(int64(3)), some(int64(5)))
	count, err := table.Rolling{Rows: 2}.Count(in)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1"}, {"1"}, {"1"}, {"2"}}, text(newTable(t, count)))
	mean, err := table.Rolling{Rows: 3, MinPeriods: 2}.Mean(in)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"null"}, {"null"}, {"2"}, {"4"}}, text(newTable(t, mean)))
	std, err := table.Rolling{Rows: 1}.Std(in)
	require.NoError(t, err)
	require.Equal(t, 4, std.NullCount())
	for _, r := range []table.Rolling{{}, {Rows: -1}, {Rows: 2, MinPeriods: 3}} {
		_, err := r.Sum(in)
		require.ErrorContains(t, err, "table: rolling: a window of")
	}
	_, err = table.Rolling{Rows: 1}.Std(monary.ColumnOf("s", []string{"a"}, nil))
	require.ErrorContains(t, err, `column "s" is string`)
	none, err := table.Rolling{Rows: 3}.Mean(monary.ColumnOf("x", []float64{}, nil))
	require.NoError(t, err)
	require.Equal(t, 0, none.Len())
}

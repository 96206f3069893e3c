package table_test

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline/table"
)

// golden is what testdata/golden_table.py has asked pandas for.
type golden struct {
	Source       cells
	Grouped      cells
	Described    cells
	Correlations cells
	Rolled       []struct {
		Rows       int
		MinPeriods int `json:"min_periods"`
		X, Y, Z    map[string][]any
	}
	Inner, Left struct{ Left, Right, Out cells }
	AsOf        []struct {
		Direction   string
		Tolerance   float64
		Left, Right cells
		B           []any
	} `json:"as_of"`
	Pivoted cells
}

// cells are columns: a hex text for a float64, a number for an int64, null.
type cells map[string][]any

func readGolden(t *testing.T) golden {
	t.Helper()
	text, err := os.ReadFile("testdata/golden/table.json")
	require.NoError(t, err)
	var g golden
	require.NoError(t, json.Unmarshal(text, &g))
	return g
}

func numberOf(t *testing.T, cell any) float64 {
	t.Helper()
	if x, ok := cell.(float64); ok {
		return x
	}
	x, err := strconv.ParseFloat(cell.(string), 64)
	require.NoError(t, err)
	return x
}

// tableOf makes a table of the named golden columns: whole numbers are int64 columns,
// hex ones float64, the names given as texts string.
func tableOf(t *testing.T, c cells, names []string, texts ...string) *monary.Table {
	t.Helper()
	var columns []*monary.Series
	for _, name := range names {
		columns = append(columns, goldenColumn(t, name, c[name], texts))
	}
	return newTable(t, columns...)
}

func goldenColumn(t *testing.T, name string, values []any, texts []string) *monary.Series {
	t.Helper()
	strings, whole, floats, valid := make([]string, len(values)), make([]int64, len(values)), make([]float64, len(values)), make([]bool, len(values))
	isWhole := true
	isText := false
	for _, text := range texts {
		isText = isText || text == name
	}
	for i, v := range values {
		if valid[i] = v != nil; !valid[i] {
			isWhole = false
			continue
		}
		if isText {
			strings[i] = v.(string)
			continue
		}
		_, number := v.(float64)
		isWhole = isWhole && number
		floats[i] = numberOf(t, v)
		whole[i] = int64(floats[i])
	}
	switch {
	case isText:
		return monary.ColumnOf(name, strings, valid)
	case isWhole:
		return monary.ColumnOf(name, whole, valid)
	}
	return monary.ColumnOf(name, floats, valid)
}

// requireGolden compares a numeric column with what pandas has, to the last few bits;
// scale is the size of the numbers that it was calculated from.
func requireGolden(t *testing.T, want []any, got *monary.Series, scale float64) {
	t.Helper()
	require.Len(t, want, got.Len())
	for i, v := range want {
		if v == nil {
			require.False(t, got.IsValid(i), "%s, row %d: pandas has no value", got.Name(), i)
			continue
		}
		require.True(t, got.IsValid(i), "%s, row %d: null, pandas has %v", got.Name(), i, v)
		x, ok := got.Value(i).Double()
		if n, whole := got.Value(i).Int(); !ok && whole {
			x = float64(n)
		}
		require.InDelta(t, numberOf(t, v), x, 1e-12*math.Max(scale, math.Abs(x)), "%s, row %d", got.Name(), i)
	}
}

func sourceTable(t *testing.T, g golden) *monary.Table {
	return tableOf(t, g.Source, []string{"state", "year", "x", "y", "z", "pop"}, "state")
}

func TestGroupByIsPandas(t *testing.T) {
	g := readGolden(t)
	out, err := table.GroupBy(sourceTable(t, g), []string{"state", "year"},
		table.Sum("sum", "x"), table.Mean("mean", "x"), table.Min("min", "x"), table.Max("max", "x"), table.Count("count", "x"),
		table.Std("std", "x"), table.First("first", "x"), table.Last("last", "x"), table.Sum("pop", "pop"), table.Size("size"))
	require.NoError(t, err)
	require.Equal(t, []string{"state", "year", "sum", "mean", "min", "max", "count", "std", "first", "last", "pop", "size"}, out.ColumnNames())
	require.Equal(t, tableOf(t, g.Grouped, []string{"state"}, "state").Series(0).Value(3), column(t, out, "state").Value(3))
	for _, name := range out.ColumnNames()[1:] {
		requireGolden(t, g.Grouped[name], column(t, out, name), 1)
	}
}

func TestDescribeIsPandas(t *testing.T) {
	g := readGolden(t)
	out, err := table.Describe(sourceTable(t, g))
	require.NoError(t, err)
	require.Equal(t, []string{"year", "x", "y", "z", "pop"}, stringsOf(t, out, "column"))
	for row, name := range stringsOf(t, out, "column") {
		if name == "year" {
			continue
		}
		for k, statistic := range []string{"count", "mean", "std", "min", "25%", "50%", "75%", "max"} {
			got := column(t, out, statistic)
			requireGolden(t, g.Described[name][k:k+1], got.Slice(row, row+1), 0)
			if k > 2 {
				x, _ := got.Value(row).Double()
				require.Equal(t, numberOf(t, g.Described[name][k]), x, "%s of %s: quartiles are the same to the bit", statistic, name)
			}
		}
	}
}

func TestCorrelationsArePandas(t *testing.T) {
	g := readGolden(t)
	out, err := table.Correlations(sourceTable(t, g), "x", "y", "z", "pop")
	require.NoError(t, err)
	for _, name := range []string{"x", "y", "z", "pop"} {
		requireGolden(t, g.Correlations[name], column(t, out, name), 1000) // pandas takes one pass, which is less exact here
	}
}

func TestRollingIsPandas(t *testing.T) {
	g := readGolden(t)
	in := sourceTable(t, g)
	for _, c := range g.Rolled {
		r := table.Rolling{Rows: c.Rows, MinPeriods: c.MinPeriods}
		for name, want := range map[string]map[string][]any{"x": c.X, "y": c.Y, "z": c.Z} {
			s := column(t, in, name)
			for verb, f := range map[string]func(*monary.Series) (*monary.Series, error){"sum": r.Sum, "mean": r.Mean, "min": r.Min, "max": r.Max} {
				got, err := f(s)
				require.NoError(t, err)
				requireGolden(t, want[verb], got, map[string]float64{"x": 1e7, "y": 1, "z": 10}[name])
			}
			got, err := r.Std(s)
			require.NoError(t, err)
			for i, v := range want["std"] { // pandas subtracts what leaves a window, and is that much less exact
				if v == nil {
					require.False(t, got.IsValid(i))
					continue
				}
				x, _ := got.Value(i).Double()
				require.InDelta(t, numberOf(t, v), x, 1e-7)
			}
		}
	}
}

func TestJoinIsPandas(t *testing.T) {
	g := readGolden(t)
	for name, c := range map[string]struct{ Left, Right, Out cells }{"inner": g.Inner, "left": g.Left} {
		left, right := tableOf(t, c.Left, []string{"k", "j", "a"}), tableOf(t, c.Right, []string{"k", "j", "b"})
		join := table.Join{On: []string{"k", "j"}}
		out, err := join.Inner(left, right)
		if name == "left" {
			out, err = join.Left(left, right)
		}
		require.NoError(t, err)
		for _, column := range []string{"k", "j", "a", "b"} {
			s, _ := out.Lookup(column)
			requireGolden(t, c.Out[column], s, 1)
		}
	}
}

func TestAsOfIsPandas(t *testing.T) {
	directions := map[string]table.Direction{"backward": table.Backward, "forward": table.Forward, "nearest": table.Nearest}
	for _, c := range readGolden(t).AsOf {
		left, right := tableOf(t, c.Left, []string{"t", "s"}, "s"), tableOf(t, c.Right, []string{"t", "s", "b"}, "s")
		out, err := table.AsOf{On: "t", By: []string{"s"}, Direction: directions[c.Direction], Within: c.Tolerance}.Join(left, right)
		require.NoError(t, err)
		requireGolden(t, c.B, column(t, out, "b"), 1)
	}
}

func TestPivotIsPandas(t *testing.T) {
	g := readGolden(t)
	out, err := table.Pivot(sourceTable(t, g), []string{"state"}, "year", table.Mean("", "x"))
	require.NoError(t, err)
	require.Equal(t, []string{"state", "2010", "2011", "2012", "2013"}, out.ColumnNames())
	for _, year := range out.ColumnNames()[1:] {
		requireGolden(t, g.Pivoted[year], column(t, out, year), 1)
	}
}

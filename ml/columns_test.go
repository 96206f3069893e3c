package ml_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// table is a Columns of a few slices.
type table struct {
	rows    int
	names   []string
	columns map[string]any
	absent  map[string]int // one row of a column
}

func (t table) NumRows() int          { return t.rows }
func (t table) ColumnNames() []string { return t.names }

var errUnknown = errors.New("no such column")

func (t table) ColumnValues(name string) (any, func(int) bool, error) {
	values, ok := t.columns[name]
	if !ok {
		return nil, nil, errUnknown
	}
	if absent, ok := t.absent[name]; ok {
		return values, func(row int) bool { return row != absent }, nil
	}
	return values, nil, nil
}

var mixed = table{
	rows:  3,
	names: []string{"flag", "i32", "i64", "f64"},
	columns: map[string]any{
		"flag":  []bool{true, false, true},
		"i32":   []int32{-1, math.MaxInt32, 10},
		"i64":   []int64{-1 << 53, 1 << 53, 9},
		"f64":   []float64{.5, math.Inf(1), -0.25},
		"text":  []string{"b", "a", "b"},
		"big":   []int64{0, 1<<53 + 1, 0},
		"small": []int64{0, 0, math.MinInt64},
		"short": []float64{1, 2},
		"holes": []float64{1, 2, 3},
		"whole": []float64{1, 2, 3},
		"times": make([]time.Time, 3),
		"u64":   []uint64{1, 1 << 53, 3},
		"top":   []uint64{0, 0, math.MaxUint64},
		"u8":    []uint8{1, 2, 255},
		"i16":   []int16{-1, 2, math.MinInt16},
		"f32":   []float32{0.1, 2, 3},
	},
	absent: map[string]int{"holes": 1, "whole": -1},
}

func TestMatrixOf(t *testing.T) {
	m, err := ml.MatrixOf(mixed)
	require.NoError(t, err)
	assert.Equal(t, mixed.names, m.Names(), "all of them when none is named")
	assert.Equal(t, []float64{1, 0, 1}, m.Col(0))
	assert.Equal(t, []float64{-1, math.MaxInt32, 10}, m.Col(1))
	assert.Equal(t, []float64{-1 << 53, 1 << 53, 9}, m.Col(2))
	assert.Equal(t, []float64{.5, math.Inf(1), -0.25}, m.Col(3))

	m, err = ml.MatrixOf(mixed, "u64", "u8", "i16", "f32")
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 1 << 53, 3}, m.Col(0))
	assert.Equal(t, []float64{1, 2, 255}, m.Col(1))
	assert.Equal(t, []float64{-1, 2, math.MinInt16}, m.Col(2))
	assert.Equal(t, []float64{float64(float32(0.1)), 2, 3}, m.Col(3))

	m, err = ml.MatrixOf(mixed, "f64", "whole", "flag", "f64")
	require.NoError(t, err)
	assert.Equal(t, []float64{.5, 1, 1, .5}, m.Row(nil, 0), "in the order asked for")
	m.Col(0)[0] = 7
	assert.Equal(t, .5, mixed.columns["f64"].([]float64)[0], "a copy")
}

func TestMatrixOfRefuses(t *testing.T) {
	for _, c := range []struct{ name, column, want string }{
		{"Unknown", "nope", `ml: MatrixOf: column "nope": no such column`},
		{"Text", "text", `ml: MatrixOf: column "text" is []string, a matrix takes []bool and slices of the integer and float types`},
		{"Times", "times", `ml: MatrixOf: column "times" is []time.Time, a matrix takes []bool and slices of the integer and float types`},
		{"Absent", "holes", `ml: MatrixOf: row 1, column "holes": the cell is absent, every row must have a value`},
		{"TooBig", "big", `ml: MatrixOf: row 1, column "big": 9007199254740993 has no exact float64, integers must be within ±2^53`},
		{"TooSmall", "small", `ml: MatrixOf: row 2, column "small": -9223372036854775808 has no exact float64, integers must be within ±2^53`},
		{"Short", "short", `ml: MatrixOf: column "short" has 2 values, the table 3 rows`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ml.MatrixOf(mixed, "flag", c.column)
			assert.EqualError(t, err, c.want)
		})
	}
	_, err := ml.MatrixOf(mixed, "nope")
	assert.ErrorIs(t, err, errUnknown)
	_, err = ml.MatrixOf(mixed, "flag", "holes")
	var cell *ml.CellError
	require.ErrorAs(t, err, &cell)
	assert.Equal(t, ml.CellError{Row: 1, Col: 1, Name: "holes", Problem: cell.Problem}, *cell)
}

func TestLabels(t *testing.T) {
	for _, c := range []struct {
		name    string
		column  any
		y       []int
		classes ml.Classes
	}{
		{"Text", []string{"no", "yes", "Yes", "no", "é"}, []int{1, 2, 0, 1, 3}, ml.Classes{"Yes", "no", "yes", "é"}},
		{"Bool", []bool{true, false, true}, []int{1, 0, 1}, ml.Classes{"false", "true"}},
		{"OnlyTrue", []bool{true, true}, []int{0, 0}, ml.Classes{"true"}},
		{"Int32ByValue", []int32{10, 9, -1, 9}, []int{2, 1, 0, 1}, ml.Classes{"-1", "9", "10"}},
		{"Int64", []int64{math.MaxInt64, math.MinInt64}, []int{1, 0}, ml.Classes{"-9223372036854775808", "9223372036854775807"}},
		{"Empty", []string{}, []int{}, ml.Classes{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			y, classes, err := ml.Labels(table{rows: len(c.y), columns: map[string]any{"x": c.column}}, "x")
			require.NoError(t, err)
			assert.Equal(t, c.y, y)
			assert.Equal(t, c.classes, classes)
		})
	}
}

// KeepNulls changes nothing in a column without nulls: it may be one of labels.
func TestLabelsOfATableThatKeepsNulls(t *testing.T) {
	src := table{rows: 3, columns: map[string]any{"flag": []bool{true, false, true}}, absent: map[string]int{"flag": -1}}
	y, classes, err := ml.Labels(ml.KeepNulls(src), "flag")
	require.NoError(t, err)
	assert.Equal(t, []int{1, 0, 1}, y)
	assert.Equal(t, ml.Classes{"false", "true"}, classes)
}

func TestFrameOfNamesTheColumnOfACell(t *testing.T) {
	_, err := ml.FrameOf(mixed, "whole", "big")
	var cell *ml.CellError
	require.ErrorAs(t, err, &cell)
	assert.Equal(t, 1, cell.Row)
	assert.Equal(t, 1, cell.Col, "of the list of names asked for")
}

func TestLabelsRefuses(t *testing.T) {
	for _, c := range []struct{ name, column, want string }{
		{"Unknown", "nope", `ml: Labels: column "nope": no such column`},
		{"Float", "f64", `ml: Labels: column "f64" is []float64, labels are []string, []bool or a slice of an integer type`},
		{"Absent", "gap", `ml: Labels: row 2, column "gap": the cell is absent, every row must have a value`},
		{"Short", "two", `ml: Labels: column "two" has 2 values, the table 3 rows`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := ml.Labels(table{
				rows:    3,
				columns: map[string]any{"f64": make([]float64, 3), "gap": make([]string, 3), "two": make([]bool, 2)},
				absent:  map[string]int{"gap": 2},
			}, c.column)
			assert.EqualError(t, err, c.want)
		})
	}
}

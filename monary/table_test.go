package monary_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

var everySchema = monary.MustSchema("b bool", "i int32", "l int64", "x float64", "t date", "s string", "f string:3", "o objectid", "v any")

// everyType is a table with a column of each type; every third cell is absent.
func everyType(t testing.TB, rows int) *monary.Table {
	t.Helper()
	docs := make([][]byte, rows)
	for i := range docs {
		text := []string{"", "a", "é", "long text"}[i%4]
		doc := bson.D{{Key: "b", Value: i%2 == 0}, {Key: "i", Value: int32(i)}, {Key: "l", Value: int64(i) << 40}, {Key: "x", Value: float64(i) / 4},
			{Key: "t", Value: bson.DateTime(i * 1000)}, {Key: "s", Value: text}, {Key: "f", Value: text}, {Key: "o", Value: bson.ObjectID{byte(i), byte(i >> 8)}},
			{Key: "v", Value: []any{i, text, bson.D{{Key: "k", Value: i}}, bson.A{text}}[i%4]}}
		if i%3 == 2 {
			doc = nil
		}
		docs[i] = marshal(t, append(bson.D{}, doc...))
	}
	table, _, err := read(t, docs, everySchema)
	require.NoError(t, err)
	return table
}

// columnsOf are the cells of all columns, the slow way's material.
func columnsOf(t testing.TB, table *monary.Table) [][]string {
	t.Helper()
	checkTable(t, table)
	out := make([][]string, table.NumColumns())
	for i := range out {
		out[i] = append([]string{}, cells(t, table, i)...)
	}
	return out
}

func pick(columns [][]string, rows ...int) [][]string {
	out := make([][]string, len(columns))
	for i, c := range columns {
		out[i] = []string{}
		for _, row := range rows {
			out[i] = append(out[i], c[row])
		}
	}
	return out
}

func count(i, j int) (rows []int) {
	for ; i < j; i++ {
		rows = append(rows, i)
	}
	return rows
}

func TestSlice(t *testing.T) {
	table := everyType(t, 27)
	want := columnsOf(t, table)
	for i := 0; i <= 27; i++ {
		for _, j := range []int{i, i + 1, i + 7, i + 8, i + 9, 27} {
			if j <= 27 {
				part := table.Slice(i, j)
				require.Equal(t, pick(want, count(i, j)...), columnsOf(t, part), "rows %d to %d", i, j)
				if j-i > 2 { // a part of a part
					require.Equal(t, pick(want, count(i+1, j-1)...), columnsOf(t, part.Slice(1, j-i-1)), "rows %d to %d", i+1, j-1)
				}
			}
		}
	}
}

func TestTake(t *testing.T) {
	table := everyType(t, 20)
	want := columnsOf(t, table)
	for name, rows := range map[string][]int{"none": {}, "one": {5}, "reversed": {19, 10, 3, 0}, "repeated": {2, 2, 7, 2, 2, 7, 7, 1, 1}, "all": count(0, 20)} {
		taken := table.Take(rows)
		assert.Equal(t, pick(want, rows...), columnsOf(t, taken), name)
		if len(rows) > 2 {
			assert.Equal(t, pick(want, rows[1:]...), columnsOf(t, table.Take(rows).Slice(1, len(rows))), name)
			assert.Equal(t, pick(want, rows[1]), columnsOf(t, table.Slice(0, 20).Take(rows).Take([]int{1})), name)
		}
	}
	assert.Equal(t, want, columnsOf(t, table), "the table itself has not changed")
}

func TestConcat(t *testing.T) {
	table := everyType(t, 23)
	want := columnsOf(t, table)
	for _, cuts := range [][]int{{0, 23}, {0, 1, 23}, {0, 8, 16, 23}, {0, 3, 3, 4, 13, 23}, {0, 0, 23, 23}} {
		var parts []*monary.Table
		for k := range len(cuts) - 1 {
			parts = append(parts, table.Slice(cuts[k], cuts[k+1]))
		}
		joined, err := monary.Concat(parts...)
		require.NoError(t, err)
		assert.Equal(t, want, columnsOf(t, joined), "cut at %v", cuts)
	}
	twice, err := table.Append(table)
	require.NoError(t, err)
	assert.Equal(t, pick(want, append(count(0, 23), count(0, 23)...)...), columnsOf(t, twice))

	none, err := monary.Concat()
	require.NoError(t, err)
	assert.Zero(t, none.NumRows())
	assert.Zero(t, none.NumColumns())
}

func TestConcatRefusesOtherColumns(t *testing.T) {
	a := monary.ColumnOf("a", []int32{1}, nil)
	table := newTable(t, a, monary.ColumnOf("b", []string{"x"}, nil))
	for _, c := range []struct {
		name  string
		other *monary.Table
		want  string
	}{
		{"fewer", newTable(t, a), "2 and 1 columns"},
		{"other name", newTable(t, a, monary.ColumnOf("c", []string{"x"}, nil)), `"b" string in one, "c" string in the other`},
		{"other type", newTable(t, a, monary.ColumnOf("b", []int32{1}, nil)), "int32"},
		{"other order", newTable(t, table.Series(1), table.Series(0)), "column 0"},
	} {
		_, err := table.Append(c.other)
		require.ErrorContains(t, err, c.want, c.name)
	}
	narrow, _ := mustRead(t, "s string:2", bson.D{})
	wide, _ := mustRead(t, "s string:3", bson.D{})
	_, err := narrow.Append(wide)
	require.ErrorContains(t, err, "string:3", "another width is another type")
}

func TestColumnsOfATable(t *testing.T) {
	table := everyType(t, 5)
	part, err := table.Select("x", "b")
	require.NoError(t, err)
	assert.Equal(t, []string{"x", "b"}, part.ColumnNames(), "in the given order")
	assert.Same(t, table.Series(3), part.Series(0), "shared")
	_, err = table.Select("x", "gone")
	require.ErrorContains(t, err, `no column "gone"; it has b, i, l`)
	_, err = table.Select("x", "x")
	require.ErrorContains(t, err, `two columns are called "x"`)

	part, err = table.Drop("b", "v", "i", "l", "t")
	require.NoError(t, err)
	assert.Equal(t, []string{"x", "s", "f", "o"}, part.ColumnNames())
	_, err = table.Drop("b", "gone")
	require.ErrorContains(t, err, `no column "gone"`)
	assert.Equal(t, 9, table.NumColumns(), "the table itself has not changed")

	x := monary.ColumnOf("x", []string{"1", "2", "3", "4", "5"}, nil)
	y := x.Rename("y")
	more, err := table.With(x, y)
	require.NoError(t, err)
	assert.Equal(t, []string{"b", "i", "l", "x", "t", "s", "f", "o", "v", "y"}, more.ColumnNames(), "x in its place, y at the end")
	assert.Equal(t, monary.KindString, more.Series(3).Type().Kind)
	assert.Equal(t, "x", x.Name(), "Rename leaves the column alone")
	_, err = table.With(monary.ColumnOf("z", []int32{1}, nil))
	require.ErrorContains(t, err, "1 rows")

	s, ok := table.Lookup("s")
	assert.True(t, ok)
	assert.Equal(t, "s", s.Name())
	_, ok = table.Lookup("gone")
	assert.False(t, ok)
}

func TestRowsWithoutColumns(t *testing.T) {
	table := everyType(t, 5)
	dropped, err := table.Drop(table.ColumnNames()...)
	require.NoError(t, err)
	assert.Equal(t, 5, dropped.NumRows())
	selected, err := table.Select()
	require.NoError(t, err)
	assert.Equal(t, 5, selected.NumRows(), "Select of nothing is Drop of everything")
	_, err = dropped.With(monary.ColumnOf("n", []int32{1}, nil))
	require.Error(t, err, "5 rows and 1 do not go together")
}

func TestNewTable(t *testing.T) {
	a, b := monary.ColumnOf("a", []int32{1, 2}, nil), monary.ColumnOf("b", []int32{1}, nil)
	_, err := monary.NewTable(a, b)
	require.ErrorContains(t, err, `column "b" has 1 rows, the table has 2`)
	_, err = monary.NewTable(a, a)
	require.ErrorContains(t, err, `two columns are called "a"`)
	columns := []*monary.Series{a}
	table := newTable(t, columns...)
	columns[0] = b
	assert.Same(t, a, table.Series(0), "the list is the table's own")
}

// Wrong indexes panic as those of slices do; nothing else does.
func TestMisusePanics(t *testing.T) {
	table := everyType(t, 9)
	noNulls, err := monary.Concat(newTable(t, monary.ColumnOf("i", []int32{1, 2, 3}, nil)), newTable(t, monary.ColumnOf("i", []int32{4, 5}, nil)))
	require.NoError(t, err)
	for name, misuse := range map[string]func(){
		"Slice beyond":            func() { table.Slice(0, 10) },
		"Slice below":             func() { table.Slice(-1, 3) },
		"Slice reversed":          func() { table.Slice(3, 2) },
		"Slice beyond a joined":   func() { noNulls.Slice(0, 6) },
		"Slice beyond a slice":    func() { noNulls.Slice(0, 2).Slice(0, 3) },
		"Slice of no columns":     func() { dropAll(t, table).Slice(3, 10) },
		"Take beyond":             func() { table.Take([]int{9}) },
		"Take below":              func() { table.Take([]int{-1}) },
		"Series beyond":           func() { table.Series(9) },
		"Value beyond":            func() { noNulls.Series(0).Value(5) },
		"IsValid beyond":          func() { noNulls.Series(0).IsValid(1000) },
		"IsValid beyond, nulls":   func() { table.Series(0).IsValid(9) },
		"At of a schema":          func() { everySchema.At(9) },
		"ColumnOf, other lengths": func() { monary.ColumnOf("a", []int32{1}, []bool{}) },
	} {
		t.Run(name, func(t *testing.T) { assert.Panics(t, misuse) })
	}
}

func dropAll(t *testing.T, table *monary.Table) *monary.Table {
	empty, err := table.Drop(table.ColumnNames()...)
	require.NoError(t, err)
	return empty
}

package monary_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// one and two are int32 elements with the value in their names.
func one(key string) []byte { return element(bson.TypeInt32, key, int32Bytes(1)) }
func two(key string) []byte { return element(bson.TypeInt32, key, int32Bytes(2)) }

func sub(key string, elements ...[]byte) []byte {
	return element(bson.TypeEmbeddedDocument, key, document(elements...))
}

func array(key string, elements ...[]byte) []byte {
	return element(bson.TypeArray, key, document(elements...))
}

func TestPaths(t *testing.T) {
	for _, c := range []struct {
		name, why, schema string
		doc               []byte
		want              string // a cell a column
	}{
		{"Nested", "a.b walks documents", "a.b int32", document(sub("a", one("b"))), "1"},
		{"Missing parent", "nothing to walk", "a.b int32", document(one("b")), "missing"},
		{"Scalar parent", "a number has no fields", "a.b int32", document(one("a")), "missing"},
		{"Null parent", "null has no fields", "a.b int32; a any", document(element(bson.TypeNull, "a", nil)), "missing null"},
		{"Empty parent", "the child is missing", "a.b int32", document(sub("a")), "missing"},
		{"Document for scalar", "a document is no number", "a int32", document(sub("a", one("b"))), "mismatch"},
		{"Null child", "null is not missing", "a.b int32", document(sub("a", element(bson.TypeNull, "b", nil))), "null"},
		{"Array", "a.0 walks arrays", "a.0 int32; a.1 int32; a.2 int32", document(array("a", one("0"), two("1"))), "1 2 missing"},
		{"Array of documents", "a.1.b walks both", "a.1.b int32", document(array("a", sub("0", one("b")), sub("1", two("b")))), "2"},
		{"Array of arrays", "positions in positions", "a.1.0 int32", document(array("a", array("0", one("0")), array("1", two("0")))), "2"},
		{"No fan-out", "a.b does not search the elements of an array", "a.b int32", document(array("a", sub("0", one("b")))), "missing"},
		{"Positions by order", "array keys are not looked at", "a.0 int32; a.1 int32", document(array("a", one("7"), two("0"))), "1 2"},
		{"Empty array keys", "some drivers write them", "a.0 int32; a.1 int32", document(array("a", one(""), two(""))), "1 2"},
		{"Array key as text", "an element with the key b is no field b", "a.b int32", document(array("a", one("b"))), "missing"},
		{"Position with zero in front", "01 is no position", "a.01 int32", document(array("a", one("0"), two("01"))), "missing"},
		{"Negative position", "-1 is no position", "a.-1 int32", document(array("a", one("0"))), "missing"},
		{"Plus sign", "+0 is no position", "a.+0 int32", document(array("a", one("0"))), "missing"},
		{"Huge position", "must not wrap to 0", "a.18446744073709551616 int32", document(array("a", one("0"))), "missing"},
		{"Document key 0", "a.0 walks documents with such a key, too", "a.0 int32", document(sub("a", two("x"), one("0"))), "1"},
		{"Document key 0 by name", "in a document the key counts, not the place", "a.0 int32", document(sub("a", one("x"))), "missing"},
		{"Top level 0", "the document itself is no array", "0 int32", document(two("x"), one("0")), "1"},
		{"Literal dot", `a\.b is one key`, `a\.b int32; a.b int32`, document(one("a.b"), sub("a", two("b"))), "1 2"},
		{"Literal dot alone", "is not a path", "a.b int32", document(one("a.b")), "missing"},
		{"Empty key", "BSON allows it", `"" int32`, document(two("x"), one("")), "1"},
		{"Dollar key", "of no meaning in data", "$x int32; a.$id int32", document(one("$x"), sub("a", two("$id"))), "1 2"},
		{"Prefix", "ab is not a", "a int32; ab int32; abc int32", document(one("abc"), two("ab")), "missing 2 1"},
		{"Case", "keys differ by case", "pop int32; Pop int32", document(one("Pop")), "missing 1"},
		{"Non-ASCII", "keys are UTF-8", "größe int32", document(one("größe")), "1"},
		{"Duplicate", "the first wins", "a int32", document(one("a"), two("a")), "1"},
		{"Duplicate null", "a null that is first wins, too", "a int32", document(element(bson.TypeNull, "a", nil), two("a")), "null"},
		{"Duplicate mismatch", "a mismatch that is first wins, too", "a int32", document(element(bson.TypeMinKey, "a", nil), two("a")), "mismatch"},
		{"Duplicate parent", "the first wins with all it holds", "a.b int32; a.c int32", document(sub("a", one("b")), sub("a", two("c"))), "1 missing"},
		{"Duplicate parent without the child", "the second is not looked into", "a.b int32", document(sub("a"), sub("a", two("b"))), "missing"},
		{"Duplicate scalar parent", "the second is not looked into", "a.b int32", document(one("a"), sub("a", two("b"))), "missing"},
		{"Duplicate child", "the first wins inside, too", "a.b int32", document(sub("a", one("b"), two("b"))), "1"},
		{"Parent and child", "both are wanted", "a.b int32; a any; a.c int32", document(sub("a", one("b"))), "1 03:0c0000001062000100000000 missing"},
		{"Empty document", "all is missing", "a int32; b.c any", document(), "missing missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, report := mustRead(t, c.schema, c.doc)
			assert.Equal(t, c.want, row(t, table, report), c.why)
		})
	}
}

// row is the one row of a table: cells, or states where there is none.
func row(t *testing.T, table *monary.Table, report monary.Report) string {
	t.Helper()
	out := make([]string, table.NumColumns())
	for i := range out {
		for state := range counted(report, i) {
			out[i] = state.String()
		}
		if table.Series(i).IsValid(0) {
			out[i] = cells(t, table, i)[0]
		}
	}
	return strings.Join(out, " ")
}

func TestOrderOfFieldsChanges(t *testing.T) {
	table, _ := mustRead(t, "a int32; b.c int32; b.d int32; e int32",
		document(one("a"), sub("b", one("c"), two("d")), one("e")),
		document(two("e"), sub("b", two("d"), one("c")), one("a")),
		document(sub("b", two("d")), one("x"), two("a")),
		document(),
		document(one("e"), one("a"), sub("b", one("c"))),
	)
	assert.Equal(t, []string{"1", "1", "2", "-", "1"}, cells(t, table, 0))
	assert.Equal(t, []string{"1", "1", "-", "-", "1"}, cells(t, table, 1))
	assert.Equal(t, []string{"2", "2", "2", "-", "-"}, cells(t, table, 2))
	assert.Equal(t, []string{"1", "2", "-", "-", "1"}, cells(t, table, 3))
}

// A level with more than a few wanted keys is searched in another way; the
// answers must be the same.
func TestWideLevels(t *testing.T) {
	for _, width := range []int{7, 8, 9, 10, 40} {
		var names, types []string
		var forward, backward, positions [][]byte
		for i := range width {
			names = append(names, fmt.Sprintf("k%d", i), fmt.Sprintf("n.k%d", i), fmt.Sprintf("a.%d", i))
			types = append(types, "int32", "int32", "int32")
			n := element(bson.TypeInt32, fmt.Sprintf("k%d", i), int32Bytes(int32(i)))
			forward, backward = append(forward, n), append([][]byte{n}, backward...)
			positions = append(positions, element(bson.TypeInt32, "x", int32Bytes(int32(i))))
		}
		schema, err := monary.NewSchema(names, types)
		assert.NoError(t, err)
		table, _, err := read(t, [][]byte{
			document(append(forward, sub("n", backward...), array("a", positions...))...),
			document(append([][]byte{array("a", positions...), sub("n", forward...)}, backward...)...),
			document(append(forward, forward...)...),
		}, schema)
		assert.NoError(t, err)
		for i := range width {
			n := fmt.Sprint(i)
			assert.Equal(t, []string{n, n, n}, cells(t, table, 3*i), "top, %d wide", width)
			assert.Equal(t, []string{n, n, "-"}, cells(t, table, 3*i+1), "nested, %d wide", width)
			assert.Equal(t, []string{n, n, "-"}, cells(t, table, 3*i+2), "array, %d wide", width)
		}
	}
}

func TestReport(t *testing.T) {
	table, report := mustRead(t, "n int32; gone.x any; s string:2",
		bson.D{{Key: "n", Value: 1}, {Key: "s", Value: "abc"}},
		bson.D{{Key: "n", Value: nil}, {Key: "s", Value: "ab"}},
		bson.D{{Key: "n", Value: "1"}},
		bson.D{{Key: "n", Value: 1.5}},
		bson.D{{Key: "n", Value: int64(1) << 40}},
		bson.D{},
	)
	assert.Equal(t, map[monary.State]int64{monary.Present: 1, monary.Null: 1, monary.Mismatch: 1, monary.Inexact: 1, monary.Overflow: 1, monary.Missing: 1}, counted(report, 0))
	assert.Equal(t, map[monary.State]int64{monary.Present: 1, monary.Truncated: 1, monary.Missing: 4}, counted(report, 2))
	assert.Equal(t, []string{"gone.x"}, report.Absent())
	assert.Equal(t, "6 documents\n"+
		"n int32: 1 present 1 null 1 missing 1 mismatch 1 overflow 1 inexact\n"+
		"gone.x any: in none of them\n"+
		"s string:2: 1 present 4 missing 1 truncated", report.String())
	assert.Equal(t, 5, table.Series(0).NullCount())

	_, report = mustRead(t, "n int32")
	assert.Empty(t, report.Absent(), "no document has been read")
	assert.Equal(t, "0 documents\nn int32:", report.String())
}

func TestAnyTellsNullFromMissing(t *testing.T) {
	table, _ := mustRead(t, "v any", bson.D{{Key: "v", Value: nil}}, bson.D{}, bson.D{{Key: "v", Value: bson.Undefined{}}})
	s := table.Series(0)
	assert.Equal(t, 3, s.NullCount())
	assert.Equal(t, bson.TypeNull, s.Value(0).Type())
	assert.True(t, s.Value(1).IsMissing())
	assert.Equal(t, bson.TypeUndefined, s.Value(2).Type())
}

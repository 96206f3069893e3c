package monary_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// absences are documents whose n is, by turns, a number, null, missing, text,
// too large, a fraction, and undefined.
func absences(t testing.TB) [][]byte {
	return [][]byte{
		marshal(t, bson.D{{Key: "n", Value: 1}}), marshal(t, bson.D{{Key: "n", Value: nil}}), document(), marshal(t, bson.D{{Key: "n", Value: "x"}}),
		marshal(t, bson.D{{Key: "n", Value: int64(1 << 40)}}), marshal(t, bson.D{{Key: "n", Value: 1.5}}), document(element(bson.TypeUndefined, "n", nil)),
	}
}

func TestValid(t *testing.T) {
	marks := []bool{true, false, true, true, false, false, false, true, true, false, true}
	values := make([]int64, len(marks))
	s := monary.ColumnOf("n", values, marks)
	assert.Equal(t, marks, s.Valid())
	assert.Equal(t, []byte{0b10001101, 0b101}, s.ValidBits(), "the first row is the lowest bit")
	assert.Equal(t, s.ValidBits(), monary.ColumnOf("n", values, s.Valid()).ValidBits(), "what Valid says makes the same column")

	for _, c := range []struct {
		name, why string
		got       *monary.Series
		valid     []bool
		bits      []byte
	}{
		{"Slice", "its first row is bit 0, a later row's bit is off", s.Slice(3, 9), marks[3:9], []byte{0b110001}},
		{"Whole bytes", "the memory of the whole column is not to be seen", s.Slice(0, 8), marks[:8], []byte{0b10001101}},
		{"Take", "", s.Take([]int{1, 0, 0}), []bool{false, true, true}, []byte{0b110}},
		{"None", "", s.Slice(4, 7), []bool{false, false, false}, []byte{0}},
		{"All", "no bitmap is needed, as in Arrow", s.Slice(7, 9), []bool{true, true}, nil},
		{"No rows", "", s.Slice(4, 4), []bool{}, nil},
		{"Read", "only a number is a value", readOne(t, "n int32"), []bool{true, false, false, false, false, false, false}, []byte{1}},
		{"Any", "null and missing are none, all else is", readOne(t, "n any"), []bool{true, false, false, true, true, true, false}, []byte{0b111001}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.valid, c.got.Valid(), c.why)
			assert.Equal(t, c.bits, c.got.ValidBits(), c.why)
			assert.Len(t, c.got.ValidBits(), cap(c.got.ValidBits()), "an append by the caller goes elsewhere")
		})
	}

	valid := s.Valid()
	clear(valid)
	assert.Equal(t, marks, s.Valid(), "the slice is the caller's")
	words := monary.ColumnOf("s", []string{"a", "b"}, []bool{false, true})
	assert.Equal(t, []byte{0b10}, words.ValidBits())
}

// readOne is the column of the absences that a schema of one field gives.
func readOne(t *testing.T, field string, opts ...monary.ReadOption) *monary.Series {
	t.Helper()
	table, _ := readWith(t, absences(t), field, opts...)
	return table.Series(0)
}

func TestRowsIn(t *testing.T) {
	kept := readOne(t, "n int32", monary.KeepStates())
	twice, err := newTable(t, kept).Append(newTable(t, kept))
	require.NoError(t, err)
	text, _ := readWith(t, [][]byte{marshal(t, bson.D{{Key: "s", Value: "long"}}), document(), marshal(t, bson.D{{Key: "s", Value: "ok"}})}, "s string:2", monary.KeepStates())
	for _, c := range []struct {
		name, why string
		series    *monary.Series
		states    []monary.State
		want      []int
	}{
		{"Missing", "the document has no n", kept, []monary.State{monary.Missing}, []int{2}},
		{"Null", "undefined counts as null", kept, []monary.State{monary.Null}, []int{1, 6}},
		{"Offending", "their order is that of the rows", kept, []monary.State{monary.Inexact, monary.Mismatch, monary.Overflow}, []int{3, 4, 5}},
		{"Present", "", kept, []monary.State{monary.Present}, []int{0}},
		{"Of none", "no text was cut", kept, []monary.State{monary.Truncated}, []int{}},
		{"No states", "", kept, nil, []int{}},
		{"Values", "cut text is a value, too", text.Series(0), []monary.State{monary.Present, monary.Truncated}, []int{0, 2}},
		{"Cut", "", text.Series(0), []monary.State{monary.Truncated}, []int{0}},
		{"Slice", "rows count from its own first", kept.Slice(2, 7), []monary.State{monary.Missing, monary.Null}, []int{0, 4}},
		{"Append", "", twice.Series(0), []monary.State{monary.Missing}, []int{2, 9}},
		{"Any", "it needs no KeepStates", readOne(t, "n any"), []monary.State{monary.Missing}, []int{2}},
		{"Any, null", "", readOne(t, "n any"), []monary.State{monary.Null}, []int{1, 6}},
		{"Any, present", "it takes every type", readOne(t, "n any"), []monary.State{monary.Present}, []int{0, 3, 4, 5}},
		{"Any, kept", "both ways agree", readOne(t, "n any", monary.KeepStates()), []monary.State{monary.Null}, []int{1, 6}},
		{"No rows", "there is nothing that would not be known", kept.Slice(0, 0), []monary.State{monary.Null}, []int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := c.series.RowsIn(c.states...)
			require.NoError(t, err)
			assert.Equal(t, c.want, rows, c.why)
		})
	}

	_, err = readOne(t, "n int32").RowsIn(monary.Null)
	require.ErrorContains(t, err, `column "n" has no states; KeepStates`)
	lists, _ := readWith(t, [][]byte{marshal(t, bson.D{{Key: "v", Value: bson.A{1, nil}}})}, "v list<int32>", monary.KeepStates())
	_, items, err := lists.Series(0).List()
	require.NoError(t, err)
	_, err = items.RowsIn(monary.Null)
	require.ErrorContains(t, err, `column "item"`, "only the list itself has states")
}

// TestRowsInOfAllStates: every row is in exactly one state.
func TestRowsInOfAllStates(t *testing.T) {
	table, report := readWith(t, oddDocs(t, 500), "n int32", monary.KeepStates())
	seen := map[int]bool{}
	for _, state := range states {
		rows, err := table.Series(0).RowsIn(state)
		require.NoError(t, err)
		assert.EqualValues(t, report.Columns[0].Of(state), len(rows), state)
		for _, row := range rows {
			assert.False(t, seen[row])
			seen[row] = true
		}
	}
	assert.Len(t, seen, 500)
}

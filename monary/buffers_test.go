package monary_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
)

// ownLayout are the kinds whose cells are not laid out as Arrow does.
var ownLayout = map[monary.Kind]bool{monary.KindFixedString: true, monary.KindFixedBinary: true, monary.KindFixedBSON: true, monary.KindAny: true}

// What a column gives as its buffers makes the same column, of slices too.
func TestBuffersRoundTrip(t *testing.T) {
	table, _, err := read(t, typesDocuments(200), allSchema(), monary.Dictionaries())
	require.NoError(t, err)
	for _, part := range []*monary.Table{table, table.Slice(0, 0), table.Slice(3, 50), table.Slice(16, 33), table.Slice(13, 200).Slice(1, 80), table.Take([]int{5, 5, 0, 199})} {
		for i := range part.NumColumns() {
			s := part.Series(i)
			b, err := s.Buffers()
			if ownLayout[s.Type().Kind] {
				require.ErrorContains(t, err, "layout of its own")
				_, err = monary.FromBuffers("x", s.Type(), s.Len(), b)
				require.ErrorContains(t, err, "layout of its own")
				continue
			}
			require.NoError(t, err, s.Type())
			back, err := monary.FromBuffers(s.Name(), s.Type(), s.Len(), b)
			require.NoError(t, err, s.Type())
			again, err := monary.NewTable(back)
			require.NoError(t, err)
			checkTable(t, again)
			assert.Equal(t, cells(t, part, i), cells(t, again, 0), s.Type())
			assert.Equal(t, s.NullCount(), back.NullCount(), s.Type())
		}
	}
}

func TestFromBuffersSharesMemory(t *testing.T) {
	values, valid := []int64{1, 0, 3}, []byte{0b101}
	s, err := monary.FromBuffers("n", mustType(t, "int64"), 3, monary.Buffers{Values: values, Valid: valid})
	require.NoError(t, err)
	b, err := s.Buffers()
	require.NoError(t, err)
	assert.Same(t, &values[0], &b.Values.([]int64)[0])
	assert.Same(t, &valid[0], &b.Valid[0])
	assert.Equal(t, 1, s.NullCount())
}

// Cells without a value are zero and empty afterwards, and the caller's memory
// stays as it is.
func TestFromBuffersPutsRight(t *testing.T) {
	inner := monary.ColumnOf("item", []int32{1, 2, 3}, nil)
	fields, err := monary.NewTable(monary.ColumnOf("a", []string{"x", "y"}, nil))
	require.NoError(t, err)
	odd := monary.Buffers{Values: []float64{math.NaN(), 2, 3, math.NaN()}}
	for _, c := range []struct {
		name, typ string
		b         monary.Buffers
		want      []string
	}{
		{"a number of a row without one", "int32", monary.Buffers{Values: []int32{7, 8}}, []string{"null", "8"}},
		{"numbers of a vector", "vector64:2", odd, []string{"null", `[3.0,{"$numberDouble":"NaN"}]`}},
		{"text of a row without", "string", monary.Buffers{Offsets: []int64{1, 3, 4}, Bytes: []byte("\xff\xff\xffb")}, []string{"null", "b"}},
		{"a document of a row without", "bson", monary.Buffers{Offsets: []int64{0, 1, 6}, Bytes: []byte{9, 5, 0, 0, 0, 0}}, []string{"null", "{}"}},
		{"elements", "list<int32>", monary.Buffers{Offsets: []int64{0, 2, 3}, Child: inner}, []string{"null", "[3]"}},
		{"fields", "struct{a string}", monary.Buffers{Fields: fields}, []string{"null", `{"a":"y"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.b.Valid = []byte{0b1110} // the second row; the bits behind it are not off
			s, err := monary.FromBuffers("c", mustType(t, c.typ), 2, c.b)
			require.NoError(t, err)
			assert.Equal(t, []byte{0b10}, s.ValidBits())
			table, err := monary.NewTable(s)
			require.NoError(t, err)
			checkTable(t, table)
			data, err := table.MarshalBinary()
			require.NoError(t, err)
			require.NoError(t, new(monary.Table).UnmarshalBinary(data), "every cell is one that a read could have left")
			for row, want := range c.want {
				assert.Equal(t, want, s.Value(row).String())
			}
		})
	}
	assert.Equal(t, []int32{1, 2, 3}, must(monary.ArrayOf[int32](inner)).Values())
	assert.Equal(t, 2.0, odd.Values.([]float64)[1])
	text, ok := must(monary.Column[string](fields, "a")).At(0)
	assert.Equal(t, "x", text)
	assert.True(t, ok)
}

func TestFromBuffersRefuses(t *testing.T) {
	child := monary.ColumnOf("item", []int32{1, 2}, nil)
	fields, err := monary.NewTable(monary.ColumnOf("b", []int32{1, 2}, nil))
	require.NoError(t, err)
	for _, c := range []struct {
		name, typ string
		b         monary.Buffers
		want      string
	}{
		{"no values", "int32", monary.Buffers{}, "found none"},
		{"values of another type", "int32", monary.Buffers{Values: []int64{1, 2}}, "[]int64"},
		{"too few values", "int32", monary.Buffers{Values: []int32{1}}, "a []int32 of 2"},
		{"half a vector", "vector:3", monary.Buffers{Values: make([]float32, 5)}, "a []float32 of 6"},
		{"short validity", "int32", monary.Buffers{Values: []int32{1, 2}, Valid: []byte{}}, "takes 1 bytes, found 0"},
		{"no offsets", "string", monary.Buffers{}, "found 0 offsets for 2 rows"},
		{"falling offsets", "string", monary.Buffers{Offsets: []int64{0, 2, 1}, Bytes: []byte("ab")}, "offset 2 is 1, less than 2 before it"},
		{"negative offset", "string", monary.Buffers{Offsets: []int64{-1, 2, 2}, Bytes: []byte("ab")}, "offset 0 is -1"},
		{"offsets beyond the bytes", "string", monary.Buffers{Offsets: []int64{0, 1, 3}, Bytes: []byte("ab")}, "beyond the 2"},
		{"half a rune", "string", monary.Buffers{Offsets: []int64{0, 1, 2}, Bytes: []byte("é")}, "row 0: invalid UTF-8"},
		{"no regular expression", "regex", monary.Buffers{Offsets: []int64{0, 2, 3}, Bytes: []byte("//x")}, `row 1: "x"`},
		{"tags", "binary", monary.Buffers{Offsets: []int64{0, 0, 0}, Tags: []byte{1}}, "1 tags for 2 rows"},
		{"malformed document", "bson", monary.Buffers{Offsets: []int64{0, 5, 9}, Bytes: []byte{5, 0, 0, 0, 0, 9, 0, 0, 0}}, "row 1: 4 bytes"},
		{"no elements", "list<int32>", monary.Buffers{Offsets: []int64{0, 0, 0}}, "a column of type int32"},
		{"elements of another type", "list<int64>", monary.Buffers{Offsets: []int64{0, 0, 0}, Child: child}, "a column of type int64"},
		{"offsets beyond the elements", "list<int32>", monary.Buffers{Offsets: []int64{0, 0, 3}, Child: child}, "beyond the 2"},
		{"no fields", "struct{a int32}", monary.Buffers{}, "a table of 1 columns and 2 rows"},
		{"other fields", "struct{a int32}", monary.Buffers{Fields: fields}, `field 0 is "b" int32, not "a"`},
		{"a null that is one", "null", monary.Buffers{}, "a row has a value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := monary.FromBuffers("c", mustType(t, c.typ), 2, c.b)
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, `monary: column "c" `+c.typ)
		})
	}
	_, err = monary.FromBuffers("c", monary.Type{}, 2, monary.Buffers{})
	require.ErrorContains(t, err, "invalid kind")
	_, err = monary.FromBuffers("c", mustType(t, "int32"), -1, monary.Buffers{})
	require.ErrorContains(t, err, "-1 rows")
}

func mustType(t *testing.T, text string) monary.Type {
	t.Helper()
	typ, err := monary.ParseType(text)
	require.NoError(t, err)
	return typ
}

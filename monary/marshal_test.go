package monary_test

import (
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

var (
	_ encoding.BinaryMarshaler   = (*monary.Table)(nil)
	_ encoding.BinaryUnmarshaler = (*monary.Table)(nil)
)

func roundTrip(t testing.TB, table *monary.Table) *monary.Table {
	t.Helper()
	data, err := table.MarshalBinary()
	require.NoError(t, err)
	var back monary.Table
	require.NoError(t, back.UnmarshalBinary(data))
	again, err := back.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, hex.EncodeToString(data), hex.EncodeToString(again), "one table has one form")
	clear(data) // the table has memory of its own
	return &back
}

func requireEqualTables(t testing.TB, want, got *monary.Table) {
	t.Helper()
	checkTable(t, got)
	require.Equal(t, want.NumRows(), got.NumRows())
	require.Equal(t, want.ColumnNames(), got.ColumnNames())
	for i := range want.NumColumns() {
		require.True(t, want.Series(i).Type().Equal(got.Series(i).Type()), want.Series(i).Type())
		require.Equal(t, want.Series(i).NullCount(), got.Series(i).NullCount())
		require.Equal(t, cells(t, want, i), cells(t, got, i), want.Series(i).Type())
	}
}

func TestTableRoundTrip(t *testing.T) {
	all, _, err := read(t, typesDocuments(200), allSchema())
	require.NoError(t, err)
	some := all.Take([]int{9, 9, 3, 100})
	joined, err := all.Slice(5, 90).Append(some)
	require.NoError(t, err)
	for name, table := range map[string]*monary.Table{
		"every type": all, "sliced": all.Slice(13, 66), "taken": some, "joined": joined, "no rows": all.Slice(7, 7),
		"no columns": dropAll(t, all), "nothing": {},
		"text that is no UTF-8": newTable(t, monary.ColumnOf("s", []string{"\xff"}, nil), monary.ColumnOf("v", []monary.Value{monary.StringValue("\xff")}, nil)),
		"odd names":             newTable(t, monary.ColumnOf("", []int32{1}, nil), monary.ColumnOf("a.b\x00\xff", []int32{1}, nil)),
		"no nulls":              newTable(t, monary.ColumnOf("k", []monary.Value{value(t, bson.TypeMinKey, nil)}, nil).Rename("m")),
	} {
		t.Run(name, func(t *testing.T) { requireEqualTables(t, table, roundTrip(t, table)) })
	}
}

func TestUnitColumnsRoundTrip(t *testing.T) {
	docs := [][]byte{document(element(bson.TypeMinKey, "v", nil)), document(element(bson.TypeMinKey, "v", nil))}
	table, _, err := read(t, docs, monary.MustSchema("v minkey"))
	require.NoError(t, err)
	require.Zero(t, table.Series(0).NullCount())
	requireEqualTables(t, table, roundTrip(t, table))
}

// What an earlier version has written must stay readable: this is its form.
func TestTableForm(t *testing.T) {
	table := newTable(t, monary.ColumnOf("n", []int32{1, -1, 0}, []bool{true, true, false}), monary.ColumnOf("s", []string{"a", "", "bc"}, nil))
	data, err := table.MarshalBinary()
	require.NoError(t, err)
	want := "506e7354 01 03 02" + // magic, version, rows, columns
		"01 6e 05 696e743332 01 03 01000000 ffffffff 00000000" + // n int32, validity 011, three values
		"01 73 06 737472696e67 00 01 00 02 616263" + // s string, all valid, lengths, bytes
		"4a2b5b84"
	assert.Equal(t, hex.EncodeToString(unhex(t, want)[:len(data)-4]), hex.EncodeToString(data[:len(data)-4]))
	assert.Equal(t, sealed(data[:len(data)-4]), data)
}

// sealed adds the checksum that the form wants.
func sealed(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(append([]byte{}, body...), crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
}

func TestUnmarshalRefuses(t *testing.T) {
	good, err := everyType(t, 9).MarshalBinary()
	require.NoError(t, err)
	head := []byte("PnsT\x01")
	column := func(name, typ string, rows byte, cells ...byte) []byte {
		return sealed(join(head, []byte{rows, 1, byte(len(name))}, []byte(name), []byte{byte(len(typ))}, []byte(typ), cells))
	}
	for _, c := range []struct {
		name, why string
		data      []byte
		err       string
	}{
		{"Nothing", "", nil, `it begins with ""`},
		{"Another file", "", []byte("PK\x03\x04 and so on"), `it begins with "PK`},
		{"Only the magic", "", []byte("PnsT"), "found 4 bytes"},
		{"A later version", "its form is unknown", sealed([]byte("PnsT\x02")), "version 2, only 1"},
		{"Cut off", "", good[:len(good)-1], "checksum"},
		{"Longer", "", append(append([]byte{}, good...), 0), "checksum"},
		{"No counts", "", sealed(head), "cut off"},
		{"Left over", "", sealed(join(head, []byte{0, 0, 7})), "1 bytes are left over"},
		{"Unknown type", "", column("n", "int7", 0), `column "n": unknown type "int7"`},
		{"Missing rows", "nothing is allocated for them", sealed(join(head, binary.AppendUvarint(nil, 1<<40), []byte{1, 1, 'n', 5}, []byte("int64"), []byte{0})), "values of 8 bytes are missing"},
		{"Too many rows", "beyond any memory", sealed(join(head, binary.AppendUvarint(nil, math.MaxUint64), []byte{0})), "greater than"},
		{"Missing lengths", "", sealed(join(head, binary.AppendUvarint(nil, 1<<40), []byte{1, 1, 's', 6}, []byte("string"), []byte{0})), "are missing"},
		{"Lengths beyond the bytes", "", column("s", "string", 2, 0, 1, 9, 'a'), "are missing"},
		{"Lengths that overflow", "", column("s", "string", 2, join([]byte{0}, binary.AppendUvarint(nil, 1<<60), binary.AppendUvarint(nil, 1<<60+1<<59))...), "add up"},
		{"Validity mark", "", column("n", "int8", 1, 2, 1), "validity mark is 2"},
		{"Bits behind the rows", "", column("n", "int8", 1, 1, 3, 1), "goes on behind"},
		{"No bitmap", "rows that cost nothing", column("m", "minkey", 100, 0), "no bitmap"},
		{"Null with a value", "", column("m", "null", 1, 1, 1), "row 0 is no cell of type null"},
		{"No document", "would be walked without checks", column("d", "bson", 1, 0, 3, 5, 6, 0, 0, 0, 0), "row 0 is no cell of type bson"},
		{"No type of a document", "", column("d", "bson", 1, 0, 2, 5, 5, 0, 0, 0, 0), "row 0 is no cell of type bson"},
		{"No regular expression", "has no slashes", column("r", "regex", 1, 0, 1, 'a'), "row 0 is no cell of type regex"},
		{"Longer than its cell", "", column("b", "binary:1", 1, 0, 0, 2, 0, 0, 0, 9), "a cell of 1 bytes holds 2"},
		{"Unknown BSON type", "", column("v", "any", 1, 0, 0x77), "unknown type"},
		{"Malformed value", "", column("v", "any", 1, 0, 3, 6, 0, 0, 0, 1, 0), "bad"},
		{"Null that is valid", "", column("v", "any", 1, 0, 10), "row 0 is no cell of type any"},
		{"A value in an absent cell", "its slot must be zero", column("n", "int8", 2, 1, 1, 1, 1), "row 1 is no cell"},
		{"Text in an absent cell", "", column("s", "string", 1, 1, 0, 1, 'a'), "row 0 is no cell"},
		{"A list in an absent cell", "", column("l", "list<int8>", 1, 1, 0, 1, 0, 1), "row 0 is no cell"},
		{"A field of an absent struct", "", column("s", "struct{a int8}", 1, 1, 0, 0, 1), "row 0 is no cell"},
		{"Bytes behind the length", "padding is zero", column("b", "binary:2", 1, 0, 0, 1, 0, 0, 0, 9, 9), "row 0 is no cell"},
		{"Inside a list", "", column("l", "list<bson>", 1, 0, 1, 0, 2, 5, 5, 0, 0, 0, 0), "row 0 is no cell of type bson"},
		{"Inside a struct", "", column("s", "struct{a int64}", 1, 0, 0, 1), "are missing"},
		{"Same names", "", sealed(join(head, []byte{0, 2, 0, 4}, []byte("bool"), []byte{0, 0, 4}, []byte("bool"), []byte{0})), "two columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := everyType(t, 3)
			err := table.UnmarshalBinary(c.data)
			require.ErrorIs(t, err, monary.ErrTableData, c.why)
			require.ErrorContains(t, err, c.err, c.why)
			requireEqualTables(t, everyType(t, 3), table)
		})
	}
}

// Each single bit that changes is found.
func TestUnmarshalFindsDamage(t *testing.T) {
	good, err := everyType(t, 3).MarshalBinary()
	require.NoError(t, err)
	for i := range 8 * len(good) {
		bad := append([]byte{}, good...)
		bad[i/8] ^= 1 << (i % 8)
		require.Error(t, new(monary.Table).UnmarshalBinary(bad), "bit %d", i)
	}
	for n := range good {
		require.Error(t, new(monary.Table).UnmarshalBinary(good[:n]), "%d bytes", n)
	}
}

// FuzzTableUnmarshal takes the data as what is between version and checksum.
// What can be read is a table like any other.
func FuzzTableUnmarshal(f *testing.F) {
	all, _, err := read(f, typesDocuments(20), allSchema())
	require.NoError(f, err)
	for i := range all.NumColumns() {
		data, err := newTable(f, all.Series(i)).MarshalBinary()
		require.NoError(f, err)
		f.Add(data[5 : len(data)-4])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_ = new(monary.Table).UnmarshalBinary(body)
		data := sealed(append([]byte("PnsT\x01"), body...))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var table monary.Table
		err := table.UnmarshalBinary(data)
		runtime.ReadMemStats(&after)
		// A byte may be a column of three, or the length of an empty list in an
		// 8-byte offset; a type's text may build a level of nesting a byte.
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20+5000*len(data)), "bytes allocated for %d", len(data))
		if err != nil {
			require.ErrorIs(t, err, monary.ErrTableData)
			return
		}
		_ = table.String()
		if table.NumRows() > 8*len(body) {
			require.Zero(t, table.NumColumns(), "rows need bytes")
			return
		}
		for i := range table.NumColumns() {
			s := table.Series(i)
			for row := range s.Len() {
				_ = s.Value(row).String()
			}
			_, _, err := s.Cast(monary.Type{Kind: monary.KindAny})
			if err != nil {
				require.ErrorIs(t, err, monary.ErrUTF8)
			}
		}
		again, err := table.MarshalBinary()
		require.NoError(t, err)
		var back monary.Table
		require.NoError(t, back.UnmarshalBinary(again))
		requireEqualTables(t, &table, &back)
	})
}

package monary

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ErrTableData is what [Table.UnmarshalBinary] finds wrong with its bytes, to be
// tested with errors.Is.
var ErrTableData = errors.New("bad table data")

// UnmarshalBinary makes t the table that [Table.MarshalBinary] wrote. It
// refuses data of another version, and by its checksum data that has changed;
// then t stays as it was. The memory it takes is bounded by the data's length.
func (t *Table) UnmarshalBinary(data []byte) error {
	in, err := openInput(data)
	if err != nil {
		return fmt.Errorf("monary: %w: %w", ErrTableData, err)
	}
	read := in.table()
	if in.err == nil && len(in.data) > 0 {
		in.failf("%d bytes are left over", len(in.data))
	}
	if in.err != nil {
		return fmt.Errorf("monary: %w: %w", ErrTableData, in.err)
	}
	*t = *read
	return nil
}

// input is what is left of a table's bytes. After the first error it is empty,
// and everything read from it is zero.
type input struct {
	data []byte
	err  error
}

// openInput checks the frame around a table.
func openInput(data []byte) (*input, error) {
	const least = len(tableMagic) + 1 + checksumBytes
	if len(data) < len(tableMagic) || string(data[:len(tableMagic)]) != tableMagic {
		return nil, fmt.Errorf("it begins with %q, a table with %q", data[:min(len(data), len(tableMagic))], tableMagic)
	}
	if len(data) < least {
		return nil, fmt.Errorf("found %d bytes, a table takes at least %d", len(data), least)
	}
	if version := data[len(tableMagic)]; version != tableVersion {
		return nil, fmt.Errorf("it is of version %d, only %d can be read", version, tableVersion)
	}
	end := len(data) - checksumBytes
	want, found := binary.LittleEndian.Uint32(data[end:]), crc32.Checksum(data[:end], castagnoli)
	if want != found {
		return nil, fmt.Errorf("checksum is %08x, want %08x: the data is damaged", found, want)
	}
	return &input{data: data[len(tableMagic)+1 : end]}, nil
}

func (in *input) failf(format string, args ...any) {
	if in.err == nil {
		in.err = fmt.Errorf(format, args...)
	}
	in.data = nil
}

func (in *input) table() *Table {
	rows := in.count()
	var columns []*Series
	for n := in.count(); n > 0 && in.err == nil; n-- {
		name := string(in.take(in.count(), 1))
		typ, err := ParseType(string(in.take(in.count(), 1)))
		if err != nil {
			in.failf("column %q: %w", name, err)
			break
		}
		s := in.cells(FieldSpec{Name: name, Type: typ}, rows)
		if in.err != nil {
			in.err = fmt.Errorf("column %q %s: %w", name, typ, in.err)
		}
		columns = append(columns, s)
	}
	if in.err != nil {
		return nil
	}
	t, err := newTable(rows, columns)
	if err != nil {
		in.failf("%w", err)
	}
	return t
}

// cells reads a column's cells of n rows.
func (in *input) cells(f FieldSpec, n int) *Series {
	valid := in.validity(n)
	vec := newVector(f.Type)
	if _, ok := vec.(*unit); ok && valid == nil && n > 0 {
		in.failf("a %s column has no bitmap", f.Type)
	}
	if in.err == nil {
		vec.unmarshal(in, n)
	}
	if in.err != nil {
		return nil
	}
	for row := range n {
		if !vec.sound(row, valid.get(row)) {
			in.failf("row %d is no cell of type %s", row, f.Type)
			return nil
		}
	}
	return newSeries(f, vec, valid, n)
}

func (in *input) validity(n int) bitmap {
	switch mark := in.take(1, 1); {
	case in.err != nil || mark[0] == 0:
		return nil
	case mark[0] > 1:
		in.failf("validity mark is %d, allowed are 0 and 1", mark[0])
		return nil
	}
	valid := bitmap(in.take((n+7)/8, 1))
	if in.err == nil && n%8 != 0 && valid[n/8]>>(n%8) != 0 {
		in.failf("the bitmap goes on behind its %d rows", n)
	}
	return append(bitmap(nil), valid...)
}

// offsets reads the lengths of n rows and returns their offsets, n+1 of them.
func (in *input) offsets(n int) []int64 {
	if in.lacks(n, 1) {
		return []int64{0}
	}
	offsets := make([]int64, 1, n+1)
	for range n {
		size, end := in.count(), offsets[len(offsets)-1]
		if int64(size) > maxRows-end {
			in.failf("lengths add up to more than %d", int64(maxRows))
			return []int64{0}
		}
		offsets = append(offsets, end+int64(size))
	}
	return offsets
}

// maxRows bounds rows and lengths, so that sums of two of them do not overflow.
const maxRows = math.MaxInt / 4

func (in *input) count() int {
	n, size := binary.Uvarint(in.data)
	if in.err == nil && (size <= 0 || n > maxRows) {
		in.failf("a number is cut off or greater than %d", int64(maxRows))
	}
	if in.err != nil {
		return 0
	}
	in.data = in.data[size:]
	return int(n)
}

// lacks reports whether n values of a size are more than is left, which is an
// error.
func (in *input) lacks(n, size int) bool {
	if in.err == nil && n > len(in.data)/size {
		in.failf("%d values of %d bytes are missing; %d bytes are left", n, size, len(in.data))
	}
	return in.err != nil
}

// take returns the bytes of n values of a size, none after an error.
func (in *input) take(n, size int) []byte {
	if in.lacks(n, size) {
		return nil
	}
	taken := in.data[: n*size : n*size]
	in.data = in.data[n*size:]
	return taken
}

// value reads a value as BSON writes it and checks it as deep as it goes. Text
// at the top may be any bytes, as in a string column.
func (in *input) value(t bson.Type) Value {
	size, f := valueSize(t, in.data)
	if f == nil && t != bson.TypeString && t != bson.TypeSymbol && t != bson.TypeJavaScript {
		f = checkDeep(t, in.data[:size], 0)
	}
	if f != nil {
		in.failf("%w", f.err)
		return Value{}
	}
	return makeValue(t, in.take(size, 1))
}

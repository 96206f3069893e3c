package monary

import (
	"encoding/binary"
	"hash/crc32"
)

// The binary form of a table; numbers are little-endian, counts and lengths
// unsigned varints:
//
//	magic      4 bytes "PnsT"
//	version    1 byte
//	rows, columns
//	each column: its name and its type text, each with its length; its cells
//	checksum   4 bytes, CRC-32C of all before
//
//	cells      1 byte: 0 if every row has a value, else 1 and the validity
//	           bitmap of (rows+7)/8 bytes; the values
//	values     bool, numbers, date, objectid, …    rows × size bytes
//	           string:N                            rows × N bytes
//	           vector:N, vector64:N                rows × N numbers
//	           string, regex, code, symbol         lengths of the rows, bytes; no dictionary
//	           binary, bson                        subtypes or types, lengths, bytes
//	           binary:N, bson:N                    subtypes or types, lengths (uint32), rows × N bytes
//	           null, minkey, maxkey                nothing, but always a bitmap
//	           list<T>                             lengths of the rows, cells of the elements
//	           struct{…}                           cells of each field
//	           any                                 a row's type, 0 for missing, and the value as in BSON
//
// A change of the form is a new version.
const (
	tableMagic    = "PnsT"
	tableVersion  = 1
	checksumBytes = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// MarshalBinary returns the table in a form of its own, which
// [Table.UnmarshalBinary] reads back: names, types, cells and validity, but
// not the counts of the read that made it. It never fails.
func (t *Table) MarshalBinary() ([]byte, error) {
	dst := append([]byte(tableMagic), tableVersion)
	dst = binary.AppendUvarint(dst, uint64(t.rows))
	dst = binary.AppendUvarint(dst, uint64(len(t.columns)))
	for _, s := range t.columns {
		dst = appendSized(dst, []byte(s.Name()))
		dst = appendSized(dst, []byte(s.Type().String()))
		dst = appendCells(dst, s)
	}
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst, castagnoli)), nil
}

func appendCells(dst []byte, s *Series) []byte {
	_, stored := s.vector.(*unit)
	switch {
	case s.valid != nil:
		dst = append(append(dst, 1), s.valid[:(s.rows+7)/8]...)
	case stored: // so that the bytes justify the rows
		all := newBitmap(s.rows)
		all.setRange(0, s.rows)
		dst = append(append(dst, 1), all...)
	default:
		dst = append(dst, 0)
	}
	return s.vector.marshal(dst)
}

// appendLengths appends the lengths of the rows that offsets delimit.
func appendLengths(dst []byte, offsets []int64) []byte {
	for i := range len(offsets) - 1 {
		dst = binary.AppendUvarint(dst, uint64(offsets[i+1]-offsets[i]))
	}
	return dst
}

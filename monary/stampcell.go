package monary

import (
	"encoding/binary"
	"math"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// cell is how the values of a column are written, without type and key. The
// types are those that [Series.Value] gives them.
type cell struct {
	typ  bson.Type
	size int                     // of every value
	put  func(b []byte, row int) // nil if types or sizes differ from row to row
	add  func(dst []byte, row int) ([]byte, bson.Type)
}

// append appends the value of a row that has one.
func (c *cell) append(dst []byte, row int) ([]byte, bson.Type) {
	if c.put == nil {
		return c.add(dst, row)
	}
	at := len(dst)
	dst = append(dst, make([]byte, c.size)...)
	c.put(dst[at:], row)
	return dst, c.typ
}

// newCell prepares the cells of a column.
func newCell(c *Series, without nulls, s *stamper) cell {
	switch v := c.vector.(type) {
	case *text:
		return v.stamped(c.Name(), s)
	case *fixed:
		return v.stamped(c.Name(), s)
	case *blob:
		return v.stamped(v.at, v.tags)
	case *fixedBlob:
		return v.stamped(v.at, v.tags)
	case *unit:
		return cell{typ: v.typ, put: func([]byte, int) {}}
	case *matrix[float32]:
		return vectorCell(v)
	case *matrix[float64]:
		return arrayCell(v)
	case *list:
		return v.stamped(without, s)
	case *record:
		return v.stamped(without, s)
	case *mixed:
		return v.stamped(c.Name(), s)
	}
	return numberCell(c)
}

// numberCell prepares columns of fixed-size values.
func numberCell(c *Series) cell {
	switch v := c.vector.(type) {
	case *flat[bool]:
		return fixedCell(v.values, bson.TypeBoolean, 1, putBool)
	case *flat[int8]:
		return fixedCell(v.values, bson.TypeInt32, 4, putInt32[int8])
	case *flat[int16]:
		return fixedCell(v.values, bson.TypeInt32, 4, putInt32[int16])
	case *flat[int32]:
		return fixedCell(v.values, bson.TypeInt32, 4, putInt32[int32])
	case *flat[uint8]:
		return fixedCell(v.values, bson.TypeInt32, 4, putInt32[uint8])
	case *flat[uint16]:
		return fixedCell(v.values, bson.TypeInt32, 4, putInt32[uint16])
	case *flat[int64]:
		if c.Type().Kind == KindDate {
			return fixedCell(v.values, bson.TypeDateTime, 8, putInt64[int64])
		}
		return fixedCell(v.values, bson.TypeInt64, 8, putInt64[int64])
	case *flat[uint32]:
		return fixedCell(v.values, bson.TypeInt64, 8, putInt64[uint32])
	case *flat[float32]:
		return fixedCell(v.values, bson.TypeDouble, 8, func(b []byte, x float32) { putFloat64(b, float64(x)) })
	case *flat[float64]:
		return fixedCell(v.values, bson.TypeDouble, 8, putFloat64)
	case *flat[bson.Decimal128]:
		return fixedCell(v.values, bson.TypeDecimal128, 16, putDecimal128)
	case *flat[bson.Timestamp]:
		return fixedCell(v.values, bson.TypeTimestamp, 8, putTimestamp)
	case *flat[bson.ObjectID]:
		return fixedCell(v.values, bson.TypeObjectID, 12, func(b []byte, id bson.ObjectID) { copy(b, id[:]) })
	case *flat[[16]byte]:
		return fixedCell(v.values, bson.TypeBinary, 21, putUUID)
	}
	return cell{add: func(dst []byte, row int) ([]byte, bson.Type) { // uint64, whose type depends on its size
		v := c.vector.value(row)
		return v.appendBytes(dst), v.typ
	}}
}

func fixedCell[T any](values []T, typ bson.Type, size int, put func([]byte, T)) cell {
	return cell{typ: typ, size: size, put: func(b []byte, row int) { put(b, values[row]) }}
}

func putInt32[T int8 | int16 | int32 | uint8 | uint16](b []byte, v T) {
	binary.LittleEndian.PutUint32(b, uint32(int32(v)))
}

func putInt64[T int64 | uint32](b []byte, v T) { binary.LittleEndian.PutUint64(b, uint64(int64(v))) }

func putUUID(b []byte, id [16]byte) {
	binary.LittleEndian.PutUint32(b, 16)
	b[4] = bson.TypeBinaryUUID
	copy(b[5:], id[:])
}

// appendIndexed appends the head of an array's element.
func appendIndexed(dst []byte, typ bson.Type, i int) []byte {
	return append(strconv.AppendInt(append(dst, byte(typ)), int64(i), 10), 0)
}

// vectorCell writes rows as BSON vectors of float32.
func vectorCell(m *matrix[float32]) cell {
	const head = 4 + 1 + 2
	return cell{typ: bson.TypeBinary, size: head + 4*m.n, put: func(b []byte, row int) {
		binary.LittleEndian.PutUint32(b, uint32(2+4*m.n))
		b[4], b[5], b[6] = vectorSubtype, vectorFloat32, 0
		for i, x := range m.row(row) {
			binary.LittleEndian.PutUint32(b[head+4*i:], math.Float32bits(x))
		}
	}}
}

// arrayCell writes rows as arrays of doubles, whose keys are prepared.
func arrayCell(m *matrix[float64]) cell {
	form := beginDocument()
	places := make([]int, m.n)
	for i := range places {
		form = appendElement(form, strconv.Itoa(i), DoubleValue(0))
		places[i] = len(form) - 8
	}
	form = endDocument(form)
	return cell{typ: bson.TypeArray, size: len(form), put: func(b []byte, row int) {
		copy(b, form)
		for i, x := range m.row(row) {
			putFloat64(b[places[i]:], x)
		}
	}}
}

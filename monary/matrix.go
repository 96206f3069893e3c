package monary

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// matrix is a vector:N or vector64:N column: n numbers a row, one row after the
// other.
type matrix[T float32 | float64] struct {
	n     int
	cells []T
	*form[T]
}

// BSON's vectors (binary subtype 9) begin with the type of their elements and a
// number of bits to leave out at the end; the rest is the elements. Source: the
// BSON Binary Vector specification.
const (
	vectorSubtype   = 9
	vectorInt8      = 0x03
	vectorFloat32   = 0x27
	vectorPackedBit = 0x10
)

func (m *matrix[T]) reserve(n int) { m.cells = resized(m.cells, n*m.n) }

func (m *matrix[T]) row(row int) []T { return m.cells[row*m.n : (row+1)*m.n : (row+1)*m.n] }

// write stores a BSON vector or an array of numbers that has n elements, all of
// which fit.
func (m *matrix[T]) write(row int, t bson.Type, val []byte) (State, *fault) {
	cell := m.row(row)
	var state State
	var f *fault
	switch t {
	case bson.TypeBinary:
		state = fillVector(cell, val)
	case bson.TypeArray:
		state, f = m.fillArray(cell, val)
	default:
		state = mismatch(t)
	}
	if state != Present || f != nil {
		clear(cell)
	}
	return state, f
}

// fillArray goes over all elements, so that a malformed one is found.
func (m *matrix[T]) fillArray(cell []T, val []byte) (State, *fault) {
	state, i := Present, 0
	f := eachElement(val, func(t bson.Type, _, val []byte) *fault {
		if i < len(cell) && state == Present {
			if cell[i], state = m.convert(t, val); state == Null {
				state = Mismatch // a vector has no gaps
			}
		}
		i++
		return nil
	})
	if i != len(cell) {
		state = Mismatch
	}
	return state, f
}

// fillVector fills in the elements of a binary, if it is a vector of as many.
func fillVector[T float32 | float64](cell []T, val []byte) State {
	subtype, data := binaryParts(val)
	if subtype != vectorSubtype || len(data) < 2 {
		return Mismatch
	}
	typ, padding, data := data[0], int(data[1]), data[2:]
	switch {
	case typ == vectorFloat32 && padding == 0 && len(data) == 4*len(cell):
		for i := range cell {
			cell[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		}
	case typ == vectorInt8 && padding == 0 && len(data) == len(cell):
		for i, b := range data {
			cell[i] = T(int8(b))
		}
	case typ == vectorPackedBit && padding < 8 && len(data)*8-padding == len(cell):
		for i := range cell { // the first is the most significant of its byte
			cell[i] = T(data[i/8] >> (7 - i%8) & 1)
		}
	default:
		return Mismatch
	}
	return Present
}

// vectorLength is how many elements a binary has as a vector of float32; 0 for
// others, of which the column would not keep the type.
func vectorLength(val []byte) int {
	subtype, data := binaryParts(val)
	if subtype != vectorSubtype || len(data) < 2 || data[0] != vectorFloat32 || data[1] != 0 || len(data)%4 != 2 {
		return 0
	}
	return len(data) / 4
}

func (m *matrix[T]) truncate(n int) { clear(m.cells[n*m.n:]) }

func (m *matrix[T]) finish(n int, keep bool) { m.cells = fitted(m.cells, n*m.n, keep) }

// value is a BSON vector of float32, or an array of doubles.
func (m *matrix[T]) value(row int) Value {
	if cells, ok := any(m.row(row)).([]float32); ok {
		return BinaryValue(bson.NewVector(cells).Binary())
	}
	array := beginDocument()
	for i, v := range m.row(row) {
		array = appendElement(array, strconv.Itoa(i), DoubleValue(float64(v)))
	}
	return Value{typ: bson.TypeArray, data: endDocument(array)}
}

func (m *matrix[T]) slice(i, j int) vector { return m.with(m.cells[i*m.n : j*m.n : j*m.n]) }

func (m *matrix[T]) take(rows []int) vector {
	cells := make([]T, 0, len(rows)*m.n)
	for _, row := range rows {
		cells = append(cells, m.row(row)...)
	}
	return m.with(cells)
}

func (m *matrix[T]) place(row int, parts ...vector) {
	at := row * m.n
	for _, p := range parts {
		at += copy(m.cells[at:], p.(*matrix[T]).cells)
	}
}

func (m *matrix[T]) with(cells []T) *matrix[T] { return &matrix[T]{n: m.n, cells: cells, form: m.form} }

func (m *matrix[T]) marshal(dst []byte) []byte {
	return (&flat[T]{values: m.cells, form: m.form}).marshal(dst)
}

func (m *matrix[T]) unmarshal(in *input, n int) {
	data := in.take(n, m.size*m.n)
	m.cells = make([]T, len(data)/m.size)
	for i := range m.cells {
		m.cells[i] = m.get(data[i*m.size:])
	}
}

func (m *matrix[T]) sound(row int, valid bool) bool {
	f := flat[T]{values: m.row(row), form: m.form}
	for i := range f.values {
		if !f.sound(i, valid) {
			return false
		}
	}
	return true
}

// Vectors returns the numbers of a vector:N (float32) or vector64:N (float64)
// column as one block: row i is block[i*n : (i+1)*n]. It is the column's own
// memory and read-only; rows without a value are zero.
func Vectors[T float32 | float64](t *Table, name string) (block []T, n int, err error) {
	s, err := t.find(name)
	if err != nil {
		return nil, 0, err
	}
	m, ok := s.vector.(*matrix[T])
	if !ok {
		var zero T
		return nil, 0, fmt.Errorf("monary: column %q is %s, not vectors of Go's %T", name, s.Type(), zero)
	}
	return m.cells, m.n, nil
}

// VectorsOf makes a vector:N or vector64:N column of n numbers a row: row i is
// block[i*n : (i+1)*n]. valid says which rows have a value, nil meaning all. The
// numbers are copied. It panics when the block is not made of whole rows, when
// there are not as many marks as rows, and when n is not allowed.
func VectorsOf[T float32 | float64](name string, block []T, n int, valid []bool) *Series {
	typ := Type{Kind: KindVector, Width: n}
	if _, wide := any(block).([]float64); wide {
		typ.Kind = KindVector64
	}
	if err := typ.check(); err != nil {
		panic(fmt.Sprintf("monary: column %q: %v", name, err))
	}
	if len(block)%n != 0 {
		panic(fmt.Sprintf("monary: column %q: %d numbers are not rows of %d", name, len(block), n))
	}
	bits := marksOf(name, len(block)/n, valid)
	m := newVector(typ).(*matrix[T])
	m.cells = slices.Clone(block)
	for row := range len(block) / n {
		if !bits.get(row) {
			clear(m.row(row))
		}
	}
	return newSeries(FieldSpec{Name: name, Type: typ}, m, bits, len(block)/n)
}

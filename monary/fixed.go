package monary

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fixed is a string:N column: cells of width bytes, padded with NULs.
type fixed struct {
	width int
	cells []byte
}

func (f *fixed) reserve(n int) { f.cells = resized(f.cells, n*f.width) }

func (f *fixed) write(row int, t bson.Type, val []byte) (State, *fault) {
	b, state, fault := toText(bson.TypeString, t, val)
	if fault != nil || state != Present {
		return state, fault
	}
	b, state = fit(b, f.width)
	copy(f.cell(row), b)
	return state, nil
}

func (f *fixed) gather(row int, t bson.Type, from spots) bool {
	if t != bson.TypeString {
		return false
	}
	cells := f.cells[row*f.width:][:len(from.at)*f.width]
	for k := f.gatherWords(cells, from); k < len(from.at); k++ {
		at := from.at[k]
		if at == 0 {
			continue
		}
		at += from.by
		n := length(from.buf[at:]) - 1
		text := from.buf[at+4:][:n]
		if n > f.width || n > 0 && text[n-1] == 0 || !utf8.Valid(text) {
			clear(cells)
			return false
		}
		copy(cells[k*f.width:], text)
	}
	return true
}

// gatherWords gathers ASCII text into cells of up to 8 bytes and returns of how
// many rows; the others' cells are clear. Each goes through one word, whose
// upper bytes are zero and fall on later cells.
func (f *fixed) gatherWords(cells []byte, from spots) (rows int) {
	if f.width > 8 || len(cells) < 8 {
		return 0
	}
	rows = min(len(from.at), (len(cells)-8)/f.width+1)
	for rows > 0 && int(from.at[rows-1]+from.by)+12 > len(from.buf) {
		rows--
	}
	at, odd := from.at[:rows], uint64(0)
	if n := from.size - 5; 0 < n && n <= f.width {
		odd = gatherSteady(cells, f.width, from.buf, at, from.by, n)
	} else {
		odd = gatherVarying(cells, f.width, from.buf, at, from.by)
	}
	if odd != 0 {
		clear(cells)
		return 0
	}
	return rows
}

// gatherSteady gathers text of n bytes. It returns a number that is not 0 when
// not all is ASCII or ends with another byte than NUL.
func gatherSteady(cells []byte, width int, buf []byte, at []uint32, by uint32, n int) (odd uint64) {
	text, last := uint64(1)<<(8*n)-1, uint64(0xff)<<(8*(n-1))
	for _, value := range at {
		word := load64(buf, value+by+4) & text
		odd |= word&highBits | zero(word&last)
		binary.LittleEndian.PutUint64(cells, word)
		cells = cells[width:]
	}
	return odd
}

// gatherVarying is gatherSteady for text of any length, which may be too long,
// and where an at of 0 stands for none.
func gatherVarying(cells []byte, width int, buf []byte, at []uint32, by uint32) (odd uint64) {
	for _, value := range at {
		value += by
		n := load64(buf, value)&math.MaxUint32 - 1
		if value == 0 {
			n = 0
		}
		word := load64(buf, value+4) & (1<<(8*n) - 1)
		odd |= word&highBits | (uint64(bits.Len64(word)+7)/8 ^ n) | (uint64(width)-n)&(1<<63)
		binary.LittleEndian.PutUint64(cells, word)
		cells = cells[width:]
	}
	return odd
}

func (f *fixed) truncate(n int) { clear(f.cells[n*f.width:]) }

func (f *fixed) finish(n int, keep bool) { f.cells = fitted(f.cells, n*f.width, keep) }

func (f *fixed) cell(row int) []byte { return f.cells[row*f.width : (row+1)*f.width] }

// at is a cell without its padding.
func (f *fixed) at(row int) []byte {
	cell := f.cell(row)
	n := len(cell)
	for n > 0 && cell[n-1] == 0 {
		n--
	}
	return cell[:n]
}

func (f *fixed) value(row int) Value { return Value{typ: bson.TypeString, data: f.at(row)} }

func (f *fixed) slice(i, j int) vector {
	return &fixed{width: f.width, cells: f.cells[i*f.width : j*f.width : j*f.width]}
}

func (f *fixed) take(rows []int) vector {
	cells := make([]byte, 0, len(rows)*f.width)
	for _, row := range rows {
		cells = append(cells, f.cell(row)...)
	}
	return &fixed{width: f.width, cells: cells}
}

func (f *fixed) place(row int, parts ...vector) {
	at := row * f.width
	for _, p := range parts {
		at += copy(f.cells[at:], p.(*fixed).cells)
	}
}

func (f *fixed) marshal(dst []byte) []byte { return append(dst, f.cells...) }

func (f *fixed) unmarshal(in *input, n int) { f.cells = slices.Clone(in.take(n, f.width)) }

func (f *fixed) sound(row int, valid bool) bool { return valid || allZero(f.cell(row)) }

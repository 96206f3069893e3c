package monary

import (
	"encoding/binary"
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
	ok := false
	if n := from.size - 5; 0 < n && n <= min(f.width, 8) {
		ok = f.gatherWords(cells, from, n)
	}
	if !ok && !f.gatherEach(cells, from) {
		clear(cells)
		return false
	}
	return true
}

// gatherWords gathers ASCII text of 1 to 8 bytes, n in all cells. It goes
// through one word, whose upper bytes are zero and fall on later cells.
func (f *fixed) gatherWords(cells []byte, from spots, n int) bool {
	text, last := uint64(1)<<(8*n)-1, uint64(0xff)<<(8*(n-1))
	high, nuls := uint64(0), uint64(0)
	for _, at := range from.at {
		begin := int(at+from.by) + 4
		if begin+8 > len(from.buf) {
			return false
		}
		word := load64(from.buf, uint32(begin)) & text
		high |= word
		nuls |= zero(word & last)
		if len(cells) >= 8 {
			binary.LittleEndian.PutUint64(cells, word)
		} else {
			copy(cells, from.buf[begin:begin+n])
		}
		cells = cells[f.width:]
	}
	return high&ascii == 0 && nuls == 0
}

func (f *fixed) gatherEach(cells []byte, from spots) bool {
	for _, at := range from.at {
		if at == 0 {
			cells = cells[f.width:]
			continue
		}
		at += from.by
		n := length(from.buf[at:]) - 1
		text := from.buf[at+4:][:n]
		if n > f.width || n > 0 && text[n-1] == 0 || !utf8.Valid(text) {
			return false
		}
		copy(cells, text)
		cells = cells[f.width:]
	}
	return true
}

func (f *fixed) truncate(n int) { clear(f.cells[n*f.width:]) }

func (f *fixed) finish(n int) { f.cells = fitted(f.cells, n*f.width) }

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

func (f *fixed) concat(parts []vector) vector {
	all := make([][]byte, len(parts))
	for i, p := range parts {
		all[i] = p.(*fixed).cells
	}
	return &fixed{width: f.width, cells: slices.Clip(slices.Concat(all...))}
}

func (f *fixed) marshal(dst []byte) []byte { return append(dst, f.cells...) }

func (f *fixed) unmarshal(in *input, n int) { f.cells = slices.Clone(in.take(n, f.width)) }

func (f *fixed) sound(row int, valid bool) bool { return valid || allZero(f.cell(row)) }

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

func (f *fixed) gather(row int, t bson.Type, buf []byte, found []located) bool {
	if t != bson.TypeString {
		return false
	}
	cells := f.cells[row*f.width:]
	at := 0
	for _, v := range found {
		from := v.at() + 4
		n := length(buf[v.at():]) - 1
		if n > f.width || n > 0 && buf[int(from)+n-1] == 0 {
			clear(cells)
			return false
		}
		// Short text goes through one word, whose upper bytes are zero and fall
		// on cells that come later.
		ascii := false
		if n <= 8 && int(from)+8 <= len(buf) && at+8 <= len(cells) {
			word := load64(buf, from) & (1<<(8*n) - 1)
			binary.LittleEndian.PutUint64(cells[at:], word)
			ascii = word&0x8080808080808080 == 0
		} else {
			copy(cells[at:], buf[from:int(from)+n])
		}
		if !ascii && !utf8.Valid(buf[from:int(from)+n]) {
			clear(cells)
			return false
		}
		at += f.width
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

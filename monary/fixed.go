package monary

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fixed is a string:N column: cells of width bytes, padded with NULs.
type fixed struct {
	width int
	cells []byte
}

func (f *fixed) reserve(n int) { f.cells = resized(f.cells, n*f.width) }

func (f *fixed) write(row int, t bson.Type, val []byte) (State, *fault) {
	b, state, fault := toText(t, val)
	if fault != nil || state != Present {
		return state, fault
	}
	b, state = fit(b, f.width)
	copy(f.cell(row), b)
	return state, nil
}

func (f *fixed) undo(row int) { clear(f.cell(row)) }

func (f *fixed) finish(n int) { f.cells = f.cells[: n*f.width : n*f.width] }

func (f *fixed) cell(row int) []byte { return f.cells[row*f.width : (row+1)*f.width] }

// at is a cell without its padding.
func (f *fixed) at(row int) []byte { return bytes.TrimRight(f.cell(row), "\x00") }

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
	return &fixed{width: f.width, cells: slices.Concat(all...)}
}

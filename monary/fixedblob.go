package monary

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fixedBlob is a binary:N or bson:N column: cells of width bytes, padded with
// zeros, each with a length and a tag as in a blob.
type fixedBlob struct {
	*blobForm
	width   int
	cells   []byte
	lengths []int32
	tags    []byte
}

func (f *fixedBlob) reserve(n int) {
	f.cells = resized(f.cells, n*f.width)
	f.lengths = resized(f.lengths, n)
	f.tags = resized(f.tags, n)
}

func (f *fixedBlob) write(row int, t bson.Type, val []byte) (State, *fault) {
	data, tag, state, fault := f.convert(t, val)
	if fault != nil || state != Present {
		return state, fault
	}
	if len(data) > f.width {
		data, state = data[:f.width], f.long
	}
	if state.hasValue() {
		f.lengths[row] = int32(copy(f.cells[row*f.width:], data))
		f.tags[row] = tag
	}
	return state, nil
}

func (f *fixedBlob) truncate(n int) {
	clear(f.cells[n*f.width:])
	clear(f.lengths[n:])
	clear(f.tags[n:])
}

func (f *fixedBlob) finish(n int, keep bool) {
	f.cells = fitted(f.cells, n*f.width, keep)
	f.lengths, f.tags = fitted(f.lengths, n, keep), fitted(f.tags, n, keep)
}

// at is a cell without its padding.
func (f *fixedBlob) at(row int) []byte {
	start, end := row*f.width, row*f.width+int(f.lengths[row])
	return f.cells[start:end:end]
}

func (f *fixedBlob) value(row int) Value { return f.box(f.at(row), f.tags[row]) }

func (f *fixedBlob) slice(i, j int) vector {
	out := *f
	out.cells = f.cells[i*f.width : j*f.width : j*f.width]
	out.lengths, out.tags = f.lengths[i:j:j], f.tags[i:j:j]
	return &out
}

func (f *fixedBlob) take(rows []int) vector {
	out := &fixedBlob{blobForm: f.blobForm, width: f.width}
	out.reserve(len(rows))
	for k, row := range rows {
		copy(out.cells[k*f.width:(k+1)*f.width], f.cells[row*f.width:])
		out.lengths[k], out.tags[k] = f.lengths[row], f.tags[row]
	}
	return out
}

func (f *fixedBlob) place(row int, parts ...vector) {
	for _, p := range parts {
		part := p.(*fixedBlob)
		copy(f.cells[row*f.width:], part.cells)
		copy(f.lengths[row:], part.lengths)
		row += copy(f.tags[row:], part.tags)
	}
}

func (f *fixedBlob) marshal(dst []byte) []byte {
	dst = append(dst, f.tags...)
	for _, n := range f.lengths {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	return append(dst, f.cells...)
}

func (f *fixedBlob) unmarshal(in *input, n int) {
	f.tags = bytes.Clone(in.take(n, 1))
	lengths := in.take(n, 4)
	f.cells = bytes.Clone(in.take(n, f.width))
	f.lengths = make([]int32, len(lengths)/4)
	for i := range f.lengths {
		size := length(lengths[4*i:])
		if size < 0 || size > f.width {
			in.failf("a cell of %d bytes holds %d", f.width, size)
			return
		}
		f.lengths[i] = int32(size)
	}
}

func (f *fixedBlob) sound(row int, valid bool) bool {
	cell, n := f.cells[row*f.width:(row+1)*f.width], f.lengths[row]
	if !valid {
		return allZero(cell) && n == 0 && f.tags[row] == 0
	}
	return allZero(cell[n:]) && f.check(cell[:n], f.tags[row])
}

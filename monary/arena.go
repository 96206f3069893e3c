package monary

import (
	"bytes"
	"slices"
)

// arena is n+1 offsets and one slice of bytes. Offsets are filled in when a
// later row is written: filled is the number of offsets that are known.
type arena struct {
	offsets []int64
	filled  int
	bytes   []byte
}

func (a *arena) reserve(n int) {
	a.offsets = resized(a.offsets, n+1)
	a.filled = max(a.filled, 1) // offset 0 is 0
}

// put appends the bytes of a row; rows since the last put are empty.
func (a *arena) put(row int, b []byte) {
	a.fill(row)
	a.bytes = append(a.bytes, b...)
	a.offsets[row+1] = int64(len(a.bytes))
	a.filled = row + 2
}

// fill makes the offsets up to that of row known.
func (a *arena) fill(row int) {
	for ; a.filled <= row; a.filled++ {
		a.offsets[a.filled] = a.offsets[a.filled-1]
	}
}

func (a *arena) truncate(n int) {
	if a.filled > n+1 {
		a.bytes = a.bytes[:a.offsets[n]]
		a.filled = n + 1
	}
}

func (a *arena) finish(n int, keep bool) {
	a.fill(n)
	a.offsets = fitted(a.offsets, n+1, keep)
}

func (a *arena) at(row int) []byte { return a.bytes[a.offsets[row]:a.offsets[row+1]] }

func (a *arena) slice(i, j int) arena {
	return arena{offsets: a.offsets[i : j+1 : j+1], filled: j - i + 1, bytes: a.bytes}
}

func (a *arena) take(rows []int) arena {
	size := 0
	for _, row := range rows {
		size += len(a.at(row))
	}
	out := arena{bytes: make([]byte, 0, size)}
	out.reserve(len(rows))
	for k, row := range rows {
		out.put(k, a.at(row))
	}
	return out
}

// place copies the rows of finished arenas to row and the rows behind it.
func (a *arena) place(row int, parts []*arena) {
	size := 0
	for _, p := range parts {
		size += len(p.used())
	}
	if row == 0 {
		a.bytes = a.bytes[:0]
	}
	a.bytes = slices.Grow(a.bytes, size)
	for _, p := range parts {
		by := int64(len(a.bytes)) - p.offsets[0]
		a.bytes = append(a.bytes, p.used()...)
		to := a.offsets[row+1:][:p.rows()]
		for i, end := range p.offsets[1:] {
			to[i] = end + by
		}
		row += p.rows()
	}
	a.filled = row + 1
}

// used is the bytes that the rows of a finished arena have.
func (a *arena) used() []byte { return a.bytes[a.offsets[0]:a.offsets[a.rows()]] }

// rows is the number of rows of a finished arena.
func (a *arena) rows() int { return len(a.offsets) - 1 }

// marshal appends the lengths of the rows and then their bytes.
func (a *arena) marshal(dst []byte) []byte {
	dst = appendLengths(dst, a.offsets)
	return append(dst, a.used()...)
}

func (a *arena) unmarshal(in *input, n int) {
	a.offsets = in.offsets(n)
	a.filled = len(a.offsets)
	a.bytes = bytes.Clone(in.take(int(a.offsets[a.rows()]), 1))
}
